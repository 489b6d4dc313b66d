"""`kommunarkiv clean`: one page or text, and what became of each of its blocks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import BinaryIO, NoReturn

import click
from rich.console import Console

from archive.cleaning.answering import answer_lines
from archive.cleaning.explaining import explained, summary
from archive.cleaning.html import MAX_HTML_BYTES
from archive.cleaning.page import PageReading
from archive.cleaning.rules import JUDGE_RULES, Rules, shipped_rules
from archive.cleaning.showing import shown
from archive.cleaning.sniffing import read_bytes
from archive.errors import ArchiveError
from archive.exit_codes import EXIT_NOT_OK, EXIT_OK, EXIT_USAGE
from archive.terminal import readable

FIELD_RULES = frozenset(
    f"field:{name}" for name in ("title", "published", "modified", "byline", "type")
)
"""Rules of what moves into fields on a page without a page object."""


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

    Exit code: 0 all well; 1 a line of --jsonl could not be answered; 2 wrong use, or a file that
    cannot be read.
    """
    if explain + html + jsonl > 1:
        _fail("--explain, --html and --jsonl are three ways to answer: say one of them")
    rules = _rules(undo)
    if jsonl:
        if file or url:
            _fail("--jsonl reads pages and their addresses from standard input: no FILE, no --url")
        sys.exit(EXIT_NOT_OK if answer_lines(_stdin(), _stdout(), rules) else EXIT_OK)
    if not file:
        _fail("say which file: kommunarkiv clean FILE (- is standard input)")
    reading = _read(file, url, rules)
    if explain:
        explained(reading, Console(highlight=False))
    else:
        _write(shown(reading, url=url) if html else _text(reading))
    click.echo(summary(reading), err=True)


def _rules(undo: Sequence[str]) -> Rules:
    """Return the shipped rules less those that are undone; an unknown one ends the program."""
    rules = shipped_rules()
    groups = (rules.contents, rules.roots, rules.guesses, rules.phrases, rules.sections)
    known = {*FIELD_RULES, *JUDGE_RULES, *(str(rule.name) for group in groups for rule in group)}
    for name in undo:
        if name not in known:
            near = ", ".join(get_close_matches(name, sorted(known))) or "none is like it"
            _fail(f"--undo: expected the name of a cleaning rule, found {name!r}; nearest: {near}")
    rules = rules.without({*undo} - FIELD_RULES)
    return replace(rules, undone=rules.undone | FIELD_RULES.intersection(undo))


def _read(file: str, url: str, rules: Rules) -> PageReading:
    try:
        return read_bytes(_body(file), url=url, rules=rules)
    except OSError as error:
        _fail(f"cannot read {file}: {error.strerror}")
    except ArchiveError as error:
        _fail(f"{file}: {error}")


def _body(file: str) -> bytes:
    """Return at most one byte more than may be read."""
    if file == "-":
        return _stdin().read(MAX_HTML_BYTES + 1)
    with open(file, "rb") as stream:
        return stream.read(MAX_HTML_BYTES + 1)


def _write(text: str) -> None:
    _stdout().write(text.encode())
    _stdout().flush()


def _text(reading: PageReading) -> str:
    """Return title and text; at a terminal without what would move its cursor."""
    text = "\n\n".join(part for part in (reading.title, reading.text) if part) + "\n"
    return readable(text) if sys.stdout.isatty() else text


def _stdin() -> BinaryIO:
    return sys.stdin.buffer


def _stdout() -> BinaryIO:
    return sys.stdout.buffer


def _fail(message: str) -> NoReturn:
    click.echo(f"kommunarkiv: {message}", err=True)
    sys.exit(EXIT_USAGE)
