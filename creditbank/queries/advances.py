"""转段 as it is read: a cohort by stage, one learner's way, the lines of the 转段资格审核表."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import CalendarDay
from creditbank.domain.advance_moves import (
    SIGNATURES,
    Proposal,
    may_withdraw,
    next_moves,
    obstacle,
)
from creditbank.domain.advances import MoveKind, Stage, Standing
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Role
from creditbank.domain.verdicts import ConditionResult, SubjectKind, Verdict
from creditbank.eligibility.condition_evidence import ConditionLine
from creditbank.queries.advance_histories import HistoryRow, histories, score_lines_of
from creditbank.queries.agreements import AgreementLine, agreement_line
from creditbank.queries.pages import LIMIT_MAX, Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import read_seats
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AdvanceLine:
    """One learner of a cohort. as_of: the day of the verdict, None before the first one.

    is_confirmed: whether a decision on the qualification stands. conditions: of the stored verdict
    of now, whatever was confirmed.
    """

    agreement_id: int
    enrolment_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    standing: Standing
    next: tuple[MoveKind, ...]
    as_of: date | None
    is_confirmed: bool
    conditions: tuple[ConditionResult, ...] = ()


@dataclass(frozen=True, slots=True)
class AdvanceCohort:
    """A page of a cohort; counts and flagged over all of it. due: the step that the year is at.

    quota: of the terms in force.
    """

    line: AgreementLine
    members: Page[AdvanceLine]
    counts: dict[str, int]
    flagged: int
    calendar: tuple[CalendarDay, ...]
    due: CalendarDay | None
    quota: int

    @property
    def stage_counts(self) -> list[dict[str, Any]]:
        """Counts in the order of the road."""
        found = ((stage.value, self.counts.get(stage.value, 0)) for stage in Stage)
        return [{"stage": stage, "learners": count} for stage, count in found if count]


@dataclass(frozen=True, slots=True)
class LearnerAdvance:
    """A learner under one agreement, with every step in its order.

    may: what the reader could do today. withdrawable: rows that the reader could take back.
    """

    agreement_name: str
    line: AdvanceLine
    history: tuple[HistoryRow, ...]
    terms: AgreementTerms
    calendar: tuple[CalendarDay, ...] = ()
    may: frozenset[MoveKind] = frozenset()
    withdrawable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AdvanceForm:
    """转段资格审核表 of one learner. conditions: as confirmed, or of now while nobody has.

    Each comes with what the records that it rests on are today; a college is shown of sanctions
    those that stand against the condition.
    scores: hundredths by part. opinions: who said what, from the history.
    """

    line: AdvanceLine
    conditions: tuple[ConditionLine, ...]
    is_confirmed: bool
    scores: Mapping[str, int]
    opinions: tuple[HistoryRow, ...]

    @property
    def score_lines(self) -> list[dict[str, Any]]:
        """The scores by part."""
        return score_lines_of(self.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which part of a cohort is wanted: of one stage, of whom is flagged, one page of them."""

    stage: Stage | None = None
    flagged: bool = False
    limit: int = LIMIT_MAX
    cursor: str = ""


_EVERYBODY = Chosen()


def standings_of(
    uow: UnitOfWork,
    agreement_id: int,
    enrolment_ids: Sequence[int],
    *,
    now: datetime,
    verdicts: Iterable[Verdict] = (),
) -> dict[int, Standing]:
    """Where these learners stand, by enrolment; who is not in the reach is left out.

    The caller has decided access. verdicts: computed for this answer (services.fresh_cohorts),
    which speak instead of stored ones that are behind.
    """
    book = open_book(uow, agreement_id, today=local_date(now))
    if book is None:
        return {}
    fresh = {
        item.enrolment_id: item
        for item in verdicts
        if (item.subject_kind, item.subject_id) == (SubjectKind.ARTICULATION, agreement_id)
    }
    found = book.known(enrolment_ids=enrolment_ids, verdicts=fresh)
    return {item.seat.enrolment_id: item.standing for item in found}


def advance_cohort(
    uow: UnitOfWork,
    actor: Actor,
    agreement_id: int,
    chosen: Chosen = _EVERYBODY,
    *,
    now: datetime,
) -> AdvanceCohort:
    """The cohort in pinyin order, of one stage or all; a college sees who has not left it.

    Raises ForbiddenError, NotFoundError for an agreement that is not the actor's to see, or
    InvalidInputError for a foreign cursor.
    """
    grant = decide(actor, Action.SEE_ADVANCE_COHORT)
    limit, after = clamp(chosen.limit), decode_cursor(chosen.cursor, (int,))
    line = agreement_line(uow, actor, agreement_id, now=now)
    book = _book(uow, agreement_id, now)
    everybody = [item for item in book.known() if may_see(actor, Action.SEE_ADVANCE_COHORT, item)]
    wanted = [
        advance_line(item)
        for item in everybody
        if chosen.stage in {None, item.standing.stage}
        and (item.standing.is_flagged or not chosen.flagged)
    ]
    if after is not None:
        places = [at for at, item in enumerate(wanted) if item.enrolment_id == after[0]]
        wanted = wanted[places[0] + 1 :] if places else []
    members = page_of(wanted[: limit + 1], limit, lambda item: (item.enrolment_id,))
    calendar = book.days()
    record_access(
        uow.connection, actor, Action.SEE_ADVANCE_COHORT, grant.mask,
        [item.learner_id for item in members.items], now,
    )  # fmt: skip
    return AdvanceCohort(
        line,
        members,
        counts=dict(Counter(item.standing.stage.value for item in everybody)),
        flagged=sum(item.standing.is_flagged for item in everybody),
        calendar=calendar,
        due=next((day for day in calendar if day.ends_on >= book.today), None),
        quota=book.terms.quota,
    )


