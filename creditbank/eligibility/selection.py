"""Whether a selector of a plan means a record."""

from __future__ import annotations

from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record


def selects(selector: Selector, record: Record) -> bool:
    """Every field that the selector gives must match; of tags one is enough."""
    return (
        (not selector.kinds or record.kind in selector.kinds)
        and (not selector.categories or record.category in selector.categories)
        and (not selector.natures or record.nature in selector.natures)
        and (not selector.levels or record.level in selector.levels)
        and (not selector.issuers or record.issuer in selector.issuers)
        and (not selector.tags or not set(selector.tags).isdisjoint(record.tags))
        and (not selector.course_codes or record.course_code in selector.course_codes)
        and (selector.is_outside is None or record.is_outside is selector.is_outside)
    )
