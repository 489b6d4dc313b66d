"""Erasing: the bytes behind what is withheld leave the WARC files, its words the database.

`plan` finds the captures, one transaction orders the erasure (`Store.order_erasure`), `finish`
carries it out: each WARC file is written anew beside the old one and takes its place, then the
database is written anew. Whatever dies in between, `finish` may be called again: the files still
to be rewritten stand in the table `erasures`, a tombstone is left as it is, and where records lie
is read from the file itself. A rewritten file and its rows change together, under the lock of
its kommun.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from archive.cleaning import visible_text
from archive.cleaning.html import parse_html
from archive.errors import ArchiveError, BadWarc
from archive.passages import Known, overlap, pattern, telling_lines
from archive.store import Hidden, Store
from archive.text import normalise
from archive.warc import is_tombstone, members, payload, read_record, sync_folder, tombstone, unpack
from archive.withholding import words_of

_QUOTED = 5
"""Keys in a message; more are counted."""


class SharedBytes(ArchiveError):
    """The bytes are also those of documents that are not to be withheld."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An erasure before it is ordered."""

    hidden: tuple[Hidden, ...]
    """What to withhold and blank: what was asked for, and what cannot be parted from it."""
    capture_ids: frozenset[int]
    """Captures whose records hold the bytes."""
    slugs: frozenset[str]
    """Kommuner whose WARC files hold them: their locks are to be held."""


def plan(
    db: sqlite3.Connection, data_dir: Path, hidden: Hidden, *, with_copies: bool = False
) -> Plan:
    """Return what erasing `hidden` takes.

    The captures are those its versions were read from; all of its addresses, when the whole
    document goes; and those no document was read from (listings, faults) of the same kommun in
    which its words stand. Raises `SharedBytes` where another document was read from the same
    bytes, unless that is to go as a whole, `with_copies`.
    """
    all_hidden = _inseparable(db, hidden)
    found = {found for one in all_hidden for found in _captures(db, data_dir, one)}
    while sharers := _sharers(db, found, {one.document_id for one in all_hidden}):
        if not with_copies:
            keys = ", ".join(row["key"] for row in sharers[:_QUOTED])
            more = f" and {len(sharers) - _QUOTED} more" * (len(sharers) > _QUOTED)
            raise SharedBytes(f"the same bytes are those of {keys}{more}")
        for row in sharers:
            copy = Hidden(row["id"], hidden.reason)
            all_hidden.append(copy)
            found |= _captures(db, data_dir, copy)
    return Plan(tuple(all_hidden), frozenset(found), frozenset(_slugs(db, found)))


def finish(store: Store, data_dir: Path, slugs: Collection[str], now: str) -> None:
    """Carry out the erasures that are ordered in the WARC files of these kommuner.

    The caller holds their locks. Raises `ArchiveError` when the database cannot be cleaned while
    others read it, `OSError` when a file cannot be written; the rest is left for the next call.
    """
    for name, reason, record_ids in store.files_to_rewrite(slugs):
        _rewrite(store, data_dir, name, (reason, frozenset(record_ids)), now)
    if store.is_scrubbing_due():
        store.scrub(now)


# What an erasure takes


def _inseparable(db: sqlite3.Connection, hidden: Hidden) -> list[Hidden]:
    """Return `hidden` and, of a version, all others that were read from the same bytes.

    With a passage go the withheld passages that overlap it: they would not be found without it.
    """
    if hidden.scope == "document":
        return [hidden]
    if hidden.scope == "passage":
        return _overlapping(db, hidden)
    rows = db.execute(
        "SELECT other.number FROM versions AS own JOIN captures AS a ON a.id = own.capture_id "
        "JOIN versions AS other USING (document_id) JOIN captures AS b ON b.id = other.capture_id "
        "WHERE own.document_id = ? AND own.number = ? AND a.payload_sha256 = b.payload_sha256",
        (hidden.document_id, hidden.version_number),
    )
    return [replace(hidden, version_number=row["number"]) for row in rows]


