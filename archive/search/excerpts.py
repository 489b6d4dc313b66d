"""Where a text says what was searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from archive.search.query import Search, Term
from archive.search.stemming import SWEDISH
from archive.search.words import MAX_WORD, MIN_FRONT, MIN_TAIL, Words

MAX_TEXT = 200_000
"""Letters of a text that are looked through."""
MAX_HITS = 64
"""Places that are looked at in a text."""
LENGTH = 280
"""Letters of an excerpt, about."""
BEFORE = 60
"""Letters of it before the first hit, about."""
OPENS, CLOSES = "⟦", "⟧"
"""Stand around a hit."""

_LETTER = r"[^\W_]"
_SEPARATED = r"[\W_]{1,8}"

Place = tuple[int, int]
"""Where a hit begins and ends."""


def excerpt(text: str | None, search: Search, words: Words) -> str:
    """Return the part of a text with most of what was searched for, each hit between ⟦ and ⟧.

    A text without a hit (it stands in the title) is represented by its opening.
    """
    text = (text or "")[:MAX_TEXT].replace(OPENS, "[").replace(CLOSES, "]")
    found = [[*islice(_places(term, text, words), MAX_HITS)] for term in search.wanted]
    places = sorted(chain.from_iterable(found))
    start = _best_start(places)
    begin = text.rfind(" ", 0, start) + 1 if start else 0
    end = len(text) if begin + LENGTH >= len(text) else text.rfind(" ", 0, begin + LENGTH)
    shown = _marked(text, places, begin, end if end > begin else begin + LENGTH)
    return f"{'… ' if begin else ''}{' '.join(shown.split())}{' …' if end < len(text) else ''}"


def _best_start(places: list[Place]) -> int:
    """Return where the excerpt with the most hits begins, the first of them."""
    starts = [max(0, start - BEFORE) for start, _ in places]
    return max(
        starts,
        key=lambda begin: sum(begin <= start < begin + LENGTH for start, _ in places),
        default=0,
    )


def _marked(text: str, places: list[Place], begin: int, end: int) -> str:
    pieces, at = [], begin
    for start, stop in places:
        if at <= start and stop <= end:
            pieces += [text[at:start], OPENS, text[start:stop], CLOSES]
            at = stop
    return "".join([*pieces, text[at:end]])


def _places(term: Term, text: str, words: Words) -> Iterator[Place]:
    *before, last = term.words
    if not term.inflects:
        said = _SEPARATED.join(map(re.escape, term.words))
        for found in re.finditer(rf"(?<!{_LETTER}){said}(?!{_LETTER})", text, re.IGNORECASE):
            yield found.span()
        return
    stem = words.stem(last)
    said = _SEPARATED.join(map(re.escape, [*before, stem]))
    is_tail = stem if not before and len(stem) >= MIN_TAIL else None
    for found in re.finditer(rf"{said}{_LETTER}{{0,{MAX_WORD}}}", text, re.IGNORECASE):
        front = _front(text, found.start())
        if not front or (
            is_tail and len(front) >= MIN_FRONT and found[0].lower() in SWEDISH.forms(stem)
        ):
            yield found.start() - len(front), found.end()


def _front(text: str, start: int) -> str:
    """Return the letters that stand right before a place, as far as a word may reach."""
    begin = start
    while begin > max(0, start - MAX_WORD) and text[begin - 1].isalnum():
        begin -= 1
    return text[begin:start]
