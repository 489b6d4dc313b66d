"""A site's template: what the site sets around its documents, known by its recurring.

Learnt from pages of one site, kept as data with a version; the same template makes the same text.
It judges last, what every other judge has left in the text.

What recurs is not yet the site's: "Mötets öppnande" recurs on every agenda, "Anslagsdatum:" on
every notice, "Vi beklagar störningarna." below every burst pipe, and all of them are content. So
a block goes only if all of this holds, when it is learnt and again when it is used:

- nobody claims it, it stands in no list, table, quotation or caption, and begins with no number;
- it stands at an end of the text, with none but blocks that recur before it, or behind it;
- it stands apart: an author's sentence stands among the author's other sentences, the site's in
  an element of its own;
- it is a sentence, or stands in one element with such a one: titles, labels and items recur by
  their nature;
- the page says something else.

Pages that are forms, as meetings and notices, are not learnt from at all: see `crawler.learning`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from archive.cleaning.element import Element
from archive.cleaning.ledger import KEEP, Cleaned, Verdict
from archive.passages import Fingerprint
from archive.text import sha256

RECURRING = "template:recurring"
JUDGE = "template"

MIN_PAGES = 10
"""Fewer pages say nothing about a site."""
MIN_SHARE = 0.3
"""A block recurs when it stands on this share of the pages."""
MAX_LINES = 2_000
"""Blocks that a template keeps, the most frequent first."""
MAX_CHARS = 2_000
"""A longer block is no template's."""

SENTENCE_MIN_CHARS = 30
SENTENCE_MIN_WORDS = 5
SENTENCE_END = re.compile(r"[.!?…](\W*$|\s+[A-ZÅÄÖ])")
NUMBERED = re.compile(r"\W*(\d|§)|[-–—•*]\s")
"""Start of an item, in a list or not."""
ITEMS = frozenset(
    "li dt dd th td caption figcaption figure blockquote q pre summary fieldset".split()
)
"""Elements that hold one of several things, or somebody's words."""


class Line(NamedTuple):
    """One kept block of a page, as far as it matters to what recurs."""

    text: str
    boxes: frozenset[int]
    """Numbers, within the page, of its element and the one around that: blocks that share one
    stand together."""
    may_recur: bool

    @property
    def is_sentence(self) -> bool:
        """Whether the text says something by itself."""
        is_long = len(self.text) >= SENTENCE_MIN_CHARS
        has_words = len(self.text.split()) >= SENTENCE_MIN_WORDS
        return is_long and has_words and bool(SENTENCE_END.search(self.text))


@dataclass(frozen=True)
class Template:
    """Blocks that recur over the pages of a site, as their texts."""

    lines: tuple[str, ...]
    """Sorted; none where nothing recurs."""
    erased: tuple[Fingerprint, ...] = ()
    """Of lines whose words were erased: they are known when met, so that pages read the same."""
    name: str = ""
    """The digest from before words were erased; empty where none were."""

    @cached_property
    def digest(self) -> str:
        """Names the template in an extractor's identity."""
        return self.name or sha256(self.to_json())[:8]

    def __bool__(self) -> bool:
        return bool(self.lines or self.erased)

    def __contains__(self, text: str) -> bool:
        return text in self._lines or any(line.is_of(text) for line in self.erased)

    def without(self, lines: Collection[str]) -> Template:
        """Return the template with fingerprints in place of these lines, under the same digest."""
        if not lines:
            return self
        kept = tuple(line for line in self.lines if line not in lines)
        return Template(kept, (*self.erased, *map(Fingerprint.of, lines)), self.digest)

    def ends(self, page: Sequence[Line]) -> tuple[int, int]:
        """Return how many lines at the head, and at the tail, of a page are the site's."""
        backwards = page[::-1]
        head, tail = self._recurring(page), self._recurring(backwards)
        if head == len(page):
            return 0, 0
        while True:
            own = {box for line in page[head : len(page) - tail] for box in line.boxes}
            shorter = _apart(page[:head], own), _apart(backwards[:tail], own)
            if shorter == (head, tail):
                return shorter
            head, tail = shorter

    def to_json(self) -> str:
        """Return the template as it is stored."""
        return json.dumps([*self.lines, *map(asdict, self.erased)], ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str, digest: str = "") -> Template:
        """Return the template that `to_json` wrote, under the digest that names it.

        Raises `ValueError` for anything else.
        """
        lines = json.loads(stored)
        if not isinstance(lines, list) or not all(isinstance(line, str | dict) for line in lines):
            raise ValueError(f"expected a list of texts, found {stored[:80]!r}")
        erased = tuple(Fingerprint(**line) for line in lines if isinstance(line, dict))
        kept = tuple(line for line in lines if isinstance(line, str))
        return cls(kept, erased, digest if erased else "")

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(self.lines)

    def _recurring(self, page: Iterable[Line]) -> int:
        """Return how many lines recur before the first that does not."""
        return sum(1 for _ in takewhile(lambda s: s.may_recur and s.text in self, page))


