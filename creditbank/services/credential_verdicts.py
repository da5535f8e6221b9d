"""A verdict as credentials state it: amounts, conditions, and the records that those rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from creditbank.credentials import documents as made
from creditbank.domain import labels
from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility.condition_evidence import (
    ConditionLine,
    EvidenceKind,
    with_evidence,
)
from creditbank.store.condition_evidence import held_evidence
from creditbank.store.unit_of_work import UnitOfWork


def stated(verdict: Verdict) -> made.Standing:
    """The verdict without what was found for each condition."""
    return made.Standing(
        outcome=verdict.outcome.value,
        outcome_name=labels.OUTCOMES[verdict.outcome][0],
        required=verdict.required_units,
        counted=verdict.counted_units,
        shortfall=verdict.shortfall_units,
        blocks=tuple(
            (block.code, block.name, block.required, block.required - block.missing, block.missing)
            for block in verdict.blocks
        ),
        conditions=tuple((item.code, item.name, item.met) for item in verdict.conditions),
    )


def stated_with_records(uow: UnitOfWork, verdict: Verdict) -> made.Standing:
    """The verdict on an advance, with the records by which its conditions are met."""
    number = verdict.enrolment_id
    with uow.everywhere():
        held = held_evidence(uow.connection, verdict.subject_id, [number])
    lines = with_evidence(verdict.conditions, held[number], verdict.as_of)
    return replace(stated(verdict), rests_on=_rests_on(lines))


def _rests_on(lines: Iterable[ConditionLine]) -> dict[str, tuple[made.RecordRef, ...]]:
    """By which records conditions are met; no sanction is named, nor what was found by a check."""
    return {
        line.result.code: tuple(
            made.RecordRef(
                code=item.kind.value,
                name=item.name,
                level=item.level if item.kind is EvidenceKind.CERTIFICATE else "",
                number=item.number,
                dated=item.dated,
                ledger_seq=item.ledger_seq,
            )
            for item in line.items
            if item.aside is None
        )
        for line in lines
        if line.result.met and line.result.code != HardConditionKind.NO_SANCTION
    }
