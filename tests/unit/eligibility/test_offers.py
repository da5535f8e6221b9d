"""What is on offer to a learner: courses of the plan, then awards with what they ask and give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.awards import CertificateLevel
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.policies import Authority, Policy, PolicyValue, resolve
from creditbank.domain.snapshots import Record
from creditbank.eligibility.offers import Offer, course_hours, offers
from tests.factories.policies import shipped_policy
from tests.unit.eligibility.learners import make_plan

_DAY = date(2026, 7, 1)
_POLICY = shipped_policy()
_PLAN = make_plan((("A", 400, Substitution.NONE),), tuple(("A", 200, ()) for _ in range(4)), 400)


def _policy(*, worth: dict[str, int] | None = None, **effort: int) -> Policy:
    """The shipped worth of awards with changes, and only these on offer; "__" is the dot."""
    known = {
        key: item.value for key, item in _POLICY.values.items() if not key.startswith("effort.")
    }
    known |= {f"effort.{name.replace('__', '.')}": hours for name, hours in effort.items()}
    items = (
        PolicyValue(key, value, Authority.COUNTY, date(2020, 1, 1), "试验〔2020〕1号")
        for key, value in (known | (worth or {})).items()
    )
    return resolve(items, institution_id=1, as_of=_DAY)


def _offers(plan=_PLAN, passed=(), policy=None, semester=3) -> tuple[Offer, ...]:
    return offers(plan, passed, policy or _policy(), semester=semester, as_of=_DAY)


def test_a_course_is_offered_as_it_would_stand_in_the_books():
    course = replace(_PLAN.courses[0], theory_hours=30, practice_hours=10, semester_no=5)
    (found,) = _offers(replace(_PLAN, courses=(course,)))
    record = Record(
        0, EntryKind.COURSE, 200, _DAY, "C00", "C00", nature="1", hours=40, practice_hours=10
    )
    assert found == Offer("C00", 1, 40, 5, record)


def test_courses_come_in_the_plans_order_without_those_passed_or_without_credits():
    free = replace(_PLAN.courses[2], units=0)
    least = replace(_PLAN.courses[3], units=1)
    plan = replace(_PLAN, courses=(*_PLAN.courses[1::-1], free, least))
    assert [offer.code for offer in _offers(plan, {"C00"})] == ["C01", "C03"]


@pytest.mark.parametrize(("own", "now", "first"), [(1, 3, 3), (3, 3, 3), (5, 3, 5)])
def test_a_course_of_an_earlier_semester_is_made_up_from_now_on(own, now, first):
    plan = replace(_PLAN, courses=(replace(_PLAN.courses[0], semester_no=own),))
    assert _offers(plan, semester=now)[0].semester_no == first


@pytest.mark.parametrize(
    ("theory", "practice", "units", "hours"),
    [(30, 10, 200, 40), (0, 10, 200, 10), (0, 0, 200, 36), (0, 0, 150, 27), (0, 0, 101, 19)],
)
def test_hours_are_the_plans_or_by_credits_rounded_up(theory, practice, units, hours):
    course = replace(_PLAN.courses[0], theory_hours=theory, practice_hours=practice, units=units)
    assert course_hours(course, shipped_policy(credit__hours_max=18)) == hours


_NO_COURSES = replace(_PLAN, courses=())


def test_a_competition_is_worth_what_policy_says():
    (found,) = _offers(_NO_COURSES, policy=_policy(hours__competition__33__2=90))
    record = Record(
        0, EntryKind.COMPETITION, 200, _DAY, "competition.33.2", category="competition",
        event_key="offer|competition.33.2|1", level="33",
    )  # fmt: skip
    assert found == Offer("competition.33.2", 1, 90, 3, record, level="33", rank="2")


def test_an_award_that_accumulates_is_offered_in_portions_so_often():
    policy = _policy(hours__innovation__social_practice=30, times__innovation__social_practice=3)
    found = _offers(_NO_COURSES, policy=policy)
    code = "innovation.social_practice"
    assert [offer.number for offer in found] == [1, 2, 3]
    assert [offer.record.event_key for offer in found] == [
        f"offer|{code}|{number}" for number in (1, 2, 3)
    ]
    record = Record(
        0, EntryKind.INNOVATION, 100, _DAY, code, category="social_practice",
        event_key=f"offer|{code}|1",
    )  # fmt: skip
    assert found[0] == Offer(code, 1, 30, 3, record, quantity=5)


def test_of_certificates_one_is_proposed_and_other_awards_have_no_family():
    policy = _policy(
        hours__innovation__skill_certificate__intermediate=120, hours__innovation__enterprise=90
    )
    enterprise, certificate = _offers(_NO_COURSES, policy=policy)
    assert (enterprise.code, enterprise.family, enterprise.quantity) == (
        "innovation.enterprise", "", 1
    )  # fmt: skip
    code = "innovation.skill_certificate.intermediate"
    record = Record(
        0, EntryKind.INNOVATION, 300, _DAY, code, category="skill_certificate",
        event_key=f"offer|{code}|1", certificate_level=CertificateLevel.INTERMEDIATE,
        level="intermediate",
    )  # fmt: skip
    assert certificate == Offer(code, 1, 120, 3, record, family="skill_certificate")


def test_awards_come_in_the_order_of_their_codes_after_the_courses():
    policy = _policy(
        hours__innovation__volunteering=20,
        hours__competition__43__2=40,
        hours__competition__33__2=90,
    )
    assert [offer.code for offer in _offers(policy=policy)][4:] == [
        "competition.33.2", "competition.43.2", "innovation.volunteering"
    ]  # fmt: skip


@pytest.mark.parametrize(("units", "offered"), [(0, 0), (1, 1)])
def test_an_award_that_policy_gives_nothing_for_is_not_offered(units, offered):
    worth = {"innovation.value.enterprise": units}
    policy = _policy(worth=worth, hours__innovation__enterprise=90)
    assert len(_offers(_NO_COURSES, policy=policy)) == offered
