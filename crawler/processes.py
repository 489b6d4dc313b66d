"""Several runs at a time, a process each, so that none can harm another."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from archive.exit_codes import EXIT_NOT_OK, GRAVITY

STOP_S = 120.0
"""From SIGTERM to SIGKILL: enough to end a request, write its record and give a verdict."""

MARGIN_S = 30 * 60
"""Beyond a crawl's own limit, for what comes before and after: then it hangs, and is stopped."""


@dataclass(frozen=True, slots=True)
class Run:
    """A process to start."""

    slug: str
    command: tuple[str, ...]
    limit_s: float
    """It is stopped when it still runs after so long."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended, was stopped, or could not be started."""

    slug: str
    code: int
    """One of `archive.exit_codes`, whatever ended it."""
    said: str
    """What it wrote to stdout, without the last line break."""
    complaint: str
    """What it wrote to stderr, and how it ended where it cannot have said so itself."""


class Processes:
    """Runs processes, `jobs` at a time. SIGINT and SIGTERM go on to them; then none is started."""

    def __init__(self, jobs: int, stop_s: float = STOP_S) -> None:
        self._free = asyncio.Semaphore(jobs)
        self._stop_s = stop_s
        self._running: set[Process] = set()
        self._interrupted: signal.Signals | None = None

    async def run(self, runs: Sequence[Run], report: Callable[[Ended], None]) -> list[Ended]:
        """Run all to their ends; `report` is called as each ends.

        Those that a signal kept from being started are left out of the answer.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._pass_on, number)

        ended = await asyncio.gather(*(self._in_turn(run, report) for run in runs))
        return [run for run in ended if run]

    def _pass_on(self, number: int) -> None:
        self._interrupted = signal.Signals(number)
        for process in self._running:
            self._stop(process, self._interrupted)

    async def _in_turn(self, run: Run, report: Callable[[Ended], None]) -> Ended | None:
        async with self._free:
            if self._interrupted:
                return None
            ended = await self._start(run)
            report(ended)
            return ended

    async def _start(self, run: Run) -> Ended:
        try:
            # A session of its own: all that it starts can be killed, and ^C comes but once.
            process = await asyncio.create_subprocess_exec(
                *run.command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            return Ended(run.slug, EXIT_NOT_OK, "", f"{run.slug} not started: {error}")
        return await self._attend(run, process)

    async def _attend(self, run: Run, process: Process) -> Ended:
        self._running.add(process)
        if self._interrupted:  # while it was being started
            self._stop(process, self._interrupted)
        talk = asyncio.ensure_future(process.communicate())
        _, late = await asyncio.wait((talk,), timeout=run.limit_s)
        if late:
            self._stop(process, signal.SIGTERM)
        out, err = await talk
        self._running.discard(process)
        return _ended(run, process.returncode, out, err, is_late=bool(late))

    def _stop(self, process: Process, number: signal.Signals) -> None:
        """Ask a process to end, and kill it with all it started if it has not soon."""
        with suppress(ProcessLookupError):
            process.send_signal(number)
        asyncio.get_running_loop().call_later(self._stop_s, self._kill, process)

    def _kill(self, process: Process) -> None:
        if process in self._running:  # or what it started holds its output open
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _ended(run: Run, returncode: int | None, out: bytes, err: bytes, *, is_late: bool) -> Ended:
    said, complaint = (text.decode("utf-8", "replace").rstrip("\n") for text in (out, err))
    lines = [complaint] if complaint else []
    if is_late:
        lines.append(f"{run.slug} stopped: still running after {run.limit_s:g} s")
    if returncode in GRAVITY:
        return Ended(run.slug, returncode, said, "\n".join(lines))
    if returncode is not None and returncode < 0:
        lines.append(f"{run.slug} failed: killed by {signal.Signals(-returncode).name}")
    else:
        lines.append(f"{run.slug} failed: its process ended with exit code {returncode}")
    return Ended(run.slug, EXIT_NOT_OK, said, "\n".join(lines))
