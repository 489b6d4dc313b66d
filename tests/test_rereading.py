"""Law 3: what a newer extractor changes is a version of its own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.records import Document
from archive.store import Store
from crawler.rereading import reader_named
from tests.conftest import Street, open_street
from tests.rawserver import MEETING, SITE, ok, raw_site


def test_an_extractor_names_its_class() -> None:
    reader = reader_named("meetingplus.MeetingPage/1+rules:0a1b2c3d")

    assert (reader.__module__, reader.__name__) == ("crawler.products.meetingplus", "MeetingPage")


@pytest.mark.parametrize("name", ["meetingplus.Gone/1", "gone.Page/1", "", "os.path/1"])
def test_a_class_that_is_gone_says_so(name: str) -> None:
    with pytest.raises(ArchiveError, match="expected a page class"):
        reader_named(name)


def test_old_bytes_are_read_again_before_new_ones(tmp_path: Path) -> None:
    """Two causes, two versions: first what our code changed, then what the site did."""
    for town in open_street(tmp_path, ["pressrum"], pages=30):
        town.crawl()
        key = _pretend_an_older_extractor_read_less(town)
        done = town.crawl()

        versions = town.rows(
            "SELECT number, cause, text FROM versions JOIN documents "
            "ON documents.id = document_id WHERE key = ? ORDER BY number",
            key,
        )
        assert done.returncode == 0, done.stderr
        assert [(v["number"], v["cause"]) for v in versions] == [(1, "first"), (2, "extractor")]
        assert versions[1]["text"].startswith(versions[0]["text"])
        assert town.run("verify").returncode == 1  # the version made up here, and only that
        assert town.rows("SELECT count(*) AS n FROM versions WHERE cause = 'source'")[0]["n"] == 0


def test_facts_are_read_again_from_what_was_seen_last(tmp_path: Path) -> None:
    """The first bytes of a version say where a meeting was to be before it was moved."""
    first: bytes = SITE[MEETING]  # type: ignore[assignment]
    moved = first.partition(b"\r\n\r\n")[2].decode().replace("Rådhuset", "Folkets hus")
    answers = [first, ok(moved), ok(moved.replace("Text om", "Mer om"))]
    with raw_site(tmp_path, {MEETING: lambda _: answers.pop(0)}) as (town, _):
        town.crawl()
        town.crawl()
        _pretend_an_older_extractor_read_less(town, letters=10)
        done = town.crawl()

        assert done.returncode == 0, done.stderr
        told = town.rows("SELECT cause FROM versions WHERE document_id = 1 ORDER BY number")
        assert [row["cause"] for row in told] == ["first", "extractor", "source"]
        events = town.rows("SELECT old_value, new_value FROM events WHERE field = 'place'")
        assert [tuple(row) for row in events] == [("Rådhuset", "Folkets hus")]


def _pretend_an_older_extractor_read_less(town: Street, letters: int = 100) -> str:
    with Store(town.data / "archive.db") as store:
        db = store._db
        row = db.execute(
            "SELECT versions.id, key, text, extractor FROM versions JOIN documents "
            "ON documents.id = document_id WHERE text_is_read AND length(text) > ? LIMIT 1",
            (letters,),
        ).fetchone()
        name, _, rules = row["extractor"].partition("/")
        db.execute(
            "UPDATE versions SET text = ?, text_sha256 = 'x', extractor = ? WHERE id = ?",
            (row["text"][:letters], f"{name}/0{rules[1:]}", row["id"]),
        )
    return str(row["key"])


def test_a_document_is_a_value() -> None:
    """Page objects cannot change what they have handed over."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Document("k", "news", "u", "t", "x", "e").title = "y"  # type: ignore[misc]
