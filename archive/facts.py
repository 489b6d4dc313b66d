"""A document's typed facts, and what changed in them: the events of its history.

Words make versions (law 4); facts that have a column of their own make events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple
from typing import NamedTuple

from archive.records import Document


class Event(NamedTuple):
    """One thing that happened to a document; the names are columns of `events`."""

    kind: str
    """`changed`, `moved`, `gone`, `back`, `attachment_added`, `_replaced` or `_removed`."""
    field: str = ""
    """Name of the fact that changed, or the label of the attachment."""
    old_value: str = ""
    new_value: str = ""


class Facts(NamedTuple):
    """What a document states beside its text."""

    values: dict[str, str]
    """By name: url, kind, published_at; for a meeting date, times, place, status and the
    handle of the body, for two pages may spell its name in two ways."""
    files: dict[str, str]
    """Labels of the attachments by key, in their order."""


def texts_of(document: Document) -> Iterator[str]:
    """Yield every text of a document that is kept, with what cleaning removed from it."""
    meeting = document.meeting
    yield from (document.title, document.text)
    yield from (text for removal in document.removals for text in (removal.text, removal.evidence))
    yield from (field.value for field in document.fields)
    yield from (said for contact in document.contacts for said in astuple(contact))
    yield from (link.label for link in document.attachments)
    for item in meeting.agenda if meeting else ():
        yield from (item.title, item.text, item.diarienummer)
    if meeting:
        yield meeting.place


def facts_of(document: Document) -> Facts:
    """Return the facts that a page states."""
    meeting = document.meeting
    return Facts(
        {
            "url": document.url,
            "kind": document.kind,
            "published_at": document.published_at,
            "date": meeting.date if meeting else "",
            "start_time": meeting.start_time if meeting else "",
            "end_time": meeting.end_time if meeting else "",
            "place": meeting.place if meeting else "",
            "status": meeting.status if meeting else "",
            "body": meeting.body.handle if meeting else "",
        },
        {link.key: link.label for link in document.attachments},
    )


def changed_facts(before: Facts, now: Facts) -> Iterator[Event]:
    """Yield what changed between two looks at a document."""
    for name, old in before.values.items():
        if old != now.values[name]:
            kind = "moved" if name == "url" else "changed"
            yield Event(kind, name, old, now.values[name])
    yield from _changed_files(before.files, now.files)


def _changed_files(before: dict[str, str], now: dict[str, str]) -> Iterator[Event]:
    """Yield attachments that came and went; one whose label stays was replaced."""
    lost = defaultdict(list)
    for key, label in before.items():
        if key not in now:
            lost[label].append(key)
    for key, label in now.items():
        if key in before:
            continue
        old = lost[label].pop(0) if lost[label] else ""
        yield Event("attachment_replaced" if old else "attachment_added", label, old, key)
    for label, keys in lost.items():
        yield from (Event("attachment_removed", label, key) for key in keys)
