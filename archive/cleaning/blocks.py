"""A page as a list of blocks: every word a reader could see, in page order, each once.

A block is a run of text that no block boundary interrupts. Elements that stand alone on a
screen although they are inline in HTML (time, button, label …) are boundaries too; without
that, "07:00" and "Pressmeddelande" in neighbouring elements become one word. So is the edge of
an inline element where no word goes on: between two links, or a small letter or the end of a
sentence and a capital letter ("Ordförande" and "Anna", set on lines of their own by a stylesheet).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

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

_WITHIN_WORDS = frozenset(("sub", "sup", "wbr", "bdi", "bdo", "rp", "rt"))
"""Inline elements whose edge says nothing about words."""

ON_A_LINE = INLINE | frozenset(
    "area audio button canvas img input label map meter object output picture progress svg "
    "textarea time video".split()
)
"""Elements that stand within a line on a screen: blocks they part belong to one paragraph."""

BUTTON_TYPES = frozenset(("button", "submit", "reset"))

# As a browser shows it: in HTML a line end within text is a space.
_SPACE = re.compile(r"[\t\n\f\r ]+")


class Place:
    """A marked element that stands around a block, and the next one around it."""

    __slots__ = ("around", "element")

    def __init__(self, element: HtmlElement, around: Place | None) -> None:
        self.element = element
        self.around = around

    def outwards(self) -> Iterator[Place]:
        """Yield this place, then those around it."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.around


class Block(NamedTuple):
    """One run of visible text."""

    position: int
    """Place in the page, from 0."""
    text: str
    """Normalised (`archive.text.normalise`); a br is a line end, two end a block. Never empty."""
    element: HtmlElement
    """The nearest element around the text that ends a block, or was claimed."""
    source: str
    """`text`, `alt` (of an image) or `value` (of a button)."""
    paragraph: int
    """Blocks of one number stand in one paragraph, parted only by elements within its lines."""
    lines: tuple[int, int]
    """First and last line of the block; a br begins a new line."""
    linked: int
    """How many of the characters stand in links, before white space was folded."""
    place: Place | None
    """The innermost marked element around the text."""


def split_blocks(
    root: HtmlElement,
    boundaries: Collection[HtmlElement] = (),
    marked: Collection[HtmlElement] = (),
) -> list[Block]:
    """Return the blocks below `root`.

    `boundaries` must be blocks of their own; they and the elements of `marked` are found again in
    `Block.place`. Words of all blocks together are the words a reader could see: text nodes
    outside `UNSEEN`, alternative texts of images and captions of buttons. Depth is bounded by
    memory only.
    """
    splitter = _Splitter(root, boundaries, marked)
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

    def __init__(
        self,
        root: HtmlElement,
        boundaries: Collection[HtmlElement],
        marked: Collection[HtmlElement],
    ) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._boundaries = boundaries
        self._marked = marked
        self._owner = root
        self._place: Place | None = None
        self._pieces: list[str] = []
        self._has_words = False
        self._paragraph = 0
        self._line = 0
        self._lines = (0, 0)
        self._links = 0
        self._linked = 0
        self._is_after_link = False
        self._is_edge = False
        self._breaks = 0

    def open(self, element: HtmlElement) -> None:
        """Enter an element that a reader sees."""
        tag = element.tag
        if tag == "br":
            self._break()
            return
        is_bound = element in self._boundaries
        if tag not in INLINE or is_bound:
            self.close()
            self._owner = element
            self._paragraph += tag not in ON_A_LINE
        elif tag == "a" and self._is_after_link:
            self.close()
        else:
            self._is_edge = tag not in _WITHIN_WORDS
        if is_bound or element in self._marked:
            self._place = Place(element, self._place)
        if tag == "a":
            self._links += 1
        elif tag in _HAS_CAPTION:
            self._caption(element)
        if element.text:
            self._add(element.text)

    def leave(self, element: HtmlElement) -> None:
        """Leave an element, seen or not, or pass a comment: what follows it is text again."""
        tag = element.tag
        if isinstance(tag, str) and tag != "br" and tag not in UNSEEN:
            self._leave_seen(element, tag)
        if element.tail and element is not self._root:
            self._add(element.tail)

    def close(self, element: HtmlElement | None = None, source: str = "text") -> None:
        """End the block; `element` owns it, else the element that the text stands in."""
        if self._has_words and (text := normalise("".join(self._pieces))):
            self.blocks.append(
                Block(
                    len(self.blocks),
                    text,
                    self._owner if element is None else element,
                    source,
                    self._paragraph,
                    self._lines,
                    self._linked,
                    self._place,
                )
            )
        self._pieces.clear()
        self._has_words = False
        self._is_after_link = False
        self._linked = 0

    def _break(self) -> None:
        """Begin a new line; after an empty one, a new paragraph."""
        self._line += 1
        self._breaks += 1
        if self._breaks == 2:
            self.close()
            self._paragraph += 1
        else:
            self._pieces.append("\n")

    def _leave_seen(self, element: HtmlElement, tag: str) -> None:
        is_bound = element in self._boundaries
        if tag not in INLINE or is_bound:
            self.close()
            self._owner = self._nearest(element.getparent())
            self._paragraph += tag not in ON_A_LINE
        else:
            self._is_edge = tag not in _WITHIN_WORDS
        if tag == "a":
            self._links -= 1
            self._is_after_link = self._has_words
        if self._place is not None and self._place.element is element:
            self._place = self._place.around

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
        self._is_after_link = False
        if text.isspace():
            self._pieces.append(" ")
            return
        self._breaks = 0
        if self._is_edge:
            self._is_edge = False
            if self._has_words and _ends_word(self._pieces[-1], text):
                self.close()
        self._lines = (self._lines[0] if self._has_words else self._line, self._line)
        self._has_words = True
        if self._links:
            self._linked += len(text)
        self._pieces.append(_as_shown(text))

    def _nearest(self, element: HtmlElement | None) -> HtmlElement:
        while element is not None and element.tag in INLINE and element not in self._boundaries:
            element = element.getparent()
        return self._root if element is None else element


def _ends_word(before: str, after: str) -> bool:
    """Tell whether two texts that touch at the edge of an inline element are two words."""
    last, first = before[-1], after[0]
    return first.isupper() and (last.islower() or last in ".!?:;)" or last.isdigit())


def _as_shown(text: str) -> str:
    return _SPACE.sub(" ", text)
