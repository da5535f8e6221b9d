"""What the recording of facts says when it refuses one."""

from __future__ import annotations

from datetime import date

from creditbank.domain.errors import Message, Problem


def in_future(field: str) -> Problem:
    """A day that has not come."""
    message = Message("日期不能晚于今天,请核对。", "The day has not come yet; check it.")
    return Problem("in_future", message, field)


def before_entry(field: str) -> Problem:
    """A day before the learner entered the school."""
    message = Message(
        "日期早于该生入学,请核对。", "This lies before the learner entered the school; check it."
    )
    return Problem("before_entry", message, field)


def after_leaving(field: str, left_on: date) -> Problem:
    """A day after the learner left the school."""
    message = Message(
        f"该生已于{left_on}离开本校,此后的情况由其就读学校登记,请核对日期。",
        f"The learner left your school on {left_on}; what came later is recorded where the learner"
        " went; check the date.",
    )
    return Problem("after_leaving", message, field)


TERM = Problem(
    "term",
    Message(
        "校历中没有这个学期,或学期尚未开始,请核对。",
        "The calendar has no such term, or it has not begun; check it.",
    ),
    "term",
)
NO_END = Problem(
    "no_end",
    Message("鉴定有结果时请填写实习结束日期。", "An appraisal needs the day the internship ended."),
    "ended_on",
)
ENDS_BEFORE = Problem(
    "ends_before",
    Message("结束日期早于开始日期,请核对。", "It ends before it starts; check both days."),
    "ended_on",
)
SANCTION_STANDS = Problem(
    "sanction_stands",
    Message("这项处分已经登记。", "This sanction is on record already."),
    "document_no",
)
NO_SANCTION = Problem(
    "unknown_sanction",
    Message("该生没有这项处分,请重新选择。", "The learner has no such sanction; choose again."),
    "sanction_id",
)
LIFTED = Problem(
    "lifted_already",
    Message("这项处分已经解除。", "This sanction has been lifted already."),
    "sanction_id",
)
LIFTED_ON = Problem(
    "lifted_on",
    Message(
        "解除日期应在处分决定之后、今天或以前。",
        "The day of lifting lies between the decision and today.",
    ),
    "lifted_on",
)
SUBJECT = Problem(
    "subject_missing",
    Message("合格考请填写科目。", "A pass exam needs its subject."),
    "subject",
)
NO_SUBJECT = Problem(
    "subject_given",
    Message("只有合格考有科目,请留空。", "Only a pass exam has a subject; leave it empty."),
    "subject",
)
NO_ATTESTATION = Problem(
    "unknown_attestation",
    Message(
        "没有可更正的同类证明,或已被更正,请核对编号。",
        "There is no attestation of this kind to replace, or it was replaced; check its number.",
    ),
    "replaces_id",
)
MEMBER = Problem(
    "member_already",
    Message(
        "该生已在或曾在这个贯通班;退出后不能再次加入。",
        "The learner is, or was, in this class; whoever has left cannot come back.",
    ),
    "agreement_id",
)
JOINED_ON = Problem(
    "joined_on",
    Message(
        "进班日期应在入学之后、今天或以前。",
        "The day of joining lies between the entry and today.",
    ),
    "joined_on",
)
