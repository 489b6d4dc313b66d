"""Many selectors and names over one tree at a price that does not grow with their number.

Most elements of a page share their tag, class, id and role with others, on this page and on the
next. What the rules say of such a set of names is found out once and remembered. Selectors that
ask for more (what stands within, around, or in another attribute) are checked as XPath, where they
can on elements whose names fit only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from cssselect import HTMLTranslator, Selector, parse
from cssselect.parser import Attrib, Class, CombinedSelector, Hash, Negation
from cssselect.parser import Element as Type
from lxml import etree

from archive.cleaning.element import Element

_KEPT = ("class", "id", "role")
"""Attributes whose values are looked up."""

NEVER_GUESSED = frozenset(("html", "body", "main", "article"))

_REMEMBERED = 20_000
"""Sets of names remembered; a hostile page has a new one for each element."""

_ROOT, _GUESS, _CONTENT = range(3)


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


class Mark(NamedTuple):
    """What the rules say of an element; empty where they say nothing."""

    root: str
    guess: str
    content: str


Names = tuple[str, str | None, str | None, str | None]
"""Tag, class, id and role of an element."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A selector that asks for more than names."""

    rank: int
    hint: str
    """A word that stands in the names of every element it finds; empty if none must."""
    tag: str
    """The tag of every element it finds; empty for any."""
    matches: etree.XPath
    """Asks one element if there is a hint, else a tree."""


class _Found(NamedTuple):
    """What the rules say of a set of names."""

    ranks: tuple[int, ...]
    checks: tuple[_Checked, ...]
    mark: Mark | None


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
        self._named: list[tuple[int, Any]] = []
        self._checked: list[_Checked] = []
        self._elsewhere: list[_Checked] = []
        self._guesses: list[tuple[int, Guess]] = []
        self._remembered: dict[Names, _Found | None] = {}
        for kind, pairs in ((_ROOT, roots), (_CONTENT, contents)):
            for name, css in pairs:
                for selector in parse(css):
                    self._add(kind, name, selector)
        for guess in guesses:
            self._guesses.append((len(self._names), guess))
            self._names.append((_GUESS, guess.name))

    def find(self, tree: Element) -> dict[Element, Mark]:
        """Map each element at or below `tree` that is found to what is said of it."""
        elsewhere = self.elsewhere(tree)
        marks = ((e, self.look(e, elsewhere)) for e in tree.iter(etree.Element))
        return {element: mark for element, mark in marks if mark}

    def elsewhere(self, tree: Element) -> dict[Element, list[int]]:
        """Return what only selectors find that cannot be asked of one element."""
        ranks: dict[Element, list[int]] = {}
        for check in self._elsewhere:
            for element in check.matches(tree):
                ranks.setdefault(element, []).append(check.rank)
        return ranks

    def look(self, element: Element, elsewhere: dict[Element, list[int]]) -> Mark | None:
        """Return what is said of an element, None for nothing. `elsewhere`: of its tree."""
        get = element.get
        names = (element.tag, get("class"), get("id"), get("role"))
        try:
            found = self._remembered[names]
        except KeyError:
            found = self._remember(names)
        if not elsewhere:
            if found is None:
                return None
            if not found.checks:
                return found.mark
        ranks = [*found.ranks] if found else []
        ranks += [check.rank for check in (found.checks if found else ()) if check.matches(element)]
        return self._mark([*ranks, *elsewhere.get(element, ())])

    def _mark(self, ranks: list[int]) -> Mark | None:
        if not ranks:
            return None
        said = ["", "", ""]
        for rank in sorted(ranks, reverse=True):
            kind, name = self._names[rank]
            said[kind] = name
        return Mark(*said)

    def _add(self, kind: int, name: str, selector: Selector) -> None:
        rank = len(self._names)
        self._names.append((kind, name))
        key = _simple_key(selector)
        if key is not None:
            self._simple.setdefault(key, []).append(rank)
            return
        tree: Any = selector.parsed_tree
        if _asks_names(tree):
            self._named.append((rank, tree))
            return
        hint = "" if _is_combined(tree) else _hint(tree)
        prefix = "self::" if hint else "descendant-or-self::"
        xpath = etree.XPath(HTMLTranslator().selector_to_xpath(selector, prefix=prefix))
        group = self._checked if hint else self._elsewhere
        group.append(_Checked(rank, hint, _tag(tree), xpath))

    def _remember(self, names: Names) -> _Found | None:
        ranks = [rank for key in _keys(names) for rank in self._simple.get(key, ())]
        ranks += [rank for rank, tree in self._named if _fits(tree, names)]
        ranks += [rank for rank, guess in self._guesses if _is_guessed(guess, names)]
        said = "\n".join(name for name in names if name).lower()
        checks = tuple(c for c in self._checked if c.hint in said and c.tag in ("", names[0]))
        is_known = ranks or checks
        found = _Found(tuple(ranks), checks, self._mark(ranks)) if is_known else None
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[names] = found
        return found


