"""Command line: python -m tests.fuzz.bounds.

How time and memory grow with the size of hostile pages. The pages of a shape are read in a process
of their own, until they are large or slow. Exit code 1 when time grows faster than a power of the
size, or a page takes more time or memory a byte than it may.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import takewhile

from tests.bench.display import machine, progress, surroundings
from tests.fuzz.oracle import seconds
from tests.fuzz.shapes import PROSE, SHAPES

SMALLEST = 10_000
LARGEST = 2_000_000
LARGEST_OF = dict.fromkeys(
    ("paragraphs", "nested div", "attributes", "NUL", "half characters"), 20_480_000
)
"""These must do at any size that a page may have."""
LONGEST_S = 20.0
"""A shape grows no further once a page took so long: the next would take twice that, or more."""
MEASURABLE_S = 0.1
"""Shorter times say more of the machine than of the page."""
MOST_EXPONENT = 1.25
MOST_US = 30.0
"""Microseconds that a page may take for each of its bytes: a hundred times what an ordinary one
does."""
MOST_BYTES = 600
"""Memory that a page may take for each of its bytes, …"""
MEMORY_AT = 300_000
"""… from this size on; below, what every page takes is most of it."""
MEMORY_LIMIT = 16 << 30
"""Of a process that reads a page."""
_COLUMNS = "{:26} {:>9} {:>8} {:>8} {:>8} {:>9} {:>11}\n"


@dataclass(frozen=True)
class Measure:
    """What a page took."""

    size: int
    seconds: float
    memory: int
    """Bytes at the peak, above what the process had before."""


@dataclass
class Growth:
    """What pages of one shape took."""

    measures: list[Measure] = field(default_factory=list)
    has_died: bool = False
    """Whether the process ended on the last page: memory had no end."""

    @property
    def exponent(self) -> float | None:
        """The power of the size that time grows with; None where too little is measurable."""
        points = [m for m in self.measures if m.seconds >= MEASURABLE_S]
        return _slope([(math.log(m.size), math.log(m.seconds)) for m in points])

    @property
    def bytes_per_byte(self) -> float:
        """The most memory that a page took for each of its bytes."""
        return max((m.memory / m.size for m in self.measures if m.size >= MEMORY_AT), default=0.0)

    @property
    def microseconds_per_byte(self) -> float:
        """The most time that a page took for each of its bytes."""
        took = (m for m in self.measures if m.seconds >= MEASURABLE_S)
        return max((m.seconds / m.size * 1e6 for m in took), default=0.0)

    def faults(self) -> Iterator[str]:
        """Yield what is more than it may be."""
        if self.has_died:
            yield f"the process died after {self.measures[-1:]}"
        if (self.exponent or 0) > MOST_EXPONENT:
            yield f"time grows with the power {self.exponent:.2f} of the size"
        if self.microseconds_per_byte > MOST_US:
            yield f"takes {self.microseconds_per_byte:.0f} us a byte"
        if self.bytes_per_byte > MOST_BYTES:
            yield f"takes {self.bytes_per_byte:.0f} bytes of memory a byte"


def _slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Return the slope of the line closest to three points or more."""
    if len(points) < 3:
        return None
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the shapes; return the exit code."""
    options = _options(arguments)
    faults: list[str] = []
    sys.stdout.write(
        _COLUMNS.format(
            "shape", "largest", "CPU s", "peak MB", "exponent", "us a byte", "memory/byte"
        )
    )
    with progress() as bar:
        task = bar.add_task("", total=len(options.shapes))
        for name in options.shapes:
            bar.update(task, description=name)
            largest = options.largest or LARGEST_OF.get(name, LARGEST)
            growth = _grown(name, _sizes(options.smallest, largest), options.longest)
            faults += (f"{name}: {fault}" for fault in growth.faults())
            sys.stdout.write(_row(name, growth))
            sys.stdout.flush()
            bar.update(task, advance=1)
    sys.stdout.write(surroundings(machine("lxml")) + "\n")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _sizes(smallest: int, largest: int) -> list[int]:
    doubled = (smallest << n for n in range(40))
    return [*takewhile(lambda size: size <= largest, doubled)]


def _grown(name: str, sizes: Sequence[int], longest_s: float) -> Growth:
    """Return what pages of a shape take, up to the first that takes too long."""
    growth = Growth()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_prepare) as pool:
        for size in sizes:
            try:
                growth.measures.append(pool.submit(_measure, name, size).result())
            except BrokenProcessPool:
                growth.has_died = True
            if growth.has_died or growth.measures[-1].seconds > longest_s:
                break
    return growth


_before: list[int] = []
"""Memory that the process had before it read a page of the shape."""


def _prepare() -> None:
    """Read a page, so that rules are loaded and patterns compiled."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    seconds(PROSE.encode() * 20)
    _before.append(_peak())


def _measure(name: str, size: int) -> Measure:
    page = SHAPES[name](size)
    took = seconds(page)
    return Measure(len(page), took, _peak() - _before[0])


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _row(name: str, growth: Growth) -> str:
    last = growth.measures[-1] if growth.measures else Measure(0, 0, 0)
    exponent = growth.exponent
    return _COLUMNS.format(
        name,
        f"{last.size / 1e6:.2f} MB",
        f"{last.seconds:.2f}",
        f"{last.memory / 1e6:.0f}",
        "" if exponent is None else f"{exponent:.2f}",
        f"{growth.microseconds_per_byte:.2f}",
        f"{growth.bytes_per_byte:.0f}",
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.bounds", description=__doc__)
    add = parser.add_argument
    add("shapes", nargs="*", metavar="SHAPE", help="names of shapes; all by default")
    add("--smallest", type=int, default=SMALLEST, metavar="BYTES")
    add("--largest", type=int, metavar="BYTES", help=f"default {LARGEST}, of some 20,480,000")
    add("--longest", type=float, default=LONGEST_S, metavar="S", help="default %(default)s")
    options = parser.parse_args(arguments)
    if unknown := set(options.shapes) - SHAPES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(SHAPES)}")
    options.shapes = options.shapes or [*SHAPES]
    return options


if __name__ == "__main__":
    sys.exit(main())
