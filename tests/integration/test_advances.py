"""The road from qualification to admission, for one learner and for a class."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.queries.waiting_advances import advance_steps
from creditbank.services.advance_admissions import decide_admissions
from creditbank.services.advance_commands import (
    AdmissionLine,
    DecideAdmissions,
    RecordScores,
    ScoreLine,
    WithdrawStep,
)
from creditbank.services.advance_scores import record_scores
from creditbank.services.advances import withdraw_step
from creditbank.services.commands import ResolveReview, ReverseEntry, WithdrawDecision
from creditbank.services.graduations import withdraw_decision
from creditbank.services.reversals import reverse_entry
from creditbank.services.reviews import resolve_review
from creditbank.store.advance_standings import everybody_known, open_books
from tests.factories.advance_agreement import AGREEMENT
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    JULY,
    MARCH,
    NEXT_YEAR,
    AdvanceDesk,
)


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    """`class_at(Stage.FILED)`: five learners who are filed."""
    return partial(advance_classes.at, pupils=5)


@pytest.fixture
def desk(class_at: ClassAt) -> AdvanceDesk:
    return class_at(Stage.QUALIFICATION)


def codes(error: pytest.ExceptionInfo[InvalidInputError]) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.row) for problem in error.value.problems]


def waiting_tests(desk: AdvanceDesk, at: datetime) -> list[tuple[int, date | None]]:
    """How many tests the college's first page says are to be entered, and until when."""
    college = desk.actor(Role.COLLEGE)
    with desk.unit(college, now=at) as uow:
        found = list(advance_steps(uow, college, at))
    return [(item.count, item.until) for item in found if item.about.startswith(Stage.FILED)]


def test_the_college_is_asked_for_results_also_before_the_season(class_at: ClassAt) -> None:
    desk = class_at(Stage.FILED)
    assert waiting_tests(desk, AFTER_NOTICE) == [(5, date(2028, 4, 30))]
    before = datetime(2027, 10, 1, 2, tzinfo=UTC)
    assert waiting_tests(desk, before) == [(5, date(2028, 4, 30))]


def test_whoever_has_begun_stands_where_the_whole_class_says(desk: AdvanceDesk) -> None:
    desk.many(MoveKind.QUALIFY, *desk.ids[:3])
    desk.assess(*desk.ids[:2])
    with desk.unit(desk.actor(Role.REGISTRAR)) as uow:
        books = open_books(uow, [AGREEMENT], today=local_date(MARCH))
        everybody, begun = (
            {item.seat.enrolment_id: item.standing for item in found[AGREEMENT]}
            for found in (
                everybody_known(uow, books, only_begun=False),
                everybody_known(uow, books, only_begun=True),
            )
        )
    assert set(everybody) == set(desk.ids)
    assert begun == {number: everybody[number] for number in desk.ids[:3]}


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


def test_one_problem_keeps_a_whole_class_from_a_step(desk: AdvanceDesk) -> None:
    desk.reverse(1)  # the second loses the certificate
    with pytest.raises(InvalidInputError) as refused:
        desk.many(MoveKind.QUALIFY)
    assert codes(refused) == [("not_qualified", 2)]
    assert desk.rows("SELECT * FROM decisions") == []
    desk.many(MoveKind.QUALIFY, desk.ids[0])
    with pytest.raises(InvalidInputError) as refused:
        desk.assess()
    assert codes(refused) == [("wrong_stage", row) for row in range(2, 6)]
    assert desk.rows("SELECT * FROM advance_moves") == []


def test_the_same_key_makes_a_step_once(desk: AdvanceDesk) -> None:
    desk.many(MoveKind.QUALIFY, key="q")
    again = desk.many(MoveKind.QUALIFY, key="q")
    assert again.replayed
    first = desk.assess(key="a")
    second = desk.assess(key="a")
    assert (second.replayed, second.steps) == (True, first.steps)
    assert len(desk.rows("SELECT * FROM advance_moves")) == 5


def test_two_approvers_at_once_announce_a_learner_once(class_at: ClassAt) -> None:
    desk = class_at(Stage.ASSESSED)
    started, outcomes = Barrier(2), []

    def announce(number: int) -> None:
        started.wait()
        try:
            desk.many(MoveKind.ANNOUNCE, *desk.ids[:2], key=f"both{number}")
            outcomes.append("made")
        except InvalidInputError as error:
            outcomes.append(error.problems[0].code)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(announce, range(2)))
    assert sorted(outcomes) == ["made", "wrong_stage"]
    announced = desk.rows("SELECT enrolment_id FROM advance_moves WHERE kind = 'announce'")
    assert sorted(row.enrolment_id for row in announced) == sorted(desk.ids[:2])


