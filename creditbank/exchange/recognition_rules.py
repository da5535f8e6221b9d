"""The recognition table as an Excel file: written with one line in each row, and read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from creditbank.domain.recognition_cells import COLUMNS, cells_of
from creditbank.domain.recognition_rules import RecognitionRule
from creditbank.domain.sheets import ListedTable, ParsedSheet
from creditbank.exchange.headed_tables import listed_table
from creditbank.exchange.refusals import Refusal
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook

_NEEDED = ("编号", "转入", "关系", "原校课程", "文号", "生效日期")
_SYNONYMS = {
    "折算比例": COLUMNS["ratio_percent"],
    "原学校课程": COLUMNS["sources"],
    "转出校课程": COLUMNS["sources"],
    "转入学校课程": COLUMNS["targets"],
}
_HELP = (
    "每行一条:改动的行写上今天或以后的生效日期,其余行保持原样;未列入的行继续有效。",
    "要停止一条,填失效日期,或把关系改为“不认”。课程名用“、”分开,以此开头的课程都算。",
    "关系:相同直认(1学分折1学分)、相近可认(按比例)、计入选修(限选或任选)、不认。",
    "计入选修的,原校课程空着指专业课。",
)


def recognition_workbook(rules: Iterable[RecognitionRule], *, made_on: date) -> bytes:
    """An .xlsx file of these lines. The same arguments give the same bytes."""
    rows = [tuple(cells_of(rule).values()) for rule in rules]
    table = SheetTable("学分互认对照表", tuple(COLUMNS.values()), rows)
    words = SheetTable("填写说明", ("填写说明",), [(line,) for line in _HELP])
    return tables_workbook([table, words], made_on=made_on)


def read_recognition_table(sheets: Sequence[ParsedSheet]) -> ListedTable:
    """The table among the sheets of a file; see headed_tables.listed_table."""
    return listed_table(
        sheets,
        COLUMNS,
        needed=_NEEDED,
        synonyms=_SYNONYMS,
        missing=Refusal.WRONG_RECOGNITION_TABLE,
        empty=Refusal.NO_LINES,
    )
