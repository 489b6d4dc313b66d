"""Sections of boilerplate: a heading that a rule knows, and what stands below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from lxml.html import HtmlElement

from archive.cleaning.blocks import Block
from archive.cleaning.controls import is_control
from archive.cleaning.rules import Rules, SectionRule

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_NO_HEADING = 9

LONGEST_CONTACT = 90
"""Letters of a line of a contact box."""
LONGEST_QUESTION = 120
WIDGET = SectionRule(name="feedback:widget", holds="box")
LONGEST_CONTROL = 30
"""Letters of an answer or a button."""
MOST_BLOCKS = 60
"""Blocks that a section may have below its heading."""
MOST_ANYTHING = 2_500
"""Letters that a section may take which holds anything."""

_REACH = re.compile(
    r"@|\b0\d[\d -]{5,}|\+46|telefon|e-?post|växel|besöksadress|postadress", re.IGNORECASE
)
_RELEASE = re.compile(r"\bpressmeddelande\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[a-zåäö]{2}[.!?]( |$)")


class Section(NamedTuple):
    """A heading and its blocks."""

    rule: str
    heading: str
    blocks: list[Block]


def sections(blocks: Sequence[Block], rules: Rules, title: Block | None) -> Iterator[Section]:
    """Yield the sections of boilerplate among `blocks`, none of them holding `title`."""
    count = len(blocks)
    taken = 0
    is_release = any(map(_says_release, blocks))
    for place, block in enumerate(blocks):
        if place < taken or (title and block.position <= title.position):
            continue
        rule = rules.section(block.text, place, count) or _widget(blocks, place, rules)
        if rule is None or (rule.holds == "about" and not is_release):
            continue
        if found := _section(blocks, place, rule):
            taken = place + len(found)
            yield Section(rule.name, block.text, found)


def _widget(blocks: Sequence[Block], place: int, rules: Rules) -> SectionRule | None:
    """Return the rule for a question with buttons or choices below it: a survey, in any words."""
    asked = blocks[place]
    is_asked = asked.text.endswith("?") and len(asked.text) <= LONGEST_QUESTION
    if not is_asked or WIDGET.name in rules.undone or is_control(asked):
        return None
    return WIDGET if len([*takewhile(is_control, blocks[place + 1 : place + 4])]) > 1 else None


def _says_release(block: Block) -> bool:
    """Tell a release from a page: only a release ends with words about its publisher."""
    return (
        not block.linked
        and len(block.text) <= LONGEST_CONTACT
        and bool(_RELEASE.search(block.text))
    )


def _section(blocks: Sequence[Block], place: int, rule: SectionRule) -> list[Block]:
    """Return the heading's block and those below it; empty if they are not what they should be."""
    box = _box(blocks, place)
    after = [*blocks[place + 1 : place + 1 + MOST_BLOCKS]]
    if box is not None:
        below = [*takewhile(lambda b: box is b.element or box in b.element.iterancestors(), after)]
    elif rule.holds == "box":
        below = [*takewhile(_is_short, after)]
    else:
        below = after
    if rule.holds != "box":
        level = _level(blocks[place].element)
        below = [*takewhile(lambda b: _level(b.element) > level or level == _NO_HEADING, below)]
    held = [*takewhile(_HOLDS[rule.holds], below)]
    return [blocks[place], *held] if held and _is_plausible(rule, below, held) else []


def _box(blocks: Sequence[Block], place: int) -> HtmlElement | None:
    """Return the widest element around a heading that does not hold the block before it."""
    outside: set[HtmlElement] = set()
    if place:
        before = blocks[place - 1].element
        outside = {before, *before.iterancestors()}
    box = None
    for element in blocks[place].element.iterancestors():
        if element in outside or element.tag in ("body", "html", "main"):
            break
        box = element
    return box


def _level(element: HtmlElement) -> int:
    around = (element, *element.iterancestors())
    return next((HEADINGS[e.tag] for e in around if e.tag in HEADINGS), _NO_HEADING)


def _is_plausible(rule: SectionRule, below: list[Block], held: list[Block]) -> bool:
    if rule.holds == "contact":
        said = " ".join(block.text for block in held)
        return _REACH.search(said) is not None
    if rule.holds == "links":
        return len(held) == len(below) or len(held) > 1
    return sum(len(block.text) for block in held) <= MOST_ANYTHING


def _is_short(block: Block) -> bool:
    return len(block.text) <= LONGEST_CONTROL and not _SENTENCE.search(block.text)


def _is_links(block: Block) -> bool:
    return block.linked >= len(block.text) * 0.5 or len(block.text) <= 30


def _is_contact(block: Block) -> bool:
    return len(block.text) <= LONGEST_CONTACT and not _SENTENCE.search(block.text)


_HOLDS: dict[str, Callable[[Block], bool]] = {
    "links": _is_links,
    "contact": _is_contact,
    "about": bool,
    "anything": bool,
    "box": bool,
}
