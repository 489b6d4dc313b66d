"""The rows of an agenda, found and read in markup that nobody has seen.

What is known of MeetingPlus: the rows are mostly items of a list; a row begins with its number
or § or with the clickable title of an accordion; "Bilagor" and file links come last. So the
signals, in this order: list items, siblings that begin like a row, headings that stand flat.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.cleaning import Cleaned
from archive.cleaning.blocks import Block
from archive.records import AgendaItem
from lxml.html import HtmlElement

from crawler.products.common import Flow, around, text_of

Row = tuple[HtmlElement, ...]
"""The elements of one row: a list item; or a heading and what follows it."""

NUMBER = re.compile(r"§+\s*(?P<paragraf>\d+)[.:]?|\d{1,3}(?:[.)](?=\s|$)|$)")
"""Start of a row: "§ 52", or a plain number that stands alone or has a dot."""

LISTS = ("ul", "ol")
BOXES = ("div", "section", "article", "tr", "details", "fieldset")
FLAT = ("h2", "h3", "h4", "h5", "h6", "dt", "button", "a")
FRAME = frozenset(("nav", "header", "footer", "form"))

_NO_ROLES = ("tab", "tablist", "navigation", "banner", "contentinfo", "search", "menu")
_TOGGLES = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target")


ATTACHMENTS = "field:attachments"
ATTACHMENTS_LABEL = "meetingplus:attachments-label"

_NUMBERED = r"\d{4}[.:/]\d{1,6}"
_LETTERED = rf"[A-ZÅÄÖ]{{2,6}}[ /-]?\d{{4}}[:/.-]\d{{1,6}}|{_NUMBERED}[ .][A-ZÅÄÖ]{{2,6}}\b"
LABELLED_DNR = re.compile(
    rf"\b(?:dnr|diarienr|diarienummer)\b\.?:?\s*((?-i:{_LETTERED})|{_NUMBERED}|\d{{4}}-\d{{1,6}})",
    re.IGNORECASE,
)
"""A diarienummer that is called so: "Dnr 2020.123 SN", "Diarienummer: KS/2021:14"."""
BARE_DNR = re.compile(rf"(?<![\w/])({_LETTERED})(?![\w/])")
"""A diarienummer that only its letters give away."""

TITLE_MAX_CHARS = 250
"""A first text longer than this, or a full sentence half as long, is a description."""


def is_trigger(element: HtmlElement) -> bool:
    """Tell whether a click on `element` opens something on the page rather than another page."""
    if element.tag in ("button", "summary") or element.get("role") == "button":
        return True
    href = (element.get("href") or "").strip()
    is_dead_link = element.tag == "a" and (not href or href.startswith(("#", "javascript:")))
    return is_dead_link or _is_toggle(element)


class RowFinder:
    """Finds the rows of an agenda below `region`.

    `skip` tells which elements are no agenda whatever they hold (menus, heading areas);
    `is_spent` which blocks are file links, labels or buttons: they do not make a row.
    """

    def __init__(
        self,
        flow: Flow,
        region: HtmlElement,
        skip: Callable[[HtmlElement], bool],
        is_spent: Callable[[int], bool],
    ) -> None:
        self._region = region
        self._skip = skip
        self._first: dict[HtmlElement, tuple[str, bool, bool]] = {}
        self._start: dict[HtmlElement, HtmlElement] = {}
        self._own_words: Counter[HtmlElement] = Counter()
        self._spent_words: Counter[HtmlElement] = Counter()
        for block in flow.blocks:
            self._note(block.text, flow.pieces(block)[0], is_spent(block.position))

    def rows(self) -> list[Row]:
        """Return the rows in page order, none if nothing looks like an agenda."""
        lists = [rows for each in self._top_lists() if (rows := self._items(each))]
        strong = [row for rows in lists if any(map(self._is_strong, rows)) for row in rows]
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
        """Tell whether one of `rows` begins with the first of the others."""
        starts = [self._start[row[0]] for row in rows]
        return any(others[0][0] in around(s, None) for s in starts)

    def _note(self, text: str, piece: HtmlElement, spent: bool) -> None:
        words = len(text.split())
        if spent:
            self._spent_words.update(dict.fromkeys(around(piece, self._region), words))
            return
        trigger = toggle = False
        for element in around(piece, self._region):
            trigger, toggle = trigger or is_trigger(element), toggle or _is_toggle(element)
            self._own_words[element] += words
            self._first.setdefault(element, (text, trigger, toggle))
            self._start.setdefault(element, piece)

    def _is_row(self, element: HtmlElement) -> bool:
        return (
            isinstance(element.tag, str)
            and element in self._first
            and not self._skip(element)
            and element.get("role") not in _NO_ROLES
        )

    def _is_strong(self, row: Row) -> bool:
        """Tell whether a list item begins with a number or a click, or has files or labels."""
        text, trigger, _ = self._first[row[0]]
        return bool(NUMBER.match(text)) or trigger or bool(self._spent_words[row[0]])

    def _is_box(self, element: HtmlElement) -> bool:
        """Tell whether any element begins with a number or a title that opens a panel."""
        text, _, toggle = self._first.get(element, ("", False, False))
        return (bool(NUMBER.match(text)) or toggle) and self._is_row(element)

    def _top_lists(self) -> Iterator[HtmlElement]:
        stack = [self._region]
        while stack:
            element = stack.pop()
            if element.tag in LISTS or element.get("role") == "list":
                yield element
            elif element.tag not in FRAME and element.get("role") not in _NO_ROLES:
                stack.extend(child for child in reversed(element) if isinstance(child.tag, str))

    def _items(self, each: HtmlElement) -> list[Row]:
        is_none = self._skip(each) or each.get("role") in _NO_ROLES
        return [] if is_none else [(child,) for child in each if self._is_row(child)]

    def _boxes(self) -> list[Row]:
        """Rows among siblings: those of the topmost parent with two, else with one."""
        for least in (2, 1):
            for parent in self._region.iter():
                found = [e for e in parent if e.tag in BOXES and self._is_box(e)]
                if len(found) >= least:
                    return self._span(found)
        return []

    def _span(self, found: list[HtmlElement]) -> list[Row]:
        """Rows from the first to the last found, with those between that do not begin so."""
        rows = [found[0]]
        for element in found[0].itersiblings():
            if rows[-1] is found[-1]:
                break
            if element.tag == found[0].tag and self._is_row(element):
                rows.append(element)
        return [(element,) for element in rows]

    def _flat(self) -> list[Row]:
        """Rows that are a heading or a title to click, and its siblings up to the next."""
        for parent in self._region.iter():
            heads = [e for e in parent if e.tag in FLAT and self._is_box(e)]
            if heads and parent.tag not in FRAME:
                return [(head, *_followers(head, heads)) for head in heads]
        return []


def _is_toggle(element: HtmlElement) -> bool:
    return element.tag == "summary" or any(element.get(name) is not None for name in _TOGGLES)


def _followers(head: HtmlElement, heads: list[HtmlElement]) -> Iterator[HtmlElement]:
    for sibling in head.itersiblings():
        if sibling in heads or sibling.tag in FRAME:
            return
        if isinstance(sibling.tag, str):
            yield sibling


@dataclass(frozen=True)
class AgendaRow:
    """One row as read: its words are the number, the title, and the description."""

    elements: Row
    paragraf: str
    title: str
    diarienummer: str
    kept: tuple[Block, ...]
    """All words that belong to the document's text, in page order."""
    description: tuple[Block, ...]

    def item(self, position: int) -> AgendaItem:
        """Return the row as a record; `position` from 1."""
        text = Cleaned(self.description, ()).text
        return AgendaItem(position, self.paragraf, self.title, text, self.diarienummer)


