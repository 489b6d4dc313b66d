"""Recorded answers and what a person called each: python -m tests.kinds prints how many we call so.

The labels stand in tests/gold/recorded.json by the SHA-256 of the body; the bodies stay beside the
repository. `or` is what the labeller would have accepted, too. The words of `kinds.toml` were found
on the hosts of `DEVELOPED_ON`; the others were first looked at when they had been measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from warcio.archiveiterator import ArchiveIterator

from archive.cleaning.kinds import Kind, PageKind, kind_of_answer
from archive.text import sha256
from tests.bench.display import table
from tests.pages import REASON, RESPONSES

LABELS = Path(__file__).parent / "gold" / "recorded.json"
KINDS: tuple[Kind, ...] = get_args(Kind)
DEVELOPED_ON = frozenset(
    (
        "alingsas.se",
        "arboga.se",
        "goteborg.se",
        "municipio.alingsas.se",
        "norrkoping.se",
        "www.alingsas.se",
        "www.askersund.se",
    )
)

FULL_WIDTH = 120
"""Characters a line, where the tables go to a file."""


@dataclass(frozen=True)
class Judged:
    """One recorded body, what a person calls it, and what we do."""

    url: str
    label: Kind
    second: Kind | None
    """What the labeller would have accepted, too."""
    found: PageKind
    found_without_status: PageKind

    @property
    def is_developed_on(self) -> bool:
        return (urlsplit(self.url).hostname or "") in DEVELOPED_ON

    def kind(self, *, with_status: bool) -> PageKind:
        return self.found if with_status else self.found_without_status

    def is_right(self, *, with_status: bool) -> bool:
        return self.kind(with_status=with_status).kind in (self.label, self.second)


def judged() -> Iterator[Judged]:
    """Yield each labelled body once, with the first address it was recorded at."""
    labels = json.loads(LABELS.read_text("utf-8"))
    for path in RESPONSES:
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type != "response":
                    continue
                body = record.content_stream().read()
                if label := labels.pop(sha256(body), None):
                    yield _judged(record, body, label)


def confusion(found: Iterable[Judged], *, with_status: bool) -> Counter[tuple[Kind, Kind]]:
    """Count bodies by label and by what we call them."""
    return Counter((one.label, one.kind(with_status=with_status).kind) for one in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 2 when there is nothing to judge."""
    options = _options(arguments)
    everything = [*judged()]
    if not everything:
        sys.stderr.write(f"{REASON}\n")
        return 2
    console = Console(highlight=False, width=None if sys.stdout.isatty() else FULL_WIDTH)
    for name, some in _parts(everything, halves=options.halves):
        for with_status in (True, False):
            status = "with status" if with_status else "without status"
            console.print(_table(f"{name}, {status}", some, with_status=with_status), "", sep="\n")
    for line in _wrong(everything) if options.wrong else ():
        console.print(line, soft_wrap=True, markup=False)
    return 0


def _judged(record, body: bytes, label: dict[str, Kind]) -> Judged:
    url = record.rec_headers.get_header("WARC-Target-URI")
    content_type = record.http_headers.get_header("Content-Type") or ""
    status = int(record.http_headers.get_statuscode())
    plain = kind_of_answer(body, url=url, content_type=content_type)
    found = (
        kind_of_answer(body, url=url, content_type=content_type, status=status)
        if status >= 300
        else plain
    )
    return Judged(url, label["label"], label.get("or"), found, plain)


def _parts(everything: Sequence[Judged], *, halves: bool) -> Iterator[tuple[str, Sequence[Judged]]]:
    if not halves:
        yield "all hosts", everything
        return
    yield "hosts developed on", [one for one in everything if one.is_developed_on]
    yield "other hosts", [one for one in everything if not one.is_developed_on]


def _table(title: str, some: Sequence[Judged], *, with_status: bool) -> Table:
    """Return a row for each label; what the labeller would have accepted, too, counts as right."""
    counts = confusion(some, with_status=with_status)
    rows = table(title, *KINDS, "right", "of")
    for label in KINDS:
        own = [one for one in some if one.label == label]
        right = sum(one.is_right(with_status=with_status) for one in own)
        found = [str(counts[label, kind] or "·") for kind in KINDS]
        rows.add_row(label, *found, str(right), str(len(own)))
    return rows


def _wrong(some: Iterable[Judged]) -> Iterator[str]:
    for one in some:
        for with_status in (True, False):
            kind, evidence = one.kind(with_status=with_status)
            if not one.is_right(with_status=with_status):
                status = "with" if with_status else "without"
                yield f"{one.label} called {kind} {status} status: {evidence}: {one.url}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kinds", description=__doc__)
    parser.add_argument(
        "--halves", action="store_true", help="the hosts developed on by themselves"
    )
    parser.add_argument("--wrong", action="store_true", help="list what we call otherwise")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
