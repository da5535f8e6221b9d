"""A claim in the reader's words: its steps, what comes next and when, its moves and its clashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from creditbank.domain.awards import CertificateLevel, TeamRole
from creditbank.domain.claim_clashes import ClashKind
from creditbank.domain.claim_files import MediaType
from creditbank.domain.claims import (
    FINAL,
    ClaimContent,
    ClaimKind,
    ClaimMoveKind,
    ClaimStage,
    ClaimStanding,
)
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Message
from creditbank.domain.ledger import EntryKind
from creditbank.queries.claims import ClaimLine
from creditbank.services.visible_claims import ClaimView, ShownClash
from creditbank.store.claim_files import KeptFile
from creditbank.store.claims import KeptClaim, KeptMove
from creditbank.web.claim_labels import TONES
from creditbank.web.labels import award_text, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import day, moment

_ORDER = (
    ClaimStage.SUBMITTED, ClaimStage.ACCEPTED, ClaimStage.NOTICE, ClaimStage.POSTED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps of the road. state: done, now, todo or stopped."""

    name: str
    state: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One picture of the evidence. original: where a PDF is handed out, "" of a picture."""

    url: str
    text: str
    original: str
    claim_file_id: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move, as the timeline shows it."""

    name: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClashLine:
    """What a claim clashes with. is_barring: nothing is booked while it stands."""

    name: str
    said: str
    is_barring: bool
    is_team: bool
    url: str


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """A claim in a list."""

    claim_id: int
    title: str
    kind: str
    earned: str
    credits: str
    badge: str
    tone: str
    steps: tuple[Step, ...]
    next: str
    url: str
    is_draft: bool


def claim_title(content: ClaimContent) -> str:
    """What it is called; a draft may have no name yet."""
    return content.title or _("（未填写名称）")


def claim_card(line: ClaimLine) -> ClaimCard:
    """A line of a list of one learner's claims."""
    content, standing = line.claim.content, line.standing
    is_draft = standing.stage is ClaimStage.DRAFT
    endpoint = "web.edit_claim" if is_draft else "web.claim"
    return ClaimCard(
        claim_id=line.claim.claim_id,
        title=claim_title(content),
        kind=what_of(content),
        earned=day(content.earned_on) if content.earned_on else "",
        credits=credits_text(line.units) if line.units is not None else "",
        badge=stage_text(standing),
        tone=stage_tone(standing),
        steps=steps_of(line.claim, standing),
        next=next_of(standing),
        url=url_for(endpoint, claim_id=line.claim.claim_id),
        is_draft=is_draft,
    )


def what_of(content: ClaimContent) -> str:
    """Kind, with level and rank or category: "竞赛获奖 · 省级二等奖"."""
    parts = [name_of(content.kind)]
    if content.kind is ClaimKind.AWARD:
        parts.append(award_text(content.level, content.rank))
    elif content.category and name_of(content.category) != parts[0]:
        parts.append(name_of(content.category))
    return " · ".join(filter(None, parts))


def stage_text(standing: ClaimStanding) -> str:
    """The stage, with what holds it up."""
    if standing.stage is ClaimStage.NOTICE and standing.objections:
        return _("公示中，有异议")
    return name_of(standing.stage)


def stage_tone(standing: ClaimStanding) -> str:
    """The tone of its badge."""
    held = standing.stage is ClaimStage.NOTICE and standing.objections
    return "warn" if held or standing.is_bounced else TONES[standing.stage]


def next_of(standing: ClaimStanding) -> str:
    """What happens next and when, in one sentence; "" where nothing does."""
    if standing.stage is not ClaimStage.NOTICE:
        return str(_NEXT.get(standing.stage, ""))
    if standing.objections:
        return _("有人提出异议，处理完之前不入账。")
    return _("公示到%(day)s，期满没有异议，次日自动入账。", day=day(standing.ends_on or date.max))


_NEXT = {
    ClaimStage.DRAFT: _l("还没有提交，老师看不到。"),
    ClaimStage.SUBMITTED: _l("等教务科初审。"),
    ClaimStage.RETURNED: _l("请按老师的意见修改后重新提交。"),
    ClaimStage.ACCEPTED: _l("初审已通过，等教学指导委员会终审。"),
    ClaimStage.POSTED: _l("学分已经记入个人学习账户。"),
}


def steps_of(claim: KeptClaim, standing: ClaimStanding) -> tuple[Step, ...]:
    """提交, 初审, 终审, 公示, 入账: what is done, what is now, what is to come."""
    names = (_("提交"), _("初审"), _("终审"), _("公示"), _("记入账户"))
    reached = _reached(standing, claim)
    on = _days(claim)
    found = []
    for number, name in enumerate(names):
        if number < reached:
            state = "done"
        elif number == reached:
            state = "stopped" if standing.stage in FINAL - {ClaimStage.POSTED} else "now"
        else:
            state = "todo"
        shown = on.get(number)
        found.append(Step(name, state, f"{shown:%m-%d}" if shown and state == "done" else ""))
    return tuple(found)


def _reached(standing: ClaimStanding, claim: KeptClaim) -> int:
    """How many steps lie behind."""
    if standing.stage is ClaimStage.POSTED:
        return 5
    if standing.stage in _ORDER:
        return _ORDER.index(standing.stage) + 1
    if standing.stage is ClaimStage.RETURNED or standing.stage is ClaimStage.DRAFT:
        return 0
    kinds = {move.kind for move in claim.plain_moves}
    passed = [
        ClaimMoveKind.SUBMIT in kinds, standing.accepted_by > 0, standing.confirmed_by > 0,
    ]  # fmt: skip
    return sum(passed)


