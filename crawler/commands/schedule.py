"""`kommunarkiv schedule`."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from archive.command_line import fail
from archive.exit_codes import EXIT_USAGE
from crawler.commands import data_dir
from crawler.config import (
    ConfigError,
    Kommun,
    known_slugs,
    kommuner_dir,
    load_kommun,
    scheduled_kommuner,
)
from crawler.scheduling import Installation, ScheduleError, crontab, units


@click.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG...]")
@click.option("--all", "all_kommuner", is_flag=True, help="Every kommun that is scheduled.")
@click.option("--cron", "is_cron", is_flag=True, help="A crontab on stdout (the default).")
@click.option(
    "--systemd",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Units in DIR: a service for all kommuner, a timer for each.",
)
@click.option(
    "--user",
    default="",
    metavar="NAME",
    help="As whom it runs. With --cron: the lines are for /etc/cron.d.",
)
@click.option("--mailto", default="", metavar="ADDRESS", help="Who gets cron's mails.")
@click.option(
    "--backup",
    "backups",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Back up to DIR every night, too.",
)
@click.option(
    "--keep", type=click.IntRange(1), default=7, show_default=True, help="Backups that stay in DIR."
)
def schedule(
    slugs: tuple[str, ...],
    *,
    all_kommuner: bool,
    is_cron: bool,
    folder: Path | None,
    user: str,
    mailto: str,
    backups: Path | None,
    keep: int,
) -> None:
    """Write what cron or systemd needs to crawl kommuner every night.

    Each starts at a minute of its own between 00:30 and 05:30, local time, which its name decides.
    At 06:10 what they brought is published; at 06:40 it is backed up, where --backup says so.
    The KOMMUNARKIV_ variables that are set now are what all of these will see.
    """
    if bool(slugs) == all_kommuner:
        fail(f"say which kommun, or --all: {', '.join(known_slugs())}")
    if is_cron and folder:
        fail("say --cron or --systemd DIR, not both")
    kommuner = _chosen(slugs)
    if folder:
        user = user or getpass.getuser()
    try:
        installation = replace(
            _installation(user, mailto), backups=backups and backups.absolute(), keep=keep
        )
        if folder is None:
            click.echo(crontab(kommuner, installation), nl=False)
        else:
            _write_units(kommuner, installation, folder)
    except (ScheduleError, OSError) as error:
        fail(str(error))


def _chosen(slugs: tuple[str, ...]) -> list[Kommun]:
    try:
        kommuner = [load_kommun(slug) for slug in dict.fromkeys(slugs)]
    except ConfigError as error:
        fail(str(error))
    if slugs:
        return kommuner
    kommuner, broken = scheduled_kommuner()
    if broken or not kommuner:
        fail("; ".join(broken) or f"none of {', '.join(known_slugs())} is scheduled")
    return kommuner


def _installation(user: str, mailto: str) -> Installation:
    contact = os.environ.get("KOMMUNARKIV_CONTACT", "")
    if not contact:
        fail(
            "expected KOMMUNARKIV_CONTACT in the environment, found none; "
            "it tells the sites whom to turn to",
            EXIT_USAGE,
        )
    environment = {
        "KOMMUNARKIV_DATA": str(data_dir().absolute()),
        "KOMMUNARKIV_CONTACT": contact,
    }
    if os.environ.get("KOMMUNARKIV_KOMMUNER"):
        environment["KOMMUNARKIV_KOMMUNER"] = str(kommuner_dir().absolute())
    for name in ("KOMMUNARKIV_HEARTBEAT", "KOMMUNARKIV_LOG_DAYS"):
        if os.environ.get(name):
            environment[name] = os.environ[name]
    return Installation(
        program=Path(sys.executable).with_name("kommunarkiv"),
        environment=environment,
        data_dir=data_dir().absolute(),
        mailto=mailto or contact.removeprefix("mailto:"),
        user=user,
    )


def _write_units(kommuner: list[Kommun], installation: Installation, folder: Path) -> None:
    written = list(units(kommuner, installation))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written:
        (folder / name).write_text(text, "utf-8")
    timers = " ".join(name for name, _ in written if name.endswith(".timer"))
    click.echo(f"{len(written)} units written to {folder}; when systemd reads that folder:")
    click.echo(f"  systemctl daemon-reload && systemctl enable --now {timers}")
