"""What searching adds to a connection to the served file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from archive.search.excerpts import excerpt
from archive.search.query import Search, parse
from archive.search.suggesting import suggestion
from archive.search.words import Words

RANKED = files("archive.search").joinpath("ranked.sql").read_text("utf-8")
"""The best hits for :q, chosen by :kommun, :organ, :slag and :ar; page :sida of :antal each."""

_REMEMBERED = 16
"""Queries whose words are looked up once: a page asks for the same several times."""


def add_search_functions(db: sqlite3.Connection) -> None:
    """Teach a connection the functions that `RANKED` calls, and `escape_fts` for Datasette's box.

    They look up words on the connection they are called on, which SQLite allows: the file they
    read is the one that is searched, also when another has taken its place.
    """
    words = Words(db)

    def searching(render: Callable[[Search, Words], str]) -> Callable[[str | None], str]:
        remembered = lru_cache(_REMEMBERED)(lambda typed: render(parse(typed), words))

        def rendered(typed: str | None) -> str:
            said = remembered(typed)
            if words.is_interrupted:  # it lacks words: the next to ask has time of their own
                remembered.cache_clear()
                words.is_interrupted = False
            return said

        return rendered

    def shown(text: str | None, typed: str | None) -> str:
        return excerpt(text, parse(typed), words)

    def lowercase(text: str | None) -> str:
        """Do what SQLite's own `lower` does only from a to z."""
        return (text or "").lower()

    for name, arguments, function in (
        ("escape_fts", 1, searching(Search.anywhere)),
        ("words_fts", 1, searching(Search.as_words)),
        ("title_fts", 1, searching(Search.in_title)),
        ("did_you_mean", 1, lambda typed: suggestion(typed, words)),
        ("excerpt", 2, shown),
        ("lowercase", 1, lowercase),
    ):
        db.create_function(name, arguments, function, deterministic=True)
