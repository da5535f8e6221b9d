"""Errors as pages, in both languages: what happened, and what to do next.

The application asks here for everything outside the API. The page needs neither session nor
database: both may be what is broken.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.errors import CreditbankError, Message, SignedOutError
from creditbank.web.languages import language, typeset
from creditbank.web.pages import is_fragment, pages

STATUS = {
    "invalid_input": 422,
    "not_found": 404,
    "forbidden": 403,
    "signed_out": 401,
    "already_booked": 409,
    "idempotency_key_missing": 400,
    "idempotency_key_reused": 422,
    "busy": 409,
    "evaluation_quarantined": 503,
}
_TITLES = {
    400: Message("页面已过期", "This page is out of date"),
    401: Message("请先登录", "Please sign in"),
    403: Message("您的角色不能进行此操作", "Your role may not do this"),
    404: Message("没有找到", "Not found"),
    405: Message("没有找到", "Not found"),
    409: Message("请稍后再试", "Try again shortly"),
    413: Message("文件过大", "The file is too large"),
    422: Message("内容有误", "Something in it is wrong"),
    500: Message("系统出了故障", "Something went wrong"),
    503: Message("暂时无法回答", "No answer for now"),
}
_TEXTS = {
    400: Message(
        "为了安全，页面打开太久后不能再提交。请刷新页面后重试，本次没有做任何改动。",
        "For safety a page that was open for long can't be sent. Reload it; nothing was changed.",
    ),
    403: Message(
        "这一页属于其他岗位的工作。请回到首页，或换用有权限的账号登录。",
        "This belongs to another role's work. Go back to the start page, or sign in otherwise.",
    ),
    404: Message(
        "地址可能有误，内容可能已经移走，也可能您无权查看。",
        "The address may be wrong, the content gone, or not yours to see.",
    ),
    413: Message("文件不能超过 10 MB,请分成几个文件。", "At most 10 MB; divide it into parts."),
    500: Message(
        "已经记录，数据没有损坏。请稍后重试。", "It was noted, no data was harmed. Try again later."
    ),
}
_API = "/api/"
log = structlog.get_logger()


def init_errors(app: Flask) -> None:
    """Answer for the pages, and for addresses that belong neither to them nor to the API."""
    others = app.error_handler_spec[None][None].get(HTTPException)

    def anywhere(error: HTTPException) -> Any:  # noqa: ANN401 (whatever the API answers)
        if others is not None and request.path.startswith(_API):
            return others(error)
        return answer_error(error)

    app.register_error_handler(HTTPException, anywhere)


@pages.errorhandler(Exception)
def answer_error(error: Exception) -> BaseResponse | tuple[str, int]:
    """The page for whatever went wrong outside the API."""
    if isinstance(error, SignedOutError):
        return _to_sign_in()
    if isinstance(error, CreditbankError):
        return _page(STATUS.get(error.code, 400), error.message)
    if isinstance(error, CSRFError):
        return _page(400, _TEXTS[400])
    if isinstance(error, HTTPException):
        return _http(error)
    log.error("page_failed", error=type(error).__name__, endpoint=request.endpoint)
    return _page(500, _TEXTS[500])


def _to_sign_in() -> BaseResponse:
    """Off to the form; back to where one was, if that can be asked for again."""
    asked = request.full_path.rstrip("?") if request.method == "GET" and not is_fragment() else ""
    address = url_for("web.sign_in_page", next=asked if asked not in {"", "/"} else None)
    if is_fragment():
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def _http(error: HTTPException) -> tuple[str, int] | BaseResponse:
    status = error.code or 500
    if status < 400 or error.response is not None:  # noqa: PLR2004 (a redirect is no error)
        return error.get_response()
    return _page(status, _TEXTS.get(status, _TEXTS[404] if status < 500 else _TEXTS[500]))  # noqa: PLR2004


def _page(status: int, text: Message) -> tuple[str, int]:
    title = _TITLES.get(status, _TITLES[400 if status < 500 else 500])  # noqa: PLR2004
    if text.zh.rstrip("。") == title.zh:
        text = _TEXTS.get(status, text)  # a refusal without a reason of its own: what to do then
    first, second = ("zh", "en") if language() == "zh" else ("en", "zh")
    return render_template(
        "message.html",
        title=getattr(title, first),
        text=typeset(getattr(text, first)),
        title_other=getattr(title, second),
        text_other=getattr(text, second),
    ), status
