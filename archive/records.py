"""What a page states, as values. A page object yields these; the store keeps them.

Nothing here knows where a page came from or where it goes: the store adds the capture,
the numbers and the times of observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["press_release", "news", "meeting", "agenda", "minutes", "attachment", "notice"]
BodyKind = Literal["fullmaktige", "styrelse", "namnd", "utskott", "ovrigt"]
MeetingStatus = Literal["announced", "agenda_published", "minutes_published", "cancelled"]


@dataclass(frozen=True, slots=True)
class Removal:
    """One block that cleaning took out of a page, and the rule that took it."""

    position: int
    """Place of the block among all blocks of the page, kept ones counted too, from 0."""
    rule: str
    """Name of the rule; `field:…` when the words moved into a typed field."""
    text: str
    judge: str = ""
    """Name of the judge that decided."""
    evidence: str = ""
    """What the judge saw, in a few words; empty where the rule says it all."""


@dataclass(frozen=True, slots=True)
class Field:
    """A stated fact that has no column of its own: lead, byline, modified_at and the like."""

    name: str
    value: str
    found_at: str
    """Where in the page it stood, as a CSS-like path or a name of metadata."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person the publisher names as contact for this document."""

    name: str
    role: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A nämnd, styrelse, utskott or fullmäktige."""

    name: str
    handle: str
    """The product's own id or slug of the body, unique within a source."""
    kind: BodyKind = "ovrigt"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One ärende of a meeting's agenda."""

    position: int
    """From 1, in the order of the page."""
    paragraf: str
    """Number without the sign ("52" of "§ 52"), empty where the page has none."""
    title: str
    text: str = ""
    """Description, without number, title and file links."""
    diarienummer: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One sammanträde."""

    body: Body
    date: str
    """ISO 8601 date."""
    start_time: str = ""
    """Swedish wall time, "HH:MM"; empty where the page states none."""
    end_time: str = ""
    place: str = ""
    status: MeetingStatus = "announced"
    """`cancelled` only on an explicit sign."""
    agenda: tuple[AgendaItem, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentLink:
    """A file that a document points to; the file becomes a document of its own once fetched."""

    key: str
    """Key of the file's document, see `Document.key`."""
    url: str
    label: str
    position: int
    """From 1, in the order of the page."""
    agenda_position: int | None = None
    """Position of the agenda item the file belongs to, where there is one."""


@dataclass(frozen=True, slots=True)
class Document:
    """One published thing, as one page or file states it today."""

    key: str
    """Stable within its source: the product's own id where there is one, never text or date."""
    kind: Kind
    url: str
    """Canonical URL."""
    title: str
    text: str
    """The body, cleaned; empty for a file whose text has not been read."""
    extractor: str
    """Who read it: class, version and rules, so that a re-reading can be repeated."""
    text_is_read: bool = True
    """False for a file kept unread: then the bytes decide whether it changed."""
    removals: tuple[Removal, ...] = ()
    published_at: str = ""
    """UTC, ISO 8601, or a bare date where the page states no time; empty where it states none."""
    published_local: str = ""
    """The same instant as Swedish wall time with offset; empty for bare dates."""
    contacts: tuple[Contact, ...] = ()
    fields: tuple[Field, ...] = ()
    attachments: tuple[AttachmentLink, ...] = ()
    meeting: Meeting | None = None
