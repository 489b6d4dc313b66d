"""How a source fares, day by day: one row of `health` for each day it was crawled.

What happened is the sum of the day's crawls; what is, is as the last of them left it. What a
source lists is known from its latest complete crawl.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import chain
from statistics import median
from typing import Any

SAMPLE = 200
"""The newest pages of a source, which lines are compared with."""
RECENT = 20
"""Of these the newest, which are judged; a source with fewer pages is not."""
COMMON_IN = 5
"""A line is common when at least so many other pages of the sample have it."""
PAGE_KINDS = ("press_release", "news", "notice", "meeting")
"""Kinds that are cleaned web pages; files are of any length and repeat themselves."""
RHYTHM_DAYS = 730
"""How far back publishing is looked at."""


@dataclass(frozen=True, slots=True)
class Health:
    """One source on one day: a row of `health`."""

    source_id: int
    date: str
    """The day in UTC, "2026-11-22"."""
    verdict: str
    """Of the day's last crawl."""
    is_complete: bool
    """Whether a crawl of the day walked all listings."""
    listed: int = 0
    """Addresses that the latest complete crawl found listed."""
    held: int = 0
    """Of these, how many are documents of the archive."""
    explained: int = 0
    """Of those not held, how many are missing for a known reason."""
    waiting: int = 0
    """Of those not held, how many were never asked for: there was no time yet."""
    faulty: int = 0
    """Of those listed, how many last answered with a fault for no known reason."""
    unread: int = 0
    """Of those not held, how many did so."""
    missing: int = 0
    """Of those listed, how many do not answer any more."""
    new: int = 0
    changed: int = 0
    failed: int = 0
    """Requests that ended in a fault, other than an error page with a success status."""
    soft_404: int = 0
    requests: int = 0
    received_bytes: int = 0
    """On the wire."""
    median_letters: int | None = None
    """Of the texts of the newest pages; None, as the shares, for fewer than `RECENT` pages."""
    shared_lines: float | None = None
    """Share of the lines of the newest pages that are common in the source."""
    without_title: float | None = None
    without_date: float | None = None
    without_text: float | None = None


COLUMNS = tuple(field.name for field in fields(Health))
GOOD = ("", "ok", "duplicate", "not_modified", "redirect")
"""Outcomes that are no fault."""
_IS_FAULTY = f"(reason = '' AND outcome NOT IN {GOOD})"


def measure(db: sqlite3.Connection, source_id: int, crawl_id: int, day: date) -> Health:
    """Return how a source fares on `day`, after the crawl that just ended there.

    The crawl's row, its captures and what it found listed must have been written.
    """
    crawl = db.execute(
        "SELECT coalesce(verdict, '') AS verdict FROM crawls WHERE id = ?", (crawl_id,)
    ).fetchone()
    return Health(
        source_id=source_id,
        date=day.isoformat(),
        verdict=crawl["verdict"],
        **_events(db, _crawls_of(db, source_id, crawl_id, day)),
        **_listing(db, source_id),
        **_content(db, source_id),
    )


def history(db: sqlite3.Connection, source_id: int, before: date, limit: int) -> list[Health]:
    """Return the latest `limit` days of a source before a day, the oldest first."""
    rows = db.execute(
        f"SELECT {', '.join(COLUMNS)} FROM health WHERE source_id = ? AND date < ? "
        "ORDER BY date DESC LIMIT ?",
        (source_id, before.isoformat(), limit),
    ).fetchall()
    return [Health(**dict(row)) for row in reversed(rows)]


def standing_faults(db: sqlite3.Connection, source_id: int) -> frozenset[str]:
    """Return the faults that listed addresses last answered with.

    A page that is not asked for today has not mended.
    """
    rows = db.execute(f"SELECT DISTINCT outcome {_LISTED} AND {_IS_FAULTY}", _id(source_id))
    return frozenset(row["outcome"] for row in rows)


def publishing_days(db: sqlite3.Connection, source_id: int, today: date) -> list[date]:
    """Return the days up to today when something came out, of the last two years.

    A document came out when it says so; an address that appears in a listing which was walked
    before came out when it was found.
    """
    values = {
        "source": source_id,
        "first": (today - timedelta(RHYTHM_DAYS)).isoformat(),
        "last": f"{today.isoformat()}T~",
    }
    return [date.fromisoformat(row[0]) for row in db.execute(_PUBLISHING_DAYS, values)]


