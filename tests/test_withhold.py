"""Takedowns: what is withheld is shown nowhere, what is erased is nowhere; rows tell the truth."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.cleaning.template import Template
from archive.passages import MASK, Erased, Fingerprint, letters_of, masked
from archive.publish import publish
from archive.reading import named_template
from archive.recording import Recorder
from archive.records import Contact, Field
from archive.store import Message, Store
from archive.text import sha256
from archive.verify import Report, verify
from archive.withholding import REASONS
from crawler.cli import main
from crawler.locks import kommun_lock
from tests.conftest import ROOT, Street, open_street
from tests.sample_archive import FILE, MEETING, NEWS, NOW, RELEASE, answer, build_sample_archive

ADDRESS = f"https://www.example.se/{RELEASE.key}"
PASSAGE = "Karin Exempel bor på Storgatan"
OPEN = replace(
    MEETING,
    title=f"Möte om {PASSAGE}",
    text=f"{MEETING.text}\n\nBeslut: {PASSAGE}\nmed sin hund.",
    contacts=(Contact(f"{PASSAGE}", f"{PASSAGE}!"),),
    fields=(Field("lead", f"Ja, {PASSAGE}.", "p.lead"),),
    removals=tuple(replace(r, text=f"{r.text} {PASSAGE}") for r in RELEASE.removals),
    meeting=replace(
        MEETING.meeting,
        place=PASSAGE,
        agenda=tuple(replace(item, title=PASSAGE) for item in MEETING.meeting.agenda),
    ),
)


class Archive:
    """The sample archive, with what withholdings are tried on."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        build_sample_archive(folder)

    def run(self, *words: str, said: str = "") -> Result:
        environment = {"KOMMUNARKIV_DATA": str(self.data)}
        return CliRunner().invoke(main, words, env=environment, input=said)

    def withhold(self, *words: str) -> Result:
        done = self.run("withhold", *words)
        assert done.exit_code == 0, done.output
        return done

    def store(self) -> Store:
        return Store(self.data / "archive.db")

    def crawl(self, *documents, listing: str = "") -> None:
        """Add a crawl of the first kommun: documents, and a page that is none."""
        with self.store() as store:
            crawl_id = store.begin_crawl(1, NOW, "0")
            name = f"warc/alingsas-{crawl_id}.warc.gz"
            recorder = Recorder(store, crawl_id, self.data, name, "tests")
            for document in documents:
                capture_id, _ = recorder.record(answer(document))
                where = {"source_id": 1, "capture_id": capture_id, "crawl_id": crawl_id}
                store.save(document, observed_at=NOW, **where)
            if listing:
                page = replace(NEWS, key="listing", title="Alla nyheter", text=listing)
                recorder.record(answer(page))
            recorder.close()
            store.end_crawl(crawl_id, NOW, "ok", "")

    def rows(self, sql: str, *values: object, name: str = "archive.db") -> list[tuple]:
        with closing(sqlite3.connect(self.data / name)) as db:
            return db.execute(sql, values).fetchall()

    def public(self) -> list[tuple]:
        """Return every value of the served file."""
        path = publish(self.data).path
        with closing(sqlite3.connect(path)) as db:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            return [row for (name,) in tables for row in db.execute(f"SELECT * FROM [{name}]")]

    def found(self, word: str) -> list[str]:
        """Return the titles that the search index of the served file finds."""
        sql = "SELECT title FROM documents_fts WHERE documents_fts MATCH ?"
        return [title for (title,) in self.rows(sql, f'"{word}"', name="public.db")]

    def files_with(self, words: str) -> set[str]:
        """Return the names of the files in whose bytes, unpacked, these words stand."""
        files = [path for path in self.data.rglob("*") if path.is_file()]
        return {path.name for path in files if words.encode() in unpacked(path)}

    def report(self) -> Report:
        """Return what `verify` finds, that reads no page again."""
        with closing(sqlite3.connect(self.data / "archive.db")) as db:
            db.row_factory = sqlite3.Row
            return verify(db, self.data, lambda reading, source: None)

    def bytes_are_as_stated(self) -> bool:
        """Tell whether `verify` finds every record where its row says, and WARC tools agree."""
        problems = self.report().problems
        assert not [p for p in problems if "warc" in p or "erasure" in p], problems
        return warcio_agrees(self.data)


