"""Credits as text and as units: exact both ways, and nothing lenient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.credits import credits_text, units_from_text


@pytest.mark.parametrize(
    ("text", "units"),
    [("2", 200), ("1.5", 150), ("0.25", 25), ("-1.5", -150), ("0", 0), (" 30 ", 3000)],
)
def test_credits_are_read_in_hundredths(text, units):
    assert units_from_text(text) == units


@pytest.mark.parametrize("text", ["", "1.555", "1,5", "1e2", ".5", "5.", "+1", "12345", "NaN"])
def test_what_is_no_credit_value_is_refused(text):
    with pytest.raises(ValueError, match="not a credit value"):
        units_from_text(text)


@given(st.integers(-999_999, 999_999))
def test_every_amount_survives_being_written(units):
    assert units_from_text(credits_text(units)) == units


@pytest.mark.parametrize(
    ("units", "text"), [(150, "1.5"), (3000, "30"), (0, "0"), (-25, "-0.25"), (10_000, "100")]
)
def test_credits_are_written_as_short_as_can_be(units, text):
    assert credits_text(units) == text
