"""Plan documents in the published form: credits as text under credits_*, defaults left out."""

from __future__ import annotations

import json
from typing import Any

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rewrite every document; what a plan says stays the same, so its frozen state is kept."""
    _rewrite(_published)


def downgrade() -> None:
    """Back to hundredths under units_*; refuses documents with rules that had no form then."""
    _rewrite(_earlier)


def _rewrite(change: Any) -> None:  # noqa: ANN401 (a function on documents)
    connection = op.get_bind()
    op.execute("ALTER TABLE program_plans DISABLE TRIGGER refuse_frozen_plan")
    for row in connection.execute(text("SELECT plan_id, document FROM program_plans")).all():
        connection.execute(
            text(
                "UPDATE program_plans SET document = cast(:document AS jsonb) WHERE plan_id = :id"
            ),
            {"id": row.plan_id, "document": json.dumps(change(row.document), ensure_ascii=False)},
        )
    op.execute("ALTER TABLE program_plans ENABLE ALWAYS TRIGGER refuse_frozen_plan")


def _published(document: dict[str, Any]) -> dict[str, Any]:
    blocks = [
        _but(block, "units_min", credits_min=_text(block["units_min"]))
        for block in document["blocks"]
    ]
    courses = [
        _but(course, "units", credits=_text(course["units"])) for course in document["courses"]
    ]
    return {**document, "blocks": blocks, "courses": courses}


def _earlier(document: dict[str, Any]) -> dict[str, Any]:
    rules = {"caps", "floors", "hours_floors", "double_counts", "divisible"} & document.keys()
    if rules:
        message = f"a plan has {', '.join(sorted(rules))}: the earlier form cannot hold them"
        raise RuntimeError(message)
    blocks = [
        {
            "substitution": "none",
            "is_major_core": False,
            **_but(block, "credits_min", units_min=_units(block["credits_min"])),
        }
        for block in document["blocks"]
    ]
    courses = [
        {
            "is_required": False,
            "also_counts_in": [],
            **_but(course, "credits", units=_units(course["credits"])),
        }
        for course in document["courses"]
    ]
    return {
        "conditions": [],
        "required_pass_exams": [],
        **document,
        "blocks": blocks,
        "courses": courses,
    }


def _but(item: dict[str, Any], name: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return {key: value for key, value in item.items() if key != name} | values


def _text(units: int) -> str:
    whole, fraction = divmod(units, 100)
    return f"{whole}.{fraction:02d}".rstrip("0").rstrip(".")


def _units(credits_text: str) -> int:
    whole, _, fraction = credits_text.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))
