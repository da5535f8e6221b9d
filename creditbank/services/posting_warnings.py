"""What to say at once of an entry that earns nothing, or less than it is worth.

The engine is asked in the posting's own transaction, so that the answer speaks of these very books.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from creditbank.domain.calendar import local_date
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message
from creditbank.domain.verdicts import Placement, SubjectKind, Use, Verdict
from creditbank.services.commands import PostedEntry, PostedWarning
from creditbank.services.evaluations import evaluate_learners
from creditbank.store.unit_of_work import UnitOfWork


def with_warnings(
    uow: UnitOfWork, entry: PostedEntry, *, institution_id: int | None, now: datetime
) -> PostedEntry:
    """The entry with what the verdict on the school's own enrolments says against it.

    The caller has decided that the actor may post to this learner. A learner who cannot be
    evaluated gets no warnings: an evaluation that fails must not stop a posting.
    """
    with uow.everywhere():
        try:
            found = evaluate_learners(uow, [entry.learner_id], as_of=local_date(now))
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001 (the workers raise the alarm)
            return entry
    verdicts = [
        verdict for verdict, inputs in found if inputs.snapshot.institution_id == institution_id
    ]
    return replace(entry, warnings=_warnings(entry, verdicts))


def _warnings(entry: PostedEntry, verdicts: list[Verdict]) -> tuple[PostedWarning, ...]:
    """One for each use that is a waste; none twice, whatever number of enrolments."""
    wasted = [
        _warning(entry, place)
        for verdict in verdicts
        if verdict.subject_kind is SubjectKind.GRADUATION
        for place in verdict.placements
        if place.ledger_seq == entry.ledger_seq and place.use in _SAID
    ]
    return tuple(dict.fromkeys(wasted))


def _warning(entry: PostedEntry, place: Placement) -> PostedWarning:
    code, message = _SAID[place.use]
    if place.use is Use.NOT_EARNED:
        code, message = _why_nothing(entry)
    elif place.use is Use.SURPLUS and entry.passed:
        code, message = _ALREADY_EARNED
    units = credits_text(place.units)
    return PostedWarning(
        code, Message(message.zh.format(units=units), message.en.format(units=units))
    )


def _why_nothing(entry: PostedEntry) -> tuple[str, Message]:
    if entry.passed is None and not entry.mark:
        return _WORTH_NOTHING
    return _ALREADY_EARNED if entry.passed else _NOT_PASSED


_ALREADY_EARNED = (
    "already_earned",
    Message(
        "该课程的学分此前已经获得,这次只保留成绩,不再计学分。",
        "The credit of this course was earned before; this attempt is kept and earns nothing.",
    ),
)
_NOT_PASSED = (
    "not_passed",
    Message(
        "本次考试没有通过或没有成绩,保留记录,不产生学分。",
        "This attempt was not passed or has no mark; it is kept and earns nothing.",
    ),
)
_WORTH_NOTHING = (
    "worth_nothing",
    Message(
        "按现行规定,这一项的级别、等级或数量折算为 0 学分。",
        "By the rules in force its level, rank or quantity is worth 0 credits.",
    ),
)
_SAID: Mapping[Use, tuple[str, Message]] = {
    Use.NOT_EARNED: _NOT_PASSED,
    Use.SURPLUS: (
        "surplus",
        Message(
            "{units} 学分目前用不上:能接受它的模块没有空缺,留作结余。",
            "{units} credits are surplus for now: no block that takes them needs them.",
        ),
    ),
    Use.CAPPED: (
        "over_cap",
        Message(
            "{units} 学分超过规定上限,不计入毕业。",
            "{units} credits are over a cap and do not count for graduation.",
        ),
    ),
    Use.SAME_EVENT: (
        "same_event",
        Message(
            "同一赛事或项目只计最高一项,这里的 {units} 学分不重复计入。",
            "Of one event or project only the highest counts; {units} credits here do not.",
        ),
    ),
    Use.EXPIRED: (
        "expired",
        Message(
            "证书已过有效期,{units} 学分不计入。",
            "The certificate has expired; {units} credits do not count.",
        ),
    ),
    Use.DISPUTED: (
        "disputed",
        Message(
            "证书编号也在另一名学生名下,核查之前双方都不计 {units} 学分。",
            "The certificate number stands in another account too; its {units} credits count in"
            " neither until it is checked.",
        ),
    ),
    Use.NOT_IN_PLAN: (
        "not_in_plan",
        Message(
            "不在该生的培养方案内,{units} 学分不计入毕业。",
            "It is not in the learner's plan; {units} credits do not count for graduation.",
        ),
    ),
    Use.EXCLUDED: (
        "excluded",
        Message(
            "按对该生的个别决定,{units} 学分不计入。",
            "By a decision for this learner {units} credits do not count.",
        ),
    ),
}
