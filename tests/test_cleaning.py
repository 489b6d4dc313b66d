"""Cleaning: nothing vanishes, and what goes, goes by a rule that says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.cssselect import CSSSelector

from archive.cleaning import KEEP, OUTSIDE, Cleaned, clean, visible_text
from archive.cleaning.blocks import split_blocks
from archive.cleaning.html import parse_html
from archive.cleaning.rules import load_rules, shipped_rules
from archive.errors import BadRules
from archive.text import words
from tests.pages import html_files, squeezed, visible_characters

FIXTURES = Path(__file__).parent / "fixtures"
BODY = ["Nämnden har beslutat om budgeten.", "Beslutet gäller från den 1 januari."] * 6


def tree(body: str) -> html.HtmlElement:
    return parse_html(f"<html><head></head><body>{body}</body></html>".encode())


def of(body: str, **judgement) -> Cleaned:
    return clean(tree(body), **judgement)


def rule_of(line: str, place: int = len(BODY)) -> str:
    """Return the rule that takes `line` out of an article at `place`, empty if it is kept."""
    lines = [*BODY[:place], line, *BODY[place:]]
    removals = of("".join(f"<p>{text}</p>" for text in lines)).removals
    return next((removal.rule for removal in removals if removal.text == line), "")


def all_characters(cleaned: Cleaned) -> str:
    blocks = [(b.position, b.text) for b in cleaned.kept]
    blocks += [(r.position, r.text) for r in cleaned.removals]
    return squeezed(" ".join(text for _, text in sorted(blocks)))


# ---- nothing vanishes


@pytest.mark.parametrize("path", html_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kept_and_removed_are_what_a_reader_sees(path: Path):
    """Law 2, against another parser's strings: the same characters in the same order."""
    body = path.read_bytes()

    assert visible_characters(body) == all_characters(clean(parse_html(body)))


