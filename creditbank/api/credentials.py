"""Credentials: signed for a learner, fetched as signed text or PDF, taken back."""

from __future__ import annotations

from typing import Any

from flask import Response

from creditbank.api.calls import actor, idempotency_key, now, signing, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.papers.rendering import render
from creditbank.services.credential_commands import IssueCredential, RevokeCredential
from creditbank.services.credential_papers import printed_credential
from creditbank.services.credentials import issue_credential, revoke_credential
from creditbank.services.visible_credentials import (
    CredentialLine,
    credential_line,
    open_credential,
    read_credentials,
)
from creditbank.store.credentials import credentials_by
from schemas.credentials import (
    CredentialRequestSchema,
    CredentialRevocationSchema,
    CredentialsSchema,
)

PDF, CREDENTIAL = "application/pdf", "application/vc"
blueprint = Blueprint("credentials", "电子凭证 Signed credentials")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/credentials", Action.SEE_CREDENTIALS, CredentialsSchema()
)
def get_credentials(learner_id: int) -> dict[str, tuple[CredentialLine, ...]]:
    """该生的电子凭证 Credentials that were signed for this learner, the latest first."""
    with unit_of_work() as uow:
        return {"credentials": read_credentials(uow, actor(), learner_id, now=now())}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/credentials",
    Action.ISSUE_CREDENTIAL,
    CredentialRequestSchema(),
    CredentialsSchema(),
)
def post_credential(
    loaded: dict[str, Any], learner_id: int
) -> dict[str, tuple[CredentialLine, ...]]:
    """签发电子凭证,按此刻的账目与规则 Sign what the books and the rules say now."""
    command = IssueCredential(learner_id=learner_id, **loaded)
    with unit_of_work() as uow:
        made = issue_credential(
            uow, actor(), command, signing=signing(), idempotency_key=idempotency_key(), now=now()
        )
        found = credentials_by(uow.connection, ids=list(made.issued_credential_ids))
        lines = tuple(credential_line(uow, kept, now=now()) for kept in found)
    return {"credentials": lines}


@blueprint.writes(
    f"/credentials/<{ID}:issued_credential_id>/revocations",
    Action.REVOKE_CREDENTIAL,
    CredentialRevocationSchema(),
    CredentialsSchema(),
)
def post_credential_revocation(
    loaded: dict[str, Any], issued_credential_id: int
) -> dict[str, tuple[CredentialLine, ...]]:
    """作废一份电子凭证 Take a credential back; the status list says so at once."""
    command = RevokeCredential(issued_credential_id=issued_credential_id, reason=loaded["reason"])
    with unit_of_work() as uow:
        revoke_credential(
            uow, actor(), command, signing=signing(), idempotency_key=idempotency_key(), now=now()
        )
        found = credentials_by(uow.connection, ids=[issued_credential_id])
        lines = tuple(credential_line(uow, kept, now=now()) for kept in found)
    return {"credentials": lines}


@blueprint.files(
    f"/credentials/<{ID}:issued_credential_id>/document", Action.SEE_CREDENTIALS, CREDENTIAL
)
def get_credential_document(issued_credential_id: int) -> Response:
    """带签名的凭证,每次相同 The signed credential, the same bytes each time."""
    with unit_of_work() as uow:
        found = open_credential(uow, actor(), issued_credential_id, now=now())
    return Response(found.document, content_type=CREDENTIAL)


@blueprint.files(f"/credentials/<{ID}:issued_credential_id>/paper", Action.SEE_CREDENTIALS, PDF)
def get_credential_paper(issued_credential_id: int) -> Response:
    """凭证的 PDF,二维码通向查验页 The same as PDF; its QR code leads to the public check."""
    with unit_of_work() as uow:
        found = open_credential(uow, actor(), issued_credential_id, now=now())
    return Response(render([printed_credential(found)]), content_type=PDF)
