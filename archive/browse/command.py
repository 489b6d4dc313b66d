"""`kommunarkiv browse`: open the reading room."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from archive.browse import datasette_command
from archive.command_line import data_option, fail
from archive.publish import is_published
from archive.publish.command import require_published

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open a web browser too.")
@click.option(
    "--published",
    "is_published_only",
    is_flag=True,
    help="Serve public.db as it is: publish nothing, and leave the archive alone.",
)
@data_option
def browse(
    host: str, port: int, data_dir: Path, *, open_browser: bool, is_published_only: bool
) -> None:
    """Read what is published in Datasette; it is published first where the archive is newer."""
    _require_datasette()
    _require_free(host, port)
    if not is_published_only:
        require_published(data_dir)
    elif not is_published(data_dir):
        fail(f"nothing is published in {data_dir}")
    if host not in LOOPBACK:
        click.echo(
            f"kommunarkiv: {host} is open to others, and public.db holds names of people", err=True
        )
    command = datasette_command(data_dir, host, port)
    if open_browser:
        command.append("--open")
    click.echo(f"Läsrummet: http://{_in_url(host)}:{port}/ (Ctrl-C stänger)")
    sys.stdout.flush()
    # The process becomes Datasette, so that every signal reaches it and none leaves it orphaned.
    os.execv(command[0], command)  # noqa: S606 - a list of our own words, no shell


def _require_datasette() -> None:
    if not all(map(find_spec, ("datasette", "icalendar"))):
        fail("Datasette is not installed; get it with: pip install 'kommunarkiv[browse]'")


def _require_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        fail(f"cannot listen on {host} port {port} ({error.strerror}); choose another with --port")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
