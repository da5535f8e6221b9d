"""What the school that was left, and a former school, may still see and do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.awards import AwardLevel, AwardRank, InnovationCategory
from creditbank.domain.errors import InvalidInputError, NotFoundError
from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Role
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.queries.facts import read_facts
from creditbank.queries.papers import open_papers
from creditbank.queries.status_changes import read_one_change
from creditbank.services.commands import PostCompetitionCredit, PostCredit, PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.facts import record_fact
from creditbank.services.paper_commands import IssueStudyPapers
from creditbank.services.registration_commands import (
    LiftSanction,
    RecordAttestation,
    RecordConduct,
    RecordFact,
    RecordInternship,
    RecordSanction,
)
from creditbank.services.study_papers import issue_study_papers
from creditbank.services.transfer_files import read_transfer
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.school import School
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    FIRST,
    ROUTE,
    SECOND,
    SPRING,
    TransferDesk,
    make_transfer_desk,
)

SUMMER = datetime(2026, 8, 20, 2, tzinfo=UTC)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


def test_a_former_school_reads_a_return_while_it_is_open_and_takes_nothing_back(
    desk: TransferDesk,
) -> None:
    pupil, former, here = desk.vocational.pupils[0], desk.vocational, desk.general
    left = desk.transfer(pupil, former, here)
    number = desk.apply(pupil, former, actor=here.registrar, now=SUMMER).status_change_id
    assert desk.read(read_transfer, former.registrar, number, now=SUMMER)
    with pytest.raises(NotFoundError):
        desk.take_back(number, former.registrar, now=SUMMER)
    desk.say(number, here.registrar, agrees=False, opinion="材料不全", now=SUMMER)
    for role in (Role.REGISTRAR, Role.APPROVER):
        for query in (read_transfer, read_one_change):
            with pytest.raises(NotFoundError):
                desk.read(query, desk.staff(former, role), number, now=SUMMER)
        with pytest.raises(NotFoundError):
            desk.say(number, desk.staff(former, role), now=SUMMER)
    for who in (here.registrar, former.registrar):
        assert desk.read(read_transfer, who, left, now=SUMMER).arrival


def test_a_transcript_names_what_was_recognised_beside_what_was_passed(desk: TransferDesk) -> None:
    pupil, former, here = desk.general.pupils[0], desk.general, desk.vocational
    desk.post(former, pupil.learner_id, "GG02", "GG03")
    desk.transfer(pupil, former, here)
    command = IssueStudyPapers(kind=PaperKind.TRANSCRIPT_BILINGUAL, learner_ids=(pupil.learner_id,))
    issue = partial(issue_study_papers, site="https://xuefen.example/verify")
    made = desk.use(issue, here.registrar, command, now=AFTER_NOTICE)
    (kept,) = desk.read(open_papers, here.registrar, made.issued_paper_ids, now=AFTER_NOTICE)
    (term,) = kept.document["terms"]
    assert (term["label"], term["label_en"]) == ("转入认定", "Recognised")
    assert {"语文", "数学"} <= {of["name"] for of in term["courses"]}
    assert {(of["mark"], of["exam"]) for of in term["courses"]} == {("认定", "")}
    earned = [line["credits"] for line in kept.document["subtotals"] if line["name"] == "转入认定"]
    assert earned == [kept.document["total"]]


def fact_of(kind: str, learner_id: int, day: date) -> RecordFact:
    """One that happened on a day."""
    facts: dict[str, RecordFact] = {
        "decided_on": RecordSanction(
            learner_id=learner_id, level=SanctionLevel.DEMERIT, decided_on=day, document_no="处1号"
        ),
        "started_on": RecordInternship(
            learner_id=learner_id, organisation="机床厂", started_on=day, ended_on=None,
            result=Appraisal.PENDING,
        ),
        "attested_on": RecordAttestation(
            learner_id=learner_id, attestation=AttestationKind.ACADEMIC_PASS_EXAM, subject="数学",
            result=Appraisal.PASSED, attested_on=day,
        ),
        "term": RecordConduct(
            learner_id=learner_id, term=FIRST if day < SPRING else SECOND, result=Appraisal.PASSED
        ),
    }  # fmt: skip
    return facts[kind]


def test_the_school_that_was_left_records_only_what_lies_before(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    learner_id = pupil.learner_id
    desk.transfer(pupil, here, to)
    before, after = date(2026, 1, 15), date(2026, 4, 1)
    for kind in ("decided_on", "started_on", "attested_on", "term"):
        with pytest.raises(InvalidInputError) as refused:
            desk.use(record_fact, here.registrar, fact_of(kind, learner_id, after), now=SUMMER)
        assert [(item.field, item.code) for item in refused.value.problems] == [
            (kind, "after_leaving")
        ]
        assert "2026-02-01" in refused.value.problems[0].message.zh
        desk.use(record_fact, here.registrar, fact_of(kind, learner_id, before), now=SUMMER)
        desk.use(record_fact, to.registrar, fact_of(kind, learner_id, after), now=SUMMER)


def test_an_award_won_after_leaving_is_entered_where_the_learner_went(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.transfer(pupil, here, to)

    def awards(day: date) -> tuple[PostCredit, ...]:
        return (
            PostCompetitionCredit(
                learner_id=pupil.learner_id, event=f"技能大赛{day}", level=AwardLevel.PROVINCE,
                rank=AwardRank.FIRST, earned_on=day,
            ),
            PostInnovationCredit(
                learner_id=pupil.learner_id, category=InnovationCategory.PUBLISHED_WORK,
                title=f"论文{day}", earned_on=day,
            ),
        )  # fmt: skip

    for command in awards(date(2026, 4, 1)):
        with pytest.raises(InvalidInputError) as refused:
            desk.use(post_credit, here.registrar, command, now=SUMMER)
        assert [(item.field, item.code) for item in refused.value.problems] == [
            ("earned_on", "after_leaving")
        ]
        desk.use(post_credit, to.registrar, command, now=SUMMER)
    for command in awards(date(2026, 1, 15)):
        desk.use(post_credit, here.registrar, command, now=SUMMER)


def test_a_sanction_is_lifted_where_it_was_imposed_or_where_the_learner_is(
    desk: TransferDesk,
) -> None:
    pupil, imposed, to = desk.vocational.pupils[0], desk.vocational, desk.general
    learner_id = pupil.learner_id

    def impose(school: School, document_no: str) -> int:
        command = RecordSanction(
            learner_id=learner_id, level=SanctionLevel.DEMERIT, decided_on=date(2026, 1, 10),
            document_no=document_no,
        )  # fmt: skip
        made: int = desk.use(record_fact, school.registrar, command, now=SUMMER).fact_id
        return made

    def lift(school: School, sanction_id: int, of: int = learner_id) -> None:
        command = LiftSanction(
            learner_id=of, sanction_id=sanction_id, lifted_on=date(2026, 6, 1), document_no="解1号"
        )
        desk.use(record_fact, school.registrar, command, now=SUMMER)

    def seen(school: School) -> dict[str, bool]:
        found = desk.read(read_facts, school.registrar, learner_id, now=SUMMER)
        return {fact.document_no: fact.stands for fact in found if fact.kind == "sanction"}

    first, second = (impose(imposed, f"处{at}号") for at in (1, 2))
    desk.transfer(pupil, imposed, to)
    assert seen(to) == {"处1号": True, "处2号": True}
    with pytest.raises(InvalidInputError) as refused:
        lift(to, first, of=to.pupils[0].learner_id)
    assert [item.code for item in refused.value.problems] == ["unknown_sanction"]
    lift(to, first)
    lift(imposed, second)
    assert seen(to) == seen(imposed) == {"处1号": False, "处2号": False}
    third = impose(imposed, "处3号")
    command = RecordSanction(
        learner_id=learner_id, level=SanctionLevel.WARNING, decided_on=date(2026, 4, 1),
        document_no="处4号",
    )  # fmt: skip
    later = desk.use(record_fact, to.registrar, command, now=SUMMER).fact_id
    assert "处4号" not in seen(imposed)
    with pytest.raises(InvalidInputError):
        lift(imposed, later)
    with UnitOfWork(desk.engine, str(imposed.institution_id)) as uow:
        insert = text(
            "INSERT INTO sanction_liftings (sanction_id, enrolment_id, lifted_on, document_no)"
            " VALUES (:sanction, :enrolment, '2026-06-01', '解2号')"
        )
        with pytest.raises(DBAPIError, match="lifted by the school that imposed it"):
            uow.connection.execute(insert, {"sanction": later, "enrolment": pupil.enrolment_id})
    desk.drain(SUMMER)
    lift(to, third)
    lift(to, later)
    assert not any(seen(to).values())


FILE = (
    "SELECT note FROM status_changes",
    "SELECT opinion FROM status_change_opinions",
    "SELECT document_no FROM status_change_proofs",
    "SELECT items FROM recognition_plans",
)


def open_to(desk: TransferDesk, school: School) -> list[bool]:
    """Which parts of the only file plain SQL shows in the school's reach."""
    with UnitOfWork(desk.engine, str(school.institution_id)) as uow:
        return [bool(uow.connection.execute(text(part)).all()) for part in FILE]


@pytest.mark.parametrize("end", ["refused", "withdrawn", "executed"])
def test_the_second_wall_shows_a_file_while_it_is_open_or_once_it_is_carried_out(
    desk: TransferDesk, end: str
) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    number = desk.apply(pupil, to, note="更想读普通高中").status_change_id
    assert open_to(desk, to) == [True, False, True, False]
    desk.agree(number, here, to, ROUTE[:4])
    assert open_to(desk, to) == open_to(desk, here) == [True] * 4
    assert open_to(desk, desk.another) == [False] * 4
    match end:
        case "refused":
            out = desk.speaker(ROUTE[4], here, to)
            desk.say(number, out, agrees=False, opinion="不同意", now=AFTER_NOTICE)
        case "withdrawn":
            desk.take_back(number, desk.family(pupil.learner_id))
        case _:
            desk.agree(number, here, to, ROUTE[4:])
    assert open_to(desk, to) == [end == "executed"] * 4
    assert open_to(desk, here) == [True] * 4
