"""Identifiers: the published vectors, what a typist may write, and every single slip of the finger.

All numbers are made up.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from creditbank.domain.errors import Problem
from creditbank.domain.identifiers import (
    IdentityKind,
    IdentityNumber,
    SkillCertificateNo,
    check_character,
    clean_identifier,
    cross_check,
    masked_id,
    masked_name,
    read_identity_number,
    read_national_student_no,
    read_school_code,
    read_skill_certificate_no,
    read_student_no,
    read_unified_code,
    unified_check_character,
)

BOY = "370124200903150015"
PERMIT_STEMS = {
    "81000019990401001": IdentityKind.HONG_KONG_PERMIT,
    "82000019990401002": IdentityKind.MACAO_PERMIT,
    "83000019990401003": IdentityKind.TAIWAN_PERMIT,
    "93715619990401005": IdentityKind.FOREIGN_RESIDENT,
}


@st.composite
def identity_numbers(draw) -> str:
    """Numbers that are right in form."""
    area = draw(st.sampled_from(["110105", "370124", "370181", "441900", "810000", "830000"]))
    born_on = date(1930, 1, 1) + timedelta(days=draw(st.integers(0, 35_000)))
    stem = f"{area}{born_on:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return stem + check_character(stem)


def read(text: str) -> IdentityNumber:
    found = read_identity_number(text)
    assert isinstance(found, IdentityNumber), found
    return found


def code(found: object) -> str:
    assert isinstance(found, Problem), found
    assert found.message.zh
    assert found.message.en
    return found.code


@pytest.mark.parametrize(
    ("number", "area", "born_on", "sex"),
    [
        (BOY, "370124", date(2009, 3, 15), "1"),
        ("37012420090315004X", "370124", date(2009, 3, 15), "2"),
        ("11010519491231002X", "110105", date(1949, 12, 31), "2"),
    ],
)
def test_the_published_numbers_are_read(number, area, born_on, sex):
    assert read(number) == IdentityNumber(number, IdentityKind.CITIZEN, area, born_on, sex)


@pytest.mark.parametrize(("stem", "kind"), PERMIT_STEMS.items())
def test_permits_and_foreign_residents_cards_share_the_check(stem, kind):
    number = stem + check_character(stem)
    found = read(number)
    assert (found.kind, found.born_on) == (kind, date(1999, 4, 1))
    wrong = stem + ("0" if number[-1] != "0" else "1")
    assert code(read_identity_number(wrong)) == "identity_check"


def test_a_foreign_residents_card_says_neither_area_nor_sex():
    stem = "93715619990401005"
    found = read(stem + check_character(stem))
    assert (found.area_code, found.sex) == ("", "")
    assert cross_check(found, sex="2", born_on=date(1999, 4, 1)) == ()


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        ("370124200903150016", "identity_check", "身份证号校验位错误"),
        ("370124200902300018", "identity_date", "身份证号出生日期错误"),
        ("370124209913150018", "identity_date", "身份证号出生日期错误"),
        ("370124180003150018", "identity_date", "身份证号出生日期错误"),
        ("990124200903150015", "identity_area", "身份证号地区码错误"),
        ("160124200903150015", "identity_area", "身份证号地区码错误"),
        ("810001199904010015", "identity_area", "身份证号地区码错误"),
        ("37012420090315001", "identity_shape", "身份证号应为18位,现为17位"),
        ("3701242009031500155", "identity_shape", "现为19位"),
        ("37012420090315X015", "identity_shape", "只能是数字"),
        ("٣٧٠١٢٤٢٠٠٩٠٣١٥٠٠١٥", "identity_shape", "只能是数字"),
        ("370124090315001", "identity_shape", "15位旧号"),
        ("", "identity_shape", "身份证号为空"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(text, expected, message):
    found = read_identity_number(text)
    assert isinstance(found, Problem)
    assert found.code == expected
    assert message in found.message.zh
    assert found.field == "citizen_id"


@pytest.mark.parametrize(
    "typed",
    [
        "37012420090315004x",
        " 37012420090315004X\t",
        "370124 20090315 004X",
        "37012420090315004X",
        "\ufeff37012420090315004X\u200b",
    ],
)
def test_what_a_typist_writes_has_one_form(typed):
    assert read(typed).number == "37012420090315004X"


@given(identity_numbers())
def test_every_number_right_in_form_is_read(number):
    found = read(number)
    assert found.number == number
    assert found.born_on.strftime("%Y%m%d") == number[6:14]
    assert (found.sex == "1") == (int(number[16]) % 2 == 1)


@given(identity_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, by):
    digit = str((int(number[place]) + by) % 10)
    slipped = number[:place] + digit + number[place + 1 :]
    assert isinstance(read_identity_number(slipped), Problem)


@given(identity_numbers(), st.integers(0, 15))
def test_two_digits_that_changed_places_are_always_noticed(number, place):
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert isinstance(read_identity_number(swapped), Problem)


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader_and_no_message_repeats_it(text):
    readers = (
        read_identity_number, read_national_student_no, read_student_no, read_school_code,
        read_unified_code, read_skill_certificate_no,
    )  # fmt: skip
    for reader in readers:
        found = reader(text)
        if isinstance(found, Problem) and len(clean_identifier(text)) > 4:
            assert clean_identifier(text) not in found.message.zh + found.message.en


def test_sex_and_birth_date_are_compared_with_the_number():
    identity = read(BOY)
    assert cross_check(identity, sex="1", born_on=date(2009, 3, 15)) == ()
    assert cross_check(identity, sex="0", born_on=None) == ()
    assert cross_check(identity, sex="9", born_on=None) == ()
    found = cross_check(identity, sex="2", born_on=date(2009, 3, 16))
    assert [(item.code, item.field) for item in found] == [
        ("sex_mismatch", "sex"),
        ("born_on_mismatch", "born_on"),
    ]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (f"G{BOY}", f"G{BOY}"),
        ("g37012420090315004x", "G37012420090315004X"),
        ("J370124200903150017", "J370124200903150017"),
        ("L370124200903159876", "L370124200903159876"),
    ],
)
def test_national_student_numbers_are_read(typed, number):
    assert read_national_student_no(typed) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BOY, "national_student_no_shape"),
        (f"H{BOY}", "national_student_no_shape"),
        (f"G{BOY}1", "national_student_no_shape"),
        ("G370124200903150016", "identity_check"),
        ("G370124200902300018", "identity_date"),
        ("J370124200902300017", "national_student_no_content"),
        ("L990124200903159876", "national_student_no_content"),
        ("L37012420090315ABCD", "national_student_no_content"),
        ("", "national_student_no_shape"),
    ],
)
def test_wrong_national_student_numbers_are_refused(text, expected):
    assert code(read_national_student_no(text)) == expected


def test_a_national_student_number_carries_the_learners_own_number():
    assert read_national_student_no(f"G{BOY}", citizen_id=f" {BOY}") == f"G{BOY}"
    other = read_national_student_no(f"G{BOY}", citizen_id="37012420090315004X")
    assert code(other) == "national_student_no_mismatch"
    without_id = "J370124200903150017"
    assert read_national_student_no(without_id, citizen_id=BOY) == without_id


@pytest.mark.parametrize("number", ["2025030115", "25sk-001", "A_1", "7", "1" * 20])
def test_student_numbers_are_what_the_school_makes_them(number):
    assert read_student_no(f" {number} ") == number


@pytest.mark.parametrize("text", ["", "1" * 21, "20250301/15", "张三", "-1"])
def test_wrong_student_numbers_are_refused(text):
    assert code(read_student_no(text)) == "student_no_shape"


def test_a_school_code_has_ten_digits():
    assert read_school_code("3637001234") == "3637001234"
    for text in ("363700123", "36370012345", "363700123A", ""):
        assert code(read_school_code(text)) == "school_code_shape"


def test_unified_codes_are_read():
    assert read_unified_code("91350100M000100Y43") == "91350100M000100Y43"
    assert read_unified_code("91350100m000100y43 ") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91350100M000100Y44", "unified_code_check"),
        ("91350100M000100Y4", "unified_code_shape"),
        ("91350100I000100Y43", "unified_code_shape"),
        ("9135010XM000100Y43", "unified_code_shape"),
        ("", "unified_code_shape"),
    ],
)
def test_wrong_unified_codes_are_refused(text, expected):
    assert code(read_unified_code(text)) == expected


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), st.integers(1, 30))
def test_a_wrong_check_character_of_a_unified_code_is_noticed(tail, by):
    stem = f"91370124{tail}"
    right = unified_check_character(stem)
    characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    wrong = characters[(characters.index(right) + by) % 31]
    assert read_unified_code(stem + right) == stem + right
    assert code(read_unified_code(stem + wrong)) == "unified_code_check"


def test_skill_certificate_numbers_are_read():
    assert read_skill_certificate_no("Y000137012400254000001") == SkillCertificateNo(
        "Y000137012400254000001", "Y", "37", 2025, "4"
    )
    assert isinstance(read_skill_certificate_no("Y000123XXXXXX195000001"), SkillCertificateNo)


@pytest.mark.parametrize(
    "text",
    [
        "Y00013701240025400001", "X000137012400254000001", "Y000137012400256000001",
        "Y000199012400254000001", "Y0001370124002540000011", "",
    ],
)  # fmt: skip
def test_wrong_skill_certificate_numbers_are_refused(text):
    assert code(read_skill_certificate_no(text)) == "skill_certificate_no_shape"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王小明", "王*明"), ("王明", "王*"), ("欧阳小明", "欧**明"), ("王", "*"), ("", "")],
)
def test_names_are_masked(name, masked):
    assert masked_name(name) == masked


def test_only_the_last_four_of_a_number_remain():
    assert masked_id("37012420090315004x") == "**************004X"
    assert masked_id("1234") == "****"
    assert masked_id("") == ""
