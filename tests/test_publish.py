"""The served file: what is named is in it and nothing else; a bad one is never served."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.publish import is_current, public_path, publish
from archive.publish.tables import INDEXES, PRIVATE, PRIVATE_COLUMNS, TABLES, VIEWS
from archive.store import Hidden, Store
from crawler.cli import main
from tests.sample_archive import NOW, RELEASE, _crawl, build_sample_archive

INTERNAL = ("sqlite_", "_sqlite_", "documents_fts", "words")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    build_sample_archive(tmp_path)
    return tmp_path


def rows(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def tables(path: Path) -> set[str]:
    found = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in found if not name.startswith(INTERNAL)}


def columns(path: Path, table: str) -> set[str]:
    return {row[1] for row in rows(path, f"PRAGMA table_info({table})")}


def test_somebody_decided_for_every_table_and_column_whether_it_is_served(data: Path) -> None:
    """A migration that adds one says so in archive/publish/tables.py."""
    archive = data / "archive.db"

    assert {*TABLES} | PRIVATE == tables(archive)
    assert not {*TABLES} & PRIVATE
    for name, table in TABLES.items():
        private = PRIVATE_COLUMNS.get(name, frozenset())
        assert {*table.columns} | private == columns(archive, name), name
        assert not {*table.columns} & private, name


def test_the_served_file_holds_what_is_named_and_no_more(data: Path) -> None:
    path = publish(data).path

    assert tables(path) == {*TABLES, "withholding_log"}
    assert all(columns(path, name) == {*table.columns} for name, table in TABLES.items())
    assert all(rows(path, f"SELECT * FROM {view}") for view in VIEWS)


def test_what_is_not_hidden_is_served_as_it_is(data: Path) -> None:
    path = publish(data).path

    for name, table in TABLES.items():
        sql = f"SELECT {', '.join(table.columns)} FROM {name}"
        assert rows(path, sql) == rows(data / "archive.db", sql), name
    for table in ("index", "view"):
        sql = f"SELECT name FROM sqlite_master WHERE type = '{table}' ORDER BY name"
        kept = {name for (name,) in rows(path, sql)}
        assert kept - {"words_reversed", *INDEXES} <= {
            name for (name,) in rows(data / "archive.db", sql)
        }
        assert kept


def test_a_file_with_a_withheld_passage_is_not_served(data: Path, monkeypatch) -> None:
    """The checks do not trust the masking."""
    before = publish(data).path.stat().st_ino
    document_id = rows(data / "archive.db", "SELECT id FROM documents WHERE title LIKE 'Social%'")
    with Store(data / "archive.db") as store:
        passage = "Nämnden vänder minus till plus."
        store.withhold(Hidden(document_id[0][0], "privacy", "passage", None, passage), NOW)
    monkeypatch.setattr("archive.publish.filling._values", lambda table, hiding: table.columns)
    done = CliRunner().invoke(main, ["publish", "--data", str(data)])

    assert done.exit_code == 1
    assert "withheld" in done.stderr
    assert public_path(data).stat().st_ino == before
    assert not [*data.glob("*.building")]


def test_a_file_with_a_withheld_document_is_not_served(data: Path, monkeypatch) -> None:
    with Store(data / "archive.db") as store:
        store.withhold(Hidden(1, "privacy"), NOW)
    monkeypatch.setattr(
        "archive.publish.filling._values",
        lambda table, hiding: (f"'{RELEASE.text}'" if c == "reason" else c for c in table.columns),
    )
    done = CliRunner().invoke(main, ["publish", "--data", str(data)])

    assert done.exit_code == 1
    assert "public.db must not be served" in done.stderr
    assert not public_path(data).exists()


def test_it_is_current_until_the_archive_changes(data: Path) -> None:
    assert not is_current(data)
    path = publish(data).path
    assert is_current(data)

    with Store(data / "archive.db") as store:
        store.withhold(Hidden(1, "privacy"), NOW)
        assert not is_current(data)
    publish(data)
    assert is_current(data)

    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 0")
    os.utime(path)
    assert not is_current(data)


def test_an_archive_that_was_put_back_is_not_taken_for_the_one_that_is_served(data: Path) -> None:
    """It is older than the served file, and numbers its versions as the lost one did."""
    backup = data / "backup"
    archive = data / "archive.db"
    with closing(sqlite3.connect(archive)) as db:
        db.execute("VACUUM INTO ?", (str(backup),))
    os.utime(backup, ns=(0, 1))
    with Store(archive) as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text="En text som gick förlorad.")])
    publish(data)
    assert is_current(data)

    backup.replace(archive)
    assert not is_current(data)
    with Store(archive) as store:
        later = "2026-11-30T03:00:00Z"
        _crawl(store, data, 1, "natt-2", [replace(RELEASE, text="En text från i dag.")], later)
    path = publish(data).path

    assert is_current(data)
    shown = "SELECT id, text FROM versions ORDER BY id"
    assert rows(path, shown) == rows(archive, shown)


def test_a_served_file_on_its_own_is_current(data: Path) -> None:
    publish(data)
    for path in data.glob("archive.db*"):
        path.unlink()

    assert is_current(data)


def test_an_archive_is_needed(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["publish", "--data", str(tmp_path)])

    assert done.exit_code == 2
    assert "crawl something first" in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("passage", ["personnummer", "utelämnat", "[utel", "nummer"])
def test_a_passage_may_be_a_word_of_what_stands_in_place_of_others(
    data: Path, passage: str
) -> None:
    text = f"Ett utelämnat [utel personnummer 850709-9805, alfa {passage}."
    with Store(data / "archive.db") as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text=text)])
        for words in (passage, "alfa"):
            store.withhold(Hidden(1, "privacy", "passage", None, words), NOW)
    path = publish(data).path

    (served,) = rows(path, "SELECT text FROM versions WHERE text LIKE '%Ett%'")[0]
    kept = served.replace("[utelämnat]", "").replace("[personnummer]", "")
    assert passage not in kept
    assert "alfa" not in kept
    assert "[[" not in served


def test_a_withheld_line_may_be_an_address_or_a_county_that_is_served(data: Path) -> None:
    lines = ("https://www.example.se/matsalen", "Västra Götalands län", "expected a page, found it")
    with Store(data / "archive.db") as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text="\n".join(lines))])
        store._db.execute("UPDATE captures SET detail = ? WHERE id % 2", (f"error: {lines[2]}",))
        store.withhold(Hidden(1, "privacy"), NOW)
    path = publish(data).path

    assert rows(path, "SELECT lan FROM kommuner WHERE lan = 'Västra Götalands län'")
    assert {
        detail for (detail,) in rows(path, "SELECT detail FROM captures WHERE detail != ''")
    } == {"error: [utelämnat]"}


def test_a_bad_file_says_which_rows_are_bad(data: Path) -> None:
    with Store(data / "archive.db") as store:
        store._db.execute("UPDATE captures SET outcome = '850709-9805' WHERE id = 2")
    done = CliRunner().invoke(main, ["publish", "--data", str(data)])

    assert done.exit_code == 1
    assert "captures.outcome" in done.stderr
    assert "in 1 rows (id: 2)" in done.stderr
    assert "9805" not in done.output
