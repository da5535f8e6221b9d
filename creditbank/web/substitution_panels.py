"""The panel where an approver lets an award's credit count in a block that asks for approval."""

from __future__ import annotations

from creditbank.domain.plans import Substitution
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form
from creditbank.web.languages import named
from creditbank.web.learner_pages import LearnerPage

FIELDS = frozenset({"source_seq", "block_code", "units", "document_no"})


def substitution_parts(
    page: LearnerPage, form: Form | None = None, posted: Posted | None = None
) -> dict[str, object]:
    """What the panel's template looks at: awards with credit left, blocks that need approval."""
    return {
        "form": form or Form(kind="substitution", fields=FIELDS),
        "posted": posted,
        "sources": _sources(page),
        "blocks": [
            (block.code, named(block.name, block.name_en))
            for block in (page.plan.blocks if page.plan else ())
            if block.substitution is Substitution.APPROVED
        ],
    }


def _sources(page: LearnerPage) -> list[tuple[str, str]]:
    return [
        (str(row.seq), f"{row.title} · {row.units}")
        for row in page.transcript.awards
        if not row.is_reversed and row.is_award
    ]
