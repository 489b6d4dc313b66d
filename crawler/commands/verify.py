"""`kommunarkiv verify`."""

from __future__ import annotations

import sys
from functools import partial

import click

from archive.exit_codes import EXIT_NOT_OK, EXIT_OK
from archive.verify import Report, verify
from crawler.commands import data_dir, open_archive
from crawler.progress import tracker
from crawler.rereading import reread_as_stored


@click.command("verify")
def verify_command() -> None:
    """Hash all bytes, follow all references, read every page again, and compare."""
    with open_archive() as db:
        reread = partial(reread_as_stored, db, data_dir=data_dir())
        report = verify(db, data_dir(), reread, tracker())
    for problem in report.problems:
        click.echo(problem, err=True)
    click.echo(_verify_summary(report))
    sys.exit(EXIT_NOT_OK if report.problems else EXIT_OK)


def _verify_summary(report: Report) -> str:
    checked = ", ".join(f"{count} {what}" for what, count in report.checked.items())
    return f"{len(report.problems)} problems; checked {checked or 'nothing'}"
