"""Progress for a person at a terminal; silence for cron."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.job import Job, Tally
from crawler.verdict import Judgement

_COLOURS = {"ok": "green", "degraded": "yellow", "failed": "red", "blocked": "red"}


class Silence:
    """Shows nothing."""

    def begin(self, job: Job) -> None:
        """Show nothing."""

    def update(self, tally: Tally) -> None:
        """Show nothing."""

    def end(self, job: Job, judgement: Judgement) -> None:
        """Show nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class TerminalDisplay(Silence):
    """A line that moves while a source is crawled, and one that stays when it is done."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total} fetched"),
            TextColumn("{task.fields[found]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", visible=False)

    def __enter__(self) -> TerminalDisplay:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, job: Job) -> None:
        """Start the line of a source."""
        self._progress.reset(
            self._task, description=job.name, visible=True, total=1, completed=0, found=""
        )

    def update(self, tally: Tally) -> None:
        """Move the line."""
        fetched = tally.outcomes.total()
        self._progress.update(
            self._task,
            completed=fetched,
            total=fetched + max(tally.waiting, 0),
            found=f"{tally.documents} documents, {tally.new_documents} new",
        )

    def end(self, job: Job, judgement: Judgement) -> None:
        """Leave a line that stays."""
        tally, colour = job.tally, _COLOURS[judgement.verdict]
        self._console.print(
            f"[{colour}]{judgement.verdict:9}[/] {job.name:24} "
            f"{tally.outcomes.total():5} requests  {tally.held:5} documents  "
            f"{tally.new_documents:5} new"
        )
        if judgement.reason:
            self._console.print(f"          {judgement.reason}", markup=False)


def display_for_stderr() -> Silence:
    """Return a display that moves at a terminal and is silent elsewhere."""
    return TerminalDisplay() if sys.stderr.isatty() else Silence()
