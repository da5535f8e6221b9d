"""学业预警 on a learner's page: which rule, how far, what to do until when, and what was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flask import url_for

from creditbank.domain.academic_progress import ContactWith, WarningLevel, needed
from creditbank.domain.credits import credits_text
from creditbank.domain.permissions import Action
from creditbank.queries.academic_progress import OwnProgress, own_progress
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.languages import gettext as _
from creditbank.web.pages import day
from creditbank.web.progress_words import (
    LEVELS,
    WARNED,
    WITH,
    ProgressBar,
    behind_text,
    share_text,
)
from creditbank.web.visits import actor, may, now


@dataclass(frozen=True, slots=True)
class WarningPanel:
    """One enrolment. rule: when there is a warning; goals: what ends it, and when more is expected.

    contacts: (day, with whom, what was agreed, noted by). note_url: where an office notes one more,
    "" for who does not.
    """

    level: str
    since: str
    bar: ProgressBar
    rule: str
    goals: tuple[str, ...]
    behind: tuple[str, ...]
    contacts: tuple[tuple[str, str, str, str], ...]
    note_url: str


def warning_parts(uow: UnitOfWork, learner_id: int) -> dict[str, object]:
    """What the panel's template looks at; nothing of whom there is nothing to say."""
    found = own_progress(uow, actor(), learner_id, now=now())
    return {"warnings": [_panel(item) for item in found]} if found else {}


def _panel(item: OwnProgress) -> WarningPanel:
    standing, progress, shares = item.standing, item.standing.progress, item.shares
    is_warned = progress.level in WARNED
    is_noted = standing.warned is progress.level and standing.warned_on is not None
    return WarningPanel(
        level=str(LEVELS[progress.level][0]),
        since=day(standing.warned_on) if is_warned and is_noted and standing.warned_on else "",
        bar=ProgressBar.of(progress, shares),
        rule=_(
            "已得学分低于方案应得的 %(yellow)s 为黄色预警，低于 %(red)s 为红色预警。",
            yellow=share_text(shares.yellow), red=share_text(shares.red),
        ),
        goals=tuple(_goals(item)) if is_warned else (),
        behind=tuple(map(behind_text, progress.behind)) if is_warned else (),
        contacts=tuple(
            (day(told.contacted_on), str(WITH[ContactWith(told.with_whom)]), told.note, told.by)
            for told in item.contacts
        ),
        note_url=_note_url(item) if may(Action.NOTE_WARNING_CONTACT) else "",
    )  # fmt: skip


def _goals(item: OwnProgress) -> Iterator[str]:
    progress, shares, due = item.standing.progress, item.shares, item.due

    def more(part: Fraction) -> str:
        return credits_text(needed(progress.expected, part) - progress.earned)

    if progress.level is WarningLevel.RED:
        yield _("再得 %(units)s 学分，转为黄色预警", units=more(shares.red))
    yield _("再得 %(units)s 学分，预警解除", units=more(shares.yellow))
    if due is not None and due.expected > progress.expected:
        yield _(
            "%(day)s 起应得升到 %(expected)s 学分，那时已得满 %(units)s 学分才没有预警",
            day=day(due.on), expected=credits_text(due.expected),
            units=credits_text(needed(due.expected, shares.yellow)),
        )  # fmt: skip


def _note_url(item: OwnProgress) -> str:
    standing = item.standing
    return url_for(
        "web.academic_progress",
        class_name=standing.class_name,
        entry_year=standing.entry_year,
        _anchor=f"learner-{standing.enrolment_id}",
    )
