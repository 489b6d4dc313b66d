"""A page that nobody knows: its blocks, and what the rules say of the elements around them."""

from __future__ import annotations

from archive.cleaning.blocks import BOUNDARY, MARKED, SEALED, Block, split
from archive.cleaning.element import Element
from archive.cleaning.rules import Rules

_OPENS = ("h1", "main", "article", "time")
"""What a reader of the page asks for: nothing around it is sealed."""


NEED_LINKS = ("share", "navigation", "tags", "related", "comments")
"""Families of guesses about elements that lead elsewhere: none without a link or a button."""


class Scan:
    """A page's blocks, and by element the root, guess or content that finds it."""

    def __init__(self, tree: Element, rules: Rules, *, is_sealing: bool = True) -> None:
        self.roots: dict[Element, str] = {}
        """The first root rule, or else guess, about an element."""
        self.contents: dict[int, set[Element]] = {}
        """Elements by the number of the first content rule that finds them."""
        self.is_sealed = False
        """Whether anything was left unopened."""
        self._seen: dict[Element, int] = {}
        self._sealed = rules.sealed if is_sealing else frozenset[str]()
        self._ask = rules.index.look
        self._elsewhere = rules.index.elsewhere(tree)
        self.blocks: list[Block] = split(tree, self._look)

    def _look(self, element: Element) -> int:
        mark = self._ask(element, self._elsewhere)
        if mark is None:
            return 0
        if element not in self._seen:
            self._seen[element] = self._note(element, *mark)
        return self._seen[element]

    def _note(self, element: Element, root: str, guess: str, content: str) -> int:
        if content:
            self.contents.setdefault(int(content), set()).add(element)
        name = root or (guess if _is_likely(element, guess) else "")
        if not name:
            return MARKED if content else 0
        self.roots[element] = name
        if name in self._sealed and next(element.iter(_OPENS), None) is None:
            self.is_sealed = True
            return SEALED
        return BOUNDARY


def _is_likely(element: Element, guess: str) -> bool:
    """Tell a guess that a look at the element bears out."""
    if next(element.iter("main"), None) is not None:
        return False
    if guess.partition(":")[0] not in NEED_LINKS:
        return True
    return next(element.iter("a", "button", "input"), None) is not None
