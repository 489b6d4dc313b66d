"""Commands of `kommunarkiv`, a module each, and what they share."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archive.command_line import fail
from archive.errors import ArchiveError
from archive.reading import open_read_only


def data_dir() -> Path:
    """Return the folder of database, WARC files and logs: `KOMMUNARKIV_DATA`, default `data`."""
    return Path(os.environ.get("KOMMUNARKIV_DATA", "data"))


@contextmanager
def open_archive() -> Iterator[sqlite3.Connection]:
    """Open the archive to look; anything wrong with the file is one line and exit code 2."""
    try:
        with closing(open_read_only(data_dir())) as db:
            yield db
    except ArchiveError as error:
        fail(str(error))
    except (OSError, sqlite3.Error) as error:
        fail(f"the archive in {data_dir()} cannot be read: {error}")
