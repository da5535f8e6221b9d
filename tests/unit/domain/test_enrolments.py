"""Terms: codes, labels, the term of a day, and which semester of hers it is for a learner."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus, Term, semester_no


@pytest.mark.parametrize("code", ["2025-2026-1", "2025-2026-2", "2025-2026-3"])
def test_a_term_is_read_from_its_code_and_written_again(code):
    assert Term.parse(code).code == code


@pytest.mark.parametrize(
    "code", ["2025-2027-1", "2025-2026-4", "2025-1", "25-26-1", "2025-2026-1\n", ""]
)
def test_what_is_no_term_is_refused(code):
    with pytest.raises(ValueError, match="not a term"):
        Term.parse(code)


def test_a_term_has_the_name_that_schools_use():
    assert Term(2025, 1).label_zh == "2025-2026学年第一学期"
    assert Term(2025, 2).label_en == "2025-2026 spring"


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (date(2025, 9, 1), Term(2025, 1)),
        (date(2025, 12, 31), Term(2025, 1)),
        (date(2026, 1, 31), Term(2025, 1)),
        (date(2026, 2, 1), Term(2025, 2)),
        (date(2026, 8, 31), Term(2025, 2)),
    ],
)
def test_the_term_of_a_day(day, term):
    assert Term.containing(day) == term


@pytest.mark.parametrize(
    ("term", "suspended", "semester"),
    [
        (Term(2025, 1), 0, 1),
        (Term(2025, 2), 0, 2),
        (Term(2025, 3), 0, 2),
        (Term(2027, 2), 0, 6),
        (Term(2027, 2), 2, 4),
    ],
)
def test_the_learners_own_semester(term, suspended, semester):
    found = semester_no(entry_year=2025, term=term, suspended_semesters=suspended)
    assert found == semester


def test_one_who_left_is_no_longer_enrolled():
    assert EnrolmentStatus.SUSPENDED in OPEN_STATUSES
    assert not OPEN_STATUSES & {
        EnrolmentStatus.WITHDRAWN,
        EnrolmentStatus.GRADUATED,
        EnrolmentStatus.COMPLETED,
        EnrolmentStatus.TRANSFERRED_OUT,
    }


def test_the_countys_day_begins_at_16_utc():
    assert local_date(datetime(2026, 6, 30, 15, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_date(datetime(2026, 6, 30, 16, 0, tzinfo=UTC)) == date(2026, 7, 1)
