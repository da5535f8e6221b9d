"""Consents as rows: of an agreement and a learner the latest speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, text

from creditbank.domain.sharing_consents import ConsentBasis
from creditbank.tables.sharing_consents import SharingConsent

_LINES = text("""
SELECT a.agreement_id, a.name, a.school_id, c.name AS college_name, c.name_en AS college_name_en,
  bool_or(m.left_on IS NULL) AS is_member, a.valid_from, a.valid_to,
  coalesce(s.is_given, false) AS is_given, s.basis, s.recorded_at,
  :as_of BETWEEN a.valid_from AND a.valid_to AND EXISTS (SELECT FROM shared_members x
    WHERE (x.agreement_id, x.learner_id) = (a.agreement_id, :learner_id)) AS is_shown
FROM enrolments e JOIN agreement_members m USING (enrolment_id)
  JOIN agreements_on(:as_of) a USING (agreement_id)
  JOIN institutions c ON c.institution_id = a.college_id
  LEFT JOIN LATERAL (SELECT * FROM sharing_consents k
    WHERE k.agreement_id = a.agreement_id AND k.learner_id = e.learner_id
    ORDER BY k.sharing_consent_id DESC LIMIT 1) s ON true
WHERE e.learner_id = :learner_id
GROUP BY a.agreement_id, a.name, a.school_id, a.valid_from, a.valid_to, c.institution_id,
  s.is_given, s.basis, s.recorded_at
ORDER BY a.agreement_id
""")


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What is said under one agreement. basis, recorded_at: None where nothing has been said.

    valid_from, valid_to: by the version of the agreement that speaks on the day. is_shown: whether
    its college sees the learner on that day.
    """

    agreement_id: int
    name: str
    school_id: int
    college_name: str
    college_name_en: str
    is_member: bool
    valid_from: date
    valid_to: date
    is_given: bool
    basis: str | None
    recorded_at: datetime | None
    is_shown: bool


def consent_lines(
    connection: Connection, learner_id: int, *, as_of: date
) -> tuple[ConsentLine, ...]:
    """One for each agreement whose class the learner is or was in."""
    rows = connection.execute(_LINES, {"learner_id": learner_id, "as_of": as_of})
    return tuple(ConsentLine(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Said:
    """That somebody consents, or does so no more. by: the account."""

    is_given: bool
    basis: ConsentBasis
    by: int


def add_consent(
    connection: Connection, line: ConsentLine, learner_id: int, said: Said, *, now: datetime
) -> None:
    """A further row, which speaks from now on."""
    connection.execute(
        insert(SharingConsent).values(
            institution_id=line.school_id,
            agreement_id=line.agreement_id,
            learner_id=learner_id,
            is_given=said.is_given,
            basis=said.basis.value,
            recorded_by=said.by,
            recorded_at=now,
        )
    )