def _days(claim: KeptClaim) -> dict[int, date]:
    """When each step was done last."""
    numbers = {
        ClaimMoveKind.SUBMIT: 0, ClaimMoveKind.ACCEPT: 1, ClaimMoveKind.CONFIRM: 2,
        ClaimMoveKind.POST: 4,
    }  # fmt: skip
    found = {numbers[move.kind]: move.made_on for move in claim.plain_moves if move.kind in numbers}
    ends_on = claim.standing.ends_on
    return found | ({3: ends_on} if ends_on else {})


def facts_of(content: ClaimContent) -> list[tuple[str, str]]:
    """What was stated, as pairs for a list; what is not said is left out."""
    return [(name, text) for name, text in _facts(content) if text]


def _facts(content: ClaimContent) -> Iterator[tuple[str, str]]:
    is_award = content.kind is ClaimKind.AWARD
    yield _("名称"), content.title
    yield _("类别"), "" if is_award or not content.category else name_of(content.category)
    yield _("级别"), name_of(content.level) if content.level else ""
    yield _("等级"), name_of(content.rank) if content.rank else ""
    if is_award:
        yield _("参赛身份"), name_of(content.team_role) if content.team_role in TeamRole else ""
    if content.certificate_level is not CertificateLevel.NONE:
        yield _("证书等级"), name_of(content.certificate_level)
    if content.kind is ClaimKind.PRACTICE:
        yield _("实践天数"), _("%(count)s 天", count=content.quantity)
    if content.kind is ClaimKind.VOLUNTEERING:
        yield _("时长"), _("%(count)s 小时", count=content.quantity)
    yield _("取得日期"), day(content.earned_on) if content.earned_on else ""
    yield number_label(content.kind), content.certificate_no
    yield _("有效期至"), day(content.valid_until) if content.valid_until else ""
    yield _("文号"), content.document_no
    yield _("发证（主办）单位"), content.issuer
    yield _("说明"), content.note


def number_label(kind: ClaimKind) -> str:
    """What the number on the paper is called."""
    return _("授权（登记）号") if kind is ClaimKind.WORK else _("证书编号")


def pictures_of(view_or_files: Sequence[KeptFile], claim_id: int) -> tuple[PagePicture, ...]:
    """Every page of the evidence, in order."""
    found = []
    for number, file in enumerate(view_or_files, start=1):
        is_pdf = file.media_type is MediaType.PDF
        original = (
            url_for("web.claim_original", claim_id=claim_id, claim_file_id=file.claim_file_id)
            if is_pdf
            else ""
        )
        for page_no in range(1, file.page_count + 1):
            url = url_for(
                "web.claim_page",
                claim_id=claim_id,
                claim_file_id=file.claim_file_id,
                page_no=page_no,
            )
            text = _("证明材料%(number)s", number=number)
            if file.page_count > 1:
                text = _(
                    "证明材料%(number)s 第%(page)s页，共%(pages)s页",
                    number=number,
                    page=page_no,
                    pages=file.page_count,
                )
            found.append(PagePicture(url, text, original, file.claim_file_id, page_no == 1))
    return tuple(found)


def moves_of(claim: KeptClaim) -> tuple[MoveLine, ...]:
    """The timeline, the latest first. Who objected is not said."""
    return tuple(_move_line(kept) for kept in reversed(claim.moves))


def _move_line(kept: KeptMove) -> MoveLine:
    move, name = kept.move, name_of(kept.move.kind)
    if move.units is not None:
        name = _("%(name)s，认定 %(units)s 学分", name=name, units=credits_text(move.units))
    if move.ends_on is not None:
        name = _("%(name)s，到%(day)s", name=name, day=day(move.ends_on))
    said = in_language(Message(kept.said["zh"], kept.said["en"])) if "zh" in kept.said else ""
    return MoveLine(name, moment(kept.made_at), move.reason or said)


def clash_lines(clashes: Sequence[ShownClash]) -> tuple[ClashLine, ...]:
    """The clashes for an office: what, whose as far as that may be said, and how it stands."""
    return tuple(_clash_line(item) for item in clashes)


def _clash_line(item: ShownClash) -> ClashLine:
    clash = item.clash
    who = item.name or named(item.school, item.school_en)
    what = _entry_name(clash.entry_kind)
    on = day(clash.earned_on) if clash.earned_on else ""
    how = _("已入账") if clash.is_booked else name_of(clash.stage) if clash.stage else ""
    return ClashLine(
        name=name_of(clash.kind),
        said=" · ".join(part for part in (who, what, on, how) if part),
        is_barring=clash.bars_booking,
        is_team=clash.is_team,
        url=url_for("web.claim", claim_id=item.claim_id) if item.claim_id else "",
    )


def _entry_name(kind: str) -> str:
    return _("竞赛获奖") if kind == EntryKind.COMPETITION.value else _("创新实践成果")


def warnings_of(view: ClaimView) -> tuple[str, ...]:
    """What the learner is told plainly: others' claims without saying whose."""
    found = dict.fromkeys(
        str(_WARNED[item.clash.kind])
        for item in view.clashes
        if not item.clash.is_team and item.clash.kind in _WARNED
    )
    problem = (in_language(view.problem.message),) if view.problem else ()
    return (*problem, *found)


_WARNED = {
    ClashKind.NUMBER: _l(
        "这个证书编号还有另一份申报或记录，审核时会核对；一份证书全县只认定一次。"
    ),
    ClashKind.FILE: _l("上传的文件与另一份申报的相同，审核时会核对。"),
    ClashKind.EVENT: _l("同一竞赛您已有另一项申报或记录，毕业时只计最高的一项。"),
}
