"""An exception counts once a second person has approved it, at once, and can be computed again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.awards import InnovationCategory
from creditbank.domain.errors import (
    CreditbankError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.plan_exceptions import ExceptionKind, Ruling
from creditbank.domain.verdicts import Outcome, Use
from creditbank.queries.plan_exceptions import read_exceptions
from creditbank.replaying import recompute, replay
from creditbank.services.commands import (
    ApproveGraduation,
    EnterException,
    PostCourseCredit,
    PostInnovationCredit,
    ReverseEntry,
)
from creditbank.services.credits import post_credit
from creditbank.services.graduations import approve_graduation
from creditbank.services.plan_exceptions import enter_exception
from creditbank.services.reversals import reverse_entry
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.exception_desk import DAY, NOW, ExceptionDesk, make_exception_desk

WAIVE, LOWER, INSERT, FORCE, BLOCK = ExceptionKind
APPROVED, REFUSED, WITHDRAWN = Ruling


_OTHER_PLAN = """
INSERT INTO program_plans (institution_id, code, version, name, major_code, catalogue_year, years,
  units_min, document)
SELECT institution_id, code, 2, name, major_code, catalogue_year, years, units_min,
  jsonb_set(document, '{blocks,1,code}', '"YY"')
FROM program_plans WHERE plan_id = :id RETURNING plan_id
"""


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ExceptionDesk:
    return make_exception_desk(owner_engine, engine)


def lacking(desk: ExceptionDesk) -> dict[str, int]:
    return {block.code: block.missing for block in desk.verdict().verdict.blocks}


def states(desk: ExceptionDesk) -> list[str]:
    """As the page lists them, the latest first."""
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        found = read_exceptions(uow, desk.approver, desk.learner_id, now=NOW)
    return [line.state for line in found]


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> set[tuple[str, str]]:
    return {(problem.code, problem.field) for problem in refused.value.problems}


def test_nothing_changes_before_a_second_person_has_approved(desk: ExceptionDesk) -> None:
    before = desk.verdict()
    made = desk.enter(LOWER, subject="RX", units=0)
    assert (made.state, desk.verdict()) == ("waiting", before)
    assert desk.rows("SELECT * FROM pending_evaluations") == []
    ruled = desk.rule(made.plan_exception_id, APPROVED)
    assert (ruled.state, ruled.facts_seq) == ("standing", made.facts_seq + 1)
    (marked,) = desk.rows("SELECT learner_id, cause FROM pending_evaluations")
    assert tuple(marked) == (desk.learner_id, f"exception:{made.plan_exception_id}")
    computed = desk.verdict()
    assert not computed.stored
    assert lacking(desk) == {"GG": 200, "RX": 0}
    desk.drain()
    stored = desk.verdict()
    assert stored.stored
    assert stored.verdict == computed.verdict


def test_the_exceptions_together_make_the_learner_eligible(desk: ExceptionDesk) -> None:
    assert desk.verdict().verdict.outcome is Outcome.NOT_YET
    desk.grant(LOWER, subject="", units=5300)
    desk.grant(LOWER, subject="GG", units=5300)
    desk.grant(WAIVE, subject="RX", document_no="测教〔2028〕2号")
    verdict = desk.verdict().verdict
    assert verdict.outcome is Outcome.ELIGIBLE
    assert [(item.kind, item.subject, item.document_no) for item in verdict.exceptions] == [
        (LOWER, "", "测教〔2028〕1号"),
        (LOWER, "GG", "测教〔2028〕1号"),
        (WAIVE, "RX", "测教〔2028〕2号"),
    ]


def test_an_entry_is_kept_out_and_forced_back(desk: ExceptionDesk) -> None:
    desk.grant(BLOCK, ledger_seq=1)
    verdict = desk.verdict().verdict
    assert lacking(desk)["GG"] == 1000
    assert {place.use for place in verdict.placements if place.ledger_seq == 1} == {Use.EXCLUDED}
    forced = desk.grant(FORCE, ledger_seq=2, block_code="RX")
    assert lacking(desk) == {"GG": 2100, "RX": 0}
    desk.rule(forced, WITHDRAWN, reason="有误", document_no="测撤1号")
    desk.drain()
    assert lacking(desk) == {"GG": 1000, "RX": 200}


def test_a_course_the_plan_has_not_fills_a_block(desk: ExceptionDesk, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO courses (institution_id, code, name, name_en, units, theory_hours,"
                " practice_hours, nature) VALUES (:id, 'ZZ1', '书法', '', 200, 36, 0, '3')"
            ),
            {"id": desk.school.institution_id},
        )
    desk.grant(INSERT, subject="ZZ1", block_code="RX", units=200)
    assert lacking(desk)["RX"] == 200
    command = PostCourseCredit(
        learner_id=desk.learner_id,
        course_code="ZZ1",
        term=desk.school.term,
        mark="85",
        earned_on=date(2026, 1, 20),
    )
    desk.use(post_credit, desk.school.registrar, command)
    assert lacking(desk)["RX"] == 0


def test_a_later_one_replaces_and_a_withdrawal_brings_the_earlier_back(
    desk: ExceptionDesk,
) -> None:
    desk.grant(LOWER, subject="RX", units=100)
    later = desk.grant(LOWER, subject="RX", units=50, decided_on=DAY + timedelta(days=1))
    assert lacking(desk)["RX"] == 50
    assert states(desk) == ["standing", "replaced"]
    ruled = desk.rule(later, WITHDRAWN, reason="决定有误", document_no="测撤1号")
    assert ruled.state == "withdrawn"
    desk.drain()
    assert lacking(desk)["RX"] == 100
    desk.grant(LOWER, subject="GG", units=5300)
    desk.enter(FORCE, ledger_seq=1, block_code="GG")
    assert states(desk) == ["waiting", "standing", "withdrawn", "standing"]


def test_what_was_refused_or_withdrawn_may_be_entered_again(desk: ExceptionDesk) -> None:
    first = desk.enter(LOWER, subject="RX", units=100)
    with pytest.raises(InvalidInputError) as refused:
        desk.enter(LOWER, subject="RX", units=50)
    assert codes(refused) == {("not_later", "decided_on")}
    desk.rule(first.plan_exception_id, REFUSED, reason="材料不全")
    second = desk.grant(LOWER, subject="RX", units=50)
    with pytest.raises(InvalidInputError):
        desk.enter(LOWER, subject="RX", units=0, decided_on=DAY - timedelta(days=1))
    desk.rule(second, WITHDRAWN, reason="有误", document_no="测撤1号")
    desk.grant(LOWER, subject="RX", units=0)
    assert lacking(desk)["RX"] == 0


def test_of_two_that_wait_the_earlier_is_not_approved_after_the_later(desk: ExceptionDesk) -> None:
    earlier = desk.enter(LOWER, subject="RX", units=100)
    later = desk.enter(LOWER, subject="RX", units=50, decided_on=DAY + timedelta(days=1))
    desk.rule(later.plan_exception_id, APPROVED)
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(earlier.plan_exception_id, APPROVED)
    assert codes(refused) == {("not_later", "decided_on")}


REFUSALS: dict[str, tuple[ExceptionKind, dict[str, Any], str, str]] = {
    "a block that is not there": (WAIVE, {"subject": "QQ"}, "unknown_subject", "subject"),
    "a condition it has not": (
        WAIVE, {"subject": "academic_pass_exams"}, "unknown_subject", "subject",
    ),
    "nothing": (WAIVE, {"subject": ""}, "unknown_subject", "subject"),
    "a condition cannot be lowered": (
        LOWER, {"subject": "conduct", "units": 0}, "unknown_subject", "subject",
    ),
    "as much as the plan asks": (LOWER, {"subject": "RX", "units": 200}, "not_lower", "units"),
    "the total raised": (LOWER, {"subject": "", "units": 5800}, "not_lower", "units"),
    "no credits said": (LOWER, {"subject": "RX"}, "not_lower", "units"),
    "a course the school has not": (
        INSERT, {"subject": "ZZ9", "block_code": "RX", "units": 200}, "unknown_course", "subject",
    ),
    "a course that counts there": (
        INSERT, {"subject": "GG01", "block_code": "GG"}, "counts_already", "block_code",
    ),
    "into a block that is not there": (
        INSERT, {"subject": "GG01", "block_code": "QQ"}, "unknown_block", "block_code",
    ),
    "an entry that is not there": (
        FORCE, {"ledger_seq": 40, "block_code": "GG"}, "unknown_entry", "ledger_seq",
    ),
    "forced into nothing": (FORCE, {"ledger_seq": 1}, "unknown_block", "block_code"),
    "kept out of an unknown block": (
        BLOCK, {"ledger_seq": 1, "block_code": "QQ"}, "unknown_block", "block_code",
    ),
    "no document": (
        WAIVE, {"subject": "RX", "document_no": " "}, "document_missing", "document_no",
    ),
    "no reason": (WAIVE, {"subject": "RX", "reason": " "}, "reason_missing", "reason"),
    "decided tomorrow": (
        WAIVE, {"subject": "RX", "decided_on": date(2028, 6, 21)}, "in_future", "decided_on",
    ),
    "before the learner came": (
        WAIVE, {"subject": "RX", "decided_on": date(2025, 8, 31)}, "before_entry", "decided_on",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_does_not_fit_the_plan_is_refused_by_its_field(desk: ExceptionDesk, name) -> None:
    kind, fields, code, field = REFUSALS[name]
    with pytest.raises(InvalidInputError) as refused:
        desk.enter(kind, **fields)
    assert codes(refused) == {(code, field)}
    assert desk.rows("SELECT * FROM plan_exceptions") == []


def test_an_unknown_course_without_credits_is_refused_for_both(desk: ExceptionDesk) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.enter(INSERT, subject="ZZ9", block_code="RX")
    assert codes(refused) == {("unknown_course", "subject"), ("units_missing", "units")}


def test_an_entry_that_was_reversed_is_neither_named_nor_approved(desk: ExceptionDesk) -> None:
    waiting = desk.enter(BLOCK, ledger_seq=1)
    command = ReverseEntry(learner_id=desk.learner_id, ledger_seq=1, reason="有误")
    reversal = desk.use(reverse_entry, desk.school.registrar, command)
    for seq, code in ((1, "entry_reversed"), (reversal.ledger_seq, "unknown_entry")):
        with pytest.raises(InvalidInputError) as refused:
            desk.enter(FORCE, ledger_seq=seq, block_code="GG")
        assert codes(refused) == {(code, "ledger_seq")}
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(waiting.plan_exception_id, APPROVED)
    assert codes(refused) == {("entry_reversed", "ledger_seq")}


def test_who_entered_does_not_approve_and_a_stranger_finds_nothing(
    desk: ExceptionDesk, engine: Engine
) -> None:
    made = desk.enter(WAIVE, subject="RX")
    same = replace(desk.approver, account_id=desk.school.registrar.account_id)
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(made.plan_exception_id, APPROVED, actor=same)
    assert codes(refused) == {("same_person", "ruling")}
    stranger = Actor(91, Role.APPROVER, desk.school.institution_id + 1)
    with pytest.raises(NotFoundError):
        desk.rule(made.plan_exception_id, APPROVED, actor=stranger)
    with pytest.raises(NotFoundError):
        desk.rule(made.plan_exception_id + 1, APPROVED)
    with pytest.raises(ForbiddenError):
        desk.rule(made.plan_exception_id, APPROVED, actor=desk.school.registrar)
    command = EnterException(
        learner_id=desk.learner_id, kind=WAIVE, subject="GG", reason="病", document_no="1",
        decided_on=DAY,
    )  # fmt: skip
    with pytest.raises(ForbiddenError):
        desk.use(enter_exception, desk.approver, command)


@pytest.mark.parametrize(
    ("ruling", "fields", "code"),
    [
        (REFUSED, {}, "reason_missing"),
        (WITHDRAWN, {"document_no": "测1号"}, "reason_missing"),
        (WITHDRAWN, {"reason": "有误"}, "document_missing"),
        (WITHDRAWN, {"reason": "有误", "document_no": "测1号"}, "not_standing"),
    ],
)
def test_a_ruling_says_what_it_must_and_comes_in_turn(
    desk: ExceptionDesk, ruling, fields, code
) -> None:
    made = desk.enter(WAIVE, subject="RX")
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(made.plan_exception_id, ruling, **fields)
    assert {found for found, _ in codes(refused)} == {code}


def test_a_waiver_that_costs_the_credits_which_filled_the_block_is_not_approved(
    desk: ExceptionDesk,
) -> None:
    award = PostInnovationCredit(
        learner_id=desk.learner_id,
        category=InnovationCategory.SOCIAL_PRACTICE,
        title="社会实践",
        quantity=5,
        earned_on=date(2026, 6, 1),
    )
    desk.use(post_credit, desk.school.registrar, award)
    filled = 200 - lacking(desk)["RX"]
    assert filled
    waiver = desk.enter(WAIVE, subject="RX").plan_exception_id
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(waiver, APPROVED)
    assert codes(refused) == {("makes_worse", "ruling")}
    before = desk.verdict().verdict.shortfall_units
    desk.grant(LOWER, subject="", units=5700 - 200)
    desk.rule(waiver, APPROVED)
    assert desk.verdict().verdict.shortfall_units <= before


def test_a_key_is_answered_once(desk: ExceptionDesk) -> None:
    first = desk.enter(WAIVE, subject="RX", key="once")
    assert desk.enter(WAIVE, subject="RX", key="once") == replace(first, replayed=True)
    ruled = desk.rule(first.plan_exception_id, APPROVED, key="one")
    again = desk.rule(first.plan_exception_id, APPROVED, key="one")
    assert again == replace(ruled, replayed=True)
    with pytest.raises(InvalidInputError) as refused:
        desk.rule(first.plan_exception_id, APPROVED)
    assert codes(refused) == {("ruled_already", "ruling")}


@pytest.mark.parametrize("keys", [("click", "click"), ("one", "two")])
def test_approved_twice_at_once_is_approved_once(desk: ExceptionDesk, keys) -> None:
    made = desk.enter(WAIVE, subject="RX")

    def approve(key: str) -> str:
        try:
            return desk.rule(made.plan_exception_id, APPROVED, key=key).state
        except CreditbankError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(approve, keys))
    assert answers[-1] == "standing"
    assert len(desk.rows("SELECT * FROM exception_rulings")) == 1


def test_each_verdict_is_computed_again_with_the_exceptions_of_its_time(
    desk: ExceptionDesk, clean_database: Database
) -> None:
    first = desk.grant(LOWER, subject="RX", units=100)
    desk.grant(BLOCK, ledger_seq=2, block_code="GG")
    desk.rule(first, WITHDRAWN, reason="有误", document_no="测撤1号")
    desk.drain()
    counted = desk.rows("SELECT count(*) FROM verdicts WHERE learner_id = :id", id=desk.learner_id)
    assert counted[0][0] >= 4
    report = replay(clean_database.owner_url, progress=lambda *_: None)
    assert report.differences == []
    assert report.same > 4
    again = recompute(clean_database.owner_url, as_of=NOW.date(), progress=lambda *_: None)
    assert again.differences == []


def test_what_is_pinned_says_neither_why_nor_who(desk: ExceptionDesk) -> None:
    desk.grant(WAIVE, subject="RX", reason="个人隐私")
    pinned = desk.rows("SELECT cast(document AS text) AS said FROM pinned_documents")
    assert any("测教〔2028〕1号" in row.said for row in pinned)
    assert not any("个人隐私" in row.said for row in pinned)
    assert not any("个人隐私" in row.said for row in desk.rows(
        "SELECT cast(findings AS text) AS said FROM verdicts"
    ))  # fmt: skip


def test_after_graduation_an_exception_opens_a_review_and_edits_nothing(
    desk: ExceptionDesk,
) -> None:
    desk.grant(LOWER, subject="", units=5300)
    desk.grant(LOWER, subject="GG", units=5300)
    desk.grant(WAIVE, subject="RX")
    approve = ApproveGraduation(learner_id=desk.learner_id, document_no="测毕1号")
    decided = desk.use(approve_graduation, desk.approver, approve)
    desk.drain()
    desk.grant(BLOCK, ledger_seq=1)
    assert desk.verdict().verdict.outcome is Outcome.NEEDS_REVIEW
    (case,) = desk.rows("SELECT decision_id, frozen_verdict_id FROM review_cases")
    assert tuple(case) == (decided.decision_id, decided.verdict_id)


def test_a_plan_without_the_block_leaves_the_exception_aside(
    desk: ExceptionDesk, owner_engine: Engine
) -> None:
    desk.grant(INSERT, subject="GG01", block_code="RX")
    with owner_engine.begin() as connection:
        new = connection.execute(text(_OTHER_PLAN), {"id": desk.school.plan_id}).scalar_one()
        connection.execute(
            text("UPDATE enrolments SET plan_id = :new WHERE learner_id = :id"),
            {"new": new, "id": desk.learner_id},
        )
    desk.drain()
    verdict = desk.verdict().verdict
    assert verdict.exceptions == ()
    assert [block.code for block in verdict.blocks] == ["GG", "YY"]
