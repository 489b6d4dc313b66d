"""Pages to test on: fixtures, and real ones where this machine has them; and what a reader sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString
from warcio.archiveiterator import ArchiveIterator

from archive.cleaning.blocks import UNSEEN
from archive.cleaning.html import decode
from archive.text import normalise
from crawler.page import Fetched

FIXTURES = Path(__file__).parent / "fixtures"
REAL_PAGES = Path(__file__).parents[2] / "shared" / "realpages"
PAGES = sorted((REAL_PAGES / "pages").glob("*.*"))
RESPONSES = sorted(REAL_PAGES.glob("*.warc.gz"))
REASON = "needs the real pages beside the repository"

needs_real_pages = pytest.mark.skipif(not REAL_PAGES.is_dir(), reason=REASON)


def html_files() -> list[Path]:
    """Return all saved pages: those of the fixtures, and the real ones."""
    saved = [*FIXTURES.glob("*/*/page.html"), *REAL_PAGES.glob("pages/*.html")]
    return sorted(path for path in saved if path.read_bytes().lstrip().startswith(b"<"))


def real_items(cms: str = "") -> list[dict]:
    """Return the manifest's items of the real HTML pages, all or those of one CMS."""
    manifest = REAL_PAGES / "manifest.json"
    items = json.loads(manifest.read_text("utf-8"))["items"] if manifest.is_file() else []
    return [i for i in items if i["file"].endswith(".html") and i["cms"].startswith(cms)]


def visible_characters(body: bytes, charset: str = "") -> str:
    """Return what a reader can see, without white space, found without any code of ours.

    Strings outside elements that are never shown, alternative texts, captions of buttons.
    """
    text = _PAGE_END.sub("</\u2060", decode(body, charset).replace("\x00", ""))
    text = _ENDED_START.sub("\\1\u2060>", text)
    soup = BeautifulSoup(text, "lxml")
    _open_body(soup)
    return squeezed("".join(_seen(soup)))


def squeezed(text: str) -> str:
    """Return `text` normalised and without white space."""
    return "".join(normalise(text).split())


# A browser goes on after these, in whatever is open.
_PAGE_END = re.compile(r"</(?=(?:body|html)[\s/>])", re.IGNORECASE | re.ASCII)
_ENDED_START = re.compile(
    r"(<(?:html|head|body)(?=[\s/])(?:[^<>/=]++|/(?!>)|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|[<=])*+/)>",
    re.IGNORECASE | re.ASCII,
)

IN_HEAD = (
    "base basefont bgsound link meta noframes noscript object script style template title".split()
)


def _open_body(soup: BeautifulSoup) -> None:
    """Move what a browser shows out of a head that the parser left open."""
    children = [*soup.head.find_all(recursive=False)] if soup.head else []
    first = next((child for child in children if child.name not in IN_HEAD), None)
    if first is not None:
        shown = [first, *first.next_siblings]
        body = soup.head.parent.find("body", recursive=False) or soup.new_tag("body")
        if body.parent is None:
            soup.head.insert_after(body)
        for place, node in enumerate(shown):
            body.insert(place, node.extract())


def _seen(soup: BeautifulSoup) -> Iterator[str]:
    unseen: set[int] = set()
    for node in soup.descendants:
        if id(node.parent) in unseen or getattr(node.parent, "name", "") in UNSEEN:
            unseen.add(id(node))
            continue
        if isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            yield str(node)
        elif isinstance(node, Tag):
            yield _attribute(node)


def _attribute(tag: Tag) -> str:
    kind = str(tag.get("type", "")).lower()
    if tag.name in ("img", "area") or (tag.name == "input" and kind == "image"):
        return str(tag.get("alt", ""))
    is_button = tag.name == "input" and kind in ("button", "submit", "reset")
    return str(tag.get("value", "")) if is_button else ""


def responses(path: Path, url: str) -> Iterator[Fetched]:
    """Yield the recorded answers of a WARC file, each as if it had been given for `url`."""
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                content_type = record.http_headers.get_header("Content-Type") or ""
                yield Fetched(url, record.content_stream().read(), content_type)
