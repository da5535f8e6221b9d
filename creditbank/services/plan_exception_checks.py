"""Whether an exception fits the plan that the learner follows and the records as they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError, Message, Problem, refused
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException, Ruling
from creditbank.domain.plans import Plan
from creditbank.eligibility.exceptions import speaks_of
from creditbank.services import fact_words as words
from creditbank.services.commands import RuleOnException
from creditbank.store.ledger import reversed_seqs

REASON_MAX, DOCUMENT_MAX = 200, 60


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an exception is held against besides the plan.

    has_course: whether the school knows the course that is inserted. entries: the learner's ledger,
    of all schools, where an entry is named. rivals: other exceptions that stand or wait.
    """

    entered_on: date
    today: date
    has_course: bool
    entries: Sequence[Mapping[str, Any]]
    rivals: Collection[PlanException]


def check_exception(what: PlanException, plan: Plan, at: Circumstances) -> None:
    """Raise InvalidInputError naming every field that is wrong."""
    problems = (*_formal(what, at), *_against_plan(what, plan, at), *_against_records(what, at))
    if problems:
        raise InvalidInputError(problems[0].message, problems=problems)


def check_ruling(command: RuleOnException) -> None:
    """Raise InvalidInputError where a refusal or withdrawal does not say why and by what."""
    if command.ruling is not Ruling.APPROVED and not _is_text(command.reason, REASON_MAX):
        raise refused(_REASON)
    if command.ruling is Ruling.WITHDRAWN and not _is_text(command.document_no, DOCUMENT_MAX):
        raise refused(words.DOCUMENT)


def _formal(what: PlanException, at: Circumstances) -> Iterator[Problem]:
    if not _is_text(what.reason, REASON_MAX):
        yield _REASON
    if not _is_text(what.document_no, DOCUMENT_MAX):
        yield words.DOCUMENT
    if what.decided_on > at.today:
        yield words.in_future("decided_on")
    elif what.decided_on < at.entered_on:
        yield words.before_entry("decided_on")
    elif any(item.place == what.place and item.decided_on >= what.decided_on for item in at.rivals):
        yield _NOT_LATER


def _against_plan(what: PlanException, plan: Plan, at: Circumstances) -> Iterator[Problem]:
    blocks = {block.code for block in plan.blocks}
    match what.kind:
        case ExceptionKind.WAIVE if not speaks_of(what, plan):
            yield _NOTHING_TO_WAIVE
        case ExceptionKind.LOWER if not speaks_of(what, plan):
            yield _NOTHING_TO_LOWER
        case ExceptionKind.LOWER:
            asked = _asked(plan, what.subject)
            if what.units is None or what.units >= asked:
                yield _not_lower(asked)
        case ExceptionKind.INSERT:
            yield from _insertion(what, plan, at)
        case ExceptionKind.FORCE | ExceptionKind.BLOCK:
            may_be_nowhere = what.kind is ExceptionKind.BLOCK and not what.block_code
            if what.block_code not in blocks and not may_be_nowhere:
                yield _UNKNOWN_BLOCK


def _insertion(what: PlanException, plan: Plan, at: Circumstances) -> Iterator[Problem]:
    if what.block_code not in {block.code for block in plan.blocks}:
        yield _UNKNOWN_BLOCK
    course = next((item for item in plan.courses if item.course_code == what.subject), None)
    if course is None:
        if not at.has_course:
            yield _UNKNOWN_COURSE
        if not what.units:
            yield _UNITS_MISSING
    elif what.block_code in (course.block_code, *course.also_counts_in):
        yield _COUNTS_ALREADY


def _against_records(what: PlanException, at: Circumstances) -> Iterator[Problem]:
    """Of a substitution only the receiving half is a record that can be placed."""
    if what.ledger_seq is None:
        return
    gone = reversed_seqs(at.entries)
    placed = {
        row["ledger_seq"]
        for row in at.entries
        if row["kind"] != EntryKind.REVERSAL
        and not (row["kind"] == EntryKind.SUBSTITUTION and row["block_code"] is None)
    }
    if what.ledger_seq in gone:
        yield _REVERSED
    elif what.ledger_seq not in placed:
        yield _NO_ENTRY


