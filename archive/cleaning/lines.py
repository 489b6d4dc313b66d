"""A flattened text as paragraphs of lines, with what an older scraper glued together parted again.

A scraper that joins neighbours writes "07:00Pressmeddelande" for two labels, and a question twice
without a space for one that a page shows at two places. A seam is only parted where one side of it
says what a rule knows: words with a capital in them ("eTjänst", "McDonald") stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from archive.text import normalise

LONGEST = 1_000
"""Letters of what a rule may know; seams are looked for within so many from the ends of a line."""
MOST_SEAMS = 4
"""Seams looked at from either end of a line."""
MOST_PIECES = 20
"""Pieces that a line is parted into."""

_LINE_END = re.compile(r"\r\n|[\n\r\f]")
_SEAM = re.compile(r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ])|(?<=[\d.!?:)”\"])(?=[A-ZÅÄÖ])")
_BULLETS = "•▪◦‣●○■"

# No tree takes them. Those that are white space to Python are folded with the rest of it.
_UNFIT = re.compile("[\x00-\x08\x0e-\x1b\ufffe\uffff]")

Known = Callable[[str], bool]
"""Tells whether a rule knows what a text says."""


class Line(NamedTuple):
    """A line of a text that says something."""

    number: int
    """In the text, from 1."""
    pieces: list[str]
    """Normalised, none empty: a bullet, and what was glued together, are pieces of their own."""


def paragraphs(text: str, known: Known) -> Iterator[list[Line]]:
    """Yield the paragraphs of a text, none of them empty; together they hold all of its words.

    A bullet alone on its line opens the next line that has none. Takes a time that grows with the
    length of the text.
    """
    paragraph: list[Line] = []
    for line in _with_bullets(_lines(text, known)):
        if line.pieces:
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def is_bullet(text: str) -> bool:
    """Tell whether a piece is a bullet and nothing else."""
    return len(text) == 1 and text in _BULLETS


def _lines(text: str, known: Known) -> Iterator[Line]:
    """Yield the lines; one without pieces for blank ones."""
    readable = _UNFIT.sub("", text).encode("utf-8", "replace").decode()
    is_blank = True
    for number, raw in enumerate(_LINE_END.split(readable), 1):
        if line := raw and normalise(raw):
            is_blank = False
            bullet = line[0] if is_bullet(line[:2].strip()) else ""
            rest = line[len(bullet) :].lstrip()
            yield Line(number, [*filter(None, (bullet, *parted(rest, known)))])
        elif not is_blank:
            is_blank = True
            yield Line(number, [])


def _with_bullets(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines, a bullet that stood alone together with the text that it opens."""
    alone: list[Line] = []
    for line in lines:
        if alone and not line.pieces:
            continue
        if alone and not is_bullet(line.pieces[0]):
            line = Line(line.number, alone.pop().pieces + line.pieces)  # noqa: PLW2901 - is one
        yield from _by_itself(alone)
        alone = [line] if _is_alone(line) else []
        yield from [] if alone else [line]
    yield from alone


def _by_itself(bullets: list[Line]) -> Iterator[Line]:
    for bullet in bullets:
        yield bullet
        yield Line(bullet.number, [])


def _is_alone(line: Line) -> bool:
    return len(line.pieces) == 1 and is_bullet(line.pieces[0])


# ---- seams


def parted(line: str, known: Known) -> list[str]:
    """Return the pieces that a line was glued together from; seldom more than itself."""
    pieces: list[str] = []
    waiting = [line]
    while waiting:
        piece = waiting.pop()
        cut = _cut(piece, known) if len(pieces) + len(waiting) < MOST_PIECES else 0
        if cut:
            waiting += [piece[cut:].strip(), piece[:cut].strip()]
        else:
            pieces.append(piece)
    return pieces


def _cut(line: str, known: Known) -> int:
    """Return where a line is glued together, 0 if it is not."""
    if period := _said_again(line):
        return period
    seams = _seams(line)
    return next((cut for cut in seams if _is_glue(line[:cut], line[cut:], known)), 0)


def _seams(line: str) -> Iterator[int]:
    """Yield the places near the ends of a line where two texts may touch, each once."""
    tail = max(len(line) - LONGEST, 0)
    first = [m.start() for m in _SEAM.finditer(line, 0, LONGEST)][:MOST_SEAMS]
    last = [m.start() for m in _SEAM.finditer(line, tail)][-MOST_SEAMS:]
    yield from sorted({*first, *last})


def _is_glue(before: str, after: str, known: Known) -> bool:
    """Tell whether two texts were glued; within what may be a word, a single word is no proof."""
    sides = [side for side in (before, after) if len(side) <= LONGEST and known(side)]
    if before[-1].isalpha():
        return len(sides) == 2 or any(" " in side for side in sides)
    return bool(sides)


def _said_again(line: str) -> int:
    """Return the length of a question that a line says several times, 0 if it says something else.

    The first place where a line is found in itself doubled is its shortest period.
    """
    if len(line) > LONGEST or not line.endswith("?"):
        return 0
    period = (line + line).find(line, 1)
    return period if period < len(line) and " " in line else 0
