"""What stands on 成绩单, 对账单 and 学习证明: from the books, in the words of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from creditbank.domain import labels
from creditbank.domain.courses import CourseNature, ExamKind
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import EnrolmentStatus, Term
from creditbank.domain.ledger import EntryKind
from creditbank.domain.study_papers import (
    BilingualTranscript,
    BookedOutcome,
    CreditStatement,
    MarkedCourse,
    MarkedTerm,
    OutcomeTotal,
    StudiedCourse,
    StudyCertificate,
    Subtotal,
    Transcript,
)
from creditbank.domain.verdicts import Use
from creditbank.services.award_lines import AWARDS, award_lines, category
from creditbank.services.paper_contents import about
from creditbank.services.study_books import StudyBooks
from creditbank.services.study_words import (
    APPRAISALS,
    EXAMS,
    INNOVATION,
    MARKS,
    NATURES,
    RECOGNISED,
    legend,
    sex_in_english,
    term_in_english,
)
from creditbank.store.name_keys import spelled_name, spelled_words
from creditbank.store.study_books import (
    CatalogueCourse,
    catalogue_courses,
    conduct_by_term,
    latest_internship,
    left_on,
)
from creditbank.store.unit_of_work import UnitOfWork

_COUNTED = frozenset({Use.COUNTED, Use.SUBSTITUTED})
_UNKNOWN = CatalogueCourse("", 0)


def transcript(uow: UnitOfWork, books: StudyBooks, *, handler: str) -> Transcript:
    """成绩单: of each course and semester the last attempt, with what all of them earned."""
    return Transcript(**_transcript(uow, books, handler, english=False))


def bilingual_transcript(
    uow: UnitOfWork, books: StudyBooks, *, handler: str
) -> BilingualTranscript:
    """The same in both languages. A course without an English name is spelled in pinyin."""
    subject, said = books.subject, _transcript(uow, books, handler, english=True)
    found = latest_internship(uow.connection, subject.enrolment_id)
    terms = conduct_by_term(uow.connection, subject.enrolment_id)
    spelled = {
        course.name_en == spelled_words(course.name)
        for term in said["terms"]
        for course in term.courses
    }
    return BilingualTranscript(
        **said,
        name_en=spelled_name(subject.name),
        school_en=subject.school_en or spelled_words(subject.school),
        major_en=subject.major_en or spelled_words(subject.major),
        sex_en=sex_in_english(subject.sex),
        entered_en=f"{subject.entered_on:%m/%Y}",
        innovations_en=award_lines(books)[1],
        internship_en=APPRAISALS[found.result][1] if found else "",
        conduct_en=", ".join(
            f"{of.term_code} {(MARKS.get(of.grade) or APPRAISALS[of.result][1]).lower()}"
            for of in terms
        ),
        legend_en=legend(books.policy)[1],
        uses_pinyin=True in spelled,
    )


def _transcript(
    uow: UnitOfWork, books: StudyBooks, handler: str, *, english: bool
) -> dict[str, Any]:
    subject = books.subject
    return {
        **about(subject, handler),
        "citizen_id": shown_identity(books),
        "student_no": subject.student_no,
        "major": subject.major,
        "class_name": subject.class_name,
        "years": subject.years,
        "entered": _month(subject.entered_on),
        "terms": tuple(_terms(uow, books, english=english)),
        "subtotals": tuple(_subtotals(books, english=english)),
        "total": credits_text(sum(row["units"] for row in books.earned)),
        "gpa": "" if books.gpa is None else f"{books.gpa // 100}.{books.gpa % 100:02}",
        "innovations": award_lines(books)[0],
        "internship": _internship(uow, books),
        "conduct": "；".join(
            f"{of.term_code} {of.grade or APPRAISALS[of.result][0]}"
            for of in conduct_by_term(uow.connection, subject.enrolment_id)
        ),
        "legend": legend(books.policy)[0],
    }


def shown_identity(books: StudyBooks) -> str:
    """The identity number in full, masked or not at all, as the school's rules say."""
    number = books.subject.citizen_id
    match books.policy.text("paper.transcript_identity"):
        case "full":
            return number
        case "masked":
            return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}" if number else ""
        case _:
            return ""


