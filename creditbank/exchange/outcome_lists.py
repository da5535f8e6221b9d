"""The list of learning outcomes (学习成果清单) as the credit bank registers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.ledger import EntryKind
from creditbank.exchange.sheet_tables import Cell, SheetTable, tables_workbook

HEADINGS = (
    "学习账户", "姓名", "成果类型", "成果名称", "颁发或开课单位", "取得日期", "学分", "有效期至",
    "证书编号", "认定编号",
)  # fmt: skip
_TYPES: Mapping[str, str] = {
    EntryKind.COURSE.value: "学历课程 COURSE",
    EntryKind.RECOGNITION.value: "校际互认 TRANSFER",
    EntryKind.COMPETITION.value: "竞赛获奖 AWARD",
}
_OF_CATEGORY: Mapping[str, str] = {
    InnovationCategory.PATENT_INVENTION.value: "专利作品 PATENT/WORK",
    InnovationCategory.PATENT_UTILITY.value: "专利作品 PATENT/WORK",
    InnovationCategory.PATENT_DESIGN.value: "专利作品 PATENT/WORK",
    InnovationCategory.SOFTWARE_COPYRIGHT.value: "专利作品 PATENT/WORK",
    InnovationCategory.PUBLISHED_WORK.value: "专利作品 PATENT/WORK",
    InnovationCategory.TECHNICAL_INNOVATION.value: "专利作品 PATENT/WORK",
    InnovationCategory.ENTERPRISE.value: "工作经历 EXPERIENCE",
    InnovationCategory.SCHOOL_PROJECT.value: "社会实践 PRACTICE",
    InnovationCategory.SOCIAL_PRACTICE.value: "社会实践 PRACTICE",
    InnovationCategory.VOLUNTEERING.value: "社会实践 PRACTICE",
    InnovationCategory.SKILL_CERTIFICATE.value: "职业技能等级证书 CERT_SKILL",
    InnovationCategory.GENERAL_CERTIFICATE.value: "其他证书 CERT_OTHER",
}
_NUMBER_DIGITS = 16


def outcome_workbook(rows: Sequence[Mapping[str, Any]], *, made_on: date) -> bytes:
    """An .xlsx file with one line for each outcome, and a sheet of sums by type."""
    lines = [_line(row) for row in rows]
    sums: dict[str, list[Decimal]] = {}
    for row in rows:
        sums.setdefault(_type(row), []).append(Decimal(row["units"]) / 100)
    totals: list[Sequence[Cell]] = [
        (name, len(credits_), sum(credits_, Decimal(0))) for name, credits_ in sorted(sums.items())
    ]
    tables = [
        SheetTable("学习成果清单", HEADINGS, lines),
        SheetTable("按类型合计", ("成果类型", "笔数", "学分"), totals),
    ]
    return tables_workbook(tables, made_on=made_on)


def _type(row: Mapping[str, Any]) -> str:
    if row["kind"] == EntryKind.INNOVATION:
        return _OF_CATEGORY[row["detail"]["category"]]
    return _TYPES[row["kind"]]


def _line(row: Mapping[str, Any]) -> Sequence[Cell]:
    """The recognition number is the beginning of the entry's hash, by which anybody finds it."""
    detail = row["detail"]
    until = detail.get("valid_until")
    return (
        row["account_no"], row["name"], _type(row), detail.get("title", "") or row["course_code"],
        detail.get("issuer") or row["institution_name"], row["earned_on"],
        Decimal(row["units"]) / 100, date.fromisoformat(until) if until else None,
        row["evidence_no"] or "", row["entry_hash"].hex()[:_NUMBER_DIGITS],
    )  # fmt: skip
