"""Two schools with people who claim, review and object, and evidence that is drawn by code."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import Engine, insert, text

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank, InnovationCategory
from creditbank.domain.claim_files import EvidenceFile, EvidencePage, MediaType
from creditbank.domain.claims import ClaimContent, ClaimKind, ClaimMoveKind, ClaimStanding
from creditbank.domain.permissions import Role
from creditbank.services.claim_commands import (
    AddEvidence,
    ClaimReceipt,
    ConfirmClaims,
    MoveClaim,
    ObjectToClaim,
    OpenClaim,
    ReviewClaim,
    RuleOnObjection,
)
from creditbank.services.claim_postings import PostingRound, post_due_claims
from creditbank.services.claim_reviews import (
    confirm_claims,
    object_to_claim,
    review_claim,
    rule_on_objection,
)
from creditbank.services.claims import add_evidence, move_claim, open_claim
from creditbank.store.claims import read_claim
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import AccountLearner
from tests.factories.county_parts import add_account
from tests.factories.school import Pupil, School, make_school

NOW = datetime(2026, 6, 15, 2, tzinfo=UTC)
"""A Monday morning in the county; a notice of five working days ends on the next Monday."""
ENDS_ON = date(2026, 6, 22)
AFTER = NOW + timedelta(days=8)
_keys = count()

AWARD = ClaimContent(
    kind=ClaimKind.AWARD,
    title="2026年山东省职业院校技能大赛",
    level=AwardLevel.PROVINCE,
    rank=AwardRank.SECOND,
    certificate_no="SD2026-0001",
    issuer="山东省教育厅",
    earned_on=date(2026, 5, 20),
)
VOLUNTEERING = ClaimContent(
    kind=ClaimKind.VOLUNTEERING,
    title="县图书馆志愿服务",
    category=InnovationCategory.VOLUNTEERING,
    quantity=40,
    earned_on=date(2026, 5, 30),
)


def photo(name: str = "award", *, size: tuple[int, int] = (320, 240)) -> bytes:
    """A JPEG that says what it is."""
    picture = Image.new("RGB", size, "#f4efe2")
    ImageDraw.Draw(picture).text((20, size[1] // 2), f"SPECIMEN {name}", fill="#803030")
    written = io.BytesIO()
    picture.save(written, "JPEG")
    return written.getvalue()


def evidence(name: str = "award") -> EvidenceFile:
    """The same as the child process would hand over, without the process."""
    content = photo(name)
    return EvidenceFile(
        file_hash=hashlib.sha256(content).hexdigest(),
        media_type=MediaType.JPEG,
        byte_count=len(content),
        pages=(EvidencePage(320, 240, content),),
    )


@dataclass(frozen=True)
class ClaimDesk:
    """schools: the first and another one. Accounts are found by role, of either school."""

    engine: Engine
    schools: tuple[School, School]
    accounts: dict[tuple[int, Role], int]

    def pupil(self, number: int = 0, *, school: int = 0) -> Pupil:
        """A pupil of a school."""
        return self.schools[school].pupils[number]

    def student(self, number: int = 0, *, school: int = 0) -> Actor:
        """The pupil's own account."""
        learner_id = self.pupil(number, school=school).learner_id
        return Actor(5_000 + learner_id, Role.STUDENT, learner_ids=frozenset({learner_id}))

    def staff(self, role: Role, *, school: int = 0) -> Actor:
        """An office of a school."""
        institution_id = self.schools[school].institution_id
        return Actor(self.accounts[school, role], role, institution_id)

    def unit(self, actor: Actor | None = None) -> UnitOfWork:
        """As a visit opens it, or without anybody as the worker does."""
        if actor is None:
            return UnitOfWork(self.engine, EVERYWHERE, EVERYBODY)
        schools = [actor.institution_id] if actor.institution_id else [
            school.institution_id
            for school in self.schools
            if {item.learner_id for item in school.pupils} & actor.learner_ids
        ]  # fmt: skip
        return UnitOfWork(self.engine, ",".join(map(str, schools)), actor.account_id)

    def use(
        self, service: Any, actor: Actor, command: Any, *extra: Any, key: str = "",
        now: datetime = NOW,
    ) -> ClaimReceipt:  # fmt: skip
        """Call a service in a unit of work of the actor's own."""
        with self.unit(actor) as uow:
            made: ClaimReceipt = service(
                uow, actor, command, *extra, idempotency_key=key or f"c{next(_keys)}", now=now
            )
        return made

    def draft(
        self, content: ClaimContent = AWARD, *, of: int = 0, school: int = 0, proof: str = "award",
        now: datetime = NOW,
    ) -> int:  # fmt: skip
        """A draft with one piece of evidence; its number."""
        actor = self.student(of, school=school)
        command = OpenClaim(learner_id=min(actor.learner_ids), content=content)
        claim_id = self.use(open_claim, actor, command, now=now).claim_id
        if proof:
            found = evidence(proof)
            adding = AddEvidence(claim_id=claim_id, file_hash=found.file_hash)
            self.use(add_evidence, actor, adding, found, now=now)
        return claim_id

    def submit(self, claim_id: int, *, of: int = 0, school: int = 0, key: str = "") -> ClaimReceipt:
        """Hand it in."""
        command = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.SUBMIT)
        return self.use(move_claim, self.student(of, school=school), command, key=key)

    def submitted(self, content: ClaimContent = AWARD, **whose: Any) -> int:
        """A claim that is handed in; its number."""
        proof = whose.pop("proof", f"{content.title} {whose}")
        claim_id = self.draft(content, proof=proof, **whose)
        self.submit(claim_id, **whose)
        return claim_id

    def review(
        self, claim_id: int, kind: ClaimMoveKind = ClaimMoveKind.ACCEPT, *, school: int = 0,
        role: Role = Role.REGISTRAR, key: str = "", **fields: Any,
    ) -> ClaimReceipt:  # fmt: skip
        """初审, or what the approver sends back."""
        command = ReviewClaim(claim_id=claim_id, kind=kind, **fields)
        return self.use(review_claim, self.staff(role, school=school), command, key=key)

    def confirm(self, *claim_ids: int, school: int = 0, by: Actor | None = None) -> ClaimReceipt:
        """终审."""
        actor = by or self.staff(Role.APPROVER, school=school)
        return self.use(confirm_claims, actor, ConfirmClaims(claim_ids=claim_ids))

    def object(self, claim_id: int, actor: Actor, reason: str = "不是本人") -> int:
        """异议; the number of its move."""
        self.use(object_to_claim, actor, ObjectToClaim(claim_id=claim_id, reason=reason))
        return max(self.standing(claim_id).objections)

    def rule(self, claim_id: int, kind: ClaimMoveKind, about: int, *, by: Actor | None = None):
        """Decide an objection."""
        command = RuleOnObjection(claim_id=claim_id, kind=kind, about=about, reason="已核实")
        return self.use(rule_on_objection, by or self.staff(Role.APPROVER), command)

    def announced(self, content: ClaimContent = AWARD, **whose: Any) -> int:
        """A claim whose notice runs; its number."""
        claim_id = self.submitted(content, **whose)
        school = whose.get("school", 0)
        self.review(claim_id, school=school)
        self.confirm(claim_id, school=school)
        return claim_id

    def post(self, *, now: datetime = AFTER) -> PostingRound:
        """What the worker does at the turn of the day."""
        return post_due_claims(self.unit, now=now)

    def standing(self, claim_id: int) -> ClaimStanding:
        """Where it stands."""
        with self.unit() as uow:
            found = read_claim(uow.connection, claim_id)
        assert found is not None
        return found.standing

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.unit() as uow:
            return list(uow.connection.execute(text(statement), values))

    def entries(self, **whose: int) -> list[Any]:
        """The ledger of a pupil."""
        learner_id = self.pupil(whose.get("of", 0), school=whose.get("school", 0)).learner_id
        return self.rows(
            "SELECT * FROM ledger_entries WHERE learner_id = :id ORDER BY ledger_seq",
            id=learner_id,
        )


