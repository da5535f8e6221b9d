"""What a college sees of a class: who consented, while they are in it, while the agreement holds.

The policy wall and the database's row security each hold alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, text

from creditbank.api.calls import ENGINE
from creditbank.domain import access
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.permissions import Action, FieldMask, Grant, Role, Scope
from creditbank.domain.sharing_consents import JoiningConsent
from creditbank.services.accounts import open_session
from creditbank.services.credential_commands import IssueCredential
from creditbank.services.credentials import issue_credential
from creditbank.services.paper_commands import IssueCertificates
from creditbank.services.papers import issue_certificates
from creditbank.store import learner_keys
from creditbank.store.registration import add_member
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.county_credentials import SIGNING
from tests.factories.county_parts import add_agreement, join
from tests.factories.school import Pupil
from tests.factories.signing import Signer, sent

CONSENTED, REVOKED, UNSAID, ENDED, OVER, NOT_BEGUN, OTHERS, OUTSIDE = (
    "consented", "revoked", "never asked", "left the class", "agreement over", "not begun",
    "of another college", "in no class",
)  # fmt: skip
HIDDEN = (REVOKED, UNSAID, ENDED, OVER, NOT_BEGUN, OTHERS, OUTSIDE)
CLASSES = {UNSAID: 0, REVOKED: 0, CONSENTED: 0, ENDED: 0, OVER: 1, NOT_BEGUN: 2, OTHERS: 3}


@pytest.fixture(scope="module")
def members(county: CountyInSmall, owner_engine: Engine) -> dict[str, tuple[int, int]]:
    """(agreement, learner) by how it stands; each learner is in one class only."""
    first = county.schools[0]
    college, other = county.college.institution_id, county.other_college.institution_id
    assert college
    assert other
    for pupil in (*first.pupils, county.schools[1].pupils[0]):
        _sign_and_print(owner_engine, county, pupil)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        connection = uow.connection
        for year, values in {2017: (college, date(2020, 1, 1)), 2018: (other, None)}.items():
            until = values[1] or date(2032, 7, 31)
            add_agreement(connection, first.institution_id, values[0], year, until)
        add_agreement(connection, first.institution_id, college, 2027)
        rows = connection.execute(
            text("SELECT entry_year, agreement_id FROM articulation_agreements WHERE school_id = 1")
        )
        ids = {row.entry_year: row.agreement_id for row in rows}
        agreements = (county.agreements[AGREED], ids[2017], ids[2027], ids[2018])
        connection.execute(text("DELETE FROM agreement_members"))
        found = {OUTSIDE: (agreements[0], county.schools[1].pupils[0].learner_id)}
        for relation, pupil in zip(CLASSES, first.pupils, strict=True):
            found[relation] = (agreements[CLASSES[relation]], pupil.learner_id)
            if relation is UNSAID:
                add_member(
                    connection,
                    {"agreement_id": agreements[0], "enrolment_id": pupil.enrolment_id,
                     "joined_on": date(2025, 9, 1), "left_reason": ""},
                    consent=JoiningConsent.SEPARATE,
                )  # fmt: skip
                connection.execute(
                    text("SELECT set_config('creditbank.sharing_consent', '', true)")
                )
            else:
                join(connection, found[relation][0], pupil.enrolment_id)
        connection.execute(
            text("UPDATE agreement_members SET left_on = '2026-05-01' WHERE enrolment_id = :id"),
            {"id": first.pupils[list(CLASSES).index(ENDED)].enrolment_id},
        )
        say(connection, *found[REVOKED], is_given=False)
        connection.execute(_STEP, {"now": NOW})
    return found


def _sign_and_print(owner: Engine, county: CountyInSmall, pupil: Pupil) -> None:
    """A credential and a certificate of a learner."""
    school = next(school for school in county.schools if pupil in school.pupils)
    asked = IssueCredential(learner_id=pupil.learner_id, kind=CredentialKind.TRANSCRIPT)
    printed = IssueCertificates(learner_ids=(pupil.learner_id,))
    key = f"walls-{pupil.learner_id}"
    with UnitOfWork(owner, EVERYWHERE) as uow:
        issue_credential(
            uow, school.registrar, asked, signing=SIGNING, idempotency_key=key, now=NOW
        )
        issue_certificates(
            uow, school.registrar, printed,
            site="https://xuefen.example/verify", idempotency_key=f"{key}-paper", now=NOW,
        )  # fmt: skip


def say(connection: Any, agreement_id: int, learner_id: int, *, is_given: bool) -> None:
    """As the family would; the guard of the database wants their account."""
    connection.execute(
        text(
            "INSERT INTO account_learners SELECT account_id, :learner FROM accounts"
            " WHERE username = 'student' ON CONFLICT DO NOTHING"
        ),
        {"learner": learner_id},
    )
    connection.execute(
        text(
            "INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given,"
            " basis, recorded_by, recorded_at)"
            " SELECT 1, :agreement, :learner, :is_given, role, account_id, :now FROM accounts"
            " WHERE username = 'student'"
        ),
        {"agreement": agreement_id, "learner": learner_id, "is_given": is_given, "now": NOW},
    )


_NAMING = text("""
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
  USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = 'learner_id'
  AND has_table_privilege(current_user, to_regclass(format('public.%I', c.table_name)), 'SELECT')
