"""The rows of an agenda, found and read in markup that nobody has seen.

What is known of MeetingPlus: the rows are mostly items of a list; a row begins with its number
or § or with the clickable title of an accordion; "Bilagor" and file links come last. So the
signals, in this order: list items, siblings that begin like a row, headings that stand flat.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import NamedTuple

from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.cleaning.ledger import joined
from archive.records import AgendaItem
from crawler.products._flow import Flow
from crawler.products.common import (
    around,
)

Row = tuple[Element, ...]
"""The elements of one row: a list item; or a heading and what follows it."""

NUMBER = re.compile(
    r"§+\s*(?P<paragraf>\d+(?:\s*[-–]\s*\d+)?(?:\s?[a-hj-z]\b)?)[.:,]?"
    r"|Punkt\s+\d+[.:]?|\d{1,3}(?:[.)](?=\s|$)|$)"
)
"""Start of a row: "§ 52", "§§ 12-14", "§ 15 a", "Punkt 3", or a plain number, dotted or alone."""
_DASH = re.compile(r"\s*[-–]\s*")
CLICKED_NUMBER = re.compile(r"\d{1,3}(?=\s+[A-ZÅÄÖ])")
"""A plain number before the words of a title to click: "1 Val"."""

LISTS = ("ul", "ol")
BOXES = ("div", "section", "article", "tr", "details", "fieldset")
FLAT = ("h2", "h3", "h4", "h5", "h6", "dt", "button", "a")
FRAME = frozenset(("nav", "header", "footer", "form"))

_NO_ROLES = ("tab", "tablist", "navigation", "banner", "contentinfo", "search", "menu")
_TOGGLES = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target")


ATTACHMENTS = "field:attachments"
ATTACHMENTS_LABEL = "meetingplus:attachments-label"
CONTROL = "meetingplus:control"
PLACEHOLDER = "meetingplus:placeholder"
BY_FILES = frozenset((ATTACHMENTS, ATTACHMENTS_LABEL, CONTROL, "meetingplus:file-size"))
"""Rules that hold in a row, each for a block in one run with a file link."""
LIKE_TITLES = frozenset(("meetingplus:tab", "meetingplus:label", "meetingplus:pager"))
"""Rules for words that may as well be the title of an ärende: "Dagordning", "Nästa möte"."""

_NUMBERED = r"\d{4}[.:/]\d{1,6}"
_LETTERED = rf"[A-ZÅÄÖ]{{2,6}}[ /-]?\d{{4}}[:/.-]\d{{1,6}}|{_NUMBERED}[ .][A-ZÅÄÖ]{{2,6}}\b"
LABELLED_DNR = re.compile(
    rf"\b(?:dnr|diarienr|diarienummer)\b\.?:?\s*((?-i:{_LETTERED})|{_NUMBERED}|\d{{4}}-\d{{1,6}})",
    re.IGNORECASE,
)
"""A diarienummer that is called so: "Dnr 2020.123 SN", "Diarienummer: KS/2021:14"."""
BARE_DNR = re.compile(rf"(?<![\w/])({_LETTERED})(?![\w/])")
"""A diarienummer that only its letters give away."""
_ENDS_IN_LABEL = re.compile(r"\b(?:dnr|diarienr|diarienummer)\W*$", re.IGNORECASE)

BEFORE_TITLE = " \n,;:–—-"

TITLE_MAX_CHARS = 250
"""A first text longer than this, or a full sentence half as long, is a description."""


def is_trigger(element: Element) -> bool:
    """Tell whether a click on `element` opens something on the page rather than another page."""
    if element.tag in ("button", "summary") or element.get("role") == "button":
        return True
    href = (element.get("href") or "").strip()
    is_dead_link = element.tag == "a" and (not href or href.startswith(("#", "javascript:")))
    return is_dead_link or _is_toggle(element)


class RowFinder:
    """Finds the rows of an agenda below `region`.

    `skip` tells which elements are no agenda whatever they hold (menus, heading areas); `rules`
    by which rule a block is a file link, label or button, empty for none: these make no row.
    """

    def __init__(
        self,
        flow: Flow,
        region: Element,
        skip: Callable[[Element], bool],
        rules: Mapping[int, str],
    ) -> None:
        self._region = region
        self._skip = skip
        self._first: dict[Element, tuple[str, bool, bool]] = {}
        self._start: dict[Element, Element] = {}
        self._named: dict[Element, bool] = {}
        self._own_words: Counter[Element] = Counter()
        self._spent_words: Counter[Element] = Counter()
        for block in flow.blocks:
            self._note(block.text, flow.pieces(block)[0], rules[block.position])

    def rows(self) -> list[Row]:
        """Return the rows in page order, none if nothing looks like an agenda."""
        lists = [rows for each in self._top_lists() if (rows := self._items(each))]
        strong_lists = [rows for rows in lists if any(map(self._is_strong, rows))]
        strong = [row for rows in strong_lists for row in self._with_named(rows)]
        found = [rows for rows in (strong, self._boxes(), self._flat()) if rows]
        outer = [rows for rows in found if not any(self._is_within(rows, o) for o in found)]
        return next(iter([*outer, *found]), [row for rows in lists for row in rows])

    def _is_within(self, rows: list[Row], others: list[Row]) -> bool:
        """Tell whether `rows` are worse than `others`: they stand in them, or only wrap them."""
        if len(rows) < len(others) and self._wrap(rows, others):
            return True
        elements = {element for row in others for element in row}
        is_inside = all(elements.intersection(list(around(row[0], None))[1:]) for row in rows)
        return is_inside and not (len(others) < len(rows) and self._wrap(others, rows))

    def _wrap(self, rows: list[Row], others: list[Row]) -> bool:
        """Tell whether one of `rows` begins with the first of the others, and they hold more."""
        first = others[0][0]
        holder = next((r[0] for r in rows if first in around(self._start.get(r[0]), None)), None)
        held = sum(holder in around(other[0], None) for other in others)
        is_finer = self._count_numbered(others) > self._count_numbered(rows)
        return holder is not None and (is_finer or 2 * held > len(others))

    def _count_numbered(self, rows: list[Row]) -> int:
        return sum(bool(NUMBER.match(self._first.get(row[0], ("",))[0])) for row in rows)

    def _note(self, text: str, piece: Element, rule: str) -> None:
        trigger = toggle = False
        words = len(text.split())
        for element in around(piece, self._region):
            trigger, toggle = trigger or is_trigger(element), toggle or _is_toggle(element)
            if rule:
                self._spent_words[element] += words
            else:
                self._own_words[element] += words
                self._first.setdefault(element, (text, trigger, toggle))
                self._start.setdefault(element, piece)
            if rule in LIKE_TITLES and element not in self._first:
                self._named.setdefault(element, toggle)

    def _is_row(self, element: Element) -> bool:
        return element in self._first and self._may_be_row(element)

    def _may_be_row(self, element: Element) -> bool:
        return (
            isinstance(element.tag, str)
            and not self._skip(element)
            and element.get("role") not in _NO_ROLES
        )

    def _is_named(self, element: Element, *, opens: bool = False) -> bool:
        """Tell whether an element begins like "Dagordning": a row, if its neighbours are rows."""
        is_named = element in self._named and (self._named[element] or not opens)
        return is_named and self._may_be_row(element)

    def _is_strong(self, row: Row) -> bool:
        """Tell whether a list item begins with a number or a click, or has files or labels."""
        text, trigger, _ = self._first[row[0]]
        return bool(NUMBER.match(text)) or trigger or bool(self._spent_words[row[0]])

    def _is_box(self, element: Element) -> bool:
        """Tell whether any element begins with a number or a title that opens a panel."""
        text, _, toggle = self._first.get(element, ("", False, False))
        return (bool(NUMBER.match(text)) or toggle) and self._is_row(element)

    def _top_lists(self) -> Iterator[Element]:
        stack = [self._region]
        while stack:
            element = stack.pop()
            if element.tag in LISTS or element.get("role") == "list":
                yield element
            elif element.tag not in FRAME and element.get("role") not in _NO_ROLES:
                stack.extend(child for child in reversed(element) if isinstance(child.tag, str))

    def _items(self, each: Element) -> list[Row]:
        is_none = self._skip(each) or each.get("role") in _NO_ROLES
        return [] if is_none else [(child,) for child in each if self._is_row(child)]

    def _with_named(self, rows: list[Row]) -> list[Row]:
        """Return the rows of one list with those that are named like a control."""
        known = {row[0] for row in rows}
        siblings = rows[0][0].getparent()
        return [(e,) for e in siblings if e in known or self._is_named(e)]

    def _boxes(self) -> list[Row]:
        """Rows among siblings: at least two, or else one; then also lone ones that look alike."""
        pairs = self._groups(lambda parent: self._span(parent, 2))
        rows = pairs or self._groups(lambda parent: self._span(parent, 1))
        firsts = {row[0] for row in rows}
        looks = {_look(e) for e in firsts}
        wraps = {e for first in firsts for e in around(first, self._region)}

        def is_alike(element: Element) -> bool:
            is_lone = element not in wraps and self._is_box(element) and _look(element) in looks
            return element in firsts or is_lone

        return self._groups(lambda parent: [(e,) for e in parent if is_alike(e)])

    def _span(self, parent: Element, least: int) -> list[Row]:
        """Rows from the first to the last found, with those between that do not begin so."""
        found = {e: None for e in parent if e.tag in BOXES and self._is_box(e)}
        if len(found) < least:
            return []
        tag = next(iter(found)).tag
        likely = [e for e in parent if e.tag == tag]
        ends = [n for n, e in enumerate(likely) if e in found or self._is_named(e, opens=True)]
        between = likely[ends[0] : ends[-1] + 1]
        return [(e,) for e in between if self._is_row(e) or self._is_named(e)]

    def _flat(self) -> list[Row]:
        """Rows that are a heading or a title to click, and its siblings up to the next."""
        return self._groups(self._flat_rows)

    def _flat_rows(self, parent: Element) -> list[Row]:
        heads = [e for e in parent if e.tag in FLAT and self._is_box(e)]
        alike = {e: None for e in heads if e.tag == heads[0].tag}
        is_frame = parent.tag in FRAME
        return [] if is_frame else [(head, *_followers(head, alike)) for head in alike]

    def _groups(self, rows_in: Callable[[Element], list[Row]]) -> list[Row]:
        """Rows of all parents that stand in no row, by the tag of the largest group."""
        groups: list[list[Row]] = []
        stack = [self._region]
        while stack:
            parent = stack.pop()
            rows = rows_in(parent)
            groups += [rows] if rows else []
            taken = {element for row in rows for element in row}
            stack += [e for e in reversed(parent) if isinstance(e.tag, str) and e not in taken]
        tag = max(groups, key=len)[0][0].tag if groups else ""
        return [row for rows in groups if rows[0][0].tag == tag for row in rows]


def _look(element: Element) -> tuple[str, str]:
    return element.tag, element.get("class", "")


def _is_toggle(element: Element) -> bool:
    return element.tag == "summary" or any(element.get(name) is not None for name in _TOGGLES)


def _followers(head: Element, heads: Collection[Element]) -> Iterator[Element]:
    for sibling in head.itersiblings():
        if sibling in heads or sibling.tag in FRAME:
            return
        if isinstance(sibling.tag, str):
            yield sibling


@dataclass(frozen=True)
class AgendaRow:
    """One row as read: its words are the number, the title, and the description."""

    elements: Row
    number: str
    """As the row begins: "§ 52", "3."; empty for none."""
    number_piece: Element | None
    """The element that holds the number and nothing else."""
    paragraf: str
    title: str
    diarienummer: str
    kept: tuple[Block, ...]
    """All words that belong to the document's text, in page order."""
    description: tuple[Block, ...]

    def item(self, position: int) -> AgendaItem:
        """Return the row as a record; `position` from 1."""
        text = joined(self.description)
        bare = self.title.removesuffix(self.diarienummer).rstrip()
        title = self.title if not bare or _ENDS_IN_LABEL.search(bare) else bare
        return AgendaItem(position, self.paragraf, title, text, self.diarienummer)


