"""The panel of papers on a learner's page: what was issued, and the forms to issue and revoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.credentials import CredentialState
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.papers import PaperKind, PaperState
from creditbank.domain.permissions import Action
from creditbank.queries.papers import PaperLine, read_papers
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import LearnerPage
from creditbank.web.pages import day
from creditbank.web.visits import actor, may, now

REVOCATION_FIELDS = frozenset({"reason"})
TONES: Mapping[PaperState | CredentialState, str] = {
    PaperState.VALID: "good",
    PaperState.EXPIRED: "neutral",
    PaperState.SUPERSEDED: "bad",
    PaperState.REVOKED: "bad",
    CredentialState.CORRECTED: "bad",
}
"""The words that both have are equal."""


@dataclass(frozen=True, slots=True)
class PaperView:
    """One paper, in the reader's language. form: to take it back, None for who may not."""

    issued_paper_id: int
    kind: str
    number: str
    dates: str
    state: str
    tone: str
    form: Form | None


def paper_parts(
    uow: UnitOfWork,
    page: LearnerPage,
    *,
    issuing: Form | None = None,
    returned: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> dict[str, object]:
    """What the panel's template looks at. returned: a revocation that came back, with its paper."""
    forms = dict([returned] if returned else [])
    own = page.own_enrolment
    kinds = _kinds(EnrolmentStatus(own.status)) if own is not None else ()
    found = read_papers(uow, actor(), page.summary.learner_id, now=now())
    return {
        "papers": [paper_view(line, forms.get(line.issued_paper_id)) for line in found],
        "paper_said": said,
        "paper_form": issuing or Form(kind="paper"),
        "paper_kinds": [(kind.value, name_of(kind)) for kind in kinds],
        "may_issue": may(Action.ISSUE_PAPER) and bool(kinds),
    }


def _kinds(status: EnrolmentStatus) -> tuple[PaperKind, ...]:
    """What can be issued for somebody of that status; services.study_papers has the last word."""
    books = (
        PaperKind.TRANSCRIPT, PaperKind.TRANSCRIPT_BILINGUAL, PaperKind.CREDIT_STATEMENT,
    )  # fmt: skip
    if status in OPEN_STATUSES:
        return (PaperKind.STATUS_CERTIFICATE, *books, PaperKind.GRAD_AUDIT)
    if status is EnrolmentStatus.GRADUATED:
        return (*books, PaperKind.GRAD_AUDIT)
    if status is EnrolmentStatus.COMPLETED:
        return (*books, PaperKind.GRAD_AUDIT, PaperKind.STUDY_CERTIFICATE)
    return books if status is EnrolmentStatus.DECEASED else (*books, PaperKind.STUDY_CERTIFICATE)


def paper_view(line: PaperLine, returned: Form | None = None) -> PaperView:
    """One paper as a page shows it. returned: a revocation that came back."""
    is_ours = may(Action.ISSUE_PAPER) and line.institution_id == actor().institution_id
    form = returned or Form(kind="revocation", fields=REVOCATION_FIELDS)
    issued = _("%(day)s 签发", day=day(line.issued_on))
    until = _("有效至 %(day)s", day=day(line.valid_until)) if line.valid_until else ""
    return PaperView(
        issued_paper_id=line.issued_paper_id,
        kind=name_of(line.kind),
        number=line.number,
        dates=" · ".join(text for text in (issued, until) if text),
        state=name_of(line.state),
        tone=TONES[line.state],
        form=form if is_ours and line.state is not PaperState.REVOKED else None,
    )
