"""Archives at the edge of what can be: too many of one thing, or nothing where something is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape

import pytest

from archive.publish import publish
from archive.store import Store
from tests.reading_room import Room, opened
from tests.sample_archive import build_sample_archive

LIMIT = 100_000
"""Bytes that a page may be."""
MANY = 2_000
BODY = 900
HEAVY = 'å<&"' * 200
DATES = ("0000-00-00", "0001-01-01", "9999-12-31", "9999-99-99T99:99:99Z", "våren", "")
KEYS = (
    *("a/b/../c", "a%2Fb", "a b", "åäö/ÄÖ", "?version=1&x=2", "#frag", "~tilde~2F", "a+b", "a//b"),
    *(
        "/lead",
        "trail/",
        "x" * 3000,
        "a;b=c",
        "back\\slash",
        "q'\"<>",
        "x.json",
        "x.csv",
        "\u202etur",
    ),
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("extremes")
    build_sample_archive(data_dir)
    path = publish(data_dir).path
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO kommuner VALUES ('0001', 'tom', 'Tomköping', 'Tomma län')")
        db.executemany(
            "INSERT INTO bodies (id, kommunkod, source_id, handle, name, kind) "
            "VALUES (?, '1489', 1, ?, ?, 'konstigt')",
            [(BODY + n, f"{n}", f"Nämnd {n} {HEAVY * (n == 1)}") for n in range(200)],
        )
        _add_crowded_day(db)
        agenda = _added(db, "agenda", "meeting")
        meeting_id = _meet(db, agenda, "2026-11-30")
        db.executemany(
            "INSERT INTO agenda_items (meeting_id, position, title) VALUES (?, ?, ?)",
            [(meeting_id, n, f"Ärende {n} {HEAVY}") for n in range(MANY)],
        )
        often = _added(db, "often", "news")
        for n in range(2, 500):
            _say(db, often, n, f"Titel {n}", "Samma.\n\n" + f"Ord {n} " * 30)
        _added(db, "silent", "news", is_said=False)
        for n in range(100):
            _added(db, f"found {n}", "news", title=HEAVY, text=f"Något {HEAVY}")
        _added(db, "empty", "news", title="", text="")
        _added(db, "long", "news", title=HEAVY * 12, text=HEAVY * 12)
        for n, day in enumerate(DATES):
            _meet(db, _added(db, f"day {n}", "meeting", published=day), day, "24:00", "00:00")
        for key in KEYS:
            _added(db, key, "news")
        db.executemany(
            "INSERT INTO alerts (source_id, rule, opened_at, message) "
            "VALUES (1, ?, '2026-11-01T00:00:00Z', ?)",
            [(f"rule {n}", HEAVY) for n in range(200)],
        )
        db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('rebuild')")
        db.commit()
    with opened(path) as room:
        yield room


def _added(
    db: sqlite3.Connection,
    key: str,
    kind: str,
    *,
    title: str = "Titel",
    text: str = "Några ord",
    published: str | None = None,
    is_said: bool = True,
) -> int:
    added = db.execute(
        "INSERT INTO documents (key, source_id, kommunkod, kind, url, title, published_at, status, "
        "first_seen_at, last_seen_at) VALUES (?, 1, '1489', ?, 'https://a.example.se/', ?, ?, "
        "'live', '2026-11-22T03:00:00Z', '2026-11-22T03:00:00Z')",
        (key, kind, title, published),
    ).lastrowid
    assert added
    if is_said:
        _say(db, added, 1, title, text)
    return added


def _say(db: sqlite3.Connection, document_id: int, number: int, title: str, text: str) -> None:
    db.execute(
        "INSERT INTO versions (document_id, number, capture_id, title, text, text_sha256, cause, "
        "extractor, observed_at) VALUES (?, ?, 1, ?, ?, 'ab', 'source', 'x/1', "
        "'2026-11-22T03:00:00Z')",
        (document_id, number, title, text),
    )
    sql = "UPDATE documents SET current_version_id = last_insert_rowid() WHERE id = ?"
    db.execute(sql, (document_id,))


def _meet(db: sqlite3.Connection, document_id: int, day: str, *times: str) -> int:
    added = db.execute(
        "INSERT INTO meetings (document_id, body_id, date, start_time, end_time, place, status) "
        "VALUES (?, ?, ?, ?, ?, ?, 'odd')",
        (document_id, BODY, day, *(times or (None, None)), HEAVY),
    ).lastrowid
    assert added
    return added


def _add_crowded_day(db: sqlite3.Connection) -> None:
    for n in range(MANY):
        _meet(db, _added(db, f"crowd {n}", "meeting", is_said=False), "2026-12-01", "25:99", "x")


PATHS = [
    *("/", "/public/kommuner", "/public/kommuner/1489", "/public/kommuner/0001", "/public/larm"),
    *(f"/public/bodies/{BODY + n}" for n in range(3)),
    *(f"/public/bodies/{BODY}?till={year}" for year in ("2026", "0000", "x")),
    *("/public/sources/1", "/public/sok?q=något&antal=1000", "/public/arenden?ord=ärende"),
    *(
        f"/public/{name}?_size=max"
        for name in ("documents", "meetings", "agenda_items", "versions", "bodies", "alerts")
    ),
    "/public/documents_current?_size=max",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_too_large(room, path):
    """Whatever there is too much of, and however much the reader asks for."""
    answer = room.get(path)

    assert answer.status_code == 200
    assert len(answer.content) <= LIMIT


@pytest.mark.parametrize("key", ["agenda", "often", "silent", "empty", "long", "day 0", "day 4"])
def test_an_odd_document_has_a_page_and_feeds(room, key):
    path = f"/public/documents/{room.id_of(key)}"
    answers = [room.get(f"{path}{form}") for form in ("", ".json", ".csv", ".atom", ".ics")]

    assert {answer.status_code for answer in answers} == {200}
    assert len(answers[0].content) <= LIMIT
    assert "None" not in answers[0].text


def test_a_document_without_a_version_says_so(room):
    page = room.page(f"/public/documents/{room.id_of('silent')}")

    assert "Ingen version av dokumentet kan visas." in page


def test_what_has_no_room_on_a_page_is_counted(room):
    for path in ("/public/meetings?_size=max", "/public/sok?q=något&antal=1000"):
        assert re.search(r"Här ryms de första \d+", room.page(path)), path
    assert "Här ryms" not in room.page("/public/meetings")


@pytest.mark.parametrize("key", KEYS)
def test_any_key_has_an_address_that_leads_to_its_version(room, key):
    page = room.page(f"/public/documents/{room.id_of(key)}")
    cited = re.search(r'href="http://localhost(/dokument/[^"]+\?version=1)"', page)

    assert cited
    answer = room.answer(unescape(cited[1]))
    assert answer.status_code == 303
    version_id = room.db.execute("SELECT current_version_id FROM documents WHERE key = ?", (key,))
    assert answer.headers["location"] == f"/public/versions/{version_id.fetchone()[0]}"


@pytest.mark.parametrize("version", ["", "0", "-1", "2", "1.0", "x", "1 ", "9" * 5000])
def test_a_version_that_is_not_there_is_not_found(room, version):
    assert room.answer(f"/dokument/empty?version={version}").status_code == 404


def test_an_empty_archive_has_all_its_pages(tmp_path):
    Store(tmp_path / "archive.db").close()
    with opened(publish(tmp_path).path) as empty:
        for path in ("/", "/om", "/public", "/public/documents", "/public/meetings"):
            assert empty.get(path).status_code == 200
        for path in ("sok?q=x", "larm", "luckor", "moten", "senaste", "kommuner", "borttaget"):
            assert empty.get(f"/public/{path}").status_code == 200
        assert empty.get("/public/documents.atom").status_code == 200
        assert empty.get("/public/documents.ics").status_code == 200
