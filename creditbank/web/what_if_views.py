"""The answer to a supposition as it is drawn: before and after side by side, in words and bars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import BlockResult, Placement, SubjectKind, Verdict
from creditbank.services.hypotheses import Hypothesis
from creditbank.services.what_if import Compared, RecordChange, WhatIf
from creditbank.web.figures import Segment, segments
from creditbank.web.gaps import gap_lines
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.pages import day
from creditbank.web.verdict_cards import VerdictCard, is_last_year, verdict_card

_CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """One subject, now and as supposed; after is None where it would end."""

    title: str
    before: VerdictCard
    after: VerdictCard | None

    @property
    def is_changed(self) -> bool:
        """Whether the outcome or what counts would be another."""
        after = self.after
        return after is None or (
            (self.before.outcome, self.before.counted, self.before.required)
            != (after.outcome, after.counted, after.required)
        )


@dataclass(frozen=True, slots=True)
class BlockPair:
    """One block: what counts now (thin bar) and as supposed. before: "" where there is no such."""

    name: str
    before: str
    after: str
    required: str
    missing: str
    before_bar: tuple[Segment, ...]
    after_bar: tuple[Segment, ...]
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One entry and where its credits would count."""

    title: str
    units: str
    is_supposed: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RecognitionLine:
    """What a transfer would bring along, in one line."""

    sources: str
    source_units: str
    targets: str
    units: str


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """All that the result shows, in the reader's language. is_empty: nothing was supposed."""

    is_empty: bool
    pairs: tuple[Pair, ...]
    blocks: tuple[BlockPair, ...]
    plan_after: str
    day_after: str
    still: tuple[str, ...]
    unmet: tuple[str, ...]
    changes: tuple[ChangeLine, ...]
    more_changes: int
    recognised: tuple[RecognitionLine, ...]
    notes: tuple[str, ...]

    @property
    def first(self) -> Pair:
        """Graduation."""
        return self.pairs[0]


def what_if_view(found: WhatIf, hypothesis: Hypothesis) -> WhatIfView:
    """The answer in the reader's words."""
    pairs = tuple(_pair(item, found) for item in found.compared)
    graduation = found.compared[0]
    after = graduation.after or graduation.before
    lines = [] if found.move else [_change(item, found.plan_after) for item in found.changes]
    card = pairs[0].after or pairs[0].before
    return WhatIfView(
        is_empty=hypothesis == Hypothesis(),
        pairs=pairs,
        blocks=tuple(_blocks(graduation.before, after, is_moved=found.move is not None)),
        plan_after=found.plan_after.name if found.move else "",
        day_after=day(found.as_of) if found.as_of != found.today else "",
        still=tuple(gap_lines(found.gap)),
        unmet=tuple(line.text for line in card.conditions if not line.met),
        changes=tuple(lines[:_CHANGES_SHOWN]),
        more_changes=max(0, len(lines) - _CHANGES_SHOWN),
        recognised=tuple(
            RecognitionLine(
                sources=_joined(source.title for source in item.sources),
                source_units=credits_text(item.source_units),
                targets=_joined(given.name for given in item.gives),
                units=credits_text(item.units),
            )
            for item in found.recognised
        ),
        notes=tuple(in_language(note) for note in found.notes),
    )


def _pair(item: Compared, found: WhatIf) -> Pair:
    is_graduation = item.before.subject_kind is SubjectKind.GRADUATION
    title = _("毕业") if is_graduation else item.name
    return Pair(
        title=title,
        before=_card(item.before, title, found.plan, found.entry_year),
        after=None
        if item.after is None
        else _card(item.after, title, found.plan_after, found.entry_year),
    )


def _card(verdict: Verdict, title: str, plan: Plan, entry_year: int) -> VerdictCard:
    return verdict_card(
        verdict, title=title, plan=plan, passed_codes=(), stored=True,
        is_last_year=is_last_year(verdict, plan, entry_year),
    )  # fmt: skip


def _blocks(before: Verdict, after: Verdict, *, is_moved: bool) -> list[BlockPair]:
    known = {} if is_moved else {block.code: block for block in before.blocks}
    return [_block(known.get(block.code), block) for block in after.blocks]


def _block(before: BlockResult | None, after: BlockResult) -> BlockPair:
    return BlockPair(
        name=named(after.name, after.name_en),
        before="" if before is None else credits_text(_counted(before)),
        after=credits_text(_counted(after)),
        required=credits_text(after.required),
        missing=credits_text(after.missing) if after.missing else "",
        before_bar=() if before is None else _bar(before),
        after_bar=_bar(after),
        is_changed=before is not None and _counted(before) != _counted(after),
    )


def _counted(block: BlockResult) -> int:
    return block.required - block.missing


def _bar(block: BlockResult) -> tuple[Segment, ...]:
    parts = [(min(block.earned, block.required), "earned"), (block.substituted, "substituted")]
    parts += [(block.recognised, "recognised"), (block.shared, "shared")]
    return segments(parts, block.required)


def _change(item: RecordChange, plan: Plan) -> ChangeLine:
    names = {block.code: named(block.name, block.name_en) for block in plan.blocks}
    return ChangeLine(
        title=_title(item),
        units=credits_text(item.units),
        is_supposed=item.is_supposed,
        before="" if item.is_supposed else _places(item.before, names),
        after=_places(item.after, names),
    )


def _title(item: RecordChange) -> str:
    """What is supposed has no title of its own but a course's."""
    if item.kind is EntryKind.COURSE:
        return item.title
    return name_of(item.kind) if item.is_supposed else f"{name_of(item.kind)} · {item.title}"


def _places(places: tuple[Placement, ...], names: dict[str, str]) -> str:
    """Such as "任选课 2"; what counts nowhere says why."""
    if not places:
        return _("不在账上")
    return _joined(
        f"{names[place.block_code]} {credits_text(place.units)}"
        if place.block_code in names
        else f"{name_of(place.use)} {credits_text(place.units)}"
        for place in places
    )


def _joined(texts: Iterable[str]) -> str:
    return _("、").join(texts)
