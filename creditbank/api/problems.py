"""Errors on the wire: RFC 9457 bodies, one table from code to status, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, json, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound

from creditbank.db import LOCK_NOT_AVAILABLE, is_away, sqlstate_of
from creditbank.domain.college_keys import SCHEME
from creditbank.domain.errors import CreditbankError, Message, Problem, TooManyCallsError
from schemas.fields import ID_MAX

CONTENT_TYPE = "application/problem+json"
PROBLEMS_MAX = 500
STATUS: Mapping[str, HTTPStatus] = {
    "invalid_input": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_found": HTTPStatus.NOT_FOUND,
    "forbidden": HTTPStatus.FORBIDDEN,
    "signed_out": HTTPStatus.UNAUTHORIZED,
    "call_refused": HTTPStatus.UNAUTHORIZED,
    "already_booked": HTTPStatus.CONFLICT,
    "already_registered": HTTPStatus.CONFLICT,
    "idempotency_key_missing": HTTPStatus.BAD_REQUEST,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "busy": HTTPStatus.CONFLICT,
    "evaluation_quarantined": HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_calls": HTTPStatus.TOO_MANY_REQUESTS,
}
"""Every code of domain.errors; a test holds them against each other."""
_TITLES: Mapping[int, Message] = {
    400: Message("请求有误", "Bad request"),
    401: Message("尚未登录", "Not signed in"),
    403: Message("无权操作", "Not allowed"),
    404: Message("没有找到", "Not found"),
    405: Message("不支持此方法", "Method not allowed"),
    409: Message("与现有记录冲突", "Conflict"),
    413: Message("内容过大", "Too large"),
    415: Message("内容类型不符", "Unsupported media type"),
    422: Message("内容有误", "Invalid content"),
    429: Message("请求过多", "Too many calls"),
    500: Message("系统故障", "Internal error"),
    503: Message("暂时无法回答", "Not available for now"),
}
_DETAILS: Mapping[int, Message] = {
    400: Message(
        "请求无法读取:请发送 UTF-8 编码的 JSON,每个参数只出现一次。",
        "The request cannot be read: send JSON in UTF-8, and each parameter once.",
    ),
    404: Message("没有这个地址。", "There is no such address."),
    405: Message("这个地址不支持此方法。", "This address does not take this method."),
    413: Message("内容超过上限,请分批提交。", "The content is too large: send it in parts."),
    415: Message("请以 application/json 发送。", "Send the content as application/json."),
    422: Message(
        "内容有误,没有执行;请按所列字段修改后重新提交。",
        "The content is wrong and nothing was done; mend the fields below and send it again.",
    ),
    500: Message(
        "系统出现故障,已记录;请稍后用同一个键重试。",
        "Something failed on our side and was noted; try again later with the same key.",
    ),
}
_AWAY = Message(
    "数据库暂时无法使用,没有执行;请稍后用同一个键重试。",
    "The database is away and nothing was done; try again later with the same key.",
)
_LOCKED = Message(
    "该学生的账目正被他人处理,没有执行;请稍后用同一个键重试。",
    "Somebody else is working on this learner; nothing was done; try again with the same key.",
)
_WRAPPERS = frozenset({"json", "query", "headers", "_schema"})

log = structlog.get_logger()


def in_language(message: Message) -> str:
    """The message as the reader's Accept-Language asks; Chinese unless English comes first."""
    wanted = [str(tag).lower()[:2] for tag in request.accept_languages.values()]
    known = [tag for tag in wanted if tag in {"zh", "en"}]
    return message.en if known[:1] == ["en"] else message.zh


def answer_on(blueprint: Blueprint) -> None:
    """Answer every error of a blueprint's views as a problem document."""
    blueprint.register_error_handler(HTTPException, http_problem)
    blueprint.register_error_handler(CreditbankError, creditbank_problem)
    blueprint.register_error_handler(SQLAlchemyError, database_problem)
    blueprint.register_error_handler(Exception, unexpected_problem)


def problem(
    status: int, code: str, detail: Message, faults: list[dict[str, Any]] | None = None
) -> Response:
    """A problem document."""
    body = {
        "type": f"urn:creditbank:problem:{code}",
        "title": in_language(_TITLES[status]),
        "status": int(status),
        "code": code,
        "detail": in_language(detail),
        "problems": (faults or [])[:PROBLEMS_MAX],
    }
    response = Response(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    response.cache_control.no_store = True
    response.vary.add("Accept-Language")
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = f'Bearer realm="creditbank", {SCHEME}'
    if status == HTTPStatus.SERVICE_UNAVAILABLE or code == "busy":
        response.headers["Retry-After"] = "1"
    return response


def creditbank_problem(error: CreditbankError) -> Response:
    """What the domain refuses."""
    response = problem(
        STATUS[error.code], error.code, error.message, list(map(fault_line, error.problems))
    )
    if isinstance(error, TooManyCallsError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def http_problem(error: HTTPException) -> Response:
    """What HTTP or a schema refuses."""
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED and _is_beyond_all(request.path):
        error = NotFound()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    status = status if status in _TITLES else HTTPStatus.BAD_REQUEST
    messages = (getattr(error, "data", None) or {}).get("messages", {})
    code = "invalid_input" if messages else status.name.lower()
    response = problem(status, code, _DETAILS.get(status, _DETAILS[400]), list(_faults(messages)))
    if "Allow" in (headers := dict(error.get_headers())):
        response.headers["Allow"] = headers["Allow"]
    return response


def _is_beyond_all(path: str) -> bool:
    """Whether a number in an address can be nobody's.

    Routing says of it that the other method is allowed where an address takes two.
    """
    numbers = [part for part in path.split("/") if part.isascii() and part.isdigit()]
    return any(not 0 < int(number) <= ID_MAX for number in numbers)


def database_problem(error: SQLAlchemyError) -> Response:
    """A lock that could not be had, a database that is away, or a fault of ours."""
    state = sqlstate_of(error)
    if state == LOCK_NOT_AVAILABLE:
        return problem(HTTPStatus.CONFLICT, "busy", _LOCKED)
    log.error("database_failed", error=type(error).__name__, sqlstate=state)
    if is_away(error):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_away", _AWAY)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", _DETAILS[500])


def unexpected_problem(error: Exception) -> Response:
    """A fault of ours; what happened is in the log, without the record that it happened to."""
    log.error("unexpected", error=type(error).__name__, endpoint=request.endpoint, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", _DETAILS[500])


def fault_line(item: Problem) -> dict[str, Any]:
    """A problem as schemas.problems.FaultSchema has it, in the reader's language."""
    return {
        "code": item.code,
        "field": item.field,
        "row": item.row,
        "column": item.column,
        "reference": item.reference,
        "detail": in_language(item.message),
    }


def _faults(messages: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """The tree of a schema's messages as a list; the first number on the way is the row."""
    if isinstance(messages, Mapping):
        for name, found in messages.items():
            yield from _faults(found, (*path, str(name)))
    elif isinstance(messages, list):
        for found in messages:
            yield from _faults(found, path)
    else:
        names = [name for name in path if name not in _WRAPPERS]
        rows = [int(name) + 1 for name in names if name.isdigit()]
        said = messages if isinstance(messages, Message) else Message(str(messages), str(messages))
        yield {
            "code": "invalid_field",
            "field": names[-1] if names and not names[-1].isdigit() else "",
            "row": rows[0] if rows else None,
            "column": None,
            "reference": "",
            "detail": in_language(said),
        }
