"""转段 as rows: whose it is, what was decided so far, and the rows that a step adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.domain.access import LearnerKey
from creditbank.domain.advances import Move, MoveKind, Signature, Situation
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.calendar import local_date
from creditbank.domain.decisions import contradicts
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import ConditionResult, Outcome, Verdict
from creditbank.tables.advances import (
    AdvanceAdmission,
    AdvanceMove,
    AdvanceScore,
    ProcessAssessment,
)

Place = tuple[int, int]
"""An agreement and an enrolment under it."""
# Who graduates leaves the class on that day, and does not leave the advance.
_SEATS = text("""
SELECT m.agreement_id, e.enrolment_id, e.learner_id, e.institution_id, l.name, l.sort_key,
  e.student_no, e.class_name, e.status, m.left_on,
  coalesce((SELECT c.is_given FROM sharing_consents c
    WHERE c.agreement_id = m.agreement_id AND c.learner_id = e.learner_id
    ORDER BY c.sharing_consent_id DESC LIMIT 1), false) AS consents,
  m.left_on IS NOT NULL AND NOT (e.status = '07' AND EXISTS (SELECT FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = e.enrolment_id AND x.status_after = '07'
      AND c.takes_effect_on = m.left_on)) AS has_left,
  h.outcome, h.shortfall_units, h.verdict_id, h.as_of, v.findings -> 'conditions' AS conditions,
  d.decision_id, d.decided_on, d.document_no, f.findings -> 'conditions' AS confirmed,
  (SELECT r.review_case_id FROM review_cases r WHERE r.decision_id = d.decision_id
    AND NOT EXISTS (SELECT FROM review_resolutions o WHERE o.review_case_id = r.review_case_id)
    LIMIT 1) AS review_case_id
FROM agreement_members m JOIN enrolments e USING (enrolment_id) JOIN learners l USING (learner_id)
LEFT JOIN LATERAL (SELECT k.* FROM verdict_heads k WHERE k.enrolment_id = m.enrolment_id
  AND k.subject_kind = 'articulation' AND k.subject_id = m.agreement_id LIMIT 1) h ON true
LEFT JOIN verdicts v ON v.verdict_id = h.verdict_id
LEFT JOIN standing_decisions d ON d.enrolment_id = e.enrolment_id
  AND d.subject_kind = 'articulation' AND d.subject_id = m.agreement_id
LEFT JOIN verdicts f ON f.verdict_id = d.verdict_id
WHERE (cast(:agreements AS int[]) IS NULL OR m.agreement_id = ANY (:agreements))
  AND (cast(:ids AS int[]) IS NULL OR e.enrolment_id = ANY (:ids))
  AND (cast(:learner AS int) IS NULL OR e.learner_id = :learner)
  AND (NOT :begun OR d.decision_id IS NOT NULL OR EXISTS (SELECT FROM advance_moves b
    WHERE b.agreement_id = m.agreement_id AND b.enrolment_id = e.enrolment_id))
ORDER BY l.sort_key, e.enrolment_id
""")
_MOVES = text("""
SELECT m.* FROM standing_advance_moves m
WHERE m.agreement_id = ANY (:agreements) AND m.enrolment_id = ANY (:ids)
ORDER BY m.advance_move_id
""")
_MOVE = text("""
SELECT m.*, EXISTS (SELECT FROM standing_advance_moves s
  WHERE s.advance_move_id = m.advance_move_id) AS stands
FROM advance_moves m WHERE m.advance_move_id = :number
""")
_AWARDS = text("""
SELECT l.learner_id, l.ledger_seq, l.detail ->> 'event' AS event, l.detail ->> 'level' AS level,
  l.evidence_no, l.earned_on
FROM ledger_entries l WHERE l.kind = 'competition' AND l.learner_id = ANY (:ids)
  AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
ORDER BY l.learner_id, l.ledger_seq
""")
# A second attempt begins without scores, as domain.advances counts attempts.
_OF_THIS_ATTEMPT = """m.attempt = 1 + (SELECT count(*) FROM standing_advance_moves r
  WHERE r.agreement_id = m.agreement_id AND r.enrolment_id = m.enrolment_id AND r.kind = 'retry')"""
_SCORES = text(f"""
SELECT DISTINCT ON (m.agreement_id, m.enrolment_id, s.part) m.agreement_id, m.enrolment_id, s.part,
  s.units
