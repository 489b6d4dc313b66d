"""The served file: what is named is in it and nothing else; a bad one is never served."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.publish import is_current, public_path, publish
from archive.publish.tables import INDEXES, PRIVATE, PRIVATE_COLUMNS, TABLES, VIEWS
from archive.store import Hidden, Store
from crawler.cli import main
from tests.sample_archive import NOW, RELEASE, build_sample_archive

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


def test_an_archive_is_needed(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["publish", "--data", str(tmp_path)])

    assert done.exit_code == 2
    assert "crawl something first" in done.stderr
    assert [*tmp_path.iterdir()] == []
