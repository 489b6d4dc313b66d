"""The only module that changes rows.

Every public method that writes is one transaction: it takes the write lock, does all or
nothing, and is done again as a whole when SQLite is busy.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlite_utils import Database
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from archive.cleaning.template import Template
from archive.records import AgendaItem, AttachmentLink, Body, Contact, Document, Meeting
from archive.schema import migrations
from archive.text import sha256

BUSY_TIMEOUT_S = 10
BUSY_GIVE_UP_S = 60

Verdict = Literal["ok", "degraded", "failed", "blocked"]
Cause = Literal["source", "extractor"]


@dataclass(frozen=True, slots=True)
class Capture:
    """One request and what came of it, as a row; see `archive.warc` for the bytes."""

    url: str
    fetched_at: str
    outcome: str
    warc_file: str
    """Path below the data folder."""
    warc_offset: int
    warc_record_id: str
    method: str = "GET"
    http_status: int | None = None
    detail: str = ""
    """Why, when the outcome is not a success; one line."""
    content_type: str = ""
    payload_sha256: str | None = None
    """Of the body as received, content-encoding kept; also when the record is a revisit."""
    payload_bytes: int = 0
    etag: str = ""
    last_modified: str = ""
    refers_to_id: int | None = None
    """The capture whose record holds the payload, when this one is a revisit."""


@dataclass(frozen=True, slots=True)
class Held:
    """A capture whose WARC record holds a payload in full."""

    capture_id: int
    url: str
    fetched_at: str
    content_type: str
    payload_sha256: str
    payload_bytes: int
    warc_file: str
    warc_offset: int
    warc_record_id: str
    etag: str
    last_modified: str


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
class StoredTemplate:
    """What recurs on the pages of a source, as learnt at one time."""

    version: int
    """From 1 within the source."""
    template: Template
    checked_at: str
    """When learning last came to the same."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a document changed."""

    document_id: int
    is_new_document: bool
    is_new_version: bool


def _is_busy(error: BaseException) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return isinstance(error, sqlite3.OperationalError) and name.startswith(
        ("SQLITE_BUSY", "SQLITE_LOCKED")
    )


_Method = TypeVar("_Method", bound=Callable[..., Any])


def _transaction(method: _Method) -> _Method:
    """Run a method of `Store` as one transaction, redone as a whole while SQLite is busy."""
    retrying = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(BUSY_GIVE_UP_S),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )

    @wraps(method)
    def whole(self: Store, *args: Any, **kwargs: Any) -> Any:
        def once() -> Any:
            with self._write():
                return method(self, *args, **kwargs)

        return retrying(once)

    return whole  # type: ignore[return-value]  # same signature, by wraps


