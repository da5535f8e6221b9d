"""The lines of authorization.py for the recognition table: everybody reads, the county decides."""

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
}
