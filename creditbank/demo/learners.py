"""A class of demo learners: who they are, what they have done, and what is on file about them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from creditbank.demo.high_school import PASS_EXAMS, SUBJECTS
from creditbank.demo.histories import LAST_SEMESTER, History, Setting, percent
from creditbank.demo.people import make_person
from creditbank.demo.scales import shows_by_test, usual_kind
from creditbank.demo.suspensions import suspended_terms, suspension_rows
from creditbank.domain.agreements import Agreement
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.courses import ExamKind
from creditbank.domain.exemptions import may_be_exempted
from creditbank.domain.plans import Plan, PlanCourse


@dataclass(frozen=True, slots=True)
class ClassOrder:
    """One class to be invented. first_id: its learners' and enrolments' first number.

    is_completed: of those who left with 结业, and came back for the exam they lacked.
    """

    setting: Setting
    plan: Plan
    name: str
    major_name: str
    major_no: int
    class_no: int
    size: int
    first_id: int
    seed: int
    agreement: Agreement | None = None
    has_demo_learner: bool = False
    is_completed: bool = False


@dataclass(slots=True)
class Rows:
    """Rows per table, in the order in which tables are filled."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **columns: Any) -> None:  # noqa: ANN401 (columns of a row)
        """One more row of a table."""
        self.tables.setdefault(table, []).append(columns)


def invent_class(order: ClassOrder) -> Rows:
    """Everything about one class, the same for the same order."""
    rows = Rows()
    for number in range(order.size):
        learner_id = order.first_id + number
        generator = random.Random(order.seed * 1_000_003 + learner_id)  # noqa: S311 (a demo)
        is_demo = order.has_demo_learner and number == 0
        _invent_learner(rows, order, learner_id, number + 1, generator, is_demo=is_demo)
    return rows


def _invent_learner(
    rows: Rows, order: ClassOrder, learner_id: int, number: int, generator: random.Random,
    *, is_demo: bool,
) -> None:  # fmt: skip
    setting = order.setting
    person = make_person(generator, setting.entry_year, learner_id)
    fate = "good" if is_demo else "completed" if order.is_completed else _fate(generator)
    rows.add(
        "learners", learner_id=learner_id, account_no=f"XY{370124_0000000 + learner_id}",
        name=person.name, sort_key=person.keys.sort_key, initials=person.keys.initials,
        citizen_id=person.citizen_id, national_student_no=f"G{person.citizen_id}",
        sex=person.sex, born_on=person.born_on,
    )  # fmt: skip
    suspended = fate == "suspended"
    status = {"suspended": "02", "withdrawn": "03", "completed": "08"}.get(fate, "01")
    rows.add(
        "enrolments", enrolment_id=learner_id, institution_id=setting.institution_id,
        learner_id=learner_id,
        student_no=f"{setting.entry_year}{order.major_no:02d}{order.class_no:02d}{number:02d}",
        plan_id=order.plan.plan_id, major_code=order.plan.major_code,
        catalogue_year=order.plan.catalogue_year, class_name=order.name,
        entry_year=setting.entry_year, entered_on=date(setting.entry_year, 9, 1),
        study_mode="full_time", status=status, is_open=status not in {"03", "08"},
        suspended_semesters=suspended_terms(learner_id) if suspended else 0,
    )  # fmt: skip
    if suspended:
        found = suspension_rows(
            setting, learner_id, plan_id=order.plan.plan_id, class_name=order.name
        )
        for table, row in found:
            rows.add(table, **row)
    history = History(setting, learner_id, generator)
    _study(history, order, generator, fate, is_demo=is_demo)
    if order.agreement is not None or order.plan.required_pass_exams == ():
        _certificates(history, order, generator, learner_id, is_demo=is_demo)
    _facts(rows, order, learner_id, generator, fate)
    rows.tables.setdefault("ledger_entries", []).extend(history.rows)
    rows.add(
        "learner_heads", learner_id=learner_id, ledger_seq=len(history.rows), facts_seq=0,
        head_hash=history.head,
    )  # fmt: skip
    if order.agreement is not None:
        left = not is_demo and generator.random() < 0.03  # noqa: PLR2004 (three in a hundred)
        rows.add(
            "agreement_members", agreement_id=order.agreement.agreement_id,
            enrolment_id=learner_id, joined_on=date(setting.entry_year, 9, 1),
            left_on=_first_winter(setting, 3, 1) if left else None,
            left_reason="本人申请退出贯通培养" if left else "",
        )  # fmt: skip


