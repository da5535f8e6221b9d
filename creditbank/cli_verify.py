"""`creditbank verify FILE`: what somebody was handed, verified offline; no database, no network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from creditbank.cli_credentials import FILE_BYTES_MAX, REFUSED, check_credential
from creditbank.cli_proofs import FileKind, RefusedError, kind_of

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILES)
@click.option(
    "--did", "did_files", multiple=True, type=_FILES,
    help="凭证:学校的密钥文件 did.json,可多次。 Of a credential: a DID document; may be repeated.",
)  # fmt: skip
@click.option(
    "--status", "status_files", multiple=True, type=_FILES,
    help="凭证:状态列表,可多次。 Of a credential: a status list; may be repeated.",
)  # fmt: skip
@click.option(
    "--key", "keys", multiple=True,
    help="检查点、证明:已知的公钥,可多次。 Of a checkpoint or proof: a key that you trust.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="凭证:输出 JSON。 Of a credential: as JSON.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="语言。 Language of the sentences.",
)  # fmt: skip
def verify(
    file: Path,
    did_files: Sequence[Path],
    status_files: Sequence[Path],
    keys: Sequence[str],
    lang: str,
    *,
    as_json: bool,
) -> None:
    """离线核验凭证、检查点或记录证明。 Verify a credential, checkpoint or proof, offline.

    Exit code 0: it holds; 1: it does not; 2: a file could not be read; 3: something could not be
    checked, so it is not to be relied on yet.
    """
    kind = kind_of(_text(file))
    if kind is not None:
        sys.exit(_check_proof(kind, _text(file), keys, lang))
    sys.exit(
        check_credential(
            file, did_files=did_files, status_files=status_files, lang=lang, as_json=as_json
        )
    )


def _check_proof(kind: FileKind, content: str, keys: Sequence[str], lang: str) -> int:
    try:
        said = kind.verify(content, keys)
    except RefusedError as error:
        refused = "不成立:" if lang == "zh" else "It does not hold: "
        click.echo(f"{refused}{error}", err=True)
        return REFUSED
    click.echo(said.zh if lang == "zh" else said.en)
    return 0


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(FILE_BYTES_MAX).decode("utf-8", errors="replace")
