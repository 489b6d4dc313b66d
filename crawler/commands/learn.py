"""`kommunarkiv learn`."""

from __future__ import annotations

import sqlite3

import click

from archive.cleaning.template import MIN_PAGES
from archive.command_line import fail
from archive.errors import Busy
from archive.exit_codes import EXIT_LOCKED, EXIT_NOT_OK
from archive.store import Store, StoredTemplate
from archive.terminal import readable
from archive.times import utc_now
from crawler.commands import data_dir, open_archive
from crawler.config import ConfigError, Kommun, load_kommun
from crawler.learning import learn_template
from crawler.locks import kommun_lock


@click.command("learn")
@click.argument("slugs", nargs=-1, required=True, metavar="SLUG...")
def learn_command(slugs: tuple[str, ...]) -> None:
    """Learn what recurs around the documents of one or more kommuner, and print it.

    The next crawl leaves it out of their texts. A crawl learns by itself what it finds nothing
    learnt of, and looks again after thirty days.
    """
    try:
        kommuner = [load_kommun(slug) for slug in dict.fromkeys(slugs)]
    except ConfigError as error:
        fail(str(error))
    with open_archive():
        pass  # there is one
    for kommun in kommuner:
        _learn_one(kommun)


def _learn_one(kommun: Kommun) -> None:
    try:
        with kommun_lock(data_dir(), kommun.slug), Store(data_dir() / "archive.db") as store:
            for source in kommun.sources:
                learnt = learn_template(store, data_dir(), kommun, source, utc_now())
                click.echo(f"{kommun.slug}/{source.slug}: {_learnt(learnt)}")
    except Busy as error:
        fail(str(error), EXIT_LOCKED)
    except (OSError, sqlite3.Error) as error:
        fail(f"the archive in {data_dir()} cannot be used: {error}", EXIT_NOT_OK)


def _learnt(stored: StoredTemplate | None) -> str:
    if stored is None:
        return f"no news, or fewer than {MIN_PAGES} pages"
    said = "".join(f"\n  {readable(line)}" for line in stored.template.lines) or " nothing recurs"
    return f"version {stored.version}, template {stored.template.digest}:{said}"
