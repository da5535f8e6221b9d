"""From a command to a ledger row: what an entry of each kind holds, and why it may be refused.

Values come from policy, marks from domain.marks; nothing here writes.
"""

from __future__ import annotations

from typing import Any

from creditbank.domain.award_values import AwardValue, competition_units, innovation_units
from creditbank.domain.calendar import local_date
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message, Problem
from creditbank.domain.evidence import (
    competition_evidence_key,
    course_evidence_key,
    innovation_evidence_key,
    same_award,
)
from creditbank.domain.ledger import UNITS_MAX, EntryKind, clean_tags
from creditbank.services.books import Books
from creditbank.services.certificates import refused_certificate, refused_entry_date
from creditbank.services.commands import (
    PostClaimedCredit,
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostInnovationCredit,
    evidence_number,
)
from creditbank.services.course_entries import course_row

ALREADY_BOOKED = "already_booked"

_TOO_MUCH = Problem(
    "units_over_limit",
    Message(
        f"一条记录最多 {credits_text(UNITS_MAX)} 学分,请核对数量。",
        f"One entry holds at most {credits_text(UNITS_MAX)} credits; check the quantity.",
    ),
    field="quantity",
)


def row_of(command: PostCredit | PostClaimedCredit, books: Books) -> dict[str, Any] | Problem:
    """The ledger row of a command, or the problem that refuses it."""
    if isinstance(command, PostClaimedCredit):
        return _claimed_row(command, books)
    if command.earned_on > local_date(books.now):
        return Problem(
            "date_in_future",
            Message(
                f"日期 {command.earned_on} 在今天之后,请核对。",
                f"The date {command.earned_on} lies in the future; check it.",
            ),
            field="earned_on",
        )
    key = _natural_key(command)
    number = evidence_number(command)
    if _stands(command, books, key) or (number and books.holds_number(number)):
        return Problem(
            ALREADY_BOOKED,
            Message(
                "同一成绩或证明已经入账,不能重复;如需更正,请先冲销原记录。",
                "This evidence is in the ledger already; to correct it, reverse that entry first.",
            ),
            field="course_code" if isinstance(command, PostCourseCredit) else "title",
        )
    try:
        row = _row(command, books)
    except KeyError:
        return Problem(
            "rules_missing",
            Message(
                f"{command.earned_on} 当天还没有生效的学分规定,请核对日期。",
                f"No rule on credits was in force on {command.earned_on}; check the date.",
            ),
            field="earned_on",
        )
    if isinstance(row, dict):
        if row["units"] > UNITS_MAX:
            return _TOO_MUCH
        row["evidence_key"] = f"{key.rpartition('|r')[0]}|r{books.revision(key)}"
    return row


def _claimed_row(command: PostClaimedCredit, books: Books) -> dict[str, Any] | Problem:
    """What the reviews granted stands in place of the table's value, which is kept beside it."""
    row = row_of(command.credit, books)
    if isinstance(row, Problem):
        return row
    of_claim = {"claim_id": command.claim_id}
    if command.units < row["units"]:
        of_claim["table_units"] = row["units"]
    detail = {**row["detail"], **of_claim}
    return {**row, "units": min(command.units, row["units"]), "detail": detail}


def _natural_key(command: PostCredit) -> str:
    """The key of the evidence, whatever its revision."""
    match command:
        case PostCourseCredit():
            return course_evidence_key(command.course_code, command.term, command.exam_kind, 0)
        case PostCompetitionCredit():
            return competition_evidence_key(command.event, command.level, command.earned_on, 0)
        case PostInnovationCredit():
            return innovation_evidence_key(
                command.category,
                command.title,
                evidence_number(command),
                command.earned_on.isoformat(),
                0,
            )


def _stands(command: PostCredit, books: Books, key: str) -> bool:
    """Whether this very evidence stands in the books, under this key or an older way of keying."""
    if not isinstance(command, PostCompetitionCredit):
        return books.holds(key)
    return any(
        same_award(row, command.event, command.level, command.earned_on)
        for row in books.standing(kind=EntryKind.COMPETITION.value)
    )


def _row(command: PostCredit, books: Books) -> dict[str, Any] | Problem:
    match command:
        case PostCourseCredit():
            return course_row(command, books)
        case PostCompetitionCredit():
            return _competition_row(command, books)
        case PostInnovationCredit():
            return _innovation_row(command, books)


def _competition_row(command: PostCompetitionCredit, books: Books) -> dict[str, Any] | Problem:
    policy = books.policy_on(command.earned_on)
    value = competition_units(command.level, command.rank, command.team_role, policy)
    refusal = refused_entry_date(command, books)
    if refusal is not None:
        return refusal
    return {
        "kind": EntryKind.COMPETITION.value,
        "policy_version": policy.version,
        "units": value.units,
        "earned_on": command.earned_on,
        "evidence_no": evidence_number(command) or None,
        "detail": {
            "title": command.event,
            "event": command.event,
            "level": command.level.value,
            "rank": command.rank.value,
            "team_role": command.team_role.value,
            "document_no": command.document_no,
            **_marks(command),
            **_basis(value),
        },
    }


def _innovation_row(command: PostInnovationCredit, books: Books) -> dict[str, Any] | Problem:
    refusal = refused_certificate(command, books)
    if refusal is not None:
        return refusal
    policy = books.policy_on(command.earned_on)
    value = innovation_units(
        command.category,
        command.quantity,
        command.certificate_level,
        policy,
        is_granted=bool(command.certificate_no),
    )
    refusal = refused_entry_date(command, books)
    if refusal is not None:
        return refusal
    until = command.valid_until
    return {
        "kind": EntryKind.INNOVATION.value,
        "policy_version": policy.version,
        "units": value.units,
        "earned_on": command.earned_on,
        "evidence_no": evidence_number(command) or None,
        "detail": {
            "title": command.title,
            "category": command.category.value,
            "quantity": command.quantity,
            "certificate_level": command.certificate_level.value,
            "valid_until": "" if until is None else until.isoformat(),
            **_marks(command),
            **_basis(value),
        },
    }


def _marks(command: PostCompetitionCredit | PostInnovationCredit) -> dict[str, str]:
    """Who issued it and the school's own marks, where they are said: rules may speak of them."""
    said = {"issuer": command.issuer, "tags": clean_tags(command.tags)}
    return {name: text for name, text in said.items() if text}


def _basis(value: AwardValue) -> dict[str, str]:
    """What the value rests on, kept with the entry for as long as it stands."""
    return {
        "policy_keys": " ".join(value.keys),
        "references": "; ".join(dict.fromkeys(value.references)),
    }
