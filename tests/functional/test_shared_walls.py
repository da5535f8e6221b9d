"""What a college sees of a class: who consented, while they are in it, while the agreement holds.

The policy wall and the database's row security each hold alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text

from creditbank.domain import access
from creditbank.domain.permissions import Action, FieldMask, Grant, Role, Scope
from creditbank.queries import messages
from creditbank.store import learner_keys
from creditbank.store.advances import tell_of_moves
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, CountyInSmall
from tests.factories.shared_members import (
    CLASSES,
    CONSENTED,
    HIDDEN,
    OTHERS,
    OUTSIDE,
    REVOKED,
    UNSAID,
    college_of,
    say,
    share_members,
)
from tests.factories.signing import sent


@pytest.fixture
def members(county: CountyInSmall, owner_engine: Engine) -> dict[str, tuple[int, int]]:
    """(agreement, learner) by how it stands; each learner is in one class only."""
    return share_members(county, owner_engine)


_NAMING = text("""
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
  USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = :column
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
NUMBERS = frozenset({
    "account_learners", "cohort_lines", "cohort_marks", "learner_heads", "pending_evaluations",
    "tree_leaves", "tree_marks",
})  # fmt: skip
"""Tables of numbers and hashes: they tell nothing of whom a number is."""
EVERY_WAY = 20


def test_the_college_sees_who_consents(app, county, members):
    with college_of(app, county) as college:
        assert len(college.sees(*members[CONSENTED])) == EVERY_WAY
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
def test_each_wall_alone_hides_everybody_else(app, county, members, monkeypatch, wall):
    with college_of(app, county) as college:
        WALLS[wall](monkeypatch)
        hidden = {name: members[name] for name in HIDDEN}
        assert college.sees_each(hidden) == {name: set() for name in HIDDEN}


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
        assert college.client.open(target, **asked).status_code == 404
        (gone,) = college.api(f"{feed}?changed_since={since}").json["items"]
        assert gone == {
            "position": gone["position"], "learner_id": learner, "removed": True, "member": None,
        }  # fmt: skip
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            say(uow.connection, agreement, learner, is_given=True)
        assert college.api(path).status_code == 200
        (back,) = college.api(f"{feed}?changed_since={gone['position']}").json["items"]
        assert (back["learner_id"], back["removed"]) == (learner, False)


_PLANTED = {
    ("exception_rulings", "check_ruling"): (
        "VALUES (:exception, 'refused', 1, :of, '测', '', 1, now())"
    ),
    ("makeup_courses", "check_row"): "VALUES (:of, 'GG01', :change, 1, '', 1, '2026-09-01')",
    ("status_change_executions", "check_row"): (
        "VALUES (:change, 1, :of, '01', '01', 1, 1, '', '', 0, 1, now(), null)"
    ),
}
"""Tables that name enrolments and hold nothing of whom is hidden yet: their guard, and a row."""


def _plant(owner: Engine, county: CountyInSmall, enrolment_id: int) -> None:
    values = {"exception": county.exceptions["own"], "change": county.changes["own"]}
    with UnitOfWork(owner, EVERYWHERE) as uow:
        for (table, guard), row in _PLANTED.items():
            uow.connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {guard}"))
            planted = text(f"INSERT INTO {table} {row}")
            uow.connection.execute(planted, {**values, "of": enrolment_id})
            uow.connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}"))


