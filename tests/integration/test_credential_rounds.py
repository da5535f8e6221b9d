"""What ends a credential and what does not: graduating, consents, and rounds in which one fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.credentials import CredentialKind, CredentialState
from creditbank.domain.errors import InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind
from creditbank.services import credential_truth
from creditbank.services.commands import ApproveGraduation
from creditbank.services.credential_commands import IssueCredential
from creditbank.services.credentials import Signing, issue_credential
from creditbank.services.graduations import approve_graduation
from creditbank.services.status_lists import publish_list
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.advance_classes import AdvanceClasses
from tests.factories.advance_desk import AFTER_NOTICE, JULY
from tests.factories.change_desk import of_kind
from tests.factories.credential_desk import (
    JUNE,
    LATER,
    NOW,
    SECRET,
    SITE,
    CredentialDesk,
    let_graduate,
    make_credential_desk,
)
from tests.factories.school import make_school

STATUS = CredentialKind.ARTICULATION_STATUS
ELIGIBILITY = CredentialKind.GRADUATION_ELIGIBILITY


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> CredentialDesk:
    return make_credential_desk(owner_engine, engine)


def states(desk: CredentialDesk, *numbers: int, now) -> list[str]:
    return [desk.state(number, now).value for number in numbers]


def test_who_graduates_was_told_the_truth_and_stays_agreed(
    desk: CredentialDesk, owner_engine: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(credential_truth, "BATCH", 1)  # those of graduates starve nobody
    let_graduate(desk, owner_engine, engine)
    eligible, status = desk.issue(ELIGIBILITY, now=JUNE), desk.issue(STATUS, now=JUNE)
    assert desk.document(status)["credentialSubject"]["outcome"] == "qualified"
    changes = desk.changes
    changes.use(
        approve_graduation, changes.actor(Role.APPROVER),
        ApproveGraduation(learner_id=changes.learner_id, document_no="测毕1号"), now=JUNE,
    )  # fmt: skip
    changes.carry_out(
        of_kind(ChangeKind.GRADUATION, takes_effect_on=JUNE.date()), Role.APPROVER, now=JUNE
    )
    hour = JUNE + timedelta(hours=1)
    assert states(desk, eligible, status, now=hour) == ["valid", "valid"]
    assert desk.round(hour).ended == []
    shared = desk.issue(STATUS, actor=desk.college(), now=hour)
    assert desk.document(shared)["credentialSubject"]["outcome"] == "ended"
    transcript = desk.issue(CredentialKind.TRANSCRIPT, actor=desk.college(), now=hour)
    # What is taken back afterwards corrects what rested on it, and nothing else.
    desk.take_back(1, hour)
    changes.drain(hour)
    assert states(desk, eligible, status, now=hour) == ["corrected", "valid"]
    assert sorted(desk.round(hour).ended) == [eligible, transcript]


def test_a_status_states_the_stage_and_ends_when_that_is_left(advance_classes: AdvanceClasses):
    desk = advance_classes.at(Stage.FILED, pupils=2)
    signs = CredentialDesk(desk.changes)
    signed_at, later = (AFTER_NOTICE + timedelta(hours=hours) for hours in (1, 2))
    first, second = (
        signs.issue(STATUS, learner_id=pupil.learner_id, now=signed_at)
        for pupil in desk.school.pupils
    )
    subject = signs.document(first)["credentialSubject"]
    assert (subject["stage"], subject["stageName"], subject["attempt"]) == ("filed", "报送", 1)
    desk.score({desk.ids[0]: (80, 80, 90)}, now=later)
    desk.many(MoveKind.DISQUALIFY, desk.ids[1], role=Role.COUNTY, now=later, reason="冒名顶替")
    # Whoever has gone on was there; whoever is disqualified is not filed any more.
    assert states(signs, first, second, now=later) == ["valid", "corrected"]
    assert signs.round(later).ended == [second]
    again = signs.issue(STATUS, learner_id=desk.school.pupils[1].learner_id, now=later)
    assert signs.document(again)["credentialSubject"]["stage"] == "disqualified"


def test_a_proposal_whose_grounds_have_changed_is_not_stated_any_more(
    advance_classes: AdvanceClasses,
):
    desk = advance_classes.at(Stage.FILED, pupils=2)
    desk.award(0)
    desk.score({desk.ids[0]: (80, 40, 80), desk.ids[1]: (90, 90, 90)})
    desk.propose()
    signs, later = CredentialDesk(desk.changes), JULY + timedelta(hours=1)
    first, second = (
        signs.issue(STATUS, learner_id=pupil.learner_id, now=JULY) for pupil in desk.school.pupils
    )
    assert signs.round(later).ended == []
    desk.reverse(0, 2, now=later)
    assert states(signs, first, second, now=later) == ["corrected", "valid"]
    assert signs.round(later).ended == [first]


def test_a_college_is_given_what_is_consented_under_the_very_agreement(
    desk: CredentialDesk, owner_engine: Engine
):
    (row,) = desk.changes.rows("SELECT agreement_id FROM articulation_agreements")
    first = row.agreement_id
    columns = (
        "school_id, college_id, document_no, entry_year, pre_level, pre_years_tenths, post_level,"
        " post_years_tenths, pre_major_code, post_major_code, post_catalogue_year, quota,"
        " valid_from, valid_to, hard_conditions"
    )
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        second = uow.connection.execute(
            text(
                f"INSERT INTO articulation_agreements ({columns}, name, pre_catalogue_year)"
                f" SELECT {columns}, '另一贯通', 2019 FROM articulation_agreements"
                " RETURNING agreement_id"
            )
        ).scalar_one()
        uow.connection.execute(
            text("SELECT set_config('creditbank.sharing_consent', 'separate', true)")
        )
        uow.connection.execute(
            text(
                "INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on, left_reason)"
                " VALUES (:agreement, :enrolment, '2025-09-01', '')"
            ),
            {"agreement": second, "enrolment": desk.changes.enrolment_id},
        )
    desk.changes.drain(NOW)
    both = desk.college(first, second)
    named = desk.issue(STATUS, actor=both)  # one of two is agreed: no choice is left
    assert desk.document(named)["credentialSubject"]["agreement"] == "贯通"
    assert desk.issue(STATUS, actor=both, agreement_id=first) == named
    refused = [(both, second), (desk.college(first), second), (desk.college(second), None)]
    for actor, agreement_id in refused:
        with pytest.raises(NotFoundError):
            desk.issue(STATUS, actor=actor, agreement_id=agreement_id)
    with pytest.raises(NotFoundError):  # a key for the other agreement gets no transcript either
        desk.issue(CredentialKind.TRANSCRIPT, actor=desk.college(second))
    with pytest.raises(InvalidInputError) as error:
        desk.issue(STATUS)
    assert error.value.problems[0].code == "which_agreement"  # the school says which
    assert desk.document(desk.issue(STATUS, agreement_id=second))
    # It speaks of the agreement as it is on its day.
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            text(
                "INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no,"
                " reason, quota, valid_from, valid_to, hard_conditions, scores, pass_total,"
                " tie_breaks, exemption_effect, assessment_dimensions, notice_days, appeal_days,"
                " attempts_max, allows_parallel_exam, decided_by, decided_at)"
                " SELECT agreement_id, 1, :day, '测9号', '', 40, valid_from, valid_to,"
                " hard_conditions, '[]', 0, '{}', 'full_marks', '{}', 0, 0, 1, false, 0, :day"
                " FROM articulation_agreements WHERE agreement_id = :id"
            ),
            {"day": date(2026, 3, 2), "id": first},
        )
    desk.changes.drain(NOW)
    said = desk.document(desk.issue(STATUS, agreement_id=first))["credentialSubject"]
    assert (said["agreement"], said["documentNumber"]) == ("贯通", "测9号")


@pytest.fixture
def two_schools(desk: CredentialDesk, owner_engine: Engine, engine: Engine) -> tuple[int, int]:
    """The first school has signed under another secret key; the list of the second runs out."""
    desk.issue(CredentialKind.TRANSCRIPT, secret_key="another")
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    desk.changes.drain(NOW)
    command = IssueCredential(learner_id=other.pupils[0].learner_id, kind=CredentialKind.TRANSCRIPT)
    with UnitOfWork(engine, str(other.institution_id)) as uow:
        issue_credential(
            uow, other.registrar, command, signing=Signing(SITE, SECRET), idempotency_key="o",
            now=NOW,
        )  # fmt: skip
    assert desk.school_id < other.institution_id
    return desk.school_id, other.institution_id


def lists_of(desk: CredentialDesk, institution_id: int) -> int:
    found = desk.changes.rows(
        "SELECT 1 FROM status_lists WHERE institution_id = :id", id=institution_id
    )
    return len(found)


@pytest.fixture
def told(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker's environment."""
    from workers.database import engine

    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CREDITBANK_SECRET_KEY", SECRET)
    engine.cache_clear()
    yield
    engine().dispose()
    engine.cache_clear()


