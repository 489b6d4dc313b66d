"""What somebody typed in a search box, as an FTS5 query that cannot be a syntax error.

Words are found in all their forms, at the beginning of longer words and as the last part of
compounds; what stands in quotation marks is found as it stands. The index does not stem, so the
same text is there for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archive.search.stemming import SMALL_WORDS, inflects
from archive.search.words import Words
from archive.text import normalise

MAX_TYPED = 1_000
"""Letters that are read of what was typed."""
MAX_TERMS = 32
"""More terms than this are left out: FTS5 refuses very deep expressions."""
MAX_COMPOUNDS = 96
"""Compounds that are looked for beside the words of one query."""

_NOTHING = '""'
"""Matches no document; an empty query would be an error."""

# A quoted phrase, closed or not; words that share their last part ("hälso- och sjukvård",
# "bygg-, miljö- och hälsoskyddsnämnden"); or what stands between white space.
_TERM = re.compile(
    r'(?:(?<!\S)(?P<minus>-)(?=[\w"]))?'
    r'(?:"(?P<quoted>[^"]*)"?'
    r'|(?P<plain>(?:[^\W_]+-,?\s+)+(?:och|eller|samt|&)\s+[^\s"]+|[^\s"]+))',
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is searched for: a word, or words that follow each other."""

    words: tuple[str, ...]
    """In lower case."""
    is_quoted: bool = False
    is_unwanted: bool = False

    @property
    def inflects(self) -> bool:
        """Tell whether the last word may have other forms."""
        return not self.is_quoted and inflects(self.words[-1])

    @property
    def is_small(self) -> bool:
        """Tell whether it says next to nothing."""
        return not self.is_quoted and SMALL_WORDS.issuperset(self.words)


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody searches for; all wanted terms must be found, and no unwanted one."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]

    def anywhere(self, words: Words) -> str:
        """Return the FTS5 query for words in all forms, as first and last parts of compounds."""
        limit = MAX_COMPOUNDS // max(len(self.wanted), 1)
        return self._query(words, self.wanted, lambda term: _part(term, words, limit))

    def as_words(self, words: Words) -> str:
        """Return the FTS5 query for whole words, in all forms: quick however common they are."""
        return self._query(words, self.wanted, lambda term: _whole(term, words))

    def in_title(self, words: Words) -> str:
        """Return the FTS5 query for whole words, in all forms, that all stand in the title."""
        return self._query(words, self.wanted, lambda term: f"title : {_whole(term, words)}")

    def _query(self, words: Words, wanted: Iterable[Term], said: Callable[[Term], str]) -> str:
        query = " AND ".join(map(said, wanted)) or _NOTHING
        for term in self.unwanted:
            query = f"({query}) NOT {_whole(term, words)}"
        return query


def parse(typed: str | None) -> Search:
    """Return what is searched for.

    A term of several words ("KS/2021:14", "e-tjänst") is a phrase. Small words are left out where
    there are others; a minus before a term excludes what says it.
    """
    terms = [*_terms(normalise((typed or "")[:MAX_TYPED]))][:MAX_TERMS]
    wanted = [term for term in terms if not term.is_unwanted]
    telling = [term for term in wanted if not term.is_small]
    return Search(tuple(telling or wanted), tuple(term for term in terms if term.is_unwanted))


def _terms(typed: str) -> Iterable[Term]:
    for found in _TERM.finditer(typed):
        quoted = found["quoted"]
        if words := tuple(_WORD.findall((quoted or found["plain"] or "").lower())):
            yield Term(words, quoted is not None, found["minus"] is not None)


def _part(term: Term, words: Words, limit: int) -> str:
    if not term.inflects:
        return _phrase(term.words)
    *before, last = term.words
    prefix = _phrase([*before, words.stem(last)]) + "*"
    return _any([prefix, *map(_quoted, () if before else words.ending_in(last, limit))])


def _whole(term: Term, words: Words) -> str:
    if not term.inflects:
        return _phrase(term.words)
    *before, last = term.words
    return _any([_phrase([*before, form]) for form in words.forms(last)])


def _any(phrases: list[str]) -> str:
    return f"({' OR '.join(phrases)})"


def _phrase(words: Iterable[str]) -> str:
    return _quoted(" ".join(words))


def _quoted(words: str) -> str:
    return f'"{words}"'
