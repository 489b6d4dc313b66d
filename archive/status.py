"""One screen: what is fresh, what is broken, how much of what is listed is held."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as an operator wants to see it."""

    name: str
    """`kommun/source`."""
    verdict: str
    """Of the latest crawl; `running` while one runs (or died and was not followed), `never`
    without any."""
    reason: str
    last_crawl_at: str
    last_ok_at: str
    documents: int
    files_listed: int
    files_held: int
    alerts: tuple[str, ...]
    """Open ones, "rule since date: message"."""


def read_status(db: sqlite3.Connection) -> list[SourceStatus]:
    """Return the state of every source in the archive, by name."""
    return [_status(db, row) for row in db.execute(_SOURCES)]


_SOURCES = """
SELECT sources.id, kommuner.slug || '/' || sources.slug AS name,
       (SELECT count(*) FROM documents WHERE source_id = sources.id) AS documents,
       (SELECT count(DISTINCT attachments.key) FROM attachments
        JOIN documents AS parent ON parent.id = parent_document_id
        WHERE parent.source_id = sources.id) AS files_listed,
       (SELECT count(DISTINCT attachments.key) FROM attachments
        JOIN documents AS parent ON parent.id = parent_document_id
        WHERE parent.source_id = sources.id AND document_id IS NOT NULL) AS files_held,
       (SELECT max(finished_at) FROM crawls
        WHERE source_id = sources.id AND verdict = 'ok') AS last_ok_at
FROM sources JOIN kommuner USING (kommunkod)
ORDER BY name
"""


def _status(db: sqlite3.Connection, row: sqlite3.Row) -> SourceStatus:
    crawl = db.execute(
        "SELECT coalesce(verdict, 'running') AS verdict, reason, "
        "coalesce(finished_at, started_at) AS at FROM crawls "
        "WHERE source_id = ? ORDER BY id DESC LIMIT 1",
        (row["id"],),
    ).fetchone()
    alerts = db.execute(
        "SELECT rule, opened_at, message FROM alerts "
        "WHERE source_id = ? AND closed_at IS NULL ORDER BY opened_at",
        (row["id"],),
    )
    return SourceStatus(
        name=row["name"],
        verdict=crawl["verdict"] if crawl else "never",
        reason=crawl["reason"] if crawl else "",
        last_crawl_at=crawl["at"] if crawl else "",
        last_ok_at=row["last_ok_at"] or "",
        documents=row["documents"],
        files_listed=row["files_listed"],
        files_held=row["files_held"],
        alerts=tuple(f"{a['rule']} since {a['opened_at'][:10]}: {a['message']}" for a in alerts),
    )
