"""What stands in a leaf: an entry of the ledger, said to nobody who does not hold the entry.

entry_hash binds everything in the entry (school, learner, number, content, the entry before it). It
might be guessed by trying out contents, so the leaf is made of it and 16 random bytes; whoever is
shown a proof for an entry of their own is shown these.
"""

from __future__ import annotations

from creditbank.transparency.tree import HASH_BYTES, leaf_hash

SALT_BYTES = 16
_KIND = b"creditbank/entry/1\n"


def entry_leaf(salt: bytes, entry_hash: bytes) -> bytes:
    """The leaf's hash. Raises ValueError unless salt has 16 and entry_hash 32 bytes."""
    if len(salt) != SALT_BYTES or len(entry_hash) != HASH_BYTES:
        message = "a leaf is made of 16 and 32 bytes"
        raise ValueError(message)
    return leaf_hash(_KIND + salt + entry_hash)
