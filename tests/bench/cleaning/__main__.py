"""Command line of the bench: python -m tests.bench.cleaning.

How well and how fast pages with gold are read, by this project and by other extractors, in one
process. Exit code 1 when ours falls below a floor (tests/gold/floors.json), 2 when there is nothing
to measure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from tests.bench.cleaning.contest import Contest
from tests.bench.cleaning.contestants import (
    OURS,
    TRAFILATURA,
    Contestant,
    NoPeersError,
    ours,
    peers,
)
from tests.bench.cleaning.floors import (
    FLOORS,
    Floors,
    lowered,
    raised,
    read_floors,
    shortfalls,
    slowness,
    write_floors,
)
from tests.bench.cleaning.gold import (
    ASIDE,
    SETS,
    SHARED,
    WHY_NO_REAL_GOLD,
    Page,
    present_sets,
    read_gold,
)
from tests.bench.cleaning.report import (
    SetResult,
    as_json,
    notes,
    quality_table,
    set_results,
    sites_table,
    speed_table,
)
from tests.bench.display import progress

FULL_WIDTH = 160
"""Characters a line, where the tables go to a file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the contest and print what came of it; return the exit code."""
    options = _options(arguments)
    try:
        sets = _sets(options.gold)
        floors = read_floors(FLOORS)
        contestants = [ours()] if options.alone else [ours(), *peers()]
    except (OSError, msgspec.DecodeError, NoPeersError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    contest = _hold(contestants, sets, options.rounds)
    results = set_results(contest, sets)
    _show(contest, results, options)
    if options.json:
        figures = json.dumps(
            as_json(results, contest, options.rounds), ensure_ascii=False, indent=2
        )
        options.json.write_text(figures + "\n", "utf-8")
    floors = _changed(floors, results, options)
    faults = [*_shortfalls(floors, results), *_slowness(floors, contest)]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _sets(further: Sequence[Path]) -> dict[str, list[Page]]:
    """Return the sets that floors are kept for, and those of further gold files."""
    sets = present_sets()
    for file in further:
        sets[str(file) if file.stem in sets else file.stem] = read_gold(file)
    return sets


def _hold(contestants: Sequence[Contestant], sets: dict[str, list[Page]], rounds: int) -> Contest:
    """Let the contestants read all sets, once to be judged, then `rounds` times to be timed."""
    pages = [page for one in sets.values() for page in one]
    contest = Contest(contestants, pages)
    with progress() as bar:
        task = bar.add_task("", total=len(pages) * len(contestants) * (1 + rounds))
        for turn in _turns(contest, rounds):
            bar.update(task, advance=1, description=turn)
    return contest


def _turns(contest: Contest, rounds: int) -> Iterator[str]:
    yield from contest.read_all()
    for _ in range(rounds):
        yield from contest.run_round()


def _show(contest: Contest, results: Sequence[SetResult], options: argparse.Namespace) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else FULL_WIDTH)
    for result in results:
        if result.pages:
            console.print(quality_table(result), "", sep="\n")
    console.print(sites_table(results), "", sep="\n")
    if options.rounds:
        console.print(speed_table(contest), "", sep="\n")
    console.print(notes(options.rounds, with_peers=not options.alone), soft_wrap=True)
    if SHARED not in (result.name for result in results):
        console.print(f"{SHARED}: not measured, {WHY_NO_REAL_GOLD}")
    for result in results if options.failures else ():
        if result.name != ASIDE or options.aside:
            sys.stdout.writelines(f"{line}\n" for line in result.failures())


def _changed(floors: Floors, results: Sequence[SetResult], options: argparse.Namespace) -> Floors:
    """Return the floors as an option changes them, and keep them so."""
    change = lowered if options.lower_floors else raised if options.raise_floors else None
    if change is None:
        return floors
    for result in results:
        if result.name in SETS:
            floors = change(floors, result.name, result.digest, result.score())
    write_floors(floors, FLOORS)
    return floors


def _shortfalls(floors: Floors, results: Sequence[SetResult]) -> Iterator[str]:
    for result in results:
        if result.name in SETS:
            yield from shortfalls(floors, result.name, result.digest, result.score())


def _slowness(floors: Floors, contest: Contest) -> Iterator[str]:
    if contest.best_s.get(TRAFILATURA):
        yield from slowness(floors, *contest.ratios(OURS))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cleaning", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=_count, default=3, metavar="N", help="to time; 0: none; default 3")
    add("--alone", action="store_true", help="without the others")
    add("--gold", type=Path, action="append", default=[], metavar="FILE", help="a further set")
    add("--failures", action="store_true", help="list what we get wrong")
    add("--aside", action="store_true", help="list it of the pages kept aside, too")
    add("--json", type=Path, metavar="FILE", help="write all figures there")
    floors = parser.add_mutually_exclusive_group()
    floors.add_argument("--raise-floors", action="store_true", help="keep better figures")
    floors.add_argument("--lower-floors", action="store_true", help="keep figures as they are")
    options = parser.parse_args(arguments)
    if options.aside and not options.failures:
        parser.error("--aside says which failures to list: add --failures")
    return options


def _count(text: str) -> int:
    """Return the number from 0 that `text` is."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main())
