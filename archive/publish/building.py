"""Building the served file: a database of its own, from the archive's, by an allow-list.

Texts are masked while they are copied, so that what is withheld never reaches the file. What else
is to be masked one day (personal identity numbers) belongs where `Hiding.masked` is.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError
from archive.publish.checking import miscounted, problems
from archive.publish.hiding import Hiding, prepare_hiding
from archive.publish.tables import LOG, LOGGED, TABLES, VIEWS, PublicTable
from archive.reading import open_read_only
from archive.search.words import fill_words
from archive.text import sha256
from archive.warc import sync_folder

FORMAT = 3
"""Kept in the file as `user_version`; a file of another format is built anew."""


@dataclass(frozen=True, slots=True)
class Published:
    """A served file that was built."""

    path: Path
    documents: int
    withheld: int
    """Documents of the archive that are not in it."""


class BadPublication(ArchiveError):
    """A file that was built but must not be served; the old one stays."""


def public_path(data_dir: Path) -> Path:
    """Return the path of the served file."""
    return data_dir / "public.db"


def is_published(data_dir: Path) -> bool:
    """Tell whether there is a served file."""
    return public_path(data_dir).exists()


def is_current(data_dir: Path) -> bool:
    """Tell whether the served file is of today's format and as new as the archive."""
    path = public_path(data_dir)
    if not path.exists() or path.stat().st_mtime_ns < _changed_ns(data_dir):
        return False
    with closing(_connected(path)) as db:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] == FORMAT)


def publish(data_dir: Path) -> Published:
    """Build the served file beside the old one, check it, and let it take its place.

    Raises `ArchiveError` without an archive, `BadPublication` when a check fails; then the old
    file stays. One process at a time builds.
    """
    open_read_only(data_dir).close()  # there is one, and its schema is today's
    path = public_path(data_dir)
    beside = path.with_name("public.db.building")
    with _alone(data_dir):
        changed_ns = _changed_ns(data_dir)
        beside.unlink(missing_ok=True)
        try:
            published = _build(data_dir, beside)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        os.utime(beside, ns=(changed_ns, changed_ns))
        _sync(beside)
        beside.replace(path)
        sync_folder(data_dir)
    return published


def _build(data_dir: Path, beside: Path) -> Published:
    with closing(_connected(beside)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        archive = (data_dir / "archive.db").resolve().as_uri()
        db.execute("ATTACH ? AS archive", (f"{archive}?mode=ro",))
        db.execute("BEGIN")
        hiding = prepare_hiding(db)
        for name, table in TABLES.items():
            _make(db, name, table)
            _fill(db, name, table, hiding)
        _finish(db)
        miscounts = [*miscounted(db)]  # while the archive is what it was: a crawl writes on
        db.execute("COMMIT")
        if found := [*miscounts, *problems(db, beside, hiding)]:
            raise BadPublication(f"public.db must not be served: {'; '.join(found)}")
        shown, hidden = (
            db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("main.documents", "hidden_documents")
        )
        return Published(public_path(data_dir), shown, hidden)


def _make(db: sqlite3.Connection, name: str, table: PublicTable) -> None:
    """Create a table as the archive has it, without the columns that are not served."""
    db.execute(_schema_of(db, name))
    for _, column, *_ in db.execute(f"PRAGMA archive.table_info({name})").fetchall():
        if column not in table.columns:
            db.execute(f"ALTER TABLE main.{name} DROP COLUMN {column}")


def _fill(db: sqlite3.Connection, name: str, table: PublicTable, hiding: Hiding) -> None:
    for function, arguments, call in (
        ("masked", 2, hiding.masked),
        ("masked_label", 2, hiding.masked_label),
        ("without_addresses", 1, hiding.without_addresses),
        ("sha256", 1, sha256),
    ):
        db.create_function(function, arguments, call, deterministic=True)
    columns, values = ", ".join(table.columns), ", ".join(_values(table))
    db.execute(
        f"INSERT INTO main.{name} ({columns}) SELECT {values} FROM archive.{name} "
        f"WHERE {table.where}"
    )


def _values(table: PublicTable) -> Iterator[str]:
    for column in table.columns:
        if column in table.values:
            yield table.values[column]
        elif column in table.texts:
            yield f"masked({table.owner}, {column})"
        else:
            yield f"without_addresses({column})" if column in table.notes else column


def _finish(db: sqlite3.Connection) -> None:
    """Add the log, indexes, views, and the search index over what is there now."""
    db.execute(LOG)
    db.execute(LOGGED)
    marks = ", ".join("?" * len(TABLES))
    for (sql,) in db.execute(
        "SELECT sql FROM archive.sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        f"AND tbl_name IN ({marks})",
        tuple(TABLES),
    ).fetchall():
        db.execute(sql)
    for name in (*VIEWS, "documents_fts"):
        db.execute(_schema_of(db, name))
    db.execute("INSERT INTO main.documents_fts (documents_fts) VALUES ('rebuild')")
    fill_words(db)
    db.execute(f"PRAGMA main.user_version = {FORMAT}")


def _schema_of(db: sqlite3.Connection, name: str) -> str:
    sql = "SELECT sql FROM archive.sqlite_master WHERE name = ?"
    return str(db.execute(sql, (name,)).fetchone()[0])


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.resolve().as_uri(), uri=True, isolation_level=None)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Let one process build at a time; another waits."""
    with open(data_dir / "public.db.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _changed_ns(data_dir: Path) -> int:
    """Return when the archive last changed, in nanoseconds since 1970."""
    files = [data_dir / name for name in ("archive.db", "archive.db-wal")]
    return max((file.stat().st_mtime_ns for file in files if file.exists()), default=0)


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
