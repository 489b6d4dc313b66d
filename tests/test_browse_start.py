"""The front page: what is newest and to come, how fresh each kommun is, what is covered."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from archive.browse import pages, places, wording
from archive.publish import publish
from archive.store import Store
from tests.reading_room import opened
from tests.sample_archive import MEETING, NOW, build_sample_archive


def start(tmp_path, monkeypatch, now=NOW):
    monkeypatch.setattr("archive.times.utc_now", lambda: now)
    with opened(publish(tmp_path).path) as room:
        return room.page("/")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("2026-11-22T02:12:00Z", "i natt kl. 03.12"),
        ("2026-11-22T11:00:00Z", "i dag kl. 12.00"),
        ("2026-11-21T23:30:00Z", "i natt kl. 00.30"),
        ("2026-11-21T09:00:00Z", "i går kl. 10.00"),
        ("2026-11-03T09:00:00Z", "den 3 november"),
        ("2025-11-03T09:00:00Z", "den 3 november 2025"),
        (None, ""),
    ],
)
def test_lately_is_said_in_plain_words(stated, said):
    assert wording.lately(stated, "2026-11-22T13:00:00Z") == said


def test_search_comes_first_and_each_kommun_says_how_fresh_it_is(tmp_path, monkeypatch):
    build_sample_archive(tmp_path)
    page = start(tmp_path, monkeypatch)

    assert page.index('role="search"') < page.index("<h2")
    assert '<a href="/public/kommuner/1489">Alingsås</a>' in page
    assert "hämtad i natt kl. 04.00" in page
    assert "1 fil</a>" in page
    assert "1 larm sedan i natt kl. 04.00" in page
    assert 'href="/public/sources/1"' in page


def test_what_has_not_succeeded_lately_says_since_when(tmp_path, monkeypatch):
    build_sample_archive(tmp_path)
    page = start(tmp_path, monkeypatch, "2026-12-24T12:00:00Z")

    assert "inte lyckats sedan den 22 november" in page
    assert "0 av 2 kommuner" in page


def test_meetings_to_come_stand_apart_from_those_held(tmp_path, monkeypatch):
    build_sample_archive(tmp_path)
    now = f"{MEETING.meeting.date}T10:00:00Z"

    assert "Kommande" in start(tmp_path, monkeypatch, now)
    assert "Kommande" not in start(tmp_path, monkeypatch)


def test_many_kommuner_fit_on_the_page(tmp_path, monkeypatch):
    """All are listed; only those in trouble are detailed, and not all of these."""
    with Store(tmp_path / "archive.db") as store:
        for n in range(290):
            store.put_kommun(f"{n:04}", f"kommun-{n}", f"Lång kommuns namn {n}", "Län")
            store.put_source(
                f"{n:04}", "moten", product="meetingplus", kind="meetings",
                start_url="https://a.example.se/", publisher="",
            )  # fmt: skip
    page = start(tmp_path, monkeypatch)

    assert page.count("inte hämtad ännu") == 290
    assert page.count('<table class="coverage">') == 12
    assert len(page.encode()) < 100_000


def test_an_empty_archive_says_what_to_do(tmp_path, monkeypatch):
    Store(tmp_path / "archive.db").close()
    page = start(tmp_path, monkeypatch)

    assert "make crawl KOMMUN=demo" in page
    assert "Arkivet är tomt" in page


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        (pages._SOURCES, {}),
        (places._STATE.format(where="sources.id = :id"), {"id": 1}),
    ],
)
def test_years_of_crawls_cost_nothing(tmp_path, sql, params):
    """The latest ones of a source are asked for, in steps of SQLite's machine."""
    build_sample_archive(tmp_path)
    with closing(sqlite3.connect(publish(tmp_path).path)) as db:

        def steps() -> int:
            taken: list[int] = []
            db.set_progress_handler(lambda: taken.append(1), 10)
            db.execute(sql, params).fetchall()
            db.set_progress_handler(None, 0)
            return len(taken)

        few = steps()
        db.executemany(
            "INSERT INTO crawls (source_id, started_at, finished_at, verdict, code_version) "
            "VALUES (1, ?1, ?1, 'ok', '')",
            [(f"20{n // 365:02}-01-01T00:00:{n:04}Z",) for n in range(4_000)],
        )

        assert steps() < 2 * few


def test_the_front_page_asks_few_questions(tmp_path, monkeypatch):
    """Datasette's own counts every table first, and asks who may see it."""
    from archive.browse.served import Served

    build_sample_archive(tmp_path)
    asked: list[object] = []
    with opened(publish(tmp_path).path) as room:
        room.page("/")
        execute_fn = Served.execute_fn

        async def counted(self: Served, fn: object) -> object:
            asked.append(fn)
            return await execute_fn(self, fn)

        monkeypatch.setattr(Served, "execute_fn", counted)
        room.page("/")

    assert 0 < len(asked) <= 6
