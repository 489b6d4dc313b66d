"""What the served file holds: tables, columns and rows, as data. What is not named is not served.

The conditions and values are SQL over the archive (schema `archive`) and the temporary tables of
`archive.publish.hiding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A table of the served file."""

    columns: tuple[str, ...]
    where: str = "1"
    """Which rows."""
    owner: str = "NULL"
    """The id of the document a row belongs to."""
    texts: tuple[str, ...] = ()
    """Columns with words of that document: what is withheld of it is masked in them."""
    notes: tuple[str, ...] = ()
    """Columns with words of ours that may quote an address: hidden ones are left out."""
    addresses: tuple[str, ...] = ()
    """Columns with addresses: only identity numbers are masked in them."""
    keys: tuple[str, ...] = ()
    """Columns with keys that tell rows with an `id` apart, as they do when a number is masked."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Columns that say something else than in the archive."""
    changes: Literal["row", "never", "version"] = "row"
    """How a row may change: as a whole, not at all, or as its version comes and goes."""


_SHOWN_DOCUMENT = "document_id NOT IN (SELECT id FROM hidden_documents)"
_SHOWN_VERSION = "version_id NOT IN (SELECT id FROM hidden_versions)"
_OF_VERSION = "(SELECT document_id FROM archive.versions WHERE versions.id = version_id)"
_OF_MEETING = "(SELECT document_id FROM archive.meetings WHERE meetings.id = meeting_id)"
_NEWEST_SHOWN = (
    "CASE WHEN current_version_id NOT IN (SELECT id FROM hidden_versions) THEN documents.{} "
    "ELSE (SELECT versions.{} FROM archive.versions WHERE document_id = documents.id "
    "AND versions.id NOT IN (SELECT id FROM hidden_versions) ORDER BY number DESC LIMIT 1) END"
)

_KNOWN_KEY = (
    "coalesce((SELECT masked_key(known.id, known.key) FROM archive.documents AS known "
    "WHERE known.key = {table}.{column}), masked({owner}, {column}))"
)
"""A key as it is served where its document is."""

OF_PERSONS = ("field:byline", "field:contact", "field:contacts")
"""Rules that removed names into fields of their own. Listed by rule they would be an index of
persons; they stand on the page of their document, as contacts and byline."""

TABLES: Mapping[str, PublicTable] = {
    "kommuner": PublicTable(("kommunkod", "slug", "name", "lan")),
    "sources": PublicTable(
        ("id", "kommunkod", "slug", "product", "kind", "start_url", "publisher"),
        texts=("publisher",),
        addresses=("start_url",),
    ),
    "crawls": PublicTable(
        (
            *("id", "source_id", "started_at", "finished_at", "verdict", "reason", "requests"),
            *("new_documents", "new_versions", "seen_documents", "forbidden", "warc_file"),
            *("code_version", "is_complete", "listed", "waiting"),
        ),
        notes=("reason",),
    ),
    "captures": PublicTable(
        (
            *("id", "crawl_id", "url", "method", "fetched_at", "http_status", "outcome", "detail"),
            *("content_type", "payload_sha256", "payload_bytes", "warc_file", "warc_offset"),
            *("warc_record_id", "refers_to_id"),
        ),
        where="id NOT IN (SELECT id FROM hidden_captures)",
        texts=("content_type",),
        notes=("detail",),
        addresses=("url",),
        values={
            "refers_to_id": "CASE WHEN refers_to_id NOT IN (SELECT id FROM hidden_captures) "
            "THEN refers_to_id END"
        },
    ),
    "documents": PublicTable(
        (
            *("id", "key", "source_id", "kommunkod", "kind", "url", "title", "published_at"),
            *("published_local", "status", "first_seen_at", "last_seen_at", "current_version_id"),
        ),
        where="id NOT IN (SELECT id FROM hidden_documents)",
        owner="documents.id",
        texts=("title",),
        addresses=("url",),
        keys=("key",),
        values={
            "title": f"masked(documents.id, {_NEWEST_SHOWN.format('title', 'title')})",
            "current_version_id": _NEWEST_SHOWN.format("current_version_id", "id"),
        },
    ),
    "versions": PublicTable(
        (
            *("id", "document_id", "number", "capture_id", "title", "text", "text_is_read"),
            *("text_sha256", "cause", "extractor", "observed_at"),
        ),
        where="id NOT IN (SELECT id FROM hidden_versions)",
        owner="document_id",
        texts=("title", "text"),
        # The hash of a text with a gap would let anyone try what was in the gap.
        values={
            "text_sha256": "CASE WHEN masked(document_id, text) = text THEN text_sha256 "
            "ELSE sha256(masked(document_id, text)) END"
        },
        changes="never",
    ),
    "removals": PublicTable(
        ("version_id", "position", "rule", "text", "judge", "evidence"),
        where=_SHOWN_VERSION,
        owner=_OF_VERSION,
        texts=("text", "evidence"),
        values={
            "text": f"CASE WHEN rule NOT IN {OF_PERSONS} THEN masked({_OF_VERSION}, text) "
            "ELSE '' END"
        },
        changes="version",
    ),
    "fields": PublicTable(
        ("version_id", "name", "value", "found_at"),
        where=_SHOWN_VERSION,
        owner=_OF_VERSION,
        texts=("value", "found_at"),
        changes="version",
    ),
    "contacts": PublicTable(
        ("version_id", "position", "name", "role", "phone", "email"),
        where=_SHOWN_VERSION,
        owner=_OF_VERSION,
        texts=("name", "role", "phone", "email"),
        changes="version",
    ),
    "bodies": PublicTable(
        ("id", "kommunkod", "source_id", "handle", "name", "kind"),
        texts=("name",),
        keys=("handle",),
    ),
    "meetings": PublicTable(
        ("id", "document_id", "body_id", "date", "start_time", "end_time", "place", "status"),
        where=f"{_SHOWN_DOCUMENT} AND document_id NOT IN (SELECT id FROM outdated_documents)",
        owner="document_id",
        texts=("place",),
    ),
    "agenda_items": PublicTable(
        ("id", "meeting_id", "position", "paragraf", "title", "text", "diarienummer"),
        where=f"{_OF_MEETING} NOT IN (SELECT id FROM hidden_documents) "
        f"AND {_OF_MEETING} NOT IN (SELECT id FROM outdated_documents)",
        owner=_OF_MEETING,
        texts=("paragraf", "title", "text", "diarienummer"),
    ),
    "attachments": PublicTable(
        (
            *("id", "document_id", "parent_document_id", "position", "label", "key", "url"),
            "agenda_item_id",
        ),
        where="parent_document_id NOT IN (SELECT id FROM hidden_documents) "
        "AND parent_document_id NOT IN (SELECT id FROM outdated_documents) "
        "AND coalesce(document_id, 0) NOT IN (SELECT id FROM hidden_documents) "
        "AND coalesce(document_id, 0) NOT IN (SELECT id FROM outdated_documents)",
        owner="parent_document_id",
        texts=("label",),
        addresses=("key", "url"),
        values={
            "label": "masked_label(parent_document_id, label)",
            "key": _KNOWN_KEY.format(table="attachments", column="key", owner="NULL"),
        },
    ),
    "events": PublicTable(
        (
            *("id", "document_id", "crawl_id", "observed_at", "kind", "field"),
            *("old_value", "new_value"),
        ),
        where=f"{_SHOWN_DOCUMENT} AND document_id NOT IN (SELECT document_id FROM archive.versions "
        "WHERE versions.id IN (SELECT id FROM hidden_versions)) "
        "AND old_value NOT IN (SELECT name FROM hidden_names) "
        "AND new_value NOT IN (SELECT name FROM hidden_names) "
        "AND (document_id, field) NOT IN (SELECT parent_document_id, label FROM hidden_labels)",
        owner="document_id",
        texts=("field", "old_value", "new_value"),  # of an attachment's event, field is its label
        values={
            "field": "masked_label(document_id, field)",
            **{
                column: _KNOWN_KEY.format(table="events", column=column, owner="document_id")
                for column in ("old_value", "new_value")
            },
        },
    ),
    "health": PublicTable(
        (
            *("source_id", "date", "verdict", "is_complete", "listed", "held", "explained"),
            *("waiting", "faulty", "unread", "missing", "new", "changed", "failed", "soft_404"),
            *("requests", "received_bytes", "median_letters", "shared_lines", "without_title"),
            *("without_date", "without_text"),
        ),
    ),
    "alerts": PublicTable(
        ("id", "source_id", "rule", "opened_at", "closed_at", "message", "message_sv"),
        notes=("message", "message_sv"),
    ),
}

