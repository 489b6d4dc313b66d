"""What a page states about itself: when it was published and changed, and who answers for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from archive.cleaning.blocks import Block
from archive.cleaning.patterns import first_letters
from archive.dates import Moment, read_moment

PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published",
    "published",
    "rek:pubdate",
    "datepublished",
    "pubdate",
    "dcterms.issued",
)
MODIFIED_META = (
    "article:modified_time",
    "rek:moddate",
    "moddate",
    "si:lastpublish",
    "dcterms.modified",
    "dc.modified",
)

YEARS = range(1990, 2090)
"""Years in which a page can be published or changed: systems fill an empty date with 1900 or 1970,
and 2099 or 2100 is their "until further notice". No clock is asked (law 3)."""

LONGEST_LINE = 100
"""A longer block is running text, whatever it begins with."""
LONGEST_DATE = 30
MOST_LINES = 6
LONGEST_NAME = 80

_LABEL = re.compile(
    r"(?:(?:artikeln|nyheten|sidan|innehållet)\s+)?(?:senast\s+)?"
    r"(?:(?P<published>publicera(?:des|d|t)|publiceringsdatum)"
    r"|(?P<modified>(?:uppdatera|ändra)(?:des|d|t)|granskad|reviderad))\b(?:\s+den)?\s*:?",
    re.IGNORECASE,
)
_LABEL_BEGINS = first_letters(_LABEL.pattern) or frozenset()
_BYLINE = re.compile(
    r"(?:.{0,50}\|\s*)?"
    r"(?:sidansvarig|ansvarig för sidan|(?:\w*artikeln? |nyheten |sidan )?publicerad av)\s*"
    r"(?:(?P<colon>:)\s*)?(?P<name>(?(colon).*|(?:(?-i:[A-ZÅÄÖ|]).*)?))",
    re.IGNORECASE | re.DOTALL,
)
_BY = re.compile(r"(?<=\d) av .*$")
_ELSEWHERE = re.compile(r"(på|i|hos|till)\b", re.IGNORECASE)
"""A place where something was published is told by the text: "Publicerad på anslagstavlan …"."""
_AFTER_DATE = re.compile(r"av (?P<name>\D+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """A date in the page."""

    kind: str
    """`published`, `modified`, or empty where no label says which."""
    moment: Moment
    raw: str
    found_at: str
    """`time`, `text`, or the name of the meta element."""
    block: Block | None = None
    """Where it stands, for a date that a reader sees."""
    label: Block | None = None
    """The block before it that says only what date it is."""


def dates(blocks: Iterable[Block]) -> Iterator[Stated]:
    """Yield the dates in time elements, and those in words right after a label."""
    label: re.Match[str] | None = None
    label_block: Block | None = None
    for block in blocks:
        text = block.text
        own = _labels(text)
        is_label = bool(own) and own[-1].end() == len(text)
        found: Iterable[Stated] = ()
        if block.element.tag == "time":
            found = _in_time(block, own[0] if own else label)
        elif own:
            found = () if is_label else _in_words(block, own)
        elif label and _is_date_alone(text):
            found = stating(_kind(label), text, "text", block)
        for date in found:
            yield date if own else replace(date, label=label_block)
        if "\n" in text and not own:
            yield from _in_lines(text)
        label = _LABEL.fullmatch(own[-1][0]) if is_label else None
        label_block = block if label and len(own) == 1 else None


def in_head(head: Mapping[str, str], kind: str, names: Iterable[str]) -> Iterator[Stated]:
    """Yield the dates of meta elements with one of `names`, in their order.

    `head`: as `archive.cleaning.head.metadata` reads it.
    """
    for name in names:
        raw = head.get(name, "")
        # rek.ai's script writes Swedish wall time with a Z: a page of May with the time element
        # 15:14:58+02:00 has rek:pubdate 15:14:58.000Z.
        value = raw.rstrip("Zz") if name.startswith("rek:") else raw
        yield from (replace(found, raw=raw) for found in stating(kind, value, f"meta[{name}]"))


def bylines(blocks: Sequence[Block]) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Yield who is said to answer for the page, and the blocks that say so."""
    for before, block, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
        if len(block.text) > LONGEST_LINE or not _may_have_byline(block):
            continue
        label = _BYLINE.fullmatch(block.text)
        if label and label["name"]:
            yield _name(label["name"]), (block,)
        elif label and _is_beside(after, block):
            yield _name(after.text), (block, after)
        elif _is_labelled_time(block, before) and _is_beside(after, block):
            by = _AFTER_DATE.fullmatch(after.text)
            yield from [(_name(by["name"]), (after,))] if by else []


