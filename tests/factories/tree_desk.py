"""A school whose postings go into the tree: what tests of the tree ask again and again."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from sqlalchemy import Engine, text

from creditbank.domain.awards import InnovationCategory
from creditbank.services.checkpoints import grow_tree, issue_checkpoint
from creditbank.services.commands import PostedEntry, PostInnovationCredit, ReverseEntry
from creditbank.services.credits import post_batch, post_credit
from creditbank.services.evaluations import drain
from creditbank.services.reversals import reverse_entry
from creditbank.store.checkpoints import Checkpoint
from creditbank.store.signed_heads import SignedHeads
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from creditbank.store.verdict_seals import seal_new
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
SECRET = "a secret key of a test"
ORIGIN = "xuefen.example/log"


def plant_tree(engine: Engine, *, now: datetime = NOW) -> None:
    """Put all entries there are into the tree and sign it."""
    with UnitOfWork(engine, EVERYWHERE) as uow:
        while grow_tree(uow):
            pass
        issue_checkpoint(uow, origin=ORIGIN, secret_key=SECRET, now=now)


class TreeDesk:
    """Postings, rounds of the sequencer and checkpoints, each on one call."""

    def __init__(self, engine: Engine, owner: Engine, *, pupils: int = 4) -> None:
        self.engine = engine
        with owner.begin() as connection:
            self.school: School = make_school(connection, pupils=pupils)
        self.learner_ids = [pupil.learner_id for pupil in self.school.pupils]
        self.registrar = self.school.registrar

    def unit(self) -> UnitOfWork:
        return UnitOfWork(self.engine, EVERYWHERE)

    def post(self, learner_id: int, uow: UnitOfWork | None = None) -> PostedEntry:
        """One hour of volunteering, in a transaction of its own unless told."""
        if uow is None:
            with UnitOfWork(self.engine, reach_of(self.registrar)) as own:
                return self.post(learner_id, own)
        command = self._hour(learner_id)
        key = uuid.uuid4().hex
        return post_credit(uow, self.registrar, command, idempotency_key=key, now=NOW)

    def _hour(self, learner_id: int) -> PostInnovationCredit:
        return PostInnovationCredit(
            learner_id=learner_id,
            category=InnovationCategory.VOLUNTEERING,
            title=f"志愿服务“{uuid.uuid4().hex[:8]}”\\\t/",
            quantity=20,
            earned_on=date(2026, 6, 20),
        )

    def post_all(self, each: int) -> None:
        """So many hours of volunteering to everybody, in one transaction."""
        commands = [self._hour(learner_id) for learner_id in self.learner_ids for _ in range(each)]
        key = uuid.uuid4().hex
        with UnitOfWork(self.engine, reach_of(self.registrar)) as uow:
            post_batch(uow, self.registrar, commands, idempotency_key=key, now=NOW)

    def reverse(self, entry: PostedEntry) -> None:
        command = ReverseEntry(
            learner_id=entry.learner_id, ledger_seq=entry.ledger_seq, reason="登错"
        )
        key = uuid.uuid4().hex
        with UnitOfWork(self.engine, reach_of(self.registrar)) as uow:
            reverse_entry(uow, self.registrar, command, idempotency_key=key, now=NOW)

    def grow(self, limit: int = 2_000) -> int:
        with self.unit() as uow:
            return grow_tree(uow, limit=limit)

    def sign(self, now: datetime = NOW, heads: SignedHeads | None = None) -> Checkpoint | None:
        with self.unit() as uow:
            return issue_checkpoint(uow, origin=ORIGIN, secret_key=SECRET, now=now, heads=heads)

    def settle(self) -> Checkpoint | None:
        """Evaluate everybody, put everything into the tree, seal and sign."""
        drain(self.unit, now=NOW)
        while self.grow():
            pass
        with self.unit() as uow:
            seal_new(uow.connection, limit=100_000)
        return self.sign()

    def leaves(self) -> list[tuple[int, int, int]]:
        """(leaf_index, learner_id, ledger_seq), by place."""
        return self._rows("SELECT leaf_index, learner_id, ledger_seq FROM tree_leaves ORDER BY 1")

    def entries(self) -> list[tuple[int, int]]:
        return self._rows("SELECT learner_id, ledger_seq FROM ledger_entries ORDER BY 1, 2")

    def _rows(self, asked: str) -> list:
        with self.unit() as uow:
            return [tuple(row) for row in uow.connection.execute(text(asked))]