PRIVATE = frozenset(
    (
        *("templates", "frontier", "listed", "replaced"),
        *("withholdings", "withheld_texts", "erasures"),
    )
)
"""Tables of the archive that are not served."""

PRIVATE_COLUMNS: Mapping[str, frozenset[str]] = {
    "sources": frozenset(("namespace", "undo_rules")),
    "crawls": frozenset(("shrunk_to",)),
    "captures": frozenset(("etag", "last_modified", "is_conditional", "received_bytes")),
}
"""Columns of served tables that are not served."""

VIEWS = ("documents_text", "documents_current")

INDEXES: Mapping[str, str] = {
    "alerts_opened": "alerts (opened_at DESC)",
    "documents_kind": "documents (kind, kommunkod)",
    "documents_kind_published": "documents (kind, published_at DESC)",
    "documents_kommun_kind": "documents (kommunkod, kind)",
    "documents_kommun_published": "documents (kommunkod, published_at DESC)",
    "documents_published": "documents (published_at DESC)",
    "meetings_body_date": "meetings (body_id, date DESC)",
    "meetings_date": "meetings (date DESC)",
}
"""Indexes that the archive has otherwise, or not at all: readers are shown the newest first, and in
the order of ids on one day, page by page; and how much there is of each kind and kommun."""

LOG = """
CREATE TABLE withholding_log (
    id INTEGER PRIMARY KEY,
    date TEXT NOT NULL,
    kommunkod TEXT NOT NULL REFERENCES kommuner (kommunkod),
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    reason TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('withheld', 'erased', 'released'))
) STRICT
"""
"""The public log of what was withheld: no names, no keys, no titles."""

LOGGED = """
INSERT INTO withholding_log (date, kommunkod, kind, scope, reason, action)
SELECT date, kommunkod, kind, scope, reason, action FROM (
    SELECT document_id, scope, reason, 'withheld' AS action, substr(withheld_at, 1, 10) AS date
    FROM archive.withholdings
    UNION ALL
    SELECT document_id, scope, reason, 'erased', substr(erased_at, 1, 10)
    FROM archive.withholdings WHERE erased_at IS NOT NULL
    UNION ALL
    SELECT document_id, scope, reason, 'released', substr(released_at, 1, 10)
    FROM archive.withholdings WHERE released_at IS NOT NULL
) JOIN archive.documents ON documents.id = document_id
ORDER BY date, kommunkod, kind, scope, reason, action
"""
