"""Whether a built file may be served: sound, complete, and without what is not to be shown.

Of a file that was built upon the old one, what was brought over is checked: its rows, and the
pages in which the two files differ. The rest was checked when it came.
"""

from __future__ import annotations

import mmap
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from archive.passages import MASK
from archive.publish.filling import keys_of
from archive.publish.hiding import Hiding, hidden_lines
from archive.publish.identity_numbers import CANDIDATE_BYTES, SIGN, finds, number_of
from archive.publish.tables import TABLES

_MASKS = re.compile(f"{re.escape(SIGN)}|{re.escape(MASK)}")
_PAGE_BYTES = 4096
_READ_BYTES = 1 << 20
_OVERLAP_BYTES = 120
"""Read on either side of a page: what is looked for may begin on another."""
_NAMED = 5
"""Rows of a table that are named to the operator, who finds what must not be served by them."""


@dataclass(slots=True)
class Numbers:
    """Identity numbers in the texts of the file."""

    masked: int = 0
    doubtful: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found."""

    problems: list[str]
    numbers: Numbers


def check(db: sqlite3.Connection, hiding: Hiding, path: Path, old: Path | None) -> Checked:
    """Check the served file at `path`, which is `main` of `db`; built upon `old`, or anew."""
    numbers = Numbers()
    found = [*(_unsound(db) if old is None else _orphaned(db))]
    for name in TABLES:
        found += _unmasked(db, name, hiding, numbers, is_whole=old is None)
    with ExitStack() as stack:
        data, before = (stack.enter_context(_mapped(one)) if one else None for one in (path, old))
        assert data is not None  # noqa: S101 - for mypy
        parts = [*_parts(data, before)]
        found += _numbers_left_over(db, data, parts, hiding)
        found += _lines_left_over(db, data, parts)
    return Checked(found, numbers)


# Rows


def _unsound(db: sqlite3.Connection) -> Iterator[str]:
    for row in db.execute("PRAGMA main.integrity_check"):
        if row[0] != "ok":
            yield f"integrity: {row[0]}"
    for row in db.execute("PRAGMA main.foreign_key_check"):
        yield f"a row of {row[0]} refers to a row of {row[2]} that is not there"


def _orphaned(db: sqlite3.Connection) -> Iterator[str]:
    """Follow the references of rows that were brought over, and to rows that are gone."""
    for name in TABLES:
        key = keys_of(db, name)
        keys = db.execute(f"PRAGMA main.foreign_key_list({name})").fetchall()
        for _, _, parent, column, other, *_ in keys:
            to = other or keys_of(db, parent)
            missing = (
                f"{name}.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM main.{parent} "
                f"AS other WHERE other.{to} = {name}.{column})"
            )
            rows = (
                f"({key}) IN (SELECT {key} FROM changed_{name})",
                f"{column} IN (SELECT {to} FROM gone_{parent})",
            )
            if any(
                db.execute(f"SELECT 1 FROM main.{name} WHERE {row} AND {missing}").fetchone()
                for row in rows
            ):
                yield f"a row of {name} refers to a row of {parent} that is not there"


def miscounted(db: sqlite3.Connection) -> Iterator[str]:
    """Yield of which rows there are more or fewer than the archive has to show."""
    counted = {
        "documents": "SELECT (SELECT count(*) FROM archive.documents) - "
        "(SELECT count(*) FROM hidden_documents)",
        "versions": "SELECT (SELECT count(*) FROM archive.versions) - "
        "(SELECT count(*) FROM hidden_versions)",
        "documents_fts_docsize": "SELECT count(*) FROM main.documents_text",
    }
    for table, sql in counted.items():
        expected = db.execute(sql).fetchone()[0]
        found = db.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0]
        if expected != found:
            yield f"{table}: expected {expected} rows, found {found}"


def _unmasked(
    db: sqlite3.Connection, name: str, hiding: Hiding, numbers: Numbers, *, is_whole: bool
) -> Iterator[str]:
    """Read every text of a table once more: withheld passages, and identity numbers."""
    key = keys_of(db, name)
    rows = "1" if is_whole else f"({key}) IN (SELECT {key} FROM changed_{name})"
    table = TABLES[name]
    owner = table.owner.replace("archive.", "main.") if hiding.passages else "NULL"
    for column in text_columns(db, name):
        whose = owner if column in table.texts else "NULL"
        texts = db.execute(
            f"SELECT {whose}, {column}, {key} FROM main.{name} "
            f"WHERE {rows} AND {column} IS NOT NULL"
        )
        unmasked = [
            row for whose, text, *row in texts if _is_unmasked(hiding, whose, text, numbers)
        ]
        if unmasked:
            which = ", ".join("/".join(map(str, row)) for row in unmasked[:_NAMED])
            yield (
                f"{name}.{column}: a withheld passage or an identity number is in "
                f"{len(unmasked)} rows ({key}: {which})"
            )


def _is_unmasked(hiding: Hiding, owner: int | None, text: str, numbers: Numbers) -> bool:
    numbers.masked += text.count(SIGN)
    numbers.doubtful += sum(found.is_doubtful for found in finds(text))
    # A passage may be a word of what stands in place of others.
    between = _MASKS.split(text) if hiding.passages.get(owner or 0) else ()
    return hiding.masked(None, text) != text or any(
        hiding.masked(owner, part) != part for part in between
    )


def text_columns(db: sqlite3.Connection, name: str) -> list[str]:
    """Return the columns of a served table that hold text."""
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({name})") if row[2] == "TEXT"]


# Bytes


def _mapped(path: Path) -> mmap.mmap:
    with open(path, "rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _parts(data: mmap.mmap, before: mmap.mmap | None) -> Iterator[tuple[int, int]]:
    """Yield from where to where the file is to be read: all of it, or the pages that differ."""
    if before is None:
        yield 0, len(data)
        return
    start = end = None
    for place in _differing(data, before):
        if end is not None and start is not None and place > end:
            yield max(0, start - _OVERLAP_BYTES), end + _OVERLAP_BYTES
            start = None
        start, end = place if start is None else start, place + _PAGE_BYTES
    if start is not None and end is not None:
        yield max(0, start - _OVERLAP_BYTES), end + _OVERLAP_BYTES


def _differing(data: mmap.mmap, before: mmap.mmap) -> Iterator[int]:
    for begin in range(0, len(data), _READ_BYTES):
        new, old = data[begin : begin + _READ_BYTES], before[begin : begin + _READ_BYTES]
        if new != old:
            for page in range(0, len(new), _PAGE_BYTES):
                if new[page : page + _PAGE_BYTES] != old[page : page + _PAGE_BYTES]:
                    yield begin + page


def _numbers_left_over(
    db: sqlite3.Connection, data: mmap.mmap, parts: list[tuple[int, int]], hiding: Hiding
) -> Iterator[str]:
    """Look in the bytes of the file for the numbers that were masked, however they are written.

    Any others would be found where nothing is: bytes know nothing of where a column ends. What a
    row says was read there, and is doubtful.
    """
    found = {
        data[match.start() : match.end()].decode(errors="replace")
        for start, end in parts
        for match in CANDIDATE_BYTES.finditer(data, start, end)
        if number_of(match) in hiding.numbers
    }
    texts = {name: text_columns(db, name) for name in TABLES}
    if left := [words for words in found if not _is_said(db, words, texts)]:
        yield f"{len(left)} identity numbers are in the bytes of the file"


def _lines_left_over(
    db: sqlite3.Connection, data: mmap.mmap, parts: list[tuple[int, int]]
) -> Iterator[str]:
    """Look for withheld lines in the bytes of the file.

    What is served elsewhere as well (a document's words, an address, a county) is not hidden;
    in words of ours it was left out.
    """
    found = [
        line
        for line in hidden_lines(db)
        if any(data.find(line.encode(), start, end) >= 0 for start, end in parts)
    ]
    texts = {
        name: [column for column in text_columns(db, name) if column not in table.notes]
        for name, table in TABLES.items()
    }
    if left := [line for line in found if not _is_said(db, line, texts)]:
        yield f"{len(left)} withheld lines are in the bytes of the file"


def _is_said(db: sqlite3.Connection, words: str, columns: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether one of these columns, by table, holds the words."""
    return any(
        db.execute(
            f"SELECT 1 FROM main.{name} WHERE instr({column}, ?) LIMIT 1", (words,)
        ).fetchone()
        for name, of_table in columns.items()
        for column in of_table
    )
