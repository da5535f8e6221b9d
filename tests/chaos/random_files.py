"""Random files of marks, right and wrong: what a file sums up to is posted, or refused by name."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import create_engine, text

from creditbank.domain.errors import InvalidInputError
from creditbank.domain.sheets import ParsedSheet
from creditbank.exchange.uploads import begin_upload
from creditbank.exchange.workbooks import ParsedFile
from creditbank.services.grade_imports import find_preview, post_grade_import
from creditbank.store.unit_of_work import UnitOfWork
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena

TERM = "2025-2026-1"
HEAD = ("学号", "姓名", "课程代码", "学年学期", "考试性质", "成绩")
COURSES = [f"Q{number:02d}" for number in range(30)]
_ROWS_MAX = 30
Rows = list[tuple[str, ...]]


def check_random_files(made: Arena, *, files: int, seed: int) -> dict[str, int]:
    """Upload each file; nothing of it may be posted while a row is wrong. Then the rest of it.

    wrong_sums: files of which sum(file) is not sum(posted) + sum(stood before) + sum(refused).
    """
    chance = random.Random(seed)
    pupils = _pupils_with_courses(made)
    wrong = with_faults = 0
    for _ in range(files):
        rows = _random_rows(chance, pupils)
        before = _posted_sum(made)
        refused, booked = _post(made, rows)
        with_faults += bool(refused)
        kept = [row for at, row in enumerate(rows) if at not in refused]
        if refused:
            again, booked = _post(made, kept) if _posted_sum(made) == before else ({-1}, 0)
            if again:
                wrong += 1
                continue
        posted = _posted_sum(made) - before
        named = sum(_worth(rows[at]) for at in refused)
        wrong += sum(map(_worth, rows)) != posted + booked + named
    return {"files": files, "with_faults": with_faults, "wrong_sums": wrong}


def _post(made: Arena, rows: Rows) -> tuple[set[int], int]:
    """Which rows are refused by name, and the sum of what stood before; posted if none is."""
    if not rows:
        return set(), 0
    sheet = ParsedSheet("", (HEAD, *rows))
    parsed = ParsedFile(uuid4().hex * 2, (sheet,))
    now = datetime.now(UTC)
    with UnitOfWork(made.engine, SCHOOL) as uow:
        import_id = begin_upload(
            uow, REGISTRAR, "grades", file_name="a.csv", parsed=parsed, chosen={}, now=now
        )
        found = find_preview(uow, REGISTRAR, import_id)
    refused = {(problem.row or 0) - 2 for problem in found.problems}
    try:
        with UnitOfWork(made.engine, SCHOOL) as uow:
            post_grade_import(uow, REGISTRAR, import_id, now=now)
    except InvalidInputError:
        return refused, 0
    return refused, sum(int(mark.command.mark) for mark in found.booked)


def _worth(row: tuple[str, ...]) -> int:
    return int(row[5] or 0)


def _random_rows(chance: random.Random, pupils: list[tuple[str, str]]) -> Rows:
    """Marks, of which in half of the files some are wrong, stand twice or stand already."""
    rows: Rows = []
    share = chance.choice((0.0, 0.0, 0.1, 0.4))
    for _ in range(chance.randrange(1, _ROWS_MAX)):
        number, name = chance.choice(pupils)
        row = [number, name, chance.choice(COURSES), TERM, "正常", str(chance.randrange(101))]
        if chance.random() < share:
            at, text_ = chance.choice(
                [(0, "99999999"), (1, "没有此人"), (2, "ZZ99"), (3, "2025-26"), (4, "随堂"),
                 (5, "101"), (5, "")]
            )  # fmt: skip
            row[at] = text_
        rows.append(tuple(row))
        if chance.random() < share / 2:
            rows.append(tuple(row))
    return rows


def _pupils_with_courses(made: Arena) -> list[tuple[str, str]]:
    owner = create_engine(made.owner_url)
    with owner.begin() as connection:
        for code in COURSES:
            connection.execute(
                text(
                    "INSERT INTO courses (institution_id, code, name, name_en, nature, units,"
                    " theory_hours, practice_hours) VALUES (1, :code, :code, '', '1', 200, 18, 18)"
                ),
                {"code": code},
            )
        found = connection.execute(
            text(
                "SELECT e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)"
                " WHERE e.institution_id = 1 AND e.is_open ORDER BY 1"
            )
        )
        pupils = [(row.student_no, row.name) for row in found]
    owner.dispose()
    return pupils


def _posted_sum(made: Arena) -> int:
    with made.engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '1', true)"))
        found = connection.execute(
            text(
                "SELECT coalesce(sum(mark::int), 0) FROM ledger_entries"
                " WHERE kind = 'course' AND course_code = ANY(:codes)"
            ),
            {"codes": COURSES},
        )
        return int(found.scalar_one())
