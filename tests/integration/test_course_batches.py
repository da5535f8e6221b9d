"""Marks of a file are posted together just as they would be one by one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.services.commands import PostCourseCredit, PostedEntry, ReverseEntry
from creditbank.services.course_batches import check_marks, post_marks
from creditbank.services.credits import check_many, post_credit, post_many
from creditbank.services.reversals import reverse_entry
from creditbank.store.ledger import entries_of, entry_content
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.school import make_school

DAY = date(2026, 1, 31)
OTHERWISE = {"prev_hash", "entry_hash", "batch_id"}
"""What two postings of the same differ in."""


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection, pupils=6))


def command(desk: ImportDesk, pupil: int, course: str, mark: str, **more: Any):
    said: dict[str, Any] = {"term": Term(2025, 1), "earned_on": DAY, **more}
    learner_id = desk.school.pupils[pupil].learner_id
    return PostCourseCredit(learner_id=learner_id, course_code=course, mark=mark, **said)


def rows_of(uow: UnitOfWork, desk: ImportDesk) -> list[dict]:
    return [
        {name: value for name, value in row.items() if name not in OTHERWISE}
        for pupil in desk.school.pupils
        for row in entries_of(uow.connection, pupil.learner_id)
    ]


def marks_of_all_kinds(desk: ImportDesk) -> list[PostCourseCredit]:
    """Plain ones, several for one course, words, exemptions, and one after a reversal."""
    resit = {"exam_kind": ExamKind.FIRST_RESIT}
    return [
        command(desk, 0, "GG01", "88"),
        command(desk, 1, "GG01", "88"),
        command(desk, 1, "GG02", "优秀", scale=GradingScale.FIVE_LEVEL),
        command(desk, 2, "GG03", "45"),
        command(desk, 0, "GG03", "45.5"),
        command(desk, 2, "GG03", "71", **resit),
        command(desk, 3, "GG04", "", exam_kind=ExamKind.DEFERRED),
        command(desk, 3, "GG05", "", exam_kind=ExamKind.ABSENT),
        command(
            desk, 4, "GG05", "90", exam_kind=ExamKind.EXEMPT, proof_no='平教〔2026〕"1"号\\\t䶮'
        ),
        command(desk, 5, "GG01", "77"),
        command(desk, 5, "GG02", "66"),
    ]


def assert_chained(uow: UnitOfWork, desk: ImportDesk) -> None:
    for pupil in desk.school.pupils:
        previous = GENESIS_HASH
        for row in entries_of(uow.connection, pupil.learner_id):
            previous = content_hash(previous, entry_content(row))
            assert row["entry_hash"] == previous
        head = uow.connection.execute(
            text("SELECT head_hash FROM learner_heads WHERE learner_id = :id"),
            {"id": pupil.learner_id},
        ).scalar_one()
        assert head == previous


def test_a_batch_writes_what_single_postings_write(desk):
    registrar = desk.school.registrar
    with desk.unit() as uow:
        entry = post_credit(
            uow, registrar, command(desk, 5, "GG01", "50"), idempotency_key="k", now=NOW
        )
        reverse_entry(
            uow,
            registrar,
            ReverseEntry(learner_id=entry.learner_id, ledger_seq=entry.ledger_seq, reason="录错"),
            idempotency_key="r",
            now=NOW,
        )
    commands = marks_of_all_kinds(desk)
    with desk.unit() as uow:
        with uow.undone():
            post_many(uow, registrar, commands, idempotency_key="m", now=NOW)
            wanted = rows_of(uow, desk)
        posted = post_marks(uow, registrar, commands, now=NOW)
        assert rows_of(uow, desk) == wanted
        for asked, seq in zip(commands, posted.ledger_seqs, strict=True):
            row = entries_of(uow.connection, asked.learner_id)[seq - 1]
            assert (row["course_code"], row["exam_kind"]) == (
                asked.course_code, asked.exam_kind.value,
            )  # fmt: skip
        assert_chained(uow, desk)


def test_a_batch_refuses_what_single_postings_refuse(desk):
    commands = [
        *marks_of_all_kinds(desk),
        command(desk, 0, "GG01", "88"),  # twice in the file
        command(desk, 0, "XX99", "88"),
        command(desk, 1, "GG03", "101"),
        command(desk, 1, "GG04", "70", exam_kind=ExamKind.FIRST_RESIT),
        command(desk, 3, "GG06", "70", exam_kind=ExamKind.EXEMPT),
        command(desk, 4, "GG07", "70", term=Term(2020, 1)),
        command(desk, 4, "GG08", "70", earned_on=date(2030, 1, 1)),
    ]
    registrar = desk.school.registrar
    with desk.unit() as uow:
        wanted = check_many(uow, registrar, commands, now=NOW)
        assert {problem.row for problem in wanted} >= {13, 14, 15, 17, 18}
        assert check_marks(uow, registrar, commands, now=NOW) == list(wanted)
    with pytest.raises(InvalidInputError), desk.unit() as uow:
        post_marks(uow, registrar, commands, now=NOW)
    assert desk.entry_count() == 0


def test_books_that_move_while_a_batch_is_made_ready_are_looked_at_again(desk):
    registrar = desk.school.registrar
    posted: list[PostedEntry] = []

    def another_posts(_done: int, _total: int) -> None:
        if not posted:
            with desk.unit() as other:
                posted.append(post_credit(
                    other, registrar, command(desk, 2, "GG08", "99"), idempotency_key="o", now=NOW
                ))  # fmt: skip

    with desk.unit() as uow:
        post_marks(uow, registrar, marks_of_all_kinds(desk), now=NOW, tell=another_posts)
        rows = entries_of(uow.connection, desk.school.pupils[2].learner_id)
    assert [row["ledger_seq"] for row in rows] == [1, 2, 3]
    assert rows[1]["prev_hash"] == rows[0]["entry_hash"]


def test_evidence_booked_meanwhile_refuses_the_whole_batch(desk):
    registrar = desk.school.registrar
    posted: list[PostedEntry] = []

    def another_posts(_done: int, _total: int) -> None:
        if not posted:
            with desk.unit() as other:
                posted.append(post_credit(
                    other, registrar, command(desk, 0, "GG01", "91"), idempotency_key="o", now=NOW
                ))  # fmt: skip

    with pytest.raises(InvalidInputError) as refused, desk.unit() as uow:
        post_marks(uow, registrar, marks_of_all_kinds(desk), now=NOW, tell=another_posts)
    assert [problem.code for problem in refused.value.problems] == ["already_booked"]
    assert desk.entry_count() == 1
