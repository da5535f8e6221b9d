"""The file of a transfer as its page shows it, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from creditbank.domain.calendar import local_date
from creditbank.domain.credits import credits_text
from creditbank.domain.recognition_rules import Relation
from creditbank.domain.snapshots import SanctionLevel
from creditbank.domain.status_changes import OPEN_STATES, Office
from creditbank.eligibility.recognition import Given, NotRecognised, Proposal, Recognised
from creditbank.services.transfer_files import TransferFile
from creditbank.store.transfers import Arrival, KeptPlan
from creditbank.web.labels import mark_text, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.pages import day
from creditbank.web.reference_words import reference_text
from creditbank.web.transcripts import term_label
from creditbank.web.verdict_cards import VerdictCard, verdict_card
from creditbank.web.visits import today


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One line of the table as it is used. reason: why other than proposed."""

    code: str
    relation: str
    sources: str
    source_units: str
    gives: str
    units: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A course that is not recognised, and why."""

    title: str
    units: str
    why: str


@dataclass(frozen=True, slots=True)
class RecognitionView:
    """A recognition: its lines, what they rest on, what is left out, and the gap.

    card: the verdict it leads to; None for what has been recognised.
    """

    lines: tuple[ItemLine, ...]
    documents: tuple[str, ...]
    left: tuple[LeftLine, ...]
    units: str
    shortfall: str = ""
    without: str = ""
    card: VerdictCard | None = None


@dataclass(frozen=True, slots=True)
class MakeupLine:
    """A course to make up."""

    name: str
    units: str
    until: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class TransferView:
    """All that the page shows. shown: what was recognised, else the plan, else what is proposed.

    is_plan: whether it is the plan. notes: what hinders or is to be known.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    courses: tuple[tuple[str, str, str, str], ...]
    presented: str
    sanctions: tuple[str, ...]
    assessment: tuple[tuple[str, str], ...]
    shown: RecognitionView | None
    is_plan: bool
    notes: tuple[str, ...]
    arrived: tuple[tuple[str, str], ...]
    makeups: tuple[MakeupLine, ...]


def transfer_view(file: TransferFile) -> TransferView:
    """The view for this reader."""
    who, plan = file.applicant, file.plan
    return TransferView(
        name=who.name,
        facts=(
            (_("转出学校"), named(who.institution_name, who.institution_name_en)),
            (_("原方案"), who.plan_name),
            (_("班级"), f"{who.class_name} {who.student_no}"),
            (_("转入学校"), named(who.to_institution_name, who.to_institution_name_en)),
            (_("转入方案"), who.to_plan_name),
        ),
        courses=tuple(
            (item.title, term_label(item.term_code), mark_text(item.mark), credits_text(item.units))
            for item in file.courses
        ),
        presented=credits_text(sum(item.units for item in file.courses)),
        sanctions=tuple(
            _("%(level)s，%(day)s", level=name_of(SanctionLevel(item.level)),
              day=day(item.decided_on))
            + ("" if item.lifted_on is None else _("（已解除）"))
            for item in file.sanctions
        ),
        assessment=_assessment(plan),
        shown=_shown(file),
        is_plan=plan is not None and plan.passed,
        notes=tuple(_notes(file)),
        arrived=_arrived(file.arrival),
        makeups=tuple(
            MakeupLine(item.name, credits_text(item.units), day(item.due_on), item.is_done)
            for item in (file.arrival.makeups if file.arrival else ())
        ),
    )  # fmt: skip


def _shown(file: TransferFile) -> RecognitionView | None:
    plan = file.plan if file.plan and file.plan.passed else None
    if plan and file.arrival:
        return _recognised(file, plan)
    proposal, said = (file.planned, plan.reasons) if plan else (file.best, {})
    return _supposed(file, proposal, said) if proposal else None


def _supposed(file: TransferFile, proposal: Proposal, said: Mapping[str, str]) -> RecognitionView:
    """With the card of the verdict it leads to."""
    given = {one.course_code for item in proposal.items for one in item.gives}
    return RecognitionView(
        lines=tuple(item_line(item, said.get(item.code, "")) for item in proposal.items),
        documents=tuple(dict.fromkeys(reference_text(item.reference) for item in proposal.items)),
        left=tuple(map(_left, proposal.not_recognised)),
        units=credits_text(proposal.units),
        shortfall=credits_text(proposal.shortfall),
        without=credits_text(proposal.shortfall_without),
        card=verdict_card(
            proposal.verdict,
            title=_("在%(plan)s毕业（测算）", plan=file.there.name),
            plan=file.there,
            passed_codes=given,
            stored=True,
        ),
    )


