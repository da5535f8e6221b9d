"""Commands for the keys that sign checkpoints and credentials: list, rotate, revoke."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from creditbank.domain.errors import NotFoundError
from creditbank.domain.signing_keys import KeyPurpose, SigningKey

if TYPE_CHECKING:
    from creditbank.store.unit_of_work import UnitOfWork

_PURPOSE = click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in KeyPurpose]),
    required=True,
    help="用途:检查点,凭证。 What the key signs.",
)
_INSTITUTION = click.option(
    "--institution",
    type=click.IntRange(min=1),
    help="机构编号;不填为全县。 Number of the institution; the county without one.",
)


def add_commands(
    group: click.Group, owner_url: Callable[[], str], secret_key: Callable[[], str]
) -> None:
    """Put the commands on the command line. secret_key: what private halves are sealed under."""

    @group.group()
    def keys() -> None:
        """签名密钥。 Keys that sign checkpoints and credentials."""

    @keys.command("list")
    def list_keys() -> None:
        """列出全部密钥,含已停用的。 All keys with their public halves, ended ones too."""
        from creditbank.store.signing_keys import keys_for  # noqa: PLC0415 (half a second)

        with _unit(owner_url()) as uow:
            for purpose in KeyPurpose:
                for key in keys_for(uow.connection, purpose):
                    click.echo(_line(key))

    @keys.command()
    @_PURPOSE
    @_INSTITUTION
    def rotate(purpose: str, institution: int | None) -> None:
        """启用新密钥,旧密钥停用,其签名仍有效。 A new key; what the old one signed stays good."""
        from creditbank.services.signing_keys import rotate_key  # noqa: PLC0415 (as above)

        with _unit(owner_url()) as uow:
            made = rotate_key(
                uow,
                KeyPurpose(purpose),
                institution,
                secret_key=secret_key(),
                now=datetime.now(UTC),
            )
        click.echo(_line(made))

    @keys.command()
    @click.argument("key_id")
    def revoke(key_id: str) -> None:
        """作废密钥,其签名不再有效。 Take back a key and all that it has signed."""
        from creditbank.services.signing_keys import revoke_key  # noqa: PLC0415 (as above)

        try:
            with _unit(owner_url()) as uow:
                found = revoke_key(uow, key_id, now=datetime.now(UTC))
        except NotFoundError:
            message = f"没有密钥 {key_id}。 There is no key {key_id}."
            raise click.ClickException(message) from None
        click.echo(_line(found))


@contextmanager
def _unit(url: str) -> Iterator[UnitOfWork]:
    from creditbank.db import make_engine  # noqa: PLC0415 (as above)
    from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork  # noqa: PLC0415 (as above)

    engine = make_engine(url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            yield uow
    finally:
        engine.dispose()


def _line(key: SigningKey) -> str:
    owner = "county" if key.institution_id is None else str(key.institution_id)
    if key.revoked_at is not None:
        state = "revoked"
    else:
        state = "standing" if key.is_standing else "retired"
    public = base64.b64encode(key.public_key).decode()
    made = key.created_at.isoformat(timespec="seconds")
    return f"{key.key_id} {key.purpose} {owner} {state} {made} {public}"
