"""转段资格审核表: what stands on it; printed as it is, or issued under the next number and kept.

Who sees the class prints what stands now, without number and identity numbers; the school's
registrar issues it once the qualification is confirmed, and again when there is more to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_words import STAGE_NAMES
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem
from creditbank.domain.paper_parts import Opinion
from creditbank.domain.papers import AdvanceCondition, AdvanceForm, AdvanceScore
from creditbank.domain.permissions import Action
from creditbank.eligibility.condition_evidence import ConditionLine
from creditbank.eligibility.condition_words import actual_words, condition_name, required_words
from creditbank.eligibility.evidence_words import line_words
from creditbank.services.advance_steps import may
from creditbank.services.paper_commands import IssueAdvanceForms, IssuedPapers
from creditbank.services.paper_contents import about, chinese_day
from creditbank.services.papers import AskedPaper, check_count, issue_all
from creditbank.store.access_log import record_access
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import KeptMove
from creditbank.store.agreement_partners import institution_names
from creditbank.store.grade_imports import courses_of
from creditbank.store.papers import PaperSubject, subjects_of
from creditbank.store.unit_of_work import UnitOfWork

_SCORES: Mapping[ScoreKind, str] = {
    ScoreKind.COURSE_AVERAGE: "课程平均",
    ScoreKind.CULTURE_EXAM: "文化基础",
    ScoreKind.KNOWLEDGE_TEST: "专业基础知识",
    ScoreKind.SKILL_TEST: "专业技能测试",
    ScoreKind.QUALITY: "综合素质",
}
_FIRST: Mapping[EducationLevel, str] = {
    EducationLevel.SECONDARY_VOCATIONAL: "中职",
    EducationLevel.HIGHER_VOCATIONAL: "高职",
}
_SCHOOL: Mapping[MoveKind, str] = {
    MoveKind.QUALIFY: "确认资格",
    MoveKind.ANNOUNCE: "公示考核结果",
    MoveKind.FILE: "报送对接院校",
}
_COLLEGE: Mapping[MoveKind, str] = {
    MoveKind.PROPOSE: "列为拟录取",
    MoveKind.PASS_OVER: "排名未进入计划",
    MoveKind.ADMIT: "录取",
    MoveKind.REFUSE: "不予录取",
}
_FULL_WIDTH = str.maketrans("():,", "（）：，")


def print_advance_forms(
    uow: UnitOfWork,
    actor: Actor,
    agreement_id: int,
    enrolment_ids: Sequence[int] | None = None,
    *,
    now: datetime,
) -> tuple[AdvanceForm, ...]:
    """What stands on the forms of these learners or the whole class, by pinyin; nothing is issued.

    Raises ForbiddenError, or NotFoundError where the agreement, one of them or everybody is not
    the actor's.
    """
    action = Action.SEE_ADVANCE_COHORT
    grant = decide(actor, action)
    book = open_book(uow, agreement_id, today=local_date(now))
    found = book.known(enrolment_ids=enrolment_ids) if book else []
    known = [item for item in found if may(actor, action, item)]
    if book is None or not known or len(known) < len(set(enrolment_ids or ())):
        raise NotFoundError
    record_access(
        uow.connection, actor, action, grant.mask, [item.seat.learner_id for item in known], now
    )
    return tuple(content for _, content in _contents(uow, book, known, handler=""))


def issue_advance_forms(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueAdvanceForms,
    *,
    site: str,
    idempotency_key: str,
    now: datetime,
) -> IssuedPapers:
    """The forms of these learners as papers, all or none. site: of the page to verify.

    Whose form would say the very same keeps that. Raises NotFoundError, ForbiddenError, BusyError
    or InvalidInputError (nobody, too many, whose qualification is not confirmed).
    """
    decide(actor, Action.ISSUE_PAPER)
    wanted = [*dict.fromkeys(command.enrolment_ids)]
    check_count(len(wanted))
    book = open_book(uow, command.agreement_id, today=local_date(now))
    known = book.known(enrolment_ids=wanted) if book else []
    if book is None or len(known) < len(wanted):
        raise NotFoundError
    for item in known:
        decide(actor, Action.ISSUE_PAPER, item.seat.key)

    def asked() -> list[AskedPaper]:
        by_number = {item.seat.enrolment_id: item for item in known}
        open_ones = [
            Problem("not_confirmed", _NOT_CONFIRMED, field="enrolment_ids", row=row)
            for row, number in enumerate(wanted, start=1)
            if not by_number[number].seat.is_confirmed
        ]
        if open_ones:
            raise InvalidInputError(_NOT_CONFIRMED, problems=tuple(open_ones))
        in_order = [by_number[number] for number in wanted]
        found = _contents(uow, book, in_order, handler=actor.display_name)
        return [AskedPaper(subject, content) for subject, content in found]

    return issue_all(uow, actor, command, asked, (site, idempotency_key, now))


@dataclass(frozen=True, slots=True)
class _Names:
    school: str
    college: str
    courses: Mapping[str, str]


def _contents(
    uow: UnitOfWork, book: AdvanceBook, known: Sequence[Known], *, handler: str
) -> Iterator[tuple[PaperSubject, AdvanceForm]]:
    """handler: who issues, "" for nobody: then identity numbers are left out."""
    connection, agreement = uow.connection, book.agreement
    numbers = [item.seat.enrolment_id for item in known]
    partners = institution_names(connection, [agreement.school_id, agreement.college_id])
    names = _Names(
        partners[agreement.school_id],
        partners[agreement.college_id],
        {course.code: course.name for course in courses_of(connection, agreement.school_id)},
    )
    conditions = book.condition_lines(known, outward=True)
    with uow.everywhere():
        scores = book.scores(numbers)
        subjects = subjects_of(connection, numbers)
    for item in known:
        subject = subjects[item.seat.enrolment_id]
        who = about(subject, handler)
        if not handler:
            who |= {"citizen_id": "", "national_student_no": ""}
        number = item.seat.enrolment_id
        lines = [_condition(line, names.courses) for line in conditions[number]]
        yield subject, _form(book, item, names, lines, scores[number], who)


def _form(
    book: AdvanceBook,
    item: Known,
    names: _Names,
    conditions: Sequence[AdvanceCondition],
    scores: Mapping[ScoreKind, int],
    who: Mapping[str, Any],
) -> AdvanceForm:
    """Of the attempt of now; what was ranked stays what it was."""
    standing, row = item.standing, item.seat.row
    moves = [
        kept
        for kept in item.moves
        if kept.row["attempt"] == standing.attempt or kept.move.kind is MoveKind.QUALIFY
    ]
    ranking: Mapping[str, Any] = next(
        (kept.row["detail"] for kept in reversed(moves) if "total" in kept.row["detail"]), {}
    )
    points = {ScoreKind(kind): units for kind, units in ranking.get("scores", {}).items()} or scores
    total, place = ranking.get("total"), ranking.get("rank")
    return AdvanceForm(
        **who,
        student_no=row["student_no"],
        class_name=row["class_name"],
        college=names.college,
        agreement=book.agreement.name,
        document_no=book.terms.document_no,
        attempt=standing.attempt,
        conditions=tuple(conditions),
        scores=tuple(
            AdvanceScore(
                name=_SCORES[part.kind],
                full_marks=credits_text(part.full_marks),
                weight=str(part.weight),
                points=credits_text(points[part.kind]) if part.kind in points else "",
            )
            for part in book.terms.scores
        ),
        total="" if total is None else credits_text(total),
        rank="" if place is None else str(place),
        notice=_notice(item),
        conclusion=STAGE_NAMES[standing.stage].zh,
        opinions=(
            _opinion(f"{_FIRST[book.agreement.pre_level]}（{names.school}）", moves, _SCHOOL),
            _opinion(f"对接院校（{names.college}）", moves, _COLLEGE),
        ),
    )


def _condition(line: ConditionLine, courses: Mapping[str, str]) -> AdvanceCondition:
    item = line.result
    missing = [courses.get(code, code) for code in item.missing_codes]
    return AdvanceCondition(
        name=item.name or condition_name(item.code, "zh"),
        required=required_words(item, "zh").translate(_FULL_WIDTH),
        actual=actual_words(item, missing, "zh").translate(_FULL_WIDTH),
        met=item.met,
        evidence="；".join(line_words(line, "zh")).translate(_FULL_WIDTH),
    )


def _notice(item: Known) -> str:
    standing = item.standing
    if standing.notice_starts_on is None or standing.notice_ends_on is None:
        return ""
    days = f"{chinese_day(standing.notice_starts_on)}至{chinese_day(standing.notice_ends_on)}"
    until = standing.appeal_until
    return f"{days}，异议至{chinese_day(until)}" if until else days


def _opinion(office: str, moves: Sequence[KeptMove], words: Mapping[MoveKind, str]) -> Opinion:
    """The last that an office has decided."""
    found = next((kept for kept in reversed(moves) if kept.move.kind in words), None)
    if found is None:
        return Opinion(office=office)
    return Opinion(
        office=office,
        answer=words[found.move.kind],
        words=found.row["reason"],
        document_no=found.row["document_no"],
        given_on=found.move.decided_on,
    )


_NOT_CONFIRMED = Message(
    "转段资格尚未确认,不能签发审核表;请先确认资格。",
    "The qualification is not confirmed, so no form is issued; confirm it first.",
)
