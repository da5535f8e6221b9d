"""Terms of an agreement by themselves, the templates that ship, and the steps of the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.advance_calendar import AdvanceStep, days_in_order, finishing_year
from creditbank.domain.agreement_terms import (
    AWARD_LEVELS,
    AgreementTerms,
    ScoreKind,
    ScorePart,
    latest_in_force,
    terms_problems,
)
from creditbank.domain.agreements import EducationLevel, HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel
from creditbank.store.advance_calendar import pattern_days
from creditbank.store.agreement_templates import terms_templates
from creditbank.store.agreement_terms import terms_from_row, terms_row
from tests.factories.agreement_desk import TERMS
from tests.policies.agreed import agreement_3_2


def test_every_level_of_award_has_its_place():
    assert set(AWARD_LEVELS) == set(AwardLevel)


@pytest.mark.parametrize("level", AwardLevel)
def test_an_award_of_the_agreed_level_or_higher_exempts(level):
    higher = {AwardLevel.PROVINCE, AwardLevel.NATIONAL, AwardLevel.INTERNATIONAL}
    assert TERMS.exempts([level]) is (level in higher)
    assert not replace(TERMS, exemption_level=None).exempts([level])


def test_without_a_skill_test_nothing_is_exempted():
    parts = tuple(part for part in TERMS.scores if part.kind is not ScoreKind.SKILL_TEST)
    assert not replace(TERMS, scores=parts).exempts([AwardLevel.NATIONAL])


def test_the_version_that_began_last_speaks():
    first = replace(TERMS, version_no=1)
    waiting = replace(TERMS, version_no=2, in_force_from=date(2026, 9, 1))
    third = replace(waiting, version_no=3)
    versions = (waiting, first, third)
    assert latest_in_force(versions, date(2025, 8, 31)) is None
    assert latest_in_force(versions, date(2026, 8, 31)) is first
    assert latest_in_force(versions, date(2026, 9, 1)) is third


@pytest.mark.parametrize("level", terms_templates(), ids=str)
def test_a_template_that_ships_could_be_signed_as_it_is(level):
    said = terms_templates()[level].said
    terms = AgreementTerms(
        **said, agreement_id=1, version_no=1, in_force_from=date(2025, 9, 1), document_no="测",
        quota=40, valid_from=date(2025, 9, 1), valid_to=date(2029, 8, 31),
    )  # fmt: skip
    assert not list(terms_problems(terms))
    row = terms_row(terms) | {"agreement_terms_id": 1, "decided_by": 1, "decided_at": None}
    assert terms_from_row(row) == terms


@pytest.mark.parametrize(
    ("level", "by_line"),
    [(EducationLevel.HIGHER_VOCATIONAL, []), (EducationLevel.BACHELOR, [ScoreKind.CULTURE_EXAM])],
)
def test_a_draft_asks_for_the_medical_check_and_a_3_4_for_the_line_of_the_year(level, by_line):
    said = terms_templates()[level].said
    assert [part.kind for part in said["scores"] if part.by_announced_line] == by_line
    assert HardCondition(HardConditionKind.MEDICAL_CHECK) in said["hard_conditions"]


@pytest.mark.parametrize(
    ("kind", "mark", "codes"),
    [
        (ScoreKind.CULTURE_EXAM, 0, []),
        (ScoreKind.KNOWLEDGE_TEST, 0, []),
        (ScoreKind.CULTURE_EXAM, 6_000, ["announced_line"]),
        (ScoreKind.QUALITY, 0, ["announced_line"]),
    ],
)
def test_the_line_of_the_year_stands_in_place_of_a_number(kind, mark, codes):
    part = ScorePart(kind, 10_000, 100, mark, by_announced_line=True)
    terms = replace(TERMS, scores=(part,), tie_breaks=(), exemption_level=None)
    assert [item.code for item in terms_problems(terms)] == codes


@pytest.mark.parametrize(("tenths", "year"), [(20, 2025), (25, 2026), (30, 2026)])
def test_half_a_year_counts_into_the_next(tenths, year):
    assert finishing_year(replace(agreement_3_2(), pre_years_tenths=tenths)) == year


def test_the_usual_year_of_the_province():
    """过程考核12-20前上传, 01-05前报送, 02-20前阅卷, 三月底前报送成绩."""
    days = {item.step: item for item in pattern_days(2028, EducationLevel.BACHELOR)}
    assert days[AdvanceStep.PROCESS_UPLOADED].ends_on == date(2027, 12, 20)
    assert days[AdvanceStep.FILED].ends_on == date(2028, 1, 5)
    assert days[AdvanceStep.MARKING].ends_on == date(2028, 2, 20)
    assert days[AdvanceStep.SCORES_SENT].ends_on == date(2028, 3, 31)
    assert list(days) == list(AdvanceStep)
    assert pattern_days(2028, EducationLevel.GENERAL_HIGH) == ()


@pytest.mark.parametrize("level", [EducationLevel.HIGHER_VOCATIONAL, EducationLevel.BACHELOR])
@pytest.mark.parametrize("year", [2026, 2028, 2032])
def test_the_steps_of_a_usual_year_follow_each_other(level, year):
    days = pattern_days(year, level)
    assert [item.step for item in days] == sorted(
        (item.step for item in days), key=list(AdvanceStep).index
    )
    starts = [item.starts_on for item in days]
    assert starts == sorted(starts)
    assert all(item.starts_on <= item.ends_on for item in days)


def test_what_was_announced_last_stands_over_the_pattern():
    usual = pattern_days(2028, EducationLevel.HIGHER_VOCATIONAL)
    tests = next(item for item in usual if item.step is AdvanceStep.TESTS)
    once = replace(tests, starts_on=date(2028, 3, 4), is_announced=True)
    again = replace(once, starts_on=date(2028, 3, 9))
    found = days_in_order(usual, [once, again])
    assert [item for item in found if item.is_announced] == [again]
    assert len(found) == len(usual)
