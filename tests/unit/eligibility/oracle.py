"""The same questions asked of an integer program (HiGHS). Shares no code with the engine.

Written from the rules in docs, not from the engine: whole records are 0/1 variables, awards are
divisible, and the least shortfall is minimised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from creditbank.domain.enrolments import EnrolmentStatus as Status
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import ConditionKind, Plan, Substitution
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Appraisal, AttestationKind, Record, Snapshot

_OPEN = {
    Status.STUDYING,
    Status.SUSPENDED,
    Status.STOPPED,
    Status.RESUMED,
    Status.ADMISSION_RESERVED,
    Status.SENT_ABROAD,
}


Name = tuple[str | int, ...]
Parts = dict[Name, int]


class Program:
    """Rows and columns of an integer program, by name."""

    def __init__(self) -> None:
        self.names: list[Name] = []
        self.whole: list[int] = []
        self.upper: list[float] = []
        self.rows: list[tuple[Parts, float, float]] = []

    def column(self, name: Name, *, whole: bool = False, upper: float = np.inf) -> Name:
        self.names.append(name)
        self.whole.append(int(whole))
        self.upper.append(upper)
        return name

    def row(self, parts: Parts, low: float, high: float) -> None:
        self.rows.append((parts, low, high))

    def least(self, name: Name) -> int:
        position = {column: number for number, column in enumerate(self.names)}
        matrix = np.zeros((len(self.rows), len(self.names)))
        for number, (parts, _, _) in enumerate(self.rows):
            for column, factor in parts.items():
                matrix[number, position[column]] += factor
        cost = np.zeros(len(self.names))
        cost[position[name]] = 1
        limits = LinearConstraint(
            matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows]
        )
        found = milp(
            cost,
            integrality=np.array(self.whole),
            bounds=Bounds(0, np.array(self.upper)),
            constraints=limits,
            options={"mip_rel_gap": 0},
        )
        assert found.success, found.message
        least: int = round(found.fun)
        return least


def known_records(snapshot: Snapshot, *, disputed: bool) -> list[Record]:
    """Records whose evidence is taken for true, each course's first pass only."""
    found: dict[str, Record] = {}
    for record in sorted(snapshot.records, key=lambda item: item.ledger_seq):
        if (record.disputed and not disputed) or not record.passed:
            continue
        course = record.kind is EntryKind.COURSE
        if not course or record.units:
            found.setdefault(record.course_code if course else str(record.ledger_seq), record)
    return list(found.values())


def approved_units(snapshot: Snapshot, plan: Plan, *, disputed: bool) -> dict[str, int]:
    """Posted substitutions by the block of the plan they were approved for."""
    approved = dict.fromkeys((block.code for block in plan.blocks), 0)
    for record in known_records(snapshot, disputed=disputed):
        if record.kind is EntryKind.SUBSTITUTION and record.block_code in approved:
            approved[record.block_code] += record.units
    return approved


def award_units(
    snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date, *, disputed: bool
) -> int:
    """What competition and innovation credits still offer after events, approvals and caps.

    An event is worth its highest award; what approvals drew from any award of it is gone, and has
    used up its category's cap and the career's.
    """
    events: dict[str, list[Record]] = defaultdict(list)
    for record in known_records(snapshot, disputed=disputed):
        is_award = record.kind in {EntryKind.COMPETITION, EntryKind.INNOVATION}
        if is_award and (record.valid_until or as_of) >= as_of:
            events[record.event_key or f"#{record.ledger_seq}"].append(record)
    offered: dict[str, int] = defaultdict(int)
    drawn: dict[str, int] = defaultdict(int)
    for records in events.values():
        worth = [(item.units + item.drawn_units, -item.ledger_seq, item) for item in records]
        gone = sum(item.drawn_units for item in records)
        offered[max(worth)[2].category] += max(0, max(worth)[0] - gone)
        for item in records:
            drawn[item.category] += item.drawn_units
    for category, units in offered.items():
        cap = policy.values.get(f"innovation.category_cap.{category}")
        if cap is not None:
            offered[category] = max(0, min(units, int(cap.value) - drawn[category]))
    # An approval outlives the award it was drawn from, which may have expired.
    approved = sum(approved_units(snapshot, plan, disputed=disputed).values())
    used = max(approved, sum(drawn.values()))
    return max(0, min(policy.integer("innovation.career_cap_units") - used, sum(offered.values())))


def usable_award_units(
    snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date, *, disputed: bool = False
) -> int:
    """What of the awards may substitute automatically, within the caps of substitution."""
    approved = sum(approved_units(snapshot, plan, disputed=disputed).values())
    electives = sum(b.units_min for b in plan.blocks if b.substitution is not Substitution.NONE)
    share = electives * policy.integer("substitution.share_percent") // 100
    cap = max(0, min(policy.integer("substitution.cap_units"), share) - approved)
    return min(award_units(snapshot, plan, policy, as_of, disputed=disputed), cap)


