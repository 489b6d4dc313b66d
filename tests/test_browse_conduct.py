"""How the room behaves on the web: headers on every answer, no cookies, harmless CSV."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

import pytest

from archive.browse import datasette_command
from archive.browse.conduct import HEADERS, SafeCsv, harmless, well_behaved
from archive.publish import publish
from archive.store import Store
from tests.reading_room import Room, every_path, opened
from tests.sample_archive import RELEASE, build_sample_archive

ANSWERS = [
    *("/", "/om", "/public", "/public/documents", "/public/documents/1", "/public/documents.json"),
    *("/public/documents.csv", "/public/versions/1.txt", "/static/reading.css", "/favicon.ico"),
    *("/robots.txt", "/public/contacts", "/nowhere", "/public?sql=select", "/-/metadata"),
    *(f"/dokument/{RELEASE.key}", "/dokument/nowhere", "/-/static/app.css", "/public/sok?q=ord"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("conduct")
    build_sample_archive(data_dir)
    with opened(publish(data_dir).path) as room:
        yield room


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_says_what_it_may_do(room, path):
    """Errors, files and redirects too; whatever cookies the reader sends."""
    answer = room.answer(path, Cookie="ds_actor=x; ds_messages=y")

    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value], name
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer.headers
    assert "no-store" not in answer.headers.get("cache-control", "")


def test_no_page_needs_what_the_policy_forbids(room):
    """No script, no style within a page, nothing of another host."""
    assert "script-src" not in HEADERS["content-security-policy"]
    for path in ANSWERS:
        answer = room.answer(path)
        if answer.headers["content-type"].startswith("text/html"):
            page = answer.text.lower()
            assert not any(sign in page for sign in ("<script", "<style", " style=", "<img")), path


def test_pages_are_not_indexed_unless_the_keeper_says_so(room, tmp_path, monkeypatch):
    assert room.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert '<meta name="robots" content="noindex, nofollow">' in room.page("/")

    monkeypatch.setenv("KOMMUNARKIV_INDEX", "yes")
    Store(tmp_path / "archive.db").close()
    with opened(publish(tmp_path).path) as let_in:
        assert let_in.get("/robots.txt").text == "User-agent: *\nAllow: /\n"
        assert 'name="robots"' not in let_in.page("/")
        assert "x-robots-tag" not in let_in.get("/").headers


@pytest.mark.parametrize("table", ["contacts", "fields"])
@pytest.mark.parametrize("rest", ["", ".json", ".csv", "/1,1", "/1,1.json", "?_facet=name"])
def test_there_is_no_index_of_persons(room, table, rest):
    assert room.get(f"/public/{table}{rest}").status_code == 403


def test_nothing_is_counted_by_a_column_of_the_readers_choice(room):
    assert room.get("/public/removals?_facet=text").status_code == 400


@pytest.mark.parametrize("name", ["databases.json", "messages", "patterns", "threads", "logout"])
def test_pages_about_the_machine_are_closed(room, name):
    assert room.get(f"/-/{name}").status_code == 404


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", ""),
        ("ord", "ord"),
        ("-1.5", "-1.5"),
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("+46 70", "'+46 70"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tord", "'\tord"),
        ("ord;=1+1", "ord;'=1+1"),
        ("rad\n- punkt", "rad\n'- punkt"),
        ("＝1+1", "'＝1+1"),
        ("2020-10-27", "2020-10-27"),
    ],
)
def test_a_cell_is_no_formula(cell, expected):
    assert harmless(cell) == expected


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_csv_passes_in_pieces_of_any_size(size):
    """A piece may end within a letter, a quotation or a row; what is held is one row at most."""
    table = 'a,b\r\n"=1,""\r\n=2",å\r\n=3,"x"\r\n-4,\r\n'.encode()
    safe = SafeCsv()
    pieces = [table[n : n + size] for n in range(0, len(table), size)]
    passed = b"".join(safe.fed(piece, is_last=False) for piece in pieces) + safe.fed(b"", True)

    expected = 'a,b\r\n"\'=1,""\r\n\'=2",å\r\n\'=3,"x"\r\n-4,\r\n'
    assert passed.decode() == expected


def test_what_is_no_csv_passes_as_it_is():
    """An answer that only has such an address, and what is no answer at all."""
    sent: list[dict] = []

    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html"), (b"set-cookie", b"a=b")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"=1"})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/x.csv", "headers": [(b"Cookie", b"a=b")]}
    asyncio.run(well_behaved(app, is_indexed=True)(scope, None, send))

    assert sent[1]["body"] == b"=1"
    assert b"set-cookie" not in dict(sent[0]["headers"])


@pytest.mark.parametrize("path", ["/public/documents?_ttl=99999999", "/public/sok?q=x&_ttl=61"])
def test_no_answer_is_kept_past_a_takedown(room, path):
    """Neither by the reader nor by a cache between, whatever the address asks for."""
    assert room.answer(path).headers["cache-control"] == "max-age=60"


ABSOLUTE = re.compile(r"""(?:https?|webcal)://[^/"'<\s]+[^"'<\s]*""")
IN_FOLDER = re.compile("(?:https|webcal)://example.se/arkiv(?!/arkiv)")
LINK = re.compile(r'(?:href|src|action)="([^"]*)"')


def test_whole_addresses_are_the_archives_whatever_host_is_named(tmp_path, monkeypatch):
    """In citations, feeds and JSON; in a folder of a web server every link stays in the folder."""
    build_sample_archive(tmp_path)
    monkeypatch.setenv("KOMMUNARKIV_ADDRESS", "https://example.se/arkiv/")
    command = datasette_command(tmp_path, "127.0.0.1", 0)
    folder = command[command.index("base_url") + 1]
    with opened(publish(tmp_path).path, base_url=folder) as room:
        assert folder == "/arkiv/"
        for path in [*every_path(room), "/om", "/nowhere", "/public/documents.json?_size=1"]:
            answer = room.answer(path, Host="evil.example")
            assert "evil.example" not in answer.text + answer.headers.get("link", "")
            ours = [url for url in ABSOLUTE.findall(answer.text) if "://example.se" in url]
            assert all(url.startswith(("https://example.se/arkiv/", "webcal://")) for url in ours)
            if answer.headers["content-type"].startswith("text/html"):
                links = [
                    urljoin(f"https://example.se/arkiv{path}", unescape(url))
                    for url in LINK.findall(answer.text)
                ]
                inside = [url for url in links if "://example.se/" in url]
                assert [url for url in inside if not IN_FOLDER.match(url)] == [], path
        for path in ("/om/", "/public/", "/-/config", "/public/meetings/1", "/å%20ä"):
            assert room.answer(path).headers["location"].startswith("/arkiv/")
        cited = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")
        assert f"https://example.se/arkiv/dokument/{RELEASE.key}?version=2" in unescape(cited)
        for feed_path in ("/public/kommuner/1489.atom", "/public/meetings.ics"):
            feed = room.answer(feed_path, Host="evil.example").text
            assert "https://example.se/arkiv/" in feed.replace("\r\n ", "")
            assert "evil.example" not in feed
        answer = room.answer(f"/dokument/{RELEASE.key}", Host="evil.example")
        assert answer.headers["location"].startswith("/arkiv/public/documents/")
