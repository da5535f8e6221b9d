"""Classes at each stage of the advance, made once for a worker and copied for each test.

A copy of a database takes a tenth of a second; leading a class to a stage takes as many services
and verdicts as there are steps before it. What a test itself is about it does itself.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from creditbank.domain.advances import Stage
from creditbank.embedded import ServerUrls
from tests.databases import Database, clone_template, drop_database
from tests.factories.advance_desk import AdvanceDesk, make_advance_desk

ClassAt = Callable[[Stage], AdvanceDesk]
"""A class of the size that a file of tests works with, at a stage."""


class AdvanceClasses:
    """`at(Stage.FILED)`: this worker's database holds a class that is filed, and nothing else."""

    def __init__(
        self, servers: ServerUrls, database: Database, engine: Engine, owner: Engine
    ) -> None:
        self._servers, self._name = servers, database.name
        self._engine, self._owner = engine, owner
        self._kept: dict[tuple[Stage, int], str] = {}
        self._desks: dict[int, AdvanceDesk] = {}

    def at(self, stage: Stage = Stage.QUALIFICATION, *, pupils: int = 5) -> AdvanceDesk:
        """A fresh copy; who has the database open besides the two engines lets go of it first."""
        self._let_go()
        place = stage, pupils
        if place not in self._kept:
            self._make(stage, pupils)
            self._let_go()
            kept = f"{self._name}_{stage.value}_{pupils}"
            clone_template(self._servers, kept, template=self._name)
            self._kept[place] = kept
        else:
            clone_template(self._servers, self._name, template=self._kept[place])
        return self._desks[pupils]

    def _make(self, stage: Stage, pupils: int) -> None:
        if stage is Stage.QUALIFICATION:
            clone_template(self._servers, self._name)
            self._desks[pupils] = make_advance_desk(self._owner, self._engine, pupils=pupils)
            return
        road = (Stage.QUALIFICATION, *AdvanceDesk.ROAD)
        self.at(road[road.index(stage) - 1], pupils=pupils).step_to(stage)

    def _let_go(self) -> None:
        self._engine.dispose()
        self._owner.dispose()

    def drop(self) -> None:
        """All copies."""
        for name in self._kept.values():
            drop_database(self._servers, name)
