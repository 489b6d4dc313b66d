"""Connects the reading room to Datasette 0.65; Datasette finds the hooks by their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any

import snowballstemmer
from datasette import hookimpl  # type: ignore[attr-defined]  # exported by its documentation
from datasette.app import Datasette

from archive.browse import pages, wording
from archive.browse.marking import highlight, web_address
from archive.browse.renewing import open_anew
from archive.browse.search import fts_query

DATABASE = "public"

App = Callable[..., Awaitable[None]]
"""An ASGI application."""


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Teach the search box Swedish. Last, so that it replaces Datasette's own `escape_fts`."""
    stemmer = snowballstemmer.stemmer("swedish")  # one a connection: it is not thread-safe
    conn.create_function(
        "escape_fts", 1, lambda typed: fts_query(typed, stemmer.stemWord), deterministic=True
    )
    conn.create_function("lowercase", 1, _lowercase, deterministic=True)


@hookimpl
def extra_template_vars(datasette: Datasette) -> dict[str, Any]:
    """Give the templates their data, as functions they call when they need it."""

    async def select(sql: str, params: dict[str, Any]) -> Sequence[sqlite3.Row]:
        result = await datasette.get_database(DATABASE).execute(sql, params)
        rows: Sequence[sqlite3.Row] = result.rows
        return rows

    def about(table: str) -> dict[str, Any]:
        said: dict[str, Any] = datasette.table_metadata(DATABASE, table)
        return said

    return {
        "table_title": lambda table: about(table).get("title", table),
        "table_description": lambda table: about(table).get("description", ""),
        "table_is_hidden": lambda table: about(table).get("hidden", False),
        "facet_title": lambda column: wording.FACETS.get(column, column),
        "field_titles": wording.FIELDS,
        "query_titles": lambda: _query_titles(datasette),
        "document_page": partial(pages.document_page, select),
        "start_page": partial(pages.start_page, select),
        "cards": partial(pages.cards, select),
        "excerpt": pages.excerpt,
        "highlight": highlight,
        "web_address": web_address,
        "word": wording.word,
        "family": wording.family,
        "judge": wording.judge,
        "stated": wording.stated,
        "stated_value": wording.stated_value,
        "event_title": wording.event,
        "absence": wording.absence,
        "swedish_day": wording.swedish_day,
        "swedish_time": wording.swedish_time,
    }


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Read the new file once one has taken the old one's place: a takedown counts at once."""

    def wrap(app: App) -> App:
        served = _file_number(datasette)

        @wraps(app)
        async def fresh(scope: Any, receive: Any, send: Any) -> None:
            # Spelt out: what can be called without arguments is a factory to uvicorn.
            nonlocal served
            if (now := _file_number(datasette)) != served:
                served = now
                open_anew(datasette, DATABASE)
            await app(scope, receive, send)

        return fresh

    return wrap


def _file_number(datasette: Datasette) -> int:
    return Path(datasette.get_database(DATABASE).path).stat().st_ino


def _lowercase(text: str | None) -> str:
    """SQLite's own `lower` knows only a to z."""
    return (text or "").lower()


def _query_titles(datasette: Datasette) -> list[tuple[str, str]]:
    queries = datasette.metadata("queries", database=DATABASE) or {}
    return [(name, query["title"]) for name, query in queries.items()]
