"""What to say of a learner who is registered after the cut-off of the intake."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from creditbank.domain.errors import Message
from creditbank.domain.institutions import InstitutionKind
from creditbank.registry.intakes import cutoff
from creditbank.services.commands import PostedWarning
from creditbank.store.policies import policy_for
from creditbank.store.registration import kind_of


def late_warnings(
    connection: Connection, institution_id: int, entered_on: date, *, on: date
) -> tuple[PostedWarning, ...]:
    """One where the last day of the intake is over; the cut-offs are of vocational schools."""
    if kind_of(connection, institution_id) is not InstitutionKind.VOCATIONAL_SCHOOL:
        return ()
    last = cutoff(entered_on, policy_for(connection, institution_id, on))
    if on <= last:
        return ()
    message = Message(
        f"该批新生的注册截止为{last},已过;学籍已登记,请向学籍主管部门说明并补办注册。",
        f"Registration of this intake ended on {last}. The enrolment stands; explain the delay to"
        " the authority and have it registered late.",
    )
    return (PostedWarning("after_cutoff", message),)
