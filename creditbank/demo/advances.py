"""How far the demo's oldest cohorts have come on their way to the college: one stage to each.

Rows written at once, as the steps would have written them; the verdicts that the confirmed
qualifications freeze are evaluated before, in one batch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.db import make_engine
from creditbank.demo.schools import County
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AgreementTerms, AssessmentDimension, ScoreKind
from creditbank.domain.decisions import is_positive
from creditbank.domain.verdicts import SubjectKind
from creditbank.services.advance_rankings import (
    decided_by_rank,
    frozen_detail,
    frozen_inputs,
    rank_tested,
)
from creditbank.services.evaluations import evaluate_and_store_all
from creditbank.store.advance_standings import open_book
from creditbank.store.advances import Seat, read_seats
from creditbank.store.agreement_terms import load_terms
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.advances import (
    AdvanceAdmission,
    AdvanceMove,
    AdvanceScore,
    ProcessAssessment,
)
from creditbank.tables.decisions import DecisionRow

_ROAD = (
    (Stage.QUALIFIED, MoveKind.QUALIFY, "approver"),
    (Stage.ASSESSED, MoveKind.PASS_ASSESSMENT, "registrar"),
    (Stage.NOTICE, MoveKind.ANNOUNCE, "approver"),
    (Stage.FILED, MoveKind.FILE, "approver"),
    (Stage.TESTED, MoveKind.SCORE, "college"),
    (Stage.PROPOSED, MoveKind.PROPOSE, "college"),
    (Stage.ADVANCED, MoveKind.ADMIT, "college"),
)
_UNTOUCHED = 1
"""The place of the agreement whose class is left to be led by whoever tries the demo."""
_DAYS_BETWEEN = 12
_FAILS_EVERY, _PARALLEL_EVERY = 17, 9
_FAILING = 2
"""So many of a class are below the pass mark of the tests."""
_GOOD, _POOR = (62, 96), (8, 30)
"""Percent of the full marks."""
_ACCOUNTS = {"registrar": 1, "approver": 7, "college": 8}
"""The logins of demo.logins, by their number."""
# Everybody is evaluated once more by the workers, as the decisions are facts by then.
_MARK = text("""
INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
SELECT learner_id, ledger_seq, 'seed:' || ledger_seq, :now FROM learner_heads
WHERE learner_id = ANY (:ids) ORDER BY learner_id
""")
_FACTS_MOVE = text("""
UPDATE learner_heads SET facts_seq = facts_seq + 1 WHERE learner_id = ANY (:ids)
""")


def run_advances(owner_url: str, county: County, *, as_of: date, seed: int) -> None:
    """Bring all but one agreement of the oldest cohort to a stage each, the day before as_of."""
    oldest = [item for item in county.agreements if item.entry_year == county.cohorts[0]]
    engine = make_engine(owner_url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
            terms = load_terms(uow.connection, [item.agreement_id for item in oldest], as_of=as_of)
            chosen = [
                (terms[item.agreement_id], _present(uow.connection, item.agreement_id))
                for item in oldest
            ]
            learners = sorted({seat.learner_id for _, seats in chosen for seat in seats})
            qualified = _qualified(uow, learners, as_of) if learners else set()
            for number, (item, seats) in enumerate(chosen):
                if number == _UNTOUCHED:
                    continue
                able = [
                    seat for seat in seats if (seat.agreement_id, seat.enrolment_id) in qualified
                ]
                _Way(uow, item, as_of, seed).write(able, _ROAD[: number % 7 + 1])
            uow.connection.execute(_MARK, {"ids": learners, "now": _at(as_of, 2)})
    finally:
        engine.dispose()


def _present(connection: Connection, agreement_id: int) -> list[Seat]:
    return [seat for seat in read_seats(connection, [agreement_id]) if not seat.situation.has_left]


def _qualified(uow: UnitOfWork, learners: Sequence[int], as_of: date) -> set[tuple[int, int]]:
    """(agreement, enrolment) of every positive verdict; the rows are stored."""
    findings = evaluate_and_store_all(uow, learners, now=_at(as_of))
    return {
        (item.verdict.subject_id, item.verdict.enrolment_id)
        for item in findings
        if item.verdict.subject_kind is SubjectKind.ARTICULATION and is_positive(item.verdict)
    }


def _at(day: date, minute: int = 0) -> datetime:
    """Ten o'clock in the county."""
    return datetime.combine(day, time(2, minute), UTC)


