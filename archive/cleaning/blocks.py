"""A page as a list of blocks: every word a reader could see, in page order, each once.

A block is a run of text that no block boundary interrupts. Elements that stand alone on a
screen although they are inline in HTML (time, button, label …) are boundaries too; without
that, "07:00" and "Pressmeddelande" in neighbouring elements become one word. So is the edge of
an inline element where no word goes on: between two links, or a small letter or the end of a
sentence and a capital letter ("Ordförande" and "Anna", set on lines of their own by a stylesheet).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from lxml import etree

from archive.cleaning.element import Element
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


class Place:
    """A marked element that stands around a block, and the next one around it."""

    __slots__ = ("around", "element")

    def __init__(self, element: Element, around: Place | None) -> None:
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
    element: Element
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
    """The innermost marked element around the beginning of the text."""
    control: Element | None
    """The outermost button, label or legend around the text."""


Look = Callable[[Element], int]
"""Says of each element what it is to the splitter: 0 for nothing, or one of these."""
MARKED = 1
"""Found again in `Block.place`."""
BOUNDARY = 2
"""The same, and a block of its own."""
SEALED = 3
"""The same, and one block: its texts by lines, whatever stands within."""


def split_blocks(root: Element, boundaries: Collection[Element] = ()) -> list[Block]:
    """Return the blocks below `root`; `boundaries` are elements that must be blocks of their own.

    Words of all blocks together are the words a reader could see: text nodes outside `UNSEEN`,
    alternative texts of images and captions of buttons. Depth is bounded by memory only.
    """
    return split(root, lambda element: BOUNDARY if element in boundaries else 0)


def split(root: Element, look: Look) -> list[Block]:
    """Return the blocks below `root` as `split_blocks` does, asking `look` of each element."""
    splitter = _Splitter(root, look)
    enter, leave = splitter.enter, splitter.leave
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event != "start":
            leave(element)
        elif not enter(element):
            walker.skip_subtree()
    splitter.close()
    return splitter.blocks


def plain_text(root: Element) -> str:
    """Return the text of all blocks below `root`, one a paragraph."""
    if not len(root) and root.tag not in _HAS_CAPTION:
        return "" if root.tag in UNSEEN else normalise(_as_shown(root.text or ""))
    return "\n\n".join(block.text for block in split_blocks(root))


_HAS_CAPTION = frozenset(("img", "area", "input"))

_CONTROLS = frozenset(("button", "label", "legend"))
_SPECIAL = _HAS_CAPTION | _CONTROLS | {"a", "br"}
_NO_BLOCK = UNSEEN | {"br"}
_SAID = etree.XPath(
    "descendant-or-self::node()[self::text() or self::img or self::area or self::input]",
    smart_strings=False,
)


def caption(element: Element) -> tuple[str, str]:
    """Return what a reader sees of an element in place of its content, and which attribute it is.

    The alternative text of a picture, the caption of a button; both empty for anything else.
    """
    kind = element.get("type", "").lower()
    if element.tag in ("img", "area") or (element.tag == "input" and kind == "image"):
        return element.get("alt") or "", "alt"
    if element.tag == "input" and kind in BUTTON_TYPES:
        return element.get("value") or "", "value"
    return "", ""


def _texts(element: Element) -> list[str]:
    """Return what a reader sees of an element, text by text."""
    if next(element.iter(*UNSEEN), None) is None:
        said = (part if isinstance(part, str) else caption(part)[0] for part in _SAID(element))
        return [text for text in said if text and not text.isspace()]
    texts: list[str | None] = []
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in walker:
        if event != "start":
            texts.append(part.tail)
        elif part.tag in UNSEEN:
            walker.skip_subtree()
        else:
            texts += (part.text,) if part.tag not in _HAS_CAPTION else (caption(part)[0], part.text)
    return [text for text in texts[:-1] if text and not text.isspace()]


class _Splitter:
    """Collects text into blocks while a tree is walked."""

    def __init__(self, root: Element, look: Look) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._look = look
        self._owner: Element | None = root
        """The nearest element around the next text that ends a block; None until asked for."""
        self._place: Place | None = None
        self._block_place: Place | None = None
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
        self._control: Element | None = None

    def enter(self, element: Element) -> bool:
        """Enter an element; return whether to go inside."""
        tag = element.tag
        if tag in UNSEEN:
            return False
        mark = self._look(element)
        if mark or tag in _SPECIAL:
            return self._enter_special(element, tag, mark)
        if tag in INLINE:
            self._is_edge = tag not in _WITHIN_WORDS
        else:
            if self._pieces:
                self.close()
            self._owner = element
            self._paragraph += tag not in ON_A_LINE
        text = element.text
        if text and (self._has_words or not text.isspace()):
            self._add(text, element)
        return True

    def leave(self, element: Element) -> None:
        """Leave an element, seen or not, or pass a comment: what follows it is text again."""
        tag = element.tag
        place = self._place
        if place is not None and place.element is element:
            self._leave_special(element, tag)
            self._place = place.around
        elif tag in INLINE:
            self._is_edge = tag not in _WITHIN_WORDS
            if tag == "a":
                self._leave_link()
        elif tag not in _NO_BLOCK and isinstance(tag, str):
            if self._pieces:
                self.close()
            self._owner = None
            self._paragraph += tag not in ON_A_LINE
            if element is self._control:
                self._control = None
        tail = element.tail
        if tail and (self._has_words or not tail.isspace()) and element is not self._root:
            self._add(tail, element.getparent())

    def close(self) -> None:
        """End the block."""
        if self._has_words and (text := normalise("".join(self._pieces))):
            owner = self._root if self._owner is None else self._owner
            self._keep(text, owner, "text", self._block_place)
        self._pieces.clear()
        self._has_words = False
        self._is_after_link = False
        self._linked = 0

    def _keep(self, text: str, owner: Element, source: str, place: Place | None) -> None:
        self.blocks.append(
            Block(
                len(self.blocks),
                text,
                owner,
                source,
                self._paragraph,
                self._lines,
                self._linked,
                place,
                self._control,
            )
        )

    def _enter_special(self, element: Element, tag: str, mark: int) -> bool:
        """Enter an element that is marked, a link, a line's end, or that has a caption."""
        if tag == "br":
            self._break()
            return True
        self._begin(element, tag, mark)
        if mark:
            self._place = Place(element, self._place)
        if mark == SEALED:
            self._seal(element)
            return False
        if tag == "a":
            self._links += 1
        elif tag in _HAS_CAPTION:
            self._alone(element)
        elif tag in _CONTROLS and self._control is None:
            self._control = element
        if element.text:
            self._add(element.text, element)
        return True

    def _begin(self, element: Element, tag: str, mark: int) -> None:
        """End the block before an element, if it stands apart."""
        if mark > MARKED or tag not in INLINE:
            self.close()
            self._owner = element
            self._paragraph += tag not in ON_A_LINE
        elif tag == "a" and self._is_after_link:
            self.close()
        else:
            self._is_edge = tag not in _WITHIN_WORDS

    def _leave_special(self, element: Element, tag: str) -> None:
        """Leave a marked element."""
        if tag == "a" and self._look(element) != SEALED:
            self._leave_link()
        if tag not in INLINE or self._is_bound(element):
            self.close()
            self._owner = None
            self._paragraph += tag not in ON_A_LINE
            if element is self._control:
                self._control = None
        else:
            self._is_edge = tag not in _WITHIN_WORDS

    def _leave_link(self) -> None:
        self._links -= 1
        self._is_after_link = self._has_words

    def _break(self) -> None:
        """Begin a new line; after an empty one, a new paragraph."""
        self._line += 1
        self._breaks += 1
        if self._breaks == 2:
            self.close()
            self._paragraph += 1
        else:
            self._pieces.append("\n")

    def _seal(self, element: Element) -> None:
        # No page has this character: a tree cannot take it back.
        said = normalise("\x01".join(_texts(element)).replace("\n", " ").replace("\r", " "))
        if text := "\n".join(line for part in said.split("\x01") if (line := part.strip())):
            self._lines = (self._line, self._line)
            self._keep(text, element, "text", self._place)

    def _alone(self, element: Element) -> None:
        """Make a block of an element's caption."""
        said, source = caption(element)
        if not source:
            return
        self.close()
        if text := normalise(_as_shown(said)):
            self._lines = (self._line, self._line)
            self._linked = len(text) if self._links else 0
            self._keep(text, element, source, self._place)
            self._linked = 0

    def _add(self, text: str, element: Element) -> None:
        """Add text that stands in `element`."""
        self._is_after_link = False
        if text.isspace():
            if self._has_words:
                self._pieces.append(" ")
            return
        self._breaks = 0
        if self._is_edge:
            self._is_edge = False
            if self._has_words and _ends_word(self._pieces[-1], text):
                self.close()
        if not self._has_words:
            self._start(element)
        elif self._lines[1] != self._line:
            self._lines = (self._lines[0], self._line)
        if self._links:
            self._linked += len(text)
        self._pieces.append(_as_shown(text))

    def _start(self, element: Element) -> None:
        """Begin a block with text that stands in `element`."""
        self._has_words = True
        self._block_place = self._place
        self._lines = (self._line, self._line)
        if self._owner is None:
            self._owner = self._nearest(element)

    def _is_bound(self, element: Element) -> bool:
        return self._look(element) > MARKED

    def _nearest(self, element: Element | None) -> Element:
        while element is not None and element.tag in INLINE and not self._is_bound(element):
            element = element.getparent()
        return self._root if element is None else element


def _ends_word(before: str, after: str) -> bool:
    """Tell whether two texts that touch at the edge of an inline element are two words."""
    last, first = before[-1], after[0]
    return first.isupper() and (last.islower() or last in ".!?:;)" or last.isdigit())


def _as_shown(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")
