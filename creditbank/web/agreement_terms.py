"""Terms of agreements: what is in force, how versions differ, and the forms to sign and amend."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.agreements import FIRST_STAGES, SECOND_STAGES, Agreement, EducationLevel
from creditbank.domain.errors import InvalidInputError, Message
from creditbank.domain.permissions import Action
from creditbank.domain.staged_modes import STAGED_MODES, Stages
from creditbank.queries.agreement_terms import (
    AgreementFile,
    SigningChoices,
    TermsVersion,
    agreement_file,
    signing_choices,
)
from creditbank.services.agreement_commands import AmendAgreement, SignAgreement
from creditbank.services.agreements import amend_agreement, sign_agreement
from creditbank.store.agreement_partners import CatalogueMajor
from creditbank.web.advance_calendar import calendar_rows
from creditbank.web.advance_words import LEVEL_NAMES, changes, terms_lines
from creditbank.web.agreement_forms import FIELDS, form_choices, read_terms, terms_values
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named
from creditbank.web.pages import day, moment, pages
from creditbank.web.reference_words import reference_text
from creditbank.web.visits import actor, may, now, today, unit_of_work

AGREEMENT = "/agreements/<int(min=1, max=2147483647):agreement_id>"
_UNLABELLED = "higher_voc"
_MODES = {
    **{label: stages for label, stages in STAGED_MODES.items() if stages.is_staged},
    _UNLABELLED: Stages(EducationLevel.HIGHER_VOCATIONAL, 30, EducationLevel.BACHELOR, 20),
}
"""What the form offers: each label, and 对口贯通分段培养 of a college, for which there is none."""
_SIGNED = frozenset(
    {"school_id", "college_id", "name", "entry_year", "staged_mode", "pre_major", "post_major"}
)
_AMENDED = frozenset({"in_force_from", "reason", "of_version_no"})
_RENAMED = {"pre_major_code": "pre_major", "post_major_code": "post_major"}
_CHOOSE = Message("请从列表中选择。", "Choose one from the list.")
_UNPROCESSABLE, _YEAR_MAX, _NAME_MAX, _VERSION_MAX = 422, 2100, 100, 10_000


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version. changes: (term, before, now) since the version before it."""

    number: int
    since: str
    document_no: str
    reason: str
    decided: str
    state: str
    tone: str
    changes: tuple[tuple[str, str, str], ...]


@pages.get(f"{AGREEMENT}/terms")
@declares(Action.SEE_AGREEMENTS)
def agreement_terms(agreement_id: int) -> str:
    """What the agreement says today, the year of its cohort, and all versions."""
    with unit_of_work() as uow:
        found = agreement_file(uow, actor(), agreement_id, now=now())
    return render_template(
        "agreement_terms.html",
        line=found.line,
        mode=_labelled(found.line.staged_mode, found.line.agreement),
        terms=terms_lines(found.in_force.terms),
        document_no=found.in_force.terms.document_no,
        versions=_version_rows(found),
        finishing_year=found.finishing_year,
        calendar=calendar_rows(found.calendar, today()),
        level=found.line.agreement.post_level.value,
        may_sign=may(Action.SIGN_AGREEMENT),
    )


@pages.get("/agreements/new")
@declares(Action.SIGN_AGREEMENT)
def new_agreement() -> str:
    """The form of a new agreement; the address may name the level whose template it begins with."""
    asked = request.args.get("level", "")
    return _signing_page(None, asked)


@pages.post("/agreements")
@declares(Action.SIGN_AGREEMENT)
def sign() -> Response | tuple[str, int]:
    """Sign an agreement."""
    form = _sent("agreement", _SIGNED)
    try:
        command = _signing(form)
        with unit_of_work() as uow:
            made = sign_agreement(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error), _RENAMED)
        return _signing_page(refused, ""), _UNPROCESSABLE
    return redirect(url_for("web.agreement_terms", agreement_id=made.agreement_id), 303)


@pages.get(f"{AGREEMENT}/terms/new")
@declares(Action.SIGN_AGREEMENT)
def amendment(agreement_id: int) -> str:
    """The form of a further version; it begins with the latest one."""
    return _amending_page(agreement_id, None)


@pages.post(f"{AGREEMENT}/terms")
@declares(Action.SIGN_AGREEMENT)
def amend(agreement_id: int) -> Response | tuple[str, int]:
    """Put a further version in force."""
    form = _sent("agreement", _AMENDED)
    try:
        reading = Reading(form)
        in_force_from = reading.day("in_force_from")
        command = AmendAgreement(
            agreement_id=agreement_id,
            of_version_no=_version_no(form),
            terms=read_terms(form, reading, in_force_from=in_force_from),
        )
        reading.done()
        with unit_of_work() as uow:
            amend_agreement(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error))
        return _amending_page(agreement_id, refused), _UNPROCESSABLE
    return redirect(url_for("web.agreement_terms", agreement_id=agreement_id), 303)


def _sent(kind: str, own: frozenset[str]) -> Form:
    names = (*FIELDS, *own, "idempotency_key")
    return Form.sent(kind, {name: request.form.get(name, "") for name in names})


def _version_no(form: Form) -> int:
    written = form.value("of_version_no")
    is_number = written.isascii() and written.isdigit() and int(written) <= _VERSION_MAX
    return int(written) if is_number else _VERSION_MAX


