"""The only place that commits. One unit of work is one transaction with one actor's reach.

When to use: around each use case and around each page's reading. When not: inside a service or a
query, which is handed the unit of work by whoever opened it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role

EVERYWHERE = "*"
"""The reach of workers and of the county: all institutions."""
EVERYBODY = "*"
"""The account of workers: the messages of all."""
_SET_REACH = text("""
SELECT set_config('creditbank.reach', :reach, true),
  set_config('creditbank.college', :college, true), set_config('creditbank.day', :day, true),
  set_config('creditbank.account', :account, true)
""")
_PLAN_ONCE = text("""
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_seqscan', 'off', true)
""")


class UnitOfWork:
    """A transaction that row-level security confines to the institutions of `reach`.

    reach: "*" for all, "" for none, or institution ids joined by commas; "@7/2026-07-01" behind
    them narrows it to what is shared with college 7 on that day. account: whose messages are seen,
    an account's number, "*" for all or "" for none. Leaving the block commits
    everything done in it together; an exception rolls all of it back. So an answer built from the
    block must be sent after the block. connection is open only inside it.
    """

    connection: Connection

    def __init__(self, engine: Engine, reach: str, account: int | str = "") -> None:
        self._engine = engine
        self._account = str(account)
        self._reach = self._current = reach

    def __enter__(self) -> Self:
        try:
            self._begin()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # It lay in the pool and the server ended it meanwhile. To ask each one beforehand
            # whether it lives would cost every unit of work two round trips.
            self._begin()
        return self

    def _begin(self) -> None:
        self.connection = self._engine.connect()
        try:
            self._set_reach(self._reach)
        except BaseException:
            self.connection.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.connection.commit()
            else:
                self.connection.rollback()
        finally:
            self.connection.close()

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Widen the reach for a while: an evaluation needs evidence from all schools.

        Only after domain.access.decide has said yes for the learner; what was read is not shown.
        """
        before = self._current
        self._set_reach(EVERYWHERE)
        try:
            yield
        except BaseException:
            with suppress(DBAPIError):  # a failed transaction takes nothing more, nor shows it
                self._set_reach(before)
            raise
        self._set_reach(before)

    def plan_once(self) -> None:
        """Plan what this transaction reads once for the connection, and not for each call.

        For few learners' rows, read by keys, over and over: planning is half of what the database
        spends on them. A plan is kept while tables grow, so it must not rest on one that was small.
        """
        self.connection.execute(_PLAN_ONCE)

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A transaction of its own with the reach of now, kept whatever becomes of this one.

        Only for what is harmless without the rest.
        """
        with UnitOfWork(self._engine, self._current, self._account) as own:
            yield own.connection

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Try something out: whatever the block writes is taken back, the rest stays."""
        nested = self.connection.begin_nested()
        try:
            yield
        finally:
            nested.rollback()

    def _set_reach(self, reach: str) -> None:
        self._current = reach
        schools, _, shown_to = reach.partition("@")
        college, _, day = shown_to.partition("/")
        settings = {"reach": schools, "college": college, "day": day, "account": self._account}
        self.connection.execute(_SET_REACH, settings)


def reach_of(
    actor: Actor, *, as_of: date = date.min, school_ids: frozenset[int] = frozenset()
) -> str:
    """The second wall's setting for an actor; the first wall is domain.access.decide.

    school_ids: of a college, the schools of its agreements; of a student or guardian, the schools
    of their own records. Staff reach their own institution. Of its schools a college sees the
    learners who are shared with it on the day as_of, without one nobody.
    """
    if actor.role in {Role.COUNTY, Role.AUDITOR}:
        return EVERYWHERE
    schools = ",".join(str(school_id) for school_id in sorted(school_ids))
    if actor.role is Role.COLLEGE:
        return f"{schools}@{actor.institution_id or 0}/{as_of}"
    if actor.role in {Role.STUDENT, Role.GUARDIAN}:
        return schools
    return "" if actor.institution_id is None else str(actor.institution_id)
