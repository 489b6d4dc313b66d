"""How pages and feeds ask the served file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from datasette.app import Datasette

DATABASE = "public"

Row = Any
"""A `sqlite3.Row`: read by the names of its columns."""

Select = Callable[[str, dict[str, Any]], Awaitable[Sequence[Row]]]
"""Runs one query with named parameters."""


def select_from(datasette: Datasette) -> Select:
    """Return what runs queries on the served file."""

    async def select(sql: str, params: dict[str, Any]) -> Sequence[Row]:
        result = await datasette.get_database(DATABASE).execute(sql, params)
        rows: Sequence[Row] = result.rows
        return rows

    return select