@pytest.mark.parametrize("path", html_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kept_and_removed_words_are_all_words(path: Path):
    """Law 2 as multisets of words."""
    root = parse_html(path.read_bytes())
    cleaned = clean(root)
    blocks = split_blocks(root, set(shipped_rules().roots_in(root)))
    removed = sum((words(removal.text) for removal in cleaned.removals), words(""))

    assert sum((words(b.text) for b in blocks), words("")) == words(cleaned.text) + removed


TAGS = st.sampled_from(
    [
        "p",
        "div",
        "span",
        "b",
        "a",
        "time",
        "nav",
        "li",
        "ul",
        "table",
        "tr",
        "td",
        "button",
        "br",
        "img",
    ]
)
ATTRIBUTES = st.sampled_from(
    ["", " class=sr-only", " class=x-feedback", " alt=bild", " role=search"]
)
TEXTS = st.sampled_from(["", "ett ", " två\n", "Lyssna", "Publicerad:", "å\u00ad\u200bö", "&amp;"])
FRAGMENTS = st.lists(st.tuples(TAGS, ATTRIBUTES, TEXTS, st.booleans(), TEXTS), max_size=30)


@given(FRAGMENTS)
def test_nothing_vanishes_from_any_markup(fragments: list):
    """Well nested or not, each character stands in one block."""
    body = "".join(
        f"<{tag}{attribute}>{text}{f'</{tag}>' if is_closed else ''}{tail}"
        for tag, attribute, text, is_closed, tail in fragments
    )
    page = f"<html><head></head><body><p>x</p>{body}</body></html>".encode()

    assert visible_characters(page) == all_characters(clean(parse_html(page)))


# ---- blocks and their joining


def test_a_line_end_in_the_source_is_a_space():
    assert visible_text(tree("<p>Hej\n   på\tdig<br>\n och dem</p>")) == "Hej på dig\noch dem"


def test_inline_elements_do_not_split_words_but_labels_and_times_do():
    """A scraper that joined neighbours once wrote "07:00Pressmeddelande" for two words."""
    body = "<div><time>07:00</time><span>Press<b>med</b>delande</span><button>Dela</button></div>"

    assert [b.text for b in split_blocks(tree(body))] == ["07:00", "Pressmeddelande", "Dela"]


def test_what_stands_around_a_removed_suffix_is_one_paragraph():
    """The suffix is glued to the link; without it the sentence reads on."""
    cleaned = of(
        '<p>Läs på <a>kommun.se<span class="env-assistive-text">länk till annan webbplats</span>'
        "</a> eller ring.<br>Välkommen!</p><p>Nästa stycke.</p>"
    )

    assert cleaned.text == "Läs på kommun.se eller ring.\nVälkommen!\n\nNästa stycke."
    assert [removal.text for removal in cleaned.removals] == ["länk till annan webbplats"]


def test_a_paragraph_removed_between_two_texts_parts_them():
    cleaned = of("<div>Före <p class=sr-only>Hemlig</p> efter</div>")

    assert cleaned.text == "Före\n\nefter"


def test_rows_and_items_have_lines_of_their_own():
    cleaned = of(
        "<ul><li>A<ul><li>a</li></ul></li><li>B</li></ul>"
        "<table><tr><td><p>1</p><p>2</p></td><td>3</td></tr><tr><td>4</td></tr></table>"
    )

    assert cleaned.text == "A\na\nB\n\n1 2 3\n4"


# ---- the order of judgement


def test_the_innermost_claim_decides_before_any_rule():
    root = tree("<footer id=a><p>Fot</p><p class=sr-only id=b>Titel</p></footer>")
    claims = {root.find(".//*[@id='a']"): KEEP, root.find(".//*[@id='b']"): "field:title"}
    cleaned = clean(root, claims=claims)

    assert cleaned.text == "Fot"
    assert [removal.rule for removal in cleaned.removals] == ["field:title"]


def test_what_stands_outside_the_content_goes_by_the_rule_that_says_most():
    root = tree("<nav>Meny</nav><p>Sidofält</p><div id=a>Nyheten</div>")
    cleaned = clean(root, content=[root.find(".//*[@id='a']")])

    assert cleaned.text == "Nyheten"
    assert [removal.rule for removal in cleaned.removals] == ["navigation:nav", OUTSIDE]


def test_pictures_and_buttons_are_no_text():
    cleaned = of('<p>Text</p><img alt="samtal på uteolats"><input type=submit value="Sänd">')

    assert cleaned.text == "Text"
    assert [removal.rule for removal in cleaned.removals] == ["alt:image", "control:button"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<header>Sidhuvud</header><article><header>Rubrik</header>Text</article>", "Rubrik"),
        ("<main><header>Rubrik</header>Text</main><footer>Sidfot</footer>", "Rubrik"),
        ("<article>Text<footer>Beslutad av nämnden</footer></article>", "Beslutad av nämnden"),
        ("<blockquote>Citat<footer>Ordföranden</footer></blockquote>", "Ordföranden"),
    ],
)
def test_landmarks_of_an_article_belong_to_it(body: str, kept: str):
    text = of(body).text

    assert kept in text
    assert "Sid" not in text


# ---- the shipped rules

ANYWHERE = {
    "stale:notice": [
        (
            "Denna nyhet är äldre än 12 månader och kan innehålla information som inte längre är "
            "aktuell."
        ),
        (
            "Observera att denna nyhet är äldre än 10 månader och att innehållet därför kan vara "
            "inaktuellt."
        ),
        "Nyheten är äldre än 11 månader och kan därför vara inaktuell.",
        "Detta innehåll är äldre än 60 dagar.",
        "Denna nyhet är gammal och har hämtats från vårt arkiv.",
    ],
    "skip:link": [
        "Hoppa till innehåll Hoppa till meny",
        "Gå till innehållet",
        "Till innehållet",
        "Hoppa till huvudinnehållet Till startsidan",
        "Till kapitelmeny Direkt till innehåll",
        "Gå direkt till innehåll",
        "Hoppa över navigering",
        "Skip to main content",
    ],
    "navigation:to-top": ["Till toppen av sidan"],
    "feedback:question": [
        "Hjälpte informationen på den här sidan dig?",
        "Hjälpte den här informationen dig?",
        "Hade du nytta av informationen på sidan?",
        "Fick du hjälp av informationen på sidan?",
        "Hur nöjd är du med sidans innehåll?Hur nöjd är du med sidans innehåll?",
        "Kan du utveckla ditt svar lite mer?",
        "Får vi kontakta dig (frivilligt)?",
    ],
    "feedback:thanks": [
        "Tack för ditt svar!",
        "Tack för att du bidrar!",
        "Informationen skickas...",
    ],
    "feedback:notice": [
        "Din kommentar blir en allmän handling och kan komma att läsas av andra.",
        (
            "Observera att vi inte kan svara på några frågor här! Formuläret är endast till för "
            "att ge oss feedback på sidans innehåll."
        ),
        "Lämna synpunkt eller rapportera fel på sidan till:",
        "Kommentera sidan",
    ],
    "tool:reader": ["Aktivera Talande Webb", "Lyssna på sidan"],
    "tool:translate": ["Google translate text, här kan du översätta din sida."],
    "share:row": ["Dela sidan på sociala medier"],
    "cookie:button": ["Jag godkänner", "Samtyck till alla kakor", "Endast nödvändiga kakor"],
    "link:elsewhere": [
        "länk till annan webbplats",
        "Länk till annan webbplats, öppnas i nytt fönster.",
        ", länk till annan webbplats.",
        "Öppnas i nytt fönster",
    ],
    "link:file-size": ["Pdf, 701.1 kB.", "(pdf 10,2 MB öppnas i nytt fönster)"],
    "placeholder:empty": ["Det finns ingen information att visa", "Laddar innehåll…"],
    "template:variable": ["${title}", "$left", "{{ rubrik }}"],
    "placeholder:embed": ["Vi behöver ditt godkännande för att ta dig vidare"],
}

