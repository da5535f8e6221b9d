"""Rows pasted from a table, of each kind: commands that post, or problems by row and column."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from creditbank.domain.awards import AwardLevel, AwardRank, InnovationCategory, TeamRole
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, InvalidInputError
from creditbank.domain.ledger import EntryKind
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostInnovationCredit,
)
from creditbank.services.credits import post_batch
from creditbank.services.pasted_rows import PastedCommands, commands_from_pasted_text
from tests.databases import Database
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.school import make_school


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection, pupils=3))


def pasted(desk: ImportDesk, kind: EntryKind, *rows: str, **defaults) -> PastedCommands:
    """Rows with | where a table has its next column; {0} and {1} are number and name of a pupil."""
    people = [f"{pupil.student_no}|{pupil.name}" for pupil in desk.school.pupils]
    text = "\r\n".join(row.format(*people).replace("|", "\t") for row in rows)
    with desk.unit() as uow:
        return commands_from_pasted_text(
            uow, desk.school.registrar, text, kind, now=NOW, **defaults
        )


def post(desk: ImportDesk, found: PastedCommands) -> int:
    assert found.problems == ()
    with desk.unit() as uow:
        report = post_batch(
            uow, desk.school.registrar, found.commands, idempotency_key="paste", now=NOW
        )
    return len(report.entries)


def test_course_rows_are_posted(desk):
    found = pasted(
        desk,
        EntryKind.COURSE,
        "{0}|数学(GG03)|2025-2026-1|正常|88.5",
        "",
        "{1}|语文|||良好",
        term=Term(2025, 2),
        exam_kind=ExamKind.NORMAL,
    )
    assert found.rows == (1, 3)
    assert found.commands == (
        PostCourseCredit(
            learner_id=desk.school.pupils[0].learner_id,
            course_code="GG03",
            term=Term(2025, 1),
            mark="88.5",
            earned_on=date(2026, 1, 31),
        ),
        PostCourseCredit(
            learner_id=desk.school.pupils[1].learner_id,
            course_code="GG02",
            term=Term(2025, 2),
            scale=GradingScale.FIVE_LEVEL,
            mark="良好",
            earned_on=date(2026, 6, 30),
        ),
    )
    assert post(desk, found) == 2


def test_competition_rows_are_posted(desk):
    found = pasted(
        desk,
        EntryKind.COMPETITION,
        "学号|姓名|赛事名称|获奖级别|获奖等级|获奖日期|团队角色|证书编号",
        "{0}|2026年数控技能大赛|省级|二等奖|2026年5月20日|队长|ZS001",
        "{1}|2026年数控技能大赛|省级|二等奖|20260520|队员|ZS002",
    )
    assert found.rows == (2, 3)
    assert found.commands[0] == PostCompetitionCredit(
        learner_id=desk.school.pupils[0].learner_id,
        event="2026年数控技能大赛",
        level=AwardLevel.PROVINCE,
        rank=AwardRank.SECOND,
        team_role=TeamRole.CAPTAIN,
        certificate_no="ZS001",
        earned_on=date(2026, 5, 20),
    )
    assert post(desk, found) == 2


def test_innovation_rows_are_posted(desk):
    found = pasted(
        desk,
        EntryKind.INNOVATION,
        "{0}|社会实践|暑期企业实践|10||||2026/5/1",
        "{1}|实用新型|一种夹具||||2029-01-01|2026.5.1",
    )
    assert found.commands[0] == PostInnovationCredit(
        learner_id=desk.school.pupils[0].learner_id,
        category=InnovationCategory.SOCIAL_PRACTICE,
        title="暑期企业实践",
        quantity=10,
        earned_on=date(2026, 5, 1),
    )
    assert found.commands[1] == PostInnovationCredit(
        learner_id=desk.school.pupils[1].learner_id,
        category=InnovationCategory.PATENT_UTILITY,
        title="一种夹具",
        valid_until=date(2029, 1, 1),
        earned_on=date(2026, 5, 1),
    )
    assert post(desk, found) == 2


def places(found: PastedCommands) -> list[tuple[str, int | None, str]]:
    return [(item.code, item.row, item.field) for item in found.problems]


def test_each_problem_of_course_rows_names_row_and_column(desk):
    found = pasted(
        desk,
        EntryKind.COURSE,
        "学号|姓名|课程代码|学期|考试性质|成绩",
        "{0}|GG03|2025-2026-1|正常|101",
        "{0}|ZZ99|2025-2026-1|正常|80",
        "{0}|GG03|上学期|正常|80",
        "{0}|GG04|2025-2026-1|随堂|80",
        "{0}|GG05|2025-2026-1|正常|",
        "2099010101|无此人|GG05|2025-2026-1|正常|80",
        "3.70124E+17|某人|GG05|2025-2026-1|正常|80",
        "{1}|GG03|2025-2026-1|补考|80",
    )
    assert places(found) == [
        ("mark_invalid", 2, "F"),
        ("unknown_course", 3, "C"),
        ("term_format", 4, "D"),
        ("unknown_exam_kind", 5, "E"),
        ("mark_missing", 6, "F"),
        ("unknown_learner", 7, "A"),
        ("digits_lost", 8, "A"),
        ("resit_without_attempt", 9, "E"),
    ]
    assert found.problems[0].message.zh.startswith("第2行 F列(成绩): 成绩“101”超出0-100")


def test_each_problem_of_award_rows_names_row_and_column(desk):
    found = pasted(
        desk,
        EntryKind.COMPETITION,
        "{0}|技能大赛|乡级|一等奖||||2026-05-01",
        "{0}|技能大赛|县级|头等奖||||2026-05-01",
        "{0}||县级|一等奖||||2026-05-01",
        "{0}|技能大赛|县级|一等奖||||五月一日",
        "{0}|技能大赛|县级|一等奖||||2027-05-01",
        "2025010101|别人|技能大赛|县级|一等奖||||2026-05-01",
    )
    assert places(found) == [
        ("cell_invalid", 1, "D"),
        ("cell_invalid", 2, "E"),
        ("cell_invalid", 3, "C"),
        ("cell_invalid", 4, "I"),
        ("date_in_future", 5, "I"),
        ("name_differs", 6, "B"),
    ]


def test_a_certificate_without_its_number_is_a_problem_of_that_column(desk):
    found = pasted(desk, EntryKind.INNOVATION, "{0}|职业技能等级证书|数控车工|1|中级|||2026-05-01")
    assert places(found) == [("certificate_no_missing", 1, "G")]


def test_what_is_booked_already_is_a_problem(desk):
    row = "{0}|数学(GG03)|2025-2026-1|正常|88.5"
    post(desk, pasted(desk, EntryKind.COURSE, row))
    assert places(pasted(desk, EntryKind.COURSE, row)) == [("already_booked", 1, "C")]


def test_too_many_rows_are_refused(desk):
    with pytest.raises(InvalidInputError):
        pasted(desk, EntryKind.COURSE, *["{0}|GG03|2025-2026-1|正常|88"] * 1_002)


def test_only_registrars_paste(desk):
    from dataclasses import replace

    from creditbank.domain.permissions import Role

    teacher = replace(desk.school.registrar, role=Role.TEACHER)
    with pytest.raises(ForbiddenError):
        pasted(replace(desk, school=replace(desk.school, registrar=teacher)), EntryKind.COURSE, "")


def test_every_cell_of_an_award_that_is_not_taken_is_named_at_once(desk):
    found = pasted(
        desk,
        EntryKind.COMPETITION,
        "学号|姓名|赛事|级别|等级|证书编号|日期",
        "{0}|数控车|县区赛|第一名|SD1|5月1日",
        "{1}|数控车|省级|一等奖|SD2|2026-12",
        "{2}|数控车|省级|一等奖|SD3|20260501",
    )
    assert [(item.code, item.row, item.field) for item in found.problems] == [
        ("cell_invalid", 2, "D"),
        ("cell_invalid", 2, "E"),
        ("cell_invalid", 2, "G"),
        ("cell_invalid", 3, "G"),
    ], "and a month is not the second of January"
