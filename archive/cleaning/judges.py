"""The judges of a page, in the order they are asked; the first that knows a block decides.

1. page object  what a product's page object claims, to remove or to keep; on other pages
   field        what became a title, a date or a byline
2. root         elements that the rules name: landmarks, consent, feedback, share, tools …
3. place        what stands outside the content, and before the title
4. section      headings of boilerplate, with what stands below them
5. phrase       blocks that say what boilerplate says
6. density      links beside a text
7. control      texts of pictures and buttons
8. heading      headings of nothing: all that stood below them is gone
9. template     what recurs around the documents of this site (see `template`)

Each but the first is given the blocks that are still open, and answers for those it knows. What
nobody removes is kept. On a page that a page object knows, the judges that guess are not asked.
"""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archive.cleaning.blocks import Block, Place
from archive.cleaning.controls import HEADED, is_button, is_control, is_sharer
from archive.cleaning.density import PROSE_BLOCK, foot, is_prose, runs_of_links
from archive.cleaning.element import Element
from archive.cleaning.ledger import KEEP, Cleaned, Finding, Verdict
from archive.cleaning.rules import Rules
from archive.cleaning.sections import WIDGET, Section, can_be_reached, sections
from archive.dates import is_moment

OUTSIDE = "outside:content"
BEFORE_TITLE = "place:before-title"
LINKS = "density:links"
BUTTON = "control:button"
IMAGE = "alt:image"
SHARE = "share:row"
FOOT = "navigation:footer"
CONTACT = "field:contact"

MOST = 0.4
"""An element with the title and this share of all prose is no boilerplate, whatever its name."""
MOST_INSIDE = 0.6
"""An element with this share of the content's prose is none, if its rule is one of place."""
MOST_CONTACTS = 3
"""More contact boxes than this are what the page is about."""
NEVER_CONTENT = ("navigation:header", "navigation:footer", "navigation:frame")
MAY_BE_CONTENT = ("form", "navigation", "landmark", "related", "chrome", "tags", "field")
"""Families of root rules that tell where an element stands rather than what it says."""
MOST_BELOW = 60
GO_WITH_HEADING = (
    "share",
    "related",
    "tags",
    "feedback",
    "subscribe",
    "comments",
    "cookie",
)
"""Families of rules whose blocks may have a heading of their own."""
COOKIES = re.compile(r"\bkak(a|or)|cookie", re.IGNORECASE)
FILE = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|zip|rtf)\b|/download/|/documents?[/?]|downloadmode|fil(e)?id=",
    re.IGNORECASE,
)
ENOUGH_SHARE = 0.3
ENOUGH_CHARS = 200
"""Elements hold the document if this share of the open text, or this much prose, is in them."""

HOLDS_FILES = "it holds files"
ASIDES = ("landmark:aside", "navigation:sidebar")
FIGURE = re.compile(r"\d")

Findings = Mapping[int, Finding]


@dataclass(frozen=True)
class Case:
    """A page as its judges see it."""

    blocks: Sequence[Block]
    rules: Rules
    claims: Mapping[Element, str]
    roots: Mapping[Element, str]
    contents: Sequence[frozenset[Element]] = ()
    """Elements that may hold the document, the surest first. Of a known page there is one set."""
    is_known: bool = True
    """Whether a page object answers for contents and claims."""
    is_lenient: bool = False
    """Whether roots inside the content stay that only tell of a place: a second look at a page
    of which nothing was left."""
    title: Block | None = None
    decided: Findings = field(default_factory=dict)
    """By position, what was known of single blocks beforehand."""

    @cached_property
    def spared(self) -> Mapping[Element, str]:
        """Elements that a root rule finds although the document stands in them, and why."""
        if self.is_known:
            return {}
        page, inside = self._sizes()
        everything, content = page.pop(None, _Size()), inside.pop(None, _Size())
        titled = self._roots_around(self.title.place) if self.title else []
        return {
            **{e: HOLDS_FILES for e, rule in self.roots.items() if _holds_files(e, rule)},
            **{e: "it states facts" for e, held in self._asides().items() if _states_facts(held)},
            **{
                e: "it holds most of the content"
                for e, size in inside.items()
                if size.prose > max(content.prose * MOST_INSIDE, ENOUGH_CHARS)
                and _may_be_content(self.roots[e])
            },
            **{
                e: "it holds most of the page"
                for e, size in page.items()
                if self.roots[e] == "landmark:form" and size.letters * 2 > everything.letters
            },
            **{e: "it holds the title" for e in titled if page[e].prose >= everything.prose * MOST},
        }

    def _sizes(self) -> tuple[dict[Element | None, _Size], dict[Element | None, _Size]]:
        """Return how much stands in each root, on the page and in the surest content.

        None stands for all of it.
        """
        by_place: dict[Place | None, list[int]] = defaultdict(lambda: [0, 0])
        for block in self.blocks:
            sizes = by_place[block.place]
            sizes[0] += len(block.text)
            sizes[1] += prose_of(block)
        page: dict[Element | None, _Size] = defaultdict(_Size)
        inside: dict[Element | None, _Size] = defaultdict(_Size)
        for place, (letters, prose) in by_place.items():
            around = [None, *self._roots_around(place)]
            is_inside = bool(self.contents) and _is_within(place, self.contents[0])
            for element in around:
                page[element].add(letters, prose)
                if is_inside:
                    inside[element].add(letters, prose)
        return page, inside

    def _asides(self) -> dict[Element, list[Block]]:
        """Return what stands in each aside within the surest content."""
        asides = {e for e, rule in self.roots.items() if rule in ASIDES}
        held: dict[Element, list[Block]] = defaultdict(list)
        for block in self.blocks if asides and self.contents else ():
            if _is_within(block.place, self.contents[0]):
                for element in asides.intersection(self._roots_around(block.place)):
                    held[element].append(block)
        return held

    def _roots_around(self, place: Place | None) -> list[Element]:
        places = place.outwards() if place else ()
        return [p.element for p in places if p.element in self.roots]


