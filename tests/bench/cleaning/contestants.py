"""The contestants: each reads a page's bytes, as its own manual would have it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.bench.cleaning.gold import Page
from tests.bench.cleaning.scoring import Extract

OURS = "kommunarkiv"
TRAFILATURA = "trafilatura"
PEERS = ("trafilatura", "readability-lxml", "resiliparse", "justext")
"""Their packages."""

Reader = Callable[[Page], Extract]

_BLOCKS = (
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul"
).split()
_STOP_WORDS = {"en": "English", "fi": "Finnish", "nb": "Norwegian_Bokmal"}


class NoPeersError(Exception):
    """The other extractors are not installed."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """An extractor."""

    name: str
    read: Reader
    """What is timed: bytes to text; for us to title, dates and removals, too."""
    fields: Reader | None = None
    """Gives title and dates where another call does that. Not timed."""

    def extract(self, page: Page) -> Extract:
        """Return all it says of a page. Where a peer raises it has found nothing."""
        try:
            found = self.read(page)
            return replace(self.fields(page), text=found.text) if self.fields else found
        except Exception:
            if self.name == OURS:
                raise
            return Extract("")


def ours() -> Contestant:
    """Return the reader of this project."""
    from archive.cleaning.page import read_page

    def read(page: Page) -> Extract:
        reading = read_page(page.body, url=page.url, content_type=page.content_type)
        removed = [r.text for r in sorted(reading.removals, key=lambda r: r.position)]
        dates = reading.published_at, reading.modified_at
        return Extract(reading.text, reading.title, *dates, removed)

    return Contestant(OURS, read)


def peers() -> list[Contestant]:
    """Return the others. Raises `NoPeersError` where their packages are not installed."""
    logging.disable()  # they say much
    try:
        return [*_trafilatura(), _readability(), _resiliparse(), _justext()]
    except ModuleNotFoundError as error:
        raise NoPeersError(
            f"{error}: make bench-clean installs them; or run with --alone"
        ) from error


def _trafilatura() -> list[Contestant]:
    from trafilatura import extract, extract_metadata, load_html

    def reader(**options: Any) -> Reader:
        return lambda page: Extract(extract(page.body, url=page.url, **options) or "")

    def fields(page: Page) -> Extract:
        found = extract_metadata(load_html(page.body), default_url=page.url)
        return Extract("", found.title or "", found.date or "")

    return [
        Contestant(TRAFILATURA, reader(), fields),
        Contestant(f"{TRAFILATURA}, fast", reader(fast=True)),
        Contestant(f"{TRAFILATURA}, favor_recall", reader(favor_recall=True)),
    ]


def _readability() -> Contestant:
    from lxml import html
    from readability import Document

    def read(page: Page) -> Extract:
        tree = html.fromstring(Document(page.body, url=page.url).summary())
        for element in tree.iter(_BLOCKS):
            element.text = f"\n{element.text or ''}"
            element.tail = f"\n{element.tail or ''}"
        return Extract(tree.text_content())

    def fields(page: Page) -> Extract:
        return Extract("", Document(page.body, url=page.url).short_title())

    return Contestant("readability-lxml", read, fields)


def _resiliparse() -> Contestant:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    def tree(page: Page) -> Any:
        encoding = detect_encoding(page.body, from_html_meta=True)
        return HTMLTree.parse_from_bytes(page.body, encoding or "utf-8")

    def read(page: Page) -> Extract:
        return Extract(extract_plain_text(tree(page), main_content=True))

    def fields(page: Page) -> Extract:
        return Extract("", tree(page).title or "")

    return Contestant("resiliparse", read, fields)


def _justext() -> Contestant:
    from justext import get_stoplist, justext

    stop_words = cache(get_stoplist)

    def read(page: Page) -> Extract:
        paragraphs = justext(page.body, stop_words(_STOP_WORDS.get(page.lang, "Swedish")))
        return Extract("\n".join(p.text for p in paragraphs if not p.is_boilerplate))

    return Contestant("jusText", read)
