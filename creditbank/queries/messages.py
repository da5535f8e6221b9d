"""An account's own messages, newest first; nobody else's, whatever the account reaches.

A college is shown none of whom it is not shown: not after a consent was withdrawn, nor after the
class or the agreement ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import NotFoundError
from creditbank.domain.messages import MessageFilter, MessageKind
from creditbank.domain.permissions import Action, Role
from creditbank.domain.status_changes import ChangeKind, Office
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.unit_of_work import UnitOfWork

UNREAD_MAX = 100
"""How far unread messages are counted."""
TOLD = """
LEFT JOIN LATERAL (SELECT v.* FROM advance_moves v
    WHERE v.advance_move_id = ANY (m.moves || m.advance_move_id)
      AND (cast(:agreements AS int[]) IS NULL OR EXISTS (SELECT FROM shared_members s
        WHERE s.agreement_id = ANY (:agreements)
          AND (s.agreement_id, s.enrolment_id) = (v.agreement_id, v.enrolment_id)))
    ORDER BY v.advance_move_id LIMIT 1) a ON true
  LEFT JOIN decisions d ON d.decision_id = m.decision_id
  LEFT JOIN academic_warnings w ON w.academic_warning_id = m.academic_warning_id
WHERE m.account_id = :account_id AND (cast(:agreements AS int[]) IS NULL
  OR a.advance_move_id IS NOT NULL
  OR EXISTS (SELECT FROM shared_members s WHERE s.agreement_id = ANY (:agreements)
    AND (s.agreement_id, s.enrolment_id) = (d.subject_id, d.enrolment_id)))
"""
"""Messages m of an account, with the step a or decision d that each tells of; see told_to.

Of a step for a class the first learner's whom the account is shown by now.
"""
_LINES = text(f"""
SELECT m.message_id, m.kind, m.office, m.status_change_id, c.kind AS change_kind,
  coalesce(c.learner_id, a.learner_id, d.learner_id, v.learner_id, w.learner_id, 0) AS learner_id,
  coalesce(a.agreement_id, d.subject_id) AS agreement_id, v.claim_id, m.learners,
  g.grade_draft_id, concat_ws(' ', g.class_name, g.term_code) AS sheet,
  m.created_at, r.message_id IS NOT NULL AS is_read
FROM messages m LEFT JOIN status_changes c USING (status_change_id)
  LEFT JOIN grade_draft_steps s ON s.grade_draft_step_id = m.grade_draft_step_id
  LEFT JOIN grade_drafts g ON g.grade_draft_id = s.grade_draft_id
  LEFT JOIN message_reads r ON r.message_id = m.message_id
  LEFT JOIN claim_moves v ON v.claim_move_id = m.claim_move_id
  {TOLD} AND (m.message_id < :before OR :before = 0)
  AND (m.message_id = :only OR :only = 0) AND (r.message_id IS NULL OR NOT :unread)
ORDER BY m.message_id DESC LIMIT :limit
""")  # noqa: S608 (put together from our own constants)
_UNREAD = text(f"""
SELECT count(*) FROM (SELECT FROM messages m {TOLD}
  AND NOT EXISTS (SELECT FROM message_reads r WHERE r.message_id = m.message_id)
  LIMIT :limit) AS found
""")  # noqa: S608 (as above)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message. office: whose step or turn it is, None where it says none.

    learner_id: whose change it is, for a link; words name nobody. status_change_id, change_kind:
    None for anything else. agreement_id: of a step of the advance. claim_id: of a move of a claim.
    learners: how many it is about at once; where there are several, learner_id is one of them.
    grade_draft_id: of marks that are entered, which are of a class: learner_id is 0; sheet: class
    and term, else "".
    """

    message_id: int
    kind: MessageKind
    office: Office | None
    status_change_id: int | None
    change_kind: ChangeKind | None
    learner_id: int
    agreement_id: int | None
    claim_id: int | None
    learners: int
    grade_draft_id: int | None
    sheet: str
    created_at: datetime
    is_read: bool


def list_messages(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: MessageFilter = MessageFilter.ALL,
    limit: int = 50,
    cursor: str = "",
) -> Page[MessageLine]:
    """The actor's messages, or those not read. Raises ForbiddenError, InvalidInputError."""
    decide(actor, Action.SEE_MESSAGES)
    limit = clamp(limit)
    before = (decode_cursor(cursor, (int,)) or [0])[0]
    unread = state is MessageFilter.UNREAD
    lines = _lines(uow, actor, before=before, unread=unread, limit=limit + 1)
    return page_of(lines, limit, lambda line: (line.message_id,))


def read_message(uow: UnitOfWork, actor: Actor, message_id: int) -> MessageLine:
    """One of the actor's own. Raises ForbiddenError, NotFoundError."""
    decide(actor, Action.SEE_MESSAGES)
    for line in _lines(uow, actor, only=message_id):
        return line
    raise NotFoundError


def _lines(uow: UnitOfWork, actor: Actor, **which: int | str) -> list[MessageLine]:
    asked = {"before": 0, "only": 0, "unread": False, "limit": 1} | which
    with told_to(uow, actor) as told:
        found = uow.connection.execute(_LINES, asked | told).mappings().all()
    return [
        MessageLine(
            **dict(row)
            | {
                "kind": MessageKind(row["kind"]),
                "office": Office(row["office"]) if row["office"] else None,
                "change_kind": ChangeKind(row["change_kind"]) if row["change_kind"] else None,
            }
        )
        for row in found
    ]


def count_unread(uow: UnitOfWork, actor: Actor) -> int:
    """How many wait to be read, at most UNREAD_MAX. Raises ForbiddenError."""
    decide(actor, Action.SEE_MESSAGES)
    asked = _whose(actor) | {"limit": UNREAD_MAX}
    found: int = uow.connection.execute(_UNREAD, asked).scalar_one()
    return found


@contextmanager
def told_to(uow: UnitOfWork, actor: Actor) -> Iterator[dict[str, object]]:
    """What TOLD asks for, in the reach that it is read in.

    Who was told of a change may not see it any more, and reads all the same that there was one. A
    college does not: it stays in its own reach.
    """
    with nullcontext() if actor.role is Role.COLLEGE else uow.everywhere():
        yield _whose(actor)


def _whose(actor: Actor) -> dict[str, object]:
    """Of a college the agreements that are valid on the day, and that its key is held to."""
    agreements = sorted(actor.agreement_ids) if actor.role is Role.COLLEGE else None
    return {"account_id": actor.account_id, "agreements": agreements}
