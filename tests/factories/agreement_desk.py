"""A vocational school, a college, a university, the offices that sign, and terms to sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import insert

from creditbank.domain.access import Actor
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind, ScorePart, TieBreak
from creditbank.domain.agreements import EducationLevel, HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role, Section
from creditbank.services.agreement_commands import AmendAgreement, SignAgreement, TermsKept
from creditbank.services.agreements import amend_agreement, sign_agreement
from creditbank.store.agreement_terms import load_terms
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from creditbank.tables.agreements import AgreementMember
from creditbank.tables.institutions import Institution
from creditbank.tables.majors import Major
from tests.factories.school import MAJOR, School, make_school

NOW = datetime(2026, 1, 20, 2, tzinfo=UTC)
TODAY = local_date(NOW)
ENTRY_YEAR = 2025
_keys = count()
TERMS = AgreementTerms(
    agreement_id=0,
    version_no=0,
    in_force_from=date(2025, 9, 1),
    document_no="测合〔2025〕1号",
    quota=40,
    valid_from=date(2025, 9, 1),
    valid_to=date(2029, 8, 31),
    hard_conditions=(HardCondition(HardConditionKind.CONDUCT),),
    scores=(
        ScorePart(ScoreKind.COURSE_AVERAGE, 10_000, 50),
        ScorePart(ScoreKind.SKILL_TEST, 10_000, 30),
        ScorePart(ScoreKind.QUALITY, 10_000, 20),
    ),
    pass_total=6_000,
    tie_breaks=(TieBreak.SKILL_TEST, TieBreak.COURSE_AVERAGE),
    exemption_level=AwardLevel.PROVINCE,
    notice_days=5,
    appeal_days=5,
)


@dataclass(frozen=True)
class AgreementDesk:
    """The first school's agreements are signed here; the other school is somebody else's."""

    engine: Engine
    owner: Engine
    school: School
    other: School
    college_id: int
    university_id: int

    def approver(self, school: School | None = None) -> Actor:
        """The school's own."""
        return Actor(91, Role.APPROVER, (school or self.school).institution_id)

    def bureau(self, section: Section | None = Section.VOCATIONAL) -> Actor:
        """An account of the bureau."""
        return Actor(92, Role.COUNTY, section=section)

    def use(
        self, service: Callable[..., Any], actor: Actor, command: Any,
        *, key: str = "", now: datetime = NOW,
    ) -> Any:  # fmt: skip
        """One use case in its own transaction, within the actor's reach."""
        with UnitOfWork(self.engine, reach_of(actor)) as uow:
            return service(
                uow, actor, command, idempotency_key=key or f"desk-{next(_keys)}", now=now
            )

    def sign(self, actor: Actor | None = None, *, key: str = "", **fields: Any) -> TermsKept:
        """A 3+2 of the school's major with the college; now, as everything here."""
        made: TermsKept = self.use(
            sign_agreement, actor or self.bureau(), self.signing(**fields), key=key
        )
        return made

    def signing(self, **fields: Any) -> SignAgreement:
        """What is signed by default."""
        given: dict[str, Any] = {
            "school_id": self.school.institution_id,
            "college_id": self.college_id,
            "name": "数控贯通",
            "entry_year": ENTRY_YEAR,
            "pre_level": EducationLevel.SECONDARY_VOCATIONAL,
            "pre_years_tenths": 30,
            "pre_major_code": MAJOR[0],
            "pre_catalogue_year": MAJOR[1],
            "post_level": EducationLevel.HIGHER_VOCATIONAL,
            "post_years_tenths": 20,
            "post_major_code": "460103",
            "post_catalogue_year": 2021,
            "terms": TERMS,
        }
        return SignAgreement(**(given | fields))

    def amend(
        self, agreement_id: int, *, of: int = 1, actor: Actor | None = None,
        now: datetime = NOW, key: str = "", **fields: Any,
    ) -> TermsKept:  # fmt: skip
        """A further version of TERMS, from today by default."""
        given: dict[str, Any] = {
            "in_force_from": local_date(now),
            "document_no": "测合〔2026〕2号",
            "reason": "院校来函",
        }
        command = AmendAgreement(
            agreement_id=agreement_id,
            of_version_no=of,
            terms=replace(TERMS, **(given | fields)),
        )
        made: TermsKept = self.use(
            amend_agreement, actor or self.bureau(), command, key=key, now=now
        )
        return made

    def terms(self, agreement_id: int, *, as_of: date = TODAY) -> AgreementTerms:
        """The version that speaks on a day."""
        with UnitOfWork(self.engine, "") as uow:
            return load_terms(uow.connection, [agreement_id], as_of=as_of)[agreement_id]

    def join(self, agreement_id: int, *, pupils: int = 2) -> None:
        """The first pupils of the school are in the class."""
        with UnitOfWork(self.owner, EVERYWHERE) as uow:
            for pupil in self.school.pupils[:pupils]:
                uow.connection.execute(
                    insert(AgreementMember).values(
                        agreement_id=agreement_id,
                        enrolment_id=pupil.enrolment_id,
                        joined_on=date(2025, 9, 1),
                    )
                )

    def ask(self, statement: str, **asked: Any) -> list[Any]:
        """Rows as the owner sees them."""
        with UnitOfWork(self.owner, EVERYWHERE) as uow:
            return list(uow.connection.execute(text(statement), asked))


def make_agreement_desk(owner: Engine, engine: Engine, *, number: int = 0) -> AgreementDesk:
    """Fill an empty database; the caller's fixture gives the engines.

    number: of the desk, where others stand in the database already.
    """
    with UnitOfWork(owner, EVERYWHERE) as uow:
        connection = uow.connection
        school = make_school(connection, number=2 * number + 1, pupils=3)
        other = make_school(connection, number=2 * number + 2, pupils=1)
        ids = [
            int(
                connection.execute(
                    insert(Institution)
                    .values(code=code, name=name, kind=kind, area_code="370100")
                    .returning(Institution.institution_id)  # type: ignore[call-overload]
                ).scalar_one()
            )
            for code, name, kind in (
                (f"413701{number:02d}01", "测试职业学院", "college"),
                (f"413701{number:02d}02", "测试大学", "university"),
            )
        ]
        for code, name, level in (
            ("460103", "数控技术", "higher_voc"), ("080803T", "机器人工程", "bachelor"),
        ):  # fmt: skip
            connection.execute(
                insert(Major)
                .values(code=code, catalogue_year=2021, name=name, level=level)
                .on_conflict_do_nothing()
            )
    return AgreementDesk(engine, owner, school, other, *ids)
