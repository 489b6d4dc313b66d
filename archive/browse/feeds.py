"""Atom (RFC 4287) and iCalendar (RFC 5545) of the documents and meetings that a page is about.

The same archive gives the same bytes all day: nothing in them is the time of asking, so that
readers who come often are told that nothing is new. Texts are archived ones: cut to a length, and
without characters that would be obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone
from lxml import etree
from lxml.builder import ElementMaker

from archive.browse.asking import Row, Select
from archive.browse.marking import web_address
from archive.browse.wording import swedish_day, word
from archive.terminal import readable

NEWEST = 50
"""Documents in a feed."""
MEETINGS = 1000
"""Meetings in a calendar, the latest."""
PAST = timedelta(days=365)
"""A kommun's or a body's calendar goes back so far."""
TITLE = 300
"""Letters of a title."""
OPENING = 600
"""Letters of a text."""

ATOM_TYPE = "application/atom+xml; charset=utf-8"
ICS_TYPE = "text/calendar; charset=utf-8"
EPOCH = "1970-01-01T00:00:00Z"

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_ATOM = "http://www.w3.org/2005/Atom"
_E = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM})
_NOT_XML = re.compile("[\ufffe\uffff]")
_IDS = uuid5(NAMESPACE_URL, "kommunarkiv")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which documents or meetings: a condition in SQL with its parameters."""

    where: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Absolute addresses, but for the name."""

    name: str
    """The feed's own for good, wherever it is served."""
    itself: str
    page: str
    """The page that a feed belongs to."""
    document: Callable[[Row], str]
    """Of a document's page, by its id and key."""


_CAME = """
coalesce(documents.published_at,
    CASE WHEN documents.first_seen_at > begun.at THEN documents.first_seen_at END,
    (SELECT min(date, documents.first_seen_at) FROM meetings WHERE document_id = documents.id),
    (SELECT min(date, documents.first_seen_at) FROM attachments
     JOIN meetings ON meetings.document_id = parent_document_id
     WHERE attachments.document_id = documents.id LIMIT 1), '')
"""
# When a document came out: when it says so; when it was found, if its source was all known before;
# else the day of its meeting. A first crawl's finds would else all be news.

_UPDATED = """
max(coalesce(versions.observed_at, documents.first_seen_at),
    coalesce((SELECT max(observed_at) FROM events WHERE document_id = documents.id), ''))
"""

_DOCUMENTS = f"""
WITH begun AS MATERIALIZED
    (SELECT source_id, min(finished_at) AS at FROM crawls WHERE is_complete GROUP BY source_id),
chosen AS MATERIALIZED
    (SELECT documents.id, {_CAME} AS came FROM documents LEFT JOIN begun USING (source_id)
     WHERE {{where}} ORDER BY came DESC, documents.id DESC LIMIT {NEWEST})
SELECT documents.id, documents.key, substr(documents.title, 1, {TITLE + 1}) AS title,
       documents.kind, documents.url, documents.published_at, kommuner.name AS kommun,
       bodies.name AS body, meetings.date, substr(versions.text, 1, {OPENING + 1}) AS opening,
       {_UPDATED} AS updated
FROM chosen
JOIN documents ON documents.id = chosen.id
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
LEFT JOIN versions ON versions.id = documents.current_version_id
LEFT JOIN meetings ON meetings.document_id = coalesce(
    (SELECT parent_document_id FROM attachments
     WHERE attachments.document_id = documents.id LIMIT 1), documents.id)
LEFT JOIN bodies ON bodies.id = meetings.body_id
ORDER BY came DESC, documents.id DESC
"""

_MEETINGS = f"""
SELECT documents.id, documents.key, documents.status AS document_status, documents.url,
       substr(documents.title, 1, {TITLE + 1}) AS title, meetings.date, meetings.start_time,
       meetings.end_time, substr(meetings.place, 1, {TITLE + 1}) AS place, meetings.status,
       bodies.name AS body, kommuner.name AS kommun,
       (SELECT count(*) FROM agenda_items WHERE meeting_id = meetings.id) AS items,
       (SELECT count(*) FROM events WHERE document_id = documents.id
        AND field IN ('date', 'start_time', 'end_time', 'place', 'status')) AS changes,
       {_UPDATED} AS updated
FROM meetings
JOIN documents ON documents.id = meetings.document_id
JOIN bodies ON bodies.id = meetings.body_id
JOIN kommuner ON kommuner.kommunkod = bodies.kommunkod
LEFT JOIN versions ON versions.id = documents.current_version_id
WHERE {{where}}
ORDER BY meetings.date DESC, meetings.id DESC LIMIT {MEETINGS}
"""

