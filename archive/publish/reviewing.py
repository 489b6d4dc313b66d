"""What in the served file may be a personal identity number: for the operator's eyes alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError
from archive.publish.building import connected, is_published, public_path
from archive.publish.checking import text_columns
from archive.publish.identity_numbers import finds
from archive.publish.tables import TABLES

_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A number that was left, with the words around it."""

    table: str
    column: str
    key: str
    """Of its document; empty where it belongs to none."""
    words: str


def doubts(data_dir: Path) -> Iterator[Doubtful]:
    """Yield what is doubtful in the served file. Raises `ArchiveError` when there is none."""
    if not is_published(data_dir):
        raise ArchiveError(f"expected {public_path(data_dir)}, found none; publish first")
    with closing(connected(public_path(data_dir))) as db:
        for name, table in TABLES.items():
            owner = table.owner.replace("archive.", "main.")
            of_document = f"(SELECT key FROM documents AS own WHERE own.id = {owner})"
            for column in text_columns(db, name):
                rows = db.execute(f"SELECT {of_document}, {column} FROM {name}")
                for key, text in rows:
                    for words in _doubtful(text or ""):
                        yield Doubtful(name, column, key or "", words)


def _doubtful(text: str) -> Iterator[str]:
    for found in finds(text):
        if found.is_doubtful:
            yield " ".join(text[max(0, found.start - _LETTERS) : found.end + _LETTERS].split())
