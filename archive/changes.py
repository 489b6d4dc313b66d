"""What changed between two texts: word by word within paragraphs, moved paragraphs recognised.

A paragraph is a line, as `archive.text` stores text. Paragraphs that say the same are aligned
first, then those left over are paired with the most similar one, wherever it stands. All of it
grows with the length of the texts, not with its square: past `MAX_CELLS` only what is unique in
both texts is aligned.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance import LCSseq

from archive.text import normalise


class Noise(NamedTuple):
    """A difference in spelling that is no change."""

    name: str
    pattern: re.Pattern[str]
    stands_for: str
    """What every spelling is taken for."""


UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufe0e\ufe0f]")
"""Signs of direction and of style that no reader sees. White space, soft hyphens, other invisible
characters and NFD are `archive.text.normalise`'s to level."""

NOISE = (
    Noise("double quotes", re.compile("[“”„‟«»″]|''|,,"), '"'),
    Noise("single quotes", re.compile("[‘’‚‛‹›′´`]"), "'"),
    Noise("dashes", re.compile("[‐‑‒–—―−]|--+"), "-"),
    Noise("ellipsis", re.compile("…"), "..."),
    Noise(
        "session tokens",
        re.compile(
            r"[;?&](?:jsessionid|phpsessid|aspsessionid\w{0,16}|session_?id|sid|cfid|cftoken"
            r"|csrf_?token|nonce)=[^\s;&#\"'<>()]*",
            re.IGNORECASE,
        ),
        "",
    ),
)
"""What is levelled within a word before words are compared, in this order."""

MAX_CELLS = 200_000_000
"""Words (or paragraphs) of one text times those of the other that are aligned exactly: 25 MB."""
SIMILAR = 0.5
"""Share of words in common that makes one paragraph of two, wherever they stand."""
SIMILAR_IN_PLACE = 0.25
"""The same for two between the same unaltered neighbours."""
TELLING = 64
"""Words that a paragraph altered and moved is looked for by."""
COMMON = 8
"""Two words that follow each other in more paragraphs than this tell nothing."""
CANDIDATES = 3
"""Paragraphs that are looked at for one that was altered and moved."""
CONTEXT = 1
"""Unaltered paragraphs shown on either side of a change."""

