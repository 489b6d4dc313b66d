"""The log files of runs, one a run: how long they stay."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

DEFAULT_DAYS = 30
_NAME = re.compile(r"(?P<slug>[a-z0-9-]+)-\d{8}T\d{6}Z\.log")


def days_to_keep() -> int:
    """Return `KOMMUNARKIV_LOG_DAYS`, by default 30. Raises `ValueError` for no whole number."""
    found = os.environ.get("KOMMUNARKIV_LOG_DAYS") or str(DEFAULT_DAYS)
    if not (found.isascii() and found.isdecimal() and len(found) < 6):
        raise ValueError(f"KOMMUNARKIV_LOG_DAYS: expected a number of days, found {found!r}")
    return int(found)


def prune_logs(folder: Path, days: int, now: datetime) -> list[Path]:
    """Delete the logs last written more than `days` days before `now`; return them.

    The newest of each kommun stays however old it is: a run writes to no other, since one kommun
    has one run at a time.
    """
    names = sorted(path.name for path in folder.glob("*.log"))
    found = [(match["slug"], name) for name in names if (match := _NAME.fullmatch(name))]
    newest = set(dict(found).values())
    limit = (now - timedelta(days=days)).timestamp()
    return [
        folder / name for _, name in found if name not in newest and _delete(folder / name, limit)
    ]


def _delete(path: Path, limit: float) -> bool:
    """Delete a file last written before `limit`; tell whether we did, and not another process."""
    try:
        if path.stat().st_mtime >= limit:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
