"""学籍异动: what may happen to an enrolment, why, and what its status is afterwards.

Kinds are 学籍异动类别码 (XJYDLB), reasons 学籍异动原因码 (XJYDYY), of JY/T 1001 where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.access import Actor, LearnerKey
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role, Section


class ChangeKind(StrEnum):
    """学籍异动类别; the last four have no code of their own: the status says them."""

    SUSPENSION = "11"
    RESUMPTION = "12"
    RESERVATION = "14"
    ADMISSION = "15"
    """恢复入学资格: who reserved the place comes."""
    RESERVATION_LAPSE = "16"
    TRANSFER_OUT = "21"
    TRANSFER_IN = "22"
    MAJOR_CHANGE = "23"
    CLASS_CHANGE = "29"
    WITHDRAWAL = "31"
    EXPULSION = "42"
    DEATH = "51"
    GRADUATION = "graduation"
    COMPLETION = "completion"
    """结业."""
    LEAVING = "leaving"
    """肄业."""
    EXCHANGE = "exchange"
    """结业换毕业: a completion becomes a graduation."""


class ChangeReason(StrEnum):
    """学籍异动原因."""

    GOOD_MARKS = "01"
    ILLNESS = "10"
    MENTAL_ILLNESS = "11"
    INFECTIOUS_ILLNESS = "12"
    OTHER_ILLNESS = "19"
    OWN_WISH = "21"
    POOR_MARKS = "22"
    STARTUP = "24"
    WORK_PRACTICE = "25"
    PARENT_ILL = "26"
    POVERTY = "27"
    NOT_RESUMED = "31"
    OVER_LONGEST_TIME = "33"
    MILITARY_SERVICE = "34"
    OTHER_WITHDRAWAL = "39"
    OTHER = "99"


_R = ChangeReason
_ILL = (_R.ILLNESS, _R.MENTAL_ILLNESS, _R.INFECTIOUS_ILLNESS, _R.OTHER_ILLNESS)
REASONS: Mapping[ChangeKind, tuple[ChangeReason, ...]] = {
    ChangeKind.SUSPENSION: (
        *_ILL, _R.STARTUP, _R.WORK_PRACTICE, _R.PARENT_ILL, _R.POVERTY, _R.MILITARY_SERVICE,
        _R.OTHER,
    ),
    ChangeKind.WITHDRAWAL: (
        _R.OWN_WISH, *_ILL, _R.POOR_MARKS, _R.PARENT_ILL, _R.POVERTY, _R.NOT_RESUMED,
        _R.OVER_LONGEST_TIME, _R.OTHER_WITHDRAWAL,
    ),
}  # fmt: skip
"""The reasons that a kind may have; of the others it is OTHER."""

APPLIED_FOR = (
    ChangeKind.SUSPENSION, ChangeKind.RESUMPTION, ChangeKind.TRANSFER_OUT,
    ChangeKind.MAJOR_CHANGE, ChangeKind.CLASS_CHANGE, ChangeKind.WITHDRAWAL,
    ChangeKind.ADMISSION, ChangeKind.RESERVATION_LAPSE,
    ChangeKind.EXPULSION, ChangeKind.GRADUATION, ChangeKind.COMPLETION, ChangeKind.LEAVING,
    ChangeKind.EXCHANGE, ChangeKind.DEATH,
)  # fmt: skip
"""Kinds that are applied for, in the order of a form."""
BY_FAMILY = frozenset(
    {
        ChangeKind.SUSPENSION,
        ChangeKind.RESUMPTION,
        ChangeKind.TRANSFER_OUT,
        ChangeKind.MAJOR_CHANGE,
        ChangeKind.WITHDRAWAL,
        ChangeKind.COMPLETION,
        ChangeKind.LEAVING,
        ChangeKind.EXCHANGE,
    }
)
"""Kinds that students and guardians apply for themselves."""
TO_A_PLACE = frozenset(
    {
        ChangeKind.MAJOR_CHANGE,
        ChangeKind.CLASS_CHANGE,
        ChangeKind.RESUMPTION,
        ChangeKind.ADMISSION,
    }
)
"""Kinds that may lead to another class; the first one to another major, too."""
BY_DECISION = frozenset({ChangeKind.GRADUATION, ChangeKind.EXCHANGE})
"""Kinds that carry out an approved graduation."""
JUDGED = BY_DECISION | {ChangeKind.COMPLETION, ChangeKind.LEAVING}
"""Kinds that the verdict of the moment is looked at for."""

ILLNESSES = frozenset(_ILL)


class Proof(StrEnum):
    """Documents that a change may need."""

    APPLICATION = "application"
    """Signed by the student and, below 18, a guardian."""
    HOSPITAL = "hospital"
    """A diagnosis of a hospital of county level or above."""
    HEALTH = "health"
    """A certificate that the student is well again."""
    ENLISTMENT = "enlistment"
    SANCTION = "sanction"
    """The decision on the sanction that takes the enrolment away."""
    ASSESSMENT = "assessment"
    """What the receiving school's assessment found."""
    DEATH = "death"