def _terms(uow: UnitOfWork, books: StudyBooks, *, english: bool) -> Iterator[MarkedTerm]:
    latest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in books.of_kind(EntryKind.COURSE):
        at = row["term_code"], row["course_code"]
        before = latest[at]["units"] if at in latest else 0
        latest[at] = {**row, "units": before + row["units"]}
    taken_over = _merged(books.recognised)
    codes = {code for _, code in latest} | {row["course_code"] or "" for row in taken_over}
    known = catalogue_courses(uow.connection, books.subject.institution_id, codes)
    for code in sorted({term for term, _ in latest}):
        term = Term.parse(code)
        rows = [row for (of, _), row in latest.items() if of == code]
        rows.sort(key=lambda row: (row["detail"].get("nature", "9"), row["course_code"]))
        yield MarkedTerm(
            label=term.label_zh,
            label_en=term_in_english(term) if english else "",
            courses=tuple(
                _course(row, known.get(row["course_code"], _UNKNOWN), english=english)
                for row in rows
            ),
        )
    if taken_over:
        yield MarkedTerm(
            label=RECOGNISED[0],
            label_en=RECOGNISED[1] if english else "",
            courses=tuple(
                _taken_over(row, known.get(row["course_code"], _UNKNOWN), english=english)
                for row in taken_over
            ),
        )


