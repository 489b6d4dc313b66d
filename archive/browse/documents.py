"""What the page of a document and that of a version show, within what a page has room for.

Weights are bytes of HTML: together they keep every page within 100 kB, whatever was archived.
What there is no room for is counted, and linked to as a table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from archive.browse.asking import Row, Select
from archive.browse.layout import Block, parts
from archive.browse.marking import Some, cut, shown, weight, within
from archive.browse.wording import family, masks_in, purpose
from archive.changes import Change, Run, compare, folded, has_changed
from archive.history import queries
from archive.history.held import facts_changed

COMPARED = 400_000
"""Letters of a document's versions, from the newest back, that are compared on a page."""
STEPS = 5
"""Steps from version to version on a document's page; the others are on those of the versions."""

ROOM = {
    "agenda": 9_000,
    "attachments": 6_000,
    "parents": 2_500,
    "contacts": 2_500,
    "removed": 14_000,
    "versions": 4_000,
    "events": 5_000,
    "facts": 2_500,
}
"""How much of each list there is room for."""
STEP_ROOM = 9_000
"""How much of its changes there is room for on a document's page."""
OWN_STEP_ROOM = 24_000
"""The same on the page of the version that brought them."""
LONGEST_RUN = 3_000
"""A longer run of words that were added or removed is cut."""
NEIGHBOURS = 160
"""Letters of unaltered words that are shown before and after an altered one."""
LONGEST_BLOCK = 1_500
"""A longer removed block is cut; its table has it all."""
_ROW = 220
"""Markup around a row of a list."""

_DOCUMENT = """
SELECT documents.*, kommuner.name AS kommun, sources.product, sources.slug AS source
FROM documents
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
JOIN sources ON sources.id = documents.source_id
WHERE documents.id = :id
"""

_VERSION = """
SELECT versions.*, captures.url AS capture_url, captures.fetched_at, captures.http_status,
       captures.content_type, captures.payload_sha256, captures.payload_bytes,
       holder.id AS holder_id, holder.fetched_at AS holder_fetched_at,
       holder.warc_file, holder.warc_offset
FROM versions
JOIN captures ON captures.id = versions.capture_id
JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id)
WHERE versions.id = :version_id
"""

_TEXTS = """
SELECT id, CASE WHEN sum(letters) OVER (ORDER BY number DESC) <= :most THEN text END AS text
FROM (SELECT id, number, text, length(title) + length(text) AS letters FROM versions
      WHERE document_id = :id AND number <= :number ORDER BY number DESC LIMIT :count)
"""

_VERSION_ID = "SELECT id FROM versions WHERE document_id = :id AND number = :number"
_ID = "SELECT id FROM documents WHERE key = :key"


@dataclass(frozen=True, slots=True)
class RemovedFamily:
    """The blocks that one family of rules took out of a page."""

    name: str
    purpose: str
    prefix: str
    """What the names of its rules begin with."""
    count: int
    blocks: tuple[Row, ...]
    """As many as there is room for."""


@dataclass(frozen=True, slots=True)
class Step:
    """What changed from one version to the next that is held."""

    version: Row
    before: Row
    title: tuple[Run, ...]
    """Empty where it is the same."""
    facts: Sequence[dict[str, Any]]
    """See `facts_changed`."""
    text: Some[Change | int] | None
    """Paragraphs, and how many unaltered ones lie between; None: too long to compare here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One version: its text, what was removed from it, and the bytes it was read from."""

    version: Row
    """With the capture's columns, and those of the one that holds its bytes."""
    blocks: Sequence[Block]
    """Of the text, the part that is shown."""
    part: int
    """Which, from 1."""
    parts: int
    masks: Sequence[tuple[str, str]]
    """Signs of what is left out of the text, and what they mean."""
    contacts: Some[Row]
    fields: Sequence[Row]
    removed: tuple[RemovedFamily, ...]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document with its evidence."""

    document: Row
    reading: Reading | None
    """Of its current version."""
    meeting: Row | None
    agenda: Sequence[Row]
    agenda_left: int
    attachments: Sequence[Row]
    attachments_left: int
    parents: Some[Row]
    versions: Some[Row]
    """The newest first."""
    steps: Sequence[Step]
    """The newest first."""
    events: Some[Row]
    """The newest first."""

    def files_of(self, agenda_item_id: int | None) -> list[Row]:
        """Return the attachments of an agenda item; None: those of no item that is shown."""
        if agenda_item_id is not None:
            return [a for a in self.attachments if a["agenda_item_id"] == agenda_item_id]
        items = {item["id"] for item in self.agenda}
        return [a for a in self.attachments if a["agenda_item_id"] not in items]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version of a document, and what it altered."""

    document: Row
    reading: Reading
    versions: int
    """How many the document has."""
    step: Step | None
    """From the version before; None for the first that is held."""
    after: Row | None
    """The next version, where there is one."""


