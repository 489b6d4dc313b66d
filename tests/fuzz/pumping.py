"""Lines that a regular expression may take long for: parts of what it matches, again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from time import process_time

from archive.cleaning.rules import LONGEST_PHRASE
from tests.fuzz.vocabulary import spoken

REPEATED = (1, 2, 3, 5, 8)
"""Letters of a part."""
THRICE = 50
"""Letters, where a line is made of three such texts: they may take the third power."""
SPOILT = "\u00a7"
"""What no pattern ends with: only then are all ways tried."""


def slowest(pattern: str, enough_s: float) -> tuple[float, str]:
    """Return the longest CPU time that `pattern` took, and for which line.

    Looks no further once a line takes `enough_s`.
    """
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    worst = (0.0, "")
    for line in dict.fromkeys(_lines(pattern)):
        began = process_time()
        compiled.fullmatch(line)
        worst = max(worst, (process_time() - began, line))
        if worst[0] > enough_s:
            break
    return worst


def _lines(pattern: str) -> Iterator[str]:
    """Yield lines as long as a pattern is ever given, and shorter ones with three such parts."""
    random = Random(pattern)
    for most in (1, 2, 6):
        said = " ".join(spoken(pattern, random, most).split())[:200]
        for at in range(len(said)):
            for size in REPEATED:
                part = said[at : at + size]
                yield _pumped(said[:at], part, THRICE) * 3 + SPOILT
                yield _pumped(said[:at], part, LONGEST_PHRASE) + SPOILT


def _pumped(said: str, part: str, length: int) -> str:
    """Return a text that goes on with the same part."""
    return (said + part * length)[: length - 1]