@dataclass(slots=True)
class _Size:
    """How much text there is."""

    letters: int = 0
    prose: int = 0

    def add(self, letters: int, prose: int) -> None:
        """Count more of it."""
        self.letters += letters
        self.prose += prose


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
    yield ("page object" if case.is_known else "field"), _by_claims
    yield "root", _by_roots
    yield "place", _by_content
    if not case.is_known:
        yield "place", _by_title
        yield "section", _by_sections
        yield "density", _by_foot
    yield "phrase", _by_phrases
    if not case.is_known:
        yield "density", _by_density
    yield "control", _by_source


def _by_claims(case: Case, blocks: list[Block]) -> Findings:
    """Ask the innermost claim around a block, and what was known of it beforehand."""
    if not case.claims:
        return case.decided
    claimed = _by_place(blocks, lambda e: Finding(rule) if (rule := case.claims.get(e)) else None)
    return {**claimed, **case.decided}


def _by_roots(case: Case, blocks: list[Block]) -> Findings:
    """Ask the innermost element around a block that a root rule or a guess finds."""

    def look(element: Element) -> Finding | None:
        rule = case.roots.get(element)
        if rule is None or rule in case.rules.undone:
            return None
        if case.is_lenient and _may_be_content(rule) and _is_in_content(case, element):
            return None
        if element in case.spared:
            is_protected = case.spared[element] == HOLDS_FILES
            return Finding(KEEP, HOLDS_FILES) if is_protected else None
        return Finding(rule, _described(element))

    return _by_place(blocks, look)


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
    rules = {b.position: phrase(b.text, place, count) for place, b in enumerate(blocks)}
    is_about_cookies = case.title is not None and COOKIES.search(case.title.text) is not None
    found = {
        block.position: Finding(rule)
        for block, after in zip(blocks, (*blocks[1:], None), strict=False)
        if (rule := rules[block.position])
        and not (is_about_cookies and rule.startswith("cookie:"))
        and not _heads_prose(block, after, rules)
    }
    return found if WIDGET.name in case.rules.undone else {**found, **_answers(blocks, found)}


def _answers(blocks: Sequence[Block], found: Findings) -> dict[int, Finding]:
    """Return the choices and buttons right below what a survey says."""
    answers: dict[int, Finding] = {}
    is_asked = False
    for block in blocks:
        if said := found.get(block.position):
            is_asked = said.rule.startswith("feedback:")
        elif is_asked := is_asked and is_control(block):
            answers[block.position] = Finding(WIDGET.name, "a button or choice of a survey")
    return answers


def _heads_prose(block: Block, after: Block | None, rules: Mapping[int, str | None]) -> bool:
    """Tell a heading that is worded like a control from a control."""
    if block.element.tag not in HEADED or after is None or rules[after.position]:
        return False
    return is_prose(after)


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
    found = [*sections(blocks, case.rules, case.title, case.blocks)]
    letters = sum(len(b.text) for b in blocks)
    contacts = [section for section in found if section.rule == CONTACT]
    in_contacts = sum(map(_letters, contacts))
    if len(contacts) > MOST_CONTACTS or letters - in_contacts < ENOUGH_CHARS / 4:
        found = [section for section in found if section.rule != CONTACT]
    return {
        block.position: Finding(section.rule, f"below {section.heading[:60]!r}")
        for section in found
        for block in section.blocks
    }


def _letters(section: Section) -> int:
    return sum(len(block.text) for block in section.blocks)


def _by_density(case: Case, blocks: list[Block]) -> Findings:
    if LINKS in case.rules.undone:
        return {}
    return {
        block.position: Finding(LINKS, run.evidence)
        for run in runs_of_links(blocks, case.title)
        for block in run.blocks
    }