def make_claim_desk(owner: Engine, engine: Engine, *, pupils: int = 4) -> ClaimDesk:
    """Fill an empty database."""
    accounts: dict[tuple[int, Role], int] = {}
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = [make_school(uow.connection, number=number, pupils=pupils) for number in (1, 2)]
        for at, school in enumerate(made):
            accounts[at, Role.REGISTRAR] = school.registrar.account_id
            for role in (Role.APPROVER, Role.TEACHER):
                name = f"{role.value}{at}"
                accounts[at, role] = add_account(uow.connection, name, role, school.institution_id)
            for pupil in school.pupils:
                _sign_up(uow, pupil)
    return ClaimDesk(engine, (made[0], made[1]), accounts)


def _sign_up(uow: UnitOfWork, pupil: Pupil) -> None:
    number = 5_000 + pupil.learner_id
    uow.connection.execute(
        text(
            "INSERT INTO accounts (account_id, username, display_name, password_hash, role,"
            " is_active) OVERRIDING SYSTEM VALUE VALUES (:id, :name, :name, '!', 'student', true)"
        ),
        {"id": number, "name": f"pupil{pupil.learner_id}"},
    )
    uow.connection.execute(
        insert(AccountLearner).values(account_id=number, learner_id=pupil.learner_id)
    )


def other(content: ClaimContent, **changes: Any) -> ClaimContent:
    """The same but for some fields."""
    return replace(content, **changes)
