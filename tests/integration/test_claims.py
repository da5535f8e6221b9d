"""学分认定申报 from a draft to the ledger: who may move it when, and what is booked, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.awards import AwardRank, TeamRole
from creditbank.domain.claims import ClaimMoveKind, ClaimStage
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.services.claim_checks import credit_of
from creditbank.services.claim_commands import MoveClaim, RemoveEvidence, RestateClaim
from creditbank.services.claim_postings import post_due_claims
from creditbank.services.claims import (
    discard_draft,
    forget_old_drafts,
    move_claim,
    remove_evidence,
    restate_claim,
)
from creditbank.services.credits import post_credit
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database, clone_template, drop_database
from tests.factories.claim_desk import (
    AFTER,
    AWARD,
    ENDS_ON,
    NOW,
    VOLUNTEERING,
    ClaimDesk,
    make_claim_desk,
    other,
)


@pytest.fixture(scope="module")
def prepared(servers, database: Database, owner_engine: Engine, engine: Engine):
    """Two schools, made once."""
    engine.dispose()
    owner_engine.dispose()
    clone_template(servers, database.name)
    made = make_claim_desk(owner_engine, engine)
    engine.dispose()
    owner_engine.dispose()
    name = f"{database.name}_claims"
    clone_template(servers, name, template=database.name)
    yield name, made
    drop_database(servers, name)


@pytest.fixture
def desk(prepared, servers, database: Database, engine: Engine, owner_engine: Engine) -> ClaimDesk:
    """The two schools as they were made."""
    name, made = prepared
    engine.dispose()
    owner_engine.dispose()
    clone_template(servers, database.name, template=name)
    return made


def codes(error: pytest.ExceptionInfo[InvalidInputError]) -> set[str]:
    return {problem.code for problem in error.value.problems}


def test_a_claim_goes_from_a_draft_through_two_reviews_and_a_notice_into_the_ledger(desk):
    claim_id = desk.submitted()
    assert desk.standing(claim_id).stage is ClaimStage.SUBMITTED
    desk.review(claim_id)
    standing = desk.standing(claim_id)
    assert (standing.stage, standing.units) == (ClaimStage.ACCEPTED, 300)
    assert desk.confirm(claim_id).ends_on == ENDS_ON.isoformat()
    assert not desk.post(now=NOW + timedelta(days=7)).posted
    assert desk.post().posted == [claim_id]
    (entry,) = desk.entries()
    assert (entry.units, entry.evidence_no, entry.detail["claim_id"]) == (
        300, "SD2026-0001", claim_id,
    )  # fmt: skip
    assert desk.standing(claim_id).ledger_seq == entry.ledger_seq
    assert not desk.post().posted
    assert len(desk.entries()) == 1


def test_who_looks_is_shown_what_is_due_by_then(desk):
    claim_id = desk.announced()
    student = desk.student()
    done = post_due_claims(
        lambda: desk.unit(student), now=AFTER, learner_ids=[desk.pupil().learner_id], limit=5
    )
    assert done.posted == [claim_id]
    (entry,) = desk.entries()
    assert entry.posted_by == desk.staff(Role.REGISTRAR).account_id
    assert desk.rows("SELECT 1 FROM pending_evaluations")


def test_what_is_missing_is_named_field_by_field_when_it_is_handed_in(desk):
    claim_id = desk.draft(other(AWARD, title="", rank=None, earned_on=None), proof="")
    with pytest.raises(InvalidInputError) as error:
        desk.submit(claim_id)
    assert [problem.field for problem in error.value.problems] == [
        "title", "earned_on", "rank", "files",
    ]  # fmt: skip


def test_the_first_review_may_grant_fewer_credits_for_a_reason_and_never_more(desk):
    claim_id = desk.submitted(VOLUNTEERING)
    for fields, code in (({"units": 101}, "units_beyond_table"), ({"units": 50}, "reason_missing")):
        with pytest.raises(InvalidInputError) as error:
            desk.review(claim_id, **fields)
        assert codes(error) == {code}
    desk.review(claim_id, units=50, reason="只认定20小时")
    desk.confirm(claim_id)
    desk.post()
    (entry,) = desk.entries()
    assert (entry.units, entry.detail["table_units"]) == (50, 100)


def test_who_made_the_first_review_does_not_make_the_final_one(desk):
    claim_id = desk.submitted()
    desk.review(claim_id)
    both = desk.staff(Role.REGISTRAR)
    with pytest.raises(InvalidInputError) as error:
        desk.confirm(claim_id, by=type(both)(both.account_id, Role.APPROVER, both.institution_id))
    assert codes(error) == {"same_person"}


def test_what_is_returned_is_mended_and_handed_in_again(desk):
    claim_id = desk.submitted()
    with pytest.raises(InvalidInputError) as error:
        desk.review(claim_id, ClaimMoveKind.RETURN)
    assert codes(error) == {"reason_missing"}
    with pytest.raises(InvalidInputError):
        desk.use(restate_claim, desk.student(), RestateClaim(claim_id=claim_id, content=AWARD))
    desk.review(claim_id, ClaimMoveKind.RETURN, reason="等级与证书不符")
    mended = RestateClaim(claim_id=claim_id, content=other(AWARD, rank=AwardRank.THIRD))
    desk.use(restate_claim, desk.student(), mended)
    desk.submit(claim_id)
    desk.review(claim_id)
    assert desk.standing(claim_id).units == 200


def test_the_approver_may_send_back_what_the_registrar_accepted(desk):
    claim_id = desk.submitted()
    with pytest.raises(InvalidInputError):
        desk.review(claim_id, ClaimMoveKind.REJECT, role=Role.APPROVER, reason="早了")
    desk.review(claim_id)
    desk.review(claim_id, ClaimMoveKind.REJECT, role=Role.APPROVER, reason="不属于认定范围")
    assert desk.standing(claim_id).stage is ClaimStage.REJECTED


def test_an_objection_stops_the_booking_until_somebody_else_has_decided_it(desk):
    claim_id = desk.announced()
    first = desk.object(claim_id, desk.student(1))
    second = desk.object(claim_id, desk.staff(Role.TEACHER))
    with pytest.raises(InvalidInputError) as error:
        desk.object(claim_id, desk.student(1))
    assert codes(error) == {"objected_already"}
    assert not desk.post().posted
    desk.rule(claim_id, ClaimMoveKind.DISMISS, first)
    assert not desk.post().posted
    desk.rule(claim_id, ClaimMoveKind.DISMISS, second)
    assert desk.post().posted == [claim_id]


def test_an_objection_that_is_right_ends_the_claim(desk):
    claim_id = desk.announced()
    own = desk.object(claim_id, desk.staff(Role.APPROVER))
    with pytest.raises(InvalidInputError) as error:
        desk.rule(claim_id, ClaimMoveKind.UPHOLD, own)
    assert codes(error) == {"own_objection"}
    about = desk.object(claim_id, desk.student(2))
    desk.rule(claim_id, ClaimMoveKind.UPHOLD, about)
    assert desk.standing(claim_id).stage is ClaimStage.REJECTED
    assert not desk.post().posted


def test_nobody_of_another_school_objects_and_nobody_before_the_notice(desk):
    claim_id = desk.submitted()
    with pytest.raises(NotFoundError):
        desk.object(claim_id, desk.student(1))
    desk.review(claim_id)
    desk.confirm(claim_id)
    for actor in (desk.student(school=1), desk.staff(Role.TEACHER, school=1)):
        with pytest.raises(NotFoundError):
            desk.object(claim_id, actor)


def test_a_certificate_is_booked_for_one_learner_of_the_county_whoever_claims_it(desk):
    claims = [desk.announced(school=school) for school in (0, 1)]
    done = desk.post()
    assert (done.posted, done.bounced) == (claims[:1], claims[1:])
    standing = desk.standing(claims[1])
    assert (standing.stage, standing.is_bounced) == (ClaimStage.SUBMITTED, True)
    assert not desk.entries(school=1)
    with pytest.raises(InvalidInputError) as error:
        desk.review(claims[1], school=1)
    assert codes(error) == {"number_booked"}


def test_a_file_proves_one_claim(desk):
    first = desk.announced(proof="scan")
    second = desk.announced(other(AWARD, certificate_no="SD2026-0002"), of=1, proof="scan")
    done = desk.post()
    assert (done.posted, done.bounced) == ([first], [second])


def test_each_of_a_team_is_booked_by_the_one_certificate(desk):
    roles = (TeamRole.CAPTAIN, TeamRole.MEMBER, TeamRole.MEMBER)
    claims = [
        desk.announced(other(AWARD, team_role=role), of=at, proof="team scan")
        for at, role in enumerate(roles)
    ]
    assert desk.post().posted == claims
    assert [desk.entries(of=at)[0].units for at in range(3)] == [300, 200, 200]
    with pytest.raises(InvalidInputError) as error:
        desk.submitted(other(AWARD, team_role=TeamRole.CAPTAIN), of=3)
    assert codes(error) == {"number_booked"}


def test_what_is_booked_by_another_road_meanwhile_sends_the_claim_back(desk):
    claim_id = desk.announced(other(AWARD, certificate_no=""))
    command = credit_of(other(AWARD, certificate_no=""), desk.pupil().learner_id)
    desk.use(post_credit, desk.staff(Role.REGISTRAR), command)
    assert desk.post().bounced == [claim_id]
    (said,) = desk.rows("SELECT detail FROM claim_moves WHERE kind = 'bounce'")
    assert "已经入账" in said.detail["zh"]
    with pytest.raises(InvalidInputError) as error:
        desk.submitted(other(AWARD, certificate_no=""))
    assert codes(error) == {"already_booked"}


def test_the_learner_is_told_of_a_certificate_that_is_claimed_already(desk):
    desk.submitted()
    with pytest.raises(InvalidInputError) as error:
        desk.submitted(proof="another photo")
    assert codes(error) == {"claimed_already"}


def test_a_draft_goes_for_good_and_what_was_handed_in_stays(desk):
    claim_id = desk.draft()
    (number,) = desk.rows("SELECT claim_file_id FROM claim_files")
    taking = RemoveEvidence(claim_id=claim_id, claim_file_id=number.claim_file_id)
    desk.use(remove_evidence, desk.student(), taking)
    assert not desk.rows("SELECT 1 FROM claim_pages")
    with desk.unit(desk.student()) as uow:
        discard_draft(uow, desk.student(), claim_id, now=NOW)
    assert not desk.rows("SELECT 1 FROM claims")
    kept = desk.submitted()
    with desk.unit(desk.student()) as uow, pytest.raises(InvalidInputError):
        discard_draft(uow, desk.student(), kept, now=NOW)
    desk.review(kept, ClaimMoveKind.RETURN, reason="照片不清")
    (number,) = desk.rows("SELECT claim_file_id FROM claim_files")
    taking = RemoveEvidence(claim_id=kept, claim_file_id=number.claim_file_id)
    desk.use(remove_evidence, desk.student(), taking)
    assert desk.rows("SELECT 1 FROM claim_pages")


def test_drafts_that_are_left_are_forgotten(desk):
    desk.draft()
    kept = desk.submitted()
    with desk.unit() as uow:
        assert forget_old_drafts(uow, now=NOW + timedelta(days=61)) == 1
    assert [row.claim_id for row in desk.rows("SELECT claim_id FROM claims")] == [kept]


def test_a_claim_is_taken_back_until_it_is_booked(desk):
    claim_id = desk.announced()
    taking = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.WITHDRAW)
    for actor in (desk.student(1), desk.student(school=1)):
        with pytest.raises(NotFoundError):
            desk.use(move_claim, actor, taking)
    with pytest.raises(ForbiddenError):
        desk.use(move_claim, desk.staff(Role.REGISTRAR), taking)
    desk.use(move_claim, desk.student(), taking)
    assert not desk.post().posted
    assert desk.standing(claim_id).stage is ClaimStage.WITHDRAWN


def test_the_same_key_moves_a_claim_once(desk):
    claim_id = desk.draft()
    first = desk.submit(claim_id, key="once")
    again = desk.submit(claim_id, key="once")
    assert (first.replayed, again.replayed) == (False, True)
    assert len(desk.rows("SELECT 1 FROM claim_moves")) == 1


def test_the_family_is_told_of_each_step_and_an_office_once_while_it_has_not_looked(desk):
    for title in ("甲", "乙", "丙"):
        desk.announced(other(VOLUNTEERING, title=title))
    desk.post()
    told = {
        row.role: row.count
        for row in desk.rows(
            "SELECT a.role, count(*) FROM messages m JOIN accounts a USING (account_id)"
            " WHERE m.kind = 'claim' GROUP BY a.role"
        )
    }
    assert told == {"registrar": 1, "approver": 1, "student": 9}


def test_without_a_reach_no_claim_is_seen(desk):
    desk.submitted()
    with UnitOfWork(desk.engine, "") as uow:
        assert not list(uow.connection.exec_driver_sql("SELECT 1 FROM claims"))
    with UnitOfWork(desk.engine, f"{desk.schools[0].institution_id}@7/{AFTER.date()}") as uow:
        assert not list(uow.connection.exec_driver_sql("SELECT 1 FROM claim_pages"))