Kind = Literal["kept", "changed", "moved", "added", "removed"]
Part = Literal["kept", "added", "removed"]
Feature = tuple[str, str]
"""Two words that follow each other."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words beside each other with one fate; kept ones as the new text spells them."""

    kind: Part
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one paragraph: in the order of the new text, a removed one where it stood."""

    kind: Kind
    """`moved` may be altered too; `kept` may differ in noise, or be parted otherwise."""
    old: int | None
    """Place of the (first) paragraph in the old text, from 1; None for an added one."""
    new: int | None
    runs: tuple[Run, ...]


class Paragraph(NamedTuple):
    """A line of text: its words as they stand, and levelled."""

    words: tuple[str, ...]
    keys: tuple[str, ...]


class Block(NamedTuple):
    """Elements that two sequences have in common: where in each, and how many."""

    old: int
    new: int
    size: int


class Span(NamedTuple):
    """Paragraphs of the old text and those of the new that hold the same place."""

    old: range
    new: range


def compare(old: str, new: str) -> list[Change]:
    """Return what became of every paragraph of two texts.

    Kept and added words, by `Change.new`, are the new text; kept and removed ones, by
    `Change.old`, the old one. The same texts always give the same changes.
    """
    before, after = paragraphs(old), paragraphs(new)
    alike, changed, moved = _paired(before, after)
    spine = sorted([*alike, *changed], key=lambda span: span.new.start)
    came_from = {j: i for i, j in moved}
    gone = {i for i, _ in moved}
    changes: list[Change] = []
    at = Span(range(0), range(0))
    for span in [*spine, Span(range(len(before), len(before)), range(len(after), len(after)))]:
        changes += [
            Change("removed", i + 1, None, _whole("removed", before[i]))
            for i in range(at.old.stop, span.old.start)
            if i not in gone
        ]
        for j in range(at.new.stop, span.new.start):
            if j in came_from:
                i = came_from[j]
                changes.append(Change("moved", i + 1, j + 1, _runs(before[i], after[j])))
            else:
                changes.append(Change("added", None, j + 1, _whole("added", after[j])))
        if span.new:
            changes.append(_in_place(span, before, after))
        at = span
    return changes


def level(word: str) -> str:
    """Return a word as it is compared: without what `NOISE` names."""
    if word.isascii() and word.isalnum():
        return word
    for noise in NOISE:
        word = noise.pattern.sub(noise.stands_for, word)
    return word


def paragraphs(text: str) -> list[Paragraph]:
    """Return the lines of a text that hold a word."""
    levelled: dict[str, str] = {}
    found = []
    for line in normalise(UNSEEN.sub("", text)).split("\n"):
        words = line.split()
        for word in words:
            if word not in levelled:
                levelled[word] = level(word)
        if words:
            found.append(Paragraph(tuple(words), tuple(levelled[word] for word in words)))
    return found


def has_changed(changes: Iterable[Change]) -> bool:
    """Tell whether a reader would see a difference."""
    return any(change.kind != "kept" for change in changes)


def folded(changes: Sequence[Change]) -> Iterator[Change | int]:
    """Yield what changed with its nearest neighbours; of the rest, how many paragraphs it is."""
    near: set[int] = set()
    for n, change in enumerate(changes):
        if change.kind != "kept":
            near.update(range(n - CONTEXT, n + CONTEXT + 1))
    skipped = 0
    for n, change in enumerate(changes):
        if n in near:
            if skipped:
                yield skipped
            skipped = 0
            yield change
        else:
            skipped += 1
    if skipped:
        yield skipped


# ---- which paragraph is which


def _paired(
    before: Sequence[Paragraph], after: Sequence[Paragraph]
) -> tuple[list[Span], list[Span], list[tuple[int, int]]]:
    """Return what stayed, what was altered in its place, and (old, new) of what was moved."""
    ids = _Ids()
    blocks = _aligned([ids[p.keys] for p in before], [ids[p.keys] for p in after])
    alike = [
        Span(range(b.old + n, b.old + n + 1), range(b.new + n, b.new + n + 1))
        for b in blocks
        for n in range(b.size)
    ]
    gaps = _gaps(blocks, len(before), len(after))
    parted = {gap for gap in gaps if _says_the_same(gap, before, after)}
    open_gaps = [gap for gap in gaps if gap not in parted]
    pairs = _Pairing(before, after, open_gaps).pairs()
    in_place = [pair for gap in open_gaps for pair in _rising(gap, pairs)]
    staying = {*in_place}
    changed = [Span(range(i, i + 1), range(j, j + 1)) for i, j in in_place]
    return [*alike, *parted], changed, [pair for pair in pairs.items() if pair not in staying]


class _Ids(dict[tuple[str, ...], int]):
    """Numbers things in the order they are met."""

    def __missing__(self, key: tuple[str, ...]) -> int:
        self[key] = len(self)
        return self[key]


def _gaps(blocks: Sequence[Block], old_size: int, new_size: int) -> list[Span]:
    """Return what lies between blocks on either side."""
    edges = [Block(0, 0, 0), *blocks, Block(old_size, new_size, 0)]
    return [
        Span(range(left.old + left.size, right.old), range(left.new + left.size, right.new))
        for left, right in pairwise(edges)
        if (left.old + left.size, left.new + left.size) != (right.old, right.new)
    ]


def _says_the_same(gap: Span, before: Sequence[Paragraph], after: Sequence[Paragraph]) -> bool:
    """Tell whether lines were only parted otherwise."""
    return [key for i in gap.old for key in before[i].keys] == [
        key for j in gap.new for key in after[j].keys
    ]


def _rising(gap: Span, pairs: dict[int, int]) -> list[tuple[int, int]]:
    """Return the pairs within a gap that stand in the same order in both texts."""
    within = [(i, pairs[i]) for i in gap.old if i in pairs and pairs[i] in gap.new]
    return [within[n] for n in _longest_rise([j for _, j in within])]


class _Pairing:
    """Pairs the paragraphs that have no equal in their place: first equals, then the similar."""

    def __init__(
        self, before: Sequence[Paragraph], after: Sequence[Paragraph], gaps: Sequence[Span]
    ) -> None:
        self._before, self._after, self._gaps = before, after, gaps
        self._old_gap = {i: n for n, gap in enumerate(gaps) for i in gap.old}
        self._new_gap = {j: n for n, gap in enumerate(gaps) for j in gap.new}
        self._pairs: dict[int, int] = {}

    def pairs(self) -> dict[int, int]:
        """Return the place in the new text of each old paragraph that has one."""
        self._pair_equals()
        taken = {*self._pairs.values()}
        # The most similar first; of those, what stands between the same neighbours.
        for _, _, j, i in sorted(self._scored(taken)):
            if i not in self._pairs and j not in taken:
                self._pairs[i] = j
                taken.add(j)
        return self._pairs

    def _pair_equals(self) -> None:
        waiting: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
        for i in self._old_gap:
            waiting[self._before[i].keys].append(i)
        for j in self._new_gap:
            if same := waiting.get(self._after[j].keys):
                self._pairs[same.popleft()] = j

    def _scored(self, taken: set[int]) -> Iterator[tuple[float, bool, int, int]]:
        bags = {i: Counter(self._before[i].keys) for i in self._old_gap if i not in self._pairs}
        suggested = _index({i: self._before[i] for i in bags})
        for j, n in self._new_gap.items():
            if j in taken:
                continue
            bag = Counter(self._after[j].keys)
            for i in self._candidates(j, suggested):
                if i not in bags:
                    continue
                is_elsewhere = self._old_gap[i] != n
                score = _likeness(bags[i], bag)
                if score >= (SIMILAR if is_elsewhere else SIMILAR_IN_PLACE):
                    yield -score, is_elsewhere, j, i

    def _candidates(self, j: int, suggested: dict[Feature, list[int]]) -> dict[int, None]:
        """Return those most alike in wording, and what stood in the same place of the gap."""
        features = _features(self._after[j])
        votes = Counter(i for feature in features for i in suggested.get(feature, ()))
        best = sorted(votes, key=lambda i: (-votes[i], i))[:CANDIDATES]
        gap = self._gaps[self._new_gap[j]]
        place = j - gap.new.start
        return dict.fromkeys([*best, *gap.old[place : place + 1]])


def _features(paragraph: Paragraph) -> set[Feature]:
    return {*pairwise(paragraph.keys[:TELLING])}


def _index(leftover: dict[int, Paragraph]) -> dict[Feature, list[int]]:
    """Return in which paragraphs each feature is found, without those found in many."""
    places: defaultdict[Feature, list[int]] = defaultdict(list)
    for i, paragraph in leftover.items():
        for feature in _features(paragraph):
            if len(places[feature]) <= COMMON:
                places[feature].append(i)
    return {feature: found for feature, found in places.items() if len(found) <= COMMON}


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words in common, 0 to 1."""
    few, many = sorted((one, other), key=len)
    common = sum(min(count, many[key]) for key, count in few.items() if key in many)
    return 2 * common / (one.total() + other.total())


