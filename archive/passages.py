"""Passages: words that are withheld from a text, and what stands in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive.text import normalise

MASK = "[utelämnat]"
"""Stands where a passage was."""

TELLING_LETTERS = 20
"""Shorter texts say too little to be recognised by: many documents may hold them."""


def pattern(passage: str) -> re.Pattern[str]:
    """Return what finds a passage word for word, whatever white space parts the words.

    Raises `ValueError` for a passage without a word.
    """
    words = normalise(passage).split()
    if not words:
        raise ValueError("expected a passage, found no word")
    return re.compile(r"\s+".join(re.escape(word) for word in words))


def masked(text: str, patterns: Iterable[re.Pattern[str]]) -> str:
    """Return `text` with `MASK` in place of everything the patterns find."""
    for found in patterns:
        text = found.sub(MASK, text)
    return text


def telling_lines(text: str) -> set[str]:
    """Return the lines of a text that are long enough to recognise it by."""
    return {line for line in normalise(text).split("\n") if len(line) >= TELLING_LETTERS}
