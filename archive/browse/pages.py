"""What the templates show, read from the archive in a few parameterised queries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from archive.browse.wording import family
from archive.changes import Change, Run, compare, folded, has_changed
from archive.history import queries
from archive.history.held import facts_changed
from archive.terminal import readable

Row = Any
"""A `sqlite3.Row`: a template reads its columns by name."""

Select = Callable[[str, dict[str, Any]], Awaitable[Sequence[Row]]]
"""Runs one query with named parameters against the archive."""

EXCERPT = 220
"""Characters of text in a list."""

COMPARED = 400_000
"""Letters of a document's versions, from the newest back, that are compared on its page."""

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

_DOCUMENT = """
SELECT documents.*, kommuner.name AS kommun, sources.product, sources.slug AS source,
       versions.number, versions.text, versions.text_is_read, versions.text_sha256,
       versions.cause, versions.extractor, versions.observed_at,
       captures.id AS capture_id, captures.url AS capture_url, captures.fetched_at,
       captures.http_status, captures.content_type, captures.payload_sha256,
       captures.payload_bytes, holder.id AS holder_id, holder.fetched_at AS holder_fetched_at,
       holder.warc_file, holder.warc_offset
FROM documents
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
JOIN sources ON sources.id = documents.source_id
LEFT JOIN versions ON versions.id = documents.current_version_id
LEFT JOIN captures ON captures.id = versions.capture_id
LEFT JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id)
WHERE documents.id = :id
"""

_CONTACTS = """
SELECT contacts.* FROM contacts JOIN documents ON current_version_id = version_id
WHERE documents.id = :id ORDER BY position
"""

_FIELDS = """
SELECT fields.name, fields.value FROM fields JOIN documents ON current_version_id = version_id
WHERE documents.id = :id ORDER BY name
"""

_REMOVALS = """
SELECT removals.* FROM removals
JOIN documents ON current_version_id = version_id WHERE documents.id = :id ORDER BY position
"""

_TEXTS = f"""
SELECT id, CASE WHEN sum(length(title) + length(text)) OVER (ORDER BY number DESC) <= {COMPARED}
                THEN text END AS text
FROM versions WHERE document_id = :id
"""

_NEWS = f"""{_CARD}
WHERE documents.id IN (
    SELECT id FROM documents WHERE +kind IN ('press_release', 'news', 'notice')
    ORDER BY published_at DESC, id DESC LIMIT 8)
ORDER BY documents.published_at DESC, documents.id DESC
"""
# The plus keeps SQLite on the index by date: eight rows are read, not all of a kind.

_MEETINGS = """
SELECT meetings.document_id AS id, meetings.date, bodies.name AS body, kommuner.name AS kommun
FROM meetings
JOIN bodies ON bodies.id = meetings.body_id
JOIN kommuner ON kommuner.kommunkod = bodies.kommunkod
ORDER BY meetings.date DESC, meetings.id DESC LIMIT 8
"""