def _overlapping(db: sqlite3.Connection, hidden: Hidden) -> list[Hidden]:
    rows = db.execute(
        "SELECT passage, reason FROM withholdings WHERE document_id = ? AND scope = 'passage' "
        "AND passage NOT IN ('', ?) AND released_at IS NULL",
        (hidden.document_id, hidden.passage),
    )
    others = [replace(hidden, passage=row["passage"], reason=row["reason"]) for row in rows]
    texts = [words for _, words in words_of(db, hidden.document_id)]
    found = [hidden]
    for one in found:  # it grows: what overlaps a passage may be overlapped itself
        found += [
            other
            for other in others
            if other not in found
            and any(
                overlap(text, Known(one.passage), Known(other.passage))
                for text in (*texts, other.passage)
            )
        ]
    return found


def _captures(db: sqlite3.Connection, data_dir: Path, hidden: Hidden) -> set[int]:
    hashes = _own_hashes(db, hidden)
    if hidden.scope == "document":
        hashes |= _hashes(db, _OF_ADDRESSES, hidden.document_id)
    hashes |= _unread_hashes(db, data_dir, hidden)
    marks = ", ".join("?" * len(hashes))
    rows = db.execute(
        f"SELECT id FROM captures WHERE refers_to_id IS NULL AND payload_sha256 IN ({marks}) "
        "AND id NOT IN (SELECT capture_id FROM erasures)",
        tuple(hashes),
    )
    return {row["id"] for row in rows}


def _own_hashes(db: sqlite3.Connection, hidden: Hidden) -> set[str]:
    """Return the hashes of the payloads that the hidden versions were read from."""
    if hidden.scope == "document":
        return _hashes(db, _OF_VERSIONS, hidden.document_id)
    if hidden.scope == "version":
        return _hashes(
            db, f"{_OF_VERSIONS} AND number = ?", hidden.document_id, hidden.version_number
        )
    found = pattern(hidden.passage)
    said = {row_id for row_id, words in words_of(db, hidden.document_id) if found.search(words)}
    marks = ", ".join("?" * len(said))
    return _hashes(db, f"{_OF_VERSIONS} AND versions.id IN ({marks})", hidden.document_id, *said)


_OF_VERSIONS = (
    "SELECT payload_sha256 FROM captures JOIN versions ON versions.capture_id = captures.id "
    "WHERE document_id = ?"
)
_OF_ADDRESSES = (
    "SELECT payload_sha256 FROM captures WHERE url IN (SELECT captures.url FROM captures "
    "JOIN versions ON versions.capture_id = captures.id WHERE document_id = ?)"
)


def _hashes(db: sqlite3.Connection, sql: str, *values: object) -> set[str]:
    return {row["payload_sha256"] for row in db.execute(sql, values) if row["payload_sha256"]}


def _unread_hashes(db: sqlite3.Connection, data_dir: Path, hidden: Hidden) -> set[str]:
    """Return the hashes of payloads that no document was read from and that hold the words."""
    found = [pattern(line) for line in _needles(db, hidden)]
    rows = db.execute(
        "SELECT captures.* FROM captures JOIN crawls ON crawls.id = crawl_id "
        "JOIN sources ON sources.id = source_id "
        "WHERE kommunkod = (SELECT kommunkod FROM documents WHERE id = ?) "
        "AND refers_to_id IS NULL AND payload_sha256 IS NOT NULL AND payload_sha256 NOT IN "
        "(SELECT payload_sha256 FROM captures JOIN versions ON versions.capture_id = captures.id) "
        "AND captures.id NOT IN (SELECT capture_id FROM erasures)",
        (hidden.document_id,),
    )
    return {
        row["payload_sha256"]
        for row in (rows if found else ())
        if any(one.search(words) for words in _words(data_dir, row) for one in found)
    }


def _needles(db: sqlite3.Connection, hidden: Hidden) -> set[str]:
    """Return the passage, or the lines that stand in what is hidden and in nothing else."""
    if hidden.scope == "passage":
        return {hidden.passage}
    rows = db.execute(
        "SELECT title || char(10) || text AS words, document_id = :id AND "
        "(:number IS NULL OR number = :number) AS is_hidden FROM versions "
        "ORDER BY is_hidden DESC",
        {"id": hidden.document_id, "number": hidden.version_number},
    )
    needles: set[str] = set()
    for row in rows:
        lines = telling_lines(row["words"])
        needles = needles | lines if row["is_hidden"] else needles - lines
    return needles


