"""The ledger packed as text: what an entry says comes back, and classmates share what they can."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from creditbank.domain.enrolments import Term
from creditbank.services.commands import PostCourseCredit
from creditbank.services.course_batches import post_marks
from creditbank.store.ledger import append, entries_of, lock_head
from creditbank.store.packed_entries import packed_entry, read_entries
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.import_desk import NOW
from tests.factories.school import School, make_school

DAY = date(2026, 1, 31)
ODD = 'a"b\\c\td,e\nf\x1f[null]{}，乐'


@pytest.fixture
def school(clean_database: Database, owner_engine: Engine, engine: Engine) -> School:
    with owner_engine.begin() as connection:
        found = make_school(connection, pupils=2)
    marks = [
        PostCourseCredit(
            learner_id=pupil.learner_id, course_code="GG01", mark="88", term=Term(2025, 1),
            earned_on=DAY,
        )
        for pupil in found.pupils
    ]  # fmt: skip
    with UnitOfWork(engine, str(found.institution_id)) as uow:
        post_marks(uow, found.registrar, marks, now=NOW)
    return found


def test_no_sign_in_an_entry_is_lost_or_taken_for_a_boundary(engine, school):
    pupil = school.pupils[0].learner_id
    with UnitOfWork(engine, EVERYWHERE) as uow:
        (row,) = entries_of(uow.connection, pupil)
        said = {"title": ODD, "issuer": ODD, "tags": ODD, "level": "33"}
        odd = {
            **row, "kind": "innovation", "evidence_key": ODD, "evidence_no": ODD, "detail": said,
            "course_code": ODD[:20], "block_code": ODD[:10], "passed": None,
        }  # fmt: skip
        append(uow.connection, lock_head(uow.connection, pupil), [odd])
        packed = read_entries(uow.connection, [pupil])[pupil]
        assert packed == [packed_entry(row) for row in entries_of(uow.connection, pupil)]
    found = packed[1]
    assert (found.title, found.issuer, found.tags, found.evidence_no) == (ODD, ODD, ODD, ODD)
    assert (found.course_code, found.block_code, found.nature) == (ODD[:20], ODD[:10], "33")
    assert found.passed is None
    assert found.earned_on == DAY.isoformat()


def test_what_is_the_same_for_classmates_is_one_entry(engine, school):
    first, second = (pupil.learner_id for pupil in school.pupils)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = read_entries(uow.connection, [first, second])
    assert found[first][0] is found[second][0]


def test_who_has_no_entries_is_left_out(engine, school):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        assert read_entries(uow.connection, []) == {}
        assert read_entries(uow.connection, [0]) == {}
