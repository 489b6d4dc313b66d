"""One meeting page as blocks, each with what it is: heading, field, label, menu or agenda."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import takewhile

from archive.cleaning import KEEP
from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.cleaning.rules import Rules
from archive.dates import read_moment
from archive.text import normalise
from crawler.products._agenda import ATTACHMENTS, AgendaRow, RowFinder, find_repeats, read_row
from crawler.products._flow import Claims, Flow, MenuFinder
from crawler.products.common import (
    around,
    slugify,
    text_of,
)

_NO_CLOCK = r"(?!\d|[.:]\d|-\d(?!\d?[:.]\d\d))"
"""Not before more digits of a date or number; before "-16:00" all the same."""
_ABOUT = r"(?:(?:kl|klockan|ca|cirka)\b\.?\s*)*"
TIMES = re.compile(
    rf"(?<![\d.:-]){_ABOUT}(?P<start>\d{{1,2}}[:.]\d{{2}}){_NO_CLOCK}"
    rf"(?:\s*(?:[-–—]|till\b)\s*{_ABOUT}(?P<end>\d{{1,2}}[:.]\d{{2}})?{_NO_CLOCK})?",
    re.IGNORECASE,
)
NOT_PLACE = re.compile(
    rf"\([^()]*\d[:.]\d\d[^()]*\)|{TIMES.pattern.replace('?P<start>', '').replace('?P<end>', '')}"
    r"|((mån|tis|ons|tors|fre|lör|sön)dag(en)?\s+)?(den\s+)?"
    r"(\d{4}-\d\d-\d\d|\d{1,2}\s+[a-zåäö]{3,9}\s+\d{4})",
    re.IGNORECASE,
)
"""Other times and dates beside a place."""
FRAME = ("nav", "footer")
LABEL = re.compile(r"^(starttid|tid|plats|lokal|datum|organ|nämnd)\s*:\s*", re.IGNORECASE)
PLACE_LABEL = re.compile(r"^(plats|lokal)\b\s*:?\s*", re.IGNORECASE)
OTHER_LABEL = re.compile(r"^\w[\w ]*:(\s|$)")
CANCELLED_LINE = re.compile(r"^[^\w\n]*inställt[^\w\n]*$", re.IGNORECASE | re.MULTILINE)
REPEATED = "meetingplus:repeated-agenda"
DATE_MAX_WORDS = 5
TIME_MAX_WORDS = 8
"""Words of a line with a time that is a full sentence: with more, it is prose."""
PLACE_MAX_CHARS = 120
GUESS_MAX_WORDS = 8
HEADING_MAX_BLOCKS = 8
"""First blocks of the content, among which a lone word says that the meeting is cancelled."""


def date_in(text: str) -> str:
    """Return the first date in `text` as ISO date, empty if there is none."""
    moment = read_moment(text)
    return (moment.local or moment.utc)[:10] if moment else ""


def in_frame(element: Element) -> bool:
    """Tell whether `element` stands in the page's navigation, head or foot."""
    return any(e.tag in FRAME for e in around(element, None))


