"""`creditbank verify FILE`: what somebody was handed, verified offline; no database, no network.

Each kind of file is one reader in `KINDS`: it says whether a file is of its kind, and verifies it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from creditbank.credential_files import is_credential, verify_file
from creditbank.domain.errors import Message
from creditbank.transparency.bundles import FORMAT, BundleError, read_bundle, verify_bundle
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    open_checkpoint,
    read_verifier,
)

REFUSED, UNUSABLE = 1, 2
_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


class RefusedError(ValueError):
    """The file is of a known kind and does not hold; the text says why."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file. suits: whether a text is of it; verify: what it shows, or RefusedError."""

    suits: Callable[[str], bool]
    verify: Callable[[str, Sequence[str]], Message]


def _is_bundle(content: str) -> bool:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def _verify_bundle(content: str, keys: Sequence[str]) -> Message:
    try:
        proven = verify_bundle(read_bundle(content), _verifiers(keys))
    except BundleError as error:
        raise RefusedError(str(error)) from error
    head, origin = proven.checkpoint.head, proven.checkpoint.origin
    what = Message("记录", "The entry")
    if proven.entry is None:
        what = Message("记录的哈希", "The hash of an entry")
    return Message(
        f"{what.zh}在 {origin} 的树中:第 {proven.leaf_index} 片叶,检查点共 {head.size} 片。",
        f"{what.en} is in the tree of {origin}: leaf {proven.leaf_index} of {head.size}.",
    )


def _is_note(content: str) -> bool:
    return "\n\n— " in content


def _verify_checkpoint(content: str, keys: Sequence[str]) -> Message:
    try:
        found: CheckpointText = open_checkpoint(content, _verifiers(keys))
    except NoteError as error:
        raise RefusedError(str(error)) from error
    root = found.head.root.hex()
    return Message(
        f"{found.origin} 的检查点,签名成立:{found.head.size} 片叶,根 {root}。",
        f"A checkpoint of {found.origin}, its signature holds: {found.head.size} leaves, {root}.",
    )


KINDS: list[FileKind] = [
    FileKind(_is_bundle, _verify_bundle),
    FileKind(_is_note, _verify_checkpoint),
]
"""The first that suits is asked."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="已知的公钥(name+hash+key),可多次。 A public key that you trust; may be repeated.",
)
@click.option(
    "--did",
    "did_files",
    multiple=True,
    type=_FILES,
    help="凭证:学校的密钥文件 did.json,可多次。 Of a credential: a school's DID document.",
)
@click.option(
    "--status",
    "status_files",
    multiple=True,
    type=_FILES,
    help="凭证:状态列表,可多次。 Of a credential: a status list; may be repeated.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="凭证:输出JSON。 Of a credential: print JSON."
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="凭证:语言。 Of a credential: language of the sentences.",
)
def verify(
    file: Path,
    *,
    keys: tuple[str, ...],
    did_files: tuple[Path, ...],
    status_files: tuple[Path, ...],
    as_json: bool,
    lang: str,
) -> None:
    """离线核验检查点、记录证明或电子凭证。 Verify a checkpoint, a proof or a credential, offline.

    Exit code 0: it holds; 1: it does not; 2: the file is of no known kind; 3: not all of a
    credential could be checked.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        content = ""
    if is_credential(content):
        sys.exit(
            verify_file(
                file, did_files=did_files, status_files=status_files, lang=lang, as_json=as_json
            )
        )
    kind = next((kind for kind in KINDS if kind.suits(content)), None)
    if kind is None:
        click.echo("不是可核验的文件。 Not a file that can be verified.", err=True)
        sys.exit(UNUSABLE)
    try:
        said = kind.verify(content, keys)
    except RefusedError as error:
        click.echo(f"不成立。 It does not hold: {error}", err=True)
        sys.exit(REFUSED)
    click.echo(f"{said.zh}\n{said.en}")


def _verifiers(keys: Sequence[str]) -> list[Verifier]:
    """Only keys that whoever asks has from elsewhere: none is taken from the file."""
    try:
        return [read_verifier(key) for key in keys]
    except NoteError as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