def _simple_key(selector: Selector) -> tuple[str, str] | None:
    """Return (kind, name) of a selector that is a class, an id, a role or a tag alone."""
    tree: Any = selector.parsed_tree
    if selector.pseudo_element is not None:
        return None
    if isinstance(tree, Type) and tree.namespace is None and tree.element:
        return "tag", tree.element.lower()
    is_alone = isinstance(getattr(tree, "selector", None), Type) and not tree.selector.element
    if isinstance(tree, Class) and is_alone:
        return "class", tree.class_name
    if isinstance(tree, Hash) and is_alone:
        return "id", tree.id
    if isinstance(tree, Attrib) and is_alone and _asks_role(tree):
        return "role", _value(tree)
    return None


def _asks_names(tree: Any) -> bool:
    """Tell whether a selector asks for nothing but tag, class, id and role of one element."""
    if isinstance(tree, Type):
        return tree.namespace is None
    if isinstance(tree, Negation):
        return _asks_names(tree.selector) and _asks_names(tree.subselector)
    if isinstance(tree, Attrib) and (tree.attrib not in _KEPT or tree.operator not in _OPERATORS):
        return False
    return isinstance(tree, (Class, Hash, Attrib)) and _asks_names(tree.selector)


def _fits(tree: Any, names: Names) -> bool:
    """Tell whether a selector that asks names finds an element with `names`."""
    if isinstance(tree, Type):
        return not tree.element or tree.element.lower() == names[0]
    if not _fits(tree.selector, names):
        return False
    if isinstance(tree, Negation):
        return not _fits(tree.subselector, names)
    if isinstance(tree, Class):
        return tree.class_name in (names[1] or "").split()
    if isinstance(tree, Hash):
        return bool(tree.id == names[2])
    return _says(tree, names[1 + _KEPT.index(tree.attrib)])


def _says(tree: Attrib, said: str | None) -> bool:
    """Tell whether an attribute's value is what a selector asks for."""
    value = _value(tree)
    if said is None or not (value or tree.operator == "="):
        return False
    if tree.flag == "i":
        said, value = said.lower(), value.lower()
    return _OPERATORS[tree.operator](said, value)


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda said, value: said == value,
    "~=": lambda said, value: value in said.split(),
    "*=": lambda said, value: value in said,
    "^=": lambda said, value: said.startswith(value),
    "$=": lambda said, value: said.endswith(value),
}
"""Of the attribute selectors of CSS (Selectors Level 4, section 6)."""


def _asks_role(tree: Attrib) -> bool:
    return (tree.attrib, tree.operator, tree.flag) == ("role", "=", None)


def _is_combined(tree: Any) -> bool:
    while not isinstance(tree, Type):
        if isinstance(tree, CombinedSelector):
            return True
        tree = tree.selector
    return False


def _tag(tree: Any) -> str:
    if isinstance(tree, CombinedSelector):
        return _tag(tree.subselector)
    return (tree.element or "").lower() if isinstance(tree, Type) else _tag(tree.selector)


def _hint(tree: Any) -> str:
    """Return a word that must stand in the names of any element that `tree` finds."""
    while not isinstance(tree, Type):
        if isinstance(tree, Class):
            return tree.class_name.lower()
        if isinstance(tree, Hash):
            return tree.id.lower()
        is_said = isinstance(tree, Attrib) and tree.operator != "!=" and tree.value is not None
        if is_said and tree.attrib in _KEPT:
            return _value(tree).lower()
        tree = tree.selector
    return (tree.element or "").lower()


def _value(tree: Attrib) -> str:
    return str(tree.value.value) if tree.value else ""


def _is_guessed(guess: Guess, names: Names) -> bool:
    tag, class_, id_, role = names
    if tag in NEVER_GUESSED:
        return False
    if tag in guess.tags or (role or "").lower() in guess.roles:
        return True
    said = f"{class_ or ''} {id_ or ''}".lower()
    if any(part in said for part in guess.but):
        return False
    return any(part in said for part in guess.parts) or not set(guess.words).isdisjoint(
        said.split()
    )


def _keys(names: Names) -> list[tuple[str, str]]:
    tag, class_, id_, role = names
    keys = [("tag", tag), ("id", id_ or ""), ("role", role or "")]
    return keys + [("class", part) for part in (class_ or "").split()]
