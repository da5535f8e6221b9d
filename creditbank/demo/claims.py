"""学分认定申报 in the demo: one or more at every stage, made by the services themselves.

What they write cannot differ from the real thing. Nobody but the student of the demo has an account
among the learners; the others' claims name numbers that belong to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, text

from creditbank.demo.evidence_pictures import specimen
from creditbank.demo.schools import FIRST_HIGH, VOCATIONAL
from creditbank.demo.stories import Story
from creditbank.domain.access import Actor
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.claims import ClaimContent, ClaimKind, ClaimMoveKind, ClaimStage
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.services.claim_commands import (
    AddEvidence,
    ConfirmClaims,
    MoveClaim,
    ObjectToClaim,
    OpenClaim,
    ReviewClaim,
)
from creditbank.services.claim_postings import post_due_claims
from creditbank.services.claim_reviews import confirm_claims, object_to_claim, review_claim
from creditbank.services.claims import add_evidence, move_claim, open_claim
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork

_REGISTRAR = {VOCATIONAL: Actor(1, Role.REGISTRAR, VOCATIONAL),
              FIRST_HIGH: Actor(2, Role.REGISTRAR, FIRST_HIGH)}  # fmt: skip
_APPROVER = Actor(7, Role.APPROVER, VOCATIONAL)
_TEACHER = Actor(5, Role.TEACHER, VOCATIONAL)
_STUDENT = 3
_NOBODY = 2_000_000
"""Accounts from here on belong to nobody."""
_NOTICE_DAYS = 14
"""A notice that began so long ago has passed."""
# Of the youngest who have been there for some time, one of each class before a second one of any.
_LEARNERS = text("""
SELECT learner_id, name FROM (
  SELECT e.learner_id, l.name, e.class_name, e.entry_year,
    row_number() OVER (PARTITION BY e.class_name ORDER BY e.learner_id) AS place
  FROM enrolments e JOIN learners l ON l.learner_id = e.learner_id
  WHERE e.institution_id = :school AND e.is_open AND e.status = '01' AND e.entered_on < :before
    AND e.learner_id <> ALL (:leaving)
) found ORDER BY entry_year DESC, place, class_name, learner_id LIMIT :limit
""")
_OWN = text("""
SELECT l.learner_id, l.name FROM account_learners a JOIN learners l USING (learner_id)
WHERE a.account_id = :account
""")


@dataclass(frozen=True, slots=True)
class _Story:
    """One claim. who: 0 for the student of the demo, else one of the school's learners, in order.

    ago: how many days before today it was handed in.
    """

    who: int
    until: ClaimStage
    content: ClaimContent
    ago: int
    reason: str = ""
    is_objected: bool = False
    school: int = VOCATIONAL


_CONTEST = "{year}年山东省职业院校技能大赛数控车削项目"
_AWARD = ClaimContent(
    kind=ClaimKind.AWARD,
    title=_CONTEST,
    level=AwardLevel.PROVINCE,
    rank=AwardRank.SECOND,
    certificate_no="SD-JNDS-{year}-0217",
    issuer="山东省职业院校技能大赛组委会",
)
_LATHE = ClaimContent(
    kind=ClaimKind.CERTIFICATE,
    title="车工职业技能等级证书",
    category=InnovationCategory.SKILL_CERTIFICATE,
    certificate_level=CertificateLevel.INTERMEDIATE,
    certificate_no="示范JN{year}C00412",
    issuer="济南市职业技能鉴定中心",
)
_MANDARIN = ClaimContent(
    kind=ClaimKind.CERTIFICATE,
    title="普通话水平测试二级甲等",
    category=InnovationCategory.GENERAL_CERTIFICATE,
    certificate_no="示范PTH{year}0388",
)
_HOURS = ClaimContent(
    kind=ClaimKind.VOLUNTEERING,
    title="县图书馆暑期志愿服务",
    category=InnovationCategory.VOLUNTEERING,
    quantity=40,
    issuer="县志愿服务联合会",
)
_PRACTICE = ClaimContent(
    kind=ClaimKind.PRACTICE,
    title="玫瑰种植合作社社会实践",
    category=InnovationCategory.SOCIAL_PRACTICE,
    quantity=10,
    issuer="平阴县玫瑰种植专业合作社",
)
_DESIGN = ClaimContent(
    kind=ClaimKind.WORK,
    title="一种便携式工件夹具",
    category=InnovationCategory.PATENT_UTILITY,
    certificate_no="示范ZL{year}2 0031",
)
_STORIES = (
    _Story(1, ClaimStage.POSTED, _HOURS, 40),
    _Story(0, ClaimStage.NOTICE, replace(_AWARD, team_role=TeamRole.CAPTAIN), 6),
    _Story(0, ClaimStage.RETURNED, _MANDARIN, 5, "照片不清楚，请重新拍摄"),
    _Story(0, ClaimStage.SUBMITTED, _PRACTICE, 1),
    _Story(0, ClaimStage.DRAFT, _DESIGN, 0),
    _Story(1, ClaimStage.NOTICE, replace(_AWARD, team_role=TeamRole.MEMBER), 6),
    _Story(2, ClaimStage.NOTICE, replace(_HOURS, title="敬老院志愿服务", quantity=60), 5, "",
           is_objected=True),
    _Story(3, ClaimStage.ACCEPTED, replace(_LATHE, certificate_no="示范JN{year}C00587"), 4),
    _Story(4, ClaimStage.ACCEPTED, replace(_PRACTICE, title="社区防汛社会实践", quantity=5), 3),
    _Story(5, ClaimStage.ACCEPTED, replace(
        _AWARD, title="{year}年济南市中职学生创新创业大赛", level=AwardLevel.CITY,
        rank=AwardRank.FIRST, certificate_no="JN-SC-{year}-031"), 3),
    _Story(6, ClaimStage.SUBMITTED, _LATHE, 9),
    _Story(7, ClaimStage.SUBMITTED, replace(_HOURS, title="交通文明志愿服务", quantity=22), 3),
    _Story(8, ClaimStage.SUBMITTED, _DESIGN, 2),
    _Story(9, ClaimStage.SUBMITTED, replace(_MANDARIN, certificate_no="示范PTH{year}0412"), 2),
    _Story(10, ClaimStage.REJECTED, replace(_PRACTICE, title="家庭农场劳动"), 20,
           "缺少盖章的鉴定表，两次退回未补"),
    _Story(11, ClaimStage.WITHDRAWN, replace(_HOURS, title="校园图书角整理", quantity=8), 15),
    # The same certificate number at another school: both reviewers see that there is another.
    _Story(0, ClaimStage.SUBMITTED, replace(_LATHE, title="车工证书"), 2, school=FIRST_HIGH),
)  # fmt: skip


def claim_stories(engine: Engine, *, as_of: date, leaving: Sequence[int] = ()) -> Iterator[Story]:
    """The demo's claims: handed in, reviewed and booked, up to as_of.

    leaving: learners who won't be where they are until then; they claim nothing.
    """
    return _Book(lambda: UnitOfWork(engine, EVERYWHERE, EVERYBODY), as_of, leaving).stories()


class _Book:
    """Who claims what, and when."""

    def __init__(
        self, open_unit: Callable[[], UnitOfWork], as_of: date, leaving: Sequence[int]
    ) -> None:
        self._open, self._as_of, self._keys = open_unit, as_of, count()
        earned_on = as_of - timedelta(days=60)
        with open_unit() as uow:
            own = [tuple(row) for row in uow.connection.execute(_OWN, {"account": _STUDENT})]
            self._people = {
                school: [
                    tuple(row)
                    for row in uow.connection.execute(
                        _LEARNERS,
                        {
                            "school": school,
                            "before": earned_on,
                            "leaving": list(leaving),
                            "limit": 12,
                        },
                    )
                ]
                for school in _REGISTRAR
            }
        others = [person for person in self._people[VOCATIONAL] if person not in own]
        self._people[VOCATIONAL] = own + others
        self._earned_on = earned_on

    def stories(self) -> Iterator[Story]:
        """All that there are people for; a county in small has fewer."""
        for told in _STORIES:
            people = self._people[told.school]
            if told.who < len(people):
                yield self._tell(told, *people[told.who])
        yield self._post()

    def _post(self) -> Story:
        yield self._as_of
        post_due_claims(self._open, now=self._at(0, 9))

    def _tell(self, story: _Story, learner_id: int, name: str) -> Story:
        account = _STUDENT if story.who == 0 and story.school == VOCATIONAL else (
            _NOBODY + learner_id
        )  # fmt: skip
        student = Actor(account, Role.STUDENT, learner_ids=frozenset({learner_id}))
        content = self._dated(story.content)
        yield self._day(story.ago)
        claim_id = self._do(
            open_claim, student, OpenClaim(learner_id=learner_id, content=content), story.ago
        )
        proof = specimen(_sheet(content.kind), tuple(_lines(content, name)), content.certificate_no)
        adding = AddEvidence(claim_id=claim_id, file_hash=proof.file_hash)
        with self._open() as uow:
            add_evidence(
                uow, student, adding, proof, idempotency_key=self._key(), now=self._at(story.ago)
            )
        if story.until is ClaimStage.DRAFT:
            return
        submitting = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.SUBMIT)
        try:
            self._do(move_claim, student, submitting, story.ago)
        except InvalidInputError:
            return  # this learner's own records stand in the way, as they may
        yield from self._decide(story, claim_id, student)

    def _decide(self, story: _Story, claim_id: int, student: Actor) -> Story:
        registrar, ago = _REGISTRAR[story.school], max(0, story.ago - 1)
        ends = {
            ClaimStage.RETURNED: ClaimMoveKind.RETURN, ClaimStage.REJECTED: ClaimMoveKind.REJECT,
        }  # fmt: skip
        yield self._day(ago)
        if story.until is ClaimStage.WITHDRAWN:
            taking = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.WITHDRAW)
            self._do(move_claim, student, taking, ago)
        elif story.until in ends:
            returning = ReviewClaim(claim_id=claim_id, kind=ends[story.until], reason=story.reason)
            self._do(review_claim, registrar, returning, ago)
        elif story.until is not ClaimStage.SUBMITTED:
            accepting = ReviewClaim(claim_id=claim_id, kind=ClaimMoveKind.ACCEPT)
            self._do(review_claim, registrar, accepting, ago)
        if story.until in {ClaimStage.NOTICE, ClaimStage.POSTED}:
            is_passed = story.until is ClaimStage.POSTED
            ago = max(0, story.ago - 2, _NOTICE_DAYS * is_passed)
            yield self._day(ago)
            confirming = ConfirmClaims(claim_ids=(claim_id,), document_no="")
            self._do(confirm_claims, _APPROVER, confirming, ago)
        if story.is_objected:
            yield self._day(1)
            objecting = ObjectToClaim(claim_id=claim_id, reason="这段时间他在实习，时长应再核实")
            self._do(object_to_claim, _TEACHER, objecting, 1)

    def _do(self, service: Any, actor: Actor, command: Any, ago: int) -> int:  # noqa: ANN401
        with self._open() as uow:
            made = service(uow, actor, command, idempotency_key=self._key(), now=self._at(ago))
        return int(made.claim_id)

    def _key(self) -> str:
        return f"demo-claim-{next(self._keys)}"

    def _day(self, ago: int) -> date:
        return self._as_of - timedelta(days=ago)

    def _at(self, ago: int, hour: int = 2) -> datetime:
        """Ten o'clock in the county, so many days before."""
        return datetime.combine(self._day(ago), time(hour), UTC)

    def _dated(self, content: ClaimContent) -> ClaimContent:
        year = str(self._earned_on.year)
        return replace(
            content,
            title=content.title.replace("{year}", year),
            certificate_no=content.certificate_no.replace("{year}", year),
            earned_on=self._earned_on,
        )


def _sheet(kind: ClaimKind) -> str:
    return {
        ClaimKind.AWARD: "获奖证书",
        ClaimKind.CERTIFICATE: "职业证书",
        ClaimKind.WORK: "专利证书",
        ClaimKind.PRACTICE: "社会实践鉴定表",
        ClaimKind.VOLUNTEERING: "志愿服务证明",
    }[kind]


def _lines(content: ClaimContent, name: str) -> Iterator[str]:
    yield f"{name} 同学："
    yield content.title
    if content.kind is ClaimKind.PRACTICE:
        yield f"社会实践 {content.quantity} 天，表现良好"
    if content.kind is ClaimKind.VOLUNTEERING:
        yield f"志愿服务 {content.quantity} 小时"
    if content.issuer:
        yield content.issuer
    if content.earned_on:
        yield f"{content.earned_on.year}年{content.earned_on.month}月{content.earned_on.day}日"
