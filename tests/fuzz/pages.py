"""The pages of a run: made up, or saved ones damaged. Number and seed make the same page again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.fuzz.grammar import made_page
from tests.fuzz.mutations import MUTATIONS
from tests.pages import html_files

GOLD = Path(__file__).parents[1] / "gold"
SMALL = 20_000
"""Most pages are no larger: of a larger one a part is taken."""
LARGEST = 600_000
BIG_SHARE = 0.005
"""So many are taken whole."""
MADE_SHARE = 0.3


def saved_pages() -> list[bytes]:
    """Return what there is to damage: fixtures, gold, and real pages if this machine has them."""
    files = [*html_files(), *sorted(GOLD.rglob("*.html"))]
    return [path.read_bytes() for path in files]


class Pages:
    """All pages that a seed stands for."""

    def __init__(self, seed: int, saved: Sequence[bytes]) -> None:
        self._seed = seed
        self._saved = saved

    def __getitem__(self, number: int) -> bytes:
        random = Random(f"{self._seed}:{number}")
        if random.random() < MADE_SHARE or not self._saved:
            page = made_page(random)
        else:
            page = self._part(random)
        other = self._part(random) if self._saved else made_page(random)
        for _ in range(random.choice((0, 1, 1, 2, 4))):
            page = random.choice(MUTATIONS)(random, page, other)[:LARGEST]
        return page

    def _part(self, random: Random) -> bytes:
        """Return a saved page, or as much of it as a small page has, from the start of a tag."""
        page = random.choice(self._saved)
        if len(page) <= SMALL or random.random() < BIG_SHARE:
            return page
        begin = page.find(b"<", random.randrange(len(page)))
        size = random.randint(500, SMALL)
        return page[max(begin, 0) :][:size]
