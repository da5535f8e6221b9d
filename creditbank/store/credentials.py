"""Signed credentials as rows: entered, ended by a further row, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, text
from sqlmodel import col

from creditbank.domain.credentials import CredentialKind
from creditbank.tables.credentials import CredentialEnding, IssuedCredential, StatusList

_CREDENTIALS = """
SELECT c.issued_credential_id, c.institution_id, c.learner_id, c.enrolment_id, c.kind, c.token,
  c.site, c.list_no, c.list_index, c.ledger_seq, c.entry_seqs, c.outcome, c.subject_id, c.stage,
  c.attempt, c.part_ids, c.document, c.valid_until, c.issued_by, c.issued_at, i.name AS school,
  l.name AS learner_name,
  c.key_id,
  EXISTS (SELECT FROM signing_key_endings k WHERE k.key_id = c.key_id AND k.ending = 'revoked')
    AS key_is_revoked,
  EXISTS (SELECT FROM credential_endings e WHERE e.issued_credential_id = c.issued_credential_id
    AND e.kind = 'revoked') AS is_revoked,
  EXISTS (SELECT FROM credential_endings e WHERE e.issued_credential_id = c.issued_credential_id
    AND e.kind = 'corrected') AS is_corrected
FROM issued_credentials c JOIN institutions i USING (institution_id)
  JOIN learners l USING (learner_id)
WHERE {}
ORDER BY c.issued_credential_id DESC LIMIT 500
"""
_BY = {
    name: text(_CREDENTIALS.format(rule))
    for name, rule in {
        "ids": "c.issued_credential_id = ANY (:value)",
        "token": "c.token = :value",
        "learner_id": "c.learner_id = :value",
    }.items()
}
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:list, 13))")
_COUNT = text(
    "SELECT count(*) FROM issued_credentials WHERE institution_id = :school AND site = :site"
)
_TAKEN = text("""
SELECT EXISTS (SELECT FROM issued_credentials WHERE institution_id = :school AND site = :site
  AND list_no = :list_no AND list_index = :list_index)
""")
_ENDED = text("""
SELECT DISTINCT c.list_index FROM issued_credentials c
JOIN credential_endings e USING (issued_credential_id)
WHERE c.institution_id = :school AND c.site = :site AND c.list_no = :list_no
ORDER BY c.list_index
""")
_REVERSED = text("""
SELECT r.source_seq FROM ledger_entries r WHERE r.learner_id = :learner_id AND r.kind = 'reversal'
  AND r.source_seq = ANY (:seqs)
""")
_LATEST = text("""
SELECT institution_id, site, list_no, key_id, endings, document, signed_at, valid_until
FROM status_lists WHERE institution_id = :school AND site = :site AND list_no = :list_no
ORDER BY status_list_id DESC LIMIT 1
""")
# Those whose content may no longer hold: an entry taken back, another verdict, an ended part, a
# step of the advance since, or an entry behind what a proposal was ranked by.
_DOUBTED = text("""
SELECT c.issued_credential_id FROM issued_credentials c
WHERE c.issued_credential_id > :after AND (cardinality(c.part_ids) > 0) = :are_records
  AND NOT EXISTS (SELECT FROM credential_endings e
    WHERE e.issued_credential_id = c.issued_credential_id)
  AND (c.valid_until IS NULL OR c.valid_until > :now)
  AND (EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = c.learner_id
      AND r.kind = 'reversal' AND r.source_seq = ANY (c.entry_seqs))
    OR EXISTS (SELECT FROM credential_endings e WHERE e.issued_credential_id = ANY (c.part_ids))
    OR (c.outcome <> '' AND NOT EXISTS (SELECT FROM verdict_heads h JOIN verdicts v
      USING (verdict_id) WHERE h.enrolment_id = c.enrolment_id AND h.subject_id = c.subject_id
      AND h.subject_kind = CASE c.kind WHEN 'graduation_eligibility' THEN 'graduation'
        ELSE 'articulation' END AND v.outcome = c.outcome))
    OR (c.stage <> '' AND (EXISTS (SELECT FROM advance_moves m WHERE m.recorded_at > c.issued_at
        AND (m.agreement_id, m.enrolment_id) = (c.subject_id, c.enrolment_id))
      OR EXISTS (SELECT FROM decisions d WHERE d.decided_at > c.issued_at
        AND d.subject_kind = 'articulation'
        AND (d.subject_id, d.enrolment_id) = (c.subject_id, c.enrolment_id))))
    OR (c.stage IN ('proposed', 'advanced') AND EXISTS (SELECT FROM ledger_entries r
      WHERE r.learner_id = c.learner_id AND r.recorded_at > c.issued_at)))
