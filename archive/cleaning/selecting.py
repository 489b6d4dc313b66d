"""Many CSS selectors over one tree at a price that does not grow with their number.

Most elements of a page share their tag, class, id and role with others, on this page and on the
next. What the selectors say of such a set of names is found out once and remembered. Selectors
that ask for more (what stands within, around, or in another attribute) are checked as XPath, and
only on elements whose names fit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from cssselect import HTMLTranslator, Selector, parse
from cssselect.parser import Attrib, Class, CombinedSelector, Element, Hash
from lxml import etree
from lxml.html import HtmlElement

_KEPT = ("class", "id", "role")
"""Attributes whose values are looked up."""

NEVER_GUESSED = frozenset(("html", "body", "main", "article"))

_REMEMBERED = 20_000
"""Sets of names remembered; a hostile page has a new one for each element."""


class _Names(NamedTuple):
    """What an element may be looked up by."""

    tag: str
    class_: str | None
    id: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A selector that asks for more than names."""

    rank: int
    hint: str
    """A word that stands in the names of every element it finds; empty if none must."""
    is_own: bool
    """Whether `hint` is about the element found, and `matches` asks one element."""
    matches: etree.XPath


class _Found(NamedTuple):
    """What the selectors say of a set of names."""

    ranks: tuple[int, ...]
    checks: tuple[_Checked, ...]


class Guess(Protocol):
    """Names that tell what an element is; see `archive.cleaning.rules.GuessRule`."""

    @property
    def name(self) -> str: ...  # noqa: D102 - there
    @property
    def tags(self) -> list[str]: ...  # noqa: D102
    @property
    def roles(self) -> list[str]: ...  # noqa: D102
    @property
    def words(self) -> list[str]: ...  # noqa: D102
    @property
    def parts(self) -> list[str]: ...  # noqa: D102
    @property
    def but(self) -> list[str]: ...  # noqa: D102


class SelectorIndex:
    """Named selectors and guesses; of each kind the first that finds an element wins."""

    def __init__(
        self,
        roots: Iterable[tuple[str, str]],
        guesses: Iterable[Guess],
        contents: Iterable[tuple[str, str]],
    ) -> None:
        """Compile (name, CSS) pairs. Raises `SelectorError` or `XPathError` for a bad one."""
        self._names: list[tuple[int, str]] = []
        self._simple: dict[tuple[str, str], list[int]] = {}
        self._checked: list[_Checked] = []
        self._guesses: list[tuple[int, Guess]] = []
        self._remembered: dict[_Names, _Found] = {}
        for kind, pairs in ((0, roots), (2, contents)):
            for name, css in pairs:
                for selector in parse(css):
                    self._add(kind, name, selector)
        for guess in guesses:
            self._guesses.append((len(self._names), guess))
            self._names.append((1, guess.name))

    def find(self, tree: HtmlElement) -> dict[HtmlElement, list[str]]:
        """Map each element at or below `tree` that is found to a root, a guess and a content.

        A name is empty where nothing of its kind finds the element.
        """
        ranks = self._ranks(tree)
        return {element: self._first(found) for element, found in ranks.items()}

    def _ranks(self, tree: HtmlElement) -> dict[HtmlElement, list[int]]:
        """Map elements to the numbers of all selectors that find them."""
        ranks: dict[HtmlElement, list[int]] = {}
        elsewhere = {check for check in self._checked if not check.hint}
        remembered = self._remembered
        for element in tree.iter(etree.Element):
            get = element.get
            names = _Names(element.tag, get("class"), get("id"), get("role"))
            found = remembered.get(names) or self._look_up(names)
            if found.ranks:
                ranks[element] = [*found.ranks]
            for check in found.checks:
                if not check.is_own:
                    elsewhere.add(check)
                elif check.matches(element):
                    ranks.setdefault(element, []).append(check.rank)
        for check in elsewhere:
            for element in check.matches(tree):
                ranks.setdefault(element, []).append(check.rank)
        return ranks

    def _first(self, ranks: list[int]) -> list[str]:
        names = ["", "", ""]
        for rank in sorted(ranks, reverse=True):
            kind, name = self._names[rank]
            names[kind] = name
        return names

    def _add(self, kind: int, name: str, selector: Selector) -> None:
        rank = len(self._names)
        self._names.append((kind, name))
        key = _simple_key(selector)
        if key is not None:
            self._simple.setdefault(key, []).append(rank)
            return
        tree: Any = selector.parsed_tree
        hint = _hint(tree)
        is_own = bool(hint) and not _is_combined(tree)
        prefix = "self::" if is_own else "descendant-or-self::"
        xpath = etree.XPath(HTMLTranslator().selector_to_xpath(selector, prefix=prefix))
        self._checked.append(_Checked(rank, hint, is_own, xpath))

    def _look_up(self, names: _Names) -> _Found:
        ranks = [rank for key in _keys(names) for rank in self._simple.get(key, ())]
        ranks += [rank for rank, guess in self._guesses if _is_guessed(guess, names)]
        said = "\n".join(name for name in names if name).lower()
        found = _Found(
            tuple(ranks),
            tuple(check for check in self._checked if check.hint and check.hint in said),
        )
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[names] = found
        return found


def _simple_key(selector: Selector) -> tuple[str, str] | None:
    """Return (kind, name) of a selector that is a class, an id, a role or a tag alone."""
    tree: Any = selector.parsed_tree
    if selector.pseudo_element is not None:
        return None
    if isinstance(tree, Element) and tree.namespace is None and tree.element:
        return "tag", tree.element.lower()
    is_alone = isinstance(getattr(tree, "selector", None), Element) and not tree.selector.element
    if isinstance(tree, Class) and is_alone:
        return "class", tree.class_name
    if isinstance(tree, Hash) and is_alone:
        return "id", tree.id
    if isinstance(tree, Attrib) and is_alone and (tree.attrib, tree.operator) == ("role", "="):
        return "role", _value(tree)
    return None


def _is_combined(tree: Any) -> bool:
    while not isinstance(tree, Element):
        if isinstance(tree, CombinedSelector):
            return True
        tree = tree.selector
    return False


def _hint(tree: Any) -> str:
    """Return a word that must stand in the names of any element that `tree` finds."""
    while not isinstance(tree, Element):
        if isinstance(tree, CombinedSelector):
            tree = tree.subselector
        elif isinstance(tree, Class):
            return tree.class_name.lower()
        elif isinstance(tree, Hash):
            return tree.id.lower()
        elif isinstance(tree, Attrib) and tree.attrib in _KEPT and tree.value is not None:
            return _value(tree).lower()
        else:
            tree = tree.selector
    return (tree.element or "").lower()


def _value(tree: Attrib) -> str:
    return str(tree.value.value) if tree.value else ""


def _is_guessed(guess: Guess, names: _Names) -> bool:
    if names.tag in NEVER_GUESSED:
        return False
    if names.tag in guess.tags or (names.role or "").lower() in guess.roles:
        return True
    said = f"{names.class_ or ''} {names.id or ''}".lower()
    if any(part in said for part in guess.but):
        return False
    return any(part in said for part in guess.parts) or not set(guess.words).isdisjoint(
        said.split()
    )


def _keys(names: _Names) -> list[tuple[str, str]]:
    keys = [("tag", names.tag), ("id", names.id or ""), ("role", names.role or "")]
    return keys + [("class", part) for part in (names.class_ or "").split()]
