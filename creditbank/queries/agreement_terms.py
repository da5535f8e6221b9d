"""One agreement with all versions of its terms, and what a new one may be signed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import CalendarDay, finishing_year
from creditbank.domain.agreement_terms import AgreementTerms, latest_in_force
from creditbank.domain.agreements import FIRST_STAGES, SECOND_STAGES, EducationLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Scope
from creditbank.queries.agreements import AgreementLine, agreement_line
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.agreement_partners import CatalogueMajor, Partner, catalogue_majors, partners
from creditbank.store.agreement_templates import TermsTemplate, terms_templates
from creditbank.store.agreement_terms import decided_at, load_terms, terms_versions
from creditbank.store.unit_of_work import UnitOfWork

_TEACH_FIRST = frozenset().union(*FIRST_STAGES.values())
_TEACH_SECOND = frozenset().union(*SECOND_STAGES.values())


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """One version. decided_at: None for what was signed before versions were kept."""

    terms: AgreementTerms
    decided_at: datetime | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """An agreement as it speaks today, its versions with the latest first, and its year.

    calendar: the days of who finishes the first stage in finishing_year.
    """

    line: AgreementLine
    versions: tuple[TermsVersion, ...]
    finishing_year: int
    calendar: tuple[CalendarDay, ...]

    @property
    def in_force(self) -> TermsVersion:
        """The version that speaks today; the first one before it has begun."""
        return next((item for item in self.versions if item.is_in_force), self.versions[-1])


@dataclass(frozen=True, slots=True)
class SigningChoices:
    """Between whom and for which majors the actor may sign, and where terms begin from."""

    schools: tuple[Partner, ...]
    colleges: tuple[Partner, ...]
    majors: tuple[CatalogueMajor, ...]
    templates: Mapping[EducationLevel, TermsTemplate]


def agreement_file(
    uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime
) -> AgreementFile:
    """All versions of one agreement. NotFoundError also when it is not the actor's to see."""
    line = agreement_line(uow, actor, agreement_id, now=now)
    today = local_date(now)
    versions = terms_versions(uow.connection, [agreement_id]).get(agreement_id, ())
    if not versions:
        versions = (load_terms(uow.connection, [agreement_id], as_of=today)[agreement_id],)
    speaking = latest_in_force(versions, today)
    moments = decided_at(uow.connection, agreement_id)
    year = finishing_year(line.agreement)
    return AgreementFile(
        line=line,
        versions=tuple(
            TermsVersion(item, moments.get(item.version_no), item is speaking)
            for item in reversed(versions)
        ),
        finishing_year=year,
        calendar=calendar_of(uow.connection, year, line.agreement.post_level),
    )


def signing_choices(uow: UnitOfWork, actor: Actor) -> SigningChoices:
    """What a form for a new agreement offers. Raises ForbiddenError."""
    scope = decide(actor, Action.SIGN_AGREEMENT).scope
    known = partners(uow.connection)
    return SigningChoices(
        schools=tuple(
            item
            for item in known
            if item.kind in _TEACH_FIRST
            and (scope is Scope.COUNTY or item.institution_id == actor.institution_id)
        ),
        colleges=tuple(item for item in known if item.kind in _TEACH_SECOND),
        majors=tuple(catalogue_majors(uow.connection)),
        templates=terms_templates(),
    )
