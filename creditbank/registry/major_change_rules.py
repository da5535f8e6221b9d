"""转专业: until when, and on what grounds."""

from __future__ import annotations

from creditbank.domain.errors import Message
from creditbank.domain.status_changes import MajorChangeGround, Proof
from creditbank.registry.case import Case

_FIELD_DIGITS = 2
"""专业大类: the first two digits of a major's code."""


def is_within_field(here: str, there: str) -> bool:
    """Whether two majors are of one 专业大类."""
    return here[:_FIELD_DIGITS] == there[:_FIELD_DIGITS]


def too_late_across_fields(case: Case) -> Message | None:
    """TM1: into another field until the end of the first semester."""
    return (
        None if _within(case) else _too_late(case, "across", ("跨专业大类", "into another field"))
    )


def too_late_within_field(case: Case) -> Message | None:
    """TM2: within a field until the end of the third semester."""
    return (
        _too_late(case, "within", ("同一专业大类内", "within the field")) if _within(case) else None
    )


def in_last_year(case: Case) -> Message | None:
    """TM3: not in the year of graduation."""
    if case.semester <= 2 * (case.life.seat.years - 1):
        return None
    return Message("毕业年级不予转专业。", "The major is not changed in the year of graduation.")


def without_ground(case: Case) -> Message | None:
    """TM4: talent, health with a hospital's word for it, or a major that is taught no more."""
    match case.change.ground:
        case None:
            return Message(
                "请选择转专业的理由:确有专长、身体原因,或休学复学后原专业已停办。",
                "State the ground: talent, health, or that the old major is no longer taught.",
            )
        case MajorChangeGround.HEALTH if Proof.HOSPITAL not in case.change.proofs:
            return Message(
                "因身体原因转专业,须附县级以上医院证明。",
                "A change for health needs a certificate of a hospital of county level or above.",
            )
        case MajorChangeGround.MAJOR_CLOSED if not case.life.suspensions:
            return Message(
                "只有休学后复学、原专业已停办的学生适用这一理由。",
                "This ground is for students who resumed and found the old major closed.",
            )
        case _:
            return None


def _within(case: Case) -> bool:
    there = case.change.to
    return there is None or is_within_field(case.life.seat.major_code, there.major_code)


def _too_late(case: Case, key: str, kind: tuple[str, str]) -> Message | None:
    last = case.policy.integer(f"major_change.{key}_semester_max")
    days = case.days_of(last)
    if case.semester <= last and (days is None or case.change.applied_on <= days.ends_on):
        return None
    year, half = divmod(last - 1, 2)
    until = f"({days.ends_on})" if days is not None else ""
    return Message(
        f"{kind[0]}转专业须在{'一二三四五六'[year]}年级第{'一二'[half]}学期结束前{until}办理。",
        f"A change of major {kind[1]} is made before semester {last} ends{until and ' ' + until}.",
    )
