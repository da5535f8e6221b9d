"""What lists share: how many, and after which."""

from __future__ import annotations

from schemas.base import Contract
from schemas.fields import Text, WholeInQuery

LIMIT_MAX = 200
LIMIT_USUAL = 50
CURSOR_MAX = 400


class PageQuerySchema(Contract):
    """The part of a list that is wanted. cursor: next_cursor of the page before."""

    limit = WholeInQuery(low=1, high=LIMIT_MAX, load_default=LIMIT_USUAL)
    cursor = Text(min_length=0, max_length=CURSOR_MAX, load_default="")
