"""Random transfers: plans on either side, a recognition table, marks, awards, earlier returns.

One in four goes between the demo's own plans by the shipped table, in both directions; the others
between random plans by random tables. Nothing here knows how a recognition is found.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from creditbank.demo import high_school, vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Authority, Policy, PolicyScalar, PolicyValue, resolve
from creditbank.domain.recognition_rules import DIRECTIONS, RecognitionRule, Relation, in_force
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility.recognition import Transfer
from creditbank.store.recognition_rules import shipped_rules
from tests.proofs.cases import AS_OF, NATURES, TAGS, UNITS, VALUES, Case, make_case

SUBJECTS = ("语文", "数学", "物理", "化学", "机械", "艺术")
ELECTIVES = (CourseNature.RESTRICTED_ELECTIVE, CourseNature.FREE_ELECTIVE)
_FIRST_SOURCE = 100
_START = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class TransferCase:
    """A transfer, and the receiving side as a case of the oracle. common: common blocks of here."""

    transfer: Transfer
    case: Case
    common: tuple[str, ...]
    features: Counter[str] = field(compare=False)


def make_transfer(seed: int) -> TransferCase:
    """The same for the same seed."""
    chance = random.Random(seed)
    return _demo(chance) if seed % 4 == 0 else _free(chance, seed)


def _free(chance: random.Random, seed: int) -> TransferCase:
    case = make_case(seed)
    there = _named(chance, case.plan, required=0.7)
    here = _named(chance, make_case(seed + 10**6).plan, required=0.5)
    is_return = chance.random() < 0.5
    kept = case.snapshot.records if is_return else tuple(
        record for record in case.snapshot.records if record.kind in {EntryKind.COMPETITION,
                                                                      EntryKind.INNOVATION}
    )  # fmt: skip
    passed = _passed(chance, here)
    into = chance.choice(DIRECTIONS)
    rules = tuple(_rule(chance, at, into) for at in range(chance.randint(2, 7)))
    tested = frozenset(rule.code for rule in rules if chance.random() < 0.5)
    features = Counter({"free": 1, "return": is_return, into.value: 1})
    return _case(case, here, there, kept, passed, rules, tested, common=("B0",), features=features)


def _case(
    case: Case,
    here: Plan,
    there: Plan,
    kept: tuple[Record, ...],
    passed: tuple[Record, ...],
    rules: tuple[RecognitionRule, ...],
    tested: frozenset[str],
    *,
    common: tuple[str, ...],
    features: Counter[str],
) -> TransferCase:
    """What is left goes along as from outside, as the learner's one ledger has it."""
    outside = [replace(item, is_outside=not item.is_outside) for item in passed]
    snapshot = replace(case.snapshot, records=(*kept, *outside))
    for rule in rules:
        features[rule.relation.value] += 1
        features["test"] += rule.needs_test
        features["cap"] += rule.units_max is not None
        features["major"] += not rule.sources
    features["exception"] += bool(snapshot.exceptions)
    transfer = Transfer(
        passed, here, there, snapshot, _policy(tuple(sorted(case.policy.items())), common),
        rules, AS_OF, tested,
    )  # fmt: skip
    case = replace(case, plan=there, snapshot=snapshot)
    return TransferCase(transfer, case, common, features)


@cache
def _policy(values: tuple[tuple[str, int], ...], common: tuple[str, ...]) -> Policy:
    given: dict[str, PolicyScalar] = {
        **dict(values), "duration.suspension_counts": False, "plan.common_blocks": " ".join(common)
    }  # fmt: skip
    found = (
        PolicyValue(key, value, Authority.COUNTY, _START, "测1号") for key, value in given.items()
    )
    return resolve(found, institution_id=1, as_of=AS_OF)


def _named(chance: random.Random, plan: Plan, *, required: float) -> Plan:
    """With subjects for names, some courses required, some blocks elective."""
    return replace(
        plan,
        blocks=tuple(
            replace(block, nature=chance.choice((*NATURES, *ELECTIVES))) for block in plan.blocks
        ),
        courses=tuple(
            replace(
                course,
                name=f"{chance.choice(SUBJECTS)}{at}",
                is_required=chance.random() < required,
            )
            for at, course in enumerate(plan.courses)
        ),
    )


