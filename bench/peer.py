"""A requirement that several audits know, decided by this engine and by a flow as peers run it.

At least 90 credits, of them 30 of A, 10 of electives, of which at most 6 are innovation; 42 to 52
records. The yardstick is no peer: peers cannot be run here. It is written after the published core
of the UTD degree planner, the fastest of them: every record is a node, edges lead to the
requirements that take it and on to the sink, capacities are in hundredths, and a maximum flow says
whether all are full. It divides records and proves nothing, so it does less than a verdict.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from bench.alternating import rates
from bench.learners import AS_OF, Question
from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Acceptance, Block, Cap, Plan, PlanCourse, Way
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility import evaluate_graduation
from tests.unit.eligibility.learners import make_policy

ROUNDS = 7
GOAL = 10.0
_INNOVATION = Selector(kinds=(EntryKind.INNOVATION,))
_TOTAL, _OF_A, _ELECTIVES, _INNOVATION_MOST = 9000, 3000, 1000, 600
_UNITS = (100, 150, 200, 200, 200, 250, 300, 300)


def measure(*, small: bool = False) -> dict[str, Any]:
    """Audits a second of one core by both, over the same learners, and whether they agree."""
    plan, policy = _plan(), make_policy()
    questions = [
        Question(_learner(plan, number), plan, policy) for number in range(50 if small else 500)
    ]
    found = rates(
        {"ours": partial(_ours, questions), "yardstick": partial(_yardstick, questions)},
        len(questions),
        rounds=1 if small else ROUNDS,
    )
    same = sum(
        ours == flow for ours, flow in zip(_ours(questions), _yardstick(questions), strict=True)
    )
    return {
        "learners": len(questions),
        **{f"{name}_per_s": round(rate) for name, rate in found.items()},
        "ratio": round(found["ours"] / found["yardstick"], 1),
        "goal": GOAL,
        "same_answer": round(same / len(questions), 3),
    }


def _plan() -> Plan:
    """Three blocks: 30 of A, 10 electives that take innovation up to 6, the rest of the 90."""
    courses = tuple(
        PlanCourse(
            f"P{number:02d}", f"课{number}", code, _UNITS[number % len(_UNITS)], 0, 0,
            1 + number % 6,
        )
        for number, code in enumerate(["A"] * 20 + ["E"] * 8 + ["B"] * 30)
    )  # fmt: skip
    rest = _TOTAL - _OF_A - _ELECTIVES
    needs = {"A": _OF_A, "E": _ELECTIVES, "B": rest}
    blocks = tuple(
        Block(
            code, code, code, CourseNature.REQUIRED, units,
            accepts=(Acceptance(_INNOVATION, Way.EARN),) if code == "E" else (),
        )
        for code, units in needs.items()
    )  # fmt: skip
    return Plan(
        plan_id=1, code="PEER", version=1, name="同业常见要求", institution_id=1,
        major_code="660103", catalogue_year=2021, years=3, units_min=_TOTAL, blocks=blocks,
        courses=courses, conditions=(),
        caps=(Cap("innovation", _INNOVATION, units=_INNOVATION_MOST),),
    )  # fmt: skip


def _learner(plan: Plan, number: int) -> Snapshot:
    """42 to 52 records, two to four of them innovation; about two in three have enough."""
    chance = random.Random(number)
    awards = chance.randint(2, 4)
    size = chance.randint(42, 52) - awards
    courses = chance.sample(plan.courses, size)
    day = date(2024, 1, 10)
    records = [
        Record(seq, EntryKind.COURSE, item.units, day, item.name, item.course_code)
        for seq, item in enumerate(courses, start=1)
    ]
    records += [
        Record(
            size + extra, EntryKind.INNOVATION, chance.choice((100, 200, 400)),
            day + timedelta(days=extra), "创新项目", category="patent_utility",
            event_key=f"e{extra}",
        )
        for extra in range(1, awards + 1)
    ]  # fmt: skip
    return Snapshot(
        learner_id=number, enrolment_id=number, institution_id=1, ledger_seq=len(records),
        facts_seq=1, status=EnrolmentStatus.STUDYING, entered_on=date(2023, 9, 1),
        entry_year=2023, suspended_semesters=0, records=tuple(records),
    )  # fmt: skip


def _ours(questions: Sequence[Question]) -> list[bool]:
    return [
        not evaluate_graduation(item.snapshot, item.plan, item.policy, AS_OF).shortfall_units
        for item in questions
    ]


def _yardstick(questions: Sequence[Question]) -> list[bool]:
    return [_flow_says(item.snapshot.records, item.plan) for item in questions]


def _flow_says(records: Sequence[Record], plan: Plan) -> bool:
    """Edmonds-Karp from the source over records and requirements to the sink."""
    block_of = {course.course_code: course.block_code for course in plan.courses}
    source, sink, gate = "source", "sink", "innovation"
    capacity: dict[Any, dict[Any, int]] = {source: {}, sink: {}, gate: {"E": _INNOVATION_MOST}}
    capacity["E"] = {gate: 0}
    for block in plan.blocks:
        capacity.setdefault(block.code, {})[sink] = block.units_min
        capacity[sink][block.code] = 0
    for record in records:
        node = record.ledger_seq
        to = gate if record.kind is EntryKind.INNOVATION else block_of[record.course_code]
        capacity[source][node] = record.units
        capacity[node] = {source: 0, to: record.units}
        capacity[to][node] = 0
    flow = 0
    while pushed := _augment(capacity, source, sink):
        flow += pushed
    return flow >= sum(block.units_min for block in plan.blocks)


def _augment(capacity: dict[Any, dict[Any, int]], source: Any, sink: Any) -> int:  # noqa: ANN401
    """Push along one shortest way with room; how much."""
    came: dict[Any, Any] = {source: None}
    queue = deque([source])
    while queue and sink not in came:
        node = queue.popleft()
        for other, room in capacity[node].items():
            if room and other not in came:
                came[other] = node
                queue.append(other)
    if sink not in came:
        return 0
    way = [sink]
    while came[way[-1]] is not None:
        way.append(came[way[-1]])
    steps = list(zip(way[1:], way, strict=False))
    units = min(capacity[start][end] for start, end in steps)
    for start, end in steps:
        capacity[start][end] -= units
        capacity[end][start] += units
    return units
