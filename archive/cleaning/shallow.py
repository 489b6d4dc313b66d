"""Hostile HTML made harmless: the same words in fewer levels, with fewer attributes.

Only for pages that libxml2 cannot read in time or to their end. Slower, but linear: what it reads,
it reads once, as the HTML Standard has it (section 13.2.5), and writes down again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache

from lxml import etree

from archive.cleaning.blocks import INLINE, UNSEEN

MAX_DEPTH = 240
"""Elements further in stand beside each other; each still ends a block before and after itself."""

VOID = frozenset("area base basefont br col frame hr img input isindex link meta param".split())
"""Elements that hold nothing, as libxml2 sees it."""

RAW = frozenset("iframe noembed noframes plaintext script style textarea title xmp".split())
"""Elements that hold text and no elements."""

_ONCE = frozenset(("html", "head", "body"))
"""Elements whose tags mean nothing within others."""

_PRIORITY = {
    "div": 150,
    "td": 160,
    "th": 160,
    "tr": 170,
    "thead": 180,
    "tbody": 180,
    "tfoot": 180,
    "table": 190,
    "head": 200,
    "body": 200,
    "html": 220,
}
"""An end tag closes no element with a higher one than its own, as in libxml2."""
_ANY_PRIORITY = 100

_NOTHING = "<!---->"
"""Stands where a tag was: two texts that touch might make one."""

_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?P<end>/?)(?P<tag>[a-zA-Z][^\t\n\f\r />]*+)|<[!?/][^>]*+>?",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+"""
    r"""(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >]*+))?+"""
)
_TAG_END = re.compile(r"[\t\n\f\r /]*+>?")


def shallow(text: str, max_attributes: int) -> str:
    """Return `text` as HTML of at most `MAX_DEPTH` levels and `max_attributes` an element."""
    writer = _Writer()
    at = 0
    while markup := _MARKUP.search(text, at):
        writer.written.append(text[at : markup.start()])
        at = markup.end()
        if not (tag := markup["tag"]):
            writer.written.append(markup[0])
        else:
            kept, at = _attributes(text, at, max_attributes)
            at = _tag(writer, text, at, tag.lower(), None if markup["end"] else kept)
    writer.written.append(text[at:])
    return "".join(writer.written)


def _attributes(text: str, at: int, most: int) -> tuple[str, int]:
    """Return the first attributes as they are written, and where the last one ends."""
    begin = kept = at
    number = 0
    while found := _ATTRIBUTE.match(text, at):
        at = found.end()
        number += 1
        if number <= most:
            kept = at
    return text[begin:kept], at


def _tag(writer: _Writer, text: str, at: int, tag: str, attributes: str | None) -> int:
    """Write a tag whose attributes end at `at`; return where what follows begins."""
    closing = _TAG_END.match(text, at)
    end = closing[0] if closing else ""
    if not end.endswith(">"):
        return len(text)  # a tag without an end is none
    at += len(end)
    if attributes is None:
        writer.end(tag)
    elif writer.start(tag, attributes, " />" if end.endswith("/>") else ">") and tag in RAW:
        found = None if tag == "plaintext" else _end_of(tag).search(text, at)
        begin, at = at, found.start() if found else len(text)
        writer.written.append(text[begin:at])
    return at


@cache
def _end_of(tag: str) -> re.Pattern[str]:
    return re.compile(rf"</{tag}(?=[\t\n\f\r />])", re.IGNORECASE)


class _Writer:
    """Writes tags down, minding the depth."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Names of the elements that are open, and whether they are written."""
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        """How many elements are around each open one, by name."""
        self._depth = 0

    def start(self, tag: str, attributes: str, end: str) -> bool:
        """Write a start tag; return whether something may stand within."""
        if tag in _ONCE and len(self._open) > sum(len(self._places[once]) for once in _ONCE):
            self.written.append(f"<{tag}{attributes}>")
            return False
        while self._open and _ends(self._open[-1][0], tag):
            self._close(len(self._open) - 1)
        # What is hidden stays hidden.
        is_needed = tag in VOID | RAW or (tag in UNSEEN and not self._places[tag])
        is_written = self._depth < MAX_DEPTH or is_needed
        if is_written:
            self.written.append(f"<{tag}{attributes}{end}")
        else:
            self._part(tag)
        if tag in VOID or end == " />":
            return False
        self._places[tag].append(len(self._open))
        self._open.append((tag, is_written))
        self._depth += is_written
        return is_written

    def end(self, tag: str) -> None:
        """Write an end tag, and those of all elements that are open within."""
        if not self._places[tag]:
            # libxml2 knows what to do with it
            self.written.append(_NOTHING if tag in INLINE else f"</{tag}>")
        elif self._is_held(tag):
            self._part(tag)
        else:
            self._close(self._places[tag][-1])

    def _part(self, tag: str) -> None:
        self.written.append(_NOTHING if tag in INLINE else "<br>")

    def _is_held(self, tag: str) -> bool:
        """Tell whether an element within keeps an end tag from closing the innermost `tag`."""
        priority, around = _PRIORITY.get(tag, _ANY_PRIORITY), self._places[tag][-1]
        higher = (self._places[name] for name, other in _PRIORITY.items() if other > priority)
        return any(places and places[-1] > around for places in higher)

    def _close(self, around: int) -> None:
        """Write the end tags of all elements but the outermost."""
        while len(self._open) > around:
            tag, is_written = self._open.pop()
            self._places[tag].pop()
            self._depth -= is_written
            if is_written:
                self.written.append(f"</{tag}>")
            else:
                self._part(tag)


@lru_cache(maxsize=4_096)
def _ends(tag: str, new: str) -> bool:
    """Tell whether libxml2 ends an element where another begins."""
    if new == "html" or not (f"{tag}{new}".isascii() and f"{tag}{new}".isalnum()):
        return False
    begun = [*etree.HTML(f"<{tag}><{new}>").iter(new)]
    return bool(begun) and next(begun[-1].iterancestors(tag), None) is None
