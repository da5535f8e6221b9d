"""What a file posted is taken back together just as it would be entry by entry."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.services.batch_reversals import TakenBack, take_back_import
from creditbank.services.commands import ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.grade_imports import post_grade_import
from creditbank.services.grade_resolution import ResolvedMark
from creditbank.services.kept_marks import mark_document
from creditbank.services.reversals import reverse_entry
from creditbank.store.grade_imports import GRADES, StoredImport, find_import, keep_preview
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.school import make_school
from tests.integration.test_course_batches import (
    assert_chained,
    command,
    marks_of_all_kinds,
    rows_of,
)

REASON = "传错文件"
SPRING = date(2026, 6, 20)
_MARKED = text("""
SELECT learner_id FROM pending_evaluations JOIN learner_heads USING (learner_id)
WHERE cause = 'reversal:' || ledger_seq AND due_seq = ledger_seq
""")


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection, pupils=6))


def posted(desk: ImportDesk) -> str:
    """A file of awkward marks, posted."""
    import_id, registrar = str(uuid.uuid4()), desk.school.registrar
    assert registrar.institution_id is not None
    marks = [
        ResolvedMark(row=row, column="F", course_name="课", command=asked)
        for row, asked in enumerate(marks_of_all_kinds(desk), 4)
    ]
    item = StoredImport(
        import_id=import_id,
        institution_id=registrar.institution_id,
        account_id=registrar.account_id,
        file_name="成绩.xlsx",
        file_hash=import_id,
        rows=[mark_document(mark) for mark in marks],
        problems=(),
        posted_at=None,
    )
    with desk.unit() as uow:
        keep_preview(uow.connection, item, now=NOW)
    with desk.unit() as uow:
        post_grade_import(uow, registrar, import_id, now=NOW)
    return import_id


def entries_of_file(uow: UnitOfWork, desk: ImportDesk, import_id: str) -> list[tuple[int, int]]:
    """Learner and number of each entry, as they are taken back: a learner's youngest first."""
    item = find_import(uow.connection, import_id, desk.school.institution_id)
    assert item is not None
    entries = [(row["learner_id"], row["ledger_seq"]) for row in item.rows]
    return sorted(entries, key=lambda entry: (entry[0], -entry[1]))


def reverse(uow: UnitOfWork, desk: ImportDesk, learner_id: int, ledger_seq: int) -> None:
    reverse_entry(
        uow,
        desk.school.registrar,
        ReverseEntry(learner_id=learner_id, ledger_seq=ledger_seq, reason=REASON),
        idempotency_key=f"{learner_id}-{ledger_seq}",
        now=NOW,
    )


def taken_back(uow: UnitOfWork, desk: ImportDesk, import_id: str, **more) -> TakenBack:
    registrar = desk.school.registrar
    return take_back_import(uow, registrar, GRADES, import_id, reason=REASON, now=NOW, **more)


def test_a_batch_takes_back_what_single_reversals_take_back(desk):
    import_id = posted(desk)
    with desk.unit() as uow:
        # Passed once more, which earns nothing until the first pass is gone.
        again = command(
            desk, 1, "GG01", "93", exam_kind=ExamKind.RETAKE, term=Term(2025, 2), earned_on=SPRING
        )
        post_credit(uow, desk.school.registrar, again, idempotency_key="again", now=NOW)
        entries = entries_of_file(uow, desk, import_id)
        gone = entries[0]
        reverse(uow, desk, *gone)
    with desk.unit() as uow:
        with uow.undone():
            for entry in entries[1:]:
                reverse(uow, desk, *entry)
            wanted = rows_of(uow, desk)
        assert taken_back(uow, desk, import_id) == TakenBack(len(entries) - 1)
        assert rows_of(uow, desk) == wanted
        assert any(row["detail"].get("restates") for row in wanted)
        assert_chained(uow, desk)
        batches = {
            row.batch_id
            for row in uow.connection.execute(
                text("SELECT DISTINCT batch_id FROM ledger_entries WHERE detail ->> 'reason' = :r"),
                {"r": REASON},
            )
        }
        assert len(batches) == 2, "the one that went before, and all others together"
    with desk.unit() as uow:
        assert taken_back(uow, desk, import_id) == TakenBack(0, is_replayed=True)
        marked = set(uow.connection.execute(_MARKED).scalars())
    assert marked == {learner_id for learner_id, _ in entries}


def test_what_another_reverses_meanwhile_is_looked_at_again(desk):
    import_id = posted(desk)
    moved: list[tuple[int, int]] = []

    def another_reverses(_done: int, _total: int) -> None:
        if not moved:
            with desk.unit() as other:
                moved.append(entries_of_file(other, desk, import_id)[0])
                reverse(other, desk, *moved[0])

    with desk.unit() as uow:
        entries = entries_of_file(uow, desk, import_id)
        found = taken_back(uow, desk, import_id, tell=another_reverses)
        assert found == TakenBack(len(entries) - 1)
        assert_chained(uow, desk)
        reversed_once = text(
            "SELECT count(*), count(DISTINCT (learner_id, source_seq)) FROM ledger_entries"
            " WHERE kind = 'reversal'"
        )
        assert uow.connection.execute(reversed_once).one() == (len(entries), len(entries))


def test_nothing_is_taken_back_without_a_reason(desk):
    import_id = posted(desk)
    before = desk.entry_count()
    with pytest.raises(InvalidInputError), desk.unit() as uow:
        take_back_import(uow, desk.school.registrar, GRADES, import_id, reason=" ", now=NOW)
    assert desk.entry_count() == before
