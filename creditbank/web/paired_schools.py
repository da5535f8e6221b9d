"""互转结对学校: the pairs in force and to come; for the county the form that names or ends one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import DOCUMENT_MAX
from creditbank.queries.paired_schools import PairedSchools, PairLine, paired_schools
from creditbank.services.paired_schools import NamePairedSchools, name_paired_schools
from creditbank.store.paired_schools import PairableSchool
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, pages
from creditbank.web.visits import actor, may, now, today, unit_of_work

_FIELDS = frozenset({"vocational_id", "general_id", "valid_from", "valid_until", "document_no"})
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair in the reader's words. end: the address of the form that ends it."""

    vocational: str
    general: str
    since: str
    until: str
    document_no: str
    end: str


@pages.get("/paired-schools")
@declares(Action.SEE_PAIRED_SCHOOLS)
def paired_school_list() -> str:
    """The pairs; the address may name one, with which the form then begins."""
    given = {name: request.args.get(name, "")[:10] for name in _FIELDS - {"document_no"}}
    first = {"valid_from": today().isoformat()}
    shown = given if given["vocational_id"] else first
    return _page(Form(kind="pair", values=shown, fields=_FIELDS))


@pages.post("/paired-schools")
@declares(Action.NAME_PAIRED_SCHOOLS)
def name_pair() -> Response | tuple[str, int]:
    """Name a pair, or end one."""
    names = (*_FIELDS, "idempotency_key")
    form = Form.sent("pair", {name: request.form.get(name, "") for name in names})
    try:
        reading = Reading(form)
        command = NamePairedSchools(
            vocational_id=reading.chosen_id("vocational_id"),
            general_id=reading.chosen_id("general_id"),
            valid_from=reading.day("valid_from"),
            valid_until=reading.day_or_none("valid_until"),
            document_no=reading.text("document_no", length_max=DOCUMENT_MAX),
        )
        reading.done()
        with unit_of_work() as uow:
            name_paired_schools(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.paired_school_list"), 303)


def _page(form: Form) -> str:
    with unit_of_work() as uow:
        found = paired_schools(uow, actor(), now=now())
    return render_template(
        "paired_schools.html",
        parts=[
            (_("现行"), [_row(line) for line in found.items]),
            (_("待施行"), [_row(line) for line in found.to_come]),
        ],
        form=form,
        may_name=may(Action.NAME_PAIRED_SCHOOLS),
        vocational=_choices(found, InstitutionKind.VOCATIONAL_SCHOOL),
        general=_choices(found, InstitutionKind.GENERAL_HIGH_SCHOOL),
    )


def _choices(found: PairedSchools, kind: InstitutionKind) -> list[tuple[str, str]]:
    return [(str(item.institution_id), _name(item)) for item in found.schools if item.kind == kind]


def _row(line: PairLine) -> PairRow:
    return PairRow(
        vocational=_name(line.vocational),
        general=_name(line.general),
        since=day(line.valid_from),
        until=day(line.valid_until) if line.valid_until else "",
        document_no=line.document_no,
        end=url_for(
            "web.paired_school_list",
            vocational_id=line.vocational.institution_id,
            general_id=line.general.institution_id,
            valid_from=line.valid_from.isoformat(),
            valid_until=max(today(), line.valid_from).isoformat(),
            _anchor="name",
        ),
    )


def _name(school: PairableSchool) -> str:
    return named(school.name, school.name_en)
