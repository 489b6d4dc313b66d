"""`kommunarkiv crawl`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from archive.command_line import complain, fail
from archive.errors import Busy
from archive.exit_codes import EXIT_LOCKED, EXIT_NOT_OK, EXIT_OK, EXIT_USAGE, worst
from crawler.commands import data_dir
from crawler.config import ConfigError, Kommun, known_slugs, load_kommun, scheduled_kommuner
from crawler.display import display_for_stderr
from crawler.heartbeat import Heartbeat
from crawler.logs import days_to_keep, prune_logs
from crawler.processes import MARGIN_S, Ended, Processes, Run
from crawler.run import Outcome, crawl_kommun
from crawler.verdict import exit_code


@click.command()
@click.argument("slugs", nargs=-1, metavar="SLUG...")
@click.option("--all", "all_kommuner", is_flag=True, help="Every kommun that is scheduled.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Kommuner at a time."
)
def crawl(slugs: tuple[str, ...], all_kommuner: bool, jobs: int) -> None:
    """Crawl the sources of one or more kommuner and give a verdict on each.

    Several kommuner are crawled in a process each. Away from a terminal only what went wrong is
    printed of them.

    Exit code: 0 all well; 1 done, but a verdict is not ok; 2 wrong use or configuration;
    69 site unreachable; 75 another crawl of this kommun runs. Of several the gravest counts:
    2 before 69 before 1 before 75.
    """
    if bool(slugs) == all_kommuner:
        fail(f"say which kommun, or --all: {', '.join(known_slugs())}")
    try:
        log_days = days_to_keep()
        kommuner = [load_kommun(slug) for slug in dict.fromkeys(slugs)]
    except (ConfigError, ValueError) as error:
        fail(str(error))
    if len(kommuner) == 1:
        sys.exit(_crawl_one(kommuner[0], log_days))
    if slugs:
        sys.exit(_crawl_each(kommuner, jobs))
    kommuner, broken = scheduled_kommuner()
    for message in broken:  # that file's kommun is not crawled, the others are
        complain(message, EXIT_USAGE)
    if not kommuner and not broken:
        fail(f"none of {', '.join(known_slugs())} is scheduled")
    sys.exit(worst([_crawl_each(kommuner, jobs), *(EXIT_USAGE for _ in broken)]))


def _crawl_one(kommun: Kommun, log_days: int) -> int:
    heartbeat = Heartbeat(kommun.slug)
    code = EXIT_NOT_OK
    try:
        code = _crawl_and_say(kommun, heartbeat)
    finally:
        heartbeat.end(code)
        if code != EXIT_LOCKED:
            _prune_logs(log_days)
    return code


def _crawl_and_say(kommun: Kommun, heartbeat: Heartbeat) -> int:
    try:
        with display_for_stderr() as display:
            outcomes = crawl_kommun(kommun, data_dir(), display, heartbeat.begin)
    except Busy as error:
        return complain(str(error), EXIT_LOCKED)
    except (OSError, sqlite3.Error) as error:
        return complain(f"the archive in {data_dir()} cannot be used: {error}", EXIT_NOT_OK)
    code = exit_code([outcome.judgement for outcome in outcomes])
    click.echo(_summary(kommun.slug, outcomes), err=code != EXIT_OK)
    return code


def _prune_logs(days: int) -> None:
    try:
        prune_logs(data_dir() / "logs", days, datetime.now(UTC))
    except OSError as error:
        logging.getLogger(__name__).warning("old logs are still there: %s", error)


def _crawl_each(kommuner: Sequence[Kommun], jobs: int) -> int:
    """Crawl several kommuner, a process each, so that none can harm another."""
    command = (sys.executable, "-m", "crawler", "crawl")
    runs = [
        Run(kommun.slug, (*command, kommun.slug), kommun.max_duration_min * 60 + MARGIN_S)
        for kommun in kommuner
    ]
    ended = asyncio.run(Processes(jobs).run(runs, _report))
    if sys.stdout.isatty():
        well = sum(run.code == EXIT_OK for run in ended)
        click.echo(f"{well} of {len(runs)} kommuner ok")
    if len(ended) < len(runs):
        click.echo(f"interrupted: {len(runs) - len(ended)} kommuner were not started", err=True)
        return worst([EXIT_NOT_OK, *(run.code for run in ended)])
    return worst(run.code for run in ended)


def _report(run: Ended) -> None:
    """Print what a run left to say, in one piece."""
    if run.code != EXIT_OK:
        click.echo(run.complaint or f"{run.slug} failed: exit code {run.code}", err=True)
    elif sys.stdout.isatty():
        click.echo(run.said)


def _summary(slug: str, outcomes: Sequence[Outcome]) -> str:
    """One line for cron: `alingsas ok: 412 documents (3 new, 4 versions), 460 requests`."""
    verdicts = {outcome.judgement.verdict for outcome in outcomes}
    verdict = next((v for v in ("failed", "blocked", "degraded") if v in verdicts), "ok")
    reasons = "; ".join(
        f"{outcome.source.slug}: {outcome.judgement.reason}"
        for outcome in outcomes
        if outcome.judgement.reason
    )
    if reasons:
        return f"{slug} {verdict}: {reasons}"
    tallies = [outcome.tally for outcome in outcomes]
    return (
        f"{slug} {verdict}: {sum(t.held for t in tallies)} documents "
        f"({sum(t.new_documents for t in tallies)} new, "
        f"{sum(t.new_versions for t in tallies)} new versions), "
        f"{sum(t.outcomes.total() for t in tallies)} requests"
    )
