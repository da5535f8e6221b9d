"""Hard conditions line by line, with the records that each rests on."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Reply
from schemas.fields import Day

_KINDS = [
    "membership", "enrolment", "conduct", "sanction", "internship", "certificate",
    "exam_registration", "medical_check",
]  # fmt: skip
_ASIDE = ["revoked", "disputed", "expired", "level_too_low", "lifted", "milder"]


class EvidenceSchema(Reply):
    """One record. name: of a certificate, organisation of a placement, term of an evaluation.

    level: of a certificate or sanction; number: of the certificate or document; dated: issued,
    attested, decided or begun; until: valid until, lifted, ended or left. ledger_seq: of its entry,
    null for a fact. aside: why it does not count, null where it does.
    """

    kind = fields.String(metadata={"enum": _KINDS})
    name = fields.String()
    level = fields.String()
    number = fields.String()
    issuer = fields.String()
    dated = Day(allow_none=True)
    until = Day(allow_none=True)
    result = fields.String()
    ledger_seq = fields.Integer(allow_none=True)
    aside = fields.String(allow_none=True, metadata={"enum": [*_ASIDE, None]})


class ConditionLineSchema(Reply):
    """One hard condition; missing_codes name what is lacking.

    evidence: ledger_seq of the entries in the transcript it rests on. records: what it looked at.
    """

    code = fields.String(attribute="result.code")
    name = fields.String(attribute="result.name")
    name_en = fields.String(attribute="result.name_en")
    met = fields.Boolean(attribute="result.met")
    required = fields.String(attribute="result.required")
    actual = fields.String(attribute="result.actual")
    missing_codes = fields.List(fields.String(), attribute="result.missing_codes")
    evidence = fields.List(fields.Integer(), attribute="entries")
    records = fields.List(fields.Nested(EvidenceSchema()), attribute="items")
