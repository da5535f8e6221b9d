"""文件版式: a school's own layouts: taken from the standard, tried on samples, dated, taken back.

A file that does not set every sample is not kept; what is wrong is said with its line.
"""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem, refused
from creditbank.domain.papers import LAYOUT_KINDS, PaperKind
from creditbank.domain.permissions import Action
from creditbank.papers.layouts import (
    LAYOUT_BYTES_MAX,
    LayoutError,
    SettingBusyError,
    sample_pictures,
    standard_layout,
    try_layout,
)
from creditbank.queries.paper_layouts import KindLayouts, layout_source, school_layouts
from creditbank.services.paper_commands import AddLayout, StartLayout
from creditbank.services.paper_layouts import NOTE_MAX, add_layout, start_layout
from creditbank.store.paper_layouts import KeptLayout, LayoutStart
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.layout_words import BUSY_SETTING, fault_words
from creditbank.web.pages import day as day_text
from creditbank.web.pages import moment, pages
from creditbank.web.visits import actor, now, today, unit_of_work

_KIND = "/paper-layouts/<string(maxlength=20):kind>"
_VERSION = "/paper-layouts/versions/<int(min=1, max=2147483647):paper_layout_id>"
_UNPROCESSABLE = 422
_DIGITS = 10
_UPLOAD = frozenset({"layout", "note"})
_START = frozenset({"starts_on"})
_TOO_LARGE = Problem(
    "layout_too_large",
    Message("版式文件不能超过 64 KB。", "A layout file has at most 64 KB."),
    field="layout",
)
_NO_TEXT = Problem(
    "layout_no_text",
    Message(
        "请选择版式文件;须为 UTF-8 编码的文本(.typ),可以先下载标准版式再修改。",
        "Choose a layout file: text in UTF-8 (.typ). You can download the standard one first.",
    ),
    field="layout",
)


@pages.get("/paper-layouts")
@declares(Action.CHANGE_PAPER_LAYOUT)
def paper_layouts() -> str:
    """Every kind, and with which layout it is set."""
    with unit_of_work() as uow:
        found = school_layouts(uow, actor(), today=today())
    rows = [
        (kind.value, name_of(kind), _in_force(item), [_started(start) for start in item.coming])
        for kind, item in found.items()
    ]
    return render_template("paper_layouts.html", rows=rows)


@pages.get(_KIND)
@declares(Action.CHANGE_PAPER_LAYOUT)
def kind_layouts(kind: str) -> str:
    """One kind: its versions, what is in force, and a new file."""
    return _kind_page(_known(kind))


