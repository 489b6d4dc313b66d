"""`kommunarkiv publish`: build the file that is served."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click

from archive.errors import ArchiveError
from archive.exit_codes import EXIT_NOT_OK, EXIT_USAGE
from archive.publish.building import BadPublication, publish


@click.command("publish")
@click.option(
    "--data",
    "data_dir",
    envvar="KOMMUNARKIV_DATA",
    default="data",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Folder of the archive.",
)
def publish_command(data_dir: Path) -> None:
    """Build public.db: the archive without what is withheld, and without what is only ours.

    Exit code: 0 all well; 1 a check failed and the old file stays; 2 there is no archive.
    """
    try:
        published = publish(data_dir)
    except BadPublication as error:
        _fail(str(error), EXIT_NOT_OK)
    except (ArchiveError, OSError, sqlite3.Error) as error:
        _fail(str(error), EXIT_USAGE)
    click.echo(f"{published.path}: {published.documents} documents, {published.withheld} withheld")


def _fail(message: str, code: int) -> None:
    click.echo(f"kommunarkiv: {message}", err=True)
    sys.exit(code)
