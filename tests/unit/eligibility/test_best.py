"""Who is asked for the best answer: the cheap one where it will do, the program as the last."""

from __future__ import annotations

import logging

import pytest

from creditbank.eligibility import best as module
from creditbank.eligibility import branching
from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.best import best
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy
from creditbank.eligibility.program import solve
from tests.unit.eligibility.models import NEVER, E, model, sort

_EXACTLY = model((350, 500), *(sort(units, (0, E), (1, E)) for units in (300, 200, 200, 150)))


@pytest.fixture
def asked(monkeypatch) -> list[object]:
    """What the search is told to be known, and "program" where that is asked."""
    found: list[object] = []

    def search(question, known):
        found.append(known)
        return Branching(question, known)

    def program(question):
        found.append("program")
        return solve(question)

    monkeypatch.setattr(module, "Branching", search)
    monkeypatch.setattr(module, "solve", program)
    return found


@pytest.mark.parametrize(
    ("question", "lack"),
    [
        (model((200,), sort(200, (0, E))), Lack(0, 0, 0)),
        (model((200, 300), sort(200, (0, E)), sort(300, (1, E))), Lack(0, 0, 0)),
        (model((300,), sort(200, (0, E))), Lack(100, 100, 0)),
        (model((200,), sort(200, (0, E)), units_min=300), Lack(100, 0, 0)),
    ],
)
def test_a_first_answer_that_is_whole_or_the_least_is_the_last(asked, question, lack):
    assert best(question)[1].lack == lack
    assert asked == []


def test_where_it_is_not_a_search_begins_with_what_it_lacks(asked):
    assert best(_EXACTLY)[1].lack == Lack(0, 0, 0)
    assert asked == [Greedy(_EXACTLY).run().sums().lack]


def test_the_first_answer_stays_where_the_search_proves_that_none_is_better(asked):
    question = model((450, 450), *(sort(units, (0, E), (1, E)) for units in (400, 300, 200)))
    found, sums = best(question)
    first = Greedy(question).run()
    assert (found, sums.lack) == (first.amounts, first.sums().lack)
    assert asked == [first.sums().lack]


def test_where_the_search_is_too_long_the_program_is_asked_and_that_is_noted(
    asked, monkeypatch, caplog
):
    monkeypatch.setattr(branching, "NODES_MAX", 0)
    with caplog.at_level(logging.INFO):
        assert best(_EXACTLY)[1].lack == Lack(0, 0, 0)
    assert asked[1:] == ["program"]
    assert caplog.messages == ["integer program: 4 sorts, 2 blocks"]


@pytest.mark.parametrize(("nodes", "proven"), [(1, False), (10, True)])
def test_a_search_gives_up_after_so_many_branches(monkeypatch, nodes, proven):
    monkeypatch.setattr(branching, "NODES_MAX", nodes)
    assert Branching(_EXACTLY, NEVER).run().is_proven is proven


def test_what_counts_beyond_a_need_is_cut_off_at_the_maximum_and_not_before():
    """100 asked, 200 count at most: of three times 150 one maximum, and 400 of the total lack."""
    question = model(
        (100,), sort(150, (0, E)), sort(149, (0, E)), sort(148, (0, E)), maxima=(200,),
        units_min=600,
    )  # fmt: skip
    search = Branching(question, NEVER).run()
    assert (search.best, search.is_proven) == (Lack(400, 0, 0), True)
    without = model((100,), sort(150, (0, E)), sort(149, (0, E)), units_min=600)
    search = Branching(without, NEVER).run()
    assert (search.best, search.is_proven) == (Lack(301, 0, 0), True)
