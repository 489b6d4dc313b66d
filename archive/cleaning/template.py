"""A site's template: the blocks that stand around the document on many of its pages.

Learnt from pages of one site, kept as data with a version; the same template makes the same text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from archive.text import sha256

MIN_PAGES = 10
"""Fewer pages say nothing about a site."""
MIN_SHARE = 0.3
"""A block recurs when it stands on this share of the pages."""
MAX_LINES = 2_000
"""Blocks that a template keeps, the most frequent first."""


@dataclass(frozen=True)
class Template:
    """Blocks that recur over the pages of a site, as their texts."""

    lines: tuple[str, ...]
    """Sorted."""

    @cached_property
    def digest(self) -> str:
        """Names the template in an extractor's identity."""
        return sha256(self.to_json())[:8]

    def __contains__(self, text: str) -> bool:
        return text in self._lines

    def to_json(self) -> str:
        """Return the template as it is stored."""
        return json.dumps(self.lines, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Template:
        """Return the template that `to_json` wrote. Raises `ValueError` for anything else."""
        return cls(tuple(json.loads(stored)))

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(self.lines)


def learn(pages: Iterable[Sequence[str]]) -> Template | None:
    """Return what recurs over `pages`, each the texts of its blocks that no other judge took.

    None for fewer than `MIN_PAGES` pages, or when nothing recurs. The order of pages, and of
    blocks within them, does not matter.
    """
    counts: Counter[str] = Counter()
    number = 0
    for number, texts in enumerate(pages, 1):  # noqa: B007 - counts them
        counts.update(set(texts))
    if number < MIN_PAGES:
        return None
    often = [(-count, text) for text, count in counts.items() if count >= number * MIN_SHARE]
    lines = sorted(text for _, text in sorted(often)[:MAX_LINES])
    return Template(tuple(lines)) if lines else None
