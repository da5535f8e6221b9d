"""The road from qualification to admission, for one learner and for a class."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from tests.databases import Database
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    JULY,
    MARCH,
    NEXT_YEAR,
    AdvanceDesk,
    make_advance_desk,
)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    return make_advance_desk(owner_engine, engine)


def codes(error: pytest.ExceptionInfo[InvalidInputError]) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.row) for problem in error.value.problems]


def test_a_class_goes_from_qualification_to_admission(desk: AdvanceDesk) -> None:
    assert desk.stages() == ["qualification"] * 5
    assert [step.stage for step in desk.many(MoveKind.QUALIFY).steps] == [Stage.QUALIFIED] * 5
    desk.assess(failed=[desk.ids[4]])
    desk.many(MoveKind.ANNOUNCE)
    assert desk.stages() == ["notice"] * 4 + ["assessment_failed"]
    notice = desk.standing()
    dates = (notice.notice_starts_on, notice.notice_ends_on, notice.appeal_until)
    assert [str(day) for day in dates] == ["2028-03-07", "2028-03-13", "2028-03-16"]
    desk.many(MoveKind.FILE, *desk.ids[:4], now=AFTER_NOTICE)
    desk.score({number: (90 - at, 85, 90) for at, number in enumerate(desk.ids[:4])})
    made = desk.propose()
    assert [step.kind for step in made.steps] == [MoveKind.PROPOSE] * 3 + [MoveKind.PASS_OVER]
    desk.admit(*desk.ids[:2], refused=[desk.ids[2]])
    desk.hand_back(*desk.ids[:2])
    assert desk.stages(JULY) == [
        "advanced", "advanced", "not_passed", "not_passed", "assessment_failed",
    ]  # fmt: skip
    assert desk.standing(0, JULY).has_admission_numbers
