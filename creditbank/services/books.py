"""A learner's books, open for posting: the head is locked, the rows are read, the rules are known.

What belongs here: opening, checking a natural key, appending, marking. What an entry of a kind
holds is in services.entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.evidence import revision_of
from creditbank.domain.ledger import EntryKind
from creditbank.domain.policies import Policy
from creditbank.services.school_rules import SchoolRules
from creditbank.store.course_batches import KnownLearner
from creditbank.store.evaluations import mark
from creditbank.store.facts import own_enrolment
from creditbank.store.ledger import (
    Head,
    append,
    entries_of,
    evidence_holders,
    lock_head,
    read_head,
    reversed_seqs,
)
from creditbank.store.unit_of_work import UnitOfWork

_ENROLMENT = text("""
SELECT learner_id, enrolment_id, institution_id, plan_id, is_open,
  min(entered_on) OVER () AS entered_on,
  CASE WHEN status = '10' THEN (SELECT max(c.takes_effect_on) FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = enrolments.enrolment_id) END AS transferred_on
FROM enrolments
WHERE learner_id = :learner_id AND (cast(:institution_id AS int) IS NULL
  OR institution_id = :institution_id)
ORDER BY is_open DESC, enrolments.entered_on DESC, enrolment_id DESC LIMIT 1
""")
NO_ENROLMENT = Problem(
    "no_enrolment",
    Message(
        "该学生在本校没有学籍,不能入账;请先核对学号。",
        "This learner has no enrolment at your school, nothing was posted; check the number.",
    ),
    field="learner_id",
)
_FIRST_ENTRY = text("SELECT min(entered_on) FROM enrolments WHERE learner_id = :learner_id")


@dataclass(slots=True)
class Books:
    """One learner's books in this transaction. rows: what stands in the ledger and what is to come.

    institution_id: the school in whose name entries are made; policy: in force there today.
    is_open: whether the learner is still enrolled there; entered_on: when first enrolled there;
    transferred_on: when the learner went to another school.
    """

    uow: UnitOfWork
    actor: Actor
    learner_id: int
    institution_id: int
    enrolment_id: int
    plan_id: int
    is_open: bool
    entered_on: date
    transferred_on: date | None
    policy: Policy
    rules: SchoolRules
    head: Head
    now: datetime
    rows: list[dict[str, Any]]
    batch_id: str | None = None
    coming: list[dict[str, Any]] = field(default_factory=list)
    reversed_seqs: set[int] = field(init=False)
    """Entries that were taken back, those of this transaction included."""

    def __post_init__(self) -> None:
        self.reversed_seqs = set(reversed_seqs(self.rows))

    def standing(self, **wanted: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (column values)
        """Rows that stand and have these column values, oldest first."""
        gone = self.reversed_seqs
        return [
            row
            for row in self.rows
            if row["ledger_seq"] not in gone
            and all(row[name] == value for name, value in wanted.items())
        ]

    def holds(self, evidence_key: str) -> bool:
        """Whether this very evidence stands in the books."""
        stem = evidence_key.rpartition("|r")[0]
        return any(row["evidence_key"].rpartition("|r")[0] == stem for row in self.standing())

    def holds_number(self, number: str) -> bool:
        """Whether a standing entry of this learner, of any school, has this certificate number."""
        coming = any(row["evidence_no"] == number for row in self.coming)
        holders = evidence_holders(self.uow.connection, number)
        return coming or any(learner_id == self.learner_id for learner_id, _ in holders)

    def policy_on(self, day: date) -> Policy:
        """The school's rules on the day something was earned: an old award keeps its value."""
        return self.rules.policy_on(self.institution_id, day)

    def entered_first_on(self) -> date:
        """When the learner was first enrolled anywhere: an award of a former school counts."""
        with self.uow.everywhere():
            found = self.uow.connection.execute(_FIRST_ENTRY, {"learner_id": self.learner_id})
            first: date = found.scalar_one()
        return first

    def left_on(self) -> date | None:
        """When the learner left this school; None while enrolled there (see store.facts)."""
        if self.is_open:
            return None
        found = own_enrolment(
            self.uow.connection, self.learner_id, self.institution_id, self.enrolment_id
        )
        return found.left_on if found else None

    def revision(self, evidence_key: str) -> int:
        """The revision a new entry for this evidence gets."""
        return revision_of(self.rows, evidence_key, self.reversed_seqs)

    def add(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Put a row in line; it gets its ledger_seq now and its hash when written."""
        full = {
            "institution_id": self.institution_id,
            "learner_id": self.learner_id,
            "ledger_seq": self.head.ledger_seq + len(self.coming) + 1,
            "hours": 0,
            "course_code": None,
            "term_code": None,
            "exam_kind": None,
            "scale": None,
            "mark": None,
            "passed": None,
            "grade_point": None,
            "block_code": None,
            "source_seq": None,
            "evidence_no": None,
            "policy_version": self.policy.version,
            "posted_by": self.actor.account_id,
            "batch_id": self.batch_id,
            "recorded_at": self.now,
            **row,
        }
        self.rows.append(full)
        self.coming.append(full)
        if full["kind"] == EntryKind.REVERSAL:
            self.reversed_seqs.add(full["source_seq"])
        return full

    def write(self, *, cause: str) -> list[dict[str, Any]]:
        """Append what is in line, mark the learner; returns the rows with their hashes."""
        if not self.coming:
            return []
        self.head, written = append(self.uow.connection, self.head, self.coming)
        self.coming.clear()
        mark(
            self.uow.connection,
            [self.learner_id],
            due_seq=self.head.ledger_seq,
            cause=f"{cause}:{self.head.ledger_seq}",
            now=self.now,
        )
        return written


def open_books(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    rules: SchoolRules | None = None,
    batch_id: str | None = None,
) -> Books:
    """Lock the learner's head and read the books. The caller has decided that the actor may post.

    Raises InvalidInputError when the learner has no enrolment at the actor's school: credits are
    posted in a school's name.
    """
    rules = rules or SchoolRules(uow.connection)
    books = _books(uow, actor, learner_id, now=now, rules=rules, head_of=lock_head)
    books.batch_id = batch_id
    return books


def read_books(uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime) -> Books:
    """The books for supposing: nothing is locked, and what is put in line must not be written.

    now: the supposed moment. Raises as open_books.
    """
    rules = SchoolRules(uow.connection)
    return _books(uow, actor, learner_id, now=now, rules=rules, head_of=read_head)


def _books(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    rules: SchoolRules,
    head_of: Callable[[Connection, int], Head],
) -> Books:
    enrolment = uow.connection.execute(
        _ENROLMENT, {"learner_id": learner_id, "institution_id": actor.institution_id}
    ).first()
    if enrolment is None:
        raise refused(NO_ENROLMENT)
    head = head_of(uow.connection, learner_id)
    rows = entries_of(uow.connection, learner_id)
    return books_of(uow, actor, KnownLearner(*enrolment), head, rows, now=now, rules=rules)


def books_of(  # noqa: PLR0913 (all that books are made of)
    uow: UnitOfWork,
    actor: Actor,
    learner: KnownLearner,
    head: Head,
    rows: list[dict[str, Any]],
    *,
    now: datetime,
    rules: SchoolRules,
) -> Books:
    """Books of what was read already: where the head stands, and rows in their order."""
    return Books(
        uow=uow,
        actor=actor,
        learner_id=learner.learner_id,
        institution_id=learner.institution_id,
        enrolment_id=learner.enrolment_id,
        plan_id=learner.plan_id,
        is_open=learner.is_open,
        entered_on=learner.entered_on,
        transferred_on=learner.transferred_on,
        policy=rules.policy_on(learner.institution_id, local_date(now)),
        rules=rules,
        head=head,
        now=now,
        rows=rows,
    )
