"""Command line of the bench: python -m tests.bench.crawling.

The whole demo job beside a bare Scrapy spider that fetches the same pages and keeps nothing,
on loopback, without politeness delay. Exit code 1 when our job's verdict is not ok or the
contestants did not fetch the same pages.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench.crawling.contest import CONTESTANTS, Contest, FoulError, Run
from tests.bench.crawling.report import as_json, conditions, contestants_table, ratios_table
from tests.bench.crawling.street import NoStreetError, street_in_own_process
from tests.bench.display import positive, progress

WARM_UP_STEPS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the contest and print what came of it; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with TemporaryDirectory(prefix="bench-") as name:
            contest, runs = _hold(Path(name), options.pages, options.rounds)
    except (FoulError, NoStreetError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    pages, unlinked = len(contest.pages), len(contest.unlinked)
    console = Console(highlight=False)
    console.print(conditions(pages, unlinked, options.rounds), "", soft_wrap=True, sep="\n")
    console.print(contestants_table(runs, pages), "", ratios_table(runs), sep="\n")
    if options.json:
        figures = json.dumps(as_json(runs, pages, unlinked), ensure_ascii=False, indent=2)
        options.json.write_text(figures + "\n", "utf-8")
    return 0


def _hold(folder: Path, pages: int, rounds: int) -> tuple[Contest, dict[str, list[Run]]]:
    """Let the contestants run before towns of about `pages` pages."""
    runs: dict[str, list[Run]] = {name: [] for name in CONTESTANTS}
    steps = WARM_UP_STEPS + rounds * len(CONTESTANTS)
    with street_in_own_process(folder, pages) as address, progress() as bar:
        contest = Contest(address, folder)
        task = bar.add_task("", total=steps)
        for done, label in enumerate(_turns(contest, rounds, runs)):
            bar.update(task, completed=done, description=label)
    return contest, runs


def _turns(contest: Contest, rounds: int, runs: dict[str, list[Run]]) -> Iterator[str]:
    """Warm up, then run all in turn, so that what else the machine does hits all of them.

    Yields what comes next.
    """
    for contestant in contest.warm_up():
        yield f"warming up: {contestant}"
    for number in range(1, rounds + 1):
        for contestant in CONTESTANTS:
            yield f"round {number}: {contestant}"
            runs[contestant].append(contest.run(contestant))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.crawling", description=__doc__)
    parser.add_argument(
        "--pages", type=positive, default=2000, metavar="N", help="in all, about; default 2000"
    )
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="default 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
