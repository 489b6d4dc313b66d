"""`kommunarkiv backup`."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click

from archive.backup import Manifest, back_up
from archive.command_line import fail
from archive.errors import ArchiveError, Busy
from archive.exit_codes import EXIT_LOCKED, EXIT_NOT_OK, EXIT_OK
from archive.times import utc_now
from crawler.commands import data_dir, open_archive
from crawler.progress import tracker


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keep", type=click.IntRange(1), default=7, show_default=True, help="Backups that stay in DIR."
)
def backup(folder: Path, keep: int) -> None:
    """Copy the whole archive into a new folder in DIR, while crawls run or not.

    Unchanged WARC files are hard links to those of the backup before. Older backups than --keep
    are deleted when the new one is whole.

    Exit code: 0 all well; 1 no backup was made, or the archive lacked something; 2 no archive;
    75 another backup to DIR runs.
    """
    with open_archive():
        pass  # there is one
    try:
        path, manifest = back_up(data_dir(), folder, keep=keep, now=utc_now(), track=tracker())
    except Busy as error:
        fail(str(error), EXIT_LOCKED)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(f"no backup was made: {error}", EXIT_NOT_OK)
    for problem in manifest.problems:
        click.echo(problem, err=True)
    click.echo(f"{path}: {contents(manifest)}")
    sys.exit(EXIT_NOT_OK if manifest.problems else EXIT_OK)


def contents(manifest: Manifest) -> str:
    """Return what a backup holds, in one line."""
    size = sum(file.bytes for file in manifest.files.values()) / 1e6
    rows = ", ".join(f"{count} {table}" for table, count in manifest.counts.items())
    return f"{rows}; {len(manifest.files) - 1} WARC files; {size:.1f} MB"
