"""The cheapest offers that suffice: what each rule of the question asks, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.snapshots import Record
from creditbank.eligibility import gap_program
from creditbank.eligibility.gap_program import Cheapest, cheapest
from creditbank.eligibility.gap_question import Kind, Question
from creditbank.eligibility.offers import Offer
from creditbank.eligibility.solver import ProgramError, Solver
from tests.unit.eligibility.models import E, F, model, sort

_DAY = date(2026, 7, 1)
_EMPTY = model((0,))


def _kind(
    first: int,
    *hours_of_each: int,
    in_sort: int = -1,
    hours: tuple[int, ...] = (),
    chosen: tuple[bool, ...] = (),
    family: str = "",
    is_must: bool = False,
    semester: int = 1,
) -> Kind:
    """Offers of one kind; the first has this ledger_seq, and the code of it."""
    offers = tuple(
        Offer(
            f"C{seq:02d}", 1, each, semester,
            Record(seq, EntryKind.COURSE, 100, _DAY, "课", f"C{seq:02d}"),
        )
        for seq, each in enumerate(hours_of_each, start=first)
    )  # fmt: skip
    return Kind(offers, in_sort, hours, chosen, family, is_must)


def _question(*kinds: Kind, of=_EMPTY, hours=(), choices=()) -> Question:
    return Question(of, kinds, tuple(hours), tuple(choices))


def _counts(question: Question, found: Sequence[Sequence[int]] = ()) -> tuple[int, ...] | None:
    answer = cheapest(question, found)
    return answer.counts if answer else None


def test_nothing_is_taken_where_nothing_lacks():
    own = model((200,), sort(200, (0, E), count=2))
    assert cheapest(_question(_kind(1, 10, in_sort=0), of=own)) == Cheapest((0,), is_proven=True)


def test_what_is_not_taken_does_not_count():
    """One of the two records is the learner's own, the other an offer."""
    own = model((300,), sort(200, (0, E), count=2))
    assert cheapest(_question(_kind(1, 10, in_sort=0), of=own)) == Cheapest((1,), is_proven=True)
    divided = model((300,), sort(200, (0, F), count=2, whole=False))
    found = cheapest(_question(_kind(1, 10, in_sort=0), of=divided))
    assert found == Cheapest((1,), is_proven=True)
    too_little = model((500,), sort(200, (0, E), count=2))
    assert cheapest(_question(_kind(1, 10, in_sort=0), of=too_little)) is None


def test_blocks_total_and_floors_all_ask():
    two = sort(200, (0, E), count=2)
    offers = _kind(1, 10, 10, in_sort=0)
    assert cheapest(_question(offers, of=model((150,), two))) == Cheapest((1,), is_proven=True)
    total = model((0,), two, units_min=400)
    assert cheapest(_question(offers, of=total)) == Cheapest((2,), is_proven=True)
    floor = model((0,), sort(200, (0, E), count=2, floors=(0,)), floors=(201,))
    assert cheapest(_question(offers, of=floor)) == Cheapest((2,), is_proven=True)


@pytest.mark.parametrize(
    ("small", "large", "counts"),
    [
        ((30, 30), 61, (2, 0)),  # fewest hours
        ((30, 30), 60, (0, 1)),  # of as many hours the fewest additions
        ((31, 31), 61, (0, 1)),
    ],
)
def test_hours_come_before_their_number(small, large, counts):
    either = model((400,), sort(200, (0, E), count=2), sort(400, (0, E)))
    question = _question(_kind(1, *small, in_sort=0), _kind(3, large, in_sort=1), of=either)
    assert cheapest(question) == Cheapest(counts, is_proven=True)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [(1, 1, (1, 0)), (2, 1, (0, 1)), (1, 2, (1, 0))],
)
def test_of_equal_cost_the_earliest_comes_first_then_the_first_code(first, second, counts):
    either = model((200,), sort(200, (0, E)), sort(300, (0, E)))
    question = _question(
        _kind(1, 10, in_sort=0, semester=first), _kind(2, 10, in_sort=1, semester=second), of=either
    )
    assert cheapest(question) == Cheapest(counts, is_proven=True)


@pytest.mark.parametrize(("still", "taken"), [(0, 0), (1, 1), (36, 1), (37, 2), (73, None)])
def test_hours_that_are_still_open_are_asked(still, taken):
    found = _counts(_question(_kind(1, 36, 36, hours=(36,)), hours=(still,)))
    assert found == (None if taken is None else (taken,))


@pytest.mark.parametrize(("still", "counts"), [(0, (0, 0)), (1, (0, 1)), (2, (0, 2)), (3, None)])
def test_of_a_choice_so_many_are_asked(still, counts):
    cheap, choosable = _kind(1, 1, chosen=(False,)), _kind(2, 36, 36, chosen=(True,))
    assert _counts(_question(cheap, choosable, choices=(still,))) == counts


def test_what_must_be_among_them_is_taken_whole():
    assert _counts(_question(_kind(1, 5, 5, is_must=True), _kind(3, 1))) == (2, 0)


def test_of_a_family_one_is_taken():
    """Each fills one of two blocks: together they would do."""
    both = model((100, 100), sort(100, (0, E)), sort(100, (1, E)))
    kinds = [_kind(1, 5, in_sort=0, family="x"), _kind(2, 5, in_sort=1, family="x")]
    assert cheapest(_question(*kinds, of=both)) is None
    others = [_kind(1, 5, in_sort=0, family="x"), _kind(2, 5, in_sort=1, family="y")]
    assert _counts(_question(*others, of=both)) == (1, 1)
    without = [_kind(1, 5, in_sort=0), _kind(2, 5, in_sort=1)]
    assert _counts(_question(*without, of=both)) == (1, 1)


def test_a_further_answer_holds_none_of_those_known():
    either = model((200,), sort(100, (0, E), count=3), sort(200, (0, E)))
    question = _question(_kind(1, 5, 5, 5, in_sort=0), _kind(4, 20, in_sort=1), of=either)
    assert _counts(question) == (2, 0)
    assert _counts(question, [(2, 0)]) == (0, 1)
    assert cheapest(question, [(2, 0), (0, 1)]) is None


def test_where_only_the_order_is_unproven_that_is_said(monkeypatch):
    least = Solver.least
    asked = []

    def once(self, parts):
        asked.append(parts)
        if len(asked) > 1:
            message = "no time"
            raise ProgramError(message)
        return least(self, parts)

    monkeypatch.setattr(Solver, "least", once)
    own = model((300,), sort(200, (0, E), count=2))
    assert cheapest(_question(_kind(1, 10, in_sort=0), of=own)) == Cheapest((1,), is_proven=False)


def test_advice_may_take_so_long_and_no_longer(monkeypatch):
    made = []

    def note(**bounds):
        made.append(bounds)
        return Solver(**bounds)

    monkeypatch.setattr(gap_program, "Solver", note)
    cheapest(_question(_kind(1, 10)))
    assert made == [{"nodes_max": 300, "seconds_max": 3.0, "simplifies": True}]
