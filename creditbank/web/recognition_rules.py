"""学分互认对照表: the table of a day, one line with its versions, and the county's changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.labels import DIRECTIONS, ELECTIVES
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_cells import COLUMNS, cells_of, line_of
from creditbank.domain.recognition_rules import (
    RATIO_WHOLE,
    REASON_MAX,
    RecognitionRule,
    Relation,
)
from creditbank.queries.recognition_rules import (
    RecognitionTable,
    RecognitionVersion,
    recognition_table,
    recognition_versions,
)
from creditbank.services.recognition_rules import (
    ChangeRecognitionRules,
    change_recognition_rules,
)
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import day, moment, pages
from creditbank.web.reference_words import reference_text
from creditbank.web.visits import actor, may, now, today, unit_of_work

TABLE = "/recognition-rules"
FIELDS = frozenset({*COLUMNS, "reason"})
TONES: Mapping[Relation, str] = {
    Relation.SAME: "good",
    Relation.SIMILAR: "progress",
    Relation.ELECTIVE: "other",
    Relation.NONE: "neutral",
}
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line in the reader's words. conditions: ratio, limit, test and end, where there are."""

    code: str
    direction: str
    sources: str
    targets: str
    relation: str
    tone: str
    conditions: tuple[str, ...]
    document_no: str
    since: str


@dataclass(frozen=True, slots=True)
class DirectionPart:
    """The lines of one direction, and the documents that they rest on."""

    title: str
    rows: tuple[LineRow, ...]

    @property
    def documents(self) -> list[str]:
        """Each once, in the order of the lines."""
        return list(dict.fromkeys(row.document_no for row in self.rows))


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a line. decided: "" for what ships."""

    row: LineRow
    reason: str
    decided: str
    state: str
    tone: str


@pages.get(TABLE)
@declares(Action.SEE_RECOGNITION_RULES)
def recognition_rules() -> str:
    """The table of a day; for the county with the form for one line and the upload."""
    return table_page(blank_form(), changed=request.args.get("changed", -1, type=int))


@pages.get(f"{TABLE}/<code>")
@declares(Action.SEE_RECOGNITION_RULES)
def recognition_rule(code: str) -> str:
    """All versions of one line; for the county with a form that begins with the latest."""
    with unit_of_work() as uow:
        versions = recognition_versions(uow, actor(), code, now=now())
    return render_template(
        "recognition_rule.html",
        code=code,
        versions=list(map(_version, versions)),
        form=_filled(versions[0].rule),
        **_choices(),
    )


@pages.post(TABLE)
@declares(Action.CHANGE_RECOGNITION_RULES)
def change_recognition_rule() -> Response | tuple[str, int]:
    """Put one line in force from a day on."""
    names = (*FIELDS, "idempotency_key")
    form = Form.sent("line", {name: request.form.get(name, "") for name in names})
    line, problems = line_of(form.values)
    if line is None:
        return table_page(form.with_problems(problems)), _UNPROCESSABLE
    try:
        reading = Reading(form)
        reason = reading.text("reason", length_max=REASON_MAX, required=False)
        reading.done()
        command = ChangeRecognitionRules(lines=(line,), reason=reason)
        with unit_of_work() as uow:
            change_recognition_rules(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        return table_page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.recognition_rule", code=line.code), 303)


def table_page(form: Form, *, faults: tuple[str, ...] = (), changed: int = -1) -> str:
    """The page of the table. faults: of an uploaded file; changed: lines just put in force."""
    as_of = day_asked()
    with unit_of_work() as uow:
        found = recognition_table(uow, actor(), now=now(), as_of=as_of)
    return render_template(
        "recognition_rules.html",
        as_of=found.as_of,
        is_today=found.as_of == today(),
        parts=_parts(found),
        to_come=[(item.isoformat(), day(item)) for item in found.to_come],
        form=form,
        faults=faults,
        changed=changed,
        **_choices(),
    )


def direction_name(into: InstitutionKind) -> str:
    """What a transfer into a kind of school is called."""
    if into is InstitutionKind.VOCATIONAL_SCHOOL:
        return _("普通高中转入中等职业学校")
    return _("中等职业学校转入普通高中")


def day_asked() -> date | None:
    """The day that the address names; None for today."""
    try:
        return date.fromisoformat(request.args.get("as_of", ""))
    except ValueError:
        return None


def blank_form() -> Form:
    """The form of a line of which nothing is known."""
    values = {"ratio_percent": str(RATIO_WHOLE), "valid_from": today().isoformat()}
    return Form(kind="line", values=values, fields=FIELDS)


def _filled(rule: RecognitionRule) -> Form:
    """The line as it is, from today on; the document is another one."""
    nature = "" if rule.target_nature is None else rule.target_nature.value
    values = cells_of(rule) | {
        "into": rule.into.value,
        "relation": rule.relation.value,
        "target_nature": nature,
        "valid_from": max(today(), rule.valid_from).isoformat(),
        "document_no": "",
    }
    return Form(kind="line", values=values, fields=FIELDS)


def _choices() -> dict[str, object]:
    return {
        "may_change": may(Action.CHANGE_RECOGNITION_RULES),
        "directions": [(into.value, direction_name(into)) for into in DIRECTIONS],
        "relations": choices(Relation),
        "natures": [(nature.value, name_of(nature)) for nature in ELECTIVES],
        "tests": [("否", _("不须考核")), ("是", _("须考核"))],
    }


def _parts(found: RecognitionTable) -> list[DirectionPart]:
    return [
        DirectionPart(
            direction_name(into), tuple(_row(rule) for rule in found.items if rule.into is into)
        )
        for into in DIRECTIONS
    ]


def _row(rule: RecognitionRule) -> LineRow:
    return LineRow(
        code=rule.code,
        direction=direction_name(rule.into),
        sources="、".join(rule.sources) or _("专业课"),
        targets="、".join(rule.targets) or _nature(rule.target_nature),
        relation=name_of(rule.relation),
        tone=TONES[rule.relation],
        conditions=tuple(_conditions(rule)),
        document_no=reference_text(rule.document_no),
        since=day(rule.valid_from),
    )


def _nature(nature: CourseNature | None) -> str:
    return "—" if nature is None else name_of(nature)


def _conditions(rule: RecognitionRule) -> list[str]:
    found = []
    if rule.ratio_percent != RATIO_WHOLE:
        found.append(_("按 %(percent)s%% 折算", percent=rule.ratio_percent))
    if rule.units_max is not None:
        found.append(_("至多 %(credits)s 学分", credits=credits_text(rule.units_max)))
    if rule.needs_test:
        found.append(_("须通过转入学校考核"))
    if rule.valid_until is not None:
        found.append(_("至 %(day)s", day=day(rule.valid_until)))
    return found


def _version(version: RecognitionVersion) -> VersionRow:
    state, tone = _("已被取代或失效"), "neutral"
    if version.is_in_force:
        state, tone = _("现行"), "good"
    elif version.rule.valid_from > today():
        state, tone = _("待施行"), "progress"
    return VersionRow(
        row=_row(version.rule),
        reason=version.reason,
        decided=moment(version.decided_at) if version.decided_at else "",
        state=state,
        tone=tone,
    )
