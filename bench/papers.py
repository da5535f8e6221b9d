"""Fifty transcripts of a class: issued in parts from the books, then set as one file.

issued_s: entered under their numbers, with verdicts and averages, from the demo county's books.
set: from what was kept to the bytes of the file; typst: the compiler alone on ready input, the
yardstick; own_layout: the same with a school's layout, in a child process. ratio: set to typst, of
processor time, so that others' load counts less.
"""

from __future__ import annotations

import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any, NamedTuple

import typst
from sqlalchemy import Engine, text

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.papers import Paper, PaperKind
from creditbank.domain.permissions import Role
from creditbank.papers.inputs import FONTS, TEMPLATES, spoken, timestamp
from creditbank.papers.layouts import standard_layout
from creditbank.papers.rendering import render
from creditbank.queries.papers import open_papers, printed
from creditbank.services.evaluations import drain
from creditbank.services.paper_commands import IssueStudyPapers
from creditbank.services.study_papers import issue_study_papers
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

BAR_S = 3.0
PAPERS, PART, ROUNDS = 50, 10, 4
KIND = PaperKind.TRANSCRIPT
_SITE = "https://xuefen.example/verify"
# Those of one school with the most entries: whole transcripts.
_LEARNERS = text("""
SELECT e.institution_id, (array_agg(e.learner_id ORDER BY h.ledger_seq DESC))[1\\:50] AS ids
FROM enrolments e JOIN learner_heads h USING (learner_id) JOIN institutions i USING (institution_id)
WHERE e.is_open AND i.kind = 'vocational_school'
GROUP BY e.institution_id ORDER BY count(*) DESC LIMIT 1
""")


class Spent(NamedTuple):
    """Seconds by the clock, and of processor time with that of children."""

    clock: float
    cpu: float


def measure(*, small: bool = False) -> dict[str, Any]:
    """Seconds for fifty transcripts, and what the compiler alone takes for them."""
    with servers() as urls:
        fill(urls, small=small, scale=0.05)
        engine = make_engine(urls.database())
        while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC)).claimed:
            pass
        issued_s, papers = _issued(engine)
        engine.dispose()
    own = [replace(paper, layout=standard_layout(KIND)) for paper in papers]
    found = _in_turn({"set": papers, "typst": papers, "own_layout": own})
    return {
        "papers": len(papers),
        "courses": sum(len(term["courses"]) for paper in papers for term in paper.content["terms"]),
        "kilobytes": len(render(papers)) // 1024,
        "issued_s": round(issued_s, 2),
        **{f"{name}_s": round(spent.clock, 2) for name, spent in found.items()},
        **{f"{name}_cpu_s": round(spent.cpu, 2) for name, spent in found.items()},
        "ratio": round(found["set"].cpu / found["typst"].cpu, 2),
        "within_bar": found["set"].clock <= BAR_S,
    }


def _issued(engine: Engine) -> tuple[float, list[Paper]]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        school, learner_ids = uow.connection.execute(_LEARNERS).one()
    actor = Actor(account_id=1, role=Role.REGISTRAR, institution_id=school, display_name="教务员")
    now, made = datetime.now(UTC), list[int]()
    started = time.perf_counter()
    for at in range(0, min(PAPERS, len(learner_ids)), PART):
        command = IssueStudyPapers(kind=KIND, learner_ids=tuple(learner_ids[at : at + PART]))
        with UnitOfWork(engine, str(school)) as uow:
            made += issue_study_papers(
                uow, actor, command, site=_SITE, idempotency_key=f"bench-{at}", now=now
            ).issued_paper_ids
    seconds = time.perf_counter() - started
    with UnitOfWork(engine, str(school)) as uow:
        return seconds, [printed(paper) for paper in open_papers(uow, actor, made, now=now)]


def _rendered(papers: list[Paper]) -> Spent:
    started = _now()
    render(papers)
    return _since(started)


def _compiled_alone(papers: list[Paper]) -> Spent:
    said = json.dumps([spoken(paper) for paper in papers])
    day = timestamp(papers[0].issued_on)
    started = _now()
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )
    compiler = typst.Compiler(input=TEMPLATES / "papers.typ", root=TEMPLATES, font_paths=fonts)
    compiler.compile(
        sys_inputs={"papers": said}, format="pdf", pdf_standards=["a-2a"], timestamp=day
    )
    return _since(started)


def _now() -> Spent:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Spent(time.perf_counter(), sum(of.ru_utime + of.ru_stime for of in spent))


def _since(started: Spent) -> Spent:
    now = _now()
    return Spent(now.clock - started.clock, now.cpu - started.cpu)


def _in_turn(asked: dict[str, list[Paper]]) -> dict[str, Spent]:
    """The least of each, a process for each round: the compiler remembers what it has set."""
    rounds: dict[str, list[Spent]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, papers in asked.items():
            measured = _compiled_alone if name == "typst" else _rendered
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                rounds[name].append(pool.submit(measured, papers).result())
    return {
        name: Spent(min(spent.clock for spent in found), min(spent.cpu for spent in found))
        for name, found in rounds.items()
    }