_WITH_FILES = """
SELECT document_id FROM ({meetings}) UNION
SELECT attachments.document_id FROM attachments
WHERE parent_document_id IN (SELECT document_id FROM ({meetings}))
"""

_LATEST_OF_KOMMUN = f"""
SELECT document_id FROM meetings WHERE body_id IN (SELECT id FROM bodies WHERE kommunkod = :place)
ORDER BY date DESC LIMIT {NEWEST}
"""
_OF_BODY = "SELECT document_id FROM meetings WHERE body_id = :place"
_LATEST_OF_BODY = f"{_OF_BODY} ORDER BY date DESC LIMIT {NEWEST}"

_KOMMUN = f"""
documents.id IN (
    SELECT id FROM (SELECT id FROM documents WHERE kommunkod = :place AND published_at IS NOT NULL
                    ORDER BY published_at DESC LIMIT {NEWEST})
    UNION
    SELECT id FROM (SELECT id FROM documents WHERE kommunkod = :place AND published_at IS NULL
                    ORDER BY id DESC LIMIT {NEWEST})
    UNION {_WITH_FILES.format(meetings=_LATEST_OF_KOMMUN)})
"""
_BODY = f"""
documents.id IN (
    SELECT document_id FROM ({_WITH_FILES.format(meetings=_OF_BODY)}
                             ORDER BY document_id DESC LIMIT {NEWEST})
    UNION {_WITH_FILES.format(meetings=_LATEST_OF_BODY)})
"""
# The newest are among those published last, those found last and those of the latest meetings;
# all of these have indexes.

_LISTED = {
    "atom": "documents.id IN ({ids})",
    "ics": """meetings.document_id IN ({ids} UNION
        SELECT parent_document_id FROM attachments WHERE document_id IN ({ids}))""",
}
"""What the feeds of documents hold, by format; ids is a query for them."""

_CHOICES = {
    ("kommuner", "atom"): _KOMMUN,
    ("kommuner", "ics"): "bodies.kommunkod = :place AND meetings.date >= :since",
    ("bodies", "atom"): _BODY,
    ("bodies", "ics"): "meetings.body_id = :place AND meetings.date >= :since",
}
"""What the feeds of a place hold, by table and format."""


def chosen_place(table: str, key: str, form: str) -> Choice:
    """Return what the feed of a kommun or a body holds; `form` is atom or ics."""
    since = (_today() - PAST).isoformat()
    return Choice(_CHOICES[table, form], {"place": key, "since": since})


def chosen_list(ids: Sequence[int], form: str) -> Choice:
    """Return what the feed of a list of documents holds; `form` is atom or ics."""
    where = _LISTED[form].format(ids="SELECT value FROM json_each(:ids)")
    return Choice(where, {"ids": str([*ids])})


def chosen_hits(sql: str, params: Mapping[str, Any], form: str) -> Choice:
    """Return what the feed of a search holds: all that it finds, whatever its order and page."""
    found = sql.rpartition("ORDER BY")[0]
    where = _LISTED[form].format(ids=f"SELECT document_id FROM ({found})")
    return Choice(where, {**params, "sida": "1", "antal": "1000"})


async def atom(select: Select, choice: Choice, title: str, at: Addresses) -> bytes:
    """Return the newest of the chosen documents as an Atom feed."""
    documents = await select(_DOCUMENTS.format(where=choice.where), dict(choice.params))
    feed = _E.feed(
        {"{http://www.w3.org/XML/1998/namespace}lang": "sv"},
        _E.id(stable_id(at.name).urn),
        _E.title(plain(f"{title} · Kommunarkiv", TITLE)),
        _E.updated(max((row["updated"] for row in documents), default=EPOCH)),
        _E.link(rel="self", type="application/atom+xml", href=at.itself),
        _E.link(rel="alternate", type="text/html", href=at.page),
        _E.author(_E.name("Kommunarkiv")),
        *(_entry(row, at) for row in documents),
    )
    return etree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _entry(document: Row, at: Addresses) -> Any:
    published = instant(document["published_at"])
    return _E.entry(
        _E.id(stable_id(document["key"]).urn),
        _E.title(_title(document)),
        _E.updated(document["updated"]),
        *([_E.published(published)] if published else []),
        _E.author(_E.name(plain(document["kommun"], TITLE))),
        _E.category(term=document["kind"], label=word(document["kind"])),
        _E.link(rel="alternate", type="text/html", href=at.document(document)),
        *([_E.link(rel="via", href=url)] if (url := _quoted(document["url"])) else []),
        _E.summary(plain(document["opening"], OPENING)),
    )


