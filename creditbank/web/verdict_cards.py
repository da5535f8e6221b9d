"""A verdict as a card: outcome, ring, one sentence, a bar for each block, what is missing.

Presentation only: nothing is decided here, and the sentences are eligibility.sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString

from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.plans import Plan, Substitution
from creditbank.domain.verdicts import BlockResult, Outcome, SubjectKind, Verdict
from creditbank.eligibility.exception_words import exception_sentences
from creditbank.eligibility.fillers import Filler, fillers
from creditbank.eligibility.sentences import first_sentence
from creditbank.web.condition_lines import ConditionLine, condition_line
from creditbank.web.figures import Segment, percent_text, segments, share
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named, ngettext, typeset
from creditbank.web.languages import lazy_gettext as _l

TONES: Mapping[Outcome, str] = {
    Outcome.ELIGIBLE: "good",
    Outcome.ELIGIBLE_EARLY: "good",
    Outcome.QUALIFIED: "good",
    Outcome.ON_TRACK: "progress",
    Outcome.NOT_YET: "progress",
    Outcome.BEHIND: "warn",
    Outcome.NOT_QUALIFIED: "bad",
    Outcome.COMPLETION_DUE: "bad",
    Outcome.NEEDS_REVIEW: "other",
    Outcome.ENDED: "neutral",
    Outcome.CLOSED: "neutral",
}
_HEADLINES: Mapping[Outcome, LazyString] = {
    Outcome.ELIGIBLE: _l("可以毕业"),
    Outcome.ELIGIBLE_EARLY: _l("可以提前毕业"),
    Outcome.NOT_YET: _l("还不能毕业"),
    Outcome.COMPLETION_DUE: _l("应按结业办理"),
    Outcome.NEEDS_REVIEW: _l("等人工复核"),
    Outcome.ON_TRACK: _l("进度正常"),
    Outcome.BEHIND: _l("进度落后"),
    Outcome.QUALIFIED: _l("达到转段资格"),
    Outcome.NOT_QUALIFIED: _l("还没达到转段资格"),
    Outcome.ENDED: _l("转段资格已终止"),
    Outcome.CLOSED: _l("学籍已结束"),
}
_LACKING = frozenset({Outcome.NOT_YET, Outcome.BEHIND, Outcome.NOT_QUALIFIED})
_COURSES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class BlockBar:
    """One block. Texts are credits; counted never exceeds required, surplus says the rest."""

    name: str
    required: str
    counted: str
    missing: str
    parts: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class FillerLine:
    """What would fill one block: courses as text, how many more there are, and awards."""

    block: str
    missing: str
    courses: tuple[str, ...]
    more: int
    awards: str


@dataclass(frozen=True, slots=True)
class Glance:
    """The verdict at a glance. share: thousandths of what is asked; count: the same in words."""

    title: str
    headline: str
    sentence: str
    share: int
    figure: str
    count: str


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """All that the card shows, in the reader's language. ring: thousandths of the circle."""

    key: str
    is_graduation: bool
    title: str
    outcome: str
    tone: str
    glance: Glance
    sentence: str
    exceptions: tuple[str, ...]
    ring: int
    percent: str
    counted: str
    required: str
    shortfall: str
    blocks: tuple[BlockBar, ...]
    proof: str
    conditions: tuple[ConditionLine, ...]
    fillers: tuple[FillerLine, ...]
    verdict: Verdict
    stored: bool

    @property
    def has_other_fills(self) -> bool:
        """Whether a bar shows more than courses, so that colours need a key."""
        return any(piece.fill != "earned" for block in self.blocks for piece in block.segments)


def is_last_year(verdict: Verdict, plan: Plan, entry_year: int) -> bool:
    """Whether the plan's last year has begun: what is missing now was due, or is due soon."""
    term = Term.containing(verdict.as_of)
    return semester_no(entry_year=entry_year, term=term) >= 2 * plan.years - 1


