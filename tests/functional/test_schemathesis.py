"""Whatever a schema allows or forbids is asked of every operation under every role's key.

No answer may be a server error, and each must be as described: status, media type, headers, body.
By `make schemathesis`. CREDITBANK_CASES sets how many cases each operation gets under each role;
12 of them are more than 5,000 in all.
"""

from __future__ import annotations

import os
from collections import Counter
from io import BytesIO
from typing import Any
from uuid import uuid4
from wsgiref.types import WSGIApplication

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug import Request

from creditbank.domain.permissions import Role
from tests.factories.county import OWN, CountyInSmall

pytestmark = pytest.mark.schemathesis
CASES = int(os.environ.get("CREDITBANK_CASES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
REAL_IN_TEN = 7
"""How often a generated identifier makes way for one that exists."""

REAL_CONTENT = {
    "course_code": "GG02",
    "term": "2025-2026-1",
    "exam_kind": "01",
    "scale": "percent",
    "mark": "85",
    "earned_on": "2026-01-20",
    "ledger_seq": 1,
    "source_seq": 2,
    "block_code": "RX",
    "subject": "RX",
}


SIGN = "sign what is sent"


class Signing:
    """In front of the application: signs a college's call as it came, whatever was generated."""

    def __init__(self, inner: WSGIApplication, county: CountyInSmall) -> None:
        self._inner, self._county = inner, county

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if environ.get("HTTP_AUTHORIZATION") == SIGN:
            request = Request(environ)
            body, query = request.get_data(), request.query_string.decode()
            target = request.path + (f"?{query}" if query else "")
            environ["wsgi.input"] = BytesIO(body)
            environ["HTTP_AUTHORIZATION"] = self._county.signer.header(request.method, target, body)
        return self._inner(environ, start)


@pytest.fixture(scope="module")
def described(app, prepared_county) -> schemathesis.schemas.BaseSchema:
    app.wsgi_app = Signing(app.wsgi_app, prepared_county.county)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.mark.parametrize("role", Role)
@pytest.mark.timeout(1200)
def test_every_answer_is_as_described(described, county: CountyInSmall, role, capsys):
    answers: Counter[int] = Counter()
    for found in described.get_all_operations():
        operation = found.ok()
        can_break = operation.body or operation.query or operation.path_parameters
        for mode in GenerationMode if can_break else [GenerationMode.POSITIVE]:
            answers += _try(operation, mode, county, role)
    with capsys.disabled():
        print(f"\n{role.value}: {answers.total()} cases, {dict(sorted(answers.items()))}", end=" ")
    assert answers.keys() & {200, 201}


def _try(operation, mode: GenerationMode, county: CountyInSmall, role: Role) -> Counter[int]:
    answers: Counter[int] = Counter()
    key = county.keys.get(role)
    is_right = mode is GenerationMode.POSITIVE
    # Only path, query and body are spoiled: what a spoiled key gets is tested by itself.
    headers = {"Idempotency-Key": "spoiled"} | ({"Authorization": f"Bearer {key}"} if key else {})
    headers |= {"Authorization": SIGN} if role is Role.COLLEGE else {}

    @settings(
        max_examples=max(1, CASES // 2),
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(
        case=operation.as_strategy(generation_mode=mode, headers=headers),
        learner_id=st.sampled_from(sorted(county.learners.values())),
        agreement_id=st.sampled_from(sorted(county.agreements.values())),
        is_real=st.integers(1, 10).map(lambda number: number <= REAL_IN_TEN),
    )
    def ask(case: Case, learner_id: int, agreement_id: int, *, is_real: bool) -> None:
        if is_right and is_real:
            _make_real(case, county, learner_id, agreement_id)
        if is_right:
            case.headers["Idempotency-Key"] = str(uuid4())
        response = case.call()
        answers[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()
    return answers


def _make_real(case: Case, county: CountyInSmall, learner_id: int, agreement_id: int) -> None:
    known = {
        "learner_id": learner_id,
        "agreement_id": agreement_id,
        "plan_id": 1,
        "plan_exception_id": 1,
        "status_change_id": 1,
        "webhook_endpoint_id": county.webhooks[OWN],
        "claim_id": county.claims.waiting[OWN],
        "paper_layout_id": county.layouts[OWN],
    }
    for name in known.keys() & (case.path_parameters or {}).keys():
        case.path_parameters[name] = known[name]
    body: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    for content in (body, *body.get("rows", ())):
        for name in REAL_CONTENT.keys() & content.keys():
            content[name] = REAL_CONTENT[name]
        if "learner_id" in content:
            content["learner_id"] = learner_id
