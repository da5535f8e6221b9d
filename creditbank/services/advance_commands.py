"""What the services of the advance are told to do, and what they answer.

Each names an agreement and the learners of it that are meant, by enrolment: one or a whole class.
All of them are done or none is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AssessmentDimension, ScoreKind

LINES_MAX = 500


class OfAgreement(Protocol):
    """Any of these that names the agreement it is about."""

    @property
    def agreement_id(self) -> int:
        """Which agreement."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForMany:
    """A step that says the same of each: kind says which of them.

    QUALIFY, ANNOUNCE, FILE, RETRY, REGISTER_EXAM, DISQUALIFY.
    """

    kind: MoveKind
    agreement_id: int
    enrolment_ids: tuple[int, ...]
    document_no: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForOne:
    """A step that is somebody's own: APPEAL, DISMISS_APPEAL, GRANT_APPEAL, GIVE_UP."""

    kind: MoveKind
    agreement_id: int
    enrolment_id: int
    reason: str = ""
    document_no: str = ""


@dataclass(frozen=True, slots=True)
class DimensionResult:
    """What was found in one of the six dimensions. remark: at most 200 characters."""

    passed: bool
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentLine:
    """过程考核表 of one learner. reason: where it is not passed, why."""

    enrolment_id: int
    passed: bool
    results: Mapping[AssessmentDimension, DimensionResult]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAssessments:
    """The sheets of learners under the agreement."""

    agreement_id: int
    document_no: str
    lines: tuple[AssessmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """The scores of one learner, in hundredths of a point. row: of the file they came from."""

    enrolment_id: int
    scores: Mapping[ScoreKind, int]
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScores:
    """Test scores. source_hash: SHA-256 hex of the file, "" where they were typed."""

    agreement_id: int
    lines: tuple[ScoreLine, ...]
    source_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeByRanking:
    """拟录取 of those whom the ranking carries, 未通过 of the others who were tested.

    left_out: enrolments that are ranked, but about whom nothing is decided yet. chosen: of those
    who are tied at the edge of the quota, who is taken.
    """

    agreement_id: int
    document_no: str
    left_out: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionLine:
    """The college's decision on one. reason: where it does not admit."""

    enrolment_id: int
    admitted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAdmissions:
    """The college admits or refuses those who are proposed."""

    agreement_id: int
    document_no: str
    lines: tuple[AdmissionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """录取通知书号, 对接院校学号, and the credits recognised, in hundredths."""

    enrolment_id: int
    admission_no: str
    college_student_no: str = ""
    recognised_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAdmissions:
    """What the college returns of those who have advanced; a later return replaces it."""

    agreement_id: int
    lines: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawStep:
    """Take one step back, with a reason."""

    advance_move_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class TakenStep:
    """What was done for one. advance_move_id: None for a qualification, which is a decision."""

    enrolment_id: int
    learner_id: int
    kind: MoveKind
    stage: Stage
    advance_move_id: int | None = None
    decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class TakenSteps:
    """Each step once, in the order asked. replayed: the key, or the file, was answered before."""

    steps: tuple[TakenStep, ...] = field(default_factory=tuple)
    replayed: bool = False
