"""Posting a file of marks, taking it back or calling it off: at once, or behind the page."""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.errors import InvalidInputError, refused
from creditbank.domain.jobs import JobKind
from creditbank.services.batch_reversals import take_back_import
from creditbank.services.grade_imports import TAKEN_BACK, PostedImport, post_grade_import
from creditbank.services.grounds import check_reason
from creditbank.services.jobs import cancel_job, put_in_line
from creditbank.services.uploads import find_upload
from creditbank.store.grade_imports import GRADES, StoredImport, drop_content
from creditbank.store.unit_of_work import UnitOfWork


def post_or_put_in_line(
    uow: UnitOfWork, actor: Actor, import_id: str, *, now: datetime
) -> PostedImport | None:
    """Post a previewed sheet; None where that is done in the background. Raises as the posting."""
    item = find_upload(uow, actor, GRADES, import_id)
    if not item.is_large:
        return post_grade_import(uow, actor, import_id, now=now)
    if item.reversed_at is not None:
        raise refused(TAKEN_BACK)
    if item.problems:
        raise InvalidInputError(item.problems[0].message, problems=item.problems)
    _put_in_line(uow, actor, JobKind.POST_GRADES, item, {}, now=now)
    return None


def take_back_or_put_in_line(
    uow: UnitOfWork, actor: Actor, import_id: str, *, reason: str, now: datetime
) -> None:
    """Take back what a file posted, of a long one in the background. Raises as the taking back."""
    item = find_upload(uow, actor, GRADES, import_id)
    if not item.is_large or item.posted_at is None:
        take_back_import(uow, actor, GRADES, import_id, reason=reason, now=now)
        return
    check_reason(reason)
    _put_in_line(uow, actor, JobKind.TAKE_BACK_GRADES, item, {"reason": reason}, now=now)


def call_off(uow: UnitOfWork, actor: Actor, import_id: str, *, now: datetime) -> None:
    """Call off the reading of a long file, and let go of the file. Raises NotFoundError."""
    if cancel_job(uow, actor, import_id, now=now):
        drop_content(uow.connection, import_id)


def _put_in_line(
    uow: UnitOfWork,
    actor: Actor,
    kind: JobKind,
    item: StoredImport,
    details: dict[str, str],
    *,
    now: datetime,
) -> None:
    put_in_line(
        uow, actor, kind, subject=item.import_id, title=item.file_name, details=details, now=now
    )
