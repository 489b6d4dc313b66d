"""Any page of any site: what it is called, when it was published, what it says.

For pages without a page object, and for trying things out. Same bytes and rules in, same reading
out; nothing is fetched and no clock is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from urllib.parse import urlsplit

from archive.cleaning.blocks import Block, Place
from archive.cleaning.element import Element
from archive.cleaning.head import json_ld, metadata, page_title
from archive.cleaning.html import parse_html
from archive.cleaning.judges import Case, judged
from archive.cleaning.ledger import Cleaned, Finding
from archive.cleaning.rules import Rules, shipped_rules
from archive.cleaning.scanning import Scan
from archive.cleaning.stated import (
    MODIFIED_META,
    PUBLISHED_META,
    Stated,
    bylines,
    dates,
    in_head,
    stating,
)
from archive.cleaning.template import RECURRING, Template, without_template
from archive.cleaning.title import Title, find_title, heading_of
from archive.dates import Moment, is_moment
from archive.records import Field, Removal

NEAR = 6
"""A date without a label is the page's only among so many blocks after the title."""
BEFORE = 3
"""… or among so many before it."""
LONGEST_DATE = 80
ROWS = 15
"""A list has its days among so many blocks before and after one of them."""
MIN_ROWS = 3
VALUES = ("dd", "td")
"""Elements of facts, each with a name beside it."""
LITTLE = 60
"""A page of which fewer letters are left is looked at again, more leniently."""

LEAD = re.compile(r"lead|ingress|preamble|intro\b|standfirst", re.IGNORECASE)

