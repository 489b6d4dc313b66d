"""One Notified release as blocks, each with what it is: body, field, label or furniture.

Judged on the flat order of the blocks, since the markup is unknown. What only might be furniture
stays: the words a publisher wrote are worth more than a clean end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import dropwhile, takewhile

from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.cleaning.ledger import joined
from archive.dates import MONTHS, is_moment
from archive.records import Contact
from crawler.products._flow import MENU_WORDS_PER_LINK, Claims, Flow, MenuFinder
from crawler.products.common import (
    around,
    slugify,
    text_of,
)

TYPE = r"(pressmeddelanden?|nyhet(er)?|press ?releases?|news)"
BESIDE_TIME = re.compile(
    rf"^publicerad:? ?|^{TYPE}\s*[|•·–-]?\s*|\s*[|•·–-]?\s*{TYPE}$", re.IGNORECASE
)
"""What a dateline says besides the time; neighbours may have been glued to it."""
TYPE_LABEL = re.compile(TYPE, re.IGNORECASE)
ABOUT = re.compile(r"(?:om|about) (?P<name>.+?):?", re.IGNORECASE)
CONTACTS = re.compile(
    r"(kontaktperson(er)?|presskontakt(er)?|contacts?( persons?)?):?", re.IGNORECASE
)
RELATED = re.compile(
    r"(fler|andra|senaste|relaterade|liknande|tidigare|nya) "
    r"(nyheter(na)?|pressmeddelanden(a)?|artiklar|inlägg)( från .{1,60})?:?|relaterat( innehåll)?:?"
    r"|läs (också|även|mer):?|mer från .{1,60}",
    re.IGNORECASE,
)
LABELS = {
    "notified:share": re.compile(r"dela( .{1,40})?:?|sprid|share:?", re.IGNORECASE),
    "notified:tags": re.compile(r"(taggar|ämnen|kategorier|nyckelord|tags):?", re.IGNORECASE),
    "field:attachments": re.compile(
        r"(bilagor|bilaga|dokument|filer|material|ladda ner( filer)?|relaterat material):?",
        re.IGNORECASE,
    ),
}
"""Labels of rows; they go only beside a row of their kind."""
TAG_LINK = re.compile(
    r"[?&](tags?|topics?|category|categories|subject|kategori|amne|%C3%A4mne|ämne)=|/tags?/",
    re.IGNORECASE,
)

SHARE_LINK = re.compile(
    r"(facebook\.com/(sharer|dialog)|(twitter|x)\.com/(intent|share)|linkedin\.com/share"
    r"|linkedin\.com/sharing|^mailto:\?|whatsapp:|wa\.me/|t\.me/share)",
    re.IGNORECASE,
)
SHARE_TEXT = re.compile(
    r"(dela( (på|via|med) )?)?(facebook|twitter|x|linkedin|e-?post|mejl|whatsapp)?|skriv ut"
    r"|kopiera länk(en)?",
    re.IGNORECASE,
)
FILE_SIZE = re.compile(
    r"[(\[]?((pdf|docx?|xlsx?|pptx?|zip|jpe?g|png)[,;:]? ?)?(\d+([.,]\d+)? ?(kb|mb|byte|b))?[)\]]?",
    re.IGNORECASE,
)
PHONE = re.compile(r"((tel|telefon|mobil|tfn)\.?:?\s*)?\+?[\d][\d\s()/-]{5,}", re.IGNORECASE)
EMAIL = re.compile(
    r"((e-?post|e-?mail|mejl):?\s*)?(?P<address>[^@\s]+@[^@\s]+\.\w+)", re.IGNORECASE
)

NO_CONTACT = re.compile(
    rf"[.!?]$|\d[.:]\d\d|\b\d{{4}}$|\b(senast|anmäl\w*)\b|\d ({'|'.join(MONTHS)})\b|\d/\d",
    re.IGNORECASE,
)
"""In a line that is neither name nor role: a sentence, a deadline, an opening hour."""

STANDING = ("field:about_publisher", "field:contacts")
"""Rules of what closes a release; a short line behind them was not written for it."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
FRAME = frozenset(("nav", "footer", "form", "dialog"))
CARDS = frozenset(("li", "article", "tr"))
"""Elements that hold one of several things."""
DATELINE_WITHIN = 3
"""On a page without heading, time and type label stand among this many first blocks."""
ABOUT_MAX_BLOCKS = 8
SHORT_MAX_CHARS = 120
"""Names, roles and furniture are shorter."""


