"""County indicators add up: of parts, of shares, of months; and nothing is divided by nobody."""

from __future__ import annotations

from datetime import date

from creditbank.domain.county_figures import (
    AdvanceCount,
    CohortCount,
    CountyFigures,
    Flow,
    FlowCount,
    Part,
    Place,
    ProgressCounted,
    Share,
    month_before,
    ratio_text,
)
from creditbank.domain.institutions import InstitutionKind

DAY = date(2026, 11, 20)
VOCATIONAL, GENERAL = InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL


def place(school: int, major: str = "A", year: int = 2023) -> Place:
    return Place(institution_id=school, major_code=major, entry_year=year)


def cohort(where: Place, kind: InstitutionKind = VOCATIONAL, **counts: int) -> CohortCount:
    found = dict.fromkeys(("entrants", "enrolled", "away", "cohort", "on_time"), 0) | counts
    return CohortCount(place=where, kind=kind, is_due=where.entry_year <= 2023, **found)


def progress(where: Place, earned: int, expected: int, red: int = 0) -> ProgressCounted:
    return ProgressCounted(
        place=where, noted_on=DAY, learners=10, expected_units=expected, earned_units=earned,
        yellow=1, red=red,
    )  # fmt: skip


FIGURES = CountyFigures(
    day=DAY,
    cohorts=(
        cohort(place(1), entrants=100, enrolled=60, away=2, cohort=100, on_time=91),
        cohort(place(1, "B", 2026), entrants=50, enrolled=50, cohort=50),
        cohort(place(2, "G", 2026), GENERAL, entrants=48, enrolled=48, cohort=48),
        cohort(place(2, "G"), GENERAL, entrants=100, enrolled=0, cohort=98, on_time=98),
    ),
    progress=(progress(place(1), 900, 1000, 2), progress(place(2, "G"), 500, 500)),
    advances=(
        AdvanceCount(place=place(1), finishing_year=2026, members=30, advanced=20),
        AdvanceCount(place=place(1, "B"), finishing_year=2026, members=10, advanced=10),
    ),
    flows=(
        FlowCount(place=place(1), month=date(2026, 9, 1), flow=Flow.TRANSFERS, count=3),
        FlowCount(place=place(2), month=date(2026, 9, 1), flow=Flow.TRANSFERS, count=2),
        FlowCount(place=place(1), month=date(2026, 9, 1), flow=Flow.RECOGNITIONS, count=9),
    ),
)


def test_who_is_suspended_is_not_in_school():
    assert FIGURES.present == 156
    assert (FIGURES.present_of(VOCATIONAL), FIGURES.present_of(GENERAL)) == (108, 48)


def test_who_studies_part_time_is_in_school_and_not_full_time():
    evening = cohort(place(1, "E"), enrolled=30, away=1, part_time=29)
    figures = CountyFigures(day=DAY, cohorts=(*FIGURES.cohorts, evening))
    assert (figures.present, figures.part_time) == (185, 29)
    assert figures.full_time_of(VOCATIONAL) == 108


def test_graduation_counts_cohorts_whose_summer_has_come():
    assert FIGURES.graduation_by_cohort == {2023: Share(189, 198)}
    assert Share(189, 198).tenths == 954


def test_parts_add_up_to_the_whole():
    parts = [FIGURES.within(Part(institution_id=school)) for school in (1, 2)]
    assert sum(part.present for part in parts) == FIGURES.present
    both = [part.completion for part in parts]
    assert both[0] + both[1] == FIGURES.completion == Share(1400, 1500)
    assert FIGURES.within(Part(institution_id=1, major_code="B", entry_year=2026)).present == 50
    assert FIGURES.within(Part(institution_id=1)).months(Flow.TRANSFERS) == {date(2026, 9, 1): 3}


def test_warnings_and_advances_are_summed():
    assert FIGURES.warned == (2, 2)
    assert FIGURES.advance_by_year == {2026: Share(30, 40)}
    assert FIGURES.months(Flow.SUBSTITUTIONS) == {}


def test_a_ratio_is_rounded_and_never_of_nobody():
    assert ratio_text(50, 48) == "1.04 : 1"
    assert ratio_text(2, 3) == "0.67 : 1"
    assert ratio_text(0, 3) == "0.00 : 1"
    assert ratio_text(5, 0) == ""
    assert Share(0, 0).tenths is None
    assert CountyFigures(day=DAY).graduation_by_cohort == {}


def test_months_go_back_over_a_new_year():
    assert month_before(date(2026, 1, 1)) == date(2025, 12, 1)
    assert month_before(date(2026, 11, 1), 12) == date(2025, 11, 1)
