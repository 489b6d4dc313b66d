"""The only package that changes rows.

Every public method that writes is one transaction: it takes the write lock, does all or
nothing, and is done again as a whole when SQLite is busy.
"""

from __future__ import annotations

from archive.store.captures import Capture, Captures, Held
from archive.store.crawls import Crawls, StoredTemplate, Verdict
from archive.store.documents import READINGS, Cause, Documents, Reading, Saved
from archive.store.withholdings import Hidden, Scope, Withholdings

__all__ = [
    "READINGS",
    "Capture",
    "Cause",
    "Held",
    "Hidden",
    "Reading",
    "Saved",
    "Scope",
    "Store",
    "StoredTemplate",
    "Verdict",
]


class Store(Crawls, Captures, Documents, Withholdings):
    """The archive's database, opened for writing."""
