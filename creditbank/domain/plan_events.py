"""What happens to versions of a plan: saved, put in force for a cohort, a cohort moved to it."""

from __future__ import annotations

from enum import StrEnum


class PlanEventKind(StrEnum):
    """What was done."""

    SAVED = "saved"
    ASSIGNED = "assigned"
    MIGRATED = "migrated"
