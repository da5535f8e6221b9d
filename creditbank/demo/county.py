"""Seeds the demo county: schools, plans, agreements, classes, and all their ledgers, by COPY."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.engine import make_url

from creditbank.children import die_with_parent
from creditbank.db import make_engine
from creditbank.demo.advances import run_advances
from creditbank.demo.claims import claim_stories
from creditbank.demo.learners import ClassOrder, Rows, invent_class
from creditbank.demo.logins import account_rows
from creditbank.demo.schools import County, lay_out_county, reference_rows
from creditbank.demo.stories import tell_in_order
from creditbank.demo.transfers import transfer_stories, who_transfers

BATCH = 6
TABLES_IN_ORDER = (
    "institutions", "majors", "academic_terms", "adjusted_days", "courses", "program_plans",
    "cohort_plans", "articulation_agreements", "agreement_terms", "accounts", "paired_schools",
    "learners",
    "enrolments", "learner_heads", "account_learners", "conduct_evaluations",
    "internship_appraisals", "sanctions", "attestations", "agreement_members", "status_changes",
    "status_change_proofs", "status_change_opinions", "status_change_executions",
    "ledger_entries", "pending_evaluations",
)  # fmt: skip
_NUMBERED = {
    "institutions": "institution_id", "program_plans": "plan_id",
    "articulation_agreements": "agreement_id", "accounts": "account_id",
    "learners": "learner_id", "enrolments": "enrolment_id",
    "status_changes": "status_change_id",
}  # fmt: skip
_JSON = {"document", "detail", "hard_conditions", "scores"}


class CountyNotEmptyError(RuntimeError):
    """The database holds institutions already; the demo county is for empty ones."""


@dataclass(frozen=True, slots=True)
class CountySummary:
    """What was written."""

    learners: int
    entries: int
    classes: int


def add_class(owner_url: str, order: ClassOrder) -> list[int]:
    """One more class of a demo county that stands; the learners' numbers. All are marked."""
    with psycopg.connect(_plain(owner_url)) as connection:
        _rest(connection, enabled=False)
        connection.execute(_JOINING)
        rows = invent_class(order)
        _copy(connection, rows)
        _rest(connection, enabled=True)
        learners = [row["learner_id"] for row in rows.tables["learners"]]
        connection.execute(
            "INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)"
            " SELECT learner_id, ledger_seq, 'seed:' || ledger_seq, now() FROM learner_heads"
            " WHERE learner_id = ANY (%s) ORDER BY learner_id",
            [learners],
        )
    return learners


def county_is_empty(owner_url: str) -> bool:
    """Whether a migrated database holds no institution yet."""
    with psycopg.connect(_plain(owner_url)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM institutions)").fetchone()
    return row is not None and not row[0]


def seed_county(
    owner_url: str,
    *,
    as_of: date,
    seed: int = 37012420,
    scale: float = 1.0,
    progress: Callable[[float], None] | None = None,
) -> CountySummary:
    """Write the county as it stands at the last end of a term before as_of, in one transaction.

    The advances of the oldest cohort follow, see demo.advances; then transfers of the last window
    and claims of credits, day by day, each step in its own transaction, see demo.transfers, claims.
    The same seed and anchor give the same county, to the hash. scale below 1 gives smaller
    cohorts. progress is told the share done, 0 to 1. Raises CountyNotEmptyError.
    """
    if not county_is_empty(owner_url):
        message = "the database is not empty: the demo county was not written"
        raise CountyNotEmptyError(message)
    county = lay_out_county(anchor_of(as_of), seed=seed, scale=scale)
    tell = progress or (lambda _: None)
    learners = entries = 0
    with psycopg.connect(_plain(owner_url)) as connection:
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute(_JOINING)
        _rest(connection, enabled=False)  # every learner is marked once, at the end
        rows = reference_rows(county)
        for table, found in account_rows(county).items():
            rows.tables.setdefault(table, []).extend(found)
        linked = rows.tables.pop("account_learners")
        _copy(connection, rows)
        for number, batch in enumerate(_invented(county.classes), start=1):
            _copy(connection, batch)
            learners += len(batch.tables["learners"])
            entries += len(batch.tables.get("ledger_entries", ()))
            tell(number * BATCH / (len(county.classes) + BATCH))
        _copy(connection, Rows({"account_learners": linked}))
        _rest(connection, enabled=True)
        _finish(connection)
    run_advances(owner_url, county, as_of=as_of, seed=seed)
    _live_on(owner_url, county, as_of)
    with psycopg.connect(_plain(owner_url)) as connection:
        connection.execute("ANALYZE")  # the planner knows of what was only just written
    tell(1.0)
    return CountySummary(learners, entries, len(county.classes))


