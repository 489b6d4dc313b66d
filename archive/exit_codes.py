"""How commands end: what cron and scripts may rely on. 69 and 75 are those of sysexits.h."""

from __future__ import annotations

EXIT_OK = 0
EXIT_NOT_OK = 1
"""Done, but something is not as it should be."""
EXIT_USAGE = 2
"""Wrong use or configuration; nothing was done."""
EXIT_UNREACHABLE = 69
EXIT_LOCKED = 75
"""Another process is at it; trying again later may help."""
