"""Which move may follow on which stage, who makes it, what it needs, and why one is refused.

Data first: the table of moves; then the one function that says what stands in the way. Words for
each refusal are in domain.advance_words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.advances import (
    AdvanceRules,
    Move,
    MoveKind,
    Signature,
    Stage,
    Standing,
)
from creditbank.domain.permissions import Role


class Need(StrEnum):
    """What a move carries."""

    DOCUMENT = "document"
    REASON = "reason"


class Obstacle(StrEnum):
    """Why a move is refused; the first that applies is named, by this code."""

    WRONG_ROLE = "wrong_role"
    ENDED = "ended"
    CLOSED = "closed"
    WRONG_STAGE = "wrong_stage"
    ASSESSMENT_FAILED = "assessment_failed"
    NOT_QUALIFIED = "not_qualified"
    HELD = "held"
    REVIEW_OPEN = "review_open"
    RANKING_CHANGED = "ranking_changed"
    APPEAL_OPEN = "appeal_open"
    NO_APPEAL = "no_appeal"
    ANNOUNCED = "announced"
    NOT_ANNOUNCED = "not_announced"
    NOTICE_RUNS = "notice_runs"
    APPEAL_LATE = "appeal_late"
    ATTEMPTS_USED = "attempts_used"
    RETRY_EARLY = "retry_early"
    EXAM_NOT_ALLOWED = "exam_not_allowed"
    EXAM_MARKED = "exam_marked"
    SIGNED_ALREADY = "signed_already"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    DOCUMENT_MISSING = "document_missing"
    REASON_MISSING = "reason_missing"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of move.

    is_forward: it takes the learner towards admission, so what has changed stands in its way.
    """

    sources: frozenset[Stage]
    roles: frozenset[Role]
    needs: frozenset[Need] = frozenset()
    is_forward: bool = False


_UNDECIDED = frozenset(
    {
        Stage.QUALIFICATION, Stage.QUALIFIED, Stage.ASSESSED, Stage.ASSESSMENT_FAILED,
        Stage.NOTICE, Stage.FILED, Stage.TESTED, Stage.PROPOSED,
    }
)  # fmt: skip
_PUBLISHED = frozenset({Stage.NOTICE, Stage.ASSESSMENT_FAILED})
_DOCUMENT = frozenset({Need.DOCUMENT})
_BOTH = frozenset(Need)
_REGISTRAR, _APPROVER, _COLLEGE = (
    frozenset({role}) for role in (Role.REGISTRAR, Role.APPROVER, Role.COLLEGE)
)
_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})

RULES: Mapping[MoveKind, Rule] = {
    MoveKind.QUALIFY: Rule(frozenset({Stage.QUALIFICATION}), _APPROVER, _DOCUMENT, is_forward=True),
    MoveKind.PASS_ASSESSMENT: Rule(
        frozenset({Stage.QUALIFIED}), _REGISTRAR, _DOCUMENT, is_forward=True
    ),
    MoveKind.FAIL_ASSESSMENT: Rule(frozenset({Stage.QUALIFIED}), _REGISTRAR, _BOTH),
    MoveKind.ANNOUNCE: Rule(
        frozenset({Stage.ASSESSED, Stage.ASSESSMENT_FAILED}), _APPROVER, _DOCUMENT, is_forward=True
    ),
    MoveKind.APPEAL: Rule(_PUBLISHED, _FAMILY | _REGISTRAR, frozenset({Need.REASON})),
    MoveKind.DISMISS_APPEAL: Rule(_PUBLISHED, _APPROVER, _BOTH),
    MoveKind.GRANT_APPEAL: Rule(_PUBLISHED, _APPROVER, _BOTH),
    MoveKind.FILE: Rule(frozenset({Stage.NOTICE}), _APPROVER, _DOCUMENT, is_forward=True),
    MoveKind.SCORE: Rule(frozenset({Stage.FILED, Stage.TESTED}), _REGISTRAR | _COLLEGE),
    MoveKind.PROPOSE: Rule(
        frozenset({Stage.TESTED}), _APPROVER | _COLLEGE, _DOCUMENT, is_forward=True
    ),
    MoveKind.PASS_OVER: Rule(frozenset({Stage.TESTED}), _APPROVER | _COLLEGE, _DOCUMENT),
    MoveKind.ADMIT: Rule(frozenset({Stage.PROPOSED}), _COLLEGE, _DOCUMENT, is_forward=True),
    MoveKind.REFUSE: Rule(frozenset({Stage.PROPOSED}), _COLLEGE, _BOTH),
    MoveKind.RETURN_ADMISSION: Rule(frozenset({Stage.ADVANCED}), _COLLEGE),
    MoveKind.RETRY: Rule(frozenset({Stage.NOT_PASSED}), _APPROVER, _DOCUMENT, is_forward=True),
    MoveKind.REGISTER_EXAM: Rule(
        _UNDECIDED | {Stage.IN_PROCESS, Stage.NOT_PASSED}, _REGISTRAR, _DOCUMENT
    ),
    MoveKind.GIVE_UP: Rule(_UNDECIDED | {Stage.IN_PROCESS}, _FAMILY | _REGISTRAR),
    MoveKind.DISQUALIFY: Rule(
        _UNDECIDED | {Stage.ADVANCED}, frozenset({Role.APPROVER, Role.COUNTY}), _BOTH
    ),
}
"""Every move. What is not here cannot be done."""

