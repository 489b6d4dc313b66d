"""A file that only a night's changes were brought over to is the one that is built anew."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.publish import publish
from archive.publish.identity_numbers import SIGN
from archive.publish.tables import TABLES
from archive.records import AttachmentLink, Removal
from archive.store import Hidden, Message, Store
from archive.text import sha256
from crawler.cli import main
from tests.sample_archive import (
    FILE,
    MEETING,
    NEWS,
    NOTICE,
    NOW,
    RELEASE,
    _crawl,
    build_sample_archive,
)

NUMBER = "850709-9805"
KNOWN = (RELEASE, NEWS, MEETING, NOTICE, FILE)


def copied(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(archive / "archive.db")) as old:
        old.execute("VACUUM INTO ?", (str(folder / "archive.db"),))
    return folder


def content(path: Path) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('integrity-check')")
        tables = {
            name: db.execute(f"SELECT * FROM {name}").fetchall()
            for name in (*TABLES, "withholding_log", "documents_current", "documents_fts_docsize")
        }
        words = "kostnaderna", "skola", "natt", "nämnden", "utelämnat", "personnummer", "bygget"
        for word in words:
            sql = "SELECT rowid FROM documents_fts WHERE documents_fts MATCH ? ORDER BY rowid"
            tables[word] = db.execute(sql, (word,)).fetchall()
        return tables


def changed(store: Store, random: Random, data: Path, night: int) -> None:  # noqa: C901
    """Let something happen, as a crawl or an operator would make it happen."""
    name = f"natt-{random.random()}"
    one = random.choice(KNOWN[:4])
    row = store.db.execute(
        "SELECT id, source_id FROM documents WHERE key = ?", (one.key,)
    ).fetchone()
    words = random.choice(("Ny text om skola", f"Sökande {NUMBER}", "Kort", "Nämnden i natt"))
    match random.randrange(14):
        case 0:
            fresh = replace(
                NEWS,
                key=f"ny:{night}:{random.choice((NUMBER, random.random()))}",
                text=f"{words} {night}",
                removals=(Removal(0, "share:row", words),),
            )
            _crawl(store, data, row["source_id"], name, [fresh], "2026-11-23T03:00:00Z")
        case 1 | 2:
            _crawl(store, data, row["source_id"], name, [replace(one, text=f"{words} {name}")])
        case 3:
            _crawl(store, data, row["source_id"], name, [one], "2026-11-24T03:00:00Z")
        case 4:
            links = (AttachmentLink(FILE.key, f"https://a.se/{NUMBER}", words, 1, 1),)
            meeting = replace(
                MEETING,
                attachments=random.choice((links, MEETING.attachments[::-1], ())),
                meeting=replace(
                    MEETING.meeting,
                    place=words,
                    agenda=MEETING.meeting.agenda[random.randrange(2) :],
                ),
            )
            source = store.db.execute("SELECT id FROM sources WHERE slug = 'moten'").fetchone()[0]
            _crawl(store, data, source, name, [meeting])
        case 5:
            store.withhold(Hidden(row["id"], "privacy"), NOW)
        case 6:
            store.withhold(Hidden(row["id"], "privacy", "version", 1), NOW)
        case 7:
            store.withhold(Hidden(row["id"], "privacy", "passage", None, "Nämnden"), NOW)
        case 8:
            store.release(row["id"], None, "", NOW)
        case 9:
            store.order_erasure([Hidden(row["id"], "privacy")], [], NOW)
        case 10:
            found = {"empty_listing": Message(f"{one.url} {words}")} if night % 2 else {}
            store.raise_alerts(row["source_id"], found, ("empty_listing",), NOW)
        case 11:
            store._db.execute("UPDATE documents SET status = 'gone' WHERE id = ?", (row["id"],))
            store._db.execute(
                "INSERT INTO events (document_id, observed_at, kind, field, old_value, new_value) "
                "VALUES (?, ?, 'changed', 'place', ?, ?)",
                (row["id"], NOW, words, NUMBER),
            )
        case 12:
            store._db.execute("DELETE FROM events WHERE id = (SELECT max(id) FROM events)")
        case 13:
            store._db.execute("UPDATE captures SET detail = ? WHERE id % 3 = 0", (words,))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.integers(0, 10_000))
def test_what_was_brought_over_is_what_would_have_been_built(seed):
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        build_sample_archive(data)
        publish(data)
        for night in range(5):
            with Store(data / "archive.db") as store:
                for _ in range(random.randrange(1, 4)):
                    changed(store, random, data, night)
            path = publish(data).path
            anew = publish(copied(data, Path(folder) / str(night))).path

            assert content(path) == content(anew)
            assert NUMBER.encode() not in path.read_bytes()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    build_sample_archive(tmp_path)
    publish(tmp_path)
    return tmp_path


def test_a_night_is_brought_over_and_another_rule_is_not(data, monkeypatch):
    with Store(data / "archive.db") as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text="Ny text.")])
    assert publish(data).changed
    assert publish(data).changed == 0
    assert publish(data, anew=True).changed is None

    with Store(data / "archive.db") as store:
        store.withhold(Hidden(1, "privacy"), NOW)
    assert publish(data).changed is None
    with Store(data / "archive.db") as store:  # what is withheld is still followed
        _crawl(store, data, 1, "natt-2", [replace(RELEASE, text="Ännu en text.")])
    assert publish(data).changed is not None
    assert b"nnu en text" not in (data / "public.db").read_bytes()

    monkeypatch.setattr("archive.publish.building._USER_VERSION", 1)
    assert publish(data).changed is None


def test_a_file_that_somebody_else_changed_is_not_built_upon(data):
    with closing(sqlite3.connect(data / "public.db")) as db, db:
        db.execute("UPDATE documents SET title = 'annat'")

    assert publish(data).changed is None


def test_a_number_in_every_text_is_nowhere_in_the_file(data):
    """In every text that is served, byte for byte; what refers to a key still finds it."""
    with closing(sqlite3.connect(data / "archive.db")) as db, db:
        for name, table in TABLES.items():
            for column in (*table.texts, *table.notes, *table.addresses, *table.keys):
                between = "/" if column in (*table.addresses, *table.keys) else " "
                db.execute(f"UPDATE {name} SET {column} = {column} || '{between}{NUMBER}'")
        db.create_function("sha256", 1, sha256)
        db.execute("UPDATE versions SET text_sha256 = sha256(text)")
        db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('rebuild')")
    path = publish(data, anew=True).path

    assert NUMBER.encode() not in path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        db.create_function("sha256", 1, sha256)
        texts = db.execute("SELECT text, text_sha256, sha256(text) FROM versions").fetchall()
        assert all(SIGN in text and noted == real for text, noted, real in texts)
        keys = db.execute(
            "SELECT attachments.key, documents.key FROM attachments "
            "JOIN documents ON documents.id = document_id"
        ).fetchall()
        assert keys
        assert all(one == other for one, other in keys)
        assert db.execute("SELECT count(DISTINCT key) = count(*) FROM documents").fetchone()[0]


def test_a_file_with_a_number_in_a_free_page_is_not_served(data, monkeypatch):
    """The bytes are read, whatever the rows say."""
    from archive.publish import building

    def fill_and_leave(db, hiding):
        real(db, hiding)
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE main.leftover (words TEXT)")
        db.execute("INSERT INTO leftover VALUES (?)", (f"Ärendet rör {NUMBER}.",))
        db.execute("DROP TABLE leftover")

    real = building.fill
    with Store(data / "archive.db") as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text=f"Sökande {NUMBER}")])
    monkeypatch.setattr(building, "fill", fill_and_leave)
    done = CliRunner().invoke(main, ["publish", "--full", "--data", str(data)])

    assert done.exit_code == 1
    assert "identity numbers are in the bytes" in done.stderr
    assert NUMBER not in done.output


def test_what_is_doubtful_is_counted_and_listed_on_request_alone(data):
    with Store(data / "archive.db") as store:
        _crawl(store, data, 1, "natt", [replace(RELEASE, text="Ärendet, OCR 8507099805, är nytt.")])
    done = CliRunner().invoke(main, ["publish", "--data", str(data)])
    assert "1 doubtful (rules 2)" in done.output
    assert "8507099805" not in done.output

    listed = CliRunner().invoke(main, ["publish", "--review", "--data", str(data)])
    assert listed.exit_code == 0
    assert f"versions.text {RELEASE.key}: Ärendet, OCR 8507099805, är nytt." in listed.output
