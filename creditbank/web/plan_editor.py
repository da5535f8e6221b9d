"""The editor of a plan: the same document as a form and as text, checked while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from flask import redirect, render_template, request, url_for
from flask_babel import LazyString
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.courses import CourseNature
from creditbank.domain.errors import BusyError, Fault, InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.plans import ConditionKind, Substitution
from creditbank.queries.plans import plan_text
from creditbank.services.commands import SavePlan
from creditbank.services.plans import check_plan_text, own_plan, save_plan
from creditbank.store.documents import DocumentError
from creditbank.store.plan_versions import is_followed
from creditbank.web.condition_lines import condition_name
from creditbank.web.forms import refusal_problems
from creditbank.web.labels import choices
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import is_fragment, pages
from creditbank.web.plan_changes import substitution_name
from creditbank.web.plan_forms import (
    EditorForm,
    EditorRow,
    filled_rows,
    form_of_fields,
    form_of_text,
    text_of_form,
)
from creditbank.web.plan_templates import NEW_PLAN
from creditbank.web.plans import PLAN
from creditbank.web.visits import actor, now, unit_of_work

_UNPROCESSABLE = 422
_KEY_MAX = 80
_FORM, _TEXT = "form", "text"


@dataclass(frozen=True, slots=True)
class Editor:
    """What the editor holds. plan_id: the draft that is changed, 0 for a new version.

    is_blank: nothing was typed yet, so there is nothing to find fault with.
    """

    view: str
    text: str = ""
    form: EditorForm = EditorForm()  # noqa: RUF009 (frozen)
    source: str = ""
    plan_id: int = 0
    revision: str = ""
    key: str = ""
    focus: str = ""
    notice: str = ""
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault in the reader's words. field: the name of its field in the form view."""

    clause: str
    text: str
    line: int
    place: str
    field: str
    is_warning: bool


@pages.get("/plans/new")
@declares(Action.WRITE_PLAN)
def new_plan() -> str:
    """A new plan: from another one's text, or from the smallest."""
    source = request.args.get("from", 0, type=int)
    text = NEW_PLAN
    if source:
        with unit_of_work() as uow:
            text = plan_text(uow, actor(), source).text
    return _page(Editor(_FORM, text=text, source=text, is_blank=not source))


@pages.get(f"{PLAN}/edit")
@declares(Action.WRITE_PLAN)
def edit_plan(plan_id: int) -> str:
    """Change a draft, or write the next version of one that is followed."""
    with unit_of_work() as uow:
        own_plan(uow, actor(), plan_id)
        found = plan_text(uow, actor(), plan_id)
        frozen = is_followed(uow.connection, plan_id)
    editor = Editor(_FORM, text=found.text, source=found.text)
    if not frozen:
        editor = replace(editor, plan_id=plan_id, revision=found.revision)
    return _page(editor)


@pages.post("/plans/editor")
@declares(Action.WRITE_PLAN)
def redraw_editor() -> str:
    """The other view of what was typed, or one row more or less."""
    editor = _sent()
    todo, _colon, what = request.form.get("do", "").partition(":")
    if todo in {_FORM, _TEXT}:
        return _page(_switched(editor, todo))
    name, _dot, number = what.partition(".")
    rows = editor.form.rows.get(name, ())
    if todo == "add" and name in editor.form.rows:
        rows = (*rows, EditorRow({}))
        editor = replace(editor, focus=f"{name}.{len(rows) - 1}")
    elif todo == "remove" and number.isdigit():
        rows = tuple(row for at, row in enumerate(rows) if at != int(number))
    form = replace(editor.form, rows={**editor.form.rows, name: rows})
    return _page(replace(editor, form=form))


@pages.post("/plans/check")
@declares(Action.WRITE_PLAN)
def check_editor() -> str:
    """What is wrong with what stands in the editor at this moment."""
    editor = _sent()
    try:
        text = _text_of(editor)
    except DocumentError as error:
        faults: tuple[Fault, ...] = tuple(error.faults) or (_NO_RULES,)
        is_usable = False
    else:
        with unit_of_work() as uow:
            checked = check_plan_text(uow, actor(), text, now=now())
        faults, is_usable = checked.faults, checked.is_usable
    return render_template(
        "parts/plan_faults.html",
        faults=[_line(item, editor) for item in faults],
        is_usable=is_usable,
        by_line=editor.view == _TEXT,
    )


@pages.post("/plans")
@declares(Action.WRITE_PLAN)
def save_editor() -> str | Response | tuple[str, int]:
    """Save what stands in the editor, or show it again with what is wrong."""
    editor = _sent()
    try:
        command = SavePlan(
            text=_text_of(editor), plan_id=editor.plan_id or None, revision=editor.revision
        )
        with unit_of_work() as uow:
            saved = save_plan(uow, actor(), command, idempotency_key=editor.key, now=now())
    except DocumentError:
        return _page(replace(editor, notice=in_language(_NO_RULES.message))), _UNPROCESSABLE
    except (InvalidInputError, BusyError) as error:
        return _page(replace(editor, notice=_said(error))), _UNPROCESSABLE
    return redirect(url_for("web.plan", plan_id=saved.plan_id), 303)


