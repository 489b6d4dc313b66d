"""Opening the archive to look, never to change."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.errors import ArchiveError


def open_read_only(data_dir: Path) -> sqlite3.Connection:
    """Return a connection to the archive's database that cannot write.

    Raises `ArchiveError` when there is none yet.
    """
    path = data_dir / "archive.db"
    if not path.exists():
        raise ArchiveError(f"expected an archive at {path}, found none; crawl something first")
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    db.row_factory = sqlite3.Row
    return db
