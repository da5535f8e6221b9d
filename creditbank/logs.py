"""What a log line looks like: one JSON object per line, and never personal data.

Called once at the start of a process. Events are named in snake_case and carry numbers and codes:
a learner is a learner_id. The fields that could name a person are struck out here all the same.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

_PERSONAL = frozenset(
    {
        "name", "name_zh", "full_name", "display_name", "id_number", "identifier", "phone",
        "student_number", "email", "password", "token", "secret", "api_key", "cookie",
        "authorization",
    }
)  # fmt: skip


def configure_logs(level: str) -> None:
    """Let structlog (to standard output) and logging (to standard error) speak from a level on."""
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=number, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            _strike_out_personal,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(),
    )


def _strike_out_personal(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for field in _PERSONAL & event.keys():
        event[field] = "[struck out]"
    return event
