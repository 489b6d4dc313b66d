"""A document found by its key or address, and what the archive knows of it as plain values."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from archive.changes import compare
from archive.errors import ArchiveError
from archive.history import queries
from archive.history.veil import Veil
from archive.text import normalise
from archive.warc import payload, read_record
from archive.withholding import hidden_documents

NEAREST = 3
"""Keys named to someone whose key is not there."""
NEAR = 60
"""How alike a key must be to be named, of 100."""

ASKED = (
    "key = :asked",
    "url = :asked",
    """id IN (SELECT document_id FROM versions JOIN captures ON captures.id = capture_id
       WHERE captures.url = :asked)""",
    "id IN (SELECT document_id FROM events WHERE kind = 'moved' AND old_value = :asked)",
)
"""How a document is looked for: by its key, its address, one it was fetched from, a former one."""

Facts = dict[str, Any]
"""Values as JSON knows them."""


class Held:
    """One document of an archive that is open to look."""

    def __init__(self, db: sqlite3.Connection, asked: str, *, withheld: bool = False) -> None:
        """Find the document whose key or address is `asked`; `withheld`: what is hidden, too.

        Raises `ArchiveError`.
        """
        self._db = db
        self.id = _found(db, asked, withheld=withheld)
        self._veil = Veil(db, self.id, lifted=withheld)

    def version_id(self, number: int | None = None) -> int:
        """Return the id of a version, the latest that may be shown if no number is said.

        Raises `ArchiveError` where there is none of that number, or it is withheld.
        """
        versions = {row["number"]: row["id"] for row in self._rows(queries.VERSIONS)}
        if not versions:
            raise ArchiveError("the document has no version: its pages were never read")
        shown = {n: row_id for n, row_id in versions.items() if row_id not in self._veil.hidden}
        if not shown:
            raise ArchiveError("the document is withheld; --withheld shows it")
        wanted = max(shown) if number is None else number
        if wanted not in versions:
            there = ", ".join(map(str, sorted(versions)))
            raise ArchiveError(f"expected one of the versions {there}, found {wanted}")
        if wanted not in shown:
            raise ArchiveError(f"version {wanted} is withheld; --withheld shows it")
        return int(versions[wanted])

    def two_versions(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Return the ids of two versions, the older first; of the latest two if none is said.

        Raises `ArchiveError` where there are not two, or not these.
        """
        self.version_id()
        known = sorted(row["number"] for row in self._versions())
        if not numbers and len(known) < 2:
            others = " that is not withheld" if self._veil.hidden else ""
            raise ArchiveError(f"the document has one version only{others}: nothing to compare")
        old, new = sorted(numbers or known[-2:])
        return self.version_id(old), self.version_id(new)

    def account(self, number: int | None = None) -> Facts:
        """Return the document with its chain of evidence, as read for a version."""
        version = {"version_id": self.version_id(number)}
        latest = self._row(queries.VERSION, version_id=self.version_id()) or {}
        meeting = self._row(queries.MEETING) if self._is_latest_shown() else None
        files = self._rows(queries.ATTACHMENTS) if self._is_latest_shown() else []
        return {
            **(self._row(queries.DOCUMENT) or {}),
            "title": latest["title"],
            "missing": self._row(queries.MISSING),
            "withheld": self._rows(queries.WITHHOLDINGS),
            "version": self._row(queries.VERSION, **version),
            "capture": self._row(queries.CAPTURE, **version),
            "fields": self._rows(queries.FIELDS, **version),
            "contacts": self._rows(queries.CONTACTS, **version),
            "removed": self._rows(queries.REMOVALS, **version),
            "meeting": meeting and {**meeting, "agenda": self._rows(queries.AGENDA)},
            "attachments": self._veil.shown(files, "document_id"),
            "belongs_to": self._veil.shown(self._rows(queries.PARENTS), "id"),
            "versions": self._versions(),
            "events": self._events(),
        }

    def difference(self, old_id: int, new_id: int) -> Facts:
        """Return what changed between two versions, given by id; texts as `Change`s."""
        old, new = self._version(old_id), self._version(new_id)
        facts = self._rows(queries.FACTS)
        return {
            **{key: (self._row(queries.DOCUMENT) or {})[key] for key in ("key", "url", "kommun")},
            "old": {key: value for key, value in old.items() if key != "text"},
            "new": {key: value for key, value in new.items() if key != "text"},
            "title": compare(old["title"], new["title"]),
            "events": events_between(self._events(), old, new),
            "facts": facts_changed(_of(facts, old_id), _of(facts, new_id)),
            "ledger": self._ledger(old_id, new_id) if new["cause"] == "extractor" else None,
            "text": compare(old["text"], new["text"]),
        }

    def archived_bytes(self, number: int | None, data_dir: Path) -> bytes:
        """Return the body that a version was read from, as it came over the wire.

        Raises `BadWarc` when its record is not there, `ArchiveError` when words of it are withheld.
        """
        self._veil.require_whole()
        capture = self._row(queries.CAPTURE, version_id=self.version_id(number)) or {}
        return payload(read_record(data_dir / capture["warc_file"], capture["warc_offset"]))

    def _version(self, version_id: int) -> Facts:
        version = self._row(queries.VERSION, version_id=version_id) or {}
        capture = self._row(queries.CAPTURE, version_id=version_id) or {}
        return {**version, "payload_sha256": capture["payload_sha256"]}

    def _ledger(self, old_id: int, new_id: int) -> Facts:
        old = self._rows(queries.REMOVALS, version_id=old_id)
        new = self._rows(queries.REMOVALS, version_id=new_id)
        return {
            "no_longer_removed": removed_only_in(old, new),
            "newly_removed": removed_only_in(new, old),
        }

    def _versions(self) -> list[Facts]:
        rows = self._rows(queries.VERSIONS)
        return [row for row in rows if row["id"] not in self._veil.hidden]

    def _events(self) -> list[Facts]:
        return self._veil.events(self._raw(queries.EVENTS), self._raw(queries.ATTACHMENTS))

    def _is_latest_shown(self) -> bool:
        """Tell whether the meeting, its agenda and attachments were read from what is shown."""
        rows = self._db.execute("SELECT current_version_id FROM documents WHERE id = ?", (self.id,))
        return rows.fetchone()[0] not in self._veil.hidden

    def _rows(self, sql: str, **values: Any) -> list[Facts]:
        return [self._veil.over(row) for row in self._raw(sql, **values)]

    def _raw(self, sql: str, **values: Any) -> list[Facts]:
        return [dict(row) for row in self._db.execute(sql, {"id": self.id, **values})]

    def _row(self, sql: str, **values: Any) -> Facts | None:
        return next(iter(self._rows(sql, **values)), None)