ORDER BY c.issued_credential_id LIMIT :most
""")
_LISTS = text("""
SELECT institution_id, site, list_no, count(*) FILTER (WHERE EXISTS (
  SELECT FROM credential_endings e WHERE e.issued_credential_id = c.issued_credential_id))
  AS endings
FROM issued_credentials c GROUP BY institution_id, site, list_no
ORDER BY institution_id, site, list_no
""")
_AGREEMENT = text("""
SELECT a.agreement_id, a.name, a.document_no, i.name AS college, coalesce(m.name, '') AS major
FROM agreements_on(:as_of) a JOIN institutions i ON i.institution_id = a.college_id
  LEFT JOIN majors m ON (m.code, m.catalogue_year) = (a.post_major_code, a.post_catalogue_year)
WHERE a.agreement_id = :agreement_id
""")
_ENROLMENTS = text("""
SELECT e.enrolment_id, e.institution_id, e.is_open, e.status, p.code AS plan_code,
  p.version AS plan_version,
  ARRAY(SELECT m.agreement_id FROM agreement_members m WHERE m.enrolment_id = e.enrolment_id)
    AS agreement_ids,
  ARRAY(SELECT s.agreement_id FROM shared_members s WHERE s.enrolment_id = e.enrolment_id)
    AS shared_ids
FROM enrolments e JOIN program_plans p USING (plan_id)
WHERE e.learner_id = :learner_id
ORDER BY e.is_open DESC, e.entered_on DESC, e.enrolment_id DESC
""")
_SCHOOL = text("SELECT name FROM institutions WHERE institution_id = :school")
_STATUS = text("SELECT status FROM enrolments WHERE enrolment_id = :enrolment_id")
_FULL = 65_536
"""Half of a list: then the next is begun, so that a free place is soon found by chance."""


@dataclass(frozen=True, slots=True)
class KeptCredential:
    """One credential as it was signed; fields as in tables.credentials.IssuedCredential.

    is_revoked, is_corrected: by the rows that are there; whether the content still holds by the
    books is for services.credential_truth to say.
    """

    issued_credential_id: int
    institution_id: int
    learner_id: int
    enrolment_id: int
    kind: CredentialKind
    token: str
    site: str
    list_no: int
    list_index: int
    ledger_seq: int
    entry_seqs: tuple[int, ...]
    outcome: str
    subject_id: int
    stage: str
    attempt: int
    part_ids: tuple[int, ...]
    document: str
    valid_until: datetime | None
    issued_by: int
    issued_at: datetime
    school: str
    learner_name: str
    key_id: str
    key_is_revoked: bool
    is_revoked: bool
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class KeptList:
    """A signed status list, as text."""

    institution_id: int
    site: str
    list_no: int
    key_id: str
    endings: int
    document: str
    signed_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class StatedAgreement:
    """What a status says of its agreement. major: the college's, "" where unknown."""

    agreement_id: int
    name: str
    document_no: str
    college: str
    major: str


@dataclass(frozen=True, slots=True)
class StatedEnrolment:
    """An enrolment that a credential can be about.

    agreement_ids: of the classes that it is or was in; shared_ids: those whose colleges are shown
    it, as long as the agreements hold.
    """

    enrolment_id: int
    institution_id: int
    is_open: bool
    status: str
    plan_code: str
    plan_version: int
    agreement_ids: frozenset[int]
    shared_ids: frozenset[int]


def credentials_by(connection: Connection, **which: Any) -> list[KeptCredential]:  # noqa: ANN401
    """Those of some ids, a token or a learner_id; the latest first, as far as we see."""
    ((name, value),) = which.items()
    return [_kept(row) for row in connection.execute(_BY[name], {"value": value}).mappings()]


