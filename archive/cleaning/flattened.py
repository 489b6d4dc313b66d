"""A text that an older scraper left of a page: its title, when it was published, what it says.

The scraper kept the words and lost the elements. So the text becomes a small tree of paragraphs
and headings, and the judges of any page are asked. What they tell by the elements of a page is
told here by the order of the lines: title, dateline, the picture before a title, what closes a
release.

A text that holds neither running text nor anything that only web pages say is nobody's page: all
of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain, takewhile

from lxml import etree

from archive.cleaning.blocks import Block, split_blocks
from archive.cleaning.element import Element
from archive.cleaning.html import MAX_HTML_BYTES
from archive.cleaning.judges import CONTACT, IMAGE, Case, judged
from archive.cleaning.ledger import KEEP, Cleaned, Finding, Verdict
from archive.cleaning.lines import Line, is_bullet, paragraphs
from archive.cleaning.page import PageReading
from archive.cleaning.rules import Rules, shipped_rules
from archive.cleaning.sections import LONGEST_CONTACT, MOST_ANYTHING, MOST_BLOCKS
from archive.cleaning.stated import Stated, bylines, dates
from archive.cleaning.title import PORTAL
from archive.dates import is_moment, read_moment
from archive.errors import TooLarge
from archive.records import Field

ABOUT = "field:about"
TYPE = "field:type"
NO_ITEM = "placeholder:empty"

HEADING = "h2"
LINE = "line"
"""Attribute of the tree's elements: number of the line in the text."""

TYPE_LABEL = re.compile(
    r"\b(pressmeddelanden?|pressinbjudan|nyhet(er)?|notis|artikel|anslag|kungörelse|aktuellt)\b",
    re.IGNORECASE,
)
"""What a dateline says a document is."""
RELEASE = re.compile(r"\bpressmeddelande\b", re.IGNORECASE)

PROSE_LINE = 80
"""Letters of a line of running text; verses and lists have shorter ones."""
ENOUGH_PROSE = 150
"""Letters of running text that make a text somebody's page."""
LONGEST_TITLE = 200
LONGEST_LABEL = 80
"""Letters of a dateline, of the words for a picture."""
HEAD = 8
"""The title stands among so many blocks from the start."""
NEAR = 10
"""… with running text, or what only web pages say, among so many blocks below it."""
BESIDE = 3
"""The dateline stands among so many blocks after the title."""
TELLING = ("cookie", "feedback", "placeholder", "share", "skip", "stale", "tool")
"""Families of rules for what only web pages say, wherever it stands."""
TELLING_WORDS = 3
"""Words of a phrase that tells a page; shorter ones stand in verses and lists too."""

_JUDGES = {"field": "lines"}
"""No page object knows a text: what was known beforehand, the order of the lines told."""

_SENTENCE = re.compile(r"\w[)”\"’]?[.!?…][)”\"’]?(\s|$)")
_STOP = re.compile(r"[.,:;…]$")
_OPENING = re.compile(r"(?!\d+[.)]\s)[A-ZÅÄÖÉ\d”\"“»'(]")
_NAME = re.compile(r"[A-ZÅÄÖÉ][\w-]+( (de|af|von|[A-ZÅÄÖÉ][\w-]*)){1,3}")
_REACH = re.compile(r"@|\b0\d[\d -]{5,}|\+46")
_SEPARATOR = re.compile(r"[|•·–,]| - ")