def test_case_6_a_revoked_certificate_flags_what_was_decided_and_flips_nothing(
    class_at: ClassAt,
) -> None:
    desk = class_at(Stage.NOTICE)
    desk.many(MoveKind.FILE, *desk.ids[1:], now=AFTER_NOTICE)
    desk.reverse(0, now=AFTER_NOTICE)
    found = desk.standing(0, AFTER_NOTICE)
    assert (found.stage, found.is_flagged, found.changed) == (
        Stage.NOTICE, True, ("certificate",),
    )  # fmt: skip
    with pytest.raises(InvalidInputError) as refused:
        desk.many(MoveKind.FILE, desk.ids[0], now=AFTER_NOTICE)
    assert codes(refused) == [("review_open", 1)]
    (case,) = desk.rows("SELECT review_case_id FROM review_cases")
    resolved = ResolveReview(review_case_id=case.review_case_id, reason="证书号录入有误,原件有效")
    desk.use(resolve_review, desk.school.registrar, resolved, now=AFTER_NOTICE)
    assert not desk.standing(0, AFTER_NOTICE).is_flagged
    desk.many(MoveKind.FILE, desk.ids[0], now=AFTER_NOTICE)


@pytest.mark.parametrize("stage", [Stage.ASSESSED, Stage.FILED, Stage.TESTED, Stage.PROPOSED])
def test_every_later_stage_is_flagged_and_held_where_it_is(desk: AdvanceDesk, stage: Stage) -> None:
    ids = desk.ids[:3]
    desk.up_to(stage, *ids)
    desk.reverse(2, now=AFTER_NOTICE)
    found = desk.standing(2, AFTER_NOTICE)
    assert (found.stage, found.is_flagged) == (stage, True)
    forward = {
        Stage.ASSESSED: lambda: desk.many(MoveKind.ANNOUNCE, *ids, now=AFTER_NOTICE),
        Stage.FILED: lambda: desk.many(MoveKind.RETRY, *ids, now=AFTER_NOTICE),
        Stage.TESTED: desk.propose,
        Stage.PROPOSED: lambda: desk.admit(*ids),
    }
    with pytest.raises(InvalidInputError) as refused:
        forward[stage]()
    if stage is not Stage.FILED:
        assert [code for code, _ in codes(refused)] == ["review_open"]
    assert desk.standing(2, AFTER_NOTICE).stage is stage


def test_who_has_advanced_is_flagged_too_and_stays_advanced(desk: AdvanceDesk) -> None:
    desk.up_to(Stage.ADVANCED, *desk.ids[:3])
    desk.reverse(0, now=JULY)
    found = desk.standing(0, JULY)
    assert (found.stage, found.is_flagged) == (Stage.ADVANCED, True)
    desk.many(MoveKind.DISQUALIFY, desk.ids[0], role=Role.COUNTY, now=JULY, reason="证书系伪造")
    assert desk.standing(0, JULY).stage is Stage.DISQUALIFIED


def test_what_a_moment_ago_took_away_is_seen_by_the_next_step(class_at: ClassAt) -> None:
    """No worker has looked yet: the step itself brings the verdict to the head of the books."""
    desk = class_at(Stage.QUALIFIED)
    command = ReverseEntry(
        learner_id=desk.school.pupils[0].learner_id, ledger_seq=1, reason="证书撤销"
    )
    desk.use(reverse_entry, desk.school.registrar, command)
    with pytest.raises(InvalidInputError) as refused:
        desk.assess()
    assert codes(refused) == [("review_open", 1)]