@pages.post(_KIND)
@declares(Action.CHANGE_PAPER_LAYOUT)
def upload_layout(kind: str) -> Response | tuple[str, int]:
    """Try a file on all samples; keep it as the next version where it sets them."""
    of = _known(kind)
    names = ("note", "idempotency_key")
    sent = Form.sent("layout", {name: request.form.get(name, "") for name in names})
    form = Form(kind="layout", values=sent.values, fields=_UPLOAD, key=sent.key)
    reading = Reading(form)
    note = reading.text("note", length_max=NOTE_MAX, required=False)
    try:
        reading.done()
        source = _uploaded()
        _tried(of, source)
        command = AddLayout(kind=of, source=source, note=note)
        with unit_of_work() as uow:
            made = add_layout(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _kind_page(of, upload=form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.layout_version", paper_layout_id=made.paper_layout_id))


@pages.get(_VERSION)
@declares(Action.CHANGE_PAPER_LAYOUT)
def layout_version(paper_layout_id: int) -> str:
    """One version as a picture of the sample, and from when it is to be used."""
    return _version_page(paper_layout_id, _start_form())


@pages.get(f"{_VERSION}/file")
@declares(Action.CHANGE_PAPER_LAYOUT)
def layout_file(paper_layout_id: int) -> Response:
    """The file of a version, as it was uploaded."""
    with unit_of_work() as uow:
        kept = layout_source(uow, actor(), paper_layout_id)
    return _typst(kept.source, f"{kept.kind.value}-{kept.version}.typ")


@pages.get(f"{_KIND}/standard")
@declares(Action.CHANGE_PAPER_LAYOUT)
def standard_layout_file(kind: str) -> Response:
    """The standard file of a kind, to begin with."""
    of = _known(kind)
    return _typst(standard_layout(of), f"{of.value}.typ")


@pages.get(f"{_KIND}/picture")
@declares(Action.CHANGE_PAPER_LAYOUT)
def layout_picture(kind: str) -> Response:
    """The first page of the sample, with the layout that is in force."""
    of = _known(kind)
    with unit_of_work() as uow:
        found = school_layouts(uow, actor(), today=today())[of]
    number = found.current.paper_layout_id if found.current else None
    sources = {item.paper_layout_id: item.source for item in found.versions}
    drawn = _drawn(of, standard_layout(of) if number is None else sources[number])
    return Response(drawn[0], content_type="image/png")


@pages.post(f"{_KIND}/starts")
@declares(Action.CHANGE_PAPER_LAYOUT)
def start_kind_layout(kind: str) -> Response | tuple[str, int]:
    """Use a version from a day on, or the standard layout again."""
    of = _known(kind)
    names = ("starts_on", "paper_layout_id", "idempotency_key")
    sent = Form.sent("start", {name: request.form.get(name, "") for name in names})
    form = Form(kind="start", values=sent.values, fields=_START, key=sent.key)
    written = form.value("paper_layout_id")
    if written and not (written.isascii() and written.isdigit() and len(written) < _DIGITS):
        raise NotFound
    number = int(written) if written else None
    reading = Reading(form)
    starts_on = reading.day("starts_on")
    try:
        reading.done()
        command = StartLayout(kind=of, paper_layout_id=number, starts_on=starts_on)
        with unit_of_work() as uow:
            start_layout(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        returned = form.with_problems(refusal_problems(error))
        if number is None:
            return _kind_page(of, start=returned), _UNPROCESSABLE
        return _version_page(number, returned), _UNPROCESSABLE
    return redirect(url_for("web.kind_layouts", kind=of.value))


def _known(kind: str) -> PaperKind:
    if kind not in LAYOUT_KINDS:
        raise NotFound
    return PaperKind(kind)


def _uploaded() -> str:
    sent = request.files.get("layout")
    content = sent.read(LAYOUT_BYTES_MAX + 1) if sent else b""
    if len(content) > LAYOUT_BYTES_MAX:
        raise refused(_TOO_LARGE)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or "\0" in text:
        raise refused(_NO_TEXT)
    return text


def _tried(kind: PaperKind, source: str) -> None:
    try:
        try_layout(kind, source, day=today())
    except SettingBusyError as error:
        raise BusyError(BUSY_SETTING) from error
    except LayoutError as error:
        said = fault_words(error)
        problem = Problem("layout_fault", Message(said, said), field="layout")
        raise refused(problem) from error


def _drawn(kind: PaperKind, source: str) -> list[bytes]:
    try:
        return sample_pictures(kind, source, day=today())
    except SettingBusyError as error:
        raise BusyError(BUSY_SETTING) from error


def _typst(source: str, name: str) -> Response:
    response = Response(source, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _start_form() -> Form:
    return Form(kind="start", values={"starts_on": today().isoformat()}, fields=_START)


def _kind_page(kind: PaperKind, *, upload: Form | None = None, start: Form | None = None) -> str:
    with unit_of_work() as uow:
        found = school_layouts(uow, actor(), today=today())[kind]
    return render_template(
        "paper_layout.html",
        kind=kind.value,
        kind_name=name_of(kind),
        in_force=_in_force(found),
        is_standard=found.current is None,
        coming=[_started(item) for item in found.coming],
        past=[_started(item) for item in found.past],
        versions=[_version(item) for item in found.versions],
        form=upload or Form(kind="layout", fields=_UPLOAD),
        start=start or _start_form(),
        has_versions=bool(found.versions),
    )


def _version_page(paper_layout_id: int, start: Form) -> str:
    with unit_of_work() as uow:
        kept = layout_source(uow, actor(), paper_layout_id)
    pictures = [base64.b64encode(page).decode() for page in _drawn(kept.kind, kept.source)]
    return render_template(
        "paper_layout_version.html",
        kind=kept.kind.value,
        kind_name=name_of(kept.kind),
        item=_version(kept),
        pictures=pictures,
        start=start,
    )


def _version(item: KeptLayout) -> dict[str, Any]:
    return {
        "paper_layout_id": item.paper_layout_id,
        "name": _("第 %(version)s 版", version=item.version),
        "note": item.note,
        "said": f"{item.uploaded_by} · {moment(item.uploaded_at)}",
    }


def _layout_name(item: LayoutStart) -> str:
    return _("第 %(version)s 版", version=item.version) if item.version else _("标准版式")


def _in_force(found: KindLayouts) -> str:
    if found.current is None:
        return _("标准版式")
    return _started(found.current)


def _since(name: str, day: date) -> str:
    return _("%(name)s，%(day)s 起", name=name, day=day_text(day))


def _started(item: LayoutStart) -> str:
    return _since(_layout_name(item), item.starts_on)
