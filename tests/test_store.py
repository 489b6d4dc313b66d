"""Rows: what is kept, when a version is born, what survives."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from archive.cleaning.template import Template
from archive.records import AgendaItem, AttachmentLink, Body, Contact, Document, Meeting, Removal
from archive.schema import FTS_TRIGGERS
from archive.store import Capture, Message, Store, StoredTemplate
from archive.store import base as store_module

RELEASE = Document(
    key="1489/notified/x",
    kind="press_release",
    url="https://example.se/x",
    title="Räksmörgås",
    text="Vård och omsorg.",
    extractor="notified.Release/1",
    removals=(Removal(0, "cookie:line", "Vi använder kakor"),),
    contacts=(Contact("Kim Berg", "Förvaltningschef"),),
)


class Archive:
    """A store with one source and a crawl, and short ways to save and look."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
        self.source_id = store.put_source(
            "1489", "pressrum", product="notified", kind="news", start_url="https://example.se/"
        )
        self.crawl_id = store.begin_crawl(self.source_id, "2026-01-01T00:00:00Z", "test")

    def capture(self, payload: str = "aa") -> int:
        place = {"warc_file": "w", "warc_offset": 0, "warc_record_id": "<r>"}
        return self.store.add_capture(
            self.crawl_id,
            Capture("https://example.se/x", "2026-01-01T00:00:00Z", "ok", **place)
            if not payload
            else Capture(
                "https://example.se/x",
                "2026-01-01T00:00:00Z",
                "ok",
                payload_sha256=payload,
                http_status=200,
                **place,
            ),
        )

    def save(self, document: Document, payload: str = "aa", at: str = "2026-01-01T00:00:00Z"):
        return self.store.save(
            document,
            source_id=self.source_id,
            capture_id=self.capture(payload),
            crawl_id=self.crawl_id,
            observed_at=at,
        )

    def rows(self, sql: str, *values: object) -> list[tuple]:
        return [tuple(row) for row in self.store._db.execute(sql, values)]

    def found(self, query: str) -> int:
        return len(self.rows("SELECT rowid FROM documents_fts WHERE documents_fts MATCH ?", query))


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store)


def test_every_table_is_strict_and_three_triggers_keep_the_index(archive: Archive) -> None:
    """Facts: a rebuilt table silently loses its triggers, and new documents are not found."""
    loose = archive.rows(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 "
        "AND schema = 'main' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlite%'"
    )
    triggers = {
        row[0] for row in archive.rows("SELECT name FROM sqlite_master WHERE type='trigger'")
    }

    assert loose == []
    assert set(FTS_TRIGGERS) == triggers


def test_a_version_is_born_when_words_change_not_when_bytes_do(archive: Archive) -> None:
    """Law 4."""
    first = archive.save(RELEASE, "aa")
    token = archive.save(RELEASE, "bb")
    word = archive.save(dataclasses.replace(RELEASE, text="Vård och skola."), "cc")

    assert (first.is_new_document, first.is_new_version) == (True, True)
    assert (token.is_new_document, token.is_new_version) == (False, False)
    assert (word.is_new_document, word.is_new_version) == (False, True)
    assert archive.rows("SELECT number, cause FROM versions") == [(1, "first"), (2, "source")]


def test_a_removal_says_who_took_it_and_why(archive: Archive) -> None:
    taken = Removal(3, "share:row", "Dela", "root", "div.share")
    archive.save(dataclasses.replace(RELEASE, removals=(taken,)))

    assert archive.rows("SELECT position, rule, text, judge, evidence FROM removals") == [
        dataclasses.astuple(taken)
    ]


