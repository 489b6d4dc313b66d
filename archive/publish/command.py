"""`kommunarkiv publish`: build the file that is served."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from archive.command_line import data_option, fail
from archive.errors import ArchiveError
from archive.exit_codes import EXIT_NOT_OK
from archive.publish.building import BadPublication, is_current, publish
from archive.publish.identity_numbers import RULES
from archive.publish.reviewing import doubts
from archive.terminal import readable


@click.command("publish")
@click.option("--full", is_flag=True, help="Build all of it anew, and check all of it.")
@click.option(
    "--review",
    "is_review",
    is_flag=True,
    help="Publish nothing; list what may be a personal identity number. Not for others.",
)
@data_option
def publish_command(data_dir: Path, *, full: bool, is_review: bool) -> None:
    """Build public.db: the archive without what is withheld, and without what is only ours.

    Personal identity numbers are masked. Only what has changed since the last time is built,
    unless something else is withheld.

    Exit code: 0 all well; 1 a check failed and the old file stays; 2 there is no archive.
    """
    try:
        if is_review:
            _review(data_dir)
            return
        published = publish(data_dir, anew=full)
    except BadPublication as error:
        fail(str(error), EXIT_NOT_OK)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(str(error))
    built = "all built" if published.changed is None else f"{published.changed} rows brought over"
    click.echo(
        f"{published.path}: {published.documents} documents, {published.withheld} withheld; "
        f"{built}: {published.numbers.masked} identity numbers masked, "
        f"{published.numbers.doubtful} doubtful (rules {RULES.version})"
    )


def require_published(data_dir: Path) -> None:
    """Publish what has changed since the served file was built; end the command where it fails."""
    try:
        if not is_current(data_dir):
            publish(data_dir)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(str(error))


def _review(data_dir: Path) -> None:
    for doubt in doubts(data_dir):
        click.echo(f"{doubt.table}.{doubt.column} {doubt.key}: {readable(doubt.words)}")