def _may_have_byline(block: Block) -> bool:
    folded = block.text.casefold()
    return "nsvar" in folded or "cerad av" in folded or block.element.tag == "time"


def _is_labelled_time(block: Block, before: Block | None) -> bool:
    """Tell whether a block is a date of the page: one in a sentence has no label."""
    said = (block.text, before.text if before else "")
    return block.element.tag == "time" and any(map(_LABEL.match, said))


def _in_time(block: Block, label: re.Match[str] | None) -> Iterator[Stated]:
    """Yield what the attribute says, or the words where they add the clock time to its date."""
    kind = _kind(label)
    attribute = [*stating(kind, block.element.get("datetime") or "", "time", block)]
    words = [*stating(kind, block.text, "time", block)]
    if attribute and words and _refines(words[0].moment, attribute[0].moment):
        attribute = words
    yield from attribute or words


def _in_words(block: Block, labels: list[re.Match[str]]) -> Iterator[Stated]:
    for stated in _in_words_of(block.text, labels):
        yield replace(stated, block=block)


def _in_words_of(text: str, labels: list[re.Match[str]]) -> Iterator[Stated]:
    ends = [*(label.start() for label in labels[1:]), len(text)]
    for label, end in zip(labels, ends, strict=True):
        value = _BY.sub("", text[label.end() : end].strip().partition("\n")[0])
        if _is_date_alone(value):
            yield from stating(_kind(label), value, "text")


def _in_lines(text: str) -> Iterator[Stated]:
    """Yield the labelled dates of single lines of a block that says other things as well."""
    for line in text.split("\n")[1:MOST_LINES]:
        own = _labels(line)
        if own:
            yield from _in_words_of(line, own)


def _is_date_alone(text: str) -> bool:
    """Tell a date from the beginning of a sentence, as "Uppdaterad 5 mars 2024: vattnet är …"."""
    said = text.strip()
    return len(text) <= LONGEST_DATE and ": " not in said and not _ELSEWHERE.match(said)


def _labels(text: str) -> list[re.Match[str]]:
    """Return the labels of a line that begins with one."""
    if text[:1].lower() not in _LABEL_BEGINS or len(text) > LONGEST_LINE:
        return []
    return [*_LABEL.finditer(text)] if _LABEL.match(text) else []


def stating(kind: str, raw: str, found_at: str, block: Block | None = None) -> Iterator[Stated]:
    """Yield the first date of `raw`, if a page can be published on it."""
    moment = read_moment(raw)
    if moment and int(moment.utc[:4]) in YEARS:
        yield Stated(kind, moment, raw.strip(), found_at, block)


def _kind(label: re.Match[str] | None) -> str:
    return (label.lastgroup or "") if label else ""


def _refines(moment: Moment, day: Moment) -> bool:
    return not day.local and moment.local.startswith(day.utc)


def _is_beside(after: Block | None, block: Block) -> TypeGuard[Block]:
    return (
        after is not None
        and after.paragraph == block.paragraph
        and len(after.text) <= LONGEST_NAME
        and not _LABEL.match(after.text)
    )


def _name(text: str) -> str:
    return " ".join(text.split()).strip(" |,")
