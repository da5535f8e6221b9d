"""The forms of exceptions from the plan: their fields by kind, and their commands."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.plan_exceptions import ExceptionKind, Ruling
from creditbank.services.commands import EnterException, RuleOnException
from creditbank.web.forms import Form, Reading

TOTAL = "*"
"""What a form sends for the total, whose code is empty."""
_CODE_MAX, _REASON_MAX, _NUMBER_MAX, _SEQ_MAX = 100, 200, 60, 2**31 - 1
_ALWAYS = frozenset({"reason", "document_no", "decided_on"})
FIELDS: Mapping[ExceptionKind, frozenset[str]] = {
    ExceptionKind.WAIVE: _ALWAYS | {"subject"},
    ExceptionKind.LOWER: _ALWAYS | {"subject", "units"},
    ExceptionKind.INSERT: _ALWAYS | {"subject", "block_code", "units"},
    ExceptionKind.FORCE: _ALWAYS | {"ledger_seq", "block_code"},
    ExceptionKind.BLOCK: _ALWAYS | {"ledger_seq", "block_code"},
}
RULING_FIELDS = frozenset({"ruling", "reason", "document_no"})


def exception_form(kind: ExceptionKind, values: Mapping[str, str]) -> Form:
    """The form that came in, or one to be filled in; only its own fields are looked at."""
    known = FIELDS[kind] | {"idempotency_key"}
    form = Form.sent(kind.value, {name: text for name, text in values.items() if name in known})
    return Form(kind=kind.value, values=form.values, fields=FIELDS[kind], key=form.key)


def exception_command(form: Form, learner_id: int) -> EnterException:
    """The command that a form stands for. InvalidInputError names every field that is wrong."""
    kind, reading = ExceptionKind(form.kind), Reading(form)
    is_free = kind is ExceptionKind.INSERT and not form.value("units").strip()
    subject = reading.text("subject", length_max=_CODE_MAX) if "subject" in form.fields else ""
    may_be_nowhere = kind is ExceptionKind.BLOCK
    command = EnterException(
        learner_id=learner_id,
        kind=kind,
        subject="" if subject == TOTAL else subject,
        block_code=reading.text("block_code", length_max=_CODE_MAX, required=not may_be_nowhere)
        if "block_code" in form.fields
        else "",
        ledger_seq=reading.whole("ledger_seq", most=_SEQ_MAX)
        if "ledger_seq" in form.fields
        else None,
        units=reading.units("units") if "units" in form.fields and not is_free else None,
        reason=reading.text("reason", length_max=_REASON_MAX),
        document_no=reading.text("document_no", length_max=_NUMBER_MAX),
        decided_on=reading.day("decided_on"),
    )
    reading.done()
    return command


def ruling_command(form: Form, plan_exception_id: int) -> RuleOnException:
    """The ruling that a form stands for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    ruling = reading.code("ruling", Ruling)
    has_reason = ruling is not Ruling.APPROVED
    is_withdrawal = ruling is Ruling.WITHDRAWN
    command = RuleOnException(
        plan_exception_id=plan_exception_id,
        ruling=ruling,
        reason=reading.text("reason", length_max=_REASON_MAX, required=has_reason),
        document_no=reading.text("document_no", length_max=_NUMBER_MAX, required=is_withdrawal),
    )
    reading.done()
    return command
