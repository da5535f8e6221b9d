"""One pasted row as a competition or an innovation command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from creditbank.domain.awards import CertificateLevel, TeamRole
from creditbank.domain.labels import (
    AWARD_LEVELS,
    AWARD_RANKS,
    CERTIFICATE_LEVELS,
    INNOVATION_CATEGORIES,
    TEAM_ROLES,
    Code,
    code_of,
    written_names,
)
from creditbank.domain.ledger import NUMBER_MAX, QUANTITY_MAX, TAGS_MAX, TITLE_MAX
from creditbank.domain.sheets import day_of
from creditbank.services.commands import PostCompetitionCredit, PostInnovationCredit
from creditbank.services.pasted_table import PastedRow
from creditbank.services.written_marks import RefusedCellError

_LENGTH_MAX = {
    "赛事": TITLE_MAX, "名称": TITLE_MAX, "证书编号": NUMBER_MAX, "文号": NUMBER_MAX,
    "颁发单位": NUMBER_MAX, "标记": TAGS_MAX,
}  # fmt: skip


class RefusedRowError(Exception):
    """Every cell of a row that is not taken, so that they are mended at once."""

    def __init__(self, cells: tuple[RefusedCellError, ...]) -> None:
        super().__init__(len(cells))
        self.cells = cells


def competition_command(row: PastedRow, learner_id: int) -> PostCompetitionCredit:
    """One award; RefusedRowError names the headings that are wrong."""
    fields = _all(
        event=lambda: _text(row, "赛事", required=True),
        level=lambda: _code(row, "级别", AWARD_LEVELS),
        rank=lambda: _code(row, "等级", AWARD_RANKS),
        team_role=lambda: _optional(row, "团队角色", TEAM_ROLES, TeamRole.INDIVIDUAL),
        certificate_no=lambda: _text(row, "证书编号"),
        document_no=lambda: _text(row, "文号"),
        issuer=lambda: _text(row, "颁发单位"),
        tags=lambda: _text(row, "标记"),
        earned_on=lambda: _day(row, "日期"),
    )
    return PostCompetitionCredit(learner_id=learner_id, **fields)


def innovation_command(row: PastedRow, learner_id: int) -> PostInnovationCredit:
    """One achievement; RefusedRowError names the headings that are wrong."""
    fields = _all(
        category=lambda: _code(row, "类别", INNOVATION_CATEGORIES),
        title=lambda: _text(row, "名称", required=True),
        quantity=lambda: _quantity(row),
        certificate_level=lambda: _optional(
            row, "证书等级", CERTIFICATE_LEVELS, CertificateLevel.NONE
        ),
        certificate_no=lambda: _text(row, "证书编号"),
        valid_until=lambda: _day(row, "有效期至") if row.text("有效期至") else None,
        issuer=lambda: _text(row, "颁发单位"),
        tags=lambda: _text(row, "标记"),
        earned_on=lambda: _day(row, "日期"),
    )
    return PostInnovationCredit(learner_id=learner_id, **fields)


def _all(**readers: Callable[[], Any]) -> dict[str, Any]:
    found, refused = {}, []
    for name, read in readers.items():
        try:
            found[name] = read()
        except RefusedCellError as error:
            refused.append(error)
    if refused:
        raise RefusedRowError(tuple(refused))
    return found


def _text(row: PastedRow, heading: str, *, required: bool = False) -> str:
    text = row.text(heading)
    if required and not text:
        raise _refused(heading, zh=f"缺少{heading},请填写。", en="this must be filled in.")
    if len(text) > _LENGTH_MAX[heading]:
        raise _refused(
            heading,
            zh=f"超过{_LENGTH_MAX[heading]}个字,请缩短。",
            en=f"longer than {_LENGTH_MAX[heading]} characters.",
        )
    return text


def _code(row: PastedRow, heading: str, labels: Mapping[Code, tuple[str, ...]]) -> Code:
    code = code_of(labels, row.text(heading))
    if code is None:
        names = written_names(labels)
        raise _refused(heading, zh=f"无法识别,可填:{names}。", en=f"it is one of {names}.")
    return code


def _optional(
    row: PastedRow, heading: str, labels: Mapping[Code, tuple[str, ...]], default: Code
) -> Code:
    return _code(row, heading, labels) if row.text(heading) else default


def _quantity(row: PastedRow) -> int:
    text = row.text("数量") or "1"
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= QUANTITY_MAX):
        heading, zh = "数量", "应为正整数(天数、小时数,其他填1)。"
        raise _refused(heading, zh=zh, en="a whole number above 0.")
    return int(text)


def _day(row: PastedRow, heading: str) -> date:
    day = day_of(row.text(heading).partition("T")[0].partition(" ")[0])
    if day is not None:
        return day
    zh = "日期无法识别,请写成 2025-06-30。"
    raise _refused(heading, zh=zh, en="write the date such as 2025-06-30.")


def _refused(heading: str, *, zh: str, en: str) -> RefusedCellError:
    return RefusedCellError(code="cell_invalid", zh=zh, en=en, field=heading)
