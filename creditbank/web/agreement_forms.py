"""The form of an agreement's terms: drawn from a version, and read back into one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from creditbank.domain.agreement_terms import (
    ANNOUNCED_SCORES,
    ATTEMPTS_MAX,
    DAYS_MAX,
    DOCUMENT_MAX,
    QUOTA_MAX,
    REASON_MAX,
    WEIGHT_TOTAL,
    AgreementTerms,
    AssessmentDimension,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
    TieBreak,
)
from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel, CertificateLevel
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message
from creditbank.domain.sheets import clean_text
from creditbank.domain.snapshots import SanctionLevel
from creditbank.web.advance_words import (
    ADVANCE_NAMES,
    DIMENSION_NAMES,
    EFFECT_NAMES,
    TIE_BREAK_NAMES,
)
from creditbank.web.condition_lines import condition_name
from creditbank.web.forms import Form, Reading
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l

TIES = ("tie_1", "tie_2", "tie_3", "tie_4")
_PLAIN = ("document_no", "quota", "valid_from", "valid_to", "exemption_level", "exemption_effect",
          "notice_days", "appeal_days", "attempts_max")  # fmt: skip
_GROUPS = ("hard_conditions", "scores", "tie_breaks", "assessment_dimensions", "pass_total",
           "allows_parallel_exam")  # fmt: skip
_WRITTEN_THRESHOLDS = {
    HardConditionKind.YEAR_OF_STUDY: _l("第几学年起"),
    HardConditionKind.CREDITS_TO_DATE: _l("不少于方案进度的百分之几"),
}
"""What is asked for where a number is written."""
_NUMBER = Message("请填整数。", "A whole number.")


def _score_fields(kind: ScoreKind) -> tuple[str, str, str]:
    return f"full_{kind.value}", f"weight_{kind.value}", f"pass_{kind.value}"


FIELDS = frozenset(
    {
        *_PLAIN,
        *_GROUPS,
        *TIES,
        *(name for kind in ScoreKind for name in _score_fields(kind)),
        *(f"line_{kind.value}" for kind in ANNOUNCED_SCORES),
        *(f"has_{kind.value}" for kind in HardConditionKind),
        *(f"asks_{kind.value}" for kind in HardConditionKind),
        *(f"assesses_{item.value}" for item in AssessmentDimension),
    }
)
"""Fields of the form; those of _GROUPS are where problems of several fields are shown."""


def terms_values(said: Mapping[str, Any]) -> dict[str, str]:
    """What the form begins with. said: fields of AgreementTerms, those that are known."""
    values = {
        name: str(said[name].isoformat() if isinstance(said[name], date) else said[name])
        for name in _PLAIN
        if said.get(name) is not None
    }
    for item in said.get("hard_conditions", ()):
        values[f"has_{item.kind.value}"] = "1"
        values[f"asks_{item.kind.value}"] = item.threshold
    for part in said.get("scores", ()):
        full, weight, passed = _score_fields(part.kind)
        values |= {full: credits_text(part.full_marks), weight: str(part.weight)}
        values[passed] = credits_text(part.pass_mark) if part.pass_mark else ""
        values[f"line_{part.kind.value}"] = "1" if part.by_announced_line else ""
    values |= {
        name: item.value for name, item in zip(TIES, said.get("tie_breaks", ()), strict=False)
    }
    values |= {f"assesses_{item.value}": "1" for item in said.get("assessment_dimensions", ())}
    if said.get("pass_total"):
        values["pass_total"] = credits_text(said["pass_total"])
    if said.get("allows_parallel_exam"):
        values["allows_parallel_exam"] = "1"
    return values


def read_terms(form: Form, reading: Reading, *, in_force_from: date | None) -> AgreementTerms:
    """The terms as typed; reading notes what cannot be read. None: from the first day of validity.

    The service gives the numbers of agreement and version.
    """
    level = form.value("exemption_level")
    valid_from = reading.day("valid_from")
    return AgreementTerms(
        agreement_id=0,
        version_no=0,
        in_force_from=in_force_from or valid_from,
        document_no=reading.text("document_no", length_max=DOCUMENT_MAX),
        reason=reading.text("reason", length_max=REASON_MAX, required=False),
        quota=reading.whole("quota", most=QUOTA_MAX),
        valid_from=valid_from,
        valid_to=reading.day("valid_to"),
        hard_conditions=tuple(
            HardCondition(kind, clean_text(form.value(f"asks_{kind.value}")))
            for kind in HardConditionKind
            if form.value(f"has_{kind.value}")
        ),
        scores=tuple(
            part for kind in ScoreKind if (part := _read_part(form, reading, kind)) is not None
        ),
        pass_total=reading.points("pass_total", required=False),
        tie_breaks=tuple(reading.code(name, TieBreak) for name in TIES if form.value(name)),
        exemption_level=reading.code("exemption_level", AwardLevel) if level else None,
        exemption_effect=reading.code("exemption_effect", ExemptionEffect),
        assessment_dimensions=tuple(
            item for item in AssessmentDimension if form.value(f"assesses_{item.value}")
        ),
        notice_days=_number(form, reading, "notice_days", DAYS_MAX),
        appeal_days=_number(form, reading, "appeal_days", DAYS_MAX),
        attempts_max=reading.whole("attempts_max", most=ATTEMPTS_MAX),
        allows_parallel_exam=bool(form.value("allows_parallel_exam")),
    )


def form_choices() -> dict[str, Any]:
    """What the template of the form needs beside the form."""
    asked = {
        HardConditionKind.NO_SANCTION: choices(SanctionLevel),
        HardConditionKind.INTERNSHIP: [("started", _("已开始")), ("passed", _("合格"))],
        HardConditionKind.CERTIFICATE: [
            (level.value, name_of(level)) for level in CertificateLevel if level
        ],
    }
    return {
        "conditions": [
            (kind.value, condition_name(kind.value), asked.get(kind), _WRITTEN_THRESHOLDS.get(kind))
            for kind in HardConditionKind
        ],
        "score_kinds": [
            (
                _score_fields(kind),
                ADVANCE_NAMES[kind],
                f"line_{kind.value}" if kind in ANNOUNCED_SCORES else "",
            )
            for kind in ScoreKind
        ],
        "ties": [(name, number) for number, name in enumerate(TIES, start=1)],
        "tie_breaks": [(item.value, TIE_BREAK_NAMES[item]) for item in TieBreak],
        "dimensions": [(item.value, DIMENSION_NAMES[item]) for item in AssessmentDimension],
        "levels": choices(AwardLevel),
        "effects": [(item.value, EFFECT_NAMES[item]) for item in ExemptionEffect],
    }


def _read_part(form: Form, reading: Reading, kind: ScoreKind) -> ScorePart | None:
    """A score without a weight is not counted."""
    full, weight, passed = _score_fields(kind)
    if not clean_text(form.value(weight)):
        return None
    return ScorePart(
        kind,
        reading.points(full),
        reading.whole(weight, most=WEIGHT_TOTAL),
        reading.points(passed, required=False),
        by_announced_line=bool(form.value(f"line_{kind.value}")),
    )


def _number(form: Form, reading: Reading, name: str, most: int) -> int:
    written = clean_text(form.value(name)) or "0"
    if not (written.isascii() and written.isdigit() and int(written) <= most):
        reading.refuse(name, _NUMBER)
        return 0
    return int(written)
