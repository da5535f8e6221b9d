"""The receiving registrar's form: assessment, place, and the recognition line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.recognition_rules import RecognitionRule
from creditbank.eligibility.recognition import Proposal, Transfer
from creditbank.eligibility.recognition_decision import decided_of
from creditbank.services.transfer_files import Desk, TransferFile
from creditbank.services.transfers import PlanRecognition, RenewPlan
from creditbank.web.forms import Form, Reading
from creditbank.web.languages import gettext as _
from creditbank.web.transfer_views import ItemLine, given_text, item_line

_NOTE_MAX, _NUMBER_MAX, _CLASS_MAX, _STUDENT_NO_MAX = 200, 60, 40, 20
PASSED = "yes"
RENEWED = frozenset({"class_name", "student_no"})
FIELDS = frozenset(
    {
        "passed", "assessed_on", "document_no", "opinion", "class_name", "student_no", "choice",
        "reason",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One recognition to choose: number 0 is the best. used: codes of its lines that are ticked."""

    number: int
    text: str
    lines: tuple[ItemLine, ...]
    used: frozenset[str]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """What the form offers. tests: lines that need a test (code, names, whether it is passed)."""

    form: Form
    choices: tuple[ChoiceView, ...]
    tests: tuple[tuple[str, str, bool], ...]
    classes: tuple[tuple[str, str], ...]


def desk_view(file: TransferFile, form: Form, used: frozenset[str] | None) -> DeskView | None:
    """The form for who plans; used: lines ticked in a form that came back."""
    desk = file.desk
    if desk is None or file.may_renew:
        return None
    chosen = form.value("choice") or "0"
    choices = _choices(file, desk)
    return DeskView(
        form=form,
        choices=tuple(
            _choice(number, item, choices[0], used, is_chosen=str(number) == chosen)
            for number, item in enumerate(choices)
        ),
        tests=tuple(
            (line.code, _("、").join(line.sources), line.code in transfer.tested)
            for transfer in filter(None, [desk.transfer])
            for line in _tested_lines(transfer)
        ),
        classes=tuple((name, name) for name in desk.classes),
    )


@dataclass(frozen=True, slots=True)
class RenewalView:
    """The form for another class or number. replans: whether the recognition is planned again."""

    form: Form
    classes: tuple[tuple[str, str], ...]
    replans: bool


def renewal_view(file: TransferFile, form: Form | None) -> RenewalView | None:
    """The form for who may still change the plan; form: one that came back with faults."""
    if file.desk is None or file.plan is None or not file.may_renew:
        return None
    stands = {"class_name": file.plan.class_name, "student_no": file.plan.student_no}
    return RenewalView(
        form=form or Form(kind="renewal", values=stands, fields=RENEWED),
        classes=tuple((name, name) for name in file.desk.classes),
        replans=file.planned is None or bool(file.later),
    )


def renewal_command(form: Form, status_change_id: int, *, replans: bool) -> RenewPlan:
    """What a form asks for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    command = RenewPlan(
        status_change_id=status_change_id,
        class_name=reading.text("class_name", length_max=_CLASS_MAX),
        student_no=reading.text("student_no", length_max=_STUDENT_NO_MAX),
        replans=replans,
    )
    reading.done()
    return command


def _choices(file: TransferFile, desk: Desk) -> Sequence[Proposal]:
    return [*([file.best] if file.best else []), *desk.alternatives]


def _choice(
    number: int, item: Proposal, best: Proposal, used: frozenset[str] | None, *, is_chosen: bool
) -> ChoiceView:
    known = {given for line in best.items for given in line.gives}
    other = given_text(given for line in item.items for given in line.gives if given not in known)
    name = (
        _("建议方案")
        if number == 0
        else _("备选方案%(number)s（改为%(other)s）", number=number, other=other)
    )
    units, short = credits_text(item.units), credits_text(item.shortfall)
    codes = frozenset(line.code for line in item.items)
    return ChoiceView(
        number=number,
        text=_("%(name)s：认定 %(units)s 学分，新方案还差 %(short)s", name=name, units=units,
               short=short),
        lines=tuple(map(item_line, item.items)),
        used=codes if used is None or not is_chosen else codes & used,
        is_chosen=is_chosen,
    )  # fmt: skip


def _tested_lines(transfer: Transfer) -> list[RecognitionRule]:
    """Lines that need a test and of which the learner has a course."""
    titles = [record.title for record in transfer.passed]
    return [
        line
        for line in transfer.rules
        if line.needs_test and any(title.startswith(line.sources) for title in titles)
    ]


def plan_command(
    form: Form, file: TransferFile, *, used: frozenset[str], tested: tuple[str, ...]
) -> PlanRecognition:
    """The plan that a form stands for. InvalidInputError names every field that is wrong."""
    reading = Reading(form)
    passed = form.value("passed") == PASSED
    choices = _choices(file, file.desk) if file.desk else []
    number = form.value("choice")
    chosen = choices[int(number)] if number.isdigit() and int(number) < len(choices) else None
    decided = decided_of(chosen.items) if chosen else ()
    kept = tuple(item for item in decided if item.code in used)
    command = PlanRecognition(
        status_change_id=file.change.status_change_id,
        passed=passed,
        assessed_on=reading.day("assessed_on"),
        document_no=reading.text("document_no", length_max=_NUMBER_MAX, required=passed),
        opinion=reading.text("opinion", length_max=_NOTE_MAX, required=not passed),
        class_name=reading.text("class_name", length_max=_CLASS_MAX, required=passed),
        student_no=reading.text("student_no", length_max=_STUDENT_NO_MAX, required=passed),
        decided=kept if chosen else None,
        tested=tested,
        reasons=_reasons(reading, file, {item.code for item in (*decided, *kept)}),
    )
    reading.done()
    return command


def _reasons(reading: Reading, file: TransferFile, codes: set[str]) -> dict[str, str]:
    """The one reason stands for every line that is used otherwise than proposed."""
    said = reading.text("reason", length_max=_NOTE_MAX, required=False)
    best = {item.code for item in file.best.items} if file.best else set()
    return dict.fromkeys(sorted(codes | best), said) if said else {}
