"""Scores, who is exempt, what is computed, and 拟录取 by the ranking."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import Engine

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import ScoreKind, ScorePart, TieBreak
from creditbank.domain.awards import AwardLevel
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action, Role
from creditbank.queries.advances import advance_forms
from creditbank.services.advance_commands import RecordScores, ScoreLine
from creditbank.services.advance_rankings import Ranking, see_ranking
from creditbank.services.advance_scores import record_scores
from creditbank.services.commands import PostCourseCredit, ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.reversals import reverse_entry
from tests.databases import Database
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    AdvanceDesk,
    make_advance_desk,
)

SKILL, QUALITY = ScoreKind.SKILL_TEST, ScoreKind.QUALITY


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    return partial(advance_classes.at, pupils=5)


@pytest.fixture
def desk(class_at: ClassAt) -> AdvanceDesk:
    """Everybody is filed with the college."""
    return class_at(Stage.FILED)


def ranking_of(desk: AdvanceDesk) -> Ranking:
    college = desk.actor(Role.COLLEGE)
    with desk.unit(college, now=AFTER_NOTICE) as uow:
        _terms, found = see_ranking(
            uow, college, AGREEMENT, action=Action.SEE_ADVANCE_COHORT, now=AFTER_NOTICE
        )
    return found


def test_a_later_score_replaces_an_earlier_one_until_it_is_ranked(desk: AdvanceDesk) -> None:
    first = desk.ids[0]
    desk.score({first: (50, 70, 50)})
    desk.score({first: (90, 70, 90)}, role=Role.REGISTRAR)
    (step,) = desk.propose().steps
    assert step.kind is MoveKind.PROPOSE
    with pytest.raises(InvalidInputError):
        desk.score({first: (40, 70, 40)})


def test_an_award_of_the_province_exempts_from_the_skill_test(desk: AdvanceDesk) -> None:
    desk.award(0)
    desk.award(1, AwardLevel.CITY)
    parts = dict.fromkeys(desk.ids[:2], (70, 40, 70))
    desk.score(parts)
    first, second = ranking_of(desk).items
    assert (first.award and first.award.ledger_seq, first.ranked.total) == (2, 7_900)
    assert (second.award, second.ranked.rank) == (None, None)
    made = desk.propose()
    assert [step.kind for step in made.steps] == [MoveKind.PROPOSE, MoveKind.PASS_OVER]
    (kept,) = desk.rows("SELECT detail FROM advance_moves WHERE kind = 'propose'")
    assert (kept.detail["exempted_by"], kept.detail["total"]) == (2, 7_900)
    assert len(kept.detail["inputs"]) == 64


def test_an_award_in_dispute_exempts_nobody(desk: AdvanceDesk) -> None:
    desk.award(0, number="SJ2027001")
    desk.award(1, number="SJ2027001")
    desk.score(dict.fromkeys(desk.ids[:2], (70, 40, 70)))
    assert [step.kind for step in desk.propose().steps] == [MoveKind.PASS_OVER] * 2


def test_who_is_tied_at_the_quota_is_for_a_person_to_decide(desk: AdvanceDesk) -> None:
    """Three places, and the third and fourth are equal in all that was agreed."""
    points = (90, 85, 80, 80, 70)
    desk.score({number: (at, 80, at) for number, at in zip(desk.ids, points, strict=True)})
    with pytest.raises(InvalidInputError) as tied:
        desk.propose()
    assert [problem.code for problem in tied.value.problems] == ["tied_at_quota"] * 2
    with pytest.raises(InvalidInputError) as many:
        desk.propose(chosen=desk.ids[2:4])
    assert [problem.code for problem in many.value.problems] == ["too_many_chosen"]
    desk.propose(chosen=(desk.ids[3],))
    assert desk.stages(AFTER_NOTICE) == [
        "proposed", "proposed", "not_passed", "proposed", "not_passed",
    ]  # fmt: skip


def test_who_is_left_out_keeps_the_place_and_waits(desk: AdvanceDesk) -> None:
    desk.score({number: (90 - at, 80, 80) for at, number in enumerate(desk.ids)})
    desk.propose(left_out=(desk.ids[0],))
    assert desk.stages(AFTER_NOTICE) == [
        "tested", "proposed", "proposed", "not_passed", "not_passed",
    ]  # fmt: skip
    desk.propose()
    assert desk.stages(AFTER_NOTICE)[0] == "proposed"
    with pytest.raises(InvalidInputError) as nobody:
        desk.propose()
    assert nobody.value.problems[0].code == "nobody"


def test_a_missing_score_keeps_everybody_from_being_proposed(desk: AdvanceDesk) -> None:
    desk.score({desk.ids[0]: (80, 80, 80)})
    some = ScoreLine(enrolment_id=desk.ids[1], scores={SKILL: 8_000})
    command = RecordScores(agreement_id=AGREEMENT, lines=(some,))
    desk.use(record_scores, desk.actor(Role.COLLEGE), command, now=AFTER_NOTICE)
    with pytest.raises(InvalidInputError) as missing:
        desk.propose()
    assert [problem.code for problem in missing.value.problems] == ["score_missing"]


def mark(desk: AdvanceDesk, at: int, text: str) -> None:
    command = PostCourseCredit(
        learner_id=desk.school.pupils[at].learner_id, course_code="GG01", term=desk.school.term,
        mark=text, earned_on=date(2026, 6, 20),
    )  # fmt: skip
    desk.use(post_credit, desk.school.registrar, command)


def test_the_course_average_is_that_of_the_books_and_entered_by_nobody(
    clean_database: Database, owner_engine: Engine, engine: Engine
) -> None:
    scores = (
        ScorePart(ScoreKind.COURSE_AVERAGE, 10_000, 50), ScorePart(SKILL, 10_000, 30, 6_000),
        ScorePart(QUALITY, 10_000, 20),
    )  # fmt: skip
    desk = make_advance_desk(
        owner_engine, engine, pupils=2, scores=scores,
        tie_breaks=(TieBreak.SKILL_TEST, TieBreak.COURSE_AVERAGE),
    )  # fmt: skip
    for at, text in enumerate(("80", "91.5")):
        mark(desk, at, text)
    desk.drain()
    desk.up_to(Stage.FILED)
    typed = ScoreLine(enrolment_id=desk.ids[0], scores={ScoreKind.COURSE_AVERAGE: 9_900})
    command = RecordScores(agreement_id=AGREEMENT, lines=(typed,))
    with pytest.raises(InvalidInputError) as entered:
        desk.use(record_scores, desk.actor(Role.COLLEGE), command, now=AFTER_NOTICE)
    assert [item.code for item in entered.value.problems] == ["part_computed"]
    lines = tuple(
        ScoreLine(enrolment_id=number, scores={SKILL: 8_000, QUALITY: 7_000}) for number in desk.ids
    )
    command = RecordScores(agreement_id=AGREEMENT, lines=lines)
    desk.use(record_scores, desk.actor(Role.COLLEGE), command, now=AFTER_NOTICE)
    assert [item.ranked.total for item in ranking_of(desk).items] == [8_375, 7_800]
    wrong = ReverseEntry(learner_id=desk.school.pupils[1].learner_id, ledger_seq=2, reason="录错")
    desk.use(reverse_entry, desk.school.registrar, wrong, now=AFTER_NOTICE)
    mark(desk, 1, "70")
    assert [item.ranked.total for item in ranking_of(desk).items] == [7_800, 7_300]
    desk.propose()
    mark_again = ReverseEntry(
        learner_id=desk.school.pupils[1].learner_id, ledger_seq=4, reason="又录错"
    )
    desk.use(reverse_entry, desk.school.registrar, mark_again, now=AFTER_NOTICE)
    registrar = desk.actor(Role.REGISTRAR)
    with desk.unit(registrar, now=AFTER_NOTICE) as uow:
        forms = advance_forms(uow, registrar, AGREEMENT, desk.ids, now=AFTER_NOTICE)
    kept = {form.line.enrolment_id: dict(form.scores)["course_average"] for form in forms}
    assert kept == dict(zip(desk.ids, (8_000, 7_000), strict=True))
