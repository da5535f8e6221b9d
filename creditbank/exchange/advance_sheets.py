"""Lists of a cohort to be filled in: test scores, and what a college returns of an admission.

Whose number it is and whether a value can be right is not seen here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from creditbank.domain.sheets import ListedTable, ParsedSheet
from creditbank.exchange.headed_tables import listed_table
from creditbank.exchange.refusals import Refusal
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook

STUDENT_NO, NAME = "学号", "姓名"
_SYNONYMS = {"学生姓名": NAME, "学生学号": STUDENT_NO}


def advance_sheet_template(
    title: str,
    headings: Sequence[str],
    learners: Sequence[tuple[str, ...]],
    *,
    made_on: date,
) -> bytes:
    """An .xlsx file with one learner in each row, all cells as text.

    learners: 学号, 姓名 and what is known already, in the order of the headings.
    """
    head = (STUDENT_NO, NAME, *headings)
    return tables_workbook([SheetTable(title, head, learners)], made_on=made_on)


def read_advance_sheet(sheets: Sequence[ParsedSheet], headings: Mapping[str, str]) -> ListedTable:
    """The list among the sheets of a file; headings: by field, as the template has them."""
    return listed_table(
        sheets,
        {"student_no": STUDENT_NO, "name": NAME, **headings},
        needed=(STUDENT_NO, NAME),
        synonyms=_SYNONYMS,
        missing=Refusal.WRONG_ADVANCE_SHEET,
        empty=Refusal.NO_LEARNERS,
    )
