"""Pages with gold are read at least as well as they were; `make bench-clean` shows the figures."""

from __future__ import annotations

import pytest

from tests.bench.cleaning.contestants import ours
from tests.bench.cleaning.floors import FLOORS, read_floors, shortfalls
from tests.bench.cleaning.gold import SETS, WHY_NO_REAL_GOLD, digest, present_sets
from tests.bench.cleaning.scoring import score, total


@pytest.mark.parametrize("name", SETS)
def test_no_set_is_read_worse_than_its_floors(name: str) -> None:
    pages = present_sets().get(name)
    if pages is None:
        pytest.skip(WHY_NO_REAL_GOLD)
    reader = ours()
    found = total(score(page.gold, reader.extract(page)) for page in pages)

    faults = list(shortfalls(read_floors(FLOORS), name, digest(pages), found))

    assert not faults, "\n".join(faults)