def test_whether_saving_would_change_anything_can_be_asked_first(archive: Archive) -> None:
    changed = dataclasses.replace(RELEASE, text="Vård och skola.")
    unknown = dataclasses.replace(RELEASE, key="1489/notified/y")
    read_by_another = dataclasses.replace(RELEASE, extractor="notified.Release/2")
    archive.save(RELEASE)
    capture_id = archive.capture()

    moved = dataclasses.replace(RELEASE, url="https://example.se/annan")
    asked = (RELEASE, read_by_another, changed, unknown, moved)
    would = [archive.store.would_change(d, capture_id) for d in asked]

    assert would == [False, False, True, True, True]
    assert archive.rows("SELECT count(*) FROM versions") == [(1,)]


def test_a_template_is_a_new_version_only_if_it_differs(archive: Archive) -> None:
    """When it was learnt stays; when somebody last looked moves."""
    one, other = Template(("Eldningsförbud råder.",)), Template(())
    for template, at in ((one, "01"), (one, "02"), (other, "03"), (one, "04")):
        archive.store.put_template(archive.source_id, template, 12, f"2026-01-{at}")

    assert archive.rows(
        "SELECT version, digest, learnt_at, checked_at FROM templates ORDER BY version"
    ) == [
        (1, one.digest, "2026-01-01", "2026-01-02"),
        (2, other.digest, "2026-01-03", "2026-01-03"),
        (3, one.digest, "2026-01-04", "2026-01-04"),
    ]
    newest = archive.store.newest_template(archive.source_id)
    assert newest == StoredTemplate(3, one, "2026-01-04")
    assert archive.store.newest_template(99) is None


def test_the_newest_documents_that_were_read_come_first(archive: Archive) -> None:
    """No files, no other kinds; a document with several versions once, as it is now."""
    file = dataclasses.replace(RELEASE, key="f", text="", text_is_read=False, removals=())
    for key in ("a", "b", "c"):
        archive.save(dataclasses.replace(RELEASE, key=key))
    archive.save(dataclasses.replace(RELEASE, key="a", text="Ny.", extractor="notified.Release/2"))
    archive.save(dataclasses.replace(RELEASE, key="m", kind="meeting"))
    archive.save(file)

    found = archive.store.newest_readings(archive.source_id, ("press_release",), 2)
    every = archive.store.newest_readings(archive.source_id, ("press_release", "news"), 9)
    assert [reading.key for reading in found] == ["c", "b"]
    assert [(r.key, r.extractor[-1]) for r in every] == [("c", "1"), ("b", "1"), ("a", "2")]


def test_a_file_whose_text_is_unread_changes_with_its_bytes(archive: Archive) -> None:
    """Its words are unknown, so only the bytes can tell."""
    file = dataclasses.replace(RELEASE, text="", text_is_read=False, removals=(), contacts=())

    saved = [archive.save(file, payload).is_new_version for payload in ("aa", "aa", "bb")]

    assert saved == [True, False, True]


def test_an_identical_save_changes_only_when_it_was_last_seen(archive: Archive) -> None:
    """No index churn, no row rewritten."""
    archive.save(RELEASE, at="2026-01-01T00:00:00Z")
    before = archive.rows("SELECT * FROM versions") + archive.rows("SELECT * FROM removals")
    archive.save(RELEASE, at="2026-01-02T00:00:00Z")

    assert archive.rows("SELECT * FROM versions") + archive.rows("SELECT * FROM removals") == before
    assert archive.rows("SELECT first_seen_at, last_seen_at FROM documents") == [
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    ]


def test_search_keeps_swedish_letters_apart_and_follows_the_current_version(
    archive: Archive,
) -> None:
    """Vård and värd are different words; an old version's words are no longer found."""
    archive.save(RELEASE)
    assert (archive.found("vård"), archive.found("värd"), archive.found("räksmörgås")) == (1, 0, 1)

    archive.save(dataclasses.replace(RELEASE, text="Skola."))

    assert (archive.found("vård"), archive.found("skola")) == (0, 1)
    archive.store._db.execute(
        "INSERT INTO documents_fts(documents_fts, rank) VALUES ('integrity-check', 1)"
    )


