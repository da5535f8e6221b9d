"""What if: the verdicts under suppositions, beside those of now. Writes nothing but the access log.

The suppositions are put in line on books that nobody writes, by the rules of posting, and the
engine decides as always: what is shown here is what would be decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from creditbank.domain.access import Actor, decide
from creditbank.domain.agreements import Agreement
from creditbank.domain.calendar import COUNTY_TIME, local_date
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.recognition_rules import in_force
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Placement, Verdict
from creditbank.eligibility import evaluate_articulation, evaluate_graduation
from creditbank.eligibility.conditions import current_semester
from creditbank.eligibility.gap import Gap
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import Recognised, Transfer, with_recognised
from creditbank.registry.moves import major_change_words, transfer_words
from creditbank.services.books import Books, read_books
from creditbank.services.gaps import posted_gap
from creditbank.services.hypotheses import Hypothesis, suppose
from creditbank.services.recognitions import passed_elsewhere
from creditbank.store.access_log import record_access
from creditbank.store.agreements import load_agreements
from creditbank.store.learner_keys import learner_key
from creditbank.store.other_plans import OtherPlan, other_plans
from creditbank.store.packed_entries import (
    PackedEntry,
    entries_up_to,
    packed_entry,
    read_entries,
)
from creditbank.store.plans import load_plan
from creditbank.store.policies import policy_for
from creditbank.store.recognition_rules import known_rules
from creditbank.store.snapshots import (
    disputed_numbers,
    read_evaluand,
    standing_records,
)
from creditbank.store.unit_of_work import UnitOfWork

YEARS_AHEAD_MAX = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """One subject now and as supposed; after is None where there would be nothing to decide.

    name: of the agreement; "" for graduation.
    """

    name: str
    before: Verdict
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One entry whose part in graduation would be another.

    is_supposed: it is not in the books. before, after: where its credits count, as in the verdict.
    """

    ledger_seq: int
    title: str
    kind: EntryKind
    units: int
    is_supposed: bool
    before: tuple[Placement, ...]
    after: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer. plan, plan_after: now and as supposed; move: the other plan, if one is supposed.

    compared: graduation first. gap: what would still be the cheapest way. recognised: what a
    transfer would bring along. notes: what the rules say of the supposed move.
    """

    learner_id: int
    enrolment_id: int
    ledger_seq: int
    entry_year: int
    today: date
    as_of: date
    plan: Plan
    plan_after: Plan
    move: OtherPlan | None
    compared: tuple[Compared, ...]
    changes: tuple[RecordChange, ...]
    recognised: tuple[Recognised, ...]
    gap: Gap
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A snapshot with all that decides on it."""

    snapshot: Snapshot
    plan: Plan
    policy: Policy
    as_of: date


def what_if(
    uow: UnitOfWork, actor: Actor, learner_id: int, hypothesis: Hypothesis, *, now: datetime
) -> WhatIf:
    """Compare the verdicts of now with those under a hypothesis; one line in the access log.

    Of several enrolments the open one at the actor's school, or the latest. Raises NotFoundError,
    ForbiddenError, InvalidInputError where something supposed could not be, ProgramError.
    """
    books = visible_books(uow, actor, learner_id, now=now, as_of=hypothesis.as_of)
    today = local_date(now)
    as_of = hypothesis.as_of or today
    with uow.everywhere():
        snapshot = snapshot_of(uow, books)
        before = _case(uow, snapshot, load_plan(uow.connection, books.plan_id), today)
        move = _move(uow, hypothesis, before)
        suppose(books, hypothesis, as_of)
        after, recognised = _supposed(uow, books, before, move, as_of)
        agreements = load_agreements(
            uow.connection, {item.agreement_id for item in snapshot.memberships}, as_of=as_of
        )
        gap = posted_gap(uow.connection, after.snapshot, after.plan, after.policy, as_of)
    compared = tuple(_compared(before, after, agreements.values(), has_moved=move is not None))
    return WhatIf(
        learner_id=learner_id,
        enrolment_id=books.enrolment_id,
        ledger_seq=snapshot.ledger_seq,
        entry_year=snapshot.entry_year,
        today=today,
        as_of=as_of,
        plan=before.plan,
        plan_after=after.plan,
        move=move,
        compared=compared,
        changes=_changes(before.snapshot, after.snapshot, compared[0]),
        recognised=recognised,
        gap=gap,
        notes=_notes(before, move),
    )


def visible_books(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime, as_of: date | None = None
) -> Books:
    """The books to suppose in, once the actor may; noted in the access log."""
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.WHAT_IF, key)
    record_access(uow.connection, actor, Action.WHAT_IF, grant.mask, [learner_id], now)
    if as_of is not None and not today <= as_of <= _last_day(today):
        raise refused(_DAY)
    moment = now if as_of in {None, today} else datetime.combine(as_of, time(12), COUNTY_TIME)
    return read_books(uow, actor, learner_id, now=moment)


def moves_of(uow: UnitOfWork, books: Books, snapshot: Snapshot) -> tuple[OtherPlan, ...]:
    """The plans that may be supposed instead of the one that is followed."""
    found = other_plans(
        uow.connection, institution_id=books.institution_id, entry_year=snapshot.entry_year
    )
    return tuple(item for item in found if item.plan_id != books.plan_id)


def _last_day(today: date) -> date:
    return date(today.year + YEARS_AHEAD_MAX, 12, 31)


def snapshot_of(uow: UnitOfWork, books: Books) -> Snapshot:
    """The evidence of the enrolment that the books are of. The reach must be everywhere."""
    return read_evaluand(uow.connection, books.learner_id, books.enrolment_id).snapshot


