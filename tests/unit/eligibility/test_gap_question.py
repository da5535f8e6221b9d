"""The question of the gap: which offers are alike, what each adds, what is still open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import CourseChoice, HoursFloor, Substitution
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility.gap_question import Question, make_question
from creditbank.eligibility.offers import Offer
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.standing import standing_records
from tests.unit.eligibility.learners import make_plan, make_policy

_DAY = date(2026, 7, 1)
_PRACTICE = Selector(natures=(CourseNature.PRACTICE,))
_BASE = make_plan(
    (("A", 400, Substitution.NONE), ("B", 200, Substitution.NONE)),
    (*(("A", 200, ()) for _ in range(4)), ("B", 100, ())),
    600,
)
_PLAN = replace(
    _BASE,
    blocks=(
        replace(
            _BASE.blocks[0],
            choices=(CourseChoice(("C00", "C01"), 1), CourseChoice(("C01", "C02", "C03"), 2)),
        ),
        _BASE.blocks[1],
    ),
    hours_floors=(
        HoursFloor("P", "", "", _PRACTICE, 100, practice_only=True),
        HoursFloor("Q", "", "", Selector(), 120),
        HoursFloor("R", "", "", _PRACTICE, 90),
    ),
)


def _course(code: str, units: int = 200, nature=CourseNature.PRACTICE, **changes) -> Record:
    record = Record(
        0, EntryKind.COURSE, units, _DAY, code, code, nature=nature, hours=36, practice_hours=20
    )
    return replace(record, **changes)


def _offer(seq: int, record: Record, hours: int = 36, **more) -> Offer:
    code = record.course_code or record.title
    return Offer(code, 1, hours, 1, replace(record, ledger_seq=seq), **more)


def _question(*offered: Offer, passed: tuple[Record, ...] = (), must=()) -> Question:
    index = index_for(_PLAN, (), _DAY)
    records = (*passed, *(offer.record for offer in offered))
    standing = standing_records(records, index, _DAY)
    return make_question(offered, standing, index, make_policy(), must)


def test_what_each_course_adds_to_hours_and_choices():
    question = _question(
        _offer(101, _course("C01")), _offer(102, _course("C03", nature=CourseNature.REQUIRED))
    )
    chosen = [(kind.hours, kind.chosen) for kind in question.kinds]
    assert chosen == [((20, 36, 36), (True, True)), ((0, 36, 0), (False, True))]


def test_an_award_adds_no_hours_and_is_no_choice():
    award = Record(0, EntryKind.INNOVATION, 200, _DAY, "证", category="skill_certificate", hours=90)
    assert _question(_offer(101, award)).kinds == ()
    (kind,) = _question(_offer(101, award), must={"证"}).kinds
    assert (kind.sort, kind.hours, kind.chosen, kind.is_must) == (-1, (0, 0, 0), (False,) * 2, True)


def test_a_course_of_no_block_is_of_use_where_one_floor_or_one_choice_wants_it():
    """Nothing takes it: its sort is -1; its hours count all the same."""
    elsewhere = _course("别校", is_outside=True, practice_hours=0, nature=CourseNature.REQUIRED)
    (kind,) = _question(_offer(101, elsewhere)).kinds
    assert (kind.sort, kind.hours, kind.chosen) == (-1, (0, 36, 0), (False, False))


def test_alike_are_those_that_do_the_same_at_the_same_cost():
    same = [_offer(101, _course("C02")), _offer(102, _course("C03"))]
    dearer = _offer(103, _course("C03"), hours=40)
    family = _offer(104, _course("C02"), family="f")
    found = _question(*same, dearer, family).kinds
    assert [len(kind.offers) for kind in found] == [2, 1, 1]
    assert [kind.family for kind in found] == ["", "", "f"]
    apart = _question(*same, must={"C03"}).kinds
    assert [(len(kind.offers), kind.is_must) for kind in apart] == [(1, False), (1, True)]


def test_what_is_open_is_what_the_courses_passed_leave():
    passed = (_course("C00", ledger_seq=1), _course("C02", ledger_seq=2, nature="1", hours=30))
    question = _question(_offer(101, _course("C03")), passed=passed)
    assert question.hours == (100 - 20, 120 - 36 - 30, 90 - 36)
    assert question.choices == (0, 1)


def test_a_course_recognised_is_one_of_the_choice():
    recognised = _course("C01", ledger_seq=1, kind=EntryKind.RECOGNITION, block_code="A")
    assert _question(passed=(recognised,)).choices == (0, 1)
    assert _question().choices == (1, 2)
