"""The tree over the ledger: checkpoints, keys, proofs. Hashes are lower-case hexadecimal."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validates_schema

from creditbank.domain.errors import Message
from schemas.base import Contract, Reply, fault
from schemas.fields import Moment, Text, WholeInQuery
from schemas.pages import LIMIT_MAX, LIMIT_USUAL

HASH = "^[0-9a-f]{64}$"
_ONE_OF_BOTH = Message(
    "请给出 leaf_hash 或 leaf_index 之一。", "Give either leaf_hash or leaf_index."
)
_NO_HASH = Message("应为64位小写十六进制数。", "This must be 64 lower-case hexadecimal digits.")


class HashInQuery(Text):
    """32 bytes."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        metadata = {"pattern": HASH}
        super().__init__(min_length=64, max_length=64, metadata=metadata, **options)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        text = super()._deserialize(value, *rest, **more)
        if text != value or not set(text) <= set("0123456789abcdef"):
            raise fault(_NO_HASH)
        return bytes.fromhex(text)


class Hash(fields.Field[bytes]):
    """32 bytes; only ever sent."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": "string", "pattern": HASH})

    def _serialize(self, value: bytes | None, *_: Any, **__: Any) -> str | None:  # noqa: ANN401
        return None if value is None else value.hex()


class CheckpointsQuerySchema(Contract):
    """The newest first. before: only trees smaller than this."""

    limit = WholeInQuery(low=1, high=LIMIT_MAX, load_default=LIMIT_USUAL)
    before = WholeInQuery(load_default=None)


class InclusionQuerySchema(Contract):
    """A leaf by its hash or its place. tree_size: that of the latest checkpoint unless given."""

    leaf_hash = HashInQuery(load_default=None)
    leaf_index = WholeInQuery(load_default=None)
    tree_size = WholeInQuery(low=1, load_default=None)

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
        if (data["leaf_hash"] is None) == (data["leaf_index"] is None):
            raise fault(_ONE_OF_BOTH)


class ConsistencyQuerySchema(Contract):
    """Two sizes. second: that of the latest checkpoint unless given."""

    first = WholeInQuery(required=True)
    second = WholeInQuery(load_default=None)


class CheckpointSchema(Reply):
    """One signed head. note: the whole signed note (C2SP tlog-checkpoint)."""

    tree_size = fields.Integer()
    root_hash = Hash()
    key_id = fields.String()
    issued_at = Moment()
    note = fields.String()


class CheckpointsSchema(Reply):
    """Some checkpoints."""

    checkpoints = fields.List(fields.Nested(CheckpointSchema()))


class LogKeySchema(Reply):
    """A key for checkpoints. verifier: name+hash+key, as tools for signed notes take it."""

    key_id = fields.String(attribute="key.key_id")
    verifier = fields.String()
    created_at = Moment(attribute="key.created_at")
    retired_at = Moment(attribute="key.retired_at", allow_none=True)
    revoked_at = Moment(attribute="key.revoked_at", allow_none=True)


class LogKeysSchema(Reply):
    """All keys, the oldest first."""

    keys = fields.List(fields.Nested(LogKeySchema()))


class InclusionSchema(Reply):
    """That a leaf stands in the tree of a size: RFC 6962 §2.1.1. path: from the leaf upwards."""

    leaf_hash = Hash()
    leaf_index = fields.Integer()
    tree_size = fields.Integer()
    path = fields.List(Hash())
    checkpoint = fields.String(allow_none=True)


class ConsistencySchema(Reply):
    """That the tree of one size continues that of another: RFC 6962 §2.1.2."""

    first = fields.Integer()
    second = fields.Integer()
    path = fields.List(Hash())
    first_checkpoint = fields.String(allow_none=True)
    second_checkpoint = fields.String(allow_none=True)


class EntryBundleSchema(Reply):
    """An entry and all that proves it; `creditbank verify` takes it as a file."""

    format = fields.String()
    entry = fields.Dict(keys=fields.String())
    prev_hash = fields.String()
    entry_hash = fields.String()
    salt = fields.String()
    leaf_index = fields.Integer()
    tree_size = fields.Integer()
    path = fields.List(fields.String())
    checkpoint = fields.String()
