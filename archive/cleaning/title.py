"""The title of a page: seldom the first h1 by reflex.

Search boxes, site names and dialogs have first headings too. What the head says of the page tells
which heading is meant; where no heading is, the head's own words less the site's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archive.cleaning.blocks import Block

HEADINGS = ("h1", "h2", "h3")
FRAME = ("cookie", "navigation", "landmark", "feedback", "related", "skip", "crisis", "assistive")
"""Families of root rules below which no title stands; a header of the text is no such thing."""
LONGEST_TITLE = 300
MOST_PARTS = 6
"""Blocks that a heading is looked for in: its lines, and pictures between them."""
PORTAL = re.compile(
    r"politi(ska|ske|sk) m(ö|ø)(ten|ter|tekalender)|välkommen|velkommen|m(ö|ø)tesportal(en)?"
    r"|sammanträdesportal(en)?|(sök|search)",
    re.IGNORECASE,
)
"""First headings that name a whole portal; the page is named by the next."""

SITE = re.compile(
    r"\b(kommun|stad|region|län|landsting)s?( .{1,20})?$|\.(se|nu|com|example)$|startsida",
    re.IGNORECASE,
)
"""Part of a page's name that is the site's."""

_SEPARATOR = re.compile(r"\s+[-–—|•·:»/]\s+|\s*\|\s*|:\s+")
_WORD = re.compile(r"\w+")


class Title(NamedTuple):
    """What a page is called."""

    text: str
    block: Block | None
    """The first block of the heading, None where only the head says it."""
    found_at: str
    """`h1`, `h2`, `og:title`, `title` …"""


def heading_of(blocks: Sequence[Block], first: Block) -> Iterator[Block]:
    """Yield the blocks of the heading that begins with `first`."""
    following = blocks[first.position : first.position + MOST_PARTS]
    return (block for block in following if block.element is first.element)


def find_title(
    blocks: Sequence[Block], roots: Mapping[int, str], stated: Mapping[str, str]
) -> Title:
    """Return the title of a page.

    `roots`: by position, the root rule a block stands below. `stated`: what the head calls the
    page, by where it says so (`og:title`, `title` …), best first.
    """
    headings = [
        b
        for b in blocks
        if b.element.tag in HEADINGS and b.source == "text" and not PORTAL.fullmatch(b.text)
    ]
    free = [b for b in headings if not _is_frame(roots.get(b.position, ""))]
    names = [name for name in stated.values() if name]
    for candidates in (_tagged(free, "h1"), _tagged(headings, "h1"), free):
        if found := _named(candidates, names):
            return _title(blocks, found)
    for tag in HEADINGS[:2] if any(map(_names_portal, blocks)) else HEADINGS[:1]:
        if first := next(iter(_tagged(free, tag)), None):
            return _title(blocks, first)
    where, name = next(((at, name) for at, name in stated.items() if name), ("", ""))
    return Title(_own_part(name)[:LONGEST_TITLE], None, where)


def _is_frame(rule: str) -> bool:
    return rule.partition(":")[0] in FRAME and rule != "landmark:form"


def _own_part(name: str) -> str:
    """Return what a name of a page says besides the site's name, which stands first or last."""
    parts = [part.strip() for part in _SEPARATOR.split(name) if part.strip()]
    own = [part for part in parts if not SITE.search(part)]
    if not own:
        return parts[0] if parts else ""
    begin, end = name.find(own[0]), name.rfind(own[-1]) + len(own[-1])
    return name[begin:end] if len(own) < len(parts) else own[0]


def _names_portal(block: Block) -> bool:
    return block.element.tag == "h1" and PORTAL.fullmatch(block.text) is not None


def _tagged(blocks: Sequence[Block], tag: str) -> list[Block]:
    return [block for block in blocks if block.element.tag == tag]


def _named(candidates: Sequence[Block], names: Sequence[str]) -> Block | None:
    """Return the heading that a name of the page begins with, the longest first."""
    for name in names:
        said = _folded(name)
        fitting = [b for b in candidates if (own := _folded(b.text)) and _begins(said, own)]
        if fitting:
            return max(fitting, key=lambda b: (len(_folded(b.text)), -b.position))
    return None


def _begins(name: str, heading: str) -> bool:
    """Tell whether a name begins with a heading, or is a heading cut short."""
    if name == heading or name.startswith(f"{heading} "):
        return True
    return len(name) >= 20 and heading.startswith(name.rstrip("… "))


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _title(blocks: Sequence[Block], first: Block) -> Title:
    """Return the title that begins with a block: all that its heading says."""
    said = (block.text for block in heading_of(blocks, first) if block.source == "text")
    text = " ".join(" ".join(said).split())[:LONGEST_TITLE]
    return Title(text, first, first.element.tag)
