"""What a reader types in a search box, as an FTS5 query that cannot be a syntax error.

Words are stemmed and searched as prefixes, so that "nämnd" finds "nämnden" and "nämndens";
what stands in quotation marks is searched as it stands. The index does not stem, so the same
text is there for exact phrases.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from archive.text import normalise

MAX_TERMS = 32
"""More terms than this are left out: FTS5 refuses very deep expressions."""

_NOTHING = '""'
"""Matches no document; an empty query would be an error."""

# A quoted phrase, closed or not, or what stands between white space.
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")

Stem = Callable[[str], str]


def fts_query(typed: str | None, stem: Stem) -> str:
    """Return the FTS5 query for what somebody typed; all terms must be found.

    A term of several words ("KS/2021:14", "e-tjänst") is a phrase.
    """
    terms = []
    for quoted, plain in _TERM.findall(normalise(typed or "")):
        words = _WORD.findall(quoted or plain)
        if words:
            terms.append(_phrase(words) if quoted else _prefix(words, stem))
    return " ".join(terms[:MAX_TERMS]) or _NOTHING


def _prefix(words: list[str], stem: Stem) -> str:
    """Let the last word have any ending, unless it is a number or very short."""
    *before, last = words
    if len(last) < 3 or not last.isalpha():
        return _phrase(words)
    return _phrase([*before, stem(last.lower())]) + "*"


def _phrase(words: list[str]) -> str:
    return f'"{" ".join(words)}"'
