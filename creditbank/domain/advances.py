"""转段 from entry to admission: the stages, what people have decided, and where that leaves one.

What is computed (not due, in process, what is missing) stands apart from what people decide: a
move is a row, and a later verdict flags the stage that was reached, it never moves it back. Which
moves may follow, and who makes them: domain.advance_moves. 鲁教学发〔2015〕3号; on who has left a
class: 粤教职函〔2021〕19号.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Outcome


class Stage(StrEnum):
    """Where a learner stands under one agreement."""

    NOT_DUE = "not_due"
    """未到期: before the last school year of the first stage."""
    IN_PROCESS = "in_process"
    """过程跟踪."""
    QUALIFICATION = "qualification"
    """资格初审: the conditions are judged, the school has not confirmed yet."""
    QUALIFIED = "qualified"
    """资格初审通过: the process assessment is due."""
    ASSESSED = "assessed"
    """过程考核合格."""
    ASSESSMENT_FAILED = "assessment_failed"
    """过程考核不合格: not filed; 春季高考 stays open."""
    NOTICE = "notice"
    """公示."""
    FILED = "filed"
    """报送."""
    TESTED = "tested"
    """测试: the scores are there, the ranking is due."""
    PROPOSED = "proposed"
    """拟录取."""
    ADVANCED = "advanced"
    """已转段."""
    NOT_PASSED = "not_passed"
    """未通过: a second attempt next year where the terms allow it."""
    GIVEN_UP = "given_up"
    DISQUALIFIED = "disqualified"
    ENDED = "ended"
    """已退出: left the class or the school before it came to an end."""


COMPUTED = frozenset({Stage.NOT_DUE, Stage.IN_PROCESS, Stage.QUALIFICATION})
"""Nobody has decided anything yet."""
FINAL = frozenset({Stage.ADVANCED, Stage.NOT_PASSED, Stage.GIVEN_UP, Stage.DISQUALIFIED})
"""Leaving the class changes nothing about these."""
HOLDING = frozenset({Stage.PROPOSED, Stage.ADVANCED})
"""Who stands here holds one of the agreement's places."""


class MoveKind(StrEnum):
    """What people do. All but QUALIFY are rows of advance_moves; that one is a decision."""

    QUALIFY = "qualify"
    """资格初审通过: the positive verdict of the moment is frozen."""
    PASS_ASSESSMENT = "pass_assessment"
    FAIL_ASSESSMENT = "fail_assessment"
    ANNOUNCE = "announce"
    """公示, with its days."""
    APPEAL = "appeal"
    """异议, from the first day of the notice on."""
    DISMISS_APPEAL = "dismiss_appeal"
    GRANT_APPEAL = "grant_appeal"
    """The assessment is opened again."""
    FILE = "file"
    """报送对接院校."""
    SCORE = "score"
    PROPOSE = "propose"
    """拟录取, within the ranking."""
    PASS_OVER = "pass_over"
    """Below a pass mark, or beyond the quota."""
    ADMIT = "admit"
    REFUSE = "refuse"
    RETURN_ADMISSION = "return_admission"
    """录取通知书号, 对接院校学号, recognised credits."""
    RETRY = "retry"
    """The second attempt is opened."""
    REGISTER_EXAM = "register_exam"
    """并行报考春季高考."""
    GIVE_UP = "give_up"
    DISQUALIFY = "disqualify"


