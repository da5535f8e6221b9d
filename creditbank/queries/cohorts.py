"""The learners of an agreement: who is on track, who is not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.advances import Standing
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.verdicts import ConditionResult, SubjectKind, Verdict
from creditbank.eligibility import ENGINE_VERSION
from creditbank.queries.agreements import AgreementLine, agreement_line
from creditbank.queries.pages import LIMIT_MAX, Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CohortMember:
    """One learner with the standing verdicts.

    is_fresh: both verdicts stand at the head of the books and speak of today; while it is false a
    newer one is on its way, and outcome must not be relied upon: see Cohort.renewed. outcome is ""
    before the first evaluation. standing: in the advance; None where it is not asked for.
    """

    learner_id: int
    enrolment_id: int
    name: str
    sort_key: str
    student_no: str
    class_name: str
    status: str
    joined_on: date
    left_on: date | None
    outcome: str
    shortfall_units: int
    conditions: tuple[ConditionResult, ...]
    graduation_outcome: str
    graduation_shortfall_units: int
    ledger_seq: int
    as_of: date | None
    is_fresh: bool
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """An agreement, a page of its members, and counts by outcome over all of them."""

    line: AgreementLine
    members: Page[CohortMember]
    counts: dict[str, int]

    @property
    def behind(self) -> tuple[int, ...]:
        """The learners of this page whose standing verdicts are behind the books."""
        return tuple(member.learner_id for member in self.members.items if not member.is_fresh)

    def renewed(self, verdicts: Iterable[Verdict]) -> Cohort:
        """The same page with verdicts that were computed just now; counts are as they stood."""
        found = {(item.enrolment_id, item.subject_kind, item.subject_id): item for item in verdicts}
        agreement_id = self.line.agreement.agreement_id
        members = (renewed(member, agreement_id, found) for member in self.members.items)
        return replace(self, members=replace(self.members, items=tuple(members)))


_Found = Mapping[tuple[int, SubjectKind, int], Verdict]


def renewed(member: CohortMember, agreement_id: int, found: _Found) -> CohortMember:
    """The same member with verdicts computed just now, where there are any."""
    advance = found.get((member.enrolment_id, SubjectKind.ARTICULATION, agreement_id))
    graduation = [
        verdict
        for (enrolment_id, kind, _), verdict in found.items()
        if enrolment_id == member.enrolment_id and kind is SubjectKind.GRADUATION
    ]
    if advance is None or not graduation:
        return member
    return replace(
        member,
        outcome=advance.outcome.value,
        shortfall_units=advance.shortfall_units,
        conditions=advance.conditions,
        graduation_outcome=graduation[0].outcome.value,
        graduation_shortfall_units=graduation[0].shortfall_units,
        ledger_seq=advance.ledger_seq,
        as_of=advance.as_of,
        is_fresh=True,
    )


MEMBER_LINES = """
SELECT l.learner_id, e.enrolment_id, l.name, l.sort_key, e.student_no, e.class_name, e.status,
  m.joined_on, m.left_on, coalesce(a.outcome, '') AS outcome,
  coalesce(a.shortfall_units, 0) AS shortfall_units, v.findings -> 'conditions' AS conditions,
  coalesce(g.outcome, '') AS graduation_outcome,
  coalesce(g.shortfall_units, 0) AS graduation_shortfall_units,
  coalesce(a.ledger_seq, 0) AS ledger_seq, a.as_of,
  coalesce((a.ledger_seq, a.facts_seq) = (coalesce(h.ledger_seq, 0), coalesce(h.facts_seq, 0))
    AND (g.ledger_seq, g.facts_seq) = (a.ledger_seq, a.facts_seq)
    AND (a.engine_version, g.engine_version) = (:engine, :engine)
    AND (NOT e.is_open OR ((a.as_of, g.as_of) = (cast(:today AS date), cast(:today AS date))
      AND (a.policy_version, g.policy_version) = (:policy, :policy))), false) AS is_fresh
