"""Following a cohort by its positions: nothing is missed, whatever order transactions end in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, text

from creditbank.domain.awards import InnovationCategory
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.webhook_events import announce_changes
from creditbank.store.cohort_changes import last_position, settle
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from tests.chaos.college_reads import read_while_posting
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.county_parts import join
from tests.factories.signing import sent


class Follower:
    """A college's client: keeps what it was told of each learner."""

    def __init__(self, app: Flask, county: CountyInSmall, agreement: int) -> None:
        self._client, self._signer = app.test_client(), county.signer
        self._path = f"/api/v1/college/agreements/{agreement}"
        self.position = 0
        self.known: dict[int, dict[str, Any]] = {}

    def get(self, path: str, etag: str = "") -> Any:
        target = self._path + path
        asked = sent(self._signer, "GET", target)
        asked["headers"] |= {"If-None-Match": etag} if etag else {}
        return self._client.open(target, **asked)

    def follow(self, limit: int = 2) -> list[int]:
        """Read until nothing more has changed; who was told of, in order."""
        told = []
        while True:
            answer = self.get(f"/cohort?changed_since={self.position}&limit={limit}").json
            for item in answer["items"]:
                told.append(item["learner_id"])
                assert item["position"] > self.position
                self.known.pop(item["learner_id"], None)
                if not item["removed"]:
                    self.known[item["learner_id"]] = item["member"]
            assert answer["position"] >= self.position
            self.position = answer["position"]
            if not answer["has_more"]:
                return told


@pytest.fixture
def learners(county: CountyInSmall, owner_engine: Engine) -> list[int]:
    """A class of five under the first agreement."""
    pupils = county.schools[0].pupils
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        for pupil in (pupils[0], pupils[1], pupils[4], pupils[5]):
            join(uow.connection, county.agreements[AGREED], pupil.enrolment_id)
    return [pupils[at].learner_id for at in (0, 1, 2, 4, 5)]


@pytest.fixture
def follower(app: Flask, county: CountyInSmall, learners: list[int]) -> Iterator[Follower]:
    with time_machine.travel(NOW, tick=True):
        made = Follower(app, county, county.agreements[AGREED])
        made.follow()
        assert sorted(made.known) == learners
        yield made


def post(uow: UnitOfWork, county: CountyInSmall, learner_id: int) -> int:
    command = PostInnovationCredit(
        learner_id=learner_id, category=InnovationCategory.VOLUNTEERING, title=uuid4().hex,
        quantity=20, earned_on=date(2026, 6, 1),
    )  # fmt: skip
    registrar = county.schools[0].registrar
    made = post_credit(uow, registrar, command, idempotency_key=uuid4().hex, now=NOW)
    return made.ledger_seq


def test_a_post_is_told_before_any_worker_came_and_at_the_head_of_the_books(
    follower, county, engine
):
    learner = county.learners[AGREED]
    with UnitOfWork(engine, "1") as uow:
        seq = post(uow, county, learner)
    assert follower.follow() == [learner]
    assert (follower.known[learner]["ledger_seq"], follower.known[learner]["is_fresh"]) == (
        seq, True,
    )  # fmt: skip
    status = follower.get(f"/learners/{learner}/status").json
    assert (status["ledger_seq"], status["stored"], status["verdict_id"]) == (seq, False, None)
    (conduct,) = status["conditions"]
    assert conduct["code"] == "conduct"
    assert {item["kind"] for item in conduct["records"]} <= {"conduct"}
    assert all(item["aside"] is None for item in conduct["records"])
    assert follower.follow() == []


def test_the_workers_verdict_is_a_change_and_says_the_same(follower, county, engine):
    learner = county.learners[AGREED]
    before = follower.get(f"/learners/{learner}/status").json
    while drain(lambda: UnitOfWork(engine, EVERYWHERE, EVERYBODY), now=NOW).claimed:
        pass
    follower.follow()
    after = follower.get(f"/learners/{learner}/status").json
    assert after["stored"] is True
    assert after["verdict_id"]
    unequal = {name for name in after if after[name] != before[name]}
    assert unequal <= {"stored", "verdict_id", "evaluated_at"}


def test_transactions_that_end_in_another_order_than_they_began_are_all_told(
    follower, county, engine, learners
):
    """The first to write is the last to commit; whoever reads in between gets it afterwards."""
    first, second = learners[0], learners[1]
    with UnitOfWork(engine, "1") as early:
        post(early, county, first)
        with UnitOfWork(engine, "1") as late:
            post(late, county, second)
        assert follower.follow() == [second]
    assert follower.follow() == [first]
    assert follower.follow() == []