_FATES = (
    ("good", 880), ("weak", 70), ("suspended", 10), ("withdrawn", 8), ("sanctioned", 10),
    ("conduct_failed", 6), ("no_internship", 10), ("internship_failed", 6),
)  # fmt: skip


def _fate(generator: random.Random) -> str:
    return generator.choices([name for name, _ in _FATES], weights=[n for _, n in _FATES])[0]


def _study(
    history: History, order: ClassOrder, generator: random.Random, fate: str, *, is_demo: bool
) -> None:
    """All terms behind the learner, course by course, then awards."""
    ability = 68.0 if fate == "weak" else generator.gauss(82, 5)
    terms = len(order.setting.study_terms)
    if fate in {"suspended", "withdrawn"}:
        terms = max(1, terms - 1)
    chosen = _chosen_courses(order.plan, generator, spare=fate != "weak")
    skipped = {course.course_code for course in chosen if course.block_code in {"RX", "XK"}}
    failed_for_good = max(skipped) if is_demo or order.is_completed else ""
    missed = 0 if is_demo else _missed_in_ten(order, history.learner_id)
    for term_no in range(terms):
        for place, course in enumerate(chosen):
            if course.semester_no == term_no + 1:
                if fate == "no_internship" and course.block_code == "GS":
                    continue
                give_up = course.course_code == failed_for_good
                if place % 10 < missed:
                    history.attempt(course, term_no, ExamKind.ABSENT, "")
                elif give_up:
                    _give_up(history, course, term_no)
                else:
                    _take(history, order.plan, course, term_no, ability, generator)
    if order.is_completed:
        lacking = next(course for course in chosen if course.course_code == failed_for_good)
        last, kind = len(order.setting.terms) - 1, ExamKind.RESIT_AFTER_COMPLETION
        history.attempt(lacking, last, kind, percent(generator, 72, 3))
    if not is_demo:
        _awards(history, order, generator, terms)


def _missed_in_ten(order: ClassOrder, learner_id: int) -> int:
    """Of ten exams how many a few learners stay away from: they fall behind the plan.

    Only where there is time to catch up: whoever is about to finish or to advance is as before.
    """
    if order.agreement is not None or len(order.setting.study_terms) >= LAST_SEMESTER:
        return 0
    return {11: 6, 31: 4}.get(learner_id % 40, 0)


def _chosen_courses(plan: Plan, generator: random.Random, *, spare: bool) -> Sequence[PlanCourse]:
    """Required courses and as many electives as fill the blocks, sometimes one more."""
    electives: dict[str, list[PlanCourse]] = {}
    chosen = []
    needs = {block.code: block.units_min for block in plan.blocks}
    subjects = {code for code, _, _ in generator.sample(SUBJECTS, 3)}
    for course in plan.courses:
        if course.is_required:
            chosen.append(course)
        elif not plan.required_pass_exams or _is_open(course, subjects):
            electives.setdefault(course.block_code, []).append(course)
    for block_code, courses in sorted(electives.items()):
        generator.shuffle(courses)
        units = 0
        for course in courses:
            if units >= needs[block_code]:
                if spare and generator.random() < 0.15:  # noqa: PLR2004 (one in seven)
                    chosen.append(course)
                break
            chosen.append(course)
            units += course.units
    return sorted(chosen, key=lambda course: (course.semester_no, course.course_code))


def _is_open(course: PlanCourse, subjects: set[str]) -> bool:
    """In a high school three of six subjects are chosen; the other electives are for all."""
    letters = course.course_code[1:3]
    return letters in subjects or all(letters != code for code, _, _ in SUBJECTS)


def _give_up(history: History, course: PlanCourse, term_no: int) -> None:
    """Failed, and failed again."""
    history.attempt(course, term_no, ExamKind.NORMAL, "52")
    history.attempt(course, term_no, ExamKind.FIRST_RESIT, "55", sitting=1)


