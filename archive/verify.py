"""Say whether the archive holds what it says.

Every byte is hashed, every reference followed, every page read again.

Checks beyond what WARC validators do, since none of them sees these: record ids used twice,
revisits that lead nowhere, files cut exactly between two records.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256 as new_sha256
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from archive.cleaning import visible_text
from archive.cleaning.html import parse_html
from archive.errors import ArchiveError
from archive.reading import template_from
from archive.records import Document, Removal
from archive.store import READINGS, Reading
from archive.text import sha256, words
from archive.warc import is_tombstone, members, payload, read_record, unpack

Reread = Callable[[Reading, sqlite3.Row], Document | None]
"""Returns what today's code makes of a version's bytes, with the template that the version names;
the row is its source."""

Track = Callable[[list[str], str], Iterable[str]]
"""Yields the items of a list, and may show how far it has come under a label."""


def untracked(items: list[str], _label: str) -> Iterable[str]:
    """Show nothing."""
    return items


@dataclass(frozen=True, slots=True)
class Record:
    """What verification needs to know of a WARC record."""

    record_id: str
    type: str
    url: str
    payload_sha256: str
    payload_bytes: int
    http_status: str
    concurrent_to: str
    refers_to: str
    is_erased: bool
    problems: tuple[str, ...]
    """What is wrong with the record by itself."""


@dataclass
class Report:
    """What was checked, and what was found wrong."""

    checked: Counter[str]
    problems: list[str]


def verify(
    db: sqlite3.Connection,
    data_dir: Path,
    reread: Reread,
    track: Track = untracked,
) -> Report:
    """Check a whole archive; `track` may show progress over a list of items."""
    report = verify_bytes(db, data_dir, track)
    keys = [row["key"] for row in db.execute("SELECT key FROM documents ORDER BY id")]
    for key in track(keys, "documents"):
        report.problems += _document_problems(db, data_dir, key, reread, report.checked)
    return report


def verify_bytes(
    db: sqlite3.Connection,
    data_dir: Path,
    track: Track = untracked,
) -> Report:
    """Check rows, references and every byte, but read no page again."""
    report = Report(Counter(), list(_database_problems(db)))
    for name in track(_warc_files(db), "WARC files"):
        report.problems += _file_problems(db, data_dir, name, report.checked)
    return report


def _database_problems(db: sqlite3.Connection) -> Iterator[str]:
    for row in db.execute("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield f"database: {row[0]}"
    for row in db.execute("PRAGMA foreign_key_check"):
        yield f"database: a row of {row[0]} refers to a row of {row[2]} that is not there"
    indexed, held = (
        db.execute(sql).fetchone()[0]
        for sql in (
            "SELECT count(*) FROM documents_fts_docsize",
            "SELECT count(*) FROM documents WHERE current_version_id IS NOT NULL",
        )
    )
    if indexed != held:
        yield f"search: expected {held} indexed documents, found {indexed}"
    for what, sql in _LIES.items():
        yield from (f"{row['key']}: {what}" for row in db.execute(sql))
    for row in db.execute("SELECT digest, lines FROM templates ORDER BY id"):
        try:
            template_from(row["lines"], row["digest"])
        except ArchiveError as error:
            yield f"database: {error}"


_LIES = {
    "a document without a version": "SELECT key FROM documents WHERE current_version_id IS NULL",
    "its current version is another document's, or has another title": (
        "SELECT key FROM documents JOIN versions ON versions.id = current_version_id "
        "WHERE document_id != documents.id OR versions.title != documents.title"
    ),
    "a version read from an answer that was a fault": (
        "SELECT key FROM versions JOIN documents ON documents.id = document_id "
        "JOIN captures ON captures.id = capture_id "
        "WHERE outcome NOT IN ('ok', 'duplicate', 'not_modified')"
    ),
    "an erasure was begun and not finished; `kommunarkiv withhold --list` finishes it": (
        "SELECT DISTINCT key FROM withholdings JOIN documents ON documents.id = document_id "
        "WHERE erase_ordered_at IS NOT NULL AND erased_at IS NULL"
    ),
}
"""Queries that find rows which cannot be true, or not for long."""


def _warc_files(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT DISTINCT warc_file FROM captures ORDER BY warc_file")
    return [row["warc_file"] for row in rows]


def _file_problems(
    db: sqlite3.Connection, data_dir: Path, name: str, checked: Counter[str]
) -> Iterator[str]:
    path = data_dir / name
    if not path.exists():
        yield f"{name}: expected a WARC file, found none"
        return
    checked["WARC files"] += 1
    if (end := max((end for _, end in members(path)), default=0)) != path.stat().st_size:
        yield f"{name}: torn after byte {end}"
    records: dict[int, Record] = {}
    try:
        records.update(_records(path))
    except Exception as error:  # noqa: BLE001 - warcio and zlib raise many kinds for a damaged file
        yield f"{name}: cannot be read past record {len(records)}: {error}"
    checked["WARC records"] += len(records)
    yield from (f"{name}: {problem}" for problem in _own_problems(records))
    yield from _row_problems(db, name, records, checked)


def _records(path: Path) -> Iterator[tuple[int, Record]]:
    with open(path, "rb") as stream:
        records = ArchiveIterator(stream, check_digests=True)
        for record in records:
            digest, length = _payload_digest(record)
            headers, http = record.rec_headers, record.http_headers
            is_answer = record.rec_type in ("response", "revisit")
            yield (
                records.get_record_offset(),
                Record(
                    record_id=headers.get_header("WARC-Record-ID") or "",
                    type=record.rec_type,
                    url=headers.get_header("WARC-Target-URI") or "",
                    payload_sha256=digest,
                    payload_bytes=length,
                    http_status=http.get_statuscode() if http and is_answer else "",
                    concurrent_to=headers.get_header("WARC-Concurrent-To") or "",
                    refers_to=headers.get_header("WARC-Refers-To") or "",
                    is_erased=is_tombstone(record),
                    problems=(*record.digest_checker.problems, *_header_problems(record, length)),
                ),
            )


def _payload_digest(record: ArcWarcRecord) -> tuple[str, int]:
    digest, length = new_sha256(), 0
    while chunk := record.raw_stream.read(1 << 16):
        digest.update(chunk)
        length += len(chunk)
    return digest.hexdigest(), length


RECORD_TYPES = ("warcinfo", "request", "response", "revisit", "metadata")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def _header_problems(record: ArcWarcRecord, payload_bytes: int) -> Iterator[str]:
    """Yield what breaks WARC 1.1 in a record's headers, or promises other bytes than are there."""
    headers = record.rec_headers
    if record.rec_type not in RECORD_TYPES:
        yield f"expected one of {', '.join(RECORD_TYPES)}, found {record.rec_type}"
    if not _DATE.fullmatch(headers.get_header("WARC-Date") or ""):
        yield f"expected a WARC-Date, found {headers.get_header('WARC-Date')!r}"
    if "<" in (headers.get_header("WARC-Target-URI") or ""):
        yield "expected a bare WARC-Target-URI, found angle brackets"
    if record.rec_type == "revisit" and not headers.get_header("WARC-Profile"):
        yield "expected a WARC-Profile in a revisit, found none"
    if record.rec_type == "response":
        yield from _http_problems(record, payload_bytes)