def _words(data_dir: Path, capture: sqlite3.Row) -> Iterator[str]:
    """Yield the words of a capture's payload: as a reader sees them, and as they are written."""
    try:
        record = read_record(data_dir / capture["warc_file"], capture["warc_offset"])
        http = record.http_headers
        encoding = (http.get_header("Content-Encoding") if http else "") or ""
        body = unpack(payload(record), encoding)
        yield normalise(body.decode("utf-8", "replace"))
        yield normalise(body.decode("cp1252", "replace"))
        charset = capture["content_type"].lower().partition("charset=")[2].strip(" \"'")
        yield normalise(visible_text(parse_html(body, charset)))
    except ArchiveError:
        return  # bytes that nobody can read, or no page


def _sharers(
    db: sqlite3.Connection, capture_ids: Collection[int], known: Collection[int]
) -> list[sqlite3.Row]:
    """Return (id, key) of other documents that were read from the bytes of these captures."""
    marks, known_marks = (", ".join("?" * len(ids)) for ids in (capture_ids, known))
    return db.execute(
        "SELECT DISTINCT documents.id, key FROM documents "
        "JOIN versions ON versions.document_id = documents.id "
        "JOIN captures ON captures.id = capture_id "
        f"WHERE payload_sha256 IN (SELECT payload_sha256 FROM captures WHERE id IN ({marks})) "
        f"AND documents.id NOT IN ({known_marks}) ORDER BY key",
        (*capture_ids, *known),
    ).fetchall()


def _slugs(db: sqlite3.Connection, capture_ids: Collection[int]) -> set[str]:
    marks = ", ".join("?" * len(capture_ids))
    rows = db.execute(
        "SELECT DISTINCT kommuner.slug FROM captures JOIN crawls ON crawls.id = crawl_id "
        "JOIN sources ON sources.id = source_id JOIN kommuner USING (kommunkod) "
        f"WHERE captures.id IN ({marks})",
        tuple(capture_ids),
    )
    return {row["slug"] for row in rows}


# Rewriting a WARC file


def _rewrite(
    store: Store, data_dir: Path, name: str, doomed: tuple[str, frozenset[str]], now: str
) -> None:
    path = data_dir / name
    beside = path.with_name(path.name + ".erasing")
    if not path.exists():
        raise BadWarc(f"expected a WARC file at {path}, found none")
    with open(beside, "wb") as out:
        offsets = dict(_copy(path, out, doomed, now))
        out.flush()
        os.fsync(out.fileno())

    def take_its_place() -> None:
        os.replace(beside, path)  # noqa: PTH105 - named as in the tests that stop it
        sync_folder(path.parent)

    store.replace_warc(name, offsets, sorted(doomed[1]), now, take_its_place)


def _copy(
    path: Path, out: BinaryIO, doomed: tuple[str, frozenset[str]], now: str
) -> Iterator[tuple[str, int]]:
    """Copy a file's records, with tombstones for the doomed ones; yield each id and its place.

    Raises `BadWarc` when a doomed record is not found. What a torn record begins is copied as it
    is.
    """
    reason, record_ids = doomed
    end, missing = 0, set(record_ids)
    with open(path, "rb") as stream:
        for start, end in members(path):
            record = read_record(path, start)
            record_id = record.rec_headers.get_header("WARC-Record-ID")
            missing.discard(record_id)
            yield record_id, out.tell()
            if record_id in record_ids and not is_tombstone(record):
                out.write(tombstone(record, reason, now))
            else:
                stream.seek(start)
                out.write(stream.read(end - start))
        stream.seek(end)
        shutil.copyfileobj(stream, out)
    if missing:
        raise BadWarc(f"expected records {', '.join(sorted(missing))} in {path}, found none")