class MeetingReading:
    """What stands where in a meeting page.

    `files` and `pages` are the links that lead to files and to other pages of the portal;
    `described` is the page's description, by which the product means the place; `rules` are the
    product's own, less those that the source undoes.
    """

    def __init__(
        self,
        *,
        main: Element,
        flow: Flow,
        page_title: str,
        described: str,
        organ: str,
        files: set[Element],
        pages: set[Element],
        rules: Rules,
    ) -> None:
        self._main = main
        self._own = rules
        self._flow = flow
        self._files = files
        self._menus = MenuFinder(main, flow, files, pages)
        self._in_sentence: set[Element] = set()
        self._rules = {block.position: self._spent_rule(block) for block in flow.blocks}
        self._heading = self._find_heading(page_title)
        above = () if self._heading is None else around(self._heading, None)
        self._above_heading = set(above)
        self._all_rows = self._find_rows()
        self._repeats = find_repeats(self._all_rows)
        self.rows = [row for n, row in enumerate(self._all_rows) if n not in self._repeats]
        self._inside_rows = {element for row in self._all_rows for element in row.elements}
        self._row_numbers = self._number_rows()
        self._menu_elements = self._find_menus()
        self._label_heading()
        self.is_cancelled = self._read_cancelled()
        self.body_name = self._read_body(organ)
        self.start_time, self.end_time, self.place = self._read_time_and_place(described)
        self._label_repeated()

    @property
    def title(self) -> str:
        """The heading's words, empty without a heading."""
        return "" if self._heading is None else text_of(self._heading)

    @property
    def unexplained_words(self) -> int:
        """Number of words of the content that are no field, label, file, menu or agenda."""
        return sum(len(b.text.split()) for b in self._beside if not self._rules[b.position])

    def claims(self) -> Claims:
        """Return what is known of each block, for `archive.cleaning.clean`."""
        claims = Claims(self._flow)
        for row in self._all_rows:
            kept = [b for b in row.kept if self._rules[b.position] != REPEATED]
            if kept and row.number_piece is not None:
                claims[row.number_piece] = KEEP
            for block in kept:
                claims.claim(block, KEEP)
        for block in self._flow.blocks:
            if rule := self._rules[block.position]:
                claims.claim_pieces(block, self._piece_rules(block, rule))
        for element in self._menu_elements:
            claims.setdefault(element, "meetingplus:side-menu")
        return claims

    def label(self, links: list[Element]) -> str:
        """Return the most telling text of a file's links, empty where all say just "Öppna"."""
        alone_first = sorted(links, key=self._in_sentence.__contains__)
        texts = [text_of(link) for link in alone_first]
        texts += [normalise(link.get("title") or "") for link in links]
        return next((text for text in texts if text and not self._own_phrase(text)), "")

    def row_number(self, links: list[Element]) -> int | None:
        """Return the position of the first row that holds one of `links`."""
        numbers = self._row_numbers
        found = [numbers[e] for link in links for e in around(link, None) if e in numbers]
        return min(found, default=None)

    def _number_rows(self) -> dict[Element, int]:
        """Position in `rows` by element; a row of a second listing has that of the first."""
        first = [n for n in range(len(self._all_rows)) if n not in self._repeats]
        positions = {n: position for position, n in enumerate(first, 1)}
        return {
            element: positions[self._repeats.get(n, n)]
            for n, row in enumerate(self._all_rows)
            for element in row.elements
        }

    def _spent_rule(self, block: Block) -> str:
        """Return the rule of a block that is a file link, a label or a control, else nothing."""
        if self._main not in self._flow.above(block):
            return ""
        if rule := self._own_phrase(block.text):
            return rule
        rules = {piece: self._spent_piece(piece) for piece in self._flow.pieces(block)}
        if not all(rules.values()):
            above = {e for piece in rules for e in around(piece, None)}
            self._in_sentence |= self._files & above
            return ""
        return ATTACHMENTS if ATTACHMENTS in rules.values() else next(iter(rules.values()))

    def _spent_piece(self, piece: Element) -> str:
        is_file = any(e in self._files for e in around(piece, None))
        return ATTACHMENTS if is_file else self._own_phrase(self._flow.text(piece))

    def _piece_rules(self, block: Block, rule: str) -> dict[Element, str]:
        """Return the rule of each piece of a block that goes by `rule`."""
        pieces = self._flow.pieces(block)
        if rule in ("field:body", "field:time"):
            return {piece: self._stated_rule(self._flow.text(piece), rule) for piece in pieces}
        if rule == REPEATED or (rule.startswith("field:") and rule != ATTACHMENTS):
            return dict.fromkeys(pieces, rule)
        whole = self._own_phrase(block.text)
        return {piece: whole or self._spent_piece(piece) for piece in pieces}

    def _stated_rule(self, text: str, rule: str) -> str:
        """Return which field one piece of the block with body or time states."""
        kinds = (
            ("field:time", _times(text)),
            ("field:status", CANCELLED_LINE.search(text)),
            ("field:date", _is_date(text)),
            ("field:place", text in self.place),
            ("field:body", text in self.body_name),
            ("", OTHER_LABEL.match(text) and not LABEL.match(text)),
        )
        return self._own_phrase(text) or next((name for name, found in kinds if found), rule)

    def _own_phrase(self, text: str) -> str:
        return self._own.phrase(text, 0, 1) or ""

    def _find_heading(self, page_title: str) -> Element | None:
        found = [e for e in self._main.iter("h1", "h2") if text_of(e)]
        wishes: tuple[Callable[[Element], bool], ...] = (
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
            rules=self._rules,
        )
        read = [read_row(elements, self._flow, self._rules) for elements in finder.rows()]
        return [row for row in read if row.kept]

    def _find_menus(self) -> set[Element]:
        above_rows = {e for row in self._inside_rows for e in around(row, None)}
        return self._menus.outside(above_rows | self._above_heading, self._inside_rows)

    def _label_heading(self) -> None:
        blocks = [] if self._heading is None else self._flow.inside(self._heading)
        self._rules.update(dict.fromkeys((b.position for b in blocks), "field:title"))

    def _label_repeated(self) -> None:
        """Take out the second listing of the same words, of fields and of the agenda."""
        fields = {
            block.text: rule
            for block in self._flow.blocks
            if (rule := self._rules[block.position]).startswith("field:") and rule != ATTACHMENTS
        }
        fields[self.place] = "field:place"
        for block in self._beside:
            rules = self._rules
            rules[block.position] = rules[block.position] or fields.get(block.text, "")
        for n, first in self._repeats.items():
            kept = self._all_rows[n].kept
            if [b.text for b in kept] == [b.text for b in self._all_rows[first].kept]:
                self._rules.update(dict.fromkeys((b.position for b in kept), REPEATED))

    def _read_cancelled(self) -> bool:
        """Tell whether a lone "INSTÄLLT" stands by the heading."""
        end = self._header_end()
        blocks = [b for b in self._beside if b.position < end][:HEADING_MAX_BLOCKS]
        lone = [b for b in blocks if CANCELLED_LINE.search(b.text)]
        self._rules.update({b.position: "field:status" for b in lone if "\n" not in b.text})
        return bool(lone)

    def _read_body(self, organ: str) -> str:
        """Name of the body: the words that give its slug, else the first below the heading."""
        in_main = self._flow.inside(self._main)
        by_slug = [b for b in (*self._beside, *in_main) if slugify(_name_in(b.text)) == organ]
        block = next(iter([*by_slug, *filter(lambda b: _name_in(b.text), self._header())]), None)
        if block is None:
            return ""
        self._rules[block.position] = "field:body"
        return _name_in(block.text)

    def _read_time_and_place(self, described: str) -> tuple[str, str, str]:
        """Read times, and the place: behind the time, labelled, in the next block, described."""
        header = self._header(("", "field:body"))
        found = ((n, m) for n, block in enumerate(header) if (m := _stated_time(block.text)))
        n, match = next(found, (0, None))
        if match is None:
            return "", "", self._read_place(described, [])
        position, text = header[n].position, header[n].text
        self._rules[position] = self._rules[position] or "field:time"
        behind = _place_behind(text[match.end() :])
        place = behind or self._read_place(described, header[n + 1 : n + 2])
        return _clock(match["start"]), _clock(match["end"]), place

    def _read_place(self, described: str, next_to_time: list[Block]) -> str:
        labelled = [b for b in self._header() if PLACE_LABEL.match(b.text)]
        same = [b for b in self._header() if b.text == described]
        guess = [b for b in next_to_time if _may_be_place(b.text)]
        for block in (*labelled, *same, *guess):
            if len(block.text) <= PLACE_MAX_CHARS:
                self._rules[block.position] = "field:place"
                return " ".join(PLACE_LABEL.sub("", block.text).split())
        return described

    def _header_end(self) -> int:
        first = (row.kept[0].position for row in self._all_rows)
        return min(first, default=len(self._flow.blocks))

    def _header(self, rules: Iterable[str] = ("",)) -> list[Block]:
        """Return the blocks between heading and agenda whose rule so far is one of `rules`."""
        start = max((p for p, rule in self._rules.items() if rule == "field:title"), default=-1)
        end = self._header_end()
        blocks = [block for block in self._beside if start < block.position < end]
        for block in blocks:
            if _is_date(block.text) and not self._rules[block.position]:
                self._rules[block.position] = "field:date"
        return [block for block in blocks if self._rules[block.position] in rules]

    @cached_property
    def _beside(self) -> list[Block]:
        """Return the text blocks of the content outside heading, agenda, menus and navigation."""
        taken = self._inside_rows | self._menu_elements | {self._heading}
        return [
            block
            for block in self._flow.inside(self._main)
            if block.source == "text"
            and not any(e in taken or e.tag in FRAME for e in self._flow.above(block))
        ]


