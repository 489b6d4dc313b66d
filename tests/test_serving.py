"""Datasette serves on, whole and without an error, while publishing replaces what it reads."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from pathlib import Path
from threading import Event

import httpx
import pytest

from archive.publish import public_path, publish
from tests.bench.large_archive import build, night
from tests.conftest import wait_for
from tests.serving import reading_room

pytest.importorskip("datasette", reason="the extra `browse` is not installed")

DOCUMENTS = 1_500
"""More than a page of a stream holds, so that streams go on while files change."""
PUBLICATIONS = 20
READERS = 3
STREAM = "/public/documents.csv?_stream=on&_sort=id&_col=title&_col=url"


def is_whole_page(text: str) -> None:
    assert text.rstrip().endswith("</html>")


def is_whole_json(text: str) -> None:
    said = json.loads(text)
    assert not said.get("error"), said["error"]
    assert said["rows"]


def is_whole_stream(text: str) -> None:
    """A stream that breaks off says so in its last line, with status 200."""
    head, *rows = csv.reader(io.StringIO(text))
    assert {len(row) for row in rows} == {len(head)}, rows[-1]
    assert len(rows) > DOCUMENTS * 0.9
    assert len({row[0] for row in rows}) == len(rows)


def asked(data_dir: Path) -> list[tuple[str, Callable[[str], None]]]:
    """Return addresses and what tells that their answers are whole."""
    with closing(sqlite3.connect(public_path(data_dir))) as db:
        sql = "SELECT min(id), max(id) FROM documents WHERE kind = ?"
        pages = [n for kind in ("meeting", "news") for n in db.execute(sql, (kind,)).fetchone()]
    return [
        ("/", is_whole_page),
        ("/public/documents?kind=meeting", is_whole_page),
        ("/public/documents?_search=kommun", is_whole_page),
        *((f"/public/documents/{number}", is_whole_page) for number in pages),
        ("/public/documents.json?_search=beslut&_extra=count", is_whole_json),
        ("/public/removals.json?_size=100", is_whole_json),
        (STREAM, is_whole_stream),
    ]


@pytest.mark.slow
def test_all_is_served_while_files_change(tmp_path: Path) -> None:
    """No answer is an error or broken off, and no replaced file stays open."""
    build(tmp_path, DOCUMENTS, days=10)
    publish(tmp_path)
    done = Event()

    def write() -> int:
        nights = 0
        while not done.is_set():
            nights += 1
            night(tmp_path, 10, seed=nights)
        return nights

    with (
        reading_room(tmp_path) as served,
        httpx.Client(base_url=served.address, timeout=60) as client,
        ThreadPoolExecutor() as pool,
    ):

        def read(start: int) -> int:
            answers = 0
            ways = asked(tmp_path)
            for path, check in cycle([*ways[start:], *ways[:start]]):
                if done.is_set():
                    return answers
                answer = client.get(path)
                assert answer.status_code == 200, f"{path}: {answer.text[-800:]}"
                check(answer.text)
                answers += 1
            return answers

        try:
            readers = [pool.submit(read, start) for start in range(READERS)]
            writer = pool.submit(write)
            for _ in range(PUBLICATIONS):
                publish(tmp_path)
                assert len(replaced_files_open(served.process_id)) < 20
        finally:
            done.set()
        assert sum(reader.result() for reader in readers) > PUBLICATIONS
        assert writer.result()
        client.get("/")
        wait_for(lambda: not replaced_files_open(served.process_id))


def replaced_files_open(process_id: int) -> list[str]:
    """Return the descriptors of a process for files that another has taken the place of."""
    links = Path(f"/proc/{process_id}/fd").iterdir()
    names = [str(link.readlink()) for link in links if link.is_symlink()]
    return [name for name in names if "public.db" in name and name.endswith("(deleted)")]
