"""Rows about documents: versions, ledgers, meetings, attachments."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from archive.facts import Event, Facts, changed_facts, facts_of, texts_of
from archive.passages import Erased, Fingerprint
from archive.records import AgendaItem, AttachmentLink, Body, Contact, Document, Meeting
from archive.store.base import Base, transaction
from archive.store.frontier import MISSES_TO_BE_GONE
from archive.text import sha256

Cause = Literal["source", "extractor"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the current version of a document was read: by whom, from which bytes."""

    key: str
    extractor: str
    version_id: int
    capture_id: int
    url: str
    """Of the capture, after redirects."""
    content_type: str
    warc_file: str
    """Of the record that holds the payload, also when the capture is a revisit."""
    warc_offset: int


READINGS = (
    "SELECT documents.key, versions.extractor, versions.id AS version_id, versions.capture_id, "
    "captures.url, captures.content_type, holder.warc_file, holder.warc_offset "
    "FROM documents JOIN versions ON versions.id = documents.current_version_id "
    "JOIN captures ON captures.id = versions.capture_id "
    "JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id)"
)
"""Selects the columns of `Reading`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The address of the frontier that a document was read at."""

    url: str
    due_at: str
    """When it is to be looked at again."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a document changed."""

    document_id: int
    is_new_document: bool
    is_new_version: bool


