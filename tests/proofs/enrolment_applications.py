"""Applications for every kind of change, with all that they ask for, or without their documents."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from creditbank.domain.status_changes import (
    Application,
    ChangeKind,
    ChangeReason,
    GivenProof,
    MajorChangeGround,
    Proof,
)
from tests.factories.change_desk import OTHER_CLASS
from tests.factories.enrolment_county import classes_of
from tests.proofs.enrolment_life import Life

K = ChangeKind
_ILL, _SOLDIER, _FOUNDER = (
    ChangeReason.ILLNESS, ChangeReason.MILITARY_SERVICE, ChangeReason.STARTUP,
)  # fmt: skip
_PROOF_OF = {_ILL: Proof.HOSPITAL, _SOLDIER: Proof.ENLISTMENT}
_PROOFS = {
    K.RESUMPTION: (Proof.APPLICATION, Proof.HEALTH),
    K.TRANSFER_OUT: (Proof.APPLICATION,),
    K.MAJOR_CHANGE: (Proof.APPLICATION,),
    K.COMPLETION: (Proof.APPLICATION,),
    K.LEAVING: (Proof.APPLICATION,),
    K.EXPULSION: (Proof.SANCTION,),
    K.DEATH: (Proof.DEATH,),
}


def application(
    life: Life, kind: ChangeKind, variant: int, on: date, *, lacks: bool = False
) -> Application:
    """One of the ways in which this kind is applied for today. lacks: without documents."""
    special = _SPECIAL.get(kind)
    given, proofs = special(life, variant, on) if special else ({}, ())
    proofs = (*proofs, *_PROOFS.get(kind, ()))
    return Application(
        kind=kind,
        takes_effect_on=on,
        proofs=() if lacks else tuple(GivenProof(item, life.today, "测1号") for item in proofs),
        **given,
    )


_Given = tuple[dict[str, Any], tuple[Proof, ...]]


def _suspension(_: Life, variant: int, on: date) -> _Given:
    reason = (_ILL, _SOLDIER, _FOUNDER)[variant % 3]
    days = 730 if reason is _SOLDIER else (120, 180, 340)[variant % 7 % 3]
    more = [_PROOF_OF[reason]] if reason in _PROOF_OF else []
    return {"reason": reason, "until": on + timedelta(days=days)}, (Proof.APPLICATION, *more)


def _resumption(life: Life, variant: int, _: date) -> _Given:
    return {"class_name": _class(life, variant) if variant % 4 == 0 else ""}, ()


def _transfer(life: Life, variant: int, _: date) -> _Given:
    desk = life.desk
    schools = (desk.vocational, desk.general, desk.another)
    to = [item for item in schools if item is not life.school][variant % 2]
    return {"to_institution_id": to.institution_id, "plan_id": to.plan_id}, ()


def _major_change(life: Life, _: int, __: date) -> _Given:
    plans = life.desk.rows("SELECT plan_id FROM program_plans WHERE code = 'JD'")
    is_there = life.enrolment["plan_id"] == plans[0].plan_id
    return {
        "ground": MajorChangeGround.TALENT,
        "plan_id": life.school.plan_id if is_there else plans[0].plan_id,
        "class_name": life.school.class_name if is_there else OTHER_CLASS,
    }, ()


def _class_change(life: Life, variant: int, _: date) -> _Given:
    return {"class_name": _class(life, variant)}, ()


def _withdrawal(_: Life, variant: int, __: date) -> _Given:
    if variant % 3 == 0:
        return {"by_school": True, "absent_hours": 90, "reason": ChangeReason.POOR_MARKS}, ()
    return {"reason": ChangeReason.OWN_WISH}, (Proof.APPLICATION,)


_SPECIAL = {
    K.SUSPENSION: _suspension,
    K.RESUMPTION: _resumption,
    K.TRANSFER_OUT: _transfer,
    K.MAJOR_CHANGE: _major_change,
    K.CLASS_CHANGE: _class_change,
    K.WITHDRAWAL: _withdrawal,
}


def _class(life: Life, variant: int) -> str:
    """Another class of the school."""
    classes = classes_of(life.desk, life.school)
    others = [name for name in classes if name != life.enrolment["class_name"]]
    return others[variant % len(others)]