def test_an_appeal_reopens_the_assessment(desk: AdvanceDesk) -> None:
    one = desk.ids[0]
    desk.many(MoveKind.QUALIFY, one)
    desk.assess(one, failed=[one])
    desk.many(MoveKind.ANNOUNCE, one)
    with pytest.raises(InvalidInputError) as early:
        desk.one(MoveKind.APPEAL, Role.STUDENT, reason="实践材料漏计")
    assert codes(early) == [("not_announced", 1)]
    tomorrow = MARCH + timedelta(days=1)
    desk.one(MoveKind.APPEAL, Role.GUARDIAN, reason="实践材料漏计", now=tomorrow)
    assert desk.standing(0, tomorrow).is_appealed
    desk.one(
        MoveKind.GRANT_APPEAL,
        Role.APPROVER,
        reason="补交材料属实",
        document_no="复1号",
        now=tomorrow,
    )
    assert desk.standing(0, tomorrow).stage is Stage.QUALIFIED
    desk.assess(one, now=tomorrow)
    assert desk.standing(0, tomorrow).stage is Stage.ASSESSED
    assert len(desk.rows("SELECT * FROM process_assessments")) == 2


def test_giving_up_needs_student_and_guardian(class_at: ClassAt) -> None:
    desk = class_at(Stage.QUALIFIED)
    made = desk.one(MoveKind.GIVE_UP, Role.STUDENT)
    assert desk.standing().stage is Stage.QUALIFIED
    with pytest.raises(InvalidInputError) as twice:
        desk.one(MoveKind.GIVE_UP, Role.STUDENT)
    assert codes(twice) == [("signed_already", 1)]
    with pytest.raises(InvalidInputError):
        desk.take_back(made.steps[0].advance_move_id, Role.GUARDIAN)
    desk.one(MoveKind.GIVE_UP, Role.GUARDIAN)
    assert desk.standing().stage is Stage.GIVEN_UP
    desk.one(MoveKind.GIVE_UP, Role.REGISTRAR, 1, document_no="放弃声明1号")
    assert desk.standing(1).stage is Stage.GIVEN_UP


def test_a_second_attempt_is_next_year_and_the_last_one(desk: AdvanceDesk) -> None:
    """It begins without scores, and takes a file that says the same as last year's."""
    ids = desk.ids[:2]
    desk.up_to(Stage.FILED, *ids)
    file = "5" * 64
    desk.score(dict.fromkeys(ids, (80, 80, 90)), source_hash=file)
    desk.propose()
    desk.admit(refused=ids)
    with pytest.raises(InvalidInputError) as early:
        desk.many(MoveKind.RETRY, *ids, now=JULY)
    assert codes(early) == [("retry_early", 1), ("retry_early", 2)]
    desk.many(MoveKind.RETRY, *ids, now=NEXT_YEAR)
    assert (desk.standing(0, NEXT_YEAR).stage, desk.standing(0, NEXT_YEAR).attempt) == (
        Stage.QUALIFIED, 2,
    )  # fmt: skip
    desk.assess(*ids, now=NEXT_YEAR)
    desk.many(MoveKind.ANNOUNCE, *ids, now=NEXT_YEAR)
    later = NEXT_YEAR + timedelta(days=21)
    desk.many(MoveKind.FILE, *ids, now=later)
    assert waiting_tests(desk, later) == [(2, date(2029, 4, 30))]
    again = desk.score(dict.fromkeys(ids[:1], (80, 80, 90)), now=later, source_hash=file)
    assert (again.replayed, len(again.steps)) == (False, 1)
    some = ScoreLine(enrolment_id=ids[1], scores={ScoreKind.QUALITY: 9_000})
    desk.use(
        record_scores, desk.actor(Role.COLLEGE), RecordScores(agreement_id=7, lines=(some,)),
        now=later,
    )  # fmt: skip
    with pytest.raises(InvalidInputError) as missing:
        desk.propose(now=later)
    assert codes(missing) == [("score_missing", 2)]
    desk.score(dict.fromkeys(ids, (50, 50, 50)), now=later)
    assert [step.kind for step in desk.propose(now=later).steps] == [MoveKind.PASS_OVER] * 2
    assert desk.standing(0, later).is_closed
    with pytest.raises(InvalidInputError) as used:
        desk.many(MoveKind.RETRY, *ids, now=later + timedelta(days=365))
    assert codes(used) == [("attempts_used", 1), ("attempts_used", 2)]


