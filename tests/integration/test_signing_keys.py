"""Keys that sign: one stands, rotation keeps what was signed, revocation does not, nobody edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.db import make_engine
from creditbank.domain.errors import NotFoundError
from creditbank.domain.signing_keys import KeyPurpose, key_id_of
from creditbank.sealing import SealBrokenError
from creditbank.services.signing_keys import (
    ensure_key,
    revoke_key,
    rotate_key,
    sign,
    standing_key,
)
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
SECRET = "a secret key of a test"
COUNTY = (KeyPurpose.CHECKPOINT, None)


def test_a_key_is_made_once_and_signs(clean_database: Database, engine: Engine):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        with pytest.raises(NotFoundError):
            sign(uow, *COUNTY, b"x", secret_key=SECRET)
        made = ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
        assert ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW) == made
        signed = sign(uow, *COUNTY, b"x", secret_key=SECRET)
    assert made.key_id == key_id_of(made.public_key)
    public = Ed25519PublicKey.from_public_bytes(signed.key.public_key)
    public.verify(signed.signature, b"x")
    with pytest.raises(InvalidSignature):
        public.verify(signed.signature, b"y")


def test_rotation_retires_and_revocation_ends(clean_database: Database, engine: Engine):
    later = NOW + timedelta(days=1)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        first = ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
        other = ensure_key(uow, KeyPurpose.CREDENTIAL, secret_key=SECRET, now=NOW)
        second = rotate_key(uow, *COUNTY, secret_key=SECRET, now=later)
        assert standing_key(uow, *COUNTY) == second
        assert standing_key(uow, KeyPurpose.CREDENTIAL) == other
        ended = revoke_key(uow, first.key_id, now=later)
        assert (ended.retired_at, ended.revoked_at) == (later, later)
        assert revoke_key(uow, first.key_id, now=NOW + timedelta(days=2)) == ended
        revoke_key(uow, second.key_id, now=later)
        assert standing_key(uow, *COUNTY) is None
        with pytest.raises(NotFoundError):
            revoke_key(uow, "0" * 16, now=later)


def test_another_secret_key_signs_nothing(clean_database: Database, engine: Engine):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
        with pytest.raises(SealBrokenError):
            sign(uow, *COUNTY, b"x", secret_key="another")


def test_a_sealed_key_is_of_no_use_in_another_row(clean_database: Database, engine: Engine):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
        ensure_key(uow, KeyPurpose.CREDENTIAL, secret_key=SECRET, now=NOW)
    superuser = make_engine(clean_database.superuser_url)
    with superuser.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("ALTER TABLE signing_keys DISABLE TRIGGER ALL"))
        connection.execute(
            text(
                "UPDATE signing_keys SET sealed_key ="
                " (SELECT sealed_key FROM signing_keys WHERE purpose = 'credential')"
            )
        )
    superuser.dispose()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        sign(uow, KeyPurpose.CREDENTIAL, None, b"x", secret_key=SECRET)
        with pytest.raises(SealBrokenError):
            sign(uow, *COUNTY, b"x", secret_key=SECRET)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signing_keys SET sealed_key = sealed_key",
        "DELETE FROM signing_key_endings",
        "TRUNCATE signing_keys CASCADE",
    ],
)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_keys_are_never_changed(
    clean_database: Database, engine: Engine, owner_engine: Engine, role: str, statement: str
):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
        rotate_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
    asked = engine if role == "app" else owner_engine
    with (
        pytest.raises(DBAPIError, match=r"inserts only|permission denied"),
        UnitOfWork(asked, EVERYWHERE) as uow,
    ):
        uow.connection.execute(text(statement))


def test_a_school_makes_no_key_and_an_auditor_reads_no_private_half(
    clean_database: Database, engine: Engine
):
    with pytest.raises(DBAPIError, match="row-level security"), UnitOfWork(engine, "1") as uow:
        ensure_key(uow, *COUNTY, secret_key=SECRET, now=NOW)
    auditor = make_engine(clean_database.auditor_url)
    with auditor.connect() as connection:
        connection.execute(text("SELECT key_id, public_key FROM signing_keys"))
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("SELECT sealed_key FROM signing_keys"))
    auditor.dispose()
