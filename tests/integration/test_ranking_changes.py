"""What a 拟录取 was ranked by and what has changed since: flagged for everybody, never flipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event

from creditbank.domain.advance_rankings import EXEMPTION
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import ScoreKind, ScorePart, TieBreak
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.queries.advance_previews import preview_step
from creditbank.queries.advances import Chosen, advance_cohort, learner_advances, standings_of
from creditbank.services.advance_commands import RecordScores, ScoreLine
from creditbank.services.advance_scores import record_scores
from creditbank.services.commands import PostCourseCredit, ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.pass_lines import AnnouncePassLine, announce_pass_line
from creditbank.services.reversals import reverse_entry
from creditbank.services.webhook_events import announce_changes
from creditbank.store.cohort_changes import add_looks, last_position, settle, since_looks
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.advance_agreement import SCORES
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    JULY,
    MARCH,
    NEXT_YEAR,
    AdvanceDesk,
    make_advance_desk,
)
from tests.factories.school import School, make_school
from tests.factories.signing import add_webhook

NUMBER = "SJ2027001"
AVERAGE = ScoreKind.COURSE_AVERAGE.value


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    return partial(advance_classes.at, pupils=2)


@pytest.fixture
def desk(class_at: ClassAt) -> AdvanceDesk:
    """Both are proposed, the first below the pass mark of the skill test and exempt from it."""
    found = class_at(Stage.FILED)
    found.award(0, number=NUMBER)
    found.score({found.ids[0]: (80, 40, 80), found.ids[1]: (90, 90, 90)})
    found.propose()
    return found


def told(
    desk: AdvanceDesk, now: datetime = JULY, *, second: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What has changed of the first, as every reader is told it; of the second `second` has."""
    answers = []
    for role in (Role.APPROVER, Role.COLLEGE, Role.COUNTY):
        actor = desk.actor(role)
        with desk.unit(actor, now=now) as uow:
            cohort = advance_cohort(uow, actor, AGREEMENT, now=now)
            flagged = advance_cohort(uow, actor, AGREEMENT, Chosen(flagged=True), now=now)
            standings = standings_of(uow, AGREEMENT, desk.ids, now=now)
        by_id = {item.enrolment_id: item.standing for item in cohort.members.items}
        assert by_id == standings
        assert cohort.flagged == len(flagged.members.items)
        answers.append([by_id[number].changed for number in desk.ids])
    student = desk.actor(Role.STUDENT)
    with desk.unit(student, now=now) as uow:
        (own,) = learner_advances(uow, student, desk.school.pupils[0].learner_id, now=now)
    found: tuple[str, ...] = own.line.standing.changed
    assert answers == [[found, second]] * 3
    assert own.line.standing.is_flagged is bool(found)
    return found


def refusals(call: Callable[[], object]) -> list[tuple[str, int | None]]:
    with pytest.raises(InvalidInputError) as refused:
        call()
    return [(problem.code, problem.row) for problem in refused.value.problems]


def take_back_proposal(
    desk: AdvanceDesk, at: int, now: datetime, kind: MoveKind = MoveKind.PROPOSE
) -> None:
    (row,) = desk.rows(
        "SELECT advance_move_id FROM standing_advance_moves"
        " WHERE kind = :kind AND enrolment_id = :id",
        id=desk.ids[at], kind=kind.value,
    )  # fmt: skip
    desk.take_back(row.advance_move_id, Role.COLLEGE, now=now)


def test_a_reversed_award_is_flagged_and_the_learner_ranked_again(desk: AdvanceDesk) -> None:
    assert told(desk) == ()
    desk.reverse(0, 2, now=JULY)
    assert told(desk) == (EXEMPTION,)
    assert desk.stages(JULY) == ["proposed"] * 2
    assert refusals(lambda: desk.admit(*desk.ids)) == [("ranking_changed", 1)]
    college = desk.actor(Role.COLLEGE)
    with desk.unit(college, now=JULY) as uow:
        preview = preview_step(uow, college, AGREEMENT, MoveKind.ADMIT, now=JULY)
    assert [goer.problem and goer.problem.code for goer in preview.goers] == [
        "ranking_changed" if goer.line.enrolment_id == desk.ids[0] else None
        for goer in preview.goers
    ]
    desk.admit(desk.ids[1])
    take_back_proposal(desk, 0, JULY)
    assert told(desk) == ()
    desk.propose(now=JULY)
    assert told(desk) == ()
    assert desk.stages(JULY) == ["not_passed", "advanced"]


