"""Versions of agreements: rows to domain, and back as rows are inserted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from creditbank.domain.agreement_terms import (
    AgreementTerms,
    AssessmentDimension,
    ExemptionEffect,
    ScoreKind,
    ScorePart,
    TieBreak,
    latest_in_force,
)
from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel
from creditbank.store.agreements import load_agreements
from creditbank.tables.agreement_terms import AgreementTermsRow

_UNKEPT = "attendance"
"""Named by versions from before 0030: attendance was never kept, so it told nobody apart."""
_NOT_OF_THE_TERMS = ("agreement_terms_id", "decided_by", "decided_at")


def load_terms(
    connection: Connection, agreement_ids: Iterable[int], *, as_of: date
) -> dict[int, AgreementTerms]:
    """What each agreement says on a day, by its id; those that do not exist are left out.

    An agreement without a version that has begun says what was signed first, as version 0: without
    scores, so that nobody can be ranked by it.
    """
    wanted = sorted(set(agreement_ids))
    versions = terms_versions(connection, wanted)
    speaking = {number: latest_in_force(versions.get(number, ()), as_of) for number in wanted}
    missing = [number for number, found in speaking.items() if found is None]
    signed = load_agreements(connection, missing, as_of=as_of) if missing else {}
    first = {
        number: AgreementTerms(
            agreement_id=number,
            version_no=0,
            in_force_from=agreement.valid_from,
            document_no=agreement.document_no,
            quota=agreement.quota,
            valid_from=agreement.valid_from,
            valid_to=agreement.valid_to,
            hard_conditions=agreement.hard_conditions,
        )
        for number, agreement in signed.items()
    }
    return {number: found for number, found in speaking.items() if found is not None} | first


def terms_versions(
    connection: Connection, agreement_ids: Iterable[int]
) -> dict[int, tuple[AgreementTerms, ...]]:
    """Every version of these agreements, the first one first; none for an agreement without."""
    rows = connection.execute(
        select(AgreementTermsRow.__table__)  # type: ignore[attr-defined]
        .where(col(AgreementTermsRow.agreement_id).in_(sorted(set(agreement_ids))))
        .order_by(col(AgreementTermsRow.agreement_id), col(AgreementTermsRow.version_no))
    )
    found: dict[int, tuple[AgreementTerms, ...]] = {}
    for row in rows.mappings():
        number = row["agreement_id"]
        found[number] = (*found.get(number, ()), terms_from_row(dict(row)))
    return found


def decided_at(connection: Connection, agreement_id: int) -> dict[int, datetime]:
    """When each version of an agreement was written, by its number."""
    rows = connection.execute(
        select(col(AgreementTermsRow.version_no), col(AgreementTermsRow.decided_at)).where(
            col(AgreementTermsRow.agreement_id) == agreement_id
        )
    )
    return {row.version_no: row.decided_at for row in rows}


def insert_terms(
    connection: Connection, terms: AgreementTerms, *, decided_by: int, now: datetime
) -> None:
    """Insert a version; the database refuses one that reaches back or leaves a number out."""
    values = {**terms_row(terms), "decided_by": decided_by, "decided_at": now}
    connection.execute(insert(AgreementTermsRow).values(**values))


def terms_row(terms: AgreementTerms) -> dict[str, Any]:
    """A version as the columns of agreement_terms, without who decided it."""
    return asdict(terms) | {
        "hard_conditions": [_plain(item) for item in terms.hard_conditions],
        "scores": [_plain(item) for item in terms.scores],
        "tie_breaks": [item.value for item in terms.tie_breaks],
        "exemption_level": None if terms.exemption_level is None else terms.exemption_level.value,
        "exemption_effect": terms.exemption_effect.value,
        "assessment_dimensions": [item.value for item in terms.assessment_dimensions],
    }


def terms_from_row(row: Mapping[str, Any]) -> AgreementTerms:
    """A row of agreement_terms as the domain's AgreementTerms."""
    values = {name: value for name, value in row.items() if name not in _NOT_OF_THE_TERMS}
    level = values["exemption_level"]
    values |= {
        "hard_conditions": tuple(
            HardCondition(HardConditionKind(item["kind"]), str(item["threshold"]))
            for item in values["hard_conditions"]
        ),
        "scores": tuple(
            ScorePart(
                ScoreKind(item["kind"]),
                item["full_marks"],
                item["weight"],
                item["pass_mark"],
                by_announced_line=item.get("by_announced_line", False),
            )
            for item in values["scores"]
        ),
        "tie_breaks": tuple(TieBreak(item) for item in values["tie_breaks"] if item != _UNKEPT),
        "exemption_level": None if level is None else AwardLevel(level),
        "exemption_effect": ExemptionEffect(values["exemption_effect"]),
        "assessment_dimensions": tuple(map(AssessmentDimension, values["assessment_dimensions"])),
    }
    return AgreementTerms(**values)


def _plain(item: HardCondition | ScorePart) -> dict[str, Any]:
    return {**asdict(item), "kind": item.kind.value}
