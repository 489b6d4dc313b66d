"""Which forms are of one Swedish word: Snowball's stems, and `swedish.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

MIN_STEM = 3
"""Letters of the shortest word that may have endings."""


class Swedish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of Swedish words."""

    endings: tuple[str, ...]
    doubled: str
    definite: tuple[str, ...]
    not_definite: frozenset[str]
    small: str

    def shortened(self, stem: str) -> Iterator[str]:
        """Yield a stem without the definite endings that it may still have."""
        for ending in self.definite:
            rest = stem.removesuffix(ending)
            if MIN_STEM <= len(rest) < len(stem) and stem not in self.not_definite:
                yield rest

    def forms(self, stem: str) -> set[str]:
        """Return what may be forms of the word."""
        stems = (stem, stem + stem[-1]) if stem.endswith(self.doubled) else (stem,)
        return {stem + ending for stem in stems for ending in self.endings}


SWEDISH = msgspec.toml.decode(
    Path(__file__).with_name("swedish.toml").read_bytes(), type=Swedish, strict=True
)
SMALL_WORDS = frozenset(SWEDISH.small.split())


def inflects(word: str) -> bool:
    """Tell whether a word is one with endings: not a number, not very short, not a small one."""
    return len(word) >= MIN_STEM and word.isalpha() and word not in SMALL_WORDS
