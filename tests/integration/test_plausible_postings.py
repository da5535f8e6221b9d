"""What cannot be, or needs a proof, is refused on posting, with the field and what to do."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import CreditbankError, Problem
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostedEntry,
    PostInnovationCredit,
)
from creditbank.services.credits import post_credit
from creditbank.store.ledger import entries_of
from creditbank.store.unit_of_work import UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
AUTUMN, SPRING = Term(2025, 1), Term(2025, 2)
SKILL = InnovationCategory.SKILL_CERTIFICATE
ENTRY = date(2025, 9, 1)


class Desk:
    """A registrar who posts for one pupil, in the school since September 2025."""

    def __init__(self, engine: Engine, owner: Engine, school: School) -> None:
        self.engine, self.owner, self.school = engine, owner, school
        self.learner_id = school.pupils[0].learner_id

    def post(self, command: PostCredit) -> PostedEntry:
        actor = self.school.registrar
        with UnitOfWork(self.engine, reach_of(actor)) as uow:
            return post_credit(uow, actor, command, idempotency_key=uuid.uuid4().hex, now=NOW)

    def refusal(self, command: PostCredit) -> tuple[str, str]:
        with pytest.raises(CreditbankError) as refused:
            self.post(command)
        problem: Problem = refused.value.problems[0]
        assert problem.message.zh
        assert problem.message.en
        return problem.code, problem.field

    def course(self, code: str = "GG02", mark: str = "85", **changed) -> PostCourseCredit:
        values = {"term": AUTUMN, "earned_on": date(2026, 1, 20), **changed}
        return PostCourseCredit(learner_id=self.learner_id, course_code=code, mark=mark, **values)

    def exemption(self, code: str = "GG02", mark: str = "", **changed) -> PostCourseCredit:
        return self.course(code, mark, exam_kind=ExamKind.EXEMPT, **changed)

    def award(self, event: str = "省技能大赛", day: date = date(2026, 5, 20)) -> PostCredit:
        return PostCompetitionCredit(
            learner_id=self.learner_id, event=event, level=AwardLevel.PROVINCE,
            rank=AwardRank.FIRST, earned_on=day,
        )  # fmt: skip

    def certificate(self, number: str = "JN2026001", **changed) -> PostInnovationCredit:
        values = {
            "category": SKILL, "title": "数控车工", "earned_on": date(2026, 5, 20),
            "certificate_level": CertificateLevel.INTERMEDIATE, **changed,
        }  # fmt: skip
        return PostInnovationCredit(learner_id=self.learner_id, certificate_no=number, **values)

    def set_policy(self, key: str, value: str) -> None:
        """A school's own value, written as JSON."""
        with self.owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO school_policy_values (institution_id, key, effective_from, value,"
                    " reference) VALUES (:school, :key, '2025-09-01',"
                    " jsonb_build_object('value', cast(:value AS jsonb)), '校教字〔2025〕9号')"
                ),
                {"school": self.school.institution_id, "key": key, "value": value},
            )


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        school = make_school(connection, pupils=2)
        for term, first in (("2024-2025-2", "2025-02-01"), ("2024-2025-1", "2024-09-01")):
            connection.execute(
                text("INSERT INTO academic_terms VALUES (:term, :first, :last)"),
                {"term": term, "first": first, "last": "2025-08-31"},
            )
    return Desk(engine, owner_engine, school)


def test_no_mark_of_a_term_before_the_learner_came(desk):
    early = desk.course(term=Term(2024, 2), earned_on=date(2025, 6, 20))
    assert desk.refusal(early) == ("term_before_entry", "term")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"earned_on": date(2025, 8, 31)}, ("earned_before_term", "earned_on")),
        ({"term": SPRING}, ("earned_before_term", "earned_on")),
        ({"earned_on": date(2026, 7, 2)}, ("date_in_future", "earned_on")),
        ({"term": Term(2026, 1), "earned_on": date(2026, 7, 1)}, ("term_in_future", "term")),
    ],
)
def test_a_mark_is_of_its_term_and_not_of_the_future(desk, changed, expected):
    assert desk.refusal(desk.course(**changed)) == expected


def test_what_was_earned_before_entry_is_booked_only_where_the_school_says_so(desk):
    day = date(2025, 6, 1)
    assert desk.refusal(desk.award(day=day)) == ("earned_before_entry", "earned_on")
    assert desk.refusal(desk.certificate(earned_on=day)) == ("earned_before_entry", "earned_on")
    desk.set_policy("innovation.before_entry_certificates", "true")
    assert desk.post(desk.certificate(earned_on=day)).units == 300
    assert desk.refusal(desk.award(day=day)) == ("earned_before_entry", "earned_on")
    desk.set_policy("innovation.before_entry_awards", "true")
    assert desk.post(desk.award(day=day)).units == 400
    assert desk.post(desk.award("另一赛事", day=ENTRY)).units == 400


def test_an_award_won_at_a_former_school_is_no_award_from_before_entry(desk):
    with desk.owner.begin() as connection:
        other = make_school(connection, number=2, pupils=1)
        connection.execute(
            text(
                "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id,"
                " major_code, catalogue_year, class_name, entry_year, entered_on, study_mode,"
                " status, is_open, suspended_semesters) SELECT :school, :id, 'T1', :plan,"
                " major_code, catalogue_year, '原班', 2024, '2024-09-01', 'full_time', '10',"
                " false, 0 FROM enrolments WHERE learner_id = :id"
            ),
            {"school": other.institution_id, "plan": other.plan_id, "id": desk.learner_id},
        )
    assert desk.post(desk.award(day=date(2025, 6, 1))).units == 400


