"""The command `creditbank`. A command reads the settings, calls one function, and prints.

`up` is for one machine and for trying out; production runs migrate once and web, worker, relay and
beat each as a process of its own.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click
from rich.console import Console

from creditbank.cli_checks import add_commands as add_check_commands
from creditbank.cli_county import add_commands
from creditbank.cli_files import check_plan, check_policy, evaluate, schema
from creditbank.cli_keys import add_commands as add_key_commands
from creditbank.cli_verify import verify
from creditbank.commands import (
    beat_command,
    jobs_command,
    relay_command,
    web_command,
    worker_command,
)
from creditbank.domain.calendar import local_date
from creditbank.embedded import OWNER, ServerError, running_urls
from creditbank.settings import DEVELOPMENT_KEY, Settings, SettingsError

_PROGRAMS: dict[str, tuple[Callable[[Settings], Sequence[str]], str]] = {
    "web": (web_command, "网页与接口服务。 Serve pages and API."),
    "worker": (worker_command, "计算进程。 Run one Celery worker."),
    "relay": (relay_command, "唤醒计算进程。 Run the relay that wakes the workers."),
    "jobs": (jobs_command, "大批量导入。 Work on imports of many thousand rows."),
    "beat": (beat_command, "定时任务。 Run the clock of the daily round."),
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="creditbank")
def cli() -> None:
    """学分银行。 A county's credit bank."""


@cli.command()
@click.option(
    "--with-parent", is_flag=True, help="随启动者一起结束。 End when the starter has ended."
)
def up(*, with_parent: bool) -> None:
    """在本机启动全部服务。 Bring up everything on this machine, with a demo county."""
    from creditbank.children import die_with_parent
    from creditbank.first_start import StartError
    from creditbank.up import up as bring_up

    if with_parent:
        die_with_parent(signal.SIGTERM)
    try:
        bring_up(_settings(), Console())
    except (StartError, ServerError) as error:
        raise click.ClickException(str(error)) from error


@cli.command()
def migrate() -> None:
    """更新数据库结构。 Bring the database to the newest revision."""
    from creditbank.db import migrate as bring_to_head
    from creditbank.first_start import give_login

    owner_url = _owner_url()
    bring_to_head(owner_url)
    give_login(owner_url, _settings().database_url)
    click.echo("数据库结构已是最新。 The database is at the newest revision.")


@cli.command()
def seed() -> None:
    """向空数据库写入示范县数据。 Fill an empty, migrated database with the demo county."""
    from creditbank.seeding import fill_if_empty

    if not fill_if_empty(_owner_url(), Console()):
        message = "数据库中已有数据,未作改动。 The database is not empty; nothing was changed."
        raise click.ClickException(message)


@cli.command()
def openapi() -> None:
    """输出接口说明(OpenAPI 3.1)。 Print the description of the API as JSON."""
    from creditbank.app import create_app

    nowhere = {"DATABASE_URL": "postgresql://", "REDIS_URL": "redis://"}  # nothing is connected to
    with create_app(Settings.from_environment(nowhere)).test_client() as client:
        click.echo(client.get("/api/v1/openapi.json").get_data(as_text=True))


