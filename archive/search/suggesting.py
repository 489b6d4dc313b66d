"""What somebody may have meant who found nothing."""

from __future__ import annotations

import re

from archive.search.query import MAX_TYPED, parse
from archive.search.stemming import inflects
from archive.search.words import Words

MAX_WORDS = 4
"""Unknown words that others are looked for."""


def suggestion(typed: str | None, words: Words) -> str | None:
    """Return what was typed with the nearest known word for each unknown one; None: no better."""
    typed = (typed or "")[:MAX_TYPED]
    asked = {word for term in parse(typed).wanted for word in term.words if inflects(word)}
    unknown = sorted(asked - {*words.held(asked)})[:MAX_WORDS]
    better = {word: near for word in unknown if (near := words.near(word))}
    if not better:
        return None
    pattern = rf"\b(?:{'|'.join(map(re.escape, better))})\b"
    return re.sub(pattern, lambda found: better[found[0].lower()], typed, flags=re.IGNORECASE)
