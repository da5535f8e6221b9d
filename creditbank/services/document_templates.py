"""A school's own templates: kept when every placeholder is known, and ended by name.

Filling one in is exchange.filled_templates; what the placeholders stand for is
queries.template_values.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.permissions import Action
from creditbank.store.document_templates import add_template, school_templates
from creditbank.store.unit_of_work import UnitOfWork

NAME_MAX = 60


def keep_template(  # noqa: PLR0913 (a file is its name, its kind and its content)
    uow: UnitOfWork,
    actor: Actor,
    *,
    name: str,
    kind: str,
    content: bytes,
    placeholders: Sequence[str],
    known: Collection[str],
    now: datetime,
) -> None:
    """Keep a template in place of the one of the same name.

    Raises InvalidInputError without a placeholder, or naming those that are not known.
    """
    institution_id = _school_of(actor)
    unknown = [placeholder for placeholder in placeholders if placeholder not in known]
    if unknown:
        raise InvalidInputError(_UNKNOWN, problems=tuple(map(_unknown, unknown)))
    if not placeholders:
        raise InvalidInputError(_NONE, problems=(Problem("no_placeholder", _NONE, "file"),))
    add_template(
        uow.connection,
        institution_id=institution_id,
        name=name.strip()[:NAME_MAX],
        kind=kind,
        content=content,
        placeholders=placeholders,
        uploaded_by=actor.account_id,
        now=now,
    )


def end_template(
    uow: UnitOfWork, actor: Actor, document_template_id: int, *, now: datetime
) -> None:
    """Offer a template no longer. Raises NotFoundError."""
    institution_id = _school_of(actor)
    for line in school_templates(uow.connection, institution_id):
        if line.document_template_id == document_template_id:
            add_template(
                uow.connection,
                institution_id=institution_id,
                name=line.name,
                kind=line.kind,
                content=b"",
                placeholders=(),
                uploaded_by=actor.account_id,
                now=now,
            )
            return
    raise NotFoundError


def _school_of(actor: Actor) -> int:
    decide(actor, Action.EXPORT_NATIONAL_SHEET)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


def _unknown(placeholder: str) -> Problem:
    shown = placeholder[:30]
    message = Message(
        f"没有“{{{{{shown}}}}}”这个占位符,请改用所列的名称。",
        f"There is no placeholder {{{{{shown}}}}}; use one of those listed.",
    )
    return Problem("unknown_placeholder", message, "file")


_UNKNOWN = Message(
    "模板中有不认识的占位符,没有保存。",
    "The template names unknown placeholders; nothing was kept.",
)
_NONE = Message(
    "文件中没有占位符,请写入如 {{姓名}} 的占位符。",
    "There is no placeholder in the file; write some, such as {{姓名}}.",
)