AT_THE_END = {
    "date:label": [
        "Publicerad:",
        "Senast uppdaterad:",
        "Publicerad den 23 juni 2020, senast ändrad den 23 juni 2020",
        "Sidan uppdaterades 25 oktober 2024",
        "Sidan senast uppdaterad: den 6 juli 2021",
        "Senast uppdaterad: 11/26/2014",
        "Publicerad 2016-10-31 kl 15:41",
        "Publicerad 29 maj 2024 kl. 10.24",
        "Artikeln publicerades 16 mars 2021",
        "Uppdaterad den",
        "Uppdaterad",
        "Publicerad 5 mars 2018, senast ändrad den 27 mars 2018 av",
        "Uppdaterad 2018-03-27 av Tekniska kontoret",
        "Publicerad av Eva Ek",
    ],
    "noscript:line": [
        (
            "JavaScript är avstängt! För att laholm.se ska fungera korrekt behöver er webbläsare "
            "stödja JavaScript."
        )
    ],
    "byline:line": [
        "Sidansvarig: Kansliet |",
        "Aktuelltartikel publicerad av: Kansliet",
        "Uppdaterad: Sidansvarig: Kansliet",
    ],
    "tool:reader": ["Lyssna"],
    "tool:print": ["Skriv ut", "Kommentera Skriv ut"],
    "cookie:line": ["Vi använder kakor (cookies) för att följa upp hur du använder webbplatsen."],
    "related:line": ["Relaterade länkar", "Fler nyheter"],
    "feedback:control": ["Skicka"],
    "subscribe:line": ["Prenumerera på nyheter"],
}

MIDDLE = len(BODY) // 2


def listed(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(rule, line) for rule, lines in table.items() for line in lines]


@pytest.mark.parametrize(("rule", "line"), listed(ANYWHERE))
def test_lines_that_say_one_thing_only_go_anywhere(rule: str, line: str):
    assert rule == rule_of(line, MIDDLE)


@pytest.mark.parametrize(("rule", "line"), listed(AT_THE_END))
def test_lines_that_may_be_authored_go_at_the_end_only(rule: str, line: str):
    """A heading or a list may say the same: there, position is the evidence."""
    assert rule == rule_of(line)
    assert rule_of(line, MIDDLE) == ""


