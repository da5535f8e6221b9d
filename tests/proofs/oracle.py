"""What docs/decisions/0006 says, as an integer program. Shares nothing with the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from creditbank.domain.enrolments import EnrolmentStatus as Status
from creditbank.domain.ledger import EntryKind as Kind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Plan, PlanCourse, Share, Substitution, Way
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Appraisal, AttestationKind, Record
from tests.proofs.cases import AS_OF, Case

AWARDS = {Kind.COMPETITION, Kind.INNOVATION}
OPEN = {"01", "02", "04", "05", "12", "13"}


def matches(selector: Selector, record: Record) -> bool:
    """Whether a selector speaks of a record: in every field given one of the values."""
    asked = (
        (selector.kinds, {record.kind}), (selector.categories, {record.category}),
        (selector.natures, {record.nature}), (selector.issuers, {record.issuer}),
        (selector.levels, {record.level, record.certificate_level} - {""}),
        (selector.course_codes, {record.course_code}), (selector.tags, set(record.tags)),
    )  # fmt: skip
    return all(not wanted or set(wanted) & has for wanted, has in asked) and (
        selector.is_outside is None or selector.is_outside == record.is_outside
    )


class Question:
    """One learner: the plan as it is for them, what each record offers, and where."""

    def __init__(self, case: Case, *, count_disputed: bool = False, presolve: bool = False) -> None:
        """presolve: whether the solver may simplify first: quicker, and not always right."""
        self.policy, self.snapshot, self.presolve = case.policy, case.snapshot, presolve
        found: dict[object, PlanException] = {}
        for item in sorted(
            (item for item in case.snapshot.exceptions if item.decided_on <= AS_OF),
            key=lambda e: (e.decided_on, e.document_no, e.kind, e.subject, e.block_code,
                           e.ledger_seq or 0, e.units or 0),
        ):  # fmt: skip
            block = item.block_code if item.kind is ExceptionKind.BLOCK else ""
            found[item.kind, item.subject, item.ledger_seq, block] = item
        self.exceptions = list(found.values())
        self.original = case.plan
        self.plan = self._changed(case.plan)
        self.blocks = {block.code: at for at, block in enumerate(self.plan.blocks)}
        self.named = {
            course.course_code: [course.block_code, *course.also_counts_in]
            for course in self.plan.courses
        }
        self.offers: dict[Record, int] = {}
        self._sort(count_disputed=count_disputed)

    def _changed(self, plan: Plan) -> Plan:
        for item in self.exceptions:
            if item.kind is ExceptionKind.WAIVE:
                plan = replace(
                    plan,
                    blocks=tuple(
                        replace(b, units_min=0, choices=()) if b.code == item.subject else b
                        for b in plan.blocks
                    ),
                    conditions=tuple(c for c in plan.conditions if c.value != item.subject),
                    floors=tuple(f for f in plan.floors if f.code != item.subject),
                    hours_floors=tuple(f for f in plan.hours_floors if f.code != item.subject),
                )
            elif item.kind is ExceptionKind.LOWER and not item.subject:
                plan = replace(plan, units_min=min(plan.units_min, item.units or 0))
            elif item.kind is ExceptionKind.LOWER:

                def less(rule, item=item):
                    if rule.code != item.subject:
                        return rule
                    return replace(rule, units_min=min(rule.units_min, item.units or 0))

                plan = replace(
                    plan,
                    blocks=tuple(map(less, plan.blocks)), floors=tuple(map(less, plan.floors)),
                )  # fmt: skip
            elif item.kind is ExceptionKind.INSERT:
                plan = replace(plan, courses=tuple(_inserted(plan, item)))
        return plan

    def _sort(self, *, count_disputed: bool) -> None:  # noqa: C901 (the sentences of the page)
        seen: set[str] = set()
        events: dict[object, list[Record]] = {}
        self.approved = 0
        self.drawn: dict[str, int] = {}
        for record in sorted(self.snapshot.records, key=lambda item: item.ledger_seq):
            if not record.passed or record.units + record.drawn_units <= 0:
                continue
            if record.disputed and not count_disputed:
                continue
            if record.kind in AWARDS:
                if record.valid_until and record.valid_until < AS_OF:
                    continue
                events.setdefault(record.event_key or record.ledger_seq, []).append(record)
                if record.drawn_units:
                    was = self.drawn.get(record.category, 0)
                    self.drawn[record.category] = was + record.drawn_units
                continue
            at_home = record.kind is Kind.COURSE and not record.is_outside
            if not self._is_wanted(record):
                continue
            if at_home and record.course_code in seen:
                continue
            if at_home:
                seen.add(record.course_code)
            self.offers[record] = record.units
            self.approved += record.units if record.kind is Kind.SUBSTITUTION else 0
        for records in events.values():
            best = max(records, key=lambda r: (r.units + r.drawn_units, -r.ledger_seq))
            others = sum(r.drawn_units for r in records if r is not best)
            self.offers[best] = max(0, best.units - others)
        known = sum(self.drawn.values())
        self.all_drawn = known + max(0, self.approved - known)

    def _is_wanted(self, record: Record) -> bool:
        if record.kind is Kind.COURSE:
            named = not record.is_outside and record.course_code in self.named
        else:
            named = record.block_code in self.blocks
        accepted = any(matches(a.selector, record) for b in self.plan.blocks for a in b.accepts)
        return named or accepted or bool(self._forced(record))

    def _forced(self, record: Record) -> list[str]:
        kind = ExceptionKind.FORCE
        return [e.block_code for e in self.exceptions
                if e.kind is kind and e.ledger_seq == record.ledger_seq][-1:]  # fmt: skip

    def places(self, record: Record) -> list[tuple[int, Way]]:
        """Where a record may count, and how."""
        found: list[tuple[str, Way]] = []
        if record.kind is Kind.COURSE and not record.is_outside:
            found += [(code, Way.EARN) for code in self.named.get(record.course_code, ())]
        if record.kind in AWARDS:
            found += [(b.code, Way.FILL) for b in self.plan.blocks
                      if b.substitution is Substitution.AUTOMATIC]  # fmt: skip
        elif record.kind is Kind.RECOGNITION and record.block_code in self.blocks:
            found.append((record.block_code, Way.EARN))
        elif record.kind is Kind.SUBSTITUTION and record.block_code in self.blocks:
            found.append((record.block_code, Way.FILL))
        found += [(b.code, a.way) for b in self.plan.blocks for a in b.accepts
                  if matches(a.selector, record)]  # fmt: skip
        for code in self._forced(record):
            here = [place for place in found if place[0] == code]
            found = here or ([(code, Way.EARN)] if code in self.blocks else [])
        barred = {
            e.block_code
            for e in self.exceptions
            if e.kind is ExceptionKind.BLOCK and e.ledger_seq == record.ledger_seq
        }
        if "" in barred:
            return []
        return [(self.blocks[c], way) for c, way in dict.fromkeys(found) if c not in barred]

    def caps(self) -> list[tuple[int, set[int], bool, list[Record]]]:
        """(limit, blocks, only what fills, the records spoken of), those of policy too."""
        everywhere = set(self.blocks.values())
        found = []
        for cap in self.plan.caps:
            blocks = {self.blocks[code] for code in cap.block_codes} or everywhere
            limit = cap.units
            if limit is None:
                asked = self.plan.units_min
                if cap.percent_of is Share.BLOCKS:
                    asked = sum(self.plan.blocks[b].units_min for b in blocks)
                limit = asked * (cap.percent or 0) // 100
            found.append(
                (limit, blocks, False, [r for r in self.offers if matches(cap.selector, r)])
            )
        awards = [record for record in self.offers if record.kind in AWARDS]
        electives = sum(
            b.units_min for b in self.plan.blocks if b.substitution is not Substitution.NONE
        )
        share = electives * self.policy["substitution.share_percent"] // 100
        most = min(self.policy["substitution.cap_units"], share) - self.approved
        automatic = {at for at, b in enumerate(self.plan.blocks)
                     if b.substitution is Substitution.AUTOMATIC}  # fmt: skip
        found.append((max(0, most), automatic, True, awards))
        career = self.policy["innovation.career_cap_units"] - self.all_drawn
        found.append((max(0, career), everywhere, False, awards))
        for category in {record.category for record in awards}:
            key = f"innovation.category_cap.{category}"
            if key in self.policy:
                left = max(0, self.policy[key] - self.drawn.get(category, 0))
                of_it = [record for record in awards if record.category == category]
                found.append((left, everywhere, False, of_it))
        return found

    def lacks(self, blocks: list[int]) -> bool:
        """Whether something is missing in these blocks, whatever the allocation."""
        return Program(self, blocks).minimise("missing") > 0

    def solve(self) -> tuple[int, int]:
        """(smallest shortfall, least missing with it)."""
        program = Program(self)
        short = program.minimise("short")
        if not short:  # the shortfall is never less than what is missing
            return 0, 0
        program.at_most("short", short)
        return short, program.minimise("missing")


def _inserted(plan: Plan, item) -> list[PlanCourse]:
    found, known = [], False
    for course in plan.courses:
        if course.course_code == item.subject:
            known = True
            if item.block_code not in (course.block_code, *course.also_counts_in):
                further = (*course.also_counts_in, item.block_code)
                course = replace(course, also_counts_in=further)  # noqa: PLW2901
        found.append(course)
    if not known:
        found.append(PlanCourse(item.subject, "", item.block_code, item.units, 0, 0, 0))
    return found


class Program:
    """Variables and rows of one question."""

    def __init__(self, question: Question, blocks: list[int] | None = None) -> None:
        """blocks: of a question about what is missing in these alone."""
        plan, self.presolve = question.plan, question.presolve
        self.upper: list[float] = []
        self.rows: list[dict[int, float]] = []
        self.limits: list[float] = []
        self.named: dict[str, int] = {}
        # No larger than it must be: a solver's tolerance times this must stay below a hundredth.
        big = sum(question.offers.values()) + sum(b.units_min for b in plan.blocks)
        big += plan.units_min + sum(f.units_min for f in plan.floors) + 1
        earn: list[dict[int, float]] = [{} for _ in plan.blocks]
        fill: list[dict[int, float]] = [{} for _ in plan.blocks]
        of = self.of = dict[tuple[Record, int, Way], int]()
        for record, units in question.offers.items():
            whole, picks, amounts = record.kind not in plan.divisible, {}, {}
            for block, way in question.places(record):
                amount = of[record, block, way] = self.variable(units)
                (earn if way is Way.EARN else fill)[block][amount] = 1
                amounts[amount] = 1.0
                if whole:
                    pick = self.variable(1)
                    picks[pick] = 1.0
                    self.row({amount: 1, pick: -units}, 0)
            self.row(picks, 1) if whole else self.row(amounts, units)
        for limit, held, fills_only, records in question.caps():
            spoken = {
                variable: 1.0
                for (record, block, way), variable in of.items()
                if record in records and block in held and not (fills_only and way is Way.EARN)
            }
            self.row(spoken, limit)
        shared: list[dict[int, float]] = [{} for _ in plan.blocks]
        for rule in plan.double_counts:
            z = self.variable(rule.units_max)
            shared[question.blocks[rule.to_block]][z] = 1
            source = question.blocks[rule.from_block]
            self.row(
                {z: 1.0}
                | {
                    v: -1.0
                    for (r, b, _), v in of.items()
                    if b == source and matches(rule.selector, r)
                },
                0,
            )
        missing: dict[int, float] = {}
        for at, asked in enumerate(plan.blocks):
            if asked.units_max is not None:
                self.row(earn[at], asked.units_max)
            into = fill[at] | shared[at]
            is_open = self.variable(1)
            self.row(dict.fromkeys(into, 1.0) | {is_open: -big}, 0)
            self.row(earn[at] | into | {is_open: big}, asked.units_min + big)
            asks = blocks is None or at in blocks
            lack = self.variable(big)
            missing |= {lack: 1.0} if asks else {}
            self.row(dict.fromkeys((*earn[at], *into, lack), -1.0), -asked.units_min)
        self.named["missing"] = self.variable(big)
        self.row(missing | {self.named["missing"]: -1.0}, 0)
        if blocks is not None:
            return
        short = self.named["short"] = self.variable(big)
        self.row(missing | {short: -1.0}, 0)
        self.row(dict.fromkeys(of.values(), -1.0) | {short: -1.0}, -plan.units_min)
        for floor in plan.floors:
            spoken = {v: -1.0 for (r, _, _), v in of.items() if matches(floor.selector, r)}
            self.row(spoken | {short: -1.0}, -floor.units_min)

    def variable(self, upper: float) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def row(self, terms: dict[int, float], limit: float) -> None:
        if terms:
            self.rows.append(terms)
            self.limits.append(limit)

    def at_most(self, name: str, value: int) -> None:
        self.row({self.named[name]: 1.0}, value)

    def minimise(self, name: str) -> int:
        """The least value of a named variable over all allocations."""
        where = [(at, v, c) for at, row in enumerate(self.rows) for v, c in row.items()]
        rows, columns, values = zip(*where, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(self.rows), len(self.upper)))
        goal = np.zeros(len(self.upper))
        goal[self.named[name]] = 1
        found = milp(
            goal,
            constraints=LinearConstraint(matrix, ub=self.limits),
            bounds=Bounds(0, self.upper),
            integrality=np.ones(len(self.upper)),
            options={"presolve": self.presolve},
        )
        assert found.status == 0, found.message
        return round(found.fun)


def outcome(case: Case, short: int) -> str:
    """The outcome for a smallest shortfall, condition by condition."""
    snapshot, plan = case.snapshot, case.plan
    question = Question(case)
    if snapshot.status.value not in OPEN:
        return "closed"
    facts = _facts(question, snapshot)
    if facts and not short and _on_records(question):
        term = 2 * (AS_OF.year - 1 - snapshot.entry_year) + 2 - snapshot.suspended_semesters
        return "eligible_early" if term < 2 * plan.years else "eligible"
    if facts and any(record.disputed for record in snapshot.records):
        trusting = Question(case, count_disputed=True)
        if not trusting.solve()[0] and _on_records(trusting):
            return "needs_review"
    years = plan.years + case.policy["duration.years_late_max"]
    return "completion_due" if _after(snapshot, years) <= AS_OF else "not_yet"


def _facts(question: Question, snapshot) -> bool:
    asked = {item.value for item in question.plan.conditions}
    passed, kinds = Appraisal.PASSED, AttestationKind
    exams = {a.subject for a in snapshot.attestations
             if a.kind is kinds.ACADEMIC_PASS_EXAM and a.result is passed}  # fmt: skip
    whole = [a.result for a in snapshot.attestations if a.kind is kinds.COMPREHENSIVE_EVALUATION]
    early = question.plan.years - question.policy["duration.years_early_max"]
    return (
        snapshot.status in {Status.STUDYING, Status.RESUMED}
        and _after(snapshot, early) <= AS_OF
        and ("conduct" not in asked or snapshot.conduct is passed)
        and ("internship" not in asked or snapshot.internship is passed)
        and ("academic_pass_exams" not in asked or set(question.plan.required_pass_exams) <= exams)
        and ("comprehensive_evaluation" not in asked or whole[-1:] == [passed])
    )


def _after(snapshot, years: int) -> date:
    day = snapshot.entered_on
    months = day.month - 1 + 6 * snapshot.suspended_semesters
    return date(day.year + years + months // 12, months % 12 + 1, day.day)


def _on_records(question: Question) -> bool:
    """Choices of courses and hours; floors are in the shortfall."""
    courses = [r for r in question.offers if r.kind is Kind.COURSE]
    passed = {r.course_code for r in question.offers
              if r.kind in {Kind.COURSE, Kind.RECOGNITION} and not r.is_outside}  # fmt: skip
    choices = all(
        len(set(choice.course_codes) & passed) >= choice.count
        for block in question.plan.blocks for choice in block.choices
    )  # fmt: skip
    return choices and all(
        sum(r.practice_hours if f.practice_only else r.hours
            for r in courses if matches(f.selector, r)) >= f.hours_min
        for f in question.plan.hours_floors
    )  # fmt: skip
