"""The panel of credentials: what is offered, each award by its name."""

from __future__ import annotations

import json
import re

from creditbank.domain.permissions import Role
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor

_OPTION = re.compile(r'<option value="(achievement[^"]*)"[^>]*>([^<]+)</option>')


def test_an_award_is_chosen_by_its_name_and_that_one_is_signed(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    page = f"/learners/{reader.county.learners[OWN]}"
    ((code, text),) = _OPTION.findall(reader.get(page).get_data(as_text=True))
    assert code == "achievement-2"
    assert text.startswith("学习成果证书：")
    assert reader.post(f"{page}/credentials", {"kind": code}).status_code == 302
    number = re.findall(r"/credentials/(\d+)/document", reader.get(page).get_data(as_text=True))[0]
    signed = json.loads(reader.get(f"/credentials/{number}/document").get_data())
    assert text.removeprefix("学习成果证书：") in json.dumps(signed, ensure_ascii=False)


def test_what_cannot_be_signed_is_said_beside_the_choice(visitor: Visitor):
    reader = visitor(Role.STUDENT)
    address = f"/learners/{reader.county.learners[OWN]}/credentials"
    for choice in ("achievement-99", "achievement-x", "graduation_eligibility"):
        refused = reader.post(address, {"kind": choice}, part=True)
        assert refused.status_code == 422
        assert 'id="kind-fault"' in refused.get_data(as_text=True)
