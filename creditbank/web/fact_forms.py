"""The forms of the facts: their fields, their first values, their commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.services.registration_commands import (
    JoinClass,
    LiftSanction,
    RecordAttestation,
    RecordConduct,
    RecordFact,
    RecordInternship,
    RecordSanction,
)
from creditbank.web.forms import Form, Reading

CONDUCT, INTERNSHIP, SANCTION, LIFTING, ATTESTATION, MEMBERSHIP = (
    "conduct", "internship", "sanction", "lifting", "attestation", "membership",
)  # fmt: skip

FIELDS: Mapping[str, frozenset[str]] = {
    CONDUCT: frozenset({"term", "result", "grade"}),
    INTERNSHIP: frozenset({"organisation", "started_on", "ended_on", "result"}),
    SANCTION: frozenset({"level", "decided_on", "document_no"}),
    LIFTING: frozenset({"sanction_id", "lifted_on", "document_no"}),
    ATTESTATION: frozenset(
        {"attestation", "subject", "result", "attested_on", "document_no", "replaces_id"}
    ),
    MEMBERSHIP: frozenset({"agreement_id", "joined_on"}),
}


def empty_fact_form(kind: str, values: Mapping[str, str]) -> Form:
    """A form to be filled in; values: what is likely, such as the term."""
    return Form(kind=kind, values=values, fields=FIELDS[kind])


def sent_fact_form(kind: str, values: Mapping[str, str]) -> Form:
    """The form that came in; other fields than its own are not looked at."""
    known = FIELDS[kind] | {"idempotency_key"}
    form = Form.sent(kind, {name: value for name, value in values.items() if name in known})
    return Form(kind=kind, values=form.values, fields=FIELDS[kind], key=form.key)


def fact_command(kind: str, form: Form, learner_id: int) -> RecordFact:
    """The command that a form stands for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    command = _READERS[kind](reading, learner_id)
    reading.done()
    return command


def _conduct(reading: Reading, learner_id: int) -> RecordFact:
    return RecordConduct(
        learner_id=learner_id,
        term=reading.term("term"),
        result=reading.code("result", Appraisal),
        grade=reading.text("grade", length_max=10, required=False),
    )


def _internship(reading: Reading, learner_id: int) -> RecordFact:
    return RecordInternship(
        learner_id=learner_id,
        organisation=reading.text("organisation", length_max=100),
        started_on=reading.day("started_on"),
        ended_on=reading.day_or_none("ended_on"),
        result=reading.code("result", Appraisal),
    )


def _sanction(reading: Reading, learner_id: int) -> RecordFact:
    return RecordSanction(
        learner_id=learner_id,
        level=reading.code("level", SanctionLevel),
        decided_on=reading.day("decided_on"),
        document_no=reading.text("document_no", length_max=60),
    )


def _lifting(reading: Reading, learner_id: int) -> RecordFact:
    return LiftSanction(
        learner_id=learner_id,
        sanction_id=reading.chosen_id("sanction_id"),
        lifted_on=reading.day("lifted_on"),
        document_no=reading.text("document_no", length_max=60),
    )


def _attestation(reading: Reading, learner_id: int) -> RecordFact:
    is_correction = bool(reading.text("replaces_id", length_max=10, required=False))
    return RecordAttestation(
        learner_id=learner_id,
        attestation=reading.code("attestation", AttestationKind),
        subject=reading.text("subject", length_max=20, required=False),
        result=reading.code("result", Appraisal),
        attested_on=reading.day("attested_on"),
        document_no=reading.text("document_no", length_max=60, required=False),
        replaces_id=reading.chosen_id("replaces_id") if is_correction else None,
    )


def _membership(reading: Reading, learner_id: int) -> RecordFact:
    return JoinClass(
        learner_id=learner_id,
        agreement_id=reading.chosen_id("agreement_id"),
        joined_on=reading.day("joined_on"),
    )


_READERS: Mapping[str, Callable[[Reading, int], RecordFact]] = {
    CONDUCT: _conduct,
    INTERNSHIP: _internship,
    SANCTION: _sanction,
    LIFTING: _lifting,
    ATTESTATION: _attestation,
    MEMBERSHIP: _membership,
}
