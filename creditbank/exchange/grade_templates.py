"""The class grade sheet to download, fill in and upload: what exchange.grade_sheets reads back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import xlsxwriter

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.labels import EXAM_KINDS
from creditbank.domain.sheets import column_letters

_HEADER_ROW = 2
_FIRST_COURSE = 2
_HELP_SHEET = "填写说明"
_WORDS = (
    "优秀", "良好", "中等", "及格", "不及格", "合格", "不合格", "A", "B", "C", "D", "E",
    "缓考", "旷考", "免修",
)  # fmt: skip
_HELP = (
    "1. 只填成绩格;不要改动学号、姓名和表头,不要合并单元格。",
    "2. 百分制填0-100,至多一位小数;也可填五级制、合格/不合格、等级A-E,或缓考、旷考。",
    "   免修须写明证明或测试成绩:免修(证书编号或文号)、免修 86。",
    "3. 没有成绩的格留空,留空的格不入账。",
    "4. 学年学期和考试性质见第二行;补考请把考试性质改为“补考一”或“补考二”,重修改为“重修”。",
    "5. 上传后先预览,逐格列出问题;全部无误才能入账,同一文件重复上传不会重复入账。",
    "Fill in marks only. Empty cells are left out. Nothing is posted while any cell has a problem.",
    "可填写的文字 (words that may be written):",
)


def grade_sheet_template(
    class_name: str,
    term: Term,
    learners: Sequence[tuple[str, str]],
    courses: Sequence[tuple[str, str]],
    *,
    exam_kind: ExamKind = ExamKind.NORMAL,
) -> bytes:
    """An .xlsx file for one class and term.

    learners: (学号, 姓名) in the order of the list; courses: (code, name). Every text is written as
    text, so that no name is ever taken for a formula. The same arguments give the same bytes.
    """
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": datetime(term.first_year, 9, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("成绩")
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
            "head": book.add_format({"bold": True, "bg_color": "#D9E5F2", "border": 1,
                                     "text_wrap": True, "num_format": "@"}),
            "text": book.add_format({"num_format": "@", "border": 1}),
            "mark": book.add_format({"num_format": "General", "border": 1, "align": "center"}),
        }  # fmt: skip
        _write_head(sheet, formats, class_name, term, courses, exam_kind)
        for row, (student_no, name) in enumerate(learners, start=_HEADER_ROW + 1):
            sheet.write_string(row, 0, student_no, formats["text"])
            sheet.write_string(row, 1, name, formats["text"])
            for column in range(_FIRST_COURSE, _FIRST_COURSE + len(courses)):
                sheet.write_blank(row, column, None, formats["mark"])
        sheet.set_column(0, 0, 14, formats["text"])
        sheet.set_column(1, 1, 10, formats["text"])
        sheet.set_column(_FIRST_COURSE, _FIRST_COURSE + len(courses) - 1, 12)
        sheet.freeze_panes(_HEADER_ROW + 1, _FIRST_COURSE)
        if learners and courses:
            _validate_marks(sheet, rows=len(learners), columns=len(courses))
        _write_help(book.add_worksheet(_HELP_SHEET), formats)
    return target.getvalue()


def _write_head(
    sheet: xlsxwriter.worksheet.Worksheet,
    formats: dict[str, xlsxwriter.format.Format],
    class_name: str,
    term: Term,
    courses: Sequence[tuple[str, str]],
    exam_kind: ExamKind,
) -> None:
    title = f"{class_name} {term.label_zh} 成绩登记表"
    sheet.merge_range(0, 0, 0, _FIRST_COURSE + max(len(courses), 1) - 1, "", formats["title"])
    sheet.write_string(0, 0, title, formats["title"])
    labels = ("学年学期", term.code, "考试性质", EXAM_KINDS[exam_kind][0])
    for column, text in enumerate(labels):
        sheet.write_string(1, column, text, formats["text"])
    sheet.data_validation(
        1, 3, 1, 3, {"validate": "list", "source": [names[0] for names in EXAM_KINDS.values()]}
    )
    for column, text in enumerate(("学号", "姓名")):
        sheet.write_string(_HEADER_ROW, column, text, formats["head"])
    for column, (code, name) in enumerate(courses, start=_FIRST_COURSE):
        sheet.write_string(_HEADER_ROW, column, f"{name}({code})", formats["head"])


def _validate_marks(sheet: xlsxwriter.worksheet.Worksheet, *, rows: int, columns: int) -> None:
    """Excel itself refuses 101; the upload checks again, for those who paste."""
    first = f"{column_letters(_FIRST_COURSE + 1)}{_HEADER_ROW + 2}"
    start = len(_HELP) + 1
    words = f"{_HELP_SHEET}!$A${start}:$A${start + len(_WORDS) - 1}"
    sheet.data_validation(
        _HEADER_ROW + 1,
        _FIRST_COURSE,
        _HEADER_ROW + rows,
        _FIRST_COURSE + columns - 1,
        {
            "validate": "custom",
            "value": f"=OR(AND(ISNUMBER({first}),{first}>=0,{first}<=100),"
            f'COUNTIF({words},{first})>0,LEFT({first},2)="免修")',
            "error_title": "成绩不对",
            "error_message": "请填0-100之间的数,或填写说明中列出的文字。",
        },
    )


def _write_help(
    sheet: xlsxwriter.worksheet.Worksheet, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    sheet.set_column(0, 0, 90, formats["text"])
    for row, line in enumerate((*_HELP, *_WORDS)):
        sheet.write_string(row, 0, line)
