"""Status lists: signed anew whenever a credential has ended, and before the last one runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from creditbank.credentials.data_integrity import Signer, add_proof, canonical
from creditbank.credentials.did_web import did_of_school, method_of
from creditbank.credentials.status_list import list_document
from creditbank.domain.calendar import local_date
from creditbank.domain.signing_keys import KeyPurpose, SigningKey
from creditbank.services.signing_keys import ensure_key, sign_with
from creditbank.store import credentials as rows
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork


def list_url(site: str, institution_id: int, list_no: int) -> str:
    """Where a status list stands."""
    return f"{site}/schools/{institution_id}/status-lists/{list_no}"


def school_signer(
    uow: UnitOfWork, institution_id: int, *, site: str, secret_key: str, now: datetime
) -> tuple[Signer, SigningKey]:
    """Who signs for a school: its standing key, made when there is none.

    The signer works while the unit of work is open.
    """
    with uow.everywhere():
        purpose = KeyPurpose.CREDENTIAL
        key = ensure_key(uow, purpose, institution_id, secret_key=secret_key, now=now)
    did = did_of_school(site, institution_id)

    def sign(message: bytes) -> bytes:
        return sign_with(uow, key, message, secret_key=secret_key)

    return Signer(method_of(did, key.public_key), sign), key


def publish_list(
    uow: UnitOfWork,
    institution_id: int,
    list_no: int,
    *,
    site: str,
    secret_key: str,
    now: datetime,
) -> None:
    """Sign the list as it is now, unless the one that speaks says the same and has time left."""
    rows.lock_lists(uow.connection, institution_id, site)
    ended = rows.ended_places(uow.connection, institution_id, site, list_no)
    policy = policy_for(uow.connection, institution_id, local_date(now))
    days = policy.integer("credential.list_days")
    signer, key = school_signer(uow, institution_id, site=site, secret_key=secret_key, now=now)
    latest = rows.latest_list(uow.connection, institution_id, site, list_no)
    if (
        latest is not None
        and (latest.endings, latest.key_id) == (len(ended), key.key_id)
        and latest.valid_until - now > timedelta(days=days) / 2
    ):
        return
    valid_until = now + timedelta(days=days)
    unsigned = list_document(
        list_url(site, institution_id, list_no),
        did_of_school(site, institution_id),
        ended,
        valid_from=now,
        valid_until=valid_until,
    )
    rows.add_list(
        uow.connection,
        {
            "institution_id": institution_id,
            "site": site,
            "list_no": list_no,
            "key_id": key.key_id,
            "endings": len(ended),
            "document": canonical(add_proof(unsigned, signer, created=now)).decode(),
            "signed_at": now,
            "valid_until": valid_until,
        },
    )
