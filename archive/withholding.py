"""What may be withheld and why, and what else a withholding concerns."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from archive.errors import ArchiveError
from archive.passages import TELLING_LETTERS, Erased, Fingerprint, Known, Passage, pattern
from archive.store import Hidden

REASONS = {
    "privacy": "personal data that ought not to be spread",
    "secrecy": "published by mistake: it is, or may be, secret",
    "copyright": "somebody else's work that we may not show",
    "court": "a court or an authority has decided so",
    "other": "something else; write down elsewhere what",
}
"""Every value of `withholdings.reason`; the public log says no more than this."""

IS_HIDDEN = """(
    EXISTS (SELECT 1 FROM withholdings WHERE withholdings.document_id = versions.document_id
            AND released_at IS NULL AND (scope = 'document' OR version_number = versions.number))
    OR text_sha256 IN (SELECT withheld_texts.text_sha256 FROM withheld_texts
        JOIN withholdings ON withholdings.id = withholding_id WHERE released_at IS NULL)
)"""
"""SQL: whether a row of `versions` is withheld, by itself or by its text under another key."""


def hidden_versions(db: sqlite3.Connection, document_id: int) -> set[int]:
    """Return the ids of the versions of a document that are withheld."""
    sql = f"SELECT id FROM versions WHERE document_id = ? AND {IS_HIDDEN}"
    return {row[0] for row in db.execute(sql, (document_id,))}


def hidden_documents(db: sqlite3.Connection, document_ids: Iterable[int]) -> set[int]:
    """Return which of these documents have no version that may be shown."""
    rows = db.execute(
        "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM versions "
        f"WHERE document_id = value AND NOT {IS_HIDDEN})",
        (json.dumps([*document_ids]),),
    )
    return {row[0] for row in rows}


def withheld_passages(db: sqlite3.Connection) -> dict[int, list[Passage]]:
    """Return what finds the withheld passages, erased ones too, by document."""
    passages: defaultdict[int, list[Passage]] = defaultdict(list)
    rows = db.execute(
        "SELECT document_id, passage, salt, letters, digest FROM withholdings "
        "WHERE scope = 'passage' AND (passage != '' OR digest != '') AND released_at IS NULL"
    )
    for document_id, words, *fingerprint in rows:
        passage = Known(words) if words else Erased(Fingerprint(*fingerprint))
        passages[document_id].append(passage)
    return passages


def document_named(db: sqlite3.Connection, key: str) -> sqlite3.Row:
    """Return a document's row by its key. Raises `ArchiveError` that names keys like it."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM documents WHERE key = ?", (key,)).fetchone()
    if row is None:
        keys = [row["key"] for row in db.execute("SELECT key FROM documents ORDER BY key")]
        near = ", ".join(get_close_matches(key, keys)) or "none is like it"
        raise ArchiveError(f"expected the key of a document, found {key!r}; nearest: {near}")
    return row


def check(db: sqlite3.Connection, hidden: Hidden) -> None:
    """Raise `ArchiveError` unless the version, or the words, that are to be hidden are there."""
    if hidden.scope == "version" and hidden.version_number not in _numbers(db, hidden):
        numbers = ", ".join(map(str, _numbers(db, hidden)))
        raise ArchiveError(f"expected one of versions {numbers}, found {hidden.version_number}")
    if hidden.scope == "passage" and not any(_says(db, hidden)):
        raise ArchiveError("expected the passage in the document, found it in none of its versions")


def words_of(db: sqlite3.Connection, document_id: int) -> Iterator[tuple[int, str]]:
    """Yield (version id, text) of everything the versions of a document say."""
    for table, version_id, words in _WORDS:
        of_document = "(SELECT id FROM versions WHERE document_id = ?)"
        sql = f"SELECT {version_id}, {words} FROM {table} WHERE {version_id} IN {of_document}"
        yield from ((row[0], row[1]) for row in db.execute(sql, (document_id,)))


_WORDS = (
    ("versions", "id", "title || char(10) || text"),
    ("removals", "version_id", "text || char(10) || evidence"),
    ("fields", "version_id", "value"),
    ("contacts", "version_id", "name || ' ' || role || ' ' || phone || ' ' || email"),
)


def files_of(db: sqlite3.Connection, document_id: int) -> list[sqlite3.Row]:
    """Return (key, label) of the files a document points to; they are not withheld with it."""
    return db.execute(
        "SELECT documents.key, label FROM attachments JOIN documents ON documents.id = document_id "
        "WHERE parent_document_id = ? ORDER BY position",
        (document_id,),
    ).fetchall()


def copies_of(db: sqlite3.Connection, document_id: int) -> list[str]:
    """Return the keys of other documents with the same bytes, or the same text."""
    rows = db.execute(
        "SELECT DISTINCT copy.key FROM versions AS own "
        "JOIN captures ON captures.id = own.capture_id "
        "JOIN captures AS same ON same.payload_sha256 = captures.payload_sha256 "
        "JOIN versions ON versions.capture_id = same.id "
        "JOIN documents AS copy ON copy.id = versions.document_id "
        "WHERE own.document_id = :id AND copy.id != :id UNION "
        "SELECT DISTINCT copy.key FROM versions AS own "
        "JOIN versions ON versions.text_sha256 = own.text_sha256 "
        "JOIN documents AS copy ON copy.id = versions.document_id "
        "WHERE own.document_id = :id AND copy.id != :id AND length(own.text) >= :letters",
        {"id": document_id, "letters": TELLING_LETTERS},
    )
    return sorted(row["key"] for row in rows)


def elsewhere(db: sqlite3.Connection, hidden: Hidden) -> list[str]:
    """Return the keys of other documents whose text holds a passage."""
    found = pattern(hidden.passage)
    rows = db.execute(
        "SELECT DISTINCT documents.key, versions.title, versions.text FROM versions "
        "JOIN documents ON documents.id = document_id WHERE documents.id != ?",
        (hidden.document_id,),
    )
    return sorted({r["key"] for r in rows if found.search(r["title"]) or found.search(r["text"])})


def _numbers(db: sqlite3.Connection, hidden: Hidden) -> list[int]:
    sql = "SELECT number FROM versions WHERE document_id = ? ORDER BY number"
    return [row["number"] for row in db.execute(sql, (hidden.document_id,))]


def _says(db: sqlite3.Connection, hidden: Hidden) -> Iterator[bool]:
    found = pattern(hidden.passage)
    for _, words in words_of(db, hidden.document_id):
        yield found.search(words) is not None
