"""What is made up for benches is an archive as the store would have written it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.publish import publish
from archive.text import normalise, sha256
from tests.bench.large_archive import build, night

DOCUMENTS = 300
DAYS = 3


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    build(folder, DOCUMENTS, days=DAYS)
    return folder


@pytest.fixture
def db(data_dir: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(data_dir / "archive.db")) as db:
        yield db


def one(db: sqlite3.Connection, sql: str) -> int:
    return db.execute(sql).fetchone()[0]


def test_it_is_whole(db: sqlite3.Connection) -> None:
    """As many documents as asked for, all that hangs on them, and an index of their words."""
    assert one(db, "SELECT count(*) FROM documents") == DOCUMENTS
    for table in ("agenda_items", "attachments", "bodies", "contacts", "events", "removals"):
        assert one(db, f"SELECT count(*) FROM {table}"), table
    assert one(db, "SELECT count(*) FROM health") == DAYS * one(db, "SELECT count(*) FROM sources")
    assert one(db, "SELECT max(number) FROM versions") == 2
    assert one(db, "PRAGMA integrity_check") == "ok"
    assert not db.execute("PRAGMA foreign_key_check").fetchall()
    db.execute("INSERT INTO documents_fts (documents_fts, rank) VALUES ('integrity-check', 1)")


def test_texts_are_stored_as_the_store_would(db: sqlite3.Connection) -> None:
    for text, text_sha256 in db.execute("SELECT text, text_sha256 FROM versions"):
        assert text == normalise(text)
        assert text_sha256 == sha256(text)


def test_the_same_numbers_give_the_same_archive(data_dir: Path, tmp_path: Path) -> None:
    build(tmp_path, DOCUMENTS, days=DAYS)
    rows = "SELECT group_concat(key || title || status) FROM documents"
    with closing(sqlite3.connect(tmp_path / "archive.db")) as other:
        again = one(other, rows)
    with closing(sqlite3.connect(data_dir / "archive.db")) as db:
        assert one(db, rows) == again


def test_a_night_brings_what_is_new_and_what_changed(data_dir: Path) -> None:
    before = publish(data_dir)
    night(data_dir, 30)

    with closing(sqlite3.connect(data_dir / "archive.db")) as db:
        assert one(db, "SELECT count(*) FROM documents") == DOCUMENTS + 18
        assert one(db, "SELECT count(*) FROM versions WHERE observed_at > '2026-11-23'") == 27
        moved = "SELECT count(*) FROM events WHERE kind = 'moved' AND observed_at > '2026-11-23'"
        assert one(db, moved) == 3
    assert publish(data_dir).documents == before.documents + 18
