"""Filling the served file from the archive: all of it, or what has changed since the last time.

`db` has the served file as `main` and the archive as `archive`; `prepare_hiding` has been called.
What was brought over stands in temporary tables: `changed_<table>` holds the keys of rows that are
new or differ, `gone_<table>` those of rows that are no longer there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archive.publish.hiding import Hiding
from archive.publish.tables import INDEXES, LOG, LOGGED, TABLES, VIEWS, PublicTable
from archive.search.words import add_words, fill_words


def fill(db: sqlite3.Connection, hiding: Hiding) -> None:
    """Make every table and fill it."""
    for name, table in TABLES.items():
        _make(db, name, table)
        _insert(db, name, table, hiding, table.where)
    db.execute(LOG)
    db.execute(LOGGED)
    marks = ", ".join("?" * len(TABLES))
    for name, sql in db.execute(
        "SELECT name, sql FROM archive.sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        f"AND tbl_name IN ({marks})",
        tuple(TABLES),
    ).fetchall():
        if name not in INDEXES:
            db.execute(sql)
    for name, columns in INDEXES.items():
        db.execute(f"CREATE INDEX main.{name} ON {columns}")
    for name in (*VIEWS, "documents_fts"):
        db.execute(_schema_of(db, name))
    _fill_search(db)


def bring_over(db: sqlite3.Connection, hiding: Hiding) -> int:
    """Change what differs from the archive, and return how many rows that was.

    The rows come out as `fill` would have made them from the same archive.
    """
    for name, table in TABLES.items():
        _compare(db, name, table)
    _take_from_search(db)
    for name, table in TABLES.items():
        key = keys_of(db, name)
        for fate in ("gone", "changed"):
            db.execute(
                f"DELETE FROM main.{name} WHERE ({key}) IN (SELECT {key} FROM {fate}_{name})"
            )
        _insert(db, name, table, hiding, f"({key}) IN (SELECT {key} FROM changed_{name})")
    db.execute("DELETE FROM main.withholding_log")
    db.execute(LOGGED)
    _add_to_search(db)
    tables = [f"{fate}_{name}" for name in TABLES for fate in ("gone", "changed")]
    return sum(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables)


def keys_of(db: sqlite3.Connection, name: str) -> str:
    """Return the columns of a table's primary key, parted by commas."""
    rows = db.execute(f"PRAGMA archive.table_info({name})").fetchall()
    return ", ".join(row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5])


# Rows


def _make(db: sqlite3.Connection, name: str, table: PublicTable) -> None:
    """Create a table as the archive has it, without the columns that are not served."""
    db.execute(_schema_of(db, name))
    for _, column, *_ in db.execute(f"PRAGMA archive.table_info({name})").fetchall():
        if column not in table.columns:
            db.execute(f"ALTER TABLE main.{name} DROP COLUMN {column}")


def _schema_of(db: sqlite3.Connection, name: str) -> str:
    sql = "SELECT sql FROM archive.sqlite_master WHERE name = ?"
    return str(db.execute(sql, (name,)).fetchone()[0])


def _insert(
    db: sqlite3.Connection, name: str, table: PublicTable, hiding: Hiding, where: str
) -> None:
    columns, values = ", ".join(table.columns), ", ".join(_values(table, hiding))
    db.execute(
        f"INSERT INTO main.{name} ({columns}) SELECT {values} FROM archive.{name} WHERE {where}"
    )


def _values(table: PublicTable, hiding: Hiding) -> Iterator[str]:
    owner = table.owner if hiding.passages else "NULL"  # whose it is matters for passages alone
    for column in table.columns:
        if column in table.values:
            yield table.values[column]
        elif column in table.texts:
            yield f"masked({owner}, {column})"
        elif column in table.addresses:
            yield f"masked(NULL, {column})"
        elif column in table.keys:
            yield f"masked_key(id, {column})"
        else:
            yield f"masked_note({column})" if column in table.notes else column


# What has changed


def _compare(db: sqlite3.Connection, name: str, table: PublicTable) -> None:
    """Fill the tables of what is to be brought over.

    A row is compared as the archive has it: one that is served otherwise (masked) counts as
    changed each time, and there are few of those. What is hidden is the same as last time, or the
    file would be built anew; but for lines that a withheld document said since, which our own
    words may quote.
    """
    key = keys_of(db, name)
    if table.changes == "version":
        for fate in ("gone", "changed"):
            of_version = f"version_id IN (SELECT id FROM {fate}_versions)"
            source = f"main.{name}" if fate == "gone" else f"archive.{name}"
            _note(db, f"{fate}_{name}", key, f"FROM {source} WHERE {of_version}")
        return
    compared = key if table.changes == "never" else ", ".join(table.columns)
    served = ", ".join(f"served.{column}" for column in compared.split(", "))
    archived = ", ".join(_compared(name, table, compared))
    same = " AND ".join(f"served.{one} = {name}.{one}" for one in key.split(", "))
    _note(
        db,
        f"changed_{name}",
        key,
        f"FROM archive.{name} WHERE ({table.where}) AND NOT EXISTS (SELECT 1 FROM main.{name} "
        f"AS served WHERE {same} AND ({served}) IS ({archived}))",
    )
    _note(
        db,
        f"gone_{name}",
        key,
        f"FROM main.{name} AS served WHERE NOT EXISTS (SELECT 1 FROM archive.{name} "
        f"WHERE {same} AND ({table.where}))",
    )


def _compared(name: str, table: PublicTable, columns: str) -> Iterator[str]:
    for column in columns.split(", "):
        is_note = column in table.notes
        yield f"masked_note({name}.{column})" if is_note else f"{name}.{column}"


def _note(db: sqlite3.Connection, noted: str, key: str, rows: str) -> None:
    db.execute(f"CREATE TEMP TABLE {noted} AS SELECT {key} {rows}")


# The search index, and its words


def _fill_search(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO main.documents_fts (documents_fts) VALUES ('rebuild')")
    fill_words(db)


def _take_from_search(db: sqlite3.Connection) -> None:
    """Forget documents that will show another text, or none, while the old one is there.

    They are noted, with new ones, in `refiled_documents`.
    """
    coming = TABLES["documents"].values["current_version_id"]
    db.execute(
        "CREATE TEMP TABLE refiled_documents AS SELECT id FROM "
        "(SELECT id FROM gone_documents UNION SELECT id FROM changed_documents) AS touched "
        "WHERE (SELECT current_version_id FROM main.documents WHERE documents.id = touched.id) "
        f"IS NOT (SELECT {coming} FROM archive.documents WHERE documents.id = touched.id)"
    )
    db.execute(
        "INSERT INTO main.documents_fts (documents_fts, rowid, title, text) "
        "SELECT 'delete', id, title, text FROM main.documents_text "
        "WHERE id IN (SELECT id FROM refiled_documents)"
    )


def _add_to_search(db: sqlite3.Connection) -> None:
    """Index the documents that `_take_from_search` noted, with what is there now."""
    db.execute(
        "INSERT INTO main.documents_fts (rowid, title, text) "
        "SELECT id, title, text FROM main.documents_text "
        "WHERE id IN (SELECT id FROM refiled_documents)"
    )
    add_words(db, (row[0] for row in db.execute("SELECT id FROM refiled_documents")))