class ReleaseReading:
    """What stands where on a release.

    `titles` are the titles that the page states elsewhere; `publishers` and `room_slug` name the
    publisher; `files`, `posts` and `lists` are the links that lead to files, to other releases,
    and to other pages of the room.
    """

    def __init__(
        self,
        *,
        flow_root: Element,
        titles: tuple[str, ...],
        publishers: tuple[str, ...],
        room_slug: str,
        files: set[Element],
        posts: set[Element],
        lists: set[Element],
    ) -> None:
        self._names = {name.casefold() for name in publishers if name}
        self._room_slug = room_slug
        self._files, self._posts, self._lists = files, posts, lists
        self._tags = {e for e in lists if TAG_LINK.search(e.get("href") or "")}
        self._flow = Flow(flow_root, self._glued_abouts(flow_root))
        self._blocks = self._flow.blocks
        self.heading = _find_heading(flow_root, titles)
        self._rules: dict[int, str] = {}
        self._label_head()
        self._label_links()
        self._label_tags()
        self._label_labels()
        self._label_related()
        self.root = self._find_root(flow_root)
        self._contact_blocks = self._label_contacts()
        self.about_heading, self._about_blocks = self._label_about()
        self._label_rest()

    @property
    def title(self) -> str:
        """The heading's words, empty without a heading."""
        return "" if self.heading is None else text_of(self.heading)

    @property
    def about(self) -> str:
        """What the publisher says about itself, without the heading."""
        return joined(self._about_blocks)

    @property
    def datelines(self) -> list[str]:
        """The visible times of publication."""
        return [BESIDE_TIME.sub("", b.text) for b in self._head() if _is_dateline(b.text)]

    @cached_property
    def times(self) -> list[str]:
        """The machine-readable times beside the heading."""
        return [
            time.get("datetime") or ""
            for block in self._head()
            for piece in self._flow.pieces(block)
            for time in around(piece, None)
            if time.tag == "time"
        ]

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The persons among the contact blocks."""
        return tuple(read_contacts(self._cards()))

    def claims(self) -> Claims:
        """Return the rule of each block that is not body, for `archive.cleaning.clean`."""
        claims = Claims(self._flow)
        for block in self._blocks:
            if rule := self._rules.get(block.position):
                claims.update(dict.fromkeys(self._type_labels(block, rule), "notified:type"))
                claims.claim(block, rule)
        return claims

    def _type_labels(self, block: Block, rule: str) -> list[Element]:
        """Return the elements of a dateline that hold the type label alone."""
        pieces = self._flow.pieces(block) if rule == "field:published_at" else []
        return [piece for piece in pieces if TYPE_LABEL.fullmatch(text_of(piece))]

    def _glued_abouts(self, root: Element) -> set[Element]:
        """Return inline elements that are a heading "Om <publisher>" at the end of a sentence."""
        leaves = (e for e in root.iter("b", "strong", "em", "span", "u", "i", "font", "big"))
        return {e for e in leaves if self._is_about(text_of(e)) and _ends_sentence_before(e)}

    def _find_root(self, root: Element) -> Element:
        """Return the innermost article, main or body that holds both heading and body."""
        if self.heading is None:
            return root
        for element in around(self.heading, None):
            if element.tag in ("article", "main", "body") and self._has_body(element):
                return element
        return root

    def _has_body(self, element: Element) -> bool:
        return any(
            not self._rules.get(b.position) and element in self._above(b)
            for b in self._after_title()
        )

    def _label_head(self) -> None:
        for block in self._blocks:
            if self.heading is not None and self.heading in self._above(block):
                self._rules[block.position] = "field:title"
        for block in self._head():
            if self._is_date(block):
                self._rules[block.position] = "field:published_at"
            elif _is_type(block):
                self._rules[block.position] = "notified:type"

    def _head(self) -> list[Block]:
        """Return the blocks before the heading and the dateline below it, the nearest first."""
        before = self._blocks[: max(self._title_position(), 0)]
        named = [b for b in before if self._rules.get(b.position) != "field:title"]
        outside = [b for b in named if not self._in_frame(b)]
        is_above = any(self._is_date(b) or _is_type(b) for b in outside)
        return [*self._dateline_below(is_above=is_above), *reversed(outside)]

    def _dateline_below(self, *, is_above: bool) -> list[Block]:
        """Return the time and the type label right below the heading.

        One alone may be the body's first line: it counts on a page with neither above.
        """
        blocks = self._after_title()
        if self.heading is None:
            blocks = blocks[:DATELINE_WITHIN]
            blocks = [*dropwhile(lambda b: not self._is_date(b), blocks)]
        line = [b for b in blocks[:2] if self._is_date(b) or _is_type(b)]
        if line != blocks[: len(line)]:
            return []
        is_pair = sum(map(_is_type, line)) == 1 < len(line)
        is_labelled = any(_is_dateline(b.text) and BESIDE_TIME.search(b.text) for b in line[:1])
        if is_pair:
            return line
        return line[:1] if is_labelled or not is_above else []

    def _is_date(self, block: Block) -> bool:
        """Tell whether a block is nothing but a time, in words or in an element of its own."""
        pieces = self._flow.pieces(block)
        is_time = all(any(e.tag == "time" for e in around(piece, None)) for piece in pieces)
        beside = [b for b in self._blocks if b.paragraph == block.paragraph and b is not block]
        return _is_dateline(block.text) or (is_time and all(map(_is_type, beside)))

    def _title_position(self) -> int:
        return max((p for p, rule in self._rules.items() if rule == "field:title"), default=-1)

    def _label_links(self) -> None:
        """Mark share rows, buttons, files, tags and lists of releases."""
        menus = self._menus()
        for block in self._after_title():
            rule = self._link_rule(block)
            if not rule and menus.intersection(self._above(block)):
                rule = "notified:related"
            if rule:
                self._rules.setdefault(block.position, rule)

    def _label_labels(self) -> None:
        """Mark the labels of rows that are marked."""
        for block in self._after_title():
            beside = {self._rules.get(block.position + step, "") for step in (-1, 1)}
            for rule, label in LABELS.items():
                if rule in beside and label.fullmatch(block.text):
                    self._rules.setdefault(block.position, rule)

    def _label_tags(self) -> None:
        """Mark the links to lists of the room that follow a label for tags."""
        is_row = False
        for block in self._after_title():
            is_row = is_row and self._is_within(block, self._lists)
            if is_row:
                self._rules.setdefault(block.position, "notified:tags")
            if LABELS["notified:tags"].fullmatch(block.text):
                is_row = True

    def _label_related(self) -> None:
        """Mark headings over links to other releases, and those links."""
        after = [b for b in self._after_title() if b.source != "alt"]
        for n, block in enumerate(after):
            row = self._row_below(block, after[n + 1 :]) if RELATED.fullmatch(block.text) else []
            if any(map(self._holds_post, row)):
                for each in (block, *row):
                    self._rules.setdefault(each.position, "notified:related")

    def _row_below(self, heading: Block, blocks: list[Block]) -> list[Block]:
        frame = self._above(heading)
        return [*takewhile(lambda block: self._is_in_row(block, frame), blocks)]

    def _is_in_row(self, block: Block, frame: set[Element]) -> bool:
        """Tell whether a block is a link to a release or list, or beside one in its card."""
        cards = [e for e in self._above(block) - frame if e.tag in CARDS]
        in_card = any(self._posts.intersection(card.iter("a")) for card in cards)
        is_beside = _is_dateline(block.text) or _is_type(block)
        return (
            in_card or is_beside or self._holds_post(block) or self._is_within(block, self._lists)
        )

    def _holds_post(self, block: Block) -> bool:
        """Tell whether a block is a link to a release, with few words beside it."""
        pieces = self._flow.pieces(block)
        outside = [p for p in pieces if not self._posts.intersection(self._above_element(p))]
        words = sum(len(text_of(piece).split()) for piece in outside)
        return len(outside) < len(pieces) and words <= MENU_WORDS_PER_LINK

    def _is_within(self, block: Block, elements: set[Element]) -> bool:
        """Tell whether all words of a block stand in one of `elements`."""
        pieces = self._flow.pieces(block)
        return all(elements.intersection(self._above_element(piece)) for piece in pieces)

    def _link_rule(self, block: Block) -> str:
        pieces = [set(self._above_element(piece)) for piece in self._flow.pieces(block)]
        is_link = all(any(e.tag == "a" for e in above) for above in pieces)
        is_share = all(any(_is_share(e) for e in above) for above in pieces)
        if is_share or (is_link and SHARE_TEXT.fullmatch(block.text)):
            return "notified:share"
        if (
            all(any(e.tag == "button" for e in above) for above in pieces)
            or block.source == "value"
        ):
            return "notified:control"
        if all(above & self._tags for above in pieces):
            return "notified:tags"
        rest = [
            piece
            for piece, above in zip(self._flow.pieces(block), pieces, strict=True)
            if not above & self._files
        ]
        is_file = len(rest) < len(pieces) and all(FILE_SIZE.fullmatch(text_of(e)) for e in rest)
        return "field:attachments" if is_file else ""

    def _menus(self) -> set[Element]:
        """Return the lists of two or more other releases, with little beside the links."""
        html = next(iter(self._flow.root.iter("body")), self._flow.root)
        menus = MenuFinder(html, self._flow, self._files, self._posts)
        taken = set() if self.heading is None else set(self._above_element(self.heading))
        wide = menus.outside(taken, set())
        return {e for e in wide if len(self._posts.intersection(e.iterdescendants("a"))) > 1}

    def _label_contacts(self) -> list[Block]:
        """Mark the last heading of contacts and its persons, if nothing written follows them."""
        after = self._after_title()
        headings = [n for n, block in enumerate(after) if CONTACTS.fullmatch(block.text)]
        for n in headings[-1:]:
            zone = self._contact_zone(after[n], after[n + 1 :])
            rest = after[n + 1 + len(zone) :]
            if zone and (_is_sure(zone) or not any(map(self._is_written, rest))):
                for block in (after[n], *zone):
                    self._rules[block.position] = "field:contacts"
                return zone
        return []

    def _contact_zone(self, heading: Block, blocks: list[Block]) -> list[Block]:
        """Return the short blocks below `heading`, up to a heading that is not below it."""
        rank = self._heading_tag(heading, "h2")
        zone: list[Block] = []
        for block in blocks:
            if self._rules.get(block.position) or self._is_about(block.text):
                break
            if not _may_be_contact(block.text) or self._heading_tag(block, "h7") <= rank:
                break
            zone.append(block)
        return zone[: _end_of_cards([block.text for block in zone])]

    def _label_about(self) -> tuple[str, list[Block]]:
        """Mark the publisher's standing block: the last one, with no heading behind it."""
        after = [b for b in self._after_title() if self.root in self._above(b)]
        for n in reversed(range(len(after))):
            if self._is_about(after[n].text) and self._may_be_heading(after[n]):
                zone = self._about_zone(after[n + 1 :])
                if not zone:
                    return "", []
                for block in (after[n], *zone):
                    self._rules[block.position] = "field:about_publisher"
                return after[n].text, zone
        return "", []

    def _about_zone(self, blocks: list[Block]) -> list[Block]:
        zone: list[Block] = []
        for block in blocks:
            if self._rules.get(block.position):
                break
            if self._is_heading(block):
                return []
            zone.append(block)
        return zone if len(zone) <= ABOUT_MAX_BLOCKS else []

    def _label_rest(self) -> None:
        """Mark what stands before the heading, and links to lists behind the release's end."""
        title = self._title_position()
        standing = [p for p, rule in self._rules.items() if rule in STANDING]
        end = max(standing, default=len(self._blocks))
        for block in self._blocks:
            if (
                self._in_frame(block)
                or block.source == "alt"
                or self.root not in self._above(block)
            ):
                continue
            if block.position < title:
                self._rules.setdefault(block.position, "notified:before-title")
            elif block.position > end and self._is_within(block, self._lists):
                self._rules.setdefault(block.position, "notified:end")

    def _is_written(self, block: Block) -> bool:
        """Tell whether a block is text of the body as far as links and place tell."""
        in_root = self.root in self._above(block) and block.source == "text"
        is_known = self._rules.get(block.position) or self._is_about(block.text)
        return in_root and not is_known

    def _is_about(self, text: str) -> bool:
        match = ABOUT.fullmatch(text)
        name = match["name"] if match else ""
        is_slug = bool(self._room_slug) and slugify(name)[:45] == self._room_slug
        return bool(name) and (name.casefold() in self._names or is_slug)

    def _may_be_heading(self, block: Block) -> bool:
        """Tell whether a block stands at the start of a line."""
        return block.text[:1].isupper()

    def _is_heading(self, block: Block) -> bool:
        return bool(self._heading_tag(block))

    def _heading_tag(self, block: Block, otherwise: str = "") -> str:
        return next((str(e.tag) for e in self._above(block) if e.tag in HEADINGS), otherwise)

    def _after_title(self) -> list[Block]:
        following = self._blocks[self._title_position() + 1 :]
        return [block for block in following if not self._in_frame(block)]

    def _in_frame(self, block: Block) -> bool:
        return any(e.tag in FRAME for e in self._above(block))

    def _above(self, block: Block) -> set[Element]:
        return set(self._above_element(self._flow.pieces(block)[0]))

    def _above_element(self, element: Element) -> Iterable[Element]:
        return around(element, None)

    def _cards(self) -> list[list[str]]:
        """Return the contact texts card by card, where elements part them; else in one."""
        blocks = self._contact_blocks
        chains = [
            list(reversed(list(self._above_element(self._flow.pieces(b)[0])))) for b in blocks
        ]
        depth = next(
            (n for n, level in enumerate(zip(*chains, strict=False)) if len(set(level)) > 1), 0
        )
        cards: dict[Element, list[str]] = {}
        for block, chain in zip(blocks, chains, strict=True):
            cards.setdefault(chain[min(depth, len(chain) - 1)], []).append(block.text)
        is_parted = len(cards) > 1 and all(len(card) > 1 for card in cards.values())
        return list(cards.values()) if is_parted else [[block.text for block in blocks]]