def test_meeting_agenda_and_files_are_tied_in_any_order(archive: Archive) -> None:
    """A file fetched before its page, or after, ends up at its agenda item."""
    item = AgendaItem(1, "52", "Budget", "Text", "2020.1 SN")
    link = AttachmentLink("1489/f", "https://example.se/f", "Budget.pdf", 1, 1)
    page = dataclasses.replace(
        RELEASE,
        kind="meeting",
        meeting=Meeting(Body("Socialnämnden", "sn", "namnd"), "2020-10-27", agenda=(item,)),
        attachments=(link,),
    )
    file = Document("1489/f", "attachment", "https://example.se/f", "F", "", "f/1", False)

    archive.save(page)
    assert archive.rows("SELECT document_id FROM attachments") == [(None,)]
    archive.save(file)
    archive.save(page)

    tied = archive.rows(
        "SELECT documents.key, agenda_items.title FROM attachments "
        "JOIN documents ON documents.id = document_id "
        "JOIN agenda_items ON agenda_items.id = agenda_item_id"
    )
    assert tied == [("1489/f", "Budget")]


def test_an_agenda_that_shrinks_leaves_no_item_behind(archive: Archive) -> None:
    """What the page no longer lists is not listed, and its file link stays whole."""
    items = tuple(AgendaItem(n, "", f"Ärende {n}") for n in (1, 2))
    meeting = Meeting(Body("Socialnämnden", "sn"), "2020-10-27", agenda=items)
    links = (AttachmentLink("f", "https://example.se/f", "F", 1, 2),)
    page = dataclasses.replace(RELEASE, meeting=meeting, attachments=links)
    archive.save(page)
    shorter = dataclasses.replace(meeting, agenda=items[:1])
    archive.save(dataclasses.replace(page, meeting=shorter))

    assert archive.rows("SELECT title FROM agenda_items") == [("Ärende 1",)]
    assert archive.rows("SELECT agenda_item_id FROM attachments") == [(None,)]


@pytest.mark.parametrize("cause", ["source", "extractor"])
def test_a_document_that_is_no_meeting_any_more_has_none(archive: Archive, cause: str) -> None:
    """Its page changed, or a newer extractor knows better; only the first is an event."""
    meeting = Meeting(Body("Socialnämnden", "sn"), "2020-10-27", agenda=(AgendaItem(1, "1", "Ä"),))
    links = (AttachmentLink("f", "https://example.se/f", "F", 1, 1),)
    page = dataclasses.replace(RELEASE, kind="meeting", meeting=meeting, attachments=links)
    archive.save(page)
    archive.store.save(
        dataclasses.replace(page, kind="notice", meeting=None),
        source_id=archive.source_id,
        capture_id=archive.capture("bb"),
        crawl_id=None,
        observed_at="2026-01-02T00:00:00Z",
        cause=cause,
    )

    assert archive.rows("SELECT * FROM meetings") + archive.rows("SELECT * FROM agenda_items") == []
    assert archive.rows("SELECT label, agenda_item_id FROM attachments") == [("F", None)]
    told = {row[0] for row in archive.rows("SELECT field FROM events")}
    assert told == ({"kind", "date", "body", "status"} if cause == "source" else set())


def test_a_failed_save_leaves_nothing(archive: Archive) -> None:
    """One transaction per document: half a document is never seen."""
    twice = dataclasses.replace(RELEASE, removals=RELEASE.removals * 2)

    with pytest.raises(sqlite3.IntegrityError):
        archive.save(twice)

    assert archive.rows("SELECT count(*) FROM documents") == [(0,)]
    assert archive.rows("SELECT count(*) FROM versions") == [(0,)]


