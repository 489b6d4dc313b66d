"""What is answered where nothing can be shown: our own page, or JSON where that was asked for."""

from __future__ import annotations

import sqlite3
import traceback
from typing import Any

from datasette import Response  # type: ignore[attr-defined]  # exported by its docs
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

TOO_LONG = "SQL Interrupted"
"""How Datasette calls a query that took too long."""


async def failed(datasette: Datasette, request: Any, error: Exception) -> Response:
    """Answer with what went wrong; what is nobody's mistake but ours is logged."""
    status, message, title = _told(error)
    if status == 500:
        traceback.print_exception(error)
    said = {"ok": False, "error": message, "status": status, "title": title}
    if request.path.endswith(".json"):
        return Response.json(said, status=status)
    page = await datasette.render_template("error.html", said, request=request)
    return Response.html(page, status=status)


def _told(error: Exception) -> tuple[int, str, str | None]:
    """Return the status, the words and Datasette's title for them."""
    match error:
        case Base400(status=int(status)):
            return status, str(error), None
        case DatasetteError(title=title, status=status):
            # It gives 500 to sort orders and the like, which are the reader's.
            return 400 if status == 500 else status, str(error.message), title
        case QueryInterrupted():
            return 503, "The query took too long", TOO_LONG
        case sqlite3.DatabaseError() if "prohibited" in str(error):
            return 403, str(error), None
        case (
            ValueError() | sqlite3.ProgrammingError()
        ):  # what Datasette makes of an argument that is no number, no JSON or no single query
            return 400, str(error), None
    return 500, "Internal error", None