def _said(error: InvalidInputError | BusyError) -> str:
    """The refusal in a sentence; the places are listed beside the text."""
    problems: tuple[Problem, ...] = refusal_problems(error)
    has_places = any(item.row is not None for item in problems)
    return in_language(error.message if has_places else problems[0].message)


def _switched(editor: Editor, view: str) -> Editor:
    """The other view; the same one, with a word on it, where the other cannot show what stands."""
    if view == editor.view:
        return editor
    try:
        text = _text_of(editor)
        form = form_of_text(text) if view == _FORM else editor.form
    except DocumentError:
        return replace(
            editor,
            notice=_("内容还不能用另一种方式显示；请先按右侧提示改正，已填写的内容都在。"),
        )
    return replace(editor, view=view, text=text, source=text, form=form)


def _text_of(editor: Editor) -> str:
    if editor.view == _TEXT:
        return editor.text
    return text_of_form(editor.form, editor.source)


def _sent() -> Editor:
    sent = request.form
    # A browser sends line breaks as CR LF; the text has them as LF.
    values = {name: value.replace("\r\n", "\n") for name, value in sent.items()}
    return Editor(
        view=_TEXT if values.get("view") == _TEXT else _FORM,
        text=values.get("text", ""),
        form=form_of_fields(values, sent.getlist("conditions")),
        source=values.get("source", ""),
        plan_id=sent.get("plan_id", 0, type=int),
        revision=values.get("revision", ""),
        key=values.get("idempotency_key", "")[:_KEY_MAX] or str(uuid4()),
    )


def _page(editor: Editor) -> str:
    if editor.view == _FORM and not editor.form.rows:
        editor = _switched(replace(editor, view=_TEXT), _FORM)
    return render_template(
        "parts/plan_editor.html" if is_fragment() else "plan_editor.html",
        editor=editor if editor.key else replace(editor, key=str(uuid4())),
        natures=choices(CourseNature),
        substitutions=[(code.value, substitution_name(code)) for code in Substitution],
        conditions=[(code.value, condition_name(code.value)) for code in ConditionKind],
    )


def _line(fault: Fault, editor: Editor) -> FaultLine:
    return FaultLine(
        clause=fault.code if fault.code.startswith("P") else "",
        text=in_language(fault.message),
        line=max(fault.line, 1),
        place=_place(fault, editor),
        field=_field(fault, editor),
        is_warning=fault.is_warning,
    )


def _place(fault: Fault, editor: Editor) -> str:
    """Where it is, for the form view: which block or course, or which rule."""
    name = str(fault.path[0]) if fault.path else ""
    if len(fault.path) < 2 or not isinstance(fault.path[1], int):  # noqa: PLR2004 (a list's item)
        return str(PLACES.get(name, ""))
    at = fault.path[1]
    row = _row(name, at, editor)
    if row is not None:
        code = row.values.get("code") or row.values.get("course_code", "")
        return f"{code} {row.values.get('name', '')}".strip()
    return f"{PLACES.get(name, name)} {at + 1}"


def _field(fault: Fault, editor: Editor) -> str:
    """The name of the field in the form, or of the text that holds it."""
    if not fault.path:
        return "rest"
    name = str(fault.path[0])
    if name in editor.form.rows and len(fault.path) > 1 and isinstance(fault.path[1], int):
        at = fault.path[1]
        numbers = filled_rows(editor.form)[name]
        row = numbers[at] if at < len(numbers) else at
        first = "code" if name == "blocks" else "course_code"
        return f"{name}.{row}.{fault.path[2] if len(fault.path) > 2 else first}"  # noqa: PLR2004
    return name if name in editor.form.top or name == "required_pass_exams" else "rest"


def _row(name: str, at: int, editor: Editor) -> EditorRow | None:
    rows, numbers = editor.form.rows.get(name, ()), filled_rows(editor.form).get(name, [])
    return rows[numbers[at]] if at < len(numbers) else None


PLACES: Mapping[str, LazyString] = {
    "code": _l("方案代码"),
    "name": _l("方案名称"),
    "major_code": _l("专业代码"),
    "catalogue_year": _l("专业目录年份"),
    "years": _l("学制（年）"),
    "credits_min": _l("毕业总学分"),
    "blocks": _l("模块"),
    "courses": _l("课程"),
    "conditions": _l("毕业条件"),
    "required_pass_exams": _l("合格性考试科目"),
    "caps": _l("封顶"),
    "floors": _l("最低学分"),
    "hours_floors": _l("最低学时"),
    "double_counts": _l("同时计入"),
    "rest": _l("其他规则"),
}
"""Where in the form a fault is that is in no row."""
_NO_RULES = Fault(
    ("rest",),
    "not_yaml",
    Message(
        "“其他规则”一栏不是有效的YAML字段,请检查缩进、冒号和引号。",
        "The further rules are no fields in YAML; check indentation, colons and quotes.",
    ),
)
