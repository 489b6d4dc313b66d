"""What a night costs to publish, beside building all of it: python -m tests.bench.publishing DIR N.

DIR gets an archive of N documents, unless one is there. Wall time and processor time: the first is
the machine's as much as ours.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from archive.publish import publish
from tests.bench.large_archive import build, night


def main(folder: Path, documents: int) -> None:
    """Measure and print."""
    if not (folder / "archive.db").exists():
        build(folder, documents)
    whole = _measured("all of it", folder, anew=True)
    night(folder, 500)
    changed = _measured("a night of 500 changes", folder, anew=False)
    click.echo(f"a night costs {changed / whole:.3f} of all")


def _measured(what: str, folder: Path, *, anew: bool) -> float:
    wall, processor = time.perf_counter(), time.process_time()
    published = publish(folder, anew=anew)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    size_mb = published.path.stat().st_size / 1e6
    click.echo(f"{what}: {wall:.1f} s, {processor:.1f} s of processor; {size_mb:.0f} MB")
    return wall


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
