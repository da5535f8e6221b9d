"""Numbers of papers, what they are worth on a day, and the document that is kept of them."""

from __future__ import annotations

from datetime import date

import pytest

from creditbank.domain.papers import (
    PaperKind,
    PaperState,
    check_digit,
    document_hash,
    document_of,
    paper_number,
    paper_state,
    read_paper_number,
)
from tests.factories.papers import change_form, status_certificate

NUMBER = paper_number("3637010001", 2026, PaperKind.CHANGE_FORM, 12)


def test_a_number_says_school_year_kind_and_serial() -> None:
    assert NUMBER[:-1] == "3637010001-2026-2-00012-"


def test_the_check_digit_is_that_of_iso_7064() -> None:
    assert check_digit("0794") == "5"  # the standard's own example of MOD 11,10
    assert check_digit("79462") == "3"


@pytest.mark.parametrize(
    "typed",
    [NUMBER, NUMBER.replace("-", ""), f" {NUMBER.replace('-', ' － ')} ", NUMBER.replace("-", "—")],
)
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert read_paper_number(typed) == NUMBER


@pytest.mark.parametrize("typed", ["", "123", NUMBER[:-1], NUMBER + "1", "x" * 26, "０" * 21])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_paper_number(typed) is None


def test_every_wrong_digit_is_found() -> None:
    digits = NUMBER.replace("-", "")
    for at, digit in enumerate(digits):
        for other in "0123456789":
            wrong = digits[:at] + other + digits[at + 1 :]
            assert (read_paper_number(wrong) is None) is (other != digit)


@pytest.mark.parametrize(
    ("is_revoked", "is_superseded", "valid_until", "state"),
    [
        (False, False, None, PaperState.VALID),
        (False, False, date(2026, 3, 2), PaperState.VALID),
        (False, True, date(2026, 3, 2), PaperState.SUPERSEDED),
        (False, False, date(2026, 3, 1), PaperState.EXPIRED),
        (False, True, date(2026, 3, 1), PaperState.EXPIRED),
        (True, True, date(2026, 3, 1), PaperState.REVOKED),
        (True, False, None, PaperState.REVOKED),
    ],
)
def test_what_a_paper_is_worth(is_revoked, is_superseded, valid_until, state) -> None:
    found = paper_state(
        is_revoked=is_revoked,
        is_superseded=is_superseded,
        valid_until=valid_until,
        today=date(2026, 3, 2),
    )
    assert found is state


def test_the_document_is_json_and_its_hash_goes_by_content() -> None:
    document = document_of(status_certificate())
    assert document["valid_until"] == "2026-03-31"
    assert document_hash(dict(reversed(document.items()))) == document_hash(document)
    assert document_hash(document | {"status": "休学"}) != document_hash(document)
    assert document_of(change_form())["opinions"][0]["given_on"] == "2026-02-27"