def _http_problems(record: ArcWarcRecord, payload_bytes: int) -> Iterator[str]:
    http = record.http_headers
    if http is None:
        yield "expected an HTTP answer, found none"
        return
    if "chunked" in (http.get_header("Transfer-Encoding") or "").lower():
        yield "expected the transfer-encoding undone, found chunked"
    length = http.get_header("Content-Length") or ""
    is_cut = bool(record.rec_headers.get_header("WARC-Truncated"))
    if length.isdecimal() and int(length) != payload_bytes and not is_cut:
        yield f"expected {length} bytes by Content-Length, found {payload_bytes}"


def _own_problems(records: dict[int, Record]) -> Iterator[str]:
    """Yield what is wrong within one file, without any row."""
    for offset, record in records.items():
        yield from (f"byte {offset}: {problem}" for problem in record.problems)
    ids = Counter(record.record_id for record in records.values())
    yield from (f"record id {i} used {n} times" for i, n in ids.items() if n > 1)
    asked = {record.concurrent_to for record in records.values() if record.type == "request"}
    for offset, record in records.items():
        if record.type in ("response", "revisit") and record.record_id not in asked:
            yield f"byte {offset}: expected a request record beside the answer, found none"


def _row_problems(
    db: sqlite3.Connection, name: str, records: dict[int, Record], checked: Counter[str]
) -> Iterator[str]:
    rows = db.execute(
        "SELECT captures.*, holder.payload_sha256 AS held_sha256, "
        "holder.warc_record_id AS held_id, holder.refers_to_id AS held_elsewhere, "
        "erasures.erased_at FROM captures "
        "LEFT JOIN captures AS holder ON holder.id = captures.refers_to_id "
        "LEFT JOIN erasures ON erasures.capture_id = captures.id "
        "WHERE captures.warc_file = ?",
        (name,),
    )
    for row in rows:
        checked["captures"] += 1
        if problem := _row_problem(row, records.get(row["warc_offset"])):
            yield f"{name}: byte {row['warc_offset']}: capture {row['id']}: {problem}"


def _row_problem(row: sqlite3.Row, record: Record | None) -> str:
    if record is None:
        return "expected a record, found none"
    if (record.record_id, record.url) != (row["warc_record_id"], row["url"]):
        return f"expected {row['warc_record_id']} of {row['url']}, found {record.record_id}"
    if row["http_status"] is None:
        return "" if record.type == "request" else f"expected a request, found {record.type}"
    if record.http_status != str(row["http_status"]):
        return f"expected HTTP {row['http_status']}, found {record.http_status}"
    if row["refers_to_id"] is not None:
        return _revisit_problem(row, record)
    stated = _stated(row, record)
    found = (record.payload_sha256, record.payload_bytes)
    return "" if found == stated else f"expected payload {stated}, found {found}"


