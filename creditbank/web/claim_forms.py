"""The forms of claims: fields of each kind, and what they say. A draft may leave things out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.claims import CATEGORIES, NOTE_MAX, ClaimContent, ClaimKind
from creditbank.domain.errors import InvalidInputError, Problem
from creditbank.domain.ledger import NUMBER_MAX, QUANTITY_MAX, TITLE_MAX
from creditbank.web.forms import Form, Reading, refusal_problems

Code = TypeVar("Code", bound=StrEnum)
_ALL = frozenset({"title", "earned_on", "issuer", "note", "files"})
FIELDS: Mapping[ClaimKind, frozenset[str]] = {
    ClaimKind.AWARD: _ALL | {"level", "rank", "team_role", "certificate_no", "document_no"},
    ClaimKind.CERTIFICATE: _ALL | {
        "category", "certificate_level", "certificate_no", "valid_until",
    },
    ClaimKind.WORK: _ALL | {"category", "certificate_no"},
    ClaimKind.PRACTICE: _ALL | {"quantity"},
    ClaimKind.VOLUNTEERING: _ALL | {"quantity"},
}  # fmt: skip
NAMES = {"event": "title"}
"""Where a service's problem is shown when the form calls the field otherwise."""


def empty_form(kind: ClaimKind) -> Form:
    """A form to be filled in."""
    return Form(kind=kind.value, values={"team_role": TeamRole.INDIVIDUAL}, fields=FIELDS[kind])


def sent_form(kind: ClaimKind, values: Mapping[str, str]) -> Form:
    """The form that came in; other fields than its own are not looked at."""
    known = FIELDS[kind] | {"idempotency_key"}
    form = Form.sent(kind.value, {name: text for name, text in values.items() if name in known})
    return Form(kind=kind.value, values=form.values, fields=FIELDS[kind], key=form.key)


def filled_form(content: ClaimContent) -> Form:
    """The form as a claim was stated."""
    said = {name: _text(getattr(content, name)) for name in FIELDS[content.kind] - {"files"}}
    said["quantity"] = str(content.quantity) if content.earned_on or content.title else ""
    return Form(kind=content.kind.value, values=said, fields=FIELDS[content.kind])


def read_content(kind: ClaimKind, form: Form) -> tuple[ClaimContent, tuple[Problem, ...]]:
    """What a form says, and what of it cannot be read; that is left out of the content."""
    reading = Reading(form)
    fields = FIELDS[kind]

    def text(name: str, most: int) -> str:
        return reading.text(name, length_max=most, required=False) if name in fields else ""

    content = ClaimContent(
        kind=kind,
        title=text("title", TITLE_MAX),
        category=_category(kind, form),
        level=_code(form, "level", AwardLevel) if "level" in fields else None,
        rank=_code(form, "rank", AwardRank) if "rank" in fields else None,
        team_role=_code(form, "team_role", TeamRole) or TeamRole.INDIVIDUAL,
        certificate_level=_code(form, "certificate_level", CertificateLevel)
        or CertificateLevel.NONE,
        certificate_no=text("certificate_no", NUMBER_MAX),
        document_no=text("document_no", NUMBER_MAX),
        issuer=text("issuer", NUMBER_MAX),
        quantity=reading.whole("quantity", most=QUANTITY_MAX) if "quantity" in fields else 1,
        earned_on=_day(reading, "earned_on"),
        valid_until=_day(reading, "valid_until") if "valid_until" in fields else None,
        note=text("note", NOTE_MAX),
    )
    try:
        reading.done()
    except InvalidInputError as error:
        return content, refusal_problems(error)
    return content, ()


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _day(reading: Reading, name: str) -> date | None:
    found = reading.day_or_none(name)
    return None if found == date.min else found


def _code(form: Form, name: str, codes: type[Code]) -> Code | None:
    try:
        return codes(form.value(name)) if form.value(name) else None
    except ValueError:
        return None


def _category(kind: ClaimKind, form: Form) -> InnovationCategory | None:
    """The only one there is, or the one that was chosen."""
    offered = CATEGORIES[kind]
    if len(offered) == 1:
        return offered[0]
    return next((item for item in offered if item.value == form.value("category")), None)
