"""What awards and achievements are worth, under the policy that ships."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.award_values import (
    GRANTED,
    AwardValue,
    competition_units,
    innovation_units,
)
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from tests.factories.policies import shipped_policy

SPECIAL, FIRST, SECOND = AwardRank.SPECIAL, AwardRank.FIRST, AwardRank.SECOND
TABLE = {
    AwardLevel.INTERNATIONAL: (600, 600, 400, 300),
    AwardLevel.NATIONAL: (600, 600, 400, 300),
    AwardLevel.PROVINCE: (400, 400, 300, 200),
    AwardLevel.CITY: (200, 200, 150, 100),
    AwardLevel.COUNTY: (100, 100, 50, 50),
    AwardLevel.SCHOOL: (50, 50, 50, 0),
}
"""Special, first, second and third prize, in hundredths of a credit."""


@pytest.fixture
def policy():
    return shipped_policy()


@pytest.mark.parametrize("level", AwardLevel)
def test_the_table_of_prizes_is_the_one_that_is_published(level, policy):
    ranks = (SPECIAL, FIRST, SECOND, AwardRank.THIRD)
    found = [competition_units(level, rank, TeamRole.INDIVIDUAL, policy).units for rank in ranks]
    assert tuple(found) == TABLE[level]


@pytest.mark.parametrize("rank", [AwardRank.FOURTH, AwardRank.UNRANKED, AwardRank.OTHER])
@pytest.mark.parametrize("role", TeamRole)
def test_further_ranks_earn_nothing_unless_a_school_says_so(rank, role, policy):
    for level in AwardLevel:
        assert competition_units(level, rank, role, policy).units == 0
    generous = shipped_policy(**{f"competition__value__23__{rank.value}": 100})
    assert competition_units(AwardLevel.PROVINCE, rank, TeamRole.CAPTAIN, generous).units == 100


@pytest.mark.parametrize("level", AwardLevel)
@pytest.mark.parametrize("rank", AwardRank)
@pytest.mark.parametrize("role", TeamRole)
def test_every_combination_has_a_value_that_says_where_it_comes_from(level, rank, role, policy):
    value = competition_units(level, rank, role, policy)
    assert value.units >= 0
    assert len(value.keys) == len(value.references) >= 1
    assert all(value.references)


@pytest.mark.parametrize(
    ("level", "rank", "captain", "member"),
    [
        (AwardLevel.NATIONAL, FIRST, 600, 500),
        (AwardLevel.PROVINCE, SECOND, 300, 200),
        (AwardLevel.CITY, SECOND, 150, 50),
        (AwardLevel.CITY, AwardRank.THIRD, 100, 50),
        (AwardLevel.COUNTY, SECOND, 50, 50),
        (AwardLevel.SCHOOL, AwardRank.THIRD, 0, 0),
    ],
)
def test_a_team_member_gets_one_credit_less_but_half_a_credit(level, rank, captain, member, policy):
    assert competition_units(level, rank, TeamRole.CAPTAIN, policy).units == captain
    assert competition_units(level, rank, TeamRole.INDIVIDUAL, policy).units == captain
    assert competition_units(level, rank, TeamRole.MEMBER, policy).units == member


def test_the_value_names_the_keys_it_rests_on(policy):
    value = competition_units(AwardLevel.PROVINCE, SECOND, TeamRole.MEMBER, policy)
    assert value == AwardValue(
        units=200,
        keys=(
            "competition.value.23.3",
            "competition.member_deduction",
            "competition.member_floor",
        ),
        references=(policy.reference("competition.value.23.3"),) * 3,
    )
    assert "平政字〔2020〕43号" in value.references[0]


def test_a_schools_own_value_overrides_and_is_named():
    own = shipped_policy(competition__value__23__3=350)
    value = competition_units(AwardLevel.PROVINCE, SECOND, TeamRole.INDIVIDUAL, own)
    assert (value.units, value.references) == (350, ("学校规定(测试)",))


@given(
    st.sampled_from(AwardLevel), st.sampled_from(AwardRank), st.integers(0, 600),
    st.integers(0, 600),
)  # fmt: skip
def test_a_member_never_gets_more_than_the_captain(level, rank, deduction, floor):
    rules = shipped_policy(competition__member_deduction=deduction, competition__member_floor=floor)
    captain = competition_units(level, rank, TeamRole.CAPTAIN, rules).units
    assert 0 <= competition_units(level, rank, TeamRole.MEMBER, rules).units <= captain


VALUES = {
    InnovationCategory.PATENT_INVENTION: 400,
    InnovationCategory.PATENT_UTILITY: 200,
    InnovationCategory.PATENT_DESIGN: 100,
    InnovationCategory.SOFTWARE_COPYRIGHT: 100,
    InnovationCategory.PUBLISHED_WORK: 200,
    InnovationCategory.TECHNICAL_INNOVATION: 200,
    InnovationCategory.ENTERPRISE: 300,
    InnovationCategory.SCHOOL_PROJECT: 100,
    InnovationCategory.SOCIAL_PRACTICE: 0,
    InnovationCategory.VOLUNTEERING: 0,
    InnovationCategory.SKILL_CERTIFICATE: 200,
    InnovationCategory.GENERAL_CERTIFICATE: 100,
}


@pytest.mark.parametrize("category", InnovationCategory)
@pytest.mark.parametrize("level", CertificateLevel)
def test_every_category_has_a_value(category, level, policy):
    value = innovation_units(category, 1, level, policy)
    assert all(value.references)
    if level in {CertificateLevel.NONE, CertificateLevel.ELEMENTARY}:
        assert value.units == VALUES[category]


@pytest.mark.parametrize(
    ("category", "quantity", "units"),
    [
        (InnovationCategory.SOCIAL_PRACTICE, 4, 0),
        (InnovationCategory.SOCIAL_PRACTICE, 5, 100),
        (InnovationCategory.SOCIAL_PRACTICE, 14, 200),
        (InnovationCategory.SOCIAL_PRACTICE, -5, 0),
        (InnovationCategory.VOLUNTEERING, 19, 0),
        (InnovationCategory.VOLUNTEERING, 20, 50),
        (InnovationCategory.VOLUNTEERING, 60, 150),
        (InnovationCategory.PUBLISHED_WORK, 3, 200),
    ],
)
def test_days_and_hours_count_by_whole_portions(category, quantity, units, policy):
    assert innovation_units(category, quantity, CertificateLevel.NONE, policy).units == units


@pytest.mark.parametrize(
    ("level", "units"),
    [
        (CertificateLevel.ELEMENTARY, 200),
        (CertificateLevel.INTERMEDIATE, 300),
        (CertificateLevel.ADVANCED, 400),
    ],
)
def test_a_skill_certificate_counts_by_its_level(level, units, policy):
    value = innovation_units(InnovationCategory.SKILL_CERTIFICATE, 1, level, policy)
    assert value.units == units
    assert value.keys == (f"innovation.value.skill_certificate.{level.value}",)


@pytest.mark.parametrize("category", InnovationCategory)
def test_what_is_not_granted_yet_earns_nothing_where_a_grant_is_needed(category, policy):
    level = CertificateLevel.NONE
    granted = innovation_units(category, 20, level, policy)
    pending = innovation_units(category, 20, level, policy, is_granted=False)
    if category in GRANTED:
        assert (pending.units, pending.keys) == (0, ("innovation.value.pending_application",))
    else:
        assert pending == granted