def test_one_school_that_cannot_sign_keeps_no_other_from_it_and_the_log_names_no_person(
    desk: CredentialDesk, two_schools: tuple[int, int], told: None, capsys
):
    from workers.app import make_celery
    from workers.credentials import check_credentials_task

    schedule = make_celery(Settings.from_environment({})).conf.beat_schedule
    assert schedule["check-credentials"]["task"] == check_credentials_task.name
    transcript = desk.issue(CredentialKind.TRANSCRIPT, secret_key="another", now=LATER)
    desk.take_back(2)
    capsys.readouterr()
    check_credentials_task()  # by the clock of this machine: the lists have run out long ago
    logged = capsys.readouterr()
    assert "credentials_corrected" in logged.out
    assert "status_list_not_signed" in logged.out
    assert "SealBrokenError" in logged.out
    named = desk.changes.rows("SELECT name, citizen_id FROM learners")
    assert all(row.name not in logged.out + logged.err for row in named)
    assert desk.state(transcript, LATER) is CredentialState.CORRECTED
    assert [lists_of(desk, number) for number in two_schools] == [1, 2]
    later = datetime.now(UTC) + timedelta(days=1)
    assert desk.round(later).unsigned == [(two_schools[0], "SealBrokenError")]  # tried again
    with UnitOfWork(desk.changes.engine, EVERYWHERE) as uow:
        publish_list(uow, two_schools[0], 1, site=SITE, secret_key="another", now=later)
    assert desk.round(later).unsigned == []