PROOFS: Mapping[ChangeKind, tuple[Proof, ...]] = {
    ChangeKind.SUSPENSION: (Proof.APPLICATION, Proof.HOSPITAL, Proof.ENLISTMENT),
    ChangeKind.TRANSFER_OUT: (Proof.APPLICATION,),
    ChangeKind.RESUMPTION: (Proof.APPLICATION, Proof.HEALTH),
    ChangeKind.MAJOR_CHANGE: (Proof.APPLICATION, Proof.HOSPITAL),
    ChangeKind.WITHDRAWAL: (Proof.APPLICATION, Proof.HOSPITAL),
    ChangeKind.EXPULSION: (Proof.SANCTION,),
    ChangeKind.COMPLETION: (Proof.APPLICATION,),
    ChangeKind.LEAVING: (Proof.APPLICATION,),
    ChangeKind.DEATH: (Proof.DEATH,),
}
"""What may be put beside an application; nothing beside the others."""


class Office(StrEnum):
    """Whose opinion a form has a box for."""

    ADVISOR = "advisor"
    """班主任."""
    REGISTRAR = "registrar"
    """教务科."""
    PRINCIPAL = "principal"
    """分管校长."""
    RECEIVING_REGISTRAR = "receiving_registrar"
    """教务科 of the school that the learner wants to go to: assessment and recognition."""
    RECEIVING_PRINCIPAL = "receiving_principal"
    COUNTY = "county"
    """学籍主管部门."""
    AUTHORITY_OUT = "authority_out"
    """The section of the bureau that answers for the school that is left."""
    AUTHORITY_IN = "authority_in"
    """The section that answers for the receiving school."""


OFFICE_OF: Mapping[Role, Office] = {
    Role.ADVISOR: Office.ADVISOR,
    Role.REGISTRAR: Office.REGISTRAR,
    Role.APPROVER: Office.PRINCIPAL,
    Role.COUNTY: Office.COUNTY,
}
"""For which office the accounts of a role speak, of learners of their own school."""
RECEIVING_OFFICE_OF: Mapping[Role, Office] = {
    Role.REGISTRAR: Office.RECEIVING_REGISTRAR,
    Role.APPROVER: Office.RECEIVING_PRINCIPAL,
}
"""And of those who want to come."""
AUTHORITIES = frozenset({Office.COUNTY, Office.AUTHORITY_OUT, Office.AUTHORITY_IN})


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a change leads from and to; without a receiving school for all but a transfer."""

    institution_id: int
    kind: InstitutionKind
    to_institution_id: int | None = None
    to_kind: InstitutionKind | None = None


def speaks_for(actor: Actor, office: Office, ends: Ends) -> bool:
    """Whether an account answers for an office of a change."""
    if actor.role is Role.COUNTY:
        kind = ends.kind if office is Office.AUTHORITY_OUT else ends.to_kind
        is_of_section = office is Office.COUNTY or actor.section in {None, _section_of(kind)}
        return office in AUTHORITIES and is_of_section
    is_own = actor.institution_id == ends.institution_id
    if is_own and OFFICE_OF.get(actor.role) is office:
        return True
    is_receiving = actor.institution_id == ends.to_institution_id
    return is_receiving and RECEIVING_OFFICE_OF.get(actor.role) is office


def _section_of(kind: InstitutionKind | None) -> Section:
    is_general = kind is InstitutionKind.GENERAL_HIGH_SCHOOL
    return Section.GENERAL if is_general else Section.VOCATIONAL


class ChangeState(StrEnum):
    """Where an application stands."""

    WAITING = "waiting"
    """For the opinion of an office."""
    AGREED = "agreed"
    """All offices have agreed: it is carried out on its day."""
    EXECUTED = "executed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({ChangeState.WAITING, ChangeState.AGREED})


def key_of(learner_id: int, ends: Ends, state: ChangeState) -> LearnerKey:
    """Who reads an application: its school; the receiving one while it is open, or once arrived.

    Other enrolments of the learner give no access, a former one at the receiving school neither.
    """
    own = frozenset({ends.institution_id})
    to = frozenset(() if ends.to_institution_id is None else {ends.to_institution_id})
    if state in OPEN_STATES:
        return LearnerKey(learner_id, institution_ids=own, applied_to=to)
    arrived = to if state is ChangeState.EXECUTED else frozenset()
    return LearnerKey(learner_id, institution_ids=own | arrived)


class MajorChangeGround(StrEnum):
    """Why a major may be changed."""

    TALENT = "talent"
    HEALTH = "health"
    MAJOR_CLOSED = "major_closed"
    """After a suspension the old major is no longer taught."""


class DeadlineKind(StrEnum):
    """What runs out."""

    SUSPENSION_ENDS = "suspension_ends"
    """The last day that a suspension was granted for."""
    SUSPENDED_LONG = "suspended_long"
    """Suspended without a break for as long as a withdrawal needs; never of military service."""
    LONGEST_TIME = "longest_time"
    """The last day of the longest time of study."""
    RECORD_DUE = "record_due"
    """The last day on which the record of a new learner is made, with the national number."""
    INTAKE_CUTOFF = "intake_cutoff"
    """The last day on which an intake is registered."""


class Programme(StrEnum):
    """What kind of class it is: who may come in by transfer depends on it."""

    PLAIN = "plain"
    """三年制, 普通高中."""
    TO_COLLEGE = "to_college"
    """The 中职 stage of 3+2, 三二连读."""
    TO_UNIVERSITY = "to_university"
    """The 中职 stage of 3+4."""
    FIVE_YEAR = "five_year"
    """五年一贯制高职."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From which statuses a change leads to which."""

    before: frozenset[EnrolmentStatus]
    after: EnrolmentStatus


