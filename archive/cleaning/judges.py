"""The judges of a page, in the order they are asked; the first that knows a block decides.

1. page object  what a product's page object claims, to remove or to keep
2. root         elements that the rules name: landmarks, consent, feedback, share, tools …
3. place        what stands outside the content, and before the title
4. section      headings of boilerplate, with what stands below them
5. phrase       blocks that say what boilerplate says
6. template     what recurs around the documents of this site
7. density      runs of links beside a text
8. control      texts of pictures and buttons
9. heading      headings of nothing: all that stood below them is gone

Each but the first is given the blocks that are still open, and answers for those it knows. What
nobody removes is kept. On a page that a page object knows, the judges that guess are not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

from lxml.html import HtmlElement

from archive.cleaning.blocks import Block, Place
from archive.cleaning.controls import HEADED, is_button
from archive.cleaning.density import PROSE_BLOCK, runs_of_links
from archive.cleaning.ledger import KEEP, Cleaned, Finding, Verdict
from archive.cleaning.rules import Rules
from archive.cleaning.sections import sections
from archive.cleaning.template import Template

OUTSIDE = "outside:content"
BEFORE_TITLE = "place:before-title"
RECURRING = "template:recurring"
LINKS = "density:links"
BUTTON = "control:button"
IMAGE = "alt:image"
CONTACT = "field:contact"

MOST = 0.4
"""An element with the title and this share of all prose is no boilerplate, whatever its name."""
MOST_INSIDE = 0.6
"""An element with this share of the content's prose is none, if its rule is one of place."""
MAY_BE_CONTENT = ("form", "navigation", "landmark", "related", "chrome", "tags", "field")
"""Families of root rules that tell where an element stands rather than what it says."""
GO_WITH_HEADING = (
    "share",
    "related",
    "tags",
    "feedback",
    "subscribe",
    "field",
    "comments",
    "cookie",
)
"""Families of rules whose blocks may have a heading of their own."""
FILE = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|zip|rtf)\b|/download/|/documents?[/?]|downloadmode|fil(e)?id=",
    re.IGNORECASE,
)
ENOUGH_SHARE = 0.3
ENOUGH_CHARS = 200
"""Elements hold the document if this share of the open text, or this much prose, is in them."""

HOLDS_FILES = "it holds files"

Findings = Mapping[int, Finding]


@dataclass(frozen=True)
class Case:
    """A page as its judges see it."""

    blocks: Sequence[Block]
    rules: Rules
    claims: Mapping[HtmlElement, str]
    roots: Mapping[HtmlElement, str]
    contents: Sequence[frozenset[HtmlElement]] = ()
    """Elements that may hold the document, the surest first. Of a known page there is one set."""
    template: Template | None = None
    is_known: bool = True
    """Whether a page object answers for contents and claims."""
    title: Block | None = None
    decided: Findings = field(default_factory=dict)
    """By position, what was known of single blocks beforehand."""

    @cached_property
    def spared(self) -> Mapping[HtmlElement, str]:
        """Elements that a root rule finds although the document stands in them, and why."""
        if self.is_known:
            return {}
        prose: Counter[HtmlElement] = Counter()
        within: Counter[HtmlElement] = Counter()
        letters: Counter[HtmlElement] = Counter()
        everything = inside = 0
        for block in self.blocks:
            chars = prose_of(block)
            around = self._roots_around(block)
            everything += chars
            letters.update(dict.fromkeys(around, len(block.text)))
            prose.update(dict.fromkeys(around, chars))
            if self.contents and _is_within(block.place, self.contents[0]):
                inside += chars
                within.update(dict.fromkeys(around, chars))
        titled = self._roots_around(self.title) if self.title else []
        total = sum(len(block.text) for block in self.blocks)
        return {
            **{e: HOLDS_FILES for e, rule in self.roots.items() if _holds_files(e, rule)},
            **{
                e: "it holds most of the content"
                for e, chars in within.items()
                if chars > max(inside * MOST_INSIDE, ENOUGH_CHARS)
                and _may_be_content(self.roots[e])
            },
            **{
                e: "it holds most of the page"
                for e, chars in letters.items()
                if self.roots[e] == "landmark:form" and chars * 2 > total
            },
            **{e: "it holds the title" for e in titled if prose[e] >= everything * MOST},
        }

    def _roots_around(self, block: Block) -> list[HtmlElement]:
        places = block.place.outwards() if block.place else ()
        return [place.element for place in places if place.element in self.roots]


