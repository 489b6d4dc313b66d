"""Cleaning: which blocks of a page are the document, which are not, and by which rule.

Law 2 holds by construction: every block of a page is either kept or removed, never dropped.
The order of judgement: what the page object claims, roots named in the rules, everything
outside the content, phrases, texts that stand for pictures and buttons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

from archive.cleaning.blocks import Block, split_blocks
from archive.cleaning.rules import Rules, shipped_rules
from archive.records import Removal

KEEP = "keep"
"""Claim on an element that no general rule may take out."""

OUTSIDE = "outside:content"
_BY_SOURCE = {"alt": "alt:image", "value": "control:button"}


@dataclass(frozen=True)
class Cleaned:
    """A page after cleaning."""

    kept: tuple[Block, ...]
    removals: tuple[Removal, ...]

    @property
    def text(self) -> str:
        """The kept blocks: paragraphs apart by a blank line, rows of a list or table by a line.

        What a removed inline element parted within a paragraph is joined by a space again.
        """
        return _join(self.kept)


def clean(
    root: HtmlElement,
    *,
    content: Iterable[HtmlElement] = (),
    claims: Mapping[HtmlElement, str] | None = None,
    rules: Rules | None = None,
    roots: Mapping[HtmlElement, str] | None = None,
) -> Cleaned:
    """Judge every block below `root`.

    `content`: the elements that hold the document; without any, the whole page does.
    `claims`: what the page object knows of single elements: the rule that removes it
    (`field:title`, `meetingplus:side-menu`) or `KEEP`. The innermost claim around a block decides,
    before any general rule. An element that is claimed, or found by a root rule, is always a block
    of its own.
    `roots`: what `rules.roots_in(root)` found, when the caller has asked already.
    """
    claims = claims or {}
    rules = rules or shipped_rules()
    roots = rules.roots_in(root) if roots is None else roots
    judge = _Judge(frozenset(content), claims, roots)
    blocks = split_blocks(root, {*claims, *roots})
    verdicts = [(block, judge.structure(block)) for block in blocks]
    undecided = [block for block, rule in verdicts if rule is None]
    phrases = {
        block.position: rules.phrase(block, place, len(undecided))
        for place, block in enumerate(undecided)
    }
    kept: list[Block] = []
    removals: list[Removal] = []
    for block, by_place in verdicts:
        rule = by_place or phrases[block.position] or _BY_SOURCE.get(block.source, KEEP)
        if rule == KEEP:
            kept.append(block)
        else:
            removals.append(Removal(block.position, rule, block.text))
    return Cleaned(tuple(kept), tuple(removals))


def visible_text(root: HtmlElement) -> str:
    """Return everything a reader could see below `root`, one block a paragraph.

    Words are parted where cleaning parts them: at elements that end a block, and around those
    that a root rule names ("fönster" and a link's hidden suffix are two words).
    """
    blocks = split_blocks(root, shipped_rules().roots_in(root))
    return "\n\n".join(block.text for block in blocks)


class _Judge:
    """Verdicts that follow from where a block stands."""

    def __init__(
        self,
        content: frozenset[HtmlElement],
        claims: Mapping[HtmlElement, str],
        roots: Mapping[HtmlElement, str],
    ) -> None:
        self._content = content
        self._claims = claims
        self._roots = roots

    def structure(self, block: Block) -> str | None:
        """Return a rule, `KEEP`, or None where the place says nothing."""
        root_rule = None
        is_content = not self._content
        for element in (block.element, *block.element.iterancestors()):
            if element in self._claims:
                return self._claims[element]
            root_rule = root_rule or self._roots.get(element)
            is_content = is_content or element in self._content
        return root_rule or (None if is_content else OUTSIDE)


def _join(blocks: tuple[Block, ...]) -> str:
    paragraphs = {(_row(block.element, "li"), block.paragraph) for block in blocks}
    sizes = Counter(item for item, _ in paragraphs)
    parts: list[str] = []
    for before, block in zip((None, *blocks), blocks, strict=False):
        if before is not None:
            parts.append(_separator(before, block, sizes))
        parts.append(block.text)
    return "".join(parts)


def _separator(before: Block, after: Block, sizes: Mapping[HtmlElement | None, int]) -> str:
    """Return what parts two kept blocks; `sizes` counts the paragraphs of each list item."""
    if before.paragraph == after.paragraph:
        return " " if before.lines[1] == after.lines[0] else "\n"
    if _shared(before, after, "tr"):
        return " "
    items = [_row(block.element, "li") for block in (before, after)]
    are_short_items = items[0] is not items[1] and all(i is not None for i in items)
    are_short_items = are_short_items and max(sizes[i] for i in items) == 1
    return "\n" if are_short_items or _both(before, after, "tr") else "\n\n"


def _shared(before: Block, after: Block, tag: str) -> bool:
    row = _row(before.element, tag)
    return row is not None and row is _row(after.element, tag)


def _both(before: Block, after: Block, tag: str) -> bool:
    return _row(before.element, tag) is not None and _row(after.element, tag) is not None


def _row(element: HtmlElement, tag: str) -> HtmlElement | None:
    return next((e for e in (element, *element.iterancestors()) if e.tag == tag), None)
