"""How the API describes itself: OpenAPI 3.1 out of the schemas, with every error it can give."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api
from marshmallow import Schema

from creditbank.api.problems import CONTENT_TYPE
from creditbank.domain.college_keys import SCHEME
from schemas.base import OneOf
from schemas.problems import ProblemSchema

OPENAPI_VERSION = "3.1.0"
TITLE = "学分银行 creditbank"
VERSION = "1"
INTRODUCTION = """学分银行接口 v1。

- 鉴权:`Authorization: Bearer cbk_<id>_<secret>`;高校的调用须签名(见 signature)。
- 每次写入须带 `Idempotency-Key`;同一个键、同一内容再次提交,得到第一次的答复。
- 学分是十进制文本(`"1.5"`),不接受 JSON 数字;多余的字段会被拒绝。
- 错误按 RFC 9457(`application/problem+json`),语言随 `Accept-Language`,默认中文。
- 读取带 `ETag`;列表用 `limit` 与 `cursor` 翻页。

The API of creditbank. Every write needs an Idempotency-Key; credits are decimal text; unknown
fields are refused; errors follow RFC 9457 in the language of Accept-Language; reads carry an ETag;
lists are paged by limit and cursor."""


SIGNATURE = f"""高校的调用须签名。 A college's calls are signed:

`Authorization: {SCHEME} Key=<key id>, Timestamp=<seconds since 1970>,
Nonce=<16-64 of A-Z a-z 0-9 _ ->, Signature=<64 hex digits>`

Signature = HMAC-SHA256, lower-case hexadecimal, under the secret's text, of these seven lines,
joined by one line feed (U+000A): `{SCHEME}`; the key id; the timestamp; the nonce; the method in
capitals; the path with its query string as sent, such as `/api/v1/college/agreements?limit=50`;
the SHA-256 of the body in lower-case hexadecimal (of no bytes where there is no body).

The timestamp may be 300 seconds from the server's clock. A nonce is taken once. Whatever is wrong,
the answer is 401 `urn:creditbank:problem:call_refused`. Keys have scopes: cohort:read (agreements,
cohorts), status:read (verified status), transcript:read, decisions:write, webhooks:manage."""


class _Converter(OpenAPIConverter):
    """Knows contracts that are one of several."""

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        if not isinstance(schema, OneOf):
            found: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
            return found
        variants = {
            kind: self.resolve_nested_schema(variant)  # type: ignore[no-untyped-call]
            for kind, variant in schema.variants.items()
        }
        return {
            "oneOf": list(variants.values()),
            "discriminator": {
                "propertyName": "kind",
                "mapping": {kind: variant["$ref"] for kind, variant in variants.items()},
            },
        }


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


class DescribedApi(Api):  # type: ignore[misc]
    """flask-smorest whose errors are problem documents, answered by creditbank.app."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None
    """Every status is named: an answer that is not in the description is a fault."""

    def _register_error_handlers(self) -> None:
        """Errors are answered in one place for pages and API together."""

    def _register_responses(self) -> None:
        content = {CONTENT_TYPE: {"schema": ProblemSchema}}
        for status in HTTPStatus:
            is_error = status >= HTTPStatus.BAD_REQUEST
            response = {"description": status.phrase} | ({"content": content} if is_error else {})
            self.spec.components.response(status.name, response, lazy=True)


def describe(app: Flask) -> DescribedApi:
    """The description, to which blueprints are added as they are registered."""
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION=VERSION,
        OPENAPI_VERSION=OPENAPI_VERSION,
        OPENAPI_URL_PREFIX=None,
    )
    api = DescribedApi(
        app,
        spec_kwargs={
            "marshmallow_plugin": _Plugin(),
            "info": {"description": INTRODUCTION},
            "servers": [{"url": "/"}],
            "security": [{"key": []}, {"signature": []}],
        },
    )
    api.spec.components.security_scheme(
        "key",
        {"type": "http", "scheme": "bearer", "description": "接口密钥 API key: cbk_<id>_<secret>"},
    )
    api.spec.components.security_scheme(
        "signature", {"type": "http", "scheme": SCHEME, "description": SIGNATURE}
    )
    return api
