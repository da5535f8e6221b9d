"""R13: what is in a file is posted, stands already, or is refused; nothing is lost or doubled."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Engine

from creditbank.domain.errors import InvalidInputError
from tests.databases import Database
from tests.factories.grade_files import Cells, csv_of
from tests.factories.import_desk import ImportDesk
from tests.factories.school import make_school

FILES = 60
SPOILED: list[str | float | None] = [101, -3, "很好", "85分", 77.25]


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection, pupils=6))


def random_file(desk: ImportDesk, chance: random.Random) -> tuple[Cells, int, int]:
    """A sheet with gaps, in which some marks are spoiled; how many marks, how many spoiled."""
    cells = desk.cells
    written = spoiled = 0
    for row in cells[3:]:
        for column in range(2, len(row)):
            if chance.random() < 0.6:
                row[column] = None
                continue
            written += 1
            if chance.random() < 0.02:
                row[column] = chance.choice(SPOILED)
                spoiled += 1
    return cells, written, spoiled


def test_every_mark_of_random_files_is_posted_or_standing_or_refused(desk):
    chance = random.Random(13)
    posted: dict[tuple[str, str], str] = {}
    for _ in range(FILES):
        cells, written, spoiled = random_file(desk, chance)
        shown = desk.preview(csv_of(cells))
        assert len(shown.problems) == spoiled
        assert len(shown.new) + len(shown.booked) == written
        if spoiled:
            with pytest.raises(InvalidInputError):
                desk.post(shown.import_id)
        else:
            assert desk.post(shown.import_id).count == len(shown.new)
            posted |= {
                (str(row[0]), code): f"{mark:g}"
                for row in cells[3:]
                for (code, _), mark in zip(desk.school.courses, row[2:], strict=True)
                if isinstance(mark, (int, float))
            }
        assert desk.entry_count() == len(posted)
    assert desk.posted_marks() == posted
    assert len(posted) > 40
