"""What all pages share: how days stand in a text."""

from __future__ import annotations

import pytest

from creditbank.web.pages import whole_days


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to 2026-09-28.", 'to <span class="day">2026-09-28</span>.'),
        ("到2026年9月1日", '到<span class="day">2026年9月1日</span>'),
        ("<b> 2025-2026", "&lt;b&gt; 2025-2026"),
    ],
)
def test_no_line_breaks_a_day(text: str, shown: str):
    assert whole_days(text) == shown
