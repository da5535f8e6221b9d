"""Class lists: of new learners the template and what is read back from one, of a class its roster.

Whether numbers are right and persons known is not seen here: that is services.class_lists.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime

import xlsxwriter

from creditbank.domain.columns import MatchedTable
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.sheets import ListedTable, ParsedSheet
from creditbank.domain.staged_modes import STAGED_MODES
from creditbank.exchange.headed_tables import listed_table, matched_list
from creditbank.exchange.refusals import Refusal, refusal
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.queries.classes import RosterLine

COLUMNS = {
    "name": "姓名",
    "citizen_id": "身份证号",
    "sex": "性别",
    "born_on": "出生日期",
    "student_no": "学号",
    "national_student_no": "学籍号",
    "class_name": "班级",
    "staged_mode": "分段培养方式",
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
_CHOICES = {"sex": ["男", "女"], "staged_mode": [*STAGED_MODES]}
_TEMPLATE_ROWS = 60
_HELP = (
    "1. 每行一名新生;姓名、学号、班级必填,身份证号没有的可以不填。",
    "2. 所有列都是文本格式:号码完整填写,不要改成数字格式,不要合并单元格。",
    "3. 性别和出生日期可以不填,从身份证号读出;填写时应与号码一致。出生日期如 2010-03-15。",
    "4. 学籍号为19位,以G、J或L开头,可以不填。",
    "5. 分段培养方式可不填;应与上传时选择的贯通班一致,不在贯通班填非分段培养或五年一贯制。",
    "6. 年级、专业和入学日期在上传时选择;上传后先预览,逐格列出问题,全部无误才能登记。",
    "One new learner per row. Nobody is registered while any cell has a problem.",
)

ROSTER = (
    "姓名", "性别", "班级名称", "学号", "学习形式", "入学年月", "专业简称", "学制", "分段培养方式",
)  # fmt: skip
"""Headings of the national import sheet, in its order, without those of identity and address."""
_SEXES = {"1": "男", "2": "女"}
_STUDY_MODES = {StudyMode.FULL_TIME: "全日制", StudyMode.PART_TIME: "非全日制"}
_NUMERALS = "零一二三四五六七八九"


def read_class_list(sheets: Sequence[ParsedSheet]) -> ListedTable:
    """The class list among the sheets of a file; see headed_tables.listed_table."""
    return listed_table(
        sheets,
        COLUMNS,
        needed=_NEEDED,
        synonyms=_SYNONYMS,
        missing=Refusal.WRONG_CLASS_LIST,
        empty=Refusal.NO_LEARNERS,
    )


def matched_class_list(table: MatchedTable) -> ListedTable:
    """The class list of a table whose columns are known. Raises InvalidInputError if it is empty.

    Rows below the learners that sum up or say something are left out.
    """
    found = matched_list(table, {**COLUMNS, "major": "专业"}, ("student_no", "citizen_id"))
    if not found.rows and not found.problems:
        raise refusal(Refusal.NO_LEARNERS)
    return found


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
        for field, source in _CHOICES.items():
            column = list(COLUMNS).index(field)
            sheet.data_validation(
                1, column, _TEMPLATE_ROWS, column, {"validate": "list", "source": source}
            )
        sheet.freeze_panes(1, 1)
        words = book.add_worksheet("填写说明")
        words.set_column(0, 0, 90)
        for row, line in enumerate(_HELP):
            words.write_string(row, 0, line)
    return target.getvalue()


def class_roster_file(lines: Sequence[RosterLine], *, made_on: date) -> bytes:
    """The roster of a class as an .xlsx file in the words of the national system."""
    rows = [
        (
            line.name, _SEXES.get(line.sex, ""), line.class_name, line.student_no,
            _STUDY_MODES[StudyMode(line.study_mode)], f"{line.entered_on:%Y%m}", line.major_name,
            f"{_NUMERALS[line.years]}年制", line.staged_mode,
        )
        for line in lines
    ]  # fmt: skip
    return tables_workbook([SheetTable("班级名册", ROSTER, rows)], made_on=made_on)
