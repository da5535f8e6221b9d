"""The classes of many agreements are read together, and stand where each stands by itself."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, event, text

from creditbank.embedded import ServerUrls
from creditbank.store.advance_standings import everybody_known, open_book, open_books
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database, clone_county

TODAY = date(2026, 11, 23)


def test_many_agreements_are_read_together_as_each_by_itself(
    clean_database: Database, engine: Engine, servers: ServerUrls
) -> None:
    engine.dispose()
    clone_county(servers, clean_database.name, as_of=TODAY)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    with UnitOfWork(engine, EVERYWHERE) as uow:
        asked = text("SELECT agreement_id FROM articulation_agreements ORDER BY agreement_id DESC")
        numbers = list(uow.connection.execute(asked).scalars())
        event.listen(engine, "before_cursor_execute", note)
        try:
            together = everybody_known(uow, open_books(uow, numbers, today=TODAY))
        finally:
            event.remove(engine, "before_cursor_execute", note)
        books = {number: open_book(uow, number, today=TODAY) for number in numbers}
        assert together == {number: book.known() for number, book in books.items() if book}
    assert [*together] == numbers
    everybody = [item.standing for members in together.values() for item in members]
    assert any(standing.rests_on_ranking for standing in everybody)
    assert len(seen) < 2 * len(numbers)
