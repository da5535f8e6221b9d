"""Signed notes and checkpoints: read strictly, verified under known keys, written as in C2SP."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    open_checkpoint,
    read_checkpoint,
    read_note,
    read_verifier,
    signed_note,
    verify_note,
)
from creditbank.transparency.proofs import TreeHead

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "xuefen.example/log"
VERIFIER = Verifier(NAME, KEY.public_key().public_bytes_raw())
TEXT = str(CheckpointText(NAME, TreeHead(7, bytes(32))))
CHECKPOINT = str(signed_note(TEXT, VERIFIER, KEY.sign(TEXT.encode())))
# The first of golang.org/x/mod/sumdb/note: key and note of its documentation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
)


def test_a_note_of_another_implementation_verifies():
    verifier = read_verifier(GO_KEY)
    assert verify_note(read_note(GO_NOTE), [verifier]) == verifier
    assert str(verifier) == GO_KEY
    with pytest.raises(NoteError):
        verify_note(read_note(GO_NOTE.replace("answer", "Answer")), [verifier])


def test_a_checkpoint_is_written_and_read():
    found = open_checkpoint(CHECKPOINT, [VERIFIER])
    assert found == CheckpointText(NAME, TreeHead(7, bytes(32)))
    assert str(read_note(CHECKPOINT)) == CHECKPOINT
    assert read_verifier(str(VERIFIER)) == VERIFIER


def test_every_changed_byte_is_refused():
    content = CHECKPOINT.encode()
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1
        with pytest.raises((NoteError, UnicodeDecodeError)):
            open_checkpoint(changed.decode(), [VERIFIER])


def test_strangers_signatures_are_passed_over_and_wrong_ones_are_not():
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    stranger = Verifier("witness.example", other.public_key().public_bytes_raw())
    line = str(signed_note(TEXT, stranger, other.sign(TEXT.encode()))).rpartition("\n\n")[2]
    assert open_checkpoint(CHECKPOINT + line, [VERIFIER]).head.size == 7
    with pytest.raises(NoteError, match="no known key"):
        open_checkpoint(TEXT + "\n" + line, [VERIFIER])
    false = str(signed_note(TEXT, stranger, bytes(64))).rpartition("\n\n")[2]
    with pytest.raises(NoteError, match="is not its signature"):
        open_checkpoint(CHECKPOINT + false, [VERIFIER, stranger])


def test_a_key_that_signs_for_another_log_is_refused():
    text = str(CheckpointText("other.example/log", TreeHead(7, bytes(32))))
    note = str(signed_note(text, VERIFIER, KEY.sign(text.encode())))
    with pytest.raises(NoteError, match="has signed a checkpoint of"):
        open_checkpoint(note, [VERIFIER])


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "text\n", "text\n\n", "text\n\n- a AAAAAAA=\n", "text\n\n— a b AAAAAAA=\n",
     "text\n\n— a AAAA\n", "te\txt\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=", "x" * 30_000,
     "text\n\n" + "— a AAAAAAA=\n" * 17],
)  # fmt: skip
def test_what_is_no_note(content: str):
    with pytest.raises(NoteError):
        read_note(content)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", f"a\n01\n{ROOT}\n", f"a\n-1\n{ROOT}\n", f"a\n1\n{ROOT[:-4]}\n", f"a\n1\n{ROOT}",
     f"\n1\n{ROOT}\n", f"a\n1\n{ROOT}\n\nx\n", f"a\n１\n{ROOT}\n"],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str):
    with pytest.raises(NoteError):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "key", ["", "a", "a+b", "a+00000000+AAAA", GO_KEY.replace("c74f", "c74e"), GO_KEY[:-4]]
)
def test_what_is_no_key(key: str):
    with pytest.raises(NoteError):
        read_verifier(key)
