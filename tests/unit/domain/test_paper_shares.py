"""What a link shows, and for how long."""

from __future__ import annotations

from creditbank.domain.paper_shares import days_offered, token_hash, without_numbers


def test_of_identity_numbers_the_last_four_remain():
    content = {
        "name": "王小明",
        "citizen_id": "37012420100202039X",
        "national_student_no": "G37012420100202039X",
        "student_no": "2023010101",
    }
    assert without_numbers(content) == {
        "name": "王小明",
        "citizen_id": "**************039X",
        "national_student_no": "***************039X",
        "student_no": "2023010101",
    }


def test_who_has_no_number_gets_none():
    assert without_numbers({"name": "王小明", "citizen_id": ""})["citizen_id"] == ""


def test_the_longest_time_that_is_allowed_is_always_offered():
    assert days_offered(90) == (7, 30, 90)
    assert days_offered(45) == (7, 30, 45)
    assert days_offered(3) == (3,)
    assert days_offered(366) == (7, 30, 90, 366)


def test_a_token_is_kept_as_its_hash():
    assert token_hash("a") != token_hash("b")
    assert len(token_hash("a")) == 64
