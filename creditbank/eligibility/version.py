"""The engine's version: raised whenever the same input may give other findings."""

from __future__ import annotations

ENGINE_VERSION = "2.3"