ORDER BY 1
""")
_END_BY_TERMS = text("""
INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no, reason, quota,
  valid_from, valid_to, hard_conditions, scores, pass_total, tie_breaks, exemption_effect,
  assessment_dimensions, notice_days, appeal_days, attempts_max, allows_parallel_exam, decided_by,
  decided_at)
SELECT a.agreement_id, 1, '2026-06-01', '测〔2026〕9号', '停办', a.quota, a.valid_from,
  '2026-06-30', a.hard_conditions, '[]', 0, '{}', 'spread', '{}', 5, 3, 1, true, 1, :now
FROM articulation_agreements a WHERE a.agreement_id = :agreement
""")
_STEP = text("""
INSERT INTO advance_moves (institution_id, learner_id, agreement_id, enrolment_id, kind, attempt,
  decided_on, document_no, reason, detail, decided_by, decided_role, recorded_at)
SELECT e.institution_id, e.learner_id, m.agreement_id, e.enrolment_id, 'register_exam', 1,
  '2026-04-01', '测转1号', '', '{}', 1, 'registrar', :now
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
""")
NUMBERS = frozenset({
    "account_learners", "cohort_lines", "learner_heads", "pending_evaluations", "tree_leaves",
    "tree_marks",
})  # fmt: skip
"""Tables of numbers and hashes: they tell nothing of whom a number is."""
PARTS = (
    "", "/transcript", "/verdicts", "/verdicts/history", "/facts", "/exceptions", "/advances",
    "/credentials", "/entries/1/proof", "/papers",
)  # fmt: skip
COHORTS = ("college/agreements/{}/cohort", "agreements/{}/cohort", "agreements/{}/advances",
           "agreements/{}/advance-forms")  # fmt: skip


class College:
    """A college at the API and on the pages."""

    def __init__(self, app: Flask, county: CountyInSmall, signer: Signer) -> None:
        self._client, self._signer = app.test_client(), signer
        with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
            rows = uow.connection.execute(
                text(
                    "SELECT learner_id, max(issued_credential_id) FROM issued_credentials"
                    " GROUP BY learner_id"
                )
            )
            self.credentials = {row[0]: row[1] for row in rows}
        with UnitOfWork(app.extensions[ENGINE], "") as uow:
            token = open_session(uow, county.college.account_id, {}, now=NOW).token
        self._client.set_cookie("creditbank", token)

    def api(self, path: str) -> Any:
        target = f"/api/v1{path}"
        return self._client.open(target, **sent(self._signer, "GET", target))

    def page(self, path: str) -> Any:
        return self._client.get(path)

    def sees(self, agreement_id: int, learner_id: int) -> set[str]:
        """By which ways the learner is seen."""
        of_learner = f"/learners/{learner_id}"
        of_member = f"/college/agreements/{agreement_id}{of_learner}"
        found = {
            path
            for path in (
                *(f"{of_member}/{part}" for part in ("status", "transcript")),
                *(f"{of_learner}{part}" for part in PARTS),
            )
            if self.api(path).status_code == 200
        }  # fmt: skip
        for form in COHORTS:
            path = f"/{form.format(agreement_id)}"
            items = (self.api(path).json or {}).get("items", ())
            lines = [item.get("member") or item.get("line") or item for item in items]
            found |= {path for line in lines if line.get("learner_id") == learner_id
                      and line.get("name")}  # fmt: skip
        number = self.credentials[learner_id]
        found |= {
            path
            for path in (f"/credentials/{number}/document", f"/credentials/{number}/paper")
            if self.api(path).status_code == 200
        }
        for path in (of_learner, f"{of_learner}/history"):
            found |= {f"page {path}"} if self.page(path).status_code == 200 else set()
        answer = self.page(f"/agreements/{agreement_id}")
        if f'/learners/{learner_id}"' in answer.get_data(as_text=True):
            found.add("page of the cohort")
        return found


@contextmanager
def college_of(app: Flask, county: CountyInSmall) -> Iterator[College]:
    with time_machine.travel(NOW, tick=True):
        yield College(app, county, county.signer)


EVERY_WAY = 20


def test_the_college_sees_who_consents_and_nobody_else(app, county, members):
    with college_of(app, county) as college:
        assert len(college.sees(*members[CONSENTED])) == EVERY_WAY
        assert {name: college.sees(*members[name]) for name in HIDDEN} == {
            name: set() for name in HIDDEN
        }
        assert college.api("/college/agreements/2000000000/learners/1/status").status_code == 404


def _open_first_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {
        (action, role): Grant(Scope.COUNTY, FieldMask.RECORD) for action in Action for role in Role
    }
    monkeypatch.setattr(access, "PERMISSIONS", everything)
    monkeypatch.setattr(access, "_reaches", lambda *_: True)


def _open_second_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditbank.services.accounts.reach_of", lambda *_, **__: EVERYWHERE)


WALLS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "policy": _open_second_wall,
    "row security": _open_first_wall,
}


@pytest.mark.parametrize("wall", WALLS)
def test_each_wall_holds_alone(app, county, members, monkeypatch, wall):
    with college_of(app, county) as college:
        WALLS[wall](monkeypatch)
        for name in HIDDEN:
            assert college.sees(*members[name]) == set(), name


def test_without_both_walls_a_learner_who_revoked_would_be_seen(app, county, members, monkeypatch):
    with college_of(app, county) as college:
        _open_first_wall(monkeypatch)
        _open_second_wall(monkeypatch)
        assert len(college.sees(*members[REVOKED])) >= 5


def test_a_consent_that_is_withdrawn_closes_at_once_and_given_again_opens(
    app, county, members, owner_engine
):
    agreement, learner = members[CONSENTED]
    path = f"/college/agreements/{agreement}/learners/{learner}/status"
    feed = f"/college/agreements/{agreement}/cohort"
    with college_of(app, county) as college:
        first = college.api(path)
        since = college.api(feed).json["position"]
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            say(uow.connection, agreement, learner, is_given=False)
        assert college.sees(agreement, learner) == set()
        target = f"/api/v1{path}"
        asked = sent(county.signer, "GET", target)
        asked["headers"]["If-None-Match"] = first.headers["ETag"]
        assert college._client.open(target, **asked).status_code == 404
        (gone,) = college.api(f"{feed}?changed_since={since}").json["items"]
        assert gone == {
            "position": gone["position"], "learner_id": learner, "removed": True, "member": None,
        }  # fmt: skip
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            say(uow.connection, agreement, learner, is_given=True)
        assert len(college.sees(agreement, learner)) == EVERY_WAY
        (back,) = college.api(f"{feed}?changed_since={gone['position']}").json["items"]
        assert (back["learner_id"], back["removed"]) == (learner, False)


def test_whatever_table_names_a_learner_shows_the_college_its_own(county, members, engine):
    """Row security alone, table by table: no row of who is not shared."""
    hidden = {members[name][1] for name in HIDDEN}
    with UnitOfWork(engine, EVERYWHERE) as uow:
        tables = [row[0] for row in uow.connection.execute(_NAMING)]
        for table in ("advance_moves", "issued_credentials", "issued_papers"):
            rows = uow.connection.execute(text(f"SELECT learner_id FROM {table}"))
            assert {row[0] for row in rows} >= hidden - {members[OUTSIDE][1]}, table
    shown: dict[str, set[int]] = {}
    schools = ",".join(str(school.institution_id) for school in county.schools)
    reach = f"{schools}@{county.college.institution_id}/2026-07-01"
    with UnitOfWork(engine, reach) as uow:
        for table in tables:
            rows = uow.connection.execute(text(f"SELECT DISTINCT learner_id FROM {table}"))
            found = {row[0] for row in rows} & hidden
            shown |= {table: found} if found else {}
    assert {table: found for table, found in shown.items() if table not in NUMBERS} == {}


def test_who_was_never_shown_is_not_named_when_they_change(app, county, members):
    with college_of(app, county) as college:
        found = college.api(f"/college/agreements/{members[UNSAID][0]}/cohort").json["items"]
    assert members[UNSAID][1] not in {item["learner_id"] for item in found}


def test_the_learner_key_says_what_is_shared(county, members, engine):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        for name in HIDDEN:
            key = learner_keys.learner_key(uow.connection, members[name][1], as_of=date(2026, 7, 1))
            agreed = key.agreement_ids & {members[name][0]}
            assert agreed == (frozenset({members[name][0]}) if name == OTHERS else frozenset())


def test_an_agreement_that_new_terms_end_closes_at_once(app, county, members, owner_engine):
    """What was signed first goes on until 2032; the terms in force ended yesterday."""
    agreement, learner = members[CONSENTED]
    with college_of(app, county) as college:
        assert len(college.sees(agreement, learner)) == EVERY_WAY
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            uow.connection.execute(_END_BY_TERMS, {"agreement": agreement, "now": NOW})
    with college_of(app, county) as college:
        assert college.sees(agreement, learner) == set()
        assert college.api("/college/agreements").json["items"] == []
