"""A simulation in the reader's words: figures, bars, a page of learners; the same for Excel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from creditbank.domain.credits import UNITS_PER_CREDIT, credits_text
from creditbank.domain.simulations import Affected, Effect, Position, Simulation, Split
from creditbank.domain.verdicts import SubjectKind
from creditbank.exchange.sheet_tables import Cell, SheetTable
from creditbank.queries.simulations import AffectedLearner, GroupNames
from creditbank.web.diverging import DivergingBar, diverging_bars
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, learners_text
from creditbank.web.stacks import outcome_name, tone_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """One number at the top; detail: what part of it decides about an acceptance."""

    value: str
    text: str
    tone: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one grouping."""

    title: str
    head: str
    bars: tuple[DivergingBar, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """One side of a line: the outcome, and what lacks."""

    outcome: str
    tone: str
    shortfall: str


@dataclass(frozen=True, slots=True)
class AffectedRow:
    """One line of the table."""

    learner_id: int
    name: str
    student_no: str
    place: str
    major: str
    subject: str
    before: Standing
    after: Standing
    is_gain: bool
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimulationView:
    """All that the page shows of one simulation."""

    figures: tuple[Figure, ...]
    charts: tuple[Chart, ...]
    rows: tuple[AffectedRow, ...]
    row_count: int
    first: int
    own_rules: tuple[str, ...]
    as_of: str

    @property
    def last(self) -> int:
        """The number of the last line that is shown."""
        return self.first + len(self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes for anybody."""
        return not self.row_count


def simulation_view(
    found: Simulation, shown: Sequence[AffectedLearner], names: GroupNames, *, first: int
) -> SimulationView:
    """The view of a simulation whose lines from `first` on are shown."""
    return SimulationView(
        figures=_figures(found),
        charts=tuple(chart for chart in _charts(found, names) if chart.bars),
        rows=tuple(map(_row, shown)),
        row_count=len(found.affected),
        first=first,
        own_rules=tuple(_school(school, names) for school in found.own_rules),
        as_of=day(found.as_of),
    )


def _figures(found: Simulation) -> tuple[Figure, ...]:
    gains, loses = found.count(Effect.GAINS), found.count(Effect.LOSES)
    return (
        Figure(f"{found.enrolments:,}", _("在籍学生"), "neutral"),
        Figure(f"{gains:,}", _("得益"), "good", _crossing(found, Effect.GAINS)),
        Figure(f"{loses:,}", _("受损"), "bad", _crossing(found, Effect.LOSES)),
        Figure(f"{found.count(Effect.SAME):,}", _("不变"), "neutral"),
    )


def _crossing(found: Simulation, effect: Effect) -> str:
    graduation = found.crossing(SubjectKind.GRADUATION, effect)
    advance = found.crossing(SubjectKind.ARTICULATION, effect)
    is_gain = effect is Effect.GAINS
    texts = []
    if graduation:
        text = _("%(who)s变为可毕业") if is_gain else _("%(who)s不再可毕业")
        texts.append(text % {"who": learners_text(graduation)})
    if advance:
        text = _("%(who)s转段变为正常") if is_gain else _("%(who)s转段不再正常")
        texts.append(text % {"who": learners_text(advance)})
    return _("，").join(texts)


def _charts(found: Simulation, names: GroupNames) -> tuple[Chart, ...]:
    schools = found.by(lambda item: item.institution_id)
    majors = found.by(lambda item: (item.institution_id, item.major_code))
    blocks = found.by_block()
    return (
        Chart(
            _("按学校"),
            _("学校"),
            _bars({(_school(at, names), ""): split for at, split in schools.items()}),
        ),
        Chart(
            _("按专业"),
            _("专业"),
            _bars(
                {
                    (names.majors.get(code, "") or code, _school(at, names)): split
                    for (at, code), split in majors.items()
                }
            ),
        ),
        Chart(
            _("按模块"),
            _("模块"),
            _bars(
                {
                    (named(block.name, block.name_en), block.code): split
                    for block, split in blocks.items()
                }
            ),
        ),
    )


def _bars(groups: Mapping[tuple[str, str], Split]) -> tuple[DivergingBar, ...]:
    return diverging_bars(
        (name, detail, split.loses, split.gains) for (name, detail), split in groups.items()
    )


def _school(institution_id: int, names: GroupNames) -> str:
    return named(*names.schools.get(institution_id, (str(institution_id), "")))


def _row(line: AffectedLearner) -> AffectedRow:
    item = line.affected
    return AffectedRow(
        learner_id=item.learner_id,
        name=line.name,
        student_no=line.student_no,
        place=f"{named(line.institution_name, line.institution_name_en)} {line.class_name}",
        major=line.major_name,
        subject=name_of(item.subject_kind),
        before=_standing(item.before),
        after=_standing(item.after),
        is_gain=item.effect is Effect.GAINS,
        blocks=_block_texts(item),
    )


def _standing(position: Position) -> Standing:
    return Standing(
        outcome=name_of(position.outcome),
        tone=tone_of(position.outcome.value),
        shortfall=credits_text(position.shortfall_units) if position.shortfall_units else "",
    )


def _block_texts(item: Affected) -> tuple[str, ...]:
    return tuple(
        _("%(block)s多缺 %(credits)s", block=named(block.name, block.name_en),
          credits=credits_text(change))
        if change > 0
        else _("%(block)s少缺 %(credits)s", block=named(block.name, block.name_en),
               credits=credits_text(-change))
        for block, change in item.missing_changes.items()
    )  # fmt: skip


def workbook_tables(
    found: Simulation,
    lines: Sequence[AffectedLearner],
    names: GroupNames,
    about: Sequence[str],
) -> tuple[SheetTable, ...]:
    """The sheets of the Excel file: sums first, then every verdict that changes."""
    view = simulation_view(found, (), names, first=0)
    sums: list[tuple[Cell, ...]] = [
        (bar.name, bar.detail, bar.gains, bar.loses) for chart in view.charts for bar in chart.bars
    ]
    said = [*about, *(f"{item.text} {item.value} {item.detail}".rstrip() for item in view.figures)]
    return (
        SheetTable(
            _("汇总"), (_("分组"), _("说明"), _("得益"), _("受损")), sums, lines=tuple(said)
        ),
        SheetTable(
            _("名单"),
            (
                _("学号"), _("姓名"), _("学校"), _("班级"), _("专业"), _("事项"), _("影响"),
                _("现在"), _("现在尚缺学分"), _("试算后"), _("试算后尚缺学分"), _("模块变化"),
            ),
            [_cells(line) for line in lines],
        ),
    )  # fmt: skip


def _cells(line: AffectedLearner) -> tuple[Cell, ...]:
    item = line.affected
    return (
        line.student_no,
        line.name,
        named(line.institution_name, line.institution_name_en),
        line.class_name,
        line.major_name,
        name_of(item.subject_kind),
        _("得益") if item.effect is Effect.GAINS else _("受损"),
        outcome_name(item.before.outcome.value),
        Decimal(item.before.shortfall_units) / UNITS_PER_CREDIT,
        outcome_name(item.after.outcome.value),
        Decimal(item.after.shortfall_units) / UNITS_PER_CREDIT,
        _("；").join(_block_texts(item)),
    )
