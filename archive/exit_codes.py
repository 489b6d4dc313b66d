"""How commands end: what cron and scripts may rely on. 69 and 75 are those of sysexits.h."""

from __future__ import annotations

from collections.abc import Iterable

EXIT_OK = 0
EXIT_NOT_OK = 1
"""Done, but something is not as it should be."""
EXIT_USAGE = 2
"""Wrong use or configuration; nothing was done."""
EXIT_UNREACHABLE = 69
EXIT_LOCKED = 75
"""Another process is at it; trying again later may help."""

GRAVITY = (EXIT_OK, EXIT_LOCKED, EXIT_NOT_OK, EXIT_UNREACHABLE, EXIT_USAGE)
"""All of them, the lightest first."""


def worst(codes: Iterable[int]) -> int:
    """Return the exit code for several things done: that of the gravest, 0 for none.

    Later in `GRAVITY` is graver: what another process is at is left to it, a kommun that fails
    outweighs it, and a site that does not answer one that answers badly. Any other code is a
    process that broke, and counts as `EXIT_NOT_OK`.
    """
    known = (code if code in GRAVITY else EXIT_NOT_OK for code in codes)
    return max(known, key=GRAVITY.index, default=EXIT_OK)
