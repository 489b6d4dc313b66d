"""Connects the reading room to Datasette 0.65; Datasette finds the hooks by their names."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator
from functools import partial, wraps
from pathlib import Path
from typing import Any

from datasette import hookimpl  # type: ignore[attr-defined]  # exported by its documentation
from datasette.app import Datasette
from datasette.facets import Facet
from datasette.utils import tilde_encode
from jinja2 import Environment
from markupsafe import Markup

from archive.browse import documents, pages, public_address, routes, wording
from archive.browse.asking import DATABASE, select_from
from archive.browse.citing import Citation, cite, permanent_path
from archive.browse.conduct import App, well_behaved
from archive.browse.failing import failed
from archive.browse.listing import Narrowing
from archive.browse.marking import highlight, prose, shown, web_address
from archive.browse.renewing import open_anew
from archive.browse.searching import search_form, suggestion
from archive.browse.served import Served, guard
from archive.search.functions import RANKED, add_search_functions
from archive.times import utc_now


@hookimpl
def startup(datasette: Datasette) -> None:
    """Let lists be ordered as pages need it."""
    path = datasette.get_database(DATABASE).path
    datasette.remove_database(DATABASE)
    datasette.add_database(Served(datasette, path=path, is_mutable=True), name=DATABASE)


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Teach the search box Swedish. Last, so that it replaces Datasette's own `escape_fts`."""
    if database == DATABASE:
        add_search_functions(conn)
        guard(conn)


@hookimpl(hookwrapper=True)
def handle_exception(
    datasette: Datasette, request: Any, exception: Exception
) -> Generator[None, Any, None]:
    """Answer in our own words, in place of Datasette's: it prints every error with all it knew."""
    answers = yield
    answers.force_result([partial(failed, datasette, request, exception)])


@hookimpl
def canned_queries(datasette: Datasette, database: str) -> dict[str, Any]:
    """Give the query `sok`, which the metadata describes, the SQL that the terminal runs too."""
    described = datasette.metadata("queries", database=database, fallback=False) or {}
    return {"sok": {**described["sok"], "sql": RANKED}} if "sok" in described else {}


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Let every template, those of errors too, show archived text within bounds."""
    env.filters["shown"] = shown
    env.filters["prose"] = prose


@hookimpl
def render_cell(value: Any, column: str, table: str | None, datasette: Datasette) -> Any:
    """Show the label of another row within bounds; everything else is the templates' matter."""
    if not isinstance(value, dict):
        return None

    async def link() -> Markup:
        keys = await datasette.get_database(DATABASE).foreign_keys_for_table(table)
        other = next(key["other_table"] for key in keys if key["column"] == column)
        path = datasette.urls.row(DATABASE, other, tilde_encode(str(value["value"])))
        label = shown(str(value["label"]), 120) or value["value"]
        return Markup('<a href="{}">{}</a>').format(path, label)

    return link()


@hookimpl
def register_facet_classes() -> list[type[Facet]]:
    """Count what lists are narrowed by."""
    return [Narrowing]


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    """Connect our own addresses."""

    async def document_at(request: Any) -> Any:
        return await routes.document_at(datasette, request, select_from(datasette), DATABASE)

    async def start(request: Any) -> Any:
        return await routes.start(datasette, request)

    return [
        (routes.START, start),
        (routes.PERMANENT, document_at),
        (routes.ROBOTS, lambda: routes.robots(is_indexed=_is_indexed())),
        (routes.CLOSED, routes.closed),
    ]


@hookimpl
def register_output_renderer() -> dict[str, Any]:
    """Give the text of a version as plain text too."""
    return routes.TEXT_RENDERER


@hookimpl
def extra_template_vars(datasette: Datasette, request: Any) -> dict[str, Any]:
    """Give the templates their data, as functions they call when they need it."""
    select = select_from(datasette)

    def about(table: str) -> dict[str, Any]:
        said: dict[str, Any] = datasette.table_metadata(DATABASE, table)
        return said

    def cited(document: Any, version: Any) -> Citation:
        path = datasette.urls.path(permanent_path(document["key"], version["number"]))
        return cite(document, version, datasette.absolute_url(request, path))

    return {
        "is_indexed": _is_indexed(),
        "contact": os.environ.get("KOMMUNARKIV_CONTACT", ""),
        "table_title": lambda table: about(table).get("title", table),
        "table_description": lambda table: about(table).get("description", ""),
        "table_is_hidden": lambda table: about(table).get("hidden", False),
        "lookup_title": wording.LOOKUPS.get,
        "facet_title": lambda column: wording.FACETS.get(column, column),
        "field_titles": wording.FIELDS,
        "query_titles": lambda: _query_titles(datasette),
        "document_page": partial(documents.document_page, select),
        "version_page": partial(documents.version_page, select),
        "start_page": lambda: pages.start_page(select, utc_now()),
        "cards": partial(pages.cards, select),
        "cited": cited,
        "absolute": lambda path: datasette.absolute_url(request, path),
        "permanent_path": lambda key: datasette.urls.path(permanent_path(key)),
        "rows_within": pages.rows_within,
        "search_form": partial(search_form, select),
        "suggestion": partial(suggestion, select),
        "excerpt": pages.excerpt,
        "highlight": highlight,
        "web_address": web_address,
        "word": wording.word,
        "source_kind": lambda kind: wording.SOURCES.get(kind, kind),
        "judge": wording.judge,
        "masks": wording.MASKS,
        "stated": wording.stated,
        "stated_value": wording.stated_value,
        "event_title": wording.event,
        "absence": wording.absence,
        "lately": wording.lately,
        "size": wording.size,
        "counted": wording.counted,
        "clock": wording.clock,
        "swedish_day": wording.swedish_day,
        "swedish_time": wording.swedish_time,
    }


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Behave on the web, and read the new file once one has taken the old one's place."""
    address = public_address()
    return lambda app: well_behaved(
        _fresh(datasette, app),
        is_indexed=_is_indexed(),
        address=address,
        folder=datasette.setting("base_url"),
    )


def _fresh(datasette: Datasette, app: App) -> App:
    """Return an application that a takedown counts for at once."""
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


def _is_indexed() -> bool:
    """Tell whether the archive's keeper lets search engines in."""
    return os.environ.get("KOMMUNARKIV_INDEX", "") == "yes"


def _file_number(datasette: Datasette) -> int:
    return Path(datasette.get_database(DATABASE).path).stat().st_ino


def _query_titles(datasette: Datasette) -> list[tuple[str, str]]:
    queries = datasette.metadata("queries", database=DATABASE) or {}
    return [(name, query["title"]) for name, query in queries.items()]