def read_text(text: str, *, rules: Rules | None = None) -> PageReading:
    """Read a text that an older scraper left of a page.

    Words that it glued together are parted; apart from that, the words kept and those removed are
    the words of the text. Raises `TooLarge`.
    """
    if len(text) > MAX_HTML_BYTES:
        raise TooLarge(f"expected at most {MAX_HTML_BYTES} letters of text, found {len(text)}")
    return _Reader(text, rules or shipped_rules()).reading()


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, rules: Rules) -> None:
        self._rules = rules
        said = [*paragraphs(text, partial(is_known, rules=rules))]
        self._is_page = self._tells_page([p for par in said for line in par for p in line.pieces])
        self._tree, elements = _planted(
            said, partial(is_section, rules=rules) if self._is_page else _never
        )
        self._blocks = split_blocks(self._tree, elements)
        self._pictures, self._title = self._find_title()
        self._datelines = [*self._find_datelines()]
        stated = [*dates(self._blocks)]
        self._published = self._first_of("published", stated)
        self._modified = self._first_of("modified", stated)

    def reading(self) -> PageReading:
        """Judge the blocks, with what the order of the lines tells."""
        cleaned = self._cleaned() if self._is_page else _untouched(self._blocks)
        return PageReading(
            title=self._title.text if self._title else "",
            published=self._published.moment if self._published else None,
            modified=self._modified.moment if self._modified else None,
            fields=tuple(self._fields(cleaned)),
            cleaned=cleaned,
        )

    def _cleaned(self) -> Cleaned:
        undone = self._rules.undone
        case = Case(
            blocks=self._blocks,
            rules=self._rules,
            claims={},
            roots={},
            is_known=False,
            title=self._title,
            decided={p: f for p, f in self._decided() if f.rule not in undone},
        )
        verdicts = [v._replace(judge=_JUDGES.get(v.judge, v.judge)) for v in judged(case).verdicts]
        return Cleaned(tuple(_with_bullets(verdicts, undone)))

    def _decided(self) -> Iterator[tuple[int, Finding]]:
        """Yield what the order of the lines tells; of two findings about a block the last holds."""
        yield from self._closing()
        for _, said in bylines(self._blocks):
            yield from ((b.position, Finding("field:byline")) for b in said)
        yield from self._heading()

    def _dated(self) -> Iterator[tuple[int, Finding]]:
        for dated, rule in (
            (self._modified, "field:modified"),
            (self._published, "field:published"),
        ):
            blocks = (dated.block, dated.label) if dated else ()
            for block in filter(None, blocks):
                yield block.position, Finding(rule, "a date of the text")

    def _heading(self) -> Iterator[tuple[int, Finding]]:
        """Yield the title and what stands around it."""
        for block in self._blocks[: self._title.position] if self._title else ():
            if rule := self._rules.phrase(block.text, 0, 1):
                yield block.position, Finding(rule, "stands before the title")
        yield from self._dated()
        for block in self._types():
            yield block.position, Finding(TYPE, "says what kind of document this is")
        for block in self._pictures:
            yield block.position, Finding(IMAGE, "no sentence, in lower case, before the title")
        if self._title:
            yield self._title.position, Finding("field:title", "heads the text")

    # What tells a page

    def _tells_page(self, pieces: Sequence[str]) -> bool:
        prose = sum(len(piece) for piece in pieces if is_prose(piece))
        return prose >= ENOUGH_PROSE or any(map(self._is_telling, pieces))

    def _is_telling(self, text: str) -> bool:
        """Tell whether only a web page says so: a phrase for any place, or a date of the page."""
        if len(text.split(None, TELLING_WORDS)) < TELLING_WORDS:
            return _is_dateline(text) and not is_moment(text)
        amid = self._rules.phrase(text, 50, 200) or ""
        at_an_end = self._rules.phrase(text, 0, 1) or ""
        is_cookie = at_an_end.startswith("cookie:")
        is_date = at_an_end.startswith("date:") and read_moment(text) is not None
        return amid.partition(":")[0] in TELLING or is_cookie or is_date or _is_dateline(text)

    # Title and dateline

    def _find_title(self) -> tuple[list[Block], Block | None]:
        """Return the pictures before the title, and the title, if there is one."""
        if not self._is_page:
            return [], None
        head = [b for b in self._blocks[: HEAD + 1] if not self._is_furniture(b)]
        pictures = [*takewhile(_is_picture, head[:BESIDE])]
        after = head[len(pictures) :]
        if after and _is_title(after[0]) and self._begins_text(after[0]):
            return pictures, after[0]
        return [], self._small_title(head)

    def _small_title(self, head: Sequence[Block]) -> Block | None:
        """Return the one line in lower case right above running text, if that is what heads it."""
        if len(head) < 2 or not self._is_own_prose(head[1]) or not self._begins_text(head[0]):
            return None
        return head[0] if _is_small(head[0]) else None

    def _begins_text(self, block: Block) -> bool:
        """Tell the head of a text from the first of many lines, a menu's perhaps."""
        below = self._blocks[block.position + 1 :][:NEAR]
        if not self._stands_apart(block):
            # In a text without paragraphs, only running text right below it proves a title.
            below = below[:1] if len(self._tree) == 1 else []
        return any(self._is_own_prose(b) or self._is_telling(b.text) for b in below)

    def _stands_apart(self, block: Block) -> bool:
        """Tell whether a line has its paragraph to itself, but for labels and dates."""
        around = self._blocks[: block.position + NEAR]
        beside = [b for b in around if b.paragraph == block.paragraph and b is not block]
        return all(map(self._is_furniture, beside))

    def _is_furniture(self, block: Block) -> bool:
        """Tell whether a block is no part of the document, whatever follows."""
        return (
            PORTAL.fullmatch(block.text) is not None
            or TYPE_LABEL.fullmatch(block.text) is not None
            or _is_dateline(block.text)
            or self._rules.phrase(block.text, 0, 1) is not None
        )

    def _find_datelines(self) -> Iterator[Stated]:
        """Yield the dates that are all a block beside the title says."""
        end = self._title.position + BESIDE + 1 if self._title else BESIDE
        for block in self._blocks[:end] if self._is_page else ():
            moment = read_moment(block.text)
            if moment and _is_dateline(block.text):
                yield Stated("published", moment, block.text, "text", block)

    def _first_of(self, kind: str, stated: Sequence[Stated]) -> Stated | None:
        """Return the date of a kind: beside the title, or the only one; else the dateline."""
        if not self._is_page:
            return None
        labelled = [s for s in stated if s.kind == kind]
        end = self._title.position + HEAD if self._title else HEAD
        near = [s for s in labelled if s.block and s.block.position <= end]
        is_one = len({s.moment for s in labelled}) == 1
        lines = self._datelines if kind == "published" else []
        return next(chain(near, labelled if is_one else (), lines), None)

    def _types(self) -> Iterator[Block]:
        """Yield the labels before the title, and those beside the dateline, that say a kind."""
        dated = {d.block.position for d in self._datelines if d.block}
        title = self._title.position if self._title else -1
        for block in self._blocks[: title + BESIDE + 1]:
            is_beside = not dated.isdisjoint((block.position - 1, block.position + 1))
            if TYPE_LABEL.fullmatch(block.text) and (block.position < title or is_beside):
                yield block

    # What closes a release

    def _closing(self) -> Iterator[tuple[int, Finding]]:
        """Yield what a release says of its publisher, and who can be asked."""
        headings = self._blocks[self._title.position + 1 if self._title else 0 :]
        for heading in headings:
            rule = self._section_rule(heading)
            below = self._abouts.get(heading.position, []) if rule == ABOUT else []
            below = self._contacts(heading) if rule == CONTACT else below
            evidence = f"below {heading.text[:60]!r}"
            for block in (heading, *below) if below else ():
                yield block.position, Finding(rule, evidence)

    @cached_property
    def _abouts(self) -> dict[int, list[Block]]:
        """What stands below the headings about the publisher, by their positions."""
        if not any(map(_says_release, self._blocks)):
            return {}
        headings = [b for b in self._blocks if self._section_rule(b) == ABOUT]
        below = {h.position: [*self._below(h)] for h in headings}
        return {p: b for p, b in below.items() if sum(len(c.text) for c in b) <= MOST_ANYTHING}

    def _section_rule(self, block: Block) -> str:
        if block.element.tag != HEADING:
            return ""
        rule = self._rules.section(block.text, is_head=True, is_tail=True)
        return rule.name if rule else ""

    def _below(self, heading: Block) -> Iterator[Block]:
        """Yield what stands below a heading, up to the next one or to the page's furniture."""
        start = heading.position + 1
        for block in self._blocks[start : start + MOST_BLOCKS]:
            if block.element.tag == HEADING or self._is_furniture(block):
                return
            yield block

    def _contacts(self, heading: Block) -> list[Block]:
        """Return the people or addresses below a heading that closes the text."""
        lines = [*takewhile(_is_contact_line, self._below(heading))]
        names_some = any(_NAME.fullmatch(b.text) or _REACH.search(b.text) for b in lines)
        first, last = self._prose
        return lines if names_some and first < heading.position > last else []

    def _is_own_prose(self, block: Block) -> bool:
        return is_prose(block.text) and not self._is_furniture(block)

    @cached_property
    def _prose(self) -> tuple[int, int]:
        """Positions of the first and the last running text of the document."""
        about = {block.position for below in self._abouts.values() for block in below}
        own = (b for b in self._blocks if b.position not in about)
        prose = [block for block in own if self._is_own_prose(block)]
        return (prose[0].position, prose[-1].position) if prose else (len(self._blocks), -1)

    # Fields

    def _fields(self, cleaned: Cleaned) -> Iterator[Field]:
        if self._title:
            yield Field("title", self._title.text, _where(self._title))
        for name, dated in (("published_at", self._published), ("modified_at", self._modified)):
            if dated:
                yield Field(name, dated.raw, _where(dated.block) if dated.block else "text")
        for name, said in [*bylines(self._blocks)][:1]:
            yield Field("byline", name, _where(said[0]))
        for name, rule in (("contacts", CONTACT), ("about_publisher", ABOUT)):
            removed = [v.block for v in cleaned.verdicts if v.rule == rule]
            blocks = [b for b in removed if b.element.tag != HEADING]
            if blocks:
                yield Field(name, "\n".join(b.text for b in blocks), _where(blocks[0]))


