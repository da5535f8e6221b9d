"""Applications for status changes as rows: entered, answered, carried out, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text
from sqlmodel import col

from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import (
    OPEN_STATES,
    Application,
    ChangeKind,
    ChangeReason,
    ChangeState,
    Ends,
    GivenProof,
    MajorChangeGround,
    Office,
    Proof,
)
from creditbank.tables.status_changes import (
    StatusChange,
    StatusChangeOpinion,
    StatusChangeProof,
    StatusChangeWithdrawal,
)

_READ = text("""
SELECT c.*, s.state, s.office, s.since, s.notice_ends_on, i.kind AS school_kind,
  t.kind AS to_kind
FROM status_changes c JOIN status_change_states s USING (status_change_id)
  JOIN institutions i ON i.institution_id = c.institution_id
  LEFT JOIN institutions t ON t.institution_id = c.to_institution_id
WHERE c.status_change_id = :id
""")
_OPEN = text("""
SELECT status_change_id FROM status_change_states
WHERE enrolment_id = :enrolment_id AND state = ANY (:states) ORDER BY status_change_id
""")
_DUE = text("""
SELECT status_change_id FROM status_change_states
WHERE state = 'agreed' AND takes_effect_on <= :day ORDER BY status_change_id
""")


@dataclass(frozen=True, slots=True)
class KeptChange:
    """An application and where it stands. office: whose turn it is; since: for how long.

    notice_ends_on: the last day of its public notice, once there is one.
    """

    status_change_id: int
    institution_id: int
    ends: Ends
    learner_id: int
    enrolment_id: int
    what: Application
    applied_on: date
    offices: tuple[Office, ...]
    applied_as: Role
    applied_by: int
    state: ChangeState
    office: Office | None
    since: datetime
    notice_ends_on: date | None

    @property
    def is_last(self) -> bool:
        """Whether it is the turn of the office that decides."""
        return self.office is self.offices[-1]


def read_change(connection: Connection, status_change_id: int) -> KeptChange | None:
    """One, as far as the reach shows."""
    row = connection.execute(_READ, {"id": status_change_id}).first()
    if row is None:
        return None
    return KeptChange(
        status_change_id=row.status_change_id,
        institution_id=row.institution_id,
        ends=ends_of(row.institution_id, row.school_kind, row.to_institution_id, row.to_kind),
        learner_id=row.learner_id,
        enrolment_id=row.enrolment_id,
        what=Application(
            kind=ChangeKind(row.kind),
            takes_effect_on=row.takes_effect_on,
            reason=ChangeReason(row.reason),
            until=row.until,
            by_school=row.by_school,
            absent_hours=row.absent_hours,
            absent_days=row.absent_days,
            ground=MajorChangeGround(row.ground) if row.ground else None,
            to_institution_id=row.to_institution_id,
            plan_id=row.plan_id,
            class_name=row.class_name,
            note=row.note,
            proofs=_proofs(connection, status_change_id),
        ),
        applied_on=row.applied_on,
        offices=tuple(map(Office, row.offices)),
        applied_as=Role(row.applied_as),
        applied_by=row.applied_by,
        state=ChangeState(row.state),
        office=Office(row.office) if row.office else None,
        since=row.since,
        notice_ends_on=row.notice_ends_on,
    )


def ends_of(
    institution_id: int, kind: str, to_institution_id: int | None, to_kind: str | None
) -> Ends:
    """From columns."""
    there = InstitutionKind(to_kind) if to_kind else None
    return Ends(institution_id, InstitutionKind(kind), to_institution_id, there)


def _proofs(connection: Connection, status_change_id: int) -> tuple[GivenProof, ...]:
    found = connection.execute(
        select(
            col(StatusChangeProof.kind), col(StatusChangeProof.issued_on),
            col(StatusChangeProof.document_no), col(StatusChangeProof.issuer),
        )
        .where(col(StatusChangeProof.status_change_id) == status_change_id)
        .order_by(col(StatusChangeProof.kind))
    )  # fmt: skip
    return tuple(
        GivenProof(Proof(row.kind), row.issued_on, row.document_no, row.issuer) for row in found
    )


def open_changes(connection: Connection, enrolment_id: int) -> list[int]:
    """The applications of an enrolment that wait, for an office or for their day."""
    asked = {"enrolment_id": enrolment_id, "states": [*OPEN_STATES]}
    return list(connection.execute(_OPEN, asked).scalars())


def due_changes(connection: Connection, day: date) -> list[int]:
    """Those that all offices have agreed to and whose day has come, the oldest first."""
    return list(connection.execute(_DUE, {"day": day}).scalars())


def has_spoken(connection: Connection, status_change_id: int, account_id: int) -> bool:
    """Whether an account has spoken for an office of this application."""
    found = connection.execute(
        select(col(StatusChangeOpinion.office)).where(
            col(StatusChangeOpinion.status_change_id) == status_change_id,
            col(StatusChangeOpinion.given_by) == account_id,
        )
    )
    return found.first() is not None


def add_change(connection: Connection, what: Application, values: Mapping[str, Any]) -> int:
    """A new row with its documents; the number it got. values: what an Application does not say."""
    given = asdict(what)
    proofs = given.pop("proofs")
    given["ground"] = what.ground or ""
    made = connection.execute(
        insert(StatusChange).values(**given, **values).returning(col(StatusChange.status_change_id))
    )
    status_change_id = int(made.scalar_one())  # type: ignore[arg-type]
    if proofs:
        key = {
            "status_change_id": status_change_id,
            "institution_id": values["institution_id"],
        }
        connection.execute(insert(StatusChangeProof), [key | proof for proof in proofs])
    return status_change_id


def add_opinion(connection: Connection, values: Mapping[str, Any]) -> None:
    """What an office says."""
    connection.execute(insert(StatusChangeOpinion).values(**values))


def add_withdrawal(connection: Connection, values: Mapping[str, Any]) -> None:
    """An application is taken back."""
    connection.execute(insert(StatusChangeWithdrawal).values(**values))