# ---- which word is which


def _in_place(span: Span, before: Sequence[Paragraph], after: Sequence[Paragraph]) -> Change:
    i, j = span.old.start, span.new.start
    if len(span.old) == len(span.new) == 1 and before[i].keys != after[j].keys:
        return Change("changed", i + 1, j + 1, _runs(before[i], after[j]))
    text = "\n".join(" ".join(after[j].words) for j in span.new)
    return Change("kept", i + 1, j + 1, (Run("kept", text),))


def _whole(kind: Part, paragraph: Paragraph) -> tuple[Run, ...]:
    return (Run(kind, " ".join(paragraph.words)),)


def _runs(old: Paragraph, new: Paragraph) -> tuple[Run, ...]:
    ids: defaultdict[str, int] = defaultdict(lambda: len(ids))
    found = _aligned([ids[key] for key in old.keys], [ids[key] for key in new.keys])
    blocks = _without_chance(found, old.words, new.words)
    runs: list[Run] = []
    i = j = 0
    for block in [*blocks, Block(len(old.words), len(new.words), 0)]:
        parts: tuple[tuple[Part, Sequence[str]], ...] = (
            ("removed", old.words[i : block.old]),
            ("added", new.words[j : block.new]),
            ("kept", new.words[block.new : block.new + block.size]),
        )
        runs += [Run(kind, " ".join(words)) for kind, words in parts if words]
        i, j = block.old + block.size, block.new + block.size
    return tuple(runs)


