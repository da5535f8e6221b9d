"""Fifty transcripts of a class: issued in parts from the books, set as one file, and set by hand.

issued_s: entered under their numbers, with verdicts and averages, from the demo county's books.
set_s: from what was kept to the bytes of the file. typst_s: the compiler alone on ready input, the
yardstick; ratio: set_s to that. own_layout_s: the same with a school's layout, in a child process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

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
PAPERS, PART, ROUNDS = 50, 10, 3
KIND = PaperKind.TRANSCRIPT
_SITE = "https://xuefen.example/verify"
# Those of one school with the most entries: whole transcripts.
_LEARNERS = text("""
SELECT e.institution_id, (array_agg(e.learner_id ORDER BY h.ledger_seq DESC))[1\\:50] AS ids
FROM enrolments e JOIN learner_heads h USING (learner_id) JOIN institutions i USING (institution_id)
WHERE e.is_open AND i.kind = 'vocational_school'
GROUP BY e.institution_id ORDER BY count(*) DESC LIMIT 1
""")


def measure(*, small: bool = False) -> dict[str, Any]:
    """Seconds for fifty transcripts, and what the compiler alone takes for them."""
    with servers() as urls:
        fill(urls, small=small, scale=0.05)
        engine = make_engine(urls.database())
        while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC)).claimed:
            pass
        issued_s, papers = _issued(engine)
        engine.dispose()
    set_s, typst_s = _best(_rendered, papers), _best(_compiled_alone, papers)
    own = [replace(paper, layout=standard_layout(KIND)) for paper in papers]
    return {
        "papers": len(papers),
        "courses": sum(len(term["courses"]) for paper in papers for term in paper.content["terms"]),
        "kilobytes": len(render(papers)) // 1024,
        "issued_s": round(issued_s, 2),
        "set_s": round(set_s, 2),
        "typst_s": round(typst_s, 2),
        "ratio": round(set_s / typst_s, 2),
        "own_layout_s": round(_best(_rendered, own), 2),
        "within_bar": set_s <= BAR_S,
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


def _rendered(papers: list[Paper]) -> float:
    started = time.perf_counter()
    render(papers)
    return time.perf_counter() - started


def _compiled_alone(papers: list[Paper]) -> float:
    said = json.dumps([spoken(paper) for paper in papers])
    day = timestamp(papers[0].issued_on)
    started = time.perf_counter()
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )
    compiler = typst.Compiler(input=TEMPLATES / "papers.typ", root=TEMPLATES, font_paths=fonts)
    compiler.compile(
        sys_inputs={"papers": said}, format="pdf", pdf_standards=["a-2a"], timestamp=day
    )
    return time.perf_counter() - started


def _best(measured: Callable[[list[Paper]], float], papers: list[Paper]) -> float:
    """Each round in a process of its own: the compiler remembers what it has set before."""
    seconds = []
    for _ in range(ROUNDS):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            seconds.append(pool.submit(measured, papers).result())
    return min(seconds)
