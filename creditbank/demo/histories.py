"""What a demo learner has done so far: attempts, awards, corrections, as ledger rows in order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from creditbank.demo.scales import scale_of, written
from creditbank.domain.attempts import Attempt, AttemptOutcome, attempt_outcome
from creditbank.domain.award_values import competition_units, innovation_units
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Problem
from creditbank.domain.evidence import (
    competition_evidence_key,
    course_evidence_key,
    innovation_evidence_key,
    reversal_evidence_key,
    substitution_evidence_key,
)
from creditbank.domain.ledger import GENESIS_HASH
from creditbank.domain.marks import read_mark, tenths_text
from creditbank.domain.plans import PlanCourse
from creditbank.domain.policies import Policy
from creditbank.store.ledger import chained

LAST_SEMESTER = 6
_CONTESTS = (
    "全国职业院校技能大赛", "山东省职业院校技能大赛", "济南市中职技能大赛", "平阴县技能节",
    "文明风采活动", "青少年科技创新大赛", "创新创业大赛",
)  # fmt: skip
_AWARDS = (
    (AwardLevel.PROVINCE, AwardRank.SECOND), (AwardLevel.PROVINCE, AwardRank.THIRD),
    (AwardLevel.CITY, AwardRank.FIRST), (AwardLevel.CITY, AwardRank.SECOND),
    (AwardLevel.CITY, AwardRank.THIRD), (AwardLevel.COUNTY, AwardRank.FIRST),
    (AwardLevel.COUNTY, AwardRank.SECOND), (AwardLevel.SCHOOL, AwardRank.FIRST),
)  # fmt: skip
_ACHIEVEMENTS = (
    (InnovationCategory.SOCIAL_PRACTICE, "暑期社会实践", 5, 4),
    (InnovationCategory.VOLUNTEERING, "玫瑰节志愿服务", 20, 4),
    (InnovationCategory.SCHOOL_PROJECT, "校内创新项目", 1, 2),
    (InnovationCategory.PUBLISHED_WORK, "校刊公开发表作品", 1, 1),
    (InnovationCategory.SOFTWARE_COPYRIGHT, "软件著作权", 1, 1),
    (InnovationCategory.PATENT_UTILITY, "实用新型专利", 1, 1),
    (InnovationCategory.TECHNICAL_INNOVATION, "技术革新成果", 1, 1),
    (InnovationCategory.ENTERPRISE, "学生创业项目", 1, 1),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all histories of one school and cohort share. terms: past ones, oldest first.

    until: the last day of which anything is known.
    """

    institution_id: int
    entry_year: int
    terms: tuple[Term, ...]
    posted_by: int
    policy: Policy
    until: date

    @property
    def study_terms(self) -> tuple[Term, ...]:
        """The past terms in which the cohort studied: none after the third year."""
        return self.terms[:LAST_SEMESTER]


