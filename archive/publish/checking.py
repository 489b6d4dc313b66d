"""Whether a built file may be served: sound, complete, and without what is withheld."""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.publish.hiding import Hiding, hidden_lines
from archive.publish.tables import TABLES


def problems(db: sqlite3.Connection, path: Path, hiding: Hiding) -> Iterator[str]:
    """Yield what is wrong with the served file at `path`, which is `main` of `db`."""
    yield from (
        f"integrity: {row[0]}"
        for row in db.execute("PRAGMA main.integrity_check")
        if row[0] != "ok"
    )
    for row in db.execute("PRAGMA main.foreign_key_check"):
        yield f"a row of {row[0]} refers to a row of {row[2]} that is not there"
    yield from _unmasked(db, hiding)
    yield from _left_over(db, path)


def miscounted(db: sqlite3.Connection) -> Iterator[str]:
    """Yield of which rows there are more or fewer than the archive has to show."""
    counted = {
        "documents": "SELECT (SELECT count(*) FROM archive.documents) - "
        "(SELECT count(*) FROM hidden_documents)",
        "versions": "SELECT (SELECT count(*) FROM archive.versions) - "
        "(SELECT count(*) FROM hidden_versions)",
        "documents_fts_docsize": "SELECT count(*) FROM main.documents_current",
    }
    for table, sql in counted.items():
        expected = db.execute(sql).fetchone()[0]
        found = db.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0]
        if expected != found:
            yield f"{table}: expected {expected} rows, found {found}"


def _unmasked(db: sqlite3.Connection, hiding: Hiding) -> Iterator[str]:
    """Look for withheld passages in every text of their documents."""
    for name, table in TABLES.items():
        owner = table.owner.replace("archive.", "main.")
        for column in table.texts:
            rows = db.execute(f"SELECT {owner}, {column} FROM main.{name}")
            if hiding.passages and any(hiding.masked(*row) != row[1] for row in rows):
                yield f"{name}.{column}: a withheld passage is in it"


def _left_over(db: sqlite3.Connection, path: Path) -> Iterator[str]:
    """Look for withheld lines in the bytes of the file.

    What a shown document says as well is not hidden.
    """
    lines = hidden_lines(db)
    if not lines:
        return
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = [line for line in lines if data.find(line.encode()) >= 0]
    if left := [line for line in found if not _is_said(db, line)]:
        yield f"{len(left)} withheld lines are in the bytes of the file"


def _is_said(db: sqlite3.Connection, line: str) -> bool:
    return any(
        db.execute(
            f"SELECT 1 FROM main.{name} WHERE instr({column}, ?) LIMIT 1", (line,)
        ).fetchone()
        for name, table in TABLES.items()
        for column in table.texts
    )
