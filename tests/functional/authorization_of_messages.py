"""Who may see messages: whoever may be told, and only their own; see authorization.py."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT
from tests.functional.reaches import OFFICES, ONCE, Endpoint, Reach, plain

TOLD: Reach = dict.fromkeys(
    (Role.STUDENT, Role.GUARDIAN, *OFFICES, Role.COLLEGE, Role.COUNTY), ONCE
)
NOBODYS: Reach = dict.fromkeys(TOLD, frozenset())
"""One message: that of others is nobody's to see; test_messages.py has those of one's own."""

MESSAGES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_messages.get_messages"): Endpoint(TOLD, plain("/api/v1/messages")),
    ("POST", "api_messages.post_message_reads"): Endpoint(
        TOLD, plain("/api/v1/messages/reads", {"message_id": 2_000_000_000})
    ),
    ("GET", "web.messages"): Endpoint(TOLD, plain("/messages")),
    ("GET", "web.open_message"): Endpoint(NOBODYS, plain("/messages/2000000000"), (ABSENT,)),
    ("POST", "web.mark_messages_read"): Endpoint(
        TOLD, plain("/messages/reads", {"message_id": "2000000000"})
    ),
    ("POST", "web.change_mail_address"): Endpoint(TOLD, plain("/messages/address", {"email": ""})),
}
