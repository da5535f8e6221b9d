"""Each answer of a page that names learners to staff leaves one line in the access log."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, OWN, SAME
from tests.factories.grade_files import class_cells, xlsx_of
from tests.functional.web.conftest import Reader, Visitor


@pytest.fixture
def lines(owner_engine: Engine, county) -> Callable[[], int]:
    """How many lines the log has."""

    def count() -> int:
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            return int(uow.connection.execute(text("SELECT count(*) FROM access_log")).scalar_one())

    return count


def innovation(reader: Reader) -> str:
    name, number = reader.county.names[SAME], reader.county.numbers[SAME]
    return f"{number}\t{name}\t志愿服务\t社区服务\t20\t\t\t\t2026-05-01"


def uploaded(reader: Reader) -> str:
    """Where the preview of an uploaded sheet of the first class is."""
    school = reader.county.schools[0]
    pupils = [(pupil.student_no, pupil.name) for pupil in school.pupils]
    content = xlsx_of(class_cells(pupils, school.courses, school.term))
    sheet = {"sheet": (io.BytesIO(content), "成绩.xlsx")}
    return reader.post("/grade-sheets", sheet).headers["Location"]


NAMING = {
    "page": (Role.REGISTRAR, lambda r: r.get(f"/learners/{r.county.learners[OWN]}")),
    "college's page": (Role.COLLEGE, lambda r: r.get(f"/learners/{r.county.learners[AGREED]}")),
    "news": (Role.TEACHER, lambda r: r.get(f"/learners/{r.county.learners[OWN]}/news", part=True)),
    "search": (
        Role.COUNTY,
        lambda r: r.post("/learners", {"words": r.county.numbers[OWN]}, part=True),
    ),
    "palette": (
        Role.COUNTY,
        lambda r: r.post("/palette", {"words": r.county.numbers[OWN]}, part=True),
    ),
    "form": (
        Role.REGISTRAR,
        lambda r: r.get(f"/learners/{r.county.learners[OWN]}/credits/course", part=True),
    ),
    "posting": (
        Role.REGISTRAR,
        lambda r: r.post(
            f"/learners/{r.county.learners[OWN]}/credits/innovation",
            {
                "category": "volunteering",
                "title": "社区服务",
                "quantity": "20",
                "certificate_level": "",
                "earned_on": "2026-05-02",
            },
            part=True,
        ),
    ),
    "refused posting": (
        Role.REGISTRAR,
        lambda r: r.post(f"/learners/{r.county.learners[OWN]}/credits/course", {}, part=True),
    ),
    "history": (
        Role.ADVISOR,
        lambda r: r.get(f"/learners/{r.county.learners[OWN]}/history", part=True),
    ),
    "gap": (
        Role.COLLEGE,
        lambda r: r.get(f"/learners/{r.county.learners[AGREED]}/gap", part=True),
    ),
    "what if": (Role.TEACHER, lambda r: r.get(f"/learners/{r.county.learners[OWN]}/what-if")),
    "supposed": (
        Role.REGISTRAR,
        lambda r: r.post(f"/learners/{r.county.learners[OWN]}/what-if", {"course": "GG02"}),
    ),
    "cohort": (Role.COLLEGE, lambda r: r.get(f"/agreements/{r.county.agreements[AGREED]}")),
    "preview of rows": (
        Role.REGISTRAR,
        lambda r: r.post("/paste/innovation/preview", {"rows": innovation(r)}, part=True),
    ),
    "rows posted": (
        Role.REGISTRAR,
        lambda r: r.post("/paste/innovation", {"rows": innovation(r)}, part=True),
    ),
    "template": (
        Role.REGISTRAR,
        lambda r: r.get(
            f"/grade-sheets/template?class_name={r.county.schools[0].class_name}&term=2025-2026-1"
        ),
    ),
    "roster": (
        Role.REGISTRAR,
        lambda r: r.get(
            f"/registration/class-lists/roster.xlsx?class=2025-{r.county.schools[0].class_name}"
        ),
    ),
    "simulation": (
        Role.COUNTY,
        lambda r: r.get("/rules/substitution.cap_units/simulation?value=0.5", part=True),
    ),
    "simulation as a file": (
        Role.APPROVER,
        lambda r: r.get("/rules/substitution.cap_units/simulation.xlsx?value=0.5"),
    ),
    "upload": (Role.REGISTRAR, lambda r: r.get(uploaded(r))),
    "paper issued": (
        Role.REGISTRAR,
        lambda r: r.post(f"/learners/{r.county.learners[SAME]}/papers", {}, part=True),
    ),
    "paper opened": (Role.COUNTY, lambda r: r.get(f"/papers/{r.county.papers[OWN]}/file")),
    "class for papers": (
        Role.REGISTRAR,
        lambda r: r.get(f"/papers?class_name={r.county.schools[0].class_name}&entry_year=2025"),
    ),
    "paper revoked": (
        Role.REGISTRAR,
        lambda r: r.post(f"/papers/{r.county.papers[OWN]}/revocations", {"reason": "x"}, part=True),
    ),
}


@pytest.mark.parametrize("name", NAMING)
def test_an_answer_that_names_learners_leaves_one_line(name, visitor: Visitor, lines):
    role, ask = NAMING[name]
    before = lines()
    answer = ask(visitor(role))
    assert answer.status_code in {200, 422}
    assert lines() == before + 1


SILENT = {
    "own page": (Role.STUDENT, lambda r: r.get(f"/learners/{r.county.learners[OWN]}")),
    "empty search": (Role.REGISTRAR, lambda r: r.post("/learners", {"words": "ZZZZ"}, part=True)),
    "pages in the palette": (
        Role.REGISTRAR,
        lambda r: r.post("/palette", {"words": "规则"}, part=True),
    ),
    "start": (Role.REGISTRAR, lambda r: r.get("/")),
    "figures": (Role.COUNTY, lambda r: r.get("/indicators")),
    "rules": (Role.COUNTY, lambda r: r.get("/rules")),
    "simulation without effect": (
        Role.COUNTY,
        lambda r: r.get("/rules/substitution.cap_units/simulation?value=9", part=True),
    ),
    "agreements": (Role.COLLEGE, lambda r: r.get("/agreements")),
    "classes for papers": (Role.REGISTRAR, lambda r: r.get("/papers")),
    "refused file": (
        Role.REGISTRAR,
        lambda r: r.post("/grade-sheets", {"sheet": (io.BytesIO(b"?"), "x.xlsx")}),
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_an_answer_that_names_nobody_leaves_none(name, visitor: Visitor, lines):
    role, ask = SILENT[name]
    before = lines()
    assert ask(visitor(role)).status_code in {200, 422}
    assert lines() == before


def test_news_without_news_names_nobody(visitor: Visitor, lines):
    reader = visitor(Role.TEACHER)
    address = f"/learners/{reader.county.learners[OWN]}/news"
    first = reader.get(address, part=True).get_data(as_text=True)
    seen = first.partition("seen=")[2].partition("&")[0]
    before = lines()
    again = reader.get(f"{address}?seen={seen}&round=3", part=True).get_data(as_text=True)
    assert lines() == before
    assert "round=4" in again
    assert reader.county.names[OWN] not in again
