"""学期注册: the classes of a term in numbers, one class to be registered, who is not registered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Response, render_template, request
from werkzeug.exceptions import NotFound

from creditbank.domain.access import declares
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.domain.term_registrations import RegistrationState, TermStanding
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.queries.term_registrations import (
    Chosen,
    TermLearner,
    TermNumbers,
    present_term,
    registration_terms,
    term_learners,
    term_numbers,
)
from creditbank.services.term_registrations import (
    RegisteredTerm,
    RegisterTerm,
    TermLine,
    register_term,
)
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted
from creditbank.web.figures import segments
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.pages import day, is_fragment, pages
from creditbank.web.stacks import Part, Stack
from creditbank.web.transcripts import term_label
from creditbank.web.visits import actor, may, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS = frozenset({"term", "class_name", "entry_year", "school", "day"})
_WHOLE = re.compile("[0-9]{1,9}")
_SHOWN_MAX, _MISSING_MAX = 200, 2000
"""On the page, and in the file."""
_UNPROCESSABLE = 422
_TONES: Mapping[TermStanding, str] = {
    TermStanding.REGISTERED: "good",
    TermStanding.REPORTED: "progress",
    TermStanding.ABSENT: "bad",
    TermStanding.NOT_YET: "warn",
    TermStanding.AWAY: "neutral",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen on a learner's line."""

    state: str
    reason: str = ""
    on_leave: bool = False

    @property
    def mark(self) -> str:
        """All of it in one text: what was chosen is compared with what was shown."""
        return f"{self.state}{'+' if self.on_leave else '-'}{self.reason}"


@dataclass(frozen=True, slots=True)
class NumbersRow:
    """One class, or one school, with its bar."""

    text: str
    link: Mapping[str, object]
    stack: Stack


@dataclass(frozen=True, slots=True)
class TermRow:
    """One learner, in the reader's language. was: the choice that stands; may_be: registered."""

    item: TermLearner
    standing: str
    tone: str
    day: str
    chosen: Choice
    was: str
    may_be: bool
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Came:
    """What a class that was sent came to. typed: choices that are not recorded."""

    found: RegisteredTerm | None = None
    typed: Mapping[int, Choice] = field(default_factory=dict)


@pages.get("/term-registrations")
@declares(Action.SEE_TERM_NUMBERS)
def term_registrations() -> str:
    """The classes of a term, and one of them where it is chosen."""
    return _page(_asked())


@pages.post("/term-registrations")
@declares(Action.REGISTER_TERM)
def register_class_term() -> str | tuple[str, int]:
    """Record what was chosen, or register everybody on whom nothing else was chosen."""
    names = (*_FIELDS, "idempotency_key")
    sent = Form.sent("term", {name: request.form.get(name, "") for name in names})
    form = Form(kind="term", values=sent.values, fields=_FIELDS, key=sent.key)
    typed, term = _typed(), _term(form)
    reading = Reading(form)
    on = reading.day("day")
    try:
        reading.done()
        lines = tuple(
            TermLine(
                enrolment_id=number,
                state=RegistrationState(choice.state),
                reason=choice.reason,
                on_leave=choice.on_leave,
            )
            for number, choice in typed.items()
        )
        command = RegisterTerm(term=term, day=on, lines=lines)
        with unit_of_work() as uow:
            found = register_term(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error))
        return _page(refused, _Came(typed=typed)), _UNPROCESSABLE
    kept = {item.enrolment_id: typed[item.enrolment_id] for item in found.lines if item.problems}
    return _page(Form(kind="term", values=form.values, fields=_FIELDS), _Came(found, kept))


@pages.get("/term-registrations/unregistered")
@declares(Action.SEE_TERM_REGISTRATIONS)
def unregistered() -> str:
    """Who is not registered and why, to be printed."""
    form = _asked()
    rows = _missing(form, _SHOWN_MAX)
    return render_template(
        "unregistered.html",
        form=form,
        term=term_label(form.value("term")),
        rows=[_row(item, _Came()) for item in rows],
        is_cut=len(rows) == _SHOWN_MAX,
    )


