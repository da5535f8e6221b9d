"""Files of the tree for `creditbank verify`: checkpoints, and entries with their proof.

Each kind of file is one reader in `KINDS`: it says whether a file is of its kind, and verifies it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from creditbank.domain.errors import Message
from creditbank.transparency.bundles import FORMAT, BundleError, read_bundle, verify_bundle
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    open_checkpoint,
    read_verifier,
)


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


def kind_of(content: str) -> FileKind | None:
    """The kind of a file of the tree; None for any other file."""
    return next((kind for kind in KINDS if kind.suits(content)), None)


def _verifiers(keys: Sequence[str]) -> list[Verifier]:
    """Only keys that whoever asks has from elsewhere: none is taken from the file."""
    try:
        return [read_verifier(key) for key in keys]
    except NoteError as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
