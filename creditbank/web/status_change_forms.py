"""The forms of status changes: the fields of each kind, and the commands they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.errors import Message
from creditbank.domain.status_changes import (
    PROOFS,
    REASONS,
    TO_A_PLACE,
    Application,
    ChangeKind,
    ChangeReason,
    GivenProof,
    MajorChangeGround,
)
from creditbank.services.status_change_commands import ApplyForChange, GiveOpinion
from creditbank.web.forms import Form, Reading

_NOTE_MAX, _NUMBER_MAX, _NAME_MAX, _ABSENT_MAX = 200, 60, 40, 2_000
_OF_KIND: Mapping[ChangeKind, frozenset[str]] = {
    ChangeKind.SUSPENSION: frozenset({"until"}),
    ChangeKind.TRANSFER_OUT: frozenset({"destination"}),
    ChangeKind.MAJOR_CHANGE: frozenset({"ground", "plan_id"}),
    ChangeKind.WITHDRAWAL: frozenset({"by_school", "absent_hours", "absent_days"}),
}
_DIGITS_MAX = 10
_CHOOSE_SCHOOL = Message("请选择转入学校和专业。", "Choose a school and a major.")
OPINION_FIELDS = frozenset({"agrees", "opinion", "document_no"})
BY_SCHOOL = "school"
"""What the form sends where the school decides a withdrawal."""


def fields_of(kind: ChangeKind) -> frozenset[str]:
    """The fields of a kind. A document has three: {proof}_on, {proof}_no and {proof}_by."""
    return frozenset(
        {
            "takes_effect_on",
            "note",
            *_OF_KIND.get(kind, ()),
            *(["reason"] if kind in REASONS else []),
            *(["class_name"] if kind in TO_A_PLACE else []),
            *(f"{proof}_{part}" for proof in PROOFS.get(kind, ()) for part in ("on", "no", "by")),
        }
    )


def application_form(kind: ChangeKind, values: Mapping[str, str]) -> Form:
    """The form that came in, or one to be filled in; only its own fields are looked at."""
    fields = fields_of(kind)
    known = fields | {"idempotency_key"}
    form = Form.sent(kind.value, {name: text for name, text in values.items() if name in known})
    return Form(kind=kind.value, values=form.values, fields=fields, key=form.key)


def application_command(form: Form, learner_id: int) -> ApplyForChange:
    """The command that a form stands for. InvalidInputError names every field that is wrong."""
    kind, reading = ChangeKind(form.kind), Reading(form)
    by_school = form.value("by_school") == BY_SCHOOL
    plan_id = form.value("plan_id")
    school, plan_there = _destination(reading, form)
    command = ApplyForChange(
        learner_id=learner_id,
        what=Application(
            kind=kind,
            takes_effect_on=reading.day("takes_effect_on"),
            reason=reading.code("reason", ChangeReason)
            if "reason" in form.fields
            else ChangeReason.OTHER,
            until=reading.day("until") if "until" in form.fields else None,
            by_school=by_school,
            absent_hours=_count(reading, form, "absent_hours") if by_school else 0,
            absent_days=_count(reading, form, "absent_days") if by_school else 0,
            ground=reading.code("ground", MajorChangeGround) if form.value("ground") else None,
            to_institution_id=school,
            plan_id=reading.chosen_id("plan_id") if plan_id else plan_there,
            class_name=reading.text("class_name", length_max=_NAME_MAX, required=False),
            note=reading.text("note", length_max=_NOTE_MAX, required=False),
            proofs=_proofs(reading, kind),
        ),
    )
    reading.done()
    return command


def _destination(reading: Reading, form: Form) -> tuple[int | None, int | None]:
    """School and plan of a transfer, written such as 2-17."""
    if "destination" not in form.fields:
        return None, None
    school, _, plan = reading.text("destination", length_max=_NUMBER_MAX).partition("-")
    if not all(
        part.isascii() and part.isdigit() and len(part) < _DIGITS_MAX for part in (school, plan)
    ):
        reading.refuse("destination", _CHOOSE_SCHOOL)
        return None, None
    return int(school), int(plan)


def opinion_command(form: Form, status_change_id: int) -> GiveOpinion:
    """The opinion that a form stands for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    agrees = form.value("agrees") == "yes"
    command = GiveOpinion(
        status_change_id=status_change_id,
        agrees=agrees,
        opinion=reading.text("opinion", length_max=_NOTE_MAX, required=not agrees),
        document_no=reading.text("document_no", length_max=_NUMBER_MAX, required=False),
    )
    reading.done()
    return command


def _count(reading: Reading, form: Form, name: str) -> int:
    """A number from 0; none where nothing was written."""
    is_none = form.value(name).strip() in {"", "0"}
    return 0 if is_none else reading.whole(name, most=_ABSENT_MAX)


def _proofs(reading: Reading, kind: ChangeKind) -> tuple[GivenProof, ...]:
    """Those with a day: a document without one was not given."""
    found = (
        (
            proof,
            reading.day_or_none(f"{proof}_on"),
            reading.text(f"{proof}_no", length_max=_NUMBER_MAX, required=False),
            reading.text(f"{proof}_by", length_max=_NUMBER_MAX, required=False),
        )
        for proof in PROOFS.get(kind, ())
    )
    return tuple(
        GivenProof(proof, issued_on, number, issuer)
        for proof, issued_on, number, issuer in found
        if issued_on is not None
    )
