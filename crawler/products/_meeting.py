"""One meeting page as blocks, each with what it is: heading, field, label, menu or agenda."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from archive.cleaning import KEEP
from archive.cleaning.blocks import Block
from archive.text import normalise
from lxml.html import HtmlElement

from crawler.dates import read_moment
from crawler.products._agenda import ATTACHMENTS, AgendaRow, RowFinder, read_row
from crawler.products.common import (
    Claims,
    Flow,
    MenuFinder,
    around,
    own_rules,
    slugify,
    text_of,
)

TIMES = re.compile(
    r"(?<![\d.:-])(?:kl\.?\s*)?(?P<start>\d{1,2}[:.]\d{2})(?![\d.:]|-\d)"
    r"(?:\s*[-–—]\s*(?:kl\.?\s*)?(?P<end>\d{1,2}[:.]\d{2})?(?![\d.:]|-\d))?",
    re.IGNORECASE,
)
LABEL = re.compile(r"^(starttid|tid|plats|lokal|datum|organ|nämnd)\s*:\s*", re.IGNORECASE)
PLACE_LABEL = re.compile(r"^(plats|lokal)\s*:?\s*", re.IGNORECASE)
DATE_MAX_WORDS = 5
PLACE_MAX_CHARS = 120


def date_in(text: str) -> str:
    """Return the first date in `text` as ISO date, empty if there is none."""
    moment = read_moment(text)
    return (moment.local or moment.utc)[:10] if moment else ""


def in_frame(element: HtmlElement) -> bool:
    """Tell whether `element` stands in the page's navigation, head or foot."""
    return any(e.tag in ("nav", "footer") for e in around(element, None))