def _live_on(owner_url: str, county: County, as_of: date) -> None:
    engine = make_engine(owner_url, pool_size=1)
    try:
        transfers = transfer_stories(engine, county, as_of=as_of)
        leaving = who_transfers(engine, county)
        claims = claim_stories(engine, as_of=as_of, leaving=leaving)
        tell_in_order([*transfers, *claims])
    finally:
        engine.dispose()


_JOINING = "SELECT set_config('creditbank.sharing_consent', 'joining', true)"
"""Who is in a class of the demo consents by its agreement, as the shipped rule has it."""


def anchor_of(as_of: date) -> date:
    """The last end of a term not after a day: 31 January or 30 June."""
    ends = (date(as_of.year, 6, 30), date(as_of.year, 1, 31), date(as_of.year - 1, 6, 30))
    return next(day for day in ends if day <= as_of)


def _invented(orders: list[ClassOrder]) -> Iterator[Rows]:
    """Classes in batches, invented on all cores, in order."""
    batches = [orders[start : start + BATCH] for start in range(0, len(orders), BATCH)]
    if len(batches) <= 2:  # noqa: PLR2004 (a process costs more than two small batches)
        yield from map(_invent_batch, batches)
        return
    pool = ProcessPoolExecutor(
        2,
        mp_context=get_context("fork"),
        initializer=die_with_parent,  # a pool would wait for ever for a parent that was killed
        initargs=(signal.SIGKILL,),
    )
    with pool:
        yield from pool.map(_invent_batch, batches)


def _invent_batch(orders: list[ClassOrder]) -> Rows:
    together = Rows()
    for order in orders:
        for table, found in invent_class(order).tables.items():
            together.tables.setdefault(table, []).extend(found)
    return together


def _copy(connection: psycopg.Connection, rows: Rows) -> None:
    for table in TABLES_IN_ORDER:
        found = rows.tables.get(table)
        if found:
            _copy_table(connection, table, found)


def _copy_table(connection: psycopg.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    json_at = [number for number, name in enumerate(names) if name in _JSON]
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            values = list(row.values())
            for number in json_at:
                values[number] = Jsonb(values[number], dumps=_dumps)
            copy.write_row(values)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rest(connection: psycopg.Connection, *, enabled: bool) -> None:
    """Let triggers rest while everything is new.

    Those that follow changes of facts would mark every learner many times over; and the suspended
    are written as they are by now, not as their executions found them.
    """
    found = connection.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname = 'note_facts_insert'"
        " OR (tgname = 'check_row' AND tgrelid = 'status_change_executions'::regclass)"
    )
    again = {"note_facts_insert": "ENABLE", "check_row": "ENABLE ALWAYS"}
    for table, name in found.fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
                sql.Identifier(table),
                sql.SQL(again[name] if enabled else "DISABLE"),
                sql.Identifier(name),
            )
        )


def _finish(connection: psycopg.Connection) -> None:
    """Mark all open enrolments, set the numbering right, let the planner know of so much."""
    connection.execute(
        "INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)"
        " SELECT learner_id, ledger_seq, 'seed:' || ledger_seq, now()"
        " FROM learner_heads ORDER BY learner_id"
    )
    for table, column in _NUMBERED.items():
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({name}, {text}), (SELECT max({column})"
                " FROM {table}))"
            ).format(
                name=sql.Literal(table),
                text=sql.Literal(column),
                column=sql.Identifier(column),
                table=sql.Identifier(table),
            )
        )
    connection.execute("ANALYZE")


def _plain(owner_url: str) -> str:
    return make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
