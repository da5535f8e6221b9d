"""A school's layout on the page: downloaded, handed in, looked at, put in force, taken back."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from sqlalchemy import Engine

from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Role
from creditbank.papers.layouts import standard_layout
from creditbank.services.paper_commands import AddLayout
from creditbank.services.paper_layouts import add_layout
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, OTHER, OWN, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor
from tests.functional.web.test_papers import text_of

KIND = "/paper-layouts/credit_statement"
DAY = NOW.date().isoformat()


def hand_in(reader: Reader, source: bytes | str, kind: str = KIND, note: str = ""):
    content = source if isinstance(source, bytes) else source.encode()
    return reader.post(kind, {"layout": (io.BytesIO(content), "own.typ"), "note": note})


@pytest.fixture
def reader(visitor: Visitor) -> Reader:
    return visitor(Role.REGISTRAR)


def opened(reader: Reader, county: CountyInSmall) -> str:
    """The text of a statement that is issued now."""
    form = {"kind": "credit_statement", "learner_id": [str(county.learners[OWN])]}
    answer = reader.get(reader.post("/papers", form).location)
    return pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_bounded()


def test_a_school_changes_the_layout_and_goes_back(reader: Reader, county: CountyInSmall) -> None:
    assert "标准版式" in text_of(reader.get("/paper-layouts"))
    standard = reader.get(f"{KIND}/standard").get_data(as_text=True)
    assert standard == standard_layout(PaperKind.CREDIT_STATEMENT)
    before = opened(reader, county)
    own = standard.replace("学分银行对账单", "学分证明").replace("\n", "\r\n")
    kept = hand_in(reader, "\ufeff" + own, note="按市局要求")
    assert kept.status_code == 302
    shown = text_of(reader.get(kept.location))
    assert "按市局要求" in shown
    assert "data:image/png;base64," in shown
    number = kept.location.rsplit("/", 1)[1]
    assert "学分证明" in reader.get(f"{kept.location}/file").get_data(as_text=True)
    assert "学分银行对账单" in opened(reader, county)  # nothing changes before it is in force
    begun = reader.post(f"{KIND}/starts", {"paper_layout_id": number, "starts_on": DAY})
    assert "第 1 版" in text_of(reader.get(begun.location))
    assert "学分证明" in opened(reader, county)
    assert reader.get(f"{KIND}/picture").data.startswith(b"\x89PNG")
    reader.post(f"{KIND}/starts", {"paper_layout_id": "", "starts_on": DAY})
    assert opened(reader, county) == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('#let title(content) = "x"\n\n#let body(paper) = missing', "第 3 行：unknown variable"),
        ('#let title(content) = "x"\n#let body(paper) = read("/etc/passwd")', "file not found"),
        ("= 只有文字", "title"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "请选择版式文件"),
        (b"//" + b"x" * 65_536, "不能超过 64 KB"),
    ],
)
def test_what_does_not_set_the_samples_is_not_kept(
    reader: Reader, source: bytes | str, said: str
) -> None:
    refused = hand_in(reader, source, "/paper-layouts/advance_form")
    assert refused.status_code == 422
    assert said in text_of(refused)
    assert "versions-title" not in text_of(reader.get("/paper-layouts/advance_form"))


def test_a_layout_that_sets_only_what_is_usual_is_not_kept(reader: Reader) -> None:
    """Found with the sample of who has nothing in the books."""
    source = '#let title(content) = "x"\n#let body(paper) = [#paper.content.outcomes.first().name]'
    refused = hand_in(reader, source)
    assert refused.status_code == 422
    assert "第 2 行" in text_of(refused)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"paper_layout_id": "x", "starts_on": DAY}, 404),
        ({"paper_layout_id": "999999999", "starts_on": DAY}, 404),
        ({"paper_layout_id": "", "starts_on": "2020-01-01"}, 422),
        ({"paper_layout_id": "", "starts_on": ""}, 422),
    ],
)
def test_what_cannot_begin_is_refused(reader: Reader, form: dict[str, str], status: int) -> None:
    assert reader.post(f"{KIND}/starts", form).status_code == status


def test_a_layout_of_another_kind_or_school_does_not_begin(
    reader: Reader, county: CountyInSmall
) -> None:
    own = {"paper_layout_id": str(county.layouts[OWN]), "starts_on": DAY}
    assert reader.post(f"{KIND}/starts", own).status_code == 404
    theirs = own | {"paper_layout_id": str(county.layouts[OTHER])}
    assert reader.post("/paper-layouts/transcript/starts", theirs).status_code == 404


def test_kinds_without_a_layout_are_not_found(reader: Reader) -> None:
    assert reader.get("/paper-layouts/credential").status_code == 404
    assert reader.get("/paper-layouts/x/standard").status_code == 404


def test_where_a_layout_fails_the_standard_one_is_offered(
    reader: Reader, county: CountyInSmall, engine: Engine
) -> None:
    """As a release may bring it about: what has set the samples no longer sets a paper."""
    source = '#let title(content) = "x"\n#let body(paper) = gone(paper)'
    command = AddLayout(kind=PaperKind.TRANSCRIPT, source=source, note="")
    registrar = county.schools[0].registrar
    with UnitOfWork(engine, EVERYWHERE) as uow:
        kept = add_layout(uow, registrar, command, idempotency_key="fails", now=NOW)
    starts = "/paper-layouts/transcript/starts"
    reader.post(starts, {"paper_layout_id": str(kept.paper_layout_id), "starts_on": DAY})
    form = {"kind": "transcript", "learner_id": [str(county.learners[OWN])]}
    answer = reader.get(reader.post("/papers", form).location)
    body = text_of(answer)
    assert answer.status_code == 422
    assert "第 2 行：unknown variable: gone" in body
    (standard,) = re.findall(r'href="(/papers/files[^"]*layout=standard[^"]*)"', body)
    assert reader.get(standard).data.startswith(b"%PDF-")
    reader.post(starts, {"paper_layout_id": "", "starts_on": DAY})


def test_in_english(reader: Reader) -> None:
    reader.client.set_cookie("language", "en")
    body = text_of(reader.get(KIND))
    assert "Layout: Credit statement" in body
    assert "Hand in a new layout" in body
