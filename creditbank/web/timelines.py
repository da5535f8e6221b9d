"""The learner's own account as a timeline: newest term first, each credit with source and effect.

What was taken back stays where it was, struck, with the reason; the reversal is no line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import Placement, Use, Verdict
from creditbank.queries.transcripts import Transcript, TranscriptEntry
from creditbank.web.labels import award_text, mark_text, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.next_steps import passed_codes
from creditbank.web.pages import day
from creditbank.web.transcripts import term_label

ENTRIES_AT_ONCE = 8
"""A page of the timeline ends with the term in which so many lines are reached."""
_COUNTS = frozenset({Use.COUNTED, Use.SUBSTITUTED})


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One credit. units: such as "+4", "" for none; tone: of the effect."""

    seq: int
    title: str
    source: str
    on: str
    effect: str
    note: str
    units: str
    tone: str
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class TimelineTerm:
    """One term. earned: credits of what stands."""

    code: str
    label: str
    earned: str
    entries: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some terms. before: where the next page begins, "" after the last; gpa "" without marks."""

    earned: str
    gpa: str
    terms: tuple[TimelineTerm, ...]
    before: str


def timeline(
    found: Transcript,
    *,
    plans: Iterable[Plan],
    verdicts: Iterable[Verdict],
    schools: Mapping[int, str],
    before: str = "",
) -> Timeline:
    """A page of it. schools: names by id, told where there are several.

    before: terms earlier than this code, "" for the latest.

    Whole terms, as many as it takes to show ENTRIES_AT_ONCE lines.
    """
    reader = _Reader(found, plans, verdicts, schools)
    by_term: dict[str, list[TranscriptEntry]] = {}
    for entry in _shown(found):
        by_term.setdefault(_term_of(entry), []).append(entry)
    codes = [code for code in sorted(by_term, reverse=True) if not before or code < before]
    shown: list[TimelineTerm] = []
    lines = 0
    while codes and lines < ENTRIES_AT_ONCE:
        code = codes.pop(0)
        lines += len(by_term[code])
        shown.append(_term(code, by_term[code], reader))
    return Timeline(
        earned=credits_text(found.earned_units),
        gpa="" if found.gpa is None else f"{found.gpa // 100}.{found.gpa % 100:02d}",
        terms=tuple(shown),
        before=shown[-1].code if shown and codes else "",
    )


def _shown(found: Transcript) -> Iterator[TranscriptEntry]:
    """All but reversals, and of a substitution the half that arrives."""
    for term in found.terms:
        for entry in term.entries:
            is_reversal = entry.kind == EntryKind.REVERSAL.value
            leaves = entry.kind == EntryKind.SUBSTITUTION.value and entry.units < 0
            if not is_reversal and not leaves:
                yield entry


def _term_of(entry: TranscriptEntry) -> str:
    return entry.term_code or Term.containing(entry.earned_on).code


def _term(code: str, entries: Sequence[TranscriptEntry], reader: _Reader) -> TimelineTerm:
    newest = sorted(entries, key=lambda item: (item.earned_on, item.ledger_seq), reverse=True)
    moved = EntryKind.SUBSTITUTION.value
    units = sum(item.units for item in entries if not item.is_reversed and item.kind != moved)
    return TimelineTerm(
        code=code,
        label=term_label(code),
        earned=credits_text(units),
        entries=tuple(map(reader.entry, newest)),
    )


class _Reader:
    """What the lines of one timeline have in common."""

    def __init__(
        self,
        found: Transcript,
        plans: Iterable[Plan],
        verdicts: Iterable[Verdict],
        schools: Mapping[int, str],
    ) -> None:
        self._blocks = {
            block.code: named(block.name, block.name_en) for plan in plans for block in plan.blocks
        }
        self._uses: dict[int, list[Placement]] = {}
        for verdict in verdicts:
            for placement in verdict.placements:
                self._uses.setdefault(placement.ledger_seq, []).append(placement)
        entries = [entry for term in found.terms for entry in term.entries]
        self._titles = {entry.ledger_seq: entry.title for entry in entries}
        self._reversals = {
            entry.source_seq: entry for entry in entries if entry.kind == EntryKind.REVERSAL.value
        }
        self._passed = passed_codes(found)
        self._schools = schools

    def entry(self, entry: TranscriptEntry) -> TimelineEntry:
        kind = EntryKind(entry.kind)
        is_failed, is_moved = entry.passed is False, kind is EntryKind.SUBSTITUTION
        effect, tone = self._effect(entry, is_failed=is_failed)
        return TimelineEntry(
            seq=entry.ledger_seq,
            title=entry.title or entry.course_code or name_of(kind),
            source=" · ".join(text for text in self._source(kind, entry) if text),
            on=day(entry.earned_on),
            effect=effect,
            note=self._note(entry),
            units="" if is_moved or not entry.units else f"+{credits_text(entry.units)}",
            tone=tone,
            is_reversed=entry.is_reversed,
        )

    def _source(self, kind: EntryKind, entry: TranscriptEntry) -> Iterator[str]:
        """Where the credit comes from: what it is, how it was earned, at which school."""
        yield name_of(kind)
        match kind:
            case EntryKind.COURSE:
                exam = ExamKind(entry.exam_kind)
                yield "" if exam is ExamKind.NORMAL else name_of(exam)
                yield _("成绩 %(mark)s", mark=mark_text(entry.mark)) if entry.mark else ""
            case EntryKind.COMPETITION:
                yield award_text(AwardLevel(entry.level), AwardRank(entry.rank))
                if entry.team_role and entry.team_role != TeamRole.INDIVIDUAL.value:
                    yield name_of(TeamRole(entry.team_role))
            case EntryKind.INNOVATION:
                yield name_of(InnovationCategory(entry.category)) if entry.category else ""
                yield name_of(CertificateLevel(entry.level)) if entry.level else ""
            case EntryKind.SUBSTITUTION:
                yield self._titles.get(entry.source_seq or 0, "")
            case _:
                pass
        yield entry.evidence_no
        if len(self._schools) > 1:
            yield self._schools.get(entry.institution_id, "")

    def _effect(self, entry: TranscriptEntry, *, is_failed: bool) -> tuple[str, str]:
        """What it does for graduation, and in which tone: "计入 任选课 2"."""
        if entry.is_reversed:
            return "", "neutral"
        if is_failed and entry.course_code in self._passed:
            return _("这一次没有通过，后来已通过"), "neutral"
        if is_failed:
            return _("没有通过，补考或重修通过后才有学分"), "warn"
        if entry.kind == EntryKind.SUBSTITUTION.value:
            block = self._blocks.get(entry.block_code, entry.block_code)
            units = credits_text(entry.units)
            return _("计入 %(block)s %(units)s 学分", block=block, units=units), "good"
        said, counts = [], False
        for placement in self._uses.get(entry.ledger_seq, ()):
            units = credits_text(placement.units)
            block = self._blocks.get(placement.block_code, placement.block_code)
            if placement.use is Use.COUNTED:
                said.append(_("计入 %(block)s %(units)s 学分", block=block, units=units))
            elif placement.use is Use.SUBSTITUTED:
                said.append(_("替代 %(block)s %(units)s 学分", block=block, units=units))
            elif placement.units:
                said.append(f"{name_of(placement.use)} {units}")
            else:
                said.append(name_of(placement.use))
            counts = counts or placement.use in _COUNTS
        return " · ".join(dict.fromkeys(said)), "good" if counts else "neutral"

    def _note(self, entry: TranscriptEntry) -> str:
        if not entry.is_reversed:
            return ""
        taken = self._reversals.get(entry.ledger_seq)
        if taken is None:
            return _("已冲销")
        return _("%(day)s 冲销：%(reason)s", day=day(taken.earned_on), reason=taken.reason)
