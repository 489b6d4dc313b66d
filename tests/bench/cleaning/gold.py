"""Gold: pages, and what a person says must be kept of them and what must go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.pages import REAL_PAGES, REASON

OPEN, ASIDE, SHARED = "open", "aside", "shared"
SETS = (OPEN, ASIDE, SHARED)
"""Sets that floors are kept for: pages made for the cleaner's author to see, pages made for
measuring alone, and real ones that this machine may have."""

OWN_GOLD = Path(__file__).parents[2] / "gold" / "gold.json"
REAL_GOLD = REAL_PAGES / "manifest.json"
WHY_NO_REAL_GOLD = REASON


class Gold(msgspec.Struct, frozen=True):
    """What a page says, as far as a person wrote it down."""

    keep: tuple[str, ...]
    """Pieces of text that belong to the document."""
    strip: tuple[str, ...]
    """Pieces of text that a reader sees on the page, but do not belong to the document."""
    strip_hard: tuple[str, ...] = ()
    """Those of them that general extractors mostly let through."""
    title: str | None = None
    published: str | None = None
    """ISO date."""
    modified: str | None = None
    """ISO date."""


class _Item(msgspec.Struct, frozen=True):
    file: str
    id: str
    url: str
    site: str = ""
    lang: str = "sv"
    half: str = ""
    content_type: str = "text/html"
    gold: Gold | None = None


class _File(msgspec.Struct, frozen=True):
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as fetched, with its gold."""

    id: str
    url: str
    site: str
    lang: str
    content_type: str
    body: bytes
    gold: Gold


def present_sets() -> dict[str, list[Page]]:
    """Return the sets that floors are kept for, as far as this machine has them."""
    sets = {OPEN: read_gold(OWN_GOLD, OPEN), ASIDE: read_gold(OWN_GOLD, ASIDE)}
    return sets | ({SHARED: read_gold(REAL_GOLD)} if REAL_GOLD.is_file() else {})


def read_gold(file: Path, half: str | None = None) -> list[Page]:
    """Return the pages of a gold file that have gold; of one half of them, if one is named.

    Files of pages are named as seen from the gold file. Raises `msgspec.DecodeError`, with the path
    of what is wrong, and `OSError`.
    """
    items = msgspec.json.decode(file.read_bytes(), type=_File).items
    return list(_pages(file.parent, [i for i in items if half in (None, i.half)]))


def _pages(folder: Path, items: Sequence[_Item]) -> Iterator[Page]:
    for item in items:
        if item.gold:
            body = (folder / item.file).read_bytes()
            yield Page(item.id, item.url, item.site, item.lang, item.content_type, body, item.gold)


def digest(pages: Sequence[Page]) -> str:
    """Return a SHA-256 over the pages and their gold, in whatever order they stand."""
    total = hashlib.sha256()
    for page in sorted(pages, key=lambda page: page.id):
        body = hashlib.sha256(page.body).hexdigest()
        entry = (page.id, page.url, page.lang, page.content_type, body, page.gold)
        total.update(msgspec.json.encode(entry) + b"\n")
    return total.hexdigest()
