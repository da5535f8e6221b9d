"""Random plans and learners near the border between enough and not enough.

Plans are the demo's (170 credits, vocational; 144, general), the same with odd units and more ways
between blocks, shapes like theirs, and small free ones. Nothing here knows how a verdict is found.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from creditbank.demo import high_school, vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution
from creditbank.domain.policies import Authority, Policy, PolicyValue, resolve
from creditbank.domain.snapshots import Appraisal, Attestation, AttestationKind, Record, Snapshot

AS_OF = date(2026, 5, 20)
EXAMS = ("语文", "数学", "外语")

VALUES: dict[str, int | bool] = {
    "substitution.cap_units": 800,
    "substitution.share_percent": 50,
    "innovation.career_cap_units": 1200,
    "innovation.category_cap.social_practice": 400,
    "innovation.category_cap.volunteering": 200,
    "duration.years_early_max": 1,
    "duration.years_late_max": 3,
    "duration.suspension_counts": False,
}
_CATEGORIES = ("competition", "social_practice", "volunteering", "patent_utility")


def make_policy(**changes: int | bool) -> Policy:
    """The usual values, with changes; keys are written with __ for the dot."""
    values = VALUES | {key.replace("__", "."): value for key, value in changes.items()}
    return resolve(
        (
            PolicyValue(key, value, Authority.COUNTY, date(2020, 1, 1), "试验〔2020〕1号")
            for key, value in values.items()
        ),
        institution_id=1,
        as_of=AS_OF,
    )


def make_plan(
    blocks: tuple[tuple[str, int, Substitution], ...],
    courses: tuple[tuple[str, int, tuple[str, ...]], ...],
    units_min: int,
    conditions: tuple[ConditionKind, ...] = (ConditionKind.CONDUCT, ConditionKind.INTERNSHIP),
) -> Plan:
    """blocks: code, minimum, substitution; courses: own block, units, other blocks."""
    return Plan(
        plan_id=1,
        code="P",
        version=1,
        name="试验方案",
        institution_id=1,
        major_code="660301",
        catalogue_year=2021,
        years=3,
        units_min=units_min,
        blocks=tuple(
            Block(code, code, code, CourseNature.REQUIRED, units, how, is_major_core=code == "ZH")
            for code, units, how in blocks
        ),
        courses=tuple(
            PlanCourse(f"C{number:02d}", f"C{number:02d}", own, units, 0, 0, 1 + number % 6,
                       also_counts_in=others)
            for number, (own, units, others) in enumerate(courses)
        ),
        conditions=conditions,
        required_pass_exams=EXAMS if ConditionKind.ACADEMIC_PASS_EXAMS in conditions else (),
    )  # fmt: skip


@cache
def vocational_plan(*, surplus_to_electives: bool) -> Plan:
    """170 credits as in the county's template; what is too much of XX counts in RX."""
    extra = ("RX",) if surplus_to_electives else ()
    shape: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
        "GG": ((2,) * 12 + (3,) * 11, ()),
        "ZJ": ((4, 4, 4, 4, 3, 3, 3), extra),
        "ZH": ((4, 4, 4, 4, 4, 4, 3, 2), extra),
        "SX": ((4, 4, 4), ()),
        "GS": ((12, 18), ()),
        "XX": ((3, 3, 3, 3), ("RX",)),
        "RX": ((2,) * 6, ()),
        "HD": ((1, 1, 2, 1), ()),
    }
    needs = {"GG": 57, "ZJ": 22, "ZH": 27, "SX": 12, "GS": 30, "XX": 9, "RX": 8, "HD": 5}
    how = {"XX": Substitution.APPROVED, "RX": Substitution.AUTOMATIC}
    return make_plan(
        tuple((code, 100 * need, how.get(code, Substitution.NONE)) for code, need in needs.items()),
        tuple((code, 100 * size, others) for code, (sizes, others) in shape.items()
              for size in sizes),
        17_000,
    )  # fmt: skip


@cache
def general_plan() -> Plan:
    """144 credits: 88 + 42 + 14; elective required modules too many count as electives."""
    return make_plan(
        (
            ("BX", 8800, Substitution.NONE),
            ("XB", 4200, Substitution.NONE),
            ("XK", 1400, Substitution.AUTOMATIC),
        ),
        (*((("BX", 200, ()),) * 45), *((("XB", 200, ("XK",)),) * 20),
         *((("XB", 300, ("XK",)),) * 4), *((("XK", 200, ()),) * 5), *((("XK", 100, ()),) * 4)),
        14_400,
        (
            ConditionKind.CONDUCT,
            ConditionKind.ACADEMIC_PASS_EXAMS,
            ConditionKind.COMPREHENSIVE_EVALUATION,
        ),
    )  # fmt: skip


