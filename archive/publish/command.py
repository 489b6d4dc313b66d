"""`kommunarkiv publish`: build the file that is served."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from archive.command_line import data_option, fail
from archive.errors import ArchiveError
from archive.exit_codes import EXIT_NOT_OK
from archive.publish.building import BadPublication, is_current, publish


@click.command("publish")
@data_option
def publish_command(data_dir: Path) -> None:
    """Build public.db: the archive without what is withheld, and without what is only ours.

    Exit code: 0 all well; 1 a check failed and the old file stays; 2 there is no archive.
    """
    try:
        published = publish(data_dir)
    except BadPublication as error:
        fail(str(error), EXIT_NOT_OK)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(str(error))
    click.echo(f"{published.path}: {published.documents} documents, {published.withheld} withheld")


def require_published(data_dir: Path) -> None:
    """Publish what has changed since the served file was built; end the command where it fails."""
    try:
        if not is_current(data_dir):
            publish(data_dir)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        fail(str(error))
