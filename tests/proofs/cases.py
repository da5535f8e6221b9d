"""Random plans with every rule a school can write, and learners near their border.

Small enough for an integer program. Nothing here knows how a verdict is found.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import (
    Acceptance,
    Block,
    Cap,
    ConditionKind,
    CourseChoice,
    DoubleCount,
    Floor,
    HoursFloor,
    Plan,
    PlanCourse,
    Share,
    Substitution,
    Way,
)
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Appraisal, Attestation, AttestationKind, Record, Snapshot

AS_OF = date(2026, 5, 20)
EXAMS = ("语文", "数学")
UNITS = (50, 100, 150, 200, 250, 300, 400, 500, 600)
CATEGORIES = ("competition", "social_practice", "volunteering", "patent_utility")
LEVELS, ISSUERS, TAGS = ("10", "23", "33"), ("省厅", "市局"), ("红色", "双创")
NATURES = (CourseNature.REQUIRED, CourseNature.FREE_ELECTIVE, CourseNature.PRACTICE)
AWARDS = (EntryKind.COMPETITION, EntryKind.INNOVATION)
DIVISIBLE = (
    AWARDS, AWARDS, AWARDS, (), (EntryKind.INNOVATION,),
    (*AWARDS, EntryKind.COURSE), (*AWARDS, EntryKind.RECOGNITION),
)  # fmt: skip
VALUES: dict[str, tuple[int, ...]] = {
    "substitution.cap_units": (800, 800, 300, 150),
    "substitution.share_percent": (50, 50, 100, 33),
    "innovation.career_cap_units": (1200, 600, 250),
    "innovation.category_cap.social_practice": (400, 100),
    "innovation.category_cap.volunteering": (200, 150),
    "duration.years_early_max": (1,),
    "duration.years_late_max": (3,),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One question. policy: the values by key; features: which rules it has."""

    plan: Plan
    snapshot: Snapshot
    policy: dict[str, int]
    features: Counter[str] = field(compare=False)