def events_between(
    events: Iterable[Mapping[str, Any]], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Facts]:
    """Return what was observed after one version, up to and with another."""
    return [
        dict(event)
        for event in events
        if old["observed_at"] < event["observed_at"] <= new["observed_at"]
    ]


def facts_changed(old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> list[Facts]:
    """Return which fields and contacts one version states and the other does not."""
    before, after = Counter(old), Counter(new)
    gone, come = sorted((before - after).elements()), sorted((after - before).elements())
    changed = []
    for field in sorted({field for field, _ in (*gone, *come)}):
        olds = [value for name, value in gone if name == field]
        news = [value for name, value in come if name == field]
        changed.append({"field": field, "old": olds, "new": news})
    return changed


def removed_only_in(
    one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]
) -> list[Facts]:
    """Return the blocks that cleaning removed in one version and not in the other, by any rule."""
    left = Counter(normalise(row["text"]) for row in other)
    only = []
    for row in one:
        text = normalise(row["text"])
        if left[text]:
            left[text] -= 1
        else:
            only.append({"rule": row["rule"], "text": row["text"]})
    return only


def _of(facts: Iterable[Facts], version_id: int) -> list[tuple[str, str]]:
    return [(row["field"], row["value"]) for row in facts if row["version_id"] == version_id]


def _found(db: sqlite3.Connection, asked: str, *, withheld: bool) -> int:
    for where in ASKED:
        sql = f"SELECT id, key FROM documents WHERE {where} ORDER BY id LIMIT 10"
        rows = db.execute(sql, {"asked": asked}).fetchall()
        if len(rows) > 1:
            hidden = set() if withheld else hidden_documents(db, [row["id"] for row in rows])
            rows = [row for row in rows if row["id"] not in hidden] or rows[:1]
        if len(rows) > 1:
            keys = ", ".join(row["key"] for row in rows)
            raise ArchiveError(f"several documents have the address {asked}; say which: {keys}")
        if rows:
            return int(rows[0]["id"])
    raise ArchiveError(
        f"expected the key or the address of a document, found {asked!r}; "
        f"nearest: {_nearest(db, asked, withheld=withheld) or 'none is like it'}"
    )


def _nearest(db: sqlite3.Connection, asked: str, *, withheld: bool) -> str:
    """Return the names most like `asked`, of documents that may be shown."""
    column = "url" if "://" in asked else "key"
    known = {row[0]: row[1] for row in db.execute(f"SELECT id, {column} FROM documents")}
    near = process.extract(asked, known, scorer=fuzz.ratio, limit=None, score_cutoff=NEAR)
    hidden = set() if withheld else hidden_documents(db, [document_id for *_, document_id in near])
    shown = [value for value, _, document_id in near if document_id not in hidden]
    return ", ".join(shown[:NEAREST])
