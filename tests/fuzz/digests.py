"""Command line: python -m tests.fuzz.digests ORDER. What saved pages are read as, as digests.

Printed as JSON, page by page; ORDER is the seed of the order that they are read in.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random

from archive.cleaning.page import PageReading, read_page
from archive.cleaning.template import Template
from archive.errors import BadPayload
from tests.pages import html_files

ROOT = Path(__file__).parents[2]
GOLD = ROOT / "tests" / "gold"


def pages() -> dict[str, bytes]:
    """Return all saved pages by name: fixtures, gold, and real ones if this machine has them."""
    files = {*html_files(), *GOLD.rglob("*.html")}
    return {str(path.relative_to(ROOT.parent)): path.read_bytes() for path in sorted(files)}


def digests(
    bodies: Mapping[str, bytes], order: int = 0, template: Template | None = None
) -> dict[str, str]:
    """Return what each page is read as; read in an order of their own for each `order`."""
    names = sorted(bodies)
    Random(order).shuffle(names)
    found = {name: _digest(bodies[name], template) for name in names}
    return {name: found[name] for name in sorted(found)}


def _digest(body: bytes, template: Template | None) -> str:
    try:
        said = _said(read_page(body, url="https://a.example/2024-05-17-x", template=template))
    except BadPayload as error:
        said = repr(error)
    return hashlib.sha256(said.encode()).hexdigest()


def _said(reading: PageReading) -> str:
    """Return all that a reading says: text, title, dates, fields, and the ledger with evidence."""
    stated = (reading.title, reading.published, reading.modified, reading.fields)
    return repr((stated, reading.text, reading.removals))


if __name__ == "__main__":
    json.dump(digests(pages(), int(sys.argv[1])), sys.stdout)
