"""Runs of links beside a text: menus and teasers that no rule names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from archive.cleaning.blocks import Block
from archive.dates import is_moment

MIN_RUN = 4
"""Fewer links in a row are part of the text."""
MIN_DATED = 2
"""Fewer dates among the headlines after the last sentence make no list of news."""
LONGEST_LABEL = 45
MOST_WORDS = 5
"""A menu names things; what has more words is the headline of something."""
MIN_LINKED = 0.9
"""Share of a block's letters that stand in a link."""
MIN_PROSE = 300
"""Letters of prose that a page must have, or its links are what it is about."""
PROSE_BLOCK = 60
"""A block of so many letters, few of them in links, is prose."""

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ITEM = re.compile(
    r"\d|\.(pdf|docx?)|protokoll|kallelse|handling|bilag|dagordning|ärende|beslut|utskott|nämnd"
    r"|blankett|ansök|@",
    re.IGNORECASE,
)
"""Links of a list of things: files, meetings, years, bodies, forms, addresses."""


def runs_of_links(blocks: Sequence[Block]) -> Iterator[tuple[list[Block], int]]:
    """Yield each run of blocks that are links to elsewhere, with the letters of prose beside."""
    prose = sum(len(b.text) for b in blocks if is_prose(b))
    if prose < MIN_PROSE:
        return
    teasers = _teasers(blocks)
    if teasers:
        yield teasers, prose
    before = blocks[: len(blocks) - len(teasers)]
    for is_link, group in groupby(before, _is_label):
        run = list(group)
        if is_link and len(run) >= MIN_RUN and not any(_ITEM.search(b.text) for b in run):
            yield run, prose


def is_prose(block: Block) -> bool:
    """Tell whether a block is running text rather than a label or a link."""
    return len(block.text) >= PROSE_BLOCK and block.linked < len(block.text) / 2


def _teasers(blocks: Sequence[Block]) -> list[Block]:
    """Return what stands after the last prose, if it is a heading with headlines and dates."""
    end = next((n for n in range(len(blocks), 0, -1) if is_prose(blocks[n - 1])), 0)
    after = blocks[end:]
    start = next((n for n, b in enumerate(after) if b.element.tag in _HEADINGS), None)
    if start is None:
        return []
    run = [*after[start:]]
    links = [b for b in run if _is_link(b)]
    dates = [b for b in run[1:] if not _is_link(b) and is_moment(b.text)]
    are_items = any(_ITEM.search(b.text) for b in (run[0], *links))
    is_list = len(dates) >= MIN_DATED and len(links) + len(dates) >= len(run) - 1
    return run if is_list and not are_items else []


def _is_link(block: Block) -> bool:
    return block.linked >= len(block.text) * MIN_LINKED


def _is_label(block: Block) -> bool:
    if not _is_link(block) or block.element.tag in _HEADINGS:
        return False
    return len(block.text) <= LONGEST_LABEL and len(block.text.split()) <= MOST_WORDS
