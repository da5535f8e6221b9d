"""What must hold of one learner in the database after every step, read again from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.errors import NotFoundError
from creditbank.domain.ledger import GENESIS_HASH, EntryKind, content_hash
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import OPEN_STATES, TRANSITIONS, ChangeKind
from creditbank.eligibility import findings_hash, verdict_to_dict
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.services.open_changes import visible_change
from creditbank.services.recomputations import recompute_verdicts
from creditbank.store.ledger import entries_of, entry_content, reversed_seqs
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.transfer_desk import TransferDesk

_TABLES = (
    "enrolments", "learner_heads", "status_changes", "status_change_states",
    "status_change_executions", "transfer_arrivals", "makeup_courses", "recognition_plans",
    "public_notices", "agreement_members", "decisions", "review_cases", "verdict_heads",
    "pending_evaluations",
)  # fmt: skip
_OF_ENROLMENT = "enrolment_id IN (SELECT enrolment_id FROM enrolments WHERE learner_id = :id)"
_OF_CHANGE = (
    "status_change_id IN (SELECT status_change_id FROM status_changes WHERE learner_id = :id)"
)
_WHOSE = {
    "learner_heads": "learner_id = :id", "enrolments": "learner_id = :id",
    "status_changes": "learner_id = :id", "status_change_states": "learner_id = :id",
    "verdict_heads": "learner_id = :id", "pending_evaluations": "learner_id = :id",
    "decisions": "learner_id = :id", "review_cases": "learner_id = :id",
    "recognition_plans": _OF_CHANGE, "public_notices": _OF_CHANGE,
}  # fmt: skip
_PICTURE = text(
    "SELECT jsonb_build_object("
    + ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]')"
        f" FROM {table} t WHERE {_WHOSE.get(table, _OF_ENROLMENT)})"
        for table in _TABLES
    )
    + ")"
)
_PAIRED = (EntryKind.RECOGNITION, EntryKind.SUBSTITUTION)

Picture = Mapping[str, Sequence[Mapping[str, Any]]]
"""The learner's rows of every table that a change may touch."""


def picture_of(desk: TransferDesk, learner_id: int) -> Picture:
    """As the rows are now."""
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        found: Picture = uow.connection.execute(_PICTURE, {"id": learner_id}).scalar_one()
    return found


def faults(desk: TransferDesk, learner_id: int, picture: Picture, *, now: datetime) -> list[str]:
    """Everything that does not hold, with the verdicts before and after the workers came by."""
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        before = _findings(fresh_verdicts(uow, learner_id, as_of=local_date(now), now=now))
    drain(lambda: UnitOfWork(desk.engine, EVERYWHERE), now=now)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        entries = entries_of(uow.connection, learner_id)
        return [
            *_of_enrolments(picture),
            *_of_ledger(entries, picture),
            *_of_arrivals(entries, picture),
            *_of_sight(desk, uow, picture),
            *_of_verdicts(uow, learner_id, before, now),
        ]


def _findings(verdicts: Sequence[FreshVerdict]) -> list[tuple[Any, ...]]:
    return [
        (
            item.verdict.enrolment_id, item.verdict.subject_kind, item.verdict.subject_id,
            item.verdict.ledger_seq, item.verdict.facts_seq,
            findings_hash(verdict_to_dict(item.verdict)),
        )
        for item in verdicts
    ]  # fmt: skip


def _of_verdicts(
    uow: UnitOfWork, learner_id: int, before: list[tuple[Any, ...]], now: datetime
) -> Iterator[str]:
    today: date = local_date(now)
    after = fresh_verdicts(uow, learner_id, as_of=today, now=now)
    if not all(item.stored for item in after):
        yield "a verdict is still behind after the workers came by"
    if _findings(after) != before:
        yield "the verdict without workers is another one"
    report = recompute_verdicts(uow, [learner_id], as_of=today)
    if report.differences or report.count != len(after):
        yield f"stored verdicts differ from a recomputation: {report.differences}"


def _of_enrolments(picture: Picture) -> Iterator[str]:
    """One open full-time enrolment at most; every status was reached by a way of the table."""
    rows = picture["enrolments"]
    if sum(row["is_open"] and row["study_mode"] == "full_time" for row in rows) > 1:
        yield "two open full-time enrolments"
    kinds = {row["status_change_id"]: row["kind"] for row in picture["status_changes"]}
    executions = sorted(
        picture["status_change_executions"],
        key=lambda row: (row["executed_at"], row["status_change_id"]),
    )
    for row in rows:
        own = [item for item in executions if item["enrolment_id"] == row["enrolment_id"]]
        statuses = [item["status_before"] for item in own[:1]] or [row["status"]]
        if statuses[0] not in {"01", "12"}:
            yield f"an enrolment begins with {statuses[0]}"
        for item in own:
            way = TRANSITIONS[ChangeKind(kinds[item["status_change_id"]])]
            if item["status_before"] != statuses[-1]:
                yield "a status changed without an execution"
            if item["status_before"] not in way.before or item["status_after"] != way.after:
                yield f"{item['status_before']} became {item['status_after']} beside the table"
            statuses.append(item["status_after"])
        if row["status"] != statuses[-1]:
            yield "a status changed without an execution"
        if row["is_open"] != (EnrolmentStatus(row["status"]) in OPEN_STATUSES):
            yield f"{row['status']} and open: {row['is_open']}"
        if not row["is_open"] and any(
            item["left_on"] is None
            for item in picture["agreement_members"]
            if item["enrolment_id"] == row["enrolment_id"]
        ):
            yield "a closed enrolment kept its place in through-training"