def _take(
    history: History, plan: Plan, course: PlanCourse, term_no: int, ability: float,
    generator: random.Random,
) -> None:  # fmt: skip
    """One course: passed at once, or after resits, or not yet; sometimes corrected or exempt."""
    draw = generator.random()
    if draw < 0.006 and _is_exempted(history, plan, course, term_no, generator):  # noqa: PLR2004
        return
    kind, sitting = usual_kind(course), 0
    if draw < 0.008:  # noqa: PLR2004
        if draw >= 0.006:  # noqa: PLR2004
            history.attempt(course, term_no, ExamKind.ABSENT, "")
            _retake(history, course, term_no, generator)  # no resit after an absence
            return
        history.attempt(course, term_no, ExamKind.DEFERRED, "")
        sitting = 1  # with those who resit, but as a first attempt
    mark = percent(generator, ability)
    row = history.attempt(course, term_no, kind, mark, sitting=sitting)
    if draw > 0.997:  # noqa: PLR2004
        history.reverse(row, "登分错误更正")
        mark = percent(generator, 80, 4)
        history.attempt(course, term_no, kind, mark)
    if float(mark) < 60:  # noqa: PLR2004
        _make_up(history, course, term_no, generator, after=sitting)


def _is_exempted(
    history: History, plan: Plan, course: PlanCourse, term_no: int, generator: random.Random
) -> bool:
    """Some courses are exempted on proof or by a test, where the rules allow it."""
    block = next(item for item in plan.blocks if item.code == course.block_code)
    if block.code not in {"GG", "RX", "BX", "XK"} or generator.random() < 0.4:  # noqa: PLR2004
        return False
    if not may_be_exempted(course.name, block, history.setting.policy):
        return False
    if generator.random() < 0.3 and shows_by_test(course):  # noqa: PLR2004
        history.attempt(course, term_no, ExamKind.EXEMPT, str(generator.randrange(82, 97)))
    else:
        year = history.setting.terms[term_no].first_year
        proof_no = f"平教务免〔{year}〕{history.learner_id % 90 + 1}号"
        history.attempt(course, term_no, ExamKind.EXEMPT, "", proof_no=proof_no)
    return True


def _make_up(
    history: History, course: PlanCourse, term_no: int, generator: random.Random, *, after: int
) -> None:
    """Up to two resits in the rounds after the one that was failed, then a retake."""
    for number, kind in enumerate((ExamKind.FIRST_RESIT, ExamKind.SECOND_RESIT), start=1):
        mark = percent(generator, 68, 7)
        history.attempt(course, term_no, kind, mark, sitting=after + number)
        if float(mark) >= 60:  # noqa: PLR2004
            return
    _retake(history, course, term_no, generator)


def _retake(history: History, course: PlanCourse, term_no: int, generator: random.Random) -> None:
    """A year later, if that year has come."""
    if term_no + 2 < len(history.setting.study_terms):
        mark = percent(generator, 76, 6)
        history.attempt(course, term_no + 2, ExamKind.RETAKE, mark)


def _awards(history: History, order: ClassOrder, generator: random.Random, terms: int) -> None:
    base = history.learner_id * 10
    for number in range(2):
        if generator.random() < 0.10:  # noqa: PLR2004 (one in ten)
            award = history.competition(base + number, generator.randrange(terms))
            needs_approval = any(block.code == "XX" for block in order.plan.blocks)
            if award["units"] >= 200 and needs_approval and generator.random() < 0.1:  # noqa: PLR2004
                history.substitution(award, "XX", 100)
    for number in range(2, 5):
        if generator.random() < 0.18:  # noqa: PLR2004
            history.achievement(base + number, generator.randrange(terms))


def _certificates(
    history: History, order: ClassOrder, generator: random.Random, learner_id: int, *, is_demo: bool
) -> None:
    """Skill certificates at the end of the second year; the demo learner still lacks one."""
    if is_demo or len(order.setting.study_terms) < 4 or generator.random() > 0.8:  # noqa: PLR2004
        return
    level = generator.choices(
        (CertificateLevel.ELEMENTARY, CertificateLevel.INTERMEDIATE, CertificateLevel.ADVANCED),
        weights=(10, 80, 10),
    )[0]
    history.certificate(order.major_name, level, learner_id, 3)