def _title(document: Row) -> str:
    """Return a title that says what meeting a document is of, as feeds have no columns."""
    day = swedish_day(document["date"]) if document["kind"] != "meeting" else ""
    of_meeting = plain(f"{document['body']} {day}", TITLE) if document["body"] else ""
    return ", ".join(filter(None, (plain(document["title"], TITLE) or "Utan rubrik", of_meeting)))


async def calendar(select: Select, choice: Choice, title: str, at: Addresses) -> bytes:
    """Return the chosen meetings as a calendar; times in UTC, days without a time as whole."""
    meetings = await select(_MEETINGS.format(where=choice.where), dict(choice.params))
    found = Calendar()
    found.add("prodid", "-//Kommunarkiv//Sammantraden//SV")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("x-wr-calname", plain(f"{title} · Kommunarkiv", TITLE))
    for meeting in meetings:
        if (day := _day(meeting["date"])) is not None:
            found.add_component(_event(meeting, day, at))
    if not found.subcomponents:  # what holds nothing at all is no calendar (RFC 5545, 3.6)
        found.add_component(_swedish_time(_today().year))
    return found.to_ical()


def _swedish_time(year: int) -> Timezone:
    return Timezone.from_tzid(
        _STOCKHOLM.key, first_date=date(year, 1, 1), last_date=date(year + 1, 1, 1)
    )


def _event(meeting: Row, day: date, at: Addresses) -> Event:
    is_cancelled = meeting["status"] == "cancelled"
    changed_at = datetime.fromisoformat(meeting["updated"])
    event = Event()
    event.add("uid", str(stable_id(meeting["key"])))
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", meeting["changes"])
    for name, when in _times(day, meeting["start_time"], meeting["end_time"]).items():
        event.add(name, when)
    body = plain(f"{meeting['body']}, {meeting['kommun']}", TITLE)
    event.add("summary", f"Inställt: {body}" if is_cancelled else body)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("description", _description(meeting))
    event.add("categories", [plain(meeting[name], TITLE) for name in ("kommun", "body")])
    event.add("url", at.document(meeting))
    if meeting["place"]:
        event.add("location", plain(meeting["place"], TITLE))
    return event


def _times(day: date, start: str | None, end: str | None) -> dict[str, date | datetime]:
    """Return when a meeting is: a whole day without a start; no end that is not after it."""
    begins, ends = _instant_of(day, start), _instant_of(day, end)
    if begins is None:
        return {"dtstart": day}
    if ends is None or ends <= begins:
        return {"dtstart": begins}
    return {"dtstart": begins, "dtend": ends}


def _instant_of(day: date, stated: str | None) -> datetime | None:
    """Return Swedish wall time as UTC, None for what is no time."""
    try:
        wall = datetime.combine(day, time.fromisoformat(stated or ""), _STOCKHOLM)
        return wall.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _description(meeting: Row) -> str:
    lines = [word(meeting["status"])]
    if meeting["items"]:
        lines.append(f"{meeting['items']} {'ärende' if meeting['items'] == 1 else 'ärenden'}")
    if meeting["document_status"] == "gone":
        lines.append(word("gone"))
    if url := _quoted(meeting["url"]):
        lines.append(f"Originalet hos kommunen: {url}")
    return "\n".join(lines)


def stable_id(name: str) -> UUID:
    """Return what something is called in feeds for good: by a document's key, or an address."""
    return uuid5(_IDS, name)


def plain(text: str | None, length: int) -> str:
    """Return archived text on one line, cut, with a sign for what is not to be shown."""
    line = " ".join(_NOT_XML.sub("\ufffd", readable((text or "")[: length + 1])).split())
    return line if len(text or "") <= length else line[:length].rstrip() + " …"


def instant(stated: str | None) -> str:
    """Return a date or an instant as RFC 3339 wants it; a date is that midnight in Sweden.

    Nothing for what is neither.
    """
    try:
        found = datetime.fromisoformat(stated or "")
        aware = found if found.tzinfo else found.replace(tzinfo=_STOCKHOLM)
        return aware.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return ""


def _quoted(url: str | None) -> str:
    return quote(web_address(url), safe="%/:?#[]@!$&'()*+,;=~")[:2000]


def _day(stated: str) -> date | None:
    try:
        return date.fromisoformat(stated)
    except ValueError:
        return None


def _today() -> date:
    return datetime.now(_STOCKHOLM).date()
