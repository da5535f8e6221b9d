"""Lists of uploads: what a school uploaded last, and the sheets of one file beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from creditbank.queries.own_uploads import OwnUpload, uploads_beside
from creditbank.services.uploads import ACTIONS
from creditbank.store.grade_imports import (
    COMPETITION,
    GRADES,
    INNOVATION,
    LEARNERS,
    NATIONAL_SHEET,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.languages import gettext as _
from creditbank.web.languages import ngettext
from creditbank.web.pages import moment
from creditbank.web.visits import actor

_REGISTERED = frozenset({LEARNERS, NATIONAL_SHEET})
_PAGES = {
    GRADES: "web.grade_import",
    LEARNERS: "web.class_list",
    NATIONAL_SHEET: "web.national_sheet",
    COMPETITION: "web.award_sheet",
    INNOVATION: "web.award_sheet",
}


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One upload. tone: of its badge."""

    key: str
    url: str
    title: str
    state: str
    tone: str
    by: str
    at: str


def upload_url(item: OwnUpload) -> str:
    """Where an upload is shown."""
    place: dict[str, Any] = {"import_id": item.import_id}
    if _PAGES[item.kind] == "web.award_sheet":
        place["kind"] = item.kind
    return url_for(_PAGES[item.kind], **place)


def upload_lines(items: Iterable[OwnUpload]) -> list[UploadLine]:
    """Uploads as a list shows them."""
    return [_line(item) for item in items]


def upload_state(item: OwnUpload) -> tuple[str, str]:
    """How far an upload is, and the tone of that."""
    is_registered = item.kind in _REGISTERED
    if item.is_reversed:
        return _("已整批冲销"), "other"
    if item.is_posted:
        return (_("已登记") if is_registered else _("已入账")), "good"
    if item.problem_count:
        count = item.problem_count
        return ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", count), "bad"
    return (_("未登记") if is_registered else _("未入账")), "warn"


def _line(item: OwnUpload) -> UploadLine:
    state, tone = upload_state(item)
    return UploadLine(
        item.import_id,
        upload_url(item),
        item.file_name,
        state,
        tone,
        item.uploaded_by,
        moment(item.created_at),
    )


def beside_parts(uow: UnitOfWork, kind: str, import_id: object) -> dict[str, object]:
    """The sheets of the same file, for parts/upload_beside.html."""
    lines = upload_lines(uploads_beside(uow, actor(), ACTIONS[kind], str(import_id)))
    count = len(lines)
    text = ngettext(
        "这个文件有 %(num)s 张工作表，每张分别预览和办理",
        "这个文件有 %(num)s 张工作表，每张分别预览和办理",
        count,
    )
    return {"beside": lines, "beside_text": text if lines else ""}
