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
from creditbank.transparency.bundles import (
    FORMAT,
    BundleError,
    is_same_tree,
    read_bundle,
    read_consistency,
    verify_bundle,
)
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    open_checkpoint,
    read_verifier,
)

REFUSED, UNUSABLE, INCOMPLETE = 1, 2, 3
_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


class RefusedError(ValueError):
    """The file is of a known kind and does not hold; the text says why."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    suits: whether a text is of it; verify: what it shows and the checkpoint that it rests on, or
    RefusedError.
    """

    suits: Callable[[str], bool]
    verify: Callable[[str, Sequence[str]], tuple[Message, CheckpointText]]


def _is_bundle(content: str) -> bool:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def _verify_bundle(content: str, keys: Sequence[str]) -> tuple[Message, CheckpointText]:
    try:
        proven = verify_bundle(read_bundle(content), _verifiers(keys))
    except BundleError as error:
        raise RefusedError(str(error)) from error
    head, origin = proven.checkpoint.head, proven.checkpoint.origin
    what = Message("记录", "The entry")
    if proven.entry is None:
        what = Message("记录的哈希", "The hash of an entry")
    said = Message(
        f"{what.zh}在 {origin} 的树中:第 {proven.leaf_index} 片叶,检查点共 {head.size} 片。",
        f"{what.en} is in the tree of {origin}: leaf {proven.leaf_index} of {head.size}.",
    )
    return said, proven.checkpoint


def _is_note(content: str) -> bool:
    return "\n\n— " in content


def _verify_checkpoint(content: str, keys: Sequence[str]) -> tuple[Message, CheckpointText]:
    found = _checkpoint(content, keys)
    root = found.head.root.hex()
    said = Message(
        f"{found.origin} 的检查点,签名成立:{found.head.size} 片叶,根 {root}。",
        f"A checkpoint of {found.origin}, its signature holds: {found.head.size} leaves, {root}.",
    )
    return said, found


def _checkpoint(content: str, keys: Sequence[str]) -> CheckpointText:
    try:
        return open_checkpoint(content, _verifiers(keys))
    except NoteError as error:
        raise RefusedError(str(error)) from error


def _named_in(content: str, keys: Sequence[str]) -> CheckpointText:
    """The checkpoint that a credential was made under; its own signature is checked elsewhere."""
    evidence = json.loads(content).get("evidence")
    named = evidence[0].get("checkpoint") if isinstance(evidence, list) and evidence else None
    if not isinstance(named, str):
        message = "it names no checkpoint"
        raise RefusedError(message)
    return _checkpoint(named, keys)


def _compare(
    named: CheckpointText, held: Sequence[Path], proofs: Sequence[Path], keys: Sequence[str]
) -> int:
    """Whether checkpoints that the reader holds are of the same tree; the exit code."""
    known = [read_consistency(file.read_text(encoding="utf-8")) for file in proofs]
    codes = [0]
    for file in held:
        own = _checkpoint(file.read_text(encoding="utf-8"), keys)
        is_same = is_same_tree(named, own, known)
        sizes = sorted((named.head.size, own.head.size))
        if is_same is None:
            codes.append(INCOMPLETE)
            click.echo(
                f"{file.name}:树的大小不同,请取 /api/v1/log/consistency?first={sizes[0]}"
                f"&second={sizes[1]} 后用 --consistency 指定。"
                " Of another size: fetch that proof, give it by --consistency.",
                err=True,
            )
        elif not is_same:
            message = f"the tree is not that of {file.name}"
            raise RefusedError(message)
        else:
            click.echo(f"{file.name}:同一棵树。 The same tree.", err=True)
    return max(codes)


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
    "--checkpoint",
    "held",
    multiple=True,
    type=_FILES,
    help="已持有的检查点,与文件所依据的比较;可多次。 A checkpoint that you hold, compared.",
)
@click.option(
    "--consistency",
    "proofs",
    multiple=True,
    type=_FILES,
    help="两个检查点之间的证明(/log/consistency 的回答)。 The proof between two checkpoints.",
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
def verify(  # noqa: PLR0913 (an argument for each option)
    file: Path,
    *,
    keys: tuple[str, ...],
    held: tuple[Path, ...],
    proofs: tuple[Path, ...],
    did_files: tuple[Path, ...],
    status_files: tuple[Path, ...],
    as_json: bool,
    lang: str,
) -> None:
    """离线核验检查点、记录证明或电子凭证。 Verify a checkpoint, a proof or a credential, offline.

    Exit code 0: it holds; 1: it does not; 2: the file is of no known kind; 3: not all of it could
    be checked.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        content = ""
    code = 0
    try:
        if is_credential(content):
            code = verify_file(
                file, did_files=did_files, status_files=status_files, lang=lang, as_json=as_json
            )
            named = _named_in(content, keys) if held else None
        else:
            named = _verified(content, keys)
        if named is not None and code != REFUSED:
            code = max(code, _compare(named, held, proofs, keys))
    except (RefusedError, BundleError) as error:
        click.echo(f"不成立。 It does not hold: {error}", err=True)
        code = REFUSED
    sys.exit(code)


def _verified(content: str, keys: Sequence[str]) -> CheckpointText:
    """Print what a proof or a checkpoint shows."""
    kind = next((kind for kind in KINDS if kind.suits(content)), None)
    if kind is None:
        click.echo("不是可核验的文件。 Not a file that can be verified.", err=True)
        sys.exit(UNUSABLE)
    said, named = kind.verify(content, keys)
    click.echo(f"{said.zh}\n{said.en}")
    return named


def _verifiers(keys: Sequence[str]) -> list[Verifier]:
    """Only keys that whoever asks has from elsewhere: none is taken from the file."""
    try:
        return [read_verifier(key) for key in keys]
    except NoteError as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