def _asked(plan: Plan, subject: str) -> int:
    """What the plan itself asks there, in hundredths."""
    if not subject:
        return plan.units_min
    blocks = [block.units_min for block in plan.blocks if block.code == subject]
    return max(*blocks, *[floor.units_min for floor in plan.floors if floor.code == subject], 0)


def _is_text(text: str, most: int) -> bool:
    return 0 < len(text.strip()) <= most


def _not_lower(asked: int) -> Problem:
    most = credits_text(asked)
    message = Message(
        f"方案在此要求 {most} 学分,降低后须少于它。",
        f"The plan asks {most} credits here; a lower demand is less than that.",
    )
    return Problem("not_lower", message, "units")


_REASON = Problem(
    "reason_missing",
    Message("请填写原因(1-200字)。", "Give the reason (1 to 200 characters)."),
    "reason",
)
_NOT_LATER = Problem(
    "not_later",
    Message(
        "同一事项已有当日或更晚决定的例外,请先撤销或退回那一项。",
        "There is one on this of the same day or later; withdraw or refuse that one first.",
    ),
    "decided_on",
)
_NOTHING_TO_WAIVE = Problem(
    "unknown_subject",
    Message(
        "该生的方案中没有这个模块、条件或最低要求,请从列表中选择。",
        "The learner's plan has no such block, condition or floor; choose one of the list.",
    ),
    "subject",
)
_NOTHING_TO_LOWER = Problem(
    "unknown_subject",
    Message(
        "该生的方案中没有这个模块或最低学分要求,请从列表中选择。",
        "The learner's plan has no such block or floor of credits; choose one of the list.",
    ),
    "subject",
)
_UNKNOWN_BLOCK = Problem(
    "unknown_block",
    Message(
        "该生的方案中没有这个模块,请从列表中选择。",
        "The learner's plan has no such block; choose one of the list.",
    ),
    "block_code",
)
_UNKNOWN_COURSE = Problem(
    "unknown_course",
    Message("本校没有这门课程,请核对课程代码。", "The school has no such course; check its code."),
    "subject",
)
_UNITS_MISSING = Problem(
    "units_missing",
    Message(
        "方案外的课程请填写学分。", "A course that the plan has not needs its number of credits."
    ),
    "units",
)
_COUNTS_ALREADY = Problem(
    "counts_already",
    Message(
        "这门课程本来就计入该模块,无须例外。",
        "This course counts in that block anyway; no exception is needed.",
    ),
    "block_code",
)
_NO_ENTRY = Problem(
    "unknown_entry",
    Message(
        "该生没有这一号学分账目,请从列表中选择。",
        "The learner has no such entry; choose one of the list.",
    ),
    "ledger_seq",
)
_REVERSED = Problem(
    "entry_reversed",
    Message(
        "这一号账目已被冲销,请选择有效的账目。", "This entry was reversed; choose one that stands."
    ),
    "ledger_seq",
)
MAKES_WORSE = Problem(
    "makes_worse",
    Message(
        "批准后该生反而离毕业更远:竞赛、创新学分只补模块要求的部分,总学分要求不变。请先批准降低总学分的例外。",
        "This would take the learner farther from graduation: awards fill a block only up to what"
        " it asks, and the total stays. Approve a lower total first.",
    ),
    "ruling",
)
RULED_ALREADY = Problem(
    "ruled_already",
    Message("这项例外已经批准或退回。", "This exception was approved or refused already."),
    "ruling",
)
NOT_STANDING = Problem(
    "not_standing",
    Message(
        "这项例外没有批准,或已经撤销。", "This exception is not approved, or was withdrawn already."
    ),
    "ruling",
)
SAME_PERSON = Problem(
    "same_person",
    Message(
        "录入人不能批准自己录入的例外,请由另一人批准。",
        "Who entered an exception does not approve it; a second person has to.",
    ),
    "ruling",
)
