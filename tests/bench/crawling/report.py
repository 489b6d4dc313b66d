"""What the runs come to: medians, ratios, and the machine they were taken on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.table import Table

from tests.bench.crawling.contest import FIRST, KNOWN, LINKS, SECOND, Run
from tests.bench.display import machine, surroundings, table

Runs = Mapping[str, Sequence[Run]]
PAIRS = ((FIRST, LINKS), (FIRST, KNOWN), (SECOND, LINKS), (SECOND, KNOWN))


def medians(runs: Sequence[Run], pages: int) -> dict[str, float]:
    """Return what a contestant's runs come to."""
    wall_s = median(run.wall_s for run in runs)
    return {
        "wall_s": wall_s,
        "pages_per_s": pages / wall_s,
        "cpu_ms_per_page": median(run.cpu_s for run in runs) / pages * 1000,
        "peak_mb": median(run.peak_mb for run in runs),
    }


def ratios(ours: Sequence[Run], bare: Sequence[Run]) -> dict[str, list[float]]:
    """Return ours ÷ bare in pages per second and in CPU time, one figure a round."""
    rounds = list(zip(ours, bare, strict=True))
    return {
        "pages_per_s": [b.wall_s / a.wall_s for a, b in rounds],
        "cpu": [a.cpu_s / b.cpu_s for a, b in rounds],
    }


def as_json(runs: Runs, pages: int, unlinked: int) -> dict[str, Any]:
    """Return all figures."""
    return {
        "pages": pages,
        "pages_beyond_plain_links": unlinked,
        "machine": machine("scrapy"),
        "contestants": {
            name: {**medians(taken, pages), "runs": [asdict(run) for run in taken]}
            for name, taken in runs.items()
        },
        "ratios": {f"{a} ÷ {b}": ratios(runs[a], runs[b]) for a, b in PAIRS},
    }


def contestants_table(runs: Runs, pages: int) -> Table:
    """Return the medians, a row for each contestant."""
    rows = table("medians", "wall s", "pages/s", "CPU ms/page", "peak MB")
    for name, taken in runs.items():
        rows.add_row(name, *(f"{figure:.1f}" for figure in medians(taken, pages).values()))
    return rows


def ratios_table(runs: Runs) -> Table:
    """Return our job in relation to the bare spider: median over the rounds, least and most."""
    rows = table("our job ÷ bare Scrapy", "pages/s", "CPU")
    for ours, bare in PAIRS:
        found = ratios(runs[ours], runs[bare])
        label = f"{ours.removeprefix('our job, ')} ÷ {bare.removeprefix('bare Scrapy, ')}"
        rows.add_row(label, *(_spread(figures) for figures in found.values()))
    return rows


def conditions(pages: int, unlinked: int, rounds: int) -> str:
    """Return, in two lines, what was measured and on what."""
    return (
        f"{pages:,} pages and files, {rounds} round(s). Plain links do not lead to {unlinked:,} "
        "of them: the bare spider starts from those as well.\n" + surroundings(machine("scrapy"))
    )


def _spread(figures: Sequence[float]) -> str:
    middle = f"{median(figures):.2f}"
    return middle if len(figures) == 1 else f"{middle} ({min(figures):.2f}–{max(figures):.2f})"
