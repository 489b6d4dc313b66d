"""A failing page made small: whatever can go without the failure going, goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from time import monotonic

LONGEST_S = 30.0
"""Then what was found so far will do."""

_PARTS = re.compile(rb"<[^<>]*>|[^<]+|<")


def minimal(page: bytes, fails: Callable[[bytes], bool], longest_s: float = LONGEST_S) -> bytes:
    """Return a small page that still fails; `page` itself must."""
    until = monotonic() + longest_s
    page = _less(_PARTS.findall(page), fails, until)
    return _less([page[n : n + 1] for n in range(len(page))], fails, until)


def _less(parts: Sequence[bytes], fails: Callable[[bytes], bool], until: float) -> bytes:
    """Take parts out, many at a time at first, down to single ones."""
    kept = list(parts)
    size = len(kept) // 2
    while size and monotonic() < until:
        at = 0
        while at < len(kept) and monotonic() < until:
            rest = kept[:at] + kept[at + size :]
            if rest and fails(b"".join(rest)):
                kept = rest
            else:
                at += size
        size //= 2
    return b"".join(kept)
