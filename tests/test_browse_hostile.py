"""An archive in which everything is hostile: shown as text, within bounds, on every page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from archive.publish import publish
from tests.reading_room import ABOUT, DENIED, PARAMS, Room, opened
from tests.sample_archive import MONSTER, TURNED, build_hostile_archive

LIMIT = 100_000
"""Bytes that a page may be."""
OBEYED = re.compile("[\u202a-\u202e\u2066-\u2069]")
MARKUP = re.compile(
    r"<script|<img|<[^>]*\son\w+\s*=|(?:href|src)=\"(?!https?://|/|#|\?|mailto:|webcal:)",
    re.IGNORECASE,
)
FORMULA = re.compile(r"(?:^|[;\t\r\n]) *[=+\-@]")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("hostile")
    build_hostile_archive(data_dir)
    with opened(publish(data_dir).path) as room:
        yield room


def pages(room: Room) -> list[str]:
    """Every kind of page, those of the longest text and of the last version among them."""
    last = room.db.execute("SELECT max(id) FROM versions").fetchone()[0]
    tables = [name for name in room.names() if name not in DENIED]
    paths = ["/", "/om", "/public", "/public?sql=select+title+from+documents", "/nowhere"]
    paths += [f"/public/{name}" for name in tables]
    paths += [f"/public/{name}{PARAMS.get(name, '')}" for name in ABOUT["queries"]]
    paths += ["/public/documents/1", f"/public/versions/{last}", "/public/sok?q=omvänt"]
    paths += [f"/public/versions/1?del={n}" for n in (1, 2, 17, 999)]
    paths += [f"/public/{t}/1" for t in ("meetings", "bodies", "sources", "crawls", "captures")]
    paths += [f"/public/{t}/1" for t in ("agenda_items", "attachments", "events", "alerts")]
    return [*paths, "/public/removals/1,1", "/public/kommuner/1489"]


def test_every_page_shows_text_within_bounds(room):
    """Nothing is markup, nothing turns the words around it, and no page is too large."""
    told = []
    for path in pages(room):
        response = room.get(path)
        assert response.status_code in (200, 404), f"{path}: {response.text[-500:]}"
        page = response.text
        size = len(response.content)
        told += [f"{path}: {size} bytes"] * (size > LIMIT)
        told += [f"{path}: {found[0]!r}" for found in [MARKUP.search(page)] if found]
        told += [f"{path}: turned"] * bool(OBEYED.search(page))

    assert not told, "\n".join(told)


def test_each_part_of_a_long_text_leads_to_the_next(room):
    first, second = room.page("/public/versions/1"), room.page("/public/versions/1?del=2")
    last = room.page("/public/versions/1?del=999")
    count = re.search(r"Del 1 av (\d+)", first)

    assert count
    assert f"Läs vidare, del 2 av {count[1]}" in first
    assert 'href="/public/versions/1?del=3"' in second
    assert 'href="/public/versions/1"' in second
    assert f"Del {count[1]} av {count[1]}" in last
    assert "Läs vidare" not in last
    assert "Borttaget ur sidan" in first
    assert "Borttaget ur sidan" not in second


def test_a_version_is_plain_text_too(room):
    response = room.get("/public/versions/1.txt")

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == room.db.execute("SELECT text FROM versions WHERE id = 1").fetchone()[0]
    assert room.get("/public/documents/1.txt").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/public/documents.csv",
        "/public/documents.csv?_dl=1",
        "/public/versions.csv?_stream=on",
        "/public/removals.csv?_labels=on",
        "/public/agenda_items.csv",
        "/public/senaste.csv",
        "/public/removals/1,1.csv",
        "/public.csv?sql=select+'=1'+as+'=2'",
    ],
)
def test_no_spreadsheet_takes_a_cell_for_a_formula(room, path):
    csv.field_size_limit(10_000_000)
    response = room.get(path)
    rows = [*csv.reader(io.StringIO(response.text, newline=""))]

    assert response.status_code == 200
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not FORMULA.search(cell), cell[:200]


def test_json_is_exact(room):
    row = room.get("/public/documents/1.json?_shape=array").json()[0]

    assert row["key"] == MONSTER.key
    assert TURNED in row["title"]


def test_an_odd_key_has_a_permanent_address(room):
    page = room.page("/public/documents/1")
    address = re.search(r'<a href="http://[^/]+(/dokument/[^"]+)"', page)

    assert address
    answer = room.answer(address[1])
    assert answer.status_code == 303
    last = room.db.execute("SELECT max(id) FROM versions").fetchone()[0]
    assert answer.headers["location"] == f"/public/versions/{last}"