def test_the_last_step_is_taken_back_by_a_row_and_earlier_ones_are_not(desk: AdvanceDesk) -> None:
    desk.many(MoveKind.QUALIFY)
    sheet = desk.assess().steps[0].advance_move_id
    notice = desk.many(MoveKind.ANNOUNCE).steps[0].advance_move_id
    with pytest.raises(InvalidInputError) as followed:
        desk.take_back(sheet, Role.REGISTRAR)
    assert codes(followed) == [("followed", None)]
    with pytest.raises(InvalidInputError):
        desk.take_back(notice, Role.REGISTRAR)
    desk.take_back(notice, Role.APPROVER)
    assert desk.standing().stage is Stage.ASSESSED
    with pytest.raises(InvalidInputError) as gone:
        desk.take_back(notice, Role.APPROVER)
    assert codes(gone) == [("not_standing", None)]
    desk.take_back(sheet, Role.REGISTRAR)
    assert desk.standing().stage is Stage.QUALIFIED


def test_what_the_family_said_is_taken_back_by_that_account_alone(class_at: ClassAt) -> None:
    """And what an office decided by that office: a school does not undo the bureau's decision."""
    desk = class_at(Stage.NOTICE)
    tomorrow = MARCH + timedelta(days=1)
    appeal = desk.one(MoveKind.APPEAL, Role.STUDENT, reason="漏计", now=tomorrow)
    number = appeal.steps[0].advance_move_id
    for role in (Role.REGISTRAR, Role.GUARDIAN):
        with pytest.raises(InvalidInputError) as others:
            desk.take_back(number, role, now=tomorrow)
        assert codes(others) == [("followed", None)]
    desk.take_back(number, Role.STUDENT, now=tomorrow)
    assert not desk.standing(0, tomorrow).is_appealed
    of_office = desk.one(MoveKind.APPEAL, Role.REGISTRAR, reason="漏计", now=tomorrow)
    command = WithdrawStep(advance_move_id=of_office.steps[0].advance_move_id or 0, reason="误录")
    colleague = replace(desk.actor(Role.REGISTRAR), account_id=desk.school.registrar.account_id)
    desk.use(withdraw_step, colleague, command, now=tomorrow)
    made = desk.many(MoveKind.DISQUALIFY, desk.ids[1], role=Role.COUNTY, reason="冒名顶替")
    with pytest.raises(InvalidInputError):
        desk.take_back(made.steps[0].advance_move_id, Role.APPROVER)
    desk.take_back(made.steps[0].advance_move_id, Role.COUNTY)
    assert desk.stages() == ["notice"] * 5


def test_a_qualification_stays_while_steps_rest_on_it(desk: AdvanceDesk) -> None:
    made = desk.many(MoveKind.QUALIFY).steps[0]
    sheet = desk.assess().steps[0].advance_move_id
    assert made.decision_id is not None
    command = WithdrawDecision(decision_id=made.decision_id, reason="有误", document_no="撤1号")
    with pytest.raises(InvalidInputError) as rests:
        desk.use(withdraw_decision, desk.actor(Role.APPROVER), command)
    assert codes(rests) == [("later_moves", None)]
    desk.take_back(sheet, Role.REGISTRAR)
    desk.use(withdraw_decision, desk.actor(Role.APPROVER), command)
    assert desk.standing().stage is Stage.QUALIFICATION


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (MoveKind.QUALIFY, Role.REGISTRAR),
        (MoveKind.ANNOUNCE, Role.COLLEGE),
        (MoveKind.FILE, Role.REGISTRAR),
        (MoveKind.DISQUALIFY, Role.COLLEGE),
        (MoveKind.REGISTER_EXAM, Role.APPROVER),
    ],
)
def test_a_role_that_has_no_part_in_a_step_is_refused(
    desk: AdvanceDesk, kind: MoveKind, role: Role
) -> None:
    with pytest.raises(ForbiddenError):
        desk.many(kind, role=role)


def test_an_agreement_or_learner_of_others_is_not_there(desk: AdvanceDesk) -> None:
    with pytest.raises(NotFoundError):
        desk.many(MoveKind.QUALIFY, desk.ids[0], 2_000_000_000)
    desk.up_to(Stage.PROPOSED, *desk.ids[:3])
    stranger = replace(desk.actor(Role.COLLEGE), agreement_ids=frozenset({8}))
    line = AdmissionLine(enrolment_id=desk.ids[0], admitted=True)
    command = DecideAdmissions(agreement_id=7, document_no="录1号", lines=(line,))
    with pytest.raises(NotFoundError):
        desk.use(decide_admissions, stranger, command, now=JULY)