class Documents(Base):
    """Documents, and all that hangs on them."""

    def reading(self, key: str) -> Reading | None:
        """Return how the current version of a document was read, if it has one."""
        row = self._db.execute(f"{READINGS} WHERE documents.key = ?", (key,)).fetchone()
        return Reading(**dict(row)) if row else None

    def latest_look(self, reading: Reading, before_id: int) -> Reading:
        """Return `reading` of the newest good answer before a capture, where that is at hand.

        A version's words stay what they are while its facts move on: what the source said last
        stands in the bytes that were seen last.
        """
        row = self._db.execute(
            "SELECT captures.id AS capture_id, captures.content_type, holder.warc_file, "
            "holder.warc_offset FROM captures "
            "JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id) "
            "WHERE captures.url = ? AND captures.id < ? "
            "AND captures.outcome IN ('ok', 'duplicate', 'not_modified') "
            "ORDER BY captures.id DESC LIMIT 1",
            (reading.url, before_id),
        ).fetchone()
        return replace(reading, **dict(row)) if row else reading

    def newest_readings(self, source_id: int, kinds: Sequence[str], limit: int) -> list[Reading]:
        """Return how the `limit` newest documents of these kinds were read, the newest first."""
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            f"{READINGS} WHERE documents.source_id = ? AND documents.kind IN ({marks}) "
            "AND versions.text_is_read ORDER BY documents.id DESC LIMIT ?",
            (source_id, *kinds, limit),
        )
        return [Reading(**dict(row)) for row in rows]

    def would_change(self, document: Document, capture_id: int) -> bool:
        """Tell whether saving what `capture_id` holds would make a new version or an event."""
        row = self._db.execute(
            "SELECT id, current_version_id FROM documents WHERE key = ?", (document.key,)
        ).fetchone()
        return self._is_news(row, document, capture_id) or self._facts(row["id"]) != facts_of(
            document
        )

    def live_documents(self, source_id: int) -> int:
        """Return how many documents of a source are there to be seen."""
        sql = "SELECT count(*) AS n FROM documents WHERE source_id = ? AND status = 'live'"
        return int(self._one(sql, source_id)["n"])

    def first_seen_at(self, key: str) -> str:
        """Return when a document was first seen, empty if it never was."""
        row = self._db.execute(
            "SELECT first_seen_at FROM documents WHERE key = ?", (key,)
        ).fetchone()
        return row["first_seen_at"] if row else ""

    def save(
        self,
        document: Document,
        *,
        source_id: int,
        capture_id: int,
        crawl_id: int | None,
        observed_at: str,
        cause: Cause = "source",
        visit: Visit | None = None,
    ) -> Saved:
        """Keep what a page states: the document, a version if its words changed, and its relations.

        `capture_id` is the capture the page was read from, `crawl_id` the crawl whose counters
        move (None outside crawls), `visit` the address that was asked for. Words are compared, not
        bytes (law 4), except for files whose text was not read. Typed facts that the source
        changed become events. Erased words are looked for first: that may take minutes in a long
        text, and others write meanwhile.
        """
        said_again = self._said_again(document, capture_id)
        return self._save(
            document,
            source_id,
            capture_id,
            crawl_id,
            observed_at,
            cause=cause,
            visit=visit,
            said_again=said_again,
        )

    @transaction
    def _save(
        self,
        document: Document,
        source_id: int,
        capture_id: int,
        crawl_id: int | None,
        observed_at: str,
        *,
        cause: Cause,
        visit: Visit | None,
        said_again: Sequence[int],
    ) -> Saved:
        row = self._db.execute(
            "SELECT id, current_version_id, status FROM documents WHERE key = ?", (document.key,)
        ).fetchone()
        document_id = row["id"] if row else self._new_document(document, source_id, observed_at)
        is_new_version = self._is_news(row, document, capture_id)
        if row and cause == "source":
            document = replace(document, url=self._stable_url(row["id"], document.url, crawl_id))
            self._tell(row, document, crawl_id, observed_at)
            if is_new_version:
                self._tell_parents(row, capture_id, crawl_id, observed_at)
        if is_new_version:
            self._new_version(document_id, document, capture_id, observed_at, cause if row else "")
        self._touch(document_id, document, observed_at if cause == "source" else "")
        self._relate(document_id, document, source_id)
        self._db.executemany(
            "UPDATE withholdings SET said_again_at = ? WHERE id = ?",
            [(observed_at, withholding_id) for withholding_id in said_again],
        )
        self._count(crawl_id, is_new_document=row is None, is_new_version=is_new_version)
        if visit:
            self._visited(source_id, crawl_id, visit, document_id, observed_at)
        return Saved(document_id, row is None, is_new_version)

    def _tell(
        self, row: sqlite3.Row, document: Document, crawl_id: int | None, observed_at: str
    ) -> None:
        """Record what the source changed in a document's typed facts, and that it is back."""
        events = [*changed_facts(self._facts(row["id"]), facts_of(document))]
        if row["status"] == "gone":
            events.append(Event("back"))
        for event in events:
            self._record(row["id"], event, crawl_id, observed_at)

    def _stable_url(self, document_id: int, url: str, crawl_id: int | None) -> str:
        """Return the address a document is known by: it has not moved while the old one is good."""
        is_there = self._db.execute(
            "SELECT frontier.url FROM frontier JOIN documents ON documents.id = document_id "
            "AND documents.url = frontier.url WHERE document_id = ?1 AND outcome = 'ok' "
            "AND (asked_in = ?2 OR EXISTS (SELECT 1 FROM listed WHERE frontier_id = frontier.id "
            "AND to_crawl_id = ?2))",
            (document_id, crawl_id),
        ).fetchone()
        return is_there["url"] if is_there else url

    def _tell_parents(
        self, row: sqlite3.Row, capture_id: int, crawl_id: int | None, observed_at: str
    ) -> None:
        """Record for every document that points to this file that its bytes were replaced."""
        payload = "SELECT payload_sha256 FROM captures WHERE id = "
        version = f"({payload}(SELECT capture_id FROM versions WHERE id = ?)) AS old"
        hashes = self._one(
            f"SELECT {version}, ({payload}?) AS new", row["current_version_id"], capture_id
        )
        parents = self._db.execute(
            "SELECT parent_document_id, label FROM attachments WHERE document_id = ?", (row["id"],)
        ).fetchall()
        for parent in parents:
            event = Event(
                "attachment_replaced", parent["label"], hashes["old"] or "", hashes["new"] or ""
            )
            self._record(parent["parent_document_id"], event, crawl_id, observed_at)

    def _record(
        self, document_id: int, event: Event, crawl_id: int | None, observed_at: str
    ) -> None:
        self._insert(
            "events",
            document_id=document_id,
            crawl_id=crawl_id,
            observed_at=observed_at,
            **event._asdict(),
        )

    def _facts(self, document_id: int) -> Facts:
        row = self._one(
            "SELECT documents.url, documents.kind, published_at, meetings.date, start_time, "
            "end_time, place, meetings.status, bodies.handle AS body FROM documents "
            "LEFT JOIN meetings ON meetings.document_id = documents.id "
            "LEFT JOIN bodies ON bodies.id = body_id WHERE documents.id = ?",
            document_id,
        )
        files = self._db.execute(
            "SELECT key, label FROM attachments WHERE parent_document_id = ? ORDER BY position",
            (document_id,),
        )
        return Facts(
            {name: row[name] or "" for name in row.keys()},  # noqa: SIM118 - a Row iterates values
            {file["key"]: file["label"] for file in files},
        )

    def _said_again(self, document: Document, capture_id: int) -> list[int]:
        """Return the withholdings whose erased words a page says again; they are kept, hidden.

        Bytes that were held already have been searched.
        """
        rows = self._db.execute(
            "SELECT withholdings.id, salt, letters, digest FROM withholdings "
            "JOIN documents ON documents.id = document_id WHERE key = ? AND digest != '' "
            "AND released_at IS NULL AND said_again_at IS NULL "
            "AND EXISTS (SELECT 1 FROM captures WHERE id = ? AND refers_to_id IS NULL)",
            (document.key, capture_id),
        ).fetchall()
        erased = {row_id: Erased(Fingerprint(*fingerprint)) for row_id, *fingerprint in rows}
        return [
            row_id
            for row_id, passage in erased.items()
            if any(True for text in texts_of(document) for _ in passage.spans(text))
        ]

    def _visited(
        self, source_id: int, crawl_id: int | None, visit: Visit, document_id: int, now: str
    ) -> None:
        self._take_over(source_id, visit.url, document_id, now)
        self._db.execute(
            "UPDATE frontier SET document_id = ?1, asked_at = ?2, asked_in = ?3, read_in = ?3, "
            "outcome = 'ok', due_at = ?4, misses = 0, missed_on = NULL, missing_since = NULL, "
            "reason = '' WHERE source_id = ?5 AND url = ?6",
            (document_id, now, crawl_id, visit.due_at, source_id, visit.url),
        )

    def _take_over(self, source_id: int, url: str, document_id: int, now: str) -> None:
        """Note which document no address leads to any more, now that this one lies there.

        One that is seen again is forgotten here; `Frontier.settle_absence` counts the others.
        """
        self._db.execute("DELETE FROM replaced WHERE document_id = ?", (document_id,))
        self._db.execute(
            "INSERT INTO replaced (document_id, frontier_id, replaced_at) "
            "SELECT documents.id, frontier.id, ?1 FROM frontier "
            "JOIN documents ON documents.id = document_id "
            "WHERE frontier.source_id = ?2 AND frontier.url = ?3 AND documents.id != ?4 "
            "AND status != 'gone' "
            "AND NOT EXISTS (SELECT 1 FROM frontier AS other WHERE other.misses < ?5 "
            "AND other.document_id = documents.id AND other.id != frontier.id) "
            "ON CONFLICT (document_id) DO NOTHING",
            (now, source_id, url, document_id, MISSES_TO_BE_GONE),
        )

    def _new_document(self, document: Document, source_id: int, observed_at: str) -> int:
        kommunkod = self._one("SELECT kommunkod FROM sources WHERE id = ?", source_id)["kommunkod"]
        document_id = self._insert(
            "documents",
            key=document.key,
            source_id=source_id,
            kommunkod=kommunkod,
            kind=document.kind,
            url=document.url,
            title=document.title,
            first_seen_at=observed_at,
            last_seen_at=observed_at,
        )
        self._db.execute(
            "UPDATE attachments SET document_id = ? WHERE key = ? AND document_id IS NULL",
            (document_id, document.key),
        )
        return document_id

    def _is_news(self, row: sqlite3.Row | None, document: Document, capture_id: int) -> bool:
        if row is None or row["current_version_id"] is None:
            return True
        before = self._one(
            "SELECT title, text_sha256, text_is_read, payload_sha256 FROM versions "
            "JOIN captures ON captures.id = capture_id WHERE versions.id = ?",
            row["current_version_id"],
        )
        if not document.text_is_read:
            now = self._one("SELECT payload_sha256 FROM captures WHERE id = ?", capture_id)
            return bool(before["payload_sha256"] != now["payload_sha256"])
        said = (document.title, sha256(document.text), 1)
        if (before["title"], before["text_sha256"], before["text_is_read"]) != said:
            return True
        return self._contacts(row["current_version_id"]) != [*document.contacts]

    def _contacts(self, version_id: int) -> list[Contact]:
        rows = self._db.execute(
            "SELECT name, role, phone, email FROM contacts WHERE version_id = ? ORDER BY position",
            (version_id,),
        )
        return [Contact(**dict(row)) for row in rows]

    def _new_version(
        self, document_id: int, document: Document, capture_id: int, observed_at: str, cause: str
    ) -> None:
        number = self._one(
            "SELECT coalesce(max(number), 0) + 1 AS n FROM versions WHERE document_id = ?",
            document_id,
        )["n"]
        version_id = self._insert(
            "versions",
            document_id=document_id,
            number=number,
            capture_id=capture_id,
            title=document.title,
            text=document.text,
            text_is_read=int(document.text_is_read),
            text_sha256=sha256(document.text),
            cause=cause or "first",
            extractor=document.extractor,
            observed_at=observed_at,
        )
        self._ledger(version_id, document)
        self._db.execute(
            "UPDATE documents SET current_version_id = ? WHERE id = ?", (version_id, document_id)
        )

    def _ledger(self, version_id: int, document: Document) -> None:
        self._db.executemany(
            "INSERT INTO removals (version_id, position, rule, text, judge, evidence) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (version_id, r.position, r.rule, r.text, r.judge, r.evidence)
                for r in document.removals
            ],
        )
        self._db.executemany(
            "INSERT INTO fields (version_id, name, value, found_at) VALUES (?, ?, ?, ?)",
            [(version_id, f.name, f.value, f.found_at) for f in document.fields],
        )
        self._db.executemany(
            "INSERT INTO contacts (version_id, position, name, role, phone, email) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (version_id, n, c.name, c.role, c.phone, c.email)
                for n, c in enumerate(document.contacts, 1)
            ],
        )

    def _touch(self, document_id: int, document: Document, observed_at: str) -> None:
        """Bring a document's row up to date; with `observed_at` it was seen to be there."""
        self._db.execute(
            "UPDATE documents SET kind = ?, url = ?, title = ?, published_at = ?, "
            "published_local = ?, last_seen_at = max(last_seen_at, ?6), status = CASE "
            "WHEN status = 'gone' AND ?6 != '' THEN 'live' ELSE status END WHERE id = ?",
            (
                document.kind,
                document.url,
                document.title,
                document.published_at or None,
                document.published_local or None,
                observed_at,
                document_id,
            ),
        )

    def _relate(self, document_id: int, document: Document, source_id: int) -> None:
        item_ids: dict[int, int] = {}
        if document.meeting:
            item_ids = self._put_meeting(document_id, document.meeting, source_id)
        else:
            self._drop_meeting(document_id)
        self._db.execute(
            "DELETE FROM attachments WHERE parent_document_id = ? AND position > ?",
            (document_id, len(document.attachments)),
        )
        for position, link in enumerate(document.attachments, 1):
            self._put_attachment(document_id, position, link, item_ids)

    def _put_meeting(self, document_id: int, meeting: Meeting, source_id: int) -> dict[int, int]:
        """Return the id of each agenda item by its position."""
        values = {
            "body_id": self._put_body(meeting.body, source_id),
            "date": meeting.date,
            "start_time": meeting.start_time or None,
            "end_time": meeting.end_time or None,
            "place": meeting.place,
            "status": meeting.status,
        }
        self._upsert("meetings", {"document_id": document_id}, values)
        meeting_id = self._one("SELECT id FROM meetings WHERE document_id = ?", document_id)["id"]
        return self._put_agenda(meeting_id, meeting.agenda)

    def _drop_meeting(self, document_id: int) -> None:
        """Let a document that is no meeting (any more) have none; events tell what it was."""
        row = self._db.execute(
            "SELECT id FROM meetings WHERE document_id = ?", (document_id,)
        ).fetchone()
        if row:
            self._put_agenda(row["id"], ())
            self._db.execute("DELETE FROM meetings WHERE id = ?", (row["id"],))

    def _put_body(self, body: Body, source_id: int) -> int:
        kommunkod = self._one("SELECT kommunkod FROM sources WHERE id = ?", source_id)["kommunkod"]
        key = {"source_id": source_id, "handle": body.handle}
        self._upsert("bodies", key, {"kommunkod": kommunkod, "name": body.name, "kind": body.kind})
        return int(
            self._one(
                "SELECT id FROM bodies WHERE source_id = ? AND handle = ?", source_id, body.handle
            )["id"]
        )

    def _put_agenda(self, meeting_id: int, agenda: tuple[AgendaItem, ...]) -> dict[int, int]:
        for item in agenda:
            values = {
                "paragraf": item.paragraf,
                "title": item.title,
                "text": item.text,
                "diarienummer": item.diarienummer,
            }
            self._upsert(
                "agenda_items", {"meeting_id": meeting_id, "position": item.position}, values
            )
        surplus = (meeting_id, max((item.position for item in agenda), default=0))
        self._db.execute(
            "UPDATE attachments SET agenda_item_id = NULL WHERE agenda_item_id IN "
            "(SELECT id FROM agenda_items WHERE meeting_id = ? AND position > ?)",
            surplus,
        )
        self._db.execute("DELETE FROM agenda_items WHERE meeting_id = ? AND position > ?", surplus)
        rows = self._db.execute(
            "SELECT position, id FROM agenda_items WHERE meeting_id = ?", (meeting_id,)
        )
        return {row["position"]: row["id"] for row in rows}

    def _put_attachment(
        self, parent_id: int, position: int, link: AttachmentLink, item_ids: Mapping[int, int]
    ) -> None:
        held = self._db.execute("SELECT id FROM documents WHERE key = ?", (link.key,)).fetchone()
        values = {
            "document_id": held["id"] if held else None,
            "label": link.label,
            "key": link.key,
            "url": link.url,
            "agenda_item_id": item_ids.get(link.agenda_position or 0),
        }
        self._upsert("attachments", {"parent_document_id": parent_id, "position": position}, values)

    def _count(self, crawl_id: int | None, *, is_new_document: bool, is_new_version: bool) -> None:
        self._db.execute(
            "UPDATE crawls SET seen_documents = seen_documents + 1, "
            "new_documents = new_documents + ?, new_versions = new_versions + ? WHERE id = ?",
            (int(is_new_document), int(is_new_version), crawl_id),
        )
