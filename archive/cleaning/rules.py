"""Cleaning rules as data: loaded from `rules.toml`, checked, and named in every removal."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec
from cssselect import SelectorError
from lxml import etree

from archive.cleaning.element import Element
from archive.cleaning.patterns import PatternSet
from archive.cleaning.selecting import SelectorIndex
from archive.errors import BadRules
from archive.text import sha256

RULES_FILE = files("archive.cleaning") / "rules.toml"

VERSION = 3
"""Raised when the code of this package makes another text or ledger of the same page and rules;
part of every digest, and so of every extractor's identity (law 3)."""

HEAD_BLOCKS = 5
"""A phrase anchored to the head stands among this many first blocks of the content."""
TAIL_SHARE = 0.4
"""A phrase anchored to the tail stands within this share of the content's last blocks."""
LONGEST_PHRASE = 1_000
"""Of a longer block patterns see both ends; bounds what a pattern may take."""
LONGEST_HEADING = 200
MOST_LINES = 5
"""A block of so many lines is a phrase if each of its lines is one."""

JUDGE_RULES = (
    "outside:content",
    "place:before-title",
    "template:recurring",
    "density:links",
    "feedback:widget",
    "control:button",
    "alt:image",
    "field:title",
    "field:published",
    "field:modified",
    "field:byline",
    "field:type",
)
"""Rules that are no data but the ways of a judge."""

Anchor = Literal["anywhere", "head", "tail", "ends"]


class RootRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything below an element that `selector` (CSS) finds is boilerplate."""

    name: str
    selector: str
    sealed: bool = False
    """Nobody looks inside: one block, whatever stands there. See `archive.cleaning.scanning`."""


class GuessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything below an element with a telling name is boilerplate, most likely."""

    name: str
    tags: list[str] = []
    roles: list[str] = []
    words: list[str] = []
    """Ids or classes, in lower case."""
    parts: list[str] = []
    """Parts of ids or classes, in lower case."""
    but: list[str] = []
    """Parts of ids or classes that tell otherwise."""
    sealed: bool = False
    """As in `RootRule`."""


class ContentRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document stands in the elements that `selector` (CSS) finds."""

    name: str
    selector: str


class PhraseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A block whose whole text matches `pattern`, or one of several.

    Patterns are regular expressions; case is ignored, a dot matches line ends too.
    """

    name: str
    pattern: str | list[str]
    where: Anchor = "anywhere"
    """`ends` is the head or the tail."""


class SectionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A heading whose whole text matches `heading`, and what stands below it."""

    name: str
    holds: Literal["links", "contact", "about", "anything", "box"]
    """What must stand below; the section ends before the first block that is none. A `box` is all
    of the element that begins with the heading."""
    heading: str | list[str] = []
    heads: list[str] = []
    """Names of phrase rules whose patterns are headings of the section as well."""
    where: Anchor = "anywhere"


_Rule = TypeVar("_Rule", ContentRule, PhraseRule, SectionRule)


class _RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    claims: list[str] = []
    contents: list[ContentRule] = []
    roots: list[RootRule] = []
    guesses: list[GuessRule] = []
    phrases: list[PhraseRule] = []
    sections: list[SectionRule] = []


@dataclass(frozen=True)
class Rules:
    """Compiled rules, and the digest that names them in an extractor's identity."""

    contents: tuple[ContentRule, ...]
    roots: tuple[RootRule, ...]
    guesses: tuple[GuessRule, ...]
    phrases: tuple[PhraseRule, ...]
    sections: tuple[SectionRule, ...]
    digest: str
    claims: tuple[str, ...] = ()
    """Names of what a product's page objects know by themselves."""
    undone: frozenset[str] = frozenset()
    """Names of rules that remove nothing, because a source says so."""

    def roots_in(self, tree: Element) -> dict[Element, str]:
        """Map each element of `tree` that a root rule finds to the first rule that finds it."""
        return {e: mark.root for e, mark in self.index.find(tree).items() if mark.root}

    def phrase(self, text: str, place: int, count: int) -> str | None:
        """Return the rule for a block, number `place` of `count` blocks of content, or None."""
        patterns = self._phrases[anchors(place, count)]
        number = patterns.fullmatch(_ends(_once(text)))
        if number is None and 0 < text.count("\n") < MOST_LINES:
            numbers = [patterns.fullmatch(_ends(line)) for line in text.split("\n")]
            number = None if None in numbers else numbers[0]
        return None if number is None else self.phrases[number].name

    def sections_of(self, text: str, *, is_head: bool, is_tail: bool) -> Iterator[SectionRule]:
        """Yield the rules for a heading at the head or tail of the content, in their order."""
        if len(text) <= LONGEST_HEADING:
            numbers = self._sections[is_head, is_tail].fullmatches(text)
            yield from (self.sections[number] for number in numbers)

    def section(self, text: str, *, is_head: bool, is_tail: bool) -> SectionRule | None:
        """Return the first of them, or None."""
        return next(self.sections_of(text, is_head=is_head, is_tail=is_tail), None)

    def without(self, names: Iterable[str]) -> Rules:
        """Return these rules less those that a source undoes. Raises `BadRules` for no rule.

        Elements that an undone root rule finds still are blocks of their own.
        """
        undone = frozenset(names)
        known = self.names | {*JUDGE_RULES}
        if unknown := sorted(undone - known):
            found = ", ".join(f"{name!r} ({_nearest(name, known)})" for name in unknown)
            raise BadRules(f"expected the name of a cleaning rule, found {found}")
        if not undone:
            return self
        return replace(
            self,
            contents=_less(self.contents, undone),
            phrases=_less(self.phrases, undone),
            sections=_less(self.sections, undone),
            undone=self.undone | undone,
            digest=sha256(f"{self.digest} less {' '.join(sorted(undone))}")[:8],
        )

    def after(self, own: Rules) -> Rules:
        """Return a product's `own` rules followed by these."""
        return Rules(
            contents=own.contents + self.contents,
            roots=own.roots + self.roots,
            guesses=own.guesses + self.guesses,
            phrases=own.phrases + self.phrases,
            sections=own.sections + self.sections,
            digest=sha256(own.digest + self.digest)[:8],
            claims=own.claims + self.claims,
            undone=own.undone | self.undone,
        )

    @property
    def names(self) -> frozenset[str]:
        """What the rules are called, claims among them."""
        groups = (self.contents, self.roots, self.guesses, self.phrases, self.sections)
        return frozenset(self.claims).union(str(rule.name) for group in groups for rule in group)

    @cached_property
    def index(self) -> SelectorIndex:
        """Roots, guesses and contents, to be asked of elements. A content's name is its number."""
        contents = [(str(n), rule.selector) for n, rule in enumerate(self.contents)]
        roots = [(rule.name, rule.selector) for rule in self.roots]
        return SelectorIndex(roots, self.guesses, contents)

    @cached_property
    def sealed(self) -> frozenset[str]:
        """Names of roots and guesses that are one block each; an undone one is opened again."""
        roots = frozenset(rule.name for rule in self.roots if rule.sealed)
        guesses = frozenset(guess.name for guess in self.guesses if guess.sealed)
        return (roots | guesses) - self.undone

    @cached_property
    def _phrases(self) -> dict[tuple[bool, bool], PatternSet]:
        return _by_anchor([(rule.where, rule.pattern) for rule in self.phrases])

    @cached_property
    def _sections(self) -> dict[tuple[bool, bool], PatternSet]:
        return _by_anchor([(rule.where, self._headings(rule)) for rule in self.sections])

    def _headings(self, rule: SectionRule) -> list[str]:
        phrases = (phrase.pattern for phrase in self.phrases if phrase.name in rule.heads)
        return [
            _union(pattern) for pattern in (*phrases, *([rule.heading] if rule.heading else []))
        ]


