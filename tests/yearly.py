"""Crawls the towns of a year day after day, in one process whose clock is set for each day."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from tests.conftest import Street, write_kommun
from tests.towns.server import HOST, serving
from tests.towns.year import YearTown

CRAWL_AT = "T03:00:00Z"


class YearStreet(Street):
    """Towns that live by a script, and an archive that is crawled once a day."""

    def __init__(self, folder: Path, towns: dict[str, YearTown]) -> None:
        super().__init__(folder, "staden", [])
        self._towns = towns
        self._doors: dict[str, ExitStack] = {}
        for town in towns.values():
            town.port = _free_port()
        addresses = {name: f"http://{HOST}:{town.port}" for name, town in towns.items()}
        write_kommun(folder, addresses)

    def live(self, days: Iterable[date]) -> dict[date, int]:
        """Crawl on each of the days; return the exit codes."""
        command = [sys.executable, "-m", "tests.clocked", "-", "crawl", self.slug]
        pipe = subprocess.PIPE
        codes: dict[date, int] = {}
        with (
            open(self.folder / "said.txt", "a") as said,
            subprocess.Popen(
                command, env=self.environment, stdin=pipe, stdout=pipe, stderr=said, text=True
            ) as child,
        ):
            for day in days:
                self._turn_to(day)
                codes[day] = _ask(child, f"{day}{CRAWL_AT}")
            child.stdin.close()
        return codes

    def _turn_to(self, day: date) -> None:
        """Set the day of every town; one that refuses is shut until it does no more."""
        for name, town in self._towns.items():
            town.day = day
            if town.is_refusing:
                self._doors.pop(name, ExitStack()).close()
            elif name not in self._doors:
                self._doors[name] = ExitStack()
                self._doors[name].enter_context(serving([town], visits=self.visits))

    def close(self) -> None:
        """Shut all towns."""
        while self._doors:
            self._doors.popitem()[1].close()


def _ask(child: subprocess.Popen[str], moment: str) -> int:
    child.stdin.write(f"{moment}\n")
    child.stdin.flush()
    line = child.stdout.readline()
    assert line, f"the crawl of {moment} died"
    return int(line)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
