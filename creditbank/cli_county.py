"""Commands that start a county without the demo: load what it is made of, make accounts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from creditbank.domain.errors import CreditbankError
from creditbank.domain.permissions import Role, Section
from creditbank.services.loading_checks import OWN_LEARNERS
from creditbank.store.documents import DocumentError

UNUSABLE = 2
_ROLES = [role.value for role in Role if role not in {Role.ANONYMOUS, *OWN_LEARNERS}]
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="语言。 Language of what is said.",
)


def add_commands(group: click.Group, owner_url: Callable[[], str]) -> None:
    """Put the commands on the command line. owner_url: how the database's owner signs in."""

    @group.command()
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @_LANGUAGE
    def load(file: Path, lang: str) -> None:
        """导入机构、专业、学期、课程、方案、协议和账号。 Load what a county is made of.

        All of the file or nothing; the same file twice changes nothing. Exit code 2: the file is
        wrong, and each fault says line and field.
        """
        from creditbank.loading import load_file  # noqa: PLC0415 (half a second)

        try:
            report = load_file(owner_url(), file, now=datetime.now(UTC))
        except DocumentError as error:
            for fault in error.faults:
                click.echo(f"{fault.code} {getattr(fault.located, lang)}", err=True)
            sys.exit(UNUSABLE)
        except UnicodeDecodeError:
            click.echo("文件应为 UTF-8 编码。 The file is not UTF-8.", err=True)
            sys.exit(UNUSABLE)
        added, same = sum(report.added.values()), sum(report.unchanged.values())
        for noun, count in report.added.items():
            click.echo(f"{noun}: +{count}")
        click.echo(f"新增 added {added} · 未变 unchanged {same}")

    @group.command("create-account")
    @click.argument("username")
    @click.option("--role", type=click.Choice(_ROLES), help="角色。 Role of a new account.")
    @click.option("--institution", default="", help="机构代码。 Code of its institution.")
    @click.option(
        "--section",
        type=click.Choice([section.value for section in Section]),
        help="主管部门的科室:基教科,职教科;不填为全部。 Section of the bureau.",
    )
    @click.option("--name", default="", help="显示的姓名。 Name that is shown.")
    @click.option("--email", default="", help="接收提醒的邮箱。 Told there that messages wait.")
    @_LANGUAGE
    def create_account(  # noqa: PLR0913 (an argument for each option)
        username: str,
        *,
        role: str | None,
        institution: str,
        section: str | None,
        name: str,
        email: str,
        lang: str,
    ) -> None:
        """新建账号,或为已导入的账号设密码。 Make an account, or give a loaded one its password.

        The password is asked for, or read from standard input; it is never an argument.
        """
        from creditbank.db import make_engine  # noqa: PLC0415 (as above)
        from creditbank.services import account_creation as creation  # noqa: PLC0415
        from creditbank.services.mail_addresses import set_email  # noqa: PLC0415
        from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork  # noqa: PLC0415

        password = _password()
        engine = make_engine(owner_url(), pool_size=1)
        try:
            with UnitOfWork(engine, EVERYWHERE) as uow:
                account = creation.NewAccount(
                    username=username,
                    role=None if role is None else Role(role),
                    institution_code=institution,
                    section=None if section is None else Section(section),
                    display_name=name,
                )
                creation.create_account(uow, account, password)
                if email:
                    set_email(uow, username, email)
        except CreditbankError as error:
            raise click.ClickException(getattr(error.message, lang)) from None
        finally:
            engine.dispose()
        click.echo(f"{username}: 可以登录。 It can sign in.")


def _password() -> str:
    """Typed twice and unseen on a terminal; else the first line of standard input."""
    if sys.stdin.isatty():
        typed: str = click.prompt(
            "密码 Password", hide_input=True, confirmation_prompt="再输一次 Once more"
        )
        return typed
    return sys.stdin.readline().rstrip("\r\n")
