"""Stored verdicts beside their seals, their replay, and what the books say now. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy.exc import OperationalError

from creditbank.domain.damages import Damage, DamageKind
from creditbank.eligibility import findings_hash, verdict_to_dict
from creditbank.services.evaluations import evaluate_learners
from creditbank.services.replays import replay_verdicts
from creditbank.store import verdict_checks as rows
from creditbank.store.unit_of_work import UnitOfWork

VERDICTS, HEADS, SEALS = "verdicts", "verdict_heads", "verdict_seals"


def check_standing(uow: UnitOfWork) -> list[Damage]:
    """Seals, and heads beside their verdicts and the books. The reach: everywhere."""
    return [
        *_of_seals(uow),
        *(damage for row in rows.unfit_heads(uow.connection) for damage in _of_head(row)),
        *(damage for row in rows.heads_behind(uow.connection) for damage in _behind(row)),
    ]


def check_replay(uow: UnitOfWork, verdict_ids: Sequence[int]) -> tuple[int, list[Damage]]:
    """Each of these verdicts found again from what it looked at; how many were looked at."""
    return len(verdict_ids), _apart(_replayed, uow, verdict_ids, (VERDICTS, "verdict_id"))


def check_recomputed(uow: UnitOfWork, learner_ids: Sequence[int]) -> tuple[int, list[Damage]]:
    """What stands for these learners computed from the books, on the day it stands for."""
    count = len(rows.heads_of(uow.connection, learner_ids))
    return count, _apart(_recomputed, uow, learner_ids, (HEADS, "learner_id"))


def _apart(
    check: Callable[[UnitOfWork, Sequence[int]], list[Damage]],
    uow: UnitOfWork,
    ids: Sequence[int],
    named: tuple[str, str],
) -> list[Damage]:
    """Check many at once; what spoiled rows make impossible is taken apart until it has a name."""
    try:
        return check(uow, ids)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a spoiled row raises, the others go on)
        if len(ids) == 1:
            key = f"{named[1]}={ids[0]}"
            return [Damage(named[0], key, DamageKind.REPLAY, f"error {type(error).__name__}")]
    middle = len(ids) // 2
    first = _apart(check, uow, ids[:middle], named)
    return first + _apart(check, uow, ids[middle:], named)


def _replayed(uow: UnitOfWork, verdict_ids: Sequence[int]) -> list[Damage]:
    return [
        Damage(VERDICTS, f"verdict_id={item.verdict_id}", DamageKind.REPLAY, ", ".join(item.what))
        for item in replay_verdicts(uow, verdict_ids).differences
    ]


def _recomputed(uow: UnitOfWork, learner_ids: Sequence[int]) -> list[Damage]:
    heads = rows.heads_of(uow.connection, learner_ids)
    damages = []
    for day in sorted({head.as_of for head in heads}):
        of_day = [head for head in heads if head.as_of == day]
        ids = sorted({head.learner_id for head in of_day})
        found = {
            (verdict.enrolment_id, verdict.subject_kind.value, verdict.subject_id): verdict
            for verdict, _inputs in evaluate_learners(uow, ids, as_of=day)
        }
        for head in of_day:
            verdict = found.get((head.enrolment_id, head.subject_kind, head.subject_id))
            fields = "" if verdict is None else _fields(head, verdict)
            if verdict is None or fields:
                damages.append(Damage(HEADS, _subject(head), DamageKind.RECOMPUTED, fields))
    return damages


def _fields(head: Any, verdict: Any) -> str:  # noqa: ANN401 (a row)
    differs = {
        "findings_hash": head.findings_hash != findings_hash(verdict_to_dict(verdict)),
        "policy_version": head.policy_version != verdict.policy_version,
        "plan_id": head.plan_id != verdict.plan_id,
        "outcome": head.outcome != verdict.outcome,
        "shortfall_units": head.shortfall_units != verdict.shortfall_units,
    }
    return ", ".join(name for name, is_so in differs.items() if is_so)


def _of_seals(uow: UnitOfWork) -> Iterator[Damage]:
    for row in rows.broken_seals(uow.connection):
        key = f"verdict_id={row.verdict_id}"
        if row.no_row:
            yield Damage(VERDICTS, key, DamageKind.NO_VERDICT)
        elif row.no_seal:
            yield Damage(SEALS, key, DamageKind.NO_SEAL)
        else:
            yield Damage(VERDICTS, key, DamageKind.SEAL)


def _of_head(row: Any) -> Iterator[Damage]:  # noqa: ANN401
    if row.no_row:
        yield Damage(HEADS, _subject(row), DamageKind.NO_VERDICT, "verdict_id")
    else:
        yield Damage(HEADS, _subject(row), DamageKind.STANDING, ", ".join(row.fields))


def _behind(row: Any) -> Iterator[Damage]:  # noqa: ANN401
    names = [name for name, is_so in (("ledger_seq", row.books), ("facts_seq", row.facts)) if is_so]
    yield Damage(HEADS, _subject(row), DamageKind.BEHIND, ", ".join(names))


def _subject(row: Any) -> str:  # noqa: ANN401
    return f"enrolment_id={row.enrolment_id} {row.subject_kind} {row.subject_id}"
