"""Paired schools, public notices and the bureau's overview of transfers, as pages."""

from __future__ import annotations

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import NOW
from tests.functional.web.conftest import Reader, Visitor

PAIRS, NOTICES, OVERVIEW = "/paired-schools", "/notices", "/transfers"
TODAY = NOW.date().isoformat()


def body(reader: Reader, address: str) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def pair(reader: Reader, **changed: str) -> dict[str, str]:
    first, _ = reader.county.schools
    given = {
        "vocational_id": str(first.institution_id), "general_id": "2000000000",
        "valid_from": TODAY, "valid_until": "", "document_no": "平教体字〔2026〕3号",
    }  # fmt: skip
    return given | changed


def test_a_wrong_pair_comes_back_with_every_fault_at_its_field(visitor: Visitor):
    county = visitor(Role.COUNTY)
    sent = pair(county, valid_from="2026-01-01", document_no="")
    missing = county.post(PAIRS, sent)
    assert missing.status_code == 422
    assert 'id="document_no-fault"' in missing.get_data(as_text=True)
    answer = county.post(PAIRS, pair(county, valid_from="2026-01-01", valid_until="2026-01-02"))
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("general_id", "valid_from", "valid_until"):
        assert f'id="{field}-fault"' in shown
    assert 'value="平教体字〔2026〕3号"' in shown
    assert "还没有公布结对学校" in shown


def test_only_the_county_finds_the_form(visitor: Visitor):
    assert 'name="document_no"' in body(visitor(Role.COUNTY), PAIRS)
    for role in (Role.STUDENT, Role.REGISTRAR, Role.AUDITOR):
        assert 'name="document_no"' not in body(visitor(role), PAIRS)


def test_a_pair_is_named_and_ended_from_its_line(visitor: Visitor, general_school: int):
    county = visitor(Role.COUNTY)
    named = county.post(PAIRS, pair(county, general_id=str(general_school)))
    assert (named.status_code, named.headers["Location"]) == (303, PAIRS)
    shown = body(county, PAIRS)
    assert "2026年7月1日起" in shown
    assert "平教体字〔2026〕3号" in shown
    first = county.county.schools[0].institution_id
    address = (
        f"{PAIRS}?vocational_id={first}&amp;general_id={general_school}"
        f"&amp;valid_from={TODAY}&amp;valid_until={TODAY}"
    )
    assert "/paired-schools?" in shown
    form = body(county, address.replace("&amp;", "&"))
    assert f'<option value="{general_school}" selected>' in form
    ended = county.post(
        PAIRS, pair(county, general_id=str(general_school), valid_until="2026-12-31")
    )
    assert ended.status_code == 303
    assert "至 2026年12月31日" in body(visitor(Role.TEACHER), PAIRS)


@pytest.fixture
def general_school(owner_engine, county) -> int:
    """A high school beside the two vocational ones."""
    from sqlalchemy import text

    from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        return int(
            uow.connection.execute(
                text(
                    "INSERT INTO institutions (code, name, name_en, kind, area_code) VALUES"
                    " ('3137012409', '第九中学', 'No. 9 School', 'general_high_school', '370124')"
                    " RETURNING institution_id"
                )
            ).scalar_one()
        )


def test_notices_are_open_to_everybody_and_to_no_search_engine(visitor: Visitor):
    reader = visitor(Role.ANONYMOUS)
    assert f'href="{NOTICES}"' in body(reader, "/sign-in")
    for address in (NOTICES, "/api/v1/notices"):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert "noindex" in answer.headers["X-Robots-Tag"]
    shown = body(reader, NOTICES)
    assert "现在没有公示" in shown
    assert 'action="/sign-out"' not in shown
    assert 'action="/sign-out"' in body(visitor(Role.STUDENT), NOTICES)


def test_the_overview_says_what_there_is_and_where_to_go(visitor: Visitor):
    county = visitor(Role.COUNTY)
    assert f'href="{OVERVIEW}"' in body(county, "/indicators")
    shown = body(county, OVERVIEW)
    assert "2025-2026 学年" in shown
    assert "这一学年没有互转申请" in shown
    assert "这一学年没有办结的互转" in shown
    assert 'href="/status-changes">' in shown
    main = body(visitor(Role.AUDITOR), OVERVIEW)
    assert 'href="/status-changes">' not in main
    assert "2025-2026 学年" in body(county, f"{OVERVIEW}?year=1999")


def test_in_english(visitor: Visitor):
    reader = visitor(Role.COUNTY)
    reader.client.set_cookie("language", "en")
    assert "Paired schools" in body(reader, PAIRS)
    assert "Public notices" in body(reader, NOTICES)
    assert "When applications are taken" in body(reader, OVERVIEW)
