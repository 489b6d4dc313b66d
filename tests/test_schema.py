"""The data contract: tools outside the project rely on these names."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.reading import open_read_only
from archive.schema import migrations
from archive.store import Store

CONTRACT = {
    "kommuner": "kommunkod slug name lan",
    "sources": "id kommunkod slug product kind start_url",
    "crawls": "id source_id started_at finished_at verdict reason requests new_documents "
    "new_versions code_version",
    "captures": "id crawl_id url fetched_at http_status outcome content_type payload_sha256 "
    "payload_bytes warc_file warc_offset",
    "documents": "id key source_id kommunkod kind url title published_at status first_seen_at "
    "last_seen_at current_version_id",
    "versions": "id document_id number capture_id title text text_sha256 cause extractor "
    "observed_at",
    "removals": "version_id position rule text judge evidence",
    "templates": "id source_id version digest learnt_at pages lines",
    "bodies": "id kommunkod name kind",
    "meetings": "id document_id body_id date start_time end_time place status",
    "agenda_items": "id meeting_id position paragraf title text diarienummer",
    "attachments": "document_id parent_document_id position label",
    "contacts": "version_id position name role",
    "alerts": "id source_id rule opened_at closed_at message",
    "documents_current": "id key title text kommun capture_url captured_at payload_sha256",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_the_columns_that_must_be_there(store: Store, table: str) -> None:
    columns = {row["name"] for row in store._db.execute(f"PRAGMA table_info({table})")}

    assert set(CONTRACT[table].split()) - columns == set()


def test_a_foreign_key_that_leads_nowhere_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.put_source("9999", "x", product="notified", kind="news", start_url="u")


def test_opening_again_changes_nothing(store: Store, tmp_path) -> None:
    """Migrations that have run do not run again."""
    before = [tuple(row) for row in store._db.execute("SELECT * FROM sqlite_master")]
    with Store(tmp_path / "archive.db") as again:
        assert [tuple(row) for row in again._db.execute("SELECT * FROM sqlite_master")] == before


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The folder of an archive with the first schema, and a removal in it."""
    db = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    migrations.apply(Database(db), stop_before="m002_reasons_and_templates")
    db.execute("INSERT INTO removals (version_id, position, rule, text) VALUES (1, 0, 'a:b', 'x')")
    db.execute("INSERT INTO kommuner VALUES ('1489', 'x', 'X', 'X')")
    db.execute(
        "INSERT INTO sources (kommunkod, slug, product, kind, start_url) "
        "VALUES ('1489', 'x', 'notified', 'news', 'u')"
    )
    db.close()
    return tmp_path


def test_an_archive_of_the_first_schema_is_brought_up_to_date(first: Path) -> None:
    """Its rows stay, with nothing said of judges and nothing undone."""
    with Store(first / "archive.db") as store:
        removal = store._db.execute("SELECT rule, text, judge, evidence FROM removals").fetchone()
        source = store._db.execute("SELECT undo_rules FROM sources").fetchone()

    assert (tuple(removal), tuple(source)) == (("a:b", "x", "", ""), ("[]",))


def test_looking_at_an_archive_of_the_first_schema_brings_it_up_to_date_too(first: Path) -> None:
    """Whoever upgrades may want to read before the next crawl."""
    db = open_read_only(first)

    assert db.execute("SELECT judge FROM removals").fetchone()[0] == ""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM removals")
    db.close()


def test_documents_that_lost_their_address_are_looked_for(tmp_path: Path) -> None:
    """Two lay at one address when the frontier was made: it asks for the newer one only."""
    db = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    migrations.apply(Database(db), stop_before="m004_truth")
    db.execute("INSERT INTO kommuner VALUES ('1489', 'x', 'X', 'X')")
    db.execute(
        "INSERT INTO sources (id, kommunkod, slug, product, kind, start_url) "
        "VALUES (1, '1489', 'x', 'notified', 'news', 'u')"
    )
    db.executemany(
        "INSERT INTO documents (id, key, source_id, kommunkod, kind, url, title, first_seen_at, "
        "last_seen_at, status) VALUES (?, ?, 1, '1489', 'news', 'u/1', '', '', '2026', ?)",
        [(1, "old", "live"), (2, "new", "live"), (3, "older", "gone")],
    )
    db.execute(
        "INSERT INTO frontier (source_id, url, reader, parent_url, rank, document_id, found_at, "
        "due_at) VALUES (1, 'u/1', '', '', 0, 2, '2020', '2030')"
    )
    db.close()

    with Store(tmp_path / "archive.db") as store:
        assert [row["document_id"] for row in store.db.execute("SELECT * FROM replaced")] == [1]
        assert store.db.execute("SELECT due_at FROM frontier").fetchone()[0] == "2020"
