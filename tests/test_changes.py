"""What changed between two texts: nothing lost, moves recognised, noise hidden, bounded."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.changes import (
    CONTEXT,
    NOISE,
    Change,
    Run,
    compare,
    folded,
    has_changed,
    level,
    paragraphs,
)

A = "Kommunstyrelsen beslutade på tisdagen att bygga en ny skola i centrum."
B = "Elever och föräldrar har länge väntat på beskedet från nämnden."
C = "Kostnaden beräknas till fyrtio miljoner kronor under två år."

WORDS = 'en ny skola – "ja" i Åre 12 § x?sid=1 cafe\u0301 \u200e'.split(" ")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS)).map(" ".join), max_size=8).map("\n".join)


def text(*lines: str) -> str:
    return "\n\n".join(lines)


def words(string: str) -> list[str]:
    return [key for paragraph in paragraphs(string) for key in paragraph.keys]


def applied(changes: list[Change]) -> list[str]:
    """The new text: what is kept or added, in the new order."""
    standing = sorted((c for c in changes if c.new), key=lambda change: change.new or 0)
    return _spelt(standing, "added")


def undone(changes: list[Change]) -> list[str]:
    """The old text: what is kept or removed, in the old order."""
    stood = sorted((c for c in changes if c.old), key=lambda change: change.old or 0)
    return _spelt(stood, "removed")


def _spelt(changes: list[Change], kind: str) -> list[str]:
    runs = (run for change in changes for run in change.runs if run.kind in ("kept", kind))
    return [level(word) for run in runs for word in run.text.split()]


def said(old: str, new: str) -> list[tuple[str, str]]:
    """Kind and wdiff of each paragraph."""
    marks = {"kept": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return [
        (change.kind, " ".join(marks[run.kind].format(run.text) for run in change.runs))
        for change in compare(old, new)
    ]


# ---- what holds for all texts


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_no_word_is_lost_or_invented(old: str, new: str) -> None:
    changes = compare(old, new)

    assert applied(changes) == words(new)
    assert undone(changes) == words(old)
    assert changes == compare(old, new)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_no_word_of_any_text_is_lost_or_invented(old: str, new: str) -> None:
    changes = compare(old, new)

    assert (applied(changes), undone(changes)) == (words(new), words(old))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_text_is_like_itself(same: str) -> None:
    assert not has_changed(compare(same, same))


@given(st.permutations([f"Stycke {n} om ämnet {n * 7}" for n in range(8)]))
def test_what_is_only_moved_is_kept(lines: list[str]) -> None:
    changes = compare("\n".join(sorted(lines)), "\n".join(lines))

    assert {c.kind for c in changes} <= {"kept", "moved"}
    assert {run.kind for c in changes for run in c.runs} == {"kept"}


# ---- words and paragraphs


def test_words_are_compared_within_a_paragraph() -> None:
    assert said(text(A, B), text(A.replace("tisdagen", "onsdagen"), B)) == [
        (
            "changed",
            A.replace("tisdagen", "[-tisdagen-] {+onsdagen+}"),
        ),
        ("kept", B),
    ]


def test_an_added_and_a_removed_paragraph_stand_where_they_are() -> None:
    assert said(text(A, B), text(A, C)) == [
        ("kept", A),
        ("removed", f"[-{B}-]"),
        ("added", f"{{+{C}+}}"),
    ]


def test_a_moved_paragraph_is_recognised() -> None:
    changes = compare(text(A, B, C), text(C, A, B))

    assert [(c.kind, c.old, c.new) for c in changes] == [
        ("moved", 3, 1),
        ("kept", 1, 2),
        ("kept", 2, 3),
    ]


def test_a_moved_paragraph_is_recognised_when_slightly_changed() -> None:
    assert said(text(A, B, C), text(C.replace("fyrtio", "femtio"), A, B))[0] == (
        "moved",
        "Kostnaden beräknas till [-fyrtio-] {+femtio+} miljoner kronor under två år.",
    )


def test_an_altered_paragraph_is_found_behind_an_added_one() -> None:
    kinds = [kind for kind, _ in said(text(A, C), text(B, A.replace("ny", "stor"), C))]

    assert kinds == ["added", "changed", "kept"]


def test_words_in_common_by_chance_are_no_resemblance() -> None:
    """An «och» or two within two other sentences would only make both unreadable."""
    old = "Stockholm och Göteborg vann överlägset matchen i den sista omgången igår kväll."
    new = "Hästar och kor betar fridfullt sommargräs i den lummiga hagen intill sjön."

    assert [kind for kind, _ in said(old, new)] == ["changed"]
    assert said(old, new)[0][1].count("[-") <= 1


def test_a_paragraph_parted_otherwise_is_no_change() -> None:
    assert not has_changed(compare(text(A, f"{B} {C}"), text(f"{A} {B}", C)))


# ---- noise


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("två  ord\there", "två ord here"),
        ("två\u00a0ord", "två ord"),
        ("lag\u00adändring", "lagändring"),
        ("noll\u200bbredd", "nollbredd"),
        (unicodedata.normalize("NFD", "Åre möte"), "Åre möte"),
        ("”Ja”, sa hon", '"Ja", sa hon'),
        ("«Ja»", "“Ja„"),
        ("it’s", "it's"),
        ("2020–2021 — ja", "2020-2021 - ja"),
        ("och så vidare…", "och så vidare..."),
        ("http://x.se/a;jsessionid=1A2B?b=1", "http://x.se/a;jsessionid=9Z?b=1"),
        ("http://x.se/a?PHPSESSID=abc", "http://x.se/a"),
        ("\u200evänster\u202e", "vänster"),
    ],
)  # fmt: skip
def test_noise_is_no_change(old: str, new: str) -> None:
    assert not has_changed(compare(f"{A} {old}\n{B}", f"{A} {new}\n{B}"))


@pytest.mark.parametrize(
    ("old", "new"),
    [("Ja", "ja"), ("ja.", "ja"), ("12", "13"), ("a-b", "ab"), ("x.se?id=1", "x.se?id=2")],
)
def test_what_a_reader_sees_is_a_change(old: str, new: str) -> None:
    assert has_changed(compare(f"{A} {old}", f"{A} {new}"))


def test_what_counts_as_noise_is_named() -> None:
    assert [noise.name for noise in NOISE] == [
        "double quotes", "single quotes", "dashes", "ellipsis", "session tokens",
    ]  # fmt: skip


# ---- what is shown of a long text


def test_paragraphs_far_from_any_change_are_counted() -> None:
    lines = [f"Stycke {n}" for n in range(9)]
    altered = [*lines[:4], "Något helt annat", *lines[4:]]
    shown = [*folded(compare("\n".join(lines), "\n".join(altered)))]

    assert shown[0] == 4 - CONTEXT
    assert shown[-1] == 5 - CONTEXT
    assert [c.kind for c in shown[1:-1] if isinstance(c, Change)] == ["kept", "added", "kept"]


def test_nothing_changed_is_one_number() -> None:
    assert [*folded(compare(text(A, B), text(A, B)))] == [2]


# ---- hostile texts: what would take hours or all memory if it grew with the square


def _scrambled(random: Random, of: str, count: int) -> str:
    return " ".join(random.choices(of.split(), k=count))


HOSTILE = {
    "two megabytes of two words": (
        _scrambled(Random(1), "a b", 1_000_000),
        _scrambled(Random(2), "a b", 1_000_000),
    ),
    "one word again and again": ("a " * 1_000_000, "b " + "a " * 900_000),
    "fifty thousand paragraphs of few words": (
        _scrambled(Random(3), "a b", 50_000).replace(" ", "\n"),
        _scrambled(Random(4), "a b c", 50_000).replace(" ", "\n"),
    ),
    "fifty thousand paragraphs upside down": (
        "\n".join(f"stycke {n}" for n in range(50_000)),
        "\n".join(f"stycke {n}" for n in range(50_000, 0, -1)),
    ),
    "lines parted by turns": (
        "\n".join(f"a{n} b{n}\nc{n}\nd{n}" for n in range(12_000)),
        "\n".join(f"a{n} b{n} c{n}\nd{n}" for n in range(12_000)),
    ),
    "half a session token": ("?sid=" * 100_000, "&nonce" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_compared(name: str) -> None:
    old, new = HOSTILE[name]
    changes = compare(old, new)

    assert applied(changes) == words(new)
    assert undone(changes) == words(old)


def test_a_long_line_is_compared_word_by_word_past_what_is_aligned_exactly() -> None:
    words_of_it = [f"ord{n}" for n in range(200_000)]
    altered = words_of_it.copy()
    altered[10], altered[199_990] = "första", "sista"
    runs = compare(" ".join(words_of_it), " ".join(altered))[0].runs

    assert [run for run in runs if run.kind == "added"] == [
        Run("added", "första"),
        Run("added", "sista"),
    ]
