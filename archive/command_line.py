"""What commands of `kommunarkiv` share, whichever package they stand in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from archive.exit_codes import EXIT_USAGE
from archive.terminal import readable

data_option = click.option(
    "--data",
    "data_dir",
    envvar="KOMMUNARKIV_DATA",
    default="data",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Folder of the archive.",
)
"""Gives a command its `data_dir`."""


def complain(message: str, code: int) -> int:
    """Say in one line what is wrong; return `code`. A message may quote what others wrote."""
    click.echo(f"kommunarkiv: {readable(message)}", err=True)
    return code


def fail(message: str, code: int = EXIT_USAGE) -> NoReturn:
    """Say in one line what is wrong, and end with the exit code `code`."""
    sys.exit(complain(message, code))