def judged(case: Case) -> Cleaned:
    """Return what the judges say of every block."""
    verdicts: dict[int, Verdict] = {}
    undecided = list(case.blocks)
    for name, judge in _judges(case):
        findings = judge(case, undecided)
        if findings:
            for block in undecided:
                if found := findings.get(block.position):
                    verdicts[block.position] = Verdict(block, found.rule, name, found.evidence)
            undecided = [b for b in undecided if b.position not in findings]
    verdicts.update(_headings_of_nothing(case, verdicts))
    return Cleaned(tuple(verdicts.get(b.position) or Verdict(b, KEEP, "", "") for b in case.blocks))


Judge = Callable[[Case, list[Block]], Findings]


def _judges(case: Case) -> Iterator[tuple[str, Judge]]:
    yield "page object", _by_claims
    yield "root", _by_roots
    yield "place", _by_content
    if not case.is_known:
        yield "place", _by_title
        yield "section", _by_sections
    yield "phrase", _by_phrases
    if case.template:
        yield "template", _by_template
    if not case.is_known:
        yield "density", _by_density
    yield "control", _by_source


def _by_claims(case: Case, blocks: list[Block]) -> Findings:
    """Ask the innermost claim around a block, and what was known of it beforehand."""
    claimed = _by_place(blocks, lambda e: Finding(rule) if (rule := case.claims.get(e)) else None)
    return {**claimed, **case.decided}


def _by_roots(case: Case, blocks: list[Block]) -> Findings:
    """Ask the innermost element around a block that a root rule or a guess finds."""
    idle = case.rules.undone
    roots = {
        element: Finding(rule, _described(element))
        for element, rule in case.roots.items()
        if rule not in idle and element not in case.spared
    }
    kept = {e: Finding(KEEP, why) for e, why in case.spared.items() if why == HOLDS_FILES}
    return _by_place(blocks, {**roots, **kept}.get)


def _by_content(case: Case, blocks: list[Block]) -> Findings:
    """Take what stands outside the content, if there is a content."""
    if OUTSIDE in case.rules.undone:
        return {}
    inside = _inside(case, blocks)
    if inside is None:
        return {}
    return {b.position: Finding(OUTSIDE) for b in blocks if b.position not in inside}


def _by_phrases(case: Case, blocks: list[Block]) -> Findings:
    phrase = case.rules.phrase
    count = len(blocks)
    return {
        block.position: Finding(rule)
        for place, block in enumerate(blocks)
        if (rule := phrase(block.text, place, count))
    }


def _by_title(case: Case, blocks: list[Block]) -> Findings:
    """Take what stands before the title, if the document is what follows."""
    if case.title is None or BEFORE_TITLE in case.rules.undone:
        return {}
    before = [b for b in blocks if b.position < case.title.position]
    after = sum(len(b.text) for b in blocks) - sum(len(b.text) for b in before)
    if after < sum(prose_of(b) for b in before) and after < ENOUGH_CHARS:
        return {}
    return {b.position: Finding(BEFORE_TITLE) for b in before}


def _by_sections(case: Case, blocks: list[Block]) -> Findings:
    found = [*sections(blocks, case.rules, case.title)]
    contacts = sum(len(b.text) for s in found if s.rule == CONTACT for b in s.blocks)
    if sum(len(b.text) for b in blocks) - contacts < ENOUGH_CHARS / 4:
        found = [s for s in found if s.rule != CONTACT]
    return {
        block.position: Finding(section.rule, f"below {section.heading[:60]!r}")
        for section in found
        for block in section.blocks
    }


def _by_template(case: Case, blocks: list[Block]) -> Findings:
    """Take what recurs from both ends of the text, up to the first block that does not."""
    template = case.template
    if template is None or RECURRING in case.rules.undone:
        return {}
    edges = [*takewhile(lambda b: b.text in template, blocks)]
    if len(edges) < len(blocks):
        edges += takewhile(lambda b: b.text in template, reversed(blocks))
    evidence = f"recurs on this site's pages (template {template.digest})"
    return {block.position: Finding(RECURRING, evidence) for block in edges}


