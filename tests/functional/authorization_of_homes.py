"""Who may look for what from any page; see authorization.py."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.permissions import Role
from tests.factories.county import CountyInSmall
from tests.functional.reaches import FIND, LEARNERS, SIGNED_IN, Asked, Endpoint, Reach, plain

PALETTE: Reach = {role: FIND.get(role, frozenset()) for role in Role if role is not Role.ANONYMOUS}
"""Everybody finds pages; learners only who may search for them."""


def _searched(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/palette", {"words": county.numbers[relation]})


HOMES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "web.palette"): Endpoint(SIGNED_IN, plain("/palette")),
    ("POST", "web.find_from_palette"): Endpoint(PALETTE, _searched, LEARNERS, finds=True),
}
