"""Which of many patterns is all of a text: only those are asked that can begin as it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_FLAGS = re.IGNORECASE | re.DOTALL
_WIDEST = 100
"""A class of more characters begins with anything."""


class PatternSet:
    """Regular expressions, numbered; case is ignored, a dot matches line ends too."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        self._patterns = [(number, text, first_letters(text)) for number, text in patterns]
        self._compiled: dict[str, re.Pattern[str]] = {}

    def fullmatches(self, text: str) -> Iterator[int]:
        """Yield the numbers of the patterns that match all of `text`, in their order."""
        first = self.fullmatch(text)
        if first is None:
            return
        yield first
        for number, pattern, _ in self._patterns:
            if number > first and re.fullmatch(pattern, text, _FLAGS):
                yield number

    def fullmatch(self, text: str) -> int | None:
        """Return the number of the first pattern that matches all of `text`, None for none."""
        letter = text[:1].upper().lower()[:1]  # as `re` does, for which "ſ" is an s
        compiled = self._compiled.get(letter) or self._compile(letter)
        match = compiled.fullmatch(text)
        return int((match.lastgroup or "")[1:]) if match else None

    def _compile(self, letter: str) -> re.Pattern[str]:
        fitting = [
            f"(?P<n{number}>{text})"
            for number, text, letters in self._patterns
            if letters is None or letter in letters
        ]
        compiled = re.compile("|".join(fitting) or r"(?!)", _FLAGS)
        # A letter that no pattern begins with shares what begins with anything.
        is_named = any(letters and letter in letters for _, _, letters in self._patterns)
        if is_named or len(self._compiled) < _WIDEST:
            self._compiled[letter] = compiled
        return compiled


def first_letters(pattern: str) -> frozenset[str] | None:
    """Return the letters, in lower case, that a match of `pattern` can begin with.

    None for any letter, or none at all. A guess on the safe side: more letters than there are.
    """
    letters, is_empty = _first(_parser.parse(pattern, _FLAGS))
    return None if letters is None or is_empty else letters


def _first(tokens: Iterable[tuple[Any, Any]]) -> tuple[frozenset[str] | None, bool]:
    """Return what a sequence can begin with, and whether it can be empty."""
    found: frozenset[str] = frozenset()
    for kind, value in tokens:
        if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
            continue
        letters, is_empty = _first_of(kind, value)
        if letters is None:
            return None, False
        found |= letters
        if not is_empty:
            return found, False
    return found, True


def _first_of(kind: Any, value: Any) -> tuple[frozenset[str] | None, bool]:
    if kind is op.LITERAL:
        return frozenset(chr(value).lower()), False
    if kind is op.IN:
        return _of_class(value), False
    if kind is op.SUBPATTERN:
        return _first(value[-1])
    if kind is op.BRANCH:
        return _either([_first(tokens) for tokens in value[1]])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        letters, is_empty = _first(value[2])
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
