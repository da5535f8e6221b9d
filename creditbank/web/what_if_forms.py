"""The form of suppositions: what can be tapped, and what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.evidence import ACCUMULATING
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import QUANTITY_MAX
from creditbank.services.hypotheses import (
    SUPPOSED_MAX,
    Hypothesis,
    Supposed,
    SupposedCompetition,
    SupposedCourse,
    SupposedInnovation,
)
from creditbank.services.what_if_choices import AchievementChoice, Choices
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day
from creditbank.web.transcripts import term_label

_TERMS_AHEAD = 6
_PORTIONS_MAX = 4
_JANUARY, _AUGUST, _LAST = 1, 8, 31


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing to tap. value: what the form sends; note: what it is worth or when it is."""

    value: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChipGroup:
    """Chips under a heading."""

    name: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class WhatIfForm:
    """All that the form offers. days: ends of terms to come; plans: by school."""

    courses: tuple[ChipGroup, ...]
    prizes: tuple[ChipGroup, ...]
    achievements: tuple[Chip, ...]
    amounts: tuple[tuple[str, str, tuple[Chip, ...]], ...]
    entries: tuple[Chip, ...]
    plans: tuple[ChipGroup, ...]
    days: tuple[Chip, ...]
    chosen: Mapping[str, frozenset[str]]

    def has(self, name: str, value: str) -> bool:
        """Whether it was tapped before."""
        return value in self.chosen.get(name, frozenset())


def hypothesis_of(sent: MultiDict[str, str]) -> Hypothesis:
    """What the form supposes. InvalidInputError for what it does not offer."""
    try:
        records = tuple(_supposed(sent))
        without = tuple(int(value) for value in sent.getlist("without"))
        plan_id = int(sent["plan_id"]) if sent.get("plan_id") else None
        as_of = date.fromisoformat(sent["as_of"]) if sent.get("as_of") else None
    except (ValueError, KeyError) as error:
        raise refused(_NOT_OFFERED) from error
    if len(records) > SUPPOSED_MAX or len(without) > SUPPOSED_MAX:
        raise refused(_TOO_MANY)
    return Hypothesis(records=records, without=without, plan_id=plan_id, as_of=as_of)


def _supposed(sent: MultiDict[str, str]) -> Iterator[Supposed]:
    for code in dict.fromkeys(sent.getlist("course")):
        yield SupposedCourse(course_code=code[:20])
    for code in dict.fromkeys(sent.getlist("prize")):
        level, _dot, rank = code.partition(".")
        yield SupposedCompetition(level=AwardLevel(level), rank=AwardRank(rank))
    for code in dict.fromkeys(sent.getlist("achievement")):
        category, _dot, certificate = code.partition(".")
        yield SupposedInnovation(
            category=InnovationCategory(category),
            certificate_level=CertificateLevel(certificate),
        )
    for category in sorted(ACCUMULATING):
        quantity = int(sent.get(category.value) or 0)
        if 0 < quantity <= QUANTITY_MAX:
            yield SupposedInnovation(category=category, quantity=quantity)


def form_of(choices: Choices, chosen: MultiDict[str, str]) -> WhatIfForm:
    """The form as it is drawn; chosen: what was sent before."""
    return WhatIfForm(
        courses=tuple(_courses(choices)),
        prizes=tuple(_prizes(choices)),
        achievements=tuple(
            Chip(
                f"{item.category.value}.{item.certificate_level.value}",
                _achievement_name(item),
                _worth(item.units),
            )
            for item in choices.achievements
            if item.category not in ACCUMULATING
        ),
        amounts=tuple(
            (item.category.value, name_of(item.category), tuple(_amounts(item)))
            for item in choices.achievements
            if item.category in ACCUMULATING
        ),
        entries=tuple(
            Chip(str(record.ledger_seq), record.title, _worth(record.units, sign="−"))
            for record in choices.entries
        ),
        plans=tuple(_plans(choices)),
        days=tuple(_days(choices.today)),
        chosen={name: frozenset(values) for name, values in chosen.lists()},
    )


def _courses(choices: Choices) -> Iterator[ChipGroup]:
    blocks = {course.course_code: course.block_code for course in choices.plan.courses}
    for block in choices.plan.blocks:
        chips = tuple(
            Chip(offer.code, offer.record.title, _worth(offer.record.units))
            for offer in choices.courses
            if blocks.get(offer.code) == block.code
        )
        if chips:
            yield ChipGroup(named(block.name, block.name_en), chips)


def _prizes(choices: Choices) -> Iterator[ChipGroup]:
    for level in dict.fromkeys(item.level for item in choices.prizes):
        yield ChipGroup(
            name_of(level),
            tuple(
                Chip(f"{level.value}.{item.rank.value}", name_of(item.rank), _worth(item.units))
                for item in choices.prizes
                if item.level is level
            ),
        )


def _achievement_name(item: AchievementChoice) -> str:
    if item.certificate_level:
        return _("%(level)s技能证书", level=name_of(item.certificate_level))
    return name_of(item.category)


def _amounts(item: AchievementChoice) -> Iterator[Chip]:
    for portion in range(1, _PORTIONS_MAX + 1):
        quantity = portion * item.quantity
        text = (
            _("%(count)s 小时", count=quantity)
            if item.category is InnovationCategory.VOLUNTEERING
            else _("%(count)s 天", count=quantity)
        )
        yield Chip(str(quantity), text, _worth(portion * item.units))


def _plans(choices: Choices) -> Iterator[ChipGroup]:
    own = choices.plan.institution_id
    schools = dict.fromkeys(item.institution_id for item in choices.moves)
    for school_id in schools:
        items = [item for item in choices.moves if item.institution_id == school_id]
        school = named(items[0].institution_name, items[0].institution_name_en)
        is_general = items[0].institution_kind is InstitutionKind.GENERAL_HIGH_SCHOOL
        name = (
            _("本校其他专业")
            if school_id == own
            else _("转到普高：%(school)s", school=school)
            if is_general
            else _("转到中职：%(school)s", school=school)
        )
        yield ChipGroup(name, tuple(Chip(str(item.plan_id), item.plan_name) for item in items))


def _days(today: date) -> Iterator[Chip]:
    term = Term.containing(today)
    for _number in range(_TERMS_AHEAD):
        is_autumn = term.semester == 1
        last = date(term.first_year + 1, _JANUARY if is_autumn else _AUGUST, _LAST)
        yield Chip(last.isoformat(), _("%(term)s末", term=term_label(term.code)), day(last))
        term = Term(term.first_year, 2) if is_autumn else Term(term.first_year + 1, 1)


def _worth(units: int, *, sign: str = "+") -> str:
    return f"{sign}{credits_text(units)}"


_NOT_OFFERED = Problem(
    "field_invalid",
    Message(
        "有一项不在列表中,请刷新页面后重选。", "Something is not on the list; reload the page."
    ),
)
_TOO_MANY = Problem(
    "row_count",
    Message(
        f"一次最多假设{SUPPOSED_MAX}项,请减少几项。",
        f"At most {SUPPOSED_MAX} things can be supposed at once; take some away.",
    ),
)
