"""What a simulation reads: open enrolments, and the verdicts that stand.

Needs a reach of all institutions: a learner's evidence may stand in several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, text

from creditbank.domain.simulations import BlockLack, Position
from creditbank.domain.verdicts import BlockResult, Outcome, SubjectKind
from creditbank.store.rule_reach import Situation


@dataclass(frozen=True, slots=True)
class OpenEnrolment:
    """An enrolment that verdicts are about. plan_code: of the plan that it follows."""

    learner_id: int
    enrolment_id: int
    institution_id: int
    plan_id: int
    plan_code: str
    major_code: str
    entry_year: int
    entered_on: date
    suspended_semesters: int

    @property
    def situation(self) -> Situation:
        """What its time of study depends on."""
        return Situation(
            self.institution_id, self.plan_id, self.entered_on, self.suspended_semesters
        )


_OPEN = text("""
SELECT e.learner_id, e.enrolment_id, e.institution_id, e.plan_id, p.code AS plan_code,
  e.major_code, e.entry_year,
  coalesce(e.began_on, e.entered_on) AS entered_on, e.suspended_semesters
FROM enrolments e JOIN program_plans p USING (plan_id)
WHERE e.is_open AND (cast(:school AS int) IS NULL OR e.institution_id = :school)
ORDER BY e.learner_id, e.enrolment_id
""")
# Generous: whoever holds a number that somebody else holds, too, or that was ever checked.
_CONTESTED = """
WITH contested AS (
  SELECT learner_id FROM ledger_entries WHERE evidence_no IN (
    SELECT evidence_no FROM ledger_entries WHERE evidence_no IS NOT NULL
    GROUP BY evidence_no HAVING count(DISTINCT learner_id) > 1
    UNION SELECT evidence_no FROM evidence_checks))
"""
_USES = text(f"""
{_CONTESTED}
SELECT h.enrolment_id, h.plan_id, h.policy_version, h.engine_version, h.as_of,
  (h.ledger_seq, h.facts_seq) = (l.ledger_seq, l.facts_seq) AS at_head,
  NOT EXISTS (SELECT FROM agreement_members m WHERE m.enrolment_id = h.enrolment_id)
    AND NOT EXISTS (SELECT FROM ledger_entries s
      WHERE s.learner_id = h.learner_id AND s.kind = 'substitution')
    AND h.learner_id NOT IN (SELECT learner_id FROM contested) AS is_simple,
  h.shortfall_units + blocks.missing AS lacking_units, blocks.substituted AS award_units
FROM verdict_heads h JOIN verdicts v USING (verdict_id)
JOIN learner_heads l ON l.learner_id = h.learner_id
CROSS JOIN LATERAL (
  SELECT coalesce(sum(cast(b->>'missing' AS int)), 0) AS missing,
    coalesce(sum(cast(b->>'substituted' AS int)), 0) AS substituted
  FROM jsonb_array_elements(v.findings->'blocks') b) blocks
WHERE h.subject_kind = 'graduation' AND h.enrolment_id = ANY (:enrolment_ids)
""")  # noqa: S608 (put together from our own constants)
_POSITION = """
SELECT h.enrolment_id, h.subject_kind, h.subject_id, h.ledger_seq, h.facts_seq, h.plan_id,
  h.policy_version, h.engine_version, h.as_of, h.outcome, h.shortfall_units,
  v.findings->'blocks' AS blocks, v.findings->'conditions' AS conditions,
  cast(v.findings->>'counted_units' AS int) AS counted_units
FROM verdict_heads h JOIN verdicts v USING (verdict_id)
"""
_POSITIONS = text(f"{_POSITION} WHERE h.learner_id = ANY (:learner_ids)")
_SETTLED = f"""
{_CONTESTED} {_POSITION} JOIN learner_heads l ON l.learner_id = h.learner_id
WHERE h.enrolment_id = ANY (:enrolment_ids) AND h.subject_kind = 'graduation'
  AND (h.ledger_seq, h.facts_seq) = (l.ledger_seq, l.facts_seq)
  AND h.learner_id NOT IN (SELECT learner_id FROM contested)
  AND NOT EXISTS (SELECT FROM standing_decisions d WHERE d.enrolment_id = h.enrolment_id)
"""  # noqa: S608 (as above)
_READ_SETTLED = text(_SETTLED)
_READ_ALONE = text(f"""
{_SETTLED}
  AND NOT EXISTS (SELECT FROM agreement_members m WHERE m.enrolment_id = h.enrolment_id)
  AND NOT EXISTS (SELECT FROM ledger_entries s
    WHERE s.learner_id = h.learner_id AND s.kind = 'substitution')
  AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(v.findings->'placements') p, (
      SELECT jsonb_object_agg(e.ledger_seq, of_plan.blocks->>e.course_code) AS blocks
      FROM ledger_entries e, (
        SELECT cast(:own_blocks AS jsonb)->cast(h.plan_id AS text) AS blocks OFFSET 0) of_plan
      WHERE e.learner_id = h.learner_id AND of_plan.blocks->>e.course_code IS NOT NULL) own
    WHERE p->>1 <> '' AND own.blocks->>(p->>0) <> p->>1)