_PUBLISHING_DAYS = """
SELECT substr(published_at, 1, 10) AS day FROM documents
WHERE source_id = :source AND published_at BETWEEN :first AND :last
UNION
SELECT substr(found_at, 1, 10) FROM frontier
WHERE source_id = :source AND found_at BETWEEN :first AND :last AND found_at >
    (SELECT min(finished_at) FROM crawls WHERE source_id = :source AND is_complete)
ORDER BY day
"""

_LISTED = """
FROM frontier JOIN listed ON listed.frontier_id = frontier.id
WHERE frontier.source_id = :source AND listed.to_crawl_id =
    (SELECT max(id) FROM crawls WHERE source_id = :source AND is_complete)
"""


def _id(source_id: int) -> dict[str, int]:
    return {"source": source_id}


def _crawls_of(db: sqlite3.Connection, source_id: int, crawl_id: int, day: date) -> list[int]:
    rows = db.execute(
        "SELECT id FROM crawls WHERE source_id = ? AND id <= ? "
        "AND (id = ? OR substr(finished_at, 1, 10) = ?)",
        (source_id, crawl_id, crawl_id, day.isoformat()),
    )
    return [row["id"] for row in rows]


def _events(db: sqlite3.Connection, crawls: Sequence[int]) -> dict[str, Any]:
    """Sum what happened in these crawls."""
    marks = ", ".join("?" * len(crawls))
    crawled = db.execute(
        "SELECT max(is_complete) AS is_complete, sum(new_documents) AS new, "
        f"sum(new_versions - new_documents) AS changed FROM crawls WHERE id IN ({marks})",
        crawls,
    ).fetchone()
    captured = db.execute(
        "SELECT count(*) AS requests, coalesce(sum(received_bytes), 0) AS received_bytes, "
        "count(*) FILTER (WHERE outcome = 'soft_404') AS soft_404, "
        f"count(*) FILTER (WHERE outcome NOT IN {(*GOOD, 'soft_404')}) AS failed "
        f"FROM captures WHERE crawl_id IN ({marks})",
        crawls,
    ).fetchone()
    return {**dict(crawled), **dict(captured), "is_complete": bool(crawled["is_complete"])}


def _listing(db: sqlite3.Connection, source_id: int) -> dict[str, Any]:
    row = db.execute(
        "SELECT count(*) AS listed, count(document_id) AS held, "
        "count(*) FILTER (WHERE document_id IS NULL AND reason <> '') AS explained, "
        "count(*) FILTER (WHERE document_id IS NULL AND reason = '' AND asked_at IS NULL) "
        "AS waiting, "
        f"count(*) FILTER (WHERE {_IS_FAULTY}) AS faulty, "
        f"count(*) FILTER (WHERE document_id IS NULL AND {_IS_FAULTY}) AS unread, "
        f"count(missing_since) AS missing {_LISTED}",
        _id(source_id),
    ).fetchone()
    return dict(row)


def _content(db: sqlite3.Connection, source_id: int) -> dict[str, Any]:
    pages = db.execute(
        "SELECT versions.title, text, published_at FROM versions JOIN "
        "(SELECT current_version_id, published_at FROM documents WHERE source_id = ? "
        f"AND kind IN {PAGE_KINDS} ORDER BY current_version_id DESC LIMIT ?) "
        "ON id = current_version_id WHERE text_is_read ORDER BY id DESC",
        (source_id, SAMPLE),
    ).fetchall()
    newest = pages[:RECENT]
    if len(newest) < RECENT:
        return {}
    return {
        "median_letters": round(median(len(page["text"]) for page in newest)),
        "shared_lines": shared_lines([page["text"] for page in pages]),
        "without_title": _share(not page["title"] for page in newest),
        "without_date": _share(not page["published_at"] for page in newest),
        "without_text": _share(not page["text"].strip() for page in newest),
    }


def shared_lines(texts: Sequence[str]) -> float:
    """Return which share of the lines of the first `RECENT` texts is common among all of them."""
    pages = [[line for line in text.split("\n") if line.strip()] for text in texts]
    in_pages = Counter(chain.from_iterable(map(set, pages)))
    return _share(in_pages[line] > COMMON_IN for page in pages[:RECENT] for line in page)


def _share(answers: Iterable[bool]) -> float:
    """Return how many of the answers are yes, from 0 (also of none) to 1."""
    said = [*answers]
    return round(sum(said) / len(said), 3) if said else 0.0
