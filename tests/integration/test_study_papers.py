"""Papers made from the books: what stands on them, who gets one, and when one is corrected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import Engine, insert, text

from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.papers import PaperKind, PaperState
from creditbank.domain.permissions import Role
from creditbank.papers.layouts import standard_layout
from creditbank.papers.rendering import render
from creditbank.queries.papers import open_papers, printed
from creditbank.services.commands import PostCompetitionCredit, PostCourseCredit
from creditbank.services.verifications import VerifiedPaper
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.databases import Database
from tests.factories.change_desk import make_change_desk
from tests.factories.graduates import course, fulfil, let_awards_fill
from tests.factories.paper_desk import PaperDesk
from tests.factories.school import CLASS_NAME

MARCH = datetime(2026, 3, 2, 2, tzinfo=UTC)
JUNE = datetime(2028, 6, 20, 2, tzinfo=UTC)
RARE = "曾𫖯"
AWARD: dict[str, Any] = {
    "event": "全市职业院校技能大赛", "level": AwardLevel.CITY, "rank": AwardRank.SECOND,
    "certificate_no": "SJ2025-18", "earned_on": date(2026, 1, 10),
}  # fmt: skip


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    """The first pupil has a rare name, a course, one that was failed and then passed, an award."""
    made = PaperDesk(make_change_desk(owner_engine, engine))
    pupil = made.learner_ids[0]
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE learners SET name = :name WHERE learner_id = :id"),
            {"name": RARE, "id": pupil},
        )
        connection.execute(text("UPDATE courses SET name_en = 'Chinese' WHERE code = 'GG02'"))
    made.post(course(pupil, "GG02"), MARCH)
    made.post(course(pupil, "GG03", "40"), MARCH)
    made.post(
        PostCourseCredit(
            learner_id=pupil, course_code="GG03", term=Term(2025, 1), mark="72",
            exam_kind=ExamKind.FIRST_RESIT,
            earned_on=date(2026, 2, 20),
        ),
        MARCH,
    )  # fmt: skip
    made.post(PostCompetitionCredit(learner_id=pupil, **AWARD), MARCH)
    made.changes.drain(MARCH)
    return made


def rule(
    owner: Engine, desk: PaperDesk, key: str, value: str, day: date = date(2025, 9, 1)
) -> None:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(SchoolPolicyValue).values(
                institution_id=desk.changes.school.institution_id, key=key,
                value={"value": value}, effective_from=day,
                reference="测教〔2025〕2号",
            )
        )  # fmt: skip


def test_a_transcript_says_of_each_course_the_attempt_that_came_last(desk: PaperDesk) -> None:
    (made,) = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    document = desk.paper(made).document
    (term,) = document["terms"]
    assert term["label"] == "2025-2026学年第一学期"
    lines = [(of["name"], of["credits"], of["mark"], of["exam"]) for of in term["courses"]]
    assert lines == [("语文", "11", "85", "正常"), ("数学", "8", "60", "补考一")]
    assert [of["hours"] for of in term["courses"]] == [198, 144]
    assert document["subtotals"] == [
        {"name": "必修", "credits": "19", "name_en": ""},
        {"name": "创新实践", "credits": "1.5", "name_en": ""},
    ]
    assert document["total"] == "20.5"
    assert document["gpa"] == "2.45"  # (11 × 3.5 + 8 × 1) / 19
    assert document["innovations"] == [
        "全市职业院校技能大赛 市级二等奖 2026年1月 1.5学分", "替代任选课1学分",
    ]  # fmt: skip
    assert document["name"] == RARE


def test_a_transcript_in_both_languages_spells_what_has_no_english(desk: PaperDesk) -> None:
    (made,) = desk.study(PaperKind.TRANSCRIPT_BILINGUAL, now=MARCH)
    kept = desk.paper(made)
    assert kept.number.startswith("3637010001-2026-8-00001-")
    document = kept.document
    assert document["name_en"] == "ZENG Fu"
    names = [(of["name_en"], of["exam_en"]) for of in document["terms"][0]["courses"]]
    assert names == [("Chinese", "Regular"), ("Shu xue", "Resit 1")]
    assert document["uses_pinyin"]
    assert document["terms"][0]["label_en"] == "2025-2026, semester 1"
    assert document["innovations_en"] == [
        "Quan shi zhi ye yuan xiao ji neng da sai, city second prize, 01/2026, 1.5 credits",
        "1 credit used for Free electives",
    ]


def test_a_course_that_was_raised_in_its_own_semester_keeps_its_credits(desk: PaperDesk) -> None:
    pupil = desk.learner_ids[0]
    again = PostCourseCredit(
        learner_id=pupil, course_code="GG02", term=Term(2025, 1), mark="93",
        exam_kind=ExamKind.RETAKE, earned_on=date(2026, 2, 25),
    )  # fmt: skip
    desk.post(again, MARCH)
    (term,) = desk.paper(desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0]).document["terms"]
    lines = [(of["name"], of["credits"], of["mark"], of["exam"]) for of in term["courses"]]
    assert lines[0] == ("语文", "11", "93", "重修")


def test_who_has_nothing_in_the_books_gets_a_transcript_that_says_so(desk: PaperDesk) -> None:
    (made,) = desk.study(PaperKind.TRANSCRIPT, desk.learner_ids[1], now=MARCH)
    document = desk.paper(made).document
    assert (document["terms"], document["total"], document["gpa"]) == ([], "0", "")


def test_how_much_of_the_identity_number_is_written_is_a_rule(
    desk: PaperDesk, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE learners SET citizen_id = '37012420100202039X', sex = '1',"
                " born_on = '2010-02-02', national_student_no = NULL WHERE learner_id = :id"
            ),
            {"id": desk.learner_ids[0]},
        )
    for day, (shown, written) in enumerate(
        {"full": "37012420100202039X", "masked": "370124********039X", "none": ""}.items(), 1
    ):
        rule(owner_engine, desk, "paper.transcript_identity", shown, date(2025, 9, day))
        kept = desk.paper(desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0])
        assert kept.document["citizen_id"] == written
        proved = desk.verify(kept.number, "02039X", now=MARCH)
        assert (proved is not None) is (shown == "full")
        assert desk.verify(kept.number, "**039X", now=MARCH) is None


def test_a_statement_totals_what_counts_and_what_is_left(desk: PaperDesk) -> None:
    document = desk.paper(desk.study(PaperKind.CREDIT_STATEMENT, now=MARCH)[0]).document
    kinds = [(of["kind"], of["name"], of["credits"]) for of in document["outcomes"]]
    assert kinds == [
        ("学历课程", "语文", "11"), ("学历课程", "数学", "8"),
        ("竞赛获奖", "全市职业院校技能大赛", "1.5"),
    ]  # fmt: skip
    assert document["outcomes"][2]["recognition_no"] == "SJ2025-18"
    award = document["totals"][1]
    assert (award["booked"], award["converted"], award["convertible"]) == ("1.5", "1", "0.5")
    assert document["total"]["booked"] == "20.5"
    assert document["account_no"]


def test_the_same_again_is_the_same_paper_until_the_books_say_more(desk: PaperDesk) -> None:
    first = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    assert desk.study(PaperKind.TRANSCRIPT, now=MARCH + timedelta(days=3)) == first
    desk.post(course(desk.learner_ids[0], "GG04"), MARCH)
    again = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    assert again != first
    assert desk.line(first[0], MARCH).state is PaperState.VALID  # it says what was so that day


def test_a_transcript_is_corrected_once_something_on_it_is_taken_back(desk: PaperDesk) -> None:
    kinds = (PaperKind.TRANSCRIPT, PaperKind.CREDIT_STATEMENT, PaperKind.TRANSCRIPT_BILINGUAL)
    made = [desk.study(kind, now=MARCH)[0] for kind in kinds]
    later = desk.post(course(desk.learner_ids[0], "GG04"), MARCH)
    desk.take_back(later, MARCH)  # which stood on none of them
    assert {desk.line(number, MARCH).state for number in made} == {PaperState.VALID}
    desk.take_back(1, MARCH)
    assert {desk.line(number, MARCH).state for number in made} == {PaperState.CORRECTED}
    found = desk.scan(desk.paper(made[0]).token, now=MARCH)
    assert isinstance(found, VerifiedPaper)
    assert found.state is PaperState.CORRECTED
    desk.revoke(made[0])
    assert desk.line(made[0], MARCH).state is PaperState.REVOKED
    (anew,) = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    assert desk.line(anew, MARCH).state is PaperState.VALID


def test_an_audit_says_the_verdict_and_falls_with_it(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    (early,) = desk.study(PaperKind.GRAD_AUDIT, now=MARCH)
    document = desk.paper(early).document
    assert (document["conclusion"], document["conduct"]) == ("延期", "未评价")
    assert document["blocks"][0] == {
        "name": "公共基础必修", "required": "55", "earned": "19", "substituted": "0",
        "recognised": "0", "missing": "36",
    }  # fmt: skip
    school = desk.changes.school
    let_awards_fill(owner_engine, school)
    fulfil(owner_engine, engine, school, school.pupils[2], now=JUNE)
    desk.changes.drain(JUNE)
    (made,) = desk.study(PaperKind.GRAD_AUDIT, desk.learner_ids[2], now=JUNE)
    kept = desk.paper(made)
    assert (kept.document["conclusion"], kept.document["missing"]) == ("毕业", "0")
    assert kept.document["internship"] == "合格"
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO conduct_evaluations (enrolment_id, term_code, result, grade,"
                " recorded_at) VALUES (:id, '2027-2028-2', 'failed', '', :now)"
            ),
            {"id": school.pupils[2].enrolment_id, "now": JUNE + timedelta(hours=1)},
        )
    # Before the workers have come to it: who verifies is not told what was so before.
    found = desk.scan(kept.token, now=JUNE)
    assert isinstance(found, VerifiedPaper)
    assert found.state is PaperState.CORRECTED
    desk.changes.drain(JUNE)
    assert desk.line(made, JUNE).state is PaperState.CORRECTED


def test_a_class_is_listed_on_one_paper(desk: PaperDesk) -> None:
    number = desk.list_class(CLASS_NAME, now=MARCH)
    kept = desk.paper(number)
    assert kept.number.startswith("3637010001-2026-11-00001-")
    assert [of["name"] for of in kept.document["learners"]] == [RARE]
    assert kept.document["counts"] == [["延期", 1]]
    assert kept.named_ids == (desk.learner_ids[0],)
    assert desk.list_class(CLASS_NAME, now=MARCH) == number
    found = desk.scan(kept.token, now=MARCH)
    assert isinstance(found, VerifiedPaper)
    assert (found.name, found.class_name) == ("", CLASS_NAME)
    assert desk.verify(kept.number, CLASS_NAME, now=MARCH) is None
    assert desk.verify(kept.number, kept.code, now=MARCH) == found
    desk.take_back(1, MARCH)
    assert desk.line(number, MARCH).state is PaperState.CORRECTED
    with pytest.raises(NotFoundError):
        desk.list_class("没有的班", now=MARCH)


def test_who_has_left_gets_a_study_certificate_by_the_name_the_school_gives_it(
    desk: PaperDesk, owner_engine: Engine
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.study(PaperKind.STUDY_CERTIFICATE, now=MARCH)
    assert "仍在籍" in refused.value.message.zh
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE enrolments SET status = '03', is_open = false WHERE enrolment_id = :id"),
            {"id": desk.changes.enrolment_id},
        )
    first = desk.paper(desk.study(PaperKind.STUDY_CERTIFICATE, now=MARCH)[0]).document
    assert first["title"] == "写实性学习证明"
    assert [of["name"] for of in first["courses"]] == ["语文", "数学"]
    assert (first["left"], first["total"], first["awarded"]) == ("退学", "19", "1.5")
    rule(owner_engine, desk, "paper.study_certificate_title", "肄业证明")
    other = desk.paper(desk.study(PaperKind.STUDY_CERTIFICATE, now=MARCH)[0]).document
    assert other["title"] == "肄业证明"
    with pytest.raises(InvalidInputError):
        desk.study(PaperKind.GRAD_AUDIT, now=MARCH)


def test_others_issue_nothing_and_families_read_what_certifies(desk: PaperDesk) -> None:
    for role in (Role.TEACHER, Role.STUDENT, Role.COUNTY):
        with pytest.raises(ForbiddenError):
            desk.study(PaperKind.TRANSCRIPT, now=MARCH, actor=desk.changes.actor(role))
    transcript = desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0]
    audit = desk.study(PaperKind.GRAD_AUDIT, now=MARCH)[0]
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
        student = desk.changes.actor(Role.STUDENT)
        assert open_papers(uow, student, [transcript], now=MARCH)
        with pytest.raises(NotFoundError):
            open_papers(uow, student, [audit], now=MARCH)


def test_a_paper_keeps_the_layout_that_it_was_issued_with(desk: PaperDesk) -> None:
    """And is the same bytes whatever is put in force afterwards."""

    def pdf(number: int) -> bytes:
        return render([printed(desk.paper(number))])

    (standard,) = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    before = pdf(standard)
    own = standard_layout(PaperKind.TRANSCRIPT).replace("学生成绩单", "学业成绩证明")
    desk.lay_out(PaperKind.TRANSCRIPT, own, MARCH.date())
    (made,) = desk.study(PaperKind.TRANSCRIPT, now=MARCH)
    assert made != standard
    first = pdf(made)
    text_of = pypdfium2.PdfDocument(first)[0].get_textpage().get_text_bounded()
    assert "学业成绩证明" in text_of
    assert desk.paper(made).number in text_of
    desk.lay_out(PaperKind.TRANSCRIPT, own.replace("学业成绩证明", "第三版"), MARCH.date())
    desk.lay_out(PaperKind.TRANSCRIPT, None, MARCH.date())
    assert desk.study(PaperKind.TRANSCRIPT, now=MARCH) == (standard,)
    assert (pdf(standard), pdf(made)) == (before, first)


def test_a_layout_begins_on_its_day(desk: PaperDesk) -> None:
    own = standard_layout(PaperKind.TRANSCRIPT)
    desk.lay_out(PaperKind.TRANSCRIPT, own, date(2026, 3, 5))
    today = desk.paper(desk.study(PaperKind.TRANSCRIPT, now=MARCH)[0])
    later = desk.paper(desk.study(PaperKind.TRANSCRIPT, now=MARCH + timedelta(days=3))[0])
    assert (today.paper_layout_id is None, later.paper_layout_id is None) == (True, False)
    with pytest.raises(InvalidInputError):
        desk.lay_out(PaperKind.TRANSCRIPT, own, date(2025, 1, 1))
