"""Learners in every relation to one college, and the ways by which it could see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import Engine, text

from creditbank.api.calls import ENGINE
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.sharing_consents import JoiningConsent
from creditbank.services.accounts import open_session
from creditbank.services.credential_commands import IssueCredential
from creditbank.services.credentials import issue_credential
from creditbank.services.paper_commands import IssueCertificates
from creditbank.services.papers import issue_certificates
from creditbank.store.registration import add_member
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import AGREED, NOW, CountyInSmall
from tests.factories.county_credentials import SIGNING
from tests.factories.county_parts import add_agreement, join
from tests.factories.school import Pupil, School
from tests.factories.signing import Signer, sent

CONSENTED, REVOKED, UNSAID, ENDED, OVER, NOT_BEGUN, OTHERS, OUTSIDE = (
    "consented", "revoked", "never asked", "left the class", "agreement over", "not begun",
    "of another college", "in no class",
)  # fmt: skip
HIDDEN = (REVOKED, UNSAID, ENDED, OVER, NOT_BEGUN, OTHERS, OUTSIDE)
ALIKE = (UNSAID, ENDED, NOT_BEGUN)
"""Hidden by what hides another one of them: by the view, or by the agreement's days."""
CLASSES = {UNSAID: 0, REVOKED: 0, CONSENTED: 0, ENDED: 0, OVER: 1, NOT_BEGUN: 2, OTHERS: 3}


_STEP = text("""
INSERT INTO advance_moves (institution_id, learner_id, agreement_id, enrolment_id, kind, attempt,
  decided_on, document_no, reason, detail, decided_by, decided_role, recorded_at)
SELECT e.institution_id, e.learner_id, m.agreement_id, e.enrolment_id, 'register_exam', 1,
  '2026-04-01', '测转1号', '', '{}', 1, 'registrar', :now
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
""")
PARTS = (
    "", "/transcript", "/verdicts", "/verdicts/history", "/facts", "/exceptions", "/advances",
    "/credentials", "/entries/1/proof", "/papers",
)  # fmt: skip
COHORTS = ("college/agreements/{}/cohort", "agreements/{}/cohort", "agreements/{}/advances",
           "agreements/{}/advance-forms")  # fmt: skip


def share_members(county: CountyInSmall, owner_engine: Engine) -> dict[str, tuple[int, int]]:
    """(agreement, learner) by how it stands; each learner is in one class only."""
    first = county.schools[0]
    college, other = county.college.institution_id, county.other_college.institution_id
    assert college
    assert other
    _sign_and_print(owner_engine, first, first.pupils)
    _sign_and_print(owner_engine, county.schools[1], county.schools[1].pupils[:1])
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        connection = uow.connection
        for year, values in {2017: (college, date(2020, 1, 1)), 2018: (other, None)}.items():
            until = values[1] or date(2032, 7, 31)
            add_agreement(connection, first.institution_id, values[0], year, until)
        add_agreement(connection, first.institution_id, college, 2027)
        rows = connection.execute(
            text("SELECT entry_year, agreement_id FROM articulation_agreements WHERE school_id = 1")
        )
        ids = {row.entry_year: row.agreement_id for row in rows}
        agreements = (county.agreements[AGREED], ids[2017], ids[2027], ids[2018])
        connection.execute(text("DELETE FROM agreement_members"))
        found = {OUTSIDE: (agreements[0], county.schools[1].pupils[0].learner_id)}
        for relation, pupil in zip(CLASSES, first.pupils, strict=True):
            found[relation] = (agreements[CLASSES[relation]], pupil.learner_id)
            if relation is UNSAID:
                add_member(
                    connection,
                    {"agreement_id": agreements[0], "enrolment_id": pupil.enrolment_id,
                     "joined_on": date(2025, 9, 1), "left_reason": ""},
                    consent=JoiningConsent.SEPARATE,
                )  # fmt: skip
            else:
                join(connection, found[relation][0], pupil.enrolment_id)
        connection.execute(
            text("UPDATE agreement_members SET left_on = '2026-05-01' WHERE enrolment_id = :id"),
            {"id": first.pupils[list(CLASSES).index(ENDED)].enrolment_id},
        )
        say(connection, *found[REVOKED], is_given=False)
        connection.execute(_STEP, {"now": NOW})
    return found


