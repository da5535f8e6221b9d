"""办理消息 as rows: who may be told, what was told, what was read, what was mailed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor
from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Role, Section
from creditbank.domain.status_changes import Office

_FAMILY = text("""
SELECT a.account_id FROM accounts a JOIN account_learners l USING (account_id)
WHERE l.learner_id = :learner_id AND a.is_active AND a.role IN ('student', 'guardian')
""")
_STAFF = text("""
SELECT account_id, role, institution_id, section FROM accounts
WHERE is_active AND (role = 'county'
  OR institution_id = ANY (:schools) AND role IN ('advisor', 'registrar', 'approver'))
""")
# Without a target: who tells sees no messages of others, and the same event is told once.
_ADD = text("""
INSERT INTO messages (account_id, status_change_id, kind, office, created_at)
SELECT account_id, :status_change_id, kind, office, :now
FROM unnest(cast(:accounts AS int[]), cast(:kinds AS text[]), cast(:offices AS text[]))
  AS told (account_id, kind, office)
ON CONFLICT DO NOTHING
""")
_ADD_OF_GRADES = text("""
INSERT INTO messages (account_id, grade_draft_step_id, kind, office, created_at)
SELECT account_id, :step, :kind, '', :now FROM unnest(cast(:accounts AS int[])) AS account_id
""")
_READ = text("""
INSERT INTO message_reads (message_id, account_id, read_at)
SELECT m.message_id, m.account_id, :now FROM messages m
WHERE m.account_id = :account_id AND (m.message_id = :message_id OR m.message_id <= :up_to)
  AND NOT EXISTS (SELECT FROM message_reads r WHERE r.message_id = m.message_id)
ON CONFLICT DO NOTHING
""")
_UNREMINDED = text("""
SELECT s.status_change_id FROM status_change_states s
WHERE s.state = 'waiting' AND NOT EXISTS (SELECT FROM messages m
  WHERE (m.status_change_id, m.kind, m.office) = (s.status_change_id, 'deadline', s.office))
ORDER BY s.status_change_id
""")
_TO_MAIL = """
FROM messages m JOIN accounts a USING (account_id)
WHERE m.created_at BETWEEN :since AND :until AND a.is_active AND a.email IS NOT NULL
  AND NOT EXISTS (SELECT FROM message_mails s WHERE s.message_id = m.message_id)
  AND NOT EXISTS (SELECT FROM message_reads r WHERE r.message_id = m.message_id)
"""
# In any order, so that those who are put off again and again stand in nobody's way.
_TO_MAIL_ACCOUNTS = text(
    f"SELECT m.account_id {_TO_MAIL} GROUP BY m.account_id ORDER BY random() LIMIT :limit"
)
_TO_MAIL_OF = text(f"SELECT a.email, m.message_id {_TO_MAIL} AND m.account_id = :account_id")
_MAILED = text("""
INSERT INTO message_mails (message_id, account_id, is_accepted, sent_at)
SELECT message_id, :account_id, :is_accepted, :now
FROM unnest(cast(:ids AS bigint[])) AS message_id
""")


def family_of(connection: Connection, learner_id: int) -> list[int]:
    """The active accounts of the learner and of guardians."""
    return list(connection.execute(_FAMILY, {"learner_id": learner_id}).scalars())


def staff_of(connection: Connection, schools: Sequence[int]) -> list[Actor]:
    """The active accounts that may answer for an office: of these schools and of the bureau."""
    return [
        Actor(
            row.account_id,
            Role(row.role),
            row.institution_id,
            section=Section(row.section) if row.section else None,
        )
        for row in connection.execute(_STAFF, {"schools": list(schools)})
    ]


def add_messages(
    connection: Connection,
    status_change_id: int,
    told: Mapping[int, tuple[MessageKind, Office | None]],
    *,
    now: datetime,
) -> None:
    """A message for each account; what it has been told already is left."""
    values = {
        "status_change_id": status_change_id,
        "accounts": list(told),
        "kinds": [kind for kind, _ in told.values()],
        "offices": [office or "" for _, office in told.values()],
        "now": now,
    }
    connection.execute(_ADD, values)


def add_grade_messages(
    connection: Connection,
    grade_draft_step_id: int,
    kind: MessageKind,
    accounts: Collection[int],
    *,
    now: datetime,
) -> None:
    """A message of a step of a sheet of marks, for each account."""
    values = {
        "step": grade_draft_step_id, "kind": kind.value, "accounts": sorted(accounts), "now": now,
    }  # fmt: skip
    connection.execute(_ADD_OF_GRADES, values)


def add_reads(
    connection: Connection, account_id: int, message_id: int, up_to: int, *, now: datetime
) -> int:
    """Mark an account's own messages read, one and all up to one; how many were not before."""
    values = {"account_id": account_id, "message_id": message_id, "up_to": up_to, "now": now}
    return connection.execute(_READ, values).rowcount


def unreminded_changes(connection: Connection) -> list[int]:
    """Applications that wait for an office which nobody has reminded."""
    return list(connection.execute(_UNREMINDED).scalars())


def accounts_to_mail(
    connection: Connection, *, since: datetime, until: datetime, limit: int
) -> list[int]:
    """Accounts with an address and messages of this time, neither read nor mailed."""
    asked = {"since": since, "until": until, "limit": limit}
    return list(connection.execute(_TO_MAIL_ACCOUNTS, asked).scalars())


def lock_mails(connection: Connection, account_id: int) -> bool:
    """Whether this transaction is the one that mails this account; until it ends.

    It waits for the answers of a mail server, four at twenty seconds each.
    """
    query = text(
        "SELECT pg_try_advisory_xact_lock(370126, :account_id),"
        " set_config('idle_in_transaction_session_timeout', '2min', true)"
    )
    found: bool = connection.execute(query, {"account_id": account_id}).scalar_one()
    return found


def messages_to_mail(
    connection: Connection, account_id: int, *, since: datetime, until: datetime
) -> tuple[str, list[int]]:
    """The address, and the messages that a mail would count; "" where there are none."""
    asked = {"account_id": account_id, "since": since, "until": until}
    rows = connection.execute(_TO_MAIL_OF, asked).all()
    return (rows[0].email if rows else ""), [row.message_id for row in rows]


def add_mails(
    connection: Connection,
    account_id: int,
    ids: Sequence[int],
    *,
    is_accepted: bool,
    now: datetime,
) -> None:
    """These were mailed, or their address was refused for good."""
    values = {"account_id": account_id, "ids": list(ids), "is_accepted": is_accepted, "now": now}
    connection.execute(_MAILED, values)
