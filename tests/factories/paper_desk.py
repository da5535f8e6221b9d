"""A school that issues papers: the school of the status changes, with somebody who verifies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from creditbank.domain.access import ANONYMOUS, Actor
from creditbank.domain.papers import PaperKind
from creditbank.queries.papers import PaperLine, open_papers, paper_line
from creditbank.services.commands import ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.paper_commands import (
    AddLayout,
    IssueCertificates,
    IssueChangeForms,
    IssueClassAudit,
    IssuedPapers,
    IssueStudyPapers,
    RevokePaper,
    StartLayout,
)
from creditbank.services.paper_layouts import add_layout, start_layout
from creditbank.services.papers import issue_certificates, issue_change_forms, revoke_paper
from creditbank.services.reversals import reverse_entry
from creditbank.services.study_papers import issue_class_audit, issue_study_papers
from creditbank.services.verifications import (
    TooManyMisses,
    VerifiedPaper,
    verify_by_number,
    verify_by_token,
)
from creditbank.store.papers import KeptPaper
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.change_desk import NOW, ChangeDesk

SITE = "https://xuefen.example/verify"
Verified = VerifiedPaper | TooManyMisses | None
_keys = count()


@dataclass(frozen=True)
class PaperDesk:
    """Everything as the registrar unless told."""

    changes: ChangeDesk

    @property
    def learner_ids(self) -> tuple[int, ...]:
        """The pupils of the school."""
        return tuple(pupil.learner_id for pupil in self.changes.school.pupils)

    def certify(self, *learner_ids: int, **how: Any) -> tuple[int, ...]:
        """Issue certificates; the numbers of their rows."""
        command = IssueCertificates(learner_ids=learner_ids or self.learner_ids[:1])
        return self._use(issue_certificates, command, site=SITE, **how)

    def print_form(self, status_change_id: int, **how: Any) -> int:
        """Issue the form of a change."""
        command = IssueChangeForms(status_change_ids=(status_change_id,))
        (made,) = self._use(issue_change_forms, command, site=SITE, **how)
        return made

    def study(self, kind: PaperKind, *learner_ids: int, **how: Any) -> tuple[int, ...]:
        """Issue papers from the books; the numbers of their rows."""
        command = IssueStudyPapers(kind=kind, learner_ids=learner_ids or self.learner_ids[:1])
        return self._use(issue_study_papers, command, site=SITE, **how)

    def list_class(self, class_name: str, **how: Any) -> int:
        """Issue the list of a class of 2025."""
        command = IssueClassAudit(class_name=class_name, entry_year=2025)
        (made,) = self._use(issue_class_audit, command, site=SITE, **how)
        return made

    def post(self, command: Any, now: datetime = NOW) -> int:
        """Post a credit; the ledger_seq it got."""
        reach = str(self.changes.school.institution_id)
        with UnitOfWork(self.changes.engine, reach) as uow:
            made = post_credit(
                uow, self.changes.registrar, command, idempotency_key=f"p{next(_keys)}", now=now
            )
        return made.ledger_seq

    def take_back(self, ledger_seq: int, now: datetime = NOW) -> None:
        """Reverse an entry of the first pupil."""
        command = ReverseEntry(
            learner_id=self.learner_ids[0], ledger_seq=ledger_seq, reason="登记有误"
        )
        reach = str(self.changes.school.institution_id)
        with UnitOfWork(self.changes.engine, reach) as uow:
            reverse_entry(
                uow, self.changes.registrar, command, idempotency_key=f"p{next(_keys)}", now=now
            )

    def lay_out(self, kind: PaperKind, source: str | None, starts_on: date) -> None:
        """Put a layout in force from a day on; None: the standard one again."""
        reach = str(self.changes.school.institution_id)
        with UnitOfWork(self.changes.engine, reach) as uow:
            actor, number = self.changes.registrar, None
            if source is not None:
                added = AddLayout(kind=kind, source=source, note="")
                key = f"p{next(_keys)}"
                number = add_layout(uow, actor, added, idempotency_key=key, now=NOW).paper_layout_id
            start = StartLayout(kind=kind, paper_layout_id=number, starts_on=starts_on)
            start_layout(uow, actor, start, idempotency_key=f"p{next(_keys)}", now=NOW)

    def revoke(self, issued_paper_id: int, reason: str = "信息有误", **how: Any) -> None:
        """Take one back."""
        command = RevokePaper(issued_paper_id=issued_paper_id, reason=reason)
        self._use(revoke_paper, command, **how)

    def paper(self, issued_paper_id: int) -> KeptPaper:
        """One with all that stands on it."""
        with UnitOfWork(self.changes.engine, EVERYWHERE) as uow:
            actor = self.changes.registrar
            return open_papers(uow, actor, [issued_paper_id], now=NOW)[0]

    def line(self, issued_paper_id: int, now: datetime = NOW) -> PaperLine:
        """One as it is listed."""
        return paper_line(self.paper(issued_paper_id), now=now)

    def scan(self, token: str, *, address: str = "10.0.0.1", now: datetime = NOW) -> Verified:
        """What a QR code leads to, for anybody."""
        with UnitOfWork(self.changes.engine, "") as uow:
            return verify_by_token(uow, ANONYMOUS, token, address=address, now=now)

    def verify(
        self, number: str, proof: str, *, address: str = "10.0.0.1", now: datetime = NOW
    ) -> Verified:
        """What the form answers to anybody."""
        with UnitOfWork(self.changes.engine, "") as uow:
            return verify_by_number(uow, ANONYMOUS, number, proof, address=address, now=now)

    def _use(
        self,
        service: Callable[..., IssuedPapers],
        command: Any,
        *,
        actor: Actor | None = None,
        key: str = "",
        now: datetime = NOW,
        **more: Any,
    ) -> tuple[int, ...]:
        reach = str(self.changes.school.institution_id)
        with UnitOfWork(self.changes.engine, reach) as uow:
            made = service(
                uow,
                actor or self.changes.registrar,
                command,
                idempotency_key=key or f"p{next(_keys)}",
                now=now,
                **more,
            )
        return made.issued_paper_ids
