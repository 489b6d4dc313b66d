"""The served file as Datasette asks it: lists in whole order, and no index of persons by SQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datasette.database import Database, Results

LONGEST_VALUE = 64_000_000
"""Bytes of a value that a query may make: one of SQLite's own thousand million fills the memory."""

SHUT = {
    "contacts": frozenset(("name", "role", "phone", "email")),
    "fields": frozenset(("value", "found_at")),
}
"""Columns, by table, that no query of a reader may read: a list of them is an index of persons."""

_FIRST_PAGE = re.compile(
    r"(?P<ordered>select (?:[\w, ]|\[[^]]+\])+ from (?P<table>\w+|\[[^]]+\]) (?:where .*)?"
    r"order by (?:\w+|\[[^]]+\])(?: desc)?)(?P<limit> limit \d+(?: offset \d+)?)",
    re.DOTALL,
)


class Served(Database):
    """A database whose lists are ordered to the last row.

    Datasette orders the first page of a list by a column alone and the others by the key as well,
    so that rows with the same value would come twice or not at all. Its views have no key, and
    ours have an id.
    """

    async def execute(self, sql: str, *values: Any, **limits: Any) -> Results:
        """Return what a query finds."""
        if found := _FIRST_PAGE.fullmatch(sql):
            keys = await self.primary_keys(found["table"].strip("[]")) or ["id"]
            order = "".join(f", [{key}]" for key in keys)
            sql = f"{found['ordered']}{order}{found['limit']}"
        return await super().execute(sql, *values, **limits)


def guard(db: sqlite3.Connection) -> None:
    """Let a connection answer what readers ask it themselves."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    db.set_authorizer(_judged)


@contextmanager
def unguarded(db: sqlite3.Connection) -> Iterator[None]:
    """Let a connection answer a query of ours."""
    db.set_authorizer(None)
    try:
        yield
    finally:
        db.set_authorizer(_judged)  # what was prepared meanwhile is judged when it is used again


def _judged(action: int, table: str | None, column: str | None, *_: str | None) -> int:
    is_shut = action == sqlite3.SQLITE_READ and column in SHUT.get(table or "", ())
    return sqlite3.SQLITE_DENY if is_shut else sqlite3.SQLITE_OK
