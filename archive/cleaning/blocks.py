"""A page as a list of blocks: every word a reader could see, in page order, each once.

A block is a run of text that no block boundary interrupts. Elements that stand alone on a
screen although they are inline in HTML (time, button, label …) are boundaries too; without
that, "07:00" and "Pressmeddelande" in neighbouring elements become one word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.text import normalise

UNSEEN = frozenset(("head", "script", "style", "template", "iframe", "noembed", "noframes"))
"""Elements whose text no reader sees."""

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s "
    "samp small span strike strong sub sup tt u var wbr".split()
)
"""Elements that may stand inside a word. All others end a block before and after themselves."""

ON_A_LINE = INLINE | frozenset(
    "area audio button canvas img input label map meter object output picture progress svg "
    "textarea time video".split()
)
"""Elements that stand within a line on a screen: blocks they part belong to one paragraph."""

BUTTON_TYPES = frozenset(("button", "submit", "reset"))

# As a browser shows it: in HTML a line end within text is a space.
_SPACE = re.compile(r"[\t\n\f\r ]+")


@dataclass(frozen=True, slots=True)
class Block:
    """One run of visible text."""

    position: int
    """Place in the page, from 0."""
    text: str
    """Normalised (`archive.text.normalise`); a br is a line end. Never empty."""
    element: HtmlElement
    """The nearest element around the text that ends a block, or was claimed."""
    source: str = "text"
    """`text`, `alt` (of an image) or `value` (of a button)."""
    paragraph: int = 0
    """Blocks of one number stand in one paragraph, parted only by elements within its lines."""
    lines: tuple[int, int] = (0, 0)
    """First and last line of the block; a br begins a new line."""


def split_blocks(root: HtmlElement, boundaries: Collection[HtmlElement] = ()) -> list[Block]:
    """Return the blocks below `root`; `boundaries` are elements that must be blocks of their own.

    Words of all blocks together are the words a reader could see: text nodes outside `UNSEEN`,
    alternative texts of images and captions of buttons. Walks without recursion: depth is bounded
    by memory only.
    """
    splitter = _Splitter(root, boundaries)
    for event, element, text in _walk(root):
        splitter.feed(event, element, text)
    splitter.close()
    return splitter.blocks


def plain_text(root: HtmlElement) -> str:
    """Return the text of all blocks below `root`, one a paragraph."""
    return "\n\n".join(block.text for block in split_blocks(root))


class _Splitter:
    """Collects text into blocks, one event of `_walk` after the other."""

    def __init__(self, root: HtmlElement, boundaries: Collection[HtmlElement]) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._boundaries = boundaries
        self._owner = root
        self._pieces: list[str] = []
        self._paragraph = 0
        self._line = 0
        self._lines = (0, 0)

    def feed(self, event: str, element: HtmlElement, text: str) -> None:
        if event == "text":
            self._add(_SPACE.sub(" ", text))
        elif event == "br":
            self._pieces.append("\n")
            self._line += 1
        elif event in ("alt", "value"):
            self.close()
            self._add(_SPACE.sub(" ", text))
            self.close(element, event)
        else:
            self._bound(event, element)

    def close(self, element: HtmlElement | None = None, source: str = "text") -> None:
        """End the block; `element` owns it, else the element that the text stands in."""
        text = normalise("".join(self._pieces))
        self._pieces.clear()
        if text:
            owner = self._owner if element is None else element
            place = len(self.blocks)
            self.blocks.append(Block(place, text, owner, source, self._paragraph, self._lines))

    def _add(self, text: str) -> None:
        if text.strip():
            first = self._lines[0] if any(map(str.strip, self._pieces)) else self._line
            self._lines = (first, self._line)
        self._pieces.append(text)

    def _bound(self, event: str, element: HtmlElement) -> None:
        if element.tag in INLINE and element not in self._boundaries:
            return
        self.close()
        is_open = event == "open"
        self._owner = element if is_open else self._nearest(element.getparent())
        self._paragraph += element.tag not in ON_A_LINE

    def _nearest(self, element: HtmlElement | None) -> HtmlElement:
        while element is not None and element.tag in INLINE and element not in self._boundaries:
            element = element.getparent()
        return self._root if element is None else element


def _walk(root: HtmlElement) -> Iterator[tuple[str, HtmlElement, str]]:
    """Yield open, close, text, br, alt and value events in document order."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, is_end = stack.pop()
        if is_end:
            yield "close", element, ""
        elif element.tag == "br":
            yield "br", element, ""
        elif isinstance(element.tag, str) and element.tag not in UNSEEN:
            yield from _opening(element)
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
            continue
        if element is not root and element.tail:
            yield "text", element, element.tail


def _opening(element: HtmlElement) -> Iterator[tuple[str, HtmlElement, str]]:
    yield "open", element, ""
    if element.tag in ("img", "area") or element.get("type") == "image":
        yield "alt", element, element.get("alt") or ""
    elif element.tag == "input" and element.get("type", "").lower() in BUTTON_TYPES:
        yield "value", element, element.get("value") or ""
    if element.text:
        yield "text", element, element.text