class _Way:
    """The rows of one agreement."""

    def __init__(self, uow: UnitOfWork, terms: AgreementTerms, as_of: date, seed: int) -> None:
        self._uow, self._connection, self._terms, self._as_of = uow, uow.connection, terms, as_of
        self._random = random.Random(seed * 31 + terms.agreement_id)  # noqa: S311 (a demo)

    def write(self, seats: Sequence[Seat], road: Sequence[tuple[Stage, MoveKind, str]]) -> None:
        """All steps of the road for each; the last one the day before as_of."""
        if not seats:
            return
        seats = _with_verdicts(self._connection, seats)
        first = self._as_of - timedelta(days=1 + _DAYS_BETWEEN * (len(road) - 1))
        self._confirm(seats, first)
        going = list(seats)
        for number, (_, kind, role) in enumerate(road[1:], start=1):
            day = first + timedelta(days=_DAYS_BETWEEN * number)
            going = self._step(going, kind, role, day)

    def _confirm(self, seats: Sequence[Seat], day: date) -> None:
        self._connection.execute(
            insert(DecisionRow),
            [
                {
                    "institution_id": seat.institution_id,
                    "learner_id": seat.learner_id,
                    "enrolment_id": seat.enrolment_id,
                    "subject_kind": SubjectKind.ARTICULATION.value,
                    "subject_id": seat.agreement_id,
                    "verdict_id": seat.verdict_id,
                    "withdraws_id": None,
                    "reason": "",
                    "document_no": self._document(day),
                    "decided_on": day,
                    "decided_by": _ACCOUNTS["approver"],
                    "decided_at": _at(day),
                }
                for seat in seats
            ],
        )
        self._connection.execute(_FACTS_MOVE, {"ids": [seat.learner_id for seat in seats]})

    def _step(self, seats: list[Seat], kind: MoveKind, role: str, day: date) -> list[Seat]:
        """One step of all; returns who goes on."""
        if kind is MoveKind.PASS_ASSESSMENT:
            return self._assess(seats, day)
        if kind is MoveKind.PROPOSE:
            return self._rank(seats, role, day)
        numbers = self._moves(seats, kind, role, day)
        if kind is MoveKind.SCORE and self._terms.scores:
            self._connection.execute(insert(AdvanceScore), list(self._scores(seats, numbers)))
        if kind is MoveKind.ADMIT:
            self._return(seats[::2], day)
        return seats

    def _rank(self, seats: Sequence[Seat], role: str, day: date) -> list[Seat]:
        """By the ranking of that day, as a proposal makes it; returns who is in."""
        book = open_book(self._uow, self._terms.agreement_id, today=day)
        assert book is not None  # noqa: S101 (written with the county)
        ranking = rank_tested(self._uow, book)
        by_id = {seat.enrolment_id: seat for seat in seats}
        ranked = [(by_id[item.known.seat.enrolment_id], item) for item in ranking.items]
        frozen = frozen_inputs(self._terms, ranking)
        rows = [
            self._row(seat, decided_by_rank(item), role, day, frozen_detail(item, frozen))
            for seat, item in ranked
        ]
        self._insert(rows)
        return [seat for seat, item in ranked if decided_by_rank(item) is MoveKind.PROPOSE]

    def _moves(self, seats: Sequence[Seat], kind: MoveKind, role: str, day: date) -> list[int]:
        return self._insert([self._row(seat, kind, role, day) for seat in seats])

    def _insert(self, rows: list[dict[str, Any]]) -> list[int]:
        made = self._connection.execute(
            insert(AdvanceMove).returning(
                AdvanceMove.__table__.c.advance_move_id,  # type: ignore[attr-defined]
                sort_by_parameter_order=True,
            ),
            rows,
        )
        return [int(number) for number in made.scalars()]

    def _row(
        self,
        seat: Seat,
        kind: MoveKind,
        role: str,
        day: date,
        detail: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Any]:
        notice = kind is MoveKind.ANNOUNCE
        return {
            "institution_id": seat.institution_id,
            "learner_id": seat.learner_id,
            "agreement_id": seat.agreement_id,
            "enrolment_id": seat.enrolment_id,
            "attempt": 1,
            "kind": kind.value,
            "decided_on": day,
            "document_no": self._document(day),
            "reason": "社会实践未达要求" if kind is MoveKind.FAIL_ASSESSMENT else "",
            "starts_on": day + timedelta(days=1) if notice else None,
            "ends_on": day + timedelta(days=7) if notice else None,
            "appeal_until": day + timedelta(days=10) if notice else None,
            "detail": dict(detail),
            "verdict_id": seat.verdict_id,
            "withdraws_id": None,
            "decided_by": _ACCOUNTS[role],
            "decided_role": role,
            "recorded_at": _at(day, 1),
        }

    def _assess(self, seats: list[Seat], day: date) -> list[Seat]:
        failed = seats[_FAILS_EVERY - 1 :: _FAILS_EVERY]
        passed = [seat for seat in seats if seat not in failed]
        for kind, group in (
            (MoveKind.PASS_ASSESSMENT, passed),
            (MoveKind.FAIL_ASSESSMENT, failed),
        ):
            if group:
                numbers = self._moves(group, kind, "registrar", day)
                self._connection.execute(
                    insert(ProcessAssessment),
                    [self._sheet(seat, number, kind) for seat, number in zip(
                        group, numbers, strict=True
                    )],
                )  # fmt: skip
        parallel = passed[_PARALLEL_EVERY - 1 :: _PARALLEL_EVERY]
        if parallel and self._terms.allows_parallel_exam:
            self._moves(parallel, MoveKind.REGISTER_EXAM, "registrar", day)
        return passed

    def _sheet(self, seat: Seat, number: int, kind: MoveKind) -> dict[str, Any]:
        bad = AssessmentDimension.PRACTICE if kind is MoveKind.FAIL_ASSESSMENT else None
        results = {
            item.value: {
                "passed": item is not bad,
                "remark": self._random.choice(("优秀", "良好", "合格")) if item is not bad else "",
            }
            for item in AssessmentDimension
        }
        return {
            "advance_move_id": number, "institution_id": seat.institution_id, "results": results,
        }  # fmt: skip

    def _scores(self, seats: Sequence[Seat], numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
        failing = len(seats) - _FAILING
        for at, (seat, number) in enumerate(zip(seats, numbers, strict=True)):
            least, most = _POOR if at >= failing > 0 else _GOOD
            for part in self._terms.scores:
                if part.kind is ScoreKind.COURSE_AVERAGE:
                    continue
                yield {
                    "advance_move_id": number,
                    "part": part.kind.value,
                    "institution_id": seat.institution_id,
                    "units": part.full_marks * self._random.randint(least, most) // 100,
                    "source_hash": "",
                }

    def _return(self, seats: Sequence[Seat], day: date) -> None:
        numbers = self._moves(seats, MoveKind.RETURN_ADMISSION, "college", day)
        self._connection.execute(
            insert(AdvanceAdmission),
            [
                {
                    "advance_move_id": number,
                    "institution_id": seat.institution_id,
                    "admission_no": f"{day.year}{seat.enrolment_id:06d}",
                    "college_student_no": f"{day.year}{self._terms.agreement_id:02d}{at:03d}",
                    "recognised_units": 4_000,
                }
                for at, (seat, number) in enumerate(zip(seats, numbers, strict=True), start=1)
            ],
        )

    def _document(self, day: date) -> str:
        return f"平职转〔{day.year}〕{self._terms.agreement_id}号"


def _with_verdicts(connection: Connection, seats: Sequence[Seat]) -> list[Seat]:
    """The same seats as they are once their verdicts are rows."""
    wanted = [seat.enrolment_id for seat in seats]
    return read_seats(connection, [seats[0].agreement_id], enrolment_ids=wanted)
