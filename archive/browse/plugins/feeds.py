"""Serves lists and places as Atom and iCalendar; Datasette finds the hooks by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from datasette import hookimpl  # type: ignore[attr-defined]  # exported by its documentation
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.browse import feeds
from archive.browse.asking import DATABASE, select_from
from archive.browse.citing import permanent_path

_FORMATS: dict[str, tuple[str, Callable[..., Any]]] = {
    "atom": (feeds.ATOM_TYPE, feeds.atom),
    "ics": (feeds.ICS_TYPE, feeds.calendar),
}
_IDS = {"documents": "id", "documents_current": "id"}
"""The column that names a document; `document_id` elsewhere."""
_PLACES = ("kommuner", "bodies")
_RANKED = ("sok",)
"""Queries that show the best hits, of all of which a feed has the newest."""


@hookimpl
def register_output_renderer() -> list[dict[str, Any]]:
    """Offer both formats wherever documents, a kommun or a body are shown."""
    return [
        {"extension": form, "render": partial(_render, form), "can_render": _can_render}
        for form in _FORMATS
    ]


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    """Let pages link to feeds, with whole addresses as other programs want them."""

    def feed_address(path: str, scheme: str = "") -> str:
        address: str = datasette.absolute_url(request, path)
        return f"{scheme}:{address.partition(':')[2]}" if scheme else address

    return {"feed_address": feed_address, "feed_types": {k: v[0] for k, v in _FORMATS.items()}}


def _can_render(table: str | None, columns: Sequence[str], view_name: str) -> bool:
    is_place = table in _PLACES and view_name == "row"
    return is_place or _IDS.get(table or "", "document_id") in columns


async def _render(
    form: str, datasette: Datasette, request: Request, data: dict[str, Any], view_name: str
) -> Response | None:
    table, query, rows = data.get("table"), data.get("query_name"), data["rows"]
    if not _can_render(table, data["columns"], view_name):
        return None
    title = _title(datasette, request, table, query)
    if table in _PLACES and view_name == "row":
        choice = feeds.chosen_place(table, request.url_vars["pks"], form)
        title = rows[0]["name"]
    elif query in _RANKED:
        choice = feeds.chosen_hits(data["query"]["sql"], data["query"]["params"], form)
    else:
        ids = [_value(row[_IDS.get(table or "", "document_id")]) for row in rows]
        choice = feeds.chosen_list([i for i in ids if isinstance(i, int)], form)
    content_type, write = _FORMATS[form]
    body = await write(select_from(datasette), choice, title, _addresses(datasette, request, form))
    return _answer(request, body, content_type)


def _answer(request: Request, body: bytes, content_type: str) -> Response:
    """Answer with the feed, or say that who asks has it already."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    held = request.headers.get("if-none-match", "")
    if tag in (part.strip().removeprefix("W/") for part in held.split(",")):
        return Response("", status=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag}, content_type=content_type)


def _title(
    datasette: Datasette, request: Request, table: str | None, query_name: str | None
) -> str:
    about = datasette.metadata("databases")[DATABASE]
    said = about["queries"].get(query_name) or about["tables"].get(table) or {}
    asked = [request.args[key] for key in request.args if key[0] != "_" or key == "_search"]
    return ", ".join([said.get("title", "Egen fråga"), *filter(None, asked)])


def _addresses(datasette: Datasette, request: Request, form: str) -> feeds.Addresses:
    path, _, asked = request.full_path.partition("?")
    page = path.removesuffix(f".{form}") + (f"?{asked}" if asked else "")

    def document(row: Any) -> str:
        path = datasette.urls.path(permanent_path(row["key"]))
        address: str = datasette.absolute_url(request, path)
        return address

    return feeds.Addresses(
        name=request.full_path,
        itself=datasette.absolute_url(request, datasette.urls.path(request.full_path)),
        page=datasette.absolute_url(request, datasette.urls.path(page)),
        document=document,
    )


def _value(cell: Any) -> Any:
    """Return what a cell holds, also where it was asked for with its label."""
    return cell["value"] if isinstance(cell, dict) else cell
