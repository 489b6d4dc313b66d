"""The lock of a kommun: one process at a time crawls it, or alters what it has."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import Busy


@contextmanager
def kommun_lock(data_dir: Path, slug: str) -> Iterator[None]:
    """Hold the lock of a kommun; it is let go when the process ends, however it ends.

    Raises `Busy` when another process holds it.
    """
    path = _path(data_dir, slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another crawl of {slug}, or an erasure, is running") from None
        yield


def is_being_crawled(data_dir: Path, slug: str) -> bool:
    """Tell whether a process holds the kommun's lock.

    Asking takes a shared lock for an instant, which a crawl that starts right then would meet:
    ask only about crawls that have no verdict.
    """
    try:
        with open(_path(data_dir, slug)) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _path(data_dir: Path, slug: str) -> Path:
    return data_dir / "locks" / f"{slug}.lock"
