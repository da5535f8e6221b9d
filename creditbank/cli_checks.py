"""`creditbank fsck`: everything derived again, and compared with checkpoints that others hold."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from creditbank.domain.calendar import COUNTY_TIME

SOMETHING_WRONG, UNUSABLE = 1, 2


def add_commands(group: click.Group, owner_url: Callable[[], str], var: Callable[[], Path]) -> None:
    """Put the command on the command line.

    owner_url: how the database's owner signs in; var: the folder of the installation.
    """

    @group.command()
    @click.option(
        "--checkpoint",
        "files",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="外部持有的检查点文件,可多次。 A checkpoint that somebody holds; may be repeated.",
    )
    @click.option(
        "--key",
        "keys",
        multiple=True,
        help="检查点的公钥(name+hash+key)。 A public key from elsewhere, for held checkpoints.",
    )
    @click.option(
        "--since",
        type=click.DateTime(["%Y-%m-%d"]),
        help="只复算该日以来的结论。 Replay only verdicts found since this day.",
    )
    @click.option("--books-only", is_flag=True, help="不复算结论。 Leave verdicts out.")
    @click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
    def fsck(
        files: tuple[Path, ...],
        *,
        keys: tuple[str, ...],
        since: datetime | None,
        books_only: bool,
        workers: int,
    ) -> None:
        """全面核验:账本、树、结论、决定、凭证。 Derive everything again; 1 on any finding."""
        from creditbank.checking import (  # noqa: PLC0415 (half a second)
            check_books,
            check_records,
            check_verdicts,
        )
        from creditbank.store.signed_heads import SignedHeads  # noqa: PLC0415
        from creditbank.transparency.notes import NoteError, read_verifier  # noqa: PLC0415

        try:
            held = {file.name: file.read_text(encoding="utf-8") for file in files}
            known = [read_verifier(key) for key in keys]
        except (NoteError, UnicodeDecodeError) as error:
            click.echo(str(error), err=True)
            sys.exit(UNUSABLE)
        heads = SignedHeads(var())
        report = check_books(owner_url(), held=held, known=known, heads=heads, workers=workers)
        check_records(owner_url(), report, now=datetime.now(UTC), workers=workers)
        if not books_only:
            day = None if since is None else since.replace(tzinfo=COUNTY_TIME)
            check_verdicts(owner_url(), report, since=day, workers=workers)
        click.echo(
            f"学生 learners {report.ledger.learners} · 记录 entries {report.ledger.entries} · "
            f"未入树 waiting {report.ledger.waiting} · 叶 leaves {report.tree.leaves} · "
            f"检查点 checkpoints {report.tree.checkpoints} · 外部 held {report.tree.held} · "
            f"凭证 credentials {report.credentials} · "
            f"复算 replayed {report.replayed} · 重算 recomputed {report.recomputed}"
        )
        for damage in report.damages:
            click.echo(str(damage))
        click.echo(f"问题 findings {len(report.damages)}")
        if report.damages:
            sys.exit(SOMETHING_WRONG)
