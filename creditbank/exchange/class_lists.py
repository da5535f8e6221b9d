"""Class lists of new learners: the template to fill in, and what is read back from one.

Whether numbers are right and persons known is not seen here: that is services.class_lists.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import xlsxwriter

from creditbank.domain.errors import Problem
from creditbank.domain.sheets import (
    ClassList,
    ListedPerson,
    ParsedSheet,
    column_letters,
)
from creditbank.exchange.headed_tables import (
    bare_heading,
    cell_problems,
    heading_rows,
    merged_problem,
)
from creditbank.exchange.refusals import Refusal, refusal

COLUMNS = {
    "name": "姓名",
    "citizen_id": "身份证号",
    "sex": "性别",
    "born_on": "出生日期",
    "student_no": "学号",
    "national_student_no": "学籍号",
    "class_name": "班级",
}
"""Field of the registration and heading, in the order of the template."""
_NEEDED = ("姓名", "身份证号", "学号", "班级")
_SYNONYMS = {
    "学生姓名": "姓名",
    "身份证件号": "身份证号",
    "身份证号码": "身份证号",
    "公民身份号码": "身份证号",
    "班级名称": "班级",
}
_TEMPLATE_ROWS = 60
_HELP = (
    "1. 每行一名新生;姓名、学号、班级必填,身份证号没有的可以不填。",
    "2. 所有列都是文本格式:号码完整填写,不要改成数字格式,不要合并单元格。",
    "3. 性别和出生日期可以不填,从身份证号读出;填写时应与号码一致。出生日期如 2010-03-15。",
    "4. 学籍号为19位,以G、J或L开头,可以不填。",
    "5. 年级、专业和入学日期在上传时选择;上传后先预览,逐格列出问题,全部无误才能登记。",
    "One new learner per row. Nobody is registered while any cell has a problem.",
)


def read_class_list(sheets: Sequence[ParsedSheet]) -> ClassList:
    """The class list among the sheets of a file: the first that has the heading.

    Raises InvalidInputError when none has it, or when nobody stands below it.
    """
    if not any(text for sheet in sheets for row in sheet.rows for text in row):
        raise refusal(Refusal.EMPTY_FILE)
    for sheet in sheets:
        found = heading_rows(sheet, _NEEDED, _SYNONYMS)
        if found is not None:
            return _list(sheet, *found)
    raise refusal(Refusal.WRONG_CLASS_LIST)


def _list(sheet: ParsedSheet, header_row: int, first_row: int) -> ClassList:
    width = len(sheet.rows[header_row - 1])
    headings = {
        at: bare_heading(sheet.text(header_row, at), _SYNONYMS) for at in range(1, width + 1)
    }
    places = {text: at for at, text in reversed(headings.items())}
    columns = {field: places[text] for field, text in COLUMNS.items() if text in places}
    problems = list(_problems(sheet, header_row, first_row, columns, headings))
    rows = tuple(_rows(sheet, first_row, columns))
    if not rows and not problems:
        raise refusal(Refusal.NO_LEARNERS)
    return ClassList(
        rows=rows,
        columns={field: column_letters(at) for field, at in columns.items()},
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


def _problems(
    sheet: ParsedSheet,
    header_row: int,
    first_row: int,
    columns: dict[str, int],
    headings: dict[int, str],
) -> Iterator[Problem]:
    used = set(columns.values())
    yield from cell_problems(sheet, header_row, used, headings)
    for area in sheet.merged:
        over = range(area.first_column, area.last_column + 1)
        if area.last_row >= first_row and not used.isdisjoint(over):
            yield merged_problem(area, first_row, zh="内容", en="row")


def _rows(sheet: ParsedSheet, first_row: int, columns: dict[str, int]) -> Iterator[ListedPerson]:
    for row in range(first_row, len(sheet.rows) + 1):
        cells = {field: sheet.text(row, column) for field, column in columns.items()}
        if any(cells.values()):
            yield ListedPerson(row, cells)


def class_list_template(entry_year: int) -> bytes:
    """An .xlsx file whose columns are text, so that no number loses its last digits."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": datetime(entry_year, 9, 1, tzinfo=UTC)})
        head = book.add_format({"bold": True, "bg_color": "#D9E5F2", "border": 1})
        text = book.add_format({"num_format": "@", "border": 1})
        sheet = book.add_worksheet("新生名单")
        for column, heading in enumerate(COLUMNS.values()):
            sheet.set_column(column, column, 22 if heading.endswith("号") else 12, text)
            sheet.write_string(0, column, heading, head)
            for row in range(1, _TEMPLATE_ROWS + 1):
                sheet.write_blank(row, column, None, text)
        sex = list(COLUMNS).index("sex")
        sheet.data_validation(
            1, sex, _TEMPLATE_ROWS, sex, {"validate": "list", "source": ["男", "女"]}
        )
        sheet.freeze_panes(1, 1)
        words = book.add_worksheet("填写说明")
        words.set_column(0, 0, 90)
        for row, line in enumerate(_HELP):
            words.write_string(row, 0, line)
    return target.getvalue()
