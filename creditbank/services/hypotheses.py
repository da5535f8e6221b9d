"""Suppositions about a learner's books: put in line by the rules of posting, and never written.

What belongs here: from a supposition to the rows that posting and reversal would make. What they
would change is services.what_if.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditbank.domain.award_values import GRANTED
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.ledger import EntryKind
from creditbank.services.books import Books
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostInnovationCredit,
    ReverseEntry,
)
from creditbank.services.entries import row_of
from creditbank.services.reversals import take_back

SUPPOSED_MAX = 50
_NUMBERED = GRANTED | {InnovationCategory.SKILL_CERTIFICATE, InnovationCategory.GENERAL_CERTIFICATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedCourse:
    """A course of the learner's school. mark: as written; the pass mark where it is empty."""

    course_code: str
    mark: str = ""
    scale: GradingScale = GradingScale.PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedCompetition:
    """An award. event: an event of its own where it is empty."""

    level: AwardLevel
    rank: AwardRank
    team_role: TeamRole = TeamRole.INDIVIDUAL
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedInnovation:
    """An achievement; certificates and patents are supposed to be granted."""

    category: InnovationCategory
    title: str = ""
    quantity: int = 1
    certificate_level: CertificateLevel = CertificateLevel.NONE
    valid_until: date | None = None


Supposed = SupposedCourse | SupposedCompetition | SupposedInnovation


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What is supposed, all at once.

    records: at most 50. without: ledger_seq of entries that were taken back. plan_id: another plan
    of the same cohort, of this school (another major) or of the other kind of school (a transfer).
    as_of: today or a day to come.
    """

    records: tuple[Supposed, ...] = ()
    without: tuple[int, ...] = ()
    plan_id: int | None = None
    as_of: date | None = None


def suppose(books: Books, hypothesis: Hypothesis, as_of: date) -> None:
    """Put in line what is supposed, entries taken back first.

    Raises InvalidInputError naming each row (from 1) that posting would refuse, NotFoundError for
    an entry that is not there.
    """
    for seq in sorted(set(hypothesis.without)):
        if seq not in books.reversed_seqs:
            command = ReverseEntry(learner_id=books.learner_id, ledger_seq=seq, reason="假设")
            take_back(books, command)
    problems = []
    for number, supposed in enumerate(hypothesis.records, start=1):
        row = row_of(_command(supposed, number, books, as_of), books)
        if isinstance(row, Problem):
            problems.append(replace(row, row=number))
        else:
            books.add(row)
    if problems:
        raise _refusal(problems)


def _command(supposed: Supposed, number: int, books: Books, as_of: date) -> PostCredit:
    match supposed:
        case SupposedCourse():
            return _course(supposed, books, as_of)
        case SupposedCompetition():
            return PostCompetitionCredit(
                learner_id=books.learner_id,
                event=supposed.event or f"假设的竞赛{number}",
                level=supposed.level,
                rank=supposed.rank,
                team_role=supposed.team_role,
                earned_on=as_of,
            )
        case SupposedInnovation():
            title = supposed.title or f"假设的成果{number}"
            return PostInnovationCredit(
                learner_id=books.learner_id,
                category=supposed.category,
                title=title,
                quantity=supposed.quantity,
                certificate_level=supposed.certificate_level,
                # Of one's own, so that it stands in nobody's account and is no other event.
                certificate_no=f"WHAT-IF-{number}" if supposed.category in _NUMBERED else "",
                valid_until=supposed.valid_until,
                earned_on=as_of,
            )


def _course(supposed: SupposedCourse, books: Books, as_of: date) -> PostCourseCredit:
    """A first attempt, or a retake where there was one, in the latest term that has begun."""
    earlier = books.standing(
        kind=EntryKind.COURSE.value,
        course_code=supposed.course_code,
        institution_id=books.institution_id,
    )
    mark = supposed.mark
    scale = supposed.scale if mark else GradingScale.PERCENT
    return PostCourseCredit(
        learner_id=books.learner_id,
        course_code=supposed.course_code,
        term=_latest_term(books, as_of),
        exam_kind=ExamKind.RETAKE if earlier else ExamKind.NORMAL,
        scale=scale,
        mark=mark or str(books.policy_on(as_of).integer("marks.pass_mark")),
        earned_on=as_of,
    )


def _latest_term(books: Books, as_of: date) -> Term:
    begun = [
        (days.starts_on, code)
        for code, days in books.rules.terms.items()
        if days.starts_on <= as_of
    ]
    return Term.parse(max(begun)[1]) if begun else Term.containing(as_of)


def _refusal(problems: Sequence[Problem]) -> InvalidInputError:
    return InvalidInputError(
        Message(
            f"有{len(problems)}处假设按规定不能入账,请修改后再看。",
            f"{len(problems)} of the suppositions could not be posted; mend them and look again.",
        ),
        problems=tuple(problems),
    )