SIGNATURES: Mapping[Role, frozenset[Signature]] = {
    Role.STUDENT: frozenset({Signature.STUDENT}),
    Role.GUARDIAN: frozenset({Signature.GUARDIAN}),
    Role.REGISTRAR: frozenset(Signature),
}
"""Whose will a giving up is; the registrar enters a paper that both have signed."""

_LEAVING = frozenset({MoveKind.GIVE_UP, MoveKind.DISQUALIFY})
"""Who is suspended may still leave."""
_BEYOND_TERMS = frozenset({Stage.ASSESSMENT_FAILED, Stage.NOT_PASSED})
"""From here 春季高考 is open whatever the terms say."""
SIDE = frozenset({MoveKind.GIVE_UP, MoveKind.REGISTER_EXAM})
"""Moves beside the road: what follows does not rest on them, so they are withdrawn at any time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A move that somebody wants to make. signatures: of a giving up."""

    kind: MoveKind
    role: Role
    decided_on: date
    document_no: str = ""
    reason: str = ""
    signatures: frozenset[Signature] = frozenset()


def obstacle(standing: Standing, rules: AdvanceRules, asked: Proposal) -> Obstacle | None:
    """The first thing that stands in the way of a move, None where it may be made."""
    return next(_obstacles(standing, rules, asked), None)


def _obstacles(standing: Standing, rules: AdvanceRules, asked: Proposal) -> Iterator[Obstacle]:
    rule = RULES[asked.kind]
    if asked.role not in rule.roles:
        yield Obstacle.WRONG_ROLE
    yield from _of_stage(standing, rule, asked.kind)
    if standing.is_held and asked.kind not in _LEAVING:
        yield Obstacle.HELD
    if rule.is_forward:
        yield from _of_changes(standing)
    yield from _OF_KIND.get(asked.kind, _nothing)(standing, rules, asked)
    first, last = rules.windows.get(asked.kind, (None, None))
    if first is not None and asked.decided_on < first:
        yield Obstacle.TOO_EARLY
    if last is not None and asked.decided_on > last:
        yield Obstacle.TOO_LATE
    if Need.DOCUMENT in rule.needs and not asked.document_no.strip():
        yield Obstacle.DOCUMENT_MISSING
    if Need.REASON in rule.needs and not asked.reason.strip():
        yield Obstacle.REASON_MISSING


def _of_stage(standing: Standing, rule: Rule, kind: MoveKind) -> Iterator[Obstacle]:
    if standing.stage in rule.sources:
        return
    if standing.stage is Stage.ENDED:
        yield Obstacle.ENDED
    elif standing.stage is Stage.ASSESSMENT_FAILED and kind in {MoveKind.FILE, MoveKind.SCORE}:
        yield Obstacle.ASSESSMENT_FAILED
    elif standing.is_closed:
        yield Obstacle.CLOSED
    yield Obstacle.WRONG_STAGE


def _of_changes(standing: Standing) -> Iterator[Obstacle]:
    """A review is closed by whoever keeps it; for a changed ranking the 拟录取 is taken back.

    Another attempt rests on nothing of the ranking that left no place, so it is not in its way.
    """
    if standing.is_in_review:
        yield Obstacle.REVIEW_OPEN
    if standing.ranking_changed and not standing.is_passed_over:
        yield Obstacle.RANKING_CHANGED