def free_plan(generator: random.Random) -> Plan:
    """Three to six blocks; courses of odd sizes that several of them take, in any direction."""
    codes = [f"B{number}" for number in range(generator.randint(3, 6))]
    courses = []
    for _ in range(generator.randint(6, 14)):
        ways = generator.sample(codes, generator.choice((1, 1, 2, 2, 3)))
        courses.append((ways[0], generator.choice((100, 150, 200, 300, 400, 700)), tuple(ways[1:])))
    total = sum(units for _, units, _ in courses)
    share = [generator.random() for _ in codes]
    needs = [int(total * part / sum(share) * 0.85) // 50 * 50 for part in share]
    how = [generator.choice(list(Substitution)) for _ in codes]
    units_min = sum(needs) + generator.choice((0, 0, 100, 350))
    return make_plan(tuple(zip(codes, needs, how, strict=True)), tuple(courses), units_min)


def demo_plan(generator: random.Random) -> Plan:
    """A plan of the demo county as it is seeded, of any major or of the general high schools."""
    if generator.random() < 0.3:
        return high_school.plan_of(plan_id=1, institution_id=1)
    return vocational.plan_of(generator.choice(MAJORS), plan_id=1, institution_id=1)


def tangled_plan(generator: random.Random, *, share: float = 0.3) -> Plan:
    """A demo plan whose courses have odd units, and often (share) more blocks that take them.

    Of the usual share one learner in thousands asks for a longer search than the engine makes.
    """
    plan = demo_plan(generator)
    codes = [block.code for block in plan.blocks[1:]]
    courses = []
    for course in plan.courses:
        others = course.also_counts_in
        if course.block_code in codes and generator.random() < share:
            others = tuple(code for code in generator.sample(codes, min(2, len(codes)))
                           if code != course.block_code)  # fmt: skip
        units = course.units + generator.choice((0, 0, 0, -25, 25, 50, 75))
        courses.append(replace(course, units=units, also_counts_in=others))
    return replace(plan, courses=tuple(courses))


def random_learner(
    generator: random.Random, plan: Plan, *, electives: float, shared: float
) -> Snapshot:
    """A learner who passed about these shares of electives and of courses with several ways.

    Of the rest nearly all is passed: a border between enough and not enough is what is looked for.
    """
    records: list[Record] = []

    def add(kind: EntryKind, units: int, **more: object) -> None:
        day = date(2024, 1, 1) + timedelta(days=generator.randrange(600))
        record = Record(len(records) + 1, kind, units, day, "记录")
        records.append(replace(record, **more))  # type: ignore[arg-type]

    elective = {block.code for block in plan.blocks if block.substitution is not Substitution.NONE}
    for course in plan.courses:
        share = 0.997
        if course.block_code in elective:
            share = electives
        elif course.also_counts_in:
            share = shared
        passed = generator.random() < share
        add(EntryKind.COURSE, course.units if passed else 0, course_code=course.course_code,
            passed=passed, disputed=generator.random() < 0.002)  # fmt: skip
        if passed and generator.random() < 0.02:  # passed again: earned once all the same
            add(EntryKind.COURSE, generator.choice((0, course.units)),
                course_code=course.course_code)  # fmt: skip
    if generator.random() < 0.1:
        add(EntryKind.COURSE, 200, course_code="别校课程")
    for _ in range(generator.choice((0, 0, 1, 2, 3, 6))):
        award = generator.random() < 0.5
        add(
            EntryKind.COMPETITION if award else EntryKind.INNOVATION,
            generator.choice((50, 100, 150, 200, 300, 400)),
            category="competition" if award else generator.choice(_CATEGORIES[1:]),
            event_key=f"event|{generator.randrange(4)}" if award else "",
            disputed=generator.random() < 0.15,
            valid_until=AS_OF - timedelta(days=1) if generator.random() < 0.1 else None,
        )
    if generator.random() < 0.3:
        _add_substitution(generator, plan, records, add)
    if generator.random() < 0.2:
        block = generator.choice((*(block.code for block in plan.blocks), "别的方案"))
        add(EntryKind.RECOGNITION, generator.choice((100, 250, 400)), block_code=block,
            disputed=generator.random() < 0.1)  # fmt: skip
    generator.shuffle(records)
    return _with_facts(generator, plan, tuple(records))


def _add_substitution(
    generator: random.Random, plan: Plan, records: list[Record], add: Callable[..., None]
) -> None:
    """Draw a part of an award, or all of it, into a block by approval, as posting does."""
    blocks = [b.code for b in plan.blocks if b.substitution is not Substitution.NONE]
    awards = [
        number
        for number, record in enumerate(records)
        if record.kind in {EntryKind.COMPETITION, EntryKind.INNOVATION}
    ]
    if not awards or not blocks:
        return
    number = generator.choice(awards)
    award = records[number]
    drawn = min(award.units, generator.choice((50, 100, 300)))
    records[number] = replace(award, units=award.units - drawn, drawn_units=drawn)
    block = generator.choice((*blocks, *blocks, "别的方案"))
    add(EntryKind.SUBSTITUTION, drawn, block_code=block, disputed=award.disputed)


def _with_facts(generator: random.Random, plan: Plan, records: tuple[Record, ...]) -> Snapshot:
    entry_year = generator.choice((2019, 2023, 2023, 2023, 2024))
    passed = [Appraisal.PASSED] * 30 + [Appraisal.PENDING, Appraisal.FAILED]
    exams = [
        Attestation(AttestationKind.ACADEMIC_PASS_EXAM, subject, generator.choice(passed),
                    date(2025, 6, 20))
        for subject in plan.required_pass_exams
    ]  # fmt: skip
    evaluation = Attestation(
        AttestationKind.COMPREHENSIVE_EVALUATION, "", generator.choice(passed), date(2026, 5, 1)
    )
    return Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=len(records),
        facts_seq=3,
        status=generator.choice([EnrolmentStatus.STUDYING] * 15 + list(EnrolmentStatus)),
        entered_on=date(entry_year, 9, 1),
        entry_year=entry_year,
        suspended_semesters=generator.choice((0, 0, 0, 2)),
        records=records,
        conduct=generator.choice(passed),
        internship=generator.choice(passed),
        internship_started=True,
        attestations=(*exams, evaluation),
    )
