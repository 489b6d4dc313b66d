"""Archived text at a terminal: shown, never obeyed."""

from __future__ import annotations

import os
import re
import sys
from shutil import get_terminal_size

import click

# Controls but tab and line feed; orders and marks of direction; Unicode's own line breaks.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def readable(text: str) -> str:
    """Return archived text with a sign for each character that would be obeyed, not shown."""
    return _OBEYED.sub("\ufffd", text)


def on_terminal() -> bool:
    """Tell whether standard output is a terminal."""
    return sys.stdout.isatty()


def in_colour() -> bool:
    """Tell whether standard output is a terminal that may show colours (https://no-color.org)."""
    return on_terminal() and not os.environ.get("NO_COLOR")


def print_long(text: str) -> None:
    """Print text; at a terminal that it does not fit on, page by page."""
    if on_terminal() and text.count("\n") >= get_terminal_size().lines:
        click.echo_via_pager(text, color=in_colour())
    else:
        click.echo(text, nl=False)
