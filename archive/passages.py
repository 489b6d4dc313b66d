"""Passages: words that are withheld from a text, and what stands in their place."""

from __future__ import annotations

import hashlib
import re
import secrets
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

from archive.text import normalise

MASK = "[utelämnat]"
"""Stands where a passage was."""

TELLING_LETTERS = 20
"""Shorter texts say too little to be recognised by: many documents may hold them."""

_SCRYPT = {"n": 2**4, "r": 8, "p": 1, "dklen": 16}
"""A tenth of a millisecond: dear enough to make guessing dull, cheap enough for every word."""
_WORD = re.compile(r"\w+")


class Passage(Protocol):
    """Finds withheld words in a text."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the words begin and end in `text`."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A passage whose words are kept: found letter by letter, whatever white space parts them."""

    words: str

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the words begin and end in `text`."""
        return (found.span() for found in pattern(self.words).finditer(text))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of an erased text: enough to know it again, or to try a guess."""

    salt: str
    """Random, hex."""
    letters: int
    digest: str
    """scrypt of the text, hex."""

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """Return a new fingerprint of `text`, unlike any other of it."""
        salt = secrets.token_hex(16)
        return cls(salt, len(text), _digest(text, salt))

    def is_of(self, text: str) -> bool:
        """Tell whether it was taken of `text`."""
        return len(text) == self.letters > 0 and _digest(text, self.salt) == self.digest


@dataclass(frozen=True, slots=True)
class Erased:
    """A passage whose words are forgotten: known again by its letters, in either case.

    It is looked for where a word begins, and takes the word it ends in.
    """

    fingerprint: Fingerprint
    """Of `letters_of` the passage."""
    _tried: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    """Versions of a document say much the same."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the words begin and end in `text`."""
        words = [*_WORD.finditer(text)]
        folded = [_folded(word.group()) for word in words]
        stream, ends = "".join(folded), [*accumulate(map(len, folded))]
        hidden_to = 0
        for word, begin in zip(words, (0, *ends), strict=False):
            end = begin + self.fingerprint.letters
            if begin < hidden_to or not self._is_found(stream[begin:end]):
                continue
            last = bisect_left(ends, end)
            hidden_to = ends[last]
            yield word.start(), words[last].end()

    def _is_found(self, letters: str) -> bool:
        if letters not in self._tried:
            self._tried[letters] = self.fingerprint.is_of(letters)
        return self._tried[letters]


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, in one case and with nothing between them."""
    return _folded(normalise(text))


def pattern(passage: str) -> re.Pattern[str]:
    """Return what finds a passage word for word, whatever white space parts the words.

    Raises `ValueError` for a passage without a word.
    """
    words = normalise(passage).split()
    if not words:
        raise ValueError("expected a passage, found no word")
    return re.compile(r"\s+".join(re.escape(word) for word in words))


def masked(text: str, passages: Iterable[Passage]) -> str:
    """Return `text` with `MASK` in place of all passages; those that overlap share one.

    A mask that is there already stays as it is, whatever words are withheld.
    """
    shown, hidden_to = [], 0
    masks = [found.span() for found in re.finditer(re.escape(MASK), text)]
    found = (span for passage in passages for span in passage.spans(text))
    for start, end in sorted(found):
        if any(begin <= start and end <= stop for begin, stop in masks):
            continue
        if start >= hidden_to:
            shown += [text[hidden_to:start], MASK]
        hidden_to = max(hidden_to, end)
    return "".join([*shown, text[hidden_to:]])


def overlap(text: str, one: Passage, other: Passage) -> bool:
    """Tell whether words of `text` belong to both passages."""
    others = [*other.spans(text)]
    return any(
        start < other_end and other_start < end
        for start, end in one.spans(text)
        for other_start, other_end in others
    )


def telling_lines(text: str) -> set[str]:
    """Return the lines of a text that are long enough to recognise it by."""
    return {line for line in normalise(text).split("\n") if len(line) >= TELLING_LETTERS}


def _folded(text: str) -> str:
    """Letters and digits in one case; folding first, for it may set marks free ("İ")."""
    return "".join(_WORD.findall(text.casefold()))


def _digest(text: str, salt: str) -> str:
    return hashlib.scrypt(text.encode(), salt=bytes.fromhex(salt), **_SCRYPT).hex()