def unpacked(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    with open(path, "rb") as stream:
        return b"".join(
            f"{record.rec_headers}{record.http_headers}".encode() + record.content_stream().read()
            for record in ArchiveIterator(stream)
        )


def warcio_agrees(data: Path) -> bool:
    class Options:
        inputs = tuple(map(str, data.rglob("*.gz")))
        verbose = False

    checker = Checker(Options)
    checker.process_all()
    return not checker.exit_value


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def key_and_title_are_gone(archive: Archive) -> bool:
    values = "\n".join(str(value) for row in archive.public() for value in row)
    return not any(words in values for words in (RELEASE.key, RELEASE.title, "Karin Exempel"))


# Hiding


def test_a_withheld_document_is_nowhere_in_the_served_file(archive: Archive) -> None:
    archive.run("publish")
    assert archive.found("Socialnämnden hämtar")

    archive.withhold(RELEASE.key, "--reason", "privacy")

    assert not archive.found("Socialnämnden hämtar")  # published anew at once
    assert key_and_title_are_gone(archive)
    assert RELEASE.title.encode() not in (archive.data / "public.db").read_bytes()
    assert archive.rows("SELECT status FROM documents WHERE key = ?", RELEASE.key) == [
        ("withheld",)
    ]


def test_it_stays_hidden_whatever_comes_next(archive: Archive) -> None:
    """A new version, and the same text under another key."""
    archive.withhold(RELEASE.key, "--reason", "privacy")
    archive.crawl(replace(RELEASE, text="Nytt om skolan."), replace(RELEASE, key="notified:copy"))

    assert archive.rows("SELECT count(*) FROM versions WHERE title = ?", RELEASE.title) == [(4,)]
    assert key_and_title_are_gone(archive)


def test_a_short_text_under_another_key_is_no_copy(archive: Archive) -> None:
    short = replace(NEWS, key="a", text="Inställt")
    archive.crawl(short, replace(short, key="b", title="Annat"))
    archive.withhold("a", "--reason", "other")

    assert any("Annat" in row for row in archive.public())


def test_a_withheld_version_gives_way_to_the_one_before(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "secrecy", "--version", "2")

    assert not any("Fler miljoner" in str(value) for row in archive.public() for value in row)
    current = "SELECT text, version_number FROM documents_current WHERE key = ?"
    assert archive.rows(current, RELEASE.key, name="public.db") == [("Kostnaderna ökar.", 1)]


def test_of_a_meeting_whose_newest_version_is_withheld_no_agenda_is_shown(archive: Archive) -> None:
    with archive.store() as store:
        source = archive.rows("SELECT source_id FROM documents WHERE key = ?", MEETING.key)[0][0]
        where = {"source_id": source, "capture_id": 3, "crawl_id": None}
        store.save(OPEN, observed_at=NOW, **where)
    archive.withhold(MEETING.key, "--reason", "privacy", "--version", "2")

    assert not any(PASSAGE in str(value) for row in archive.public() for value in row)
    assert MEETING.title in {row[0] for row in archive.rows(SHOWN, name="public.db")}


SHOWN = "SELECT title FROM documents"


def test_a_passage_is_masked_wherever_it_stands(archive: Archive) -> None:
    archive.crawl(OPEN)
    archive.withhold(MEETING.key, "--reason", "privacy", "--passage", f"  {PASSAGE}\n")
    later = replace(OPEN, text=OPEN.text.replace("bor på", "bor\npå") + " Nytt.")
    archive.crawl(later)
    values = [str(value) for row in archive.public() for value in row]

    assert not [value for value in values if "Storgatan" in value]
    assert sum(MASK in value for value in values) >= 15
    assert not archive.found("Storgatan")
    hashes = archive.rows("SELECT text, text_sha256 FROM versions", name="public.db")
    assert all(sha256(text) == stated for text, stated in hashes)


def test_of_two_passages_the_longer_leaves_no_rest(archive: Archive) -> None:
    archive.crawl(OPEN)
    for passage in ("Karin Exempel", PASSAGE):
        archive.withhold(MEETING.key, "--reason", "privacy", "--passage", passage)

    assert not any("Storgatan" in str(value) for row in archive.public() for value in row)


OVERLAPPING = "Storgatan\nmed sin hund"


def test_passages_that_overlap_leave_no_rest(archive: Archive) -> None:
    archive.crawl(OPEN)
    for words in (OVERLAPPING, PASSAGE):
        archive.withhold(MEETING.key, "--reason", "privacy", "--passage", words)

    assert "hund" not in str(archive.public())


@pytest.mark.parametrize("wider", [OVERLAPPING, f"{PASSAGE} med sin hund"])
def test_what_overlaps_an_erased_passage_stays_hidden_and_keeps_no_word_of_it(
    archive: Archive, wider: str
) -> None:
    """Also when the source says it all again; and a passage that is shown again has lost it."""
    archive.crawl(OPEN)
    other = f"Ja, {PASSAGE}."
    archive.withhold(MEETING.key, "--reason", "privacy", "--passage", wider)
    archive.withhold(MEETING.key, "--reason", "privacy", "--passage", other)
    archive.withhold(MEETING.key, "--undo", "--passage", other)
    done = archive.withhold(*ERASED)

    assert "erased with it: 1 withheld passages that overlap it" in done.stdout
    assert archive.files_with("Storgatan") == set()
    assert "hund" not in str(archive.public())
    archive.crawl(OPEN)
    assert "hund" not in str(archive.public())


def test_a_passage_of_one_document_is_no_secret_in_another(archive: Archive) -> None:
    archive.crawl(OPEN, replace(NEWS, key="other", title=f"Annat {PASSAGE}"))
    done = archive.withhold(MEETING.key, "--reason", "privacy", "--passage", PASSAGE)
    archive.run("publish")

    assert "says the same words: other" in done.output
    assert archive.found("Storgatan") == [f"Annat {PASSAGE}"]


def test_undo_shows_it_again(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "privacy")
    archive.withhold(RELEASE.key, "--undo")
    archive.run("publish")

    assert archive.found("Socialnämnden hämtar")
    assert archive.rows("SELECT status FROM documents WHERE key = ?", RELEASE.key) == [("live",)]
    log = archive.rows("SELECT kind, scope, reason, action FROM withholding_log", name="public.db")
    assert log == [
        ("press_release", "document", "privacy", action) for action in ("released", "withheld")
    ]


def test_the_public_log_names_nobody(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "privacy", "--erase")
    log = archive.rows("SELECT * FROM withholding_log", name=publish(archive.data).path.name)

    today = log[0][1]
    row = (today, "1489", "press_release", "document", "privacy")
    assert log == [(1, *row, "erased"), (2, *row, "withheld")]
    assert len(today) == 10


def test_what_a_meeting_points_to_is_named_but_not_withheld(archive: Archive) -> None:
    done = archive.withhold(MEETING.key, "--reason", "copyright")

    assert f"not withheld with it: {FILE.key} Tjänsteskrivelse" in done.output
    archive.public()
    assert FILE.title in {row[0] for row in archive.rows(SHOWN, name="public.db")}


def test_messages_of_ours_do_not_quote_its_address(archive: Archive) -> None:
    with archive.store() as store:
        quoted = f"{ADDRESS}?…: HTTP 500"
        store.raise_alerts(1, {"error": Message(quoted, quoted)}, (), NOW)
    archive.withhold(RELEASE.key, "--reason", "privacy")

    assert (f"{MASK} HTTP 500",) * 2 in [row[-2:] for row in archive.public()]


def happened(archive: Archive, key: str, *events: tuple[str, str, str, str]) -> None:
    """Note events of a document: kind, field, old and new value."""
    with closing(sqlite3.connect(archive.data / "archive.db")) as db:
        for event in events:
            db.execute(
                "INSERT INTO events (document_id, observed_at, kind, field, old_value, new_value) "
                "SELECT id, ?2, ?3, ?4, ?5, ?6 FROM documents WHERE key = ?1",
                (key, NOW, *event),
            )
        db.commit()


EVENTS = "SELECT kind, field, old_value, new_value FROM events"


def test_events_do_not_tell_of_what_is_withheld(archive: Archive) -> None:
    """Its own, and those of a meeting that point to it by key, bytes, label or address."""
    bytes_of = "SELECT payload_sha256 FROM documents_current WHERE key = ?"
    payload_sha256 = archive.rows(bytes_of, FILE.key)[0][0]
    happened(archive, FILE.key, ("changed", "published_at", "", "2021-01-01"))
    happened(
        archive,
        MEETING.key,
        ("attachment_added", "Gammalt namn", "", FILE.key),
        ("attachment_replaced", "Gammalt namn", payload_sha256, "0123"),
        ("attachment_replaced", FILE.title, "0123", "4567"),
        ("moved", "url", f"https://www.example.se/{FILE.key}", MEETING.url),
    )
    before = {*archive.rows(EVENTS)}
    archive.withhold(FILE.key, "--reason", "secrecy")
    archive.run("publish")

    hidden = before - {*archive.rows(EVENTS, name="public.db")}
    assert len(hidden) == 5
    said = json.loads(archive.run("show", MEETING.key, "--json").stdout)
    assert not {FILE.title, "Gammalt namn"} & {event["field"] for event in said["events"]}
    assert FILE.key not in {file["key"] for file in said["attachments"]}
    told = json.loads(archive.run("show", MEETING.key, "--json", "--withheld").stdout)
    assert len(told["events"]) == len(said["events"]) + 4


def test_passages_in_events_are_masked_and_erased(archive: Archive) -> None:
    """Also in what a meeting called the file that says them, then and now."""
    label = f"Brev från {PASSAGE}"
    archive.crawl(replace(FILE, key=FILE.key, text=f"Hej, {PASSAGE}", text_is_read=True))
    happened(archive, FILE.key, ("changed", "place", PASSAGE, ""))
    happened(archive, MEETING.key, ("attachment_removed", label, FILE.key, ""))
    words = (FILE.key, "--reason", "privacy", "--passage", PASSAGE)
    archive.withhold(*words)
    archive.run("publish")

    masked = {
        ("changed", "place", MASK, ""),
        ("attachment_removed", f"Brev från {MASK}", FILE.key, ""),
    }
    assert masked <= {*archive.rows(EVENTS, name="public.db")}
    shown = archive.run("show", MEETING.key)
    assert f"attachment removed: Brev från {MASK}" in shown.stdout

    archive.withhold(*words, "--erase", "--whole-page")
    assert masked <= {*archive.rows(EVENTS)}


def test_the_label_of_an_erased_file_leaves_the_events(archive: Archive) -> None:
    happened(archive, MEETING.key, ("attachment_added", "Brev från Karin", "", FILE.key))
    archive.withhold(FILE.key, "--reason", "privacy", "--erase")

    assert ("attachment_added", "", "", FILE.key) in archive.rows(EVENTS)
    assert archive.files_with("Brev från Karin") == set()


# In the terminal, over the archive that still holds it


@pytest.mark.parametrize("words", [("show",), ("diff",), ("show", "--json"), ("show", "--raw")])
def test_a_withheld_document_is_shown_only_when_asked_for(
    archive: Archive, words: tuple[str, ...]
) -> None:
    archive.withhold(RELEASE.key, "--reason", "privacy")
    command, *options = words
    refused = archive.run(command, RELEASE.key, *options)

    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "--withheld" in refused.stderr
    asked = archive.run(command, RELEASE.key, *options, "--withheld")
    assert asked.exit_code == 0
    assert "Fler miljoner" in asked.stdout


@pytest.mark.parametrize("asked", ["notified:release:x", RELEASE.url])
def test_only_keys_that_may_be_shown_are_suggested(archive: Archive, asked: str) -> None:
    """Nor where several documents have the address."""
    archive.crawl(replace(RELEASE, key="notified:release:9", text="Något helt annat."))
    before = archive.run("show", asked).stderr
    archive.withhold(RELEASE.key, "--reason", "privacy")

    assert RELEASE.key in before
    assert RELEASE.key not in archive.run("show", asked).stderr
    assert RELEASE.key in archive.run("show", asked, "--withheld").stderr


def test_a_withheld_version_is_not_shown_nor_compared(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "secrecy", "--version", "2")
    shown = archive.run("show", RELEASE.key)

    assert "Kostnaderna ökar." in shown.stdout
    assert "Fler miljoner" not in archive.run("show", RELEASE.key, "--json").stdout
    assert "version 2 is withheld" in archive.run("show", RELEASE.key, "--version", "2").stderr
    assert "version 2 is withheld" in archive.run("diff", RELEASE.key, "1", "2").stderr
    assert "one version only that is not withheld" in archive.run("diff", RELEASE.key).stderr
    assert "Fler miljoner" in archive.run("diff", RELEASE.key, "--withheld").stdout


def test_a_withheld_passage_is_masked_in_the_terminal(archive: Archive) -> None:
    archive.crawl(OPEN)
    archive.crawl(replace(OPEN, text=f"{OPEN.text} Nytt."))
    archive.withhold(MEETING.key, "--reason", "privacy", "--passage", PASSAGE)

    for words in (("show",), ("show", "--json"), ("show", "--removed"), ("diff",)):
        said = archive.run(words[0], MEETING.key, *words[1:])
        assert said.exit_code == 0, said.stderr
        assert "Storgatan" not in said.stdout
        assert "Storgatan" in archive.run(words[0], MEETING.key, *words[1:], "--withheld").stdout
    account = json.loads(archive.run("show", MEETING.key, "--json").stdout)
    assert account["version"]["text_sha256"] == sha256(account["version"]["text"])
    assert archive.run("show", MEETING.key, "--raw").exit_code == 2  # bytes cannot be masked


def test_the_list_is_for_us(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "privacy")
    listed = archive.withhold("--list").stdout

    assert RELEASE.key in listed
    assert "privacy" in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["notified:release:12", "--reason", "privacy"], "nearest: notified:release:1"),
        ([RELEASE.key], "--reason or --undo"),
        ([], "say which document"),
        ([RELEASE.key, "--undo"], "found nothing"),
        ([RELEASE.key, "--reason", "privacy", "--version", "7"], "one of versions 1, 2, found 7"),
        ([RELEASE.key, "--reason", "privacy", "--passage", "Ej sagt"], "none of its versions"),
        ([RELEASE.key, "--reason", "privacy", "--passage", " "], "expected one of --version"),
        ([RELEASE.key, "--reason", "x"], "'privacy'"),
        (
            [RELEASE.key, "--reason", "privacy", "--passage", "vården", "--erase"],
            "say --whole-page",
        ),
    ],
)
def test_wrong_use_is_explained_and_does_nothing(
    archive: Archive, words: list[str], said: str
) -> None:
    done = archive.run("withhold", *words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert archive.rows("SELECT * FROM withholdings") == []


def test_a_passage_is_read_from_a_file(archive: Archive) -> None:
    words = ("withhold", RELEASE.key, "--reason", "privacy", "--passage-file", "-")
    assert archive.run(*words, said="till\nskolorna\n").exit_code == 0

    archive.public()
    assert archive.found("Fler miljoner") == [RELEASE.title]
    assert not archive.found("skolorna")


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_explained(reason: str) -> None:
    assert f"| `{reason}` |" in (ROOT / "docs/borttagning.md").read_text("utf-8")


# Erasing


def test_erased_words_are_in_no_file(archive: Archive) -> None:
    """Not in the database, its log or its index, nor in a listing, a revisit or the served file."""
    archive.crawl(RELEASE, listing=f"Läs mer: {RELEASE.title}")
    archive.run("publish")
    words = [RELEASE.title, "Fler miljoner till skolorna", "Kostnaderna ökar."]
    assert all(len(archive.files_with(one)) >= 2 for one in words)

    done = archive.withhold(RELEASE.key, "--reason", "privacy", "--erase")

    assert "erased: 3 captures of alingsas" in done.output
    assert [archive.files_with(one) for one in words] == [set()] * 3
    index = "SELECT * FROM documents_fts WHERE documents_fts MATCH 'skolorna'"
    assert archive.rows(index) == []
    assert archive.bytes_are_as_stated()
    assert archive.rows("SELECT title, text FROM documents_current WHERE key = ?", RELEASE.key) == [
        ("", "")
    ]


def test_no_answer_from_its_address_and_no_free_page_is_left(archive: Archive) -> None:
    """Bytes that became no version, and what the database has long forgotten but not wiped."""
    archive.crawl(listing="Kort svar")
    with archive.store() as store:
        crawl_id = store.begin_crawl(1, NOW, "0")
        recorder = Recorder(store, crawl_id, archive.data, "warc/again.warc.gz", "tests")
        recorder.record(replace(answer(RELEASE), body=b"Hemligt"))
        recorder.close()
    with closing(sqlite3.connect(archive.data / "archive.db", isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("INSERT INTO events SELECT 99, 1, 1, '', 'changed', '', ?, ''", ("glömt " * 99,))
        db.execute("DELETE FROM events WHERE id = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert archive.files_with("glömt glömt") == {"archive.db"}

    archive.withhold(RELEASE.key, "--reason", "privacy", "--erase")

    assert archive.files_with("Hemligt") == archive.files_with("glömt glömt") == set()
    listings = {path.name for path in archive.data.glob("warc/alingsas-*")}
    assert archive.files_with("Kort svar") == listings


def test_bytes_that_got_no_row_are_not_kept(archive: Archive, monkeypatch) -> None:
    """They could not be found when all that is known of a page is erased."""
    with archive.store() as store:
        recorder = Recorder(store, 1, archive.data, "warc/x.warc.gz", "tests")
        recorder.record(answer(NEWS))
        with monkeypatch.context() as patched:
            full = sqlite3.OperationalError("database or disk is full")
            patched.setattr(store, "add_capture", Mock(side_effect=full))
            with pytest.raises(sqlite3.OperationalError, match="full"):
                recorder.record(answer(RELEASE))
        recorder.record(answer(FILE))
        recorder.close()

    assert "x.warc.gz" not in archive.files_with(RELEASE.title)
    assert archive.bytes_are_as_stated()


def test_a_tombstone_says_why(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "copyright", "--erase")

    with open(archive.data / "warc" / "pressrum-2.warc.gz", "rb") as stream:
        records = [(r.rec_headers, r.content_stream().read()) for r in ArchiveIterator(stream)]
    types = [headers.get_header("WARC-Type") for headers, _ in records]
    assert types == ["warcinfo", "response", "metadata", "request"]
    (tomb, body), (note, said) = records[1], records[2]
    assert (tomb.get_header("WARC-Truncated"), body) == ("unspecified", b"")
    assert note.get_header("WARC-Refers-To") == tomb.get_header("WARC-Record-ID")
    assert b"reason: copyright" in said


def test_an_erased_passage_takes_the_page_and_leaves_the_text(archive: Archive) -> None:
    archive.crawl(OPEN, NEWS, listing=f"Nytt: {PASSAGE}")
    archive.withhold(
        MEETING.key, "--reason", "privacy", "--passage", PASSAGE, "--erase", "--whole-page"
    )

    assert archive.files_with("Storgatan") == set()
    assert archive.bytes_are_as_stated()
    text = archive.rows("SELECT text FROM documents_current WHERE key = ?", MEETING.key)[0][0]
    assert f"Beslut: {MASK}\nmed sin hund." in text
    assert archive.withhold("--list").stdout.count("passage 'erased'") == 1


ERASED = (MEETING.key, "--reason", "privacy", "--passage", PASSAGE, "--erase", "--whole-page")


def said_again(archive: Archive) -> None:
    """Erase a passage; then the source says it again, in other ways, at another address."""
    archive.crawl(OPEN)
    archive.withhold(*ERASED)
    louder = f"{PASSAGE.upper()}. Karin Exempel-bor\npå Storgatans\nsida."
    attachments = (replace(OPEN.attachments[0], label=f"Brev till {PASSAGE}"),)
    archive.crawl(replace(OPEN, text=f"{OPEN.text} {louder} Nytt.", attachments=attachments))


def test_erased_words_that_are_said_again_are_shown_nowhere(archive: Archive) -> None:
    """In titles, texts, removals, contacts, agendas, labels, events; in capitals, inflected."""
    said_again(archive)
    happened(archive, MEETING.key, ("changed", "place", PASSAGE, ""))
    values = [str(value) for row in archive.public() for value in row]

    assert archive.files_with("Storgatan") > {"archive.db"}  # the source's words are kept, hidden
    assert not [value for value in values if "storgatan" in value.lower()]
    assert not archive.found("Storgatan") + archive.found("Storgatans")
    current = "SELECT text FROM documents_current WHERE key = ?"
    text = archive.rows(current, MEETING.key, name="public.db")[0][0]
    assert f"Beslut: {MASK}\nmed sin hund. {MASK}. {MASK}\nsida. Nytt." in text
    for words in (("show",), ("show", "--json"), ("show", "--removed"), ("diff",)):
        said = archive.run(words[0], MEETING.key, *words[1:])
        assert said.exit_code == 0, said.stderr
        assert "storgatan" not in said.stdout.lower()
    assert archive.run("show", MEETING.key, "--raw").exit_code == 2


def test_erased_words_are_looked_for_while_others_may_write(archive: Archive, monkeypatch) -> None:
    """It takes half a minute a passage in a text of a million letters."""
    looked = []

    def look(self: Erased, text: str) -> Iterator[tuple[int, int]]:
        with open(archive.data / "archive.db.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        looked.append(text)
        return iter(())

    archive.crawl(OPEN)
    archive.withhold(*ERASED)
    monkeypatch.setattr(Erased, "spans", look)
    archive.crawl(NEWS, replace(OPEN, text="Något annat."))
    assert "Något annat." in looked

    looked.clear()
    archive.crawl(replace(OPEN, text="Något annat."))  # the same bytes
    assert not looked


@pytest.mark.parametrize(
    ("passage", "text", "shown"),
    [
        ("Groß", "bei GROSS & Co", f"bei {MASK} & Co"),
        ("İstanbul", "från i̇stanbul hit", f"från {MASK} hit"),
        ("070-123 45 67", "ring 0701234567.", f"ring {MASK}."),
        ("Anna", "Johanna och Annas", f"Johanna och {MASK}"),
        ("***", "a *** b", "a *** b"),
        ("mycket längre än texten", "mycket", "mycket"),
    ],
)
def test_erased_words_are_known_in_other_letters(passage: str, text: str, shown: str) -> None:
    assert masked(text, [Erased(Fingerprint.of(letters_of(passage)))]) == shown


def test_the_list_says_that_a_passage_without_a_letter_is_not_known_again(archive: Archive) -> None:
    archive.crawl(replace(OPEN, text="Här *** står"))
    archive.withhold(*ERASED[:4], "***", *ERASED[5:])

    assert "would not be known again" in archive.withhold("--list").stdout


def test_what_is_kept_of_erased_words_is_no_word_of_them(archive: Archive) -> None:
    archive.crawl(OPEN)
    archive.withhold(*ERASED)
    columns = "passage, letters, length(digest), said_again_at"

    assert archive.rows(f"SELECT {columns} FROM withholdings") == [("", 26, 32, None)]
    assert archive.files_with("Storgatan") == set()
    assert "said again" not in archive.withhold("--list").stdout


def test_the_list_says_that_erased_words_are_back_until_they_are_erased_again(
    archive: Archive,
) -> None:
    said_again(archive)
    assert f", said again since {NOW}" in archive.withhold("--list").stdout
    archive.withhold(*ERASED)

    listed = archive.withhold("--list").stdout
    assert listed.count("passage 'erased'") == 1
    assert "said again" not in listed
    assert "bor på Storgatan" not in str(archive.rows("SELECT text FROM versions"))


def test_erased_words_may_be_shown_again(archive: Archive) -> None:
    said_again(archive)
    assert archive.run("withhold", MEETING.key, "--undo", "--passage", "Annat").exit_code == 2
    archive.withhold(MEETING.key, "--undo", "--passage", PASSAGE)
    archive.run("publish")

    assert archive.found("Storgatans")


def test_a_passage_goes_with_its_erased_document(archive: Archive) -> None:
    archive.crawl(OPEN)
    archive.withhold(*ERASED[:5])
    archive.withhold(MEETING.key, "--reason", "privacy", "--erase")

    assert archive.files_with("Storgatan") == set()


def test_erased_words_leave_the_template_and_pages_read_as_before(archive: Archive) -> None:
    """What learning comes to again from other pages does not bring them back."""
    line = f"Ring {PASSAGE}, så hjälper vi dig."
    template = Template((f"Eldningsförbud råder i {PASSAGE.upper()}.", line))
    archive.crawl(OPEN)
    with archive.store() as store:
        source = archive.rows("SELECT source_id FROM documents WHERE key = ?", MEETING.key)[0][0]
        store.put_template(source, template, 12, NOW)
    archive.withhold(*ERASED)

    assert archive.files_with("Storgatan") == set()
    with archive.store() as store:
        held = named_template(store.db, source, template.digest)
        assert (line in held, held.lines) == (True, template.lines[:1])
        assert store.put_template(source, template, 12, NOW).version == 1
        learnt = Template((line, "Vi svarar i telefon varje dag."))
        assert store.put_template(source, learnt, 12, NOW).version == 2
        assert line in named_template(store.db, source, learnt.digest)
        store.put_template(source, Template(("Vi svarar i telefon varje dag.",)), 12, NOW)
        assert store.put_template(source, replace(learnt, lines=(line,)), 12, NOW).version == 4
    assert archive.files_with("Storgatan") == set()
    assert not any("template" in p for p in archive.report().problems)


def test_words_that_a_listing_repeats_are_erased_again(archive: Archive) -> None:
    """As long as the source lists a title, each crawl brings it back in the listing's bytes."""
    archive.withhold(RELEASE.key, "--reason", "privacy", "--erase")
    archive.crawl(listing=f"Läs mer: {RELEASE.title}")
    assert archive.files_with(RELEASE.title)
    words = (RELEASE.key, "--reason", "privacy", "--erase", "--whole-page", "--passage")
    archive.withhold(*words, RELEASE.title)

    assert archive.files_with(RELEASE.title) == set()
    assert archive.run("withhold", *words, "Ej sagt").exit_code == 2


def test_an_erased_version_leaves_the_others(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "privacy", "--version", "1", "--erase")

    assert archive.files_with("Kostnaderna ökar.") == set()
    assert "pressrum-2.warc.gz" in archive.files_with("Fler miljoner")
    assert archive.bytes_are_as_stated()


def test_bytes_of_another_document_are_not_erased_unasked(archive: Archive) -> None:
    archive.crawl(RELEASE)
    with archive.store() as store:
        twin = replace(RELEASE, key="twin")
        store.save(twin, source_id=1, capture_id=2, crawl_id=None, observed_at=NOW)
    words = ("withhold", RELEASE.key, "--reason", "privacy", "--erase")
    done = archive.run(*words)

    assert done.exit_code == 2
    assert "the same bytes are those of twin" in done.stderr
    assert archive.rows("SELECT * FROM withholdings") == []

    assert archive.run(*words, "--with-copies").exit_code == 0
    assert archive.files_with("Fler miljoner till") == set()
    assert archive.bytes_are_as_stated()


def test_what_is_erased_is_not_asked_for(archive: Archive) -> None:
    with archive.store() as store:

        def refused() -> tuple[bool, ...]:
            places = ((1, ADDRESS), (1, RELEASE.url), (2, ADDRESS), (1, f"{ADDRESS}2"))
            return tuple(store.is_withheld_address(*place) for place in places)

        archive.withhold(RELEASE.key, "--reason", "privacy")
        assert refused() == (False, False, False, False)
        assert store.held_page(ADDRESS).etag == '"1"'
        archive.withhold(RELEASE.key, "--reason", "privacy", "--erase")
        assert refused() == (True, True, False, False)
        assert store.held_page(ADDRESS).etag == ""
        archive.withhold(RELEASE.key, "--undo")
        assert refused() == (False, False, False, False)


def test_once_undone_the_next_crawl_brings_it_back(archive: Archive) -> None:
    archive.withhold(RELEASE.key, "--reason", "other", "--erase")
    archive.withhold(RELEASE.key, "--undo")
    archive.crawl(RELEASE)

    assert archive.bytes_are_as_stated()
    archive.public()
    assert archive.found("Socialnämnden hämtar") == [RELEASE.title]


def test_a_crawl_that_runs_is_not_disturbed(archive: Archive) -> None:
    with kommun_lock(archive.data, "alingsas"):
        done = archive.run("withhold", RELEASE.key, "--reason", "privacy", "--erase")

    assert done.exit_code == 75
    assert archive.rows("SELECT * FROM withholdings") == []
    assert "pressrum-2.warc.gz" in archive.files_with(RELEASE.title)


def test_a_reader_delays_the_end_of_an_erasure(archive: Archive, monkeypatch) -> None:
    """But nothing that is to be hidden is served meanwhile, neither this nor what comes next."""
    monkeypatch.setattr("archive.store.base.BUSY_TIMEOUT_S", 0)
    publish(archive.data)
    with closing(sqlite3.connect(archive.data / "archive.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        for key, erase in ((RELEASE.key, ["--erase"]), (NEWS.key, [])):
            done = archive.run("withhold", key, "--reason", "privacy", *erase)
            assert done.exit_code == 1
            assert "another program reading" in done.stderr
            served = "SELECT 1 FROM documents WHERE key = ?"
            assert archive.rows(served, key, name="public.db") == []

    archive.withhold("--list")
    assert archive.files_with("Fler miljoner till") == set()


@pytest.mark.parametrize("step", ["os.replace", "archive.erasing.sync_folder", "os.fsync"])
def test_an_erasure_that_stops_is_finished_by_the_next_command(
    archive: Archive, monkeypatch, step: str
) -> None:
    """Before the file is written, before it is renamed, and between that and the commit."""

    def stop(*_: object) -> None:
        raise OSError("stopped here")

    with monkeypatch.context() as patched:
        patched.setattr(f"archive.erasing.{step}" if step.startswith("os") else step, stop)
        done = archive.run("withhold", RELEASE.key, "--reason", "privacy", "--erase")
    assert done.exit_code == 1
    assert "stopped here" in done.stderr
    assert key_and_title_are_gone(archive)  # hidden first

    archive.withhold("--list")

    assert archive.files_with("Fler miljoner till") == set()
    assert archive.bytes_are_as_stated()
    assert not archive.rows("SELECT * FROM withholdings WHERE erased_at IS NULL")
    notes = b"".join(unpacked(path) for path in archive.data.glob("warc/*.gz"))
    assert notes.count(b"erasedPayloadDigest") == 2


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    for street in open_street(tmp_path_factory.mktemp("town"), ["pressrum"]):
        assert street.crawl().returncode == 0
        assert street.crawl().returncode == 0
        yield street


def a_release(street: Street) -> tuple[str, str]:
    """Return (key, payload hash) of a press release, of which the second crawl has a revisit."""
    row = street.rows(
        "SELECT key, payload_sha256 FROM documents JOIN versions ON versions.id = "
        "current_version_id JOIN captures ON captures.id = capture_id "
        "WHERE kind = 'press_release' AND captures.id IN (SELECT refers_to_id FROM captures)"
    )[7]
    return row["key"], row["payload_sha256"]


def hashes(street: Street) -> set[str]:
    """Return the hashes of all payloads that lie in WARC files."""
    found = set()
    for path in street.data.rglob("*.gz"):
        with open(path, "rb") as stream:
            found |= {sha256(r.raw_stream.read()) for r in ArchiveIterator(stream)}
    return found


def test_verify_understands_an_erasure(town: Street, tmp_path: Path) -> None:
    """Offsets of all later records have moved; revisits point at the tombstone."""
    street = Street(Path(shutil.copytree(town.folder, tmp_path / "copy")), town.slug, [])
    key, payload_sha256 = a_release(street)
    done = street.run("withhold", key, "--reason", "privacy", "--erase")
    assert done.returncode == 0, done.stderr

    checked = street.run("verify")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "1 versions whose bytes are erased" in checked.stdout
    assert warcio_agrees(street.data)
    assert payload_sha256 not in hashes(street)


def test_verify_notices_bytes_that_should_be_gone(town: Street, tmp_path: Path) -> None:
    street = Street(Path(shutil.copytree(town.folder, tmp_path / "copy")), town.slug, [])
    key, _ = a_release(street)
    shutil.copytree(street.data / "warc", tmp_path / "before")
    assert street.run("withhold", key, "--reason", "privacy", "--erase").returncode == 0
    shutil.copytree(tmp_path / "before", street.data / "warc", dirs_exist_ok=True)

    assert street.run("verify").returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_kill_9_in_the_middle_of_an_erasure(town: Street, tmp_path: Path, kills: int) -> None:
    """Law 9: at random instants, then finished by the next command or the next crawl."""
    seed = int(os.environ.get("SEED", "0"))
    moments = random.Random(seed)
    for number in range(kills):
        folder = Path(shutil.copytree(town.folder, tmp_path / str(number)))
        street = Street(folder, town.slug, [])
        key, payload_sha256 = a_release(street)
        words = street.command("withhold", key, "--reason", "privacy", "--erase")
        process = subprocess.Popen(words, env=street.environment, stdout=subprocess.DEVNULL)
        try:
            process.wait(moments.uniform(0.5, 2.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert street.run("withhold", "--list").returncode == 0
        checked = street.run("verify")
        assert (checked.returncode, checked.stderr) == (0, ""), (seed, number)
        is_ordered = bool(street.rows("SELECT * FROM withholdings"))
        assert (payload_sha256 in hashes(street)) != is_ordered, (seed, number)
        assert warcio_agrees(street.data), (seed, number)
        shutil.rmtree(folder)
