"""Papers of a class on the page: every kind, part by part, and where somebody stands in the way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.permissions import Role
from creditbank.web import paper_batches
from tests.factories.county import OTHER, OWN, CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.web.conftest import Visitor
from tests.functional.web.test_papers import rows, text_of, ticks

PLACE = {"class_name": CLASS_NAME, "entry_year": "2025"}


def page(kind: str) -> str:
    return f"/papers?class_name={CLASS_NAME}&entry_year=2025&kind={kind}"


def values(body: str) -> dict[str, Any]:
    """What the next part would be asked with."""
    found = re.search(r"hx-vals='([^']+)'", body)
    return {} if found is None else dict(re.findall(r'"(\w+)": ?"([^"]*)"', found[1]))


@pytest.mark.parametrize(
    "kind", ["transcript", "transcript_bilingual", "credit_statement", "grad_audit"]
)
def test_a_class_gets_every_kind_part_by_part(
    visitor: Visitor, engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(paper_batches, "PART", 3)
    reader = visitor(Role.REGISTRAR)
    chosen = ticks(text_of(reader.get(page(kind))))
    assert len(chosen) == 7
    said = []
    body = text_of(reader.post("/papers/parts", {"kind": kind, "learner_id": chosen}, part=True))
    while asked := values(body):
        said += re.findall(r"\d+ / \d+", body)
        assert 'hx-trigger="load, click"' in body
        body = text_of(reader.post("/papers/parts", asked, part=True))
    assert said == ["3 / 7", "6 / 7"]
    assert "已签发 7 份" in body
    (address,) = re.findall(r'href="(/papers/files[^"]+)"', body)
    assert reader.get(address).data.startswith(b"%PDF-")
    count = "SELECT count(*) AS n FROM issued_papers WHERE kind = :kind"
    before = rows(engine, count, kind=kind)[0].n
    again = reader.post("/papers", {"kind": kind, "learner_id": chosen, **PLACE})
    assert again.location == address
    assert rows(engine, count, kind=kind)[0].n == before


def test_what_was_issued_before_somebody_stood_in_the_way_can_be_opened(
    visitor: Visitor, county: CountyInSmall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_batches, "PART", 1)
    reader = visitor(Role.REGISTRAR)
    asked = {"kind": "transcript", "rest": str(county.learners[OWN])}
    first = text_of(reader.post("/papers/parts", asked, part=True))
    (done,) = re.findall(r"ids=(\d+)", first)
    refused = reader.post(
        "/papers/parts",
        {"kind": "study_certificate", "done": done, "rest": str(county.learners[OWN])},
        part=True,
    )
    body = text_of(refused)
    assert refused.status_code == 422
    assert "仍在籍或已毕业" in body
    assert 'hx-trigger="click"' in body  # it does not go on by itself
    assert f"ids={done}" in body


def test_all_or_none_of_a_class_are_ticked_by_a_link(visitor: Visitor) -> None:
    reader = visitor(Role.REGISTRAR)
    for asked, ticked in (("", 7), ("&ticks=none", 0)):
        body = text_of(reader.get(page("transcript") + asked))
        assert len(re.findall(r'<input type="checkbox"[^>]*checked', body)) == ticked


def test_nobody_of_another_school_is_among_them(visitor: Visitor, county: CountyInSmall) -> None:
    ids = [str(county.learners[name]) for name in (OWN, OTHER)]
    answer = visitor(Role.REGISTRAR).post("/papers", {"kind": "transcript", "learner_id": ids})
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["change_form", "credential", "x", "class_audit"])
def test_a_kind_that_is_not_made_from_the_books_is_not_found(visitor: Visitor, kind: str) -> None:
    assert visitor(Role.REGISTRAR).post("/papers", {"kind": kind}).status_code == 404


def test_classes_are_found_by_a_part_of_their_name(visitor: Visitor) -> None:
    reader = visitor(Role.REGISTRAR)
    assert CLASS_NAME in text_of(reader.get("/papers?q=25数"))
    assert "没有名称相符的班级" in text_of(reader.get("/papers?q=没有"))


def test_of_a_study_certificate_those_are_offered_who_have_left(
    visitor: Visitor, engine: Engine, county: CountyInSmall
) -> None:
    gone = rows(
        engine,
        "SELECT learner_id FROM enrolments WHERE institution_id = :school AND class_name = :name"
        " AND NOT is_open AND status <> '07'",
        school=county.schools[0].institution_id,
        name=CLASS_NAME,
    )
    body = text_of(visitor(Role.REGISTRAR).get(page("study_certificate")))
    assert sorted(ticks(body)) == sorted(str(row.learner_id) for row in gone)


def test_a_class_is_listed_on_one_paper_which_can_be_taken_back(
    visitor: Visitor, engine: Engine
) -> None:
    reader = visitor(Role.REGISTRAR)
    opened = reader.post("/papers/class-audits", PLACE)
    assert reader.get(opened.location).data.startswith(b"%PDF-")
    assert reader.post("/papers/class-audits", PLACE).location == opened.location
    number = rows(engine, "SELECT * FROM issued_papers WHERE kind = 'class_audit'")[0]
    listed = text_of(reader.get(page("class_audit")))
    assert number.number in listed
    taken = reader.post(f"/papers/{number.issued_paper_id}/revocations", {"reason": "名单有误"})
    assert "作废" in text_of(reader.get(taken.location))
    seen = text_of(visitor(Role.ANONYMOUS).get(f"/verify/{number.token}"))
    assert "毕业资格审核汇总表" in seen
    assert CLASS_NAME in seen
    for learner in number.document["learners"]:
        assert learner["name"] not in seen
    assert reader.post("/papers/class-audits", {**PLACE, "class_name": "无"}).status_code == 404


def test_opening_the_list_of_a_class_is_noted_for_everybody_on_it(
    visitor: Visitor, engine: Engine
) -> None:
    reader = visitor(Role.REGISTRAR)
    opened = reader.post("/papers/class-audits", PLACE)
    log = "SELECT * FROM access_log WHERE action = 'see_papers'"
    before = len(rows(engine, log))
    reader.get(opened.location)
    noted = rows(engine, f"{log} ORDER BY access_log_id")
    assert len(noted) == before + 1
    named = rows(engine, "SELECT s.learner_id FROM paper_sources s JOIN issued_papers p"
                 " USING (issued_paper_id) WHERE p.kind = 'class_audit'")  # fmt: skip
    assert {row.learner_id for row in named} <= set(noted[-1].learner_ids)


def test_in_english(visitor: Visitor) -> None:
    reader = visitor(Role.REGISTRAR)
    reader.client.set_cookie("language", "en")
    body = text_of(reader.get(page("transcript")))
    assert "Papers of a class" in body
    assert "Bilingual transcript" in body