def least_shortfall(
    snapshot: Snapshot,
    plan: Plan,
    policy: Policy,
    as_of: date,
    *,
    disputed: bool = False,
    only: Collection[str] | None = None,
) -> int:
    """The fewest hundredths that must be added, over all allocations.

    only: ask for these blocks alone, and for no total.
    """
    program, big = Program(), 100_000
    courses = {course.course_code: course for course in plan.courses}
    earned: dict[str, Parts] = {block.code: {} for block in plan.blocks}
    given = dict.fromkeys(earned, 0)
    approved = approved_units(snapshot, plan, disputed=disputed)
    total = 0
    for record in known_records(snapshot, disputed=disputed):
        if record.kind is EntryKind.COURSE and record.course_code in courses:
            course = courses[record.course_code]
            ways = (course.block_code, *course.also_counts_in)
            total += record.units
            if len(ways) == 1:
                given[ways[0]] += record.units
                continue
            here = {way: program.column(("x", record.ledger_seq, way), whole=True, upper=1)
                    for way in ways}  # fmt: skip
            program.row(dict.fromkeys(here.values(), 1), 1, 1)
            for way, column in here.items():
                earned[way][column] = record.units
        elif record.kind is EntryKind.RECOGNITION and record.block_code in given:
            given[record.block_code] += record.units
            total += record.units
    awards = usable_award_units(snapshot, plan, policy, as_of, disputed=disputed)
    short = program.column(("short",))
    missing: Parts = {}
    substituted: Parts = {}
    by_awards: Parts = {}
    for block in plan.blocks:
        code = block.code
        asked = block.units_min if only is None or code in only else 0
        need = asked - given[code]
        use = program.column(("approved", code), upper=approved[code])
        by_award = program.column(
            ("award", code), upper=awards if block.substitution is Substitution.AUTOMATIC else 0
        )
        lack = program.column(("lack", code))
        full = program.column(("full", code), whole=True, upper=1)
        # Substitution goes into what courses leave open and no further.
        program.row({use: 1, by_award: 1, full: big}, -np.inf, big)
        program.row({use: 1, by_award: 1, full: -big} | earned[code], -np.inf, max(need, 0))
        if need < 0:
            program.row({use: 1, by_award: 1}, 0, 0)
        program.row({lack: 1, use: 1, by_award: 1} | earned[code], need, np.inf)
        missing[lack] = 1
        substituted |= {use: 1, by_award: 1}
        by_awards[by_award] = 1
    program.row(by_awards, 0, awards)
    program.row({short: 1} | dict.fromkeys(missing, -1), 0, np.inf)
    program.row({short: 1} | substituted, 0 if only else plan.units_min - total, np.inf)
    return program.least(short)


def outcome(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> str:
    """The graduation outcome, condition by condition."""
    if snapshot.status not in _OPEN:
        return "closed"
    spent = (as_of.year - snapshot.entered_on.year) * 12 + as_of.month - snapshot.entered_on.month
    if as_of.day < snapshot.entered_on.day:
        spent -= 1
    if not policy.flag("duration.suspension_counts"):
        spent -= snapshot.suspended_semesters * 6
    fulfilled = (
        snapshot.status in {Status.STUDYING, Status.RESUMED}
        and spent >= 12 * (plan.years - policy.integer("duration.years_early_max"))
        and all(_fulfilled(kind, snapshot, plan) for kind in plan.conditions)
    )
    if fulfilled:
        if least_shortfall(snapshot, plan, policy, as_of) == 0:
            year = as_of.year if as_of.month >= 9 else as_of.year - 1
            semester = 2 * (year - snapshot.entry_year) + (2 if 2 <= as_of.month < 9 else 1)
            early = semester - snapshot.suspended_semesters < 2 * plan.years
            return "eligible_early" if early else "eligible"
        if least_shortfall(snapshot, plan, policy, as_of, disputed=True) == 0:
            return "needs_review"
    return (
        "completion_due"
        if spent >= 12 * (plan.years + policy.integer("duration.years_late_max"))
        else "not_yet"
    )


def _fulfilled(kind: ConditionKind, snapshot: Snapshot, plan: Plan) -> bool:
    results = {(item.kind, item.subject): item.result for item in snapshot.attestations}
    if kind is ConditionKind.CONDUCT:
        return snapshot.conduct is Appraisal.PASSED
    if kind is ConditionKind.INTERNSHIP:
        return snapshot.internship is Appraisal.PASSED
    if kind is ConditionKind.COMPREHENSIVE_EVALUATION:
        key = (AttestationKind.COMPREHENSIVE_EVALUATION, "")
        return results.get(key) is Appraisal.PASSED
    return all(
        results.get((AttestationKind.ACADEMIC_PASS_EXAM, subject)) is Appraisal.PASSED
        for subject in plan.required_pass_exams
    )
