"""The demo county adds up, its people are valid in form, its chains hold, its seed decides."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from creditbank.demo.county import CountyNotEmptyError, anchor_of, seed_county
from creditbank.demo.high_school import courses as high_school_courses
from creditbank.demo.high_school import plan_of as high_school_plan
from creditbank.demo.learners import invent_class
from creditbank.demo.logins import DEMO_LOGINS
from creditbank.demo.majors import MAJORS
from creditbank.demo.scales import scale_of, shows_by_test, written
from creditbank.demo.schools import lay_out_county, reference_rows
from creditbank.demo.vocational import courses_of, plan_of
from creditbank.domain.agreement_terms import ScoreKind, terms_problems
from creditbank.domain.attempts import AttemptOutcome, attempt_outcome
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.exemptions import may_be_exempted
from creditbank.domain.identifiers import check_character
from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.domain.marks import Mark, read_mark
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.embedded import ServerUrls
from creditbank.registry.semesters import suspended_semesters
from creditbank.services.evaluations import evaluate_learners
from creditbank.store.agreement_terms import terms_from_row
from creditbank.store.ledger import entries_of, entry_content
from creditbank.store.lives import lives_of
from creditbank.store.paired_schools import pairs_on
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import clone_county, clone_template
from tests.factories.policies import shipped_policy

TODAY = date(2026, 11, 23)
SCALE = 0.02


def heads(owner_engine) -> dict[int, bytes]:
    with owner_engine.connect() as connection:
        rows = connection.execute(text("SELECT learner_id, head_hash FROM learner_heads"))
        return {row.learner_id: bytes(row.head_hash) for row in rows}


def test_the_county_stands_at_the_last_end_of_a_term() -> None:
    assert anchor_of(date(2026, 6, 30)) == date(2026, 6, 30)
    assert anchor_of(date(2026, 6, 29)) == date(2026, 1, 31)
    assert anchor_of(date(2026, 1, 31)) == date(2026, 1, 31)
    assert anchor_of(date(2026, 1, 30)) == date(2025, 6, 30)
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


@pytest.mark.parametrize("courses", [high_school_courses(), *map(courses_of, MAJORS)])
def test_every_course_has_an_english_name_of_its_own(courses) -> None:
    """Two lines of a transcript in both languages are never the same."""
    names = [text.name_en for _, text in courses if text.name_en]
    assert len(names) == len(set(names))


def test_the_high_school_plan_adds_up_to_144() -> None:
    plan = high_school_plan(plan_id=1, institution_id=2)
    assert [block.units_min for block in plan.blocks] == [8_800, 4_200, 1_400]
    required = [course for course in plan.courses if course.block_code == "BX"]
    assert sum(course.units for course in required) == 8_800
    assert len(plan.required_pass_exams) == 14


def test_the_same_seed_gives_the_same_county_and_another_seed_another(
    clean_database, owner_engine, servers
) -> None:
    seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    first = heads(owner_engine)
    owner_engine.dispose()
    clone_county(servers, clean_database.name, as_of=TODAY, scale=SCALE)
    assert heads(owner_engine) == first
    owner_engine.dispose()
    clone_template(servers, clean_database.name)
    seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE, seed=1)
    assert heads(owner_engine) != first


def test_a_county_is_written_once_and_holds_together(clean_database, owner_engine, engine) -> None:
    summary = seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    with pytest.raises(CountyNotEmptyError):
        seed_county(clean_database.owner_url, as_of=TODAY, scale=SCALE)
    with owner_engine.connect() as connection:
        learners = connection.execute(text("SELECT * FROM learners")).mappings().all()
        kinds = set(connection.execute(text("SELECT DISTINCT kind FROM ledger_entries")).scalars())
        pending = connection.execute(
            text("SELECT count(DISTINCT learner_id) FROM pending_evaluations")
        ).scalar_one()
        told = connection.execute(text("SELECT created_at FROM messages ORDER BY message_id"))
        moments = list(told.scalars())
    assert moments == sorted(moments)
    assert len(set(moments)) > 1
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


def test_every_agreement_has_terms_that_could_be_signed_and_ranked_by() -> None:
    """Three colleges and a university, six majors 3+2 and one 3+4, for each cohort."""
    county = lay_out_county(anchor_of(TODAY), seed=1, scale=SCALE)
    rows = reference_rows(county).tables["agreement_terms"]
    assert len(rows) == len(county.agreements) == 7 * 3
    found = [terms_from_row(row) for row in rows]
    for terms in found:
        assert not list(terms_problems(terms)), terms
        assert sum(part.weight for part in terms.scores) == 100
    assert len({agreement.college_id for agreement in county.agreements}) == 4
    culture = [terms for terms in found if terms.part(ScoreKind.CULTURE_EXAM)]
    assert len(culture) == 3
    assert {
        tuple(part.weight for part in item.scores) for item in found if item not in culture
    } == {(50, 30, 20)}


def _county_rows(
    as_of: date,
) -> tuple[list[dict[str, Any]], dict[int, date], date, dict[int, int | None]]:
    """Every ledger row of a small county, entry days by learner, the anchor, who posts where."""
    county = lay_out_county(anchor_of(as_of), seed=37012420, scale=0.05)
    rows: list[dict[str, Any]] = []
    entered: dict[int, date] = {}
    for order in county.classes:
        tables = invent_class(order).tables
        rows += tables["ledger_entries"]
        entered |= {row["learner_id"]: row["entered_on"] for row in tables["enrolments"]}
    return rows, entered, county.anchor, {
        number: login.institution_id for number, login in enumerate(DEMO_LOGINS, start=1)
    }  # fmt: skip


@pytest.mark.parametrize("as_of", [TODAY, date(2027, 2, 10)])
def test_what_the_county_has_done_could_have_been_posted(as_of) -> None:
    rows, entered, anchor, school_of = _county_rows(as_of)
    policy = shipped_policy()
    before: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        assert row["earned_on"] <= anchor
        assert row["earned_on"] >= entered[row["learner_id"]]
        assert school_of[row["posted_by"]] == row["institution_id"]
        if row["kind"] != "course":
            continue
        term = Term.parse(row["term_code"])
        begins = date(term.first_year + (term.semester == 2), 9 if term.semester == 1 else 2, 1)
        assert begins >= entered[row["learner_id"]]
        assert row["earned_on"] >= begins
        earlier = before.setdefault((row["learner_id"], row["course_code"]), [])
        if row["exam_kind"] in {"11", "12", "21"}:
            assert set(earlier) - {"02"}
        if row["exam_kind"] == "14":
            detail, scale = row["detail"], GradingScale(row["scale"])
            mark = read_mark(row["mark"], scale, ExamKind.EXEMPT, policy)
            assert isinstance(mark, Mark)
            assert detail.get("proof_no") or (mark.tenths or 0) >= 800
            assert may_be_exempted(detail["title"], None, policy)
        earlier.append(row["exam_kind"])


def test_the_exam_after_a_deferral_counts_as_a_first_one() -> None:
    rows, *_ = _county_rows(TODAY)
    deferred = {
        (row["learner_id"], row["course_code"], row["term_code"])
        for row in rows
        if row["exam_kind"] == "02"
    }
    after = [
        row
        for row in rows
        if (row["learner_id"], row["course_code"], row["term_code"]) in deferred
        and row["exam_kind"] in {"01", "99"}
    ]
    assert len(after) >= len(deferred) > 10
    assert not all(row["grade_point"] == 100 for row in after if row["passed"])


@pytest.mark.parametrize("as_of", [TODAY, date(2027, 2, 10)])
def test_every_exam_kind_and_every_scale_occurs(as_of) -> None:
    rows, *_ = _county_rows(as_of)
    assert {row["exam_kind"] for row in rows} - {None} == {kind.value for kind in ExamKind}
    assert {row["scale"] for row in rows} - {None} == {scale.value for scale in GradingScale}


@pytest.mark.parametrize("as_of", [TODAY, date(2027, 2, 10)])
def test_a_county_has_half_a_million_entries_whenever_it_starts(as_of) -> None:
    rows, *_ = _county_rows(as_of)
    assert 400_000 <= 20 * len(rows) <= 570_000


@pytest.mark.parametrize("as_of", [date(2026, 7, 10), date(2027, 2, 10)])
def test_most_of_the_last_year_are_qualified_whenever_the_county_starts(
    clean_database, engine, servers, as_of
) -> None:
    engine.dispose()
    clone_county(servers, clean_database.name, as_of=as_of, scale=SCALE)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        members = uow.connection.execute(
            text(
                "SELECT e.learner_id FROM agreement_members m JOIN enrolments e USING"
                " (enrolment_id) WHERE m.left_on IS NULL AND e.entry_year = :year"
            ),
            {"year": anchor_of(as_of).year - 3},
        ).scalars()
        found = [
            verdict.outcome
            for verdict, _ in evaluate_learners(uow, sorted(members), as_of=as_of)
            if verdict.subject_kind is SubjectKind.ARTICULATION
        ]
    assert sum(outcome is Outcome.QUALIFIED for outcome in found) >= len(found) / 3


@pytest.mark.parametrize(
    "plan", [plan_of(MAJORS[0], plan_id=1, institution_id=1), high_school_plan(plan_id=2,
    institution_id=2)], ids=["vocational", "high school"],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["82", "96"])
def test_every_course_that_a_test_exempts_from_is_one_whose_marks_can_show_it(plan, mark) -> None:
    """The rare draws of half a million entries: each course, not the few that a sample meets."""
    policy = shipped_policy()
    for course in plan.courses:
        if not shows_by_test(course):
            continue
        scale = scale_of(course)
        read = read_mark(written(mark, scale), scale, ExamKind.EXEMPT, policy)
        assert isinstance(read, Mark)
        outcome = attempt_outcome(
            read, ExamKind.EXEMPT, course_units=course.units, earlier=(), policy=policy
        )
        assert isinstance(outcome, AttemptOutcome), course.name


def test_whoever_is_suspended_was_suspended_by_an_execution(
    clean_database, engine, owner_engine
) -> None:
    """And the semesters on record are those that the rules count; the guards stand again."""
    seed_county(clean_database.owner_url, as_of=TODAY, scale=0.05)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        calendar = school_calendar(uow.connection)
        assert not calendar.is_working_day(date(2026, 10, 1))
        assert calendar.is_working_day(date(2026, 10, 10))
        rows = uow.connection.execute(
            text("SELECT enrolment_id FROM enrolments WHERE status = '02'")
        )
        lives = lives_of(uow.connection, list(rows.scalars()))
    assert lives
    for kept in lives.values():
        assert len(kept.life.suspensions) == 1
        assert kept.life.suspended_semesters == suspended_semesters(kept.life.suspensions, calendar)
    with owner_engine.connect() as connection:
        resting = connection.execute(
            text(
                "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND"
                " (tgenabled = 'D' OR (tgname = 'check_row' AND tgenabled <> 'A'))"
            )
        )
        assert resting.scalar_one() == 0


_TRANSFERS = text("""
SELECT c.status_change_id, c.learner_id, c.institution_id, c.to_institution_id, s.state,
  c.applied_on, n.ends_on, a.presented, a.recognised, e.status, e.is_open, f.status AS there,
  (SELECT min(o.given_at)::date FROM status_change_opinions o
    WHERE o.status_change_id = c.status_change_id AND o.office = 'authority_out') AS answered_on,
  (SELECT sum(units) FROM ledger_entries l WHERE l.learner_id = c.learner_id
    AND l.kind = 'recognition') AS moved