def _nothing(*_: object) -> Iterator[Obstacle]:
    return iter(())


def _qualify(standing: Standing, _rules: AdvanceRules, _asked: Proposal) -> Iterator[Obstacle]:
    if not standing.is_qualified:
        yield Obstacle.NOT_QUALIFIED


def _announce(standing: Standing, _rules: AdvanceRules, _asked: Proposal) -> Iterator[Obstacle]:
    if standing.notice_starts_on is not None:
        yield Obstacle.ANNOUNCED


def _appeal(standing: Standing, _rules: AdvanceRules, asked: Proposal) -> Iterator[Obstacle]:
    if standing.notice_starts_on is None or asked.decided_on < standing.notice_starts_on:
        yield Obstacle.NOT_ANNOUNCED
    if standing.is_appealed:
        yield Obstacle.APPEAL_OPEN
    if standing.appeal_until is not None and asked.decided_on > standing.appeal_until:
        yield Obstacle.APPEAL_LATE


def _rule_on_appeal(
    standing: Standing, _rules: AdvanceRules, _asked: Proposal
) -> Iterator[Obstacle]:
    if not standing.is_appealed:
        yield Obstacle.NO_APPEAL


def _file(standing: Standing, _rules: AdvanceRules, asked: Proposal) -> Iterator[Obstacle]:
    if standing.is_appealed:
        yield Obstacle.APPEAL_OPEN
    if standing.appeal_until is not None and asked.decided_on <= standing.appeal_until:
        yield Obstacle.NOTICE_RUNS


def _retry(standing: Standing, rules: AdvanceRules, asked: Proposal) -> Iterator[Obstacle]:
    if standing.attempt >= rules.attempts_max:
        yield Obstacle.ATTEMPTS_USED
    if standing.is_closed:
        yield Obstacle.ENDED
    # The next year, as advance_rules.year_of_attempt has it.
    if standing.not_passed_on and asked.decided_on.year <= standing.not_passed_on.year:
        yield Obstacle.RETRY_EARLY


def _register_exam(standing: Standing, rules: AdvanceRules, _asked: Proposal) -> Iterator[Obstacle]:
    if standing.sits_parallel_exam:
        yield Obstacle.EXAM_MARKED
    if not rules.allows_parallel_exam and standing.stage not in _BEYOND_TERMS:
        yield Obstacle.EXAM_NOT_ALLOWED


def _give_up(standing: Standing, _rules: AdvanceRules, asked: Proposal) -> Iterator[Obstacle]:
    if not asked.signatures - standing.gives_up:
        yield Obstacle.SIGNED_ALREADY
    if asked.role is Role.REGISTRAR and not asked.document_no.strip():
        yield Obstacle.DOCUMENT_MISSING


_OF_KIND = {
    MoveKind.QUALIFY: _qualify,
    MoveKind.ANNOUNCE: _announce,
    MoveKind.APPEAL: _appeal,
    MoveKind.DISMISS_APPEAL: _rule_on_appeal,
    MoveKind.GRANT_APPEAL: _rule_on_appeal,
    MoveKind.FILE: _file,
    MoveKind.RETRY: _retry,
    MoveKind.REGISTER_EXAM: _register_exam,
    MoveKind.GIVE_UP: _give_up,
}


def next_moves(standing: Standing) -> tuple[MoveKind, ...]:
    """What may come next by the stage alone, in the order of the road."""
    return tuple(kind for kind, rule in RULES.items() if standing.stage in rule.sources)


def may_withdraw(account_id: int, role: Role, move: Move, standing_moves: tuple[Move, ...]) -> bool:
    """Whether an account may take a move back: its side made it, and nothing that rests on it came.

    What student or guardian have said is taken back by that very account, by no other member of the
    family and no office; an office stands for whoever is in it. A decision on the qualification is
    withdrawn as any decision is (services.graduations).
    """
    if move.kind is MoveKind.QUALIFY or role is not move.made_as:
        return False
    if role in _FAMILY and account_id != move.made_by:
        return False
    if move.kind in SIDE:
        return True
    later = [item for item in standing_moves if item.number > move.number]
    return not any(item.kind not in SIDE and item.kind is not MoveKind.QUALIFY for item in later)
