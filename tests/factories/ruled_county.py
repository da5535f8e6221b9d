"""A small county that rules are changed in, and what its heads claim beside what is so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import text

from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.domain.policies import PolicyScalar
from creditbank.eligibility import findings_hash, verdict_to_dict
from creditbank.replaying import replay
from creditbank.services.evaluations import drain, evaluate_learners
from creditbank.services.policy_changes import PolicyChanged, change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.services.recomputations import recompute_verdicts
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TODAY = local_date(NOW)
BUREAU = Actor(account_id=9, role=Role.COUNTY)
VOCATIONAL = 1
APPROVER = Actor(account_id=7, role=Role.APPROVER, institution_id=VOCATIONAL)
REGISTRAR = Actor(account_id=2, role=Role.REGISTRAR, institution_id=VOCATIONAL)
Subject = tuple[int, str, int]


@dataclass(frozen=True)
class Head:
    """One row of verdict_heads. at_books: of the books as they are now."""

    learner_id: int
    institution_id: int
    policy_version: str
    findings_hash: str
    as_of: date
    verdict_id: int
    at_books: bool


class County:
    """A copy of a small county that may be changed. Some are behind, some follow another plan."""

    def __init__(self, url: str, owner_url: str) -> None:
        self.engine = make_engine(url)
        self.owner_url = owner_url
        self.keys = 0

    @contextmanager
    def unit(self, reach: str = EVERYWHERE) -> Iterator[UnitOfWork]:
        with UnitOfWork(self.engine, reach) as uow:
            yield uow

    def drain(self, now: datetime = NOW) -> None:
        while drain(self.unit, now=now).claimed:  # type: ignore[arg-type]
            pass

    def change(
        self, key: str, value: PolicyScalar, actor: Actor = BUREAU, day: date = TODAY
    ) -> PolicyChanged:
        self.keys += 1
        reach = EVERYWHERE if actor.institution_id is None else str(actor.institution_id)
        with self.unit(reach) as uow:
            return put_in_force(uow, key, value, f"k{self.keys}", actor=actor, day=day)

    def scalars(self, statement: str, **values) -> list:
        with self.unit() as uow:
            return list(uow.connection.execute(text(statement), values).scalars())

    def heads(self, *, closed: bool = False) -> dict[Subject, Head]:
        """Of open enrolments, or of closed ones as well."""
        with self.unit() as uow:
            rows = uow.connection.execute(
                text(
                    "SELECT h.*, (h.ledger_seq, h.facts_seq, h.plan_id)"
                    " = (b.ledger_seq, b.facts_seq, e.plan_id) AS at_books"
                    " FROM verdict_heads h JOIN enrolments e USING (enrolment_id)"
                    " JOIN learner_heads b ON b.learner_id = h.learner_id"
                    " WHERE e.is_open OR :closed"
                ),
                {"closed": closed},
            )
            return {
                (row.enrolment_id, row.subject_kind, row.subject_id): Head(
                    row.learner_id, row.institution_id, row.policy_version, row.findings_hash,
                    row.as_of, row.verdict_id, row.at_books,
                )
                for row in rows
            }  # fmt: skip

    def evaluated(self, day: date = TODAY) -> dict[Subject, str]:
        """Everybody evaluated now; the hash of all findings by subject."""
        with self.unit() as uow:
            statement = text("SELECT DISTINCT learner_id FROM enrolments WHERE is_open")
            ids = list(uow.connection.execute(statement).scalars())
            return {
                (item.enrolment_id, item.subject_kind.value, item.subject_id): findings_hash(
                    verdict_to_dict(item)
                )
                for item, _ in evaluate_learners(uow, ids, as_of=day)
            }

    def versions(self, day: date = TODAY) -> dict[int, str]:
        with self.unit() as uow:
            schools = text("SELECT DISTINCT institution_id FROM enrolments")
            return {
                school: policy_for(uow.connection, school, day).version
                for school in uow.connection.execute(schools).scalars()
            }

    def current(self, day: date = TODAY) -> dict[Subject, Head]:
        """The heads that claim to say what holds now."""
        versions = self.versions(day)
        return {
            subject: head
            for subject, head in self.heads().items()
            if head.at_books
            and head.as_of == day
            and head.policy_version == versions[head.institution_id]
        }

    def check_what_claims_to_hold(self, day: date = TODAY) -> None:
        """No head claims what an evaluation does not find; whoever's claims nothing is marked."""
        found, current = self.evaluated(day), self.current(day)
        wrong = [at for at, head in current.items() if found.get(at) != head.findings_hash]
        assert not wrong
        marked = set(self.scalars("SELECT learner_id FROM pending_evaluations"))
        heads = self.heads()
        assert {heads[at].learner_id for at in heads.keys() - current.keys()} <= marked

    def check_all_is_done(self, now: datetime = NOW) -> None:
        """After the drain nobody is left behind and everybody has what an evaluation finds."""
        self.drain(now)
        day = local_date(now)
        assert self.current(day).keys() == self.heads().keys()
        with self.unit() as uow:
            ids = text("SELECT DISTINCT learner_id FROM enrolments")
            everybody = list(uow.connection.execute(ids).scalars())
            report = recompute_verdicts(uow, everybody, as_of=day)
        assert (report.differences, report.same > 100) == ([], True)

    def check_replay(self) -> None:
        report = replay(self.owner_url, progress=lambda *_: None)
        assert (report.differences, report.same) == ([], report.count)


def put_in_force(
    uow: UnitOfWork,
    key: str,
    value: PolicyScalar,
    under: str,
    *,
    actor: Actor = BUREAU,
    day: date = TODAY,
) -> PolicyChanged:
    command = ChangePolicy(key=key, value=value, effective_from=day, reference="平教字〔2026〕9号")
    return change_policy(uow, actor, command, idempotency_key=under, now=NOW)
