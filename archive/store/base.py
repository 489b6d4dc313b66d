"""The archive's database, opened for writing: locks, transactions, and rows by name."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from archive.schema import migrations

BUSY_TIMEOUT_S = 10
BUSY_GIVE_UP_S = 60


def _is_busy(error: BaseException) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return isinstance(error, sqlite3.OperationalError) and name.startswith(
        ("SQLITE_BUSY", "SQLITE_LOCKED")
    )


_Method = TypeVar("_Method", bound=Callable[..., Any])


def transaction(method: _Method) -> _Method:
    """Run a method of `Store` as one transaction, redone as a whole while SQLite is busy."""
    retrying = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(BUSY_GIVE_UP_S),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )

    @wraps(method)
    def whole(self: Base, *args: Any, **kwargs: Any) -> Any:
        def once() -> Any:
            with self._write():
                return method(self, *args, **kwargs)

        return retrying(once)

    return whole  # type: ignore[return-value]  # same signature, by wraps


class Base:
    """One writer at a time across processes."""

    def __init__(self, path: Path) -> None:
        """Open or create the database at `path` and bring its schema up to date."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open(path.with_name(path.name + ".lock"), "a")  # noqa: SIM115 - held while open
        self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._prepare()

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, to read with."""
        return self._db

    def close(self) -> None:
        """Close the database and let go of the lock file."""
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit that was reported survives a power cut (law 9); 1 ms a commit on a disk.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA cache_size = -16384")
        with self._write_lock():
            migrations.apply(Database(self._db))

    @contextmanager
    def _write_lock(self) -> Iterator[None]:
        """Let one process write and checkpoint at a time.

        SQLite before 3.51.3 can corrupt a WAL when two connections checkpoint together.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._write_lock():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _insert(self, table: str, **values: Any) -> int:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._db.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values())
        )
        return int(cursor.lastrowid or 0)

    def _one(self, sql: str, *values: Any) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute(sql, values).fetchone()
        return row

    def _upsert(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Insert or update one row; an identical row is not written."""
        names = list(values)
        sets = ", ".join(f"{name} = excluded.{name}" for name in names)
        old, new = ", ".join(names), ", ".join(f"excluded.{name}" for name in names)
        self._db.execute(
            f"INSERT INTO {table} ({', '.join([*key, *names])}) "
            f"VALUES ({', '.join('?' * (len(key) + len(names)))}) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets} WHERE ({old}) IS NOT ({new})",
            (*key.values(), *values.values()),
        )
