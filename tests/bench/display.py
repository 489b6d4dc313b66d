"""What both benches show: a progress bar, tables of figures, the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def progress() -> Progress:
    """Return a progress bar, invisible where standard error is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def table(title: str, *columns: str) -> Table:
    """Return an empty table of figures, `title` above their names."""
    rows = Table(title, box=None, pad_edge=False)
    for column in columns:
        rows.add_column(column, justify="right", no_wrap=True)
    return rows


def machine(*packages: str) -> dict[str, Any]:
    """Return what the figures depend on, versions of `packages` among it."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "load": round(os.getloadavg()[0], 1),
    }


def surroundings(figures: dict[str, Any]) -> str:
    """Return in a line what `machine` found."""
    known = ("cores", "system", "python", "load")
    packages = "".join(f", {name} {figures[name]}" for name in figures if name not in known)
    return (
        f"{figures['cores']} cores, {figures['system']}, Python {figures['python']}{packages}, "
        f"load {figures['load']}. The ratios are what counts: seconds are those of this machine."
    )


def positive(text: str) -> int:
    """Return the number above 0 that `text` is."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
