"""Every rule of status changes: its id, the policy value that puts it in force, what it asks.

A rule is asked from the day on which policy has its value. What it rests on is that value's
reference, so a province that rules otherwise replaces the value, and not this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from creditbank.domain.errors import Message
from creditbank.domain.status_changes import TRANSITIONS, ChangeKind
from creditbank.registry import graduation_rules as graduation
from creditbank.registry import leaving_rules as leaving
from creditbank.registry import major_change_rules as major
from creditbank.registry import suspension_rules as suspension
from creditbank.registry import transfer_rules as transfer
from creditbank.registry.case import Case, Refusal


class Rule(NamedTuple):
    """key: the policy value without which the rule is not in force."""

    id: str
    key: str
    kind: ChangeKind
    refuses: Callable[[Case], Message | None]


RULES = (
    Rule("TR1", "transfer.semesters_studied_min", ChangeKind.TRANSFER_OUT,
         transfer.studied_too_short),
    Rule("TR2", "transfer.last_year_closed", ChangeKind.TRANSFER_OUT, transfer.in_last_year),
    Rule("TR3", "transfer.suspended_closed", ChangeKind.TRANSFER_OUT, transfer.while_suspended),
    Rule("TR4", "transfer.same_programme", ChangeKind.TRANSFER_OUT, transfer.unlike_programme),
    Rule("TR5", "transfer.vocational_semesters_left_min", ChangeKind.TRANSFER_OUT,
         transfer.too_few_semesters_left),
    Rule("TW1", "transfer.window_days_before", ChangeKind.TRANSFER_OUT, transfer.outside_window),
    Rule("TP1", "transfer.pairs_only", ChangeKind.TRANSFER_OUT, transfer.not_paired),
    Rule("TP2", "transfer.territory", ChangeKind.TRANSFER_OUT, transfer.beyond_territory),
    Rule("TP3", "transfer.closed_programmes", ChangeKind.TRANSFER_OUT, transfer.closed_programme),
    Rule("TP4", "transfer.assessment", ChangeKind.TRANSFER_OUT, transfer.not_assessed),
    Rule("TP5", "transfer.full_time_only", ChangeKind.TRANSFER_OUT, transfer.not_full_time),
    Rule("TM1", "major_change.across_semester_max", ChangeKind.MAJOR_CHANGE,
         major.too_late_across_fields),
    Rule("TM2", "major_change.within_semester_max", ChangeKind.MAJOR_CHANGE,
         major.too_late_within_field),
    Rule("TM3", "major_change.last_year_closed", ChangeKind.MAJOR_CHANGE, major.in_last_year),
    Rule("TM4", "major_change.ground", ChangeKind.MAJOR_CHANGE, major.without_ground),
    Rule("SU1", "suspension.documents", ChangeKind.SUSPENSION, suspension.without_documents),
    Rule("SU2", "suspension.months_max", ChangeKind.SUSPENSION, suspension.too_long),
    Rule("SU3", "suspension.consecutive_max", ChangeKind.SUSPENSION, suspension.too_often),
    Rule("RS1", "resumption.health", ChangeKind.RESUMPTION, suspension.not_well_again),
    Rule("RS2", "resumption.apply_days_before", ChangeKind.RESUMPTION,
         suspension.too_early_to_resume),
    Rule("WD1", "withdrawal.application", ChangeKind.WITHDRAWAL, leaving.without_application),
    Rule("WD2", "withdrawal.absent_hours", ChangeKind.WITHDRAWAL, leaving.without_ground),
    Rule("EX1", "expulsion.sanction", ChangeKind.EXPULSION, leaving.without_sanction),
    Rule("EX2", "expulsion.adults_only", ChangeKind.EXPULSION, leaving.is_minor),
    Rule("GR1", "graduation.decision", ChangeKind.GRADUATION, graduation.not_approved),
    Rule("GR2", "graduation.reviewed", ChangeKind.GRADUATION, graduation.in_review),
    Rule("CO1", "completion.graduation_first", ChangeKind.COMPLETION, graduation.could_graduate),
    Rule("CO2", "completion.days_before_end", ChangeKind.COMPLETION, graduation.before_the_end),
    Rule("CO3", "completion.application", ChangeKind.COMPLETION, graduation.completes_unasked),
    Rule("LV1", "leaving.months_min", ChangeKind.LEAVING, graduation.studied_too_little),
    Rule("LV2", "leaving.application", ChangeKind.LEAVING, graduation.leaves_unasked),
    Rule("LV3", "leaving.others_first", ChangeKind.LEAVING, graduation.could_end_better),
    Rule("CX1", "completion.exchange_months_min", ChangeKind.EXCHANGE,
         graduation.exchanged_too_early),
    Rule("CX2", "completion.exchange_months_max", ChangeKind.EXCHANGE,
         graduation.exchanged_too_late),
    Rule("CX3", "graduation.decision", ChangeKind.EXCHANGE, graduation.not_approved),
    Rule("CX4", "graduation.reviewed", ChangeKind.EXCHANGE, graduation.in_review),
    Rule("DE1", "death.document", ChangeKind.DEATH, leaving.without_certificate),
)  # fmt: skip


_NO_SUCH_WAY = Refusal(
    "ST1",
    Message(
        "按目前的学籍状态不能办理这项异动。",
        "The enrolment's present status does not allow this change.",
    ),
    "JY/T 1001",
)


def refusals(case: Case) -> tuple[Refusal, ...]:
    """All that stands in the way of a change, in the order of the table; () where nothing does."""
    is_possible = case.life.status in TRANSITIONS[case.change.kind].before
    return (
        *(() if is_possible else (_NO_SUCH_WAY,)),
        *[
            Refusal(rule.id, message, case.policy.reference(rule.key))
            for rule in RULES
            if rule.kind is case.change.kind and _is_in_force(rule, case)
            for message in [rule.refuses(case)]
            if message is not None
        ],
    )


def _is_in_force(rule: Rule, case: Case) -> bool:
    value = case.policy.values.get(rule.key)
    return value is not None and value.value is not False
