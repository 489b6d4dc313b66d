"""Answers of our own beside Datasette's pages: permanent addresses, robots.txt, plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from datasette import NotFound, Response  # type: ignore[attr-defined]  # exported by its docs
from datasette.app import Datasette

from archive.browse.asking import Row, Select
from archive.browse.documents import row_of
from archive.browse.failing import failed

START = r"^/$"
PERMANENT = r"^/dokument/(?P<key>.+)$"
ROBOTS = r"^/robots\.txt$"
CLOSED = r"^/-/(?:allow-debug|auth-token|databases|logout|messages|patterns|permissions|threads)\b"
"""Pages of Datasette that tell of the machine or would set cookies, and of no archive."""


async def start(datasette: Datasette, request: Any) -> Any:
    """Answer with the front page: Datasette's own would first look into every table."""
    json = datasette.absolute_url(request, datasette.urls.instance("json"))
    page = await datasette.render_template(
        "index.html", {"alternate_url_json": json}, request=request, view_name="index"
    )
    return Response.html(page)


async def document_at(datasette: Datasette, request: Any, select: Select, database: str) -> Any:
    """Send the reader of a permanent address to the document, or to the version asked for.

    What is withheld and what never was are answered alike.
    """
    key = unquote(request.url_vars["key"])
    found = await row_of(select, key, request.args.get("version"))
    if found is None:
        return await failed(datasette, request, NotFound("No such document"))
    table, row_id = found
    return Response.redirect(datasette.urls.row(database, table, str(row_id)), status=303)


def robots(*, is_indexed: bool) -> Any:
    """Return what robots are told."""
    return Response.text(f"User-agent: *\n{'Allow' if is_indexed else 'Disallow'}: /\n")


def closed() -> Any:
    """Answer as where there is no page."""
    raise NotFound("closed")


def plain_text(rows: Sequence[Row], table: str | None, view_name: str) -> Any:
    """Return the text of a version as it is stored; None for what is no version."""
    return Response.text(rows[0]["text"]) if _is_version(table, view_name) else None


def _is_version(table: str | None, view_name: str) -> bool:
    return (table, view_name) == ("versions", "row")


TEXT_RENDERER = {"extension": "txt", "render": plain_text, "can_render": _is_version}
