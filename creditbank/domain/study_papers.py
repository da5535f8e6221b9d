"""成绩单, 学分证明, 毕业资格审核表, 学习证明: what stands on the papers made from the books.

In words, as all papers: credits as decimal text, days as ISO text where a table wants them short.
"""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.paper_parts import About, Opinion
from creditbank.domain.verdicts import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedCourse:
    """One line of a transcript. The fields in English are "" on a Chinese one.

    name_en: of the catalogue, or in pinyin where that has none.
    """

    name: str
    nature: str
    hours: int
    credits: str
    mark: str
    exam: str
    name_en: str = ""
    nature_en: str = ""
    mark_en: str = ""
    exam_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTerm:
    """The courses of one semester."""

    label: str
    courses: tuple[MarkedCourse, ...]
    label_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtotal:
    """Credits of one sort of courses or outcomes."""

    name: str
    credits: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(About):
    """成绩单. entered: the month; gpa: "" without marks; legend: the scales, one line each.

    innovations: an award or outcome each, and what they stand in for; conduct: by semester.
    """

    student_no: str
    major: str
    class_name: str
    years: int
    entered: str
    terms: tuple[MarkedTerm, ...]
    subtotals: tuple[Subtotal, ...]
    total: str
    gpa: str
    innovations: tuple[str, ...]
    internship: str
    conduct: str
    legend: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BilingualTranscript(Transcript):
    """中英文成绩单. name_en: in pinyin, family name in capitals.

    uses_pinyin: some course has no English name in the catalogue.
    """

    name_en: str
    school_en: str
    major_en: str
    sex_en: str
    entered_en: str
    innovations_en: tuple[str, ...]
    internship_en: str
    conduct_en: str
    legend_en: tuple[str, ...]
    uses_pinyin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedOutcome:
    """One line of a 对账单. valid_until: "" where it does not expire; recognition_no: 认定编号."""

    kind: str
    name: str
    unit: str
    day: str
    credits: str
    valid_until: str
    recognition_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTotal:
    """One type: booked; converted: 已转换, counts for graduation; convertible: 可转换, is left."""

    kind: str
    count: int
    booked: str
    converted: str
    convertible: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStatement(About):
    """学分银行对账单. totals: by type; total: of all of them."""

    account_no: str
    student_no: str
    major: str
    class_name: str
    outcomes: tuple[BookedOutcome, ...]
    totals: tuple[OutcomeTotal, ...]
    total: OutcomeTotal


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedBlock:
    """One module: 要求, 已得, 替代, 认定, 差额."""

    name: str
    required: str
    earned: str
    substituted: str
    recognised: str
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCondition:
    """One condition without credits."""

    name: str
    required: str
    actual: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GradAudit(About):
    """毕业资格审核表. outcome: the verdict's code, to be compared later; conclusion: in words."""

    student_no: str
    major: str
    class_name: str
    entry_year: int
    years: int
    plan: str
    blocks: tuple[AuditedBlock, ...]
    required: str
    counted: str
    missing: str
    conditions: tuple[AuditedCondition, ...]
    conduct: str
    internship: str
    sanctions: str
    exceptions: tuple[str, ...]
    outcome: str
    conclusion: str
    opinions: tuple[Opinion, ...]


def says_the_same(said: Outcome, judged: Outcome) -> bool:
    """Whether a conclusion still holds: early is graduation too, and leaving decides nothing.

    The database compares in the same way where it lists papers (store.papers).
    """
    graduates = {Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY}
    return judged in {said, Outcome.CLOSED} or {said, judged} <= graduates


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLearner:
    """One line of a class's list. outcome: the verdict's code."""

    student_no: str
    name: str
    required: str
    counted: str
    missing: str
    conduct: str
    internship: str
    sanctions: str
    outcome: str
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAudit:
    """毕业资格审核汇总表. counts: (conclusion, how many)."""

    school: str
    handler: str
    major: str
    class_name: str
    entry_year: int
    learners: tuple[AuditedLearner, ...]
    counts: tuple[tuple[str, int], ...]
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudiedCourse:
    """One course passed, on a 学习证明."""

    name: str
    hours: int
    credits: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCertificate(About):
    """写实性学习证明. title: what the school calls it; begun, ended: the months; left: how.

    total: of the courses; awarded: 创新实践 credits beside them, "" without any.
    """

    title: str
    student_no: str
    major: str
    class_name: str
    entry_year: int
    years: int
    begun: str
    ended: str
    left: str
    courses: tuple[StudiedCourse, ...]
    total: str
    awarded: str
    required: str