def read_row(elements: Row, flow: Flow, rules: dict[int, str]) -> AgendaRow:
    """Return the row that `elements` make up.

    `rules`: for each block's position the rule that takes it out, empty for none. Altered where the
    row shows more: a lone diarienummer is a field, a label far from any file is the row's own word,
    a file link that is all the title is a title.
    """
    blocks = [block for element in elements for block in flow.inside(element)]
    _restore(blocks, flow, rules)
    unspent = _unspent(blocks, rules)
    dnr = [b.position for b in unspent if _is_dnr_alone(b.text)]
    if len(dnr) < len(unspent):
        rules.update(dict.fromkeys(dnr, "field:diarienummer"))
    number = _number(_unspent(blocks, rules), flow)
    if number.text and not number.after and len(_unspent(blocks, rules)) == 1:
        _make_title(blocks, rules)
    kept = _unspent(blocks, rules)
    rest = kept[1:] if number.text else kept
    titled = None if number.after else _title_block(rest, flow)
    title = number.after or (titled.text if titled else "")
    return AgendaRow(
        elements=elements,
        number=number.text,
        number_piece=number.piece,
        paragraf=number.paragraf,
        title=" ".join(title.split()),
        diarienummer=_dnr(blocks, title),
        kept=tuple(kept),
        description=tuple(b for b in rest if b is not titled),
    )


