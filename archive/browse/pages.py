"""What the front page and lists show, read from the archive in a few parameterised queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from archive.browse.asking import Row, Select
from archive.browse.marking import Some, shown, web_address, weight, within
from archive.browse.wording import swedish_today
from archive.status import FRESH

EXCERPT = 220
"""Characters of text in a list."""

ROWS = 70_000
"""Bytes of HTML that the rows of a query may be."""

DETAILED = 12
"""With more kommuner than this, the front page details only those where something is wrong."""

_CARD = f"""
SELECT documents.id, documents.title, documents.kind, documents.status, documents.url,
       documents.published_at, documents.published_local, kommuner.name AS kommun,
       bodies.name AS body, meetings.date AS meeting_date, meetings.start_time,
       substr(versions.text, 1, {EXCERPT + 1}) AS opening
FROM documents
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
LEFT JOIN versions ON versions.id = documents.current_version_id
LEFT JOIN meetings ON meetings.document_id = coalesce(
    (SELECT parent_document_id FROM attachments
     WHERE attachments.document_id = documents.id LIMIT 1), documents.id)
LEFT JOIN bodies ON bodies.id = meetings.body_id
"""
# A file is known by the meeting it belongs to.

_NEWS = f"""{_CARD}
WHERE documents.id IN (
    SELECT id FROM documents WHERE +kind IN ('press_release', 'news', 'notice')
    ORDER BY published_at DESC, id DESC LIMIT 5)
ORDER BY documents.published_at DESC, documents.id DESC
"""
# The plus keeps SQLite on the index by date: five rows are read, not all of a kind.

_MEETINGS = """
SELECT meetings.document_id AS id, meetings.date, meetings.start_time, meetings.status,
       bodies.name AS body, kommuner.name AS kommun
FROM meetings
JOIN bodies ON bodies.id = meetings.body_id
JOIN kommuner ON kommuner.kommunkod = bodies.kommunkod
"""

_COMING = f"""{_MEETINGS}
WHERE meetings.date >= :today ORDER BY meetings.date, meetings.start_time, meetings.id LIMIT 6
"""

_HELD = f"""{_MEETINGS}
WHERE meetings.date < :today ORDER BY meetings.date DESC, meetings.id DESC LIMIT 6
"""

_KOMMUNER = """
SELECT kommuner.kommunkod, kommuner.slug, kommuner.name, kommuner.lan,
       (SELECT count(*) FROM documents WHERE documents.kommunkod = kommuner.kommunkod)
           AS documents,
       (SELECT count(*) FROM bodies WHERE bodies.kommunkod = kommuner.kommunkod
        AND NOT EXISTS (SELECT 1 FROM meetings WHERE body_id = bodies.id)) AS silent_bodies
FROM kommuner ORDER BY name
"""

_SOURCES = """
SELECT sources.id, sources.kommunkod, sources.slug, sources.kind, sources.product,
       sources.start_url,
       (SELECT finished_at FROM crawls
        WHERE source_id = sources.id AND verdict IN ('ok', 'degraded')
        ORDER BY started_at DESC LIMIT 1) AS last_good_at,
       (SELECT verdict FROM crawls WHERE source_id = sources.id AND finished_at IS NOT NULL
        ORDER BY started_at DESC, id DESC LIMIT 1) AS verdict,
       coalesce(missing.files, 0) AS missing_files,
       coalesce(open.alerts, 0) AS alerts, open.since AS alerts_since,
       health.listed, health.held, health.explained, health.waiting
FROM sources
LEFT JOIN (SELECT parent.source_id, count(*) AS files FROM attachments
           JOIN documents AS parent ON parent.id = parent_document_id
           WHERE attachments.document_id IS NULL GROUP BY parent.source_id)
    AS missing ON missing.source_id = sources.id
LEFT JOIN (SELECT source_id, count(*) AS alerts, min(opened_at) AS since FROM alerts
           WHERE closed_at IS NULL GROUP BY source_id) AS open ON open.source_id = sources.id
LEFT JOIN health ON health.source_id = sources.id
    AND health.date = (SELECT max(date) FROM health WHERE source_id = sources.id)
