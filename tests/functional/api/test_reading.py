"""Reading through the API."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from creditbank.domain.permissions import Role
from creditbank.eligibility import evaluate_graduation
from creditbank.services import evaluations
from tests.factories.county import AGREED, LEFT, OTHER, OWN, SAME


def test_a_learner_is_found_by_name_pinyin_initials_and_number(ask, county):
    name, learner = county.names[OWN], county.learners[OWN]
    first = ask(Role.REGISTRAR, "GET", f"/learners/{learner}").json
    number = first["enrolments"][0]["student_no"]
    for wanted in (name, name[1:], number, number[:6]):
        found = ask(Role.REGISTRAR, "POST", "/learners/search", {"text": wanted}).json["items"]
        assert learner in {item["learner_id"] for item in found}


@pytest.mark.parametrize("wanted", ["%", "_", "\\", "王%", "' OR 1=1 --"])
def test_signs_of_the_query_language_find_nobody(ask, wanted):
    assert ask(Role.REGISTRAR, "POST", "/learners/search", {"text": wanted}).json["items"] == []


def test_a_list_is_paged_by_its_cursor(ask, county):
    seen, cursor = [], ""
    while True:
        body = {"text": "2025", "limit": 2, "cursor": cursor}
        page = ask(Role.COUNTY, "POST", "/learners/search", body).json
        seen += [item["enrolment_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
        assert len(page["items"]) == 2
    assert len(seen) == len(set(seen)) == 13


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "e30", "WyJhIiwgMV0", "=" * 10])
def test_a_foreign_cursor_is_refused(ask, cursor):
    body = {"text": "2025", "cursor": cursor}
    assert ask(Role.COUNTY, "POST", "/learners/search", body).status_code == 422
    assert ask(Role.COUNTY, "GET", f"/plans?cursor={cursor}x").status_code == 422


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "limits=5", "limit=5&limit=6"]
)
def test_parameters_are_strict(ask, query):
    assert ask(Role.COUNTY, "GET", f"/plans?{query}").status_code in {400, 422}


def test_names_are_in_no_cursor_of_an_address(ask, county):
    agreement = county.agreements[AGREED]
    page = ask(Role.REGISTRAR, "GET", f"/agreements/{agreement}/cohort?limit=1").json
    following = ask(
        Role.REGISTRAR, "GET", f"/agreements/{agreement}/cohort?cursor={page['next_cursor']}"
    ).json
    assert {item["learner_id"] for item in page["items"] + following["items"]} == {
        county.learners[AGREED],
        county.learners[LEFT],
    }
    assert len(page["next_cursor"]) < 20


def test_content_that_the_caller_has_is_not_sent_again(ask, county):
    learner = county.learners[OWN]
    for path in (f"/learners/{learner}/transcript", "/plans", f"/learners/{learner}"):
        first = ask(Role.REGISTRAR, "GET", path)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = ask(Role.REGISTRAR, "GET", path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")


def test_verdicts_are_given_with_their_reasons_in_both_languages(ask, county):
    found = ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/verdicts").json
    (verdict,) = found["verdicts"]
    assert verdict["subject_kind"] == "graduation"
    assert verdict["outcome"] == "not_yet"
    assert verdict["required_credits"] == "57"
    assert verdict["sentences"]["zh"][0].startswith("还不能毕业")
    assert verdict["sentences"]["en"][0].startswith("Not ready to graduate")


def test_balances_tell_booked_from_counted(ask, county):
    found = ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/balances").json
    kinds = {item["kind"]: item for item in found["balances"]}
    assert kinds["course"]["booked"] == kinds["course"]["counted"] == "8"
    assert kinds["competition"]["booked"] == "1"


def test_a_college_sees_the_advance_under_its_own_agreements_only(ask, county):
    learner = county.learners[AGREED]
    mine = ask(Role.COLLEGE, "GET", f"/learners/{learner}/verdicts").json["verdicts"]
    assert {item["subject_id"] for item in mine if item["subject_kind"] == "articulation"} == {
        county.agreements[AGREED]
    }


def test_a_school_sees_the_verdicts_on_its_own_enrolments_only(ask, county, owner_engine):
    learner, there = county.learners[OWN], county.schools[1].institution_id
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id,"
                " major_code, catalogue_year, class_name, entry_year, entered_on, study_mode,"
                " status, is_open, suspended_semesters)"
                " SELECT e.institution_id, :learner, 'elsewhere', e.plan_id, e.major_code,"
                " e.catalogue_year, e.class_name, e.entry_year, e.entered_on, e.study_mode,"
                " '09', false, 0 FROM enrolments e WHERE e.institution_id = :there LIMIT 1"
            ),
            {"learner": learner, "there": there},
        )
    path = f"/learners/{learner}/verdicts"
    seen_by = {
        role: len(ask(role, "GET", path).json["verdicts"])
        for role in (Role.STUDENT, Role.COUNTY, Role.REGISTRAR)
    }
    assert seen_by == {Role.STUDENT: 2, Role.COUNTY: 2, Role.REGISTRAR: 1}


def test_a_college_sees_those_who_are_in_the_class_and_the_school_also_those_who_left(ask, county):
    path = f"/agreements/{county.agreements[AGREED]}/cohort"
    mine = ask(Role.COLLEGE, "GET", path).json["items"]
    assert {item["learner_id"] for item in mine} == {county.learners[AGREED]}
    theirs = ask(Role.REGISTRAR, "GET", path).json["items"]
    assert county.learners[LEFT] in {item["learner_id"] for item in theirs}


def test_a_cohort_is_answered_at_the_head_of_the_ledger_before_any_worker_came(ask, county):
    path = f"/agreements/{county.agreements[AGREED]}/cohort"
    (member,) = ask(Role.COLLEGE, "GET", path).json["items"]
    assert member["is_fresh"] is True
    assert member["ledger_seq"] == 2
    assert member["outcome"] in {"on_track", "behind", "not_qualified"}
    assert member["graduation_outcome"] == "not_yet"


def test_a_learner_who_cannot_be_evaluated_does_not_stop_the_others(ask, county, monkeypatch):
    def fail_for_one(snapshot, *rest):
        if snapshot.learner_id == county.learners[LEFT]:
            raise ArithmeticError
        return evaluate(snapshot, *rest)

    evaluate = evaluate_graduation
    monkeypatch.setattr(evaluations, "evaluate_graduation", fail_for_one)
    path = f"/agreements/{county.agreements[AGREED]}/cohort"
    members = ask(Role.REGISTRAR, "GET", path).json["items"]
    assert {member["learner_id"]: member["is_fresh"] for member in members} == {
        county.learners[AGREED]: True,
        county.learners[LEFT]: False,
    }


def test_every_answer_that_names_a_learner_to_staff_is_noted_once(ask, county, owner_engine):
    learner = county.learners[SAME]
    count = text("SELECT count(*), max(access_log_id) FROM access_log")
    row = text(
        "SELECT role, action, learner_ids FROM access_log ORDER BY access_log_id DESC LIMIT 1"
    )
    for path in ("", "/transcript", "/balances", "/verdicts", "/verdicts/history"):
        with owner_engine.connect() as connection:
            before = connection.execute(count).one()[0]
        assert ask(Role.TEACHER, "GET", f"/learners/{learner}{path}").status_code == 200
        with owner_engine.connect() as connection:
            assert connection.execute(count).one()[0] == before + 1
            assert connection.execute(row).one()[::2] == ("teacher", [learner])
    with owner_engine.connect() as connection:
        before = connection.execute(count).one()[0]
    ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/transcript")
    ask(Role.TEACHER, "GET", f"/learners/{county.learners[OTHER]}/transcript")
    with owner_engine.connect() as connection:
        assert connection.execute(count).one()[0] == before


def test_an_answer_that_cannot_be_noted_is_not_given(ask, county, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("creditbank.queries.transcripts.record_access", fail)
    learner = county.learners[SAME]
    assert ask(Role.TEACHER, "GET", f"/learners/{learner}/transcript").status_code == 500
