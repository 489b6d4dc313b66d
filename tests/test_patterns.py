"""Many patterns asked at once answer as each would alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cleaning.patterns import PatternSet, first_letters, last_letters
from archive.cleaning.rules import LONGEST_PHRASE, shipped_rules
from crawler.products.common import own_rules

FLAGS = re.IGNORECASE | re.DOTALL
PRODUCTS = ("notified", "sitevision", "meetingplus")


def stated_patterns() -> Iterator[str]:
    """Yield every pattern of the shipped rules and of the products' own."""
    for rules in (shipped_rules(), *map(own_rules, PRODUCTS)):
        for stated in (*(r.pattern for r in rules.phrases), *(r.heading for r in rules.sections)):
            yield from [stated] if isinstance(stated, str) else stated


PATTERNS = [*stated_patterns()]
COMPILED = [re.compile(pattern, FLAGS) for pattern in PATTERNS]
TOGETHER = PatternSet(enumerate(PATTERNS))

# Letters that are cased like one of another alphabet or of none: ſ is an s, ı and İ are an i.
LETTERS = st.characters(codec="utf-8", exclude_characters="ſıİKÅµẞ")
WORDS = sorted({word for pattern in PATTERNS for word in re.findall(r"[a-zåäö]{3,}", pattern)})


def of_pattern(number: int) -> st.SearchStrategy[tuple[int, str]]:
    """Return texts that a pattern matches, each with the pattern's number."""
    said = st.from_regex(COMPILED[number], fullmatch=True, alphabet=LETTERS)
    return st.tuples(st.just(number), said)


MATCHING = st.sampled_from(range(len(PATTERNS))).flatmap(of_pattern)
NOISE = st.lists(st.sampled_from(WORDS) | st.text(LETTERS, max_size=3), max_size=6).map(" ".join)


def first_alone(text: str) -> int | None:
    return next((n for n, pattern in enumerate(COMPILED) if pattern.fullmatch(text)), None)


@given(MATCHING)
def test_a_text_made_from_a_pattern_is_matched_as_by_each_alone(made: tuple[int, str]):
    number, text = made
    found, letters = TOGETHER.fullmatch(text), first_letters(PATTERNS[number])
    ends = last_letters(PATTERNS[number])

    assert found == first_alone(text)
    assert found is not None
    assert found <= number
    assert letters is None or text[:1].lower() in letters
    assert ends is None or text[-1:].lower() in ends


@settings(max_examples=50)
@given(MATCHING, NOISE)
def test_so_is_one_with_something_before_or_after_it(made: tuple[int, str], noise: str):
    _, text = made
    for near in (text + noise, noise + text, text.upper(), text[:-1], noise):
        assert TOGETHER.fullmatch(near) == first_alone(near)


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("Åka", "å"),
        ("[a-cX]y", "abcx"),
        ("(ab|cd)e", "ac"),
        ("(ab|cd)?e", "ace"),
        ("(a|)b", "ab"),
        ("a{0,2}b", "ab"),
        ("a*?b|c", "abc"),
        ("a{1,2}b", "a"),
        ("(a|b?)c", "abc"),
        (r"^\bab", "a"),
        ("(?!a)b", "b"),
        ("(?<=a)b", "b"),
        ("(?-i:[A-C])d", "abc"),
        ("((a))(b)", "a"),
        ("", None),
        ("a?", None),
        ("(a|b?)", None),
        (".a", None),
        (r"\da", None),
        (r"[\da]b", None),
        ("[^a]", None),
        ("(a|.)b", None),
        ("a?.", None),
        ("[a-￿]", None),
        (r"(?:a?)(b?)", None),
    ],
)
def test_the_letters_that_a_match_begins_with(pattern: str, letters: str | None):
    """None for any, or for a match that may be empty."""
    assert first_letters(pattern) == (None if letters is None else frozenset(letters))


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("Åka", "a"),
        ("y[a-cX]", "abcx"),
        ("e(ab|cd)", "bd"),
        ("e(ab|cd)?", "ebd"),
        ("b(|a)", "ab"),
        ("ba{0,2}", "ab"),
        (r"ab\b$", "b"),
        ("b(?!a)", "b"),
        ("((a))(b)", "b"),
        (r"(a)\1", None),
        ("a?", None),
        ("a.", None),
        (r"a\d", None),
        ("(a|.)b", "b"),
        ("b(a|.)", None),
    ],
)
def test_the_letters_that_a_match_ends_with(pattern: str, letters: str | None):
    assert last_letters(pattern) == (None if letters is None else frozenset(letters))


def test_a_wide_class_begins_with_anything_a_narrow_one_with_its_own():
    narrow, wide = first_letters("[\u0400-\u0463]"), first_letters("[\u0400-\u0464]")

    assert narrow == {chr(code).lower() for code in range(0x400, 0x464)}
    assert wide is None


def test_the_first_pattern_wins_and_is_named_by_its_number():
    patterns = PatternSet([(7, "a+"), (3, "(a)(a)|(b)"), (5, "(?:b)"), (0, r"\d+")])

    assert [patterns.fullmatch(text) for text in ("aa", "b", "12", "c", "ab")] == [
        7,
        3,
        0,
        *[None] * 2,
    ]


def test_case_is_ignored_and_a_dot_matches_a_line_end():
    assert PatternSet([(1, "Å.b")]).fullmatch("å\nB") == 1


def test_all_of_the_text_must_match():
    patterns = PatternSet([(1, "ja"), (2, "")])

    assert [patterns.fullmatch(text) for text in ("ja", "ja ", " ja", "jaa", "")] == [
        1,
        *[None] * 3,
        2,
    ]


def test_no_patterns_match_nothing():
    assert PatternSet([]).fullmatch("") is None
    assert PatternSet([]).fullmatch("a") is None


def test_letters_never_seen_before_are_asked_as_well():
    """More of them than are remembered."""
    patterns = PatternSet([(1, ".x"), (2, "\u4f00y")])
    texts = [f"{chr(code)}{end}" for code in range(0x4E00, 0x4F80) for end in "xy"]

    assert [patterns.fullmatch(text) for text in texts] == [
        1 if text[1] == "x" else 2 if text[0] == "\u4f00" else None for text in texts
    ]


@pytest.mark.parametrize(("pattern", "text"), [("se", "ſe"), ("idag", "İdag"), ("idag", "ıdag")])
def test_letters_that_only_patterns_take_for_the_same(pattern: str, text: str):
    assert re.fullmatch(pattern, text, FLAGS)
    assert PatternSet([(1, pattern)]).fullmatch(text) == 1


def test_no_pattern_takes_long_over_its_own_words():
    """Law 13: each word of the rules, to the length of the longest text that patterns see."""
    began = process_time()
    for word in WORDS:
        TOGETHER.fullmatch(f"{word} " * (LONGEST_PHRASE // len(word)) + "\x00")

    assert process_time() - began < 0.05 * len(WORDS)
