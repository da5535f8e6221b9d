"""Every paper as an archive wants it: PDF/A-2, tagged, A4, its fonts inside, its text in it.

What a validator would check beyond that is not checked here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
import pytest

from creditbank.papers.rendering import render
from tests.factories import papers, study_papers

PAPERS = {
    **{f"usual {name}": papers.paper(made) for name, made in papers.usual().items()},
    **{f"extreme {name}": papers.paper(made) for name, made in papers.extreme().items()},
    "credential": papers.credential_paper(),
}
A4 = (595.28, 841.89)


def fonts_of(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Each font that any page uses; of a composite one the one that holds its glyphs."""
    for page in pdf.pages:
        for font in page.resources.get("/Font", {}).values():
            yield from font.get("/DescendantFonts", [font])


@pytest.fixture(params=PAPERS, scope="module")
def file(request: pytest.FixtureRequest) -> bytes:
    return render([PAPERS[request.param]])


def test_it_says_that_it_is_for_the_archive_and_reads_aloud(file: bytes) -> None:
    with pikepdf.open(io.BytesIO(file)) as pdf:
        said = pdf.open_metadata()
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("2", "A")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).lower().startswith("zh")
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert not pdf.is_encrypted
        assert said["dc:title"]


def test_every_font_is_inside(file: bytes) -> None:
    with pikepdf.open(io.BytesIO(file)) as pdf:
        found = list(fonts_of(pdf))
        assert found
        for font in found:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())


def test_every_page_is_a4(file: bytes) -> None:
    with pikepdf.open(io.BytesIO(file)) as pdf:
        for page in pdf.pages:
            left, bottom, right, top = map(float, page.mediabox)
            assert (right - left, top - bottom) == pytest.approx(A4, abs=0.5)


@pytest.mark.parametrize("name", study_papers.RARE_NAMES)
def test_rare_names_are_drawn_and_can_be_copied_out(name: str) -> None:
    for made in (
        study_papers.transcript(name=name),
        study_papers.bilingual_transcript(name=name),
        study_papers.credit_statement(name=name),
        study_papers.grad_audit(name=name),
        study_papers.study_certificate(name=name),
    ):
        pdf = render([papers.paper(made)])
        assert name in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()


def test_a_font_that_is_not_inside_would_be_seen() -> None:
    """The measure itself: one of the fonts that every reader is thought to have."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, BaseFont=pikepdf.Name.Helvetica)
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    assert all("/FontDescriptor" not in found for found in fonts_of(pdf))
    assert len(list(fonts_of(pdf))) == 1
