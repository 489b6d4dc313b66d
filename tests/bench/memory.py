"""Does a crawl's memory grow with the site? python -m tests.bench.memory.

Crawls towns of about 2,000 and of about 20,000 pages twice, each time in a fresh process. Exit
code 1 when a crawl is not ok, or the large towns take more than 1.3 times the peak memory of the
small ones.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench.crawling.contest import Run, measured
from tests.bench.crawling.street import Address, NoStreetError, street_in_own_process
from tests.bench.display import machine, positive, surroundings, table

SIZES = (2_000, 20_000)
MOST_GROWTH = 1.3
"""Peak memory before the large towns, in that before the small ones."""
CRAWLS = ("first", "second")


class NotWellError(Exception):
    """A crawl whose verdict was not ok, in its own words."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one crawl took."""

    crawl: str
    pages: int
    """Requests it made."""
    run: Run


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl, print the figures, and return the exit code."""
    sizes = _parser().parse_args(arguments).pages
    console = Console(highlight=False)
    try:
        figures = [list(_crawled_twice(size)) for size in sizes]
    except (NotWellError, NoStreetError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    growth = [large.run.peak_mb / small.run.peak_mb for small, large in zip(*figures, strict=True)]
    rows = table("memory of a crawl", "requests", "wall s", "peak MB")
    for one in (one for both in figures for one in both):
        run = one.run
        rows.add_row(one.crawl, f"{one.pages:,}", f"{run.wall_s:.1f}", f"{run.peak_mb:.1f}")
    console.print(surroundings(machine("scrapy")), "", rows, "", soft_wrap=True, sep="\n")
    for crawl, factor in zip(CRAWLS, growth, strict=True):
        console.print(f"{crawl} crawl: {factor:.2f} times the memory (at most {MOST_GROWTH})")
    return int(max(growth) > MOST_GROWTH)


def _crawled_twice(pages: int) -> Iterator[Figures]:
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with street_in_own_process(folder, pages) as address:
            for crawl in CRAWLS:
                yield _crawled(address, folder, crawl)


def _crawled(address: Address, folder: Path, crawl: str) -> Figures:
    data, output = folder / "data", folder / "output.txt"
    with open(output, "wb") as out:
        environment = address.environment | {"KOMMUNARKIV_DATA": str(data)}
        run = measured(address.command, environment, out.fileno())
    if run is None:
        raise NotWellError(f"{crawl} crawl: {output.read_text('utf-8').strip()}")
    return Figures(crawl, _requests(data), run)


def _requests(data: Path) -> int:
    """Return how many requests the newest crawl of each source made."""
    sql = (
        "SELECT sum(requests) FROM crawls "
        "WHERE id IN (SELECT max(id) FROM crawls GROUP BY source_id)"
    )
    with closing(sqlite3.connect(data / "archive.db")) as db:
        return int(db.execute(sql).fetchone()[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument(
        "--pages",
        type=positive,
        nargs=2,
        default=SIZES,
        metavar=("SMALL", "LARGE"),
        help="pages and files of the towns in all, about; default 2000 20000",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
