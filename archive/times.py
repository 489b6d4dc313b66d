"""The clock, in the one format the archive stores."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the time now as UTC ISO 8601 text with whole seconds: "2026-11-22T03:00:00Z"."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
