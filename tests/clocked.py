"""The command line as if it were another time: python -m tests.clocked MOMENT WORDS.

MOMENT is UTC, as in 2026-03-02T03:00:00Z. With "-" in its place, each line of standard input is a
moment at which the command runs once more, and is answered by its exit code on standard output.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import datetime, timedelta

from archive import times


class Clock:
    """Runs as clocks do, from the moment it was last set to."""

    def set(self, moment: str) -> None:
        self._moment, self._set_at = datetime.fromisoformat(moment), time.monotonic()

    def __call__(self) -> str:
        run_s = timedelta(seconds=time.monotonic() - self._set_at)
        return (self._moment + run_s).strftime("%Y-%m-%dT%H:%M:%SZ")


clock = Clock()
times.utc_now = clock  # before any module has taken the name for itself


def run(words: list[str]) -> int:
    """Run a command and return its exit code."""
    from crawler.cli import main

    try:
        main(words)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def run_each(moments: Iterator[str], words: list[str]) -> None:
    """Run a command at each moment; what it says goes to standard error."""
    for moment in moments:
        clock.set(moment.strip())
        with redirect_stdout(sys.stderr):
            code = run(words)
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    first, *rest = sys.argv[1:]
    if first == "-":
        run_each(iter(sys.stdin.readline, ""), rest)
    else:
        clock.set(first)
        sys.exit(run(rest))
