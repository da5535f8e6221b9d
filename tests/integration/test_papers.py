"""Papers are issued under numbers without gaps, stay as they were, and are taken back by rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, text

from creditbank.domain.errors import (
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.papers import PaperKind, PaperState, document_hash, read_paper_number
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind, ChangeReason
from creditbank.papers.rendering import render
from creditbank.queries.papers import open_papers, printed, read_papers
from creditbank.services.paper_commands import IssueCertificates, IssueChangeForms
from creditbank.services.papers import issue_certificates, issue_change_forms
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.policies import SchoolPolicyValue
from tests.databases import Database
from tests.factories.change_desk import NOW, SIGNED, TODAY, make_change_desk, of_kind, suspension
from tests.factories.paper_desk import SITE, PaperDesk
from tests.factories.school import make_school


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    return PaperDesk(make_change_desk(owner_engine, engine))


def serials(desk: PaperDesk) -> list[int]:
    return [
        row.serial for row in desk.changes.rows("SELECT serial FROM issued_papers ORDER BY serial")
    ]


def test_a_certificate_says_what_the_enrolment_is(desk: PaperDesk) -> None:
    (made,) = desk.certify()
    kept = desk.paper(made)
    learner = desk.changes.rows("SELECT * FROM learners WHERE learner_id = :id", id=kept.learner_id)
    assert kept.kind is PaperKind.STATUS_CERTIFICATE
    assert kept.document == {
        "school": "第1测试职业学校",
        "handler": "教务员1",
        "name": learner[0].name,
        "sex": {"1": "男", "2": "女"}[learner[0].sex],
        "citizen_id": learner[0].citizen_id or "",
        "national_student_no": learner[0].national_student_no or "",
        "student_no": desk.changes.school.pupils[0].student_no,
        "major": "数控技术应用",
        "class_name": "25数控1班",
        "entry_year": 2025,
        "years": 3,
        "status": "在读",
        "valid_until": "2025-11-19",
    }
    assert kept.valid_until == TODAY + timedelta(days=30)
    assert kept.content_hash == document_hash(kept.document)
    assert kept.number.startswith("3637010001-2025-1-00001-")
    assert read_paper_number(kept.number) == kept.number


def test_how_long_it_is_good_for_is_a_rule(desk: PaperDesk, owner_engine: Engine) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(SchoolPolicyValue).values(
                institution_id=desk.changes.school.institution_id,
                key="paper.certificate_days",
                value={"value": 7},
                effective_from=date(2025, 9, 1),
                reference="测教〔2025〕2号",
            )
        )
    line = desk.line(desk.certify()[0])
    assert line.valid_until == TODAY + timedelta(days=7)
    states = [desk.line(line.issued_paper_id, NOW + timedelta(days=n)).state for n in (7, 8)]
    assert states == [PaperState.VALID, PaperState.EXPIRED]


def test_a_class_is_numbered_in_the_order_that_was_asked_for(desk: PaperDesk) -> None:
    order = desk.learner_ids[::-1]
    made = desk.certify(*order, order[0])  # who is named twice gets one
    assert [desk.paper(number).learner_id for number in made] == [*order]
    assert serials(desk) == [1, 2, 3]


def test_the_same_again_is_the_same_paper(desk: PaperDesk) -> None:
    (first,) = desk.certify()
    assert desk.certify() == (first,)
    assert desk.certify(now=NOW + timedelta(days=1)) != (first,)  # good for a day longer
    desk.revoke(first)
    assert desk.certify() != (first,)
    assert serials(desk) == [1, 2, 3]


def test_a_double_click_is_answered_twice_and_done_once(desk: PaperDesk) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: desk.certify(key="same"), range(2)))
    assert answers[0] == answers[1]
    assert serials(desk) == [1]
    with pytest.raises(IdempotencyKeyReusedError):
        desk.certify(desk.learner_ids[1], key="same")


class _GivenUpError(Exception):
    """What a request dies of after its papers were numbered."""


def test_numbers_have_no_gap_whoever_issues_at_once(desk: PaperDesk) -> None:
    """Nine at once, a third of them given up at the end."""

    def issue(at: int) -> None:
        now = NOW + timedelta(days=at)
        command = IssueCertificates(learner_ids=desk.learner_ids[at % 3 :])
        with suppress(_GivenUpError), UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
            issue_certificates(
                uow, desk.changes.registrar, command, site=SITE, idempotency_key=f"k{at}", now=now
            )
            if at % 3 == 0:
                raise _GivenUpError

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(issue, range(9)))
    assert serials(desk) == [*range(1, 10)]  # three times two and three times one


def test_a_new_year_and_another_kind_begin_with_one(desk: PaperDesk) -> None:
    desk.certify()
    change = desk.changes.apply(suspension()).status_change_id
    form = desk.paper(desk.print_form(change))
    assert form.number.startswith("3637010001-2025-2-00001-")
    (later,) = desk.certify(now=datetime(2025, 12, 31, 16, tzinfo=UTC))  # the county's new year
    assert desk.paper(later).number.startswith("3637010001-2026-1-00001-")


def test_a_change_form_says_what_was_applied_for_and_what_offices_said(desk: PaperDesk) -> None:
    change = desk.changes.apply(suspension(note="骨折")).status_change_id
    desk.changes.say(change, Role.ADVISOR, opinion="情况属实")
    document = desk.paper(desk.print_form(change)).document
    assert document["kind"] == "休学"
    assert document["facts"] == [
        ["申请日期", "2025年10月20日"],
        ["原因", "10 疾病"],
        ["起止日期", "2025年10月20日至2026年8月31日"],
        ["说明", "骨折"],
    ]
    assert document["proofs"] == [
        "学生与监护人签字的申请 2025年10月17日",
        "县级以上医院诊断证明 县人民医院 诊字12号 2025年10月16日",
    ]
    boxes = [(box["office"], box["answer"], box["words"]) for box in document["opinions"]]
    assert boxes == [
        ("班主任", "同意", "情况属实"), ("教务科", "", ""), ("分管校长", "", ""),
        ("学籍主管部门", "", ""),
    ]  # fmt: skip
    assert document["opinions"][0]["given_on"] == "2025-10-20"
    assert document["opinions"][0]["document_no"] == "测学〔2025〕1号"


def test_a_form_is_printed_again_until_something_more_is_said(desk: PaperDesk) -> None:
    change = desk.changes.apply(suspension()).status_change_id
    first = desk.print_form(change)
    assert desk.print_form(change, now=NOW + timedelta(days=3)) == first
    desk.changes.say(change, Role.ADVISOR)
    assert desk.print_form(change) != first


def test_a_form_shows_where_the_learner_was_before_the_change(desk: PaperDesk) -> None:
    change = desk.changes.carry_out(desk.changes.to_other_major())
    document = desk.paper(desk.print_form(change)).document
    assert (document["major"], document["class_name"]) == ("数控技术应用", "25数控1班")
    assert ["转入专业", "机电技术应用"] in document["facts"]
    assert ["转入班级", "25机电1班"] in document["facts"]


def test_what_was_issued_stays_the_same_whatever_changes(
    desk: PaperDesk, owner_engine: Engine, engine: Engine
) -> None:
    (made,) = desk.certify()

    def pdf() -> bytes:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            found = open_papers(uow, desk.changes.registrar, [made], now=NOW)
        return render([printed(paper) for paper in found])

    before = pdf()
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE learners SET name = '改名'"))
        connection.execute(text("UPDATE institutions SET name = '改名学校'"))
    desk.changes.carry_out(suspension())
    assert pdf() == before
    assert desk.paper(desk.certify()[0]).document["status"] == "休学"


def test_who_has_left_gets_no_certificate_and_nobody_else_either(desk: PaperDesk) -> None:
    leaving = of_kind(ChangeKind.WITHDRAWAL, reason=ChangeReason.OWN_WISH, proofs=(SIGNED,))
    desk.changes.carry_out(leaving)
    with pytest.raises(InvalidInputError) as refused:
        desk.certify(*desk.learner_ids[::-1])
    (problem,) = refused.value.problems
    assert (problem.code, problem.row) == ("not_enrolled", 3)
    assert serials(desk) == []


@pytest.mark.parametrize(("count", "code"), [(0, "nobody_chosen"), (61, "too_many")])
def test_a_batch_has_bounds(desk: PaperDesk, count: int, code: str) -> None:
    command = IssueCertificates(learner_ids=tuple(range(1, count + 1)))
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
        with pytest.raises(InvalidInputError) as refused:
            issue_certificates(
                uow, desk.changes.registrar, command, site=SITE, idempotency_key="k", now=NOW
            )
        assert refused.value.problems[0].code == code


def test_only_the_registrar_of_the_school_issues_and_revokes(
    desk: PaperDesk, owner_engine: Engine
) -> None:
    (made,) = desk.certify()
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for role in (Role.STUDENT, Role.TEACHER, Role.ADVISOR, Role.APPROVER, Role.COUNTY):
        actor = desk.changes.actor(role)
        with pytest.raises(ForbiddenError):
            desk.certify(actor=actor)
        with pytest.raises(ForbiddenError):
            desk.revoke(made, actor=actor)
    with pytest.raises(NotFoundError):
        desk.certify(other.pupils[0].learner_id)
    with pytest.raises(NotFoundError):
        desk.certify(actor=other.registrar)
    with pytest.raises(NotFoundError):
        desk.revoke(made, actor=other.registrar)


def test_a_paper_is_taken_back_once_with_a_reason(desk: PaperDesk) -> None:
    (made,) = desk.certify()
    with pytest.raises(InvalidInputError) as refused:
        desk.revoke(made, reason=" ")
    assert refused.value.problems[0].field == "reason"
    desk.revoke(made, key="once")
    desk.revoke(made, key="once")  # the same again
    assert desk.line(made).state is PaperState.REVOKED
    with pytest.raises(InvalidInputError) as again:
        desk.revoke(made)
    assert again.value.problems[0].code == "revoked_already"


def test_a_family_has_its_standing_certificates_alone(desk: PaperDesk, engine: Engine) -> None:
    (first,) = desk.certify()
    (second,) = desk.certify(now=NOW + timedelta(days=1))
    form = desk.print_form(desk.changes.apply(suspension()).status_change_id)
    desk.revoke(first)
    student, county = desk.changes.actor(Role.STUDENT), desk.changes.actor(Role.COUNTY)
    learner_id = desk.changes.learner_id
    with UnitOfWork(engine, str(desk.changes.school.institution_id)) as uow:
        assert [p.issued_paper_id for p in read_papers(uow, student, learner_id, now=NOW)] == [
            second
        ]
        for hidden in (first, form):
            with pytest.raises(NotFoundError):
                open_papers(uow, student, [hidden], now=NOW)
        with pytest.raises(NotFoundError):
            open_papers(uow, student, desk.certify(desk.learner_ids[1]), now=NOW)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        seen = read_papers(uow, county, learner_id, now=NOW)
    assert {paper.issued_paper_id for paper in seen} == {first, second, form}


def test_staff_who_look_at_papers_are_noted(desk: PaperDesk, engine: Engine) -> None:
    (made,) = desk.certify()
    with UnitOfWork(engine, str(desk.changes.school.institution_id)) as uow:
        open_papers(uow, desk.changes.registrar, [made], now=NOW)
    noted = desk.changes.rows("SELECT learner_ids FROM access_log WHERE action = 'see_papers'")
    assert [row.learner_ids for row in noted] == [[desk.changes.learner_id]]


def test_a_form_is_printed_by_the_school_of_the_change(
    desk: PaperDesk, owner_engine: Engine
) -> None:
    """Even where the second wall is away."""
    change = desk.changes.apply(suspension()).status_change_id
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow, pytest.raises(NotFoundError):
        issue_change_forms(
            uow,
            other.registrar,
            IssueChangeForms(status_change_ids=(change,)),
            site=SITE,
            idempotency_key="k",
            now=NOW,
        )
