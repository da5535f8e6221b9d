"""Everything derived again on several cores: `creditbank fsck`.

The ledger, the tree and the checkpoints are read as one moment saw them, whatever is posted
meanwhile. Verdicts are looked at as they are when their turn comes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

from sqlalchemy import Connection

from creditbank.children import die_with_parent
from creditbank.db import make_engine
from creditbank.domain.damages import Damage
from creditbank.services.ledger_checks import LedgerReport, check_ledger
from creditbank.services.tree_checks import TreeReport, check_tree
from creditbank.store.checkpoints import log_id_of
from creditbank.store.ledger_dump import Span, exported, moment, spans
from creditbank.store.signed_heads import FOLDER, SignedHeads
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.transparency.notes import Verifier

LEARNERS, VERDICTS, CREDENTIALS, CLAIMS = 400, 500, 500, 500
"""How many one process takes at a time."""

Found = TypeVar("Found")
_ENGINE_OPTIONS = {"isolation_level": "REPEATABLE READ"}


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong, by table and row."""

    ledger: LedgerReport = field(default_factory=LedgerReport)
    tree: TreeReport = field(default_factory=TreeReport)
    credentials: int = 0
    replayed: int = 0
    recomputed: int = 0
    damages: list[Damage] = field(default_factory=list)


def check_books(
    url: str,
    *,
    held: Mapping[str, str] | None = None,
    known: Sequence[Verifier] = (),
    heads: SignedHeads | None = None,
    workers: int = 1,
) -> Report:
    """Chains, heads, sums, leaves, subtrees, checkpoints. url: the owner's login.

    held, known: see services.tree_checks. heads: what this installation has signed last, compared
    like a held checkpoint.
    """
    report = Report()
    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine) as connection:  # read before the moment that is looked at
            own = _signed_last(connection, heads)
        with moment(engine) as connection:
            snapshot = exported(connection)
            works: list[Callable[[], TreeReport | LedgerReport]] = [
                partial(_tree, url, snapshot, dict(held or {}), tuple(known), own)
            ]
            works += [
                partial(_ledger, url, snapshot, span) for span in spans(connection, each=LEARNERS)
            ]
            for found in _done(_call, works, workers):
                if isinstance(found, TreeReport):
                    report.tree = found
                else:
                    report.ledger.add(found)
    finally:
        engine.dispose()
    report.damages = sorted([*report.ledger.damages, *report.tree.damages])
    return report


def check_records(url: str, report: Report, *, now: datetime, workers: int = 1) -> None:
    """Papers, links, terms, consents, decisions, steps, credentials, claims, warnings.

    As one moment saw them, whatever is done meanwhile; what is found goes into the report.
    now: what had ended some minutes before is in the status lists.
    """
    from creditbank.store import family_dump  # noqa: PLC0415 (books don't need it)
    from creditbank.store import record_dump as rows  # noqa: PLC0415 (as above)

    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine) as connection:
            snapshot = exported(connection)
            claims = family_dump.claim_ids(connection)
            ids, lists = rows.credential_ids(connection), rows.status_list_ids(connection)
            report.credentials = len(ids)
            works: list[Callable[[], list[Damage]]] = [partial(_records, url, snapshot)]
            works += [partial(_claims, url, snapshot, batch) for batch in _batches(claims, CLAIMS)]
            works += [
                partial(_signed, url, snapshot, batch, moment_of_lists)
                for moment_of_lists, numbers in ((None, ids), (now, lists))
                for batch in _batches(numbers, CREDENTIALS)
            ]
            for damages in _done(_call, works, workers):
                report.damages += damages
    finally:
        engine.dispose()
    report.damages.sort()


def check_verdicts(
    url: str, report: Report, *, since: datetime | None = None, workers: int = 1
) -> None:
    """Seals, heads, and verdicts computed again; what is found goes into the report."""
    from creditbank.services.verdict_checks import check_standing  # noqa: PLC0415 (the engine)
    from creditbank.store import verdict_checks as rows  # noqa: PLC0415 (books don't need it)

    with _reading(url) as uow:
        report.damages += check_standing(uow)
        ids = rows.verdict_ids_since(uow.connection, since)
        learner_ids = rows.settled_learners(uow.connection)
    for count, damages in _done(partial(_replay, url), _batches(ids, VERDICTS), workers):
        report.replayed += count
        report.damages += damages
    for count, damages in _done(partial(_recompute, url), _batches(learner_ids, VERDICTS), workers):
        report.recomputed += count
        report.damages += damages
    report.damages.sort()


