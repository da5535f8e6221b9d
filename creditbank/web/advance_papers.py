"""What is printed of the advance: 转段资格审核表 of one or a class, and the list of a notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Response, g, render_template, request
from flask_babel import force_locale
from werkzeug.exceptions import NotFound

from creditbank.domain.access import declares
from creditbank.domain.advance_forms import (
    AdvanceFormContent,
    FormCondition,
    FormOpinion,
    FormScore,
)
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.credits import credits_text
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import ConditionResult
from creditbank.papers.rendering import render_advance_forms
from creditbank.queries.advance_histories import HistoryRow
from creditbank.queries.advance_previews import StepPreview, preview_step
from creditbank.queries.advances import AdvanceForm, advance_forms
from creditbank.queries.agreements import AgreementLine
from creditbank.web.advance_views import (
    ADVANCE,
    chosen_numbers,
    condition_text,
    course_names,
    head_of,
    row_of,
)
from creditbank.web.condition_values import actual_words, required_words
from creditbank.web.labels import name_of
from creditbank.web.languages import typeset
from creditbank.web.pages import day, pages
from creditbank.web.visits import actor, now, today, unit_of_work

_FORMS_MAX = 200
_SCHOOL = frozenset({MoveKind.QUALIFY, MoveKind.ANNOUNCE, MoveKind.FILE})
_COLLEGE = frozenset({MoveKind.PROPOSE, MoveKind.PASS_OVER, MoveKind.ADMIT, MoveKind.REFUSE})
_IN_BOOKS = frozenset({"credits_to_date", "no_failed_core", "floor", "choice", "hours"})


@pages.get(f"{ADVANCE}/forms")
@declares(Action.SEE_ADVANCE_COHORT)
def advance_forms_file(agreement_id: int) -> Response:
    """The forms of the whole class, or of those who are named, as one PDF."""
    wanted = chosen_numbers(request.args.getlist("enrolment_id"))
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.FILE, now=now())
        forms = advance_forms(uow, actor(), agreement_id, wanted or None, now=now())
        names = course_names(uow, preview.agreement.agreement.school_id)
    if not forms or len(forms) > _FORMS_MAX:
        raise NotFound
    with _in_chinese():
        contents = [_content(form, preview, names) for form in forms]
    response = Response(render_advance_forms(contents, today()), content_type="application/pdf")
    name = f"advance-{agreement_id}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@contextmanager
def _in_chinese() -> Iterator[None]:
    """A form is in Chinese whoever prints it."""
    before = g.get("language")
    g.language = "zh"
    with force_locale("zh"):
        yield
    if before is None:
        g.pop("language")
    else:
        g.language = before


def _content(
    form: AdvanceForm, preview: StepPreview, names: Mapping[str, str]
) -> AdvanceFormContent:
    line: AgreementLine = preview.agreement
    ranked = next((row for row in reversed(form.opinions) if row.total is not None), None)
    return AdvanceFormContent(
        school=line.school_name,
        college=line.college_name,
        agreement=typeset(line.agreement.name),
        document_no=preview.terms.document_no,
        name=form.line.name,
        student_no=form.line.student_no,
        class_name=form.line.class_name,
        attempt=form.line.standing.attempt,
        conditions=tuple(_condition(item, names) for item in form.conditions),
        scores=_scores(preview.terms, form.scores),
        total=credits_text(ranked.total) if ranked and ranked.total is not None else "",
        rank=str(ranked.rank) if ranked and ranked.rank else "",
        notice=_notice(form),
        conclusion=name_of(form.line.standing.stage),
        opinions=(
            _opinion(f"中职（{line.school_name}）", form.opinions, _SCHOOL),
            _opinion(f"对接院校（{line.college_name}）", form.opinions, _COLLEGE),
        ),
    )


def _condition(item: ConditionResult, names: Mapping[str, str]) -> FormCondition:
    missing = tuple(names.get(code, code) for code in item.missing_codes)
    kind = item.code.partition(".")[0]
    evidence = (
        "成绩单" if kind in _IN_BOOKS else "证书记录" if kind == "certificate" else "学籍档案"
    )
    return FormCondition(
        name=condition_text(item._replace(met=True), names).text,
        required=required_words(item),
        actual=actual_words(item, missing),
        met=item.met,
        evidence=evidence,
    )


def _scores(terms: AgreementTerms, points: Mapping[str, int]) -> tuple[FormScore, ...]:
    return tuple(
        FormScore(
            name=name_of(part.kind),
            full_marks=credits_text(part.full_marks),
            weight=str(part.weight),
            points=_points(points, part.kind),
        )
        for part in terms.scores
    )


def _points(points: Mapping[str, int], kind: ScoreKind) -> str:
    found = points.get(kind.value)
    return "" if found is None else credits_text(found)


def _notice(form: AdvanceForm) -> str:
    standing = form.line.standing
    if standing.notice_starts_on is None or standing.notice_ends_on is None:
        return ""
    days = f"{day(standing.notice_starts_on)}至{day(standing.notice_ends_on)}"
    until = standing.appeal_until
    return f"{days}，异议至{day(until)}" if until else days


def _opinion(office: str, rows: tuple[HistoryRow, ...], kinds: frozenset[MoveKind]) -> FormOpinion:
    """The last that an office has decided."""
    found = next((row for row in reversed(rows) if row.kind in kinds), None)
    if found is None:
        return FormOpinion(office=office)
    return FormOpinion(
        office=office,
        words=name_of(MoveKind(found.kind)) + (f"：{found.reason}" if found.reason else ""),
        document_no=found.document_no,
        given_on=found.decided_on.isoformat(),
    )


@pages.get(f"{ADVANCE}/public-list")
@declares(Action.SEE_ADVANCE_COHORT)
def advance_public_list(agreement_id: int) -> str:
    """公示名单: name, school, year, class and result, nothing else; gone when its days are over."""
    with unit_of_work() as uow:
        preview = preview_step(uow, actor(), agreement_id, MoveKind.FILE, now=now())
    on_notice = [
        goer.line
        for goer in preview.goers
        if goer.line.standing.notice_ends_on is not None
        and goer.line.standing.stage in {Stage.NOTICE, Stage.ASSESSMENT_FAILED}
    ]
    shown = [
        line
        for line in on_notice
        if line.standing.notice_ends_on and line.standing.notice_ends_on >= today()
    ]
    first = shown[0].standing if shown else None
    return render_template(
        "advance_public_list.html",
        head=head_of(preview.agreement, preview.terms.quota),
        year=preview.agreement.agreement.entry_year,
        rows=[row_of(line) for line in shown],
        days=(first.notice_starts_on, first.notice_ends_on, first.appeal_until) if first else None,
        is_over=bool(on_notice) and not shown,
    )
