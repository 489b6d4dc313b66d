"""`kommunarkiv status`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive.exit_codes import EXIT_NOT_OK, EXIT_OK
from archive.status import SourceStatus, read_status
from archive.times import utc_now
from crawler.commands import data_dir, open_archive
from crawler.config import ConfigError, known_slugs, load_kommun
from crawler.locks import is_being_crawled

ONE_SCREEN = 25
"""With more sources than that, those that are well are only counted."""
_COLOURS = {"ok": "green", "running": "cyan", "degraded": "yellow", "never": "yellow"}
"""Of states; the others are red."""


@click.command()
@click.option(
    "--all", "show_all", is_flag=True, help="List every source, also those that are well."
)
@click.option("--json", "as_json", is_flag=True, help="Write everything as one JSON object.")
def status(*, show_all: bool, as_json: bool) -> None:
    """Show what is fresh, what is broken since when, and how much of what is listed is held.

    Exit code: 0 no alert is open; 1 one is; 2 there is no archive.
    """
    with open_archive() as db:
        sources = read_status(db, partial(is_being_crawled, data_dir()), utc_now())
    uncovered = [*_uncovered(sources)]
    if as_json:
        found = {"sources": sources, "not_covered": uncovered}
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _show(sources, uncovered, show_all=show_all or len(sources) <= ONE_SCREEN)
    sys.exit(EXIT_NOT_OK if any(source.alerts for source in sources) else EXIT_OK)


def _uncovered(sources: Sequence[SourceStatus]) -> Iterator[str]:
    """Yield what the archive does not hold though it should, a line each."""
    crawled = {source.name for source in sources if source.state != "never"}
    for slug in known_slugs():
        try:
            kommun = load_kommun(slug)
        except ConfigError as error:
            yield str(error)
            continue
        names = [f"{slug}/{source.slug}" for source in kommun.sources if kommun.scheduled]
        yield from (f"{name}: never crawled" for name in names if name not in crawled)
    for source in sources:
        if source.name in crawled and not source.last_complete_at:
            yield f"{source.name}: no crawl has walked all its listings yet"
        if source.waiting:
            yield f"{source.name}: {source.waiting} of {source.listed} listed pages wait their turn"


def _show(sources: Sequence[SourceStatus], uncovered: Sequence[str], *, show_all: bool) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(_table([s for s in sources if show_all or not s.is_well]))
    _show_lines(console, "Broken", "red", [*_broken(sources)])
    _show_lines(console, "Not covered", "yellow", uncovered)
    fresh = sum(source.is_fresh for source in sources)
    alerts = sum(len(source.alerts) for source in sources)
    console.print(f"\n{fresh} of {len(sources)} sources fresh, {alerts} alert(s) open")


def _show_lines(console: Console, title: str, colour: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(Text(f"\n{title}", f"bold {colour}"))
    for line in lines:
        console.print(Text(f"  {_printable(line)}"), soft_wrap=True)


def _broken(sources: Sequence[SourceStatus]) -> Iterator[str]:
    """Yield a line for each open alert, and for each bad end of a crawl that has none."""
    for source in sources:
        for alert in source.alerts:
            yield f"{source.name}: {alert.rule} since {alert.opened_at[:10]}: {alert.message}"
        if source.reason and not source.alerts:
            yield f"{source.name}: {source.state} {source.last_crawl_at[:10]}: {source.reason}"
        if source.state == "died":
            yield f"{source.name}: died: the crawl of {source.last_crawl_at[:10]} was killed"


def _table(sources: Sequence[SourceStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("source", "state", "latest crawl", "latest good"):
        table.add_column(column, no_wrap=True)
    for column in ("documents", "listed held", "files held", "alerts"):
        table.add_column(column, justify="right")
    for source in sources:
        table.add_row(
            source.name,
            Text(source.state, _COLOURS.get(source.state, "red")),
            _short(source.last_crawl_at),
            Text(_short(source.last_good_at) or "never", "" if source.is_fresh else "red"),
            str(source.documents),
            _held(source),
            f"{source.files_held} of {source.files_listed}",
            Text(str(len(source.alerts)), "red" if source.alerts else ""),
        )
    return table


def _held(source: SourceStatus) -> str:
    """`8 of 311`, with what is missing for a known reason: `300 of 311 (9 explained)`."""
    explained = f" ({source.explained} explained)" if source.explained else ""
    return f"{source.held} of {source.listed}{explained}"


def _short(at: str) -> str:
    """`2026-11-22T03:00:00Z` to `2026-11-22 03:00Z`."""
    return f"{at[:10]} {at[11:16]}Z" if at else ""


def _printable(line: str) -> str:
    """Return a line without what a site may have written for a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