def _stated(row: sqlite3.Row, record: Record) -> tuple[str, int]:
    """Return (SHA-256, bytes) of the payload that should be there; of none where it is erased."""
    if row["erased_at"]:
        return (sha256(b"") if record.is_erased else "of a tombstone"), 0
    return row["payload_sha256"] or sha256(b""), row["payload_bytes"]


def _revisit_problem(row: sqlite3.Row, record: Record) -> str:
    is_held = row["held_sha256"] == row["payload_sha256"] and row["held_elsewhere"] is None
    if record.type == "revisit" and is_held and record.refers_to == row["held_id"]:
        return ""
    return "a revisit whose payload is not where it refers to"


def _document_problems(
    db: sqlite3.Connection, data_dir: Path, key: str, reread: Reread, checked: Counter[str]
) -> Iterator[str]:
    source = db.execute(
        "SELECT sources.* FROM sources JOIN documents ON sources.id = source_id WHERE key = ?",
        (key,),
    ).fetchone()
    for row in db.execute(_VERSION_READINGS, (key,)):
        version = dict(row)
        is_read, title, text = (version.pop(name) for name in ("text_is_read", "title", "text"))
        is_current, version_sha256 = version.pop("is_current"), version.pop("text_sha256")
        is_erased = version.pop("is_erased")
        reading = Reading(**version)
        checked["versions"] += 1
        if sha256(text) != version_sha256:
            yield f"{key}: version {reading.version_id}: text_sha256 is not that of the text"
        if is_erased:
            checked["versions whose bytes are erased"] += 1
            continue
        try:
            if is_read:
                yield from _conservation_problems(db, data_dir, reading, text)
            again = reread(reading, source)
            checked["read by an older extractor"] += _is_older(again, reading)
            if is_current or again:
                yield from _rereading_problems(db, reading, again, (title, text))
        except Exception as error:  # noqa: BLE001 - one page must not end the check of all
            yield f"{key}: version {reading.version_id}: {type(error).__name__}: {error}"


_VERSION_READINGS = (
    READINGS.replace(
        "versions.id = documents.current_version_id", "versions.document_id = documents.id"
    ).replace(
        " FROM documents",
        ", versions.text_is_read, versions.title, versions.text, versions.text_sha256, "
        "versions.id = documents.current_version_id AS is_current, "
        "holder.id IN (SELECT capture_id FROM erasures) AS is_erased FROM documents",
    )
    + " WHERE documents.key = ? ORDER BY versions.number"
)


def _conservation_problems(
    db: sqlite3.Connection, data_dir: Path, reading: Reading, text: str
) -> Iterator[str]:
    """Law 2: kept and removed words are the words a reader could see.

    Where a page glues two words and only one of them is removed, the parts count: the letters
    that differ must be the same on both sides.
    """
    removed = db.execute("SELECT text FROM removals WHERE version_id = ?", (reading.version_id,))
    kept = words(text) + sum((words(row["text"]) for row in removed), Counter())
    visible = words(visible_text(parse_html(*_body(data_dir, reading))))
    lost, added = visible - kept, kept - visible
    if sorted("".join(lost.elements())) != sorted("".join(added.elements())):
        yield (
            f"{reading.key}: version {reading.version_id}: {lost.total()} words lost "
            f"{list(lost)[:5]}, {added.total()} too many {list(added)[:5]}"
        )


def _body(data_dir: Path, reading: Reading) -> tuple[bytes, str]:
    """Return (HTML bytes, charset of the header)."""
    record = read_record(data_dir / reading.warc_file, reading.warc_offset)
    encoding = record.http_headers.get_header("Content-Encoding") or ""
    charset = reading.content_type.lower().partition("charset=")[2].strip(" \"'")
    return unpack(payload(record), encoding), charset


def _rereading_problems(
    db: sqlite3.Connection,
    reading: Reading,
    again: Document | None,
    said: tuple[str, str],
) -> Iterator[str]:
    """Law 3: the same code reads the same bytes to the same text and ledger."""
    if again is None:
        yield f"{reading.key}: today's code finds no such document in its bytes"
    elif _is_older(again, reading):
        return
    elif (again.title, again.text) != said:
        yield f"{reading.key}: read again, the text differs"
    elif not _is_ledger(again.removals, _ledger(db, reading)):
        yield f"{reading.key}: read again, the removals differ"


def _is_older(again: Document | None, reading: Reading) -> bool:
    """Say whether a version was read by other code than today's: then it may differ."""
    return again is not None and again.extractor != reading.extractor


def _ledger(db: sqlite3.Connection, reading: Reading) -> tuple[Removal, ...]:
    rows = db.execute(
        "SELECT position, rule, text, judge, evidence FROM removals WHERE version_id = ? "
        "ORDER BY position",
        (reading.version_id,),
    )
    return tuple(Removal(**dict(row)) for row in rows)


def _is_ledger(again: tuple[Removal, ...], stored: tuple[Removal, ...]) -> bool:
    """Tell whether two ledgers say the same; the oldest rows name neither judge nor evidence."""
    if not any(removal.judge for removal in stored):
        again = tuple(replace(removal, judge="", evidence="") for removal in again)
    return again == stored
