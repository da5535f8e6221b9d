"""A school's layout: tried on samples, set alone in a child, and nothing else within its reach."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from creditbank.domain.papers import KIND_OF, LAYOUT_KINDS, PaperKind
from creditbank.papers.layouts import (
    TOO_MUCH,
    LayoutError,
    render_with_layouts,
    samples,
    set_in_child,
    standard_layout,
    try_layout,
)
from creditbank.papers.rendering import render
from tests.factories import papers, study_papers
from tests.factories.samples import FILE, written
from tests.factories.samples import samples as made_samples
from tests.unit.papers.test_rendering import pages

DAY = date(2026, 3, 2)
KIND = PaperKind.TRANSCRIPT
HEAD = '#let title(content) = "成绩"\n'


def refused(source: str) -> LayoutError:
    paper = dataclasses.replace(papers.paper(study_papers.transcript()), layout=source)
    with pytest.raises(LayoutError) as found:
        set_in_child([paper])
    return found.value


def test_the_samples_are_those_of_the_factories() -> None:
    """`python -m tests.factories.samples` writes them anew."""
    assert FILE.read_text(encoding="utf-8") == written(made_samples())


@pytest.mark.parametrize("kind", LAYOUT_KINDS)
def test_samples_say_what_a_paper_of_that_kind_says(kind: PaperKind) -> None:
    (content,) = (made for made, of in KIND_OF.items() if of is kind)
    fields = {field.name for field in dataclasses.fields(content)}
    assert [set(sample) for sample in samples(kind)] == [fields] * len(samples(kind))


@pytest.mark.parametrize("kind", [KIND, PaperKind.CLASS_AUDIT, PaperKind.STATUS_CERTIFICATE])
def test_the_standard_handed_in_again_does(kind: PaperKind) -> None:
    pictures = try_layout(kind, standard_layout(kind), day=DAY)
    assert pictures
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_the_standard_as_a_layout_is_the_same_file() -> None:
    paper = papers.paper(study_papers.transcript())
    laid_out = dataclasses.replace(paper, layout=standard_layout(KIND))
    assert render([laid_out]) == render([paper])


def test_a_school_has_its_own_head_and_the_number_stays() -> None:
    own = standard_layout(KIND) + "\n#let letterhead(paper) = [★ 自己的抬头]\n"
    paper = dataclasses.replace(papers.paper(study_papers.transcript()), layout=own)
    (text,) = pages(render([paper]))
    assert "★自己的抬头" in text
    assert paper.number in text
    assert "第1页共1页" in text


def test_papers_of_several_layouts_are_one_file_and_the_same_each_time() -> None:
    first = papers.paper(study_papers.transcript())
    own = dataclasses.replace(first, layout=standard_layout(KIND).replace("学生成绩单", "另一种"))
    several = [own, first, own]
    pdf = render_with_layouts(several)
    titles = ["另一种" in text for text in pages(pdf)]
    assert titles == [True, False, True]
    assert render(several) == pdf


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('read("/etc/passwd")', "file not found"),
        ('read("../../../etc/passwd")', "would escape the project root"),
        ('image("/etc/hostname")', "file not found"),
        ('{ import "@preview/cetz:0.3.0"; [x] }', "failed to download package"),
        ('{ import ("@pre" + "view/cetz:0.3.0") as found; [x] }', "failed to download package"),
        ('text(font: "Arial")[x]', "unknown font family"),
        ("missing", "unknown variable"),
    ],
)
def test_nothing_outside_is_within_reach_and_the_line_is_named(body: str, said: str) -> None:
    fault = refused(f"{HEAD}\n#let body(paper) = {body}\n")
    assert said in str(fault)
    assert fault.line == 3
    assert "/tmp" not in str(fault)  # noqa: S108 (where the child was at work)


def test_what_uses_up_the_memory_is_stopped_alone() -> None:
    assert str(refused(f"{HEAD}#let body(paper) = [#range(3000000000).len()]")) == TOO_MUCH


def test_a_file_without_a_body_is_refused() -> None:
    assert "body" in str(refused(HEAD))