def verdict_card(
    verdict: Verdict,
    *,
    title: str,
    plan: Plan,
    passed_codes: Collection[str],
    stored: bool,
    is_last_year: bool = False,
) -> VerdictCard:
    """The card of one verdict. title: what it is about; passed_codes: courses already passed.

    is_last_year: what is still missing is no longer what is still to come.
    """
    course_names = {course.course_code: course.name for course in plan.courses}
    conditions = [condition_line(item, course_names) for item in verdict.conditions]
    is_open = verdict.outcome not in {Outcome.CLOSED, Outcome.ENDED}
    is_unfinished = verdict.outcome is Outcome.NOT_YET
    found = fillers(verdict, plan, passed_codes) if is_open else ()
    names = {block.code: named(block.name, block.name_en) for block in verdict.blocks}
    return VerdictCard(
        key=f"{verdict.subject_kind.value}-{verdict.enrolment_id}-{verdict.subject_id}",
        is_graduation=verdict.subject_kind is SubjectKind.GRADUATION,
        title=title,
        outcome=name_of(verdict.outcome),
        tone="warn" if is_last_year and is_unfinished else TONES[verdict.outcome],
        glance=_glance(verdict, title, conditions),
        sentence=typeset(first_sentence(verdict, language())),
        exceptions=tuple(map(typeset, exception_sentences(verdict, language(), plan))),
        ring=share(verdict.counted_units, verdict.required_units),
        percent=percent_text(verdict.counted_units, verdict.required_units),
        counted=credits_text(verdict.counted_units),
        required=credits_text(verdict.required_units),
        shortfall=credits_text(verdict.shortfall_units) if verdict.shortfall_units else "",
        blocks=tuple(_bar(block) for block in verdict.blocks),
        proof=_proof([names[code] for code in verdict.proof]),
        conditions=tuple(sorted(conditions, key=lambda line: line.met)),
        fillers=tuple(_filler(item, names[item.block_code]) for item in found),
        verdict=verdict,
        stored=stored,
    )


def _glance(verdict: Verdict, title: str, conditions: Sequence[ConditionLine]) -> Glance:
    """Of graduation its credits, of an advance its conditions: what a glance has to tell."""
    missing = [line for line in conditions if not line.met]
    if verdict.subject_kind is SubjectKind.GRADUATION:
        done, whole = verdict.counted_units, verdict.required_units
        figure = percent_text(done, whole)
        count = _("%(done)s / %(whole)s 学分", done=credits_text(done), whole=credits_text(whole))
    else:
        done, whole = len(conditions) - len(missing), len(conditions)
        figure = f"{done}/{whole}"
        count = _("%(done)s / %(whole)s 项条件", done=done, whole=whole)
    said = missing[0].text if len(missing) == 1 and verdict.outcome in _LACKING else ""
    is_short = verdict.outcome is Outcome.NOT_YET and verdict.shortfall_units > 0
    return Glance(
        title=title if verdict.subject_kind is SubjectKind.GRADUATION else _("转段"),
        headline=_headline(verdict, len(missing)),
        sentence=typeset(first_sentence(verdict, language())) if is_short or not said else said,
        share=share(done, whole),
        figure=figure,
        count=count,
    )


def _headline(verdict: Verdict, missing: int) -> str:
    if verdict.outcome is Outcome.NOT_YET and verdict.shortfall_units:
        return _("还差 %(units)s 学分", units=credits_text(verdict.shortfall_units))
    if verdict.outcome in _LACKING and missing:
        return ngettext("还差 %(num)s 项条件", "还差 %(num)s 项条件", missing)
    return str(_HEADLINES[verdict.outcome])


def _bar(block: BlockResult) -> BlockBar:
    substituted, recognised = block.substituted, block.recognised
    counted = block.required - block.missing
    parts = [(min(block.earned, block.required), "earned")]
    parts += [(substituted, "substituted"), (recognised, "recognised"), (block.shared, "shared")]
    surplus = block.earned + substituted + recognised - block.required
    notes = [
        _("替代 %(units)s", units=credits_text(substituted)) if substituted else "",
        _("认定 %(units)s", units=credits_text(recognised)) if recognised else "",
        _("兼计 %(units)s", units=credits_text(block.shared)) if block.shared else "",
        _("多出 %(units)s", units=credits_text(surplus)) if surplus > 0 else "",
    ]
    return BlockBar(
        name=named(block.name, block.name_en),
        required=credits_text(block.required),
        counted=credits_text(counted),
        missing=credits_text(block.missing) if block.missing else "",
        parts=" · ".join(note for note in notes if note),
        segments=segments(parts, block.required),
    )


def _proof(names: list[str]) -> str:
    if len(names) < 2:  # noqa: PLR2004 (one block alone is said by its own bar)
        return ""
    return _("%(blocks)s合起来学分不够，已有的学分怎样分配都补不满。", blocks=_("、").join(names))


def _filler(item: Filler, block: str) -> FillerLine:
    shown = item.courses[:_COURSES_SHOWN]
    return FillerLine(
        block=block,
        missing=credits_text(item.units_missing),
        courses=tuple(
            _("%(name)s（%(units)s）", name=course.name, units=credits_text(course.units))
            for course in shown
        ),
        more=len(item.courses) - len(shown),
        awards=_awards(item.awards),
    )


def _awards(substitution: Substitution) -> str:
    match substitution:
        case Substitution.AUTOMATIC:
            return _("竞赛、创新学分可自动替代")
        case Substitution.APPROVED:
            return _("竞赛、创新学分经审批可替代")
        case Substitution.NONE:
            return ""
