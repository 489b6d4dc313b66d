"""Whether a kommun is being crawled, to be asked by those who only look."""

from __future__ import annotations

import fcntl
from pathlib import Path


def is_being_crawled(data_dir: Path, slug: str) -> bool:
    """Tell whether a process holds the kommun's lock, see `crawler.run.kommun_lock`.

    Asking takes a shared lock for an instant, which a crawl that starts right then would meet:
    ask only about crawls that have no verdict.
    """
    try:
        with open(data_dir / "locks" / f"{slug}.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
