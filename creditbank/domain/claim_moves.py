"""Which move may follow on which stage of a claim, what it needs, and why one is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.claims import OPEN, ClaimMoveKind, ClaimStage, ClaimStanding
from creditbank.domain.errors import Message, Problem
from creditbank.domain.permissions import Role


class ClaimObstacle(StrEnum):
    """Why a move is not made."""

    WRONG_STAGE = "wrong_stage"
    WRONG_ROLE = "wrong_role"
    REASON_MISSING = "reason_missing"
    SAME_PERSON = "same_person"
    NOTICE_OVER = "notice_over"
    NO_OBJECTION = "no_objection"
    OWN_OBJECTION = "own_objection"
    OBJECTED_ALREADY = "objected_already"


_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
_REGISTRAR, _APPROVER = frozenset({Role.REGISTRAR}), frozenset({Role.APPROVER})
_OF_SCHOOL = _FAMILY | _REGISTRAR | _APPROVER | {Role.TEACHER, Role.ADVISOR}


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """From which stages, by whom, and whether a reason is asked for."""

    sources: frozenset[ClaimStage]
    roles: frozenset[Role]
    needs_reason: bool = False


_REVIEWERS: Mapping[ClaimStage, Role] = {
    ClaimStage.SUBMITTED: Role.REGISTRAR,
    ClaimStage.ACCEPTED: Role.APPROVER,
}
"""Whose turn it is."""
_IN_REVIEW = frozenset(_REVIEWERS)
_NOTICE = frozenset({ClaimStage.NOTICE})

RULES: Mapping[ClaimMoveKind, ClaimRule] = {
    ClaimMoveKind.SUBMIT: ClaimRule(frozenset({ClaimStage.DRAFT, ClaimStage.RETURNED}), _FAMILY),
    ClaimMoveKind.WITHDRAW: ClaimRule(OPEN, _FAMILY),
    ClaimMoveKind.ACCEPT: ClaimRule(frozenset({ClaimStage.SUBMITTED}), _REGISTRAR),
    ClaimMoveKind.RETURN: ClaimRule(_IN_REVIEW, _REGISTRAR | _APPROVER, needs_reason=True),
    ClaimMoveKind.REJECT: ClaimRule(_IN_REVIEW, _REGISTRAR | _APPROVER, needs_reason=True),
    ClaimMoveKind.CONFIRM: ClaimRule(frozenset({ClaimStage.ACCEPTED}), _APPROVER),
    ClaimMoveKind.OBJECT: ClaimRule(_NOTICE, _OF_SCHOOL, needs_reason=True),
    ClaimMoveKind.DISMISS: ClaimRule(_NOTICE, _APPROVER, needs_reason=True),
    ClaimMoveKind.UPHOLD: ClaimRule(_NOTICE, _APPROVER, needs_reason=True),
}
"""Every move that people make; POST and BOUNCE follow by themselves."""
REVIEWS = frozenset({ClaimMoveKind.ACCEPT, ClaimMoveKind.RETURN, ClaimMoveKind.REJECT})
RULINGS = frozenset({ClaimMoveKind.DISMISS, ClaimMoveKind.UPHOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProposal:
    """A move that somebody wants to make. about: the objection that a ruling answers."""

    kind: ClaimMoveKind
    role: Role
    account_id: int
    today: date
    reason: str = ""
    about: int | None = None


def claim_obstacle(standing: ClaimStanding, asked: ClaimProposal) -> ClaimObstacle | None:
    """The first thing that stands in the way, None where the move may be made."""
    return next(_obstacles(standing, asked), None)


def _obstacles(standing: ClaimStanding, asked: ClaimProposal) -> Iterator[ClaimObstacle]:
    rule = RULES[asked.kind]
    if asked.role not in rule.roles:
        yield ClaimObstacle.WRONG_ROLE
    if standing.stage not in rule.sources:
        yield ClaimObstacle.WRONG_STAGE
    if asked.kind in REVIEWS and asked.role is not _REVIEWERS.get(standing.stage):
        yield ClaimObstacle.WRONG_STAGE
    yield from _OF_KIND.get(asked.kind, _nothing)(standing, asked)
    if rule.needs_reason and not asked.reason.strip():
        yield ClaimObstacle.REASON_MISSING


def _nothing(*_: object) -> Iterator[ClaimObstacle]:
    return iter(())


def _confirm(standing: ClaimStanding, asked: ClaimProposal) -> Iterator[ClaimObstacle]:
    if asked.account_id == standing.accepted_by:
        yield ClaimObstacle.SAME_PERSON


def _object(standing: ClaimStanding, asked: ClaimProposal) -> Iterator[ClaimObstacle]:
    if standing.ends_on is not None and asked.today > standing.ends_on:
        yield ClaimObstacle.NOTICE_OVER
    if asked.account_id in standing.objections.values():
        yield ClaimObstacle.OBJECTED_ALREADY


def _rule(standing: ClaimStanding, asked: ClaimProposal) -> Iterator[ClaimObstacle]:
    objector = standing.objections.get(asked.about or 0)
    if objector is None:
        yield ClaimObstacle.NO_OBJECTION
    elif objector == asked.account_id:
        yield ClaimObstacle.OWN_OBJECTION


_OF_KIND = {
    ClaimMoveKind.CONFIRM: _confirm,
    ClaimMoveKind.OBJECT: _object,
    ClaimMoveKind.DISMISS: _rule,
    ClaimMoveKind.UPHOLD: _rule,
}

_WORDS: Mapping[ClaimObstacle, Message] = {
    ClaimObstacle.WRONG_STAGE: Message(
        "这份申报已经不在这一步了,请刷新后查看最新状态。",
        "The claim does not stand here any more; look at it again.",
    ),
    ClaimObstacle.WRONG_ROLE: Message(
        "您的角色不能办理这一步。", "Your role does not make this step."
    ),
    ClaimObstacle.REASON_MISSING: Message(
        "请填写理由(1-200字)。", "Give the reason (1 to 200 characters)."
    ),
    ClaimObstacle.SAME_PERSON: Message(
        "初审和终审须由两个人办理,请由另一人终审。",
        "The two reviews are made by two people; somebody else makes the final one.",
    ),
    ClaimObstacle.NOTICE_OVER: Message(
        "公示期已满,不再受理异议。", "The notice is over; objections are not taken any more."
    ),
    ClaimObstacle.NO_OBJECTION: Message(
        "这条异议已经处理过,或不属于这份申报。",
        "This objection was answered already, or is not one to this claim.",
    ),
    ClaimObstacle.OWN_OBJECTION: Message(
        "自己提出的异议须由另一人处理。", "Somebody else answers an objection of your own."
    ),
    ClaimObstacle.OBJECTED_ALREADY: Message(
        "您已经提出过异议,正在处理。", "You have objected already; it is being looked at."
    ),
}
_FIELDS = {
    ClaimObstacle.REASON_MISSING: "reason",
    ClaimObstacle.NO_OBJECTION: "about",
    ClaimObstacle.OWN_OBJECTION: "about",
}


def claim_refusal(found: ClaimObstacle) -> Problem:
    """The obstacle in words."""
    return Problem(found.value, _WORDS[found], field=_FIELDS.get(found, "claim_id"))