ORDER BY sources.kommunkod, sources.slug
"""
# The latest crawls of a source are read along an index, not all of them: it is crawled by one at a
# time, so that the one that began last ended last.


@dataclass(frozen=True, slots=True)
class Covered:
    """A source: what it gives, and how much of it is held."""

    source: Row
    is_fresh: bool
    """Whether it was crawled without failing lately."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong or lacking."""
        return self.is_fresh and not (self.source["alerts"] or self.source["missing_files"])


@dataclass(frozen=True, slots=True)
class Kommun:
    """A kommun, and how well it is covered."""

    kommunkod: str
    name: str
    documents: int
    silent_bodies: int
    """Bodies that are named, of which no meeting is held."""
    sources: tuple[Covered, ...]

    @property
    def last_good_at(self) -> str:
        """When the source that was waited for longest was crawled; empty if one never was."""
        return min((s.source["last_good_at"] or "" for s in self.sources), default="")

    @property
    def is_fresh(self) -> bool:
        """Whether all its sources are."""
        return bool(self.sources) and all(s.is_fresh for s in self.sources)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong or lacking in any source."""
        return self.is_fresh and all(s.is_well for s in self.sources)


@dataclass(frozen=True, slots=True)
class StartPage:
    """What the front page shows."""

    news: Sequence[Row]
    coming: Sequence[Row]
    held: Sequence[Row]
    kommuner: Sequence[Kommun]
    now: str

    @property
    def fresh(self) -> int:
        """How many kommuner are fresh."""
        return sum(kommun.is_fresh for kommun in self.kommuner)

    @property
    def detailed(self) -> list[Kommun]:
        """Kommuner whose sources are shown one by one: all of a few, of many those in trouble."""
        if len(self.kommuner) <= DETAILED:
            return [*self.kommuner]
        return [kommun for kommun in self.kommuner if not kommun.is_well][:DETAILED]


async def start_page(select: Select, now: str) -> StartPage:
    """Return what is newest, which kommuner there are, and how well each is covered."""
    today = {"today": swedish_today(now)}
    sources = await select(_SOURCES, {})
    of_kommun = {
        kommunkod: tuple(Covered(row, _is_fresh(row["last_good_at"], now)) for row in rows)
        for kommunkod, rows in groupby(sources, key=lambda row: row["kommunkod"])
    }
    return StartPage(
        news=await select(_NEWS, {}),
        coming=await select(_COMING, today),
        held=await select(_HELD, today),
        kommuner=[
            Kommun(
                row["kommunkod"],
                row["name"],
                row["documents"],
                row["silent_bodies"],
                of_kommun.get(row["kommunkod"], ()),
            )
            for row in await select(_KOMMUNER, {})
        ],
        now=now,
    )


async def cards(select: Select, rows: Iterable[Row]) -> list[Row]:
    """Return what a list shows of these documents (rows with an id), in their order."""
    wanted = [row["id"] for row in rows]
    marks = {f"id{n}": value for n, value in enumerate(wanted)}
    sql = f"{_CARD} WHERE documents.id IN ({', '.join(':' + name for name in marks)})"
    found = {row["id"]: row for row in await select(sql, marks)}
    return [found[value] for value in wanted if value in found]


def rows_within(rows: Sequence[Row]) -> Some[Row]:
    """Return as many rows of a query as a page has room for."""
    return within(rows, lambda row: sum(map(_cell_weight, row)), ROWS)


def excerpt(opening: str | None) -> str:
    """Return the opening of a text on one line, cut at a word where it goes on.

    Marks of direction that ended with their line would turn the whole excerpt round.
    """
    line = shown(" ".join((opening or "").split()), 4 * EXCERPT)
    if len(opening or "") <= EXCERPT:
        return line
    return (line[:EXCERPT].rpartition(" ")[0] or line[:EXCERPT]) + " …"


def _cell_weight(value: Any) -> int:
    return 60 + weight(web_address(str(value))) + min(weight(str(value)), 300)


def _is_fresh(last_good_at: str | None, now: str) -> bool:
    return bool(last_good_at) and (
        datetime.fromisoformat(now) - datetime.fromisoformat(last_good_at or "") <= FRESH
    )
