"""The contestants: each runs in a fresh process, is measured, and says which pages it fetched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.crawling.street import Address

FIRST = "our job, first crawl"
SECOND = "our job, second crawl"
LINKS = "bare Scrapy, following links"
KNOWN = "bare Scrapy, addresses known"
CONTESTANTS = (FIRST, SECOND, LINKS, KNOWN)

Pages = frozenset[str]
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class FoulError(Exception):
    """A run that cannot be compared, in one sentence."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a contestant took."""

    wall_s: float
    cpu_s: float
    """User and system time of its process."""
    peak_mb: float
    """Most memory it held."""


class Contest:
    """Rounds over one street of towns."""

    def __init__(self, address: Address, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._task: dict[str, list[str]] = {}
        self.unlinked: Pages = frozenset()
        """Pages out of reach of plain links: the bare spider starts from them as well."""

    @property
    def pages(self) -> Pages:
        """The pages and files every contestant has to fetch."""
        return frozenset(self._task["pages"])

    def warm_up(self) -> Iterator[str]:
        """Let each kind of crawler fetch everything once; yield the name of the one to run.

        The towns make their files now, we learn which pages there are, and which of them only
        someone who reads the scripts of a page can find.
        """
        yield FIRST
        _, fetched = self._our_job(fresh=True)
        starts = self._address.starts
        self._task = {"starts": starts, "pages": sorted(fetched)}
        yield LINKS
        _, linked = self._bare("links")
        self.unlinked = fetched - linked
        self._task["starts"] = [*starts, *sorted(self.unlinked)]

    def run(self, contestant: str) -> Run:
        """Let a contestant fetch everything; `SECOND` goes on where `FIRST` ended.

        Raises `FoulError` when it did not fetch what it should.
        """
        if contestant in (FIRST, SECOND):
            run, fetched = self._our_job(fresh=contestant == FIRST)
        else:
            run, fetched = self._bare("links" if contestant == LINKS else "known")
        if fetched != self.pages:
            raise FoulError(f"{contestant}: {_difference(fetched, self.pages)}")
        return run

    def _our_job(self, *, fresh: bool) -> tuple[Run, Pages]:
        data = self._folder / "data"
        if fresh:
            shutil.rmtree(data, ignore_errors=True)
        environment = self._address.environment | {"KOMMUNARKIV_DATA": str(data)}
        before = _last_capture(data)
        run, said = self._measured(self._address.command, environment)
        if run is None:
            raise FoulError(f"our job is not well: {said}")
        return run, _fetched_since(data, before)

    def _bare(self, kind: str) -> tuple[Run, Pages]:
        task, fetched = self._folder / "task.json", self._folder / "fetched.json"
        task.write_text(json.dumps(self._task), "utf-8")
        fetched.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.bench.crawling.bare", kind, str(task), str(fetched)]
        run, said = self._measured(command, self._address.environment)
        if run is None or not fetched.exists():
            raise FoulError(f"the bare spider is not well: {said}")
        return run, frozenset(json.loads(fetched.read_text("utf-8")))

    def _measured(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[Run | None, str]:
        """Run a command to its end; return what it took (None if it failed) and its last words."""
        output = self._folder / "output.txt"
        with open(output, "wb") as out:
            run = measured(command, environment, out.fileno())
        return run, "\n".join(output.read_text("utf-8").splitlines()[-5:])


def measured(command: Sequence[str], environment: Mapping[str, str], out: int) -> Run | None:
    """Run a command to its end with its output going to `out`; None if it failed."""
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=out, stderr=out) as child:
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        return None
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT / 1e6)


def _last_capture(data: Path) -> int:
    return _rows(data, "SELECT COALESCE(MAX(id), 0) FROM captures")[0][0] if data.exists() else 0


def _fetched_since(data: Path, capture_id: int) -> Pages:
    """Return the pages captured after a capture; robots.txt is our own affair."""
    sql = "SELECT url FROM captures WHERE id > ? AND url NOT LIKE '%/robots.txt'"
    return frozenset(url for (url,) in _rows(data, sql, capture_id))


def _rows(data: Path, sql: str, *values: object) -> list[tuple]:
    db = sqlite3.connect(data / "archive.db")
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def _difference(fetched: Pages, expected: Pages) -> str:
    parts = [f"fetched {len(fetched)} pages, expected {len(expected)}"]
    for what, pages in (("missing", expected - fetched), ("not expected", fetched - expected)):
        if pages:
            parts.append(f"{len(pages)} {what}, first {min(pages)}")
    return "; ".join(parts)
