"""Acceptance case 17 from the YAML file beside it: who is judged by which version of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from creditbank.domain.errors import InvalidInputError
from tests.databases import Database
from tests.factories.plan_desk import (
    assign,
    drained,
    make_plan_school,
    migrate,
    rows,
    second_version,
)

SITUATIONS = yaml.safe_load(
    (Path(__file__).parent / "plan_versions.yaml").read_text(encoding="utf-8")
)
_JUDGED = """
SELECT DISTINCT p.version FROM verdict_heads h JOIN program_plans p ON p.plan_id = h.subject_id
  JOIN enrolments e USING (enrolment_id)
WHERE h.subject_kind = 'graduation' AND e.institution_id = :school AND e.entry_year = 2025
"""
_FOLLOWED = """
SELECT p.version FROM cohort_plans c JOIN program_plans p USING (plan_id)
WHERE c.institution_id = :school AND c.entry_year = 2026
"""


@pytest.mark.parametrize("situation", SITUATIONS, ids=[item["标题"] for item in SITUATIONS])
def test_a_cohort_stays_on_its_version_until_it_is_moved(
    clean_database: Database, owner_engine: Engine, engine: Engine, situation: dict[str, Any]
) -> None:
    school = make_plan_school(owner_engine, engine)
    plans = {1: school.plan_id, 2: second_version(engine, school).plan_id}
    for step in situation["步骤"]:
        if "新版本" in step:
            assign(engine, school, plans[2], step["新版本"])
        elif "提示" in step:
            with pytest.raises(InvalidInputError) as refused:
                move(engine, school, plans, step)
            assert refused.value.problems[0].message.zh == step["提示"]
        else:
            move(engine, school, plans, step)
        drained(engine)
        asked = {"school": school.institution_id}
        assert [row.version for row in rows(engine, _JUDGED, **asked)] == [step["2025级"]]
        assert [row.version for row in rows(engine, _FOLLOWED, **asked)] == [step["2026级"]]


def move(engine: Engine, school: Any, plans: dict[int, int], step: dict[str, Any]) -> None:
    how = {"reason": step["理由"], "document_no": step["文号"]}
    migrate(engine, school, plans[step["迁移"]], **how)