def test_whom_the_ranking_left_out_is_flagged_and_ranked_again(class_at: ClassAt) -> None:
    """Below the pass mark of the skill test, and an award that exempts from it is entered late."""
    desk = class_at(Stage.FILED)
    desk.score({desk.ids[0]: (80, 40, 80), desk.ids[1]: (90, 90, 90)})
    desk.propose()
    assert desk.stages(JULY) == ["not_passed", "proposed"]
    assert told(desk) == ()
    desk.award(0, number=NUMBER)
    assert told(desk) == (EXEMPTION,)
    assert desk.stages(JULY) == ["not_passed", "proposed"]
    take_back_proposal(desk, 0, JULY, MoveKind.PASS_OVER)
    desk.propose(now=JULY)
    assert told(desk) == ()
    assert desk.stages(JULY) == ["proposed"] * 2


def test_a_second_attempt_is_free_of_the_ranking_that_left_no_place(class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    desk.score({desk.ids[0]: (80, 40, 80), desk.ids[1]: (90, 90, 90)})
    desk.propose()
    desk.award(0, number=NUMBER)
    assert told(desk, NEXT_YEAR) == (EXEMPTION,)
    desk.many(MoveKind.RETRY, desk.ids[0], now=NEXT_YEAR)
    assert told(desk, NEXT_YEAR) == ()


def elsewhere(desk: AdvanceDesk) -> AdvanceDesk:
    """Another school, whose learners neither this one nor the college is shown."""
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        other: School = make_school(uow.connection, number=2, pupils=1)
    return AdvanceDesk(desk.engine, desk.owner, other, desk.college_id, desk.other_plan_id)


def test_a_dispute_with_a_learner_whom_nobody_here_sees_is_flagged_until_it_is_settled(
    desk: AdvanceDesk,
) -> None:
    other = elsewhere(desk)
    other.award(0, number=NUMBER)
    assert told(desk) == (EXEMPTION,)
    assert refusals(lambda: desk.admit(*desk.ids)) == [("ranking_changed", 1)]
    other.reverse(0, now=JULY)
    assert told(desk) == ()
    desk.admit(*desk.ids)
    assert desk.stages(JULY) == ["advanced"] * 2


def listen(desk: AdvanceDesk) -> None:
    """The college is told from now on."""
    add_webhook(desk.owner, desk.actor(Role.COLLEGE), "https://college.example/x", now=MARCH)
    events(desk)


def events(desk: AdvanceDesk, now: datetime = JULY) -> list[tuple[str, int | None]]:
    """What the college is told of by now, and of whom."""
    before = desk.rows("SELECT coalesce(max(webhook_event_id), 0) FROM webhook_events")[0][0]
    announce_changes(lambda: UnitOfWork(desk.engine, EVERYWHERE, EVERYBODY), now=now)
    found = desk.rows(
        "SELECT kind, learner_id FROM webhook_events WHERE webhook_event_id > :before"
        " ORDER BY webhook_event_id",
        before=before,
    )
    return [(row.kind, row.learner_id) for row in found]


def test_a_flag_and_its_end_are_told_as_a_changed_status(desk: AdvanceDesk) -> None:
    """No verdict changes: nobody evaluates, and what changes is another school's."""
    listen(desk)
    first = desk.school.pupils[0].learner_id
    flagged = [("status.changed", first), ("cohort.changed", None)]
    other = elsewhere(desk)
    other.award(0, number=NUMBER)
    assert events(desk) == flagged
    course(desk, 0, "GG02", "60")
    assert events(desk) == [("cohort.changed", None)]
    take_off(other, 0, 1)
    assert events(desk) == flagged
    assert events(desk) == []


def test_who_looks_between_the_books_and_the_flag_hears_of_the_flag(desk: AdvanceDesk) -> None:
    college = desk.actor(Role.COLLEGE).account_id

    def news(*, mark: bool = False) -> list[tuple[int, int]]:
        with UnitOfWork(desk.engine, EVERYWHERE, EVERYBODY) as uow:
            settle(uow.connection, AGREEMENT, on=JULY.date())
            found = since_looks(uow.connection, college, [AGREEMENT])
            if mark:
                positions = {item.agreement_id: item.position for item in found}
                add_looks(uow.connection, college, positions, now=JULY)
        return [(len(item.changed), item.decided) for item in found]

    events(desk)
    news(mark=True)
    elsewhere(desk).award(0, number=NUMBER)
    assert news(mark=True) == [(1, 0)]
    assert news() == []
    events(desk)
    assert news(mark=True) == [(1, 1)]
    events(desk)
    assert news() == []


@pytest.fixture
def averaged(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    """Two who are proposed by an average that their courses give them: 80 and 90."""
    scores = (
        ScorePart(ScoreKind.COURSE_AVERAGE, 10_000, 50), ScorePart(ScoreKind.QUALITY, 10_000, 50),
    )  # fmt: skip
    desk = make_advance_desk(
        owner_engine, engine, pupils=2, scores=scores, exemption_level=None,
        tie_breaks=(TieBreak.COURSE_AVERAGE,),
    )  # fmt: skip
    for at, mark in enumerate(("80", "90")):
        course(desk, at, "GG01", mark, now=MARCH)
    desk.drain()
    desk.up_to(Stage.FILED)
    lines = tuple(
        ScoreLine(enrolment_id=number, scores={ScoreKind.QUALITY: 7_000}) for number in desk.ids
    )
    command = RecordScores(agreement_id=AGREEMENT, lines=lines)
    desk.use(record_scores, desk.actor(Role.COLLEGE), command, now=AFTER_NOTICE)
    desk.propose()
    return desk


def course(
    desk: AdvanceDesk,
    at: int,
    code: str,
    mark: str,
    day: date = date(2026, 6, 20),
    *,
    now: datetime = JULY,
) -> None:
    command = PostCourseCredit(
        learner_id=desk.school.pupils[at].learner_id, course_code=code, term=desk.school.term,
        mark=mark, earned_on=day,
    )  # fmt: skip
    desk.use(post_credit, desk.school.registrar, command, now=now)


def take_off(desk: AdvanceDesk, at: int, seq: int) -> None:
    command = ReverseEntry(
        learner_id=desk.school.pupils[at].learner_id, ledger_seq=seq, reason="录错"
    )
    desk.use(reverse_entry, desk.school.registrar, command, now=JULY)


def test_a_corrected_mark_is_flagged_until_the_numbers_are_returned(averaged: AdvanceDesk) -> None:
    desk = averaged
    for at in (0, 1):  # the courses of the last semester are no input of a ranking before it ended
        course(desk, at, "GG02", "60", date(2028, 6, 20))
    assert told(desk) == ()
    take_off(desk, 0, 2)
    course(desk, 0, "GG01", "95")
    assert told(desk) == (AVERAGE,)
    assert refusals(lambda: desk.admit(*desk.ids)) == [("ranking_changed", 1)]
    assert statements_with(desk, "l.kind = 'course'") == 1
    take_back_proposal(desk, 0, JULY)
    desk.propose(now=JULY)
    assert told(desk) == ()
    desk.admit(*desk.ids)
    course(desk, 0, "GG03", "70")  # entered late: the day of the ranking has another average
    assert told(desk) == (AVERAGE,)
    desk.hand_back(*desk.ids)
    assert told(desk) == ()
    assert desk.stages(JULY) == ["advanced"] * 2


@pytest.fixture
def lined(clean_database: Database, owner_engine: Engine, engine: Engine) -> AdvanceDesk:
    """Two who were tested once and for all, the knowledge test by the line of the year."""
    scores = (replace(SCORES[0], by_announced_line=True), *SCORES[1:])
    desk = make_advance_desk(
        owner_engine, engine, pupils=2, scores=scores, exemption_level=None, attempts_max=1
    )
    desk.up_to(Stage.FILED)
    desk.score({desk.ids[0]: (80, 80, 80), desk.ids[1]: (59, 90, 90)}, now=JULY)
    return desk


def announce(desk: AdvanceDesk, points: int, **fields) -> None:
    given: dict[str, Any] = {
        "finishing_year": 2028, "post_level": EducationLevel.HIGHER_VOCATIONAL,
        "score": ScoreKind.KNOWLEDGE_TEST, "points": points, "full_marks": 20_000,
        "announced_on": JULY.date(), "document_no": "鲁教学函〔2028〕22号",
    }  # fmt: skip
    command = AnnouncePassLine(**given | fields)
    desk.use(announce_pass_line, desk.actor(Role.COUNTY), command, now=JULY)


def marked(desk: AdvanceDesk) -> list[int]:
    """Who gets the next positions that the college is told of."""
    found = [row.enrolment_id for row in desk.rows("SELECT enrolment_id FROM cohort_marks")]
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        settle(uow.connection, AGREEMENT, on=JULY.date())
    return sorted(set(found))


def test_nobody_is_ranked_before_the_line_and_whoever_went_by_it_is_flagged_after_a_correction(
    lined: AdvanceDesk,
) -> None:
    desk = lined
    waiting = [("line_not_announced", 1), ("line_not_announced", 2)]
    assert refusals(lambda: desk.propose(now=JULY)) == waiting
    announce(desk, 12_000, finishing_year=2029)  # of who finishes a year later
    announce(desk, 12_000, post_level=EducationLevel.BACHELOR)
    assert refusals(lambda: desk.propose(now=JULY, left_out=(desk.ids[1],))) == waiting
    marked(desk)
    announce(desk, 12_000)
    assert marked(desk) == sorted(desk.ids)
    desk.propose(now=JULY)
    assert desk.stages(JULY) == ["proposed", "not_passed"]
    assert told(desk) == ()
    announce(desk, 11_800, reason="省厅更正")
    assert marked(desk) == sorted(desk.ids)
    assert told(desk, second=("knowledge_test",)) == ("knowledge_test",)
    assert refusals(lambda: desk.admit(desk.ids[0])) == [("ranking_changed", 1)]
    take_back_proposal(desk, 0, JULY)
    take_back_proposal(desk, 1, JULY, MoveKind.PASS_OVER)
    desk.propose(now=JULY)
    assert told(desk) == ()
    desk.admit(desk.ids[0])


def test_a_flag_that_ends_with_the_year_is_told_as_a_changed_status(lined: AdvanceDesk) -> None:
    desk = lined
    announce(desk, 12_000)
    desk.propose(now=JULY)
    announce(desk, 11_800, reason="省厅更正")
    listen(desk)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        told_last = last_position(uow.connection, AGREEMENT)
    assert events(desk, JULY + timedelta(days=170)) == []
    second = desk.school.pupils[1].learner_id
    assert events(desk, NEXT_YEAR) == [("status.changed", second), ("cohort.changed", None)]
    assert told(desk, NEXT_YEAR) == ("knowledge_test",)
    assert events(desk, NEXT_YEAR) == []
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        assert last_position(uow.connection, AGREEMENT) == told_last + 1


def statements_with(desk: AdvanceDesk, part: str) -> int:
    """How many statements of one look at the class have this in them."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(desk.engine, "before_cursor_execute", note)
    try:
        with UnitOfWork(desk.engine, EVERYWHERE) as uow:
            assert len(standings_of(uow, AGREEMENT, desk.ids, now=JULY)) == len(desk.ids)
    finally:
        event.remove(desk.engine, "before_cursor_execute", note)
    return sum(part in statement for statement in seen)
