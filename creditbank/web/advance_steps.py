"""Steps of the advance for a class: who goes along, who does not and why, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import render_template, request
from flask_babel import LazyString

from creditbank.domain.access import declares
from creditbank.domain.advance_moves import RULES, Need
from creditbank.domain.advances import MoveKind
from creditbank.domain.errors import BusyError, InvalidInputError, Problem
from creditbank.queries.advance_previews import Goer, StepPreview, preview_step
from creditbank.services.advance_commands import StepForMany, TakenStep
from creditbank.services.advances import ACTION_OF, take_step_for_many
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.web.advance_labels import STAGE_TONES
from creditbank.web.advance_views import (
    ADVANCE,
    UNPROCESSABLE,
    AdvanceRow,
    chosen_numbers,
    head_of,
    row_of,
)
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import in_language
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

FIELDS = frozenset({"document_no", "reason"})


@dataclass(frozen=True, slots=True)
class StepWords:
    """What a step's page says. slug: the end of its address."""

    slug: str
    title: LazyString
    text: LazyString
    button: LazyString


@dataclass(frozen=True, slots=True)
class GoerRow:
    """One learner before a step. refusal: why not, "" for who goes along."""

    row: AdvanceRow
    refusal: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DoneRow:
    """One learner after it."""

    name: str
    student_no: str
    stage: str
    tone: str


@dataclass(frozen=True, slots=True)
class Came:
    """What a step that was sent came to. problems: by enrolment, where nothing was done."""

    steps: Sequence[TakenStep] = ()
    chosen: Sequence[int] | None = None
    problems: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


WORDS: Mapping[MoveKind, StepWords] = {
    MoveKind.QUALIFY: StepWords(
        "qualification",
        _l("确认转段资格"),
        _l("确认时按当时的数据重新判定，并把结论和依据一起固定下来；之后数据有变只提示复核。"),
        _l("确认所选学生的资格"),
    ),
    MoveKind.ANNOUNCE: StepWords(
        "notice",
        _l("公示过程考核结果"),
        _l("自明日起公示，公示和异议的天数按协议条款；期满且异议处理完毕后才能报送。"),
        _l("公示所选学生"),
    ),
    MoveKind.FILE: StepWords(
        "filing",
        _l("报送对接院校"),
        _l("公示期满、没有未处理的异议，方可报送；报送后院校看到名单和成绩。"),
        _l("报送所选学生"),
    ),
    MoveKind.RETRY: StepWords(
        "retry",
        _l("开始第二次转段"),
        _l("未通过的学生，在协议允许的次数内，次年可再参加一次。"),
        _l("为所选学生开始第二次转段"),
    ),
    MoveKind.REGISTER_EXAM: StepWords(
        "exam",
        _l("登记并行报考春季高考"),
        _l("只作标记，不改变所处阶段；转段录取后自动退出。"),
        _l("登记所选学生"),
    ),
    MoveKind.DISQUALIFY: StepWords(
        "disqualification",
        _l("取消转段资格"),
        _l("这是一项决定，须写明原因和文号。"),
        _l("取消所选学生的资格"),
    ),
}
_UNTICKED = frozenset({MoveKind.REGISTER_EXAM, MoveKind.RETRY, MoveKind.DISQUALIFY})
"""Steps that are not for everybody who may take them: nobody is ticked beforehand."""


def _mount(kind: MoveKind, words: StepWords) -> None:
    """A page that shows a step and takes it; its action is the step's own."""
    action, address = ACTION_OF[kind], f"{ADVANCE}/{words.slug}"

    @declares(action)
    def show(agreement_id: int) -> str:
        return _page(kind, agreement_id, _form({}))

    @declares(action)
    def take(agreement_id: int) -> str | tuple[str, int]:
        return _taken(kind, agreement_id)

    pages.add_url_rule(address, f"show_{kind.value}", show, methods=["GET"])
    pages.add_url_rule(address, f"take_{kind.value}", take, methods=["POST"])


for _kind, _words in WORDS.items():
    _mount(_kind, _words)


def _form(values: Mapping[str, str]) -> Form:
    return Form(kind="step", values=values, fields=FIELDS)


def _taken(kind: MoveKind, agreement_id: int) -> str | tuple[str, int]:
    form = sent_form("document_no", "reason")
    chosen = chosen_numbers(request.form.getlist("enrolment_id"))
    try:
        reading = Reading(form)
        document_no = reading.text("document_no", length_max=DOCUMENT_MAX)
        needed = Need.REASON in RULES[kind].needs
        reason = reading.text("reason", length_max=REASON_MAX, required=needed)
        reading.done()
        command = StepForMany(
            kind=kind,
            agreement_id=agreement_id,
            enrolment_ids=chosen,
            document_no=document_no,
            reason=reason,
        )
        with unit_of_work() as uow:
            found = take_step_for_many(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused, by_line = told_apart(form, refusal_problems(error), chosen)
        return _page(kind, agreement_id, refused, Came((), chosen, by_line)), UNPROCESSABLE
    return _page(kind, agreement_id, _form({}), Came(found.steps))


def sent_form(*names: str) -> Form:
    """The fields of a step as they came in."""
    sent = Form.sent(
        "step", {name: request.form.get(name, "") for name in (*names, "idempotency_key")}
    )
    return Form(kind="step", values=sent.values, fields=frozenset(names), key=sent.key)


def told_apart(
    form: Form, problems: Sequence[Problem], lines: Sequence[int]
) -> tuple[Form, dict[int, tuple[str, ...]]]:
    """Problems of single learners by enrolment; the others stay with the form."""
    by_line: dict[int, tuple[str, ...]] = {}
    general = []
    for problem in problems:
        if problem.row is not None and 0 < problem.row <= len(lines):
            number = lines[problem.row - 1]
            by_line[number] = (*by_line.get(number, ()), in_language(problem.message))
        else:
            general.append(problem)
    return form.with_problems(general), by_line


def done_rows(preview: StepPreview, steps: Sequence[TakenStep]) -> list[DoneRow]:
    """Whom a step was made for, and where that leads."""
    lines = {goer.line.enrolment_id: goer.line for goer in preview.goers}
    return [
        DoneRow(
            lines[step.enrolment_id].name,
            lines[step.enrolment_id].student_no,
            name_of(step.stage),
            STAGE_TONES[step.stage],
        )
        for step in steps
        if step.enrolment_id in lines
    ]


def goer_rows(
    goers: Sequence[Goer], came: Came, *, ticked: bool = True
) -> tuple[list[GoerRow], list[GoerRow]]:
    """Who goes along, and who does not; a learner who was ticked and refused stays with the first.

    After a step only those count who are still to go.
    """
    rows = [
        GoerRow(
            row_of(goer.line),
            in_language(goer.problem.message) if goer.problem else "",
            ticked if came.chosen is None else goer.line.enrolment_id in came.chosen,
        )
        for goer in goers
    ]
    return (
        [row for row in rows if not row.refusal],
        [row for row in rows if row.refusal],
    )


def _page(kind: MoveKind, agreement_id: int, form: Form, came: Came | None = None) -> str:
    came = came or Came()
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, kind, now=now())
    going, refused = goer_rows(preview.goers, came, ticked=kind not in _UNTICKED)
    words = WORDS[kind]
    template = "parts/advance_step.html" if is_fragment() else "advance_step.html"
    return render_template(
        template,
        head=head_of(preview.agreement, preview.terms.quota),
        words=words,
        kind=kind.value,
        form=form,
        needs_reason=Need.REASON in RULES[kind].needs,
        going=going,
        refused=refused,
        problems=came.problems,
        done=done_rows(preview, came.steps),
    )
