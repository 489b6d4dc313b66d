"""Feeds: programs can read them, texts do no harm, times are right."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.publish import publish
from tests.sample_archive import FILE, HOSTILE, MEETING, NEWS, RELEASE, build_sample_archive

pytest.importorskip("datasette", reason="the extra `browse` is not installed")
pytest.importorskip("icalendar", reason="the extra `browse` is not installed")

from datasette.app import Datasette
from datasette.plugins import pm
from icalendar import Calendar
from lxml import etree

from archive.browse import HERE, feeds
from tests.reading_room import METADATA, Room

ATOM = "{http://www.w3.org/2005/Atom}"
TODAY = date(2026, 11, 22)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FEEDS = (
    *("/public/kommuner/1489.atom", "/public/bodies/1.atom", "/public/sok.atom?q=nämnd"),
    *("/public/documents.atom?_search=skola&kommunkod=1489", "/public/senaste.atom"),
    *("/public/arenden.atom?ord=skolskjuts", "/public/meetings.atom?_labels=on"),
    *("/public/documents/1.atom", "/public/documents.atom", "/public/sok.atom?q=finnsinte"),
)
CALENDARS = tuple(path.replace(".atom", ".ics") for path in FEEDS)
MEETINGS = {
    "winter": ("2026-12-01", "14:00", "17:00", "announced"),
    "summer": ("2026-07-01", "14:00", "17:00", "minutes_published"),
    "spring forward": ("2026-03-29", "14:00", None, "announced"),
    "fall back": ("2026-10-25", "09:00", "10:30", "cancelled"),
    "all day": ("2027-02-03", None, None, "announced"),
    "odd hours": ("2027-02-04", "på kvällen", "x", "announced"),
    "ends before": ("2027-02-05", "18:00", "00:30", "announced"),
    "long ago": ("2019-02-05", "18:00", "20:30", "announced"),
    "no day": ("våren", "18:00", None, "announced"),
    "last day": ("9999-12-31", None, None, "announced"),
}
NASTY = f"Fråga; om, vägar\\ \x1b\x0b\ufffe\u202egap {HOSTILE} ]]> &amp; " + "å" * 200


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("feeds")
    build_sample_archive(data_dir)
    path = publish(data_dir).path
    _add_meetings(path)
    room = Room(path)
    yield room
    room.db.close()
    for plugin in pm.get_plugins():
        if str(getattr(plugin, "__file__", "")).startswith(str(HERE)):
            pm.unregister(plugin)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "_today", lambda: TODAY)


def _add_meetings(path: Path) -> None:
    with sqlite3.connect(path) as db:
        for name, (day, start, end, status) in MEETINGS.items():
            document_id = _add_document(db, name, "meeting", f"{name} {NASTY}")
            db.execute(
                "INSERT INTO meetings (document_id, body_id, date, start_time, end_time, place, "
                "status) VALUES (?, 1, ?, ?, ?, ?, ?)",
                (document_id, day, start, end, NASTY, status),
            )
        db.execute("UPDATE crawls SET is_complete = 1, finished_at = '2026-11-10T00:00:00Z'")
        db.execute(
            "UPDATE documents SET first_seen_at = '2026-11-01T00:00:00Z' WHERE key = ?", (FILE.key,)
        )
        for number in range(70):
            document_id = _add_document(
                db, f"filler{number}", "news", f"Lök {number}", f"2020-01-01T{number:06}"
            )
            db.execute(_VERSION, (document_id,))
            db.execute(
                "UPDATE documents SET current_version_id = last_insert_rowid() WHERE id = ?",
                (document_id,),
            )
            db.execute(
                "INSERT INTO documents_fts (rowid, title, text) VALUES (?, ?, 'Lök')",
                (document_id, f"Lök {number}"),
            )
        db.execute(
            "UPDATE versions SET text = ? WHERE id = 1", (NASTY + "ö" * 2_000_000,)
        )  # of RELEASE
        db.execute("UPDATE documents SET current_version_id = 1 WHERE key = ?", (RELEASE.key,))
    db.close()


_VERSION = """
INSERT INTO versions (document_id, number, capture_id, title, text, text_sha256, cause, extractor,
                      observed_at)
