"""A hundred thousand marks through the upload page of a running installation, beside whom works on.

Measured in one run: python-calamine reading the same file and nothing else; the import by phases,
as its page shows them; until every verdict stands at its head; how long single posts and pages
take without the import and meanwhile; and taking it all back, with nothing else going on.
Posts go to learners who are in the file and to others: who is in it waits while the last statements
hold the heads.
"""

from __future__ import annotations

import io
import os
import random
import re
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import python_calamine
import xlsxwriter
from sqlalchemy import Engine, text

from bench.installation import Installation, installation
from creditbank.db import make_engine
from creditbank.demo.logins import PASSWORD
from creditbank.domain.calendar import local_date
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

MARKS = 100_000
RATIO_BAR, FRESH_BAR_S, POSTS_BAR, PAGES_BAR_MS = 4.0, 1.5, 4.0, 300.0
_PATIENCE_S = 600.0
_IDLE_S = 10.0
_PER_SECOND = 20
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_PUPILS = text("""
SELECT e.learner_id, e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.is_open AND e.institution_id =
  (SELECT institution_id FROM accounts WHERE username = 'registrar') ORDER BY e.learner_id
""")
_TERM = text("SELECT code FROM academic_terms WHERE starts_on <= :today ORDER BY 1 DESC LIMIT 1")
_COURSE = text("""
INSERT INTO courses (institution_id, code, name, name_en, nature, units, theory_hours,
  practice_hours)
SELECT institution_id, :code, :code, '', '1', 200, 18, 18 FROM accounts
WHERE username = 'registrar'
""")
_JOB = text("""
SELECT j.kind, j.state, j.created_at, j.ended_at, p.phase, p.done, j.outcome FROM jobs j
JOIN job_progress p USING (job_id) WHERE j.subject = :subject ORDER BY j.created_at DESC LIMIT 1
""")
_BEHIND = text("""
SELECT EXISTS (SELECT FROM learner_heads h JOIN enrolments e USING (learner_id)
LEFT JOIN verdict_heads v ON v.enrolment_id = e.enrolment_id AND v.subject_kind = 'graduation'
WHERE h.learner_id = ANY(:ids) AND v.ledger_seq IS DISTINCT FROM h.ledger_seq)
""")


def measure(*, small: bool = False) -> dict[str, Any]:
    """Seconds by phase, their ratio to the reading alone, and percentiles in milliseconds.

    On a county of its own each: with nobody else there, beside who looks at pages, and beside who
    looks and two who post, which keeps two cores busy without any import.
    """
    marks = 2_500 if small else MARKS
    alone, beside_readers, beside_all = (
        _import_beside(marks, looks=looks, posts=posts, small=small)
        for looks, posts in ((False, False), (True, False), (True, True))
    )
    idle, meanwhile = beside_all["idle"], beside_all["meanwhile"]
    return {
        "marks": marks,
        **alone,
        "beside_readers": beside_readers,
        "beside_all": beside_all,
        "within_bar": alone["ratio"] <= RATIO_BAR
        and alone["fresh_s"] <= FRESH_BAR_S
        and meanwhile["posts_in_file_p99_ms"] <= POSTS_BAR * idle["posts_in_file_p99_ms"]
        and beside_readers["meanwhile"]["pages_p99_ms"] <= PAGES_BAR_MS,
    }


def _import_beside(marks: int, *, looks: bool, posts: bool, small: bool) -> dict[str, Any]:
    """One import on a county that nobody has touched."""
    with installation(scale=0.02 if small else 1.0) as found:
        engine = make_engine(found.database_url)
        content, in_file, others = _file(engine, marks)
        readings = [_seconds(lambda: _calamine(content)) for _ in range(3)]
        crowd = _Crowd(found, found.api_key("registrar"), in_file, others, looks, posts)
        is_alone = not looks and not posts
        idle = {} if is_alone else crowd.work_while(lambda: time.sleep(1 if small else _IDLE_S))
        registrar = _Registrar(_signed_in(found), engine)
        spent = _processor_seconds(found)
        meanwhile = crowd.work_while(lambda: registrar.import_file(content, in_file))
        spent = _processor_seconds(found) - spent
        registrar.take_back()
        registrar.client.close()
        times = registrar.times
        readings += [_seconds(lambda: _calamine(content)) for _ in range(2)]
        started = time.process_time()
        _calamine(content)
        spent_alone = time.process_time() - started
        engine.dispose()
    ours = times["reading_s"] + times["checking_s"] + times["posting_s"]
    calamine = statistics.median(readings)
    figures = {
        "learners": len(in_file),
        "calamine_s": round(calamine, 2),
        **{name: round(value, 2) for name, value in times.items()},
        "import_s": round(ours, 2),
        "ratio": round(ours / calamine, 1),
        "calamine_processor_s": round(spent_alone, 2),
        "import_processor_s": round(spent, 2),
        "processor_ratio": round(spent / spent_alone, 1),
    }
    return figures if is_alone else figures | {"idle": idle, "meanwhile": meanwhile}