def _by_density(case: Case, blocks: list[Block]) -> Findings:
    if LINKS in case.rules.undone:
        return {}
    return {
        block.position: Finding(LINKS, f"{len(run)} links in a run beside {prose} letters of text")
        for run, prose in runs_of_links(blocks)
        for block in run
    }


def _by_source(case: Case, blocks: list[Block]) -> Findings:
    """Take pictures and buttons; a button that opens a part of the text is its heading."""
    rules = {"alt": IMAGE, "value": BUTTON}
    return {
        block.position: Finding(rule)
        for block in blocks
        if (
            rule := rules.get(block.source)
            or (BUTTON if not case.is_known and is_button(block) else "")
        )
        and rule not in case.rules.undone
    }


def _headings_of_nothing(case: Case, verdicts: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Let a heading go with what stood below it, by the same rule."""
    if case.is_known:
        return {}
    found: dict[int, Verdict] = {}
    below: Verdict | None = None
    for block in reversed(case.blocks):
        verdict = found.get(block.position) or verdicts.get(block.position)
        if verdict is None and below and _heads(block, below):
            verdict = Verdict(block, below.rule, "heading", f"heads {below.block.text[:40]!r}")
            found[block.position] = verdict
        below = verdict if verdict and verdict.rule != KEEP else None
    return found


def _heads(block: Block, below: Verdict) -> bool:
    """Tell whether `block` is the heading of a removed block, and of what goes with it alone."""
    family = below.rule.partition(":")[0]
    if block.element.tag not in HEADED or family not in GO_WITH_HEADING:
        return False
    return block.element.getparent() in below.block.element.iterancestors()


def _holds_files(element: HtmlElement, rule: str) -> bool:
    """Tell an aside with a meeting's files from one with links to elsewhere."""
    if rule != "landmark:aside":
        return False
    links = [link.get("href") or "" for link in element.iter("a")]
    return sum(1 for href in links if FILE.search(href)) * 2 > len(links)


def _may_be_content(rule: str) -> bool:
    return rule.partition(":")[0] in MAY_BE_CONTENT


def prose_of(block: Block) -> int:
    """Return how many letters of a block are prose: in no link, or in a linked sentence."""
    if len(block.text) >= PROSE_BLOCK:
        return len(block.text)
    return len(block.text) - min(block.linked, len(block.text))


def _by_place(
    blocks: Iterable[Block], look: Callable[[HtmlElement], Finding | None]
) -> dict[int, Finding]:
    """Return what `look` says of the innermost marked element around each block that it knows."""
    known: dict[int, Finding | None] = {}
    findings = {}
    for block in blocks:
        if block.place is not None:
            if id(block.place) not in known:
                found = (look(place.element) for place in block.place.outwards())
                known[id(block.place)] = next(filter(None, found), None)
            if finding := known[id(block.place)]:
                findings[block.position] = finding
    return findings


def _inside(case: Case, blocks: list[Block]) -> set[int] | None:
    """Return the positions of the blocks within the content; None where all of it may be."""
    if case.is_known:
        return _within(case.contents[0], blocks) if case.contents else None
    total = sum(len(b.text) for b in blocks)
    for elements in case.contents:
        inside = _within(elements, blocks)
        held = [b for b in blocks if b.position in inside]
        chars = sum(len(b.text) for b in held)
        prose = sum(prose_of(b) for b in held)
        has_title = case.title is not None and _is_within(case.title.place, elements)
        if held and (has_title or prose >= ENOUGH_CHARS or chars >= total * ENOUGH_SHARE):
            return inside
    return None


def _within(elements: frozenset[HtmlElement], blocks: list[Block]) -> set[int]:
    return {b.position for b in blocks if _is_within(b.place, elements)}


def _is_within(place: Place | None, elements: frozenset[HtmlElement]) -> bool:
    return place is not None and any(p.element in elements for p in place.outwards())


def _described(element: HtmlElement) -> str:
    """Return an element as a selector would name it, cut to what is read at a glance."""
    said = element.tag
    if name := element.get("id"):
        said += f"#{name}"
    said += "".join(f".{name}" for name in (element.get("class") or "").split())
    if role := element.get("role"):
        said += f"[role={role}]"
    return said if len(said) <= 80 else said[:79] + "…"