def _signed_last(connection: Connection, heads: SignedHeads | None) -> dict[str, str]:
    """The last note that was kept beside the database, by where it stands."""
    log_id = log_id_of(connection)
    if heads is None or log_id is None:
        return {}
    note = heads.last(log_id)
    return {} if note is None else {f"{FOLDER}/{heads.file(log_id).name}": note}


def _ledger(url: str, snapshot: str, span: Span) -> LedgerReport:
    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine, snapshot) as connection:
            return check_ledger(connection, span)
    finally:
        engine.dispose()


def _tree(
    url: str,
    snapshot: str,
    held: Mapping[str, str],
    known: Sequence[Verifier],
    own: Mapping[str, str],
) -> TreeReport:
    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine, snapshot) as connection:
            return check_tree(connection, held, known, own)
    finally:
        engine.dispose()


def _records(url: str, snapshot: str) -> list[Damage]:
    from creditbank.services.advance_checks import check_advances  # noqa: PLC0415 (the engine)
    from creditbank.services.claim_record_checks import check_evidence  # noqa: PLC0415 (as above)
    from creditbank.services.record_checks import check_records as check  # noqa: PLC0415 (as above)
    from creditbank.services.warning_checks import check_warnings  # noqa: PLC0415 (as above)

    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine, snapshot) as connection:
            checks = (check, check_advances, check_evidence, check_warnings)
            return [damage for each in checks for damage in each(connection)]
    finally:
        engine.dispose()


def _claims(url: str, snapshot: str, ids: Sequence[int]) -> list[Damage]:
    from creditbank.services.claim_record_checks import check_claims  # noqa: PLC0415 (as above)

    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine, snapshot) as connection:
            return check_claims(connection, ids)
    finally:
        engine.dispose()


def _signed(
    url: str, snapshot: str, ids: Sequence[int], moment_of_lists: datetime | None
) -> list[Damage]:
    """Credentials, or with a moment status lists."""
    from creditbank.services import credential_checks as checks  # noqa: PLC0415 (as above)

    engine = make_engine(url, pool_size=1)
    try:
        with moment(engine, snapshot) as connection:
            if moment_of_lists is not None:
                return checks.check_status_lists(connection, ids, now=moment_of_lists)
            return checks.check_credentials(connection, ids)
    finally:
        engine.dispose()


def _replay(url: str, ids: Sequence[int]) -> tuple[int, list[Damage]]:
    from creditbank.services.verdict_checks import check_replay  # noqa: PLC0415 (as above)

    with _reading(url) as uow:
        return check_replay(uow, ids)


def _recompute(url: str, ids: Sequence[int]) -> tuple[int, list[Damage]]:
    from creditbank.services.verdict_checks import check_recomputed  # noqa: PLC0415 (as above)

    with _reading(url) as uow:
        return check_recomputed(uow, ids)


def _call(work: Callable[[], Found]) -> Found:
    return work()


def _batches(items: Sequence[int], size: int) -> list[Sequence[int]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _done(work: Callable[[Any], Found], items: Sequence[Any], workers: int) -> Iterator[Found]:
    """`map` here or over processes, of which there are no more than there are items."""
    processes = min(workers, len(items))
    if processes <= 1:
        yield from map(work, items)
        return
    pool = ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=die_with_parent,  # a pool would wait for ever for a parent that was killed
        initargs=(signal.SIGKILL,),
    )
    with pool:
        yield from pool.map(work, items)


@contextmanager
def _reading(url: str) -> Iterator[UnitOfWork]:
    engine = make_engine(url, pool_size=1)
    try:
        with UnitOfWork(engine.execution_options(**_ENGINE_OPTIONS), EVERYWHERE) as uow:
            yield uow
    finally:
        engine.dispose()