@cache
def shipped_rules() -> Rules:
    """Return the rules of `rules.toml`. Raises `BadRules` with file, rule and reason."""
    return load_rules(RULES_FILE.read_bytes(), RULES_FILE.name)


def load_rules(data: bytes, name: str) -> Rules:
    """Return compiled rules from TOML `data`; `name` stands in messages. Raises `BadRules`."""
    try:
        stated = msgspec.convert(tomllib.loads(data.decode()), _RuleFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadRules(f"{name}: {error}") from error
    for root in stated.roots:
        _check_selector(root.name, root.selector, name)
    for content in stated.contents:
        _check_selector(content.name, content.selector, name)
    for phrase in stated.phrases:
        _check_pattern(phrase.name, phrase.pattern, name)
    for section in stated.sections:
        _check_pattern(section.name, section.heading, name)
    return Rules(
        contents=tuple(stated.contents),
        roots=tuple(stated.roots),
        guesses=tuple(stated.guesses),
        phrases=tuple(stated.phrases),
        sections=tuple(stated.sections),
        digest=sha256(f"{VERSION} ".encode() + data)[:8],
        claims=tuple(stated.claims),
    )


def anchors(place: int, count: int) -> tuple[bool, bool]:
    """Tell whether block number `place` of `count` stands at the head, and at the tail."""
    return place < HEAD_BLOCKS, place >= count - max(HEAD_BLOCKS, count * TAIL_SHARE)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = ", ".join(get_close_matches(name, sorted(known)))
    return f"nearest: {near}" if near else "none is like it"


def _less(rules: tuple[_Rule, ...], undone: frozenset[str]) -> tuple[_Rule, ...]:
    return tuple(rule for rule in rules if rule.name not in undone)


def _by_anchor(
    stated: Sequence[tuple[Anchor, str | list[str]]],
) -> dict[tuple[bool, bool], PatternSet]:
    """Return the patterns for each place that `anchors` tells apart; a number is a rule's."""
    return {
        (is_head, is_tail): PatternSet(
            (number, _union(pattern))
            for number, (where, pattern) in enumerate(stated)
            if {"anywhere": True, "head": is_head, "tail": is_tail}.get(where, is_head or is_tail)
        )
        for is_head in (False, True)
        for is_tail in (False, True)
    }


def _ends(text: str) -> str:
    if len(text) <= LONGEST_PHRASE:
        return text
    return text[: LONGEST_PHRASE // 2] + text[-LONGEST_PHRASE // 2 :]


def _once(text: str) -> str:
    """Return what a text says that says it twice: "Dela Dela"."""
    half = len(text) // 2
    is_twice = len(text) <= LONGEST_HEADING and text[:half] == text[half + 1 :]
    return text[:half] if is_twice else text


def _union(pattern: str | list[str]) -> str:
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return "|".join(f"(?:{p})" for p in patterns)


def _check_selector(name: str, selector: str, file_name: str) -> None:
    try:
        SelectorIndex([(name, selector)], (), ())
    except (SelectorError, etree.XPathError) as error:
        raise BadRules(f"{file_name}: rule {name}: bad selector: {error}") from error


def _check_pattern(name: str, pattern: str | list[str], file_name: str) -> None:
    try:
        re.compile(_union(pattern), re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise BadRules(f"{file_name}: rule {name}: bad pattern: {error}") from error
