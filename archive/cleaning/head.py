"""What a page's head and its data blocks say: title, metadata, JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archive.cleaning.element import Element
from archive.text import normalise

MAIN_THINGS = ("Article", "BlogPosting", "Report", "WebPage")
"""Types of JSON-LD objects that a page is about, the surest first; parts of names will do."""
MAX_JSON_NODES = 2_000
"""Nodes of JSON-LD looked at; a news page has some twenty."""


def page_title(tree: Element) -> str:
    """Return the text of the title element, on one line; empty if there is none."""
    titles = (
        "".join(title.itertext()) for head in tree.iter("head") for title in head.iter("title")
    )
    return " ".join(normalise(" ".join(titles)).split())


def meta(tree: Element, *names: str) -> str:
    """Return the content of the first meta element with one of `names` (name or property)."""
    stated = metadata(tree)
    return next((stated[name] for name in names if stated.get(name)), "")


def metadata(tree: Element) -> dict[str, str]:
    """Map each name or property of a meta element, in lower case, to its first content."""
    stated: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name")
        if name and (name := name.lower()) not in stated:
            stated[name] = normalise(element.get("content") or "")
    return stated


def json_ld(tree: Element, *names: str) -> dict[str, str]:
    """Map each of `names` to the text that the page's main JSON-LD object has for it.

    An article before a page, and either before any other thing (schema.org).
    """
    nodes: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if script.get("type", "").lower().strip() == "application/ld+json":
            nodes += _nodes(_loaded(script.text or ""))
    found: dict[str, str] = {}
    for node in sorted(nodes, key=_rank):
        for name in names:
            if isinstance(value := node.get(name), str):
                found.setdefault(name, normalise(value))
    return found


def _rank(node: dict[str, Any]) -> int:
    kinds = str(node.get("@type", ""))
    return next((n for n, kind in enumerate(MAIN_THINGS) if kind in kinds), len(MAIN_THINGS))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of some JSON, outer ones first."""
    waiting = [data]
    for _ in range(MAX_JSON_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
