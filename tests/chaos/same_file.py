"""R13: one long file uploaded three times, posted by two at once, one killed at a random moment.

One set of entries, whatever happens; and of random files every mark is posted, or refused by name.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from creditbank.commands import jobs_command, relay_command, worker_command
from creditbank.domain.jobs import JobState, Phase
from creditbank.exchange.large_uploads import begin_large_upload
from creditbank.services.jobs import find_job
from creditbank.services.large_imports import post_or_put_in_line
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.supervisor import Program
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena, arena
from tests.chaos.random_files import check_random_files
from tests.factories.grade_files import Cells, csv_of

TERM = "2025-2026-2"
_PATIENCE_S = 180.0


def run(*, small: bool) -> dict:
    seed = int(os.environ.get("CREDITBANK_SEED", "13"))
    with arena([]) as made:
        sums = check_random_files(made, files=20 if small else 1_000, seed=seed)
        made.supervisor.start(
            Program("relay", relay_command(made.settings)),
            Program("worker-1", worker_command(made.settings)),
            Program("jobs-1", jobs_command(made.settings)),
            Program("jobs-2", jobs_command(made.settings)),
        )
        found = _attack(
            made, rounds=1 if small else 10, marks=2_400 if small else 10_000, seed=seed
        )
        made.wait_until_settled(60)
        stale = made.behind()
    wrong = sums["wrong_sums"] + found["missing"] + found["doubled"] + found["broken"] + stale
    return {"seed": seed, **sums, **found, "stale": stale, "passed": not wrong}


def control(*, small: bool) -> dict:
    """Where a job is ended before it is done, a kill must lose the import."""
    careless = (sys.executable, "-m", "tests.chaos.careless_jobs")
    with arena([]) as made:
        made.supervisor.start(Program("jobs-1", careless), Program("jobs-2", careless))
        found = _attack(made, rounds=1 if small else 3, marks=2_400, seed=13, uploads=1)
    return {**found, "went_red": found["missing"] > 0}


def _attack(made: Arena, *, rounds: int, marks: int, seed: int, uploads: int = 3) -> dict:
    chance = random.Random(seed)
    totals = {"marks": 0, "kills": 0, "missing": 0, "doubled": 0, "broken": 0}
    for number in range(rounds):
        prefix = f"R{number:02d}"
        content, count = _file(made, prefix, marks)
        imports = [_upload(made, content) for _ in range(uploads)]
        _await(made, lambda imports=imports: all(_is_over(made, item) for item in imports))
        for item in imports:
            with UnitOfWork(made.engine, SCHOOL) as uow:
                post_or_put_in_line(uow, REGISTRAR, item, now=datetime.now(UTC))
        _await(made, lambda imports=imports: any(_is_posting(made, item) for item in imports))
        time.sleep(chance.uniform(0, 0.8) if uploads > 1 else 0)
        _kill(made, chance.choice(["jobs-1", "jobs-2"]) if uploads > 1 else None)
        totals["kills"] += 1
        _await(made, lambda imports=imports: all(_is_over(made, item) for item in imports))
        posted, keys = _posted(made, prefix)
        totals["marks"] += count
        totals["missing"] += count - keys
        totals["doubled"] += posted - keys
    totals["broken"] = made.ledger_faults([])["broken"]
    return totals


def _file(made: Arena, prefix: str, marks: int) -> tuple[bytes, int]:
    """A long sheet of so many marks in courses of its own."""
    owner = create_engine(made.owner_url)
    with owner.begin() as connection:
        pupils = connection.execute(
            text(
                "SELECT e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)"
                " WHERE e.institution_id = 1 AND e.is_open ORDER BY 1"
            )
        ).all()
        courses = [f"{prefix}{at:02d}" for at in range(-(-marks // len(pupils)))]
        for code in courses:
            connection.execute(
                text(
                    "INSERT INTO courses (institution_id, code, name, name_en, nature, units,"
                    " theory_hours, practice_hours) VALUES (1, :code, :code, '', '1', 200, 18, 18)"
                ),
                {"code": code},
            )
    owner.dispose()
    rows: Cells = [
        [pupil.student_no, pupil.name, code, TERM, "正常", str(60 + at % 40)]
        for at, pupil in enumerate(pupils)
        for code in courses
    ][:marks]
    notes: Cells = [["", "", "", "", "", "", "备注" * 20]] * 600
    head: list[str | float | None] = [
        "学号",
        "姓名",
        "课程代码",
        "学年学期",
        "考试性质",
        "成绩",
        "备注",
    ]
    return csv_of([head, *rows, *notes]), len(rows)


def _upload(made: Arena, content: bytes) -> str:
    with UnitOfWork(made.engine, SCHOOL) as uow:
        return begin_large_upload(
            uow, REGISTRAR, file_name="成绩.csv", content=content, chosen={}, now=datetime.now(UTC)
        )


def _job(made: Arena, import_id: str):
    with UnitOfWork(made.engine, SCHOOL) as uow:
        return find_job(uow, REGISTRAR, import_id)


def _is_over(made: Arena, import_id: str) -> bool:
    job = _job(made, import_id)
    if job.state in {JobState.REFUSED, JobState.FAILED}:
        raise RuntimeError(job.problems)
    return job.is_over


def _is_posting(made: Arena, import_id: str) -> bool:
    return _job(made, import_id).phase is Phase.POSTING


def _await(made: Arena, is_so) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        made.tend()
        time.sleep(0.01)


def _kill(made: Arena, name: str | None) -> None:
    """Kill -9 one of those who work on jobs, or all of them; the supervisor starts them again."""
    for found, pid in made.supervisor.pids.items():
        if found == name or (name is None and found.startswith("jobs")):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _posted(made: Arena, prefix: str) -> tuple[int, int]:
    """Entries in these courses, and how many different marks they are of."""
    with made.engine.connect() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        return tuple(
            connection.execute(
                text(
                    "SELECT count(*), count(DISTINCT (learner_id, course_code))"
                    " FROM ledger_entries WHERE course_code LIKE :courses"
                ),
                {"courses": f"{prefix}%"},
            ).one()
        )
