"""A school's own file filled in: names found, rows repeated, the rest left as it was."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.styles import Font

from creditbank.domain.errors import InvalidInputError
from creditbank.exchange.filled_templates import Template
from creditbank.exchange.workbooks import read_workbook
from tests.factories.grade_files import with_member

OF_LEARNER = frozenset({"姓名", "学号", "学分"})
LEARNERS: list[dict[str, str | int | Decimal]] = [
    {"姓名": "王小明", "学号": "0025010101", "学分": Decimal("168.5")},
    {"姓名": "=1+1<欧阳>", "学号": "2025010102", "学分": Decimal(170)},
    {"姓名": "卓一晨", "学号": "2025010103", "学分": Decimal(90)},
]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:C1")
    sheet["A1"] = "{{学校}} {{ 班级 }}名册"
    sheet["A2"], sheet["B2"], sheet["C2"] = "姓名", "学号", "已得学分"
    sheet["A3"], sheet["B3"], sheet["C3"] = "{{姓名}}", "学号:{{学号}}", "{{学分}}"
    sheet["A3"].font = Font(bold=True)
    sheet["A4"] = "制表日期:{{日期}}"
    sheet.merge_cells("A4:C4")
    sheet["A5"] = "没有占位符"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


VALUES = {"学校": "县职教中心", "班级": "25数控1班", "日期": "2026-06-30"}


def test_the_row_of_a_learner_is_repeated_and_what_is_below_moves_down():
    template = Template(workbook())
    assert template.placeholders == ("学校", "班级", "姓名", "学号", "学分", "日期")
    assert template.repeats(OF_LEARNER)
    content = template.filled(VALUES, LEARNERS, OF_LEARNER)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["县职教中心 25数控1班名册", None, None],
        ["姓名", "学号", "已得学分"],
        ["王小明", "学号:0025010101", 168.5],
        ["=1+1<欧阳>", "学号:2025010102", 170],
        ["卓一晨", "学号:2025010103", 90],
        ["制表日期:2026-06-30", None, None],
        ["没有占位符", None, None],
    ]
    assert sorted(str(area) for area in sheet.merged_cells.ranges) == ["A1:C1", "A6:C6"]
    assert sheet["A5"].font.bold
    assert sheet["A4"].data_type == "s"


def test_what_was_filled_in_is_read_back_as_it_was():
    content = Template(workbook()).filled(VALUES, LEARNERS, OF_LEARNER)
    (sheet,) = read_workbook(content).sheets
    found = [
        {"姓名": row[0], "学号": row[1].removeprefix("学号:"), "学分": Decimal(row[2])}
        for row in sheet.rows[2:5]
    ]
    assert found == LEARNERS
    assert sheet.faults == ()


def test_nobody_leaves_no_row():
    content = Template(workbook()).filled(VALUES, [], OF_LEARNER)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet["A3"].value == "制表日期:2026-06-30"


def document(body: str) -> bytes:
    target = io.BytesIO()
    head = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"{head}<w:body>{body}</w:body></w:document>")
    return target.getvalue()


def body_of(content: bytes) -> str:
    part = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    return part.partition("<w:body>")[2].partition("</w:body>")[0]


def test_a_name_that_word_has_cut_into_runs_is_found():
    cut = (
        "<w:p><w:r><w:t>兹证明{</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{姓</w:t></w:r>"
        "<w:r><w:t>名}</w:t></w:r><w:r><w:t>},系我校学生。</w:t></w:r></w:p>"
    )
    template = Template(document(cut))
    assert template.placeholders == ("姓名",)
    filled = body_of(template.filled({"姓名": "王<小>明"}, [], OF_LEARNER))
    assert "".join(part.partition("<")[0] for part in filled.split(">")) == (
        "兹证明王&lt;小&gt;明,系我校学生。"
    )
    assert filled.count("<w:r>") == filled.count("</w:r>") == 4


def test_a_row_of_a_table_in_a_document_is_repeated():
    row = "<w:tr><w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    template = Template(
        document(f"<w:tbl>{row.format('姓名')}{row.format('{{姓名}} {{班级}}')}</w:tbl>")
    )
    filled = body_of(template.filled({"班级": "25数控1班"}, LEARNERS, OF_LEARNER))
    assert filled.count("<w:tr>") == 4
    assert "卓一晨 25数控1班" in filled


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7", "no_template"),
        (with_member(workbook(), "xl/vbaProject.bin", b"\0"), "macros"),
        (
            with_member(workbook(), "word/_rels/settings.xml.rels", b'<R TargetMode="External"/>'),
            "external",
        ),
        (with_member(workbook(), "xl/embeddings/a.xlsx", workbook()), "nested"),
    ],
)
def test_what_is_no_template_or_does_more_than_being_one_is_refused(content, code):
    with pytest.raises(InvalidInputError) as error:
        Template(content)
    assert error.value.problems[0].code == code