def _without_chance(
    blocks: Sequence[Block], old: Sequence[str], new: Sequence[str]
) -> Sequence[Block]:
    """Leave out what is kept by chance: words shorter than the changes on both sides of them.

    Two sentences that have nothing but an «och» in common read best as one put for the other
    (the rule is diff-match-patch's cleanup for people).
    """
    old_at = [0, *accumulate(map(len, old))]
    new_at = [0, *accumulate(map(len, new))]

    def changed(left: Block, right: Block) -> int:
        return max(
            old_at[right.old] - old_at[left.old + left.size],
            new_at[right.new] - new_at[left.new + left.size],
        )

    stack = [Block(0, 0, 0)]
    for block in [*blocks, Block(len(old), len(new), 0)]:
        while len(stack) > 1:
            letters = new_at[stack[-1].new + stack[-1].size] - new_at[stack[-1].new]
            if letters > min(changed(stack[-2], stack[-1]), changed(stack[-1], block)):
                break
            stack.pop()
        stack.append(block)
    return stack[1:-1]


# ---- alignment of numbers


def _aligned(old: Sequence[int], new: Sequence[int]) -> list[Block]:
    """Return what two sequences have in common, rising in both: the longest, within `MAX_CELLS`."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
    anchors: list[Block] = []
    if len(inner_old) * len(inner_new) > MAX_CELLS:
        anchors = _anchors(inner_old, inner_new)
    inner = [*anchors]
    for gap in _gaps(anchors, len(inner_old), len(inner_new)):
        if len(gap.old) * len(gap.new) <= MAX_CELLS:
            inner += _exact(inner_old, inner_new, gap)
    found = [Block(head + b.old, head + b.new, b.size) for b in sorted(inner)]
    ends = Block(len(old) - tail, len(new) - tail, tail)
    return _joined([Block(0, 0, head), *found, ends])


def _common(old: Sequence[int], new: Sequence[int]) -> int:
    """Return how many elements two sequences begin with alike."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))


def _exact(old: Sequence[int], new: Sequence[int], gap: Span) -> list[Block]:
    """Return the longest common subsequence within a gap."""
    i, j = gap.old, gap.new
    found = LCSseq.opcodes(old[i.start : i.stop], new[j.start : j.stop]).as_matching_blocks()
    return [Block(b.a + i.start, b.b + j.start, b.size) for b in found if b.size]


def _anchors(old: Sequence[int], new: Sequence[int]) -> list[Block]:
    """Return what occurs once in each and rises in both."""
    places = _single(old)
    shared = [(places[value], j) for value, j in _single(new).items() if value in places]
    return [Block(*shared[n], 1) for n in _longest_rise([i for i, _ in shared])]


def _single(values: Sequence[int]) -> dict[int, int]:
    counts = Counter(values)
    return {value: n for n, value in enumerate(values) if counts[value] == 1}


def _longest_rise(values: Sequence[int]) -> list[int]:
    """Return the places of a longest rising subsequence of different numbers (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [value]
        ends[pile : pile + 1] = [n]
    rise = [ends[-1]] if ends else []
    while rise and before[rise[-1]] >= 0:
        rise.append(before[rise[-1]])
    return rise[::-1]


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Put together what follows directly in both."""
    joined: list[Block] = []
    for block in blocks:
        if not block.size:
            continue
        last = joined[-1] if joined else None
        if last and (last.old + last.size, last.new + last.size) == (block.old, block.new):
            joined[-1] = Block(last.old, last.new, last.size + block.size)
        else:
            joined.append(block)
    return joined
