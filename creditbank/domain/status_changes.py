"""学籍异动: what may happen to an enrolment, why, and what its status is afterwards.

Kinds are 学籍异动类别码 (XJYDLB), reasons 学籍异动原因码 (XJYDYY), of JY/T 1001 where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.enrolments import EnrolmentStatus


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


ILLNESSES = frozenset(
    {
        ChangeReason.ILLNESS,
        ChangeReason.MENTAL_ILLNESS,
        ChangeReason.INFECTIOUS_ILLNESS,
        ChangeReason.OTHER_ILLNESS,
    }
)


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


class Office(StrEnum):
    """Whose opinion a form has a box for."""

    ADVISOR = "advisor"
    """班主任."""
    REGISTRAR = "registrar"
    """教务科."""
    PRINCIPAL = "principal"
    """分管校长."""
    RECEIVING = "receiving"
    """The school that the learner wants to go to."""
    COUNTY = "county"
    """学籍主管部门."""


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
