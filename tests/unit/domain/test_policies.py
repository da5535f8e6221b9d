"""Which value is in force: nearer over farther, later over earlier, never before its day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.policies import Authority, PolicyScalar, PolicyValue, resolve

KEY = "substitution.cap_units"
SCHOOL = 7


def value(
    amount: PolicyScalar,
    authority: Authority = Authority.NATIONAL,
    since: date = date(2020, 1, 1),
    key: str = KEY,
) -> PolicyValue:
    own = SCHOOL if authority is Authority.SCHOOL else None
    return PolicyValue(key, amount, authority, since, f"文号{amount}", own)


def in_force(*values: PolicyValue, as_of: date = date(2026, 1, 1), school: int = SCHOOL) -> int:
    return resolve(values, institution_id=school, as_of=as_of).integer(KEY)


def test_the_nearer_authority_overrides_even_when_it_is_older():
    near = value(2, Authority.COUNTY, date(2020, 1, 1))
    far = value(1, Authority.PROVINCE, date(2025, 1, 1))
    assert in_force(far, near) == in_force(near, far) == 2


def test_within_an_authority_the_latest_wins_that_is_in_force():
    values = (
        value(1, since=date(2019, 1, 1)),
        value(3, since=date(2026, 9, 1)),
        value(2, since=date(2022, 1, 1)),
    )
    assert in_force(*values) == 2
    assert in_force(*values, as_of=date(2026, 9, 1)) == 3
    assert in_force(*values, as_of=date(2021, 12, 31)) == 1


def test_a_nearer_value_that_is_not_yet_in_force_overrides_nothing():
    assert in_force(value(1), value(2, Authority.CITY, date(2027, 1, 1))) == 1


def test_a_schools_own_value_is_for_that_school_only():
    values = (value(1, Authority.COUNTY), value(2, Authority.SCHOOL))
    assert in_force(*values) == 2
    assert in_force(*values, school=8) == 1


@given(st.permutations([(authority, year) for authority in Authority for year in (2019, 2022)]))
def test_the_order_in_which_values_are_read_is_no_matter(order):
    values = [value(10 * a + y % 10, a, date(y, 1, 1)) for a, y in order]
    assert in_force(*values) == 52


def test_the_version_names_the_values_and_nothing_else():
    def version(*values: PolicyValue) -> str:
        return resolve(values, institution_id=SCHOOL, as_of=date(2026, 1, 1)).version

    assert version(value(1)) == version(value(1, Authority.CITY, date(2023, 1, 1)))
    assert version(value(1)) != version(value(2))
    assert version(value(1)) != version(value("1"))
    assert version(value(1)) != version(value(1), value(1, key="other.key"))
    assert len(version(value(1))) == 16


def test_a_value_of_another_kind_is_refused():
    policy = resolve([value("8")], institution_id=SCHOOL, as_of=date(2026, 1, 1))
    assert policy.text(KEY) == "8"
    assert policy.reference(KEY) == "文号8"
    with pytest.raises(TypeError, match=KEY):
        policy.integer(KEY)
    with pytest.raises(TypeError, match=KEY):
        policy.flag(KEY)
    flag = resolve([value(amount=True)], institution_id=SCHOOL, as_of=date(2026, 1, 1))
    assert flag.flag(KEY) is True
    with pytest.raises(TypeError, match=KEY):
        flag.integer(KEY)
