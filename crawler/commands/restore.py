"""`kommunarkiv restore`."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import click

from archive.backup import restorable, restore
from archive.command_line import fail
from archive.errors import ArchiveError
from archive.exit_codes import EXIT_NOT_OK, EXIT_OK
from archive.reading import open_read_only
from archive.verify import verify_bytes
from crawler.commands.backup import contents
from crawler.progress import tracker


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--to",
    "target",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The new data folder; it must be empty, or not exist.",
)
def restore_command(backup: Path, target: Path) -> None:
    """Make an archive of BACKUP, one of the folders that `backup` made, and check it.

    Exit code: 0 all well; 1 what was restored has problems, or nothing was restored; 2 wrong use.
    """
    try:
        manifest = restorable(backup, target)
    except (ArchiveError, OSError) as error:
        fail(str(error))
    try:
        restore(backup, manifest, target, tracker())
        with closing(open_read_only(target)) as db:
            report = verify_bytes(db, target, tracker())
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(f"not restored: {error}", EXIT_NOT_OK)
    for problem in (*manifest.problems, *report.problems):
        click.echo(problem, err=True)
    click.echo(f"{target}: {contents(manifest)}; of {manifest.made_at}")
    click.echo(f"{len(report.problems)} problems in its rows and bytes")
    sys.exit(EXIT_NOT_OK if report.problems else EXIT_OK)
