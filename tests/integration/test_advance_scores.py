"""Scores by form and file, who is exempt, and 拟录取 by the ranking."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import pytest
import xlsxwriter
from sqlalchemy import Engine

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.awards import AwardLevel
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.exchange.advance_scores import read_score_table
from creditbank.exchange.workbooks import read_workbook
from creditbank.services.advance_commands import TakenSteps
from creditbank.services.advance_score_files import ScoreFile, import_scores
from creditbank.services.advance_scores import read_ranking
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    AdvanceDesk,
    make_advance_desk,
)

HEADINGS = ("学号", "姓名", "课程平均分", "专业技能", "综合素质")


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    """Everybody is filed with the college."""
    made = make_advance_desk(owner_engine, engine)
    made.up_to(Stage.FILED)
    return made


def table(rows: Sequence[Sequence[str]], kind: str = "xlsx") -> bytes:
    if kind == "csv":
        return "\n".join(",".join(row) for row in (HEADINGS, *rows)).encode()
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("成绩")
        for at, row in enumerate((HEADINGS, *rows)):
            sheet.write_row(at, 0, row)
    return target.getvalue()


def listed(desk: AdvanceDesk, *points: tuple[str, str, str]) -> list[list[str]]:
    pupils = zip(desk.school.pupils, points, strict=False)
    return [[pupil.student_no, pupil.name, *values] for pupil, values in pupils]


def upload(desk: AdvanceDesk, content: bytes, key: str = "") -> TakenSteps:
    found = read_workbook(content)
    command = ScoreFile(
        agreement_id=AGREEMENT,
        file_hash=hashlib.sha256(content).hexdigest(),
        table=read_score_table(found.sheets),
    )
    made: TakenSteps = desk.use(
        import_scores, desk.actor(Role.COLLEGE), command, now=AFTER_NOTICE, key=key
    )
    return made


def codes(error: pytest.ExceptionInfo[InvalidInputError]) -> list[tuple[str, str, int | None]]:
    return [(item.code, item.field, item.row) for item in error.value.problems]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_is_recorded_once_however_often_it_comes(desk: AdvanceDesk, kind: str) -> None:
    content = table(listed(desk, ("81.5", "90", "70"), ("75", "66.25", "80")), kind)
    assert len(upload(desk, content).steps) == 2
    again = upload(desk, content)
    assert (again.replayed, again.steps) == (True, ())
    scores = desk.rows("SELECT part, units FROM advance_scores ORDER BY advance_move_id, part")
    assert [row.units for row in scores] == [8_150, 7_000, 9_000, 7_500, 8_000, 6_625]
    assert desk.stages(AFTER_NOTICE)[:3] == ["tested", "tested", "filed"]


def test_a_table_with_faults_is_refused_whole_with_each_cell(desk: AdvanceDesk) -> None:
    rows = listed(desk, ("81.5", "九十", "70"), ("75", "60", "80"), ("70", "101", "60"))
    rows[1][1] = "张三"
    rows.append(["19990101", "李四", "60", "60", "60"])
    rows.append(rows[0])
    with pytest.raises(InvalidInputError) as refused:
        upload(desk, table(rows))
    assert codes(refused) == [
        ("not_points", "D", 2), ("other_name", "B", 3), ("not_a_member", "A", 5),
        ("twice", "A", 6), ("not_points", "D", 6),
    ]  # fmt: skip
    with pytest.raises(InvalidInputError) as too_much:
        upload(desk, table(listed(desk, ("81.5", "101", "70"))))
    assert codes(too_much) == [("score_out_of_range", "skill_test", 2)]
    assert desk.rows("SELECT * FROM advance_scores") == []


def test_a_table_without_heading_is_refused(desk: AdvanceDesk) -> None:
    with pytest.raises(InvalidInputError) as refused:
        upload(desk, "编号,成绩\n1,60".encode())
    assert refused.value.problems[0].code == "wrong_score_table"


def test_a_later_score_replaces_an_earlier_one_until_it_is_ranked(desk: AdvanceDesk) -> None:
    first = desk.ids[0]
    desk.score({first: (50, 70, 50)})
    desk.score({first: (90, 70, 90)}, role=Role.REGISTRAR)
    (step,) = desk.propose().steps
    assert step.kind is MoveKind.PROPOSE
    with pytest.raises(InvalidInputError):
        desk.score({first: (40, 70, 40)})


def test_an_award_of_the_province_exempts_from_the_skill_test(desk: AdvanceDesk) -> None:
    desk.award(0)
    desk.award(1, AwardLevel.CITY)
    parts = dict.fromkeys(desk.ids[:2], (70, 40, 70))
    desk.score(parts)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        ranking = read_ranking(uow, desk.actor(Role.COLLEGE), AGREEMENT, now=AFTER_NOTICE)
    first, second = ranking.items
    assert (first.award and first.award.ledger_seq, first.ranked.total) == (2, 7_900)
    assert (second.award, second.ranked.rank) == (None, None)
    made = desk.propose()
    assert [step.kind for step in made.steps] == [MoveKind.PROPOSE, MoveKind.PASS_OVER]
    (kept,) = desk.rows("SELECT detail FROM advance_moves WHERE kind = 'propose'")
    assert (kept.detail["exempted_by"], kept.detail["total"]) == (2, 7_900)
    assert len(kept.detail["inputs"]) == 64


def test_an_award_in_dispute_exempts_nobody(desk: AdvanceDesk) -> None:
    desk.award(0, number="SJ2027001")
    desk.award(1, number="SJ2027001")
    desk.score(dict.fromkeys(desk.ids[:2], (70, 40, 70)))
    assert [step.kind for step in desk.propose().steps] == [MoveKind.PASS_OVER] * 2


def test_who_is_tied_at_the_quota_is_for_a_person_to_decide(desk: AdvanceDesk) -> None:
    """Three places, and the third and fourth are equal in all that was agreed."""
    points = (90, 85, 80, 80, 70)
    desk.score({number: (at, 80, at) for number, at in zip(desk.ids, points, strict=True)})
    with pytest.raises(InvalidInputError) as tied:
        desk.propose()
    assert [problem.code for problem in tied.value.problems] == ["tied_at_quota"] * 2
    with pytest.raises(InvalidInputError) as many:
        desk.propose(chosen=desk.ids[2:4])
    assert [problem.code for problem in many.value.problems] == ["too_many_chosen"]
    desk.propose(chosen=(desk.ids[3],))
    assert desk.stages(AFTER_NOTICE) == [
        "proposed", "proposed", "not_passed", "proposed", "not_passed",
    ]  # fmt: skip


def test_who_is_left_out_keeps_the_place_and_waits(desk: AdvanceDesk) -> None:
    desk.score({number: (90 - at, 80, 80) for at, number in enumerate(desk.ids)})
    desk.propose(left_out=(desk.ids[0],))
    assert desk.stages(AFTER_NOTICE) == [
        "tested", "proposed", "proposed", "not_passed", "not_passed",
    ]  # fmt: skip
    desk.propose()
    assert desk.stages(AFTER_NOTICE)[0] == "proposed"
    with pytest.raises(InvalidInputError) as nobody:
        desk.propose()
    assert nobody.value.problems[0].code == "nobody"


def test_a_missing_score_keeps_everybody_from_being_proposed(desk: AdvanceDesk) -> None:
    rows = listed(desk, ("80", "80", "80"), ("80", "80", ""))
    upload(desk, table(rows))
    with pytest.raises(InvalidInputError) as missing:
        desk.propose()
    assert [problem.code for problem in missing.value.problems] == ["score_missing"]