def learner_advances(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[LearnerAdvance, ...]:
    """Every agreement that a learner is or was in, as far as the actor may see it.

    Raises ForbiddenError or NotFoundError; a learner of the actor's without one has none.
    """
    grant = decide(actor, Action.SEE_ADVANCES)
    seats = read_seats(uow.connection, None, learner_id=learner_id)
    found: list[LearnerAdvance] = []
    for agreement_id in sorted({seat.agreement_id for seat in seats}):
        book = _book(uow, agreement_id, now)
        found.extend(
            _learner_advance(uow, actor, book, item)
            for item in book.known(learner_id=learner_id)
            if may_see(actor, Action.SEE_ADVANCES, item)
        )
    if not found:
        decide(actor, Action.SEE_ADVANCES, learner_key(
            uow.connection, learner_id, as_of=local_date(now)
        ))  # fmt: skip
    record_access(uow.connection, actor, Action.SEE_ADVANCES, grant.mask, [learner_id], now)
    return tuple(found)


def _learner_advance(
    uow: UnitOfWork, actor: Actor, book: AdvanceBook, item: Known
) -> LearnerAdvance:
    attempt = item.standing.attempt
    return LearnerAdvance(
        agreement_name=book.agreement.name,
        line=advance_line(item),
        history=histories(uow, book, [item])[item.seat.enrolment_id],
        terms=book.terms,
        calendar=book.days(attempt),
        may=frozenset(
            kind
            for kind, asked in _family_proposals(actor, book.today)
            if obstacle(item.standing, book.rules(attempt), asked) is None
        ),
        withdrawable=frozenset(
            kept.move.number
            for kept in item.moves
            if may_withdraw(actor.account_id, actor.role, kept.move, item.plain_moves)
        ),
    )


def _family_proposals(actor: Actor, today: date) -> Iterator[tuple[MoveKind, Proposal]]:
    """What is asked of one learner, with everything written that is to be written."""
    for kind in (
        MoveKind.APPEAL, MoveKind.DISMISS_APPEAL, MoveKind.GRANT_APPEAL, MoveKind.GIVE_UP,
    ):  # fmt: skip
        yield (
            kind,
            Proposal(
                kind=kind,
                role=actor.role,
                decided_on=today,
                document_no="-",
                reason="-",
                signatures=SIGNATURES.get(actor.role, frozenset()),
            ),
        )


def advance_forms(
    uow: UnitOfWork,
    actor: Actor,
    agreement_id: int,
    enrolment_ids: Sequence[int] | None = None,
    *,
    now: datetime,
) -> tuple[AdvanceForm, ...]:
    """The forms of these learners, or of the whole cohort, in pinyin order.

    Raises ForbiddenError, or NotFoundError where the agreement or one of them is not the actor's.
    """
    grant = decide(actor, Action.SEE_ADVANCE_COHORT)
    agreement_line(uow, actor, agreement_id, now=now)
    book = _book(uow, agreement_id, now)
    known = [
        item
        for item in book.known(enrolment_ids=enrolment_ids)
        if may_see(actor, Action.SEE_ADVANCE_COHORT, item)
    ]
    if enrolment_ids is not None and len(known) < len(set(enrolment_ids)):
        raise NotFoundError
    found = histories(uow, book, known)
    lines = book.condition_lines(known, outward=actor.role is Role.COLLEGE)
    with uow.everywhere():
        scores = book.scores([item.seat.enrolment_id for item in known])
    record_access(
        uow.connection, actor, Action.SEE_ADVANCE_COHORT, grant.mask,
        [item.seat.learner_id for item in known], now,
    )  # fmt: skip
    return tuple(
        _form(
            item,
            lines[item.seat.enrolment_id],
            found[item.seat.enrolment_id],
            scores[item.seat.enrolment_id],
        )
        for item in known
    )


def _form(
    item: Known,
    conditions: tuple[ConditionLine, ...],
    history: Sequence[HistoryRow],
    scores: Mapping[ScoreKind, int],
) -> AdvanceForm:
    """What was ranked stays what it was; until then the scores are those of now."""
    standing = tuple(row for row in history if not row.is_withdrawn and row.withdraws_id is None)
    ranked = [
        row.ranked_scores
        for row in standing
        if row.ranked_scores is not None and row.attempt == item.standing.attempt
    ]
    return AdvanceForm(
        line=advance_line(item),
        conditions=conditions,
        is_confirmed=item.seat.is_confirmed,
        scores=ranked[-1] if ranked else {kind.value: units for kind, units in scores.items()},
        opinions=standing,
    )


def _book(uow: UnitOfWork, agreement_id: int, now: datetime) -> AdvanceBook:
    book = open_book(uow, agreement_id, today=local_date(now))
    if book is None:
        raise NotFoundError
    return book


def may_see(actor: Actor, action: Action, item: Known) -> bool:
    """Whether a member is one of the actor's."""
    try:
        decide(actor, action, item.seat.key)
    except NotFoundError:
        return False
    return True


def advance_line(item: Known) -> AdvanceLine:
    """A member as lists show it."""
    row = item.seat.row
    return AdvanceLine(
        agreement_id=item.seat.agreement_id,
        enrolment_id=item.seat.enrolment_id,
        learner_id=item.seat.learner_id,
        name=row["name"],
        student_no=row["student_no"],
        class_name=row["class_name"],
        standing=item.standing,
        next=next_moves(item.standing),
        as_of=row["as_of"],
        is_confirmed=item.seat.is_confirmed,
        conditions=item.seat.conditions,
    )