def _passed(chance: random.Random, here: Plan) -> tuple[Record, ...]:
    """Courses of the school that is left, and what is no source: failed, received, in dispute."""
    records = []
    for seq, course in enumerate(here.courses * chance.choice((1, 2, 3)), start=_FIRST_SOURCE):
        code = course.course_code if seq - _FIRST_SOURCE < len(here.courses) else f"N{seq}"
        units = chance.choice((course.units, 2 * course.units, chance.choice(UNITS), 0))
        records.append(
            Record(
                seq, EntryKind.COURSE, units,
                date(2025, 1, 10), course.name, code, passed=chance.random() < 0.9,
                nature=chance.choice(NATURES), is_outside=chance.random() < 0.08,
                disputed=chance.random() < 0.04,
                tags=tuple(tag for tag in TAGS if chance.random() < 0.3),
            )
        )  # fmt: skip
    if chance.random() < 0.3:
        last = _FIRST_SOURCE + len(records)
        records.append(replace(records[0], ledger_seq=last))
        records.append(replace(records[0], ledger_seq=last + 1, kind=EntryKind.RECOGNITION))
    chance.shuffle(records)
    return tuple(records)


def _rule(chance: random.Random, number: int, into: InstitutionKind) -> RecognitionRule:
    relation = chance.choices(tuple(Relation), (3, 5, 4, 1))[0]
    is_elective = relation is Relation.ELECTIVE
    into_courses = relation in {Relation.SAME, Relation.SIMILAR}
    sources = _subjects(chance) if not is_elective or chance.random() < 0.6 else ()
    return RecognitionRule(
        code=f"L-{number}",
        into=into,
        relation=relation,
        sources=sources,
        targets=_subjects(chance) if into_courses else (),
        target_nature=chance.choice(ELECTIVES) if is_elective else None,
        ratio_percent=100
        if relation is Relation.SAME
        else chance.choice((100, 100, 90, 75, 67, 50, 33, 1)),
        units_max=chance.choice((None, None, 250, 600, 1400)),
        needs_test=chance.random() < 0.25,
        document_no="测2号",
        valid_from=_START,
    )


def _subjects(chance: random.Random) -> tuple[str, ...]:
    found = chance.sample(SUBJECTS, chance.randint(1, 3))
    return tuple(
        f"{name}{chance.randint(0, 7)}" if chance.random() < 0.2 else name for name in found
    )


def _demo(chance: random.Random) -> TransferCase:
    """Between the plans of the demo county, some courses and lines gone or changed."""
    own = vocational.plan_of(chance.choice(MAJORS), plan_id=1, institution_id=1)
    other = high_school.plan_of(plan_id=2, institution_id=2)
    here, there = chance.choice(((own, other), (other, own)))
    into = DIRECTIONS[there is other]
    share, back = chance.choice((0.2, 0.5, 0.9)), chance.choice((0, 0, 0.3))
    passed = tuple(
        Record(
            seq, EntryKind.COURSE, course.units, date(2025, 1, 10), course.name, course.course_code
        )
        for seq, course in enumerate(here.courses, start=_FIRST_SOURCE)
        if chance.random() < share
    )
    kept = tuple(
        Record(seq, EntryKind.COURSE, course.units, AS_OF, course.name, course.course_code)
        for seq, course in enumerate(there.courses, start=1)
        if chance.random() < back
    )
    rules = tuple(
        replace(
            rule,
            units_max=chance.choice((rule.units_max, rule.units_max, None, 500)),
            ratio_percent=100 if rule.relation is Relation.SAME else chance.choice((100, 70, 50)),
        )
        for rule in in_force(shipped_rules(), into=into, as_of=AS_OF)
        if chance.random() < 0.9
    )
    policy = {key: values[0] for key, values in VALUES.items()}
    case = Case(there, _newcomer(), policy, Counter())
    features = Counter({"demo": 1, "return": back > 0, into.value: 1})
    return _case(
        case, here, there, kept, passed, rules, frozenset(), common=("GG",), features=features
    )


def _newcomer() -> Snapshot:
    return Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=1,
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2025, 9, 1),
        entry_year=2025,
        suspended_semesters=0,
        records=(),
    )
