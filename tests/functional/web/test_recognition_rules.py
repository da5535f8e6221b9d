"""The pages of the recognition table: read by everybody, changed by the county by line or file."""

from __future__ import annotations

import io
import json
import re

import pytest

from creditbank.domain.permissions import Role
from creditbank.domain.recognition_cells import COLUMNS
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.exchange.workbooks import read_workbook
from tests.factories.county import NOW
from tests.functional.web.conftest import Reader, Visitor

TABLE = "/recognition-rules"
TODAY = NOW.date()
LINE = {
    "code": "ZZ-20", "into": "vocational_school", "relation": "similar", "sources": "信息科技",
    "targets": "信息技术", "target_nature": "", "ratio_percent": "80", "units_max": "2.5",
    "needs_test": "是", "document_no": "平教字〔2026〕9号", "valid_from": "2027-09-01",
    "valid_until": "2028-08-31", "reason": "教研组意见",
}  # fmt: skip


def body(reader: Reader, address: str = TABLE) -> str:
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def uploaded(reader: Reader, *rows: list[str], headings: tuple[str, ...] = tuple(COLUMNS.values())):
    content = tables_workbook([SheetTable("表", headings, rows)], made_on=TODAY)
    return reader.post(f"{TABLE}/preview", {"file": (io.BytesIO(content), "对照表.xlsx")})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def test_everybody_signed_in_reads_it_and_nobody_but_the_county_finds_a_form(visitor: Visitor):
    for role in (Role.STUDENT, Role.REGISTRAR, Role.COLLEGE, Role.AUDITOR):
        shown = body(visitor(role))
        assert "普通高中转入中等职业学校" in shown
        assert "相同直认" in shown
        assert "至多 14 学分" in shown
        assert shown.count("学生互转实施办法") == 2
        assert 'name="document_no"' not in shown
        assert 'type="file"' not in shown
    shown = body(visitor(Role.COUNTY))
    assert 'name="document_no"' in shown
    assert 'type="file"' in shown


def test_rules_and_home_lead_to_it(visitor: Visitor):
    assert f'href="{TABLE}"' in body(visitor(Role.COUNTY), "/rules")
    assert f'href="{TABLE}"' in body(visitor(Role.TEACHER), "/")


def test_the_table_of_another_day(visitor: Visitor):
    shown = body(visitor(Role.TEACHER), f"{TABLE}?as_of=2025-12-31")
    assert "这一天没有生效的对照关系" in shown
    assert "2025年12月31日" in shown
    assert "相同直认" not in shown
    assert "相同直认" in body(visitor(Role.TEACHER), f"{TABLE}?as_of=nonsense")


def test_a_line_is_put_in_force_and_its_page_shows_all_versions(visitor: Visitor):
    county = visitor(Role.COUNTY)
    answer = county.post(TABLE, LINE | {"idempotency_key": "k1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{TABLE}/ZZ-20")
    replaced = county.post(TABLE, LINE | {"ratio_percent": "70", "idempotency_key": "k2"})
    assert replaced.status_code == 303
    shown = body(visitor(Role.STUDENT), f"{TABLE}/ZZ-20")
    for word in ("待施行", "按 70% 折算", "按 80% 折算", "至多 2.5 学分", "须通过转入学校考核",
                 "平教字〔2026〕9号", "教研组意见", "信息科技"):  # fmt: skip
        assert word in shown
    assert shown.index("按 70% 折算") < shown.index("按 80% 折算")
    assert "信息科技" not in body(county)
    later = body(county, f"{TABLE}?as_of=2027-09-01")
    assert "按 70% 折算" in later
    assert "按 80% 折算" not in later
    assert "信息科技" not in body(county, f"{TABLE}?as_of=2028-09-01")
    assert "2027年9月1日起有变化" in body(county)
    form = body(county, f"{TABLE}/ZZ-20")
    assert hidden(form, "ratio_percent") == "70"
    assert hidden(form, "document_no") == ""


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"valid_from": "2026-01-01"}, "valid_from"),
        ({"relation": "same"}, "ratio_percent"),
        ({"targets": ""}, "targets"),
        ({"units_max": "1.234"}, "units_max"),
        ({"into": ""}, "into"),
        ({"document_no": ""}, "document_no"),
        ({"reason": "由" * 201}, "reason"),
    ],
)
def test_a_wrong_line_comes_back_with_what_was_typed(visitor: Visitor, changed, field: str):
    answer = visitor(Role.COUNTY).post(TABLE, LINE | {"code": "ZZ-21"} | changed)
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert f'id="{field}-fault"' in shown
    assert hidden(shown, "sources") == "信息科技"
    assert visitor(Role.COUNTY).get(f"{TABLE}/ZZ-21").status_code == 404


