"""Kinds of institution that hold accounts in the credit bank."""

from __future__ import annotations

from enum import StrEnum


class InstitutionKind(StrEnum):
    """What an institution is; decides which plans and rules can apply to it."""

    VOCATIONAL_SCHOOL = "vocational_school"
    GENERAL_HIGH_SCHOOL = "general_high_school"
    COLLEGE = "college"
    UNIVERSITY = "university"
    TRAINING_PROVIDER = "training_provider"
    BUREAU = "bureau"
