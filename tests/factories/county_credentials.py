"""One signed credential of a school of the county in small."""

from __future__ import annotations

from sqlalchemy import Engine

from creditbank.domain.credentials import CredentialKind
from creditbank.services.credential_commands import IssueCredential
from creditbank.services.credentials import Signing, issue_credential
from creditbank.settings import DEVELOPMENT_KEY
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county_changes import NOW
from tests.factories.school import School

SIGNING = Signing("http://localhost", DEVELOPMENT_KEY)
"""As the application of tests signs."""


def add_credential(owner: Engine, school: School) -> int:
    """The transcript of the school's first pupil, signed."""
    command = IssueCredential(
        learner_id=school.pupils[0].learner_id, kind=CredentialKind.TRANSCRIPT
    )
    with UnitOfWork(owner, EVERYWHERE) as uow:
        (made,) = issue_credential(
            uow, school.registrar, command, signing=SIGNING, idempotency_key="signed", now=NOW
        ).issued_credential_ids
    return made
