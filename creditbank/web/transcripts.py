"""The transcript as a page shows it: courses by term, then awards with where their credit went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import CourseNature, ExamKind
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import Placement, Use, Verdict
from creditbank.queries.transcripts import Transcript, TranscriptEntry
from creditbank.web.labels import award_text, mark_text, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named

_AWARDS = frozenset({EntryKind.COMPETITION.value, EntryKind.INNOVATION.value})
_OPEN_TERMS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line. mark: of a course, or the award's rank; group: nature or category; texts only."""

    seq: int
    title: str
    note: str
    mark: str
    units: str
    group: str
    state: str
    is_reversed: bool
    is_failed: bool
    is_award: bool
    can_reverse: bool
    can_check: bool


@dataclass(frozen=True, slots=True)
class TermView:
    """One term, the latest first; is_open: shown unfolded."""

    label: str
    earned: str
    rows: tuple[Row, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class TranscriptView:
    """The whole transcript. gpa and credits as text."""

    earned: str
    gpa: str
    terms: tuple[TermView, ...]
    awards: tuple[Row, ...]
    awards_earned: str


class _Reader:
    """What the rows of one transcript have in common."""

    def __init__(
        self,
        found: Transcript,
        plans: Iterable[Plan],
        verdicts: Iterable[Verdict],
        school_id: int | None,
        *,
        may_check: bool,
    ) -> None:
        plans = tuple(plans)
        self._natures = _natures(plans)
        self._blocks = {
            block.code: named(block.name, block.name_en) for plan in plans for block in plan.blocks
        }
        self._uses: dict[int, list[Placement]] = {}
        for verdict in verdicts:
            for placement in verdict.placements:
                self._uses.setdefault(placement.ledger_seq, []).append(placement)
        self._reasons = {
            entry.source_seq: entry.reason
            for term in found.terms
            for entry in term.entries
            if entry.kind == EntryKind.REVERSAL.value
        }
        self._school_id = school_id
        self._may_check = may_check

    def course(self, entry: TranscriptEntry) -> Row:
        exam = ExamKind(entry.exam_kind)
        return self._row(
            entry,
            mark=mark_text(entry.mark) or name_of(exam),
            group=self._natures.get(entry.course_code, ""),
            state=_exam(exam, entry.evidence_no),
        )

    def award(self, entry: TranscriptEntry) -> Row:
        if entry.kind == EntryKind.COMPETITION.value:
            mark = award_text(AwardLevel(entry.level), AwardRank(entry.rank))
            group = name_of(EntryKind.COMPETITION)
            if entry.team_role and entry.team_role != TeamRole.INDIVIDUAL.value:
                group = f"{group} · {name_of(TeamRole(entry.team_role))}"
        else:
            mark = name_of(CertificateLevel(entry.level)) if entry.level else ""
            group = name_of(InnovationCategory(entry.category)) if entry.category else ""
        return self._row(entry, mark=mark, group=group, state=self._whereabouts(entry))

    def other(self, entry: TranscriptEntry) -> Row:
        """A recognition, or the half of a substitution that arrives in a block."""
        block = self._blocks.get(entry.block_code, entry.block_code)
        kind = name_of(EntryKind(entry.kind))
        state = _("计入 %(block)s", block=block) if block else _("用于替代")
        return self._row(entry, mark="", group=kind, state=state)

    def _row(self, entry: TranscriptEntry, *, mark: str, group: str, state: str) -> Row:
        reason = self._reasons.get(entry.ledger_seq, "")
        return Row(
            seq=entry.ledger_seq,
            title=entry.title or entry.course_code or name_of(EntryKind(entry.kind)),
            note=_("已冲销：%(reason)s", reason=reason) if entry.is_reversed else "",
            mark=mark,
            units=credits_text(entry.units),
            group=group,
            state=_("已冲销") if entry.is_reversed else state,
            is_reversed=entry.is_reversed,
            is_failed=entry.passed is False and not entry.is_reversed,
            is_award=entry.kind in _AWARDS,
            can_reverse=not entry.is_reversed and entry.institution_id == self._school_id,
            can_check=self._may_check and entry.kind in _AWARDS and self._is_disputed(entry),
        )

    def _is_disputed(self, entry: TranscriptEntry) -> bool:
        uses = self._uses.get(entry.ledger_seq, ())
        return any(placement.use is Use.DISPUTED for placement in uses)

    def _whereabouts(self, entry: TranscriptEntry) -> str:
        """Where the credit of an award went: "替代 任选课 2,结余未计 1"."""
        said = []
        for placement in self._uses.get(entry.ledger_seq, ()):
            units = credits_text(placement.units)
            where = self._blocks.get(placement.block_code, placement.block_code)
            use = name_of(placement.use)
            if placement.use in {Use.COUNTED, Use.SUBSTITUTED}:
                said.append(f"{use} {where} {units}".replace("  ", " "))
            else:
                said.append(f"{use} {units}" if placement.units else use)
        return (",", ", ")[language() == "en"].join(said)


def _exam(exam: ExamKind, proof_no: str) -> str:
    """What kind of attempt it was, and what an exemption rests on: "免修 · 平教〔2026〕1号"."""
    said = "" if exam is ExamKind.NORMAL else name_of(exam)
    return f"{said} · {proof_no}" if proof_no else said


def transcript_view(
    found: Transcript,
    *,
    plans: Iterable[Plan],
    verdicts: Iterable[Verdict],
    school_id: int | None,
    may_check: bool = False,
) -> TranscriptView:
    """A transcript in the reader's language. school_id: whose entries may be reversed, or None.

    may_check: whether the reader may decide whose a disputed certificate is.
    """
    reader = _Reader(found, plans, verdicts, school_id, may_check=may_check)
    terms: list[TermView] = []
    awards: list[Row] = []
    awards_units = 0
    for term in reversed(found.terms):
        entries = [entry for entry in term.entries if entry.kind == EntryKind.COURSE.value]
        for entry in term.entries:
            if entry.kind in _AWARDS:
                awards.append(reader.award(entry))
                awards_units += 0 if entry.is_reversed else entry.units
            elif entry.kind in {EntryKind.RECOGNITION.value, EntryKind.SUBSTITUTION.value}:
                awards.append(reader.other(entry))
        if entries:
            terms.append(
                _term_view(term.term_code, entries, reader, is_open=len(terms) < _OPEN_TERMS)
            )
    return TranscriptView(
        earned=credits_text(found.earned_units),
        gpa="" if found.gpa is None else f"{found.gpa // 100}.{found.gpa % 100:02d}",
        terms=tuple(terms),
        awards=tuple(awards),
        awards_earned=credits_text(awards_units),
    )


def _term_view(
    code: str, entries: Sequence[TranscriptEntry], reader: _Reader, *, is_open: bool
) -> TermView:
    units = sum(entry.units for entry in entries if not entry.is_reversed)
    return TermView(
        label=term_label(code),
        earned=credits_text(units),
        rows=tuple(reader.course(entry) for entry in entries),
        is_open=is_open,
    )


def term_label(code: str) -> str:
    """A term in the reader's language."""
    if not code:
        return _("未注明学期")
    term = Term.parse(code)
    return term.label_zh if language() == "zh" else term.label_en


def _natures(plans: Iterable[Plan]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for plan in plans:
        natures = {block.code: CourseNature(block.nature) for block in plan.blocks}
        for course in plan.courses:
            found.setdefault(course.course_code, name_of(natures[course.block_code]))
    return found
