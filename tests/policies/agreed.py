"""The through-training agreement of the situations, with the conditions that one may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from creditbank.domain.agreements import (
    Agreement,
    EducationLevel,
    HardCondition,
    HardConditionKind,
)

AGREEMENT_ID = 1
HARD_CONDITIONS = {
    "自入学在班": HardConditionKind.IN_CLASS_SINCE_ENTRY,
    "就读学年": HardConditionKind.YEAR_OF_STUDY,
    "学分进度": HardConditionKind.CREDITS_TO_DATE,
    "专业核心课": HardConditionKind.NO_FAILED_CORE,
    "品德": HardConditionKind.CONDUCT,
    "无处分": HardConditionKind.NO_SANCTION,
    "实习": HardConditionKind.INTERNSHIP,
    "证书": HardConditionKind.CERTIFICATE,
    "高考报名": HardConditionKind.EXAM_REGISTRATION,
    "体检": HardConditionKind.MEDICAL_CHECK,
}
_THRESHOLDS = {
    "是": "", "已开始": "started", "合格": "passed", "初级": "elementary", "中级": "intermediate",
    "高级": "advanced", "警告": "1", "严重警告": "2", "记过": "3", "留校察看": "4",
}  # fmt: skip


def agreement_of(situation: Mapping[str, Any]) -> Agreement:
    """The usual agreement, with the conditions that the situation names in place of its own."""
    asked = situation.get("协议条件")
    if asked is None:
        return agreement_3_2()
    conditions = tuple(
        HardCondition(HARD_CONDITIONS[word], _THRESHOLDS.get(value, str(value)))
        for word, value in asked.items()
    )
    return replace(agreement_3_2(), hard_conditions=conditions)


def agreement_3_2() -> Agreement:
    """An agreement with the usual conditions: 中职3 + 高职2."""
    kind = HardConditionKind
    return Agreement(
        agreement_id=AGREEMENT_ID,
        school_id=1,
        college_id=2,
        name="数控技术应用—数控技术",
        document_no="平职合〔2023〕1号",
        entry_year=2023,
        pre_level=EducationLevel.SECONDARY_VOCATIONAL,
        pre_years_tenths=30,
        post_level=EducationLevel.HIGHER_VOCATIONAL,
        post_years_tenths=20,
        pre_major_code="660103",
        pre_catalogue_year=2021,
        post_major_code="460103",
        post_catalogue_year=2021,
        quota=40,
        valid_from=date(2023, 9, 1),
        valid_to=date(2027, 8, 31),
        hard_conditions=(
            HardCondition(kind.IN_CLASS_SINCE_ENTRY),
            HardCondition(kind.YEAR_OF_STUDY, "3"),
            HardCondition(kind.CREDITS_TO_DATE, "90"),
            HardCondition(kind.NO_FAILED_CORE),
            HardCondition(kind.CONDUCT),
            HardCondition(kind.NO_SANCTION, "3"),
            HardCondition(kind.INTERNSHIP, "started"),
            HardCondition(kind.CERTIFICATE, "intermediate"),
        ),
    )
