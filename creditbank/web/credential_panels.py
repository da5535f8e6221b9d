"""The panel of credentials on a learner's page: what was signed, and forms to sign and revoke."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.access import decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import FOR_COLLEGES, CredentialKind, CredentialState
from creditbank.domain.permissions import Action, Role
from creditbank.services.visible_credentials import CredentialLine, read_credentials
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.pages import day
from creditbank.web.paper_panels import REVOCATION_FIELDS, TONES
from creditbank.web.visits import actor, may, now

SIGN_FIELDS = frozenset({"kind"})
_OF_ONE = f"{CredentialKind.ACHIEVEMENT.value}-"
"""A credential of one award is asked for by the award: this and its ledger_seq."""


@dataclass(frozen=True, slots=True)
class CredentialView:
    """One credential, in the reader's language. form: to take it back, None for who may not."""

    issued_credential_id: int
    kind: str
    token: str
    dates: str
    state: str
    tone: str
    form: Form | None


def credential_parts(
    uow: UnitOfWork,
    page: LearnerPage,
    *,
    issuing: Form | None = None,
    returned: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> dict[str, object]:
    """What the panel's template looks at. returned: a revocation that came back."""
    forms = dict([returned] if returned else [])
    found = read_credentials(uow, actor(), page.summary.learner_id, now=now())
    return {
        "credentials": [_view(line, forms.get(line.issued_credential_id)) for line in found],
        "credential_said": said,
        "credential_form": issuing or Form(kind="credential", fields=SIGN_FIELDS),
        "credential_kinds": _kinds(page),
        "may_sign": may(Action.ISSUE_CREDENTIAL),
    }


def asked_for(choice: str) -> tuple[CredentialKind, int | None]:
    """What a choice of the panel asks for, and of which award; a transcript for anything else."""
    kind, _dash, number = choice.partition("-")
    of_award = int(number) if number.isascii() and number.isdigit() else None
    known = [item for item in CredentialKind if item == kind]
    return known[0] if known else CredentialKind.TRANSCRIPT, of_award


def _kinds(page: LearnerPage) -> list[tuple[str, str]]:
    """What may be signed; in place of "an award" each award by its name."""
    if not may(Action.ISSUE_CREDENTIAL):
        return []
    decide(actor(), Action.ISSUE_CREDENTIAL)
    kinds = FOR_COLLEGES if actor().role is Role.COLLEGE else frozenset(CredentialKind)
    found = [
        (kind.value, name_of(kind))
        for kind in CredentialKind
        if kind in kinds and kind is not CredentialKind.ACHIEVEMENT
    ]
    if CredentialKind.ACHIEVEMENT in kinds:
        found += [
            (f"{_OF_ONE}{row.seq}", _("学习成果证书：%(award)s", award=row.title))
            for row in page.transcript.awards
            if row.is_award and not row.is_reversed
        ]
    return found


def _view(line: CredentialLine, returned: Form | None) -> CredentialView:
    is_ours = may(Action.REVOKE_CREDENTIAL) and line.institution_id == actor().institution_id
    form = returned or Form(kind="credential-revocation", fields=REVOCATION_FIELDS)
    issued = _("%(day)s 签发", day=day(local_date(line.issued_at)))
    until = line.valid_until
    to = _("有效至 %(day)s", day=day(local_date(until))) if until else ""
    return CredentialView(
        issued_credential_id=line.issued_credential_id,
        kind=name_of(line.kind),
        token=line.token,
        dates=" · ".join(text for text in (issued, to) if text),
        state=name_of(line.state),
        tone=TONES[line.state],
        form=form if is_ours and line.state is not CredentialState.REVOKED else None,
    )
