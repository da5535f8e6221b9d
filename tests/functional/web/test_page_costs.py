"""What a page asks of the database: nothing twice, nothing for a form that it does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, text

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import UnitOfWork
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor

Asked = Callable[[str], int]
_STATEMENTS_OF_AN_OFFICE = 150


@pytest.fixture
def counting(app: Flask) -> Callable[[], object]:
    """Gives a block to ask in, and behind it how many statements held some words."""

    @contextmanager
    def count() -> Iterator[Asked]:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(app.extensions[ENGINE], "before_cursor_execute", note)
        try:
            yield lambda words: sum(words in statement for statement in seen)
        finally:
            event.remove(app.extensions[ENGINE], "before_cursor_execute", note)

    return count


def test_a_learners_page_reads_what_its_forms_offer_once(visitor: Visitor, county, counting):
    reader = visitor(Role.REGISTRAR)
    reader.get(f"/learners/{county.learners[OWN]}")  # which keeps the plan as it was parsed
    with counting() as asked:
        page = reader.get(f"/learners/{county.learners[OWN]}")
    assert page.status_code == 200
    assert "<select" in page.get_data(as_text=True)
    assert asked("courses.name") == 1
    assert asked("FROM program_plans") == 2  # what was decided by, what is behind


def test_the_courses_are_read_for_the_exception_that_names_one(visitor: Visitor, county, counting):
    reader = visitor(Role.REGISTRAR)
    with counting() as asked:
        reader.get(f"/learners/{county.learners[OWN]}?exception=insert")
    assert asked("courses.name") == 2


def test_a_connection_keeps_prepared_what_an_office_asks(app: Flask):
    with UnitOfWork(app.extensions[ENGINE], "") as uow:
        for _ in range(7):  # psycopg prepares what it has seen several times
            for number in range(_STATEMENTS_OF_AN_OFFICE):
                uow.connection.execute(text(f"SELECT {number}"))
        kept = uow.connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
    assert kept.scalar_one() >= _STATEMENTS_OF_AN_OFFICE
