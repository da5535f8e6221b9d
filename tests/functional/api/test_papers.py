"""Papers over the wire: issued, listed, opened as PDF, taken back; all of it in the description."""

from __future__ import annotations

from typing import Any

import pypdfium2
from flask.testing import FlaskClient

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, LEFT, OTHER, OWN, SAME, CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.conftest import Ask


def issue(ask: Ask, *learner_ids: int) -> list[dict[str, Any]]:
    answer = ask(Role.REGISTRAR, "POST", "/papers", {"learner_ids": [*learner_ids]})
    said: Any = answer.json
    assert answer.status_code == 201, said
    papers: list[dict[str, Any]] = said["papers"]
    return papers


def test_a_certificate_is_issued_opened_and_taken_back(ask: Ask, county: CountyInSmall) -> None:
    (paper,) = issue(ask, county.learners[SAME])
    assert (paper["kind"], paper["state"]) == ("status_certificate", "valid")
    assert paper["issued_on"] == "2026-07-01"
    assert paper["valid_until"] == "2026-07-31"
    path = f"/papers/{paper['issued_paper_id']}"
    opened = ask(Role.REGISTRAR, "GET", f"{path}/file")
    assert opened.content_type == "application/pdf"
    (page,) = pypdfium2.PdfDocument(opened.data)
    assert paper["number"] in page.get_textpage().get_text_bounded()
    again = ask(Role.REGISTRAR, "GET", f"{path}/file", **{"If-None-Match": opened.headers["ETag"]})
    assert again.status_code == 304  # byte for byte the same
    taken = ask(Role.REGISTRAR, "POST", f"{path}/revocations", {"reason": "姓名有误"})
    said: Any = taken.json
    assert said["papers"][0]["state"] == "revoked"
    listed: Any = ask(Role.COUNTY, "GET", f"/learners/{county.learners[SAME]}/papers").json
    assert listed["papers"] == said["papers"]


def test_a_class_is_one_file(ask: Ask, county: CountyInSmall) -> None:
    papers = issue(ask, *(county.learners[relation] for relation in (AGREED, LEFT)))
    body = {"issued_paper_ids": [paper["issued_paper_id"] for paper in papers]}
    opened = ask(Role.REGISTRAR, "POST", "/papers/files", body)
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(opened.data)]
    assert [paper["number"] in text for paper, text in zip(papers, pages, strict=True)] == [
        True
    ] * 2
    assert ask(Role.STUDENT, "POST", "/papers/files", body).status_code == 404


def test_papers_from_the_books_are_issued_by_kind(ask: Ask, county: CountyInSmall) -> None:
    body = {"kind": "transcript", "learner_ids": [county.learners[SAME]]}
    said: Any = ask(Role.REGISTRAR, "POST", "/papers", body).json
    (paper,) = said["papers"]
    assert (paper["kind"], paper["valid_until"], paper["class_name"]) == ("transcript", None, "")
    opened = ask(Role.REGISTRAR, "GET", f"/papers/{paper['issued_paper_id']}/file")
    text = pypdfium2.PdfDocument(opened.data)[0].get_textpage().get_text_bounded()
    assert "学生成绩单" in text
    for kind in ("study_certificate", "change_form"):
        assert ask(Role.REGISTRAR, "POST", "/papers", body | {"kind": kind}).status_code == 422


def test_a_class_is_audited_on_one_paper(ask: Ask) -> None:
    place = {"class_name": CLASS_NAME, "entry_year": 2025}
    said: Any = ask(Role.REGISTRAR, "POST", "/class-audits", place).json
    (paper,) = said["papers"]
    assert (paper["learner_id"], paper["class_name"]) == (None, CLASS_NAME)
    path = f"/papers/{paper['issued_paper_id']}/file"
    assert ask(Role.REGISTRAR, "GET", path).data.startswith(b"%PDF-")
    assert ask(Role.STUDENT, "GET", path).status_code == 404
    other = place | {"entry_year": 1999}
    assert ask(Role.REGISTRAR, "POST", "/class-audits", other).status_code == 404


def test_a_change_form_is_printed(ask: Ask, county: CountyInSmall) -> None:
    path = f"/status-changes/{county.changes[OWN]}/papers"
    said: Any = ask(Role.REGISTRAR, "POST", path, {}).json
    (paper,) = said["papers"]
    assert paper["status_change_id"] == county.changes[OWN]
    assert paper["valid_until"] is None
    assert paper["learner_id"] != county.learners[OWN]


def test_a_family_opens_its_own(ask: Ask, county: CountyInSmall) -> None:
    for role in (Role.STUDENT, Role.GUARDIAN):
        listed: Any = ask(role, "GET", f"/learners/{county.learners[OWN]}/papers").json
        (paper,) = listed["papers"]
        opened = ask(role, "GET", f"/papers/{paper['issued_paper_id']}/file")
        assert opened.data.startswith(b"%PDF-")


def test_another_schools_learner_hides_the_whole_batch(ask: Ask, county: CountyInSmall) -> None:
    body = {"learner_ids": [county.learners[SAME], county.learners[OTHER]]}
    assert ask(Role.REGISTRAR, "POST", "/papers", body).status_code == 404


def test_faults_are_told_by_field(ask: Ask, county: CountyInSmall) -> None:
    for path, body, field in (
        ("/papers", {"learner_ids": []}, "learner_ids"),
        ("/papers", {"learner_ids": [*range(1, 62)]}, "learner_ids"),
        (f"/papers/{county.papers[OWN]}/revocations", {"reason": ""}, "reason"),
    ):
        answer = ask(Role.REGISTRAR, "POST", path, body)
        said: Any = answer.json
        assert answer.status_code == 422
        assert said["problems"][0]["field"] == field


def test_files_are_described_as_pdf(client: FlaskClient) -> None:
    described: Any = client.get("/api/v1/openapi.json").json
    for path, method in (
        ("/api/v1/papers/{issued_paper_id}/file", "get"),
        ("/api/v1/papers/files", "post"),
    ):
        answers = described["paths"][path][method]["responses"]
        assert list(answers["200"]["content"]) == ["application/pdf"]
        assert {"401", "403", "404"} <= set(answers)
