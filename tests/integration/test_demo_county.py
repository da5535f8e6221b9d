"""The demo county adds up, its people are valid in form, its chains hold, its seed decides."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from creditbank.demo import seed_county
from creditbank.demo.county import CountyNotEmptyError, anchor_of
from creditbank.demo.high_school import plan_of as high_school_plan
from creditbank.demo.majors import MAJORS
from creditbank.demo.vocational import plan_of
from creditbank.domain.identifiers import check_character
from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.store.ledger import entries_of, entry_content
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

TODAY = date(2026, 11, 23)
SCALE = 0.02


def heads(owner_engine) -> dict[int, bytes]:
    with owner_engine.connect() as connection:
        rows = connection.execute(text("SELECT learner_id, head_hash FROM learner_heads"))
        return {row.learner_id: bytes(row.head_hash) for row in rows}


def test_the_county_stands_at_the_last_30_june() -> None:
    assert anchor_of(date(2026, 6, 30)) == date(2026, 6, 30)
    assert anchor_of(date(2026, 6, 29)) == date(2025, 6, 30)
    assert anchor_of(TODAY) == date(2026, 6, 30)


@pytest.mark.parametrize("major", MAJORS, ids=lambda major: major.name)
def test_each_vocational_plan_obeys_the_national_numbers(major) -> None:
    plan = plan_of(major, plan_id=1, institution_id=1)
    assert sum(block.units_min for block in plan.blocks) == plan.units_min == 17_000
    hours = practice = elective = 0.0
    for block in plan.blocks:
        courses = [course for course in plan.courses if course.block_code == block.code]
        assert sum(course.units for course in courses) >= block.units_min
        share = block.units_min / sum(course.units for course in courses)
        total = sum(course.theory_hours + course.practice_hours for course in courses)
        hours += total * share
        practice += sum(course.practice_hours for course in courses) * share
        if block.code in {"XX", "RX"}:
            elective += total * share
    assert round(hours) >= 3000
    assert practice >= hours / 2
    assert round(elective * 10) >= round(hours)


def test_the_high_school_plan_adds_up_to_144() -> None:
    plan = high_school_plan(plan_id=1, institution_id=2)
    assert [block.units_min for block in plan.blocks] == [8_800, 4_200, 1_400]
    required = [course for course in plan.courses if course.block_code == "BX"]
    assert sum(course.units for course in required) == 8_800
    assert len(plan.required_pass_exams) == 14


def test_the_same_seed_gives_the_same_county_and_another_seed_another(
    clean_database, owner_engine, request
) -> None:
    seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    first = heads(owner_engine)
    owner_engine.dispose()
    again = request.getfixturevalue("servers")
    from tests.databases import clone_template

    clone_template(again, clean_database.name)
    seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    assert heads(owner_engine) == first
    owner_engine.dispose()
    clone_template(again, clean_database.name)
    seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE, seed=1)
    assert heads(owner_engine) != first


def test_a_county_is_written_once_and_holds_together(clean_database, owner_engine, engine) -> None:
    summary = seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    with pytest.raises(CountyNotEmptyError):
        seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    with owner_engine.connect() as connection:
        learners = connection.execute(text("SELECT * FROM learners")).mappings().all()
        kinds = set(connection.execute(text("SELECT DISTINCT kind FROM ledger_entries")).scalars())
        pending = connection.execute(text("SELECT count(*) FROM pending_evaluations")).scalar_one()
    assert len(learners) == summary.learners == pending
    assert {"course", "competition", "innovation", "reversal", "substitution"} <= kinds
    for learner in learners:
        number = learner["citizen_id"]
        assert number[-1] == check_character(number[:17])
        assert number[6:14] == f"{learner['born_on']:%Y%m%d}"
        assert (int(number[16]) % 2 == 1) == (learner["sex"] == "1")
    with UnitOfWork(engine, EVERYWHERE) as uow:
        for learner in learners:
            previous = GENESIS_HASH
            for number, row in enumerate(entries_of(uow.connection, learner["learner_id"]), 1):
                assert row["ledger_seq"] == number
                assert row["prev_hash"] == previous
                previous = content_hash(previous, entry_content(row))
                assert row["entry_hash"] == previous