class History:
    """One learner's ledger in the making, chained row by row."""

    def __init__(self, setting: Setting, learner_id: int, generator: random.Random) -> None:
        self.rows: list[dict[str, Any]] = []
        self.head = GENESIS_HASH
        self._booked: dict[str, dict[str, Any]] = {}
        self.setting = setting
        self.learner_id = learner_id
        self._random = generator

    def attempt(
        self,
        course: PlanCourse,
        term_no: int,
        kind: ExamKind,
        mark: str,
        *,
        sitting: int = 0,
        proof_no: str = "",
    ) -> dict[str, Any]:
        """One attempt in the learner's term_no-th term, recorded by the rules of posting.

        mark: out of 100, written on the course's own scale. sitting: 0 at the end of the term,
        1 to 3 the rounds of exams that follow it.
        """
        term = self.setting.terms[term_no]
        scale = scale_of(course)
        text = written(mark, scale)
        outcome = _outcome(text, scale, kind, course.units, self.setting.policy, proof_no)
        units = outcome.units
        said = {"raw_mark": outcome.raw} if outcome.raw else {}
        if proof_no:
            said["proof_no"] = proof_no
        revision = sum(
            row["kind"] == "reversal"
            and row["course_code"] == course.course_code
            and row["term_code"] == term.code
            for row in self.rows
        )
        return self._add(
            kind="course",
            units=units,
            hours=course.theory_hours + course.practice_hours if units else 0,
            earned_on=self._day_of(term, sitting),
            course_code=course.course_code,
            term_code=term.code,
            exam_kind=kind.value,
            scale=scale.value,
            mark=outcome.mark,
            passed=outcome.passed,
            grade_point=outcome.grade_point,
            evidence_key=course_evidence_key(course.course_code, term, kind, revision),
            detail={
                "title": course.name,
                "nature": _nature(course),
                "practice_hours": course.practice_hours if units else 0,
                **said,
            },
        )

    def reverse(self, row: dict[str, Any], reason: str) -> None:
        """Take an entry back."""
        self._add(
            kind="reversal",
            units=-row["units"],
            hours=-row["hours"],
            earned_on=row["earned_on"] + timedelta(days=3),
            course_code=row["course_code"],
            term_code=row["term_code"],
            source_seq=row["ledger_seq"],
            evidence_key=reversal_evidence_key(row["ledger_seq"]),
            detail={"title": row["detail"]["title"], "reason": reason},
        )

    def competition(self, serial: int, term_no: int) -> dict[str, Any]:
        """One award in some contest of that term's year."""
        term = self.setting.terms[term_no]
        level, rank = self._random.choice(_AWARDS)
        role = self._random.choice((TeamRole.INDIVIDUAL, TeamRole.CAPTAIN, TeamRole.MEMBER))
        earned_on = _end_of(term) - timedelta(days=20)
        event = f"{earned_on.year}年{self._random.choice(_CONTESTS)}"
        value = competition_units(level, rank, role, self.setting.policy)
        return self._add(
            kind="competition",
            units=value.units,
            earned_on=earned_on,
            evidence_key=competition_evidence_key(event, level, earned_on, 0),
            evidence_no=f"JS{term.first_year}{serial:07d}",
            detail={
                "title": event,
                "event": event,
                "level": level.value,
                "rank": rank.value,
                "team_role": role.value,
                "document_no": f"平教赛〔{term.first_year}〕{serial % 90 + 1}号",
                "policy_keys": " ".join(value.keys),
                "references": "; ".join(dict.fromkeys(value.references)),
            },
        )

    def achievement(self, serial: int, term_no: int) -> dict[str, Any]:
        """One innovation achievement, mostly practice and volunteering."""
        category, title, quantity, _ = self._random.choices(
            _ACHIEVEMENTS, weights=[item[3] for item in _ACHIEVEMENTS]
        )[0]
        number = "" if quantity > 1 else f"CX{serial:08d}"
        return self._innovation(category, title, quantity, CertificateLevel.NONE, number, term_no)

    def certificate(
        self, name: str, level: CertificateLevel, serial: int, term_no: int
    ) -> dict[str, Any]:
        """A 职业技能等级 certificate with a number of 22 characters."""
        grade = {"elementary": 5, "intermediate": 4, "advanced": 3}[level.value]
        year = _end_of(self.setting.terms[term_no]).year % 100
        number = f"Y000137012400{year:02d}{grade}{serial:06d}"
        title = f"{name}职业技能等级证书"
        return self._innovation(
            InnovationCategory.SKILL_CERTIFICATE, title, 1, level, number, term_no
        )

    def substitution(self, award: dict[str, Any], block_code: str, units: int) -> None:
        """An approved substitution in double entry."""
        pair = len(self.rows) + 1
        for side, moved, block in (("from", -units, None), ("to", units, block_code)):
            self._add(
                kind="substitution",
                units=moved,
                earned_on=award["earned_on"] + timedelta(days=10),
                block_code=block,
                source_seq=award["ledger_seq"],
                evidence_key=substitution_evidence_key(award["ledger_seq"], block_code, side, pair),
                detail={
                    "title": award["detail"]["title"],
                    "document_no": f"教指委〔{award['earned_on'].year}〕{pair}号",
                },
            )

    def _innovation(
        self,
        category: InnovationCategory,
        title: str,
        quantity: int,
        level: CertificateLevel,
        number: str,
        term_no: int,
    ) -> dict[str, Any]:
        term = self.setting.terms[term_no]
        earned_on = _end_of(term) - timedelta(days=self._random.randrange(5, 60))
        value = innovation_units(category, quantity, level, self.setting.policy)
        return self._add(
            kind="innovation",
            units=value.units,
            earned_on=earned_on,
            evidence_key=innovation_evidence_key(category, title, number, earned_on.isoformat(), 0),
            evidence_no=number or None,
            detail={
                "title": title,
                "category": category.value,
                "quantity": quantity,
                "certificate_level": level.value,
                "valid_until": "",
                "policy_keys": " ".join(value.keys),
                "references": "; ".join(dict.fromkeys(value.references)),
            },
        )

    def _day_of(self, term: Term, sitting: int) -> date:
        """The rounds after the last term came quickly, or they would not have come yet."""
        day = _end_of(term) + timedelta(days=_ROUNDS[sitting])
        return day if day <= self.setting.until else _end_of(term) + timedelta(days=2 * sitting)

    def _add(self, **columns: Any) -> dict[str, Any]:  # noqa: ANN401 (columns of the row)
        if columns["evidence_key"] in self._booked:
            return self._booked[columns["evidence_key"]]  # the same award drawn again
        row = chained(
            {
                **_EMPTY,
                "institution_id": self.setting.institution_id,
                "learner_id": self.learner_id,
                "ledger_seq": len(self.rows) + 1,
                "policy_version": self.setting.policy.version,
                "posted_by": self.setting.posted_by,
                "recorded_at": datetime.combine(columns["earned_on"], time(8), UTC),
                **columns,
            },
            self.head,
        )
        self.rows.append(row)
        self.head = row["entry_hash"]
        self._booked[row["evidence_key"]] = row
        return row


