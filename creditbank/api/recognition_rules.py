"""课程互认与学分换算对照表: the table of a day, a line's versions, and putting lines in force."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import CODE_MAX, RecognitionRule
from creditbank.queries.recognition_rules import recognition_table, recognition_versions
from creditbank.services.recognition_rules import (
    ChangeRecognitionRules,
    change_recognition_rules,
)
from schemas.recognition_rules import (
    RecognitionChangedSchema,
    RecognitionChangeSchema,
    RecognitionQuerySchema,
    RecognitionTableSchema,
    RecognitionVersionsSchema,
)

blueprint = Blueprint("recognition_rules", "学分互认 Mutual recognition")


@blueprint.reads(
    "/recognition-rules",
    Action.SEE_RECOGNITION_RULES,
    RecognitionTableSchema(),
    query=RecognitionQuerySchema(),
)
def get_recognition_rules(query: dict[str, Any]) -> object:
    """某一天的学分互认对照表 The recognition table of a day."""
    with unit_of_work() as uow:
        return recognition_table(uow, actor(), now=now(), as_of=query["as_of"])


@blueprint.reads(
    f"/recognition-rules/<string(maxlength={CODE_MAX}):code>",
    Action.SEE_RECOGNITION_RULES,
    RecognitionVersionsSchema(),
)
def get_recognition_rule(code: str) -> dict[str, Any]:
    """一条对照关系的全部版本 All versions of one line, the latest day first."""
    with unit_of_work() as uow:
        versions = recognition_versions(uow, actor(), code, now=now())
    more = ("reason", "decided_at", "is_in_force")
    return {
        "code": code,
        "versions": [
            {**asdict(item.rule), **{name: getattr(item, name) for name in more}}
            for item in versions
        ],
    }


@blueprint.writes(
    "/recognition-rules",
    Action.CHANGE_RECOGNITION_RULES,
    RecognitionChangeSchema(),
    RecognitionChangedSchema(),
)
def post_recognition_rules(loaded: dict[str, Any]) -> object:
    """按日期施行若干条对照关系 Put lines in force from a day on, all or none."""
    lines = tuple(
        RecognitionRule(
            **{**line, "sources": tuple(line["sources"]), "targets": tuple(line["targets"])}
        )
        for line in loaded["lines"]
    )
    command = ChangeRecognitionRules(lines=lines, reason=loaded["reason"])
    with unit_of_work() as uow:
        return change_recognition_rules(
            uow, actor(), command, idempotency_key=idempotency_key(), now=now()
        )