def is_known(text: str, rules: Rules) -> bool:
    """Tell whether a text is a date, a label, or what a rule knows at some place."""
    return (
        is_moment(text)
        or TYPE_LABEL.fullmatch(text) is not None
        or rules.phrase(text, 0, 1) is not None
        or is_section(text, rules)
    )


def is_section(text: str, rules: Rules) -> bool:
    """Tell whether a text is the heading of a section that a rule knows at some place."""
    return rules.section(text, is_head=True, is_tail=True) is not None


def is_prose(text: str) -> bool:
    """Tell whether a line is running text."""
    return len(text) >= PROSE_LINE and _SENTENCE.search(text) is not None


# ---- the tree


def _planted(
    said: Sequence[Sequence[Line]], is_section: Callable[[str], bool]
) -> tuple[Element, set[Element]]:
    """Return a tree of the paragraphs, and its elements that hold a piece each."""
    body = etree.Element("body")
    pieces: set[Element] = set()
    for paragraph, after in zip(said, [*said[1:], None], strict=False):
        if len(paragraph) == 1 and len(paragraph[0].pieces) == 1:
            text = paragraph[0].pieces[0]
            is_heading = is_section(text) or _heads(text, after)
            pieces.add(_hung(body, HEADING if is_heading else "p", text, paragraph[0].number))
        else:
            pieces.update(_lines(etree.SubElement(body, "p"), paragraph, is_section))
    return body, pieces


