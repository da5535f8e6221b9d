"""Errors as RFC 9457 has them, with one line for each fault in the input."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Reply


class FaultSchema(Reply):
    """One fault. row: from 1, in a batch; field: "" when no field is to blame.

    Of a document row is the line, and column the place in it; elsewhere column is null. reference:
    what a rule of the policy rests on, whose id is the code; "" elsewhere.
    """

    code = fields.String()
    field = fields.String()
    row = fields.Integer(allow_none=True)
    column = fields.Integer(allow_none=True)
    reference = fields.String()
    detail = fields.String()


class ProblemSchema(Reply):
    """type names the kind for programs, title and detail speak to people."""

    type = fields.String(metadata={"format": "uri"})
    title = fields.String()
    status = fields.Integer(metadata={"minimum": 400, "maximum": 599})
    code = fields.String()
    detail = fields.String()
    problems = fields.List(fields.Nested(FaultSchema()))
