"""How pages and feeds ask the served file."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit

from archive.browse.served import unguarded

DATABASE = "public"

Row = Any
"""A `sqlite3.Row`: read by the names of its columns."""

Select = Callable[[str, dict[str, Any]], Awaitable[Sequence[Row]]]
"""Runs one query with named parameters."""


def select_from(datasette: Datasette) -> Select:
    """Return what runs queries of ours, never of a reader's, on the served file."""

    async def select(sql: str, params: dict[str, Any]) -> Sequence[Row]:
        def rows(db: sqlite3.Connection) -> Sequence[Row]:
            with unguarded(db), sqlite_timelimit(db, datasette.sql_time_limit_ms):
                return db.execute(sql, params).fetchall()

        try:
            found: Sequence[Row] = await datasette.get_database(DATABASE).execute_fn(rows)
        except sqlite3.OperationalError as error:
            if error.args == ("interrupted",):
                raise QueryInterrupted(error, sql, params) from error
            raise
        return found

    return select
