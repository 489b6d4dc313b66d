"""What somebody may have meant who found nothing."""

from __future__ import annotations

import re

from archive.search.query import MAX_TYPED, parse
from archive.search.stemming import inflects
from archive.search.words import Words
from archive.text import normalise

MAX_WORDS = 4
"""Unknown words that others are looked for."""


def suggestion(typed: str | None, words: Words) -> str | None:
    """Return what was typed with the nearest known word for each unknown one; None: no better."""
    typed = normalise((typed or "")[:MAX_TYPED])
    asked = {word for term in parse(typed).wanted for word in term.words if inflects(word)}
    unknown = sorted(asked - {*words.held(asked)})[:MAX_WORDS]
    better = {word: near for word in unknown if (near := words.near(word))}
    if not better:
        return None
    pattern = rf"\b(?:{'|'.join(map(re.escape, better))})\b"
    # Letters of one kind may still be others in lower case: "ſ" is like "S".
    said = re.sub(
        pattern, lambda found: better.get(found[0].lower(), found[0]), typed, flags=re.IGNORECASE
    )
    return said if said != typed else None