FROM standing_advance_moves m JOIN advance_scores s USING (advance_move_id)
WHERE m.agreement_id = ANY (:agreements) AND m.enrolment_id = ANY (:ids) AND {_OF_THIS_ATTEMPT}
ORDER BY m.agreement_id, m.enrolment_id, s.part, m.advance_move_id DESC
""")  # noqa: S608 (a constant)
_HAS_FILE = text(f"""
SELECT EXISTS (SELECT FROM standing_advance_moves m JOIN advance_scores s USING (advance_move_id)
  WHERE m.agreement_id = :agreement AND s.source_hash = :hash AND {_OF_THIS_ATTEMPT})
""")  # noqa: S608 (as above)
_HAS_FILED = text("""
SELECT EXISTS (SELECT FROM standing_advance_moves m
  WHERE m.agreement_id = :agreement AND m.kind = 'file')
""")
_LATER = text("""
SELECT EXISTS (SELECT FROM standing_advance_moves m
  WHERE m.enrolment_id = :enrolment_id AND m.agreement_id = :agreement_id
    AND m.kind NOT IN ('give_up', 'register_exam'))
""")


@dataclass(frozen=True, slots=True)
class Seat:
    """A learner under an agreement. row: as read, with name, number and verdict."""

    agreement_id: int
    enrolment_id: int
    learner_id: int
    institution_id: int
    situation: Situation
    verdict_id: int | None
    row: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """Which one it is."""
        return self.agreement_id, self.enrolment_id

    @property
    def key(self) -> LearnerKey:
        """What the access decision looks at: the school, and the agreement while it is shared.

        Until one leaves the class or the consent is withdrawn.
        """
        is_shared = self.row["consents"] and not self.situation.has_left
        agreed = frozenset({self.agreement_id}) if is_shared else frozenset()
        return LearnerKey(self.learner_id, frozenset({self.institution_id}), agreed)

    @property
    def is_confirmed(self) -> bool:
        """Whether a decision on the qualification stands."""
        return self.row["decision_id"] is not None

    @property
    def conditions(self) -> tuple[ConditionResult, ...]:
        """Line by line, of the stored verdict of now."""
        return _conditions(self.row["conditions"])

    @property
    def decided_conditions(self) -> tuple[ConditionResult, ...]:
        """As they were confirmed, or of now while nobody has."""
        return _conditions(self.row["confirmed"] or self.row["conditions"])

    def judged_on(self, today: date) -> date:
        """The day of decided_conditions: of the confirmation, or today while there is none."""
        found: date = self.row["decided_on"] or today
        return found


def _conditions(found: Sequence[Mapping[str, Any]] | None) -> tuple[ConditionResult, ...]:
    return tuple(
        ConditionResult(**{**one, "missing_codes": tuple(one["missing_codes"])})
        for one in found or ()
    )


@dataclass(frozen=True, slots=True)
class KeptMove:
    """A standing move with what stands on its row; the decision on the qualification as move 0."""

    move: Move
    row: Mapping[str, Any]


def read_seats(
    connection: Connection,
    agreement_ids: Iterable[int] | None,
    *,
    enrolment_ids: Sequence[int] | None = None,
    learner_id: int | None = None,
    only_begun: bool = False,
) -> list[Seat]:
    """Members of these agreements or all, past ones too; only_begun: who was decided on."""
    asked = {
        "agreements": None if agreement_ids is None else sorted(agreement_ids),
        "ids": None if enrolment_ids is None else list(enrolment_ids),
        "learner": learner_id,
        "begun": only_begun,
    }
    return [_seat(dict(row)) for row in connection.execute(_SEATS, asked).mappings()]


def _seat(row: dict[str, Any]) -> Seat:
    unmet = _unmet(row["conditions"])
    confirmed_unmet = frozenset(_unmet(row["confirmed"]))
    situation = Situation(
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        missing=unmet,
        shortfall_units=row["shortfall_units"] or 0,
        status=EnrolmentStatus(row["status"]),
        has_left=row["has_left"],
        review_case_id=row["review_case_id"],
        changed=tuple(code for code in unmet if code not in confirmed_unmet),
    )
    return Seat(
        agreement_id=row["agreement_id"],
        enrolment_id=row["enrolment_id"],
        learner_id=row["learner_id"],
        institution_id=row["institution_id"],
        situation=situation,
        verdict_id=row["verdict_id"],
        row=row,
    )


def seat_as_of(seat: Seat, verdict: Verdict) -> Seat:
    """The seat as a verdict of this moment has it, where the stored one is behind the books."""
    unmet = tuple(item.code for item in verdict.conditions if not item.met)
    confirmed = frozenset(_unmet(seat.row["confirmed"]))
    before = seat.situation
    is_news = (verdict.outcome, unmet) != (before.outcome, before.missing)
    situation = replace(
        before,
        outcome=verdict.outcome,
        missing=unmet,
        shortfall_units=verdict.shortfall_units,
        changed=tuple(code for code in unmet if code not in confirmed),
        is_contradicted=is_news and contradicts(verdict),
    )
    return replace(seat, situation=situation)


def _unmet(conditions: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    return tuple(item["code"] for item in conditions or () if not item["met"])


def read_moves(connection: Connection, seats: Sequence[Seat]) -> dict[Place, tuple[KeptMove, ...]]:
    """What stands for each, in its order."""
    found = {seat.place: _qualified(seat) for seat in seats}
    asked = {
        "agreements": sorted({seat.agreement_id for seat in seats}),
        "ids": sorted({seat.enrolment_id for seat in seats}),
    }
    for read in connection.execute(_MOVES, asked).mappings():
        row = dict(read)
        place = row["agreement_id"], row["enrolment_id"]
        if place in found:
            found[place] = (*found[place], KeptMove(move_of(row), row))
    return found


def _qualified(seat: Seat) -> tuple[KeptMove, ...]:
    row = seat.row
    if row["decision_id"] is None:
        return ()
    move = Move(kind=MoveKind.QUALIFY, decided_on=row["decided_on"])
    kept = {name: row[name] for name in ("decision_id", "decided_on", "document_no")}
    return (KeptMove(move, kept | {"reason": "", "attempt": 1, "detail": {}}),)


def move_of(row: Mapping[str, Any]) -> Move:
    """A row of advance_moves as the state machine has it."""
    return Move(
        kind=MoveKind(row["kind"]),
        decided_on=row["decided_on"],
        number=row["advance_move_id"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        appeal_until=row["appeal_until"],
        signatures=frozenset(map(Signature, row["detail"].get("signatures", ()))),
        made_by=row["decided_by"],
        made_as=Role(row["decided_role"]),
    )


def read_move(connection: Connection, number: int) -> dict[str, Any] | None:
    """One row that the reach shows, and whether it stands; None if there is none."""
    row = connection.execute(_MOVE, {"number": number}).mappings().first()
    return None if row is None else dict(row)


def has_later_moves(connection: Connection, enrolment_id: int, agreement_id: int) -> bool:
    """Whether something stands that rests on the confirmed qualification."""
    asked = {"enrolment_id": enrolment_id, "agreement_id": agreement_id}
    found: bool = connection.execute(_LATER, asked).scalar_one()
    return found


def add_moves(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert moves in this order; their numbers."""
    made = insert(AdvanceMove).returning(col(AdvanceMove.advance_move_id))
    return [int(connection.execute(made, dict(row)).scalar_one()) for row in rows]  # type: ignore[arg-type]