def read_row(elements: Row, flow: Flow, rules: dict[int, str]) -> AgendaRow:
    """Return the row that `elements` make up.

    `rules`: for each block's position the rule that takes it out, empty for none. Altered where the
    row shows more: a lone diarienummer is a field, a file link that is all the title is a title.
    """
    inside = set(elements)
    blocks = [b for b in flow.blocks if any(e in inside for e in around(flow.pieces(b)[0], None))]
    for block in blocks:
        if not rules[block.position] and _is_dnr_alone(block.text):
            rules[block.position] = "field:diarienummer"
    number, paragraf, after = _number(_unspent(blocks, rules), flow)
    if number is not None and not after and len(_unspent(blocks, rules)) == 1:
        _make_title(blocks, rules)
    kept = _unspent(blocks, rules)
    rest = kept[1:] if number is not None else kept
    titled = None if after else _title_block(rest, flow)
    title = after or (titled.text if titled else "")
    return AgendaRow(
        elements=elements,
        paragraf=paragraf,
        title=" ".join(title.split()),
        diarienummer=_dnr(blocks, title),
        kept=tuple(kept),
        description=tuple(b for b in rest if b is not titled),
    )


def _unspent(blocks: list[Block], rules: dict[int, str]) -> list[Block]:
    return [b for b in blocks if not rules[b.position] and b.source != "alt"]


def _number(kept: list[Block], flow: Flow) -> tuple[Block | None, str, str]:
    """Return the block that begins with the number, the paragraf, and what follows in it."""
    if not kept:
        return None, "", ""
    piece = text_of(flow.pieces(kept[0])[0])
    match = NUMBER.fullmatch(piece) or NUMBER.match(kept[0].text)
    if not match:
        return None, "", ""
    return kept[0], match["paragraf"] or "", kept[0].text[match.end() :].strip()


def _make_title(blocks: list[Block], rules: dict[int, str]) -> None:
    """Keep the first file link as title where it stands before the label of the files."""
    for block in blocks:
        if rules[block.position] == ATTACHMENTS_LABEL:
            return
        if rules[block.position] == ATTACHMENTS:
            rules[block.position] = ""
            return


def _title_block(rest: list[Block], flow: Flow) -> Block | None:
    """Return what is clicked to open the row, else the first text if it is short."""
    clicked = (b for b in rest if any(map(is_trigger, around(flow.pieces(b)[0], None))))
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
