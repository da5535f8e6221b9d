"""转段年历: announced by the bureau's vocational section; a step that is over stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import ForbiddenError, InvalidInputError
from creditbank.domain.permissions import Section
from creditbank.services.advance_calendar import (
    AnnounceDays,
    DaysAnnounced,
    StepDays,
    announce_days,
)
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.agreement_desk import AgreementDesk, make_agreement_desk

TESTS = StepDays(AdvanceStep.TESTS, date(2028, 3, 4), date(2028, 3, 5))


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AgreementDesk:
    return make_agreement_desk(owner_engine, engine)


def announced(**fields) -> AnnounceDays:
    given: dict[str, Any] = {
        "finishing_year": 2028, "post_level": EducationLevel.HIGHER_VOCATIONAL, "days": (TESTS,),
        "document_no": "平教体字〔2027〕8号",
    }  # fmt: skip
    return AnnounceDays(**(given | fields))


def days(desk: AgreementDesk, step: AdvanceStep) -> tuple[date, date, bool]:
    with UnitOfWork(desk.engine, "") as uow:
        found = calendar_of(uow.connection, 2028, EducationLevel.HIGHER_VOCATIONAL)
    item = next(one for one in found if one.step is step)
    return item.starts_on, item.ends_on, item.is_announced


def test_days_stand_over_the_pattern_for_their_step_and_year_alone(desk) -> None:
    assert days(desk, AdvanceStep.TESTS) == (date(2028, 3, 1), date(2028, 3, 31), False)
    assert desk.use(announce_days, desk.bureau(), announced(), key="once") == DaysAnnounced(1)
    again = desk.use(announce_days, desk.bureau(), announced(), key="once")
    assert again == DaysAnnounced(1, replayed=True)
    assert days(desk, AdvanceStep.TESTS) == (TESTS.starts_on, TESTS.ends_on, True)
    assert days(desk, AdvanceStep.FILED)[2] is False
    later = StepDays(AdvanceStep.TESTS, date(2028, 3, 9), date(2028, 3, 9))
    desk.use(announce_days, desk.bureau(), announced(days=(later,)))
    assert days(desk, AdvanceStep.TESTS)[0] == date(2028, 3, 9)
    assert len(desk.ask("SELECT * FROM advance_calendar_days")) == 2


def test_only_the_bureau_announces_and_of_it_the_section_that_answers(desk) -> None:
    with pytest.raises(ForbiddenError):
        desk.use(announce_days, desk.approver(), announced())
    with pytest.raises(InvalidInputError):
        desk.use(announce_days, desk.bureau(Section.GENERAL), announced())
    desk.use(announce_days, desk.bureau(None), announced())


def test_what_cannot_be_is_said_by_step(desk) -> None:
    filed = StepDays(AdvanceStep.FILED, date(2026, 1, 12), date(2026, 1, 14))
    for fields, code in (
        ({"days": (TESTS, TESTS)}, "steps"),
        ({"days": ()}, "steps"),
        ({"document_no": " "}, "document_missing"),
        ({"days": (StepDays(AdvanceStep.TESTS, date(2028, 3, 5), date(2028, 3, 4)),)}, "days"),
        ({"days": (StepDays(AdvanceStep.TESTS, date(2027, 12, 2), date(2028, 3, 4)),)}, "order"),
        ({"finishing_year": 2026, "days": (filed,)}, "step_over"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            desk.use(announce_days, desk.bureau(), announced(**fields))
        assert code in {item.code for item in refused.value.problems}, fields
    assert not desk.ask("SELECT * FROM advance_calendar_days")
