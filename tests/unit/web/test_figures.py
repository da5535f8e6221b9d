"""Rings and bars never say more than there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from creditbank.web.figures import FULL, percent_text, rounded_percent, segments, share

AMOUNTS = st.integers(min_value=0, max_value=30_000)


def test_a_hundred_percent_is_said_of_everything_only():
    assert percent_text(16_999, 17_000) == "99%"
    assert percent_text(17_000, 17_000) == "100%"
    assert percent_text(18_000, 17_000) == "100%"


def test_a_whole_of_nothing_is_full():
    assert share(0, 0) == FULL


@given(st.lists(AMOUNTS, max_size=5), st.integers(min_value=1, max_value=30_000))
def test_segments_stand_side_by_side_within_the_bar(amounts, whole):
    found = segments(((amount, "earned") for amount in amounts), whole)
    ends = [0, *(piece.start + piece.width for piece in found)]
    assert all(piece.width > 0 for piece in found)
    assert all(piece.start >= end for piece, end in zip(found, ends, strict=False))
    assert ends[-1] <= FULL


@given(st.lists(AMOUNTS, min_size=1, max_size=5))
def test_segments_of_the_whole_fill_the_bar(amounts):
    found = segments(((amount, "earned") for amount in amounts), sum(amounts))
    assert sum(piece.width for piece in found) == (FULL if sum(amounts) else 0)


def test_parts_of_a_whole_are_rounded_to_the_nearest():
    assert [rounded_percent(part, 170) for part in (57, 22, 27, 12)] == ["34%", "13%", "16%", "7%"]