def add_assessments(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert sheets beside their moves."""
    if rows:
        connection.execute(insert(ProcessAssessment), [dict(row) for row in rows])


def add_scores(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert scores beside their moves."""
    if rows:
        connection.execute(insert(AdvanceScore), [dict(row) for row in rows])


def add_admissions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what a college returned beside its moves."""
    if rows:
        connection.execute(insert(AdvanceAdmission), [dict(row) for row in rows])


def scores_of(
    connection: Connection, places: Iterable[Place]
) -> defaultdict[Place, dict[ScoreKind, int]]:
    """The latest standing score of each part, in hundredths, of the attempt of now."""
    wanted = set(places)
    asked = {
        "agreements": sorted({agreement_id for agreement_id, _enrolment_id in wanted}),
        "ids": sorted({enrolment_id for _agreement_id, enrolment_id in wanted}),
    }
    found: defaultdict[Place, dict[ScoreKind, int]] = defaultdict(dict)
    for row in connection.execute(_SCORES, asked):
        found[row.agreement_id, row.enrolment_id][ScoreKind(row.part)] = row.units
    return found


def has_score_file(connection: Connection, agreement_id: int, file_hash: str) -> bool:
    """Whether scores of this very file stand under the agreement, of an attempt of now."""
    found: bool = connection.execute(
        _HAS_FILE, {"agreement": agreement_id, "hash": file_hash}
    ).scalar_one()
    return found


def has_filed(connection: Connection, agreement_id: int) -> bool:
    """Whether anybody stands as filed under the agreement, in whichever attempt."""
    found: bool = connection.execute(_HAS_FILED, {"agreement": agreement_id}).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class Award:
    """A contest award that stands in the ledger."""

    ledger_seq: int
    event: str
    level: str
    evidence_no: str | None
    earned_on: date


def awards_of(connection: Connection, learner_ids: Sequence[int]) -> dict[int, tuple[Award, ...]]:
    """By learner the awards that stand; the reach is everywhere."""
    found: dict[int, tuple[Award, ...]] = {}
    for row in connection.execute(_AWARDS, {"ids": list(learner_ids)}):
        award = Award(*row[1:])
        found[row.learner_id] = (*found.get(row.learner_id, ()), award)
    return found


_TELL = text("""
WITH told AS (SELECT advance_move_id, null::bigint AS decision_id, institution_id, learner_id,
    enrolment_id, agreement_id FROM advance_moves WHERE advance_move_id = ANY (:moves) UNION ALL
    SELECT null, decision_id, institution_id, learner_id, enrolment_id, subject_id FROM decisions
    WHERE decision_id = ANY (:decisions)),
  shown AS (SELECT t.*, g.college_id FROM told t JOIN agreements_on(:on) g USING (agreement_id)
    JOIN shared_members s USING (agreement_id, enrolment_id)
    WHERE :on BETWEEN g.valid_from AND g.valid_to)
INSERT INTO messages (account_id, advance_move_id, decision_id, kind, office, learners, moves,
  created_at)
SELECT a.account_id, m.advance_move_id, m.decision_id, 'advance', '', 1, null, :now
FROM told m JOIN account_learners l USING (learner_id) JOIN accounts a USING (account_id)
WHERE a.is_active AND a.account_id <> :by AND a.role IN ('student', 'guardian')
UNION ALL
SELECT a.account_id, m.advance_move_id, m.decision_id, 'advance', '', m.learners, m.moves, :now
FROM (
    (SELECT advance_move_id, decision_id, institution_id, '{registrar,approver}'::text[] AS roles,
        (SELECT count(*) FROM told) AS learners,
        (SELECT array_agg(advance_move_id) FROM told WHERE advance_move_id IS NOT NULL) AS moves
      FROM told ORDER BY advance_move_id, decision_id LIMIT 1)
    UNION ALL
    (SELECT advance_move_id, decision_id, college_id, '{college}', (SELECT count(*) FROM shown),
        (SELECT array_agg(advance_move_id) FROM shown WHERE advance_move_id IS NOT NULL)
      FROM shown WHERE :to_college ORDER BY advance_move_id, decision_id LIMIT 1)) m
  JOIN accounts a USING (institution_id)
WHERE a.is_active AND a.account_id <> :by AND a.role = ANY (m.roles)
ON CONFLICT DO NOTHING
""")


def tell_of_moves(
    connection: Connection,
    moves: Sequence[int],
    decisions: Sequence[int],
    *,
    to_college: bool,
    by: int,
    now: datetime,
) -> None:
    """Tell of one step of one or of a class: each family of its own, an office once, with how many.

    The school is told of the class. to_college: whether the college is told too, of those in it who
    are shared with it on the day. Who manages its own learners there is not told of another's.
    """
    asked = {"moves": list(moves), "decisions": list(decisions), "to_college": to_college}
    connection.execute(_TELL, asked | {"by": by, "now": now, "on": local_date(now)})