_KOMMUNER = """
SELECT kommuner.kommunkod, kommuner.name, kommuner.lan,
       (SELECT count(*) FROM documents WHERE documents.kommunkod = kommuner.kommunkod)
           AS documents,
       (SELECT max(finished_at) FROM crawls JOIN sources ON sources.id = source_id
        WHERE sources.kommunkod = kommuner.kommunkod AND verdict = 'ok') AS last_ok_at,
       (SELECT count(*) FROM alerts JOIN sources ON sources.id = source_id
        WHERE sources.kommunkod = kommuner.kommunkod AND closed_at IS NULL) AS alerts
FROM kommuner ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class RemovedFamily:
    """The blocks that one family of rules took out of a page."""

    name: str
    blocks: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What changed from one version to the next that is held."""

    version: Row
    before: Row
    title: tuple[Run, ...]
    """Empty where it is the same."""
    facts: Sequence[dict[str, Any]]
    """See `facts_changed`."""
    text: Sequence[Change | int] | None
    """Paragraphs, and how many unaltered ones lie between; None: too long to compare here."""


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document with its evidence."""

    document: Row
    meeting: Row | None
    agenda: Sequence[Row]
    attachments: Sequence[Row]
    parents: Sequence[Row]
    contacts: Sequence[Row]
    fields: Sequence[Row]
    removed: tuple[RemovedFamily, ...]
    versions: Sequence[Row]
    steps: Sequence[Step]
    """The newest first."""
    events: Sequence[Row]
    """The newest first."""

    def files_of(self, agenda_item_id: int | None) -> list[Row]:
        """Return the attachments of an agenda item; None: those of no item."""
        return [a for a in self.attachments if a["agenda_item_id"] == agenda_item_id]


@dataclass(frozen=True, slots=True)
class StartPage:
    """What the front page shows."""

    news: Sequence[Row]
    meetings: Sequence[Row]
    kommuner: Sequence[Row]


async def document_page(select: Select, document_id: str) -> DocumentPage:
    """Return everything the page of an existing document shows."""

    async def rows(sql: str) -> Sequence[Row]:
        return await select(sql, {"id": document_id})

    versions = await rows(queries.VERSIONS)
    stated = (await rows(_TEXTS), await rows(queries.FACTS))
    return DocumentPage(
        document=(await rows(_DOCUMENT))[0],
        meeting=next(iter(await rows(queries.MEETING)), None),
        agenda=await rows(queries.AGENDA),
        attachments=await rows(queries.ATTACHMENTS),
        parents=await rows(queries.PARENTS),
        contacts=await rows(_CONTACTS),
        fields=await rows(_FIELDS),
        removed=_families(await rows(_REMOVALS)),
        versions=versions,
        steps=await asyncio.to_thread(_steps, versions, *stated),
        events=[*reversed(await rows(queries.EVENTS))],
    )


async def start_page(select: Select) -> StartPage:
    """Return what is newest, and which kommuner there are."""
    return StartPage(
        news=await select(_NEWS, {}),
        meetings=await select(_MEETINGS, {}),
        kommuner=await select(_KOMMUNER, {}),
    )


async def cards(select: Select, rows: Iterable[Row]) -> list[Row]:
    """Return what a list shows of these documents (rows with an id), in their order."""
    wanted = [row["id"] for row in rows]
    marks = {f"id{n}": value for n, value in enumerate(wanted)}
    sql = f"{_CARD} WHERE documents.id IN ({', '.join(':' + name for name in marks)})"
    found = {row["id"]: row for row in await select(sql, marks)}
    return [found[value] for value in wanted if value in found]


def excerpt(opening: str | None) -> str:
    """Return the opening of a text on one line, cut at a word where it goes on.

    Marks of direction that ended with their line would turn the whole excerpt round.
    """
    line = readable(" ".join((opening or "").split()))
    if len(opening or "") <= EXCERPT:
        return line
    return (line[:EXCERPT].rpartition(" ")[0] or line[:EXCERPT]) + " …"


def _steps(versions: Sequence[Row], texts: Sequence[Row], facts: Sequence[Row]) -> list[Step]:
    said = {row["id"]: row["text"] for row in texts}

    def stated(version: Row) -> Iterator[tuple[str, str]]:
        return ((f["field"], f["value"]) for f in facts if f["version_id"] == version["id"])

    return [
        Step(
            version=new,
            before=old,
            title=_title_runs(old["title"], new["title"]),
            facts=facts_changed(stated(old), stated(new)),
            text=_text_changes(said[old["id"]], said[new["id"]]),
        )
        for new, old in pairwise(versions)
    ]


def _title_runs(old: str, new: str) -> tuple[Run, ...]:
    changes = compare(old, new)
    return tuple(run for c in changes for run in c.runs) if has_changed(changes) else ()


def _text_changes(old: str | None, new: str | None) -> list[Change | int] | None:
    return None if old is None or new is None else [*folded(compare(old, new))]


def _families(removals: Sequence[Row]) -> tuple[RemovedFamily, ...]:
    """Group blocks by family, the largest first."""
    by_family = sorted(removals, key=lambda row: family(row["rule"]))
    groups = groupby(by_family, key=lambda row: family(row["rule"]))
    found = [RemovedFamily(name, tuple(blocks)) for name, blocks in groups]
    return tuple(sorted(found, key=lambda group: -len(group.blocks)))
