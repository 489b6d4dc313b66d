"""`kommunarkiv search`: find documents in what is published."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from archive.command_line import data_option, fail
from archive.publish import public_path
from archive.publish.command import require_published
from archive.reading import connected_read_only
from archive.search.functions import RANKED, add_search_functions
from archive.search.query import parse
from archive.terminal import in_colour, print_long, readable

KINDS = ("press_release", "news", "meeting", "agenda", "minutes", "attachment", "notice")
COLUMNS = {
    "nyckel": "key",
    "titel": "title",
    "kommun": "kommun",
    "slag": "kind",
    "publicerat": "published_at",
    "organ": "body",
    "dag": "meeting_date",
    "källa": "url",
    "utdrag": "excerpt",
}
"""What a hit says, as the ranked query calls it and as this command does."""

_HIT = re.compile("⟦(.*?)⟧", re.DOTALL)

Hit = Mapping[str, Any]


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--kommun", default="", metavar="SLUG", help="Only of this kommun (slug or code).")
@click.option("--body", default="", metavar="NAME", help="Only of bodies with this in their name.")
@click.option("--kind", type=click.Choice(KINDS), help="Only of this kind.")
@click.option("--year", default="", metavar="YYYY", help="Only of this year.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Hits to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print the hits as a JSON array.")
@data_option
def search(
    *,
    words: Sequence[str],
    kommun: str,
    body: str,
    kind: str | None,
    year: str,
    limit: int,
    as_json: bool,
    data_dir: Path,
) -> None:
    """Find documents by their words, the best first.

    Words are found in all their forms and as parts of compounds; '"words in quotation marks"' as
    they stand. To leave out what says a word: kommunarkiv search -- skola -förskola

    What is searched is what is published; it is published first where the archive is newer.

    Exit code: 0 all well, also when nothing is found; 2 wrong use.
    """
    typed = _bindable(" ".join(words))
    if not parse(typed).wanted:
        fail("there is no word to search for")
    require_published(data_dir)
    chosen = {"kommun": kommun, "organ": body, "slag": kind or "", "ar": year}
    asked = {name: _bindable(value) for name, value in chosen.items()}
    try:
        with closing(connected_read_only(public_path(data_dir))) as db:
            add_search_functions(db)
            hits = db.execute(RANKED, {"q": typed, **asked, "antal": limit, "sida": 1}).fetchall()
            near = None if hits else db.execute("SELECT did_you_mean(?)", (typed,)).fetchone()[0]
    except sqlite3.Error as error:
        fail(f"{public_path(data_dir)} cannot be searched: {error}")
    if as_json:
        # ASCII, so that no archived character is obeyed by a terminal.
        click.echo(json.dumps([_plain(hit) for hit in hits], indent=2))
    elif hits:
        print_long("\n".join(_told(hits, colour=in_colour())) + "\n")
    if not hits:
        instead = f"; did you mean: {near}" if near else ""
        click.echo(readable(f"nothing was found for: {typed}{instead}"), err=True)


def _bindable(text: str) -> str:
    """Return an argument without what is no character: bytes that the terminal sent."""
    return text.encode("utf-8", "replace").decode()


def _plain(hit: Hit) -> dict[str, Any]:
    facts = {name: hit[column] for column, name in COLUMNS.items()}
    return {**facts, "excerpt": _HIT.sub(r"\1", facts["excerpt"])}


def _told(hits: Sequence[Hit], *, colour: bool) -> Iterator[str]:
    style: Callable[..., str] = click.style if colour else lambda text, **_: text
    for hit in hits:
        yield style(_line(hit["titel"]) or "(no title)", bold=True)
        said = (
            hit["kommun"],
            hit["slag"],
            (hit["publicerat"] or "")[:10],
            hit["organ"],
            hit["dag"],
        )
        yield "  " + _line(", ".join(word for word in said if word))
        if hit["utdrag"]:
            yield "  " + _HIT.sub(
                lambda m: style(m[1], fg="yellow", bold=True), _line(hit["utdrag"])
            )
        yield "  " + _line(hit["nyckel"]) + "\n"
    found = hits[0]["träffar"]
    yield f"{len(hits)} of {f'more than {found}' if hits[0]['fler'] else found} documents"
    yield "kommunarkiv show KEY shows one of them with its chain of evidence"


def _line(text: str) -> str:
    return readable(" ".join(text.split()))
