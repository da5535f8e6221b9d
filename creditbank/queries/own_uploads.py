"""What an account uploaded last, for its first page. Names no learner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action
from creditbank.store.unit_of_work import UnitOfWork

_UPLOADS = text("""
SELECT import_id, kind, file_name, created_at, posted_at IS NOT NULL AS is_posted
FROM grade_imports WHERE account_id = :account ORDER BY created_at DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class OwnUpload:
    """One file: of marks ("grades") or of a class's new learners ("learners")."""

    import_id: str
    kind: str
    file_name: str
    created_at: datetime
    is_posted: bool


def own_uploads(uow: UnitOfWork, actor: Actor, *, limit: int = 4) -> tuple[OwnUpload, ...]:
    """The latest first. Raises ForbiddenError for who uploads nothing."""
    decide(actor, Action.IMPORT_GRADES)
    asked = {"account": actor.account_id, "limit": limit}
    rows = uow.connection.execute(_UPLOADS, asked).mappings()
    return tuple(OwnUpload(**row) for row in rows)
