"""What made-up pages are made of: HTML's elements, and the names and words that our rules know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from archive.cleaning.rules import Rules, shipped_rules

BLOCKS = tuple(
    "p div section article main header footer nav aside h1 h2 h3 h4 ul ol li dl dt dd table tbody "
    "tr td th form fieldset legend blockquote figure figcaption pre address details summary "
    "dialog center search".split()
)
INLINES = tuple("span a b i em strong sub sup small abbr q u s font ins del cite bdi rp rt".split())
CONTROLS = tuple(
    "button label select option optgroup textarea time svg object video canvas".split()
)
VOIDS = tuple("br br br hr img input wbr area meta link col source".split())
UNSEEN = tuple("script style template iframe noembed noframes noscript title head".split())
ODD = tuple("x-card foo o:p marquee plaintext xmp listing frameset html body math".split())
TAGS = (*BLOCKS, *BLOCKS, *INLINES, *INLINES, *CONTROLS, *VOIDS, *UNSEEN, *ODD)

TEXTS = (
    "",
    " ",
    "\n\t ",
    "Nämnden har beslutat om budgeten för nästa år, och beslutet gäller från den 1 januari.",
    "ett ",
    " två",
    "Åsa",
    "räksmörgås.",
    "kom\u00admun\u00adfull\u00admäktige",
    "12\u00a0345\u202fkr",
    "o\u0308 a\u030a",
    "\u0301",
    "e\u0323\u0301",
    "a\u200bb\u200dc\ufeff",
    "\u2028\u2029\x85",
    "&amp;",
    "&nbsp;",
    "&shy;",
    "&aring;ngstr&ouml;m",
    "&notin &copy2 &#229 &#x1F600;",
    "&#8;&#11;&#12;&#xFFFF;&#0;",
    "&#xD800;&#1114112;&#99999999999;",
    "<",
    "a < b > c",
    "]]>",
    "-->",
    "<!--",
    "<!-- Meny -->",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "</",
    "</ p>",
    "<3",
    "𝔎ommun 😀",
    "\u0633\u0644\u0627\u0645 \u200f",
    "§ 52",
    "2024-05-17",
    "17 maj 2024 kl. 10.24",
    "kansli@kommunen.se",
    "0322-61 60 00",
    "Protokoll.pdf",
    "Pressmeddelande",
    "Kontakt",
    "Relaterade länkar",
    "Fick du hjälp?",
    "Ja",
    "Nej",
)
VALUES = (
    "",
    "x",
    "bild på hamnen",
    "Skicka",
    "å\u00ad&quot;",
    "1",
    "a > b",
    "<b>",
    "/fil.pdf",
    "0",
)
TYPES = ("text", "button", "submit", "reset", "image", "IMAGE", "radio", "hidden", "checkbox")
ROLES = ("button", "heading", "radio", "list", "presentation", "main", "article")

LETTERS = "abå 1-,"
"""What stands for any letter."""

_NAMES = re.compile(r"[.#]([\w-]{2,})|\[(?:class|id)\*?=\"?([\w-]+)")


@cache
def names() -> tuple[str, ...]:
    """Return classes and ids that the shipped rules know, and some that they do not."""
    rules = shipped_rules()
    selectors = [rule.selector for rule in (*rules.roots, *rules.contents)]
    selected = (first or last for css in selectors for first, last in _NAMES.findall(css))
    guessed = (n for rule in rules.guesses for n in (*rule.words, *rule.parts, *rule.but))
    return tuple(sorted({*selected, *guessed, "x", "rubrik", "Ingress", "å", "news-feedback"}))


@cache
def roles() -> tuple[str, ...]:
    """Return roles that the shipped rules know, and some more."""
    rules = shipped_rules()
    stated = re.findall(r"role=\"?([\w-]+)", " ".join(rule.selector for rule in rules.roots))
    return tuple(sorted({*stated, *ROLES, *(r for rule in rules.guesses for r in rule.roles)}))


@cache
def phrases() -> tuple[str, ...]:
    """Return lines of boilerplate, some for each pattern of the shipped rules."""
    return tuple(sorted(_phrases(shipped_rules(), Random("phrases"))))


def patterns(rules: Rules) -> Iterator[tuple[str, str]]:
    """Yield the name and each pattern of the rules that look at texts."""
    stated = [(rule.name, rule.pattern) for rule in rules.phrases]
    stated += [(rule.name, rule.heading) for rule in rules.sections]
    for name, pattern in stated:
        yield from ((name, p) for p in ([pattern] if isinstance(pattern, str) else pattern))


def _phrases(rules: Rules, random: Random) -> set[str]:
    return {
        text[:300]
        for _, pattern in patterns(rules)
        for most in (1, 2, 3)
        if (text := " ".join(spoken(pattern, random, most).split()))
    }


def spoken(pattern: str, random: Random, most: int) -> str:
    """Return a text that `pattern` matches as a rule: what it asks of the surroundings is not seen.

    `most`: how often a part is said that may be repeated without end.
    """
    return "".join(_said(_parser.parse(pattern, re.IGNORECASE), random, most))


def _said(parts: Iterable[tuple[Any, Any]], random: Random, most: int) -> Iterator[str]:
    for op, value in parts:
        kind = str(op)
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            yield _letter(kind, value, random)
        elif kind in ("BRANCH", "SUBPATTERN"):
            yield from _said(
                random.choice(value[1]) if kind == "BRANCH" else value[3], random, most
            )
        elif kind.endswith("_REPEAT"):
            low, high, part = value
            high = max(low, min(int(high), most))
            for _ in range(random.choice((low, high, high))):
                yield from _said(part, random, most)


def _letter(kind: str, value: Any, random: Random) -> str:
    if kind == "LITERAL":
        return chr(value)
    return _one_of(value, random) if kind == "IN" else random.choice(LETTERS)


def _one_of(members: list[tuple[Any, Any]], random: Random) -> str:
    """Return a character of a set; of one that excludes, one that is likely in it."""
    if str(members[0][0]) == "NEGATE":
        return random.choice(LETTERS)
    op, value = random.choice(members)
    match str(op):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(random.randint(*value))
        case _:
            return {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " "}.get(str(value), "x")
