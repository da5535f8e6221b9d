"""What the access decision needs to know of a learner, as far as the unit of work reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor, LearnerKey
from creditbank.domain.errors import NotFoundError

_KEYS = text("""
SELECT e.learner_id, array_agg(DISTINCT e.institution_id) AS institution_ids,
  array_agg(DISTINCT a.agreement_id) FILTER (WHERE a.agreement_id IS NOT NULL) AS agreement_ids
FROM enrolments e
LEFT JOIN shared_members s ON s.enrolment_id = e.enrolment_id
LEFT JOIN agreements_on(:as_of) a
  ON a.agreement_id = s.agreement_id AND :as_of BETWEEN a.valid_from AND a.valid_to
WHERE e.learner_id = ANY (:ids) GROUP BY e.learner_id
""")
_SCHOOLS = text("""
SELECT learner_id, array_agg(DISTINCT institution_id) FROM enrolments
WHERE learner_id = ANY (:ids) GROUP BY learner_id
""")


def learner_keys(
    connection: Connection, learner_ids: Sequence[int], *, as_of: date
) -> dict[int, LearnerKey]:
    """The keys of those learners that the reach shows; the others are simply not there."""
    if not learner_ids:
        return {}
    rows = connection.execute(_KEYS, {"ids": sorted(set(learner_ids)), "as_of": as_of})
    return {
        row.learner_id: LearnerKey(
            learner_id=row.learner_id,
            institution_ids=frozenset(row.institution_ids),
            agreement_ids=frozenset(row.agreement_ids or ()),
        )
        for row in rows
    }


def keys_to_post(connection: Connection, learner_ids: Sequence[int]) -> dict[int, LearnerKey]:
    """The same for a posting: no college posts, and whom agreements share takes long to ask."""
    rows = connection.execute(_SCHOOLS, {"ids": sorted(set(learner_ids))})
    return {row[0]: LearnerKey(row[0], frozenset(row[1])) for row in rows}


def key_to_post(connection: Connection, learner_id: int) -> LearnerKey:
    """The key of one learner for a posting. NotFoundError outside the reach."""
    found = keys_to_post(connection, [learner_id])
    if learner_id not in found:
        raise NotFoundError
    return found[learner_id]


def learner_key(connection: Connection, learner_id: int, *, as_of: date) -> LearnerKey:
    """The key of one learner. NotFoundError outside the reach, as for nobody at all."""
    found = learner_keys(connection, [learner_id], as_of=as_of)
    if learner_id not in found:
        raise NotFoundError
    return found[learner_id]


def schools_of_actor(connection: Connection, actor: Actor, *, as_of: date) -> frozenset[int]:
    """The schools that the actor belongs to: of a family, those of its own learners."""
    if actor.institution_id is not None:
        return frozenset({actor.institution_id})
    keys = learner_keys(connection, sorted(actor.learner_ids), as_of=as_of).values()
    return frozenset(school for key in keys for school in key.institution_ids)
