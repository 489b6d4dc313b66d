"""Links beside a text: teasers, menus and feet of sites that no rule names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.cleaning.title import SITE
from archive.dates import is_moment

COLUMN_SHARE = 0.8
"""Share of the prose that the column of the text must hold."""
MOST_BLOCKS = 2_000
"""On a longer page the column is not looked for."""
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

MIN_FOOTER = 2
FOOTER = re.compile(
    r"(om )?(webbplatsen|kakor|cookies|kakor \(cookies\)|personuppgifter|integritet(spolicy)?)"
    r"|tillgänglighet(sredogörelse)?|(så )?behand\w+ (vi )?(av )?personuppgifter|lediga jobb"
    r"|jobba hos oss|kontakta (oss|kommunen)|press(rum)?|visselblås\w*|other languages|in english"
    r"|english|webbkarta|sitemap|a-ö|intranät|logga in|följ oss|facebook|instagram|youtube"
    r"|linkedin|x|rss",
    re.IGNORECASE,
)
"""Names of links that stand at the foot of a site."""

FOOT = re.compile(
    r"\borg(anisations)?[. -]{0,2}(nr|nummer)\b|©|\bcopyright\b|\bom (webbplatsen|kakor|cookies)\b"
    r"|\btillgänglighetsredogörelse\b|\bbehand\w+ (vi )?(av )?(dina )?personuppgifter\b"
    r"|\bkakor \(cookies\)|\bwebbkarta\b",
    re.IGNORECASE,
)
"""What the foot of a site says, and hardly anything else."""
MIN_FOOT = 2
"""So many of these make a foot."""

_ADDRESS = re.compile(r"@|\b\d{3} ?\d{2} [A-ZÅÄÖ]|\bbox \d|(?<!\d)0\d{1,3}[ -]\d", re.IGNORECASE)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ITEM = re.compile(
    r"\d|\.(pdf|docx?)|protokoll|kallelse|handling|bilag|dagordning|ärende|beslut|utskott|nämnd"
    r"|blankett|ansök|@",
    re.IGNORECASE,
)
"""Links of a list of things: files, meetings, years, bodies, forms, addresses."""


class Run(NamedTuple):
    """Blocks that are links to elsewhere, and what tells so."""

    blocks: list[Block]
    evidence: str


def runs_of_links(blocks: Sequence[Block], title: Block | None) -> Iterator[Run]:
    """Yield the runs of blocks that are links to elsewhere, on a page with prose."""
    prose = sum(len(b.text) for b in blocks if is_prose(b))
    if prose < MIN_PROSE:
        return
    if teasers := _teasers(blocks):
        yield Run(teasers, "headlines and dates after the text")
    for is_link, group in groupby(blocks, _is_label):
        run = list(group)
        if is_link and sum(1 for b in run if FOOTER.fullmatch(b.text)) >= MIN_FOOTER:
            yield Run(run, "links that stand at the foot of sites")
    if title is not None and len(blocks) <= MOST_BLOCKS:
        for beside in _beside_text(blocks, title, prose):
            yield Run(beside, "mostly links, beside the column of title and text")


def _beside_text(blocks: Sequence[Block], title: Block, prose: int) -> Iterator[list[Block]]:
    """Yield what stands in boxes of links beside the column that holds title and prose."""
    around = {b.position: [*b.element.iterancestors()] for b in blocks}
    column, outer = None, set[Element]()
    for element in title.element.iterancestors():
        inside = [b for b in blocks if is_prose(b) and element in around[b.position]]
        if sum(len(b.text) for b in inside) >= prose * COLUMN_SHARE:
            column, outer = element, {element, *element.iterancestors()}
            break
    boxes: dict[Element, list[Block]] = {}
    for block in blocks:
        chain = [block.element, *around[block.position]]
        if column is not None and column not in chain:
            within = (e for e, around_it in pairwise(chain) if around_it in outer)
            box = next(within, block.element)
            boxes.setdefault(box, []).append(block)
    for held in boxes.values():
        linked = sum(min(b.linked, len(b.text)) for b in held)
        is_linked = linked * 2 >= sum(len(b.text) for b in held)
        if is_linked and not any(_is_item(b) or _is_sentence(b) for b in held):
            yield held


def _is_item(block: Block) -> bool:
    return _ITEM.search(block.text) is not None


def _is_sentence(block: Block) -> bool:
    return len(block.text) >= PROSE_BLOCK and block.text.endswith(".")


def foot(blocks: Sequence[Block], title: Block | None) -> list[Block]:
    """Return the foot of a site that stands after the text: what shares a box with such words.

    A page that is called so is about such things.
    """
    end = next((n for n in range(len(blocks), 0, -1) if is_prose(blocks[n - 1])), 0)
    after = blocks[end:]
    said = [b for b in after if len(b.text) < PROSE_BLOCK * 2 and FOOT.search(b.text)]
    words = {word[0].lower() for b in said for word in FOOT.finditer(b.text)}
    if len(words) < MIN_FOOT or title is None or FOOT.search(title.text):
        return []
    text = {e for b in (title, *blocks[:end]) for e in _chain(b)}
    *_, box = (None, *takewhile(lambda e: e not in text, _chain(said[0])))
    before = after[: after.index(said[0])]
    is_beside = [box in _chain(b) or _is_address(b) for b in before]
    beside = len([*takewhile(bool, reversed(is_beside))])
    return [*after[len(before) - beside :]]


def _is_address(block: Block) -> bool:
    """Tell whether a line says where or who the owner of a site is."""
    is_line = len(block.text) < PROSE_BLOCK and block.element.tag not in _HEADINGS
    return is_line and bool(_ADDRESS.search(block.text) or SITE.search(block.text))


def _chain(block: Block) -> list[Element]:
    return [block.element, *block.element.iterancestors()]


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
