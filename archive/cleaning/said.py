"""How much a page says, read no further than it takes to know: of pages nobody has cleaned yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from lxml import etree

from archive.cleaning.blocks import UNSEEN
from archive.cleaning.element import Element

MOST_TEXTS = 10_000
"""A page of more pieces of text, empty ones too, is not said to say little."""
LONGEST = 500
"""Letters of a word; a longer one is no word."""

FRAME = frozenset(("nav", "footer", "aside", "noscript", "dialog", "button", "select"))
FRAME_ROLES = frozenset(
    ("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary")
)
FRAME_NAME = re.compile(r"(^|[\s_-])(cookie|consent|samtycke|footer|sidfot)", re.IGNORECASE)
"""Begins a word in the class or id of what frames a text."""

_NEVER_FRAME = frozenset(("html", "body", "main", "article"))
_BESIDE = frozenset(("a", "h1"))


def all_words(root: Element, most: int) -> list[str] | None:
    """Return the words that a reader sees below `root`, None if there are more than `most`."""
    return _words(root, most, _is_unseen)


def own_words(root: Element, most: int) -> list[str] | None:
    """Return the words beside links, first headings and the frame, None if more than `most`.

    Enough to tell a line from an article.
    """
    return _words(root, most, _is_beside)


def beginning(element: Element, most: int) -> str:
    """Return the first words that a reader sees of `element`, `most` of them, on one line."""
    texts = (text.split(None, most)[:most] for text in _texts(element, _is_unseen))
    every = (word[:LONGEST] for words in texts for word in words)
    return " ".join(islice(every, most))


def is_frame(element: Element) -> bool:
    """Tell by tag, role and telling names whether an element frames the text: menus, consent."""
    tag = element.tag
    if tag in UNSEEN or tag in FRAME:
        return True
    if tag in _NEVER_FRAME:
        return False
    if tag == "header":
        return next(element.iterancestors("main", "article"), None) is None
    if element.get("role") in FRAME_ROLES:
        return True
    return any(FRAME_NAME.search(element.get(name) or "") for name in ("id", "class"))


def _is_unseen(element: Element) -> bool:
    return element.tag in UNSEEN


def _is_beside(element: Element) -> bool:
    return element.tag in _BESIDE or is_frame(element)


def _words(root: Element, most: int, skips: Callable[[Element], bool]) -> list[str] | None:
    words: list[str] = []
    for number, text in enumerate(_texts(root, skips)):
        words += text.split(None, most + 1)
        if len(words) > most or number > MOST_TEXTS:
            return None
    return None if any(len(word) > LONGEST for word in words) else words


def _texts(root: Element, skips: Callable[[Element], bool]) -> Iterator[str]:
    """Yield the texts of a tree, empty ones too, but none below an element that `skips` finds."""
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event != "start":
            yield (element.tail or "") if element is not root else ""
        elif skips(element):
            walker.skip_subtree()
        else:
            yield element.text or ""
