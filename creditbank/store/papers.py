"""Issued papers as rows: entered under the next number, taken back, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, insert, text
from sqlmodel import col

from creditbank.domain.papers import PaperKind
from creditbank.domain.status_changes import Office
from creditbank.tables.papers import IssuedPaper, PaperRevocation, PaperSource

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:register, 7))")
_NEXT = text("""
SELECT coalesce(max(serial), 0) + 1 FROM issued_papers
WHERE institution_id = :institution_id AND kind = :kind AND year = :year
""")
_PAPERS = """
SELECT p.issued_paper_id, p.institution_id, p.kind, p.number, p.token, p.code, p.site, p.learner_id,
  p.status_change_id, p.valid_until, p.document, p.content_hash, p.issued_at, r.revoked_at,
  p.enrolment_id, p.paper_layout_id, coalesce(p.class_name, '') AS class_name,
  ARRAY(SELECT s.learner_id FROM paper_sources s WHERE s.issued_paper_id = p.issued_paper_id)
    AS named_ids,
  p.kind = 'status_certificate' AND (NOT e.is_open
    OR (p.document->>'school', p.document->>'major', p.document->>'class_name')
      <> (i.name, coalesce(m.name, l.name), e.class_name)) AS is_superseded,
  EXISTS (SELECT FROM paper_sources s JOIN ledger_entries x ON x.learner_id = s.learner_id
    WHERE s.issued_paper_id = p.issued_paper_id AND x.kind = 'reversal'
      AND x.institution_id = p.institution_id AND x.ledger_seq > s.ledger_seq
      AND x.source_seq <= s.ledger_seq)
  OR EXISTS (SELECT FROM paper_sources s JOIN verdict_heads g
      ON g.enrolment_id = s.enrolment_id AND g.subject_kind = 'graduation'
    WHERE s.issued_paper_id = p.issued_paper_id AND s.outcome <> '' AND g.outcome <> 'closed'
      AND replace(g.outcome, '_early', '') <> replace(s.outcome, '_early', ''))
    AS is_corrected
FROM issued_papers p LEFT JOIN paper_revocations r USING (issued_paper_id)
  LEFT JOIN enrolments e ON e.enrolment_id = p.enrolment_id
  LEFT JOIN institutions i ON i.institution_id = e.institution_id
  LEFT JOIN program_plans l ON l.plan_id = e.plan_id
  LEFT JOIN majors m ON m.code = l.major_code AND m.catalogue_year = l.catalogue_year
WHERE {}
ORDER BY p.issued_paper_id DESC LIMIT 200
"""
_BY = {
    name: text(_PAPERS.format(rule))
    for name, rule in {
        "ids": "p.issued_paper_id = ANY (:value)",
        "token": "p.token = :value",
        "number": "p.number = :value",
        "learner_id": "p.learner_id = :value",
    }.items()
}
_OF_CLASS = text(
    _PAPERS.format(
        "p.kind = 'class_audit' AND p.institution_id = :institution_id"
        " AND p.class_name = :class_name AND p.entry_year = :entry_year"
    )
)
_SAME = text("""
SELECT p.issued_paper_id FROM issued_papers p LEFT JOIN paper_revocations r USING (issued_paper_id)
WHERE p.institution_id = :institution_id AND p.kind = :kind AND p.content_hash = :content_hash
  AND p.enrolment_id IS NOT DISTINCT FROM :enrolment_id
  AND p.class_name IS NOT DISTINCT FROM :class_name
  AND p.entry_year IS NOT DISTINCT FROM :entry_year
  AND p.paper_layout_id IS NOT DISTINCT FROM :paper_layout_id
  AND r.issued_paper_id IS NULL
ORDER BY p.issued_paper_id DESC LIMIT 1
""")
_SUBJECTS = text("""
SELECT e.enrolment_id, e.institution_id, e.learner_id, e.student_no, e.entry_year, e.status,
  coalesce(x.class_before, e.class_name) AS class_name, p.years, coalesce(m.name, p.name) AS major,
  i.name AS school, i.code AS school_code, i.name_en AS school_en,
  coalesce(m.name_en, '') AS major_en, e.entered_on, l.account_no, p.name AS plan,
  l.name, l.sex, coalesce(l.citizen_id, '') AS citizen_id,
  coalesce(l.national_student_no, '') AS national_student_no
FROM enrolments e JOIN learners l USING (learner_id) JOIN institutions i USING (institution_id)
  LEFT JOIN status_change_executions x
    ON x.enrolment_id = e.enrolment_id AND x.status_change_id = :status_change_id
  JOIN program_plans p ON p.plan_id = coalesce(x.plan_before, e.plan_id)
  LEFT JOIN majors m ON m.code = p.major_code AND m.catalogue_year = p.catalogue_year
WHERE e.enrolment_id = ANY (:ids)
""")
_AT_SCHOOL = text("""
SELECT DISTINCT ON (learner_id) learner_id, enrolment_id FROM enrolments
WHERE learner_id = ANY (:ids) AND institution_id = :institution_id
ORDER BY learner_id, is_open DESC, entered_on DESC, enrolment_id DESC
""")
_OPINIONS = text("""
SELECT o.office, o.agrees, o.opinion, o.document_no, o.given_at,
  coalesce(a.display_name, '') AS given_by
