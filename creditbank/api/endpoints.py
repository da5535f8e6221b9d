"""One endpoint, declared in one place: method, address, action, contracts; the rest follows.

What follows: the caller is known and allowed before anything is parsed, the body or query is
loaded by its schema, the answer is dumped by its own, and the description names every status.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from flask import Response, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema

from creditbank.api import calls
from creditbank.api.parsing import StrictParser
from creditbank.api.problems import answer_on
from creditbank.domain.access import ANONYMOUS, declares
from creditbank.domain.permissions import PERMISSIONS, Action

View = TypeVar("View", bound=Callable[..., Any])

ID = "int(min=1, max=2147483647)"
"""The converter of identifiers in addresses: what is beyond it is not found."""

_IDEMPOTENCY = {
    "in": "header",
    "name": calls.IDEMPOTENCY_HEADER,
    "required": True,
    "description": "每次提交用新的键,重试用同一个键。 A new key for each post; the same to retry.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "已有内容的 ETag。 The ETag of what the caller has.",
    "schema": {"type": "string"},
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Version of the content."}}


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """The endpoints of one noun. is_signed: a college's alone, whose calls are signed."""

    ARGUMENTS_PARSER: ClassVar[StrictParser] = StrictParser()

    def __init__(self, noun: str, description: str, *, is_signed: bool = False) -> None:
        super().__init__(f"api_{noun}", __name__, url_prefix="/api/v1", description=description)
        self.noun, self._is_signed = noun, is_signed
        self.before_request(calls.begin)
        self.after_request(_conditional)
        answer_on(self)

    def reads(
        self,
        rule: str,
        action: Action,
        answer: Schema,
        *,
        query: Schema | None = None,
        may_miss: bool = False,
        is_counted: bool = False,
    ) -> Callable[[View], View]:
        """Declare a GET. answer: what is dumped; query: what its parameters are loaded by.

        may_miss: what the query names may not be there. is_counted: who calls too often is refused.
        """

        def declare(view: View) -> View:
            made: Any = view
            if query is not None:
                made = self.arguments(query, location="query")(made)
            made = self.response(HTTPStatus.OK, answer, headers=_ETAG)(made)
            made = self.alt_response(HTTPStatus.NOT_MODIFIED, response="NOT_MODIFIED")(made)
            errors = ["SERVICE_UNAVAILABLE"]
            errors += ["BAD_REQUEST", "UNPROCESSABLE_ENTITY"] if query is not None else []
            errors += ["NOT_FOUND"] if may_miss else []
            errors += ["TOO_MANY_REQUESTS"] if is_counted else []
            made = self._refuses(made, action, rule, errors)
            made = self.doc(parameters=[_IF_NONE_MATCH])(made) if query is None else made
            self.route(rule, methods=["GET"], tags=[self.noun])(declares(action)(made))
            return view

        return declare

    def writes(
        self,
        rule: str,
        action: Action,
        body: Schema,
        answer: Schema,
        *,
        is_search: bool = False,
    ) -> Callable[[View], View]:
        """Declare a POST that answers 201 under its Idempotency-Key, or 200 where it only asks."""

        def declare(view: View) -> View:
            made: Any = self.arguments(body)(view)
            status = HTTPStatus.OK if is_search else HTTPStatus.CREATED
            made = self.response(status, answer)(made)
            errors = ["BAD_REQUEST", "REQUEST_ENTITY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE",
                      "UNPROCESSABLE_ENTITY", "SERVICE_UNAVAILABLE"]  # fmt: skip
            errors += [] if is_search else ["NOT_FOUND", "CONFLICT"]
            made = self._refuses(made, action, rule, errors)
            made = made if is_search else self.doc(parameters=[_IDEMPOTENCY])(made)
            self.route(rule, methods=["POST"], tags=[self.noun])(declares(action)(made))
            return view

        return declare

    def files(
        self,
        rule: str,
        action: Action,
        media_type: str,
        *,
        body: Schema | None = None,
        may_miss: bool = False,
        is_counted: bool = False,
    ) -> Callable[[View], View]:
        """Declare a GET that answers with a file, or a POST that only asks by its body."""

        def declare(view: View) -> View:
            made: Any = view
            errors = ["SERVICE_UNAVAILABLE", *(["NOT_FOUND"] if may_miss else [])]
            errors += ["TOO_MANY_REQUESTS"] if is_counted else []
            if body is not None:
                made = self.arguments(body)(made)
                errors += ["BAD_REQUEST", "NOT_FOUND", "REQUEST_ENTITY_TOO_LARGE",
                           "UNSUPPORTED_MEDIA_TYPE", "UNPROCESSABLE_ENTITY"]  # fmt: skip
            made = self.response(
                HTTPStatus.OK,
                {"type": "string", "format": "binary"},
                content_type=media_type,
                headers=_ETAG if body is None else None,
            )(made)
            if body is None:
                made = self.alt_response(HTTPStatus.NOT_MODIFIED, response="NOT_MODIFIED")(made)
                made = self.doc(parameters=[_IF_NONE_MATCH])(made)
            made = self._refuses(made, action, rule, errors)
            methods = ["GET"] if body is None else ["POST"]
            self.route(rule, methods=methods, tags=[self.noun])(declares(action)(made))
            return view

        return declare

    def _refuses(self, view: Any, action: Action, rule: str, errors: list[str]) -> Any:  # noqa: ANN401
        """Name the refusals in the description."""
        if (action, ANONYMOUS.role) in PERMISSIONS:
            view = self.doc(security=[])(view)
        else:
            view = self.doc(security=[{"signature": []}])(view) if self._is_signed else view
            errors = ["UNAUTHORIZED", "FORBIDDEN", *errors]
        if "<" in rule:
            errors = ["NOT_FOUND", *errors]
        for name in sorted(set(errors)):
            view = self.alt_response(HTTPStatus[name], response=name)(view)
        return view


def _conditional(response: Response) -> Response:
    """An answer to a GET carries the hash of its content, and is not sent to who has it."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.vary.add("Authorization")
    if request.method in {"GET", "HEAD"} and response.status_code == HTTPStatus.OK:
        response.add_etag()
        response.make_conditional(request)
    return response
