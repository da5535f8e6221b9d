"""Reading requests: JSON strictly, query strings strictly; what is wrong is told by the schemas."""

from __future__ import annotations

from typing import Any

import marshmallow
import orjson
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


class StrictParser(FlaskParser):
    """Refuses other media types, NaN, deep nesting, doubled and unknown parameters."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 (as webargs declares it)
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:  # noqa: ANN401 (whatever the JSON holds)
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        try:
            return orjson.loads(req.get_data(cache=True))
        except orjson.JSONDecodeError as error:
            raise BadRequest from error

    def load_querystring(self, req: Request, schema: marshmallow.Schema) -> Any:  # noqa: ANN401
        """Parameters by name; one that comes twice has no meaning here."""
        if any(len(values) > 1 for _, values in req.args.lists()):
            raise BadRequest
        return super().load_querystring(req, schema)