def test_a_busy_database_is_waited_for_and_the_whole_transaction_redone(
    tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second try must not see what the first one wrote."""
    attempts = []
    original = Store._touch

    def busy_once(self: Store, *args: object) -> None:
        attempts.append(self._db.execute("SELECT count(*) FROM documents").fetchone()[0])
        if len(attempts) == 1:
            raise _busy_error(tmp_path)
        original(self, *args)

    monkeypatch.setattr(Store, "_touch", busy_once)
    saved = archive.save(RELEASE)

    assert attempts == [1, 1]
    assert saved.is_new_document
    assert archive.rows("SELECT count(*) FROM versions") == [(1,)]


def _busy_error(tmp_path: Path) -> sqlite3.OperationalError:
    """Return SQLite's own error, with the code that Python alone cannot set."""
    holder = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(tmp_path / "busy.db", timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error
    finally:
        holder.close()
        other.close()
    raise AssertionError("expected SQLITE_BUSY")


def test_other_errors_are_not_retried(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that stays would only be hidden by waiting."""
    calls = []

    def broken(self: Store, *args: object) -> None:
        calls.append(1)
        raise sqlite3.OperationalError("no such table: x")

    monkeypatch.setattr(Store, "_touch", broken)
    with pytest.raises(sqlite3.OperationalError):
        archive.save(RELEASE)

    assert calls == [1]


def test_an_alert_opens_once_and_closes_when_its_rule_has_mended(archive: Archive) -> None:
    """What is neither fired nor mended stays as it is."""
    raise_ = archive.store.raise_alerts
    for day in (1, 2):
        fired = {"soft_404": Message(f"day {day}", f"dag {day}")}
        raise_(archive.source_id, fired, (), f"2026-01-0{day}")
    raise_(archive.source_id, {}, ("error",), "2026-01-03")
    assert archive.store.open_alerts(archive.source_id) == {"soft_404": "2026-01-01"}
    assert archive.rows("SELECT closed_at, message, message_sv FROM alerts") == [
        (None, "day 2", "dag 2")
    ]

    raise_(archive.source_id, {}, ("soft_404",), "2026-01-04")

    assert archive.rows("SELECT opened_at, closed_at FROM alerts") == [("2026-01-01", "2026-01-04")]
    assert archive.store.open_alerts(archive.source_id) == {}


def test_only_a_good_answer_is_asked_for_conditionally(archive: Archive) -> None:
    """After a fault the page must come in full, or the fault would be confirmed for ever."""
    capture_id = archive.capture("aa")
    assert archive.store.held_page("https://example.se/x") is not None

    archive.store.judge_capture(capture_id, "soft_404", "error page")

    assert archive.store.held_page("https://example.se/x") is None


def test_what_is_withheld_stays_withheld_and_time_does_not_run_back(archive: Archive) -> None:
    """A crawl may bring back what was gone, never what was taken down."""
    archive.save(RELEASE, at="2026-01-05T00:00:00Z")
    for before, after in (("withheld", "withheld"), ("gone", "live")):
        archive.store._db.execute("UPDATE documents SET status = ?", (before,))
        archive.save(RELEASE, at="2026-01-01T00:00:00Z")
        assert archive.rows("SELECT status, last_seen_at FROM documents") == [
            (after, "2026-01-05T00:00:00Z")
        ]


def test_a_contact_that_changes_is_a_version(archive: Archive) -> None:
    """Names are words, too."""
    archive.save(RELEASE)
    other = (Contact("Ask Dahl", "Förvaltningschef"),)

    assert archive.save(dataclasses.replace(RELEASE, contacts=other)).is_new_version


def test_settings_of_the_connection(archive: Archive) -> None:
    """WAL, full sync, foreign keys: law 9."""
    pragmas = [
        archive.rows(f"PRAGMA {name}")[0][0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]

    assert pragmas == ["wal", 2, 1]


def test_two_stores_write_in_turn(tmp_path: Path, archive: Archive) -> None:
    """The write lock is let go after each transaction."""
    with Store(tmp_path / "archive.db") as other:
        other.put_kommun("2184", "hudiksvall", "Hudiksvall", "Gävleborgs län")
        archive.save(RELEASE)

    assert archive.rows("SELECT count(*) FROM kommuner") == [(2,)]
    assert store_module.BUSY_GIVE_UP_S >= 60
