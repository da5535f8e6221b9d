"""Anybody may ask whether a paper is real; who guesses is slowed down and told nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.papers import PaperKind, PaperState
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import Application, ChangeKind, ChangeReason
from creditbank.services.verifications import (
    NUMBER_TRIES_MAX,
    PLACE_LOOKS_MAX,
    PLACE_TRIES_MAX,
    TRY_WINDOW,
    TooManyMisses,
    VerifiedPaper,
)
from creditbank.store.papers import KeptPaper
from tests.databases import Database
from tests.factories.change_desk import (
    NEXT_CLASS,
    NOW,
    SIGNED,
    TODAY,
    make_change_desk,
    of_kind,
    suspension,
)
from tests.factories.paper_desk import PaperDesk

NAME, CITIZEN_ID = "欧阳小明", "37012420100202039X"


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> PaperDesk:
    made = PaperDesk(make_change_desk(owner_engine, engine))
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE learners SET name = :name, citizen_id = :number WHERE learner_id = :id"),
            {"name": NAME, "number": CITIZEN_ID, "id": made.changes.learner_id},
        )
    return made


@pytest.fixture
def paper(desk: PaperDesk) -> KeptPaper:
    return desk.paper(desk.certify()[0])


SEEN = VerifiedPaper(
    name="欧**明",
    school="第1测试职业学校",
    kind=PaperKind.STATUS_CERTIFICATE,
    issued_on=TODAY,
    valid_until=TODAY + timedelta(days=30),
    state=PaperState.VALID,
)


def test_a_qr_code_shows_what_the_public_may_know(desk: PaperDesk, paper: KeptPaper) -> None:
    assert desk.scan(paper.token) == SEEN
    assert desk.scan("x" * 22) is None


@pytest.mark.parametrize("proof", [NAME, " 欧阳 小明 ", "02039X", "02039x", "code", "code-less"])
def test_a_number_needs_a_second_thing_that_stands_on_the_paper(
    desk: PaperDesk, paper: KeptPaper, proof: str
) -> None:
    said = {"code": paper.code.lower(), "code-less": paper.code.replace("-", "")}.get(proof, proof)
    assert desk.verify(paper.number.replace("-", ""), said) == SEEN


@pytest.mark.parametrize("proof", ["", "-", "欧阳", "123456", "2039X", CITIZEN_ID, "欧**明"])
def test_anything_else_is_no_match(desk: PaperDesk, paper: KeptPaper, proof: str) -> None:
    assert desk.verify(paper.number, proof) is None


def test_a_number_that_is_none_is_no_match(desk: PaperDesk, paper: KeptPaper) -> None:
    assert desk.verify(paper.number[:-1], NAME) is None
    assert desk.verify("", "") is None


def test_what_a_paper_is_worth_is_told(desk: PaperDesk, paper: KeptPaper) -> None:
    later = desk.scan(paper.token, now=NOW + timedelta(days=31))
    assert isinstance(later, VerifiedPaper)
    assert later.state is PaperState.EXPIRED
    desk.revoke(paper.issued_paper_id)
    revoked = desk.scan(paper.token)
    assert isinstance(revoked, VerifiedPaper)
    assert revoked.state is PaperState.REVOKED


MOVED = of_kind(ChangeKind.CLASS_CHANGE, class_name=NEXT_CLASS)
GONE = of_kind(
    ChangeKind.WITHDRAWAL, reason=ChangeReason.OWN_WISH, proofs=(SIGNED,)
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "roles", "state"),
    [
        (suspension(), (), PaperState.VALID),
        (MOVED, (Role.ADVISOR, Role.REGISTRAR), PaperState.SUPERSEDED),
        (GONE, (), PaperState.SUPERSEDED),
    ],
)
def test_a_certificate_is_no_longer_valid_once_its_holder_left_or_changed_class(
    desk: PaperDesk, paper: KeptPaper, change: Application, roles: tuple[Role, ...],
    state: PaperState,
) -> None:  # fmt: skip
    form = desk.paper(desk.print_form(desk.changes.carry_out(change, *roles)))
    assert desk.scan(paper.token) == replace(SEEN, state=state)
    assert desk.verify(paper.number, NAME) == replace(SEEN, state=state)
    assert desk.line(paper.issued_paper_id).state is state
    assert desk.line(form.issued_paper_id).state is PaperState.VALID


def test_a_form_can_be_verified_and_tells_nothing_of_the_change(desk: PaperDesk) -> None:
    form = desk.paper(desk.print_form(desk.changes.apply(suspension()).status_change_id))
    seen = desk.scan(form.token)
    assert isinstance(seen, VerifiedPaper)
    assert (seen.kind, seen.valid_until) == (PaperKind.CHANGE_FORM, None)
    assert "休学" not in repr(seen)


def test_guesses_at_one_number_are_stopped_from_wherever_they_come(
    desk: PaperDesk, paper: KeptPaper
) -> None:
    for at in range(NUMBER_TRIES_MAX):
        assert desk.verify(paper.number, f"{at:06}", address=f"10.0.1.{at}") is None
    stopped = desk.verify(paper.number, NAME, address="10.0.2.1")
    assert isinstance(stopped, TooManyMisses)
    assert 0 < stopped.retry_after <= TRY_WINDOW.total_seconds() + 1
    assert desk.scan(paper.token) == SEEN  # the QR code is no guess
    assert desk.verify(paper.number, NAME, now=NOW + TRY_WINDOW) == SEEN


def test_guesses_from_one_place_are_stopped_whatever_they_are_at(
    desk: PaperDesk, paper: KeptPaper
) -> None:
    for at in range(PLACE_TRIES_MAX):
        assert desk.scan(f"{at:022}") is None
    assert isinstance(desk.scan(paper.token), TooManyMisses)
    assert isinstance(desk.verify(paper.number, NAME), TooManyMisses)
    assert desk.scan(paper.token, address="10.0.0.2") == SEEN


def test_who_finds_papers_is_stopped_late(
    desk: PaperDesk, paper: KeptPaper, owner_engine: Engine
) -> None:
    for _ in range(PLACE_TRIES_MAX + 1):
        assert desk.verify(paper.number, NAME) == SEEN
    with owner_engine.begin() as connection:
        looks = PLACE_LOOKS_MAX - PLACE_TRIES_MAX - 2
        connection.execute(
            text(
                "INSERT INTO sign_in_attempts (subject_hash, attempted_at) SELECT subject_hash,"
                " attempted_at FROM (SELECT * FROM sign_in_attempts LIMIT 1) one,"
                " generate_series(1, :looks)"
            ),
            {"looks": looks},
        )
    assert desk.scan(paper.token) == SEEN
    assert isinstance(desk.scan(paper.token), TooManyMisses)
    assert isinstance(desk.verify(paper.number, NAME), TooManyMisses)
    assert desk.scan(paper.token, address="10.0.0.2") == SEEN
    assert desk.scan(paper.token, now=NOW + TRY_WINDOW) == SEEN
    kept = desk.changes.rows("SELECT DISTINCT subject_hash, attempted_at FROM sign_in_attempts")
    assert len(kept) == 2  # the look of now and the other place's: what is over was forgotten


def test_many_guesses_at_once_are_not_more_than_one_by_one(
    desk: PaperDesk, paper: KeptPaper
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda at: desk.verify(paper.number, f"{at:06}", address=f"10.0.1.{at}"), range(20)
            )
        )
    assert answers.count(None) == NUMBER_TRIES_MAX