_EMPTY: dict[str, Any] = {
    "hours": 0, "course_code": None, "term_code": None, "exam_kind": None, "scale": None,
    "mark": None, "passed": None, "grade_point": None, "block_code": None, "source_seq": None,
    "evidence_no": None, "batch_id": None,
}  # fmt: skip


_ROUNDS = (0, 30, 40, 50)
_FAILED_BEFORE = (Attempt(ExamKind.NORMAL, passed=False, units=0, ledger_seq=1),)
_outcomes: dict[tuple[str, GradingScale, ExamKind, int, str, str], AttemptOutcome] = {}


def _outcome(
    mark: str, scale: GradingScale, kind: ExamKind, units: int, policy: Policy, proof_no: str
) -> AttemptOutcome:
    """What posting would have recorded; kept, because the county repeats itself."""
    key = (mark, scale, kind, units, policy.version, proof_no)
    if key not in _outcomes:
        read = read_mark(mark, scale, kind, policy)
        outcome = read if isinstance(read, Problem) else attempt_outcome(
            read, kind, course_units=units, earlier=_FAILED_BEFORE, policy=policy,
            proof_no=proof_no,
        )  # fmt: skip
        if isinstance(outcome, Problem):
            raise ValueError(outcome.message.en)
        _outcomes[key] = outcome
    return _outcomes[key]


def percent(generator: random.Random, ability: float, spread: float = 8.0) -> str:
    """A mark out of 100, a third of them with a half point."""
    tenths = round(generator.gauss(ability, spread) * 10)
    tenths = max(200, min(1000, tenths))
    step = 5 if generator.random() < 0.3 else 10  # noqa: PLR2004 (a third)
    return tenths_text(tenths // step * step)


def _end_of(term: Term) -> date:
    return date(term.first_year + 1, 1, 16) if term.semester == 1 else date(
        term.first_year + 1, 6, 22
    )  # fmt: skip


def _nature(course: PlanCourse) -> str:
    return {"XX": "2", "XB": "2", "RX": "3", "XK": "3", "SX": "5", "GS": "5", "HD": "5"}.get(
        course.block_code, "1"
    )


def past_terms(entry_year: int, anchor: date) -> tuple[Term, ...]:
    """The terms a cohort has behind it on the anchor day (30 June, 31 January), oldest first."""
    years: Sequence[int] = range(entry_year, anchor.year)
    found = (Term(year, semester) for year in years for semester in (1, 2))
    return tuple(term for term in found if _end_of(term) <= anchor)
