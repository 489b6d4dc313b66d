"""Hostile HTML made harmless: the same words in fewer levels, with fewer attributes.

Only for pages that libxml2 cannot read in time or to their end. Slower, but linear.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

MAX_DEPTH = 500
"""Elements further in stand beside each other; each still ends a block before itself."""

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""Elements that hold nothing (HTML Standard, section 13.1.2)."""


def shallow(text: str, max_attributes: int) -> str:
    """Return `text` as HTML of at most `MAX_DEPTH` levels and `max_attributes` an element."""
    writer = _ShallowWriter(max_attributes)
    writer.feed(text)
    writer.close()
    return "".join(writer.written)


class _ShallowWriter(HTMLParser):
    """Writes down what it reads, minding the depth."""

    def __init__(self, max_attributes: int) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._max_attributes = max_attributes
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                self.written.append("<br>")
                return
        said = "".join(f' {n}="{escape(v or "")}"' for n, v in attrs[: self._max_attributes])
        self.written.append(f"<{tag}{said}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._depth:
            return
        if self._depth <= MAX_DEPTH:
            self.written.append(f"</{tag}>")
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")
