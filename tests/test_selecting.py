"""Many selectors looked up at once find what each finds alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pytest
from cssselect import HTMLTranslator
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archive.cleaning import selecting
from archive.cleaning.element import Element
from archive.cleaning.rules import GuessRule, Rules, shipped_rules
from archive.cleaning.selecting import Mark, SelectorIndex
from crawler.products.common import product_rules

RULES = {"shipped": shipped_rules()} | {
    product: product_rules(product) for product in ("notified", "sitevision", "meetingplus")
}
SELECTORS = [r.selector for rules in RULES.values() for r in (*rules.roots, *rules.contents)]
GUESSES = shipped_rules().guesses


@cache
def compiled(css: str) -> etree.XPath:
    """Return a selector by itself.

    As `lxml.cssselect` does it, whose `:contains()` goes through a function in Python that
    cannot be called again from an expression that is kept (lxml 6.1, libxml2 2.14).
    """
    return etree.XPath(HTMLTranslator().css_to_xpath(css))


def alone(css: str, tree: Element) -> list[Element]:
    return compiled(css)(tree)


def first_of(pairs: Iterable[tuple[str, str]], tree: Element) -> dict[Element, str]:
    """Return the name of the first selector that finds each element, asked one by one."""
    found: dict[Element, str] = {}
    for name, css in pairs:
        for element in alone(css, tree):
            found.setdefault(element, name)
    return found


def is_guessed(guess: GuessRule, element: Element) -> bool:
    """Tell what a guess says of an element, as `rules.toml` puts it."""
    said = " ".join(element.get(name, "") for name in ("class", "id")).lower()
    if element.tag in ("html", "body", "main", "article"):
        return False
    if element.tag in guess.tags or element.get("role", "").lower() in guess.roles:
        return True
    has_word = any(word in guess.words for word in said.split())
    has_part = any(said.count(part) for part in guess.parts)
    return (has_word or has_part) and not any(said.count(part) for part in guess.but)


# ---- random trees of the names that the rules know


def names_of(css: str) -> list[str]:
    return re.findall(r"[a-z][\w-]+", css, re.IGNORECASE)


ASKS_MORE = [css for css in SELECTORS if re.search(r"[:*^]|\w\s+\w|\]\[", css)]
GUESSED = [[*g.tags, *g.roles, *g.words, *g.parts, *g.but] for g in GUESSES]
SOURCES = [*map(names_of, SELECTORS), *map(names_of, ASKS_MORE * 2), *GUESSED]
"""Names that stand in one rule: drawn together, those of rules that ask for more more often."""
TAGS = [*"div p a h1 main article header footer form button html body ul li input nav".split()]
TAG = re.compile(r"[a-z][\w-]*", re.IGNORECASE)
FORMS = ["{}", "{}", "x-{}", "{}-x", "x{}", "{} x", "x\t{}\n"]
CASES = [str, str, str, str.upper, str.title]


@st.composite
def trees(draw: st.DrawFn) -> Element:
    root = last = etree.Element("div")
    for _ in range(draw(st.integers(1, 8))):
        names = draw(st.integers(0, len(SOURCES) - 1).map(SOURCES.__getitem__))
        name = st.integers(0, len(names) - 1).map(names.__getitem__)
        said = st.builds(
            lambda form, case, name: case(form.format(name)),
            st.sampled_from(FORMS),
            st.sampled_from(CASES),
            name,
        )
        around = draw(st.sampled_from([root, last]))
        last = etree.SubElement(around, draw(st.sampled_from(TAGS) | name.filter(TAG.fullmatch)))
        last.text = draw(st.sampled_from(["", "Hej", "Hjälpte det?"]))
        for attribute in draw(st.lists(st.sampled_from(["class", "class", "id", "role"]))):
            last.set(attribute, draw(said))
        if draw(st.booleans()):
            last.set("aria-label", draw(said))
    return root


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_an_index_of_rules_finds_in_any_tree_what_each_rule_finds(rules: Rules):
    """The first root, the first guess and the first content of every element."""

    @settings(max_examples=60)
    @given(trees())
    def check(tree: Element) -> None:
        roots = first_of(((r.name, r.selector) for r in rules.roots), tree)
        contents = first_of(((str(n), r.selector) for n, r in enumerate(rules.contents)), tree)
        guesses = {
            element: next((g.name for g in rules.guesses if is_guessed(g, element)), "")
            for element in tree.iter()
        }
        said = {
            element: Mark(roots.get(element, ""), guesses[element], contents.get(element, ""))
            for element in tree.iter()
        }

        assert rules.index.find(tree) == {e: mark for e, mark in said.items() if any(mark)}

    check()


# ---- kinds of selectors

PAGE = etree.HTML(
    """
    <body class="a"><main id="m" role="main"><p class="a b" id="b">x</p><p class="A-b">y</p>
    <div class="ab a-b" role="search"><a href="#" class="c b">z</a><p title="B a">?</p></div>
    <ul role="menu Search"><li>1</li><li class=" a ">2</li></ul><svg><title>t</title></svg></main>
    <div id="B" class="b"><div><p class="b" role="Main"></p></div></div></body>
    """
)


@pytest.mark.parametrize(
    "css",
    [
        *("p", "P", ".a", "#b", "#B", "[role=main]", "[role=Main]", "p.a", "p#b.a", "div.a", "*"),
        *("[class=c]", "[class='a b']", "[class=a]", "[id=b]", "[id=B i]", "[role*=m]", "p[role]"),
        *("[class*=b]", "[class*=B i]", "[class^=a]", "[class^=A i]", "[class$=b]", "[class$=B i]"),
        *("[class~=b]", "[class~=B i]", "[class|=a]", "[class|=A i]", "[class]", "p[class~=a].b"),
        *(
            "[title]",
            "[title=x]",
            "a[href]",
            ".b[href]",
            "[title*=b i]",
            "[href='#'].c",
            "[role~=menu]",
        ),
        *(":not(p)", ".b:not(p)", ".b:not(#b)", ".b:not(.c):not(.a)", ".b:not([href])", "*.b"),
        *("main p", "main > p", "p + p", "p ~ div", "p:not(main p)", ".b:not(div .b)", "div .b.b"),
        *(
            ".ab:has(p)",
            "div:has(.c)",
            "[class*=A i]:has(a)",
            ".b:empty",
            "li:first-child",
            ":root",
        ),
        *("li:nth-child(2)", "div:contains('?')", "[class*=b]:contains('z')", "#m:has(.c)"),
        *(
            "p, .c",
            "[class*='']",
            "[class^='']",
            "[class$='']",
            "[class~='']",
            "title",
            "svg title",
        ),
    ],
)
def test_every_kind_of_selector(css: str):
    """By names, by what stands within or around, by case."""
    found = SelectorIndex([("a:b", css)], (), ()).find(PAGE)

    assert found == dict.fromkeys(alone(css, PAGE), Mark("a:b", "", ""))


@pytest.mark.parametrize("css", ["[role=SEARCH i]", "[class='']", "[class!=b]"])
def test_selectors_that_no_rule_has_yet(css: str):
    page = etree.HTML("<p role=search>x</p><p class=''>y</p>")

    assert [*SelectorIndex([("a:b", css)], (), ()).find(page)] == alone(css, page)


def test_of_each_kind_the_first_wins_and_the_others_are_said_beside_it():
    roots = [("r:class", ".a"), ("r:around", "div p"), ("r:tag", "p"), ("r:has", ".a:has(b)")]
    contents = [("1", "p:has(b)"), ("2", ".a")]
    guesses = [GuessRule("g:one", words=["a"]), GuessRule("g:two", tags=["p"])]
    page = etree.HTML(
        "<div><p class=a><b>x</b></p><p>y</p></div><p>z</p><section class=a></section>"
    )
    found = SelectorIndex(roots, guesses, contents).find(page)

    assert {(e.tag, mark) for e, mark in found.items()} == {
        ("p", Mark("r:class", "g:one", "1")),
        ("p", Mark("r:around", "g:two", "")),
        ("p", Mark("r:tag", "g:two", "")),
        ("section", Mark("r:class", "g:one", "2")),
    }


def test_names_found_once_are_asked_again_what_stands_in_them():
    """Two elements of the same names, one with a form within, one below an article."""
    index = SelectorIndex([("a:form", ".x:has(form)"), ("a:top", ".x:not(article .x)")], (), ())
    page = etree.HTML(
        "<div class=x><form></form></div><article><p class=x></p></article><p class=x>"
    )
    found = index.find(page)

    assert [(e.tag, mark.root) for e, mark in found.items()] == [("div", "a:form"), ("p", "a:top")]
    assert index.find(page) == found


def test_a_page_of_many_names_is_looked_up_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(selecting, "_REMEMBERED", 3)
    index = SelectorIndex([("a:b", ".x"), ("a:c", ".y:has(b)")], (), ())
    page = etree.HTML(
        "".join(f"<p class='x n{n % 9}'></p><p class='y n{n}'><b></b>" for n in range(30))
    )
    found = index.find(page)

    assert [mark.root for mark in found.values()] == ["a:b", "a:c"] * 30
    assert len(index._remembered) <= 3


def test_one_element_can_be_asked():
    index = SelectorIndex([("a:b", "div p"), ("a:c", ".x")], (), ())
    page = etree.HTML("<div><p>1</p></div><p class=x>2</p><p>3</p>")
    around = index.elsewhere(page)

    assert [index.look(p, around) for p in page.iter("p")] == [
        Mark("a:b", "", ""),
        Mark("a:c", "", ""),
        None,
    ]


# ---- guesses

GUESS = GuessRule(
    "g:x", tags=["aside"], roles=["dialog"], words=["meny"], parts=["nav-"], but=["list"]
)


@pytest.mark.parametrize(
    ("element", "is_found"),
    [
        ("<aside>", True),
        ("<div role=dialog>", True),
        ("<div role=Dialog>", True),
        ("<div role='dialog menu'>", False),
        ("<div class='a Meny b'>", True),
        ("<div id=MENY>", True),
        ("<div class=huvudmeny>", False),
        ("<div class=meny-rad>", False),
        ("<div class=xnav-y>", True),
        ("<div id=top-NAV-1>", True),
        ("<div class='nav' id='-y'>", False),
        ("<div class='meny list'>", False),
        ("<div class=meny id=lista>", False),
        ("<div class=LIST id=nav-x>", False),
        ("<aside class=list>", True),
        ("<div role=dialog class=list>", True),
        ("<main class=meny>", False),
        ("<article class=meny role=dialog>", False),
        ("<body class=meny>", False),
        ("<div>", False),
    ],
)
def test_guesses(element: str, is_found: bool):
    """By tag, role, a whole name or a part of one, in any case, unless a name tells otherwise."""
    tag = re.findall(r"\w+", element)[0]
    [guessed] = etree.HTML(f"{element}x").iter(tag)

    found = SelectorIndex((), [GUESS], ()).look(guessed, {})
    assert found == (Mark("", "g:x", "") if is_found else None)
