"""The served file: what of the archive may be shown, in a database of its own (law 12)."""

from __future__ import annotations

from archive.publish.building import (
    BadPublication,
    Published,
    is_current,
    is_published,
    public_path,
    publish,
)

__all__ = [
    "BadPublication",
    "Published",
    "is_current",
    "is_published",
    "public_path",
    "publish",
]
