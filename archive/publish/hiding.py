"""What the served file must not hold, worked out from the archive's withholdings."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from archive.passages import MASK, Passage, masked, telling_lines
from archive.publish.identity_numbers import RULES_FILE
from archive.publish.identity_numbers import masked as without_numbers
from archive.text import sha256
from archive.withholding import IS_HIDDEN, withheld_passages

_HIDDEN = f"""
CREATE TEMP TABLE hidden_versions AS SELECT id FROM archive.versions WHERE {IS_HIDDEN};
CREATE TEMP TABLE hidden_documents AS
    SELECT id FROM archive.documents WHERE id NOT IN (SELECT document_id FROM archive.versions
        WHERE versions.id NOT IN (SELECT id FROM hidden_versions));
CREATE TEMP TABLE outdated_documents AS
    SELECT id FROM archive.documents
    WHERE current_version_id IN (SELECT id FROM hidden_versions)
    AND id NOT IN (SELECT id FROM hidden_documents);
CREATE TEMP TABLE hidden_addresses AS
    SELECT url FROM archive.documents WHERE id IN (SELECT id FROM hidden_documents)
    UNION
    SELECT captures.url FROM archive.captures
    JOIN archive.versions ON versions.capture_id = captures.id
    WHERE document_id IN (SELECT id FROM hidden_documents);
CREATE TEMP TABLE hidden_captures AS
    SELECT id FROM archive.captures WHERE url IN (SELECT url FROM hidden_addresses)
    AND id NOT IN (SELECT capture_id FROM archive.versions
        WHERE versions.id NOT IN (SELECT id FROM hidden_versions));
CREATE TEMP TABLE hidden_names AS
    SELECT key AS name FROM archive.documents WHERE id IN (SELECT id FROM hidden_documents)
    UNION
    SELECT url FROM hidden_addresses
    UNION
    SELECT payload_sha256 FROM archive.captures
    JOIN archive.versions ON versions.capture_id = captures.id
    WHERE document_id IN (SELECT id FROM hidden_documents);
CREATE TEMP TABLE hidden_labels AS
    SELECT parent_document_id, label FROM archive.attachments
    WHERE document_id IN (SELECT id FROM hidden_documents UNION SELECT id FROM outdated_documents);
"""
"""Versions withheld or with a withheld text under another key; documents without any other;
documents that show an older version; where the hidden ones lay; what events know them by."""

_OF_FILES = """
SELECT parent_document_id, documents.id FROM archive.attachments
JOIN archive.documents ON documents.id = document_id
UNION
SELECT document_id, documents.id FROM archive.events
JOIN archive.documents ON documents.key IN (old_value, new_value)
"""
"""Documents and the files they point to, or did."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """How texts are masked on their way to the served file."""

    passages: Mapping[int, Sequence[Passage]]
    """By document."""
    labels: Mapping[int, Sequence[Passage]]
    """Passages of a document and of its files, by document."""
    addresses: re.Pattern[str] | None
    """Those of hidden documents."""
    lines: Sequence[str]
    """Withheld ones, long enough to tell; the longest first."""
    numbers: set[str] = field(default_factory=set)
    """Identity numbers that were masked; they stay in memory."""

    def masked(self, document_id: int | None, text: str | None) -> str | None:
        """Return a text of a document without its withheld passages, nor identity numbers."""
        if not text:
            return text
        passages = self.passages.get(document_id or 0)
        return without_numbers(masked(text, passages) if passages else text, self.numbers)

    def masked_label(self, document_id: int, label: str) -> str:
        """Return what a document calls one of its files, without passages of either."""
        return without_numbers(masked(label, self.labels.get(document_id, ())), self.numbers)

    def masked_note(self, text: str | None) -> str | None:
        """Return a message of ours without what is hidden of documents, or their addresses."""
        if not text:
            return text
        without = self.addresses.sub(MASK, text) if self.addresses else text
        for line in self.lines:
            without = without.replace(line, MASK)
        return without_numbers(without, self.numbers)

    def masked_key(self, row_id: int, key: str) -> str:
        """Return a key without identity numbers, and still another than those of other rows."""
        without = without_numbers(key, self.numbers)
        return key if without == key else f"{without}~{row_id}"

    def connect(self, db: sqlite3.Connection) -> None:
        """Give the database the functions that `archive.publish.tables` names."""
        last: list[tuple[object, ...]] = []

        def masked_once(document_id: int | None, text: str | None) -> str | None:
            # The text of a version is asked for three times in a row, for its hash.
            if not last or last[0][:2] != (document_id, text):
                last[:] = [(document_id, text, self.masked(document_id, text))]
            return cast("str | None", last[0][2])

        for name, arguments, call in (
            ("masked", 2, masked_once),
            ("masked_label", 2, self.masked_label),
            ("masked_note", 1, self.masked_note),
            ("masked_key", 2, self.masked_key),
            ("sha256", 1, sha256),
        ):
            db.create_function(name, arguments, call, deterministic=True)


def prepare_hiding(db: sqlite3.Connection) -> Hiding:
    """Fill the temporary tables that `archive.publish.tables` names; return how to mask."""
    for statement in _HIDDEN.split(";"):
        db.execute(statement)
    passages = withheld_passages(db)
    urls = sorted(
        {url.partition("?")[0] for (url,) in db.execute("SELECT * FROM hidden_addresses")}
    )
    parts = "|".join(re.escape(url.partition("://")[2] or url) for url in urls)
    return Hiding(
        passages,
        _with_files(db, passages),
        re.compile(rf"(?:https?://)?(?:{parts})(?![\w/])\S*") if parts else None,
        sorted(hidden_lines(db), key=len, reverse=True),
    )


def _with_files(
    db: sqlite3.Connection, passages: Mapping[int, Sequence[Passage]]
) -> dict[int, list[Passage]]:
    found = defaultdict(list, {key: [*own] for key, own in passages.items()})
    for document_id, file_id in db.execute(_OF_FILES) if passages else ():
        found[document_id] += passages.get(file_id, ())
    return found


def digest(db: sqlite3.Connection) -> str:
    """Return a hash of what decides how served rows are hidden and masked.

    For our own eyes: with it, short passages could be guessed.
    """
    found = hashlib.sha256(RULES_FILE.read_bytes())
    for name in _DECIDING:
        for row in sorted(map(repr, db.execute(f"SELECT * FROM {name}"))):
            found.update(f"{name}{row}".encode())
    return found.hexdigest()


_DECIDING = (
    *("archive.withholdings", "archive.withheld_texts", "archive.erasures"),
    *("hidden_documents", "outdated_documents", "hidden_addresses", "hidden_labels"),
    "archive._sqlite_migrations",
)
"""Not what else is hidden: each crawl may add to it, where a withheld document is followed."""


def is_any_served(db: sqlite3.Connection) -> bool:
    """Tell whether the file as it is holds a version that is hidden by now."""
    sql = "SELECT 1 FROM hidden_versions JOIN main.versions USING (id) LIMIT 1"
    return db.execute(sql).fetchone() is not None


def hidden_lines(db: sqlite3.Connection) -> set[str]:
    """Return the lines, long enough to tell, of hidden versions and passages."""
    rows = db.execute(
        "SELECT title || char(10) || text FROM archive.versions "
        "WHERE id IN (SELECT id FROM hidden_versions) UNION "
        "SELECT passage FROM archive.withholdings WHERE released_at IS NULL"
    )
    return {line for (words,) in rows for line in telling_lines(words)}