def test_a_clock_would_have_missed_it(county, engine, learners):
    """The control: by the order of what was written, the early mark is below a known one."""
    with UnitOfWork(engine, "1") as early:
        post(early, county, learners[0])
        with UnitOfWork(engine, "1") as late:
            post(late, county, learners[1])
        with UnitOfWork(engine, EVERYWHERE) as uow:
            seen = uow.connection.execute(text("SELECT max(cohort_mark_id) FROM cohort_marks"))
            known = seen.scalar_one()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        missed = uow.connection.execute(
            text("SELECT count(*) FROM cohort_marks WHERE cohort_mark_id < :known"),
            {"known": known},
        )
        assert missed.scalar_one() > 0


def test_a_reader_at_the_same_time_gets_no_position_twice(county, engine, learners, follower):
    with UnitOfWork(engine, "1") as uow:
        post(uow, county, learners[2])
    agreement = county.agreements[AGREED]
    with UnitOfWork(engine, EVERYWHERE) as one:
        position = settle(one.connection, agreement, on=NOW.date())
    with UnitOfWork(engine, EVERYWHERE) as other:
        assert settle(other.connection, agreement, on=NOW.date()) == position
    assert follower.follow() == [learners[2]]
    assert follower.position == position


def test_what_has_not_changed_is_not_sent_again(follower, county):
    for path in ("/cohort", f"/learners/{county.learners[AGREED]}/transcript"):
        first = follower.get(path)
        assert follower.get(path, first.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("since", ["-1", "x", "9999999999", "1.0", "99999999999"])
def test_a_position_that_was_never_given_is_refused(follower, since):
    answer = follower.get(f"/cohort?changed_since={since}")
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json["problems"]] == ["changed_since"]


def test_no_status_is_behind_an_acknowledged_post_while_no_worker_runs(
    app, county, engine, follower, learners, monkeypatch
):
    """R11 in small; `python -m tests.chaos R11` has fifty readers and ten posters for a minute."""

    def once(learner: int) -> int:
        with UnitOfWork(engine, "1") as uow:
            return post(uow, county, learner)

    while drain(lambda: UnitOfWork(engine, EVERYWHERE, EVERYBODY), now=NOW).claimed:
        pass  # a verdict is stored for each, which a post leaves behind
    members = [(county.agreements[AGREED], learner) for learner in learners]
    size = {"readers": 6, "posters": 2}
    found = read_while_posting(app, county.signer, members, once, seconds=1.5, **size)
    assert (found["stale"], found["refused"]) == (0, {})
    assert found["answers"]
    assert found["posts"]
    monkeypatch.setattr("creditbank.services.fresh_verdicts._is_current", lambda *_: True)
    found = {"stale": 0}
    for _ in range(5):  # on a busy machine one reader may be late each time
        if not found["stale"]:
            found = read_while_posting(app, county.signer, members, once, seconds=1.5, **size)
    assert found["stale"] > 0


_TERMS = text("""
INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no, reason, quota,
  valid_from, valid_to, hard_conditions, scores, pass_total, tie_breaks, exemption_effect,
  assessment_dimensions, notice_days, appeal_days, attempts_max, allows_parallel_exam, decided_by,
  decided_at)
SELECT a.agreement_id, :number, :begins, '测〔2026〕9号', '停办', a.quota, a.valid_from,
  :ends, a.hard_conditions, '[]', 0, '{}', 'spread', '{}', 5, 3, 1, true, 1, :now
FROM articulation_agreements a WHERE a.agreement_id = :agreement
""")


def test_an_agreement_that_ends_and_holds_again_by_date_is_a_change_of_its_whole_cohort(
    follower, county, engine, owner_engine, learners
):
    """Nobody writes anything on those days, and no college asks meanwhile."""
    asked = {"agreement": county.agreements[AGREED], "now": NOW}
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        for number, begins, ends in (
            (1, date(2026, 7, 1), date(2026, 8, 31)),
            (2, date(2026, 10, 1), date(2032, 7, 31)),
        ):
            values = asked | {"number": number, "begins": begins, "ends": ends}
            uow.connection.execute(_TERMS, values)
    follower.follow()
    assert follower.follow() == []
    known = follower.position

    def open_unit() -> UnitOfWork:
        return UnitOfWork(engine, EVERYWHERE, EVERYBODY)

    with time_machine.travel(datetime(2026, 9, 1, 2, tzinfo=UTC), tick=True):
        for _ in range(2):  # as the task does every few seconds
            announce_changes(open_unit, now=datetime.now(UTC))
        assert follower.get(f"/cohort?changed_since={known}").status_code == 404
    with time_machine.travel(datetime(2026, 10, 1, 2, tzinfo=UTC), tick=True):
        assert sorted(follower.follow()) == learners
        assert follower.follow() == []
        assert announce_changes(open_unit, now=datetime.now(UTC)) > 0
        assert follower.follow() == []
    with UnitOfWork(engine, EVERYWHERE) as uow:
        last = last_position(uow.connection, county.agreements[AGREED])
    assert last == follower.position == known + 2 * len(learners)
