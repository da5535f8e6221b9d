"""orjson as Flask's JSON provider: quick, and refuses NaN."""

from __future__ import annotations

from typing import Any

import orjson
from flask.json.provider import JSONProvider


class OrjsonProvider(JSONProvider):
    """Dumps with orjson; loads refuse what JSON has not (NaN, Infinity)."""

    def dumps(self, obj: Any, **_: Any) -> str:  # noqa: ANN401 (Flask's own signature)
        """Text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:  # noqa: ANN401
        """Value."""
        return orjson.loads(s)
