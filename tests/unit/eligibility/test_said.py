"""Every sentence of the engine as people read it, word for word, beside its situation.

said.yaml is what was agreed; whoever changes a sentence changes it there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import PlanCourse, Substitution
from creditbank.domain.snapshots import Record, SanctionLevel
from creditbank.domain.verdicts import (
    BlockResult,
    ConditionResult,
    Outcome,
    Placement,
    SubjectKind,
    Use,
    Verdict,
)
from creditbank.eligibility.condition_words import condition_sentence, value_words
from creditbank.eligibility.fillers import Filler
from creditbank.eligibility.gap import Choice, Gap, Proposal
from creditbank.eligibility.gap_words import gap_sentences, offer_name
from creditbank.eligibility.offers import Offer
from creditbank.eligibility.sentences import fill_sentence, first_sentence, sentences
from creditbank.registry.moves import major_change_words, transfer_words
from tests.factories.plan_documents import block, cap, found, plan
from tests.factories.policies import shipped_policy

SAID = yaml.safe_load(Path(__file__).with_name("said.yaml").read_text("utf-8"))
_DAY = date(2026, 5, 20)
_PASSED, _PENDING = ("passed", "pending"), ("passed", "failed")
_ASKED: dict[str, tuple[str, ...]] = {
    "conduct": _PENDING,
    "internship": ("started", "not_started"),
    "academic_pass_exams": ("3", "1", "语文", "外语"),
    "comprehensive_evaluation": _PASSED,
    "status": ("01", "02"),
    "min_duration": ("24", "2026-09-01"),
    "in_class_since_entry": ("since_entry", ""),
    "year_of_study": ("3", "2"),
    "credits_to_date": ("9000", "8850"),
    "no_failed_core": ("0", "2", "ZH1", "ZH2"),
    "no_sanction": ("3", "4"),
    "certificate": ("intermediate", ""),
    "exam_registration": _PASSED,
    "medical_check": _PASSED,
    "choice.ZH": ("2", "1", "ZH3", "ZH4"),
    "hours.P": ("1650", "1600"),
    "floor.SJ": ("3000", "2850"),
}
_VALUES = (
    "pending", "passed", "failed", "started", "not_started", "", "elementary", "intermediate",
    "advanced", "7",
)  # fmt: skip


def _condition(code: str, *, name_en: str = "Major") -> ConditionResult:
    required, actual, *missing = _ASKED[code]
    return ConditionResult(
        code, met=False, required=required, actual=actual, missing_codes=tuple(missing),
        name="专业课", name_en=name_en,
    )  # fmt: skip


def _sanction(required: str, actual: str) -> ConditionResult:
    return ConditionResult("no_sanction", met=False, required=required, actual=actual)


def _verdict(outcome: Outcome = Outcome.NOT_YET, **changes) -> Verdict:
    verdict = Verdict(
        subject_kind=SubjectKind.GRADUATION, subject_id=1, learner_id=1, enrolment_id=1,
        ledger_seq=9, facts_seq=1, plan_id=1, policy_version="p", engine_version="e", as_of=_DAY,
        outcome=outcome, required_units=17_000, counted_units=16_850, shortfall_units=250,
        blocks=(), conditions=(), placements=(), proof=(),
    )  # fmt: skip
    return replace(verdict, **changes)


_BLOCKS = (
    BlockResult("XX", "专业选修", "Electives of the major", 900, 600, 0, 0, 300),
    BlockResult("RX", "任选", "", 800, 550, 0, 0, 250),
    BlockResult("GG", "公共基础", "Common", 5700, 5700, 0, 0, 0),
)


def _filler(courses: int, awards: Substitution) -> Filler:
    found = (
        PlanCourse(f"C{number}", f"课程{number}", "RX", 200, 0, 0, 1)
        for number in range(1, courses + 1)
    )
    return Filler("RX", 200, tuple(found), awards)


def _course(number: int) -> Offer:
    record = Record(0, EntryKind.COURSE, 150, _DAY, f"课程{number}", f"C{number}")
    return Offer(f"C{number}", 1, 27, number, record)


def _prize(level: AwardLevel, rank: AwardRank) -> Offer:
    record = Record(0, EntryKind.COMPETITION, 200, _DAY, "奖", category="competition")
    return Offer("competition", 1, 60, 1, record, level=level.value, rank=rank.value)


def _innovation(
    category: InnovationCategory, level: CertificateLevel = CertificateLevel.NONE, number: int = 1
) -> Offer:
    record = Record(
        0, EntryKind.INNOVATION, 100, _DAY, "证", category=category.value, certificate_level=level
    )
    return Offer(f"innovation.{category.value}", number, 40, 1, record, quantity=5)


def _gap(*choices: Choice, bounded: bool = False) -> Gap:
    return Gap(
        250, is_closed=False, proposals=(Proposal(choices),) if choices else (), is_bounded=bounded
    )


def _several(count: int, *instead: int) -> Choice:
    numbers = range(1, count + 1)
    return Choice(tuple(map(_course, numbers)), tuple(map(_course, instead)))


def _practice(number: int) -> Offer:
    return _innovation(InnovationCategory.SOCIAL_PRACTICE, number=number)


_GAPS = {
    "nothing proposed": _gap(),
    "nothing proposed, not all compared": _gap(bounded=True),
    "one course, not all compared": _gap(_several(1), bounded=True),
    "one course or three others": _gap(_several(1, 11, 12, 13)),
    "one course or four others": _gap(_several(1, 11, 12, 13, 14)),
    "two courses": _gap(_several(2)),
    "three ways": Gap(250, is_closed=False, proposals=(Proposal((_several(1),)),) * 3),
    "six courses": _gap(_several(6)),
    "seven courses": _gap(_several(7)),
    "eight courses in three choices": _gap(_several(4), _several(2), _several(2)),
    "seven courses in two choices": _gap(_several(5), _several(2)),
    "the same award twice": _gap(Choice((_practice(1), _practice(2)))),
    "an award or a course": _gap(
        Choice((_prize(AwardLevel.CITY, AwardRank.FIRST),), (_course(3),)), _several(1)
    ),
}  # fmt: skip
_ONE_COURSE = {
    "code": "f", "name": "最低", "name_en": "", "selector": {"course_codes": ["B1"]},
    "credits_min": "3",
}  # fmt: skip
_HOURS = {
    "code": "h", "name": "实践", "name_en": "", "selector": {}, "practice_only": True,
    "hours_min": 217,
}  # fmt: skip
_OUTSIDE = [{"selector": {"is_outside": True}, "way": "earn"}]
_UNREACHABLE: dict[str, dict[str, Any]] = {
    "a block": {"caps": [cap("3.5", blocks=("B",))]},
    "blocks together": {"caps": [cap("9.5", kinds=["course"])]},
    "a floor of credits": {"floors": [_ONE_COURSE]},
    "a floor of hours": {"hours_floors": [_HOURS]},
    "the total": {"credits_min": "13.5"},
    "all at once": {
        "blocks": [block("A", "6"), block("B", "4", credits_max="4", accepts=_OUTSIDE)],
        "floors": [
            {
                **_ONE_COURSE,
                "code": least,
                "selector": {"is_outside": outside},
                "credits_min": least,
            }
            for outside, least in ((True, "2"), (False, "9"))
        ],
    },
}
_POLICY = shipped_policy()
_MOVES = {
    "within the field": lambda semester: major_change_words("660103", "660301", semester, _POLICY),
    "across fields": lambda semester: major_change_words("660103", "710201", semester, _POLICY),
    "to a general school": lambda semester: transfer_words(
        InstitutionKind.GENERAL_HIGH_SCHOOL, semester, _POLICY
    ),
    "to a vocational school": lambda semester: transfer_words(
        InstitutionKind.VOCATIONAL_SCHOOL, semester, _POLICY
    ),
}


def everything_said(language) -> dict[str, object]:
    """By situation, in one language."""
    groups = (_of_conditions, _of_verdicts, _of_blocks, _of_awards, _of_moves, _of_plans)
    return {name: words for group in groups for name, words in group(language)}


def _of_conditions(language) -> Iterator[tuple[str, object]]:
    for code in _ASKED:
        yield f"condition {code}", condition_sentence(_condition(code), language)
    nameless = _condition("choice.ZH", name_en="")
    yield "condition without an English name", condition_sentence(nameless, language)
    for level in ("", *SanctionLevel):
        yield f"sanction {level or 'none'}", condition_sentence(_sanction("1", level), language)
    for value in _VALUES:
        yield f"value {value!r}", value_words(value, language)


def _of_verdicts(language) -> Iterator[tuple[str, object]]:
    for outcome in Outcome:
        yield f"outcome {outcome}", first_sentence(_verdict(outcome), language)
    unmet = _condition("conduct")
    met = unmet._replace(met=True)
    for outcome in Outcome:
        verdict = _verdict(outcome, blocks=_BLOCKS, conditions=(unmet, met, met))
        yield f"points of {outcome}", len(sentences(verdict, language))
    enough = _verdict(shortfall_units=0, counted_units=17_000)
    yield "credits are enough", first_sentence(enough, language)
    for use in Use:
        placed = (Placement(1, "", 150, use), Placement(2, "", 100, use))
        yield f"use {use}", sentences(_verdict(placements=placed), language)[1:]


def _of_blocks(language) -> Iterator[tuple[str, object]]:
    yield "blocks", sentences(_verdict(blocks=_BLOCKS), language)
    for proof in ((), ("XX",), ("XX", "RX"), ("XX", "RX", "GG")):
        found = sentences(_verdict(blocks=_BLOCKS, proof=proof), language)
        yield f"conflict of {len(proof)}", found[3:]
    for awards in Substitution:
        for courses in (0, 1, 4, 5):
            words = fill_sentence(_filler(courses, awards), language)
            yield f"fill by {courses} courses, awards {awards}", words


def _of_awards(language) -> Iterator[tuple[str, object]]:
    for level in AwardLevel:
        yield f"level {level}", offer_name(_prize(level, AwardRank.FIRST), language)
    for rank in AwardRank:
        yield f"rank {rank}", offer_name(_prize(AwardLevel.CITY, rank), language)
    for category in set(InnovationCategory) - {InnovationCategory.SKILL_CERTIFICATE}:
        yield f"award {category}", offer_name(_innovation(category), language, count=2)
    for certificate in set(CertificateLevel) - {CertificateLevel.NONE}:
        offer = _innovation(InnovationCategory.SKILL_CERTIFICATE, certificate)
        yield f"certificate {certificate}", offer_name(offer, language)
    for name, gap in _GAPS.items():
        yield f"gap, {name}", gap_sentences(gap, language)


def _of_moves(language) -> Iterator[tuple[str, object]]:
    for name, words in _MOVES.items():
        for semester in (1, 6):
            said = getattr(words(semester), language)
            yield f"move {name} in semester {semester}", said


def _of_plans(language) -> Iterator[tuple[str, object]]:
    for name, changes in _UNREACHABLE.items():
        faults = (fault for fault in found(plan(**changes)) if not fault.is_warning)
        yield f"out of reach, {name}", [getattr(fault.message, language) for fault in faults]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sentence_is_as_agreed(language):
    said = everything_said(language)
    assert {name: {language: words} for name, words in said.items()} == {
        name: {language: both[language]} for name, both in SAID.items()
    }