@pages.get("/term-registrations/unregistered.xlsx")
@declares(Action.SEE_TERM_REGISTRATIONS)
def unregistered_sheet() -> Response:
    """The same as an Excel file."""
    form = _asked()
    rows = [_row(item, _Came()) for item in _missing(form, _MISSING_MAX)]
    title = _("%(term)s未注册名单", term=term_label(form.value("term")))
    head = (_("班级"), _("学号"), _("姓名"), _("注册状况"), _("请假"), _("原因"))
    table = SheetTable(
        _("未注册名单"),
        head,
        [
            (
                row.item.class_name, row.item.student_no, row.item.name, row.standing,
                _("是") if row.item.on_leave else "", row.item.reason,
            )
            for row in rows
        ],
        (title,),
    )  # fmt: skip
    response = Response(tables_workbook([table], made_on=today()), content_type=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> Form:
    """What the address names; the present term, and today or the last day of a term that is over.

    A term that the calendar does not have is answered like an address that is none.
    """
    values = {name: request.args.get(name, "")[:60] for name in _FIELDS}
    with unit_of_work() as uow:
        code = values["term"] or present_term(uow, now=now()).code
        days = terms_by_code(uow.connection).get(code)
    if days is None and values["term"]:
        raise NotFound
    last = today() if days is None else min(today(), days.ends_on)
    return Form(
        kind="term", values=values | {"term": code, "day": last.isoformat()}, fields=_FIELDS
    )


def _term(form: Form) -> Term:
    """The term of a form that this page has made; any other is not found."""
    try:
        return Term.parse(form.value("term"))
    except ValueError:
        raise NotFound from None


def _typed() -> dict[int, Choice]:
    """What was chosen by enrolment, where that is something else than what was shown."""
    is_all = request.form.get("do") == "all"
    found = {}
    for text in request.form.getlist("enrolment_id"):
        state = request.form.get(f"state_{text}", "")
        if not _WHOLE.fullmatch(text) or state not in {"", *RegistrationState}:
            raise NotFound
        if is_all and state != RegistrationState.ABSENT:
            state = RegistrationState.REGISTERED.value
        is_registered = state == RegistrationState.REGISTERED
        choice = Choice(
            state,
            "" if is_registered else clean_text(request.form.get(f"reason_{text}", "")),
            state == RegistrationState.ABSENT and f"leave_{text}" in request.form,
        )
        if state and choice.mark != request.form.get(f"was_{text}"):
            found[int(text)] = choice
    return found


def _page(form: Form, came: _Came | None = None) -> str:
    came = came or _Came()
    school = form.value("school")
    learners: Sequence[TermLearner] = ()
    with unit_of_work() as uow:
        term = _term(form)
        terms = registration_terms(uow, now=now())
        numbers: Sequence[TermNumbers] = ()
        if term.code in terms_by_code(uow.connection):
            asked = int(school) if _WHOLE.fullmatch(school) else None
            numbers = term_numbers(uow, actor(), term, school=asked, now=now())
            learners = _class(uow, term, form)
    template = "parts/term_registrations.html" if is_fragment() else "term_registrations.html"
    return render_template(
        template,
        form=form,
        terms=[(item.code, term_label(item.code)) for item in terms],
        term=term_label(term.code),
        rows=[_row(item, came) for item in learners],
        is_chosen=bool(form.value("class_name")),
        states=choices(RegistrationState),
        may_register=may(Action.REGISTER_TERM),
        may_see=may(Action.SEE_TERM_REGISTRATIONS),
        numbers=[_numbers_row(item, term) for item in numbers],
        school=_school_name(numbers[0]) if numbers else "",
        said=_said(came.found) if came.found else None,
        unplaced=form.general_faults,
    )


def _class(uow: UnitOfWork, term: Term, form: Form) -> Sequence[TermLearner]:
    name, year = form.value("class_name"), form.value("entry_year")
    if not (name and _WHOLE.fullmatch(year) and may(Action.SEE_TERM_REGISTRATIONS)):
        return ()
    chosen = Chosen(class_name=name, entry_year=int(year))
    return term_learners(uow, actor(), term, chosen, now=now())


def _missing(form: Form, limit: int) -> Sequence[TermLearner]:
    name, year = form.value("class_name"), form.value("entry_year")
    chosen = Chosen(
        class_name=name or None,
        entry_year=int(year) if _WHOLE.fullmatch(year) else None,
        missing=True,
        limit=limit,
    )
    with unit_of_work() as uow:
        return term_learners(uow, actor(), _term(form), chosen, now=now())


def _row(item: TermLearner, came: _Came) -> TermRow:
    standing = TermStanding(item.standing)
    is_recorded = standing not in {TermStanding.AWAY, TermStanding.NOT_YET}
    shown = Choice(item.standing if is_recorded else "", item.reason, item.on_leave)
    lines = came.found.lines if came.found else ()
    problems = [line.problems for line in lines if line.enrolment_id == item.enrolment_id]
    return TermRow(
        item=item,
        standing=name_of(standing),
        tone=_TONES[standing],
        day=day(item.day) if item.day else "",
        chosen=came.typed.get(item.enrolment_id, shown),
        was=shown.mark,
        may_be=item.is_open and standing is not TermStanding.AWAY,
        refusals=tuple(in_language(problem.message) for found in problems for problem in found),
    )


def _numbers_row(item: TermNumbers, term: Term) -> NumbersRow:
    is_class = bool(item.class_name)
    link: dict[str, object] = {"term": term.code}
    if not is_class:
        link["school"] = item.institution_id
    else:
        link |= {"class_name": item.class_name, "entry_year": item.entry_year}
    counts = [
        (TermStanding.REGISTERED, item.registered), (TermStanding.REPORTED, item.reported),
        (TermStanding.ABSENT, item.absent), (TermStanding.NOT_YET, item.not_yet),
        (TermStanding.AWAY, item.away),
    ]  # fmt: skip
    parts = tuple(
        Part(_TONES[standing], f"{name_of(standing)} {count}", count)
        for standing, count in counts
        if count
    )
    total = sum(count for _standing, count in counts)
    joined = _("、").join(part.text for part in parts)
    drawn = segments(((part.count, part.tone) for part in parts), total)
    return NumbersRow(
        item.class_name or _school_name(item), link, Stack(drawn, parts, joined, total)
    )


def _school_name(item: TermNumbers) -> str:
    return named(item.institution_name, item.institution_name_en)


def _said(found: RegisteredTerm) -> Posted:
    done = sum(bool(item.state) for item in found.lines)
    refused = len(found.lines) - done
    texts = (_("%(count)s 名未登记，原因见名单", count=refused),) if refused else ()
    return Posted("warn" if refused else "good", _("已登记 %(count)s 名", count=done), texts)