class MeetingReading:
    """What stands where in a meeting page.

    `files` and `pages` are the links that lead to files and to other pages of the portal;
    `described` is the page's description, by which the product means the place.
    """

    def __init__(
        self,
        *,
        main: HtmlElement,
        flow: Flow,
        page_title: str,
        described: str,
        organ: str,
        files: set[HtmlElement],
        pages: set[HtmlElement],
    ) -> None:
        self._main = main
        self._flow = flow
        self._files = files
        self._menus = MenuFinder(main, flow, files, pages)
        self._in_sentence: set[HtmlElement] = set()
        self._rules = {block.position: self._spent_rule(block) for block in flow.blocks}
        self._heading = self._find_heading(page_title)
        self._above_heading = set() if self._heading is None else set(_above(self._heading))
        self.rows = self._find_rows()
        self._inside_rows = {element for row in self.rows for element in row.elements}
        self._menu_elements = self._find_menus()
        self._label_heading()
        self.body_name = self._read_body(organ)
        self.start_time, self.end_time, self.place = self._read_time_and_place(described)

    @property
    def title(self) -> str:
        """The heading's words, empty without a heading."""
        return "" if self._heading is None else text_of(self._heading)

    @property
    def unexplained_words(self) -> int:
        """Number of words of the content that are no field, label, file, menu or agenda."""
        return sum(len(b.text.split()) for b in self._beside() if not self._rules[b.position])

    def claims(self) -> Claims:
        """Return what is known of each block, for `archive.cleaning.clean`."""
        claims = Claims(self._flow)
        for block in (block for row in self.rows for block in row.kept):
            claims.claim(block, KEEP)
        for block in self._flow.blocks:
            if rule := self._rules[block.position]:
                claims.claim(block, rule)
        for element in self._menu_elements:
            claims.setdefault(element, "meetingplus:side-menu")
        return claims

    def label(self, links: list[HtmlElement]) -> str:
        """Return the most telling text of a file's links, empty where all say just "Öppna"."""
        alone_first = sorted(links, key=self._in_sentence.__contains__)
        texts = [text_of(link) for link in alone_first]
        texts += [normalise(link.get("title") or "") for link in links]
        return next((text for text in texts if text and not _own_phrase(text)), "")

    def row_number(self, links: list[HtmlElement]) -> int | None:
        """Return the position of the first row that holds one of `links`."""
        inside = {element for link in links for element in _above(link)}
        numbers = (n for n, row in enumerate(self.rows, 1) if inside.intersection(row.elements))
        return next(numbers, None)

    def _spent_rule(self, block: Block) -> str:
        """Return the rule of a block that is a file link, a label or a control, else nothing."""
        if self._main not in _above(self._element(block)):
            return ""
        if rule := _own_phrase(block.text):
            return rule
        pieces = self._flow.pieces(block)
        rest = [piece for piece in pieces if not self._files.intersection(_above(piece))]
        phrases = [_own_phrase(text_of(piece)) for piece in rest]
        if not all(phrases):
            self._in_sentence.update(e for piece in pieces for e in self._files & {*_above(piece)})
            return ""
        return ATTACHMENTS if len(rest) < len(pieces) else phrases[0]

    def _find_heading(self, page_title: str) -> HtmlElement | None:
        found = [e for e in self._main.iter("h1", "h2") if text_of(e)]
        wishes: tuple[Callable[[HtmlElement], bool], ...] = (
            lambda e: text_of(e) == page_title,
            lambda e: e.tag == "h1" and bool(date_in(text_of(e))),
            lambda e: e.tag == "h1",
        )
        return next((e for wish in wishes for e in found if wish(e)), None)

    def _find_rows(self) -> list[AgendaRow]:
        finder = RowFinder(
            self._flow,
            self._main,
            skip=lambda e: e in self._above_heading or self._menus.is_menu(e),
            is_spent=lambda position: bool(self._rules[position]),
        )
        return [read_row(elements, self._flow, self._rules) for elements in finder.rows()]

    def _find_menus(self) -> set[HtmlElement]:
        taken = {e for row in self._inside_rows for e in _above(row)} | self._above_heading
        return self._menus.outside(taken, self._inside_rows)

    def _label_heading(self) -> None:
        for block in self._flow.blocks:
            if self._heading is not None and self._heading in _above(self._element(block)):
                self._rules[block.position] = "field:title"

    def _read_body(self, organ: str) -> str:
        """Name of the body: the words that give its slug, else the first below the heading."""
        in_main = [b for b in self._flow.blocks if self._main in _above(self._element(b))]
        by_slug = [b for b in (*self._beside(), *in_main) if slugify(_name_in(b.text)) == organ]
        block = next(iter([*by_slug, *filter(lambda b: _name_in(b.text), self._header())]), None)
        if block is None:
            return ""
        self._rules[block.position] = "field:body"
        return _name_in(block.text)

    def _read_time_and_place(self, described: str) -> tuple[str, str, str]:
        """Read times, and the place: behind the time, labelled, described, or in the next block."""
        start = end = place = ""
        header = self._header(("", "field:body"))
        timed = next((n for n, block in enumerate(header) if _times(block.text)), len(header))
        for block in header[timed : timed + 1]:
            match = _times(block.text)
            if match:
                start, end = _clock(match["start"]), _clock(match["end"])
                place = PLACE_LABEL.sub("", block.text[match.end() :].strip(" ,;–—-\n"))
            self._rules[block.position] = self._rules[block.position] or "field:time"
        stated = " ".join(place.split()) or self._read_place(described, header[timed + 1 :])
        return start, end, stated

    def _read_place(self, described: str, after_time: list[Block]) -> str:
        labelled = [b for b in self._header() if PLACE_LABEL.match(b.text)]
        same = [b for b in self._header() if b.text == described]
        guess = [] if described else after_time[:1]
        for block in (*labelled, *same, *guess):
            if len(block.text) <= PLACE_MAX_CHARS:
                self._rules[block.position] = "field:place"
                return " ".join(PLACE_LABEL.sub("", block.text).split())
        return described

    def _header(self, rules: Iterable[str] = ("",)) -> list[Block]:
        """Return the blocks between heading and agenda whose rule so far is one of `rules`."""
        start = max((p for p, rule in self._rules.items() if rule == "field:title"), default=-1)
        end = min((row.kept[0].position for row in self.rows), default=len(self._flow.blocks))
        blocks = [block for block in self._beside() if start < block.position < end]
        for block in blocks:
            if _is_date(block.text) and not self._rules[block.position]:
                self._rules[block.position] = "field:date"
        return [block for block in blocks if self._rules[block.position] in rules]

    def _beside(self) -> list[Block]:
        """Return the text blocks of the content outside heading, agenda, menus and navigation."""
        taken = self._inside_rows | self._menu_elements | {self._heading}
        return [
            block
            for block in self._flow.blocks
            if block.source == "text"
            and self._main in (above := set(_above(self._element(block))))
            and not taken & above
            and not in_frame(self._element(block))
        ]

    def _element(self, block: Block) -> HtmlElement:
        return self._flow.pieces(block)[0]


def _above(element: HtmlElement) -> Iterable[HtmlElement]:
    return around(element, None)


def _own_phrase(text: str) -> str:
    rules = own_rules("meetingplus")
    return next((rule.name for rule, pattern in rules.phrases if pattern.fullmatch(text)), "")


def _is_date(text: str) -> bool:
    """Tell whether `text` is little else than a date: "tisdag 27 oktober 2020"."""
    return bool(date_in(text)) and len(text.split()) <= DATE_MAX_WORDS and not _times(text)


def _times(text: str) -> re.Match[str] | None:
    """Return the first stated time that exists on a clock."""
    return next((match for match in TIMES.finditer(text) if _clock(match["start"])), None)


def _clock(stated: str | None) -> str:
    hour, _, minute = (stated or "").replace(".", ":").partition(":")
    is_time = bool(minute) and int(hour) < 24 and int(minute) < 60
    return f"{int(hour):02}:{minute}" if is_time else ""


def _name_in(text: str) -> str:
    """Return what stands before a time in the first line of `text`, without its label."""
    line = text.partition("\n")[0]
    match = _times(line)
    name = LABEL.sub("", line[: match.start()] if match else line).strip(" ,;–—-")
    return name if any(map(str.isalpha, name)) else ""
