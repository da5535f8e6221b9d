"""Which layout each kind of paper has at a school: in force, to come, and all versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import NotFoundError
from creditbank.domain.papers import LAYOUT_KINDS, PaperKind
from creditbank.domain.permissions import Action
from creditbank.store.paper_layouts import (
    KeptLayout,
    LayoutStart,
    layout_starts,
    layouts_by_id,
    layouts_of,
)
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class KindLayouts:
    """One kind. current: None while it is set with the standard; coming: what begins later."""

    kind: PaperKind
    current: LayoutStart | None
    coming: tuple[LayoutStart, ...]
    past: tuple[LayoutStart, ...]
    versions: tuple[KeptLayout, ...]


def school_layouts(
    uow: UnitOfWork, actor: Actor, *, today: date
) -> Mapping[PaperKind, KindLayouts]:
    """By kind, in the order of the kinds. Raises ForbiddenError."""
    decide(actor, Action.CHANGE_PAPER_LAYOUT)
    school = actor.institution_id or 0
    versions, starts = layouts_of(uow.connection, school), layout_starts(uow.connection, school)
    return {kind: _of_kind(kind, versions, starts, today) for kind in LAYOUT_KINDS}


def layout_source(uow: UnitOfWork, actor: Actor, paper_layout_id: int) -> KeptLayout:
    """One version of the actor's school. Raises NotFoundError."""
    decide(actor, Action.CHANGE_PAPER_LAYOUT)
    found = layouts_by_id(uow.connection, [paper_layout_id]).get(paper_layout_id)
    if found is None or found.institution_id != actor.institution_id:
        raise NotFoundError
    return found


def _of_kind(
    kind: PaperKind, versions: list[KeptLayout], starts: list[LayoutStart], today: date
) -> KindLayouts:
    own = [item for item in starts if item.kind is kind]
    begun = [item for item in own if item.starts_on <= today]
    return KindLayouts(
        kind=kind,
        current=begun[0] if begun and begun[0].paper_layout_id else None,
        coming=tuple(item for item in own if item.starts_on > today),
        past=tuple(begun),
        versions=tuple(item for item in versions if item.kind is kind),
    )