@pytest.mark.parametrize(("code", "name"), [("GG01", "思想政治"), ("GG07", "体育与健康")])
@pytest.mark.parametrize("shown", [{"proof_no": "JN1"}, {"mark": "95"}])
def test_some_courses_are_never_exempted_whatever_is_shown(desk, code, name, shown):
    assert desk.refusal(desk.exemption(code, **shown)) == ("exemption_excluded", "exam_kind")


def test_an_internship_is_known_by_the_block_that_the_plan_has_it_in(desk):
    assert desk.post(desk.exemption("GG03", proof_no="JN1")).units == 800
    desk.set_policy("marks.exempt_excluded_blocks", '"GG"')
    assert desk.refusal(desk.exemption("GG02", proof_no="JN1")) == (
        "exemption_excluded", "exam_kind",
    )  # fmt: skip


def test_an_exemption_rests_on_a_proof_that_stays_in_the_ledger_or_on_a_test(desk):
    assert desk.refusal(desk.exemption()) == ("exemption_proof_missing", "proof_no")
    assert desk.refusal(desk.exemption(mark="79")) == ("exemption_mark_too_low", "mark")
    assert desk.post(desk.exemption("GG04", "80")).units == 800
    assert desk.post(desk.exemption(proof_no="平教〔2026〕1号")).units == 1100
    with UnitOfWork(desk.engine, reach_of(desk.school.registrar)) as uow:
        rows = entries_of(uow.connection, desk.learner_id)
    assert [row["detail"].get("proof_no") for row in rows] == [None, "平教〔2026〕1号"]
    word = desk.exemption("GG05", "合格", scale=GradingScale.PASS_FAIL)
    assert desk.refusal(word) == ("exemption_proof_missing", "proof_no")


def test_the_exam_after_a_deferral_is_a_normal_one(desk):
    desk.post(desk.course("GG03", "", exam_kind=ExamKind.DEFERRED))
    resit = desk.course("GG03", "92", exam_kind=ExamKind.FIRST_RESIT)
    assert desk.refusal(resit) == ("resit_after_deferral", "exam_kind")
    assert desk.post(desk.course("GG03", "92")).mark == "92"


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (date(2026, 5, 19), "valid_until_before_earned"),
        (date(2026, 6, 30), "certificate_expired"),
    ],
)
def test_a_certificate_that_is_not_valid_is_not_booked(desk, until, code):
    assert desk.refusal(desk.certificate(valid_until=until)) == (code, "valid_until")


def test_a_certificate_is_valid_on_its_last_day_and_a_school_may_ask_less(desk):
    assert desk.post(desk.certificate(valid_until=date(2026, 7, 1))).units == 300
    desk.set_policy("innovation.valid_when_recognised", "false")
    assert desk.post(desk.certificate("JN2", valid_until=date(2026, 6, 30))).units == 300
    before = desk.certificate("JN3", valid_until=date(2026, 5, 19))
    assert desk.refusal(before) == ("valid_until_before_earned", "valid_until")


@pytest.mark.parametrize(
    ("digit", "level"),
    [
        ("5", CertificateLevel.ELEMENTARY),
        ("4", CertificateLevel.INTERMEDIATE),
        ("3", CertificateLevel.ADVANCED),
        ("2", CertificateLevel.ADVANCED),
    ],
)
def test_the_level_of_a_skill_certificate_is_the_one_its_number_says(desk, digit, level):
    number = f"Y00013701240026{digit}000001"
    assert len(number) == 22
    for other in set(CertificateLevel) - {level, CertificateLevel.NONE}:
        wrong = desk.certificate(number, certificate_level=other)
        assert desk.refusal(wrong) == ("certificate_level_mismatch", "certificate_level")
    assert desk.post(desk.certificate(number, certificate_level=level)).units > 0


def test_a_skill_certificate_without_level_or_with_a_broken_number_is_refused(desk):
    without = desk.certificate(certificate_level=CertificateLevel.NONE)
    assert desk.refusal(without) == ("certificate_level_missing", "certificate_level")
    broken = desk.certificate("Y000137012400269000001")
    assert desk.refusal(broken) == ("skill_certificate_no_shape", "certificate_no")


@pytest.mark.parametrize("number", ["2637000000401234", "JN2026000123", "A000137012400265000001"])
def test_numbers_of_other_forms_are_taken_unread(desk, number):
    assert desk.post(desk.certificate(number)).units == 300


def test_the_same_contest_next_year_is_another_award_and_two_spellings_are_one(desk):
    with desk.owner.begin() as connection:
        connection.execute(
            text("UPDATE enrolments SET entered_on = '2024-09-01' WHERE learner_id = :id"),
            {"id": desk.learner_id},
        )
    assert desk.post(desk.award("县技能大赛", date(2025, 5, 20))).units == 400
    assert desk.post(desk.award("县技能大赛", date(2026, 5, 20))).units == 400
    assert desk.refusal(desk.award("２０２６年“县技能大赛”", date(2026, 5, 21))) == (
        "already_booked", "title",
    )  # fmt: skip


def test_an_award_booked_before_events_had_a_year_stands_and_is_not_booked_again(desk, monkeypatch):
    monkeypatch.setattr(
        "creditbank.services.entries.competition_evidence_key",
        lambda event, level, _day, revision: f"competition|{event}|{level.value}|r{revision}",
    )
    desk.post(desk.award("2026年县技能大赛"))
    monkeypatch.undo()
    assert desk.refusal(desk.award("县技能大赛")) == ("already_booked", "title")