def _lines(
    element: Element, paragraph: Sequence[Line], is_section: Callable[[str], bool]
) -> Iterator[Element]:
    for number, line in enumerate(paragraph):
        if number:
            etree.SubElement(element, "br")
        is_item = is_bullet(line.pieces[0])
        for text in line.pieces:
            is_heading = not is_item and is_section(text)
            yield _hung(element, HEADING if is_heading else "span", text, line.number)


def _hung(parent: Element, tag: str, text: str, line: int) -> Element:
    element = etree.SubElement(parent, tag, {LINE: str(line)})
    element.text = text
    return element


def _heads(text: str, after: Sequence[Line] | None) -> bool:
    """Tell whether a paragraph of one line is the heading of running text."""
    if not after or len(text) > LONGEST_CONTACT or _STOP.search(text):
        return False
    pieces = after[0].pieces
    is_item = is_bullet(pieces[0])
    return _OPENING.match(text) is not None and not is_item and is_prose(pieces[-1])


def _never(_: str) -> bool:
    return False


def _where(block: Block) -> str:
    return f"line {block.element.get(LINE)}"


# ---- what a line says


def _is_dateline(text: str) -> bool:
    """Tell whether a text is a date, and at most a label of a kind beside it."""
    if len(text) > LONGEST_LABEL:
        return False
    parts = [part.strip() for part in _SEPARATOR.split(TYPE_LABEL.sub("|", text))]
    said = [part for part in parts if part]
    return bool(said) and all(map(is_moment, said))


def _is_picture(block: Block) -> bool:
    """Tell whether a paragraph may be the words for a picture: no sentence, and no title."""
    return _is_small(block) and _is_paragraph(block)


def _is_small(block: Block) -> bool:
    """Tell whether a block is a label in lower case."""
    text = block.text
    is_short = len(text) <= LONGEST_LABEL and not _STOP.search(text) and not _SENTENCE.search(text)
    return is_short and text[0].islower()


def _is_title(block: Block) -> bool:
    text = block.text
    is_short = len(text) <= LONGEST_TITLE and not _STOP.search(text)
    return is_short and _OPENING.match(text) is not None and any(map(str.isalpha, text))


def _is_paragraph(block: Block) -> bool:
    """Tell whether a block is all of its paragraph."""
    parent = block.element.getparent()
    return parent is not None and parent.getparent() is None


def _is_contact_line(block: Block) -> bool:
    return len(block.text) <= LONGEST_CONTACT and not _STOP.search(block.text)


def _says_release(block: Block) -> bool:
    return len(block.text) <= LONGEST_CONTACT and RELEASE.search(block.text) is not None


# ---- verdicts


def _untouched(blocks: Sequence[Block]) -> Cleaned:
    return Cleaned(tuple(Verdict(block, KEEP, "", "") for block in blocks))


def _is_beside(after: Block, block: Block) -> bool:
    return (after.paragraph, after.lines) == (block.paragraph, block.lines)


def _with_bullets(verdicts: Sequence[Verdict], undone: Collection[str]) -> Iterator[Verdict]:
    """Let a bullet go with the text that it opened, and without one by itself."""
    for verdict, after in zip(verdicts, [*verdicts[1:], None], strict=False):
        block = verdict.block
        if verdict.rule != KEEP or not is_bullet(block.text):
            yield verdict
        elif after is None or not _is_beside(after.block, block):
            rule = KEEP if NO_ITEM in undone else NO_ITEM
            yield Verdict(block, rule, "heading", "a bullet of nothing")
        else:
            yield Verdict(block, after.rule, after.judge and "heading", after.evidence)
