"""What must hold of every page, whatever it is made of: nothing raises, nothing vanishes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from time import process_time

from archive.cleaning import clean
from archive.cleaning.html import decode, parse_html
from archive.cleaning.ledger import KEEP, Cleaned
from archive.cleaning.page import read_page
from archive.errors import BadPayload
from archive.text import normalise, words
from tests.pages import visible_characters

# What no reader sees, and a tree cannot take back once it is read out of it.
_LOST = dict.fromkeys([*range(32), 0x7F, 0xFFFE, 0xFFFF])

# What `parse_html` takes out of the bytes: references to control characters. Only where they show
# as they are written (xmp) does a reader miss them.
_TAKEN = re.compile(
    r"&#(?:x0*(?:[1-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f])"
    r"|0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d));?",
    re.IGNORECASE | re.ASCII,
)
# It puts a character in the place of these that no reader sees either.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")


def letters(text: str) -> str:
    """Return `text` decomposed, without white space and what no reader sees.

    Two parsers part texts in different places: an accent may stand in a block of its own.
    """
    return unicodedata.normalize("NFD", "".join(normalise(text).translate(_LOST).split()))


def seen_letters(body: bytes, charset: str = "") -> str:
    """Return the letters that a reader sees, as another parser finds them.

    Without what `parse_html` takes out of the bytes by its own account.
    """
    text = _TAKEN.sub(" ", _UNSEEN.sub("\u2060", decode(body, charset)))
    return letters(visible_characters(text.encode("utf-8", "replace"), "utf-8"))


def faults(body: bytes, content_type: str = "") -> list[str]:
    """Return what does not hold of a page, for both ways of cleaning it; empty if all is well."""
    try:
        ledgers = {
            "clean": clean(parse_html(body)),
            "read_page": read_page(body, content_type=content_type).cleaned,
        }
    except BadPayload as error:
        return [] if str(error).startswith("expected HTML, found nothing") else [repr(error)]
    except Exception as error:  # noqa: BLE001 - that is what we are looking for
        return [f"raised {error!r}"]
    seen = seen_letters(body, content_type)
    return [
        f"{way}: {fault}" for way, cleaned in ledgers.items() for fault in _broken(cleaned, seen)
    ]


def _broken(cleaned: Cleaned, seen: str) -> Iterator[str]:
    """Yield how a ledger breaks law 2; `seen` are the letters that a reader sees."""
    texts = [verdict.block.text for verdict in cleaned.verdicts]
    removed = [removal.text for removal in cleaned.removals]
    if _words(texts) != words(cleaned.text) + _words(removed):
        yield "kept and removed words are not all words"
    said = letters(" ".join(texts))
    # A page that ends in the midst of an end tag: the parsers agree on nothing.
    if said.removesuffix("</") != seen.removesuffix("</"):
        yield f"letters differ: {_difference(said, seen)}"
    yield from _disorder(cleaned)


def _disorder(cleaned: Cleaned) -> Iterator[str]:
    """Yield what is wrong with a ledger, whatever the page says."""
    if any(not text for text in (v.block.text for v in cleaned.verdicts)):
        yield "a block without text"
    if [v.block.position for v in cleaned.verdicts] != [*range(len(cleaned.verdicts))]:
        yield "positions are not those of the page"
    positions = [removal.position for removal in cleaned.removals]
    if any(before >= after for before, after in pairwise(positions)):
        yield "positions of removals do not increase"
    if any(not (r.rule and r.judge) or r.rule == KEEP for r in cleaned.removals):
        yield "a removal without rule or judge"


def _words(texts: Iterable[str]) -> object:
    return sum((words(text) for text in texts), words(""))


def _difference(ours: str, theirs: str) -> str:
    """Return both texts from just before they part."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    begin = max(0, at - 10)
    return f"at {at}, ours {ours[begin : at + 30]!r}, a reader's {theirs[begin : at + 30]!r}"


def seconds(body: bytes) -> float:
    """Return the CPU time that `read_page` takes, until it raises if it does."""
    began = process_time()
    with suppress(Exception):
        read_page(body)
    return process_time() - began
