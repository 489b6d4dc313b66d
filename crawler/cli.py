"""The command line: one console script, `kommunarkiv`. Exit codes stand in `crawler.verdict`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from archive.browse.command import browse
from archive.cleaning.command import clean
from archive.cleaning.template import MIN_PAGES
from archive.errors import ArchiveError
from archive.reading import open_read_only
from archive.status import SourceStatus, read_status
from archive.store import Store, StoredTemplate
from archive.times import utc_now
from archive.verify import Report, verify
from crawler.config import ConfigError, Kommun, known_slugs, load_kommun
from crawler.display import display_for_stderr
from crawler.learning import learn_template
from crawler.rereading import reread_as_stored
from crawler.run import AlreadyRunning, Outcome, crawl_kommun, kommun_lock
from crawler.verdict import EXIT_LOCKED, EXIT_NOT_OK, EXIT_OK, EXIT_USAGE, exit_code


def data_dir() -> Path:
    """Return the folder of database, WARC files and logs: `KOMMUNARKIV_DATA`, default `data`."""
    return Path(os.environ.get("KOMMUNARKIV_DATA", "data"))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kommunarkiv")
def main() -> None:
    """Archive what Swedish kommuner publish, and read it.

    The archive lies in ./data, or where KOMMUNARKIV_DATA says.
    """


@main.command()
@click.argument("slugs", nargs=-1, metavar="SLUG...")
@click.option("--all", "all_kommuner", is_flag=True, help="Every kommun that is scheduled.")
def crawl(slugs: tuple[str, ...], all_kommuner: bool) -> None:
    """Crawl the sources of one or more kommuner and give a verdict on each.

    Exit code: 0 all well; 1 done, but a verdict is not ok; 2 wrong use or configuration;
    69 site unreachable; 75 another crawl of this kommun runs.
    """
    if bool(slugs) == all_kommuner:
        _fail(f"say which kommun, or --all: {', '.join(known_slugs())}", EXIT_USAGE)
    try:
        known = [load_kommun(slug) for slug in dict.fromkeys(slugs or known_slugs())]
    except ConfigError as error:
        _fail(str(error), EXIT_USAGE)
    kommuner = [kommun for kommun in known if kommun.scheduled or slugs]
    if len(kommuner) == 1:
        sys.exit(_crawl_one(kommuner[0]))
    sys.exit(_crawl_each([kommun.slug for kommun in kommuner]))


@main.command()
def status() -> None:
    """Show what is fresh, what is broken, and how much of what is listed is held."""
    with _archive() as db:
        statuses = read_status(db)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(_status_table(statuses))
    for source in statuses:
        for line in (source.reason, *source.alerts):
            if line:
                console.print(f"{source.name}: {line}", markup=False)


@main.command("verify")
def verify_command() -> None:
    """Hash all bytes, follow all references, read every page again, and compare."""
    with _archive() as db:
        reread = partial(reread_as_stored, db, data_dir=data_dir())
        report = verify(db, data_dir(), reread, _tracker())
    for problem in report.problems:
        click.echo(problem, err=True)
    click.echo(_verify_summary(report))
    sys.exit(EXIT_NOT_OK if report.problems else EXIT_OK)


@main.command("learn")
@click.argument("slugs", nargs=-1, required=True, metavar="SLUG...")
def learn_command(slugs: tuple[str, ...]) -> None:
    """Learn what recurs around the documents of one or more kommuner, and print it.

    The next crawl leaves it out of their texts. A crawl learns by itself what it finds nothing
    learnt of, and looks again after thirty days.
    """
    try:
        kommuner = [load_kommun(slug) for slug in dict.fromkeys(slugs)]
    except ConfigError as error:
        _fail(str(error), EXIT_USAGE)
    with _archive():
        pass  # there is one
    for kommun in kommuner:
        _learn_one(kommun)


main.add_command(browse)
main.add_command(clean)


def _crawl_one(kommun: Kommun) -> int:
    try:
        with display_for_stderr() as display:
            outcomes = crawl_kommun(kommun, data_dir(), display)
    except AlreadyRunning as error:
        _fail(str(error), EXIT_LOCKED)
    except (OSError, sqlite3.Error) as error:
        _fail(f"the archive in {data_dir()} cannot be used: {error}", EXIT_NOT_OK)
    code = exit_code([outcome.judgement for outcome in outcomes])
    click.echo(_summary(kommun.slug, outcomes), err=code != EXIT_OK)
    return code


def _learn_one(kommun: Kommun) -> None:
    try:
        with kommun_lock(data_dir(), kommun.slug), Store(data_dir() / "archive.db") as store:
            for source in kommun.sources:
                learnt = learn_template(store, data_dir(), kommun, source, utc_now())
                click.echo(f"{kommun.slug}/{source.slug}: {_learnt(learnt)}")
    except AlreadyRunning as error:
        _fail(str(error), EXIT_LOCKED)
    except (OSError, sqlite3.Error) as error:
        _fail(f"the archive in {data_dir()} cannot be used: {error}", EXIT_NOT_OK)


def _learnt(stored: StoredTemplate | None) -> str:
    if stored is None:
        return f"no news, or fewer than {MIN_PAGES} pages"
    lines = (
        "".join(letter if letter.isprintable() else " " for letter in line)
        for line in stored.template.lines  # as text, whatever a site wrote for a terminal
    )
    said = "".join(f"\n  {line}" for line in lines) or " nothing recurs"
    return f"version {stored.version}, template {stored.template.digest}:{said}"


def _crawl_each(slugs: Sequence[str]) -> int:
    """Crawl several kommuner, a process each, so that none can harm another."""
    command = [sys.executable, "-m", "crawler", "crawl"]
    codes = [subprocess.run([*command, slug], check=False).returncode for slug in slugs]
    return next((code for code in codes if code not in (EXIT_OK, EXIT_LOCKED)), max(codes))


def _summary(slug: str, outcomes: Sequence[Outcome]) -> str:
    """One line for cron: `alingsas ok: 412 documents (3 new, 4 versions), 460 requests`."""
    verdicts = {outcome.judgement.verdict for outcome in outcomes}
    worst = next((v for v in ("failed", "blocked", "degraded") if v in verdicts), "ok")
    reasons = "; ".join(
        f"{outcome.source.slug}: {outcome.judgement.reason}"
        for outcome in outcomes
        if outcome.judgement.reason
    )
    if reasons:
        return f"{slug} {worst}: {reasons}"
    tallies = [outcome.tally for outcome in outcomes]
    return (
        f"{slug} {worst}: {sum(t.documents for t in tallies)} documents "
        f"({sum(t.new_documents for t in tallies)} new, "
        f"{sum(t.new_versions for t in tallies)} new versions), "
        f"{sum(t.outcomes.total() for t in tallies)} requests"
    )


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


def _verify_summary(report: Report) -> str:
    checked = ", ".join(f"{count} {what}" for what, count in report.checked.items())
    return f"{len(report.problems)} problems; checked {checked or 'nothing'}"


def _tracker() -> Callable[[list[str], str], Iterable[str]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        return lambda items, _: items
    return lambda items, label: track(items, label, console=console, transient=True)


@contextmanager
def _archive() -> Iterator[sqlite3.Connection]:
    """Open the archive to look; anything wrong with the file is one line and exit code 2."""
    try:
        with closing(open_read_only(data_dir())) as db:
            yield db
    except ArchiveError as error:
        _fail(str(error), EXIT_USAGE)
    except (OSError, sqlite3.Error) as error:
        _fail(f"the archive in {data_dir()} cannot be read: {error}", EXIT_USAGE)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"kommunarkiv: {message}", err=True)
    sys.exit(code)
