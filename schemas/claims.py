"""Claims of credits: what is stated, the evidence, the family's moves, and what is answered."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from marshmallow import fields

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.claim_files import FILE_BYTES_MAX, MediaType
from creditbank.domain.claims import NOTE_MAX, ClaimKind, ClaimMoveKind, ClaimStage
from creditbank.domain.errors import Message
from creditbank.domain.ledger import NUMBER_MAX, QUANTITY_MAX, TITLE_MAX
from schemas.base import NULL, REQUIRED, Contract, Reply, fault
from schemas.fields import Code, Credits, Day, Moment, Text, Whole

_REASON_MAX = 200
_BASE64_MAX = (FILE_BYTES_MAX + 2) // 3 * 4
_SAID: Any = {"required": [REQUIRED], "null": [NULL]}


class FileContent(fields.String):
    """The bytes of a file in base64."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        metadata = {"format": "byte", "minLength": 4, "maxLength": _BASE64_MAX}
        super().__init__(error_messages=_SAID, metadata=metadata, **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bytes:  # type: ignore[override]  # noqa: ANN401
        try:
            content = base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error):
            content = b""
        if not content:
            raise fault(Message("应为 base64 编码的文件。", "This must be a file in base64."))
        return content


class ClaimContentSchema(Contract):
    """What is claimed; a draft may leave things out. category: of all kinds but award.

    level, rank, team_role: of an award. quantity: days of practice, hours of volunteering.
    """

    kind = Code(ClaimKind, required=True)
    title = Text(min_length=0, max_length=TITLE_MAX, load_default="")
    category = Code(InnovationCategory, allow_none=True, load_default=None)
    level = Code(AwardLevel, allow_none=True, load_default=None)
    rank = Code(AwardRank, allow_none=True, load_default=None)
    team_role = Code(TeamRole, load_default=TeamRole.INDIVIDUAL)
    certificate_level = Code(CertificateLevel, load_default=CertificateLevel.NONE)
    certificate_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    document_no = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    issuer = Text(min_length=0, max_length=NUMBER_MAX, load_default="")
    quantity = Whole(low=1, high=QUANTITY_MAX, load_default=1)
    earned_on = Day(allow_none=True, load_default=None)
    valid_until = Day(allow_none=True, load_default=None)
    note = Text(min_length=0, max_length=NOTE_MAX, load_default="")


class OpenClaimSchema(ClaimContentSchema):
    """A new claim of a learner, as a draft."""

    learner_id = Whole(low=1, required=True)


class ClaimFileSchema(Contract):
    """One piece of evidence: JPEG, PNG, WebP or PDF, known by its content."""

    content = FileContent(required=True)


class ClaimMoveSchema(Contract):
    """submit hands it in, withdraw takes it back."""

    kind = Code((ClaimMoveKind.SUBMIT, ClaimMoveKind.WITHDRAW), required=True)
    reason = Text(min_length=0, max_length=_REASON_MAX, load_default="")


class ClaimReceiptSchema(Reply):
    """Where the claim stands. ends_on: last day of the notice, or "". claim_file_id: if added."""

    claim_id = fields.Integer()
    learner_id = fields.Integer()
    stage = Code(ClaimStage)
    revision = fields.Integer()
    ends_on = fields.String()
    claim_file_id = fields.Integer(allow_none=True)


class StatedClaimSchema(Reply):
    """What is claimed, as it was stated last."""

    kind = Code(ClaimKind)
    title = fields.String()
    category = Code(InnovationCategory, allow_none=True)
    level = Code(AwardLevel, allow_none=True)
    rank = Code(AwardRank, allow_none=True)
    team_role = Code(TeamRole)
    certificate_level = Code(CertificateLevel)
    certificate_no = fields.String()
    document_no = fields.String()
    issuer = fields.String()
    quantity = fields.Integer()
    earned_on = fields.Date(allow_none=True)
    valid_until = fields.Date(allow_none=True)
    note = fields.String()


class ClaimLineSchema(Reply):
    """One claim. credits: granted, or by the table while nothing is; null where too little is said.

    ends_on: last day of the notice. ledger_seq: of the entry once it is booked.
    """

    claim_id = fields.Integer(attribute="claim.claim_id")
    learner_id = fields.Integer(attribute="claim.learner_id")
    revision = fields.Integer(attribute="claim.revision")
    stage = Code(ClaimStage, attribute="standing.stage")
    content = fields.Nested(StatedClaimSchema(), attribute="claim.content")
    credits = Credits(attribute="units", is_sent=True, allow_none=True)
    ends_on = fields.Date(attribute="standing.ends_on", allow_none=True)
    ledger_seq = fields.Integer(attribute="standing.ledger_seq", allow_none=True)
    reason = fields.String(attribute="standing.reason")
    claim_file_ids = fields.List(fields.Integer(), attribute="claim.file_ids")
    stated_at = Moment(attribute="claim.stated_at")


class ClaimsSchema(Reply):
    """One page, the latest first; next_cursor is "" on the last one."""

    items = fields.List(fields.Nested(ClaimLineSchema()))
    next_cursor = fields.String()


class ClaimFileLineSchema(Reply):
    """One piece of evidence. file_hash: SHA-256 of what was sent."""

    claim_file_id = fields.Integer()
    media_type = Code(MediaType)
    byte_count = fields.Integer()
    page_count = fields.Integer()
    file_hash = fields.String(metadata={"pattern": "^[0-9a-f]{64}$"})


class OneMoveSchema(Reply):
    """One move: what, when, and why. credits: of an acceptance."""

    kind = Code(ClaimMoveKind, attribute="move.kind")
    made_on = fields.Date(attribute="move.made_on")
    reason = fields.String(attribute="move.reason")
    credits = Credits(attribute="move.units", is_sent=True, allow_none=True)


class ClaimSchema(ClaimLineSchema):
    """One claim with its evidence and its moves, in their order."""

    files = fields.List(fields.Nested(ClaimFileLineSchema()))
    moves = fields.List(fields.Nested(OneMoveSchema()), attribute="claim.moves")