FROM status_change_opinions o LEFT JOIN accounts a ON a.account_id = o.given_by
WHERE o.status_change_id = :id
""")
_PLAN = text("SELECT name FROM program_plans WHERE plan_id = :plan_id")


@dataclass(frozen=True, slots=True)
class KeptPaper:
    """One paper as it was issued; fields as in tables.papers.IssuedPaper.

    learner_id, enrolment_id: None for a paper about a class; named_ids: from whose books it was
    made. is_superseded: a certificate whose enrolment has ended or changed place since;
    is_corrected: something on it was taken back since, or judged otherwise. layout: the source
    of paper_layout_id, read for printing alone.
    """

    issued_paper_id: int
    institution_id: int
    kind: PaperKind
    number: str
    token: str
    code: str
    site: str
    learner_id: int | None
    enrolment_id: int | None
    class_name: str
    named_ids: tuple[int, ...]
    paper_layout_id: int | None
    status_change_id: int | None
    valid_until: date | None
    document: Mapping[str, Any]
    content_hash: str
    issued_at: datetime
    revoked_at: datetime | None
    is_superseded: bool
    is_corrected: bool
    layout: str = ""

    @property
    def learner_ids(self) -> tuple[int, ...]:
        """Whom it shows."""
        return self.named_ids if self.learner_id is None else (self.learner_id,)


@dataclass(frozen=True, slots=True)
class PaperSubject:
    """Whom a paper is about: the enrolment as it is, or as it was before a change of it.

    citizen_id, national_student_no, school_en, major_en: "" for who has none.
    """

    enrolment_id: int
    institution_id: int
    learner_id: int
    student_no: str
    entry_year: int
    status: str
    class_name: str
    years: int
    major: str
    school: str
    school_code: str
    school_en: str
    major_en: str
    entered_on: date
    account_no: str
    plan: str
    name: str
    sex: str
    citizen_id: str
    national_student_no: str


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """What an office said of a change, and who said it."""

    office: str
    agrees: bool
    opinion: str
    document_no: str
    given_at: datetime
    given_by: str


def papers_by(connection: Connection, **which: Any) -> list[KeptPaper]:  # noqa: ANN401
    """Those of some ids, a token, a number or a learner_id; the latest first, as far as we see."""
    ((name, value),) = which.items()
    return _kept(connection.execute(_BY[name], {"value": value}))


def papers_of_class(
    connection: Connection, institution_id: int, class_name: str, entry_year: int
) -> list[KeptPaper]:
    """The lists of a class that were issued, the latest first."""
    asked = {
        "institution_id": institution_id, "class_name": class_name, "entry_year": entry_year,
    }  # fmt: skip
    return _kept(connection.execute(_OF_CLASS, asked))


def _kept(found: CursorResult[Any]) -> list[KeptPaper]:
    return [
        KeptPaper(**{**row, "kind": PaperKind(row["kind"]), "named_ids": tuple(row["named_ids"])})
        for row in found.mappings()
    ]


def next_serial(connection: Connection, institution_id: int, kind: PaperKind, year: int) -> int:
    """The next number of a register, which is locked until the transaction ends."""
    asked = {"institution_id": institution_id, "kind": kind.value, "year": year}
    connection.execute(_LOCK, {"register": f"papers|{institution_id}|{kind}|{year}"})
    return int(connection.execute(_NEXT, asked).scalar_one())


def same_paper(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """A paper that says the very same, is set the same way and has not been taken back.

    values: institution_id, kind, content_hash, enrolment_id, class_name, entry_year and
    paper_layout_id of the new one.
    """
    found: int | None = connection.execute(_SAME, values).scalar()
    return found


def add_paper(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new row; the number it got."""
    made = connection.execute(
        insert(IssuedPaper).values(**values).returning(col(IssuedPaper.issued_paper_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_sources(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """From whose books a paper was made."""
    connection.execute(insert(PaperSource), list(rows))


def add_revocation(connection: Connection, values: Mapping[str, Any]) -> None:
    """Take a paper back."""
    connection.execute(insert(PaperRevocation).values(**values))


def enrolments_at(
    connection: Connection, learner_ids: Sequence[int], institution_id: int
) -> dict[int, int]:
    """By learner: the enrolment at a school, an open one first, then the latest."""
    asked = {"ids": list(learner_ids), "institution_id": institution_id}
    return {row.learner_id: row.enrolment_id for row in connection.execute(_AT_SCHOOL, asked)}


def subjects_of(
    connection: Connection, enrolment_ids: Sequence[int], status_change_id: int | None = None
) -> dict[int, PaperSubject]:
    """By enrolment: whom it is about; status_change_id: as it was before that was carried out."""
    asked = {"ids": list(enrolment_ids), "status_change_id": status_change_id}
    found = (PaperSubject(**row) for row in connection.execute(_SUBJECTS, asked).mappings())
    return {subject.enrolment_id: subject for subject in found}


def opinions_on(connection: Connection, status_change_id: int) -> dict[Office, GivenOpinion]:
    """By office: what was said of a change."""
    rows = connection.execute(_OPINIONS, {"id": status_change_id}).mappings()
    return {Office(row["office"]): GivenOpinion(**row) for row in rows}


def plan_name(connection: Connection, plan_id: int) -> str:
    """What a plan is called."""
    found: str = connection.execute(_PLAN, {"plan_id": plan_id}).scalar_one()
    return found
