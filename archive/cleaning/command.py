"""`kommunarkiv clean`: one page or text, and what became of each of its blocks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TextIO
from urllib.parse import urlsplit

import click
from rich.console import Console

from archive.cleaning.answering import answer_lines
from archive.cleaning.explaining import explained, notice, summary, unlike_document
from archive.cleaning.html import MAX_HTML_BYTES
from archive.cleaning.page import PageReading
from archive.cleaning.rules import Rules, shipped_rules
from archive.cleaning.showing import shown
from archive.cleaning.sniffing import read_bytes
from archive.command_line import fail
from archive.errors import ArchiveError, BadRules
from archive.exit_codes import EXIT_NOT_OK, EXIT_OK
from archive.terminal import readable


@click.command()
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--explain", is_flag=True, help="Print each block and its verdict.")
@click.option("--html", is_flag=True, help="Print a web page that shows the verdicts.")
@click.option(
    "--jsonl", is_flag=True, help='Answer lines {"id", "url", "html"} of standard input, at once.'
)
@click.option(
    "--undo", multiple=True, metavar="RULE", help="Let a rule remove nothing; repeatable."
)
@click.option(
    "--url", default="", metavar="ADDRESS", help="Address of the page; its path may tell a date."
)
def clean(
    *, file: str | None, explain: bool, html: bool, jsonl: bool, undo: tuple[str, ...], url: str
) -> None:
    """Clean one HTML page, or a text that an older scraper left of one.

    FILE is read from standard input where it is `-`. The text goes to standard output, title
    first; a count of its words to standard error.

    Exit code: 0 all well; 1 a line of --jsonl could not be answered, or an answer not be written;
    2 wrong use, or a file that cannot be read.
    """
    if explain + html + jsonl > 1:
        fail("--explain, --html and --jsonl are three ways to answer: say one of them")
    rules = _rules(undo)
    if jsonl:
        if file or url:
            fail("--jsonl reads pages and their addresses from standard input: no FILE, no --url")
        with _answering():
            failed = answer_lines(_stdin(), _stdout(), rules)
        sys.exit(EXIT_NOT_OK if failed else EXIT_OK)
    if not file:
        fail("say which file: kommunarkiv clean FILE (- is standard input)")
    if url and not _is_web_address(url):
        fail(f"--url: expected http(s)://host/…, found {url!r}")
    reading = _read(file, url, rules)
    kind = unlike_document(reading, url)
    with _answering():
        if explain:
            explained(reading, Console(file=_stdout_text(), highlight=False), kind)
        else:
            _write(shown(reading, url=url, kind=kind) if html else _text(reading))
    click.echo(summary(reading), err=True)
    if kind:
        click.echo(notice(kind), err=True)


def _rules(undo: Sequence[str]) -> Rules:
    """Return the shipped rules less those that are undone; an unknown one ends the program."""
    try:
        return shipped_rules().without(undo)
    except BadRules as error:
        fail(f"--undo: {error}")


def _read(file: str, url: str, rules: Rules) -> PageReading:
    try:
        return read_bytes(_body(file), url=url, rules=rules)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    except ArchiveError as error:
        fail(f"{file}: {error}")


def _body(file: str) -> bytes:
    """Return at most one byte more than may be read."""
    if file == "-":
        return _stdin().read(MAX_HTML_BYTES + 1)
    with open(file, "rb") as stream:
        return stream.read(MAX_HTML_BYTES + 1)


@contextmanager
def _answering() -> Iterator[None]:
    """Say in one line why an answer cannot be written; who closes a pipe has read enough."""
    try:
        yield
        _stdout_text().flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Python would write the rest once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), _stdout_text().fileno())
        fail(f"cannot write the answer: {error.strerror}", EXIT_NOT_OK)


def _write(text: str) -> None:
    _stdout().write(text.encode())


def _text(reading: PageReading) -> str:
    """Return title and text; at a terminal without what would move its cursor."""
    text = "\n\n".join(part for part in (reading.title, reading.text) if part) + "\n"
    return readable(text) if _stdout().isatty() else text


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _stdin() -> BinaryIO:
    # None where the caller closed it.
    if sys.stdin is None:
        fail("standard input is closed: give a FILE, or open it")
    return sys.stdin.buffer


def _stdout_text() -> TextIO:
    if sys.stdout is None:
        fail("standard output is closed: there is nowhere to answer")
    return sys.stdout


def _stdout() -> BinaryIO:
    return _stdout_text().buffer