def _sign_and_print(owner: Engine, school: School, pupils: Sequence[Pupil]) -> None:
    """A credential and a certificate of each learner."""
    key = f"walls-{school.institution_id}"
    printed = IssueCertificates(learner_ids=tuple(pupil.learner_id for pupil in pupils))
    with UnitOfWork(owner, EVERYWHERE) as uow:
        for pupil in pupils:
            asked = IssueCredential(learner_id=pupil.learner_id, kind=CredentialKind.TRANSCRIPT)
            issue_credential(
                uow, school.registrar, asked, signing=SIGNING,
                idempotency_key=f"{key}-{pupil.learner_id}", now=NOW,
            )  # fmt: skip
        issue_certificates(
            uow, school.registrar, printed,
            site="https://xuefen.example/verify", idempotency_key=f"{key}-paper", now=NOW,
        )  # fmt: skip


def say(connection: Any, agreement_id: int, learner_id: int, *, is_given: bool) -> None:
    """As the family would; the guard of the database wants their account."""
    connection.execute(
        text(
            "INSERT INTO account_learners SELECT account_id, :learner FROM accounts"
            " WHERE username = 'student' ON CONFLICT DO NOTHING"
        ),
        {"learner": learner_id},
    )
    connection.execute(
        text(
            "INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given,"
            " basis, recorded_by, recorded_at)"
            " SELECT 1, :agreement, :learner, :is_given, role, account_id, :now FROM accounts"
            " WHERE username = 'student'"
        ),
        {"agreement": agreement_id, "learner": learner_id, "is_given": is_given, "now": NOW},
    )


class College:
    """A college at the API and on the pages."""

    def __init__(self, app: Flask, county: CountyInSmall, signer: Signer) -> None:
        self.client, self._pages, self._signer = app.test_client(), app.test_client(), signer
        with UnitOfWork(app.extensions[ENGINE], EVERYWHERE) as uow:
            rows = uow.connection.execute(
                text(
                    "SELECT learner_id, max(issued_credential_id) FROM issued_credentials"
                    " GROUP BY learner_id"
                )
            )
            self.credentials = {row[0]: row[1] for row in rows}
        with UnitOfWork(app.extensions[ENGINE], "") as uow:
            token = open_session(uow, county.college.account_id, {}, now=NOW).token
        self._pages.set_cookie("creditbank", token)

    def api(self, path: str) -> Any:
        target = f"/api/v1{path}"
        return self.client.open(target, **sent(self._signer, "GET", target))

    def page(self, path: str) -> Any:
        return self._pages.get(path)

    def sees(self, agreement_id: int, learner_id: int) -> set[str]:
        """By which ways the learner is seen."""
        return self.sees_each({"": (agreement_id, learner_id)})[""]

    def sees_each(self, members: Mapping[str, tuple[int, int]]) -> dict[str, set[str]]:
        """By which ways each is seen; what lists a cohort is asked for once.

        Each of a kind is looked for in every way, those who are ALIKE in every list and by four.
        """
        named = {number: self._named(number) for number, _ in set(members.values())}
        return {
            name: self._alone(number, learner_id, is_brief=name in ALIKE)
            | {path for path, learners in named[number].items() if learner_id in learners}
            for name, (number, learner_id) in members.items()
        }

    def _named(self, agreement_id: int) -> dict[str, set[int]]:
        """Whom each list of a cohort names."""
        found: dict[str, set[int]] = {}
        for form in COHORTS:
            path = f"/{form.format(agreement_id)}"
            items = (self.api(path).json or {}).get("items", ())
            lines = [item.get("member") or item.get("line") or item for item in items]
            found[path] = {line.get("learner_id") for line in lines if line.get("name")}
        page = self.page(f"/agreements/{agreement_id}").get_data(as_text=True)
        found["page of the cohort"] = set(map(int, re.findall(r'/learners/(\d+)"', page)))
        return found

    def _alone(self, agreement_id: int, learner_id: int, *, is_brief: bool) -> set[str]:
        of_learner, number = f"/learners/{learner_id}", self.credentials[learner_id]
        of_member = f"/college/agreements/{agreement_id}{of_learner}"
        paths: tuple[str, ...] = (
            *(f"{of_member}/{part}" for part in ("status", "transcript")),
            *(f"{of_learner}{part}" for part in PARTS),
            *(f"/credentials/{number}/{part}" for part in ("document", "paper")),
        )
        pages: tuple[str, ...] = of_learner, f"{of_learner}/history"
        if is_brief:
            paths, pages = (*paths[:2], of_learner), pages[:1]
        return {path for path in paths if self.api(path).status_code == 200} | {
            f"page {path}" for path in pages if self.page(path).status_code == 200
        }


@contextmanager
def college_of(app: Flask, county: CountyInSmall) -> Iterator[College]:
    with time_machine.travel(NOW, tick=True):
        yield College(app, county, county.signer)
