"""Rules that hold on every road by which a credit comes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from creditbank.domain.access import Actor
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import AlreadyBookedError, CreditbankError, InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Use
from creditbank.queries.transcripts import read_transcript
from creditbank.services.batch_reversals import TakenBack, take_back_import
from creditbank.services.commands import (
    ApproveSubstitution,
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostedEntry,
    PostInnovationCredit,
    ReverseEntry,
)
from creditbank.services.credits import post_batch, post_credit
from creditbank.services.evaluations import evaluate_learners
from creditbank.services.reversals import reverse_entry
from creditbank.services.substitutions import approve_substitution
from creditbank.services.waits import posting
from creditbank.store.grade_imports import COMPETITION, StoredImport, keep_preview, note_posted
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
AUTUMN, SPRING, NEXT = Term(2025, 1), Term(2025, 2), Term(2026, 1)


class Office:
    """The registrar and the approver of a school, and one pupil."""

    def __init__(self, engine: Engine, owner: Engine, school: School) -> None:
        self.engine, self.owner, self.school = engine, owner, school
        self.learner_id = school.pupils[0].learner_id
        self.approver = replace(school.registrar, account_id=99, role=Role.APPROVER)

    def unit(self, actor: Actor | None = None) -> UnitOfWork:
        return UnitOfWork(self.engine, reach_of(actor or self.school.registrar))

    def post(
        self, command: PostCredit, registrar: Actor | None = None, now: datetime = NOW
    ) -> PostedEntry:
        actor = registrar or self.school.registrar
        with self.unit(actor) as uow:
            return post_credit(uow, actor, command, idempotency_key=uuid.uuid4().hex, now=now)

    def refusal(self, command: PostCredit) -> str:
        with pytest.raises(CreditbankError) as refused:
            self.post(command)
        return refused.value.problems[0].code

    def course(self, code: str = "GG02", mark: str = "85", **changed) -> PostCourseCredit:
        term = changed.pop("term", AUTUMN)
        day = date(2026, 1, 20) if term == AUTUMN else date(2026, 6, 20)
        values = {"term": term, "earned_on": day, **changed}
        return PostCourseCredit(learner_id=self.learner_id, course_code=code, mark=mark, **values)

    def award(self, event: str = "省技能大赛2026", **changed) -> PostCompetitionCredit:
        values = {
            "level": AwardLevel.PROVINCE, "rank": AwardRank.FIRST,
            "earned_on": date(2026, 5, 20), **changed,
        }  # fmt: skip
        return PostCompetitionCredit(learner_id=self.learner_id, event=event, **values)

    def achievement(self, category: InnovationCategory, **changed) -> PostInnovationCredit:
        values = {"title": "测试成果", "earned_on": date(2026, 5, 20), **changed}
        return PostInnovationCredit(learner_id=self.learner_id, category=category, **values)

    def substitute(self, source_seq: int, units: int) -> PostedEntry:
        command = ApproveSubstitution(
            learner_id=self.learner_id, source_seq=source_seq, block_code="XX", units=units,
            document_no="测1号",
        )  # fmt: skip
        with self.unit(self.approver) as uow:
            return approve_substitution(
                uow, self.approver, command, idempotency_key=uuid.uuid4().hex, now=NOW
            )

    def execute(self, statement: str, **values) -> None:
        with self.owner.begin() as connection:
            connection.execute(text(statement), values)

    def set_policy(self, key: str, value: int, since: date) -> None:
        self.execute(
            "INSERT INTO school_policy_values (institution_id, key, effective_from, value,"
            " reference) VALUES (:school, :key, :since, jsonb_build_object('value',"
            " cast(:value AS int)), '测试')",
            school=self.school.institution_id, key=key, since=since, value=value,
        )  # fmt: skip


@pytest.fixture
def office(clean_database: Database, engine: Engine, owner_engine: Engine) -> Office:
    with owner_engine.begin() as connection:
        school = make_school(connection, pupils=2)
    return Office(engine, owner_engine, school)


@pytest.fixture
def approving(office: Office) -> Office:
    """The same school, with a block XX of 10 credits that takes awards by approval."""
    plan_id = office.school.plan_id
    office.execute("ALTER TABLE program_plans DISABLE TRIGGER refuse_frozen_plan")
    office.execute(
        "UPDATE program_plans SET document = jsonb_insert(document, '{blocks,0}', cast(:block AS"
        " jsonb)) WHERE plan_id = :plan",
        plan=plan_id,
        block='{"code": "XX", "name": "限选", "name_en": "", "nature": "2", "credits_min": "10",'
        ' "substitution": "approved", "is_major_core": false}',
    )
    office.execute("ALTER TABLE program_plans ENABLE ALWAYS TRIGGER refuse_frozen_plan")
    return office


def test_a_course_of_another_school_fills_no_block_of_this_one(office):
    with office.owner.begin() as connection:
        other = make_school(connection, number=2, pupils=1)
    guest = replace(office.course(term=SPRING), learner_id=other.pupils[0].learner_id)
    office.post(guest, other.registrar)
    office.execute(
        "UPDATE enrolments SET status = '10', is_open = false WHERE learner_id = :id",
        id=guest.learner_id,
    )
    office.execute(
        "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id, major_code,"
        " catalogue_year, class_name, entry_year, entered_on, study_mode, status, is_open,"
        " suspended_semesters) SELECT :school, :id, 'T1', :plan, major_code, catalogue_year,"
        " '转入班', 2025, '2026-03-01', 'full_time', '01', true, 0 FROM enrolments"
        " WHERE learner_id = :id",
        school=office.school.institution_id, id=guest.learner_id, plan=office.school.plan_id,
    )  # fmt: skip
    with UnitOfWork(office.engine, EVERYWHERE) as uow:
        verdicts = {
            item.snapshot.institution_id: verdict
            for verdict, item in evaluate_learners(uow, [guest.learner_id], as_of=date(2026, 7, 1))
        }
    assert verdicts[other.institution_id].counted_units == 1100
    here = verdicts[office.school.institution_id]
    assert here.counted_units == 0
    assert [placement.use for placement in here.placements] == [Use.NOT_IN_PLAN]
    # What was passed elsewhere is not a first pass here: this school's course is earned anew.
    assert office.post(guest).units == 1100


def test_an_exempted_course_leaves_the_average_though_it_was_failed_before(office):
    office.post(office.course("GG03", "50"))
    office.post(office.course("GG02", "85"))
    exempted = office.course(
        "GG03", "免修", term=SPRING, exam_kind=ExamKind.EXEMPT, proof_no="平教〔2026〕3号"
    )
    office.post(exempted)
    with office.unit() as uow:
        found = read_transcript(uow, office.learner_id, today=date(2026, 7, 1))
    assert found.gpa == 350


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"term": Term(2031, 1)}, "unknown_term"),
        ({"term": NEXT}, "term_in_future"),
    ],
)
def test_the_term_must_stand_in_the_calendar_and_have_begun(office, changed, code):
    assert office.refusal(office.course(**changed)) == code


def test_a_learner_who_left_gets_no_more_marks_but_a_resit_after_completion(office):
    office.post(office.course("GG03", "50"))
    office.execute(
        "UPDATE enrolments SET status = '08', is_open = false WHERE learner_id = :id",
        id=office.learner_id,
    )
    assert office.refusal(office.course()) == "enrolment_closed"
    resit = office.course("GG03", "70", exam_kind=ExamKind.RESIT_AFTER_COMPLETION, term=SPRING)
    assert office.post(resit).units == 800


@pytest.mark.parametrize("written", ["CN-0001", "cn-0001", " ＣＮ－0001 "])
def test_one_certificate_is_booked_once_however_it_is_typed(office, written):
    office.post(office.award(certificate_no="CN-0001"))
    as_patent = office.achievement(InnovationCategory.PATENT_UTILITY, certificate_no=written)
    assert office.refusal(as_patent) == "already_booked"
    other_event = office.award("另一赛事2026", certificate_no=written)
    assert office.refusal(other_event) == "already_booked"


def test_two_rows_of_one_batch_cannot_share_a_certificate(office):
    rows = [
        office.award(certificate_no="CN-0002"),
        office.achievement(InnovationCategory.PATENT_UTILITY, certificate_no="cn-0002"),
    ]
    with office.unit() as uow, pytest.raises(InvalidInputError) as refused:
        post_batch(uow, office.school.registrar, rows, idempotency_key="k", now=NOW)
    assert [(item.row, item.code) for item in refused.value.problems] == [(2, "already_booked")]


def test_a_reversed_certificate_is_free_again(office):
    seq = office.post(office.award(certificate_no="CN-0003")).ledger_seq
    with office.unit() as uow:
        reverse_entry(
            uow,
            office.school.registrar,
            ReverseEntry(learner_id=office.learner_id, ledger_seq=seq, reason="录错类别"),
            idempotency_key="r",
            now=NOW,
        )
    again = office.achievement(InnovationCategory.PATENT_UTILITY, certificate_no="cn-0003")
    assert office.post(again).units == 200


def test_an_award_is_worth_what_the_rules_of_its_day_say(office):
    office.set_policy("competition.value.23.2", 500, date(2026, 6, 1))
    assert office.post(office.award()).units == 400
    assert office.post(office.award("六月赛事", earned_on=date(2026, 6, 2))).units == 500
    assert office.refusal(office.award("旧赛事", earned_on=date(2019, 1, 1))) == "rules_missing"


def test_one_entry_has_a_limit(office):
    command = office.achievement(InnovationCategory.SOCIAL_PRACTICE, quantity=2_000)
    assert office.refusal(command) == "units_over_limit"
    assert office.post(replace(command, quantity=500)).units == 10_000


def test_every_problem_of_a_batch_is_counted(office):
    rows = [office.course("无此课", earned_on=date(2026, 1, 1 + at % 28)) for at in range(1_000)]
    with office.unit() as uow, pytest.raises(InvalidInputError) as refused:
        post_batch(uow, office.school.registrar, rows, idempotency_key="k", now=NOW)
    assert "1000" in refused.value.message.zh
    assert len(refused.value.problems) == 1_000


def test_an_approved_substitution_stays_within_every_cap(approving):
    office = approving
    national = office.post(office.award("国赛", level=AwardLevel.NATIONAL)).ledger_seq
    office.set_policy("innovation.category_cap.competition", 250, date(2026, 6, 1))
    with pytest.raises(InvalidInputError, match=r"At most 2\.5 credits"):
        office.substitute(national, 300)
    office.substitute(national, 200)
    with pytest.raises(InvalidInputError, match=r"At most 0\.5 credits"):
        office.substitute(national, 100)
    office.set_policy("innovation.career_cap_units", 220, date(2026, 6, 2))
    with pytest.raises(InvalidInputError, match=r"At most 0\.2 credits"):
        office.substitute(national, 50)


def test_a_lower_award_of_one_event_fills_nothing_by_approval(approving):
    office = approving
    lower = office.post(office.award("同一赛事", level=AwardLevel.CITY)).ledger_seq
    office.post(office.award("同一赛事"))
    with pytest.raises(InvalidInputError, match="At most 0 credits"):
        office.substitute(lower, 50)


def test_an_expired_certificate_fills_nothing_by_approval(approving):
    office = approving
    expired = office.achievement(
        InnovationCategory.SKILL_CERTIFICATE,
        certificate_no="X1",
        certificate_level=CertificateLevel.INTERMEDIATE,
        valid_until=date(2026, 6, 30),
    )
    seq = office.post(expired, now=NOW - timedelta(days=1)).ledger_seq
    with pytest.raises(InvalidInputError, match="At most 0 credits"):
        office.substitute(seq, 50)


def test_only_a_natural_key_is_answered_as_booked_already(office):
    with pytest.raises(IntegrityError), office.unit() as uow, posting():
        uow.connection.execute(
            text("INSERT INTO learner_heads VALUES (123456, 0, 0, decode('00', 'hex'))")
        )
    office.post(office.course())
    with pytest.raises(AlreadyBookedError), office.unit() as uow, posting():
        uow.connection.execute(
            text(
                "INSERT INTO ledger_entries SELECT institution_id, learner_id, ledger_seq + 1,"
                " kind, units, hours, earned_on, course_code, term_code, exam_kind, scale, mark,"
                " passed, grade_point, block_code, source_seq, evidence_key, evidence_no, detail,"
                " policy_version, posted_by, batch_id, recorded_at, prev_hash, entry_hash"
                " FROM ledger_entries"
            )
        )


def test_a_letter_has_its_own_scale(office):
    assert office.post(office.course("GG04", "B", scale=GradingScale.LETTER)).mark == "B"


def test_a_file_is_not_taken_back_where_something_rests_on_a_row(approving):
    """Entries that stand alone stay as well: all or nothing, and the row is named."""
    office, import_id, registrar = approving, str(uuid.uuid4()), approving.school.registrar
    awards = [office.post(office.award(f"国赛{at}", level=AwardLevel.NATIONAL)) for at in (1, 2)]
    pair = office.substitute(awards[1].ledger_seq, 100)
    item = StoredImport(
        import_id=import_id,
        institution_id=registrar.institution_id,
        account_id=registrar.account_id,
        file_name="获奖.xlsx",
        file_hash=import_id,
        kind=COMPETITION,
        rows=[
            {"row": row, "column": "C", "learner_id": award.learner_id, "ledger_seq": seq}
            for row, award in enumerate(awards, 4)
            for seq in [award.ledger_seq]
        ],
        problems=(),
        posted_at=None,
    )

    def take_back() -> TakenBack:
        with office.unit() as uow:
            return take_back_import(uow, registrar, COMPETITION, import_id, reason="传错", now=NOW)

    with office.unit() as uow:
        keep_preview(uow.connection, item, now=NOW)
        note_posted(uow.connection, import_id, now=NOW)
    with pytest.raises(InvalidInputError) as refused:
        take_back()
    assert [(problem.code, problem.row) for problem in refused.value.problems] == [
        ("something_rests", 5)
    ]
    with office.unit() as uow:
        reverse_entry(
            uow,
            registrar,
            ReverseEntry(learner_id=office.learner_id, ledger_seq=pair.ledger_seq, reason="撤销"),
            idempotency_key="pair",
            now=NOW,
        )
    assert take_back() == TakenBack(2)