@pytest.mark.parametrize(
    "line",
    [
        "Kontakt",
        "Kontaktpersoner:",
        "Läs mer",
        "Mer information",
        "Om Alingsås kommun",
        "Ja",
        "Eldningsförbud",
        "Publicerad statistik visar att trafiken ökar.",
        "Uppdaterade riktlinjer för kakor i skolköket",
        "Kommunen vill veta om informationen hjälpte dig att välja förskola.",
        "Biblioteket är äldre än 100 år och ska rustas upp.",
        "Lyssna på barnen, säger rektorn.",
        "Artikeln publicerades i den lokala tidningen och väckte en livlig debatt bland läsarna.",
        "1 205 kr",
        "Uppdaterad 14.30: vattnet är tjänligt",
        "Uppdaterad 5 mars: bron är öppen",
        "Granskad av revisionen: ja.",
        "Granskad av Riksrevisionen",
        "Publicerad av länsstyrelsen",
        "Vi behöver ditt godkännande för bygglov innan du börjar bygga.",
        "Fråga din chef om JavaScript är avstängt i datorn, säger supporten.",
        "JavaScript är avstängt i många skolor, säger supporten.",
        "Denna information är mer än ett år gammal enligt domen, säger nämnden.",
        "Vi använder cookies när vi bakar, säger köket.",
        "Observera att vi inte besvarar frågor om bygglov på telefon i sommar.",
        "Du är här för att lyssna, säger rektorn.",
        "Barnen får 20 minuters läsning",
    ],
)
@pytest.mark.parametrize("place", [0, MIDDLE, len(BODY)])
def test_words_of_the_authors_stay(line: str, place: int):
    assert rule_of(line, place) == ""


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<div id=CybotCookiebotDialog>Kakor</div>", "cookie:consent"),
        ("<div id=cc--main><div id=cm>Kakor</div></div>", "cookie:consent"),
        ("<div class='lp-page-feedback'>Hjälpte det?</div>", "feedback:form"),
        ("<div role=search>Sök</div>", "navigation:search"),
        ("<div class='c-breadcrumb'>Du är här</div>", "navigation:breadcrumbs"),
        ("<span class='visually-hidden'>Facebook</span>", "assistive:text"),
        ("<span class='sv-visuallyhidden'>Sök</span>", "assistive:text"),
        ("<svg><title>Pil</title></svg>", "assistive:icon"),
        ("<noscript>Slå på skript</noscript>", "noscript:element"),
        ("<div class=crisis-banner>Storm</div>", "crisis:banner"),
        ("<div id=readspeaker_button1><a>Lyssna</a></div>", "tool:reader"),
    ],
)
def test_roots(body: str, rule: str):
    assert [rule] == [removal.rule for removal in of(f"<p>Text</p>{body}").removals]


def test_a_heading_about_feedback_is_no_form():
    """SiteVision gives a heading an id made of its words."""
    assert of("<h2 id=h-Feedback>Feedback från eleverna</h2>").text == "Feedback från eleverna"


@pytest.mark.parametrize(
    "body",
    [
        "<div class='news-feedback'><h2>Feedback</h2><p>Eleverna får svar.</p></div>",
        "<section class='feedback-kultur'><p>Så gör skolan.</p></section>",
    ],
)
def test_an_article_about_feedback_is_no_form(body: str):
    """A form has something to fill in, to press or to answer."""
    assert of(body).removals == ()


@pytest.mark.parametrize(
    "inside", ["<form>Skriv</form>", "Skriv <input>", "<button>Skicka</button>", "Bra sida?"]
)
def test_a_form_goes_with_all_around_it(inside: str):
    cleaned = of(f"<p>Text</p><div class='PageFeedback'><p>Tyck till</p>{inside}</div>")

    assert cleaned.text == "Text"
    assert {removal.rule for removal in cleaned.removals} == {"feedback:form"}


def test_names_have_a_family():
    rules = shipped_rules()
    every = (*rules.roots, *rules.guesses, *rules.phrases, *rules.sections, *rules.contents)
    names = [rule.name for rule in every]

    assert [name for name in names if not name.partition(":")[2]] == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("[[roots]]\nname='a:b'\nselector='p['", "rule a:b: bad selector"),
        ("[[phrases]]\nname='a:b'\npattern='('", "rule a:b: bad pattern"),
        ("[[phrases]]\nname='a:b'\npattern='x'\nwhere='middle'", "middle"),
        ("[[phrases]]\nname='a:b'\nwords='x'", "words"),
    ],
)
def test_a_rule_that_does_not_hold_is_named(rule: str, reason: str):
    other = "phrases" if rule.startswith("[[roots") else "roots"
    with pytest.raises(BadRules, match=reason):
        load_rules(f"{other} = []\n{rule}".encode(), "test.toml")


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("page.html")), ids=lambda p: p.parent.name)
def test_selectors_looked_up_at_once_find_what_each_finds_alone(path: Path) -> None:
    """The index is only faster than running every selector by itself."""
    page = parse_html(path.read_bytes())
    alone: dict[html.HtmlElement, str] = {}
    for rule in shipped_rules().roots:
        for element in CSSSelector(rule.selector, translator="html")(page):
            alone.setdefault(element, rule.name)

    assert shipped_rules().roots_in(page) == alone
