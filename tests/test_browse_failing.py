"""What cannot be shown: our own page in Swedish, or JSON; and no index of persons by a query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from archive.browse.conduct import HEADERS
from archive.history import queries
from archive.publish import publish
from tests.reading_room import Room, opened
from tests.sample_archive import RELEASE, build_sample_archive

MISTAKES = [
    *("_size=-1", "_size=1000000", "_size=x", "_sort=nope", "_sort=id&_sort_desc=id"),
    *("_next=1,2,3,4", "_timelimit=x", "_through=x", "_nocol=id", "_col=nope"),
    *("_facet=title", "_facet_size=max", "_where=x(", "_where=1;2", "_searchmode=raw&_search=%22"),
]
PERSONS = [
    "select name from contacts",
    "select * from contacts",
    "select value from fields",
    "select max(email) from contacts",
    "select 1 from contacts where name like 'K%'",
    "select id from versions order by (select name from contacts where version_id = id)",
    "with c as (select * from contacts) select c.phone from c",
    queries.CONTACTS.replace(":version_id", "1"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("failing")
    build_sample_archive(data_dir)
    with opened(publish(data_dir).path) as room:
        yield room


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/public/documents?{asked}", 400) for asked in MISTAKES),
        ("/public/documents_current?_next=x", 400),
        ("/public?sql=delete+from+documents", 400),
        ("/public/documents.atom?_sort=nope", 400),
        ("/public/contacts", 403),
        ("/public.db", 403),
        ("/nowhere", 404),
        ("/public//documents", 404),
        ("/-/static-plugins/x/y", 404),
        ("/dokument/nothing", 404),
        ("/public/documents/nothing", 404),
        ("/public/documents/99999999999999999999999", 404),
        ("/public/meetings/99999999999999999999999", 404),
    ],
)
def test_a_mistake_is_told_in_our_own_words(room, path, status, capfd):
    answer = room.answer(path)

    assert answer.status_code == status
    assert '<html lang="sv">' in answer.text
    assert 'role="search"' in answer.text
    assert HEADERS.items() <= dict(answer.headers).items()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("asked", MISTAKES)
def test_a_mistake_is_told_in_json_where_json_was_asked_for(room, asked):
    answer = room.answer(f"/public/documents.json?{asked}")

    assert (answer.status_code, answer.json()["ok"]) == (400, False)


def test_what_took_too_long_is_said(room, monkeypatch):
    monkeypatch.setattr(room._datasette, "sql_time_limit_ms", 1)
    endless = "with recursive a(x) as (select 1 union all select x + 1 from a) select max(x) from a"

    assert "tog för lång tid" in room.answer(f"/public?sql={quote(endless)}").text


def test_our_own_mistakes_are_logged_and_not_shown(room, monkeypatch, capfd):
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("archive.browse.pages.swedish_today", broken)
    answer = room.answer("/")

    assert answer.status_code == 500
    assert "Något gick fel hos oss" in answer.text
    assert "secret detail" not in answer.text
    assert "secret detail" in capfd.readouterr().err


@pytest.mark.parametrize("sql", PERSONS)
@pytest.mark.parametrize("form", ["", ".json", ".csv", ".atom"])
def test_no_query_lists_persons(room, sql, form):
    """Neither before nor after our own pages, on the same connections, have asked for them."""
    held = [
        row[0]
        for row in room.db.execute("SELECT name FROM contacts UNION SELECT value FROM fields")
    ]
    for _ in range(3):
        answer = room.answer(f"/public{form}?sql={quote(sql)}")
        assert not [name for name in held if name in answer.text]
        assert answer.status_code in (400, 403, 404) or not answer.text.strip()
        assert "Karin Exempel" in room.page(f"/public/documents/{room.id_of(RELEASE.key)}")


def test_no_condition_lists_persons(room):
    condition = quote("exists (select 1 from contacts where name like 'K%')")

    assert room.answer(f"/public/documents?_where={condition}").status_code == 403


def test_how_many_contacts_there_are_is_no_secret(room):
    assert room.get("/public.json?sql=select+count(*)+from+contacts").json()["rows"][0][0]


def test_a_query_cannot_fill_the_memory(room):
    asked = quote("select length(hex(zeroblob(400000000)))")

    assert "too big" in room.answer(f"/public?sql={asked}").text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(
    "path", ["/", "/public/documents", "/public/sok", "/robots.txt", "/nowhere"]
)
def test_the_room_is_for_reading_only(room, method, path):
    answer = room.sent(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert HEADERS.items() <= dict(answer.headers).items()


def test_head_is_answered_as_get_is(room):
    asked, read = room.sent("HEAD", "/public/documents"), room.sent("GET", "/public/documents")

    assert asked.status_code == 200
    assert asked.headers["content-type"] == read.headers["content-type"]


def test_blocks_with_names_are_listed_without_them(tmp_path):
    """A list of what one rule removed would be an index of persons too."""
    with closing(sqlite3.connect(build_sample_archive(tmp_path))) as db:
        db.execute(
            "INSERT INTO removals (version_id, position, rule, text) "
            "SELECT current_version_id, 9, 'field:contacts', 'Karin Exempel 0322-61 00 00' "
            "FROM documents WHERE key = ?",
            (RELEASE.key,),
        )
        db.commit()
    with opened(publish(tmp_path).path) as room:
        page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")

        assert "Karin Exempel" not in room.page("/public/removals?rule=field:contacts")
        assert "Karin Exempel" not in room.page("/public/borttaget")
        assert "Orden står som uppgift på den här sidan" in page
        assert "Karin Exempel" in page