def _by_foot(case: Case, blocks: list[Block]) -> Findings:
    """Take the foot of the site, where no element says that it is one."""
    if FOOT in case.rules.undone:
        return {}
    finding = Finding(FOOT, "what feet of sites say, after the text")
    return {block.position: finding for block in foot(blocks, case.title)}


def _by_source(case: Case, blocks: list[Block]) -> Findings:
    """Take pictures and buttons; a button that opens a part of the text is its heading."""
    rules = {"alt": IMAGE, "value": BUTTON}
    return {
        block.position: Finding(rule)
        for block in blocks
        if (rule := rules.get(block.source) or ("" if case.is_known else _clicked(block)))
        and rule not in case.rules.undone
    }


def _clicked(block: Block) -> str:
    if block.linked:
        return SHARE if is_sharer(block) else ""
    return BUTTON if is_button(block) else ""


def _headings_of_nothing(case: Case, verdicts: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Let a heading go with what stood below it, by the same rule."""
    if case.is_known:
        return {}
    found: dict[int, Verdict] = {}
    known = ChainMap(found, {**verdicts})
    for block in reversed(case.blocks):
        if block.position not in verdicts and block.element.tag in HEADED:
            below = [*_below(case.blocks, block, known)]
            if below and None not in below and (reason := _telling(below)):
                evidence = f"heads {reason.block.text[:40]!r}"
                found[block.position] = Verdict(block, reason.rule, "heading", evidence)
    return found


def _below(
    blocks: Sequence[Block], heading: Block, verdicts: Mapping[int, Verdict]
) -> Iterator[Verdict | None]:
    """Yield what became of the blocks below a heading in its box; None for a kept one."""
    box = heading.element.getparent()
    for block in blocks[heading.position + 1 : heading.position + 1 + MOST_BELOW]:
        if box not in block.element.iterancestors() or block.element.tag == heading.element.tag:
            return
        verdict = verdicts.get(block.position)
        yield verdict if verdict and verdict.rule != KEEP else None


def _telling(below: Sequence[Verdict | None]) -> Verdict | None:
    """Return the first verdict whose rule takes a heading along."""
    return next((v for v in below if v and v.rule.partition(":")[0] in GO_WITH_HEADING), None)


def _states_facts(blocks: Sequence[Block]) -> bool:
    """Tell a box of the text, with hours or figures, from links and from whom to call."""
    own = [b for b in blocks if b.linked * 2 < len(b.text)]
    letters = sum(len(b.text) for b in own)
    is_own = letters * 2 > sum(len(b.text) for b in blocks)
    has_figures = any(FIGURE.search(b.text) and not is_moment(b.text) for b in own)
    return is_own and has_figures and not any(can_be_reached(b.text) for b in blocks)


def _holds_files(element: Element, rule: str) -> bool:
    """Tell an aside with a meeting's files from one with links to elsewhere."""
    if rule != "landmark:aside":
        return False
    links = [link.get("href") or "" for link in element.iter("a")]
    return sum(1 for href in links if FILE.search(href)) * 2 > len(links)


def _is_in_content(case: Case, element: Element) -> bool:
    within = set().union(*case.contents)
    return not within or any(around in within for around in element.iterancestors())


def _may_be_content(rule: str) -> bool:
    return rule.partition(":")[0] in MAY_BE_CONTENT and rule not in NEVER_CONTENT


def prose_of(block: Block) -> int:
    """Return how many letters of a block are prose: in no link, or in a linked sentence."""
    letters = len(block.text)
    return letters if letters >= PROSE_BLOCK else letters - min(block.linked, letters)


def _by_place(
    blocks: Iterable[Block], look: Callable[[Element], Finding | None]
) -> dict[int, Finding]:
    """Return what `look` says of the innermost marked element around each block that it knows."""
    known = {place: _first(place, look) for place in {block.place for block in blocks}}
    return {b.position: finding for b in blocks if (finding := known[b.place])}


def _first(place: Place | None, look: Callable[[Element], Finding | None]) -> Finding | None:
    found = (look(around.element) for around in place.outwards()) if place else ()
    return next(filter(None, found), None)


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


def _within(elements: frozenset[Element], blocks: list[Block]) -> set[int]:
    places = {block.place for block in blocks}
    inside = {place for place in places if _is_within(place, elements)}
    return {block.position for block in blocks if block.place in inside}


def _is_within(place: Place | None, elements: frozenset[Element]) -> bool:
    return place is not None and any(p.element in elements for p in place.outwards())


def _described(element: Element) -> str:
    """Return an element as a selector would name it, cut to what is read at a glance."""
    said = element.tag
    if name := element.get("id"):
        said += f"#{name}"
    said += "".join(f".{name}" for name in (element.get("class") or "").split())
    if role := element.get("role"):
        said += f"[role={role}]"
    return said if len(said) <= 80 else said[:79] + "…"
