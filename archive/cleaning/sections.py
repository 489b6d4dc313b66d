"""Sections of boilerplate: a heading that a rule knows, and what stands below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import NamedTuple

from archive.cleaning.blocks import Block
from archive.cleaning.controls import choices_in, is_control
from archive.cleaning.density import is_prose
from archive.cleaning.element import Element
from archive.cleaning.rules import Rules, SectionRule, anchors
from archive.dates import is_moment

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_NO_HEADING = 9
PAGE = ("html", "body", "main")

LONGEST_CONTACT = 90
"""Letters of a line of a contact box."""
LONGEST_QUESTION = 120
ASKED = ("betyg", "omdöme", "tyck", "åsikt", "synpunkt", "feedback")
"""Words of a survey that asks without a question mark."""
WIDGET = SectionRule(name="feedback:widget", holds="box")
CONTACT = SectionRule(name="field:contact", holds="anything")
MOST_IN_BOX = 5
LONGEST_LINE = 60
LONGEST_TEASER = 220
STEM = 6
"""Letters that two words must share to be of one subject."""
LONGEST_CARD = 250
"""Letters of a contact box without its heading."""
MOST_BLOCKS = 60
"""Blocks that a section may have below its heading."""
MOST_ANYTHING = 2_500
"""Letters that a section may take which holds anything."""

_REACH = re.compile(
    r"@|\b0\d[\d -]{5,}|\+46|telefon|e-?post|växel|besöksadress|postadress", re.IGNORECASE
)
FILES = re.compile(r"\bpdf\b|\.docx?\b|protokoll|kallelse|handling|bilag|blankett", re.IGNORECASE)
"""Links to files are what a page offers, not where it leads."""
_NUMBER = re.compile(r"0(?<![\d-]0)\d{1,3}[ -]?\d{2,3}[ -]?\d{2}")
_RELEASE = re.compile(r"\bpressmeddelande\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[a-zåäö]{2}[.!?]( |$)")


class Section(NamedTuple):
    """A heading and its blocks."""

    rule: str
    heading: str
    blocks: list[Block]


def sections(
    blocks: Sequence[Block], rules: Rules, title: Block | None, page: Sequence[Block]
) -> Iterator[Section]:
    """Yield the sections of boilerplate among the open `blocks` of a page."""
    taken = 0
    is_release = cache(lambda: any(map(_says_release, page)))
    last_prose = max((n for n, block in enumerate(blocks) if is_prose(block)), default=-1)
    for place, block in enumerate(blocks):
        if place < taken or (title and block.position <= title.position):
            continue
        for rule in _rules_for(blocks, place, rules, last_prose):
            found = _section(blocks, place, rule) if _may_be(rule, is_release, block, title) else []
            if found:
                taken = place + len(found)
                yield Section(rule.name, block.text, found)
                break


def _rules_for(
    blocks: Sequence[Block], place: int, rules: Rules, last_prose: int
) -> Iterator[SectionRule]:
    """Yield the rules whose heading a block may be, the surest first."""
    is_head, is_tail = anchors(place, len(blocks))
    for rule in rules.sections_of(blocks[place].text, is_head=is_head, is_tail=True):
        if rule.where != "tail" or is_tail or _ends_text(blocks, place, last_prose):
            yield rule
    for told in (_widget, _contact_box):
        if found := told(blocks, place, rules):
            yield found


def _ends_text(blocks: Sequence[Block], place: int, last_prose: int) -> bool:
    """Tell whether no prose stands below a heading but what stands in its own box."""
    if place > last_prose:
        return True
    box = _box(blocks, place)
    return box is not None and box in blocks[last_prose].element.iterancestors()


def _asks(text: str) -> bool:
    return text.endswith("?") or any(map(text.lower().__contains__, ASKED))


def _may_be(
    rule: SectionRule, is_release: Callable[[], bool], heading: Block, title: Block | None
) -> bool:
    """Tell whether a heading may be that of a section: a page about appeals tells of appeals."""
    if rule.holds == "about":
        return is_release()
    is_subject = title is not None and _stems(title.text) & _stems(heading.text)
    return rule.holds not in ("anything", "links") or not is_subject


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in re.findall(r"\w+", text.lower()) if len(word) >= STEM}


def _widget(blocks: Sequence[Block], place: int, rules: Rules) -> SectionRule | None:
    """Return the rule for a question with buttons or choices below it: a survey, in any words."""
    asked = blocks[place]
    is_asked = len(asked.text) <= LONGEST_QUESTION and _asks(asked.text)
    if not is_asked or WIDGET.name in rules.undone or is_control(asked):
        return None
    answers = takewhile(is_control, blocks[place + 1 : place + 4])
    return WIDGET if sum(map(choices_in, answers)) > 1 else None


def _contact_box(blocks: Sequence[Block], place: int, rules: Rules) -> SectionRule | None:
    """Return the rule for a heading in a box of its own with a number or address below it."""
    heading = blocks[place]
    is_heading = len(heading.text) <= LONGEST_CONTACT and _level(heading.element) < _NO_HEADING
    if not is_heading or CONTACT.name in rules.undone:
        return None
    below = blocks[place + 1 : place + 1 + MOST_IN_BOX]
    said = " ".join(block.text for block in below)
    box = _box(blocks, place) if can_be_reached(said) else None
    if box is None:
        return None
    held = [b for b in below if box is b.element or box in b.element.iterancestors()]
    after = blocks[place + 1 + len(held) : place + 2 + len(held)]
    is_whole = not any(box in b.element.iterancestors() for b in after)
    letters = sum(len(b.text) for b in held)
    lines = [line for b in held for line in b.text.split("\n")]
    are_short = all(len(line) <= LONGEST_LINE for line in lines) and letters <= LONGEST_CARD
    is_flat = all(_level(b.element) == _NO_HEADING for b in held)
    is_card = is_flat and are_short and any(map(can_be_reached, lines))
    return CONTACT if is_whole and is_card else None


def can_be_reached(text: str) -> bool:
    """Tell whether a text has a telephone number or an e-mail address."""
    return "@" in text or "+46" in text or _NUMBER.search(text) is not None


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
        below = [*takewhile(is_control, after)]
    elif rule.holds == "links":
        below = after  # a menu goes on in other boxes
    else:
        around = blocks[place].element.getparent()
        below = [*takewhile(lambda b: around in b.element.iterancestors(), after)]
    if rule.holds != "box":
        level = _level(blocks[place].element)
        below = [*takewhile(lambda b: _level(b.element) > level or level == _NO_HEADING, below)]
    if rule.holds == "links":
        held = _links(below, is_boxed=box is not None)
    else:
        held = [*takewhile(_HOLDS[rule.holds], below)]
    while held and len(held) < len(below) and _level(held[-1].element) < _NO_HEADING:
        held.pop()
    return [blocks[place], *held] if held and _is_plausible(rule, below, held) else []


def _links(below: Sequence[Block], *, is_boxed: bool) -> list[Block]:
    """Return the links right below a heading, with the dates and teasers between them.

    A last text is a teaser where other links have one, or the heading's own box ends with it.
    """
    held: list[Block] = []
    is_after_link = False
    for block in below:
        is_link = _is_links(block)
        if not is_link and not (is_after_link and len(block.text) <= LONGEST_TEASER):
            break
        held.append(block)
        is_after_link = is_link
    are_teasers = is_boxed or any(not _is_links(block) for block in held[:-1])
    while held and not _is_links(held[-1]) and not (are_teasers and len(held) == len(below)):
        held.pop()
    return held


def _box(blocks: Sequence[Block], place: int) -> Element | None:
    """Return the widest element around a heading that does not hold the block before it."""
    outside: set[Element] = set()
    if place:
        before = blocks[place - 1].element
        outside = {before, *before.iterancestors()}
    box = None
    for element in blocks[place].element.iterancestors():
        if element in outside or element.tag in PAGE:
            break
        box = element
    return box


def _level(element: Element) -> int:
    if element.tag in HEADINGS:
        return HEADINGS[element.tag]
    heading = next(element.iterancestors(*HEADINGS), None)
    return _NO_HEADING if heading is None else HEADINGS[heading.tag]


def _is_plausible(rule: SectionRule, below: list[Block], held: list[Block]) -> bool:
    if rule.holds == "contact":
        said = " ".join(block.text for block in held)
        return _REACH.search(said) is not None
    if rule.holds == "links":
        are_files = any(FILES.search(block.text) for block in held)
        leading = sum(b.linked * 2 >= len(b.text) or is_moment(b.text) for b in held)
        are_links = leading * 2 >= len(held)
        return are_links and not are_files and (len(held) == len(below) or len(held) > 1)
    return sum(len(block.text) for block in held) <= MOST_ANYTHING


def _is_links(block: Block) -> bool:
    return block.linked >= len(block.text) * 0.5 or len(block.text) <= 30


def _is_contact(block: Block) -> bool:
    return len(block.text) <= LONGEST_CONTACT and not _SENTENCE.search(block.text)


_HOLDS: dict[str, Callable[[Block], bool]] = {
    "contact": _is_contact,
    "about": bool,
    "anything": bool,
    "box": bool,
}