_PARTS = re.compile(r"[|•·–]| - |\n")
_SLUG_DATE = re.compile(r"/((?:19|20)\d\d)[-/]?(\d\d)[-/]?(\d\d)(?=[-/.]|$)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)


@dataclass(frozen=True)
class PageReading:
    """What a page says."""

    title: str
    published: Moment | None
    modified: Moment | None
    fields: tuple[Field, ...]
    """Every stated fact with where it stood: title, lead, published_at, language …"""
    cleaned: Cleaned
    tree: Element | None = field(default=None, repr=False)
    """The page as it was parsed; None for a text that had no elements."""

    @property
    def published_at(self) -> str:
        """Swedish wall time with offset, a bare date, or empty."""
        return _local(self.published)

    @property
    def modified_at(self) -> str:
        """Swedish wall time with offset, a bare date, or empty."""
        return _local(self.modified)

    @property
    def text(self) -> str:
        """The document's own text."""
        return self.cleaned.text

    @property
    def removals(self) -> tuple[Removal, ...]:
        """What is not the document, or became a field."""
        return self.cleaned.removals


def read_page(
    body: bytes,
    *,
    url: str = "",
    content_type: str = "",
    rules: Rules | None = None,
    template: Template | None = None,
) -> PageReading:
    """Read a page that nobody knows.

    `url` helps with dates only. `template`: what recurs over the pages of the site. Raises
    `BadPayload` when there is nothing to parse, `TooLarge`.
    """
    charset = _CHARSET.search(content_type)
    tree = parse_html(body, charset[1] if charset else "")
    rules = rules or shipped_rules()
    reader = _Reader(tree, url, rules)
    reading = reader.reading()
    if sum(len(block.text) for block in reading.cleaned.kept) < LITTLE:
        reading = reader.second_look().reading()
    if template is None or RECURRING in rules.undone:
        return reading
    return replace(reading, cleaned=without_template(reading.cleaned, template))


class _Reader:
    """Reads one tree."""

    def __init__(
        self,
        tree: Element,
        url: str,
        rules: Rules,
        *,
        is_lenient: bool = False,
    ) -> None:
        self._tree = tree
        self._url = url
        self._rules = rules
        self._is_lenient = is_lenient
        self._scan = Scan(tree, rules, is_sealing=not is_lenient)
        self._blocks = self._scan.blocks
        self._meta = metadata(tree)
        self._json = json_ld(tree, "headline", "datePublished", "dateModified")
        self._roots = self._root_rules()
        self._title = self._find_title()

    def reading(self) -> PageReading:
        """Judge the blocks, with what is known of single ones."""
        stated = [*dates(self._blocks)]
        modified = self._modified(stated)
        published = self._published(stated, modified)
        names = [*bylines(self._blocks)]
        decided = {
            **_moved(published, "field:published"),
            **_moved(modified, "field:modified"),
            **{b.position: Finding("field:byline") for _, said in names for b in said},
            **self._title_blocks(),
        }
        cleaned = judged(
            Case(
                blocks=self._blocks,
                rules=self._rules,
                claims={},
                roots=self._scan.roots,
                contents=self._contents(),
                is_known=False,
                is_lenient=self._is_lenient,
                title=self._title.block,
                decided={p: f for p, f in decided.items() if f.rule not in self._rules.undone},
            )
        )
        return PageReading(
            title=self._title.text,
            published=published.moment if published else None,
            modified=modified.moment if modified else None,
            fields=tuple(self._fields(published, modified, names, cleaned)),
            cleaned=cleaned,
            tree=self._tree,
        )

    def second_look(self) -> _Reader:
        """Return a reader that leaves more of the content."""
        return _Reader(self._tree, self._url, self._rules, is_lenient=True)

    def _find_title(self) -> Title:
        stated = {
            "og:title": self._meta.get("og:title", ""),
            "headline": self._json.get("headline", ""),
            "title": page_title(self._tree),
        }
        return find_title(self._blocks, self._roots, stated)

    def _title_blocks(self) -> dict[int, Finding]:
        title = self._title.block
        if title is None:
            return {}
        return {
            b.position: Finding("field:title", self._title.found_at)
            for b in heading_of(self._blocks, title)
        }

    def _root_rules(self) -> dict[int, str]:
        """Return, by position, the root rule that each block stands below."""
        known = {place: self._root_rule(place) for place in {b.place for b in self._blocks}}
        return {b.position: rule for b in self._blocks if (rule := known[b.place])}

    def _root_rule(self, place: Place | None) -> str:
        rules = (self._scan.roots.get(p.element) for p in place.outwards()) if place else ()
        return next(filter(None, rules), "")

    def _contents(self) -> tuple[frozenset[Element], ...]:
        return tuple(frozenset(elements) for _, elements in sorted(self._scan.contents.items()))

    # Dates, by how sure they are

    def _published(self, stated: Sequence[Stated], modified: Stated | None) -> Stated | None:
        published = [s for s in stated if s.kind != "modified"]
        labelled = [s for s in published if s.kind and self._is_own(s)]
        is_one = len({s.moment for s in labelled}) == 1
        surest_first = chain(
            (s for s in published if self._is_near(s) and not self._is_of_text(s)),
            self._in_json("published", "datePublished"),
            self._in_meta("published", PUBLISHED_META),
            labelled if is_one else (),
            self._alone(),
            self._in_url(),
        )
        return next((s for s in surest_first if _may_precede(s, modified)), None)

    def _modified(self, stated: Sequence[Stated]) -> Stated | None:
        surest_first = chain(
            (s for s in stated if s.kind == "modified" and self._is_own(s)),
            self._in_json("modified", "dateModified"),
            self._in_meta("modified", MODIFIED_META),
        )
        return next(surest_first, None)

    def _is_own(self, stated: Stated) -> bool:
        """Tell a date of the page from one of another page that it lists."""
        if stated.block is None:
            return True
        rule = self._roots.get(stated.block.position, "")
        return rule.partition(":")[0] not in ("related", "navigation", "crisis")

    def _is_of_text(self, stated: Stated) -> bool:
        """Tell a day that the text tells of, as a meeting's, from a date that stands alone."""
        block = stated.block
        if block is None or stated.kind or stated.label:
            return False
        return self._is_in_sentence(block) or self._is_of_list(block)

    def _is_in_sentence(self, block: Block) -> bool:
        beside = self._blocks[max(0, block.position - 1) : block.position + 2]
        return any(b is not block and b.paragraph == block.paragraph for b in beside)

    def _is_of_list(self, block: Block) -> bool:
        """Tell the day that a fact is about, and that of one row among several like it."""
        path = _path(block)
        if not {*path[:2]}.isdisjoint(VALUES):
            return True
        around = self._blocks[max(0, block.position - ROWS) : block.position + ROWS + 1]
        days = (b for b in around if b.element.tag == "time" or is_moment(b.text))
        return sum(1 for b in days if _path(b) == path) >= MIN_ROWS

    def _is_near(self, stated: Stated) -> bool:
        title = self._title.block
        if title is None or stated.block is None:
            return False
        return -BEFORE <= stated.block.position - title.position <= NEAR

    def _in_json(self, kind: str, name: str) -> Iterator[Stated]:
        yield from stating(kind, self._json.get(name, ""), f"json-ld {name}")

    def _in_meta(self, kind: str, names: Sequence[str]) -> Iterator[Stated]:
        # A WordPress page has "pubdate" too, for the day it was made; only posts are published.
        is_post = self._meta.get("og:type", "article") == "article"
        said = (name for name in names if is_post or name != "pubdate")
        yield from in_head(self._meta, kind, said)

    def _alone(self) -> Iterator[Stated]:
        """Yield a date that is all a block beside the title says."""
        title = self._title.block
        if title is None:
            return
        for block in self._blocks[max(0, title.position - BEFORE) : title.position + NEAR // 2]:
            said = [part.strip() for part in _PARTS.split(block.text)]
            days = [part for part in said if any(map(str.isdigit, part))]
            # Two days are a period.
            is_one = len(block.text) <= LONGEST_DATE and len(days) == 1 and is_moment(days[0])
            if is_one and not self._is_of_list(block):
                yield from stating("", days[0], "text")

    def _in_url(self) -> Iterator[Stated]:
        path = ""
        with suppress(ValueError):
            path = urlsplit(self._url).path
        if match := _SLUG_DATE.search(path):
            yield from stating("", "-".join(match.groups()), "url")

    # Fields

    def _fields(
        self,
        published: Stated | None,
        modified: Stated | None,
        names: Sequence[tuple[str, tuple[Block, ...]]],
        cleaned: Cleaned,
    ) -> Iterator[Field]:
        yield Field("title", self._title.text, self._title.found_at)
        if language := self._tree.get("lang"):
            yield Field("language", language.lower(), "html[lang]")
        if published:
            yield Field("published_at", published.raw, published.found_at)
        if modified:
            yield Field("modified_at", modified.raw, modified.found_at)
        for name, _ in names[:1]:
            yield Field("byline", name, "text")
        yield from self._kept_fields(cleaned)

    def _kept_fields(self, cleaned: Cleaned) -> Iterator[Field]:
        leads = (b for b in cleaned.kept[:NEAR] if LEAD.search(b.element.get("class") or ""))
        if lead := next(leads, None):
            yield Field("lead", lead.text, f".{lead.element.get('class')}")
        captions = [b.text for b in cleaned.kept if b.element.tag == "figcaption"]
        if captions:
            yield Field("captions", "\n".join(captions), "figcaption")
        contacts = [v.block.text for v in cleaned.verdicts if v.rule == "field:contact"]
        if contacts:
            yield Field("contacts", "\n".join(contacts), "text")
        about = [v.block.text for v in cleaned.verdicts if v.rule == "field:about"]
        if about:
            yield Field("about_publisher", "\n".join(about), "text")


def _moved(stated: Stated | None, rule: str) -> dict[int, Finding]:
    if stated is None:
        return {}
    blocks = [b for b in (stated.block, stated.label) if b is not None]
    return {block.position: Finding(rule, stated.found_at) for block in blocks}


def _path(block: Block) -> list[str]:
    """Return the tags of the elements around a block, from the inside."""
    return [block.element.tag, *(e.tag for e in block.element.iterancestors())]


def _may_precede(published: Stated, modified: Stated | None) -> bool:
    """Tell whether a page that was changed on one day may be published on another.

    After the change comes an event's day, unless it is called the day of publication: pages are
    written before they are shown, if not by years.
    """
    if modified is None:
        return True
    day, changed = _local(published.moment)[:10], _local(modified.moment)[:10]
    return day <= changed or bool(published.kind and int(day[:4]) <= int(changed[:4]) + 1)


def _local(moment: Moment | None) -> str:
    return (moment.local or moment.utc) if moment else ""
