"""Who can sign an agreement, for which majors, and the row of a new one. Nothing here decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from creditbank.domain.institutions import InstitutionKind
from creditbank.tables.agreements import ArticulationAgreement


class Partner(NamedTuple):
    """An institution that may be one side of an agreement."""

    institution_id: int
    name: str
    name_en: str
    kind: InstitutionKind


class CatalogueMajor(NamedTuple):
    """A major of a catalogue. level: of EducationLevel."""

    code: str
    catalogue_year: int
    name: str
    name_en: str
    level: str


class StandingAgreement(NamedTuple):
    """The agreement that a major and cohort of a school have already."""

    agreement_id: int
    college_name: str
    document_no: str


_PARTNERS = text("""
SELECT institution_id, name, name_en, kind FROM institutions
WHERE kind IN ('vocational_school', 'college', 'university') ORDER BY institution_id
""")
_MAJORS = text("""
SELECT code, catalogue_year, name, name_en, level FROM majors
WHERE level IN ('secondary_voc', 'higher_voc', 'bachelor') ORDER BY code, catalogue_year
""")
_STANDING = text("""
SELECT a.agreement_id, i.name AS college_name, a.document_no
FROM articulation_agreements a JOIN institutions i ON i.institution_id = a.college_id
WHERE a.school_id = :school_id AND a.pre_major_code = :pre_major_code
  AND a.pre_catalogue_year = :pre_catalogue_year AND a.entry_year = :entry_year
""")
_NAMES = text(
    "SELECT institution_id, name, name_en FROM institutions WHERE institution_id = ANY (:ids)"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('agreement|' || :id, 7))")


def partners(connection: Connection) -> list[Partner]:
    """Every 中职, college and university."""
    return [
        Partner(row.institution_id, row.name, row.name_en, InstitutionKind(row.kind))
        for row in connection.execute(_PARTNERS)
    ]


def institution_names(connection: Connection, institution_ids: Iterable[int]) -> dict[int, str]:
    """What schools and colleges are called, by number."""
    return {number: name for number, name, _english in _named(connection, institution_ids)}


def institution_names_en(connection: Connection, institution_ids: Iterable[int]) -> dict[int, str]:
    """The same in English, "" where they have no such name."""
    return {number: english for number, _name, english in _named(connection, institution_ids)}


def _named(connection: Connection, institution_ids: Iterable[int]) -> list[tuple[int, str, str]]:
    rows = connection.execute(_NAMES, {"ids": list(institution_ids)})
    return [(row.institution_id, row.name, row.name_en) for row in rows]


def catalogue_majors(connection: Connection) -> list[CatalogueMajor]:
    """Every major that an agreement may begin or end with."""
    return [CatalogueMajor(*row) for row in connection.execute(_MAJORS)]


def standing_agreement(
    connection: Connection,
    school_id: int,
    major: tuple[str, int],
    entry_year: int,
) -> StandingAgreement | None:
    """三二连读: the one agreement of a school's major (code, catalogue year) and cohort."""
    asked = {
        "school_id": school_id,
        "pre_major_code": major[0],
        "pre_catalogue_year": major[1],
        "entry_year": entry_year,
    }
    row = connection.execute(_STANDING, asked).first()
    return None if row is None else StandingAgreement(*row)


def insert_agreement(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """The number of a new agreement; None where the major and cohort got one at this moment."""
    asked = insert(ArticulationAgreement.__table__).values(**values)  # type: ignore[attr-defined]
    made = asked.on_conflict_do_nothing().returning(text("agreement_id"))
    found: int | None = connection.execute(made).scalar()
    return found


def lock_agreement(connection: Connection, agreement_id: int) -> None:
    """Let one version, or one step of the advance, after the other be written.

    Until the transaction ends; before any learner's head.
    """
    connection.execute(_LOCK, {"id": str(agreement_id)})