class Store:
    """The archive's database, opened for writing. One writer at a time across processes."""

    def __init__(self, path: Path) -> None:
        """Open or create the database at `path` and bring its schema up to date."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open(path.with_name(path.name + ".lock"), "a")  # noqa: SIM115 - held while open
        self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._prepare()

    def close(self) -> None:
        """Close the database and let go of the lock file."""
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Kommuner, sources, crawls

    @_transaction
    def put_kommun(self, kommunkod: str, slug: str, name: str, lan: str) -> None:
        """Insert or update a kommun."""
        values = {"slug": slug, "name": name, "lan": lan}
        self._upsert("kommuner", {"kommunkod": kommunkod}, values)

    @_transaction
    def put_source(self, kommunkod: str, slug: str, **values: str) -> int:
        """Insert or update a source; return its id.

        `values`: product, kind, start_url, publisher, namespace, and undo_rules as JSON.
        """
        self._upsert("sources", {"kommunkod": kommunkod, "slug": slug}, values)
        return int(
            self._one("SELECT id FROM sources WHERE kommunkod = ? AND slug = ?", kommunkod, slug)[
                "id"
            ]
        )

    def source_id(self, kommunkod: str, slug: str) -> int | None:
        """Return the id of a source, None if it was never crawled."""
        row = self._db.execute(
            "SELECT id FROM sources WHERE kommunkod = ? AND slug = ?", (kommunkod, slug)
        ).fetchone()
        return row["id"] if row else None

    @_transaction
    def begin_crawl(self, source_id: int, started_at: str, code_version: str) -> int:
        """Insert the row of a crawl that starts now; return its id."""
        return self._insert(
            "crawls", source_id=source_id, started_at=started_at, code_version=code_version
        )

    @_transaction
    def name_warc(self, crawl_id: int, warc_file: str) -> None:
        """Say which WARC file a crawl writes, before the file exists."""
        self._db.execute("UPDATE crawls SET warc_file = ? WHERE id = ?", (warc_file, crawl_id))

    @_transaction
    def end_crawl(
        self, crawl_id: int, finished_at: str, verdict: Verdict, reason: str, forbidden: int = 0
    ) -> None:
        """Close a crawl with its verdict; `requests` is counted from its captures.

        `forbidden`: how many addresses it was pointed to that robots.txt forbids.
        """
        self._db.execute(
            "UPDATE crawls SET finished_at = ?, verdict = ?, reason = ?, forbidden = ?, "
            "requests = (SELECT count(*) FROM captures WHERE crawl_id = crawls.id) WHERE id = ?",
            (finished_at, verdict, reason, forbidden, crawl_id),
        )

    def open_crawls(self, source_id: int) -> list[tuple[int, str]]:
        """Return (id, WARC file) of crawls of this source that never got a verdict.

        Under the kommun's lock these are crawls whose process died.
        """
        rows = self._db.execute(
            "SELECT id, warc_file FROM crawls WHERE source_id = ? AND finished_at IS NULL",
            (source_id,),
        )
        return [(row["id"], row["warc_file"]) for row in rows]

    # Templates

    def newest_template(self, source_id: int) -> StoredTemplate | None:
        """Return what was last learnt of a source's pages; it may be that nothing recurs."""
        row = self._db.execute(
            "SELECT version, checked_at, lines FROM templates WHERE source_id = ? "
            "ORDER BY version DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        if row is None:
            return None
        return StoredTemplate(row["version"], Template.from_json(row["lines"]), row["checked_at"])

    @_transaction
    def put_template(
        self, source_id: int, template: Template, pages: int, now: str
    ) -> StoredTemplate:
        """Keep what was learnt of `pages` pages: a new version if it differs from the newest."""
        newest = self.newest_template(source_id)
        if newest and newest.template.digest == template.digest:
            self._db.execute(
                "UPDATE templates SET checked_at = ?, pages = ? "
                "WHERE source_id = ? AND version = ?",
                (now, pages, source_id, newest.version),
            )
            return replace(newest, checked_at=now)
        version = newest.version + 1 if newest else 1
        self._insert(
            "templates",
            source_id=source_id,
            version=version,
            digest=template.digest,
            learnt_at=now,
            checked_at=now,
            pages=pages,
            lines=template.to_json(),
        )
        return StoredTemplate(version, template, now)

    # Captures

    @_transaction
    def add_capture(self, crawl_id: int, capture: Capture) -> int:
        """Insert a capture; its WARC record must be complete on disk. Return its id."""
        return self._insert(
            "captures",
            crawl_id=crawl_id,
            **{name: getattr(capture, name) for name in Capture.__slots__},
        )

    @_transaction
    def judge_capture(self, capture_id: int, outcome: str, detail: str) -> None:
        """Record what reading the bytes showed, where it differs from what the status promised."""
        self._db.execute(
            "UPDATE captures SET outcome = ?, detail = ? WHERE id = ?",
            (outcome, detail, capture_id),
        )

    def held_payload(self, payload_sha256: str) -> Held | None:
        """Return the latest capture that holds exactly these bytes."""
        return self._held(
            "payload_sha256 = ? AND refers_to_id IS NULL ORDER BY id DESC LIMIT 1", payload_sha256
        )

    def held_page(self, url: str) -> Held | None:
        """Return where the payload of the latest good answer to `url` lies, with its validators.

        None when the latest answer that had bytes was a fault: then it must be fetched in full.
        """
        latest = self._db.execute(
            "SELECT id, coalesce(refers_to_id, id) AS holder, outcome, etag, last_modified "
            "FROM captures WHERE url = ? AND payload_sha256 IS NOT NULL ORDER BY id DESC LIMIT 1",
            (url,),
        ).fetchone()
        if latest is None or latest["outcome"] not in ("ok", "duplicate", "not_modified"):
            return None
        return self._held(
            "id = ?", latest["holder"], etag=latest["etag"], last_modified=latest["last_modified"]
        )

    # Documents

    def reading(self, key: str) -> Reading | None:
        """Return how the current version of a document was read, if it has one."""
        row = self._db.execute(f"{READINGS} WHERE documents.key = ?", (key,)).fetchone()
        return Reading(**dict(row)) if row else None

    def newest_readings(self, source_id: int, kinds: Sequence[str], limit: int) -> list[Reading]:
        """Return how the `limit` newest documents of these kinds were read, the newest first."""
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            f"{READINGS} WHERE documents.source_id = ? AND documents.kind IN ({marks}) "
            "AND versions.text_is_read ORDER BY documents.id DESC LIMIT ?",
            (source_id, *kinds, limit),
        )
        return [Reading(**dict(row)) for row in rows]

    def is_news(self, document: Document, capture_id: int) -> bool:
        """Tell whether saving what `capture_id` holds would make a new version."""
        row = self._db.execute(
            "SELECT id, current_version_id FROM documents WHERE key = ?", (document.key,)
        ).fetchone()
        return self._is_news(row, document, capture_id)

    @_transaction
    def save(
        self,
        document: Document,
        *,
        source_id: int,
        capture_id: int,
        crawl_id: int | None,
        observed_at: str,
        cause: Cause = "source",
    ) -> Saved:
        """Keep what a page states: the document, a version if its words changed, and its relations.

        `capture_id` is the capture the page was read from, `crawl_id` the crawl whose counters
        move (None outside crawls). Words are compared, not bytes (law 4), except for files whose
        text was not read.
        """
        row = self._db.execute(
            "SELECT id, current_version_id FROM documents WHERE key = ?", (document.key,)
        ).fetchone()
        document_id = row["id"] if row else self._new_document(document, source_id, observed_at)
        is_new_version = self._is_news(row, document, capture_id)
        if is_new_version:
            self._new_version(document_id, document, capture_id, observed_at, cause if row else "")
        self._touch(document_id, document, observed_at)
        self._relate(document_id, document, source_id)
        self._count(crawl_id, is_new_document=row is None, is_new_version=is_new_version)
        return Saved(document_id, row is None, is_new_version)

    # Alerts

    @_transaction
    def raise_alerts(
        self, source_id: int, fired: Mapping[str, str], now: str, *, is_complete: bool
    ) -> None:
        """Open an alert for each rule in `fired` (rule: message) that has none open.

        A complete crawl also closes the open alerts of this source that did not fire again.
        """
        for rule, message in fired.items():
            self._db.execute(
                "INSERT INTO alerts (source_id, rule, opened_at, message) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (source_id, rule) WHERE closed_at IS NULL "
                "DO UPDATE SET message = excluded.message",
                (source_id, rule, now, message),
            )
        if is_complete:
            marks = ", ".join("?" * len(fired))
            self._db.execute(
                "UPDATE alerts SET closed_at = ? WHERE source_id = ? AND closed_at IS NULL "
                f"AND rule NOT IN ({marks})",
                (now, source_id, *fired),
            )

    # Parts of the above

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit that was reported survives a power cut (law 9); 1 ms a commit on a disk.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA cache_size = -65536")
        with self._write_lock():
            migrations.apply(Database(self._db))

    @contextmanager
    def _write_lock(self) -> Iterator[None]:
        """Let one process write and checkpoint at a time.

        SQLite before 3.51.3 can corrupt a WAL when two connections checkpoint together.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._write_lock():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _insert(self, table: str, **values: Any) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._db.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values())
        )
        return int(cursor.lastrowid or 0)

    def _one(self, sql: str, *values: Any) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute(sql, values).fetchone()
        return row

    def _held(self, where: str, value: str | int, **validators: str) -> Held | None:
        row = self._db.execute(
            "SELECT id AS capture_id, url, fetched_at, content_type, payload_sha256, "
            "payload_bytes, warc_file, warc_offset, warc_record_id, etag, last_modified "
            f"FROM captures WHERE {where}",
            (value,),
        ).fetchone()
        return Held(**{**dict(row), **validators}) if row else None

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
        self._db.execute(
            "UPDATE documents SET kind = ?, url = ?, title = ?, published_at = ?, "
            "published_local = ?, last_seen_at = max(last_seen_at, ?), "
            "status = CASE status WHEN 'gone' THEN 'live' ELSE status END WHERE id = ?",
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

    def _upsert(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Insert or update one row; an identical row is not written."""
        names = list(values)
        sets = ", ".join(f"{name} = excluded.{name}" for name in names)
        old, new = ", ".join(names), ", ".join(f"excluded.{name}" for name in names)
        self._db.execute(
            f"INSERT INTO {table} ({', '.join([*key, *names])}) "
            f"VALUES ({', '.join('?' * (len(key) + len(names)))}) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets} WHERE ({old}) IS NOT ({new})",
            (*key.values(), *values.values()),
        )

    def _count(self, crawl_id: int | None, *, is_new_document: bool, is_new_version: bool) -> None:
        self._db.execute(
            "UPDATE crawls SET seen_documents = seen_documents + 1, "
            "new_documents = new_documents + ?, new_versions = new_versions + ? WHERE id = ?",
            (int(is_new_document), int(is_new_version), crawl_id),
        )
