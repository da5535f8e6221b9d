"""Pages for people: Flask, Jinja and htmx over the same services and queries as the API."""

from creditbank.web.errors import answer_error
from creditbank.web.registration import register

__all__ = ["answer_error", "register"]
