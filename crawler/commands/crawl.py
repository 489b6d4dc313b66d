"""`kommunarkiv crawl`."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence

import click

from archive.exit_codes import EXIT_LOCKED, EXIT_NOT_OK, EXIT_OK, EXIT_USAGE
from crawler.commands import data_dir, fail
from crawler.config import ConfigError, Kommun, known_slugs, load_kommun
from crawler.display import display_for_stderr
from crawler.run import AlreadyRunning, Outcome, crawl_kommun
from crawler.verdict import exit_code


@click.command()
@click.argument("slugs", nargs=-1, metavar="SLUG...")
@click.option("--all", "all_kommuner", is_flag=True, help="Every kommun that is scheduled.")
def crawl(slugs: tuple[str, ...], all_kommuner: bool) -> None:
    """Crawl the sources of one or more kommuner and give a verdict on each.

    Exit code: 0 all well; 1 done, but a verdict is not ok; 2 wrong use or configuration;
    69 site unreachable; 75 another crawl of this kommun runs.
    """
    if bool(slugs) == all_kommuner:
        fail(f"say which kommun, or --all: {', '.join(known_slugs())}", EXIT_USAGE)
    try:
        known = [load_kommun(slug) for slug in dict.fromkeys(slugs or known_slugs())]
    except ConfigError as error:
        fail(str(error), EXIT_USAGE)
    kommuner = [kommun for kommun in known if kommun.scheduled or slugs]
    if len(kommuner) == 1:
        sys.exit(_crawl_one(kommuner[0]))
    sys.exit(_crawl_each([kommun.slug for kommun in kommuner]))


def _crawl_one(kommun: Kommun) -> int:
    try:
        with display_for_stderr() as display:
            outcomes = crawl_kommun(kommun, data_dir(), display)
    except AlreadyRunning as error:
        fail(str(error), EXIT_LOCKED)
    except (OSError, sqlite3.Error) as error:
        fail(f"the archive in {data_dir()} cannot be used: {error}", EXIT_NOT_OK)
    code = exit_code([outcome.judgement for outcome in outcomes])
    click.echo(_summary(kommun.slug, outcomes), err=code != EXIT_OK)
    return code


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
        f"{slug} {worst}: {sum(t.held for t in tallies)} documents "
        f"({sum(t.new_documents for t in tallies)} new, "
        f"{sum(t.new_versions for t in tallies)} new versions), "
        f"{sum(t.outcomes.total() for t in tallies)} requests"
    )