class Signature(StrEnum):
    """Whose will it is to give up; both are needed."""

    STUDENT = "student"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One standing move. number: of its row; rows are numbered in their order.

    starts_on, ends_on, appeal_until: of a notice. signatures: of a giving up. made_by, made_as: the
    account that made it, and in which role; 0 and None of a qualification.
    """

    kind: MoveKind
    decided_on: date
    number: int = 0
    starts_on: date | None = None
    ends_on: date | None = None
    appeal_until: date | None = None
    signatures: frozenset[Signature] = frozenset()
    made_by: int = 0
    made_as: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRules:
    """What the agreement's terms say about stages. process_from: when tracking begins.

    windows: first and last day on which a move may be made; None where the calendar sets none.
    """

    process_from: date
    attempts_max: int = 1
    allows_parallel_exam: bool = True
    windows: Mapping[MoveKind, tuple[date | None, date | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is computed or known of the learner. outcome: None before the first verdict.

    missing: codes of the conditions that are not met. has_left: out of the agreement's class
    otherwise than by graduating. review_case_id: of the open review of the qualification.
    changed: codes of the conditions that were met when it was confirmed and are not by now.
    is_contradicted: a verdict of this moment speaks against it, and its review is not open yet.
    ranking_changed: codes of what a ranking rests on that is otherwise (domain.advance_rankings).
    """

    outcome: Outcome | None
    missing: tuple[str, ...] = ()
    shortfall_units: int = 0
    status: EnrolmentStatus = EnrolmentStatus.STUDYING
    has_left: bool = False
    review_case_id: int | None = None
    changed: tuple[str, ...] = ()
    is_contradicted: bool = False
    ranking_changed: tuple[str, ...] = ()

    @property
    def is_qualified(self) -> bool:
        """Whether every condition is met, by the last semester or before it in the last year.

        Process results are due before the last semester begins (12-20 of the year before).
        """
        if self.outcome is Outcome.ON_TRACK:
            return not self.missing
        return self.outcome is Outcome.QUALIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a learner stands. What people decided: stage from QUALIFIED on, attempt, the rest.

    assessment_passed: None while it is due. gives_up: who has signed so far. is_held: suspended,
    nothing goes forward, nor does another attempt begin. is_in_review: an input has changed against
    the confirmed qualification. is_passed_over: the ranking left no place. rests_on_ranking: what
    comes next does, so it is looked at again; ranking_changed: codes of what has changed in it.
    changed: all of them. is_closed: there is no way from here.
    """

    stage: Stage
    attempt: int = 1
    outcome: Outcome | None = None
    is_qualified: bool = False
    missing: tuple[str, ...] = ()
    shortfall_units: int = 0
    assessment_passed: bool | None = None
    notice_starts_on: date | None = None
    notice_ends_on: date | None = None
    appeal_until: date | None = None
    is_appealed: bool = False
    gives_up: frozenset[Signature] = frozenset()
    sits_parallel_exam: bool = False
    has_admission_numbers: bool = False
    not_passed_on: date | None = None
    is_held: bool = False
    is_in_review: bool = False
    review_case_id: int | None = None
    is_passed_over: bool = False
    rests_on_ranking: bool = False
    ranking_changed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    is_closed: bool = False

    @property
    def is_flagged(self) -> bool:
        """Whether an input has changed against what was decided; changed says which."""
        return self.is_in_review or bool(self.ranking_changed)


HELD_STATUSES = frozenset(
    {EnrolmentStatus.SUSPENDED, EnrolmentStatus.STOPPED, EnrolmentStatus.ADMISSION_RESERVED}
)
_JUDGED = frozenset({Outcome.QUALIFIED, Outcome.NOT_QUALIFIED, Outcome.NEEDS_REVIEW})
_SIGNED = frozenset(Signature)
"""No setting: learners are minors as a rule, whose act takes the guardian's consent (民法典 art.
19). Of who is of age by now the registrar enters one paper that both have signed."""


def stage_of(about: Situation, today: date, rules: AdvanceRules, moves: Sequence[Move]) -> Standing:
    """Where a learner stands on a day, after these moves in their order; none is withdrawn."""
    told = _told(moves)
    standing = Standing(
        stage=told.pop("stage", None) or _computed_stage(about, today, rules),
        outcome=about.outcome,
        is_qualified=about.is_qualified,
        missing=about.missing,
        shortfall_units=about.shortfall_units,
        **told,
    )
    if standing.stage not in FINAL and _has_ended(about):
        standing = replace(standing, stage=Stage.ENDED)
    is_in_review = standing.stage not in COMPUTED and (
        about.review_case_id is not None or about.is_contradicted
    )
    rests_on_ranking = _rests_on_ranking(standing, about, today, rules)
    ranking_changed = about.ranking_changed if rests_on_ranking else ()
    return replace(
        standing,
        is_in_review=is_in_review,
        is_held=about.status in HELD_STATUSES and _goes_on(standing, about, rules),
        review_case_id=about.review_case_id if is_in_review else None,
        rests_on_ranking=rests_on_ranking,
        ranking_changed=ranking_changed,
        changed=(*(about.changed if is_in_review else ()), *ranking_changed),
        sits_parallel_exam=standing.sits_parallel_exam and standing.stage is not Stage.ADVANCED,
        is_closed=_is_closed(standing, about, rules),
    )


_WAY = (
    Stage.NOT_DUE, Stage.IN_PROCESS, Stage.QUALIFICATION, Stage.QUALIFIED, Stage.ASSESSED,
    Stage.NOTICE, Stage.FILED, Stage.TESTED, Stage.PROPOSED, Stage.ADVANCED,
)  # fmt: skip


def still_stands(said: Stage, attempt: int, now: Standing) -> bool:
    """Whether a stage that was stated once is not contradicted by where the learner stands now.

    Who has gone on from there by the way that leads to admission was there; who was set back, has
    left the way or waits for a review of it is not said to be there any more. A stage that the
    verdict alone computes is as true as that verdict, as long as nobody decided against it.
    """
    if now.is_flagged or attempt != now.attempt:
        return False
    if said is now.stage:
        return True
    if said not in _WAY or now.stage not in _WAY:
        return False
    return said in COMPUTED or _WAY.index(now.stage) > _WAY.index(said)


def _computed_stage(about: Situation, today: date, rules: AdvanceRules) -> Stage:
    if about.outcome in _JUDGED:
        return Stage.QUALIFICATION
    if about.outcome is None or today < rules.process_from:
        return Stage.NOT_DUE
    return Stage.QUALIFICATION if about.is_qualified else Stage.IN_PROCESS


def _has_ended(about: Situation) -> bool:
    has_gone = about.status not in OPEN_STATUSES and about.status is not EnrolmentStatus.GRADUATED
    return about.has_left or has_gone


def _rests_on_ranking(
    standing: Standing, about: Situation, today: date, rules: AdvanceRules
) -> bool:
    """Of a 拟录取 until the college has returned its numbers.

    Of who was passed over while another attempt is open, and in any case in the year of the
    ranking: its places are given in it, and who was ranked by mistake can be ranked again.
    """
    if standing.stage in HOLDING:
        return not standing.has_admission_numbers
    if standing.stage is not Stage.NOT_PASSED or not standing.is_passed_over:
        return False
    of_year = standing.not_passed_on is not None and standing.not_passed_on.year == today.year
    return not _is_closed(standing, about, rules) or (of_year and not _has_ended(about))


def _is_closed(standing: Standing, about: Situation, rules: AdvanceRules) -> bool:
    if standing.stage is Stage.NOT_PASSED:
        return standing.attempt >= rules.attempts_max or _has_ended(about)
    return standing.stage in {Stage.GIVEN_UP, Stage.DISQUALIFIED, Stage.ENDED}


def _goes_on(standing: Standing, about: Situation, rules: AdvanceRules) -> bool:
    """Whether anything may still come: also another attempt."""
    if standing.stage is Stage.NOT_PASSED:
        return not _is_closed(standing, about, rules)
    return standing.stage not in FINAL


_Told = Mapping[str, Any]


def _told(moves: Iterable[Move]) -> dict[str, Any]:
    """What moves say, one after the other, as fields of a Standing; those that they say."""
    told: dict[str, Any] = {}
    for move in moves:
        if move.kind in _TARGETS:
            told["stage"] = _TARGETS[move.kind]
        if move.kind in _EFFECTS:
            told |= _EFFECTS[move.kind](told, move)
    return told


def _assessed(_told: _Told, move: Move) -> _Told:
    return {"assessment_passed": move.kind is MoveKind.PASS_ASSESSMENT}


def _announced(told: _Told, move: Move) -> _Told:
    """A failed assessment is published too, and stays what it is."""
    return {
        "stage": Stage.NOTICE if told.get("assessment_passed") else Stage.ASSESSMENT_FAILED,
        "notice_starts_on": move.starts_on,
        "notice_ends_on": move.ends_on,
        "appeal_until": move.appeal_until,
    }


def _appealed(_told: _Told, move: Move) -> _Told:
    return {"is_appealed": move.kind is MoveKind.APPEAL}


def _reopened(_told: _Told, _move: Move) -> _Told:
    days = dict.fromkeys(("notice_starts_on", "notice_ends_on", "appeal_until"))
    return {"assessment_passed": None, **days, "is_appealed": False}


def _not_passed(_told: _Told, move: Move) -> _Told:
    is_passed_over = move.kind is MoveKind.PASS_OVER
    return {"not_passed_on": move.decided_on, "is_passed_over": is_passed_over}


def _retried(told: _Told, move: Move) -> _Told:
    again = {"attempt": told.get("attempt", 1) + 1, "not_passed_on": None, "is_passed_over": False}
    return {**_reopened(told, move), **again}


def _returned(_told: _Told, _move: Move) -> _Told:
    return {"has_admission_numbers": True}


def _marked(_told: _Told, _move: Move) -> _Told:
    return {"sits_parallel_exam": True}


def _signed(told: _Told, move: Move) -> _Told:
    signed = told.get("gives_up", frozenset()) | move.signatures
    return {"gives_up": signed} | ({"stage": Stage.GIVEN_UP} if signed == _SIGNED else {})


_TARGETS: Mapping[MoveKind, Stage] = {
    MoveKind.QUALIFY: Stage.QUALIFIED,
    MoveKind.PASS_ASSESSMENT: Stage.ASSESSED,
    MoveKind.FAIL_ASSESSMENT: Stage.ASSESSMENT_FAILED,
    MoveKind.GRANT_APPEAL: Stage.QUALIFIED,
    MoveKind.FILE: Stage.FILED,
    MoveKind.SCORE: Stage.TESTED,
    MoveKind.PROPOSE: Stage.PROPOSED,
    MoveKind.PASS_OVER: Stage.NOT_PASSED,
    MoveKind.ADMIT: Stage.ADVANCED,
    MoveKind.REFUSE: Stage.NOT_PASSED,
    MoveKind.RETRY: Stage.QUALIFIED,
    MoveKind.DISQUALIFY: Stage.DISQUALIFIED,
}
_EFFECTS: Mapping[MoveKind, Callable[[_Told, Move], _Told]] = {
    MoveKind.PASS_ASSESSMENT: _assessed,
    MoveKind.FAIL_ASSESSMENT: _assessed,
    MoveKind.ANNOUNCE: _announced,
    MoveKind.APPEAL: _appealed,
    MoveKind.DISMISS_APPEAL: _appealed,
    MoveKind.GRANT_APPEAL: _reopened,
    MoveKind.PASS_OVER: _not_passed,
    MoveKind.REFUSE: _not_passed,
    MoveKind.RETURN_ADMISSION: _returned,
    MoveKind.RETRY: _retried,
    MoveKind.REGISTER_EXAM: _marked,
    MoveKind.GIVE_UP: _signed,
}
