"""Which elements hold which words: what a page object needs to claim words one by one.

A page is a flow of blocks; a claim must name an element that holds the claimed words and no others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from archive.cleaning.blocks import UNSEEN, Block, split_blocks
from archive.cleaning.element import Element
from crawler.products.common import around, text_of

MENU_WORDS_PER_LINK = 5
"""Words that a menu of pages may hold beside each link: weekday, time, "Inställt"."""


def wrap_loose_text(tree: Element) -> Element:
    """Put every text that has elements beside it into a span of its own, and return `tree`.

    So each word stands in an element that can be claimed. What a reader sees stays the same.
    """
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in UNSEEN or not len(element):
            continue
        for child in list(element):
            _wrap_tail(child)
        if (element.text or "").strip():
            element.insert(0, _span(tree, element.text))
            element.text = None
    return tree


class Flow:
    """A page as its blocks in page order, with the elements that hold each block's words."""

    def __init__(self, root: Element, boundaries: Collection[Element] = ()) -> None:
        self.root = root
        self.blocks = split_blocks(root, boundaries)
        self._pieces = dict(_pieces(root, self.blocks))
        self._texts: dict[Element, str] = {}
        self._counts: Counter[Element] = Counter()
        self._ranges: dict[Element, tuple[int, int]] = {}
        for block in self.blocks:
            self._note(block)

    def holders(self, block: Block) -> list[Element]:
        """Return the widest elements that together hold the words of `block` and no others.

        Exact on a tree that went through `wrap_loose_text`.
        """
        widest = [self._widest(piece, block.element) for piece in self._pieces[block.position]]
        return list(dict.fromkeys(widest))

    def pieces(self, block: Block) -> list[Element]:
        """Return the elements that directly hold the words of `block`, in page order."""
        return self._pieces[block.position]

    def above(self, block: Block) -> Iterator[Element]:
        """Yield the element that holds the first words of `block`, and its ancestors."""
        return around(self._pieces[block.position][0], None)

    def inside(self, element: Element) -> list[Block]:
        """Return the blocks whose first words stand in `element`, in page order."""
        first, end = self._ranges.get(element, (0, 0))
        return self.blocks[first:end]

    def text(self, piece: Element) -> str:
        """Return `text_of` a piece."""
        if piece not in self._texts:
            self._texts[piece] = text_of(piece)
        return self._texts[piece]

    def _note(self, block: Block) -> None:
        position = block.position
        for element in self.above(block):
            first, _ = self._ranges.get(element, (position, 0))
            self._ranges[element] = (first, position + 1)
        pieces = self._pieces[position]
        self._counts.update({e for piece in pieces for e in around(piece, None)})

    def _widest(self, piece: Element, limit: Element) -> Element:
        found = piece
        for element in piece.iterancestors():
            if found is limit or found is self.root or self._counts[element] > 1:
                break
            found = element
        return found


class Claims(dict[Element, str]):
    """Claims on elements, collected block by block (see `archive.cleaning.clean`)."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow

    def claim(self, block: Block, rule: str) -> None:
        """Claim the words of `block` and no others; what was claimed before stays."""
        for element in self._flow.holders(block):
            self.setdefault(element, rule)

    def claim_pieces(self, block: Block, rules: Mapping[Element, str]) -> None:
        """Claim each piece of `block` by its rule, empty for none."""
        if len(different := set(rules.values())) == 1:
            self.claim(block, *different)
            return
        for piece, rule in rules.items():
            if rule:
                self.setdefault(piece, rule)


class MenuFinder:
    """Knows which elements of a page hold little else than links to pages of the portal."""

    def __init__(self, main: Element, flow: Flow, files: set[Element], pages: set[Element]) -> None:
        self._main = main
        self._pages = pages
        self._links = Counter(e for link in pages for e in around(link, main))
        self._files = Counter(e for link in files for e in around(link, main))
        self._beside = Counter[Element]()
        for block in flow.blocks:
            self._count(block, flow)

    def is_menu(self, element: Element) -> bool:
        """Tell whether `element` is a menu: few words beside its links, and no file."""
        links = self._links[element]
        beside = self._beside[element]
        return links > 0 and not self._files[element] and beside <= links * MENU_WORDS_PER_LINK

    def outside(self, taken: set[Element], rows: set[Element]) -> set[Element]:
        """Return the widest menus that are none of `taken` and stand in none of `rows`."""
        menus = set()
        for link in self._pages:
            chain = list(around(link, self._main))
            if not rows.intersection(chain):
                menus |= set([e for e in chain if e not in taken and self.is_menu(e)][-1:])
        return menus

    def _count(self, block: Block, flow: Flow) -> None:
        for piece in flow.pieces(block):
            chain = list(around(piece, self._main))
            if not self._pages.intersection(chain):
                words = len(text_of(piece).split())
                for element in chain:
                    self._beside[element] += words


def _pieces(root: Element, blocks: list[Block]) -> Iterator[tuple[int, list[Element]]]:
    """Align blocks with the same page cut at every element; both hold the same letters."""
    cuts = iter(split_blocks(root, set(root.iter())))
    for block in blocks:
        missing = _weight(block.text)
        pieces: list[Element] = []
        while missing > 0:
            cut = next(cuts)
            missing -= _weight(cut.text)
            pieces.append(cut.element)
        yield block.position, pieces


def _weight(text: str) -> int:
    """Count the letters; decomposed, since composing may join letters of two elements."""
    return len(unicodedata.normalize("NFD", "".join(text.split())))


def _wrap_tail(child: Element) -> None:
    if (child.tail or "").strip():
        span = _span(child.getparent(), child.tail)
        child.tail = None
        child.addnext(span)


def _span(parent: Element, text: str) -> Element:
    span = parent.makeelement("span")
    span.text = text
    return span