def _case(uow: UnitOfWork, snapshot: Snapshot, plan: Plan, as_of: date) -> _Case:
    return _Case(snapshot, plan, policy_for(uow.connection, snapshot.institution_id, as_of), as_of)


def _move(uow: UnitOfWork, hypothesis: Hypothesis, case: _Case) -> OtherPlan | None:
    """The other plan that is supposed. InvalidInputError for one that cannot be."""
    if hypothesis.plan_id in {None, case.plan.plan_id}:
        return None
    found = other_plans(
        uow.connection,
        institution_id=case.snapshot.institution_id,
        entry_year=case.snapshot.entry_year,
    )
    for item in found:
        if item.plan_id == hypothesis.plan_id:
            return item
    raise refused(_PLAN)


def _supposed(
    uow: UnitOfWork, books: Books, before: _Case, move: OtherPlan | None, as_of: date
) -> tuple[_Case, tuple[Recognised, ...]]:
    """The snapshot as supposed, under the plan and the rules that would hold."""
    snapshot = before.snapshot
    entries = [
        *entries_up_to(
            read_entries(uow.connection, [books.learner_id]).get(books.learner_id, []),
            books.head.ledger_seq,
        ),
        *map(packed_entry, books.coming),
    ]
    here = _standing(uow, snapshot.learner_id, entries, snapshot.institution_id)
    if move is None:
        return _case(uow, replace(snapshot, records=here), before.plan, as_of), ()
    plan = load_plan(uow.connection, move.plan_id)
    # Another plan is another class: what was agreed or decided under this one does not go along.
    moved = replace(snapshot, memberships=(), decisions=(), exceptions=())
    if move.institution_id == snapshot.institution_id:
        return _case(uow, replace(moved, records=here), plan, as_of), ()
    records = _standing(uow, snapshot.learner_id, entries, move.institution_id)
    moved = replace(moved, institution_id=move.institution_id, records=records)
    case = _case(uow, moved, plan, as_of)
    rules = in_force(known_rules(uow.connection), into=move.institution_kind, as_of=as_of)
    if not rules:
        raise refused(_NO_RULES)
    asked = Transfer(
        passed_elsewhere(records, here), before.plan, plan, moved, case.policy, rules, as_of
    )
    recognised = propose(asked).items
    first = books.head.ledger_seq + len(books.coming) + 1
    return replace(
        case, snapshot=with_recognised(moved, recognised, as_of, first=first)
    ), recognised


def _standing(
    uow: UnitOfWork, learner_id: int, entries: Sequence[PackedEntry], institution_id: int
) -> tuple[Record, ...]:
    disputed = disputed_numbers(uow.connection, {learner_id: entries})
    return standing_records(entries, institution_id, disputed=disputed.get(learner_id, frozenset()))


def _compared(
    before: _Case, after: _Case, agreements: Iterable[Agreement], *, has_moved: bool
) -> Iterable[Compared]:
    yield Compared("", _graduation(before), _graduation(after))
    for item in agreements:
        yield Compared(
            item.name, _advance(before, item), None if has_moved else _advance(after, item)
        )


def _graduation(case: _Case) -> Verdict:
    return evaluate_graduation(case.snapshot, case.plan, case.policy, case.as_of)


def _advance(case: _Case, agreement: Agreement) -> Verdict:
    return evaluate_articulation(case.snapshot, agreement, case.plan, case.policy, case.as_of)


def _changes(before: Snapshot, after: Snapshot, compared: Compared) -> tuple[RecordChange, ...]:
    """Entries of the books and supposed ones whose placements differ, in the order of the books."""
    assert compared.after is not None  # noqa: S101 (graduation is always decided)
    was, would = _places(compared.before), _places(compared.after)
    known = {record.ledger_seq: record for record in (*before.records, *after.records)}
    mine = {record.ledger_seq for record in before.records}
    return tuple(
        RecordChange(
            ledger_seq=seq,
            title=known[seq].title,
            kind=known[seq].kind,
            units=known[seq].units,
            is_supposed=seq not in mine,
            before=was[seq],
            after=would[seq],
        )
        for seq in sorted(known)
        if was[seq] != would[seq] or seq not in mine
    )


def _places(verdict: Verdict) -> defaultdict[int, tuple[Placement, ...]]:
    found: defaultdict[int, tuple[Placement, ...]] = defaultdict(tuple)
    for place in verdict.placements:
        found[place.ledger_seq] += (place,)
    return found


def _notes(before: _Case, move: OtherPlan | None) -> tuple[Message, ...]:
    if move is None:
        return ()
    semester = current_semester(before.snapshot, before.as_of)
    if move.institution_id != before.snapshot.institution_id:
        return (transfer_words(move.institution_kind, semester, before.policy),)
    here = before.plan.major_code
    return (major_change_words(here, move.major_code, semester, before.policy),)


_DAY = Problem(
    "day_out_of_range",
    Message(
        f"假设的日期须在今天至{YEARS_AHEAD_MAX}年内,请改正。",
        f"The supposed day must be from today to {YEARS_AHEAD_MAX} years ahead.",
    ),
    field="as_of",
)
_PLAN = Problem(
    "plan_not_for_cohort",
    Message(
        "只能假设同一年级的本校其他专业,或县内普高与中职互转的方案,请从列表中选择。",
        "Only another major of this school, or a plan of the other kind of school in the county, "
        "for the same cohort can be supposed; choose one from the list.",
    ),
    field="plan_id",
)
_NO_RULES = Problem(
    "rules_missing",
    Message(
        "这一天还没有生效的课程互认规定,不能假设互转,请换一个日期。",
        "No rule on the recognition of courses is in force on that day; choose another day.",
    ),
    field="as_of",
)