def test_the_downloaded_file_uploaded_again_changes_nothing(visitor: Visitor):
    county = visitor(Role.COUNTY)
    file = county.get(f"{TABLE}.xlsx")
    assert file.headers["Content-Disposition"].startswith("attachment")
    sheet = read_workbook(file.data).sheets[0]
    assert sheet.rows[0] == tuple(COLUMNS.values())
    answer = county.post(f"{TABLE}/preview", {"file": (io.BytesIO(file.data), "表.xlsx")})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f"{len(sheet.rows) - 1} 条与现行的相同" in shown
    assert 'name="table"' not in shown
    empty = read_workbook(county.get(f"{TABLE}.xlsx?as_of=2025-12-31").data).sheets[0]
    assert len(empty.rows) == 1


def test_an_uploaded_table_is_previewed_and_then_put_in_force_once(visitor: Visitor):
    county = visitor(Role.COUNTY)
    row = [LINE[field] for field in COLUMNS]
    row[0], row[1], row[2] = "ZZ-22", "中职", "相近可认"
    row[3] = "“引号”&课程"
    answer = uploaded(county, row)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "1 条将有变化" in shown
    assert "条继续有效" in shown
    assert county.get(f"{TABLE}/ZZ-22").status_code == 404
    sent = {name: hidden(shown, name) for name in ("table", "idempotency_key")}
    for _ in range(2):
        made = county.post(f"{TABLE}/import", sent | {"reason": "全县统一"})
        assert (made.status_code, made.headers["Location"]) == (303, f"{TABLE}?changed=1")
    page = body(county, f"{TABLE}/ZZ-22")
    assert page.count('scope="row"') == 1
    assert "全县统一" in page
    assert "“引号”&amp;课程" in page
    assert "已施行 1 条" in body(county, f"{TABLE}?changed=1")


def test_faults_of_a_file_are_named_by_row_and_column_and_nothing_changes(visitor: Visitor):
    county = visitor(Role.COUNTY)
    good = [LINE[field] for field in COLUMNS]
    good[0] = "ZZ-23"
    wrong = list(good)
    wrong[0], wrong[10] = "ZZ-24", "2026-02-30"
    shown = uploaded(county, good, wrong).get_data(as_text=True)
    assert "第3行 K列" in shown
    assert "有 1 处问题" in shown
    assert 'name="table"' not in shown
    assert county.get(f"{TABLE}/ZZ-23").status_code == 404
    past = list(good)
    past[10] = "2026-01-02"
    sent = json.dumps([[2, dict(zip(COLUMNS, past, strict=True))]])
    refused = county.post(f"{TABLE}/import", {"table": sent, "idempotency_key": "k3"})
    assert refused.status_code == 422
    assert "第2行 K列" in refused.get_data(as_text=True)
    assert county.get(f"{TABLE}/ZZ-23").status_code == 404


@pytest.mark.parametrize("table", ["", "{", "[1]", "[[1, {}]]", '{"a": 1}', "null", "[[null, {}]]"])
def test_a_preview_that_did_not_come_back_is_refused(visitor: Visitor, table: str):
    answer = visitor(Role.COUNTY).post(f"{TABLE}/import", {"table": table})
    assert answer.status_code == 422
    assert "请重新上传" in answer.get_data(as_text=True)


def test_a_file_that_is_no_such_table_says_what_is_missing(visitor: Visitor):
    answer = uploaded(visitor(Role.COUNTY), ["王晨"], headings=("姓名",))
    assert answer.status_code == 422
    assert "没有找到对照表的表头" in answer.get_data(as_text=True)
    none = visitor(Role.COUNTY).post(f"{TABLE}/preview", {})
    assert none.status_code == 422
    nothing = uploaded(visitor(Role.COUNTY))
    assert "对照表中没有内容" in nothing.get_data(as_text=True)


def test_in_english(visitor: Visitor):
    reader = visitor(Role.COUNTY)
    reader.client.set_cookie("language", "en")
    shown = body(reader)
    for word in ("Recognition table", "Recognised as the same", "At most 14 credits"):
        assert word in shown
