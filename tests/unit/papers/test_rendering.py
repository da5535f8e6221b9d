"""Every paper fits its pages, whatever stands on it, and is the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import segno

from creditbank.domain.papers import PaperKind
from creditbank.papers.inputs import PaperError
from creditbank.papers.rendering import render
from tests.factories.papers import (
    LONG_NAME,
    advance_form,
    change_form,
    credential_paper,
    extreme,
    paper,
    recognition_form,
    status_certificate,
    transfer_form,
    usual,
)

MM = 72 / 25.4
SIDE_MM, EDGE_MM = 20, 4
"""The margin at the sides, and the least above the head and below the foot."""
PAPERS = {
    **{f"usual {name}": paper(made) for name, made in usual().items()},
    **{f"extreme {name}": paper(made) for name, made in extreme().items()},
    "usual credential": credential_paper(),
    "extreme credential": credential_paper(much=True),
}


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without the spaces that setting brings about."""
    document = pypdfium2.PdfDocument(pdf)
    return [re.sub(r"\s+", "", page.get_textpage().get_text_bounded()) for page in document]


def boxes(pdf: bytes) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, right and top of every text on every page, in millimetres from its corner."""
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        for at in range(text.count_rects()):
            yield tuple(side / MM for side in text.get_rect(at))


@pytest.mark.parametrize("name", PAPERS)
def test_no_text_lies_outside_the_margins(name: str) -> None:
    drawn = list(boxes(render([PAPERS[name]])))
    assert drawn
    assert min(left for left, _, _, _ in drawn) >= SIDE_MM - 0.1
    assert max(right for _, _, right, _ in drawn) <= 210 - SIDE_MM + 0.1
    assert min(bottom for _, bottom, _, _ in drawn) >= EDGE_MM
    assert max(top for _, _, _, top in drawn) <= 297 - EDGE_MM


def test_a_text_that_runs_out_would_be_seen(tmp_path: Path) -> None:
    """The measure itself: an unbroken word on a page of the same margins."""
    import typst

    source = b'#set page("a4", margin: 20mm)\n#box(width: 1000mm, "' + b"W" * 200 + b'")'
    drawn = list(boxes(typst.compile(source)))
    assert max(right for _, _, right, _ in drawn) > 190


@pytest.mark.parametrize("name", PAPERS)
def test_the_head_stands_on_every_page_and_the_numbers_are_right(name: str) -> None:
    made = PAPERS[name]
    found = pages(render([made]))
    for at, text in enumerate(found, start=1):
        assert made.number in text
        assert re.sub(r"\s+", "", str(made.content["school"])) in text
        assert f"第{at}页共{len(found)}页" in text
        assert (f"验证码{made.code}" if made.code else "扫描二维码查验真伪") in text


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_content_is_the_same_bytes(name: str) -> None:
    made = PAPERS[name]
    first = render([made])
    with ThreadPoolExecutor(3) as pool:  # in other threads, with compilers of their own
        assert set(pool.map(render, [[made]] * 3)) == {first}
    assert render([replace(made, code="OTHER")]) != first


def test_a_certificate_says_what_schools_certify() -> None:
    (text,) = pages(render([paper(status_certificate())]))
    assert (
        "兹证明王小明，性别男，身份证号370124200905123456，系我校数控技术应用专业2024级学生，"
        "学制三年，学籍号G370124200905123456，学号2024010101，班级24数控1班，现为在读。" in text
    )
    for words in ("特此证明", "经办人：李教务", "（公章）", "2026年3月2日", "至2026年3月31日有效"):
        assert words in text


def test_who_has_no_numbers_gets_a_certificate_without_them() -> None:
    bare = replace(status_certificate(), citizen_id="", national_student_no="")
    (text,) = pages(render([paper(bare)]))
    assert "性别男，系我校" in text
    assert "学制三年，学号" in text


def test_a_change_form_has_a_box_for_every_office() -> None:
    (text,) = pages(render([paper(change_form())]))
    assert "休学审批表" in text
    for office in ("班主任", "教务科", "分管校长", "学籍主管部门"):
        assert f"{office}意见" in text
    for words in ("同意。情况属实", "文号：教务〔2026〕8号", "签字（盖章）：张老师2026年2月27日"):
        assert words in text
    assert text.count("签字（盖章）：年月日") == 2


def test_a_transfer_form_has_four_boxes_and_a_line_for_each_guardian() -> None:
    (text,) = pages(render([paper(transfer_form())]))
    for office in ("转出学校", "转入学校", "转出主管部门", "转入主管部门"):
        assert f"{office}意见" in text
    assert "王建国父亲13800000000" in text
    many = "".join(pages(render([paper(extreme()["transfer-form"])])))
    # Guardians, learner, offices, who handles it; and the head of each further page.
    assert many.count(LONG_NAME) == 3 + 1 + 4 + 1 + 3
    none = transfer_form(guardians=())
    assert pages(render([paper(none)]))[0].count("年月日") == 5  # a line is left to be filled in


def test_a_form_of_the_advance_stands_on_one_page_with_its_seal() -> None:
    """As much as an agreement asks for, answered by both sides."""
    first, *others = advance_form().conditions
    asked = (first, *others, *(replace(first, evidence="成绩单") for _ in range(9 - len(others))))
    of_school = advance_form().opinions[0]
    said = (of_school, replace(of_school, office="对接院校（济南幼儿师范高等专科学校）"))
    made = advance_form(conditions=asked, scores=advance_form().scores * 2, opinions=said)
    (text,) = pages(render([paper(made)]))
    for words in ("第3名", "经办人：李教务", "（公章）", "济南幼儿师范高等专科学校）意见报送"):
        assert words in text


def test_thirty_courses_flow_onto_further_pages_with_their_head() -> None:
    course = recognition_form().courses[0]
    many = recognition_form(courses=tuple(replace(course, name=f"课程{at}") for at in range(60)))
    found = pages(render([paper(many)]))
    assert len(found) > 1
    with_courses = [text for text in found if "课程1" in text or "课程59" in text]
    assert len(with_courses) == 2
    assert all("名称修习单位学时学分成绩" in text for text in with_courses)
    assert "认定学分合计8.5" in "".join(found)
    assert len(pages(render([paper(extreme()["recognition-form"])]))) > 1


def test_the_qr_code_says_the_link() -> None:
    """Every module of the printed code, against the matrix of the link."""
    made = paper(status_certificate())
    page = pypdfium2.PdfDocument(render([made]))[0]
    scale = 6
    drawn = page.render(scale=scale, grayscale=True).to_numpy() < 128
    at_mm = MM * scale
    corner = drawn[: int(41 * at_mm), int(160 * at_mm) :]
    rows, columns = corner.any(axis=1).nonzero()[0], corner.any(axis=0).nonzero()[0]
    code = corner[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    wanted = [[bool(module) for module in line] for line in segno.make(made.link, error="m").matrix]
    size = len(wanted)
    centres = [int((at + 0.5) * code.shape[0] / size) for at in range(size)]
    assert [[bool(code[y, x]) for x in centres] for y in centres] == wanted


def test_content_is_never_read_as_markup() -> None:
    hostile = '#panic("x") *粗* $x$ \\ @a <b> // = 标题 #include "/etc"'
    (text,) = pages(render([paper(replace(status_certificate(), name=hostile))]))
    assert hostile.replace(" ", "") in text


def test_a_batch_is_one_file_in_which_every_paper_counts_its_own_pages() -> None:
    several = [
        paper(replace(status_certificate(), name=f"学生{at}"), serial=at) for at in range(50)
    ]
    found = pages(render(several))
    assert len(found) == 50
    for at, text in enumerate(found):
        assert f"兹证明学生{at}，" in text
        assert f"-{at:05}-" in text
        assert "第1页共1页" in text
    mixed = pages(render([paper(change_form()), paper(extreme()["transfer-form"])]))
    assert "第1页共1页" in mixed[0]
    assert f"第2页共{len(mixed) - 1}页" in mixed[2]


def test_every_kind_has_its_template() -> None:
    assert {made.kind for made in PAPERS.values()} == set(PaperKind)


def test_a_missing_font_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="unknown font family"):
        render([paper(status_certificate())], fonts=tmp_path)
