"""Empty lists of awards and certificates to be filled in, one learner in each row."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import xlsxwriter

from creditbank.domain.labels import (
    AWARD_LEVELS,
    AWARD_RANKS,
    CERTIFICATE_LEVELS,
    INNOVATION_CATEGORIES,
    TEAM_ROLES,
)

_ROWS = 100
_CHOICES: Mapping[str, Sequence[str]] = {
    "级别": [names[0] for names in AWARD_LEVELS.values()],
    "等级": [names[0] for names in AWARD_RANKS.values()],
    "团队角色": [names[0] for names in TEAM_ROLES.values()],
    "类别": [names[0] for names in INNOVATION_CATEGORIES.values()],
    "证书等级": [names[0] for names in CERTIFICATE_LEVELS.values() if names[0]],
}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def award_template(
    title: str, headings: Sequence[str], example: Sequence[str], *, made_on: date
) -> bytes:
    """An .xlsx file with these columns, all text; example: a row in a sheet of its own."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        book.set_properties(
            {"created": datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC)}
        )
        head = book.add_format({"bold": True, "bg_color": "#D9E5F2", "border": 1})
        text = book.add_format({"num_format": "@", "border": 1})
        for name, rows in ((title, _ROWS), ("填写示例", 1)):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 2)
            for column, heading in enumerate(headings):
                wide = heading.endswith(("号", "赛事", "名称", "单位"))
                sheet.set_column(column, column, 24 if wide else 12, text)
                sheet.write_string(0, column, heading, head)
                for row in range(1, rows + 1):
                    sheet.write_blank(row, column, None, text)
                if heading in _CHOICES:
                    sheet.data_validation(
                        1, column, rows, column,
                        {"validate": "list", "source": list(_CHOICES[heading])},
                    )  # fmt: skip
        for column, said in enumerate(example):
            sheet.write_string(1, column, said, text)
    return target.getvalue()
