"""`kommunarkiv show` and `kommunarkiv diff`: a document, and what changed in it."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import click

from archive.command_line import data_option, fail
from archive.errors import ArchiveError, BadWarc
from archive.exit_codes import EXIT_NOT_OK
from archive.history.held import Held
from archive.history.telling import Ink, told_difference, told_document
from archive.reading import open_read_only
from archive.terminal import in_colour, on_terminal, print_long

_WITHHELD = click.option(
    "--withheld", is_flag=True, help="Show what is withheld, too. Not for the public."
)


def _on_archive(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options for the folder and for what is withheld, and KEY."""
    return click.argument("asked", metavar="KEY")(_WITHHELD(data_option(command)))


@click.command()
@_on_archive
@click.option("--version", "number", type=int, metavar="N", help="Another version than the latest.")
@click.option("--removed", is_flag=True, help="Show all that cleaning removed, not only counts.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.option("--raw", is_flag=True, help="Write the archived bytes, as they came over the wire.")
def show(
    *,
    asked: str,
    number: int | None,
    removed: bool,
    as_json: bool,
    raw: bool,
    withheld: bool,
    data_dir: Path,
) -> None:
    """Show a document with its text and its chain of evidence.

    KEY is the document's key or its address.

    Exit code: 0 all well; 1 the bytes are not where they should be; 2 wrong use.
    """
    if raw + as_json + removed > 1:
        fail("--raw, --json and --removed are three ways to show: say one of them")
    with _held(data_dir, asked, withheld=withheld) as held:
        if raw:
            _write_raw(held.archived_bytes(number, data_dir))
            return
        account = held.account(number)
    if as_json:
        _print_json(account)
    else:
        print_long(told_document(account, Ink(colour=in_colour()), all_removed=removed))


@click.command()
@_on_archive
@click.argument("numbers", nargs=-1, type=int, metavar="[N M]")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def diff(
    *, asked: str, numbers: tuple[int, ...], as_json: bool, withheld: bool, data_dir: Path
) -> None:
    """Show what changed between versions N and M of a document, by default the two latest.

    KEY is the document's key or its address. Removed words stand as [-removed-], added ones as
    {+added+}; at a terminal they are struck through and underlined.
    """
    if numbers and len({*numbers}) != 2:
        fail("say two different versions, or none for the two latest: kommunarkiv diff KEY N M")
    with _held(data_dir, asked, withheld=withheld) as held:
        difference = held.difference(*held.two_versions(numbers))
    if as_json:
        _print_json(difference)
    else:
        print_long(told_difference(difference, Ink(colour=in_colour())))


@contextmanager
def _held(data_dir: Path, asked: str, *, withheld: bool) -> Iterator[Held]:
    """Open the archive at a document; what is wrong is one line and an exit code."""
    try:
        with closing(open_read_only(data_dir)) as db:
            yield Held(db, asked, withheld=withheld)
    except BadWarc as error:
        fail(str(error), EXIT_NOT_OK)
    except ArchiveError as error:
        fail(str(error))
    except (OSError, sqlite3.Error) as error:
        fail(f"the archive in {data_dir} cannot be read: {error}")


def _write_raw(body: bytes) -> None:
    if on_terminal():
        fail("--raw writes bytes that a terminal may obey: send them to a file or a program")
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def _print_json(facts: dict[str, Any]) -> None:
    # ASCII, so that no archived character is obeyed by a terminal.
    click.echo(json.dumps(facts, default=_plain, indent=2))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"expected a dataclass, found {type(value).__name__}")
