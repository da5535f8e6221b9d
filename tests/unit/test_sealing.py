"""What is sealed opens for who has the key and names the purpose, and for nobody else."""

from __future__ import annotations

import pytest

from creditbank.sealing import SealBrokenError, seal, unseal


def test_what_was_sealed_opens_again():
    sealed = seal("k", b"secret", purpose="webhook/1")
    assert b"secret" not in sealed
    assert unseal("k", sealed, purpose="webhook/1") == b"secret"
    assert seal("k", b"secret", purpose="webhook/1") != sealed


@pytest.mark.parametrize(
    ("key", "purpose", "spoil"),
    [
        ("other", "webhook/1", lambda sealed: sealed),
        ("k", "webhook/2", lambda sealed: sealed),
        ("k", "webhook/1", lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("k", "webhook/1", lambda sealed: sealed[:9]),
    ],
)
def test_nothing_else_opens_it(key, purpose, spoil):
    sealed = seal("k", b"secret", purpose="webhook/1")
    with pytest.raises(SealBrokenError):
        unseal(key, spoil(sealed), purpose=purpose)
