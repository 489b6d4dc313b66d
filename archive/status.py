"""One screen: what is fresh, what is broken since when, how much of what is listed is held."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(days=2)
"""A source that came through so lately is fresh: one night may be missed."""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """What is wrong with a source."""

    rule: str
    opened_at: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as an operator wants to see it."""

    name: str
    """`kommun/source`."""
    state: str
    """The verdict on the latest crawl; `running`, `died` for one that was killed, `never`."""
    reason: str
    last_crawl_at: str
    last_good_at: str
    """When a crawl with the verdict `ok` or `degraded` ended last; empty for never."""
    last_complete_at: str
    """When a crawl that walked all listings ended last; empty for never."""
    is_fresh: bool
    documents: int
    listed: int
    held: int
    """Of those listed, as `explained` and `waiting` are; see `archive.health`."""
    explained: int
    waiting: int
    files_listed: int
    files_held: int
    alerts: tuple[OpenAlert, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing about the source asks for attention."""
        return self.is_fresh and self.state in ("ok", "running") and not self.alerts


def read_status(
    db: sqlite3.Connection, is_being_crawled: Callable[[str], bool], now: str
) -> list[SourceStatus]:
    """Return the state of every source in the archive at `now`, by name.

    `is_being_crawled` tells of a kommun's slug whether a crawl of it is at work; asked only where
    the latest crawl has no verdict.
    """
    files = {row["source_id"]: dict(row) for row in db.execute(_FILES)}
    return [
        _status(db, row, files.get(row["id"], _NO_FILES), is_being_crawled, now)
        for row in db.execute(_SOURCES)
    ]


_SOURCES = """
SELECT sources.id, kommuner.slug AS kommun, kommuner.slug || '/' || sources.slug AS name,
       (SELECT count(*) FROM documents WHERE source_id = sources.id) AS documents,
       (SELECT max(finished_at) FROM crawls
        WHERE source_id = sources.id AND verdict IN ('ok', 'degraded')) AS last_good_at,
       (SELECT max(finished_at) FROM crawls
        WHERE source_id = sources.id AND is_complete) AS last_complete_at
FROM sources JOIN kommuner USING (kommunkod)
ORDER BY name
"""

_FILES = """
SELECT source_id, count(*) AS files_listed, sum(is_held) AS files_held
FROM (SELECT parent.source_id, attachments.key, max(document_id IS NOT NULL) AS is_held
      FROM attachments JOIN documents AS parent ON parent.id = parent_document_id
      GROUP BY parent.source_id, attachments.key)
GROUP BY source_id
"""
_NO_FILES = {"files_listed": 0, "files_held": 0}


def _status(
    db: sqlite3.Connection,
    source: sqlite3.Row,
    files: dict[str, int],
    is_being_crawled: Callable[[str], bool],
    now: str,
) -> SourceStatus:
    crawl = _latest(db, "crawls", source["id"], "id")
    health = _latest(db, "health", source["id"], "date")
    alerts = db.execute(
        "SELECT rule, opened_at, message FROM alerts "
        "WHERE source_id = ? AND closed_at IS NULL ORDER BY opened_at, id",
        (source["id"],),
    )
    last_good_at = source["last_good_at"] or ""
    return SourceStatus(
        name=source["name"],
        state=_state(crawl, source["kommun"], is_being_crawled),
        reason=crawl["reason"] if crawl else "",
        last_crawl_at=(crawl["finished_at"] or crawl["started_at"]) if crawl else "",
        last_good_at=last_good_at,
        last_complete_at=source["last_complete_at"] or "",
        is_fresh=bool(last_good_at) and _age(last_good_at, now) <= FRESH,
        documents=source["documents"],
        **{name: health[name] if health else 0 for name in _OF_HEALTH},
        files_listed=files["files_listed"],
        files_held=files["files_held"],
        alerts=tuple(OpenAlert(**dict(row)) for row in alerts),
    )


_OF_HEALTH = ("listed", "held", "explained", "waiting")


def _latest(db: sqlite3.Connection, table: str, source_id: int, order: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        f"SELECT * FROM {table} WHERE source_id = ? ORDER BY {order} DESC LIMIT 1", (source_id,)
    ).fetchone()
    return row


def _state(crawl: sqlite3.Row | None, kommun: str, is_being_crawled: Callable[[str], bool]) -> str:
    if crawl is None:
        return "never"
    if crawl["finished_at"]:
        return str(crawl["verdict"])
    return "running" if is_being_crawled(kommun) else "died"


def _age(then: str, now: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(then)
