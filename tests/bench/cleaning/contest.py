"""The contest: all read all pages in one process, in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from tests.bench.cleaning.contestants import OURS, TRAFILATURA, Contestant
from tests.bench.cleaning.gold import Page
from tests.bench.cleaning.scoring import Extract

_CACHE = type(lru_cache(len))


class Pace(NamedTuple):
    """How fast a contestant is."""

    median_ms: float
    """Milliseconds at the median page."""
    pages_per_s: float
    """Over the whole set."""


class Ratios(NamedTuple):
    """Pages per second ÷ those of trafilatura's default."""

    median_page: float
    """The ratio of the medians or the median of the pages' ratios, whichever is less."""
    whole_set: float


class Contest:
    """Contestants over pages: one reading that is judged, then rounds that are timed."""

    def __init__(self, contestants: Sequence[Contestant], pages: Sequence[Page]) -> None:
        self.contestants = contestants
        self.pages = pages
        self.extracts: dict[str, list[Extract]] = {c.name: [] for c in contestants}
        """What each made of each page."""
        self.best_s: dict[str, list[float]] = {c.name: [] for c in contestants}
        """Seconds each took for each page, in the best of the rounds so far."""

    def read_all(self) -> Iterator[str]:
        """Let all read all pages, untimed; yield whose turn it is."""
        for page in self.pages:
            for contestant in self.contestants:
                yield f"reading: {contestant.name}"
                self.extracts[contestant.name].append(contestant.extract(page))

    def run_round(self) -> Iterator[str]:
        """Time all on all pages, once; yield whose turn it is.

        What else the machine does hits all of them. No cache helps with what it remembers of a
        page: they are emptied before, and no two contestants read a page one after the other.
        """
        self._forget_pages()
        gc.collect()
        gc.freeze()  # what lives already is no one's garbage to look through
        count = len(self.pages)
        taken = {c.name: [0.0] * count for c in self.contestants}
        for step in range(count):
            for contestant, number in zip(self.contestants, self._order(step), strict=True):
                yield f"timing: {contestant.name}"
                taken[contestant.name][number] = self._seconds(contestant, self.pages[number])
        gc.unfreeze()
        for name, seconds in taken.items():
            self.best_s[name] = list(map(min, seconds, self.best_s[name] or seconds))

    def _forget_pages(self) -> None:
        """Empty the caches with an entry a page or more. Smaller ones hold what all pages share."""
        for thing in gc.get_objects():
            if type(thing) is _CACHE and thing.cache_info().currsize >= len(self.pages):
                thing.cache_clear()

    def _order(self, step: int) -> list[int]:
        """Return the number of the page that each contestant reads in a step of a round."""
        stride = max(1, len(self.pages) // len(self.contestants))
        return [(step + turn * stride) % len(self.pages) for turn in range(len(self.contestants))]

    def _seconds(self, contestant: Contestant, page: Page) -> float:
        """Return what one reading takes, its own garbage included, not that of the one before."""
        gc.collect()
        began = time.perf_counter()
        try:
            contestant.read(page)
        except Exception:
            if contestant.name == OURS:
                raise
        return time.perf_counter() - began

    def pace(self, name: str) -> Pace:
        """Return how fast a contestant was."""
        seconds = self.best_s[name]
        return Pace(median(seconds) * 1000, len(seconds) / sum(seconds))

    def ratios(self, name: str) -> Ratios:
        """Return how fast a contestant was beside trafilatura."""
        theirs, own = self.best_s[TRAFILATURA], self.best_s[name]
        by_page = [a / b for a, b in zip(theirs, own, strict=True)]
        return Ratios(min(median(theirs) / median(own), median(by_page)), sum(theirs) / sum(own))