async def document_page(select: Select, document_id: str, part: str = "1") -> DocumentPage:
    """Return what the page of an existing document shows, with one part of its text."""

    async def rows(sql: str) -> Sequence[Row]:
        return await select(sql, {"id": document_id})

    document = (await rows(_DOCUMENT))[0]
    versions = await rows(queries.VERSIONS)
    agenda = within(await rows(queries.AGENDA), _weighing("title", "diarienummer"), ROOM["agenda"])
    files = within(await rows(queries.ATTACHMENTS), _weighing("label", "url"), ROOM["attachments"])
    events = [*reversed(await rows(queries.EVENTS))]
    version_id = document["current_version_id"]
    return DocumentPage(
        document=document,
        reading=await _reading(select, version_id, part) if version_id else None,
        meeting=next(iter(await rows(queries.MEETING)), None),
        agenda=agenda.shown,
        agenda_left=agenda.left,
        attachments=files.shown,
        attachments_left=files.left,
        parents=within(await rows(queries.PARENTS), _weighing("title"), ROOM["parents"]),
        versions=within(versions, _weighing(), ROOM["versions"]),
        steps=await _steps(select, document_id, versions[: STEPS + 1], STEP_ROOM),
        events=within(events, _weighing("field", "old_value", "new_value"), ROOM["events"]),
    )


async def version_page(select: Select, version_id: str, part: str = "1") -> VersionPage:
    """Return what the page of an existing version shows, with one part of its text."""
    reading = await _reading(select, version_id, part)
    of_document = {"id": reading.version["document_id"]}
    versions = await select(queries.VERSIONS, of_document)
    place = [row["id"] for row in versions].index(reading.version["id"])
    pair = versions[place : place + 2]
    steps = await _steps(select, reading.version["document_id"], pair, OWN_STEP_ROOM)
    return VersionPage(
        document=(await select(_DOCUMENT, of_document))[0],
        reading=reading,
        versions=len(versions),
        step=next(iter(steps), None),
        after=versions[place - 1] if place else None,
    )


async def row_of(select: Select, key: str, version: str | None) -> tuple[str, int] | None:
    """Return the table and id behind a permanent address; None where nothing is shown there."""
    found = await select(_ID, {"key": key})
    if not found or version is None:
        return ("documents", found[0]["id"]) if found else None
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    versions = await select(_VERSION_ID, {"id": found[0]["id"], "number": number})
    return ("versions", versions[0]["id"]) if versions else None


async def _reading(select: Select, version_id: int | str, part: str) -> Reading:
    async def rows(sql: str) -> Sequence[Row]:
        return await select(sql, {"version_id": version_id})

    version = (await rows(_VERSION))[0]
    pages = await asyncio.to_thread(parts, version["text"])
    number = min(int(part), len(pages)) if part.isdecimal() and len(part) < 10 else 1
    number = max(number, 1)
    blocks = pages[number - 1] if pages else []
    return Reading(
        version=version,
        blocks=blocks,
        part=number,
        parts=len(pages),
        masks=masks_in("\n".join(line for block in blocks for line in block.lines)),
        contacts=within(
            await rows(queries.CONTACTS),
            _weighing("name", "role", "phone", "email"),
            ROOM["contacts"],
        ),
        fields=await rows(queries.FIELDS),
        removed=_families(await rows(queries.REMOVALS)),
    )


