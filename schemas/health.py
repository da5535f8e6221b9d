"""Whether creditbank lives, and whether it is ready."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Reply


class HealthSchema(Reply):
    """The web process answers."""

    status = fields.String(metadata={"enum": ["ok"]})


class ReadinessSchema(Reply):
    """status "degraded": posting works, verdicts may follow late. Times in seconds."""

    status = fields.String(metadata={"enum": ["ready", "degraded"]})
    database = fields.Boolean(metadata={"description": "没有数据库时回答 503。 503 without it."})
    broker = fields.Boolean()
    relay_seconds = fields.Float(allow_none=True)
    oldest_mark_seconds = fields.Float()
    pending = fields.Integer()
    quarantined = fields.Integer()
