"""Lists: each row once on its way through all pages, and what they are narrowed by counted once."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from archive.browse import wording
from archive.publish import publish
from tests.reading_room import Room, opened
from tests.sample_archive import build_sample_archive

COPIES = 60
SIZE = 7
"""Rows on a page: few, so that rows with the same value are parted."""
ORDERS = [
    "",
    "_sort=published_at",
    "_sort_desc=published_at&kommunkod__in=1489,0882",
    "_sort_desc=published_at&key__startswith=copy",
    "_sort_desc=published_at&kind=news",
    "_sort_desc=published_at&id__not=1&kind__in=news,notice",
    *("_sort_desc=kind", "_sort=kind", "_sort_desc=kommunkod", "_sort_desc=source_id"),
    *("_sort_desc=status", "_sort=title", "_sort_desc=key"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Open the room over documents of which nearly all were published on three days, or on none."""
    data_dir = tmp_path_factory.mktemp("lists")
    build_sample_archive(data_dir)
    path = publish(data_dir).path
    with closing(sqlite3.connect(path)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(documents)")]
        kept = ", ".join(c for c in columns if c not in ("id", "key", "published_at", "kind"))
        for n in range(COPIES):
            day = (None, "2024-01-01", "2024-01-02", "2024-01-03T10:00:00Z")[n % 4]
            db.execute(
                f"INSERT INTO documents (key, published_at, kind, {kept}) "
                f"SELECT ?, ?, ?, {kept} FROM documents WHERE id = ?",
                (f"copy:{-n % 17:02}:{n}", day, ("news", "notice")[n % 2], n % 3 + 1),
            )
        db.commit()
    with opened(path) as room:
        yield room


def after(page: dict[str, Any]) -> str:
    """Return the path of the next page; nothing after the last."""
    return (page["next_url"] or "").removeprefix("http://localhost")


@pytest.mark.parametrize("order", ORDERS)
def test_every_row_is_on_one_page(room, order):
    """However many have the same date or kind, and whatever index SQLite goes by."""
    everything = room.get(f"/public/documents.json?_size=max&{order}").json()["rows"]
    address = f"/public/documents.json?_size={SIZE}&{order}"
    walked: list[list] = []
    while address:
        page = room.get(address).json()
        walked += page["rows"]
        address = after(page)

    assert len(everything) > 3 * SIZE
    assert [row[0] for row in walked] == [row[0] for row in everything]


def test_a_view_is_paged_in_whole_order_too(room):
    first = room.get("/public/documents_current.json?_size=40&_col=id").json()
    second = room.get(after(first)).json()
    ids = [row[0] for row in (*first["rows"], *second["rows"])]

    assert len(ids) == len({*ids}) == first["filtered_table_rows_count"]


def test_a_streamed_list_has_every_row_once(room, monkeypatch):
    monkeypatch.setattr(room._datasette, "max_returned_rows", SIZE)
    answer = room.get("/public/documents.csv?_stream=on&_size=max")
    ids = [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]
    held = room.db.execute("SELECT count(*) FROM documents").fetchone()[0]

    assert len(ids) == len({*ids}) == held


def test_what_narrows_a_list_is_counted_on_its_first_page(room):
    """Another page would count what is left, and lead into the midst of the narrowed list."""
    first = room.get("/public/documents.json?_size=20").json()
    second = room.get(after(first)).json()
    counted = {
        value["value"]: value["count"] for value in first["facet_results"]["kind"]["results"]
    }

    assert counted == dict(room.db.execute("SELECT kind, count(*) FROM documents GROUP BY kind"))
    assert second["facet_results"] == {}
    assert 'class="facets"' in room.page("/public/documents?_size=20")
    assert 'class="facets"' not in room.page(after(first).replace(".json", ""))


def test_more_than_is_counted_is_said_without_a_link_that_fails(room):
    """Datasette's own link asks for `_facet_size`, which no reader may choose."""
    page = room.page("/public/removals")

    assert "_facet_size" not in page
    for address in ("/public/removals", "/public/captures"):
        assert 'class="facets"' in room.page(address)


def test_conditions_on_columns_are_told_in_swedish(room):
    from datasette.filters import Filters

    page = room.page("/public/removals")

    assert wording.LOOKUPS.keys() == {lookup.key for lookup in Filters._filters}
    assert all(f">{title}</option>" in page for title in wording.LOOKUPS.values())
    assert '<th scope="col">Rad</th>' in "".join(page.split("\n"))