def find_repeats(rows: list[AgendaRow]) -> dict[int, int]:
    """Map each row of a listing that repeats another (in a second tab) to its row there."""
    groups: dict[Element | None, list[int]] = {}
    for n, row in enumerate(rows):
        groups.setdefault(row.elements[0].getparent(), []).append(n)
    firsts: dict[tuple[tuple[str, str], ...], list[int]] = {}
    repeats: dict[int, int] = {}
    for group in groups.values():
        names = tuple((rows[n].number, rows[n].title) for n in group)
        first = firsts.setdefault(names, group)
        if first is not group and (len(names) > 1 or names[0][0]):
            repeats.update(zip(group, first, strict=True))
    return repeats


def _restore(blocks: list[Block], flow: Flow, rules: dict[int, str]) -> None:
    """Free from their rule the words that have one only outside a row, or only beside files."""
    for is_by_files, run in groupby(blocks, lambda b: rules[b.position] in BY_FILES):
        near = list(run)
        has_file = is_by_files and any(rules[b.position] == ATTACHMENTS for b in near)
        for block in near:
            rule = rules[block.position]
            is_button = rule == CONTROL and any(map(is_trigger, flow.above(block)))
            if not has_file and not is_button and rule != PLACEHOLDER:
                rules[block.position] = ""


