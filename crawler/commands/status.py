"""`kommunarkiv status`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from archive.status import SourceStatus, read_status
from crawler.commands import open_archive


@click.command()
def status() -> None:
    """Show what is fresh, what is broken, and how much of what is listed is held."""
    with open_archive() as db:
        statuses = read_status(db)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(_status_table(statuses))
    for source in statuses:
        for line in (source.reason, *source.alerts):
            if line:
                console.print(f"{source.name}: {line}", markup=False)


def _status_table(statuses: Sequence[SourceStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("source", "verdict", "latest crawl", "latest ok"):
        table.add_column(column, no_wrap=True)
    for column in ("documents", "files held", "alerts"):
        table.add_column(column, justify="right")
    for source in statuses:
        table.add_row(
            source.name,
            source.verdict,
            _short(source.last_crawl_at),
            _short(source.last_ok_at) or "never",
            str(source.documents),
            f"{source.files_held} of {source.files_listed}",
            str(len(source.alerts)),
        )
    return table


def _short(at: str) -> str:
    """`2026-11-22T03:00:00Z` to `2026-11-22 03:00Z`."""
    return f"{at[:10]} {at[11:16]}Z" if at else ""
