"""Progress over lists, for commands that work through what is held."""

from __future__ import annotations

from rich.console import Console
from rich.progress import track

from archive.verify import Track, untracked


def tracker() -> Track:
    """Return what shows progress at a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return untracked
    return lambda items, label: track(items, label, console=console, transient=True)
