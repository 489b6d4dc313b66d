"""A page that nobody knows: its blocks, and what the rules say of the elements around them."""

from __future__ import annotations

from collections.abc import Iterator

from archive.cleaning.blocks import BOUNDARY, MARKED, SEALED, Block, split
from archive.cleaning.element import Element
from archive.cleaning.rules import Rules

_OPENS = ("h1", "main", "article", "time")
"""What a reader of the page asks for: nothing around it is sealed."""


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

    def roots_around(self, block: Block) -> Iterator[Element]:
        """Yield the elements around a block that a root rule or a guess finds, inner ones first."""
        if block.place is not None:
            yield from (p.element for p in block.place.outwards() if p.element in self.roots)

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
        name = root or guess
        if not name:
            return MARKED
        self.roots[element] = name
        if name in self._sealed and next(element.iter(_OPENS), None) is None:
            self.is_sealed = True
            return SEALED
        return BOUNDARY