@cli.command()
@click.option("--learner", type=click.IntRange(min=1), help="只复算一名学生。 One learner, by id.")
@click.option("--all", "everybody", is_flag=True, help="复算全部结论。 All verdicts.")
@click.option("--limit", type=click.IntRange(min=1), help="只复算最近几条。 The latest few only.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def replay(learner: int | None, limit: int | None, workers: int, *, everybody: bool) -> None:
    """按账本复算历史结论并比对。 Compute stored verdicts again; exit 1 on a difference."""
    from creditbank.replaying import replay as replay_all

    if everybody == (learner is not None):
        message = "请指定 --learner 或 --all 之一。 Give either --learner or --all."
        raise click.UsageError(message)
    report = replay_all(
        _owner_url(), learner_id=learner, limit=limit, workers=workers, progress=_show_progress
    )
    click.echo(
        f"一致 same {report.same} · 不一致 different {len(report.differences)} · "
        f"无存档 unpinned {report.unpinned} · 其他版本 other engine {report.other_engine}"
    )
    for difference in report.differences:
        click.echo(f"verdict {difference.verdict_id}: {', '.join(difference.what)}")
    if report.differences:
        sys.exit(1)


@cli.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
def recompute(workers: int) -> None:
    """重算全部现行结论并与存档比对。 Compute what stands again; exit 1 on a difference."""
    from creditbank.replaying import recompute as recompute_all

    report = recompute_all(
        _owner_url(),
        as_of=local_date(datetime.now(UTC)),
        workers=workers,
        progress=_show_progress,
    )
    click.echo(f"一致 same {report.same} · 不一致 different {len(report.differences)}")
    for enrolment_id, subject_kind, subject_id in report.differences:
        click.echo(f"enrolment {enrolment_id}: {subject_kind} {subject_id}")
    if report.differences:
        sys.exit(1)


def _show_progress(done: int, of: int) -> None:
    click.echo(f"{done}/{of}", err=True)


@cli.command("create-api-key")
@click.argument("username")
@click.option("--label", default="", help="用途。 What the key is for.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
def create_api_key(username: str, label: str, days: int) -> None:
    """为账号生成接口密钥,只显示一次。 Make an API key for an account, shown once."""
    from creditbank.db import make_engine
    from creditbank.domain.errors import SignedOutError
    from creditbank.services.accounts import create_api_key as create
    from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

    engine = make_engine(_owner_url(), pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            key = create(uow, username, label, now=datetime.now(UTC), days=days)
    except SignedOutError:
        message = f"没有账号 {username}。 There is no account {username}."
        raise click.ClickException(message) from None
    finally:
        engine.dispose()
    click.echo(key)


def _add_program(name: str, command: Callable[[Settings], Sequence[str]], summary: str) -> None:
    def run() -> None:
        settings = _settings()
        if settings.secure_cookies and settings.secret_key == DEVELOPMENT_KEY:
            message = (
                "正式使用请设置 CREDITBANK_SECRET_KEY(至少 32 个随机字符)。\n"
                "Set CREDITBANK_SECRET_KEY (at least 32 random characters) in production."
            )
            raise click.ClickException(message)
        words = list(command(settings))
        os.execv(words[0], words)  # noqa: S606 - the process becomes the program: signals reach it

    cli.command(name, help=summary)(run)


cli.add_command(evaluate)
cli.add_command(check_plan)
cli.add_command(check_policy)
cli.add_command(schema)
cli.add_command(verify)
for _name, (_command, _summary) in _PROGRAMS.items():
    _add_program(_name, _command, _summary)


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _owner_url() -> str:
    """The owner's login: from the settings, or that of a running `creditbank up`."""
    settings = _settings()
    if settings.database_owner_url:
        return settings.database_owner_url
    if urls := running_urls(settings.var):
        return urls.database(OWNER)
    message = (
        "未找到数据库:请设置 DATABASE_OWNER_URL,或先运行 creditbank up。\n"
        "No database: set DATABASE_OWNER_URL, or run `creditbank up` first."
    )
    raise click.ClickException(message)


def _secret_key() -> str:
    """What secrets are sealed under: from the settings, or that which `creditbank up` has made."""
    settings = _settings()
    if settings.secret_key != DEVELOPMENT_KEY or settings.database_owner_url:
        return settings.secret_key
    from creditbank.first_start import kept_key

    return kept_key(settings.var / "secret_key")


add_commands(cli, _owner_url)
add_check_commands(cli, _owner_url, lambda: _settings().var)
add_key_commands(cli, _owner_url, _secret_key)


def main() -> None:
    """Entry point of the command `creditbank`."""
    cli(prog_name="creditbank")


if __name__ == "__main__":
    main()