def _from(after: EnrolmentStatus, *before: EnrolmentStatus) -> Transition:
    return Transition(frozenset(before), after)


_S = EnrolmentStatus
TRANSITIONS: Mapping[ChangeKind, Transition] = {
    ChangeKind.SUSPENSION: _from(_S.SUSPENDED, _S.STUDYING, _S.RESUMED, _S.SUSPENDED),
    ChangeKind.RESUMPTION: _from(_S.STUDYING, _S.SUSPENDED),
    ChangeKind.ADMISSION: _from(_S.STUDYING, _S.ADMISSION_RESERVED),
    ChangeKind.RESERVATION_LAPSE: _from(_S.WITHDRAWN, _S.ADMISSION_RESERVED),
    ChangeKind.TRANSFER_OUT: _from(_S.TRANSFERRED_OUT, _S.STUDYING, _S.RESUMED),
    ChangeKind.MAJOR_CHANGE: _from(_S.STUDYING, _S.STUDYING, _S.RESUMED),
    ChangeKind.CLASS_CHANGE: _from(_S.STUDYING, _S.STUDYING, _S.RESUMED),
    ChangeKind.WITHDRAWAL: _from(_S.WITHDRAWN, _S.STUDYING, _S.RESUMED, _S.SUSPENDED),
    ChangeKind.EXPULSION: _from(_S.EXPELLED, _S.STUDYING, _S.RESUMED),
    ChangeKind.DEATH: _from(_S.DECEASED, *(status for status in _S if status is not _S.DECEASED)),
    ChangeKind.GRADUATION: _from(_S.GRADUATED, _S.STUDYING, _S.RESUMED),
    ChangeKind.COMPLETION: _from(_S.COMPLETED, _S.STUDYING, _S.RESUMED),
    ChangeKind.LEAVING: _from(_S.INCOMPLETE, _S.STUDYING, _S.RESUMED),
    ChangeKind.EXCHANGE: _from(_S.GRADUATED, _S.COMPLETED),
}
"""Every way from one status to another. TRANSFER_IN and RESERVATION open an enrolment instead.

05 复学 is an event: who resumes is studying (01). A suspension of a suspended learner prolongs it.
"""


@dataclass(frozen=True, slots=True)
class Suspension:
    """One 休学: from its first day until the learner resumed, or until it was granted for.

    resumed_on: the first day back, None while it lasts. until: the last day it is granted for.
    """

    reason: ChangeReason
    starts_on: date
    until: date
    resumed_on: date | None = None

    @property
    def is_military(self) -> bool:
        """As long as the service lasts, whatever the school allows others."""
        return self.reason is ChangeReason.MILITARY_SERVICE


@dataclass(frozen=True, slots=True)
class GivenProof:
    """A document beside an application. document_no, issuer: "" where it has none."""

    kind: Proof
    issued_on: date
    document_no: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is applied for. Fields as in registry.case.Change.

    plan_id, class_name: where the learner wants to be, None and "" for where they are. Of a
    transfer to_institution_id is the receiving school and plan_id one of its plans; its class is
    chosen there.
    absent_hours, absent_days: what a withdrawal by the school rests on; see registry.case.Life.
    """

    kind: ChangeKind
    takes_effect_on: date
    reason: ChangeReason = ChangeReason.OTHER
    until: date | None = None
    by_school: bool = False
    absent_hours: int = 0
    absent_days: int = 0
    ground: MajorChangeGround | None = None
    to_institution_id: int | None = None
    plan_id: int | None = None
    class_name: str = ""
    note: str = ""
    proofs: tuple[GivenProof, ...] = ()