def _signing(form: Form) -> SignAgreement:
    reading = Reading(form)
    given: dict[str, Any] = {
        "school_id": reading.chosen("school_id"),
        "college_id": reading.chosen("college_id"),
        "name": reading.text("name", length_max=_NAME_MAX),
        "entry_year": reading.whole("entry_year", most=_YEAR_MAX),
    }
    stages = _MODES.get(form.value("staged_mode"))
    if stages is None:
        reading.refuse("staged_mode", _CHOOSE)
    pre_code, pre_year = _major(reading, form, "pre_major")
    post_code, post_year = _major(reading, form, "post_major")
    given["terms"] = read_terms(form, reading, in_force_from=None)
    reading.done()
    return SignAgreement(
        **given,
        **({} if stages is None else asdict(stages)),
        pre_major_code=pre_code,
        pre_catalogue_year=pre_year,
        post_major_code=post_code,
        post_catalogue_year=post_year,
    )


def _major(reading: Reading, form: Form, name: str) -> tuple[str, int]:
    """A major as the form names it: code and catalogue year."""
    code, _sign, year = form.value(name).partition("@")
    if not code or not (year.isascii() and year.isdigit()):
        reading.refuse(name, _CHOOSE)
        return "", 0
    return code, int(year[:4])


def _signing_page(form: Form | None, level: str) -> str:
    with unit_of_work() as uow:
        found = signing_choices(uow, actor())
    chosen = next((item for item in found.templates if item.value == level), None)
    template = found.templates[chosen or EducationLevel.HIGHER_VOCATIONAL]
    if form is None:
        values = terms_values(template.said) | {"entry_year": str(today().year)}
        form = Form(kind="agreement", values=values, fields=FIELDS | _SIGNED)
    return render_template(
        "agreement_form.html",
        form=form,
        line=None,
        action=url_for("web.sign"),
        reference=reference_text(template.reference),
        templates=[
            (url_for("web.new_agreement", level=item.value), LEVEL_NAMES[item])
            for item in found.templates
        ],
        **_partner_choices(found),
        **form_choices(),
    )


def _major_text(major: CatalogueMajor) -> str:
    level = LEVEL_NAMES[EducationLevel(major.level)]
    return f"{named(major.name, major.name_en)} {major.code} · {level}"


def _mode_text(mode: str) -> str:
    return _labelled("" if mode == _UNLABELLED else mode, _MODES[mode])


def _labelled(label: str, stages: Stages | Agreement) -> str:
    """The label of the national system, in English with what it stands for."""
    if not label:
        return _("%(stages)s（没有对应的国家标签）", stages=_stages_text(stages))
    return label if language() == "zh" else f"{_stages_text(stages)} ({label})"


def _stages_text(stages: Stages | Agreement) -> str:
    pre, post = stages.pre_level, stages.post_level
    first = _("%(level)s%(years)s年", level=LEVEL_NAMES[pre], years=_years(stages.pre_years_tenths))
    if post is None:
        return first
    years = _years(stages.post_years_tenths)
    return f"{first} + " + _("%(level)s%(years)s年", level=LEVEL_NAMES[post], years=years)


def _years(tenths: int) -> str:
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)


def _partner_choices(found: SigningChoices) -> dict[str, Any]:
    majors = [
        (f"{item.code}@{item.catalogue_year}", _major_text(item), item.level)
        for item in found.majors
    ]
    return {
        "schools": [
            (str(one.institution_id), named(one.name, one.name_en)) for one in found.schools
        ],
        "colleges": [
            (str(one.institution_id), named(one.name, one.name_en)) for one in found.colleges
        ],
        "pre_majors": [(code, name) for code, name, level in majors if level in FIRST_STAGES],
        "post_majors": [(code, name) for code, name, level in majors if level in SECOND_STAGES],
        "modes": [(mode, _mode_text(mode)) for mode in _MODES],
    }


def _amending_page(agreement_id: int, form: Form | None) -> str:
    with unit_of_work() as uow:
        signing_choices(uow, actor())
        found = agreement_file(uow, actor(), agreement_id, now=now())
    latest = found.versions[0].terms
    if form is None:
        said = {item.name: getattr(latest, item.name) for item in fields(AgreementTerms)}
        values = terms_values(said) | {
            "document_no": "",
            "in_force_from": max(today(), latest.in_force_from).isoformat(),
            "of_version_no": str(latest.version_no),
        }
        form = Form(kind="agreement", values=values, fields=FIELDS | _AMENDED)
    return render_template(
        "agreement_form.html",
        form=form,
        line=found.line,
        action=url_for("web.amend", agreement_id=agreement_id),
        **form_choices(),
    )


def _version_rows(found: AgreementFile) -> list[VersionRow]:
    rows = []
    for at, item in enumerate(found.versions):
        before = found.versions[at + 1].terms if at + 1 < len(found.versions) else None
        state, tone = _state(item)
        rows.append(
            VersionRow(
                number=item.terms.version_no,
                since=day(item.terms.in_force_from),
                document_no=item.terms.document_no,
                reason=item.terms.reason,
                decided=moment(item.decided_at) if item.decided_at else "",
                state=state,
                tone=tone,
                changes=() if before is None else tuple(changes(item.terms, before)),
            )
        )
    return rows


def _state(item: TermsVersion) -> tuple[str, str]:
    if item.is_in_force:
        return _("现行"), "good"
    if item.terms.in_force_from > today():
        return _("待施行"), "progress"
    return _("已被替换"), "neutral"
