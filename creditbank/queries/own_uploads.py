"""What was uploaded last: by an account, by a school, or beside a sheet. Names no learner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import ForbiddenError
from creditbank.domain.permissions import Action
from creditbank.store.unit_of_work import UnitOfWork

_COLUMNS = """u.import_id, u.kind, u.file_name, u.created_at, u.posted_at IS NOT NULL AS is_posted,
  u.reversed_at IS NOT NULL AS is_reversed, jsonb_array_length(u.problems) AS problem_count,
  a.display_name AS uploaded_by"""
_UPLOADS = text(f"""
SELECT {_COLUMNS} FROM grade_imports u JOIN accounts a USING (account_id)
WHERE u.account_id = :account ORDER BY u.created_at DESC LIMIT :limit
""")  # noqa: S608 (put together from our own constants)
_OF_SCHOOL = text(f"""
SELECT {_COLUMNS} FROM grade_imports u JOIN accounts a USING (account_id)
WHERE u.institution_id = :school AND u.kind = any(:kinds) ORDER BY u.created_at DESC LIMIT :limit
""")  # noqa: S608 (as above)
# The sheets of a file are uploads of their own, made at the same moment.
_BESIDE = text(f"""
SELECT {_COLUMNS} FROM grade_imports i
  JOIN grade_imports u USING (institution_id, account_id, kind, file_hash)
  JOIN accounts a USING (account_id)
WHERE i.import_id = :import_id AND i.institution_id = :school
  AND u.created_at BETWEEN i.created_at - interval '1 millisecond'
    AND i.created_at + interval '1 millisecond'
ORDER BY u.created_at
""")  # noqa: S608 (as above)


@dataclass(frozen=True, slots=True)
class OwnUpload:
    """One file, or one sheet of it. kind: see store.grade_imports."""

    import_id: str
    kind: str
    file_name: str
    created_at: datetime
    is_posted: bool
    is_reversed: bool
    problem_count: int
    uploaded_by: str


def own_uploads(uow: UnitOfWork, actor: Actor, *, limit: int = 4) -> tuple[OwnUpload, ...]:
    """The latest first. Raises ForbiddenError for who uploads nothing."""
    decide(actor, Action.IMPORT_GRADES)
    asked = {"account": actor.account_id, "limit": limit}
    rows = uow.connection.execute(_UPLOADS, asked).mappings()
    return tuple(OwnUpload(**row) for row in rows)


def school_uploads(
    uow: UnitOfWork, actor: Actor, action: Action, kinds: Collection[str], *, limit: int = 10
) -> tuple[OwnUpload, ...]:
    """What the actor's school uploaded of these kinds, the latest first. Raises ForbiddenError.

    action: what uploading them takes.
    """
    asked = {"school": _school(actor, action), "kinds": list(kinds), "limit": limit}
    rows = uow.connection.execute(_OF_SCHOOL, asked).mappings()
    return tuple(OwnUpload(**row) for row in rows)


def uploads_beside(
    uow: UnitOfWork, actor: Actor, action: Action, import_id: str
) -> tuple[OwnUpload, ...]:
    """The sheets of the file that an upload is one sheet of, itself among them; () for the only."""
    asked = {"school": _school(actor, action), "import_id": import_id}
    rows = uow.connection.execute(_BESIDE, asked).mappings().all()
    return tuple(OwnUpload(**row) for row in rows) if len(rows) > 1 else ()


def _school(actor: Actor, action: Action) -> int:
    decide(actor, action)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id
