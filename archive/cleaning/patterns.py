"""Which of many patterns is all of a text: only those are asked that begin and end as it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_FLAGS = re.IGNORECASE | re.DOTALL
_FORWARDS, _BACKWARDS = 1, -1
_WIDEST = 100
"""A class of more characters begins with anything."""
_REMEMBERED = 10_000
"""Pairs of letters remembered, of which a hostile page has many."""


class PatternSet:
    """Regular expressions, numbered; case is ignored, a dot matches line ends too."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        self._patterns = [_Numbered(number, text) for number, text in patterns]
        self._fitting: dict[tuple[str, str], list[_Numbered]] = {}

    def fullmatches(self, text: str) -> Iterator[int]:
        """Yield the numbers of the patterns that match all of `text`, in their order."""
        first = self.fullmatch(text)
        if first is None:
            return
        yield first
        for pattern in self._patterns:
            if pattern.number > first and pattern.fullmatch(text):
                yield pattern.number

    def fullmatch(self, text: str) -> int | None:
        """Return the number of the first pattern that matches all of `text`, None for none."""
        ends = (text[:1], text[-1:])
        fitting = self._fitting.get(ends)
        if fitting is None:
            fitting = self._remember(ends)
        for pattern in fitting:
            if pattern.fullmatch(text):
                return pattern.number
        return None

    def _remember(self, ends: tuple[str, str]) -> list[_Numbered]:
        first, last = map(_folded, ends)
        fitting = [pattern for pattern in self._patterns if pattern.may_match(first, last)]
        if len(self._fitting) < _REMEMBERED:
            self._fitting[ends] = fitting
        return fitting


class _Numbered:
    """A pattern, its number, and the letters between which it matches."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.fullmatch = re.compile(text, _FLAGS).fullmatch
        self._letters = first_letters(text), last_letters(text)

    def may_match(self, first: str, last: str) -> bool:
        begins, ends = self._letters
        return (begins is None or first in begins) and (ends is None or last in ends)


def _folded(letter: str) -> str:
    return letter.upper().lower()[:1]  # as `re` does, for which "ſ" is an s


def first_letters(pattern: str) -> frozenset[str] | None:
    """Return the letters, in lower case, that a match of `pattern` can begin with.

    None for any letter, or none at all. A guess on the safe side: more letters than there are.
    """
    return _letters(pattern, _FORWARDS)


def last_letters(pattern: str) -> frozenset[str] | None:
    """Return the letters that a match of `pattern` can end with, as `first_letters` does."""
    return _letters(pattern, _BACKWARDS)


def _letters(pattern: str, step: int) -> frozenset[str] | None:
    letters, is_empty = _first(_parser.parse(pattern, _FLAGS), step)
    return None if letters is None or is_empty else letters


def _first(tokens: Any, step: int) -> tuple[frozenset[str] | None, bool]:
    """Return what a sequence can begin with, read in steps, and whether it can be empty."""
    found: frozenset[str] = frozenset()
    for kind, value in tokens[::step]:
        if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue
        letters, is_empty = _first_of(kind, value, step)
        if letters is None:
            return None, False
        found |= letters
        if not is_empty:
            return found, False
    return found, True


def _first_of(kind: Any, value: Any, step: int) -> tuple[frozenset[str] | None, bool]:
    if kind is op.LITERAL:
        return frozenset(chr(value).lower()), False
    if kind is op.IN:
        return _of_class(value), False
    if kind is op.SUBPATTERN:
        return _first(value[-1], step)
    if kind is op.BRANCH:
        return _either([_first(tokens, step) for tokens in value[1]])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        letters, is_empty = _first(value[2], step)
        return letters, is_empty or value[0] == 0
    return None, False


def _either(
    ways: Sequence[tuple[frozenset[str] | None, bool]],
) -> tuple[frozenset[str] | None, bool]:
    if any(letters is None for letters, _ in ways):
        return None, False
    return frozenset().union(*(letters or () for letters, _ in ways)), any(e for _, e in ways)


def _of_class(members: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    letters: set[str] = set()
    for kind, value in members:
        if kind is op.LITERAL:
            letters.add(chr(value).lower())
        elif kind is op.RANGE and value[1] - value[0] < _WIDEST:
            letters |= {chr(code).lower() for code in range(value[0], value[1] + 1)}
        else:
            return None
    return frozenset(letters)
