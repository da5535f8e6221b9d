"""How a cohort is counted stays as it was from its first filing on, whatever the calendar says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AgreementTerms
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.services.agreement_commands import AmendAgreement, TermsKept
from creditbank.services.agreements import amend_agreement
from tests.factories.advance_agreement import TERMS
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import AFTER_NOTICE, AGREEMENT, AdvanceDesk


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    return partial(advance_classes.at, pupils=2)


def amend(desk: AdvanceDesk, *, of: int, **fields: Any) -> TermsKept:
    terms = replace(AgreementTerms(**TERMS), in_force_from=AFTER_NOTICE.date(), reason="院校来函")
    command = AmendAgreement(
        agreement_id=AGREEMENT, of_version_no=of, terms=replace(terms, **fields)
    )
    kept: TermsKept = desk.use(
        amend_agreement, desk.actor(Role.APPROVER), command, now=AFTER_NOTICE
    )
    return kept


def test_a_standing_filing_closes_the_terms_and_days_of_the_pattern_do_not(
    class_at: ClassAt,
) -> None:
    """The usual days for filing were in January; nobody has announced them for this year."""
    desk = class_at(Stage.NOTICE)
    assert amend(desk, of=1, pass_total=5_900).version_no == 2
    (filed,) = desk.many(MoveKind.FILE, desk.ids[0], now=AFTER_NOTICE).steps
    with pytest.raises(InvalidInputError) as closed:
        amend(desk, of=2, pass_total=5_800)
    assert [(item.code, item.field) for item in closed.value.problems] == [("filed", "pass_total")]
    assert amend(desk, of=2, pass_total=5_900, quota=4).version_no == 3
    desk.take_back(filed.advance_move_id, Role.APPROVER, now=AFTER_NOTICE)
    assert amend(desk, of=3, pass_total=5_800, quota=4).version_no == 4