def learn(pages: Iterable[Sequence[Line]]) -> Template | None:
    """Return what recurs over `pages`, as read without a template; None for too few of them.

    Pages that are alike count as one. Their order does not matter. What is learnt is exactly
    what the template takes on enough of the pages that it was learnt from.
    """
    different = [*{tuple(page) for page in pages}]
    if len(different) < MIN_PAGES:
        return None
    likely = [{line.text for line in page if line.may_recur} for page in different]
    template = _often(likely)
    while True:
        taken = [_taken(template, page) for page in different]
        fewer = _often(taken)
        if fewer == template:
            return template
        template = fewer


def lines_of(cleaned: Cleaned) -> list[Line]:
    """Return the kept blocks of a page in page order."""
    numbers: dict[Element, int] = {}
    return [
        Line(
            verdict.block.text,
            frozenset(numbers.setdefault(e, len(numbers)) for e in _boxes(verdict.block.element)),
            _may_recur(verdict),
        )
        for verdict in cleaned.verdicts
        if verdict.rule == KEEP
    ]


def without_template(cleaned: Cleaned, template: Template) -> Cleaned:
    """Return `cleaned` less what is the site's: the last judgement of a page."""
    kept = [verdict for verdict in cleaned.verdicts if verdict.rule == KEEP]
    if not any(verdict.block.text in template for verdict in kept):
        return cleaned
    head, tail = template.ends(lines_of(cleaned))
    evidence = f"recurs on this site's pages (template {template.digest})"
    taken = {
        verdict.block.position: Verdict(verdict.block, RECURRING, JUDGE, evidence)
        for verdict in (*kept[:head], *kept[len(kept) - tail :])
    }
    return Cleaned(tuple(taken.get(v.block.position, v) for v in cleaned.verdicts))


def _often(pages: Sequence[Set[str]]) -> Template:
    """Return the texts that recur among those of each page."""
    counts = Counter(text for texts in pages for text in texts)
    often = [(-n, text) for text, n in counts.items() if n >= len(pages) * MIN_SHARE]
    return Template(tuple(sorted(text for _, text in sorted(often)[:MAX_LINES])))


def _taken(template: Template, page: Sequence[Line]) -> Set[str]:
    head, tail = template.ends(page)
    return {line.text for line in (*page[:head], *page[len(page) - tail :])}


def _apart(run: Sequence[Line], own: Set[int]) -> int:
    """Return how many first lines of `run` share no box with the document's `own` text.

    Less those at its end that share none with a sentence either.
    """
    apart = [*takewhile(lambda line: not line.boxes & own, run)]
    said = {box for line in apart if line.is_sentence for box in line.boxes}
    return sum(1 for _ in takewhile(lambda line: line.boxes & said, apart))


def _boxes(element: Element) -> Iterator[Element]:
    yield element
    if (around := element.getparent()) is not None:
        yield around


def _may_recur(verdict: Verdict) -> bool:
    """Tell whether a kept block may be the site's: nobody's claim, and no item."""
    block = verdict.block
    is_free = not verdict.judge and len(block.text) <= MAX_CHARS
    if not is_free or NUMBERED.match(block.text):
        return False
    return not any(e.tag in ITEMS for e in (block.element, *block.element.iterancestors()))