def add_credential(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new row; the number it got."""
    made = connection.execute(
        insert(IssuedCredential)
        .values(**values)
        .returning(col(IssuedCredential.issued_credential_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def add_ending(connection: Connection, values: Mapping[str, Any]) -> None:
    """End a credential."""
    connection.execute(insert(CredentialEnding).values(**values))


def lock_lists(connection: Connection, institution_id: int, site: str) -> None:
    """One writer to the lists of a school at a time, until the transaction ends."""
    connection.execute(_LOCK, {"list": f"{institution_id}|{site}"})


def list_in_use(connection: Connection, institution_id: int, site: str) -> int:
    """The number of the list that new credentials go into."""
    asked = {"school": institution_id, "site": site}
    return 1 + int(connection.execute(_COUNT, asked).scalar_one()) // _FULL


def is_taken(
    connection: Connection, institution_id: int, site: str, list_no: int, list_index: int
) -> bool:
    """Whether a place is another credential's."""
    asked = {
        "school": institution_id, "site": site, "list_no": list_no, "list_index": list_index,
    }  # fmt: skip
    return bool(connection.execute(_TAKEN, asked).scalar_one())


def ended_places(connection: Connection, institution_id: int, site: str, list_no: int) -> list[int]:
    """The places of all that have ended."""
    asked = {"school": institution_id, "site": site, "list_no": list_no}
    return [int(row.list_index) for row in connection.execute(_ENDED, asked)]


def latest_list(
    connection: Connection, institution_id: int, site: str, list_no: int
) -> KeptList | None:
    """The list that speaks; None before the first."""
    asked = {"school": institution_id, "site": site, "list_no": list_no}
    row = connection.execute(_LATEST, asked).mappings().first()
    return None if row is None else KeptList(**row)


def add_list(connection: Connection, values: Mapping[str, Any]) -> None:
    """A newly signed list."""
    connection.execute(insert(StatusList).values(**values))


def lists_and_endings(connection: Connection) -> list[tuple[int, str, int, int]]:
    """School, site, number, and how many have ended, of every list that there must be."""
    return [tuple(row) for row in connection.execute(_LISTS)]


def doubted(
    connection: Connection, *, are_records: bool, after: int, now: datetime, most: int
) -> list[int]:
    """Credentials whose content may no longer hold, by number, from the one after `after` on.

    are_records: those with others in them, or those without.
    """
    asked = {"are_records": are_records, "after": after, "now": now, "most": most}
    found = connection.execute(_DOUBTED, asked)
    return [int(row.issued_credential_id) for row in found]


def taken_back(connection: Connection, learner_id: int, seqs: tuple[int, ...]) -> frozenset[int]:
    """Of some entries, those that a reversal took back."""
    asked = {"learner_id": learner_id, "seqs": list(seqs)}
    return frozenset(int(row.source_seq) for row in connection.execute(_REVERSED, asked))


def stated_agreement(connection: Connection, agreement_id: int, *, as_of: date) -> StatedAgreement:
    """What is said of an agreement as it speaks on a day."""
    asked = {"agreement_id": agreement_id, "as_of": as_of}
    row = connection.execute(_AGREEMENT, asked).mappings().one()
    return StatedAgreement(**row)


def stated_enrolments(connection: Connection, learner_id: int) -> list[StatedEnrolment]:
    """A learner's enrolments as far as we see, an open one first, then the latest."""
    rows = connection.execute(_ENROLMENTS, {"learner_id": learner_id}).mappings()
    sets = ("agreement_ids", "shared_ids")
    return [
        StatedEnrolment(**{**row, **{name: frozenset(row[name]) for name in sets}}) for row in rows
    ]


def school_name(connection: Connection, institution_id: int) -> str | None:
    """What an institution is called; None for none."""
    found: str | None = connection.execute(_SCHOOL, {"school": institution_id}).scalar()
    return found


def enrolment_status(connection: Connection, enrolment_id: int) -> str:
    """学生当前状态码 of an enrolment."""
    found: str = connection.execute(_STATUS, {"enrolment_id": enrolment_id}).scalar_one()
    return found


def _kept(row: RowMapping) -> KeptCredential:
    lists = {name: tuple(row[name]) for name in ("entry_seqs", "part_ids")}
    return KeptCredential(**{**row, "kind": CredentialKind(row["kind"]), **lists})
