"""Templates as programs write them: nothing of the file is lost, what is below moves with it."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from docx import Document
from docx.shared import Cm
from PIL import Image

from creditbank.domain.errors import InvalidInputError
from creditbank.exchange.filled_templates import Template, Values
from creditbank.exchange.moved_rows import Formulas, RowMoves
from tests.factories.libreoffice import converted

OF_LEARNER = frozenset({"姓名", "学分"})
LEARNERS: list[Values] = [
    {"姓名": name, "学分": Decimal(units)}
    for name, units in zip("甲乙丙", (90, 80, 70), strict=True)
]
VALUES = {"学校": "县职教中心&分校", "班级": "25数控1班", "日期": "2026-06-30"}
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def picture() -> io.BytesIO:
    target = io.BytesIO()
    Image.new("RGB", (40, 40), "#bb0000").save(target, "PNG")
    return target


def workbook() -> bytes:
    """A list with everything around it that a school's may have."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet, other = book.add_worksheet("名册"), book.add_worksheet("说明")
    bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "red"})
    sheet.merge_range("A1:E1", "{{学校}} {{班级}}", bold)
    sheet.write_row("A2", ["姓名", "学分", "备注"])
    sheet.write("A3", "{{姓名}}", bold)
    sheet.write("B3", "{{学分}}")
    sheet.merge_range("C3:D3", "{{班级}}")
    sheet.write_formula("E3", '=B3*2&"B3"')
    sheet.write("A4", "合计")
    sheet.write_formula("B4", "=SUM(B3:B3)")
    sheet.write_rich_string("A5", "制表 ", red, "日期", "：{{日期}}")
    sheet.insert_image("B7", "seal.png", {"image_data": picture()})
    sheet.insert_textbox("G9", "盖章处 {{学校}}")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "=名册!$A$3:$A$3", "values": "=名册!$B$3:$B$3"})
    sheet.insert_chart("H2", chart)
    rule = {"type": "cell", "criteria": "<", "value": 75, "format": red}
    sheet.conditional_format("B3", rule)
    sheet.data_validation("C4", {"validate": "list", "source": ["是", "否"]})
    sheet.write_comment("B5", "到今天")
    sheet.write_url("A6", "https://example.cn/", string="县教体局")
    sheet.set_header("&C{{学校}}")
    sheet.set_landscape()
    sheet.print_area("A1:E5")
    sheet.repeat_rows(0, 1)
    book.define_name("合计", "=名册!$B$4")
    other.write_formula("A1", "=名册!B4")
    book.close()
    return target.getvalue()


def filled(content: bytes) -> bytes:
    return Template(content).filled(VALUES, LEARNERS, OF_LEARNER)


def part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def test_what_is_below_a_repeated_row_moves_with_all_that_refers_to_it():
    book = openpyxl.load_workbook(io.BytesIO(filled(workbook())))
    sheet = book["名册"]
    assert sorted(str(area) for area in sheet.merged_cells.ranges) == [
        "A1:E1", "C3:D3", "C4:D4", "C5:D5",
    ]  # fmt: skip
    assert [sheet[f"E{row}"].value for row in (3, 4, 5)] == [f'=B{row}*2&"B3"' for row in (3, 4, 5)]
    assert sheet["B6"].value == "=SUM(B3:B5)"
    assert book["说明"]["A1"].value == "=名册!B6"
    assert book.defined_names["合计"].attr_text == "名册!$B$6"
    assert sheet.print_area == "'名册'!$A$1:$E$7"
    assert sheet.print_title_rows == "$1:$2"
    assert [str(item.sqref) for item in sheet.conditional_formatting] == ["B3:B5"]
    assert [str(item.sqref) for item in sheet.data_validations.dataValidation] == ["C6"]
    assert sheet["A8"].hyperlink.target == "https://example.cn/"
    assert sheet["B7"].comment.text == "到今天"
    assert sheet["A5"].font.bold


def test_pictures_charts_boxes_and_margins_are_there_and_moved():
    before, after = workbook(), filled(workbook())
    assert re.findall(r"<c:f>(.*?)</c:f>", part(after, "xl/charts/chart1.xml")) == [
        "名册!$A$3:$A$5", "名册!$B$3:$B$5",
    ]  # fmt: skip
    drawing = part(after, "xl/drawings/drawing1.xml")
    rows = [
        [int(row) for row in re.findall(r"<xdr:from>.*?<xdr:row>(\d+)", drawing_of, re.DOTALL)]
        for drawing_of in (part(before, "xl/drawings/drawing1.xml"), drawing)
    ]
    assert rows == [[6, 1, 8], [8, 1, 10]]
    assert "盖章处 县职教中心&amp;分校" in drawing
    assert "&amp;C县职教中心&amp;&amp;分校" in part(after, "xl/worksheets/sheet1.xml")
    names = [zipfile.ZipFile(io.BytesIO(item)).namelist() for item in (before, after)]
    assert names[0] == names[1]
    for name in ("xl/styles.xml", "xl/media/image1.png", "xl/theme/theme1.xml"):
        kept = [zipfile.ZipFile(io.BytesIO(item)).read(name) for item in (before, after)]
        assert kept[0] == kept[1]


def test_a_text_in_several_looks_keeps_them():
    book = openpyxl.load_workbook(io.BytesIO(filled(workbook())), rich_text=True)
    said = book["名册"]["A7"].value
    assert str(said) == "制表 日期：2026-06-30"
    assert said[1].font.color.rgb == "FFFF0000"