def make_case(seed: int) -> Case:
    """The same case for the same seed."""
    chance = random.Random(seed)
    maker = _Maker(chance)
    plan = maker.plan()
    snapshot = maker.snapshot(plan)
    policy = {key: chance.choice(values) for key, values in VALUES.items()}
    return Case(plan, snapshot, policy, maker.features)


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.features: Counter[str] = Counter()
        self.plain = chance.random() < 0.15

    def has(self, share: float, feature: str) -> bool:
        """Whether a rule comes into this case; plain plans have courses and awards only."""
        found = not self.plain and self.chance.random() < share
        self.features[feature] += found
        return found

    def plan(self) -> Plan:
        chance = self.chance
        codes = [f"B{at}" for at in range(chance.randint(2, 4))]
        courses = tuple(
            PlanCourse(
                f"C{at}", f"课{at}", code := chance.choice(codes), chance.choice(UNITS),
                *chance.choice(((36, 0), (18, 18), (0, 36))), chance.randint(1, 6),
                also_counts_in=tuple(
                    other for other in codes if other != code and chance.random() < 0.25
                ),
            )
            for at in range(chance.randint(3, 8))
        )  # fmt: skip
        blocks = tuple(self._block(code, courses) for code in codes)
        asked = sum(block.units_min for block in blocks)
        slack = chance.choice((0, 0, 0, 100, 250, -200))
        self.features["total beyond blocks"] += slack > 0
        return Plan(
            plan_id=1,
            code="P",
            version=1,
            name="方案",
            institution_id=1,
            major_code="660103",
            catalogue_year=2021,
            years=3,
            units_min=max(0, asked + slack),
            blocks=blocks,
            courses=courses,
            conditions=tuple(kind for kind in ConditionKind if chance.random() < 0.3),
            required_pass_exams=EXAMS,
            caps=tuple(self._cap(f"cap{at}", codes) for at in range(self._several(0.5, "cap"))),
            floors=tuple(
                Floor(f"f{at}", "底", "floor", self._selector(), chance.choice((100, 300, 500)))
                for at in range(self._several(0.3, "floor"))
            ),
            hours_floors=tuple(
                HoursFloor(
                    f"h{at}", "学时", "hours", self._selector(courses_only=True),
                    chance.choice((18, 54, 90)), practice_only=chance.random() < 0.5,
                )
                for at in range(self._several(0.2, "hours floor"))
            ),
            double_counts=tuple(
                self._double(f"d{at}", codes)
                for at in range(self._several(0.3, "double count"))
            ),
            divisible=AWARDS if self.plain else chance.choice(DIVISIBLE),
        )  # fmt: skip

    def _double(self, code: str, codes: list[str]) -> DoubleCount:
        source, target = self.chance.sample(codes, 2)
        return DoubleCount(code, self._selector(), source, target, self.chance.choice((100, 300)))

    def _several(self, share: float, feature: str) -> int:
        number = 0
        while number < 3 and self.has(share, feature):
            number += 1
        self.features["nested caps"] += feature == "cap" and number > 1
        return number

    def _block(self, code: str, courses: tuple[PlanCourse, ...]) -> Block:
        chance = self.chance
        own = [course for course in courses if code in (course.block_code, *course.also_counts_in)]
        most = sum(course.units for course in own)
        need = max(0, chance.randint(most // 3, most) // 50 * 50 if most else 100)
        accepts = tuple(
            Acceptance(self._selector(), chance.choice(tuple(Way)))
            for _ in range(self.has(0.3, "acceptance"))
        )
        for item in accepts:
            self.features[f"acceptance {item.way.value}"] += 1
        choices: tuple[CourseChoice, ...] = ()
        if own and self.has(0.15, "choice"):
            listed = tuple(c.course_code for c in chance.sample(own, min(len(own), 2)))
            choices = (CourseChoice(listed, 1),)
        how = chance.choices(tuple(Substitution), (5, 3, 2))[0]
        self.features[f"substitution {how.value}"] += 1
        return Block(
            code, code, code, chance.choice(NATURES), need, how,
            units_max=need + chance.choice((0, 100, 300)) if self.has(0.2, "maximum") else None,
            accepts=accepts, choices=choices,
        )  # fmt: skip

    def _cap(self, code: str, codes: list[str]) -> Cap:
        chance = self.chance
        blocks = tuple(code for code in codes if chance.random() < 0.4)
        self.features["cap over the career"] += not blocks
        if chance.random() < 0.5:
            return Cap(code, self._selector(), blocks, units=chance.choice((0, 150, 300, 500)))
        share = Share.BLOCKS if blocks and chance.random() < 0.5 else Share.TOTAL
        self.features[f"cap per cent of {share.value}"] += 1
        percent = chance.choice((10, 33, 50, 70))
        return Cap(code, self._selector(), blocks, percent=percent, percent_of=share)

    def _selector(self, *, courses_only: bool = False) -> Selector:  # noqa: PLR0911 (by kind)
        chance = self.chance
        kind = "course" if courses_only else chance.choice(
            ("kinds", "kinds", "categories", "natures", "levels", "issuers", "tags", "outside",
             "course", "all")
        )  # fmt: skip
        self.features[f"selector {kind}"] += 1
        some = chance.sample
        match kind:
            case "kinds":
                kinds = some([EntryKind.COURSE, *AWARDS, EntryKind.RECOGNITION], 2)
                return Selector(kinds=tuple(sorted(kinds)))
            case "categories":
                return Selector(categories=tuple(sorted(some(CATEGORIES, 2))))
            case "natures":
                return Selector(natures=(chance.choice(NATURES),))
            case "levels":
                return Selector(levels=tuple(sorted(some(LEVELS, 2))))
            case "issuers":
                return Selector(issuers=(chance.choice(ISSUERS),))
            case "tags":
                return Selector(tags=(chance.choice(TAGS),))
            case "outside":
                return Selector(is_outside=chance.random() < 0.5)
            case "course":
                return Selector(course_codes=tuple(sorted(some([f"C{at}" for at in range(8)], 3))))
            case _:
                return Selector()

    def snapshot(self, plan: Plan) -> Snapshot:
        chance = self.chance
        records: list[Record] = []
        passing = chance.choice((0.5, 0.8, 0.95, 1.0))
        for course in plan.courses:
            if chance.random() < passing:
                records.append(self._course(len(records) + 1, course))
                if chance.random() < 0.1:
                    self.features["course passed again"] += 1
                    records.append(replace(records[-1], ledger_seq=len(records) + 1))
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            records.append(self._award(len(records) + 1))
        self._received(plan, records)
        chance.shuffle(records)
        status = EnrolmentStatus.STUDYING
        if chance.random() < 0.03:
            status = chance.choice(tuple(EnrolmentStatus))
        entered = chance.choice((date(2023, 9, 1), date(2024, 5, 20), date(2024, 5, 21),
                                 date(2020, 5, 20), date(2020, 5, 21)))  # fmt: skip
        return Snapshot(
            learner_id=1,
            enrolment_id=1,
            institution_id=1,
            ledger_seq=len(records),
            facts_seq=1,
            status=status,
            entered_on=entered,
            entry_year=entered.year if entered.month > 8 else entered.year - 1,
            suspended_semesters=chance.choice((0, 0, 0, 1)),
            records=tuple(records),
            conduct=self._appraisal(),
            internship=self._appraisal(),
            internship_started=True,
            attestations=self._attestations(),
            exceptions=self._exceptions(plan, records),
        )

    def _appraisal(self) -> Appraisal:
        return self.chance.choices(tuple(Appraisal), (1, 12, 1))[0]

    def _attestations(self) -> tuple[Attestation, ...]:
        exam, whole = AttestationKind.ACADEMIC_PASS_EXAM, AttestationKind.COMPREHENSIVE_EVALUATION
        found = [Attestation(exam, item, self._appraisal(), AS_OF) for item in EXAMS]
        return (*found, Attestation(whole, "", self._appraisal(), AS_OF))

    def _course(self, seq: int, course: PlanCourse) -> Record:
        chance = self.chance
        outside = self.has(0.06, "outside")
        return Record(
            seq, EntryKind.COURSE, course.units, date(2025, 1, 10), course.name,
            course.course_code, passed=chance.random() < 0.97, nature=chance.choice(NATURES),
            hours=course.theory_hours + course.practice_hours,
            practice_hours=course.practice_hours, is_outside=outside, tags=self._tags(),
        )  # fmt: skip

    def _tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in TAGS if self.chance.random() < 0.3)

    def _award(self, seq: int) -> Record:
        chance = self.chance
        category = chance.choice(CATEGORIES)
        kind = EntryKind.COMPETITION if category == "competition" else EntryKind.INNOVATION
        event = chance.choice(("", f"e{chance.randint(1, 2)}"))
        self.features["same event"] += bool(event)
        until = chance.choice((None, None, AS_OF, AS_OF - timedelta(days=1)))
        self.features["expired"] += until is not None and until < AS_OF
        disputed = chance.random() < 0.08
        self.features["disputed"] += disputed
        return Record(
            seq, kind, chance.choice(UNITS), date(2025, 1, 1) + timedelta(days=seq), "奖",
            category=category, event_key=event, valid_until=until, disputed=disputed,
            level=chance.choice(LEVELS), issuer=chance.choice(ISSUERS), tags=self._tags(),
            is_outside=self.has(0.1, "outside"),
        )  # fmt: skip

    def _received(self, plan: Plan, records: list[Record]) -> None:
        """Recognitions, and approved substitutions with what they drew from their award."""
        chance, codes = self.chance, [block.code for block in plan.blocks]
        if self.has(0.25, "recognition"):
            records.append(
                Record(
                    len(records) + 1, EntryKind.RECOGNITION, chance.choice(UNITS), AS_OF, "认定",
                    f"C{chance.randint(0, 9)}", block_code=chance.choice([*codes, "没有"]),
                    is_outside=chance.random() < 0.5,
                )
            )  # fmt: skip
        for at, record in enumerate(records):
            if record.kind in AWARDS and not record.disputed and self.has(0.1, "approved"):
                drawn = chance.choice((50, record.units))
                records[at] = replace(record, units=record.units - drawn, drawn_units=drawn)
                records.append(
                    Record(
                        len(records) + 1, EntryKind.SUBSTITUTION, drawn, AS_OF, "替代",
                        block_code=chance.choice(codes),
                    )
                )  # fmt: skip
                return

    def _exceptions(self, plan: Plan, records: list[Record]) -> tuple[PlanException, ...]:
        chance, found = self.chance, []
        codes = [block.code for block in plan.blocks]
        seqs = [record.ledger_seq for record in records] or [1]
        floors = [floor.code for floor in plan.floors]
        floors += [floor.code for floor in plan.hours_floors]
        for kind in ExceptionKind:
            if not self.has(0.06, f"exception {kind.value}"):
                continue
            subject, block, seq, units = "", chance.choice(codes), None, None
            match kind:
                case ExceptionKind.WAIVE:
                    subject = chance.choice([*codes, "conduct", *floors])
                case ExceptionKind.LOWER:
                    subject, units = chance.choice([*codes, "", *floors]), chance.choice((0, 200))
                case ExceptionKind.INSERT:
                    subject, units = chance.choice(("C0", "NEU")), 200
                    records.append(
                        Record(len(records) + 1, EntryKind.COURSE, 200, AS_OF, "外", "NEU")
                    )
                case ExceptionKind.FORCE:
                    seq = chance.choice(seqs)
                case ExceptionKind.BLOCK:
                    seq, block = chance.choice(seqs), chance.choice([*codes, ""])
            decided = chance.choice((AS_OF, AS_OF, AS_OF + timedelta(days=1)))
            found.append(
                PlanException(kind, subject, block, seq, units, "因由", "测1号", 1, decided)
            )
        return tuple(found)
