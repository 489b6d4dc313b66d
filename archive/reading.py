"""Opening the archive to look, never to change."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from archive.cleaning.template import Template
from archive.errors import ArchiveError
from archive.schema import migrations
from archive.store import Store


def open_read_only(data_dir: Path) -> sqlite3.Connection:
    """Return a connection to the archive's database that cannot write.

    Raises `ArchiveError` when there is none yet. One with an older schema is brought up to date.
    """
    path = data_dir / "archive.db"
    if not path.exists():
        raise ArchiveError(f"expected an archive at {path}, found none; crawl something first")
    db = connected_read_only(path)
    if migrations.pending(Database(db)):
        db.close()
        Store(path).close()
        db = connected_read_only(path)
    return db


def connected_read_only(path: Path) -> sqlite3.Connection:
    """Return a connection to a database file that cannot write."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    db.row_factory = sqlite3.Row
    return db


def named_template(db: sqlite3.Connection, source_id: int, digest: str) -> Template:
    """Return the template of a source that an extractor's identity names by its digest.

    Raises `ArchiveError` when it is not there, or holds something else.
    """
    row = db.execute(
        "SELECT lines FROM templates WHERE source_id = ? AND digest = ?", (source_id, digest)
    ).fetchone()
    if row is None:
        raise ArchiveError(f"expected template {digest} of source {source_id}, found none")
    return template_from(row["lines"], digest)


def template_from(lines: str, digest: str) -> Template:
    """Return a stored template. Raises `ArchiveError` unless it is the one `digest` names."""
    try:
        template = Template.from_json(lines, digest)
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"expected template {digest}: {error}") from error
    if template.digest != digest:
        raise ArchiveError(f"expected template {digest}, found {template.digest}")
    return template
