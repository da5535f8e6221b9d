"""The steps of the advance walked again, each from those before it. Writes nothing.

Derived again is what follows from the rows: whether a step may follow at that stage by that role
with what it carries, which attempt it belongs to, whether it could be taken back, and, of a
ranking, the hash of all that was ranked. What the calendar, the terms' right to a second attempt or
a suspension said on that day is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.advance_moves import Proposal, may_withdraw, obstacle
from creditbank.domain.advances import (
    AdvanceRules,
    Move,
    MoveKind,
    Situation,
    Stage,
    Standing,
    stage_of,
)
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.damages import Damage, DamageKind
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.eligibility.ranking import RankedInputs, ranked_hash
from creditbank.store import record_dump as dump
from creditbank.store.advances import move_of
from creditbank.store.agreement_terms import load_terms

MOVES = "advance_moves"
_WITHDRAWN = "withdraw"
_ATTEMPTS = 99
_RANKED = frozenset({MoveKind.PROPOSE, MoveKind.PASS_OVER})


@dataclass(slots=True)
class _Books:
    """What was read, and what the walk leaves behind for the rankings."""

    qualified: dict[tuple[int, int], list[Any]] = field(default_factory=lambda: defaultdict(list))
    scores: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    tested: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)
    """By agreement and enrolment: from which step on, until which (0: still), it was tested."""
    ranked: dict[tuple[int, str], list[tuple[dict[str, Any], Mapping[str, int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def check_advances(connection: Connection) -> list[Damage]:
    """All steps of all learners, as one moment saw them."""
    books = _Books()
    for row in dump.decisions(connection):
        if row.subject_kind == SubjectKind.ARTICULATION.value:
            books.qualified[row.subject_id, row.enrolment_id].append(row)
    for number, part, units in dump.scores(connection):
        books.scores[number][part] = units
    damages = [
        damage
        for place, rows in groupby(
            dump.moves(connection), key=itemgetter("agreement_id", "enrolment_id")
        )
        for damage in _Walk(books, place).check([*rows])
    ]
    damages += (
        Damage(table, f"advance_move_id={number}", DamageKind.STEP)
        for table, number in dump.strays(connection)
    )
    damages += (_damage(number, "detail") for number in dump.bare_moves(connection))
    damages += _of_rankings(connection, books)
    return damages


class _Walk:
    """One learner under one agreement, step by step."""

    def __init__(self, books: _Books, place: tuple[int, int]) -> None:
        self._books = books
        self._place = place
        self._standing: list[Move] = []
        self._attempts: dict[int, int] = {}

    def check(self, rows: Sequence[dict[str, Any]]) -> Iterator[Damage]:
        """The steps in their order."""
        tested: list[tuple[int, int]] = []
        for row in rows:
            number = row["advance_move_id"]
            before = self._stands(row)
            if row["kind"] == _WITHDRAWN:
                yield from self._taken_back(row)
            else:
                yield from self._made(row, before)
            is_tested = self._stands(row).stage is Stage.TESTED
            if is_tested and before.stage is not Stage.TESTED:
                tested.append((number, 0))
            elif not is_tested and before.stage is Stage.TESTED:
                tested[-1] = (tested[-1][0], number)
        self._books.tested[self._place] = tested

    def _made(self, row: Mapping[str, Any], before: Standing) -> Iterator[Damage]:
        number, kind = row["advance_move_id"], MoveKind(row["kind"])
        move = move_of(row)
        asked = Proposal(
            kind=kind,
            role=Role(row["decided_role"]),
            decided_on=row["decided_on"],
            document_no=row["document_no"],
            reason=row["reason"],
            signatures=move.signatures,
        )
        found = obstacle(before, _rules(row), asked)
        if found is not None:
            yield _damage(number, found.value)
        if row["attempt"] != before.attempt + (kind is MoveKind.RETRY):
            yield _damage(number, "attempt")
        self._attempts[number] = row["attempt"]
        if kind in _RANKED and "inputs" in row["detail"]:
            scores = row["detail"]["scores"]
            if _entered(scores) != _entered(self._scores(row["attempt"])):
                yield _damage(number, "detail.scores")
            ranked = self._books.ranked[row["agreement_id"], row["detail"]["inputs"]]
            ranked.append((dict(row), scores))
        self._standing.append(move)

    def _taken_back(self, row: Mapping[str, Any]) -> Iterator[Damage]:
        number = row["advance_move_id"]
        target = [move for move in self._standing if move.number == row["withdraws_id"]]
        who = row["decided_by"], Role(row["decided_role"])
        if not target or not may_withdraw(*who, target[0], tuple(self._standing)):
            yield _damage(number, "withdraws_id")
        self._standing = [move for move in self._standing if move not in target]

    def _stands(self, row: Mapping[str, Any]) -> Standing:
        """Where these steps lead, for a learner who is in the class and meets every condition."""
        moves = [*self._qualified(row), *self._standing]
        about = Situation(outcome=Outcome.QUALIFIED)
        return stage_of(about, row["decided_on"], _rules(row), moves)

    def _qualified(self, row: Mapping[str, Any]) -> list[Move]:
        """The confirmed qualification, if there was one when this step was made."""
        known = [
            item
            for item in self._books.qualified[self._place]
            if item.decided_at <= row["recorded_at"]
        ]
        gone = {item.withdraws_id for item in known}
        return [
            Move(kind=MoveKind.QUALIFY, decided_on=item.decided_on)
            for item in known
            if item.withdraws_id is None and item.decision_id not in gone
        ][:1]

    def _scores(self, attempt: int) -> dict[str, int]:
        """The latest standing score of each part in an attempt."""
        found: dict[str, int] = {}
        for move in self._standing:
            if move.kind is MoveKind.SCORE and self._attempts[move.number] == attempt:
                found |= self._books.scores[move.number]
        return found


def _entered(scores: Mapping[str, int]) -> dict[str, int]:
    """Without 课程平均, which nobody enters: it was computed from the courses of its day."""
    return {part: units for part, units in scores.items() if part != ScoreKind.COURSE_AVERAGE}


def _of_rankings(connection: Connection, books: _Books) -> Iterator[Damage]:
    """The hash of what was ranked, where everybody who was tested was decided on together.

    Of whom a ranking left out, nothing says which award would have counted: that is not derived.
    """
    for (agreement_id, inputs), ranked in books.ranked.items():
        first, last = (pick(row["advance_move_id"] for row, _ in ranked) for pick in (min, max))
        tested = {
            enrolment_id
            for (of, enrolment_id), spans in books.tested.items()
            if of == agreement_id
            and any(start < first and (not end or end >= first) for start, end in spans)
        }
        if tested != {row["enrolment_id"] for row, _ in ranked}:
            continue
        day = ranked[0][0]["decided_on"]
        terms = load_terms(connection, [agreement_id], as_of=day).get(agreement_id)
        found = terms and ranked_hash(
            terms.agreement_id,
            terms.version_no,
            [
                RankedInputs(
                    row["enrolment_id"],
                    scores,
                    row["detail"]["exempted_by"],
                    row["detail"].get("lines", {}),
                )
                for row, scores in ranked
            ],
        )
        if found != inputs:
            yield _damage(last, "detail.inputs")


def _rules(row: Mapping[str, Any]) -> AdvanceRules:
    return AdvanceRules(process_from=row["decided_on"], attempts_max=_ATTEMPTS)


def _damage(number: int, what: str) -> Damage:
    return Damage(MOVES, f"advance_move_id={number}", DamageKind.STEP, what)
