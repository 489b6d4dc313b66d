"""The only package that changes rows.

Every public method that writes is one transaction: it takes the write lock, does all or
nothing, and is done again as a whole when SQLite is busy.
"""

from __future__ import annotations

from archive.store.captures import Capture, Captures, Held
from archive.store.crawls import Crawls, StoredTemplate, Verdict
from archive.store.documents import READINGS, Cause, Documents, Reading, Saved, Visit
from archive.store.frontier import (
    ABSENT,
    OUTAGE_SAMPLE,
    OUTAGE_SHARE,
    REPLACED,
    Absence,
    Due,
    Frontier,
    Pointer,
)
from archive.store.health import HealthRows, Message
from archive.store.withholdings import Hidden, Scope, Withholdings

__all__ = [
    "ABSENT",
    "OUTAGE_SAMPLE",
    "OUTAGE_SHARE",
    "READINGS",
    "REPLACED",
    "Absence",
    "Capture",
    "Cause",
    "Due",
    "Held",
    "Hidden",
    "Message",
    "Pointer",
    "Reading",
    "Saved",
    "Scope",
    "Store",
    "StoredTemplate",
    "Verdict",
    "Visit",
]


class Store(Crawls, Captures, Documents, Frontier, HealthRows, Withholdings):
    """The archive's database, opened for writing."""