def _find_heading(root: Element, titles: tuple[str, ...]) -> Element | None:
    """Return the h1 that is one of `titles`, else the first in the content.

    Without those the heading of any rank that is one of `titles`, else the first h1.
    """
    found = [e for e in root.iter("h1") if text_of(e)]
    named = [e for e in found if text_of(e) in titles]
    inside = [e for e in found if any(a.tag in ("article", "main") for a in around(e, None))]
    lower = [e for e in root.iter(*HEADINGS) if text_of(e) and text_of(e) in titles]
    return next(iter([*named, *inside, *lower, *found]), None)


def read_contacts(cards: list[list[str]]) -> list[Contact]:
    """Return the persons of contact cards; one card may hold several, a name said twice is one."""
    return [person for card in cards for person in _persons(card)]


def _persons(card: list[str]) -> list[Contact]:
    lines = [line for text in card for line in text.split("\n") if line.strip()]
    doubled = {line for line in lines if lines.count(line) > 1}
    people: list[dict[str, str]] = []
    for line in lines:
        if people and (kind := _reach(line)):
            people[-1].setdefault(kind, _address(line))
        elif not people or _is_next(line, people[-1], doubled):
            people.append({"name": line})
        elif line != people[-1]["name"]:
            people[-1]["role"] = ", ".join(filter(None, (people[-1].get("role"), line)))
    return [Contact(**person) for person in people]