def _unspent(blocks: list[Block], rules: dict[int, str]) -> list[Block]:
    return [b for b in blocks if not rules[b.position] and b.source != "alt"]


class _Number(NamedTuple):
    text: str = ""
    paragraf: str = ""
    after: str = ""
    """What follows in the number's block."""
    piece: Element | None = None


def _number(kept: list[Block], flow: Flow) -> _Number:
    """Return the number that the first block begins with."""
    if not kept:
        return _Number()
    text, piece = kept[0].text, flow.pieces(kept[0])[0]
    alone = NUMBER.fullmatch(flow.text(piece))
    match = alone or NUMBER.match(text)
    if not match and any(map(is_trigger, flow.above(kept[0]))):
        match = CLICKED_NUMBER.match(text)
    if not match:
        return _Number()
    paragraf = _DASH.sub("-", match.groupdict().get("paragraf") or "")
    after = text[match.end() :].lstrip(BEFORE_TITLE).rstrip()
    return _Number(match[0], paragraf, after, piece if alone else None)


def _make_title(blocks: list[Block], rules: dict[int, str]) -> None:
    """Keep the first file link, else button, as title where it stands before the files' label."""
    before = list(takewhile(lambda b: rules[b.position] != ATTACHMENTS_LABEL, blocks))
    likely = (b for rule in (ATTACHMENTS, CONTROL) for b in before if rules[b.position] == rule)
    if block := next(likely, None):
        rules[block.position] = ""


def _title_block(rest: list[Block], flow: Flow) -> Block | None:
    """Return what is clicked to open the row, else the first text if it is short."""
    clicked = (b for b in rest if any(map(is_trigger, flow.above(b))))
    if found := next(clicked, None):
        return found
    if not rest or len(rest[0].text) > TITLE_MAX_CHARS:
        return None
    is_sentence = rest[0].text.endswith(".") and len(rest[0].text) > TITLE_MAX_CHARS / 2
    return None if is_sentence else rest[0]


def _is_dnr_alone(text: str) -> bool:
    return bool(LABELLED_DNR.fullmatch(text) or BARE_DNR.fullmatch(text))


def _dnr(blocks: list[Block], title: str) -> str:
    """Return the number that stands alone or is labelled, else one in the title."""
    alone = (m for b in blocks if _is_dnr_alone(b.text) and (m := BARE_DNR.search(b.text)))
    labelled = (m for b in blocks if (m := LABELLED_DNR.search(b.text)))
    bare = BARE_DNR.search(title)
    match = next(labelled, None) or next(alone, None) or bare
    return match[1] if match else ""
