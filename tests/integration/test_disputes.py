"""A certificate number in two accounts: what is read the moment after, without any worker."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank, TeamRole
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import Use
from creditbank.queries.waiting_records import disputed_evidence
from creditbank.services.commands import (
    CheckEvidence,
    PostCompetitionCredit,
    PostedEntry,
    ReverseEntry,
)
from creditbank.services.credits import post_batch, post_credit
from creditbank.services.evaluations import drain
from creditbank.services.evidence_checks import check_evidence
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.services.reversals import reverse_entry
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


class Office:
    """A school and a second one; nobody evaluates unless a test says so."""

    def __init__(self, engine: Engine, first: School, second: School) -> None:
        self.engine, self.first, self.second = engine, first, second
        self.registrar = first.registrar
        self.a, self.b, self.c = (pupil.learner_id for pupil in first.pupils)
        self.elsewhere = second.pupils[0].learner_id

    def unit(self, actor: Actor | None = None) -> UnitOfWork:
        return UnitOfWork(self.engine, EVERYWHERE if actor is None else reach_of(actor))

    def award(self, learner_id: int, number: str = "JS2026001", **changed) -> PostCompetitionCredit:
        values = {
            "event": "2026年省技能大赛", "level": AwardLevel.PROVINCE, "rank": AwardRank.FIRST,
            "earned_on": date(2026, 5, 20), "certificate_no": number, **changed,
        }  # fmt: skip
        return PostCompetitionCredit(learner_id=learner_id, **values)

    def post(self, command: PostCompetitionCredit, registrar: Actor | None = None) -> PostedEntry:
        actor = registrar or self.registrar
        with self.unit(actor) as uow:
            return post_credit(uow, actor, command, idempotency_key=uuid.uuid4().hex, now=NOW)

    def reverse(self, entry: PostedEntry) -> None:
        command = ReverseEntry(
            learner_id=entry.learner_id, ledger_seq=entry.ledger_seq, reason="编号登错"
        )
        with self.unit(self.registrar) as uow:
            reverse_entry(uow, self.registrar, command, idempotency_key=uuid.uuid4().hex, now=NOW)

    def drain(self) -> None:
        drain(self.unit, now=NOW)

    def verdict(self, learner_id: int) -> FreshVerdict:
        with self.unit() as uow:
            return fresh_verdicts(uow, learner_id, as_of=local_date(NOW), now=NOW)[0]

    def uses(self, learner_id: int) -> set[Use]:
        return {placement.use for placement in self.verdict(learner_id).verdict.placements}

    def facts_seq(self, learner_id: int) -> int:
        with self.unit() as uow:
            asked = text("SELECT facts_seq FROM learner_heads WHERE learner_id = :id")
            return uow.connection.execute(asked, {"id": learner_id}).scalar_one()


@pytest.fixture
def office(clean_database: Database, engine: Engine, owner_engine: Engine) -> Office:
    with owner_engine.begin() as connection:
        first = make_school(connection, pupils=3)
        second = make_school(connection, number=2, pupils=1)
    return Office(engine, first, second)


def test_the_first_holder_is_answered_anew_the_moment_the_number_comes_a_second_time(office):
    office.post(office.award(office.a))
    office.drain()
    before = office.verdict(office.a)
    assert before.stored
    assert Use.DISPUTED not in {placement.use for placement in before.verdict.placements}
    office.post(office.award(office.b))
    after = office.verdict(office.a)
    assert not after.stored
    assert office.uses(office.a) == {Use.DISPUTED}
    assert after.verdict.facts_seq == before.verdict.facts_seq + 1


def test_a_shared_number_waits_for_both_schools_until_one_entry_is_taken_back(office):
    def waiting(actor: Actor) -> list[int]:
        with office.unit(actor) as uow:
            return [item.count for item in disputed_evidence(uow, actor, NOW)]

    office.post(office.award(office.elsewhere), office.second.registrar)
    entry = office.post(office.award(office.a))
    office.post(office.award(office.b, "JS2026002"))
    assert waiting(office.registrar) == waiting(office.second.registrar) == [2]
    office.reverse(entry)
    assert waiting(office.registrar) == waiting(office.second.registrar) == []


def test_across_schools_and_in_a_batch_the_books_of_the_first_holder_move_too(office):
    office.post(office.award(office.elsewhere), office.second.registrar)
    office.drain()
    with office.unit(office.registrar) as uow:
        rows = [office.award(office.a), office.award(office.b, "JS2026002")]
        post_batch(uow, office.registrar, rows, idempotency_key="k", now=NOW)
    assert office.uses(office.elsewhere) == {Use.DISPUTED}


def test_a_reversal_frees_the_other_holder_at_once(office):
    office.post(office.award(office.a))
    second = office.post(office.award(office.b))
    office.drain()
    assert office.uses(office.a) == {Use.DISPUTED}
    office.reverse(second)
    assert not office.verdict(office.a).stored
    assert Use.DISPUTED not in office.uses(office.a)


def test_an_evaluation_begun_before_the_duplicate_never_replaces_one_begun_after(
    office, monkeypatch
):
    office.post(office.award(office.a))
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection, learner_ids):
        found = read_evaluands(connection, learner_ids)
        if threading.current_thread().name.startswith("slow"):
            begun.set()
            assert go_on.wait(60)
        return found

    monkeypatch.setattr("creditbank.services.evaluations.read_evaluands", slow)
    with ThreadPoolExecutor(1, thread_name_prefix="slow") as pool:
        late = pool.submit(office.drain)
        assert begun.wait(60)
        office.post(office.award(office.b))
        office.drain()
        assert office.verdict(office.a).stored
        go_on.set()
        late.result(timeout=60)
    assert office.uses(office.a) == {Use.DISPUTED}


def test_posters_with_crossed_numbers_neither_wait_in_a_ring_nor_miss_each_other(office):
    """A's number is posted for B while B's is posted for A, and both ways in batches."""
    rounds = 25
    for number in range(rounds):
        office.post(office.award(office.a, f"A{number}", event=f"甲赛{number}"))
        office.post(office.award(office.b, f"B{number}", event=f"乙赛{number}"))

    def cross(learner_id: int, letter: str, number: int) -> None:
        office.post(office.award(learner_id, f"{letter}{number}", event=f"{letter}赛{number}"))

    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            pair = (pool.submit(cross, office.a, "B", number),
                    pool.submit(cross, office.b, "A", number))  # fmt: skip
            for done in pair:
                done.result(timeout=60)
    assert office.facts_seq(office.a) >= rounds
    assert office.facts_seq(office.b) >= rounds
    assert office.uses(office.a) == office.uses(office.b) == {Use.DISPUTED}


def test_one_team_shares_its_certificate_without_a_dispute(office):
    office.post(office.award(office.a, "TD1", team_role=TeamRole.CAPTAIN))
    office.post(office.award(office.b, "TD1", team_role=TeamRole.MEMBER, event="省技能大赛 2026年"))
    assert Use.DISPUTED not in office.uses(office.a) | office.uses(office.b)


@pytest.mark.parametrize(
    "changed",
    [
        {"team_role": TeamRole.INDIVIDUAL},
        {"team_role": TeamRole.CAPTAIN},
        {"team_role": TeamRole.MEMBER, "event": "另一赛事2026"},
        {"team_role": TeamRole.MEMBER, "rank": AwardRank.THIRD},
        {"team_role": TeamRole.MEMBER, "level": AwardLevel.CITY},
    ],
)
def test_what_is_not_one_award_of_one_team_stays_in_dispute(office, changed):
    office.post(office.award(office.a, "TD1", team_role=TeamRole.CAPTAIN))
    office.post(office.award(office.b, "TD1", **changed))
    assert office.uses(office.a) == office.uses(office.b) == {Use.DISPUTED}


def check(office: Office, entry: PostedEntry, *owners: int, actor: Actor | None = None):
    command = CheckEvidence(
        learner_id=entry.learner_id,
        ledger_seq=entry.ledger_seq,
        owner_ids=owners,
        reason="核对原件",
    )
    who = actor or office.registrar
    with office.unit(who) as uow:
        return check_evidence(uow, who, command, idempotency_key=uuid.uuid4().hex, now=NOW)


def test_a_check_lifts_the_dispute_for_those_it_names_and_for_nobody_else(office):
    first = office.post(office.award(office.a))
    office.post(office.award(office.b))
    office.drain()
    assert office.verdict(office.a).stored
    checked = check(office, first, office.a)
    assert checked.disputed_ids == (office.b,)
    assert not office.verdict(office.a).stored
    assert Use.DISPUTED not in office.uses(office.a)
    assert office.uses(office.b) == {Use.DISPUTED}
    office.post(office.award(office.c))
    assert office.uses(office.c) == {Use.DISPUTED}
    assert Use.DISPUTED not in office.uses(office.a)


def test_the_latest_check_rules_and_all_checks_are_kept(office):
    entries = [office.post(office.award(learner)) for learner in (office.a, office.b)]
    check(office, entries[0], office.a)
    check(office, entries[1], office.a, office.b)
    assert Use.DISPUTED not in office.uses(office.a) | office.uses(office.b)
    with office.unit() as uow:
        count = text("SELECT count(*) FROM evidence_checks")
        assert uow.connection.execute(count).scalar_one() == 2
        for change in ("UPDATE evidence_checks SET reason = 'x'", "DELETE FROM evidence_checks"):
            with pytest.raises(DBAPIError), uow.connection.begin_nested():
                uow.connection.execute(text(change))


def test_an_approver_may_check_and_a_teacher_may_not(office):
    first = office.post(office.award(office.a))
    office.post(office.award(office.b))
    with pytest.raises(ForbiddenError):
        check(office, first, office.a, actor=replace(office.registrar, role=Role.TEACHER))
    check(office, first, office.a, actor=replace(office.registrar, role=Role.APPROVER))
    assert Use.DISPUTED not in office.uses(office.a)


def test_what_cannot_be_decided_is_refused_with_the_reason(office):
    alone = office.post(office.award(office.a))
    assert refusal(office, alone, office.a) == "not_disputed"
    office.post(office.award(office.b))
    assert refusal(office, alone, office.c) == "owner_missing"
    assert refusal(office, alone) == "owner_missing"
    without = office.post(office.award(office.c, "", event="无证书赛事"))
    with pytest.raises(NotFoundError):
        check(office, without, office.c)


def test_a_number_held_at_two_schools_is_the_countys_to_check(office):
    own = office.post(office.award(office.a))
    office.post(office.award(office.elsewhere), office.second.registrar)
    assert refusal(office, own, office.a) == "other_school"
    bureau = Actor(account_id=77, role=Role.COUNTY, institution_id=999)
    check(office, own, office.elsewhere, actor=bureau)
    assert Use.DISPUTED not in office.uses(office.elsewhere)
    assert office.uses(office.a) == {Use.DISPUTED}


def refusal(office: Office, entry: PostedEntry, *owners: int) -> str:
    with pytest.raises(InvalidInputError) as refused:
        check(office, entry, *owners)
    return refused.value.problems[0].code
