"""电子凭证: signed once, kept as they were signed, and taken back; never changed."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from creditbank.credentials.data_integrity import add_proof, canonical
from creditbank.credentials.did_web import did_of_school
from creditbank.credentials.documents import Envelope, learner_record
from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import (
    FOR_COLLEGES,
    LIST_LENGTH,
    CredentialKind,
    EndingKind,
)
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Role, Scope
from creditbank.services.credential_commands import (
    IssueCredential,
    RevokeCredential,
    SignedCredentials,
)
from creditbank.services.credential_contents import (
    Books,
    Content,
    all_contents,
    content_of,
    read_books,
)
from creditbank.services.grounds import check_reason
from creditbank.services.status_lists import list_url, publish_list, school_signer
from creditbank.services.waits import posting
from creditbank.store import credentials as rows
from creditbank.store.access_log import record_access
from creditbank.store.credentials import KeptCredential, StatedEnrolment
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Signing:
    """How a credential is signed: at which address of the installation, under which secret key."""

    site: str
    secret_key: str


def issue_credential(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueCredential,
    *,
    signing: Signing,
    idempotency_key: str,
    now: datetime,
) -> SignedCredentials:
    """Sign what the books say at this moment, with the key of the learner's school.

    The registrar for the school's learners, a family for itself, a college what it may ask for of
    the learners of its agreements. Who asks for the very same as one that stands gets that one.
    Raises NotFoundError, ForbiddenError, BusyError, EvaluationQuarantinedError or
    InvalidInputError (the books do not say it); then nothing was signed.
    """
    today = local_date(now)
    key = learner_key(uow.connection, command.learner_id, as_of=today)
    grant = decide(actor, Action.ISSUE_CREDENTIAL, key)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return SignedCredentials(tuple(answer["issued_credential_ids"]))
        enrolment, agreement_ids = _enrolment(uow, actor, grant.scope, key, command)
        record_access(
            uow.connection, actor, Action.ISSUE_CREDENTIAL, grant.mask, [command.learner_id], now
        )
        rows.lock_lists(uow.connection, enrolment.institution_id, signing.site)
        lock_head(uow.connection, command.learner_id)
        books = read_books(
            uow, command.learner_id, enrolment, subject_id=f"urn:uuid:{uuid.uuid4()}", now=now,
            as_of=today,
        )  # fmt: skip
        press = _Press(uow, actor, books, command.learner_id, signing, now, agreement_ids)
        made = SignedCredentials((press.issue(command),))
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
        return made


def revoke_credential(
    uow: UnitOfWork,
    actor: Actor,
    command: RevokeCredential,
    *,
    signing: Signing,
    idempotency_key: str,
    now: datetime,
) -> SignedCredentials:
    """Take a credential of the actor's school back; the status list says so at once.

    Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError (no reason, revoked
    already).
    """
    decide(actor, Action.REVOKE_CREDENTIAL)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return SignedCredentials(tuple(answer["issued_credential_ids"]))
        found = _own(uow, actor, command.issued_credential_id, now)
        check_reason(command.reason)
        rows.lock_lists(uow.connection, found.institution_id, found.site)
        if _own(uow, actor, command.issued_credential_id, now).is_revoked:
            raise refused(_REVOKED_ALREADY)
        rows.add_ending(
            uow.connection,
            {
                "issued_credential_id": found.issued_credential_id,
                "kind": EndingKind.REVOKED.value,
                "institution_id": found.institution_id,
                "reason": command.reason.strip(),
                "ended_by": actor.account_id,
                "ended_at": now,
            },
        )
        publish_list(
            uow, found.institution_id, found.list_no, site=found.site,
            secret_key=signing.secret_key, now=now,
        )  # fmt: skip
        made = SignedCredentials((found.issued_credential_id,))
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
        return made


def _own(uow: UnitOfWork, actor: Actor, issued_credential_id: int, now: datetime) -> KeptCredential:
    found = rows.credentials_by(uow.connection, ids=[issued_credential_id])
    if not found or found[0].institution_id != actor.institution_id:
        raise NotFoundError
    key = learner_key(uow.connection, found[0].learner_id, as_of=local_date(now))
    decide(actor, Action.REVOKE_CREDENTIAL, key)
    return found[0]


def _enrolment(
    uow: UnitOfWork, actor: Actor, scope: Scope, key: LearnerKey, command: IssueCredential
) -> tuple[StatedEnrolment, frozenset[int] | None]:
    """Which enrolment it is about: the school's own, the class of the agreement, or the latest.

    And of which agreements a status may speak; None for any.
    """
    found = rows.stated_enrolments(uow.connection, command.learner_id)
    asked = None if command.agreement_id is None else frozenset({command.agreement_id})
    if actor.role is Role.COLLEGE:
        if command.kind not in FOR_COLLEGES:
            raise refused(_NOT_FOR_COLLEGES)
        return _shared(found, actor.agreement_ids & key.agreement_ids, asked)
    if scope is Scope.SCHOOL:
        found = [item for item in found if item.institution_id == actor.institution_id]
    if asked is not None:
        found = [item for item in found if asked & item.agreement_ids] or found
    if not found:
        raise NotFoundError
    return found[0], asked


def _shared(
    found: Sequence[StatedEnrolment], agreed: frozenset[int], asked: frozenset[int] | None
) -> tuple[StatedEnrolment, frozenset[int]]:
    """The enrolment that a college is shown, under what it answers for and is agreed to today."""
    wanted = agreed if asked is None else agreed & asked
    for item in found:
        if wanted & item.shared_ids:
            return item, wanted & item.shared_ids
    raise NotFoundError


@dataclass(frozen=True, slots=True)
class _Press:
    """Signs credentials about one enrolment at one moment."""

    uow: UnitOfWork
    actor: Actor
    books: Books
    learner_id: int
    signing: Signing
    now: datetime
    agreement_ids: frozenset[int] | None

    def issue(self, command: IssueCredential) -> int:
        """What was asked for; the number of its row."""
        if command.kind is CredentialKind.LEARNER_RECORD:
            return self._record()
        content = content_of(
            self.uow, self.books, command.kind, agreement_ids=self.agreement_ids,
            ledger_seq=command.ledger_seq,
        )  # fmt: skip
        same = self._same(content)
        if same is not None:
            return same
        return self._sign(content)[0]

    def _record(self) -> int:
        """All that can be said, each signed by itself, under one more signature."""
        parts = [self._sign(content) for content in all_contents(self.uow, self.books)]

        def build(envelope: Envelope, subject: Any) -> dict[str, Any]:  # noqa: ANN401
            signed = [document for _, document in parts]
            return learner_record(envelope, subject, self.books.own_state, signed)

        content = Content(kind=CredentialKind.LEARNER_RECORD, build=build)
        return self._sign(content, part_ids=[number for number, _ in parts])[0]

    def _envelope(self, content: Content, place: tuple[int, int]) -> Envelope:
        school, site = self.books.enrolment.institution_id, self.signing.site
        policy = policy_for(self.uow.connection, school, local_date(self.now))
        days = policy.integer("credential.status_days")
        return Envelope(
            kind=content.kind,
            site=site,
            token=secrets.token_urlsafe(16),
            issuer_did=did_of_school(site, school),
            issuer_name=self.books.subject.school,
            valid_from=self.now,
            valid_until=self.now + timedelta(days=days) if content.is_status else None,
            list_url=list_url(site, school, place[0]),
            list_index=place[1],
        )

    def _sign(
        self, content: Content, *, part_ids: Sequence[int] = ()
    ) -> tuple[int, Mapping[str, Any]]:
        school, site = self.books.enrolment.institution_id, self.signing.site
        signer, key = school_signer(
            self.uow, school, site=site, secret_key=self.signing.secret_key, now=self.now
        )
        place = _free_place(self.uow, school, site)
        envelope = self._envelope(content, place)
        unsigned = content.build(envelope, self.books.subject)
        document = add_proof(unsigned, signer, created=self.now)
        number = rows.add_credential(
            self.uow.connection,
            {
                "institution_id": school,
                "learner_id": self.learner_id,
                "enrolment_id": self.books.enrolment.enrolment_id,
                "kind": content.kind.value,
                "token": envelope.token,
                "site": site,
                "list_no": place[0],
                "list_index": place[1],
                "key_id": key.key_id,
                "ledger_seq": self.books.own_state.ledger_seq,
                "entry_seqs": list(content.entry_seqs),
                "outcome": content.outcome,
                "subject_id": content.subject_id,
                "stage": content.stage,
                "attempt": content.attempt,
                "part_ids": list(part_ids),
                "document": canonical(document).decode(),
                "valid_until": envelope.valid_until,
                "issued_by": self.actor.account_id,
                "issued_at": self.now,
            },
        )
        publish_list(
            self.uow, school, place[0], site=site, secret_key=self.signing.secret_key, now=self.now
        )
        return number, document

    def _same(self, content: Content) -> int | None:
        """One of today that says the very same and has not ended."""
        site = self.signing.site
        envelope = replace(self._envelope(content, (1, 0)), token="")
        wanted = _said(content.build(envelope, self.books.subject))
        for kept in rows.credentials_by(self.uow.connection, learner_id=self.learner_id):
            is_good = not (kept.is_revoked or kept.is_corrected or kept.key_is_revoked)
            is_alike = (kept.kind, kept.enrolment_id, kept.site) == (
                content.kind, self.books.enrolment.enrolment_id, site,
            )  # fmt: skip
            if is_good and is_alike and _said(json.loads(kept.document)) == wanted:
                return kept.issued_credential_id
        return None


def _said(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """What a credential says, without what is new each time."""
    subject = {name: value for name, value in document["credentialSubject"].items() if name != "id"}
    if "achievement" in subject:
        subject["achievement"] = subject["achievement"] | {"id": ""}
    state = {name: v for name, v in document["evidence"][0].items() if name != "checkpoint"}
    return subject, state, document["issuer"]


def _free_place(uow: UnitOfWork, institution_id: int, site: str) -> tuple[int, int]:
    """A place in the list that is nobody's, by chance: places tell nothing of an order."""
    list_no = rows.list_in_use(uow.connection, institution_id, site)
    while True:
        index = secrets.randbelow(LIST_LENGTH)
        if not rows.is_taken(uow.connection, institution_id, site, list_no, index):
            return list_no, index


_REVOKED_ALREADY = Problem(
    "revoked_already",
    Message("这份凭证已经作废。", "This credential has been taken back already."),
)
_NOT_FOR_COLLEGES = Problem(
    "not_for_colleges",
    Message(
        "对接院校可索取成绩单和转段资格状态,其他凭证请学生提供。",
        "A college can ask for transcripts and articulation statuses; the learner gives the rest.",
    ),
    field="kind",
)
