"""Every key that ships is known, its value allowed, and written and read back alike."""

from __future__ import annotations

import pytest

from creditbank.domain.policy_faults import what_is_wrong
from creditbank.domain.policy_keys import POLICY_KEYS, read_value, value_text
from creditbank.store.policy_files import load_policy_files

SHIPPED = {value.key: value.value for value in load_policy_files()}


def test_every_shipped_key_is_known_and_only_caps_are_known_beside_them() -> None:
    assert SHIPPED.keys() <= POLICY_KEYS.keys()
    others = POLICY_KEYS.keys() - SHIPPED.keys()
    assert all(key.startswith("innovation.category_cap.") for key in others)
    assert all(len(key) <= 60 for key in POLICY_KEYS)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_value_is_allowed_and_reads_back(key: str) -> None:
    known, value = POLICY_KEYS[key], SHIPPED[key]
    assert what_is_wrong(known, value) is None
    read = read_value(known, value_text(known, value))
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("substitution.cap_units", "-1"),
        ("substitution.cap_units", "101"),
        ("substitution.cap_units", "1.234"),
        ("substitution.cap_units", ""),
        ("substitution.cap_units", "八"),
        ("substitution.share_percent", "101"),
        ("substitution.share_percent", "12.5"),
        ("substitution.share_percent", "٥"),
        ("duration.suspension_counts", "1"),
        ("marks.resit_recorded", "beste"),
        ("innovation.portion.volunteering", "0"),
        ("plan.common_blocks", "   "),
    ],
)
def test_what_cannot_be_is_told(key: str, written: str) -> None:
    known = POLICY_KEYS[key]
    message = what_is_wrong(known, read_value(known, written))
    assert message is not None
    assert message.zh
    assert message.en
