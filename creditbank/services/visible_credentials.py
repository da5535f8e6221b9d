"""Credentials as one actor may see them, and what anybody may check them by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditbank.credentials.did_web import KnownKey, did_document, did_of_school, did_of_site
from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import FOR_COLLEGES, CredentialKind, CredentialState
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Role
from creditbank.domain.signing_keys import KeyPurpose, SigningKey
from creditbank.services.credential_truth import state_of
from creditbank.store import credentials as rows
from creditbank.store.access_log import record_access
from creditbank.store.credentials import KeptCredential
from creditbank.store.learner_keys import learner_key
from creditbank.store.signing_keys import keys_for, keys_of
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """One credential; never what stands in it."""

    issued_credential_id: int
    institution_id: int
    learner_id: int
    kind: CredentialKind
    token: str
    ledger_seq: int
    issued_at: datetime
    valid_until: datetime | None
    state: CredentialState


def read_credentials(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[CredentialLine, ...]:
    """Those of a learner that the actor may have, the latest first. Raises NotFoundError."""
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_CREDENTIALS, key)
    record_access(uow.connection, actor, Action.SEE_CREDENTIALS, grant.mask, [learner_id], now)
    found = rows.credentials_by(uow.connection, learner_id=learner_id)
    return tuple(
        credential_line(uow, item, now=now) for item in found if _may_have(actor, key, item)
    )


def open_credential(
    uow: UnitOfWork, actor: Actor, issued_credential_id: int, *, now: datetime
) -> KeptCredential:
    """One with its signed text. Raises NotFoundError."""
    decide(actor, Action.SEE_CREDENTIALS)
    found = rows.credentials_by(uow.connection, ids=[issued_credential_id])
    if not found:
        raise NotFoundError
    learner_id = found[0].learner_id
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_CREDENTIALS, key)
    if not _may_have(actor, key, found[0]):
        raise NotFoundError
    record_access(uow.connection, actor, Action.SEE_CREDENTIALS, grant.mask, [learner_id], now)
    return found[0]


def learner_of_own(uow: UnitOfWork, actor: Actor, issued_credential_id: int) -> int:
    """Whose credential of the actor's school it is; shows nothing of it. Raises NotFoundError."""
    decide(actor, Action.REVOKE_CREDENTIAL)
    found = rows.credentials_by(uow.connection, ids=[issued_credential_id])
    if not found or found[0].institution_id != actor.institution_id:
        raise NotFoundError
    return found[0].learner_id


def credential_line(uow: UnitOfWork, kept: KeptCredential, *, now: datetime) -> CredentialLine:
    """The line of a credential, for who has decided."""
    return CredentialLine(
        issued_credential_id=kept.issued_credential_id,
        institution_id=kept.institution_id,
        learner_id=kept.learner_id,
        kind=kept.kind,
        token=kept.token,
        ledger_seq=kept.ledger_seq,
        issued_at=kept.issued_at,
        valid_until=kept.valid_until,
        state=state_of(uow, kept, now=now),
    )


def school_document(
    uow: UnitOfWork, actor: Actor, institution_id: int, *, site: str
) -> dict[str, Any]:
    """The did:web document of a school that has signed; NotFoundError for any other."""
    decide(actor, Action.SEE_CREDENTIAL_KEYS)
    with uow.everywhere():
        name = rows.school_name(uow.connection, institution_id)
        keys = keys_of(uow.connection, KeyPurpose.CREDENTIAL, institution_id)
    if name is None or not keys:
        raise NotFoundError
    did = did_of_school(site, institution_id)
    return did_document(did, [_known(key) for key in keys], site=site, name=name)


def installation_document(uow: UnitOfWork, actor: Actor, *, site: str) -> dict[str, Any]:
    """The did:web document of the installation: what signs checkpoints, and where schools' are."""
    decide(actor, Action.SEE_CREDENTIAL_KEYS)
    with uow.everywhere():
        keys = keys_of(uow.connection, KeyPurpose.CHECKPOINT, None)
        schools = _signing_schools(uow)
    did = did_of_site(site)
    document = did_document(did, [_known(key) for key in keys], site=site, name="学分银行")
    document["service"] = [
        {
            "id": f"{did}#school-{number}",
            "type": "SchoolKeys",
            "serviceEndpoint": f"{site}/schools/{number}/did.json",
        }
        for number in schools
    ]
    return document


@dataclass(frozen=True, slots=True)
class TrustSnapshot:
    """What the page without a network carries: DID documents, and status lists as JSON."""

    keys: tuple[dict[str, Any], ...]
    lists: tuple[dict[str, Any], ...]


def trust_snapshot(uow: UnitOfWork, actor: Actor, *, site: str) -> TrustSnapshot:
    """The keys of all schools that have signed, and the lists that speak."""
    decide(actor, Action.SEE_CREDENTIAL_KEYS)
    with uow.everywhere():
        schools = _signing_schools(uow)
        wanted = rows.lists_and_endings(uow.connection)
        found = [
            rows.latest_list(uow.connection, institution_id, site, list_no)
            for institution_id, of_site, list_no, _ in wanted
            if of_site == site
        ]
    return TrustSnapshot(
        keys=tuple(school_document(uow, actor, number, site=site) for number in schools),
        lists=tuple(json.loads(item.document) for item in found if item is not None),
    )


def _signing_schools(uow: UnitOfWork) -> list[int]:
    keys = keys_for(uow.connection, KeyPurpose.CREDENTIAL)
    return sorted({key.institution_id for key in keys if key.institution_id is not None})


def _known(key: SigningKey) -> KnownKey:
    return KnownKey(
        public_key=key.public_key,
        used_from=key.created_at,
        used_until=key.retired_at,
        revoked_at=key.revoked_at,
    )


def signed_list(
    uow: UnitOfWork, actor: Actor, institution_id: int, list_no: int, *, site: str
) -> str:
    """The text of the status list that speaks; NotFoundError where there is none."""
    decide(actor, Action.SEE_CREDENTIAL_KEYS)
    with uow.everywhere():
        found = rows.latest_list(uow.connection, institution_id, site, list_no)
    if found is None:
        raise NotFoundError
    return found.document


def _may_have(actor: Actor, key: LearnerKey, kept: KeptCredential) -> bool:
    """A family has its own, a school what it signed, the bureau all; a college what it may ask for.

    Of a status under an agreement, a college has that of its own agreements alone.
    """
    if actor.role is Role.COLLEGE:
        is_own = kept.subject_id in actor.agreement_ids & key.agreement_ids
        is_status = kept.kind is CredentialKind.ARTICULATION_STATUS
        return kept.kind in FOR_COLLEGES and (is_own or not is_status)
    if actor.role is Role.REGISTRAR:
        return kept.institution_id == actor.institution_id
    return True