FROM agreement_members m JOIN enrolments e USING (enrolment_id) JOIN learners l USING (learner_id)
LEFT JOIN learner_heads h USING (learner_id)
LEFT JOIN verdict_heads a ON a.enrolment_id = e.enrolment_id
  AND a.subject_kind = 'articulation' AND a.subject_id = m.agreement_id
LEFT JOIN verdicts v ON v.verdict_id = a.verdict_id
LEFT JOIN verdict_heads g ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
WHERE m.agreement_id = :agreement
"""
"""Members of :agreement as CohortMember has them; :today, :engine and :policy tell who is fresh."""
SHARED = """ EXISTS (SELECT FROM shared_members s
  WHERE s.agreement_id = m.agreement_id AND s.enrolment_id = m.enrolment_id)
"""
"""Whether the member's record is shared with the college."""
_MEMBERS = text(f"""
{MEMBER_LINES} AND (NOT :shared_only OR {SHARED})
  AND (cast(:outcome AS text) IS NULL OR coalesce(a.outcome, '') = :outcome)
  AND (cast(:only AS int[]) IS NULL OR e.enrolment_id = ANY (:only))
  AND (cast(:after AS int) IS NULL OR (l.sort_key, e.enrolment_id) > (
    SELECT s.sort_key, b.enrolment_id FROM enrolments b JOIN learners s USING (learner_id)
    WHERE b.enrolment_id = :after))
ORDER BY l.sort_key, e.enrolment_id LIMIT :limit
""")  # noqa: S608 (put together from our own constants)
_COUNTS = text(f"""
SELECT coalesce(a.outcome, '') AS outcome, count(*) AS members
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
LEFT JOIN verdict_heads a ON a.enrolment_id = e.enrolment_id
  AND a.subject_kind = 'articulation' AND a.subject_id = m.agreement_id
WHERE m.agreement_id = :agreement AND (NOT :shared_only OR {SHARED}) GROUP BY 1
""")  # noqa: S608 (as above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One page of a cohort. outcome: only of whom it is said; "" of whom nothing is said yet.

    only: of these enrolments.
    """

    outcome: str | None = None
    only: Sequence[int] | None = None
    limit: int = LIMIT_MAX
    cursor: str = ""


_EVERYBODY = Chosen()


def cohort(
    uow: UnitOfWork,
    actor: Actor,
    agreement_id: int,
    *,
    now: datetime,
    chosen: Chosen = _EVERYBODY,
) -> Cohort:
    """The members of one agreement in pinyin order; a college sees those who are shared with it.

    Raises NotFoundError for an agreement that is not the actor's to see, or InvalidInputError for a
    foreign cursor.
    """
    grant = decide(actor, Action.SEE_COHORT)
    line = agreement_line(uow, actor, agreement_id, now=now)
    limit, today = clamp(chosen.limit), local_date(now)
    after = decode_cursor(chosen.cursor, (int,))
    asked = {"agreement": agreement_id, "shared_only": grant.scope is Scope.AGREED}
    rows = uow.connection.execute(
        _MEMBERS,
        {
            **asked,
            "today": today,
            "engine": ENGINE_VERSION,
            "policy": policy_for(uow.connection, line.agreement.school_id, today).version,
            "outcome": chosen.outcome,
            "only": None if chosen.only is None else list(chosen.only),
            "after": None if after is None else after[0],
            "limit": limit + 1,
        },
    )
    members = page_of(
        [member_of(dict(row)) for row in rows.mappings()],
        limit,
        lambda item: (item.enrolment_id,),
    )
    counts = {row.outcome: row.members for row in uow.connection.execute(_COUNTS, asked)}
    record_access(
        uow.connection, actor, Action.SEE_COHORT, grant.mask,
        [member.learner_id for member in members.items], now,
    )  # fmt: skip
    return Cohort(line, members, counts)


def member_of(row: dict[str, Any]) -> CohortMember:
    """A row of MEMBER_LINES."""
    conditions = tuple(
        ConditionResult(**{**item, "missing_codes": tuple(item["missing_codes"])})
        for item in row["conditions"] or ()
    )
    return CohortMember(**{**row, "conditions": conditions})
