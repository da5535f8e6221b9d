"""A school that signs credentials: the school of the status changes, with somebody who checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine

from creditbank.credentials.verifying import Verification, verify_credential
from creditbank.domain.access import ANONYMOUS, Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.permissions import Role
from creditbank.services.commands import PostCompetitionCredit, ReverseEntry
from creditbank.services.credential_commands import (
    IssueCredential,
    RevokeCredential,
    SignedCredentials,
)
from creditbank.services.credential_truth import RoundReport, check_credentials, state_of
from creditbank.services.credentials import Signing, issue_credential, revoke_credential
from creditbank.services.credits import post_credit
from creditbank.services.reversals import reverse_entry
from creditbank.services.visible_credentials import open_credential, school_document, signed_list
from creditbank.store.credentials import KeptCredential
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.change_desk import ChangeDesk, make_change_desk
from tests.factories.graduates import course, fulfil, let_awards_fill

SITE = "https://xuefen.example"
SECRET = "a secret key of a test"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""In the second semester of those who entered in 2025."""
LATER = NOW + timedelta(hours=1)
JUNE = datetime(2028, 6, 20, 2, tzinfo=UTC)
"""In their last semester."""
_keys = count()


@dataclass(frozen=True)
class CredentialDesk:
    """Everything as the registrar, about the first pupil, unless told."""

    changes: ChangeDesk

    @property
    def school_id(self) -> int:
        return self.changes.school.institution_id

    def issue(self, kind: CredentialKind, **how: Any) -> int:
        """Sign one; the number of its row."""
        fields = {name: how.pop(name) for name in ("agreement_id", "ledger_seq") if name in how}
        learner_id = how.pop("learner_id", self.changes.learner_id)
        command = IssueCredential(learner_id=learner_id, kind=kind, **fields)
        return self._use(issue_credential, command, **how)

    def revoke(self, number: int, reason: str = "信息有误", **how: Any) -> None:
        """Take one back."""
        command = RevokeCredential(issued_credential_id=number, reason=reason)
        self._use(revoke_credential, command, **how)

    def kept(self, number: int, actor: Actor | None = None) -> KeptCredential:
        """One with its signed text."""
        with UnitOfWork(self.changes.engine, EVERYWHERE) as uow:
            return open_credential(uow, actor or self.changes.registrar, number, now=NOW)

    def document(self, number: int) -> dict[str, Any]:
        """What was signed."""
        found: dict[str, Any] = json.loads(self.kept(number).document)
        return found

    def state(self, number: int, now: datetime = NOW) -> CredentialState:
        """What it is worth by the books."""
        with UnitOfWork(self.changes.engine, EVERYWHERE) as uow:
            kept = open_credential(uow, self.changes.registrar, number, now=NOW)
            return state_of(uow, kept, now=now)

    def keys(self) -> dict[str, Any]:
        """The school's document, as anybody fetches it."""
        with UnitOfWork(self.changes.engine, "") as uow:
            return school_document(uow, ANONYMOUS, self.school_id, site=SITE)

    def status_list(self) -> dict[str, Any]:
        """The status list, as anybody fetches it."""
        with UnitOfWork(self.changes.engine, "") as uow:
            text = signed_list(uow, ANONYMOUS, self.school_id, 1, site=SITE)
        found: dict[str, Any] = json.loads(text)
        return found

    def verify(self, number: int, now: datetime = NOW) -> Verification:
        """As anybody checks it offline, with what is fetched now."""
        return verify_credential(
            self.document(number),
            did_documents=[self.keys()],
            status_lists=[self.status_list()],
            at=now,
        )

    def round(self, now: datetime = NOW) -> RoundReport:
        """What the worker does."""
        engine = self.changes.engine
        return check_credentials(lambda: UnitOfWork(engine, EVERYWHERE), secret_key=SECRET, now=now)

    def take_back(self, ledger_seq: int, now: datetime = LATER) -> None:
        """Reverse one of the pupil's entries."""
        command = ReverseEntry(
            learner_id=self.changes.learner_id, ledger_seq=ledger_seq, reason="登记有误"
        )
        key = f"r{ledger_seq}"
        with UnitOfWork(self.changes.engine, str(self.school_id)) as uow:
            reverse_entry(uow, self.changes.registrar, command, idempotency_key=key, now=now)

    def college(self, *agreement_ids: int) -> Actor:
        """Whom the college's computers call as; by default under all agreements."""
        found = self.changes.rows("SELECT agreement_id FROM articulation_agreements")
        return Actor(
            account_id=77, role=Role.COLLEGE, institution_id=self.school_id,
            agreement_ids=frozenset(agreement_ids or (row.agreement_id for row in found)),
        )  # fmt: skip

    def _use(
        self,
        service: Callable[..., SignedCredentials],
        command: Any,
        *,
        actor: Actor | None = None,
        key: str = "",
        now: datetime = NOW,
        secret_key: str = SECRET,
    ) -> int:
        with UnitOfWork(self.changes.engine, str(self.school_id)) as uow:
            made = service(
                uow,
                actor or self.changes.registrar,
                command,
                signing=Signing(SITE, secret_key),
                idempotency_key=key or f"v{next(_keys)}",
                now=now,
            )
        return made.issued_credential_ids[0]


def make_credential_desk(owner: Engine, engine: Engine) -> CredentialDesk:
    """Fill an empty database: the pupil has a course (1) and a prize (2), and is evaluated."""
    made = CredentialDesk(make_change_desk(owner, engine))
    school = made.changes.school
    award = PostCompetitionCredit(
        learner_id=made.changes.learner_id, event="2025年山东省职业院校技能大赛",
        level=AwardLevel.PROVINCE, rank=AwardRank.SECOND, certificate_no="SD2025-0001",
        earned_on=date(2025, 10, 1),
    )  # fmt: skip
    first = course(made.changes.learner_id, "GG02")
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        post_credit(uow, school.registrar, first, idempotency_key="b1", now=NOW)
        post_credit(uow, school.registrar, award, idempotency_key="b2", now=NOW)
    made.changes.drain(NOW)
    return made


def let_graduate(desk: CredentialDesk, owner: Engine, engine: Engine) -> CredentialDesk:
    """The pupil has all that graduation asks, in June."""
    school = desk.changes.school
    let_awards_fill(owner, school)
    fulfil(owner, engine, school, school.pupils[0], now=JUNE, posted="GG02")
    desk.changes.drain(JUNE)
    return desk
