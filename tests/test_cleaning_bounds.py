"""Law 13: however hostile a page is, the work that it makes grows with its size and no faster.

`make bench-bounds` measures the same shapes of pages in seconds and bytes, up to many megabytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import process_time
from typing import Any

import pytest

from archive.cleaning.page import read_page
from archive.cleaning.rules import shipped_rules
from archive.errors import BadPayload
from tests.fuzz.bounds import Growth, Measure
from tests.fuzz.pumping import slowest
from tests.fuzz.shapes import SHAPES
from tests.fuzz.vocabulary import patterns

SIZE = 8_000
TIMES = 4
MOST_TIMES = 5.0
"""Times the work on a page that is four times as large; the square would be sixteen."""

MOST_S = 0.1
"""What a pattern may take for a line."""

PATTERNS = sorted({*patterns(shipped_rules())})


class Work:
    """Counts what is called, in Python and from it: the same number on every machine."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _frame: Any, event: str, _argument: Any) -> None:
        self.calls += event in ("call", "c_call")


@contextmanager
def counted() -> Iterator[Work]:
    before = sys.getprofile()
    work = Work()
    sys.setprofile(work)
    try:
        yield work
    finally:
        sys.setprofile(before)


def work_on(page: bytes) -> int:
    with counted() as work, suppress(BadPayload):
        read_page(page)
    return work.calls


@pytest.mark.parametrize("name", SHAPES)
def test_work_grows_with_the_size_of_a_page(name: str) -> None:
    shape = SHAPES[name]
    work_on(shape(SIZE // 2))  # patterns are compiled when they are first needed
    small, large = work_on(shape(SIZE)), work_on(shape(SIZE * TIMES))

    assert large <= small * MOST_TIMES


@pytest.mark.parametrize(
    ("name", "pattern"), PATTERNS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(PATTERNS)]
)
def test_no_pattern_takes_long_for_a_line(name: str, pattern: str) -> None:
    """Nor do several attempts: a hostile page has many such lines."""
    taken, line = slowest(pattern, MOST_S)

    assert taken < MOST_S, f"{name}: {taken:.2f} s for {line!r}"


HIDDEN_WORK = (
    "second look",
    "stray end tags",
    "wrong end tags",
    "attributes",
    "open meta",
    "open comments",
    "JSON-LD list",
)
"""What is slow on these is done in C, where no call is counted."""
SECOND = 50_000
SECOND_TIMES = 8
MOST_SECOND_TIMES = 18.0
"""Times the seconds on a page that is eight times as large; the square would be sixty-four."""
TOO_SHORT_S = 0.3
"""Less is fast enough, however it came about."""


def seconds_on(page: bytes) -> float:
    began = process_time()
    read_page(page)
    return process_time() - began


@pytest.mark.parametrize("name", HIDDEN_WORK)
def test_time_grows_with_the_size_of_a_page(name: str) -> None:
    """Measured again where it did not, for a machine may have other things to do."""
    small, large = SHAPES[name](SECOND), SHAPES[name](SECOND * SECOND_TIMES)
    seconds_on(small)
    taken = ((seconds_on(small), seconds_on(large)) for _ in range(3))

    assert any(b < max(a * MOST_SECOND_TIMES, TOO_SHORT_S) for a, b in taken)


# ---- the bench itself


def growth(power: float, memory: int = 10) -> Growth:
    sizes = [10_000 << n for n in range(8)]
    return Growth([Measure(s, 0.1 * (s / 80_000) ** power, s * memory) for s in sizes])


def test_the_bench_tells_what_grows_too_fast() -> None:
    assert growth(1).exponent == pytest.approx(1)
    assert growth(2).exponent == pytest.approx(2)
    assert [*growth(1.2).faults()] == []
    assert len([*growth(1.5).faults()]) == 1
    assert len([*growth(1, memory=100_000).faults()]) == 1
    assert len([*Growth(has_died=True).faults()]) == 1


def test_the_bench_says_nothing_of_what_it_cannot_measure() -> None:
    assert Growth([Measure(10_000 << n, 0.001, 0) for n in range(8)]).exponent is None
