"""Errors as pages, in both languages: what happened, and what to do next.

The application asks here for everything outside the API. The page needs neither session nor
database: both may be what is broken.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from creditbank.db import LOCK_NOT_AVAILABLE, is_away, sqlstate_of
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
    409: Message("没有办理", "Nothing was done"),
    413: Message("文件过大", "The file is too large"),
    422: Message("内容有误", "Something you sent is wrong"),
    500: Message("系统出了故障", "Something went wrong"),
    503: Message("暂时无法使用", "Not available right now"),
}
_TEXTS = {
    400: Message(
        "为了安全，页面打开太久后不能再提交。请刷新页面后重试，本次没有做任何改动。",
        "For safety, a page that has been open for long cannot be sent. Reload it and try again;"
        " nothing was changed.",
    ),
    403: Message(
        "这一页属于其他岗位的工作。请回到首页，或换用有权限的账号登录。",
        "This page belongs to another role. Go back to the home page, or sign in with an account"
        " that may see it.",
    ),
    404: Message(
        "地址可能有误，内容可能已经移走，也可能您无权查看。",
        "The address may be wrong, the page may have moved, or you may not be allowed to see it.",
    ),
    409: Message(
        "该学生的账目正被他人处理，本次没有办理。请稍后重试。",
        "Somebody else is working on this learner; nothing was done. Try again shortly.",
    ),
    413: Message(
        "一次上传的文件合计过大，没有保存任何内容。请压缩照片，或分成几次上传。",
        "What you sent at once is too large, and nothing was saved. Make photos smaller, or send"
        " the files one by one.",
    ),
    500: Message(
        "已经记录，数据没有损坏。请稍后重试；若仍不行，请联系管理员。",
        "It has been logged and no data was harmed. Try again later; if it happens again, ask your"
        " administrator.",
    ),
    503: Message(
        "数据库暂时没有应答，刚才的操作可能没有完成；已有的数据没有损坏。请过几分钟再试。",
        "The database did not answer, so what you just did may not be saved; no data was harmed."
        " Try again in a few minutes.",
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
    if isinstance(error, SQLAlchemyError):
        return _database(error)
    return _failed(error, 500)


def _database(error: SQLAlchemyError) -> tuple[str, int]:
    """A lock that could not be had, a database that is away, or a fault of ours."""
    if sqlstate_of(error) == LOCK_NOT_AVAILABLE:
        return _page(409, _TEXTS[409])
    return _failed(error, 503 if is_away(error) else 500)


def _failed(error: Exception, status: int) -> tuple[str, int]:
    log.error("page_failed", error=type(error).__name__, endpoint=request.endpoint)
    return _page(status, _TEXTS[status])


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
