"""Command line: python -m tests.fuzz.

Reads pages that are made up or damaged, and says which of them raise, lose words or take too long.
Exit code 1 when one does. The same seed makes the same pages, as long as the saved pages are the
same; `--only` reads a single one again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from tests.bench.display import positive, progress
from tests.fuzz.minimise import minimal
from tests.fuzz.oracle import faults, seconds
from tests.fuzz.pages import Pages, saved_pages

FOLDER = Path("fuzz-found")
TOO_LONG = 100
"""Times what an ordinary page of the size takes."""
LEAST_S = 0.002
"""What an ordinary page takes, however small it is."""
MOST_SAVED = 50


class Failure(NamedTuple):
    """A page that does not do."""

    number: int
    page: bytes
    faults: list[str]


class Judge:
    """Knows what a page may take: so many times what saved pages take a byte."""

    def __init__(self, saved: Sequence[bytes]) -> None:
        for page in saved[:5]:
            seconds(page)
        taken = sum(seconds(page) for page in saved)
        self.s_per_byte = taken / max(1, sum(map(len, saved)))

    def faults(self, page: bytes) -> list[str]:
        """Return what is wrong with how a page is read."""
        found = faults(page)
        if self._takes_too_long(page) and self._takes_too_long(page):
            found.append(f"takes {seconds(page):.1f} s of CPU time")
        return found

    def _takes_too_long(self, page: bytes) -> bool:
        return seconds(page) > TOO_LONG * (LEAST_S + self.s_per_byte * len(page))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the pages; return the exit code."""
    options = _options(arguments)
    saved = saved_pages()
    judge = Judge(saved)
    numbers = range(options.first, options.first + options.pages)
    sys.stdout.write(
        f"seed {options.seed}, pages {numbers.start} to {numbers.stop - 1}, {len(saved)} saved "
        f"pages; ordinary: {judge.s_per_byte * 1e9:.0f} ns a byte\n"
    )
    began = monotonic()
    size = failed = 0
    for failure, bytes_read in _read(Pages(options.seed, saved), judge, numbers):
        size += bytes_read
        if failure:
            failed += 1
            _report(failure, judge, options.folder if failed <= MOST_SAVED else None)
    per_s = len(numbers) / (monotonic() - began)
    sys.stdout.write(
        f"{len(numbers)} pages, {size / 1e6:.0f} MB, {failed} failed; {per_s:.0f} pages a second\n"
    )
    return 1 if failed else 0


def _read(pages: Pages, judge: Judge, numbers: range) -> Iterator[tuple[Failure | None, int]]:
    with progress() as bar:
        task = bar.add_task("pages", total=len(numbers))
        for number in numbers:
            page = pages[number]
            found = judge.faults(page)
            yield Failure(number, page, found) if found else None, len(page)
            bar.update(task, advance=1)


def _report(failure: Failure, judge: Judge, folder: Path | None) -> None:
    """Print a failure; keep the page, made small, in a folder."""
    sys.stdout.write(f"page {failure.number}: {'; '.join(failure.faults)[:300]}\n")
    if folder:
        kinds = {_kind(fault) for fault in failure.faults}
        small = minimal(failure.page, lambda page: kinds <= {*map(_kind, judge.faults(page))})
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{failure.number}.html"
        path.write_bytes(small)
        sys.stdout.write(f"  {len(failure.page)} bytes, {len(small)} of them in {path}\n")
    sys.stdout.flush()


def _kind(fault: str) -> str:
    """Return a fault without what is of one page only."""
    return fault[:24]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    add = parser.add_argument
    add("--pages", type=positive, default=100_000, metavar="N", help="default 100,000")
    add("--seed", type=int, default=0, metavar="N", help="default 0")
    add("--first", type=int, default=0, metavar="N", help="number of the first page")
    add("--only", type=int, metavar="N", help="read this page alone")
    add("--folder", type=Path, default=FOLDER, help=f"for pages that fail; default {FOLDER}")
    options = parser.parse_args(arguments)
    if options.only is not None:
        options.first, options.pages = options.only, 1
    return options


if __name__ == "__main__":
    sys.exit(main())
