"""Chromium as the machine has it, without anything that would ask another host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

VARIABLE = "KOMMUNARKIV_CHROMIUM"
FLAGS = (
    "--no-sandbox",  # the pages are our own, and containers have no other way
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium_path() -> str | None:
    """Return the path of Chromium, None where there is none."""
    return os.environ.get(VARIABLE) or shutil.which("chromium")


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """Run the Chromium at `path` while the caller works."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()
