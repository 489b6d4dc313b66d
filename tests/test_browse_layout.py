"""Stored text as paragraphs, lists and headings, only where it says so; no word is lost."""

from __future__ import annotations

import pytest

from archive.browse.layout import FIRST, REST, laid_out, parts
from tests.sample_archive import MONSTER


def kinds(text: str) -> list[tuple[str, int, int]]:
    return [(block.kind, len(block.lines), block.number) for block in laid_out(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("En mening.\nEn rad till.", [("paragraph", 2, 0)]),
        ("Bakgrund\n\nNämnden har prövat frågan.", [("heading", 1, 3), ("paragraph", 1, 0)]),
        ("Vad händer nu?\n\nBygget börjar.", [("heading", 1, 3), ("paragraph", 1, 0)]),
        ("Anna Exempel\n\nBo Exempel", [("paragraph", 1, 0)] * 2),
        ("Text: Anna Exempel\n\nEn mening.", [("paragraph", 1, 0)] * 2),
        ("liten bokstav\n\nEn mening.", [("paragraph", 1, 0)] * 2),
        ("Sist", [("paragraph", 1, 0)]),
        ("• ett\n• två", [("bullets", 2, 0)]),
        ("• ett\n\n• två\n\n• tre", [("bullets", 3, 0)]),
        ("- ett\n- två", [("bullets", 2, 0)]),
        ("- Vi är glada, säger hon.", [("paragraph", 1, 0)]),
        ("– Vi är glada.\n– Vi med.", [("paragraph", 2, 0)]),
        ("3. tre\n4. fyra", [("numbers", 2, 3)]),
        ("1. ett\n\n2. två", [("numbers", 2, 1)]),
        ("1. ett\n3. tre", [("paragraph", 2, 0)]),
        ("24. december firas jul.", [("paragraph", 1, 0)]),
        (
            "1\n\nUpprop\n\n2\n\nBudget 2027\n\nBakgrund\n\nDen är i balans.",
            [("heading", 1, 3), ("heading", 1, 3), ("heading", 1, 4), ("paragraph", 1, 0)],
        ),
        ("§ 52\n\nUpprop\n\n§ 53\n\nBudget", [("heading", 1, 3)] * 2),
        ("1\n\nUpprop\n\n7\n\nSida", [("heading", 1, 3), *[("paragraph", 1, 0)] * 2]),
    ],
)
def test_text_is_laid_out_only_where_it_says_so(text, expected):
    assert kinds(text) == expected


def test_no_part_is_too_large_and_no_word_is_lost():
    """Two megabytes in one line, then thousands of short ones."""
    pages = parts(MONSTER.text)
    words = " ".join(line for blocks in pages for block in blocks for line in block.lines)

    assert sum(block.weight for block in pages[0]) <= FIRST
    assert max(sum(block.weight for block in blocks) for blocks in pages) <= REST
    for word in ("punkt", "två", "<script>alert('x')</script>", "omvänt"):
        assert words.count(word) == MONSTER.text.count(word)


def test_a_broken_line_keeps_its_letters():
    text = "å" * 50_000

    assert "".join(b.lines[0] for blocks in parts(text) for b in blocks) == text


def test_a_broken_list_goes_on_counting():
    text = "\n".join(f"{n}. rad {'x' * 500}" for n in range(1, 101))
    pieces = [block for blocks in parts(text) for block in blocks]

    assert len(pieces) > 2
    assert [block.number for block in pieces[1:]] == [
        before.number + len(before.lines) for before in pieces[:-1]
    ]
