"""What SiteVision's web apps are given to show: JSON in calls of AppRegistry.registerInitialState.

A browser turns it into lists of news and files; reading it replaces the browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.cleaning.element import Element

ADDRESS_KEYS = ("uri", "url", "href", "link")
TITLE_KEYS = ("title", "heading", "headline")
NAME_KEYS = ("name", *TITLE_KEYS)
FILES_KEY = "files"

_CALL = re.compile(
    r"AppRegistry\.registerInitialState\(\s*(?P<quote>['\"])(?P<id>.*?)(?P=quote)\s*,\s*"
)
_DECODER = json.JSONDecoder(strict=False)

_PAGE_KEYS = ("page", "currentPage", "pageNumber")
_PAGES_KEYS = ("totalPages", "pageCount", "numberOfPages", "lastPage")
_TOTAL_KEYS = ("total", "totalCount", "totalHits", "numberOfHits")
_SIZE_KEYS = ("num", "pageSize", "limit", "size", "perPage")
_MORE_KEYS = ("hasMore", "hasNext", "moreAvailable")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object with an address and a name, as a row of news or a file."""

    url: str
    name: str
    list_key: str
    """Name of the list that it stood in: items, pages, articles, files …"""


@dataclass(frozen=True, slots=True)
class State:
    """What one module of a page is given."""

    portlet: str
    """"12.<hex>": the module's element has the id "svid12_<hex>"."""
    data: Any
    script: Element
    """The element that holds the call."""

    def rows(self) -> list[Entry]:
        """Return the members of all lists, in page order, that have an address and a title.

        Files have a name; so do the items of menus, which are no rows.
        """
        return [entry for entry in self._entries(TITLE_KEYS) if entry.list_key != FILES_KEY]

    def files(self) -> list[Entry]:
        """Return the members of lists called `files` that have an address and a name."""
        return [entry for entry in self._entries(NAME_KEYS) if entry.list_key == FILES_KEY]

    def has_page_after(self, page: int) -> bool:
        """Tell whether, by the product's own numbers, the list goes on after page `page`.

        Past its end a list repeats page 1: then the number it states is not the one asked for.
        A full page without any total may have a next one.
        """
        if (self._number(_PAGE_KEYS) or page) != page or not self.rows():
            return False
        for names, goes_on in (
            (_MORE_KEYS, lambda more: more > 0),
            (_PAGES_KEYS, lambda pages: page < pages),
            (_TOTAL_KEYS, lambda total: page * self._size() < total),
        ):
            number = self._number(names)
            if number is not None:
                return bool(goes_on(number))
        size = self._number(_SIZE_KEYS)
        return size is not None and len(self.rows()) >= size > 0

    def _entries(self, names: tuple[str, ...]) -> Iterator[Entry]:
        for key, member in _members(self.data):
            url, name = _first_text(member, ADDRESS_KEYS), _first_text(member, names)
            if url and name:
                yield Entry(url, name, key)

    def _size(self) -> int:
        return self._number(_SIZE_KEYS) or len(self.rows())

    def _number(self, names: tuple[str, ...]) -> int | None:
        """Return the first number under one of `names`, in the state or one level below."""
        levels = [self.data, *_values(self.data)]
        stated = (
            level[n] for n in names for level in levels if isinstance(level, dict) and n in level
        )
        return next((int(n) for n in stated if re.fullmatch(r"\d{1,9}", _digits(n))), None)


def states(tree: Element) -> list[State]:
    """Return the states that the scripts of a page register; a call that is no JSON is left out."""
    return [
        State(match["id"], data, script)
        for script in tree.iter("script")
        for match in _CALL.finditer(script.text or "")
        if (data := _json_at(script.text or "", match.end())) is not None
    ]


def _json_at(text: str, start: int) -> Any:
    """Return the JSON value that begins at `start`, None if there is none or it is too deep."""
    try:
        return _DECODER.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _members(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object in a list, at any depth, with the name of its list."""
    stack: list[tuple[str, Any]] = [("", data)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed(list(value.items())))
        elif isinstance(value, list):
            yield from ((key, member) for member in value if isinstance(member, dict))
            stack.extend((key, member) for member in reversed(value))


def _values(data: Any) -> list[Any]:
    return list(data.values()) if isinstance(data, dict) else []


def _first_text(member: dict[str, Any], names: tuple[str, ...]) -> str:
    texts = (member[name] for name in names if isinstance(member.get(name), str))
    return next((text.strip() for text in texts if text.strip()), "")


def _digits(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
