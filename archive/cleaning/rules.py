"""Cleaning rules as data: loaded from `rules.toml`, checked, and named in every removal."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal

import msgspec
from cssselect import SelectorError
from lxml import etree
from lxml.html import HtmlElement

from archive.cleaning.blocks import Block
from archive.cleaning.selecting import SelectorIndex
from archive.errors import BadRules
from archive.text import sha256

RULES_FILE = files("archive.cleaning") / "rules.toml"

VERSION = 1
"""Raised when the code of this package makes another text or ledger of the same page and rules;
part of every digest, and so of every extractor's identity (law 3)."""

HEAD_BLOCKS = 5
"""A phrase anchored to the head stands among this many first blocks of the content."""
TAIL_SHARE = 0.4
"""A phrase anchored to the tail stands within this share of the content's last blocks."""


class RootRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything below an element that `selector` (CSS) finds is boilerplate."""

    name: str
    selector: str


class PhraseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A block whose whole text matches `pattern`, or one of several.

    Patterns are regular expressions; case is ignored, a dot matches line ends too.
    """

    name: str
    pattern: str | list[str]
    where: Literal["anywhere", "head", "tail", "ends"] = "anywhere"
    """`ends` is the head or the tail."""


class _RuleFile(msgspec.Struct, forbid_unknown_fields=True):
    roots: list[RootRule]
    phrases: list[PhraseRule]


@dataclass(frozen=True)
class Rules:
    """Compiled rules, and the digest that names them in an extractor's identity."""

    roots: tuple[RootRule, ...]
    phrases: tuple[tuple[PhraseRule, re.Pattern[str]], ...]
    digest: str

    def roots_in(self, tree: HtmlElement) -> dict[HtmlElement, str]:
        """Map each element of `tree` that a root rule finds to the first rule that finds it."""
        return self._index.find(tree)

    @cached_property
    def _index(self) -> SelectorIndex:
        return SelectorIndex((rule.name, rule.selector) for rule in self.roots)

    def phrase(self, block: Block, place: int, count: int) -> str | None:
        """Return the rule for `block`, number `place` of `count` blocks of content, or None."""
        for rule, pattern in self.phrases:
            if _is_anchored(rule.where, place, count) and pattern.fullmatch(block.text):
                return rule.name
        return None


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
    for rule in stated.roots:
        _check_selector(rule, name)
    return Rules(
        roots=tuple(stated.roots),
        phrases=tuple((rule, _pattern(rule, name)) for rule in stated.phrases),
        digest=sha256(f"{VERSION} ".encode() + data)[:8],
    )


def _check_selector(rule: RootRule, file_name: str) -> None:
    try:
        SelectorIndex([(rule.name, rule.selector)])
    except (SelectorError, etree.XPathError) as error:
        raise BadRules(f"{file_name}: rule {rule.name}: bad selector: {error}") from error


def _pattern(rule: PhraseRule, file_name: str) -> re.Pattern[str]:
    patterns = [rule.pattern] if isinstance(rule.pattern, str) else rule.pattern
    try:
        return re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise BadRules(f"{file_name}: rule {rule.name}: bad pattern: {error}") from error


def _is_anchored(where: str, place: int, count: int) -> bool:
    is_head = place < HEAD_BLOCKS
    is_tail = place >= count - max(HEAD_BLOCKS, count * TAIL_SHARE)
    at = {"head": is_head, "tail": is_tail, "ends": is_head or is_tail}
    return at.get(where, True)
