"""A page as a list of blocks: every word a reader could see, in page order, each once.

A block is a run of text that no block boundary interrupts. Elements that stand alone on a
screen although they are inline in HTML (time, button, label …) are boundaries too; without
that, "07:00" and "Pressmeddelande" in neighbouring elements become one word.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree
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
    alternative texts of images and captions of buttons. Depth is bounded by memory only.
    """
    splitter = _Splitter(root, boundaries)
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event == "start":
            if element.tag in UNSEEN:
                walker.skip_subtree()
            else:
                splitter.open(element)
        else:
            splitter.leave(element)
    splitter.close()
    return splitter.blocks


def plain_text(root: HtmlElement) -> str:
    """Return the text of all blocks below `root`, one a paragraph."""
    if not len(root) and root.tag not in _HAS_CAPTION:
        return "" if root.tag in UNSEEN else normalise(_as_shown(root.text or ""))
    return "\n\n".join(block.text for block in split_blocks(root))


_HAS_CAPTION = ("img", "area", "input")


class _Splitter:
    """Collects text into blocks while a tree is walked."""

    def __init__(self, root: HtmlElement, boundaries: Collection[HtmlElement]) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._boundaries = boundaries
        self._owner = root
        self._pieces: list[str] = []
        self._has_words = False
        self._paragraph = 0
        self._line = 0
        self._lines = (0, 0)

    def open(self, element: HtmlElement) -> None:
        """Enter an element that a reader sees."""
        tag = element.tag
        if tag == "br":
            self._pieces.append("\n")
            self._line += 1
            return
        if tag not in INLINE or element in self._boundaries:
            self.close()
            self._owner = element
            self._paragraph += tag not in ON_A_LINE
        if tag in _HAS_CAPTION:
            self._caption(element)
        if element.text:
            self._add(element.text)

    def leave(self, element: HtmlElement) -> None:
        """Leave an element, seen or not, or pass a comment: what follows it is text again."""
        tag = element.tag
        is_bound = isinstance(tag, str) and tag != "br" and tag not in UNSEEN
        if is_bound and (tag not in INLINE or element in self._boundaries):
            self.close()
            self._owner = self._nearest(element.getparent())
            self._paragraph += tag not in ON_A_LINE
        if element.tail and element is not self._root:
            self._add(element.tail)

    def close(self, element: HtmlElement | None = None, source: str = "text") -> None:
        """End the block; `element` owns it, else the element that the text stands in."""
        if self._has_words and (text := normalise("".join(self._pieces))):
            owner = self._owner if element is None else element
            place = len(self.blocks)
            self.blocks.append(Block(place, text, owner, source, self._paragraph, self._lines))
        self._pieces.clear()
        self._has_words = False

    def _caption(self, element: HtmlElement) -> None:
        kind = element.get("type", "").lower()
        if element.tag in ("img", "area") or kind == "image":
            self._alone(element, "alt", element.get("alt"))
        elif kind in BUTTON_TYPES:
            self._alone(element, "value", element.get("value"))

    def _alone(self, element: HtmlElement, source: str, text: str | None) -> None:
        self.close()
        if text:
            self._add(text)
        self.close(element, source)

    def _add(self, text: str) -> None:
        if text.isspace():
            self._pieces.append(" ")
            return
        first = self._lines[0] if self._has_words else self._line
        self._lines = (first, self._line)
        self._has_words = True
        self._pieces.append(_as_shown(text))

    def _nearest(self, element: HtmlElement | None) -> HtmlElement:
        while element is not None and element.tag in INLINE and element not in self._boundaries:
            element = element.getparent()
        return self._root if element is None else element


def _as_shown(text: str) -> str:
    return _SPACE.sub(" ", text)