def _recognised(file: TransferFile, plan: KeptPlan) -> RecognitionView:
    """As it stands in the books of the receiving school, and what the plan left out."""
    sources = {course.ledger_seq: course for course in file.courses}
    pairs = [(pair, sources[pair.source_seq]) for pair in file.recognised]
    names = {block.name: named(block.name, block.name_en) for block in file.there.blocks}
    return RecognitionView(
        lines=tuple(
            ItemLine(
                code=pair.line,
                relation=name_of(Relation(pair.relation)),
                sources=source.title,
                source_units=credits_text(source.units),
                gives=names.get(pair.title, pair.title),
                units=credits_text(pair.units),
                reason=plan.reasons.get(pair.line, ""),
            )
            for pair, source in pairs
        ),
        documents=tuple(dict.fromkeys(reference_text(pair.document_no) for pair, _source in pairs)),
        left=tuple(map(_left, (*plan.declined, *(file.arrival.left if file.arrival else ())))),
        units=credits_text(sum(pair.units for pair, _source in pairs)),
    )


def item_line(item: Recognised, reason: str = "") -> ItemLine:
    """One line of the table as it is used."""
    return ItemLine(
        code=item.code,
        relation=name_of(Relation(item.relation)),
        sources=_joined(one.title for one in item.sources),
        source_units=credits_text(item.source_units),
        gives=given_text(item.gives),
        units=credits_text(item.units),
        reason=reason,
    )


def given_text(gives: Iterable[Given]) -> str:
    """What is given, each with its credits."""
    return _joined(
        _("%(name)s（%(units)s）", name=one.name, units=credits_text(one.units)) for one in gives
    )


def _left(item: NotRecognised) -> LeftLine:
    units = credits_text(item.source.units)
    return LeftLine(item.source.title, units, in_language(item.message))


def _assessment(plan: KeptPlan | None) -> tuple[tuple[str, str], ...]:
    if plan is None:
        return ()
    found = (
        (_("考核"), _("通过") if plan.passed else _("未通过")),
        (_("日期"), day(plan.assessed_on)),
        (_("编号"), plan.document_no),
        (_("转入班级"), plan.class_name),
        (_("新学号"), plan.student_no),
        (_("说明"), plan.opinion),
        (_("签署后更新"), _renewed(plan)),
    )
    return tuple((name, text) for name, text in found if text)


def _renewed(plan: KeptPlan) -> str:
    if not plan.is_renewed:
        return ""
    on = day(local_date(plan.planned_at))
    return _("%(name)s，%(day)s", name=plan.planner, day=on) if plan.planner else on


def _notes(file: TransferFile) -> Iterable[str]:
    if file.message is not None:
        yield in_language(file.message)
    plan, change = file.plan, file.change
    if plan is not None and plan.passed and change.state in OPEN_STATES and file.planned is None:
        yield _("认定方案与现在的成绩或对照表不再相符，请转入学校重新拟订认定方案。")
    if file.later:
        yield _(
            "方案之后取得的成绩：%(titles)s，未列入方案，转入学校可以重新拟订。",
            titles=_joined(course.title for course in file.later),
        )
    ends_on = change.notice_ends_on
    if change.office is not None and ends_on is not None and today() <= ends_on:
        yield _("公示至%(day)s，期满后由主管部门办理。", day=day(ends_on))
    if change.office is Office.RECEIVING_REGISTRAR and file.desk is None:
        yield _("等待转入学校考核并拟订学分认定方案。")


def _arrived(arrival: Arrival | None) -> tuple[tuple[str, str], ...]:
    if arrival is None:
        return ()
    dropped = _joined(title for item in arrival.dropped for title in item["sources"])
    found = (
        (_("原有学分"), credits_text(arrival.presented)),
        (_("已认定"), credits_text(arrival.recognised)),
        (_("未认定"), credits_text(arrival.presented - arrival.recognised)),
        (_("方案后被冲销，未认定"), dropped),
    )
    return tuple((name, text) for name, text in found if text)


def _joined(texts: Iterable[str]) -> str:
    return _("、").join(texts)