FROM status_changes c JOIN status_change_states s USING (status_change_id)
  JOIN enrolments e ON e.enrolment_id = c.enrolment_id
  LEFT JOIN public_notices n USING (status_change_id)
  LEFT JOIN transfer_arrivals a USING (status_change_id)
  LEFT JOIN enrolments f ON f.enrolment_id = a.enrolment_id
WHERE c.to_institution_id IS NOT NULL ORDER BY c.status_change_id
""")


def _transfers(servers: ServerUrls, engine: Engine, name: str, as_of: date) -> list[Any]:
    engine.dispose()
    clone_county(servers, name, as_of=as_of, scale=SCALE)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        assert len(pairs_on(uow.connection, max(as_of, date(2026, 1, 1)))) == 2
        return list(uow.connection.execute(_TRANSFERS))


def test_some_have_moved_between_the_schools_with_their_credits(
    clean_database, engine, servers
) -> None:
    found = _transfers(servers, engine, clean_database.name, TODAY)
    assert Counter(row.state for row in found) == {"executed": 6, "refused": 1, "withdrawn": 1}
    assert {(row.institution_id, row.to_institution_id) for row in found} == {
        (1, 2), (1, 3), (2, 1), (3, 1),
    }  # fmt: skip
    assert len({row.learner_id for row in found}) == 8
    for row in found:
        if row.state != "executed":
            assert (row.status, row.is_open, row.there) == ("01", True, None)
            continue
        assert (row.status, row.is_open, row.there) == ("10", False, "01")
        assert 0 < row.recognised <= row.presented
        assert row.moved == 0
        assert row.applied_on < row.ends_on < row.answered_on


@pytest.mark.parametrize(
    ("as_of", "states"),
    [
        (date(2026, 8, 12), {"waiting": 6, "refused": 1, "withdrawn": 1}),
        (date(2026, 8, 4), {"waiting": 3}),
        (date(2026, 7, 10), {}),
        (date(2025, 7, 10), {}),
    ],
)
def test_in_a_window_some_are_under_way_and_before_it_none(
    clean_database, engine, servers, as_of, states
) -> None:
    found = _transfers(servers, engine, clean_database.name, as_of)
    assert Counter(row.state for row in found) == states