VALUES (?, 1, 1, 'Lök', 'Lök', '', 'first', '', '2026-11-20T00:00:00Z')
"""


def _add_document(
    db: sqlite3.Connection, key: str, kind: str, title: str, published_at: str | None = None
) -> int:
    values = (key, kind, title, published_at)
    return db.execute(
        "INSERT INTO documents (key, source_id, kommunkod, kind, url, title, published_at, "
        "first_seen_at, last_seen_at) VALUES (?1, 2, '1489', ?2, 'https://a.example.se/ å\"<', "
        "?3, ?4, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z') RETURNING id",
        values,
    ).fetchone()[0]


def feed(room: Room, path: str) -> Any:
    response = room.get(path)
    assert response.status_code == 200, response.text[-500:]
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return etree.fromstring(response.content)


def entries(room: Room, path: str) -> dict[str, Any]:
    """Return the entries of a feed by their id."""
    return {entry.findtext(f"{ATOM}id"): entry for entry in feed(room, path).iter(f"{ATOM}entry")}


def calendar(room: Room, path: str) -> Calendar:
    response = room.get(path)
    assert response.status_code == 200, response.text[-500:]
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def events(room: Room, path: str = "/public/bodies/1.ics") -> dict[str, Any]:
    """Return the events of a calendar by the key of their document."""
    keys = {
        str(feeds.stable_id(key)): key for (key,) in room.db.execute("SELECT key FROM documents")
    }
    return {keys[str(event["uid"])]: event for event in calendar(room, path).events}


@pytest.mark.parametrize("path", FEEDS)
def test_feed_is_atom(room, path):
    """What RFC 4287 asks for: one id, title and time each, an author, links that are whole."""
    tree = feed(room, path)
    found = tree.findall(f"{ATOM}entry")

    assert tree.tag == f"{ATOM}feed"
    assert {element.tag for element in tree.iter()} <= {ATOM + tag for tag in _TAGS}
    assert tree.find(f"{ATOM}author/{ATOM}name").text
    links = {link.get("rel"): link.get("href") for link in tree.findall(f"{ATOM}link")}
    assert links["self"] == str(room.get(path).request.url)
    assert links["alternate"] == links["self"].replace(".atom", "")
    for element in (tree, *found):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
            assert element.findtext(ATOM + name)
        assert INSTANT.fullmatch(element.findtext(f"{ATOM}updated"))
        assert element.findtext(f"{ATOM}id").startswith("urn:uuid:")
    assert len({entry.findtext(f"{ATOM}id") for entry in found}) == len(found) <= feeds.NEWEST
    assert all(INSTANT.fullmatch(e.text) for e in tree.iter(f"{ATOM}published"))
    for link in tree.iter(f"{ATOM}link"):
        assert re.fullmatch(r"https?://[\x21-\x7e]+", link.get("href")), link.get("href")
    if found:
        newest = max(entry.findtext(f"{ATOM}updated") for entry in found)
        assert tree.findtext(f"{ATOM}updated") == newest


_TAGS = ("feed", "id", "title", "updated", "link", "author", "name", "entry", "category", "summary",
         "published")  # fmt: skip


@pytest.mark.parametrize("path", CALENDARS)
def test_calendar_is_icalendar(room, path):
    """What RFC 5545 asks for: CRLF, at most 75 octets a line, what each event must have."""
    raw = room.get(path).content
    lines = raw.split(b"\r\n")

    assert raw.endswith(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line or len(line) > 75 for line in lines)
    found = calendar(room, path)
    assert found["version"] == "2.0"
    assert found["prodid"]
    assert found.subcomponents
    assert not found.errors
    for event in found.events:
        assert not event.errors
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "LAST-MODIFIED", "URL"} <= event.keys()


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("winter", datetime(2026, 12, 1, 13, tzinfo=UTC), datetime(2026, 12, 1, 16, tzinfo=UTC)),
        ("summer", datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 15, tzinfo=UTC)),
        ("spring forward", datetime(2026, 3, 29, 12, tzinfo=UTC), None),
        (
            "fall back",
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            datetime(2026, 10, 25, 9, 30, tzinfo=UTC),
        ),
        ("all day", date(2027, 2, 3), None),
        ("odd hours", date(2027, 2, 4), None),
        ("ends before", datetime(2027, 2, 5, 17, tzinfo=UTC), None),
        ("last day", date(9999, 12, 31), None),
    ],
)
def test_times_are_those_of_stockholm(room, name, start, end):
    event = events(room)[name]

    assert event["dtstart"].dt == start
    assert (event["dtend"].dt if "dtend" in event else None) == end


def test_calendar_goes_a_year_back_and_holds_all_that_is_coming(room):
    held = set(events(room))

    assert held == MEETINGS.keys() - {"long ago", "no day"}
    assert held == set(events(room, "/public/kommuner/1489.ics"))
    assert not events(room, "/public/kommuner/2184.ics")


def test_a_cancelled_meeting_says_so(room):
    found = events(room)

    assert found["fall back"]["status"] == "CANCELLED"
    assert found["fall back"]["summary"].startswith("Inställt: Socialnämnden")
    assert found["winter"]["status"] == "CONFIRMED"


def test_a_list_as_a_calendar_holds_the_meetings_of_its_files_too(room):
    """Also old ones: whoever asks for a document means it. What changed counts as a sequence."""
    of_file = events(room, f"/public/documents/{room.id_of(FILE.key)}.ics")
    event = of_file[MEETING.key]

    assert len(of_file) == 1
    assert event["dtstart"].dt == datetime(2020, 10, 27, 13, tzinfo=UTC)
    assert event["sequence"] == 2
    assert event["last-modified"].dt == event["dtstamp"].dt
    assert [str(name) for name in event["categories"].cats] == ["Alingsås", "Socialnämnden"]
    assert "2 ärenden" in event["description"]


def test_hostile_text_stays_text(room):
    """Characters that XML forbids or that turn lines round are shown as a sign; texts are cut."""
    for path in (*FEEDS, *CALENDARS):
        raw = room.get(path).content
        assert len(raw) < 200_000
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\u202a-\u202e]", raw.decode()), path
    summaries = [e.findtext(f"{ATOM}summary") for e in feed(room, FEEDS[0]).iter(f"{ATOM}entry")]
    cut = next(said for said in summaries if said.startswith("Fråga"))

    assert f"{HOSTILE} ]]> &amp; å" in cut
    assert len(cut) <= feeds.OPENING + 2
    place = str(events(room)["winter"]["location"])
    assert place.startswith("Fråga; om, vägar\\ \ufffd")
    assert HOSTILE in place


def test_ids_are_those_of_the_documents(room):
    """The same in every feed, whatever number a row has and whatever host it is served at."""
    mine = feeds.stable_id(RELEASE.key).urn

    assert mine in entries(room, "/public/kommuner/1489.atom")
    assert mine in entries(room, "/public/sok.atom?q=underskott")
    assert mine == "urn:uuid:a4564b39-2c84-5e24-ad01-5066d3043239"


def test_entry_says_what_it_is_and_where_it_came_from(room):
    found = entries(room, f"/public/documents/{room.id_of(FILE.key)}.atom")
    entry = found[feeds.stable_id(FILE.key).urn]
    links = {link.get("rel"): link.get("href") for link in entry.iter(f"{ATOM}link")}

    assert entry.findtext(f"{ATOM}title") == "Tjänsteskrivelse, Socialnämnden 27 oktober 2020"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Alingsås"
    assert entry.find(f"{ATOM}category").get("label") == "Bilaga"
    assert links["via"] == FILE.url
    assert "javascript" not in room.get(f"/public/documents/{room.id_of(NEWS.key)}.atom").text


def test_a_date_is_that_day_in_sweden():
    assert feeds.instant("2021-03-01") == "2021-02-28T23:00:00Z"
    assert feeds.instant("2021-07-01T10:00:00+02:00") == "2021-07-01T08:00:00Z"
    assert feeds.instant("i våras") == feeds.instant(None) == ""
    assert feeds.instant("0001-01-01") == ""


def test_search_feed_has_the_newest_of_all_hits(room):
    """The page has the best; a feed of the best would never show what is new."""
    found = entries(room, "/public/sok.atom?q=lök&slag=news")

    newest = {feeds.stable_id(f"filler{number}").urn for number in range(20, 70)}
    assert set(found) == newest


def test_first_finds_of_a_source_are_no_news(room):
    """A file that a first crawl found is as old as its meeting; what is found later is new."""
    order = [*entries(room, "/public/bodies/1.atom")]
    later, at_first = (order.index(feeds.stable_id(key).urn) for key in ("long ago", FILE.key))

    assert later < at_first


def test_contacts_are_in_no_feed(room):
    for path in (*FEEDS, *CALENDARS):
        assert "Karin Exempel" not in room.get(path).text


def test_whoever_has_a_feed_is_told_so(room):
    """Also when something between weakened the validator, or the reader has several."""
    path = "/public/bodies/1.ics"
    tag = room.get(path).headers["etag"]

    def asked(held: str) -> Any:
        client = room._datasette.client
        return asyncio.run(client.get(path, headers={"If-None-Match": held}))

    for held in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = asked(held)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert asked('"other"').status_code == 200


def test_addresses_are_right_behind_a_web_server(room):
    """Below a path and over TLS, as a front server asks for it; ids are the same."""
    path = room.db.execute("PRAGMA database_list").fetchone()[2]
    settings = {"base_url": "/arkiv/", "force_https_urls": True}
    behind = Datasette([path], metadata=METADATA, settings=settings,
                       template_dir=str(HERE / "templates"))  # fmt: skip
    host = {"host": "arkiv.example.se"}

    def get(path: str) -> Any:
        return asyncio.run(behind.client.get(path, headers=host))

    raw = get("/public/bodies/1.atom").content
    tree = etree.fromstring(raw)
    assert b"localhost" not in raw
    links = {link.get("rel"): link.get("href") for link in tree.findall(f"{ATOM}link")}
    assert links["self"] == "https://arkiv.example.se/arkiv/public/bodies/1.atom"
    assert links["alternate"] == "https://arkiv.example.se/arkiv/public/bodies/1"
    page = get("/public/bodies/1").text
    assert 'href="webcal://arkiv.example.se/arkiv/public/bodies/1.ics"' in page


@pytest.mark.parametrize(
    "path",
    ["/public/kommuner/1489", "/public/bodies/1", "/public/documents", "/public/sok?q=skola"],
)
def test_pages_tell_programs_of_their_feeds(room, path):
    head = room.page(path).partition("</head>")[0]

    assert re.search(r'<link rel="alternate" type="application/atom\+xml[^>]* href="http://l', head)
    assert re.search(r'<link rel="alternate" type="text/calendar[^>]* href="http://l', head)


def test_what_is_no_list_of_documents_has_no_feed(room):
    assert room.get("/public/removals.atom").status_code == 404
    assert room.get("/public/kommuner.ics").status_code == 404
    assert ".atom" not in room.page("/public/removals")
