"""Law 2 on pages that nobody wrote: made up, damaged, and all that were recorded."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cleaning.blocks import split_blocks
from archive.cleaning.html import MAX_ATTRIBUTES, decode, parse_html
from archive.cleaning.shallow import shallow
from tests.fuzz import vocabulary
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.oracle import faults, letters
from tests.fuzz.pages import GOLD, Pages, saved_pages
from tests.pages import REASON, RESPONSES, html_files, responses

FILES = sorted({*html_files(), *GOLD.rglob("*.html")})
SAVED = saved_pages()
LONGEST_PART = 6_000


# ---- made-up pages

NAMES = st.sampled_from(vocabulary.names())
TEXTS = st.sampled_from(vocabulary.TEXTS) | st.sampled_from(vocabulary.phrases()) | st.text()
ATTRIBUTES = st.one_of(
    st.just(""),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda names: f' class="{" ".join(names)}"'),
    NAMES.map(lambda name: f" id='{name}'"),
    st.sampled_from(vocabulary.roles()).map(lambda role: f" role={role}"),
    st.sampled_from(vocabulary.TYPES).map(lambda kind: f" type={kind} value=Skicka alt=bild"),
    st.sampled_from([" hidden", " aria-hidden=true", " style='display:none'", " datetime=2024"]),
    st.sampled_from(vocabulary.VALUES).map(lambda value: f' alt="{value}" href="{value}"'),
)
ENDS = st.sampled_from(["</{}>", "</{}>", "</{}>", "", "</div>", "</{} x>"])
TAGS = st.sampled_from(vocabulary.TAGS)


def element(tag: str, attributes: str, inside: list[str], end: str) -> str:
    if tag in vocabulary.VOIDS:
        return f"<{tag}{attributes}>{''.join(inside)}"
    return f"<{tag}{attributes}>{''.join(inside)}{end.format(tag)}"


NODES = st.recursive(
    TEXTS,
    lambda inside: st.builds(element, TAGS, ATTRIBUTES, st.lists(inside, max_size=5), ENDS),
    max_leaves=25,
)
PAGES = st.lists(NODES, min_size=1, max_size=6).map("".join)
CODECS = st.sampled_from(["utf-8", "utf-8", "utf-8", "cp1252", "utf-16"])


@settings(max_examples=300, deadline=None)
@given(PAGES, CODECS)
def test_nothing_vanishes_from_made_up_pages(page: str, codec: str) -> None:
    assert faults(page.encode(codec, "replace")) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(vocabulary.phrases()), max_size=40), TAGS, ATTRIBUTES)
def test_nothing_vanishes_among_boilerplate(lines: list[str], tag: str, attributes: str) -> None:
    page = "<h1>Bron öppnar</h1>" + "".join(f"<{tag}{attributes}>{s}</{tag}>" for s in lines)

    assert faults(page.encode()) == []


# ---- damaged pages

PARTS = st.tuples(st.integers(0, len(SAVED) - 1), st.floats(0, 0.99), st.integers(1, LONGEST_PART))


def part(number: int, begin: float, size: int) -> bytes:
    """Return a part of a saved page."""
    page = SAVED[number]
    return page[int(begin * len(page)) :][:size]


@settings(max_examples=250, deadline=None)
@given(
    PARTS,
    PARTS,
    st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
def test_nothing_vanishes_from_damaged_pages(
    parts: tuple, others: tuple, damage: list, chance: int
) -> None:
    page, random = part(*parts), Random(chance)
    for mutation in damage:
        page = mutation(random, page, part(*others))

    assert faults(page) == []


def test_the_same_number_and_seed_make_the_same_page() -> None:
    """What the fuzzer finds can be found again."""
    first, second = (Pages(7, SAVED[:5]) for _ in range(2))

    assert [first[n] for n in range(20)] == [second[n] for n in range(20)]
    assert len({first[n] for n in range(20)}) == 20


# ---- saved pages


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_vanishes_from_saved_pages(path: Path) -> None:
    assert faults(path.read_bytes()) == []


@pytest.mark.slow
@pytest.mark.skipif(not RESPONSES, reason=REASON)
@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.name)
def test_nothing_vanishes_from_recorded_pages(path: Path) -> None:
    bodies = {r.body for r in responses(path, "") if "html" in r.content_type.lower()}

    assert bodies
    assert {fault for body in bodies for fault in faults(body)} == set()


# ---- hostile pages made harmless


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_pages_made_harmless_say_the_same(path: Path) -> None:
    page = decode(path.read_bytes())
    harmless = shallow(page, MAX_ATTRIBUTES)

    assert said(harmless) == said(page)


@settings(max_examples=100, deadline=None)
@given(PAGES)
def test_harmless_pages_are_harmless(page: str) -> None:
    """Nothing is left to do."""
    deep = "<div>" * 300 + page
    harmless = shallow(deep, MAX_ATTRIBUTES)

    assert shallow(harmless, MAX_ATTRIBUTES) == harmless


def said(page: str) -> list[str]:
    root = parse_html(page.encode("utf-8", "replace"), "utf-8")
    return [letters(block.text) for block in split_blocks(root)]
