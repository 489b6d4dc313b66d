"""Hostile HTML made harmless: the same words in fewer levels, with fewer attributes.

Only for pages that libxml2 cannot read in time or to their end. Slower, but linear: what it reads,
it reads once, as the HTML Standard has it (section 13.2.5), and writes down again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import takewhile

from archive.cleaning.blocks import INLINE, UNSEEN

MAX_DEPTH = 240
"""Elements further in stand beside each other; each still ends a block before and after itself."""

VOID = frozenset("area base basefont br col frame hr img input isindex link meta param".split())
"""Elements that hold nothing, as libxml2 sees it."""

RAW = frozenset("iframe noembed noframes plaintext script style textarea title xmp".split())
"""Elements that hold text and no elements."""

_ONCE = frozenset(("html", "head", "body"))
"""Elements whose tags mean nothing within others."""

_SAME_LEVEL = frozenset("a dd dt li option p td th tr".split())
"""Elements that end one of their kind."""

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
        self._open: list[str] = []
        self._within: Counter[str] = Counter()
        self._beyond: Counter[str] = Counter()

    def start(self, tag: str, attributes: str, end: str) -> bool:
        """Write a start tag; return whether something may stand within."""
        if tag in _SAME_LEVEL and self._open[-1:] == [tag]:
            self.written += self._closed(tag)
        if tag in _ONCE and set(self._open) - _ONCE:
            self.written.append(f"<{tag}{attributes}>")
            return False
        # What is hidden stays hidden.
        is_needed = tag in VOID | RAW or (tag in UNSEEN and not self._within[tag])
        if len(self._open) >= MAX_DEPTH and not is_needed:
            self._beyond[tag] += 1
            self._part(tag)
            return False
        self.written.append(f"<{tag}{attributes}{end}")
        if tag in VOID or end == " />":
            return False
        self._open.append(tag)
        self._within[tag] += 1
        return True

    def end(self, tag: str) -> None:
        """Write an end tag, and those of all elements that are open within."""
        if self._beyond[tag]:
            self._beyond[tag] -= 1
            self._part(tag)
        elif self._closes(tag):
            self.written += self._closed(tag)
        elif tag not in INLINE:
            self.written.append(f"</{tag}>")  # libxml2 knows what to do with it
        else:
            self.written.append(_NOTHING)

    def _part(self, tag: str) -> None:
        self.written.append(_NOTHING if tag in INLINE else "<br>")

    def _closes(self, tag: str) -> bool:
        """Tell whether an end tag closes an element, and all that are open within."""
        priority = _PRIORITY.get(tag, _ANY_PRIORITY)
        within = takewhile(lambda name: name != tag, reversed(self._open))
        return self._within[tag] > 0 and all(
            _PRIORITY.get(name, _ANY_PRIORITY) <= priority for name in within
        )

    def _closed(self, tag: str) -> Iterator[str]:
        closed = ""
        self._beyond.clear()
        while closed != tag:
            closed = self._open.pop()
            self._within[closed] -= 1
            yield f"</{closed}>"
