"""The lines of authorization.py for recognition table and pairs: all read, the county decides."""

from __future__ import annotations

from collections.abc import Mapping

from tests.functional.reaches import COUNTY_ONLY, SIGNED_IN, Endpoint, plain

LINE = {
    "code": "ZZ-50",
    "into": "vocational_school",
    "relation": "similar",
    "sources": ["信息"],
    "targets": ["信息技术"],
    "document_no": "测5号",
    "valid_from": "2030-09-01",
}

PAIR = {"vocational_id": 1, "general_id": 2, "valid_from": "2030-09-01", "document_no": "测6号"}

RECOGNITION_RULES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_recognition_rules.get_recognition_rules"): Endpoint(
        SIGNED_IN, plain("/api/v1/recognition-rules")
    ),
    ("GET", "api_recognition_rules.get_recognition_rule"): Endpoint(
        SIGNED_IN, plain("/api/v1/recognition-rules/ZZ-01")
    ),
    ("POST", "api_recognition_rules.post_recognition_rules"): Endpoint(
        COUNTY_ONLY, plain("/api/v1/recognition-rules", {"lines": [LINE]})
    ),
    ("GET", "web.recognition_rules"): Endpoint(SIGNED_IN, plain("/recognition-rules")),
    ("GET", "web.recognition_rule"): Endpoint(SIGNED_IN, plain("/recognition-rules/ZZ-01")),
    ("GET", "web.recognition_workbook_file"): Endpoint(SIGNED_IN, plain("/recognition-rules.xlsx")),
    ("POST", "web.change_recognition_rule"): Endpoint(
        COUNTY_ONLY, plain("/recognition-rules", {"code": "ZZ-51"})
    ),
    ("POST", "web.preview_recognition_rules"): Endpoint(
        COUNTY_ONLY, plain("/recognition-rules/preview", {})
    ),
    ("POST", "web.import_recognition_rules"): Endpoint(
        COUNTY_ONLY, plain("/recognition-rules/import", {"table": ""})
    ),
    ("GET", "api_paired_schools.get_paired_schools"): Endpoint(
        SIGNED_IN, plain("/api/v1/paired-schools")
    ),
    ("POST", "api_paired_schools.post_paired_schools"): Endpoint(
        COUNTY_ONLY, plain("/api/v1/paired-schools", PAIR)
    ),
    ("GET", "web.paired_school_list"): Endpoint(SIGNED_IN, plain("/paired-schools")),
    ("POST", "web.name_pair"): Endpoint(COUNTY_ONLY, plain("/paired-schools", PAIR)),
}
