"""Who asks, and the one function that decides by the policy table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from creditbank.domain.errors import ForbiddenError, NotFoundError, SignedOutError
from creditbank.domain.permissions import PERMISSIONS, Action, Grant, Role, Scope, Section

DECLARED = "creditbank_action"
"""The attribute of a view function (or method view) that names its Action."""

View = TypeVar("View", bound=Callable[..., Any])


def declares(action: Action) -> Callable[[View], View]:
    """Decorate a view with the one action it stands for; what declares none fails the build."""

    def mark(view: View) -> View:
        setattr(view, DECLARED, action)
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. agreement_ids: the agreements a college account answers for, valid today.

    section: of the bureau, None for an account that answers for all of them. key_id: of the
    college's key that signed the call, "" for everybody else.
    """

    account_id: int
    role: Role
    institution_id: int | None = None
    learner_ids: frozenset[int] = field(default_factory=frozenset)
    agreement_ids: frozenset[int] = field(default_factory=frozenset)
    display_name: str = ""
    section: Section | None = None
    key_id: str = ""


ANONYMOUS = Actor(account_id=0, role=Role.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class LearnerKey:
    """What the decision needs to know of a learner: where enrolled, and in which agreements now.

    agreement_ids: those under which the learner's record is shared with the college today.
    applied_to: schools that the learner has applied to come to, while that is undecided.
    """

    learner_id: int
    institution_ids: frozenset[int]
    agreement_ids: frozenset[int] = field(default_factory=frozenset)
    applied_to: frozenset[int] = field(default_factory=frozenset)


def decide(actor: Actor, action: Action, learner: LearnerKey | None = None) -> Grant:
    """The grant for this actor and action, on this learner if one is named.

    Raises SignedOutError, ForbiddenError (the role never holds the action) or NotFoundError (this
    learner is outside the actor's scope: answered like a learner who does not exist).
    """
    grant = PERMISSIONS.get((action, actor.role))
    if grant is None:
        raise SignedOutError if actor.role is Role.ANONYMOUS else ForbiddenError
    if learner is not None and not _reaches(actor, grant.scope, learner):
        raise NotFoundError
    return grant


def _reaches(actor: Actor, scope: Scope, learner: LearnerKey) -> bool:
    if scope is Scope.COUNTY:
        return True
    if scope is Scope.OWN:
        return learner.learner_id in actor.learner_ids
    if scope is Scope.SCHOOL:
        return actor.institution_id in learner.institution_ids
    if scope is Scope.APPLICANTS:
        return actor.institution_id in learner.institution_ids | learner.applied_to
    if scope is Scope.AGREED:
        return bool(actor.agreement_ids & learner.agreement_ids)
    return False