def test_libreoffice_saves_the_same_template_and_computes_what_was_filled_in(tmp_path: Path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "read").mkdir()
    again = converted(workbook(), tmp_path / "saved", "xlsx")
    assert set(Template(again).placeholders) == set(Template(workbook()).placeholders)
    content = filled(again)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["名册"]
    assert [sheet[f"A{row}"].value for row in (3, 4, 5)] == ["甲", "乙", "丙"]
    read = converted(content, tmp_path / "read", "csv", options="44,34,76")
    lines = read.decode("utf-8-sig").splitlines()
    assert lines[2] == "甲,90,25数控1班,,180B3"
    assert lines[5].startswith("合计,240")


@pytest.mark.parametrize(
    ("formula", "moved"),
    [
        ("B3+B4", "B3+B6"),
        ("SUM(B3:B3)/$B$4", "SUM(B3:B5)/$B$6"),
        ('IF(B4>1,"B4",LOG10(B4))', 'IF(B6>1,"B4",LOG10(B6))'),
        ("'另 一'!B4+名册!B4+B4x+_B4", "'另 一'!B4+名册!B6+B4x+_B4"),
        ("A:B", "A:B"),
        ("$4:$4", "$6:$6"),
    ],
)
def test_a_formula_moves_references_and_nothing_else(formula: str, moved: str):
    formulas = Formulas({"名册": RowMoves(((3, 2),))})
    assert formulas.moved(formula, "名册") == moved


def document(body: str, **others: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
        )
        for name, text in others.items():
            archive.writestr(f"word/{name}.xml", f'<w:hdr xmlns:w="{W}">{text}</w:hdr>')
    return target.getvalue()


def said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr><w:tc>{row}</w:tc></w:tr>" for row in rows) + "</w:tbl>"


def words(content: bytes, name: str = "word/document.xml") -> list[str]:
    texts = re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", part(content, name))
    return [text for text in texts if text]


def test_a_table_in_a_cell_is_repeated_without_the_row_around_it():
    inner = table(said("学分"), said("{{姓名}}:{{学分}}"))
    content = filled(document(table(said("{{班级}}") + inner + said("完")) + said("{{日期}}")))
    assert words(content) == [
        "25数控1班", "学分", "甲:90", "乙:80", "丙:70", "完", "2026-06-30",
    ]  # fmt: skip


def test_a_row_with_a_table_in_it_is_repeated_with_the_table():
    content = filled(
        document(table(said("{{姓名}}") + table(said("{{学分}} {{班级}}")) + said(".")))
    )
    assert words(content)[:3] == ["甲", "90 25数控1班", "."]
    assert words(content)[6:8] == ["丙", "70 25数控1班"]


def test_a_text_box_is_filled_in_beside_the_paragraph_that_it_is_anchored_in():
    box = f"<w:txbxContent>{said('盖章 {{学校}}')}</w:txbxContent>"
    cut = (
        "<w:p><w:r><w:t>兹证明{</w:t></w:r><w:r><w:pict>" + box + "</w:pict></w:r>"
        "<w:r><w:rPr><w:b/></w:rPr><w:t>{班</w:t></w:r><w:r><w:t>级}}学生</w:t></w:r></w:p>"
    )
    content = filled(document(cut))
    assert words(content) == ["兹证明25数控1班", "盖章 县职教中心&amp;分校", "学生"]
    assert "<w:b/>" in part(content, "word/document.xml")


def test_headers_and_footers_are_filled_in():
    content = filled(document(said("x"), header1=said("{{学校}}"), footer2=said("{{日期}}")))
    assert words(content, "word/header1.xml") == ["县职教中心&amp;分校"]
    assert words(content, "word/footer2.xml") == ["2026-06-30"]


def styles_of(content: bytes) -> list[str]:
    return re.findall(r'Style w:val="(\w+)"', part(content, "word/document.xml"))


def test_a_document_of_words_own_template_keeps_its_styles_pictures_and_page():
    made = Document()
    made.sections[0].header.paragraphs[0].text = "{{学校}}"
    made.sections[0].page_width = Cm(20)
    paragraph = made.add_paragraph("兹证明{", style="Heading 1")
    paragraph.add_run("{班").bold = True
    paragraph.add_run("级}}学生")
    rows = made.add_table(2, 2, style="Table Grid")
    for place, text in (((0, 0), "姓名"), ((1, 0), "{{姓名}}"), ((1, 1), "{{学分}}")):
        rows.cell(*place).text = text
    made.add_picture(picture())
    target = io.BytesIO()
    made.save(target)
    content = filled(target.getvalue())
    read = Document(io.BytesIO(content))
    assert read.paragraphs[0].text == "兹证明25数控1班学生"
    assert styles_of(content) == styles_of(target.getvalue()) == ["Heading1", "TableGrid"]
    assert [[cell.text for cell in row.cells] for row in read.tables[0].rows] == [
        ["姓名", ""], ["甲", "90"], ["乙", "80"], ["丙", "70"],
    ]  # fmt: skip
    assert read.sections[0].header.paragraphs[0].text == "县职教中心&分校"
    assert 'w:w="11339"' in part(content, "word/document.xml")
    assert len(read.inline_shapes) == 1
    names = [zipfile.ZipFile(io.BytesIO(item)).namelist() for item in (target.getvalue(), content)]
    assert names[0] == names[1]


def test_entities_are_not_read():
    bomb = '<!DOCTYPE w [<!ENTITY a "{{班级}}">]>'
    content = document(said("&a;"))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in zipfile.ZipFile(io.BytesIO(content)).namelist():
            archive.writestr(
                name, (bomb if name == "word/document.xml" else "") + part(content, name)
            )
    with pytest.raises(InvalidInputError) as error:
        Template(target.getvalue())
    assert error.value.problems[0].code == "no_template"