""")  # noqa: S608 (as above)


@dataclass(frozen=True, slots=True)
class Rules:
    """Under which rules a verdict was found, and on which day."""

    plan_id: int
    policy_version: str
    engine_version: str
    as_of: date


@dataclass(frozen=True, slots=True)
class StandingUse:
    """What the graduation verdict that stands made of a learner's awards.

    award_units: what fills blocks; lacking_units: 0 where nothing lacks. at_head: it speaks of the
    books as they are. is_simple: no advance, no dispute and no approved substitution, for which the
    verdict says too little.
    """

    rules: Rules
    at_head: bool
    is_simple: bool
    lacking_units: int
    award_units: int


@dataclass(frozen=True, slots=True)
class StandingPosition:
    """A verdict that stands, and the state of the books that it speaks of.

    conditions: code and whether met, in their order. blocks: as the verdict has them, where
    position says of them only what is missing.
    """

    rules: Rules
    books: tuple[int, int]
    position: Position
    conditions: tuple[tuple[str, bool], ...]
    blocks: tuple[BlockResult, ...]
    counted_units: int


@dataclass(frozen=True, slots=True)
class SharedCourse:
    """A course of a plan that several blocks take, its own first."""

    plan_id: int
    course_code: str
    block_codes: tuple[str, ...]


Subject = tuple[int, SubjectKind, int]
"""Enrolment, kind, and the agreement's id; 0 for graduation."""


def read_open_enrolments(connection: Connection, school: int | None) -> list[OpenEnrolment]:
    """All open enrolments of one school, or of all."""
    return [OpenEnrolment(*row) for row in connection.execute(_OPEN, {"school": school})]


def read_standing_uses(
    connection: Connection, enrolment_ids: Sequence[int]
) -> dict[int, StandingUse]:
    """By enrolment; those without a verdict are left out."""
    return {
        row.enrolment_id: StandingUse(
            rules=_rules(row),
            at_head=row.at_head,
            is_simple=row.is_simple,
            lacking_units=row.lacking_units,
            award_units=row.award_units,
        )
        for row in connection.execute(_USES, {"enrolment_ids": list(enrolment_ids)})
    }


def read_standing_positions(
    connection: Connection, learner_ids: Sequence[int]
) -> dict[Subject, StandingPosition]:
    """All verdicts of these learners that stand, whatever they speak of."""
    return {
        subject_of(row.enrolment_id, SubjectKind(row.subject_kind), row.subject_id): _standing(row)
        for row in connection.execute(_POSITIONS, {"learner_ids": list(learner_ids)})
    }


def read_settled_positions(
    connection: Connection, enrolment_ids: Sequence[int]
) -> dict[int, StandingPosition]:
    """By enrolment the graduation verdicts that speak of the books as they are.

    Only such in which neither a dispute nor a decision can have a part.
    """
    return {
        row.enrolment_id: _standing(row)
        for row in connection.execute(_READ_SETTLED, {"enrolment_ids": list(enrolment_ids)})
    }


def read_settled_alone(
    connection: Connection, enrolment_ids: Sequence[int], shared: Sequence[SharedCourse]
) -> dict[int, StandingPosition]:
    """Those of read_settled_positions in which only awards fill, and courses are where they belong.

    No agreement asks for another allocation, and of the shared courses each counts in its own block
    or nowhere.
    """
    own: dict[int, dict[str, str]] = defaultdict(dict)
    for course in shared:
        own[course.plan_id][course.course_code] = course.block_codes[0]
    asked = {
        "enrolment_ids": list(enrolment_ids),
        "own_blocks": orjson.dumps(own, option=orjson.OPT_NON_STR_KEYS).decode(),
    }
    rows = connection.execute(_READ_ALONE, asked)
    return {row.enrolment_id: _standing(row) for row in rows}


def subject_of(enrolment_id: int, kind: SubjectKind, subject_id: int) -> Subject:
    """What a verdict is about, whichever version of a plan it was found under."""
    return enrolment_id, kind, 0 if kind is SubjectKind.GRADUATION else subject_id


def _rules(row: Any) -> Rules:  # noqa: ANN401 (a row)
    return Rules(row.plan_id, row.policy_version, row.engine_version, row.as_of)


def _standing(row: Any) -> StandingPosition:  # noqa: ANN401 (a row)
    conditions = tuple((item["code"], item["met"]) for item in row.conditions)
    return StandingPosition(
        rules=_rules(row),
        books=(row.ledger_seq, row.facts_seq),
        position=Position(
            outcome=Outcome(row.outcome),
            shortfall_units=row.shortfall_units,
            blocks=tuple(
                BlockLack(block["code"], block["name"], block["name_en"], block["missing"])
                for block in row.blocks
            ),
            unmet=tuple(code for code, met in conditions if not met),
        ),
        conditions=conditions,
        blocks=tuple(BlockResult(**block) for block in row.blocks),
        counted_units=row.counted_units,
    )