async def _steps(
    select: Select, document_id: int | str, versions: Sequence[Row], room: int
) -> list[Step]:
    """Return what changed between each two of these versions, the newest first."""
    if len(versions) < 2:
        return []
    asked = {"id": document_id}
    window = {"number": versions[0]["number"], "count": len(versions), "most": COMPARED}
    texts = {row["id"]: row["text"] for row in await select(_TEXTS, {**asked, **window})}
    facts = await select(queries.FACTS, asked)
    return await asyncio.to_thread(
        lambda: [_step(old, new, texts, facts, room) for new, old in pairwise(versions)]
    )


def _step(
    old: Row, new: Row, texts: dict[int, str | None], facts: Sequence[Row], room: int
) -> Step:
    def stated(version: Row) -> Iterator[tuple[str, str]]:
        return ((f["field"], f["value"]) for f in facts if f["version_id"] == version["id"])

    title = compare(old["title"], new["title"])
    before, after = texts[old["id"]], texts[new["id"]]
    return Step(
        version=new,
        before=old,
        title=tuple(run for c in title for run in _short(c).runs) if has_changed(title) else (),
        facts=facts_changed(stated(old), stated(new)),
        text=None if before is None or after is None else _text_changes(before, after, room),
    )


def _text_changes(old: str, new: str, room: int) -> Some[Change | int]:
    changes = (c if isinstance(c, int) else _short(c) for c in folded(compare(old, new)))
    return within(changes, _change_weight, room)


def _short(change: Change) -> Change:
    """Return a change without most of what was kept in a long paragraph."""
    last = len(change.runs) - 1
    return replace(
        change,
        runs=tuple(
            Run(run.kind, _kept_near(run.text, is_first=n == 0, is_last=n == last))
            if run.kind == "kept"
            else Run(run.kind, shown(run.text, LONGEST_RUN))
            for n, run in enumerate(change.runs)
        ),
    )


def _kept_near(text: str, *, is_first: bool, is_last: bool) -> str:
    """Return the words of a kept run that stand beside an altered one."""
    if len(text) <= 3 * NEIGHBOURS:
        return text
    head = "" if is_first and not is_last else text[:NEIGHBOURS].rpartition(" ")[0]
    tail = "" if is_last else text[-NEIGHBOURS:].partition(" ")[2]
    return f"{head} … {tail}".strip()


def _change_weight(change: Change | int) -> int:
    if isinstance(change, int):
        return 80
    return 60 + sum(90 + weight(run.text) for run in change.runs)


def _families(removals: Sequence[Row]) -> tuple[RemovedFamily, ...]:
    """Group blocks by family, the largest first, with as many as there is room for."""
    by_family = sorted(removals, key=lambda row: family(row["rule"]))
    groups = [[*blocks] for _, blocks in groupby(by_family, key=lambda row: family(row["rule"]))]
    room = ROOM["removed"]
    found = []
    for blocks in sorted(groups, key=len):
        some = within(blocks, _block_weight, room)
        room -= sum(map(_block_weight, some.shown))
        rule = blocks[0]["rule"]
        found.append(
            RemovedFamily(
                family(rule),
                purpose(rule),
                rule.partition(":")[0],
                len(blocks),
                some.shown if room > 0 else (),
            )
        )
    return tuple(reversed(found))


def _block_weight(row: Row) -> int:
    return _ROW + weight(cut(row["text"], LONGEST_BLOCK)) + min(weight(row["evidence"]), 300)


def _weighing(*columns: str) -> Callable[[Row], int]:
    """Return what weighs a row of a list by these columns, each shown within 300 bytes or so."""

    def weigh(row: Row) -> int:
        return _ROW + sum(min(weight(row[column] or ""), 300) for column in columns)

    return weigh
