"""Many CSS selectors over one tree at a price that does not grow with their number.

Most selectors of the rules name a class, an id, a role or a tag and nothing else. Those are looked
up while the tree is walked once. The others are run as XPath, a walk each, and only on pages that
hold the word they look for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cssselect import HTMLTranslator, Selector, parse
from cssselect.parser import Attrib, Class, CombinedSelector, Element, Hash
from lxml import etree
from lxml.html import HtmlElement

_KEPT = ("class", "id", "role")
"""Attributes whose values are looked up."""


class SelectorIndex:
    """Named selectors; the first name that finds an element wins."""

    def __init__(self, selectors: Iterable[tuple[str, str]]) -> None:
        """Compile (name, CSS) pairs. Raises `SelectorError` or `XPathError` for a bad one."""
        self._names: list[str] = []
        self._simple: dict[tuple[str, str], int] = {}
        self._others: list[tuple[int, str, etree.XPath]] = []
        for name, css in selectors:
            for selector in parse(css):
                self._add(name, selector)

    def find(self, tree: HtmlElement) -> dict[HtmlElement, str]:
        """Map each element at or below `tree` that is found to the name that finds it."""
        ranks: dict[HtmlElement, int] = {}
        values: set[str] = set()
        for element in tree.iter(etree.Element):
            found = [self._simple[key] for key in _keys(element, values) if key in self._simple]
            if found:
                ranks[element] = min(found)
        said = "\n".join(values).lower()
        for rank, hint, select in self._others:
            for element in select(tree) if hint in said else ():
                ranks[element] = min(rank, ranks.get(element, rank))
        return {element: self._names[rank] for element, rank in ranks.items()}

    def _add(self, name: str, selector: Selector) -> None:
        rank = len(self._names)
        self._names.append(name)
        key = _simple_key(selector)
        if key is None:
            xpath = HTMLTranslator().selector_to_xpath(selector)
            self._others.append((rank, _hint(selector.parsed_tree), etree.XPath(xpath)))
        else:
            self._simple.setdefault(key, rank)


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


def _hint(tree: Any) -> str:
    """Return a word that must stand in a kept attribute of any page where `tree` finds something.

    Empty where there is none: such a selector is always run.
    """
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
    return ""


def _value(tree: Attrib) -> str:
    return str(tree.value.value) if tree.value else ""


def _keys(element: HtmlElement, values: set[str]) -> list[tuple[str, str]]:
    """Return what `element` may be looked up by; add the values of its attributes to `values`."""
    keys = [("tag", element.tag)]
    for name in _KEPT:
        value = element.get(name)
        if value:
            values.add(value)
            keys += [(name, part) for part in (value.split() if name == "class" else (value,))]
    return keys
