"""S8: a call is taken once, as it was signed, under a living secret; all others refused alike."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from creditbank.api import calls
from creditbank.domain.college_keys import KeyScope
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.services import college_keys, signed_calls
from creditbank.services.college_keys import revoke_college_key, rotate_college_key
from creditbank.services.signed_calls import forget_spent_nonces
from creditbank.settings import DEVELOPMENT_KEY
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.signing import Signer, make_signer, sent

PATH = "/api/v1/college/agreements"
NONCE = "n" * 32


@pytest.fixture
def signer(county: CountyInSmall, owner_engine: Engine) -> Signer:
    return make_signer(owner_engine, county.college, now=NOW)


def status(client: FlaskClient, target: str, header: str, method: str = "GET", **more: Any) -> int:
    answer = client.open(target, method=method, headers={"Authorization": header}, **more)
    if answer.status_code == 401:
        assert answer.json["type"] == "urn:creditbank:problem:call_refused"  # type: ignore[index]
        assert answer.json["problems"] == []  # type: ignore[index]
    return answer.status_code


def test_a_signed_call_is_taken_once(client, signer):
    header = signer.header("GET", PATH, nonce=NONCE)
    assert status(client, PATH, header) == 200
    assert status(client, PATH, header) == 401
    assert status(client, PATH, signer.header("GET", PATH, nonce=NONCE)) == 401


def test_the_nonces_of_two_keys_are_two(client, signer, county, owner_engine):
    other = make_signer(owner_engine, county.college, now=NOW)
    for key in (signer, other):
        assert status(client, PATH, key.header("GET", PATH, nonce=NONCE)) == 200


HOOKS = "/api/v1/college/webhooks"
BODY = b'{"url": "http://no.example", "kinds": ["status.changed"]}'
JSON = {"content_type": "application/json"}


def test_every_part_that_is_signed_is_held_to(client, signer):
    right = signer.header("POST", HOOKS, BODY)
    assert status(client, HOOKS, right, "POST", data=BODY, **JSON) == 422  # taken, then refused
    for method, target, body in (
        ("PUT", HOOKS, BODY),
        ("POST", f"{HOOKS}?limit=1", BODY),
        ("POST", f"{PATH}", BODY),
        ("POST", HOOKS, BODY + b" "),
        ("POST", HOOKS, b""),
    ):
        header = signer.header(method, target, body)
        assert status(client, HOOKS, header, "POST", data=BODY, **JSON) == 401


@pytest.mark.parametrize("part", ["Timestamp", "Nonce", "Key", "Signature"])
def test_an_altered_header_is_refused(client, signer, county, part):
    header = signer.header("GET", PATH)
    said = dict(item.split("=") for item in header.partition(" ")[2].split(", "))
    other = {
        "Timestamp": str(int(said["Timestamp"]) + 1),
        "Nonce": "x" * 32,
        "Key": county.other_signer.key_id,
        "Signature": said["Signature"][:-1] + ("0" if said["Signature"][-1] != "0" else "1"),
    }
    altered = said | {part: other[part]}
    parts = ", ".join(f"{name}={value}" for name, value in altered.items())
    assert status(client, PATH, f"CB1-HMAC-SHA256 {parts}") == 401
    assert status(client, PATH, header) == 200  # nothing of it was spent


def test_every_single_sign_of_the_header_counts(client, signer):
    header = signer.header("GET", PATH)
    start = header.index(" ") + 1
    for at in range(start, len(header), 7):
        other = "0" if header[at] != "0" else "1"
        assert status(client, PATH, header[:at] + other + header[at + 1 :]) == 401


@pytest.mark.parametrize(("ahead", "wanted"), [(-299, 200), (298, 200), (-302, 401), (302, 401)])
def test_clocks_may_be_five_minutes_apart(client, signer, ahead, wanted):
    assert status(client, PATH, signer.header("GET", PATH, ahead=ahead)) == wanted


@pytest.mark.parametrize("said", [" ", " Key=cck_1", " é"])
def test_a_header_of_another_form_is_refused(client, said):
    assert status(client, PATH, f"CB1-HMAC-SHA256{said}") == 401


def test_a_secret_is_taken_until_its_overlap_is_over(
    client, signer, county, owner_engine, monkeypatch
):
    def rotated(hours: int) -> Signer:
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            made = rotate_college_key(
                uow, county.college, signer.key_id,
                overlap=timedelta(hours=hours), secret_key=DEVELOPMENT_KEY, now=NOW,
            )  # fmt: skip
        return Signer(made.key_id, made.secret)

    second = rotated(1)
    for key in (signer, second):
        assert status(client, PATH, key.header("GET", PATH)) == 200
    monkeypatch.setattr(calls, "now", lambda: NOW + timedelta(hours=2))
    late = 2 * 3600
    found = [status(client, PATH, key.header("GET", PATH, ahead=late)) for key in (signer, second)]
    assert found == [401, 200]


def test_a_rotation_without_overlap_ends_all_secrets_before(client, signer, county, owner_engine):
    made = []
    for hours in (1, 0):
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            overlap = timedelta(hours=hours)
            found = rotate_college_key(
                uow, county.college, signer.key_id,
                overlap=overlap, secret_key=DEVELOPMENT_KEY, now=NOW,
            )  # fmt: skip
        made.append(Signer(found.key_id, found.secret))
    answers = [status(client, PATH, key.header("GET", PATH)) for key in (signer, *made)]
    assert answers == [401, 401, 200]


def test_a_revoked_and_an_expired_key_are_refused(client, signer, county, owner_engine):
    short = make_signer(owner_engine, county.college, now=NOW - timedelta(days=2), days=1)
    assert status(client, PATH, short.header("GET", PATH)) == 401
    assert status(client, PATH, signer.header("GET", PATH)) == 200
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        revoke_college_key(uow, county.college, signer.key_id, now=NOW)
    assert status(client, PATH, signer.header("GET", PATH)) == 401


MEMBER = "/api/v1/college/agreements/{}/learners/{}"
OF_SCOPE = {
    KeyScope.COHORT_READ: (PATH, f"{PATH}/{{}}/cohort"),
    KeyScope.STATUS_READ: (f"{MEMBER}/status",),
    KeyScope.TRANSCRIPT_READ: (f"{MEMBER}/transcript",),
    KeyScope.WEBHOOKS_MANAGE: (HOOKS,),
    KeyScope.DECISIONS_WRITE: (),
}


@pytest.mark.parametrize("scope", KeyScope)
def test_a_key_opens_what_its_scopes_say(client, county, owner_engine, scope):
    key = make_signer(owner_engine, county.college, now=NOW, scopes=frozenset({scope}))
    for needed, paths in OF_SCOPE.items():
        for path in paths:
            target = path.format(county.agreements[AGREED], county.learners[AGREED])
            wanted = 200 if needed is scope else 401
            assert status(client, target, key.header("GET", target)) == wanted


def test_a_key_is_held_to_its_agreements(client, county, owner_engine):
    held = make_signer(owner_engine, county.college, now=NOW, **held_to(county))
    assert client.open(PATH, **sent(held, "GET", PATH)).json["items"] == []
    target = f"{PATH}/{county.agreements[AGREED]}/cohort"
    assert client.open(target, **sent(held, "GET", target)).status_code == 404


def held_to(county: CountyInSmall) -> dict[str, Any]:
    """One agreement, and all that such a key may be used for."""
    return {
        "agreement_ids": frozenset({county.agreements["left the class"]}),
        "scopes": frozenset(KeyScope) - {KeyScope.WEBHOOKS_MANAGE},
    }


def test_a_key_that_is_held_to_agreements_manages_no_webhooks(
    client, county, owner_engine, monkeypatch
):
    """An endpoint is told of all agreements; nor does a key that was made before."""
    asked = held_to(county) | {"scopes": frozenset({KeyScope.WEBHOOKS_MANAGE})}
    with pytest.raises(InvalidInputError) as refused:
        make_signer(owner_engine, county.college, now=NOW, **asked)
    assert [(item.code, item.field) for item in refused.value.problems] == [
        ("scope_of_all", "scopes")
    ]
    monkeypatch.setattr(college_keys, "UNHELD", None)
    made_before = make_signer(owner_engine, county.college, now=NOW, **asked)
    body = {"url": "https://college.example/all", "kinds": ["status.changed"]}
    for method, said in (("GET", None), ("POST", body)):
        answer = client.open(HOOKS, **sent(made_before, method, HOOKS, said))
        assert answer.status_code == 401


def test_a_key_speaks_for_its_own_college_and_for_nobody_else(client, signer, county, owner_engine):
    """Its account was given to another college, or another role, since the key was made."""
    college, account = county.college.institution_id, county.college.account_id
    change = text("UPDATE accounts SET role = :role, institution_id = :at WHERE account_id = :id")
    for role, at, wanted in (
        ("college", county.other_college.institution_id, 401),
        ("registrar", county.schools[0].institution_id, 401),
        ("county", college, 401),
        ("college", college, 200),
    ):
        with owner_engine.begin() as connection:
            connection.execute(change, {"role": role, "at": at, "id": account})
        assert status(client, PATH, signer.header("GET", PATH)) == wanted, role


def test_a_bearer_key_speaks_for_no_college(client, county, ask):
    key = county.keys[Role.COLLEGE]
    for path in (PATH, f"/api/v1/learners/{county.learners[AGREED]}/transcript"):
        answer = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401
    assert ask(Role.REGISTRAR, "GET", "/plans").status_code == 200


def test_an_accepted_call_is_noted_with_its_key(client, signer, county, owner_engine):
    target = MEMBER.format(county.agreements[AGREED], county.learners[AGREED]) + "/transcript"
    assert status(client, target, signer.header("GET", target)) == 200
    with owner_engine.connect() as connection:
        rows = connection.execute(
            text("SELECT account_id, action, learner_ids FROM access_log WHERE key_id = :key"),
            {"key": signer.key_id},
        ).all()
    assert [tuple(row) for row in rows] == [
        (county.college.account_id, "see_shared_transcript", [county.learners[AGREED]])
    ]


def test_spent_nonces_are_swept_when_no_call_can_be_repeated(client, signer, engine):
    assert status(client, PATH, signer.header("GET", PATH)) == 200
    with UnitOfWork(engine, EVERYWHERE) as uow:
        count = text("SELECT count(*) FROM college_nonces WHERE key_id = :key")
        asked = {"key": signer.key_id}
        forget_spent_nonces(uow, now=NOW + timedelta(minutes=10))
        assert uow.connection.execute(count, asked).scalar_one() == 1
        forget_spent_nonces(uow, now=NOW + timedelta(minutes=16))
        assert uow.connection.execute(count, asked).scalar_one() == 0


# Each guard taken away alone must be seen by the attack it stops.
@pytest.fixture
def attacks(client: FlaskClient, signer: Signer) -> dict[str, Any]:
    def replayed() -> int:
        header = signer.header("GET", PATH, nonce=secrets.token_hex(16))
        status(client, PATH, header)
        return status(client, PATH, header)

    return {
        "spend_nonce": replayed,
        "_is_now": lambda: status(client, PATH, signer.header("GET", PATH, ahead=-4000)),
        "_is_signed": lambda: status(
            client, PATH, replace(signer, secret="another").header("GET", PATH)
        ),
    }


@pytest.mark.parametrize("guard", ["spend_nonce", "_is_now", "_is_signed"])
def test_without_a_guard_its_attack_goes_through(attacks, monkeypatch, guard):
    assert {name: attack() for name, attack in attacks.items()} == dict.fromkeys(attacks, 401)
    monkeypatch.setattr(signed_calls, guard, lambda *_, **__: True)
    assert attacks[guard]() == 200