def _is_next(line: str, person: dict[str, str], doubled: set[str]) -> bool:
    """Tell whether a line begins a new person: a name said twice, or any line after a role."""
    if line == person["name"]:
        return False
    return line in doubled if doubled else "role" in person


def _reach(line: str) -> str:
    if EMAIL.fullmatch(line):
        return "email"
    return "phone" if PHONE.fullmatch(line) else ""


def _address(line: str) -> str:
    match = EMAIL.fullmatch(line)
    return match["address"] if match else re.sub(r"^[^\d+]+", "", line)


def _end_of_cards(texts: list[str]) -> int:
    """Return where contact cards end: behind the last name said twice, its role, any address."""
    doubled = [n for n, text in enumerate(texts) if texts.count(text) > 1]
    if not doubled:
        return len(texts)
    last = doubled[-1]
    has_role_behind = texts[last - 1] == texts[last]
    reached = [n for n, text in enumerate(texts) if _reach(text)]
    return max(last + 1 + has_role_behind, *(n + 1 for n in reached), 0)


def _is_sure(zone: list[Block]) -> bool:
    """Tell whether contact blocks are a card beyond doubt: a name said twice, or an address."""
    lines = [line for block in zone for line in block.text.split("\n")]
    return len(set(lines)) < len(lines) or any(map(_reach, lines))


def _is_type(block: Block) -> bool:
    return bool(TYPE_LABEL.fullmatch(block.text))


def _is_dateline(text: str) -> bool:
    return is_moment(BESIDE_TIME.sub("", text))


def _may_be_contact(text: str) -> bool:
    """Tell whether the lines of a block may be name, role, telephone number or address."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(text) <= SHORT_MAX_CHARS and all(
        _reach(line) or not NO_CONTACT.search(line) for line in lines
    )


def _is_share(element: Element) -> bool:
    return element.tag == "a" and bool(SHARE_LINK.search(element.get("href") or ""))


def _ends_sentence_before(element: Element) -> bool:
    """Tell whether what stands before `element` in its line is a sentence's end."""
    previous = element.getprevious()
    while previous is not None and not text_of(previous) and previous.tag != "br":
        previous = previous.getprevious()
    return (
        previous is None
        or previous.tag == "br"
        or text_of(previous).endswith((".", "!", "?", "”", '"'))
    )