def _merged(recognised: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A line for each course that is recognised, whatever number of courses it was put together of.

    What counts in a module without being one of its courses is told apart by what it was.
    """
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for row in recognised:
        key = (row["course_code"],) if row["course_code"] else (row["block_code"], _source(row))
        before = found[key]["units"] if key in found else 0
        found[key] = {**row, "units": before + row["units"]}
    return [*found.values()]


def _source(row: Mapping[str, Any]) -> str:
    """What was learnt elsewhere."""
    return str(row["detail"].get("source_title", ""))


def _title(row: Mapping[str, Any]) -> str:
    return str(row["detail"].get("title", row["course_code"] or ""))


def _recognised_name(row: Mapping[str, Any]) -> str:
    """The course that is recognised; a module with what counts in it: "限选课（化学必修1）"."""
    title, source = _title(row), _source(row)
    return title if row["course_code"] or not source else f"{title}（{source}）"


def _taken_over(row: Mapping[str, Any], known: CatalogueCourse, *, english: bool) -> MarkedCourse:
    """What was learnt elsewhere and counts here: without a mark, for that was given there."""
    word, word_en = "认定", RECOGNISED[1] if english else ""
    name_en = known.name_en or spelled_words(_source(row) or _title(row))
    return MarkedCourse(
        name=_recognised_name(row), nature=word, hours=row["hours"] or known.hours,
        credits=credits_text(row["units"]), mark=word, exam="",
        name_en=name_en if english else "", nature_en=word_en, mark_en=word_en,
    )  # fmt: skip


def _course(row: Mapping[str, Any], known: CatalogueCourse, *, english: bool) -> MarkedCourse:
    name = _title(row)
    nature = NATURES[CourseNature(row["detail"].get("nature", CourseNature.OTHER))]
    exam = EXAMS[ExamKind(row["exam_kind"])]
    in_english: dict[str, str] = {}
    if english:
        in_english = {
            "name_en": known.name_en or spelled_words(name),
            "nature_en": nature[1],
            "mark_en": MARKS.get(row["mark"] or "", ""),
            "exam_en": exam[1],
        }
    return MarkedCourse(
        name=name, nature=nature[0], hours=row["hours"] or known.hours,
        credits=credits_text(row["units"]), mark=row["mark"] or "", exam=exam[0], **in_english,
    )  # fmt: skip


def _subtotals(books: StudyBooks, *, english: bool) -> Iterator[Subtotal]:
    """By 课程属性, then what was recognised and awarded; nothing for what earned nothing."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for nature in CourseNature:
        for row in books.of_kind(EntryKind.COURSE):
            if row["detail"].get("nature", CourseNature.OTHER) == nature:
                units[NATURES[nature]] += row["units"]
    units[RECOGNISED] = sum(row["units"] for row in books.recognised)
    units[INNOVATION] = sum(row["units"] for row in books.of_kind(*AWARDS))
    for (name, name_en), count in units.items():
        if count:
            yield Subtotal(
                name=name, credits=credits_text(count), name_en=name_en if english else ""
            )


def _sort(row: Mapping[str, Any]) -> str:
    """The type of an outcome, as a statement groups by it."""
    match EntryKind(row["kind"]):
        case EntryKind.COURSE:
            return "学历课程"
        case EntryKind.RECOGNITION:
            return "转入认定"
        case EntryKind.COMPETITION:
            return "竞赛获奖"
        case _:
            return category(row)[0]


def _internship(uow: UnitOfWork, books: StudyBooks) -> str:
    found = latest_internship(uow.connection, books.subject.enrolment_id)
    if found is None:
        return ""
    until = f"至{_month(found.ended_on)}" if found.ended_on else "起"
    parts = (found.organisation, _month(found.started_on) + until, APPRAISALS[found.result][0])
    return " ".join(part for part in parts if part)


def credit_statement(books: StudyBooks, *, handler: str) -> CreditStatement:
    """对账单: every outcome that earned something, and by type what of it counts."""
    subject = books.subject
    rows = books.earned
    return CreditStatement(
        **about(subject, handler) | {"citizen_id": shown_identity(books)},
        account_no=subject.account_no,
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        outcomes=tuple(_outcome(row, subject.school) for row in rows),
        totals=tuple(_totals(books, rows)),
        total=_total("合计", books, rows),
    )


def _outcome(row: Mapping[str, Any], school: str) -> BookedOutcome:
    detail = row["detail"]
    return BookedOutcome(
        kind=_sort(row),
        name=_outcome_name(row),
        unit=detail.get("issuer") or school,
        day=row["earned_on"].isoformat(),
        credits=credits_text(row["units"]),
        valid_until=detail.get("valid_until", ""),
        recognition_no=row["evidence_no"]
        or detail.get("line")
        or detail.get("document_no")
        or detail.get("proof_no", ""),
    )


def _outcome_name(row: Mapping[str, Any]) -> str:
    """As it is booked; what was recognised with what it was, for the same may come of several."""
    title, source = _title(row), _source(row)
    return f"{title}（{source}）" if source else title


def _totals(books: StudyBooks, rows: Sequence[Mapping[str, Any]]) -> Iterator[OutcomeTotal]:
    for sort in dict.fromkeys(map(_sort, rows)):
        yield _total(sort, books, [row for row in rows if _sort(row) == sort])


def _total(name: str, books: StudyBooks, rows: Sequence[Mapping[str, Any]]) -> OutcomeTotal:
    """已转换: counts or stands in for something; 可转换: a surplus that could still."""
    seqs = {row["ledger_seq"] for row in rows}
    used, left = (
        sum(
            placement.units
            for placement in books.graduation.placements
            if placement.ledger_seq in seqs and placement.use in uses
        )
        for uses in (_COUNTED, {Use.SURPLUS})
    )
    return OutcomeTotal(
        kind=name,
        count=len(rows),
        booked=credits_text(sum(row["units"] for row in rows)),
        converted=credits_text(used),
        convertible=credits_text(left),
    )


def study_certificate(uow: UnitOfWork, books: StudyBooks, *, handler: str) -> StudyCertificate:
    """学习证明 of who has left: what was studied and passed, nothing that was not."""
    subject, recognised = books.subject, _merged(books.recognised)
    passed = [row for row in books.of_kind(EntryKind.COURSE) if row["units"] > 0]
    awarded = sum(row["units"] for row in books.of_kind(*AWARDS))
    known = catalogue_courses(
        uow.connection,
        subject.institution_id,
        {row["course_code"] or "" for row in (*passed, *recognised)},
    )
    ended = left_on(uow.connection, subject.enrolment_id)
    status = labels.STATUSES[EnrolmentStatus(subject.status)][0]
    return StudyCertificate(
        **about(subject, handler) | {"citizen_id": shown_identity(books)},
        title=books.policy.text("paper.study_certificate_title"),
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        entry_year=subject.entry_year,
        years=subject.years,
        begun=_month(subject.entered_on),
        ended=_month(ended) if ended else "已",
        left=status.removeprefix("已"),
        courses=tuple(
            StudiedCourse(
                name=name,
                hours=row["hours"] or known.get(row["course_code"], _UNKNOWN).hours,
                credits=credits_text(row["units"]),
                mark=mark,
            )
            for row, name, mark in (
                *((row, _title(row), row["mark"] or "") for row in passed),
                *((row, _recognised_name(row), "认定") for row in recognised),
            )
        ),
        total=credits_text(sum(row["units"] for row in (*passed, *recognised))),
        awarded=credits_text(awarded) if awarded else "",
        required=credits_text(books.graduation.required_units),
    )


def _month(day: date) -> str:
    """Such as 2024年9月."""
    return f"{day.year}年{day.month}月"
