"""What `show` and `diff` leave out of an archive that holds it: the same as the served file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from archive.errors import ArchiveError
from archive.passages import masked
from archive.text import sha256
from archive.withholding import hidden_documents, hidden_versions, withheld_passages

WORDS = frozenset(
    (
        *("title", "text", "value", "evidence", "name", "role", "phone", "email", "place"),
        *("diarienummer", "label", "field", "old_value", "new_value", "passage"),
    )
)
"""Columns with words of a document."""

_NAMED = """
WITH names (name) AS (SELECT value FROM json_each(?))
SELECT documents.id, key AS name FROM documents JOIN names ON key = name
UNION
SELECT documents.id, url FROM documents JOIN names ON url = name
UNION
SELECT document_id, name FROM names JOIN captures ON payload_sha256 = name
JOIN versions ON capture_id = captures.id
UNION
SELECT document_id, name FROM names JOIN captures ON captures.url = name
JOIN versions ON capture_id = captures.id
"""
"""Documents by what events call them."""

Row = dict[str, Any]


class Veil:
    """Hides what is withheld of one document; with `lifted` nothing."""

    def __init__(self, db: sqlite3.Connection, document_id: int, *, lifted: bool) -> None:
        self._db = db
        self.hidden = frozenset(() if lifted else hidden_versions(db, document_id))
        """Ids of its versions that are withheld."""
        self._passages = {} if lifted else withheld_passages(db)
        self._document_id = document_id
        self._lifted = lifted

    def over(self, row: Mapping[str, Any], file_id: int | None = None) -> Row:
        """Return a row without withheld passages of the document, nor of a file it names."""
        ids = {self._document_id, file_id or 0}
        passages = [found for one in ids for found in self._passages.get(one, ())]
        shown = {
            column: masked(value, passages) if column in WORDS and value else value
            for column, value in row.items()
        }
        if passages and "text_sha256" in row:  # that of a text with a gap would give it away
            shown["text_sha256"] = sha256(shown["text"]) if "text" in shown else ""
        return shown

    def shown(self, rows: Iterable[Row], column: str) -> list[Row]:
        """Return rows about other documents, named in `column`, without those withheld."""
        rows = [*rows]
        hidden = self._hidden({row[column] for row in rows if row[column]})
        return [self.over(row, row[column]) for row in rows if row[column] not in hidden]

    def events(self, events: Iterable[Row], files: Iterable[Row]) -> list[Row]:
        """Return what may be told of events; nothing where a version is withheld.

        `files`: the attachments that are shown or not, with their labels.
        """
        if self.hidden:
            return []
        events, ids = [*events], {file["label"]: file["document_id"] for file in files}
        values = {value for e in events for value in (e["old_value"], e["new_value"]) if value}
        named = self._db.execute(_NAMED, (json.dumps([*values]),))
        ids |= {row["name"]: row["id"] for row in named}
        hidden = self._hidden({one for one in ids.values() if one and one != self._document_id})
        told = []
        for event in events:
            about = [ids.get(event[name]) for name in ("old_value", "new_value", "field")]
            if hidden.isdisjoint(about):
                others = [one for one in about if one not in (None, self._document_id)]
                told.append(self.over(event, next(iter(others), None)))
        return told

    def require_whole(self) -> None:
        """Raise `ArchiveError` where bytes would show a passage that texts leave out."""
        if self._document_id in self._passages:
            raise ArchiveError("words of the document are withheld; --withheld writes its bytes")

    def _hidden(self, document_ids: Iterable[int]) -> set[int]:
        return set() if self._lifted else hidden_documents(self._db, document_ids)