def _of_ledger(entries: Sequence[dict[str, Any]], picture: Picture) -> Iterator[str]:
    """The chain is whole up to the head."""
    previous = GENESIS_HASH
    for number, row in enumerate(entries, start=1):
        if row["ledger_seq"] != number or row["prev_hash"] != previous:
            yield f"the chain breaks at entry {number}"
        previous = content_hash(previous, entry_content(row))
        if row["entry_hash"] != previous:
            yield f"entry {number} is not what was hashed"
    heads = [(row["ledger_seq"], row["head_hash"]) for row in picture["learner_heads"]]
    if heads not in ([], [(len(entries), "\\x" + previous.hex())]):
        yield "the head is not the last entry"
    yield from _of_pairs(entries)


def _of_pairs(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What is booked over sums to 0, and no credit gives one school more than it has.

    Who leaves a school that recognised a credit and comes back has it where it was earned, and may
    have it recognised by a third school.
    """
    gone = reversed_seqs(entries)
    by_seq = {row["ledger_seq"]: row for row in entries}
    given: Counter[tuple[int, int]] = Counter()
    for kind in _PAIRED:
        rows = [row for row in entries if row["kind"] == kind]
        standing = [row for row in rows if row["ledger_seq"] not in gone]
        for label, some in (("booked", rows), ("standing", standing)):
            if sum(row["units"] for row in some):
                yield f"{label} {kind.value} does not sum to 0"
        for row in standing:
            given[row["source_seq"], row["institution_id"]] += max(0, row["units"])
            if row["source_seq"] in gone:
                yield f"{kind.value} stands on an entry that was taken back"
    for (seq, school), units in given.items():
        if units > by_seq[seq]["units"]:
            yield f"entry {seq} of {by_seq[seq]['units']} gives {units} to school {school}"


def _of_arrivals(entries: Sequence[dict[str, Any]], picture: Picture) -> Iterator[str]:
    """Executed with an arrival or neither; presented = recognised + what was left behind."""
    changes = {row["status_change_id"]: row for row in picture["status_changes"]}
    executed = {
        row["status_change_id"]
        for row in picture["status_change_executions"]
        if changes[row["status_change_id"]]["kind"] == ChangeKind.TRANSFER_OUT
    }
    arrivals = {row["status_change_id"]: row for row in picture["transfer_arrivals"]}
    if executed != arrivals.keys():
        yield "transfers carried out and arrivals are not the same"
    booked = {
        row["detail"]["status_change_id"] for row in entries if row["kind"] == EntryKind.RECOGNITION
    }
    if not booked <= arrivals.keys():
        yield "recognised without an arrival"
    if not {row["status_change_id"] for row in picture["makeup_courses"]} <= arrivals.keys():
        yield "a course to make up without an arrival"
    for number, arrival in arrivals.items():
        rows = [row for row in entries if row["detail"].get("status_change_id") == number]
        came = sum(row["units"] for row in rows if row["units"] > 0)
        if came != arrival["recognised"]:
            yield f"recognised {arrival['recognised']}, booked {came}"
        if rows:  # what was there when the first of them was written
            presented = _passed_before(entries, rows[0], changes[number])
            left = presented - sum(-row["units"] for row in rows if row["units"] < 0)
            if arrival["presented"] != arrival["recognised"] + left:
                yield f"presented {arrival['presented']}, the books had {presented}"


def _passed_before(
    entries: Sequence[dict[str, Any]], first: Mapping[str, Any], change: Mapping[str, Any]
) -> int:
    """Units of courses that stood when an entry was written, and were not recognised there."""
    earlier = entries[: first["ledger_seq"] - 1]
    gone = reversed_seqs(earlier)
    standing = [row for row in earlier if row["ledger_seq"] not in gone]
    recognised = {
        row["source_seq"]
        for row in standing
        if row["kind"] == EntryKind.RECOGNITION
        and row["institution_id"] == change["to_institution_id"]
        and row["units"] > 0
    }
    return sum(
        row["units"]
        for row in standing
        if row["kind"] == EntryKind.COURSE
        and row["institution_id"] != change["to_institution_id"]
        and row["ledger_seq"] not in recognised
    )


def _of_sight(desk: TransferDesk, uow: UnitOfWork, picture: Picture) -> Iterator[str]:
    """The receiving school sees the file while it is open, or once the learner has come by it."""
    transfers = [row for row in picture["status_change_states"] if row["to_institution_id"]]
    for row in sorted(transfers, key=lambda item: item["status_change_id"])[-2:]:
        shown = OPEN_STATES | {"executed"}
        for school in (desk.vocational, desk.general, desk.another):
            number = school.institution_id
            receives = number == row["to_institution_id"] and row["state"] in shown
            may = number == row["institution_id"] or receives
            if _sees(uow, desk, number, row["status_change_id"]) is not may:
                yield f"a {row['state']} transfer: seen by school {number} is not {may}"
    uow._set_reach(EVERYWHERE)


def _sees(uow: UnitOfWork, desk: TransferDesk, institution_id: int, number: int) -> bool:
    uow._set_reach(str(institution_id))
    registrar = desk.school_of(institution_id).registrar
    try:
        visible_change(uow, registrar, Action.SEE_TRANSFER, number)
    except NotFoundError:
        return False
    return True
