"""Every kind of page of the reading room, and where one of it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tests.browser.rich_archive import ARTICLE
from tests.sample_archive import NOTICE, RELEASE

FIXED = {
    "front": "/",
    "about": "/om",
    "search": "/public/sok?q=kommun",
    "search with filters": "/public/sok?q=m%C3%B6te&kommun=1489&slag=meeting",
    "search without hits": "/public/sok?q=xyzzy",
    "search of nothing": "/public/sok",
    "list": "/public/documents",
    "list filtered": "/public/documents?kind=meeting&kommunkod=1489",
    "list searched": "/public/documents?_search=skolan",
    "list without rows": "/public/documents?_search=xyzzy",
    "kommuner": "/public/kommuner",
    "meetings": "/public/meetings",
    "alerts": "/public/larm",
    "gaps": "/public/luckor",
    "canned query": "/public/arenden?ord=skol",
    "canned query with its SQL": "/public/arenden?ord=skol&_show_sql=1",
    "own query": "/public?sql=select+kind%2C+count(*)+from+documents+group+by+kind",
    "broken query": "/public?sql=select+nothing",
    "whole archive": "/public",
    "table": "/public/removals",
    "table of text": "/public/documents_current",
    "not found": "/public/documents/999999",
    "not served": "/public/documents_fts_data",
}
"""Paths that are the same in every archive."""

ERRORS = {"broken query": 400, "not found": 404, "not served": 403}
"""Kinds of page that are answers to what cannot be answered."""

_OF_RELEASE = (
    f"FROM versions JOIN documents ON documents.id = document_id WHERE key = '{RELEASE.key}'"
)

_ROWS = {
    "press release": ("documents", "SELECT id FROM documents WHERE kind = 'press_release'"),
    "news": ("documents", f"SELECT id FROM documents WHERE key = '{ARTICLE.key}'"),
    "notice, gone": ("documents", f"SELECT id FROM documents WHERE key = '{NOTICE.key}'"),
    "meeting": (
        "documents",
        "SELECT parent_document_id FROM attachments WHERE agenda_item_id IS NOT NULL",
    ),
    "agenda": ("documents", "SELECT id FROM documents WHERE kind = 'agenda'"),
    "minutes": ("documents", "SELECT id FROM documents WHERE kind = 'minutes'"),
    "attachment": ("documents", "SELECT id FROM documents WHERE kind = 'attachment'"),
    "version": ("versions", f"SELECT versions.id {_OF_RELEASE}"),
    "kommun": ("kommuner", "SELECT kommunkod FROM bodies"),
    "body": ("bodies", "SELECT body_id FROM meetings"),
    "source": ("sources", "SELECT source_id FROM alerts"),
    "capture": ("captures", "SELECT id FROM captures"),
    "agenda item": ("agenda_items", "SELECT id FROM agenda_items"),
    "alert": ("alerts", "SELECT id FROM alerts"),
}
"""Pages of rows: the table, and a query whose first row has the key."""

KINDS = (*FIXED, *_ROWS)


def paths(public: Path) -> Mapping[str, str]:
    """Return the path of a page of each kind that the served file has."""
    with closing(sqlite3.connect(f"{public.as_uri()}?mode=ro", uri=True)) as db:
        found = {name: (table, db.execute(sql).fetchone()) for name, (table, sql) in _ROWS.items()}
    rows = {name: f"/public/{table}/{row[0]}" for name, (table, row) in found.items() if row}
    return {**FIXED, **rows}
