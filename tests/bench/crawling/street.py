"""The demo towns in a process of their own: python -m tests.bench.crawling.street FOLDER PAGES.

Says on standard output, as one line of JSON, where they are, and serves until its standard
input is closed; so neither contestant pays for what the servers do.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONCURRENCY = 4
"""Requests at a time, for every contestant; that of the demo kommun."""


class NoStreetError(Exception):
    """The towns could not be opened."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a contestant has to know of the towns."""

    command: list[str]
    """Crawls them with the whole job."""
    environment: dict[str, str]
    """For that command, without the data folder."""
    starts: list[str]
    """Their start pages."""


@contextmanager
def street_in_own_process(folder: Path, pages: int) -> Iterator[Address]:
    """Serve towns of about `pages` pages and files in all; keep their configuration in `folder`.

    Raises `NoStreetError` when that cannot be; the server has said why.
    """
    command = [sys.executable, "-m", "tests.bench.crawling.street", str(folder), str(pages)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin
        assert server.stdout
        line = server.stdout.readline()
        if not line:
            raise NoStreetError("the towns could not be opened")
        said = json.loads(line)
        environment = os.environ | said["environment"]
        yield Address(said["command"], environment, said["starts"])
        server.stdin.close()


def serve(folder: Path, pages: int) -> None:
    """Serve until standard input is closed."""
    from tests.conftest import open_street

    grown = {"pages": pages_per_town(pages), "concurrency": CONCURRENCY, "delay_s": 0}
    for street in open_street(folder, **grown):
        names = ("KOMMUNARKIV_KOMMUNER", "PYTHONPATH")
        address = {
            "command": street.command("crawl", street.slug),
            "environment": {name: street.environment[name] for name in names},
            "starts": start_pages(folder / "kommuner" / f"{street.slug}.toml"),
        }
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def pages_per_town(pages: int) -> int:
    """Return what to ask of each town so that all of them together have about `pages` pages."""
    from tests.towns.__main__ import all_towns

    def length(per_town: int) -> int:
        return sum(len(town.paths()) for town in all_towns(per_town))

    return bisect_left(range(pages), pages, lo=1, key=length)


def start_pages(config: Path) -> list[str]:
    """Return the start page of each source of a kommun."""
    return [source["start_url"] for source in tomllib.loads(config.read_text("utf-8"))["sources"]]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the bench says when it is over
    serve(Path(sys.argv[1]), int(sys.argv[2]))