def _is_date(text: str) -> bool:
    """Tell whether `text` is little else than a date: "tisdag 27 oktober 2020"."""
    return bool(date_in(text)) and len(text.split()) <= DATE_MAX_WORDS and not _times(text)


def _times(text: str) -> re.Match[str] | None:
    """Return the first stated time that exists on a clock."""
    return next((match for match in TIMES.finditer(text) if _clock(match["start"])), None)


def _stated_time(text: str) -> re.Match[str] | None:
    """Return the time that `text` states, None for prose."""
    is_prose = text.endswith((".", "!", "?")) and len(text.split()) > TIME_MAX_WORDS
    return None if is_prose else _times(text)


def _place_behind(text: str) -> str:
    """Return the place in what follows a time: the labelled line, else the first lines."""
    lines = [NOT_PLACE.sub(" ", line).strip(" ,;–—-") for line in text.split("\n")]
    stated = [PLACE_LABEL.sub("", line) for line in lines if PLACE_LABEL.match(line)]
    first = takewhile(lambda line: not OTHER_LABEL.match(line), filter(None, lines))
    place = " ".join(" ".join(stated or first).split())
    return place if any(map(str.isalpha, place)) else ""


def _may_be_place(text: str) -> bool:
    """Tell whether `text` is short, no sentence, and not called something else."""
    is_short = len(text.split()) <= GUESS_MAX_WORDS and any(map(str.isalpha, text))
    return is_short and not text.endswith((".", "!", "?", ":")) and not OTHER_LABEL.match(text)


def _clock(stated: str | None) -> str:
    hour, _, minute = (stated or "").replace(".", ":").partition(":")
    is_time = bool(minute) and int(hour) < 24 and int(minute) < 60
    return f"{int(hour):02}:{minute}" if is_time else ""


def _name_in(text: str) -> str:
    """Return what stands before a time in the first line of `text`, without its label."""
    line = CANCELLED_LINE.sub("", text).strip().partition("\n")[0]
    match = _times(line)
    name = LABEL.sub("", line[: match.start()] if match else line).strip(" ,;–—-")
    return name if any(map(str.isalpha, name)) else ""
