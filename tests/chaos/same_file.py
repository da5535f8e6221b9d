"""R13: the same sheet three times, two at once and one killed; and sums over random files.

Each file goes the road of an upload: read by the child process, columns matched, checked, posted.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from unittest.mock import patch

from sqlalchemy import create_engine, text

from creditbank.db import make_engine
from creditbank.domain.errors import CreditbankError
from creditbank.exchange.uploads import begin_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.services import grade_imports
from creditbank.services.batch_reversals import take_back_import
from creditbank.services.grade_imports import find_preview, post_grade_import
from creditbank.store.grade_imports import GRADES
from creditbank.store.unit_of_work import UnitOfWork
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena, arena

TERM = "2025-2026-1"
COURSES = [f"演练课{number}" for number in range(1, 5)]
PUPILS = 8
SPOILED = ("101", "很好", "85分", "-3")
_COURSES = """
INSERT INTO courses (institution_id, code, name, name_en, units, theory_hours, practice_hours,
  nature) SELECT 1, 'CH' || n, '演练课' || n, '', 200, 36, 0, '3' FROM generate_series(1, 4) n
"""
_PUPILS = """
SELECT e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = 1 AND e.is_open AND e.entry_year = 2025 ORDER BY 1 LIMIT :count
"""
_STANDING = """
SELECT count(*) FILTER (WHERE kind = 'course') - count(*) FILTER (WHERE kind = 'reversal')
FROM ledger_entries WHERE course_code LIKE 'CH%'
"""


def run(*, small: bool) -> dict:
    """Rounds of three postings each, then files of which some cells are spoiled."""
    rounds, files = (2, 20) if small else (20, 1_000)
    with arena([]) as made:
        pupils = _prepared(made)
        found = _three_times(made, pupils, rounds)
        found |= _sums(made, pupils, files)
    names = ("doubled", "lost", "refused", "left", "unaccounted")
    good = all(found[name] == 0 for name in names)
    return {**found, "passed": good and found["killed"] > 0}


def control(*, small: bool) -> dict:
    """Without looking at the books and at keys, what was posted once is refused, not left out."""

    def blind(_uow, _school, marks):
        return list(marks), [], []

    with (
        arena([]) as made,
        patch.object(grade_imports, "_against_ledger", blind),
        patch("creditbank.services.credits.earlier_answer", return_value=None),
    ):
        found = _three_times(made, _prepared(made), 1 if small else 4)
    return {**found, "went_red": found["refused"] > 0 or found["doubled"] > 0}


def _prepared(made: Arena) -> list[tuple[str, str]]:
    owner = create_engine(made.owner_url)
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        connection.execute(text(_COURSES))
        rows = connection.execute(text(_PUPILS), {"count": PUPILS})
        pupils = [(row.student_no, row.name) for row in rows]
    owner.dispose()
    return pupils


def _sheet(pupils: list[tuple[str, str]], chance: random.Random, kind: str, spoil: float) -> bytes:
    target = io.StringIO()
    rows = csv.writer(target)
    rows.writerow(["学年学期", TERM, "考试性质", kind])
    rows.writerow(["学号", "姓名", *COURSES])
    for number, name in pupils:
        marks = [
            "" if chance.random() < 0.5
            else chance.choice(SPOILED) if chance.random() < spoil
            else str(chance.randint(60, 99))
            for _ in COURSES
        ]  # fmt: skip
        rows.writerow([number, name, *marks])
    rows.writerow(["平均分", "", *["80"] * len(COURSES)])
    return target.getvalue().encode("utf-8-sig")


def _upload(made: Arena, content: bytes) -> str:
    parsed = read_workbook(content)
    with UnitOfWork(made.engine, SCHOOL) as uow:
        return begin_upload(
            uow, REGISTRAR, GRADES, file_name="演练.csv", parsed=parsed, chosen={},
            now=datetime.now(UTC),
        )  # fmt: skip


def _post(made: Arena, import_id: str) -> int | None:
    try:
        with UnitOfWork(made.engine, SCHOOL) as uow:
            return len(post_grade_import(uow, REGISTRAR, import_id, now=datetime.now(UTC)).entries)
    except CreditbankError:
        return None


def _post_slowly(url: str, import_id: str) -> None:
    """In a process of its own, which is killed before it commits."""
    with UnitOfWork(make_engine(url), SCHOOL) as uow:
        post_grade_import(uow, REGISTRAR, import_id, now=datetime.now(UTC))
        time.sleep(30)


def _killed(made: Arena, import_id: str, chance: random.Random) -> bool:
    context = multiprocessing.get_context("spawn")
    url = made.settings.database_url
    process = context.Process(target=_post_slowly, args=(url, import_id))
    process.start()
    time.sleep(1.5 + chance.random() * 2)
    process.kill()
    process.join()
    return process.exitcode == -9


def _three_times(made: Arena, pupils: list[tuple[str, str]], rounds: int) -> dict:
    """After each round all of it is taken back, so that the next begins with nothing."""
    chance = random.Random(13)
    killed = refused = doubled = lost = 0
    for _ in range(rounds):
        content = _sheet(pupils, chance, "正常", 0)
        keys = [_upload(made, content) for _ in range(3)]
        killed += _killed(made, keys[0], chance)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda key: _post(made, key), keys[1:]))
        answers.append(_post(made, keys[0]))
        refused += sum(answer is None for answer in answers)
        wanted, standing = _marks_in(content), _standing(made)
        doubled += max(0, standing - wanted)
        lost += max(0, wanted - standing)
        for key, answer in zip((*keys[1:], keys[0]), answers, strict=True):
            if answer:
                _take_back(made, key)
    return {
        "rounds": rounds, "killed": killed, "refused": refused, "doubled": doubled, "lost": lost,
        "left": _standing(made),
    }  # fmt: skip


def _sums(made: Arena, pupils: list[tuple[str, str]], files: int) -> dict:
    """sum(file) == sum(posted) + sum(standing already) + sum(refused), for each file.

    What one file posted stands while the next one is looked at, which is sometimes the same.
    """
    chance = random.Random(1_000)
    unaccounted = posted = refused = booked = 0
    held, content = "", b""
    for _ in range(files):
        if not held or chance.random() < 0.7:
            content = _sheet(pupils, chance, "正常", chance.choice((0, 0, 0.1)))
        key = _upload(made, content)
        with UnitOfWork(made.engine, SCHOOL) as uow:
            shown = find_preview(uow, REGISTRAR, key)
        cells = {(problem.row, problem.field) for problem in shown.problems}
        clean = [mark for mark in shown.new if (mark.row, mark.column) not in cells]
        unaccounted += abs(_marks_in(content) - len(clean) - len(shown.booked) - len(cells))
        before, made_of = _standing(made), _post(made, key) or 0
        unaccounted += abs(_standing(made) - before - made_of)
        unaccounted += bool(cells) and made_of > 0
        posted, booked, refused = posted + made_of, booked + len(shown.booked), refused + len(cells)
        if held:
            _take_back(made, held)
        held = key if made_of else ""
    return {
        "files": files, "unaccounted": unaccounted, "marks_posted": posted,
        "marks_standing_already": booked, "cells_refused": refused,
    }  # fmt: skip


def _marks_in(content: bytes) -> int:
    """How many marks a sheet holds."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[2:-1]
    return sum(bool(cell) for row in rows for cell in row[2:])


def _standing(made: Arena) -> int:
    with UnitOfWork(made.engine, SCHOOL) as uow:
        return int(uow.connection.execute(text(_STANDING)).scalar_one())


def _take_back(made: Arena, import_id: str) -> None:
    with UnitOfWork(made.engine, SCHOOL) as uow:
        take_back_import(
            uow, REGISTRAR, GRADES, import_id, reason="演练结束", now=datetime.now(UTC)
        )
