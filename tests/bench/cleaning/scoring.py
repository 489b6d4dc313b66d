"""Scoring: which pieces were kept, which leaked, and whether title and dates are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from archive.text import normalise
from tests.bench.cleaning.gold import Gold

KEEPS, STRIPS, HARD, PROVED = "keeps", "strips", "hard", "proved"
TITLES, PUBLISHED, MODIFIED = "titles", "published", "modified"
FAULTLESS = "faultless"
MEASURES = (KEEPS, STRIPS, HARD, FAULTLESS, TITLES, PUBLISHED, MODIFIED, PROVED)
"""Pieces kept; pieces gone, and the hard ones among them; pages where both are right throughout;
titles; dates; pieces to go that stand in the ledger of removals."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What an extractor made of a page; None where it has no say."""

    text: str
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    removed: Sequence[str] | None = None
    """The texts it took out, in the order of the page."""


class Count(NamedTuple):
    """So many right of so many."""

    right: int
    of: int


Score = Mapping[str, Count]


class Verdict(NamedTuple):
    """Whether one thing wanted of a page was found."""

    measure: str
    is_right: bool
    wanted: str
    found: str = ""


def verdicts(gold: Gold, extract: Extract) -> Iterator[Verdict]:
    """Judge all that `gold` says, as far as the extractor has a say."""
    text = folded(extract.text)
    for piece in gold.keep:
        yield Verdict(KEEPS, folded(piece) in text, piece)
    for piece in _to_go(gold):
        yield Verdict(STRIPS, folded(piece) not in text, piece)
    for piece in gold.strip_hard:
        yield Verdict(HARD, folded(piece) not in text, piece)
    if extract.removed is not None:
        removed = _squeezed("".join(extract.removed))
        for piece in _to_go(gold):
            yield Verdict(PROVED, _squeezed(piece) in removed, piece)
    yield from _fields(gold, extract)


def _fields(gold: Gold, extract: Extract) -> Iterator[Verdict]:
    if gold.title and extract.title is not None:
        is_right = folded(gold.title) == folded(extract.title)
        yield Verdict(TITLES, is_right, gold.title, extract.title)
    dates = (
        (PUBLISHED, gold.published, extract.published),
        (MODIFIED, gold.modified, extract.modified),
    )
    for measure, wanted, found in dates:
        if wanted and found is not None:
            yield Verdict(measure, wanted[:10] == found[:10], wanted, found)


def score(gold: Gold, extract: Extract) -> Score:
    """Return how much of a page is right, by measure."""
    judged = list(verdicts(gold, extract))
    is_faultless = all(v.is_right for v in judged if v.measure in (KEEPS, STRIPS))
    judged.append(Verdict(FAULTLESS, is_faultless, ""))
    return total({v.measure: Count(int(v.is_right), 1)} for v in judged)


def total(scores: Iterable[Score]) -> Score:
    """Return the sum of scores; a measure that none of them has is not in it."""
    sums: dict[str, Count] = {}
    for one in scores:
        for measure, count in one.items():
            before = sums.get(measure, Count(0, 0))
            sums[measure] = Count(before.right + count.right, before.of + count.of)
    return {measure: sums[measure] for measure in MEASURES if measure in sums}


class Pieces(NamedTuple):
    """Shares of pieces, from 0 to 1, as texts on extraction state them."""

    kept: float
    """Of the pieces to keep; recall."""
    leaked: float
    """Of the pieces to go."""
    f1: float
    """Of `kept` and of the share that pieces to keep have in all pieces found."""


def pieces(found: Score) -> Pieces:
    """Return a score of keeps and strips as shares."""
    keeps, strips = (found.get(measure, Count(0, 0)) for measure in (KEEPS, STRIPS))
    leaked = strips.of - strips.right
    return Pieces(
        _share(keeps.right, keeps.of),
        _share(leaked, strips.of),
        _share(2 * keeps.right, keeps.of + keeps.right + leaked),
    )


def failures(gold: Gold, extract: Extract) -> Iterator[str]:
    """Yield what is wrong on a page, a line each."""
    for verdict in verdicts(gold, extract):
        if not verdict.is_right and verdict.measure != HARD:
            yield _WRONG[verdict.measure].format_map(verdict._asdict())


_WRONG = {
    KEEPS: "lost: {wanted!r}",
    STRIPS: "leaked: {wanted!r}",
    PROVED: "not among the removals: {wanted!r}",
    TITLES: "title: expected {wanted!r}, found {found!r}",
    PUBLISHED: "published: expected {wanted!r}, found {found!r}",
    MODIFIED: "modified: expected {wanted!r}, found {found!r}",
}


def folded(text: str) -> str:
    """Return `text` normalised, all white space folded."""
    return " ".join(normalise(text).split())


def _squeezed(text: str) -> str:
    return "".join(normalise(text).split())


def _to_go(gold: Gold) -> Iterable[str]:
    return dict.fromkeys((*gold.strip, *gold.strip_hard))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