def test_whatever_table_names_a_learner_shows_the_college_its_own(
    county, members, engine, owner_engine
):
    """Row security alone, table by table: no row of who is not shared, by learner or enrolment."""
    hidden = {members[name][1] for name in HIDDEN}
    with UnitOfWork(engine, EVERYWHERE) as uow:
        for table in ("advance_moves", "issued_credentials", "issued_papers"):
            rows = uow.connection.execute(text(f"SELECT learner_id FROM {table}"))
            assert {row[0] for row in rows} >= hidden - {members[OUTSIDE][1]}, table
        rows = uow.connection.execute(text("SELECT enrolment_id, learner_id FROM enrolments"))
        whose = {row[0]: row[1] for row in rows}
    revoked = members[REVOKED][1]
    _plant(owner_engine, county, next(of for of in whose if whose[of] == revoked))
    schools = ",".join(str(school.institution_id) for school in county.schools)
    reach = f"{schools}@{county.college.institution_id}/2026-07-01"
    shown: dict[str, set[int]] = {}
    for column, learner_of in (("learner_id", dict[int, int]()), ("enrolment_id", whose)):
        with UnitOfWork(engine, reach) as uow:
            for table in uow.connection.execute(_NAMING, {"column": column}).scalars().all():
                rows = uow.connection.execute(text(f"SELECT DISTINCT {column} FROM {table}"))
                found = {learner_of.get(row[0], row[0]) for row in rows} & hidden
                shown |= {table: found} if found else {}
    assert {table: found for table, found in shown.items() if table not in NUMBERS} == {}


_TELL_OF_ALL = text("""
INSERT INTO messages (account_id, advance_move_id, kind, office, created_at)
SELECT c.account_id, m.advance_move_id, 'advance', '', :now
FROM advance_moves m JOIN articulation_agreements g USING (agreement_id)
  JOIN accounts c ON c.role = 'college' AND c.institution_id = g.college_id
ON CONFLICT DO NOTHING
""")
_TOLD = text("""
SELECT m.message_id, a.learner_id FROM messages m JOIN advance_moves a USING (advance_move_id)
WHERE m.account_id = :account
""")


@pytest.fixture
def told(county, members, engine, owner_engine) -> dict[int, int]:
    """Whom each message of the college is about: one of each of its learners, as told before."""
    account = {"account": county.college.account_id}
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        moves = uow.connection.execute(text("SELECT advance_move_id FROM advance_moves"))
        numbers = list(moves.scalars())
    with UnitOfWork(engine, EVERYWHERE) as uow:
        tell_of_moves(uow.connection, numbers, [], to_college=True, by=0, now=NOW)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        found = [row.learner_id for row in uow.connection.execute(_TOLD, account)]
        assert found == [members[CONSENTED][1]]  # who is told now
        uow.connection.execute(_TELL_OF_ALL, {"now": NOW})
        return {row[0]: row[1] for row in uow.connection.execute(_TOLD, account)}


def test_of_messages_the_college_reads_those_on_whom_it_is_shown(
    app, county, members, told, engine, monkeypatch
):
    """By API, pages and bell; each wall alone, and none of them."""
    own = {name for name in members if members[name][1] in told.values()}
    assert own == set(CLASSES) - {OTHERS}

    def read() -> list[set[int]]:
        with college_of(app, county) as college:
            items = college.api("/messages").json["items"]
            page = college.page("/messages").get_data(as_text=True)
            opened = {number for number in told if college.page(f"/messages/{number}").status_code
                      == 302}  # fmt: skip
            marked = college.api("/messages?state=unread").json["items"]
        found = [{item["message_id"] for item in items}, opened]
        found += [{number for number in told if f"/messages/{number}" in page}]
        assert {item["message_id"] for item in marked} <= found[0]
        return [{told[number] for number in numbers} for numbers in found]

    shown = [{members[CONSENTED][1]}] * 3
    assert read() == shown
    reach = f"1@{county.college.institution_id}/2026-07-01"
    with UnitOfWork(engine, reach, county.college.account_id) as uow:
        rows = uow.connection.execute(text("SELECT message_id FROM messages")).scalars()
        assert {told[number] for number in rows} == {members[CONSENTED][1]}
    with monkeypatch.context() as without:
        _open_second_wall(without)
        assert read() == shown
        without.setattr(messages, "_whose", lambda who: {
            "account_id": who.account_id, "agreements": None})  # fmt: skip
        assert read() == [set(told.values())] * 3
    assert read() == shown


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
        assert college.api(f"/learners/{learner}").status_code == 200
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            uow.connection.execute(_END_BY_TERMS, {"agreement": agreement, "now": NOW})
    with college_of(app, county) as college:
        assert college.sees(agreement, learner) == set()
        assert college.api("/college/agreements").json["items"] == []
