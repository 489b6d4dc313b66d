"""How fast is the reading room, and how fast is publishing? python -m tests.bench.browsing.

Publishes a large archive, asks the reading room and a Datasette without our settings, templates and
plugins for the same things in turn, both over HTTP and on the same file; then lets a night pass and
publishes that. Exit code 1 when a search takes 100 ms at the median, the night a tenth of what
publishing everything took, or the reading room answers with an error.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote

import httpx
from rich.console import Console

from archive.publish import public_path, publish
from tests.bench import swedish
from tests.bench.display import machine, positive, progress, surroundings, table
from tests.bench.large_archive import build, night
from tests.serving import HOST, reading_room, serving

DOCUMENTS = 200_000
ROUNDS = 60
"""How often each kind of page is asked for, each time another one where there are others."""
WARMING = 3
"""Rounds that are not counted."""
CHANGES = 500
MOST_SEARCH_MS = 100
MOST_NIGHT = 0.1
"""Of what publishing everything takes."""
SEARCH = "search"
_STOCK_FTS = "&_fts_table=documents_fts&_fts_pk=id"
"""What our metadata says of the search index, for one who has not read it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One address of ours, and the one of stock Datasette that shows the same."""

    kind: str
    ours: str
    stock: str


@dataclass(slots=True)
class Times:
    """How long the answers of one kind took, in milliseconds."""

    ours: list[float] = field(default_factory=list)
    stock: list[float] = field(default_factory=list)
    given_up: int = 0
    """Answers of stock Datasette that are an error, or leave out what took too long."""


class NotWellError(Exception):
    """An answer of the reading room that is none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the figures, and return the exit code."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    with TemporaryDirectory(prefix="bench-") as name:
        data_dir = options.data or Path(name)
        if not (data_dir / "archive.db").exists():
            build(data_dir, options.documents)
        whole_s = _published_anew(data_dir)
        try:
            times = _asked_in_turn(data_dir, options.rounds)
        except NotWellError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        night(data_dir, CHANGES)
        night_s = _timed_publish(data_dir)
    console.print(surroundings(machine("datasette")), "", soft_wrap=True, sep="\n")
    console.print(_answers(times), "", _publishing(whole_s, night_s), sep="\n")
    missed = [*_missed(times, whole_s, night_s)]
    console.print(*missed, sep="\n")
    return int(bool(missed))


def _published_anew(data_dir: Path) -> float:
    for path in data_dir.glob("public.db*"):
        path.unlink()
    return _timed_publish(data_dir)


def _timed_publish(data_dir: Path) -> float:
    start = time.perf_counter()
    publish(data_dir)
    return time.perf_counter() - start


def _asked_in_turn(data_dir: Path, rounds: int) -> Mapping[str, Times]:
    """Ask both for the same pages, one after the other."""
    times: dict[str, Times] = defaultdict(Times)
    asked = [*_asked(public_path(data_dir), rounds + WARMING)]
    stock_command = [sys.executable, "-m", "datasette", "serve", str(public_path(data_dir))]
    with (
        reading_room(data_dir) as ours,
        serving(lambda port: [*stock_command, "-h", HOST, "-p", str(port)], data_dir) as stock,
        httpx.Client(timeout=60) as client,
        progress() as bar,
    ):
        for n, pages in enumerate(bar.track(asked, description="asking")):
            for one in pages:
                our_answer, our_ms = _timed(client, ours.address + one.ours)
                stock_answer, stock_ms = _timed(client, stock.address + one.stock)
                if our_answer.status_code != 200:
                    raise NotWellError(f"{one.ours}: {our_answer.status_code}")
                if n >= WARMING:
                    times[one.kind].ours.append(our_ms)
                    times[one.kind].stock.append(stock_ms)
                    times[one.kind].given_up += _has_given_up(stock_answer)
    return times


def _timed(client: httpx.Client, url: str) -> tuple[httpx.Response, float]:
    start = time.perf_counter()
    answer = client.get(url)
    return answer, (time.perf_counter() - start) * 1000


def _has_given_up(answer: httpx.Response) -> bool:
    return answer.status_code != 200 or "facets timed out" in answer.text


def _asked(public: Path, rounds: int) -> Iterator[list[Asked]]:
    """Yield what is asked for in each round."""
    random = Random(0)
    with closing(sqlite3.connect(public)) as db:
        pools = {name: [row[0] for row in db.execute(sql)] for name, sql in _ROWS.items()}
    facets = "&".join(f"_facet={column}" for column in ("kommunkod", "kind"))
    for typed in _typed(random, rounds):
        said = quote(typed)
        found = f"/public/documents?_search={said}"
        pages = [f"/public/{name}/{random.choice(ids)}" for name, ids in pools.items()]
        yield [
            Asked("front page", "/", "/"),
            Asked("list, facets", "/public/documents", f"/public/documents?{facets}"),
            Asked(SEARCH, f"/public/sok?q={said}", found + _STOCK_FTS),
            Asked("list, searched", found, found + _STOCK_FTS),
            *(Asked(name, page, page) for name, page in zip(pools, pages, strict=True)),
        ]


_ROWS = {
    "documents": "SELECT id FROM documents ORDER BY id * 7919 % 100003 LIMIT 500",
    "kommuner": "SELECT kommunkod FROM kommuner",
    "bodies": "SELECT id FROM bodies",
    "sources": "SELECT id FROM sources",
}


def _typed(random: Random, count: int) -> Iterator[str]:
    """Yield what people type: a word or two, a phrase, the beginning of a word, a number."""
    shapes = ("{0}", "{0}", "{0}", "{0} {1}", "{0} {1}", '"{0} och"', "{2}", "KS/2024:{3}")
    for _ in range(count):
        one, other = swedish.rare_words(random, 2)
        shape = random.choice(shapes)
        yield shape.format(one, other, one[: max(3, len(one) // 2)], random.randrange(1, 900))


def _answers(times: Mapping[str, Times]) -> object:
    rows = table(
        *("answers, ms", "ours, median", "95 %", "stock, median", "95 %", "ratio", "given up")
    )
    for kind, one in times.items():
        ours, stock = median(one.ours), median(one.stock)
        rows.add_row(
            *(kind, f"{ours:.1f}", f"{_most(one.ours):.1f}", f"{stock:.1f}"),
            *(f"{_most(one.stock):.1f}", f"{ours / stock:.2f}", str(one.given_up)),
        )
    return rows


def _most(values: Sequence[float]) -> float:
    """Return what 95 of 100 values are not above."""
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def _publishing(whole_s: float, night_s: float) -> object:
    rows = table("publishing", "seconds", "ratio")
    rows.add_row("everything", f"{whole_s:.1f}", "")
    rows.add_row(f"a night's {CHANGES} changes", f"{night_s:.1f}", f"{night_s / whole_s:.3f}")
    return rows


def _missed(times: Mapping[str, Times], whole_s: float, night_s: float) -> Iterator[str]:
    if (ms := median(times[SEARCH].ours)) >= MOST_SEARCH_MS:
        yield f"expected searches below {MOST_SEARCH_MS} ms at the median, found {ms:.0f} ms"
    if (share := night_s / whole_s) >= MOST_NIGHT:
        yield f"expected a night to take less than {MOST_NIGHT} of everything, found {share:.2f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.browsing", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder of a made-up archive, which a night passes in; made where there is none",
    )
    parser.add_argument(
        "--documents", type=positive, default=DOCUMENTS, help=f"default {DOCUMENTS}"
    )
    parser.add_argument("--rounds", type=positive, default=ROUNDS, help=f"default {ROUNDS}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
