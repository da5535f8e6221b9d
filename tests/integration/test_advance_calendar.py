"""转段年历 and its pass lines: announced by the bureau's vocational section, never changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import ForbiddenError, InvalidInputError
from creditbank.domain.pass_lines import PassLine
from creditbank.domain.permissions import Section
from creditbank.services.advance_calendar import (
    AnnounceDays,
    DaysAnnounced,
    StepDays,
    announce_days,
)
from creditbank.services.pass_lines import (
    AnnouncePassLine,
    PassLineAnnounced,
    announce_pass_line,
)
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.pass_lines import insert_pass_line, pass_lines_of
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.agreement_desk import NOW, TODAY, AgreementDesk, make_agreement_desk

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


def line(**fields) -> AnnouncePassLine:
    given: dict[str, Any] = {
        "finishing_year": 2026, "post_level": EducationLevel.BACHELOR,
        "score": ScoreKind.CULTURE_EXAM, "points": 18_000, "full_marks": 32_000,
        "announced_on": TODAY, "document_no": "鲁教学函〔2026〕22号",
    }  # fmt: skip
    return AnnouncePassLine(**(given | fields))


def lines(desk: AgreementDesk, year: int, level=EducationLevel.BACHELOR) -> dict[ScoreKind, int]:
    with UnitOfWork(desk.engine, "") as uow:
        found = pass_lines_of(uow.connection, year, level)
    return {score: item.points for score, item in found.items()}


def test_a_line_holds_for_its_year_level_and_score_and_the_latest_speaks(desk) -> None:
    assert lines(desk, 2026) == {}
    made = desk.use(announce_pass_line, desk.bureau(), line(), key="once")
    assert made == PassLineAnnounced(18_000)
    again = desk.use(announce_pass_line, desk.bureau(), line(), key="once")
    assert again == PassLineAnnounced(18_000, replayed=True)
    assert lines(desk, 2026) == {ScoreKind.CULTURE_EXAM: 18_000}
    assert lines(desk, 2027) == lines(desk, 2026, EducationLevel.HIGHER_VOCATIONAL) == {}
    with pytest.raises(InvalidInputError) as refused:
        desk.use(announce_pass_line, desk.bureau(), line(points=17_500))
    assert [item.code for item in refused.value.problems] == ["reason_missing"]
    desk.use(announce_pass_line, desk.bureau(), line(points=17_500, reason="省厅更正"))
    knowledge = line(score=ScoreKind.KNOWLEDGE_TEST, points=12_000, full_marks=20_000)
    desk.use(announce_pass_line, desk.bureau(), knowledge)
    assert lines(desk, 2026) == {
        ScoreKind.CULTURE_EXAM: 17_500, ScoreKind.KNOWLEDGE_TEST: 12_000,
    }  # fmt: skip
    assert len(desk.ask("SELECT * FROM advance_pass_lines")) == 3
    for change in ("UPDATE {} SET points = 1", "DELETE FROM {}", "TRUNCATE {}"):
        for engine, said in ((desk.owner, "inserts only"), (desk.engine, "permission denied")):
            with engine.connect() as connection, pytest.raises(DBAPIError, match=said):
                connection.execute(text(change.format("advance_pass_lines")))


def test_only_the_bureau_announces_a_line_also_in_the_database(desk) -> None:
    with pytest.raises(ForbiddenError):
        desk.use(announce_pass_line, desk.approver(), line())
    with pytest.raises(InvalidInputError):
        desk.use(announce_pass_line, desk.bureau(Section.GENERAL), line())
    found = PassLine(**{name: getattr(line(), name) for name in PassLine.__slots__})
    wall = pytest.raises(DBAPIError, match="row-level security")
    reach = str(desk.school.institution_id)
    with UnitOfWork(desk.engine, reach) as uow, wall:
        insert_pass_line(uow.connection, found, reason="", decided_by=1, now=NOW)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"document_no": " "}, "document_no"),
        ({"reason": "长" * 201}, "reason"),
        ({"post_level": EducationLevel.GENERAL_HIGH}, "post_level"),
        ({"score": ScoreKind.QUALITY}, "score"),
        ({"points": 0}, "points"),
        ({"points": 32_001}, "points"),
        ({"full_marks": 100_001}, "full_marks"),
        ({"announced_on": TODAY + timedelta(days=1)}, "announced_on"),
        ({"announced_on": date(2024, 12, 31)}, "announced_on"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(desk, fields, field) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.use(announce_pass_line, desk.bureau(), line(**fields))
    assert [item.field for item in refused.value.problems] == [field]
    assert not desk.ask("SELECT * FROM advance_pass_lines")
