"""What the served file must not hold, worked out from the archive's withholdings."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.passages import MASK, masked, pattern, telling_lines

_HIDDEN = """
CREATE TEMP TABLE hidden_versions AS
    SELECT versions.id FROM archive.versions JOIN archive.withholdings USING (document_id)
    WHERE released_at IS NULL AND (scope = 'document' OR version_number = number)
    UNION
    SELECT versions.id FROM archive.versions JOIN archive.withheld_texts USING (text_sha256)
    JOIN archive.withholdings ON withholdings.id = withholding_id WHERE released_at IS NULL;
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
    SELECT title FROM archive.versions
    WHERE title != '' AND document_id IN (SELECT id FROM hidden_documents)
    UNION
    SELECT label FROM archive.attachments
    WHERE label != '' AND document_id IN (SELECT id FROM hidden_documents);
"""
"""Versions withheld or with a withheld text under another key; documents without any other;
documents that show an older version; where the hidden ones lay; what they are called."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """How texts are masked on their way to the served file."""

    passages: Mapping[int, Sequence[re.Pattern[str]]]
    """By document."""
    addresses: re.Pattern[str] | None
    """Those of hidden documents."""

    def masked(self, document_id: int | None, text: str | None) -> str | None:
        """Return a text of a document without its withheld passages."""
        patterns = self.passages.get(document_id or 0)
        return masked(text, patterns) if text and patterns else text

    def without_addresses(self, text: str | None) -> str | None:
        """Return a message of ours without the addresses of hidden documents."""
        return self.addresses.sub(MASK, text) if text and self.addresses else text


def prepare_hiding(db: sqlite3.Connection) -> Hiding:
    """Fill the temporary tables that `archive.publish.tables` names; return how to mask."""
    for statement in _HIDDEN.split(";"):
        db.execute(statement)
    passages = defaultdict(list)
    rows = db.execute(
        "SELECT document_id, passage FROM archive.withholdings "
        "WHERE scope = 'passage' AND passage != '' AND released_at IS NULL "
        "ORDER BY length(passage) DESC, id"  # one may hold another
    )
    for document_id, passage in rows:
        passages[document_id].append(pattern(passage))
    urls = sorted(
        {url.partition("?")[0] for (url,) in db.execute("SELECT * FROM hidden_addresses")}
    )
    parts = "|".join(re.escape(url.partition("://")[2] or url) for url in urls)
    return Hiding(
        passages, re.compile(rf"(?:https?://)?(?:{parts})(?![\w/])\S*") if parts else None
    )


def hidden_lines(db: sqlite3.Connection) -> set[str]:
    """Return the lines, long enough to tell, of hidden versions and passages."""
    rows = db.execute(
        "SELECT title || char(10) || text FROM archive.versions "
        "WHERE id IN (SELECT id FROM hidden_versions) UNION "
        "SELECT passage FROM archive.withholdings WHERE released_at IS NULL"
    )
    return {line for (words,) in rows for line in telling_lines(words)}
