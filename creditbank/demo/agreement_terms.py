"""First terms of the demo county's agreements: the shipped templates, with their own conditions.

No line was announced in the demo county, so that no class waits for one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.agreements import Agreement
from creditbank.store.agreement_templates import terms_templates
from creditbank.store.agreement_terms import terms_row


def first_terms_row(agreement: Agreement, *, decided_by: int) -> dict[str, Any]:
    """Version 1 as a row of agreement_terms, in force from the first day of validity."""
    said = terms_templates()[agreement.post_level].said
    scores = tuple(replace(part, by_announced_line=False) for part in said["scores"])
    terms = AgreementTerms(
        **{**said, "hard_conditions": agreement.hard_conditions, "scores": scores},
        agreement_id=agreement.agreement_id,
        version_no=1,
        in_force_from=agreement.valid_from,
        document_no=agreement.document_no,
        quota=agreement.quota,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
    )
    decided_at = datetime.combine(agreement.valid_from, time(), UTC)
    return {**terms_row(terms), "decided_by": decided_by, "decided_at": decided_at}
