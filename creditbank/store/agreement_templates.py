"""协议条款范本: what the terms of a new agreement begin with, by the level after the advance.

The shipped file is where a draft starts; an agreement that was signed stands on its own terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.agreement_terms import (
    AssessmentDimension,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
    TieBreak,
)
from creditbank.domain.agreements import EducationLevel, HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel
from creditbank.domain.credits import units_from_text
from creditbank.store.policy_files import FOLDER

FILE = FOLDER / "agreement_terms.yaml"
_ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True)
class TermsTemplate:
    """One template. said: the fields of AgreementTerms that it fills, under their names."""

    reference: str
    said: Mapping[str, Any]


@cache
def terms_templates() -> Mapping[EducationLevel, TermsTemplate]:
    """The shipped templates by the level of the second stage."""
    return read_templates(FILE)


def read_templates(path: Path) -> Mapping[EducationLevel, TermsTemplate]:
    """The templates of a file. Raises ValueError or KeyError for what is no field or no code."""
    found = yaml.safe_load(path.read_text("utf-8"))["templates"]
    return {EducationLevel(level): _template(fields) for level, fields in found.items()}


def _template(fields: Mapping[str, Any]) -> TermsTemplate:
    said = {name: value for name, value in fields.items() if name != "reference"}
    level = said["exemption_level"]
    return TermsTemplate(
        reference=fields["reference"],
        said={
            **said,
            "scores": tuple(map(_part, said["scores"])),
            "pass_total": units_from_text(said["pass_total"]),
            "tie_breaks": tuple(map(TieBreak, said["tie_breaks"])),
            "exemption_level": None if level is None else AwardLevel(level),
            "exemption_effect": ExemptionEffect(said["exemption_effect"]),
            "assessment_dimensions": tuple(map(AssessmentDimension, said["assessment_dimensions"])),
            "hard_conditions": tuple(
                HardCondition(HardConditionKind(item["kind"]), item.get("threshold", ""))
                for item in said["hard_conditions"]
            ),
        },
    )


def _part(item: Mapping[str, Any]) -> ScorePart:
    is_announced = item["pass_mark"] == _ANNOUNCED
    return ScorePart(
        ScoreKind(item["kind"]),
        units_from_text(item["full_marks"]),
        item["weight"],
        0 if is_announced else units_from_text(item["pass_mark"]),
        by_announced_line=is_announced,
    )
