"""Archived text as markup that holds nothing but text, and as much of it as a page has room for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from markupsafe import Markup, escape

from archive.browse.wording import MASKS
from archive.terminal import readable

LONGEST_LINK = 1_000
"""An address that weighs more is shown, but is no link."""

_HIT = re.compile("⟦(.*?)⟧", re.DOTALL)
_MASK = re.compile("|".join(re.escape(str(escape(sign))) for sign in MASKS))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """What there is room for of a list, and how many more there are."""

    shown: tuple[T, ...]
    left: int


def highlight(snippet: str | None) -> Markup:
    """Return escaped text in which what stands between ⟦ and ⟧ is marked as a hit."""
    said = str(escape(readable(snippet or "")))
    return Markup(_HIT.sub(r"<mark>\1</mark>", said))  # noqa: S704 - escaped


def prose(text: str) -> Markup:
    """Return escaped text in which the signs of what was left out are marked as ours."""
    said = str(escape(readable(text)))
    return Markup(_MASK.sub(r'<span class="masked">\g<0></span>', said))  # noqa: S704 - escaped


def web_address(url: str | None) -> str:
    """Return `url` if it is a link a reader may follow (http or https), else nothing."""
    is_web = url and url.lower().startswith(("http://", "https://"))
    return url if url and is_web and weight(url[: LONGEST_LINK + 1]) <= LONGEST_LINK else ""


def shown(text: str | None, most: int = 300) -> str:
    """Return archived text that cannot turn the words around it, within `most` bytes of HTML."""
    whole = readable(text or "")
    head = cut(whole, most)
    return whole if len(head) == len(whole) else f"{head}…"


def cut(text: str, most: int) -> str:
    """Return the beginning of a text that weighs at most so much."""
    head = text[:most]
    while (weighed := weight(head)) > most:
        head = head[: len(head) * most // weighed]
    return head


def weight(text: str) -> int:
    """Return how many bytes of HTML a text is, escaped."""
    return len(str(escape(text)).encode(errors="replace"))


def within(items: Iterable[T], weigh: Callable[[T], int], most: int) -> Some[T]:
    """Return the first of the items that together weigh at most so much, one at least."""
    every = tuple(items)
    room = most
    for count, item in enumerate(every):
        room -= weigh(item)
        if room < 0 and count:
            return Some(every[:count], len(every) - count)
    return Some(every, 0)
