"""Signed notes and checkpoints as C2SP writes them: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.

A note is a text, an empty line and signature lines. A checkpoint is a note whose text is the name
of the log (its origin), how many leaves the tree has, and the root in base64, each on a line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from creditbank.transparency.proofs import TreeHead
from creditbank.transparency.tree import HASH_BYTES

NOTE_CHARACTERS_MAX = 20_000
SIGNATURES_MAX = 16
_ED25519 = b"\x01"
_ID_BYTES, _PUBLIC_BYTES = 4, 32
_NAME = re.compile(r"[^\s+]{1,100}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES_MIN = 3


class NoteError(ValueError):
    """A note, checkpoint or key that can't be read, or that no known key has signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that is known: the name it signs under, and 32 bytes of Ed25519."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        """4 bytes that name key and name together in a signature line."""
        digest = hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key)
        return digest.digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """As Go's sumdb writes it: name+hash+key."""
        key = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{key}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text (it ends with a line feed) and who is said to have signed it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        lines = (
            f"— {item.name} {base64.b64encode(item.key_hash + item.signature).decode()}\n"
            for item in self.signatures
        )
        return f"{self.text}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class CheckpointText:
    """What a checkpoint says. extensions: further lines, of which creditbank writes none."""

    origin: str
    head: TreeHead
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        root = base64.b64encode(self.head.root).decode()
        lines = (self.origin, str(self.head.size), root, *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def read_verifier(text: str) -> Verifier:
    """A key as `str(Verifier)` writes it. Raises NoteError."""
    name, _, rest = text.strip().partition("+")
    hashed, _, key = rest.partition("+")
    content = _bytes(key)
    if not _NAME.fullmatch(name) or content[:1] != _ED25519 or len(content) != _PUBLIC_BYTES + 1:
        message = "not a key of the form name+hash+base64"
        raise NoteError(message)
    found = Verifier(name, content[1:])
    if hashed != found.key_hash.hex():
        message = "the key's hash is not that of its name and content"
        raise NoteError(message)
    return found


def signed_note(text: str, verifier: Verifier, signature: bytes) -> Note:
    """The note with its one signature, made over the text in UTF-8."""
    return Note(text, (NoteSignature(verifier.name, verifier.key_hash, signature),))


def read_note(content: str) -> Note:
    """A note, nothing of it verified yet. Raises NoteError."""
    if len(content) > NOTE_CHARACTERS_MAX or any(sign < " " and sign != "\n" for sign in content):
        message = "too long, or with control characters"
        raise NoteError(message)
    text, gap, lines = content.rpartition("\n\n")
    if not gap or not text or not lines.endswith("\n"):
        message = "no empty line before the signatures, or no line feed at the end"
        raise NoteError(message)
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > SIGNATURES_MAX:
        message = f"more than {SIGNATURES_MAX} signatures"
        raise NoteError(message)
    return Note(text + "\n", signatures)


def verify_note(note: Note, known: Iterable[Verifier]) -> Verifier:
    """The first known key that has signed. Signatures of others are passed over.

    Raises NoteError where a known key's signature is wrong, and where no known key has signed.
    """
    by_id = {(item.name, item.key_hash): item for item in known}
    signers = []
    for item in note.signatures:
        verifier = by_id.get((item.name, item.key_hash))
        if verifier is None:
            continue
        if not is_signed(verifier.public_key, item.signature, note.text.encode()):
            message = f"the signature of {item.name} is not its signature of this text"
            raise NoteError(message)
        signers.append(verifier)
    if not signers:
        message = "no known key has signed it"
        raise NoteError(message)
    return signers[0]


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this is the Ed25519 signature (RFC 8032) of a message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_checkpoint(text: str) -> CheckpointText:
    """What the text of a note says as a checkpoint. Raises NoteError."""
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < _LINES_MIN or not all(lines):
        message = "a checkpoint has three lines: origin, size and root"
        raise NoteError(message)
    origin, size, root, *extensions = lines
    content = _bytes(root)
    if not _SIZE.fullmatch(size) or len(content) != HASH_BYTES:
        message = "the size is no number, or the root no SHA-256 in base64"
        raise NoteError(message)
    return CheckpointText(origin, TreeHead(int(size), content), tuple(extensions))


def open_checkpoint(content: str, known: Iterable[Verifier]) -> CheckpointText:
    """What a signed checkpoint says, once a key that is known for its origin has signed it.

    Raises NoteError.
    """
    note = read_note(content)
    signer = verify_note(note, known)
    found = read_checkpoint(note.text)
    if signer.name != found.origin:
        message = f"{signer.name} has signed a checkpoint of {found.origin}"
        raise NoteError(message)
    return found


def _signature(line: str) -> NoteSignature:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    content = _bytes(encoded)
    if mark != "—" or not _NAME.fullmatch(name) or len(content) <= _ID_BYTES:
        message = "a signature line is: em dash, name, base64"
        raise NoteError(message)
    return NoteSignature(name, content[:_ID_BYTES], content[_ID_BYTES:])


def _bytes(encoded: str) -> bytes:
    """Base64 in its one canonical form."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        message = "not base64"
        raise NoteError(message) from error
    if base64.b64encode(content).decode() != encoded:
        message = "not base64 in its canonical form"
        raise NoteError(message)
    return content
