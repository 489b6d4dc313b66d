"""The ledger of a page: what became of each block, by which judge, by which rule, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.records import Removal

KEEP = "keep"
"""The rule of a block that stays in the text."""


class Finding(NamedTuple):
    """What a judge says of a block."""

    rule: str
    """Name of the rule that removes it, or `KEEP`."""
    evidence: str = ""
    """What the judge saw, in a few words; empty where the rule says it all."""


class Verdict(NamedTuple):
    """What became of a block."""

    block: Block
    rule: str
    judge: str
    """Name of the judge that decided; empty where none had anything to say: then it is kept."""
    evidence: str


@dataclass(frozen=True)
class Cleaned:
    """A page after cleaning."""

    verdicts: tuple[Verdict, ...]
    """One for each block, in page order."""

    @cached_property
    def kept(self) -> tuple[Block, ...]:
        """The blocks that are the document."""
        return tuple(verdict.block for verdict in self.verdicts if verdict.rule == KEEP)

    @cached_property
    def removals(self) -> tuple[Removal, ...]:
        """The others, as they are stored."""
        return tuple(
            Removal(v.block.position, v.rule, v.block.text, v.judge, v.evidence)
            for v in self.verdicts
            if v.rule != KEEP
        )

    @property
    def text(self) -> str:
        """The kept blocks: paragraphs apart by a blank line, rows of a list or table by a line.

        What a removed inline element parted within a paragraph is joined by a space again.
        """
        return joined(self.kept)


def joined(blocks: Sequence[Block]) -> str:
    """Return the text of blocks, parted as they stand in the page."""
    if not blocks:
        return ""
    rows = [_rows(b.element) for b in blocks]
    pairs = {
        (row.item, b.paragraph) for row, b in zip(rows, blocks, strict=True) if row.item is not None
    }
    sizes = Counter(item for item, _ in pairs)
    parts = [blocks[0].text]
    for number in range(1, len(blocks)):
        before, after = blocks[number - 1], blocks[number]
        if before.paragraph == after.paragraph:
            parts.append(" " if before.lines[1] == after.lines[0] else "\n")
        else:
            parts.append(_separator(rows[number - 1], rows[number], sizes))
        parts.append(after.text)
    return "".join(parts)


class _Rows(NamedTuple):
    """The list item and the table row that a block stands in."""

    item: Element | None
    row: Element | None


def _separator(before: _Rows, after: _Rows, sizes: Mapping[Element | None, int]) -> str:
    """Return what parts two paragraphs; `sizes` counts the paragraphs of each list item."""
    if before.row is not None and before.row is after.row:
        return " "
    if before.row is not None and after.row is not None:
        return "\n"
    items = (before.item, after.item)
    are_short_items = items[0] is not items[1] and all(i is not None for i in items)
    return "\n" if are_short_items and max(sizes[i] for i in items) == 1 else "\n\n"


def _rows(element: Element) -> _Rows:
    found: dict[str, Element] = {}
    if element.tag in ("li", "tr"):
        found[element.tag] = element
    for around in element.iterancestors("li", "tr"):
        found.setdefault(around.tag, around)
    return _Rows(found.get("li"), found.get("tr"))
