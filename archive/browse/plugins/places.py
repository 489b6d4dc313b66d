"""Connects the pages of kommuner, bodies, sources and alerts to Datasette."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from datasette import hookimpl  # type: ignore[attr-defined]  # exported by its documentation
from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from archive.alerts import shipped_rules
from archive.browse import places
from archive.browse.asking import DATABASE, select_from
from archive.browse.feeds import plain
from archive.browse.wording import SOURCES, counted

_MEETING = "SELECT document_id, NULL AS position FROM meetings WHERE id = :id"
_ITEM = """
SELECT document_id, position FROM agenda_items JOIN meetings ON meetings.id = meeting_id
WHERE agenda_items.id = :id
"""


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Lead from a meeting and its agenda items to the document, which is the one page for them."""
    return [
        (rf"^/{DATABASE}/meetings/(?P<id>\d+)$", partial(_to_document, _MEETING)),
        (rf"^/{DATABASE}/agenda_items/(?P<id>\d+)$", partial(_to_document, _ITEM)),
    ]


async def _to_document(sql: str, datasette: Datasette, request: Request) -> Response:
    found = await select_from(datasette)(sql, {"id": request.url_vars["id"]})
    if not found:
        raise NotFound("Record not found")
    path = datasette.urls.row(DATABASE, "documents", found[0]["document_id"])
    place = f"#punkt-{found[0]['position']}" if found[0]["position"] else ""
    return Response.redirect(f"{path}{place}")


@hookimpl
def extra_template_vars(datasette: Datasette) -> dict[str, Any]:
    """Give the templates their data, as functions they call when they need it."""
    select = select_from(datasette)
    return {
        "kommun_page": partial(places.kommun_page, select),
        "body_page": partial(places.body_page, select),
        "source_page": partial(places.source_page, select),
        "kommun_names": partial(places.kommun_names, select),
        "alert_meaning": shipped_rules().meaning,
        "source_kinds": SOURCES,
        "counted": counted,
        "brief": plain,
    }