def _file(engine: Engine, marks: int) -> tuple[bytes, list[int], list[int]]:
    """The workbook, who is in it, and some of the same school who are not."""
    today = local_date(datetime.now(UTC))
    with UnitOfWork(engine, EVERYWHERE) as uow:
        pupils = uow.connection.execute(_PUPILS).all()
        term = uow.connection.execute(_TERM, {"today": today}).scalar_one()
        within = pupils[: len(pupils) * 19 // 20]
        courses = [f"ZZ{at:02d}" for at in range(-(-marks // len(within)))]
        for code in courses:
            uow.connection.execute(_COURSE, {"code": code})
    chance = random.Random(100)
    rows = [
        [pupil.student_no, pupil.name, code, term, "正常", chance.randrange(400, 1001) / 10]
        for pupil in within
        for code in courses
    ][:marks]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("成绩")
        head = ["学号", "姓名", "课程代码", "学年学期", "考试性质", "成绩"]
        for at, row in enumerate([head, *rows]):
            sheet.write_row(at, 0, row)
    others = [pupil.learner_id for pupil in pupils[len(within) :]]
    return target.getvalue(), [pupil.learner_id for pupil in within], others


def _calamine(content: bytes) -> None:
    python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(
        0
    ).to_python()


def _processor_seconds(found: Installation) -> float:
    """What those who work on jobs have used, with their readers; the database is not in it."""
    mark = f"CREDITBANK_VAR={found.environment['CREDITBANK_VAR']}".encode()
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_ours = mark in (folder / "environ").read_bytes().split(b"\0")
            if is_ours and b"workers.jobs" in (folder / "cmdline").read_bytes():
                ticks += sum(
                    map(int, (folder / "stat").read_text().rpartition(")")[2].split()[11:15])
                )
    return ticks / os.sysconf("SC_CLK_TCK")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass(slots=True)
class _Registrar:
    """Who uploads, posts and takes back, the browser looking on. times: seconds by phase."""

    client: httpx.Client
    engine: Engine
    times: dict[str, float] = field(default_factory=dict)
    _address: str = ""

    def import_file(self, content: bytes, learner_ids: list[int]) -> None:
        """Upload, check and post, and wait for the verdicts."""
        form = {"csrf_token": _token(self.client)}  # of the first page, which _look measures
        files = {"sheet": ("a.xlsx", content)}
        started = time.perf_counter()
        answer = self.client.post("/grade-sheets", data=form, files=files)
        self._address = answer.headers["Location"]
        self.times["upload_s"] = time.perf_counter() - started
        self._follow({"reading": "reading_s", "checking": "checking_s"})
        started = time.perf_counter()
        self.client.post(f"{self._address}/posting", data=form)
        self.times["asking_s"] = time.perf_counter() - started
        self._follow({"": "posting_s", "posting": "posting_s"})
        posted = time.perf_counter()
        while _behind(self.engine, learner_ids):
            if time.perf_counter() - posted > _PATIENCE_S:
                message = "the verdicts did not follow"
                raise RuntimeError(message)
            time.sleep(0.05)
        self.times["fresh_s"] = time.perf_counter() - posted

    def take_back(self) -> None:
        """Take back all that was posted."""
        form = {"csrf_token": _token(self.client), "reason": "传错文件"}
        self.client.post(f"{self._address}/reversal", data=form)
        self._follow({"": "taking_back_s", "posting": "taking_back_s"})

    def _follow(self, phases: dict[str, str]) -> None:
        self.times |= _follow(self.engine, self._address, phases)


def _follow(engine: Engine, address: str, phases: dict[str, str]) -> dict[str, float]:
    """Seconds that the last job about an upload spends in each phase, until it is over."""
    times = dict.fromkeys(phases.values(), 0.0)
    subject = address.rpartition("/")[2]
    began = time.perf_counter()
    while True:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            job = uow.connection.execute(_JOB, {"subject": subject}).one()
        moment = time.perf_counter()
        times[phases.get(job.phase, next(iter(phases.values())))] += moment - began
        began = moment
        if job.state == "done":
            return times
        if job.state != "waiting" or sum(times.values()) > _PATIENCE_S:
            raise RuntimeError(job.outcome)
        time.sleep(0.02)


def _behind(engine: Engine, learner_ids: list[int]) -> bool:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return bool(uow.connection.execute(_BEHIND, {"ids": learner_ids}).scalar_one())


def _signed_in(found: Installation) -> httpx.Client:
    client = httpx.Client(base_url=found.address, timeout=60)
    form = {"username": "registrar", "password": PASSWORD, "csrf_token": _token(client)}
    answer = client.post("/sign-in", data=form)
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        raise RuntimeError(answer.text)
    return client


def _token(client: httpx.Client) -> str:
    match = _TOKEN.search(client.get("/sign-in", follow_redirects=True).text)
    if match is None:
        message = "a page without a form"
        raise RuntimeError(message)
    return match[1]


@dataclass(slots=True)
class _Crowd:
    """Who goes on working, as far as asked: two who post, one who looks at pages, each at a pace.

    looks, posts: whether they are there.
    """

    found: Installation
    api_key: str
    in_file: list[int]
    others: list[int]
    looks: bool
    posts: bool
    busy: int = 0
    _ends: threading.Event = field(default_factory=threading.Event)

    def work_while(self, work: Callable[[], object]) -> dict[str, Any]:
        """Percentiles of all that was done while the work lasted."""
        self._ends, self.busy = threading.Event(), 0
        waits: dict[str, list[float]] = {}
        threads = []
        if self.posts:
            waits |= {"posts_in_file": [], "posts_other": []}
            threads += [
                threading.Thread(target=self._post, args=(self.in_file, waits["posts_in_file"])),
                threading.Thread(target=self._post, args=(self.others, waits["posts_other"])),
            ]
        if self.looks:
            waits["pages"] = []
            threads.append(threading.Thread(target=self._look, args=(waits["pages"],)))
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()
        return {
            **{f"{name}_p50_ms": _quantile(items, 0.5) for name, items in waits.items()},
            **{f"{name}_p99_ms": _quantile(items, 0.99) for name, items in waits.items()},
            "samples": {name: len(items) for name, items in waits.items()},
            "busy": self.busy,
        }

    def _post(self, learner_ids: list[int], waits: list[float]) -> None:
        chance = random.Random(len(learner_ids))
        headers = {"Authorization": f"Bearer {self.api_key}"}
        today = local_date(datetime.now(UTC)).isoformat()
        with httpx.Client(base_url=self.found.address, headers=headers, timeout=60) as client:
            while not self._ends.is_set():
                credit = {
                    "kind": "innovation", "learner_id": chance.choice(learner_ids),
                    "category": "volunteering", "title": f"志愿服务{uuid.uuid4().hex[:8]}",
                    "quantity": 20, "earned_on": today,
                }  # fmt: skip
                key = {"Idempotency-Key": uuid.uuid4().hex}
                started = time.perf_counter()
                answer = client.post("/api/v1/credits", json=credit, headers=key)
                waits.append(time.perf_counter() - started)
                # Who waits too long for a head is told to come again.
                self.busy += answer.status_code != httpx.codes.CREATED
                self._ends.wait(max(0.0, 1 / _PER_SECOND - waits[-1]))

    def _look(self, waits: list[float]) -> None:
        pages = [f"/learners/{learner_id}" for learner_id in self.others[:20]]
        pages += ["/", "/grade-sheets", "/learners?q=李"]
        with closing(_signed_in(self.found)) as client:
            while not self._ends.is_set():
                started = time.perf_counter()
                client.get(random.Random(len(waits)).choice(pages), follow_redirects=True)
                waits.append(time.perf_counter() - started)
                self._ends.wait(max(0.0, 1 / _PER_SECOND - waits[-1]))


def _quantile(items: list[float], share: float) -> float:
    ordered = sorted(items)
    return round(1000 * ordered[int(len(ordered) * share)], 1) if ordered else 0.0