def _facts(
    rows: Rows, order: ClassOrder, learner_id: int, generator: random.Random, fate: str
) -> None:
    setting = order.setting
    for term in setting.study_terms:
        last = term == setting.study_terms[-1]
        result = "failed" if last and fate == "conduct_failed" else "passed"
        grade = (
            "不合格" if result == "failed" else generator.choice(("优秀", "良好", "良好", "合格"))
        )
        rows.add(
            "conduct_evaluations", enrolment_id=learner_id, term_code=term.code, result=result,
            grade=grade, recorded_at=_moment(term.first_year + 1, 1 if term.semester == 1 else 6),
        )  # fmt: skip
    if fate == "sanctioned":
        lifted = generator.random() < 0.5 and len(setting.terms) > 1  # noqa: PLR2004
        rows.add(
            "sanctions", enrolment_id=learner_id, level=generator.choice("123"),
            decided_on=_first_winter(setting, 4, 12),
            lifted_on=date(setting.entry_year + 1, 6, 20) if lifted else None,
            document_no=f"校政教〔{setting.entry_year + 1}〕{learner_id % 60 + 1}号",
        )  # fmt: skip
    third_year = len(setting.study_terms) >= LAST_SEMESTER - 1
    is_over = len(setting.study_terms) == LAST_SEMESTER
    if order.plan.required_pass_exams:
        _school_exams(rows, order, learner_id, generator)
    elif third_year and fate != "no_internship":
        result = "failed" if fate == "internship_failed" else "passed"
        ends = (date(setting.entry_year + 3, 5, 31), _moment(setting.entry_year + 3, 6))
        ended_on, recorded_at = ends if is_over else (None, _moment(setting.entry_year + 2, 12))
        rows.add(
            "internship_appraisals", enrolment_id=learner_id, organisation="玫德集团(实习基地)",
            started_on=date(setting.entry_year + 2, 12, 1), ended_on=ended_on,
            result=result if is_over else "pending", recorded_at=recorded_at,
        )  # fmt: skip
    if order.agreement is not None and third_year:
        for kind in ("exam_registration", "medical_check"):
            if generator.random() < 0.97:  # noqa: PLR2004
                rows.add(
                    "attestations", enrolment_id=learner_id, kind=kind, subject="",
                    result="passed", attested_on=date(setting.entry_year + 2, 11, 10),
                    document_no="",
                )  # fmt: skip


def _school_exams(rows: Rows, order: ClassOrder, learner_id: int, generator: random.Random) -> None:
    """合格考 subjects fall in the first two and a half years; the evaluation at the end."""
    done = {2: 5, 4: 11, 6: 14}.get(len(order.setting.terms) // 2 * 2, 0)
    year = order.setting.entry_year
    for number, subject in enumerate(PASS_EXAMS[:done]):
        failed = generator.random() < 0.004  # noqa: PLR2004
        rows.add(
            "attestations", enrolment_id=learner_id, kind="academic_pass_exam", subject=subject,
            result="failed" if failed else "passed",
            attested_on=date(year + 1 + number // 7, 6, 24), document_no="",
        )  # fmt: skip
    if len(order.setting.terms) == LAST_SEMESTER:
        rows.add(
            "attestations", enrolment_id=learner_id, kind="comprehensive_evaluation", subject="",
            result="passed", attested_on=date(year + 3, 5, 20), document_no="",
        )  # fmt: skip


def _first_winter(setting: Setting, month: int, day: int) -> date:
    """A day of the first spring; in December for those who have not come so far."""
    year = setting.entry_year
    return date(year + 1, month, day) if len(setting.terms) > 1 else date(year, 12, 12)


def _moment(year: int, month: int) -> Any:  # noqa: ANN401 (text that PostgreSQL reads)
    return f"{year}-{month:02d}-25 08:00:00+00"


def class_sizes(total: int, *, at_most: int) -> Iterator[int]:
    """Sizes of classes as equal as may be."""
    yield from equal_parts(total, -(-total // at_most))


def equal_parts(total: int, count: int) -> Iterator[int]:
    """A whole cut into parts that differ by one at most."""
    for number in range(count):
        yield total // count + (number < total % count)
