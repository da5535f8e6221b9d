"""Signing in, sessions and keys: guessing is bounded, and the right user is never locked out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, insert, text

from creditbank.domain.errors import SignedOutError
from creditbank.domain.permissions import Role
from creditbank.services import accounts
from creditbank.services.accounts import SignInRefusal
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import Account, AccountLearner
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
PASSWORD = "a long and right password"
HOME, SCHOOL = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def school(clean_database, owner_engine: Engine) -> School:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=2)
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        for name in ("teacher", "colleague"):
            uow.connection.execute(
                insert(Account).values(
                    username=name,
                    display_name=name,
                    password_hash=cheap,
                    role=Role.TEACHER.value,
                    institution_id=made.institution_id,
                )
            )
    return made


@pytest.fixture
def sign_in(engine: Engine, school):
    def attempt(password=PASSWORD, *, username="teacher", address=HOME, now=NOW):
        with UnitOfWork(engine, "") as uow:
            return accounts.sign_in(
                uow, username=username, password=password, address=address, now=now
            )

    return attempt


@pytest.fixture
def verified(monkeypatch) -> list[str]:
    """The passwords that were looked at."""
    seen: list[str] = []

    def look(_hash: str, password: str) -> bool:
        seen.append(password)
        return password == PASSWORD

    monkeypatch.setattr(accounts, "_verified", look)
    return seen


def test_the_right_password_gives_the_account_and_a_wrong_one_does_not_say_which(sign_in):
    account_id = sign_in()
    assert isinstance(account_id, int)
    wrong, unknown = sign_in("wrong"), sign_in(username="nobody")
    assert isinstance(wrong, SignInRefusal)
    assert wrong == unknown


def test_guesses_at_one_name_from_many_places_are_bounded(sign_in, verified):
    for number in range(1_000):
        sign_in(f"guess {number}", address=f"198.51.100.{number % 250}")
    assert len(verified) <= 60


def test_guesses_at_many_names_from_one_place_are_bounded(sign_in, verified):
    for number in range(1_000):
        sign_in("guess", username=f"name {number}")
    assert len(verified) <= 60


def test_guesses_at_the_same_time_are_no_more_than_one_by_one(sign_in, verified):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: sign_in(f"guess {number}"), range(300)))
    assert len(verified) <= 60


def test_the_right_user_gets_in_while_strangers_guess(sign_in, verified):
    sign_in(address=SCHOOL)
    for number in range(200):
        sign_in(f"guess {number}", address=f"198.51.100.{number}")
    assert isinstance(sign_in(address="198.51.100.250"), SignInRefusal)
    assert isinstance(sign_in(address=SCHOOL), int)


def test_a_colleagues_mistakes_at_the_same_place_do_not_count_for_who_is_known_there(
    sign_in, verified
):
    sign_in(address=SCHOOL)
    for number in range(200):
        sign_in(f"mistake {number}", username="colleague", address=SCHOOL)
    assert isinstance(sign_in(address=SCHOOL), int)


def test_the_wait_is_said_and_ends(sign_in, verified):
    while not (refused := sign_in("guess")).retry_after:
        pass
    assert 0 < refused.retry_after <= 601
    later = NOW + timedelta(seconds=refused.retry_after)
    assert isinstance(sign_in(now=later), int)


def test_signing_in_often_is_no_guessing(sign_in, verified):
    assert all(isinstance(sign_in(), int) for _ in range(100))


def test_a_session_ends_after_half_an_hour_of_idleness(engine, school):
    def load(now):
        with UnitOfWork(engine, "") as uow:
            return accounts.load_session(uow, token, now=now)

    with UnitOfWork(engine, "") as uow:
        opened = accounts.open_session(uow, school.registrar.account_id, {"a": 1}, now=NOW)
    token = opened.token
    assert load(NOW + timedelta(minutes=29)).content == {"a": 1}
    with UnitOfWork(engine, "") as uow:
        accounts.save_session(uow, token, None, now=NOW + timedelta(minutes=29))
    assert load(NOW + timedelta(minutes=58)).content == {"a": 1}
    assert load(NOW + timedelta(minutes=60)) is None
    with UnitOfWork(engine, "") as uow:
        accounts.end_session(uow, token)
    assert load(NOW + timedelta(minutes=30)) is None


def test_tokens_and_secrets_are_not_in_the_database(engine, owner_engine, school):
    with UnitOfWork(engine, "") as uow:
        token = accounts.open_session(uow, school.registrar.account_id, {}, now=NOW).token
        key = accounts.create_api_key(uow, "registrar1", "tests", now=NOW)
    with owner_engine.connect() as connection:
        kept = connection.execute(
            text("SELECT s::text || k::text FROM account_sessions s, api_keys k")
        ).scalar_one()
    assert token not in kept
    assert key.rpartition("_")[2] not in kept


def test_a_key_works_until_it_expires_or_its_account_is_closed(engine, owner_engine, school):
    def who(now):
        with UnitOfWork(engine, "") as uow:
            return accounts.actor_of_api_key(uow, key, now=now).actor

    with UnitOfWork(engine, "") as uow:
        key = accounts.create_api_key(uow, "registrar1", "tests", now=NOW, days=10)
    assert who(NOW + timedelta(days=9)) == school.registrar
    with pytest.raises(SignedOutError):
        who(NOW + timedelta(days=11))
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(text("UPDATE accounts SET is_active = false"))
    with pytest.raises(SignedOutError):
        who(NOW)


def test_a_guardian_reaches_the_schools_of_the_wards_only(engine, owner_engine, school):
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
        make_school(uow.connection, number=3, pupils=1)
        account_id = uow.connection.execute(
            insert(Account)
            .values(username="g", display_name="g", password_hash="!", role=Role.GUARDIAN.value)
            .returning(Account.account_id)  # type: ignore[call-overload]
        ).scalar_one()
        for pupil in (school.pupils[0], other.pupils[0]):
            uow.connection.execute(
                insert(AccountLearner).values(account_id=account_id, learner_id=pupil.learner_id)
            )
    with UnitOfWork(engine, "") as uow:
        found = accounts.actor_of(uow, account_id, as_of=NOW.date())
        shown = uow.connection.execute(text("SELECT count(*) FROM enrolments")).scalar_one()
    assert found.reach == f"{school.institution_id},{other.institution_id}"
    assert shown == 0
