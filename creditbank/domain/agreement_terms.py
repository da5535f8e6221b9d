"""What an agreement asks and how it counts (协议条款), in versions: the latest in force speaks.

What belongs here: the words of one version and what can be wrong with it by itself. Who the
partners are, majors, levels, years and cohort is the agreement's identity (domain.agreements) and
never changes; whether a change may still be made is decided by services.agreements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.agreements import HardCondition
from creditbank.domain.awards import AwardLevel
from creditbank.domain.errors import Message, Problem

WEIGHT_TOTAL = 100
FULL_TOTAL = 10_000
"""Full marks of the weighted total: 100 in hundredths."""
DAYS_MAX, ATTEMPTS_MAX, QUOTA_MAX = 60, 5, 2_000
FULL_MARKS_MAX = 100_000
"""1000 points in hundredths; the culture papers together have 750."""
DOCUMENT_MAX, REASON_MAX = 60, 200


class ScoreKind(StrEnum):
    """What a score is of: 课程平均 文化基础 专业基础知识 专业基本技能 综合素质."""

    COURSE_AVERAGE = "course_average"
    CULTURE_EXAM = "culture_exam"
    KNOWLEDGE_TEST = "knowledge_test"
    SKILL_TEST = "skill_test"
    QUALITY = "quality"


class TieBreak(StrEnum):
    """What decides between equal totals: a score of the agreement."""

    COURSE_AVERAGE = "course_average"
    CULTURE_EXAM = "culture_exam"
    KNOWLEDGE_TEST = "knowledge_test"
    SKILL_TEST = "skill_test"
    QUALITY = "quality"


class ExemptionEffect(StrEnum):
    """What 免测 does: the skill test counts full marks, or its weight goes to the other scores."""

    FULL_MARKS = "full_marks"
    SPREAD = "spread"


class AssessmentDimension(StrEnum):
    """过程考核: 思想品德 学习 社会实践 技能大赛与证书 身体健康 特长 (鲁教学发〔2015〕3号)."""

    CONDUCT = "conduct"
    STUDY = "study"
    PRACTICE = "practice"
    CONTESTS = "contests"
    HEALTH = "health"
    TALENT = "talent"


AWARD_LEVELS = (
    AwardLevel.SCHOOL,
    AwardLevel.COUNTY,
    AwardLevel.CITY,
    AwardLevel.PROVINCE,
    AwardLevel.NATIONAL,
    AwardLevel.INTERNATIONAL,
)
"""From the lowest to the highest; their codes do not sort."""


ANNOUNCED_SCORES = frozenset({ScoreKind.CULTURE_EXAM, ScoreKind.KNOWLEDGE_TEST})
"""Whose pass line may be announced for everybody each year (domain.pass_lines)."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One score of the weighted total.

    full_marks, pass_mark: points in hundredths, pass_mark 0 for none. weight: percent.
    by_announced_line: the pass mark is the line announced for the year, and no number of its own.
    """

    kind: ScoreKind
    full_marks: int
    weight: int
    pass_mark: int = 0
    by_announced_line: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """One version of what an agreement says.

    version_no: from 1; 0 where an agreement has no version of its own and only what was signed
    stands. quota: places. scores: empty while none are agreed; nobody is ranked then. pass_total:
    hundredths of 100. exemption_level: an award of this level or a higher one exempts from the
    skill test, None for no exemption. notice_days, appeal_days: working days. attempts_max: how
    often one learner may try. allows_parallel_exam: 春季高考 may be sat beside the tests.
    """

    agreement_id: int
    version_no: int
    in_force_from: date
    document_no: str
    reason: str = ""
    quota: int
    valid_from: date
    valid_to: date
    hard_conditions: tuple[HardCondition, ...]
    scores: tuple[ScorePart, ...] = ()
    pass_total: int = 0
    tie_breaks: tuple[TieBreak, ...] = ()
    exemption_level: AwardLevel | None = None
    exemption_effect: ExemptionEffect = ExemptionEffect.FULL_MARKS
    assessment_dimensions: tuple[AssessmentDimension, ...] = ()
    notice_days: int = 0
    appeal_days: int = 0
    attempts_max: int = 1
    allows_parallel_exam: bool = False

    def part(self, kind: ScoreKind) -> ScorePart | None:
        """The score of this kind, None where the agreement does not count it."""
        return next((item for item in self.scores if item.kind is kind), None)

    def exempts(self, levels: Iterable[AwardLevel]) -> bool:
        """免测: whether awards of these levels exempt from the skill test."""
        if self.exemption_level is None or self.part(ScoreKind.SKILL_TEST) is None:
            return False
        least = AWARD_LEVELS.index(self.exemption_level)
        return any(AWARD_LEVELS.index(level) >= least for level in levels)


def latest_in_force(versions: Iterable[AgreementTerms], as_of: date) -> AgreementTerms | None:
    """The version that speaks on a day: of those that have begun, the one written last."""
    begun = [item for item in versions if item.in_force_from <= as_of]
    return max(begun, key=lambda item: (item.in_force_from, item.version_no), default=None)


def terms_problems(terms: AgreementTerms) -> Iterator[Problem]:
    """What is wrong with a version by itself; problems name the field."""
    yield from _word_problems(terms)
    yield from _number_problems(terms)
    yield from _score_problems(terms)
    yield from _exemption_problems(terms)


def _word_problems(terms: AgreementTerms) -> Iterator[Problem]:
    if not 1 <= len(terms.document_no.strip()) <= DOCUMENT_MAX:
        yield Problem("document_missing", _DOCUMENT, field="document_no")
    if len(terms.reason) > REASON_MAX or (terms.version_no > 1 and not terms.reason.strip()):
        yield Problem("reason_missing", _REASON, field="reason")
    if terms.valid_from >= terms.valid_to:
        yield Problem("validity", _VALIDITY, field="valid_to")
    kinds = [item.kind for item in terms.hard_conditions]
    if len(kinds) != len(set(kinds)):
        yield Problem("condition_twice", _CONDITION_TWICE, field="hard_conditions")


def _number_problems(terms: AgreementTerms) -> Iterator[Problem]:
    for field, value, least, most in (
        ("quota", terms.quota, 1, QUOTA_MAX),
        ("notice_days", terms.notice_days, 0, DAYS_MAX),
        ("appeal_days", terms.appeal_days, 0, DAYS_MAX),
        ("attempts_max", terms.attempts_max, 1, ATTEMPTS_MAX),
        ("pass_total", terms.pass_total, 0, FULL_TOTAL),
    ):
        if not least <= value <= most:
            yield Problem("out_of_range", _range(least, most), field=field)


def _score_problems(terms: AgreementTerms) -> Iterator[Problem]:
    kinds = [item.kind for item in terms.scores]
    if len(kinds) != len(set(kinds)):
        yield Problem("score_twice", _SCORE_TWICE, field="scores")
    for row, part in enumerate(terms.scores, start=1):
        sound = (
            0 < part.full_marks <= FULL_MARKS_MAX
            and 0 <= part.pass_mark <= part.full_marks
            and 1 <= part.weight <= WEIGHT_TOTAL
        )
        if not sound:
            yield Problem("score_part", _SCORE_PART, field="scores", row=row)
        if part.by_announced_line and (part.pass_mark or part.kind not in ANNOUNCED_SCORES):
            yield Problem("announced_line", _ANNOUNCED_LINE, field="scores", row=row)
    if terms.scores and sum(item.weight for item in terms.scores) != WEIGHT_TOTAL:
        yield Problem("weights", _WEIGHTS, field="scores")
    if len(terms.tie_breaks) != len(set(terms.tie_breaks)):
        yield Problem("tie_break_twice", _TIE_TWICE, field="tie_breaks")
    counted = {item.value for item in kinds}
    if any(item.value not in counted for item in terms.tie_breaks):
        yield Problem("tie_break_unknown", _TIE_UNKNOWN, field="tie_breaks")


def _exemption_problems(terms: AgreementTerms) -> Iterator[Problem]:
    if terms.exemption_level is None:
        return
    skill = terms.part(ScoreKind.SKILL_TEST)
    if skill is None:
        yield Problem("exemption", _EXEMPTION, field="exemption_level")
    elif terms.exemption_effect is ExemptionEffect.SPREAD and skill.weight == WEIGHT_TOTAL:
        yield Problem("exemption", _SPREAD, field="exemption_effect")


def _range(least: int, most: int) -> Message:
    return Message(
        f"请填{least}到{most}之间的整数。", f"Give a whole number from {least} to {most}."
    )


_DOCUMENT = Message(
    f"请填写文号(1-{DOCUMENT_MAX}字)。",
    f"Give the document number (1 to {DOCUMENT_MAX} characters).",
)
_REASON = Message(
    f"修订协议须写明理由(不超过{REASON_MAX}字)。",
    f"A new version needs its reason (at most {REASON_MAX} characters).",
)
_VALIDITY = Message(
    "有效期的截止日期须晚于起始日期。", "An agreement ends after the day on which it begins."
)
_CONDITION_TWICE = Message(
    "同一项资格条件只能列一次。", "A condition is listed once; delete the other line."
)
_SCORE_TWICE = Message("同一项成绩只能列一次。", "A score is listed once; delete the other line.")
_SCORE_PART = Message(
    "这一项成绩的满分、权重或合格线不对:满分大于0,权重1-100,合格线不高于满分。",
    "Full marks, weight or pass mark of this score are wrong: full marks above 0, a weight of 1 to"
    " 100, a pass mark not above full marks.",
)
_ANNOUNCED_LINE = Message(
    "只有文化基础考试和专业基础知识测试可以按当年公布的合格线,且不再另填分数。",
    "Only the culture examination and the knowledge test go by the line announced each year, and"
    " then have no pass mark of their own.",
)
_WEIGHTS = Message(
    "各项成绩的权重合计须为100%,请核对。", "The weights add up to 100 percent; check them."
)
_TIE_TWICE = Message(
    "同分排序的一项只能列一次。", "A tie-break is listed once; delete the other one."
)
_TIE_UNKNOWN = Message(
    "同分排序只能用本协议计分的成绩。",
    "A tie is decided by a score that this agreement counts.",
)
_EXEMPTION = Message(
    "协议没有专业技能测试,不能约定免测。",
    "Without a skill test there is nothing to be exempted from.",
)
_SPREAD = Message(
    "技能测试占100%时,免测者没有其他成绩可分摊权重,请改为按满分计。",
    "Where the skill test is the whole total its weight cannot go elsewhere; count full marks.",
)
