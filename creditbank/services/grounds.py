"""What every decision of people carries: why, and by which document (文号)."""

from __future__ import annotations

from creditbank.domain.errors import Message, Problem, refused

REASON_MAX, DOCUMENT_MAX = 200, 60

REASON_MISSING = Problem(
    "reason_missing",
    Message("请填写原因(1-200字)。", "Give the reason (1 to 200 characters)."),
    "reason",
)
DOCUMENT_MISSING = Problem(
    "document_missing",
    Message("请填写文号(1-60字)。", "Give the document number (1 to 60 characters)."),
    "document_no",
)


def is_reason(text: str) -> bool:
    """Whether it says something, and no more than fits."""
    return 0 < len(text.strip()) <= REASON_MAX


def is_document(text: str) -> bool:
    """Whether it can be a document's number."""
    return 0 < len(text.strip()) <= DOCUMENT_MAX


def check_reason(text: str, missing: Problem = REASON_MISSING) -> None:
    """Raise InvalidInputError where no reason is given. missing: what is said then."""
    if not is_reason(text):
        raise refused(missing)


def check_document(text: str) -> None:
    """Raise InvalidInputError where no document number is given."""
    if not is_document(text):
        raise refused(DOCUMENT_MISSING)
