"""The application as tests make it, many times in one process."""

from __future__ import annotations

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from creditbank.app import create_app
from creditbank.settings import Settings


class _Compiled(BytecodeCache):
    """Templates that an application before has compiled, by their name and content."""

    _kept: dict[str, bytes]

    def __init__(self) -> None:
        self._kept = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def make_app(settings: Settings) -> Flask:
    """The application of these settings; what templates compile to is shared by all of them."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = _COMPILED
    return app
