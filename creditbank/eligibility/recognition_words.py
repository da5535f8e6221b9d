"""Why a course is not recognised, and what is wrong with a decision, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from creditbank.domain.errors import Message, Problem
from creditbank.domain.snapshots import Record
from creditbank.eligibility.recognition import NotRecognised, Reason, Recognised
from creditbank.eligibility.recognition_question import Line, Question, source_of


def problem(name: str, row: int, /, **values: str | int) -> Problem:
    """One of the problems of a decision, at its item (from 1) and field."""
    field, zh, en = _PROBLEMS[name]
    message = Message(zh.format(**values), en.format(**values))
    return Problem(name, message, field=field, row=row)


def not_recognised(question: Question, items: tuple[Recognised, ...]) -> tuple[NotRecognised, ...]:
    """The sources that no item uses, in the order of the books."""
    used = {source.ledger_seq for item in items for source in item.sources}
    given = {item.code: item.units for item in items}
    codes = {given.course_code for item in items for given in item.gives}
    return tuple(
        _not_recognised(record, *_why(seq, question, given, codes))
        for seq, record in question.sources.items()
        if seq not in used
    )


def not_planned(record: Record) -> NotRecognised:
    """A course that a plan does not name because it came or changed afterwards."""
    return _not_recognised(record, Reason.LATER, "")


def _not_recognised(record: Record, reason: Reason, code: str) -> NotRecognised:
    return NotRecognised(source_of(record), reason, code, _WHY[reason])


def _why(
    seq: int, question: Question, given: dict[str, int], codes: set[str]
) -> tuple[Reason, str]:
    naming = question.naming[seq]
    lines = [question.lines[code] for code in naming if code in question.lines]
    if seq in question.refused:
        found = Reason.REFUSED, question.refused[seq]
    elif not naming:
        found = Reason.NO_LINE, ""
    elif not lines:
        found = Reason.NEEDS_TEST, naming[0]
    else:
        found = _why_unused(lines, given, codes)
    return found


def _why_unused(
    lines: Iterable[Line], given: dict[str, int], codes: set[str]
) -> tuple[Reason, str]:
    """Of a source that some line could use: the reason that is the least final of all lines."""
    found = [(_why_line(line, given.get(line.rule.code, 0), codes), line) for line in lines]
    reason, line = max(found, key=lambda item: _FINAL.index(item[0]))
    return reason, line.rule.code


def _why_line(line: Line, given: int, codes: set[str]) -> Reason:
    if not line.smallest:
        return Reason.NOT_WANTED
    if line.worth(sum(record.units for record in line.sources)) < line.smallest:
        return Reason.TOO_LITTLE
    units = [course.units for course in line.courses if course.course_code not in codes]
    units += [1 for _ in line.blocks]
    most = line.rule.units_max
    if units and most is not None and most - given < min(units):
        return Reason.CAP_REACHED
    return Reason.SUFFICED


_WHY = {
    Reason.LATER: Message(
        "方案之后取得或变动的成绩,未列入方案。",
        "Passed or changed after the plan, which does not name it.",
    ),
    Reason.REFUSED: Message("对照表规定不予认定。", "The table says that it is not recognised."),
    Reason.NO_LINE: Message("对照表没有这门课程。", "No line of the table names it."),
    Reason.NEEDS_TEST: Message(
        "须先通过转入学校的考核。", "The receiving school tests before it recognises it."
    ),
    Reason.NOT_WANTED: Message(
        "转入方案没有还需要的对应课程或学分。",
        "The new plan asks for no course or credits that it could stand for.",
    ),
    Reason.CAP_REACHED: Message(
        "这一条的学分上限已用完。", "The credits that this line gives at most are used up."
    ),
    Reason.TOO_LITTLE: Message(
        "折算后的学分不足一门课程。", "At the line's ratio it covers no whole course."
    ),
    Reason.SUFFICED: Message(
        "没有计入:可认定的已由其他课程认足,或未列入认定。",
        "Not used: other courses suffice for what could be given, or it was left out.",
    ),
}

# Of several lines the last of these speaks.
_FINAL = (Reason.NOT_WANTED, Reason.TOO_LITTLE, Reason.CAP_REACHED, Reason.SUFFICED)

_PROBLEMS = {
    "line_unknown": (
        "code",
        "对照表当日没有这一条,请从列出的条目中选择。",
        "No such line is in force that day; choose one that is listed.",
    ),
    "line_refuses": (
        "code",
        "这一条规定不予认定,请删去。",
        "This line recognises nothing; leave it out.",
    ),
    "line_needs_test": (
        "code",
        "这一条须先通过转入学校的考核,请登记考核结果或删去。",
        "This line needs a test at the receiving school; note it as passed or leave the line out.",
    ),
    "line_twice": (
        "code",
        "同一条只能列一次,请把它的课程合在一起。",
        "A line is listed once; put its courses together.",
    ),
    "sources_missing": (
        "sources",
        "请选择原校课程;不认定的条目请删去。",
        "Choose courses of the school that is left, or leave the line out.",
    ),
    "source_unknown": (
        "sources",
        "第{seq}号记录不是原校已通过的课程,请从列出的课程中选择。",
        "Entry {seq} is no course passed at the school that is left; choose one that is listed.",
    ),
    "source_refused": (
        "sources",
        "第{seq}号记录按{code}不予认定,请删去。",
        "Entry {seq} is not recognised by line {code}; leave it out.",
    ),
    "source_not_of_line": (
        "sources",
        "第{seq}号记录不在这一条的原校课程之内,请改选条目。",
        "Entry {seq} is none of this line's courses; choose another line.",
    ),
    "source_twice": (
        "sources",
        "第{seq}号记录已用于认定,每门课程只用一次。",
        "Entry {seq} is used already; a course is used once.",
    ),
    "gives_missing": (
        "courses",
        "请选择认定为哪些课程或学分;不认定的条目请删去。",
        "Choose the courses or credits to give, or leave the line out.",
    ),
    "course_not_of_line": (
        "courses",
        "这一条不能认定课程{code}:它不是本条对应的必修课,或转入学校已有记录。",
        "This line does not give course {code}: it gives no such course, or it is booked.",
    ),
    "course_twice": (
        "courses",
        "课程{code}已经认定,每门课程只认定一次。",
        "Course {code} is given already; a course is given once.",
    ),
    "block_not_of_line": (
        "blocks",
        "这一条不能计入模块{code},或同一模块列了两次,请改正。",
        "This line gives nothing to block {code}, or the block is listed twice.",
    ),
    "units_wrong": (
        "blocks",
        "计入模块{code}的学分应大于0。",
        "Credits given to block {code} are more than 0.",
    ),
    "too_much": (
        "sources",
        "按这一条和所选课程至多认定{credits}学分,请减少认定或增加原校课程。",
        "This line gives at most {credits} credits for these courses; give less or add courses.",
    ),
    "block_full": (
        "blocks",
        "模块{code}只差{credits}学分,没有上限的条目不能使它超过,请减少认定。",
        "Block {code} asks {credits} credits more; a line without a limit stops there. Give less.",
    ),
}
