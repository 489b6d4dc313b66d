"""Stored text as paragraphs, lists and headings, in parts that each fit on a page.

A blank line parts paragraphs. A sign or a number before every line makes a list; a short line
alone above running text is a heading, as is a number alone above one, where the numbers go on
from one to the next. No word is added, moved or lost: only the sign before a bullet gives way to
the list's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from archive.browse.marking import cut, weight

FIRST = 24_000
"""Bytes of HTML that the first part of a text may be: it shares its page with much else."""
REST = 70_000
"""The same for the other parts, which have a page each."""
PIECE = 12_000
"""A longer paragraph is broken."""

_BLOCK, _LINE = 40, 26
"""Bytes of markup around a block, and around a line."""
_LONGEST_HEADING = 80
_LONGEST_TITLE = 200

_BLANK = re.compile(r"\n{2,}")
_BULLET = re.compile(r"(?:[•·▪◦‣●*]|-) (?=\S)")
_CLEAR_BULLET = re.compile(r"[•·▪◦‣●] (?=\S)")
_NUMBER = re.compile(r"([1-9]\d{0,2})\. (?=\S)")
_NUMBER_ALONE = re.compile(r"(?:§ ?)?(\d{1,3})")
_HEADING = re.compile(r"(?:§ ?\d+ |\d+(?:\.\d+)*\.? )?[A-ZÅÄÖ](?!.*: ).*[\w)?]")
_SENTENCE = re.compile(r'.*[.!?:…”"]', re.DOTALL)

Lines = list[str]


@dataclass(slots=True)
class Block:
    """Lines that stand together."""

    kind: Literal["heading", "paragraph", "bullets", "numbers"]
    lines: Lines
    number: int = 0
    """Of a heading its level, 3 or 4; of a numbered list its first number."""

    @property
    def weight(self) -> int:
        """How many bytes of HTML the block is."""
        return _BLOCK + sum(weight(line) + _LINE for line in self.lines)


def parts(text: str, first: int = FIRST, rest: int = REST) -> list[list[Block]]:
    """Return a text as parts that weigh at most so much; an empty one has no part."""
    pages: list[list[Block]] = []
    room = 0
    for block in laid_out(text):
        for piece in _pieces(block):
            weighed = piece.weight
            if weighed > room:
                room = rest if pages else first
                pages.append([])
            pages[-1].append(piece)
            room -= weighed
    return pages


def laid_out(text: str) -> list[Block]:
    """Return the blocks of a text."""
    groups = [group.split("\n") for group in _BLANK.split(text.strip("\n")) if group.strip()]
    found: list[Block] = []
    number, is_taken = 0, False
    for group, following in pairwise([*groups, []]):
        if is_taken:
            is_taken = False
        elif next_number := _numbers_a_title(group, following, number):
            number, is_taken = next_number, True
            found.append(Block("heading", [f"{group[0]} {following[0]}"], 3))
        elif _is_heading(group, following):
            found.append(Block("heading", group, 4 if number and group[0][0] != "§" else 3))
        else:
            _append(found, _as_list(group) or Block("paragraph", group))
    return [_unless_alone(block) for block in found]


def _numbers_a_title(group: Lines, following: Lines, number: int) -> int:
    """Return the number that stands alone above a title, if it goes on from `number`; else 0."""
    alone = _NUMBER_ALONE.fullmatch(group[0]) if len(group) == len(following) == 1 else None
    if not alone or len(following[0]) > _LONGEST_TITLE or following[0].endswith((".", ",", ":")):
        return 0
    found = int(alone[1])
    return found if number in (0, found - 1) and not _NUMBER_ALONE.fullmatch(following[0]) else 0


def _is_heading(group: Lines, following: Lines) -> bool:
    return (
        len(group) == 1
        and len(group[0]) <= _LONGEST_HEADING
        and bool(following)
        and _HEADING.fullmatch(group[0]) is not None
        and _SENTENCE.fullmatch(following[-1]) is not None
    )


def _as_list(group: Lines) -> Block | None:
    bullet = _BULLET if len(group) > 1 else _CLEAR_BULLET
    if all(bullet.match(line) for line in group):
        return Block("bullets", [bullet.sub("", line, count=1) for line in group])
    numbers = [int(found[1]) for line in group if (found := _NUMBER.match(line))]
    if len(numbers) == len(group) and numbers == [*range(numbers[0], numbers[0] + len(group))]:
        return Block("numbers", [_NUMBER.sub("", line, count=1) for line in group], numbers[0])
    return None


def _append(found: list[Block], block: Block) -> None:
    """Add a block, or what it says to the list before it that it goes on with."""
    before = found[-1] if found else None
    goes_on = before and before.kind == block.kind and block.kind in ("bullets", "numbers")
    if before and goes_on and block.number in (0, before.number + len(before.lines)):
        before.lines += block.lines
    else:
        found.append(block)


def _unless_alone(block: Block) -> Block:
    """Return a block as it stands, if it is a list of one: its number may be of a heading."""
    if block.kind == "numbers" and len(block.lines) == 1:
        return Block("paragraph", [f"{block.number}. {block.lines[0]}"])
    return block


def _pieces(block: Block) -> Iterator[Block]:
    """Yield a block in pieces that weigh about `PIECE` at most."""
    if block.weight <= PIECE:
        yield block
        return
    kept: Lines = []
    number, room = block.number, PIECE
    for line in chain.from_iterable(map(_broken, block.lines)):
        room -= weight(line) + _LINE
        if room < 0 and kept:
            yield Block(block.kind, kept, number)
            number += len(kept) if block.kind == "numbers" else 0
            kept, room = [], PIECE - weight(line) - _LINE
        kept.append(line)
    yield Block(block.kind, kept, number)


def _broken(line: str) -> Iterator[str]:
    """Yield a line in pieces that weigh at most `PIECE`, broken between words where there are."""
    start = 0
    while start < len(line):
        head = cut(line[start : start + PIECE], PIECE - _BLOCK - _LINE)
        if start + len(head) < len(line):
            head = head[: head.rfind(" ") + 1] or head
        start += len(head)
        yield head.rstrip(" ") or head
