"""Each judge on small pages that nobody knows: what it takes, by which rule, and what it leaves."""

from __future__ import annotations

import pytest

from archive.cleaning import KEEP, clean
from archive.cleaning.html import parse_html
from archive.cleaning.ledger import Verdict
from archive.cleaning.page import PageReading, read_page
from archive.cleaning.rules import (
    JUDGE_RULES,
    LONGEST_HEADING,
    LONGEST_PHRASE,
    Rules,
    load_rules,
    shipped_rules,
)
from archive.cleaning.template import Template
from archive.errors import BadRules

PARAGRAPHS = (
    "Bron över ån stängs för biltrafik på måndag och öppnar igen i höst, säger tekniska kontoret.",
    "Gående och cyklister kan passera under hela tiden, på en tillfällig gång vid sidan av bron.",
    "Bussarna på linje fyra går en annan väg och stannar inte vid Ågatan medan arbetet pågår.",
    "Arbetet behövs eftersom brons lager har slitits ut och inte längre klarar den tunga trafiken.",
)
PROSE = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
TITLE = "<h1>Bron stängs</h1>"
SENTENCE = "Ekköping är en liten kommun vid ån med tolvtusen invånare och tre broar."


def read(body: str, title: str = "Bron stängs", **options: object) -> PageReading:
    page = f"<!doctype html><head><title>{title} - Ekköping</title></head><body>{body}</body>"
    return read_page(page.encode(), **options)


def article(below: str = "", above: str = "") -> str:
    """Return the content of a page: a title, four paragraphs, and what stands around them."""
    return f"<main>{above}{TITLE}{PROSE}{below}</main>"


def removed(body: str, **options: object) -> dict[str, str]:
    """Return by which rule each text went, the title apart."""
    removals = read(body, **options).removals
    return {r.text: r.rule for r in removals if r.rule != "field:title"}


def verdict_of(text: str, body: str, **options: object) -> Verdict:
    [found] = [v for v in read(body, **options).cleaned.verdicts if v.block.text == text]
    return found


def letters(count: int) -> str:
    """Return running text of so many letters."""
    return ("Bron lagas nu och det tar tid " * (count // 30 + 1))[: count - 1].strip().ljust(
        count - 1, "x"
    ) + "."


def links(*names: str, tag: str = "li") -> str:
    return "".join(f"<{tag}><a href='/{n}'>{name}</a></{tag}>" for n, name in enumerate(names))


def test_a_plain_article_loses_nothing():
    reading = read(article())

    assert reading.text == "\n\n".join(PARAGRAPHS)
    assert {verdict.judge for verdict in reading.cleaned.verdicts} == {"field", ""}


# ---- the order of judges

BANNER = "Vattnet är lågt i hela kommunen, så du får inte vattna. Läs mer"
OPEN_LINKS = links("Om webbplatsen", "Tillgänglighet", tag="p")


@pytest.mark.parametrize(
    ("body", "text", "judge", "rule"),
    [
        pytest.param(
            f"<header class=header>{TITLE}</header>{PROSE}",
            *("Bron stängs", "field", "field:title"),
            id="field-before-root",
        ),
        pytest.param(
            f"<nav>Meny</nav>{article()}",
            *("Meny", "root", "navigation:nav"),
            id="root-before-place",
        ),
        pytest.param(
            f"{article()}<div><h2>Hjälpte informationen dig?</h2><p>Ja</p></div>",
            *("Hjälpte informationen dig?", "place", "outside:content"),
            id="place-before-section",
        ),
        pytest.param(
            article(above="<p>Lyssna</p>"),
            *("Lyssna", "place", "place:before-title"),
            id="title-before-phrase",
        ),
        pytest.param(
            article("<div><h2>Hjälpte informationen dig?</h2><p>Ja</p></div>"),
            *("Hjälpte informationen dig?", "section", "feedback:section"),
            id="section-before-phrase",
        ),
        pytest.param(
            article("<p>Skriv ut</p>"), "Skriv ut", "phrase", "tool:print", id="phrase-first"
        ),
        pytest.param(
            article(f"{OPEN_LINKS}<p><a>{BANNER}</a></p>"),
            *("Tillgänglighet", "density", "density:links"),
            id="density-before-template",
        ),
        pytest.param(
            article("<a><img alt='Facebook'></a><a><img alt='Instagram'></a>"),
            *("Facebook", "density", "density:links"),
            id="density-before-control",
        ),
        pytest.param(
            article("<h2><button>Tipsa vännerna</button></h2><div class=share-links>X</div>"),
            *("Tipsa vännerna", "", KEEP),
            id="no-control-and-no-heading",
        ),
        pytest.param(
            article(f"<section><p>{BANNER}</p></section>"),
            *(BANNER, "template", "template:recurring"),
            id="template-last",
        ),
        pytest.param(
            article("<h2>Tipsa vännerna</h2><div class=share-links>X</div>"),
            *("Tipsa vännerna", "heading", "share:row"),
            id="heading-last",
        ),
    ],
)
def test_the_first_judge_that_knows_a_block_decides(body: str, text: str, judge: str, rule: str):
    template = Template(("Skriv ut", "Tillgänglighet", BANNER))
    verdict = verdict_of(text, body, template=template)

    assert (verdict.judge, verdict.rule) == (judge, rule)


def test_on_a_page_that_a_page_object_knows_nobody_guesses():
    """Names, sections, density, buttons and what stands before a title are left to it."""
    body = article(
        "<div class=submenu><a>Hem</a></div><div><p>Var det bra så?</p><p>Ja Nej</p></div>"
        f"<h2>Tipsa vännerna</h2><div class=share-links>X</div>{OPEN_LINKS}"
        f"<h2>Läs också</h2><ul>{links('Ny skola', 'Badet')}</ul>",
        above="<p>Nyhet</p>",
    )
    tree = parse_html(f"<body>{body}</body>".encode())
    cleaned = clean(tree, content=tree.xpath("//main"))

    assert {removal.rule for removal in cleaned.removals} == {"share:row"}
    assert {"navigation:menu", "related:section", "feedback:widget"} < {*removed(body).values()}


def test_answers_go_with_their_question_on_a_known_page_too():
    """A button or choice is told by the question right above it."""
    question = "<p>Hjälpte informationen dig?</p><button>Ja</button><button>Nej</button>"
    notice = "<p>Din kommentar blir en allmän handling.</p><button>Skicka</button>"
    body = article(
        f"{question}{notice}<p>Slut.</p><p>Ja</p>{PROSE * 3}", above="<button>Ja</button>"
    )
    tree = parse_html(f"<body>{body}</body>".encode())
    gone = [(r.text, r.rule) for r in clean(tree, content=tree.xpath("//main")).removals]

    assert [text for text, rule in gone if "feedback" in rule] == [
        *("Hjälpte informationen dig?", "Ja", "Nej"),
        *("Din kommentar blir en allmän handling.", "Skicka"),
    ]
    rules = shipped_rules().without(["feedback:widget"])
    undone = clean(tree, content=tree.xpath("//main"), rules=rules)
    assert "feedback:widget" not in {r.rule for r in undone.removals}


# ---- root: landmarks and modules by selector, names by guess


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("<div class='box my-Cookie-box'>", "cookie:container"),
        ("<div id=consentBanner>", "cookie:container"),
        ("<dialog>", "landmark:dialog"),
        ("<div role=alertdialog>", "landmark:dialog"),
        ("<div class=popup>", "landmark:popup"),
        ("<span class=x-tooltip>", "landmark:popup"),
        ("<aside>", "landmark:aside"),
        ("<div role=complementary>", "landmark:aside"),
        ("<div class=c-page__aside>", "landmark:aside"),
        ("<div class=post-footer>", "landmark:article-footer"),
        ("<form>", "landmark:form"),
        ("<div role=form>", "landmark:form"),
        ("<div class=c-filter>", "form:filter"),
        ("<select>", "form:control"),
        ("<textarea>", "form:control"),
        ("<ol class=crumbs>", "navigation:breadcrumbs"),
        ("<ol class=brodsmulor>", "navigation:breadcrumbs"),
        ("<ul class=meny>", "navigation:menu"),
        ("<ul id=x-submenu>", "navigation:menu"),
        ("<div role=menubar>", "navigation:nav"),
        ("<div id=hogerspalt>", "navigation:sidebar"),
        ("<div class=l-rightcol>", "navigation:sidebar"),
        ("<div class=topbar>", "navigation:frame"),
        ("<div class=global-footer>", "navigation:frame"),
        ("<div class=pager>", "navigation:pages"),
        ("<div class=c-pagination>", "navigation:pages"),
        ("<div class=lang-switch>", "navigation:language"),
        ("<search>", "navigation:search"),
        ("<div id=sok>", "navigation:search"),
        ("<div class=toc>", "navigation:contents"),
        ("<div class=social>", "share:row"),
        ("<div class=share-x>", "share:row"),
        ("<div class=talandewebb>", "tool:reader"),
        ("<a class=rsbtn>", "tool:reader"),
        ("<div class=toolbar>", "tool:page"),
        ("<div class=page-tools>", "tool:page"),
        ("<div class=see-also>", "related:block"),
        ("<div class=latest-news>", "related:block"),
        ("<div class=related-content>", "related:block"),
        ("<ul class=tag-list>", "tags:list"),
        ("<div id=c-chat>", "tool:chat"),
        ("<div id=comments>", "comments:thread"),
        ("<div class=kommentarer>", "comments:thread"),
        ("<div class=nyhetsbrev>", "subscribe:form"),
        ("<div class=site-alert>", "crisis:banner"),
        ("<div class=krismeddelande>", "crisis:banner"),
        ("<div role=complementary aria-label=Varningsmeddelande>", "crisis:banner"),
        ("<span class=vh>", "assistive:text"),
        ("<div class=no-print>", "chrome:not-printed"),
        ("<div class=vcard>", "field:contact"),
        ("<div class=KontaktRuta>", "field:contact"),
        ("<div class=c-acceptance>", "placeholder:embed"),
        ("<a class=cookie-consent-settings>", "cookie:declaration"),
        ("<div id=ribbonBlock>", "cookie:meetingplus-ribbon"),
        ("<div class=sv-cookie-consent-modal>", "sitevision:cookie"),
        ("<div class=lp-related>", "sitevision:related"),
        ("<div class=sv-simplesubscription-portlet>", "sitevision:subscription"),
        ("<div class=sv-toc-portlet>", "sitevision:contents"),
        ("<div class=sv-jcrmenu-portlet>", "sitevision:menu"),
        ("<div class=sv-searchform-portlet>", "sitevision:search"),
        ("<div class=sv-showtags-portlet>", "sitevision:tags"),
        ("<div class=sv-print-portlet>", "sitevision:tools"),
        ("<div class=lp-skip-links>", "sitevision:skip"),
        ("<div class=sv-poll-portlet>", "sitevision:poll"),
        ("<div class=lp-alert>", "sitevision:crisis"),
    ],
)
def test_elements_that_tell_what_they_are(element: str, rule: str):
    """With a button in it: what leads elsewhere leads somewhere."""
    inside = "Ord</textarea>" if "textarea" in element else "<i>Ord</i><button></button>"

    assert removed(article(f"{element}{inside}")) == {"Ord": rule}


@pytest.mark.parametrize(
    "element",
    [
        "<div class=filter-results>",
        "<div class='c-filter' id=list>",
        "<div class='readspeaker-read'>",
        "<div class='menyer shareholder'>",
        "<section class=shared>",
    ],
)
def test_names_that_tell_otherwise(element: str):
    assert removed(article(f"{element}<a>Ord</a>")) == {}


@pytest.mark.parametrize(
    "element",
    [
        "<div class=social>",
        "<div class=meny>",
        "<ul class=tag-list>",
        "<div class=see-also>",
        "<div id=comments>",
    ],
)
def test_what_leads_elsewhere_has_something_to_click(element: str):
    """A guess about it is none without; a button or field will do."""
    family = [*removed(article(f"{element}<a>Ord</a>")).values()]

    assert removed(article(f"{element}<p>Ord</p>")) == {}
    assert [*removed(article(f"{element}<p>Ord</p><input>")).values()] == family
    assert [*removed(article(f"{element}Ord<button></button>")).values()] == family


@pytest.mark.parametrize("name", ["meny", "c-filter", "cookie"])
def test_an_element_around_main_is_never_guessed(name: str):
    assert removed(f"<div class={name}><a>Hem</a>{article()}</div>") == {"Hem": "outside:content"}


def test_a_reader_s_button_is_known_by_its_name():
    assert removed(article("<div class=readspeaker>Högt</div>")) == {"Högt": "tool:reader"}
    assert removed(article("<div id=readspeaker-read>Bron i hamnen</div>")) == {}


@pytest.mark.parametrize("tag", ["main", "article"])
def test_the_element_of_the_document_is_never_guessed(tag: str):
    body = f"<{tag} class='submenu sidebar' id=footer>{TITLE}{PROSE}</{tag}>"

    assert read(f"<p>Uppe</p>{body}").text == "\n\n".join(PARAGRAPHS)


def test_the_innermost_element_decides_and_says_what_it_is():
    inside = "<p class='vh a' id=dold role=note>Dold text</p>"
    verdict = verdict_of("Dold text", article(f"<div class=related-links>{inside}</div>"))
    long = verdict_of("Hem", article(f"<ul class='meny {'x' * 90}'><a>Hem</a></ul>"))

    assert (verdict.rule, verdict.evidence) == ("assistive:text", "p#dold.vh.a[role=note]")
    assert long.evidence == f"ul.meny.{'x' * 71}…"


# ---- root: elements that are spared


def test_a_form_around_the_page_is_no_form():
    body = f"<form id=aspnetForm><div>Ekköping</div><div id=content>{TITLE}{PROSE}</div></form>"

    assert removed(body) == {"Ekköping": "outside:content"}


def test_a_form_around_the_page_does_not_hide_its_title():
    body = f"<form><div>Ekköping</div><div>{TITLE}{PROSE}</div></form>"

    assert read(body, title="Start").title == "Bron stängs"


@pytest.mark.parametrize(("inside", "is_kept"), [(101, True), (100, False)])
def test_a_form_holds_the_page_if_it_holds_most_of_its_letters(inside: int, is_kept: bool):
    """Linked or not; an element of another kind must hold most of the prose."""
    body = f"<form><a>{letters(inside)}</a></form><p>{'Å' * (200 - inside)}</p>"

    assert (letters(inside) in read(body, title="").text) == is_kept


@pytest.mark.parametrize(
    ("hrefs", "is_kept"),
    [
        (["/protokoll.pdf", "/download/18", "/kontakt"], True),
        (["/a?fileid=7"], True),
        (["/a.docx", "/a.doc", "/kontakt"], True),
        (["/a.xlsx?x=1", "/a.PPTX", "/kontakt"], True),
        (["/a.odt", "/a.ods#x", "/kontakt"], True),
        (["/a.zip", "/a.rtf", "/kontakt"], True),
        (["/document?x", "/x?downloadmode=1", "/kontakt"], True),
        (["/x?filid=7", "/kontakt"], False),
        (["/kontakt", "/pdf-hjalp"], False),
        ([], False),
    ],
)
def test_an_aside_with_files_is_part_of_the_document(hrefs: list[str], is_kept: bool):
    """A meeting's files stand beside its agenda; links to elsewhere do too."""
    inside = "".join(f"<li><a href='{href}'>Handling</a>" for href in hrefs) or "<li>Handling"
    verdicts = read(article(f"<aside><ul>{inside}</ul></aside>")).cleaned.verdicts[
        -len(hrefs) or -1 :
    ]

    assert {(v.rule, v.judge, v.evidence) for v in verdicts} == {
        (KEEP, "root", "it holds files") if is_kept else ("landmark:aside", "root", "aside")
    }


HOURS = "<h2>Öppettider</h2><p>Måndag–fredag 10–18</p>"


@pytest.mark.parametrize(
    ("inside", "is_kept"),
    [
        (HOURS, True),
        ("<p>Bron är 40 meter lång.</p>", True),
        ("<p>Bron är lång.</p>", False),
        ("<p>4 maj 2024</p>", False),
        (f"{HOURS}<p>Telefon 0322-61 60 00</p>", False),
        ("<p>Fyra år, 2024</p><ul><li><a>Ny skola</a><li><a>Badet öppnar</a></ul>", False),
    ],
)
@pytest.mark.parametrize("box", ["<aside>{}</aside>", "<div class=right>{}</div>"])
def test_an_aside_with_hours_or_figures_is_part_of_the_text(box: str, inside: str, is_kept: bool):
    """Not one with links, or with whom to call; nor one outside the content."""
    aside = box.format(f"{inside}<a>Karta</a>")

    assert (removed(article(aside)) == {}) == is_kept
    assert removed(f"{article()}{aside}") != {}


def test_files_protect_an_aside_only():
    body = article("<div class=popup><a href=/a.pdf>Karta</a></div>")

    assert removed(body) == {"Karta": "landmark:popup"}


def test_files_are_protected_from_every_other_judge():
    files = "<aside><a href=/a.pdf>Skriv ut</a></aside>"

    assert removed(article(files)) == {}


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        *dict.fromkeys(
            ["right", "related", "no-print", "kontakt", "aside", "c-filter", "tags"], True
        ).items(),
        *dict.fromkeys(["cookie", "newsletter", "toolbar", "vh", "social"], False).items(),
    ],
)
def test_an_element_with_most_of_the_content_is_content(name: str, is_kept: bool):
    """If its name tells where it stands; a consent dialog is one however long it is."""
    body = (
        f"<main>{TITLE}<p>Det blir bra till sist.</p><div class={name}>{PROSE}<a></a></div></main>"
    )

    assert (PARAGRAPHS[0] in read(body).text) == is_kept


@pytest.mark.parametrize(("inside", "outside", "is_kept"), [(610, 390, True), (590, 410, False)])
def test_most_is_three_fifths_of_its_prose(inside: int, outside: int, is_kept: bool):
    side = f"<div class=right><button></button><p>{letters(inside)}</p></div>"

    assert (removed(f"<main>{TITLE}{side}<p>{'Å' * outside}</p></main>") == {}) == is_kept


def test_little_text_is_not_most_of_anything():
    """Links are no prose; below two hundred letters nothing is told."""
    side = f"<div class=right><button></button><p>{letters(200)}</p></div>"
    short = f"<main>{TITLE}{side}<p>{'Å' * 60}</p></main>"
    linked = links("Skolan i Vik", "Vägen hem") * 20

    assert removed(short) == {letters(200): "navigation:sidebar"}
    assert len(removed(f"<main>{TITLE}<ul class=right>{linked}</ul>{PROSE}</main>")) == 2


@pytest.mark.parametrize(("inside", "is_kept"), [(388, False), (389, True)])
def test_a_header_with_the_title_and_enough_prose_is_the_article_s(inside: int, is_kept: bool):
    """Two fifths of that of the page."""
    top, rest = letters(inside), "Å" * (1000 - inside - len("Bron stängs"))
    gone = removed(f"<header>{TITLE}<p>{top}</p></header><p>{rest}</p>")

    assert gone == ({} if is_kept else {top: "navigation:header"})


def test_on_a_known_page_nothing_is_spared():
    tree = parse_html(f"<body><main><nav>{PROSE}</nav></main></body>".encode())
    cleaned = clean(tree, content=tree.xpath("//main"))

    assert {removal.rule for removal in cleaned.removals} == {"navigation:nav"}


def test_a_header_without_the_title_goes_whatever_it_says():
    body = f"<header><p>{PARAGRAPHS[0] * 9}</p></header><div>{TITLE}{PROSE}</div>"

    assert [*removed(body).values()] == ["navigation:header"]


# ---- place: contents, and what stands before the title


@pytest.mark.parametrize(
    ("body", "outside"),
    [
        pytest.param(
            f"<main><p>Intill</p><div class=pagecontent>{TITLE}{PROSE}</div></main>",
            "Intill",
            id="the-editor's-area-before-main",
        ),
        pytest.param(
            f"<div id=content><p>Intill</p><main>{TITLE}{PROSE}</main></div>",
            "Intill",
            id="main-before-a-name",
        ),
        pytest.param(
            f"<article><p>Intill</p><div id=maincontent>{TITLE}{PROSE}</div></article>",
            "Intill",
            id="a-name-before-an-article",
        ),
        pytest.param(
            f"<article>{TITLE}{PROSE}</article><p>Intill</p>", "Intill", id="an-article-last"
        ),
        pytest.param(
            f"<div role=main>{TITLE}{PROSE}</div><p>Intill</p>", "Intill", id="main-by-its-role"
        ),
        pytest.param(
            f"<main>Kort</main><div id=content>{TITLE}{PROSE}</div>",
            "Kort",
            id="main-with-too-little",
        ),
        pytest.param(
            f"<p class=pagecontent>{TITLE}</p><p>Intill</p><div class=pagecontent>{PROSE}</div>",
            "Intill",
            id="several-areas",
        ),
    ],
)
def test_the_surest_content_that_holds_the_document_decides(body: str, outside: str):
    reading = read(body)

    assert reading.text == "\n\n".join(PARAGRAPHS)
    assert {r.text: r.rule for r in reading.removals}[outside] == "outside:content"


@pytest.mark.parametrize(
    ("inside", "outside", "is_found"),
    [
        pytest.param(letters(200), letters(900), True, id="two-hundred-letters"),
        pytest.param(letters(199), letters(900), False, id="less"),
        pytest.param(letters(31), letters(69), True, id="three-tenths"),
        pytest.param(letters(29), letters(71), False, id="fewer-tenths"),
        pytest.param("", letters(71), False, id="nothing"),
        pytest.param(f"<h1>Vik</h1>{letters(20)}", letters(900), True, id="the-title"),
        pytest.param("<p><a>Skolan i Vik</a></p>" * 30, letters(900), False, id="links"),
    ],
)
def test_a_content_holds_the_document_if_it_holds_enough(inside: str, outside: str, is_found: bool):
    gone = removed(f"<article>{inside}</article><div>{outside}</div>", title="Vik")

    assert gone == ({outside: "outside:content"} if is_found else {})


def test_without_a_content_all_may_be_the_document():
    assert removed(f"<div>{TITLE}{PROSE}</div><p>Intill</p>") == {}


def test_what_stands_before_the_title_goes():
    above = "<p>Start</p><p>Trafik och gator</p>"

    assert removed(article(above=above)) == {
        "Start": "place:before-title",
        "Trafik och gator": "place:before-title",
    }


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [(150, 151, True), (151, 149, False), (900, 200, True), (900, 199, False)],
)
def test_what_stands_before_the_title_stays_if_it_is_the_document(
    before: int, after: int, goes: bool
):
    """If it is longer than what follows, and that is short."""
    body = f"<p>{'Å' * before}</p>{TITLE}<p>{letters(after)}</p>"

    assert removed(body) == ({"Å" * before: "place:before-title"} if goes else {})


def test_links_before_the_title_are_no_document():
    body = f"<ul>{links('Trafik och gator', 'Bygga och bo')}</ul>{TITLE}<p>Kort om bron.</p>"

    assert {*removed(body).values()} == {"place:before-title"}


# ---- section: headings of boilerplate and what stands below them

NEWS = links("Ny skola i Vik", "Badet öppnar igen")
FILES = links("Protokoll 5 maj", "Karta (pdf)")
ANNA = "<p>Anna Ek, ingenjör</p><p>0322-61 60 00</p><p>anna.ek@ekkoping.example</p>"
CARDS = [f"<div><h3>Kontakta {n}</h3><p>{n}: 0322-61 60 00</p></div>" for n in ("A", "B", "C", "D")]
APPEAL = "<p>Du kan överklaga inom tre veckor. Skriv vad du vill ändra.</p><p>Rätten avgör.</p>"


@pytest.mark.parametrize(
    ("below", "texts", "rule"),
    [
        pytest.param(
            f"<h2>Läs också</h2><ul>{NEWS}</ul>",
            ["Läs också", "Ny skola i Vik", "Badet öppnar igen"],
            "related:section",
            id="links",
        ),
        pytest.param(
            f"<div><h2>Läs också</h2><ul>{NEWS}</ul></div><p>{SENTENCE}</p><p>{SENTENCE}</p>",
            ["Läs också", "Ny skola i Vik", "Badet öppnar igen"],
            "related:section",
            id="links-in-a-box-before-more-text",
        ),
        pytest.param(
            "<h2>Aktuellt</h2><p><a>Ny skola i Vik</a></p><p>2 maj 2024</p><p>Alla barn får plats."
            "</p><p><a>Badet öppnar igen</a></p><p>Hela sommaren.</p>",
            [
                *("Aktuellt", "Ny skola i Vik", "2 maj 2024", "Alla barn får plats."),
                *("Badet öppnar igen", "Hela sommaren."),
            ],
            "related:section",
            id="links-with-dates-and-teasers",
        ),
        pytest.param(
            "<h2>Dela med dig</h2><p><a>Facebook</a> <a>X</a></p>",
            ["Dela med dig", "Facebook X"],
            "share:section",
            id="share",
        ),
        pytest.param(
            f"<h2>Ämnen:</h2><ul>{links('Trafik', 'Broar')}</ul>",
            ["Ämnen:", "Trafik", "Broar"],
            "tags:section",
            id="tags",
        ),
        pytest.param(
            f"<h2>Kontakt</h2>{ANNA}<h2>Tider</h2><p>Till hösten.</p>",
            ["Kontakt", "Anna Ek, ingenjör", "0322-61 60 00", "anna.ek@ekkoping.example"],
            "field:contact",
            id="contact-up-to-the-next-heading",
        ),
        pytest.param(
            f"<h2>Kontakt</h2>{ANNA}<p>Anna svarar alla vardagar. Ring gärna på morgonen.</p>",
            ["Kontakt", "Anna Ek, ingenjör", "0322-61 60 00", "anna.ek@ekkoping.example"],
            "field:contact",
            id="contact-up-to-a-sentence",
        ),
        pytest.param(
            "<div><h3>Tekniska kontoret</h3><p>0322-61 60 00<br>Storgatan 1</p></div><p>Så är det.",
            ["Tekniska kontoret", "0322-61 60 00\nStorgatan 1"],
            "field:contact",
            id="contact-box-by-its-number",
        ),
        pytest.param(
            f"<p>Pressmeddelande</p><h2>Om Ekköpings kommun</h2><p>{SENTENCE}</p><p>Sist.</p>",
            ["Om Ekköpings kommun", SENTENCE, "Sist."],
            "field:about",
            id="about-the-publisher-of-a-release",
        ),
        pytest.param(
            f"<h2>Så överklagar du beslutet</h2>{APPEAL}<h2>Tider</h2><p>Till hösten.</p>",
            [
                "Så överklagar du beslutet",
                "Du kan överklaga inom tre veckor. Skriv vad du vill ändra.",
                "Rätten avgör.",
            ],
            "appeal:notice",
            id="anything",
        ),
        pytest.param(
            f"<div><h2>Hjälpte informationen dig?</h2><p>Ja</p><p>{SENTENCE}</p></div><p>Sist.</p>",
            ["Hjälpte informationen dig?", "Ja", SENTENCE],
            "feedback:section",
            id="box",
        ),
        pytest.param(
            f"<h2>Hjälpte informationen dig?</h2><p>Ja</p><p>Nej</p><p>{SENTENCE}</p><p>Nu</p>",
            ["Hjälpte informationen dig?", "Ja", "Nej"],
            "feedback:section",
            id="box-that-is-flat-up-to-a-sentence",
        ),
        pytest.param(
            f"<div><h2>Vi använder kakor.</h2><h3>Varför?</h3><p>{SENTENCE}</p></div>",
            ["Vi använder kakor.", "Varför?", SENTENCE],
            "cookie:section",
            id="box-with-headings",
        ),
        pytest.param(
            f"<div><h2>Prenumerera på nyheter</h2><p>{SENTENCE}</p></div>",
            ["Prenumerera på nyheter", SENTENCE],
            "subscribe:section",
            id="subscribe",
        ),
        pytest.param(
            f"<div><h2>I vårt pressrum kan du läsa mer</h2><p>{SENTENCE}</p></div>",
            ["I vårt pressrum kan du läsa mer", SENTENCE],
            "related:releases",
            id="releases",
        ),
    ],
)
def test_a_section_takes_what_it_holds(below: str, texts: list[str], rule: str):
    reading = read(article(below))
    gone = [r for r in reading.removals if r.rule != "field:title"]

    assert [r.text for r in gone] == texts
    assert {(r.judge, r.rule, r.evidence) for r in gone} == {
        ("section", rule, f"below '{texts[0]}'")
    }


def test_a_section_ends_with_what_stands_around_it():
    office = "<div><p>Stadshuset</p><p>Storgatan 1</p></div>"
    gone = removed(f"<div>{TITLE}{PROSE}<h2>Kontakt</h2>{ANNA}</div>{office}")

    assert "0322-61 60 00" in gone
    assert not {"Stadshuset", "Storgatan 1"} & {*gone}


def test_a_heading_without_anything_below_it_heads_no_other_box():
    body = f"<div>{TITLE}{PROSE}<h2>Kontakt</h2></div><div>{ANNA}</div>"

    assert removed(body) == {}


def test_a_list_of_contents_stands_at_the_head():
    contents = f"<h2>På den här sidan</h2><ul>{links('Biltrafik', 'Bussar')}</ul>"

    assert {*removed(f"<main>{TITLE}{contents}{PROSE}</main>").values()} == {"navigation:contents"}
    assert removed(article(f"{PROSE}{contents}")) == {}


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(f"<h2>Läs också</h2><ul>{FILES}</ul>", id="files"),
        pytest.param(f"<h2>Läs också</h2><p>{SENTENCE}</p>", id="a-sentence-for-links"),
        pytest.param(f"<h2>Läs också</h2><h2>Tider</h2><ul>{NEWS}</ul>", id="nothing-below"),
        pytest.param("<h2>Läs mer</h2><p>Tre korta ord</p><p>Fyra ord till</p>", id="no-link"),
        pytest.param(
            f"<h2>Läs mer</h2><p><a>Karta</a></p><p>{letters(221)}</p>",
            id="one-link-of-a-longer-part",
        ),
        pytest.param(
            "<h2>Kontakt</h2><p>Alla som bor nära bron har fått ett brev. De kan höra av sig.</p>",
            id="a-real-heading-with-prose",
        ),
        pytest.param("<h2>Kontakt</h2><p>Anna Ek</p><p>Bo Ek</p>", id="no-way-to-reach-anybody"),
        pytest.param(f"<h2>Kontakten med Vik</h2>{ANNA}", id="another-heading"),
        pytest.param("".join(CARDS), id="many-contact-cards"),
        pytest.param("<h3>Tekniska kontoret</h3><p>0322-61 60 00</p>", id="a-number-without-a-box"),
        pytest.param(
            "<div><h3>Tekniska kontoret</h3><p>Ring oss gärna på 0322-61 60 00 om du vill veta"
            " allt om vår nya bro</p></div>",
            id="a-number-in-a-long-line",
        ),
        pytest.param(
            "<div><h3>Kontoret</h3><p>0322-61 60 00</p><h4>Öppet</h4><p>9–16</p></div>",
            id="a-number-in-a-box-of-parts",
        ),
        pytest.param(
            f"<div><h3>Kontoret</h3><p>0322-61 60 00</p>{'<p>Öppet</p>' * 5}</div>",
            id="a-number-in-a-long-box",
        ),
        pytest.param(
            "<div><p>Kontoret</p><p>0322-61 60 00</p></div>", id="a-number-without-heading"
        ),
        pytest.param(
            f"<div><h3>{'Kontor ' * 14}</h3><p>0322-61 60 00</p></div>", id="a-long-heading"
        ),
        pytest.param(
            f"<h2>Om Ekköpings kommun</h2><p>{SENTENCE}</p>", id="about-without-a-release"
        ),
        pytest.param(
            f"<p>Kommunens pressmeddelande om <a>bron</a></p><h2>Om Ekköping</h2><p>{SENTENCE}</p>",
            id="a-link-to-a-release",
        ),
        pytest.param(
            f"<p>Pressmeddelande</p><h2>Om bron</h2><p>{SENTENCE}</p>", id="about-a-thing"
        ),
        pytest.param(
            f"<h2>Hur man överklagar</h2><p>{letters(2501)}</p>", id="too-much-of-anything"
        ),
        pytest.param(
            f"<h2>Vi använder bultar</h2><p>{SENTENCE}</p>", id="no-heading-of-boilerplate"
        ),
    ],
)
def test_a_section_leaves_what_it_does_not_hold(below: str):
    assert removed(article(below)) == {}


@pytest.mark.parametrize(("count", "is_taken"), [(3, True), (4, False)])
def test_three_contact_cards_are_contacts_and_four_what_the_page_is_about(
    count: int, is_taken: bool
):
    gone = removed(article("".join(CARDS[:count])))

    assert {*gone.values()} == ({"field:contact"} if is_taken else set())


def test_a_page_of_contacts_alone_keeps_them():
    contacts = "<h2>Kontakta oss</h2><p>Växel 0322-61 60 00</p><p>Stadshuset, Ekköping</p>"
    page = f"<main><h1>Kontakt</h1>{{}}{contacts}</main>"

    assert removed(page.format(f"<p>{letters(49)}</p>"), title="Kontakt") == {}
    assert len(removed(page.format(f"<p>{letters(50)}</p>"), title="Kontakt")) == 3


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("Överklaga beslut", f"<h2>Så överklagar du beslutet</h2>{APPEAL}"),
        ("Länkarna till skolan", f"<h2>Fler länkar</h2><ul>{NEWS}</ul>"),
    ],
)
def test_a_page_may_be_about_what_elsewhere_is_boilerplate(title: str, below: str):
    """A page about appeals tells how to appeal."""
    body = f"<main><h1>{title}</h1>{PROSE}{below}</main>"

    assert removed(body, title=title) == {}
    assert removed(body.replace(title, "Bron stängs"))


def test_the_word_above_the_title_makes_a_release():
    body = article(f"<h2>Om Ekköping</h2><p>{SENTENCE}</p>", above="<p>Pressmeddelande</p>")

    assert removed(body)["Om Ekköping"] == "field:about"


def test_a_heading_may_be_of_several_sections():
    """With links below it "Senaste …" is related:section, in a box with prose related:releases."""
    box = f"<div><h2>Senaste nyheter</h2><p>{SENTENCE}</p></div>"

    assert {*removed(article(box)).values()} == {"related:releases"}


def test_a_last_paragraph_after_a_list_of_links_is_the_author_s():
    below = f"<h2>Läs också</h2><ul>{NEWS}</ul><p>{SENTENCE}</p>"

    assert SENTENCE not in removed(article(below))


def test_a_survey_without_a_box_ends_at_the_next_heading():
    below = "<p>Var det bra så?</p><p>Ja Nej</p><h2>Öppettider</h2><p>Måndag 9–12</p>"

    assert [*removed(article(below))] == ["Var det bra så?", "Ja Nej"]


def test_an_invitation_is_no_subscription():
    box = f"<div><h2>Följ med på konstvandring</h2><p>{SENTENCE}</p></div>"

    assert removed(article(box)) == {}


def test_a_section_at_the_tail_is_one_at_the_tail_only():
    """By its place among the blocks, or if no prose stands below but that of its own box."""
    section = f"<h2>Läs också</h2><ul>{NEWS}</ul>"
    vik = "<p>Vi ses i Vik när sommaren kommer igen</p><p>Eller hos oss när vintern kommer</p>"

    assert removed(f"<main>{TITLE}{section}{PROSE * 4}</main>") == {}
    assert removed(f"<main>{TITLE}<div>{section}</div>{PROSE * 4}</main>") == {}
    assert len(removed(f"<main>{TITLE}{PROSE}{section}{vik * 9}</main>")) == 3
    assert len(removed(f"<main>{TITLE}{PROSE}<div>{section}<p>{SENTENCE}</p></div></main>")) >= 3


@pytest.mark.parametrize(("count", "is_whole"), [(60, True), (61, False)])
def test_a_section_ends_after_sixty_blocks(count: int, is_whole: bool):
    notice = "<p>Skriv.</p>" * count
    gone = read(article(f"<h2>Besvärshänvisning</h2>{notice}<h2>Tider</h2>")).removals

    assert len([r for r in gone if r.rule == "appeal:notice"]) == 61
    assert (read(article(f"<h2>Besvärshänvisning</h2>{notice}")).text.endswith("höst.")) is False
    assert ("Skriv." in read(article(f"<h2>Besvärshänvisning</h2>{notice}")).text) != is_whole


# ---- section: surveys in any words


@pytest.mark.parametrize(
    "below",
    [
        "<h2>Var det lätt att hitta?</h2><button>Ja</button><button>Nej</button>",
        "<p>Var det lätt att hitta?</p><p>Ja Nej</p>",
        "<p>Var det lätt att hitta?</p><p>Ja</p><p>Nej tack</p>",
        "<p>Lämna ett omdöme</p><input type=submit value=Bra><input type=submit value=Usel>",
        "<p>Vad tycker du?</p><label><input>Fin</label><label><input>Ful</label>",
        "<p>Bron får ditt betyg</p><p>1 2 3 4 5</p>",
        "<p>Din åsikt</p><p>★ ★ ☆</p>",
        "<p>Var det lätt att hitta?</p><button>Ja</button><p>vet ej</p>",
    ],
)
def test_a_question_with_answers_below_it_is_a_survey(below: str):
    assert {*removed(article(below)).values()} == {"feedback:widget"}


@pytest.mark.parametrize(
    "below",
    [
        "<h2>Var det lätt att hitta?</h2><button>Karta</button><p>Vägen är lång.</p>",
        "<h2>Var det lätt att hitta?</h2><p>Ja</p>",
        "<p>Bron är ny</p><button>Ja</button><button>Nej</button>",
        "<h2>Var det lätt att hitta?</h2><p>Jodå.</p><button>Ja</button><button>Nej</button>",
        f"<p>{'Var det lätt? ' * 9}</p><button>Ja</button><button>Nej</button>",
        "<label>Var det lätt?</label><button>Ja</button><button>Nej</button>",
    ],
)
def test_a_question_without_is_the_author_s(below: str):
    """One button, an answer in words, no question, a long one, one that is a label."""
    assert "feedback:widget" not in removed(article(below)).values()


# ---- phrase


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (
            "cookie:line",
            "Vi använder kakor. Du kan blockera kakor men då visas detta meddelande igen.",
        ),
        ("navigation:more", "Visa fler nyheter"),
        ("navigation:control", "Stäng menyn"),
        ("navigation:control", "Visar 1–10 av 245 träffar"),
        ("navigation:control", "Sida 2 av 9"),
        ("feedback:question", "Hittat fel på sidan?"),
        ("navigation:breadcrumbs", "Du är här:"),
        ("navigation:to-top", "Upp till sidans topp"),
        ("feedback:question", "Synpunkter på sidan?"),
        ("feedback:thanks", "Tack! Din åsikt är viktig för oss."),
        ("feedback:thanks", "Dina synpunkter har skickats."),
        ("feedback:choice", "Informationen är felaktig"),
        ("feedback:choice", "Jag hittar inte det jag söker"),
        ("feedback:notice", "Skicka in dina synpunkter"),
        ("share:row", "Dela på Facebook"),
        ("tool:reader", "Förstora texten"),
        ("tool:page", "Ladda ner som pdf"),
        ("tool:page", "Kopiera länk"),
        ("tool:print", "Skriv ut sidan"),
        ("template:error", "Kunde inte ladda modulen"),
        ("template:error", "Du måste peka ut en artikel."),
        ("template:data", '[{"id": 1,\n"namn": "Vik"}]'),
        ("placeholder:empty", "Inga nyheter hittades"),
        ("placeholder:empty", "media-no-image"),
        ("template:variable", "%%rubrik%%"),
        ("stale:notice", "Den här sidan är äldre än två år gammal och är inte aktuell längre."),
        ("link:elsewhere", "(öppnas i ny flik)"),
        ("link:file-size", "Word, 23 kB"),
    ],
)
@pytest.mark.parametrize("place", [5, 12, 24])
def test_phrases_that_go_anywhere(rule: str, line: str, place: int):
    assert shipped_rules().phrase(line, place, 30) == rule


@pytest.mark.parametrize(
    ("rule", "line", "places"),
    [
        ("navigation:back", "« Tillbaka till nyheterna", (0, 29)),
        ("navigation:control", "Nästa artikel ›", (0, 29)),
        ("navigation:control", "Logga in", (0, 29)),
        ("navigation:control", "Alla nyheter", (0, 29)),
        ("navigation:control", "Sortera på datum", (0, 29)),
        ("navigation:control", "Huvudmeny", (0,)),
        ("navigation:contents", "Sidans innehåll", (0,)),
        ("byline:line", "Innehållsansvarig: Anna Ek", (0, 29)),
        ("byline:line", "Text och foto: Anna Ek", (0, 29)),
        ("byline:reading-time", "3 minuters läsning", (0,)),
        ("tags:line", "Kategorier: Trafik, Broar", (0, 29)),
        ("feedback:question", "Fick du svar på din fråga?", (29,)),
        ("feedback:question", "Betygsätt sidan", (29,)),
        ("feedback:question", "Vad kan vi göra bättre?", (29,)),
        ("feedback:control", "Obligatoriskt", (29,)),
        ("share:row", "Tipsa en vän", (0, 29)),
        ("tool:row", "Lyssna Skriv ut Tipsa en vän", (0, 29)),
        ("tool:reader", "Anpassa", (0, 29)),
        ("date:label", "Sidinformation", (29,)),
        ("subscribe:line", "Din e-postadress", (29,)),
        ("navigation:counter", "Antal besökare: 1 234", (0, 29)),
        ("navigation:footer", "© Ekköpings kommun 2024", (29,)),
        ("navigation:footer", "Org.nr 212000-0000", (29,)),
    ],
)
def test_phrases_that_go_at_an_end(rule: str, line: str, places: tuple[int, ...]):
    found = {place: shipped_rules().phrase(line, place, 30) for place in (0, 14, 29)}

    assert found == {place: rule if place in places else None for place in found}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("www.ekkoping.example", 14),  # template:error: words with two full stops in them
        ("Organisationsnummer behövs när du söker bidrag.", 29),  # navigation:footer
        ("Kan vi bygga en altan tillsammans?", 29),  # feedback:question: a heading of answers
        ("Besök", 29),  # navigation:counter: a heading above an address
    ],
)
def test_phrases_that_authors_say_as_well(line: str, place: int):
    assert shipped_rules().phrase(line, place, 30) is None


@pytest.mark.parametrize(
    "line", ["Innehåll på denna sida", "Hjälpte informationen på denna sida dig?"]
)
def test_phrases_in_written_swedish(line: str):
    assert shipped_rules().phrase(line, 0, 30)


@pytest.mark.parametrize("title", ["Om kakor", "Vår kaka", "Så använder vi cookies"])
def test_a_page_about_cookies_tells_of_cookies(title: str):
    line = "Vi använder kakor på webbplatsen."
    body = f"<main><h1>{title}</h1>{PROSE}<p>{line}</p><p>Skriv ut</p></main>"

    assert removed(body, title=title) == {"Skriv ut": "tool:print"}
    assert removed(body.replace(title, "Bron stängs"))[line] == "cookie:line"


@pytest.mark.parametrize(
    ("below", "goes"),
    [
        (f"<p>{SENTENCE}</p>", False),
        ("<p>Kort.</p>", True),
        ("<p>Vi använder cookies på webbplatsen för att du ska få en bättre upplevelse.</p>", True),
        ("", True),
    ],
)
def test_a_heading_that_is_worded_like_a_control_stays_above_prose(below: str, goes: bool):
    assert ("Hem" in removed(article(f"<h2>Hem</h2>{below}"))) == goes
    assert "Hem" in removed(article(f"<p>Hem</p>{below}"))


RULES = load_rules(
    b"""
    [[phrases]]
    name = "t:head"
    where = "head"
    pattern = "huvud"
    [[phrases]]
    name = "t:tail"
    where = "tail"
    pattern = "svans"
    [[phrases]]
    name = "t:ends"
    where = "ends"
    pattern = ["kant", "r[ao]nd"]
    [[phrases]]
    name = "t:any"
    pattern = "rad( .*slut)?|rand"
    """,
    "t.toml",
)


@pytest.mark.parametrize(
    ("text", "count", "places"),
    [
        ("huvud", 30, range(5)),
        ("svans", 30, range(18, 30)),
        ("svans", 10, range(5, 10)),
        ("kant", 30, [*range(5), *range(18, 30)]),
        ("rad", 30, range(30)),
        ("huvud", 3, range(3)),
        ("svans", 3, range(3)),
    ],
)
def test_head_and_tail(text: str, count: int, places: range):
    """Five blocks, or two fifths of them at the tail."""
    found = [place for place in range(count) if RULES.phrase(text, place, count)]

    assert found == [*places]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("kant", "t:ends"),
        ("rond", "t:ends"),
        ("rand", "t:ends"),
        ("Rad Rad", "t:any"),
        ("Rad\nRad", "t:any"),
        ("rad rad rad", None),
        ("kant\nrad", "t:ends"),
        ("rad\nkant", "t:any"),
        ("rad\nkant\nord", None),
        ("rad\nkant\nrad\nkant\nrad", "t:any"),
        ("rad\nkant\nrad\nkant\nrad\nkant", None),
        (f"rad {'x' * LONGEST_PHRASE * 3} slut", "t:any"),
        (f"rad {'x' * LONGEST_PHRASE * 3} slu", None),
    ],
)
def test_what_counts_as_a_phrase(text: str, rule: str | None):
    """Said once or twice, or line by line; of a long text both ends are looked at."""
    assert RULES.phrase(text, 0, 1) == rule


def test_a_long_heading_is_none():
    rules = load_rules(b"[[sections]]\nname='t:s'\nholds='links'\nheading='x+'", "t.toml")
    found = [rules.section("x" * n, is_head=True, is_tail=True) for n in (1, LONGEST_HEADING, 201)]

    assert [rule is not None for rule in found] == [True, True, False]


# ---- template


def test_what_a_site_sets_around_its_pages_goes_last():
    """As on pages with a page object: see `test_template`."""
    banner = f"<section><p>{BANNER}</p></section>"
    template = Template((BANNER, PARAGRAPHS[2]))
    gone = read(f"<main>{TITLE}{banner}{PROSE}{banner}</main>", template=template).removals[1:]

    assert [(r.position, r.text) for r in gone] == [(1, BANNER), (6, BANNER)]
    assert {(r.judge, r.rule) for r in gone} == {("template", "template:recurring")}
    assert removed(f"<main>{TITLE}{banner}</main>", template=template) == {}


# ---- density


TEASERS = (
    "<h2>Ur kommunen</h2><p><a>Ny skola byggs i Vik</a></p><p>2 maj 2024</p>"
    "<p><a>Badet öppnar igen i juni</a></p><p>1 maj 2024</p>"
)


def test_headlines_and_dates_after_the_text_are_teasers():
    gone = read(article(TEASERS)).removals[1:]

    assert [r.text for r in gone] == [
        *("Ur kommunen", "Ny skola byggs i Vik", "2 maj 2024"),
        *("Badet öppnar igen i juni", "1 maj 2024"),
    ]
    assert {(r.judge, r.rule, r.evidence) for r in gone} == {
        ("density", "density:links", "headlines and dates after the text")
    }


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(TEASERS.replace("1 maj 2024", "Snart"), id="one-date"),
        pytest.param(TEASERS.replace("h2", "p"), id="no-heading"),
        pytest.param(TEASERS.replace("Ur kommunen", "Protokoll"), id="a-list-of-things"),
        pytest.param(TEASERS.replace("Ny skola byggs", "Kallelse till möte"), id="with-a-thing"),
        pytest.param(f"{TEASERS}<p>Något annat</p>", id="with-something-else"),
        pytest.param(f"{TEASERS}<p>{SENTENCE}</p>", id="before-more-prose"),
        pytest.param(TEASERS.replace("</a>", "</a> i stan"), id="not-quite-links"),
    ],
)
def test_other_lists_are_the_author_s(below: str):
    assert removed(article(below)) == {}


@pytest.mark.parametrize(
    ("below", "count"),
    [
        (links("Om webbplatsen", "Tillgänglighet", "Vår karta", tag="p"), 3),
        (links("Om webbplatsen", "Vår karta", tag="p"), 0),
        (links("Om webbplatsen", "Till webbplatsen", tag="p"), 0),
        (links("Om webbplatsen", "Tillgänglighet", "Så ser vår fina karta ut", tag="p"), 2),
        (
            links(
                "Om webbplatsen",
                "Tillgänglighet",
                "Va-saneringsprojektstillståndsprövning",
                tag="p",
            ),
            3,
        ),
        (links("Om webbplatsen", "Tillgänglighet", f"{'Va' * 23}", tag="p"), 2),
        ("<p><a>Om webbplatsen</a></p><p>och</p><p><a>Tillgänglighet</a></p>", 0),
        ("<p>Om webbplatsen</p><p>Tillgänglighet</p>", 0),
        ("<h2><a>Om webbplatsen</a></h2><h2><a>Tillgänglighet</a></h2>", 0),
        (links("Facebook", "Instagram", tag="h3") + links("Kommunen", tag="p"), 0),
    ],
)
def test_a_run_of_links_with_names_from_the_foot_of_sites_goes(below: str, count: int):
    """Two such names make a foot of all the labels around them."""
    gone = [r for r in read(article(below)).removals if r.rule == "density:links"]

    assert len(gone) == count
    assert {r.evidence for r in gone} <= {"links that stand at the foot of sites"}


BESIDE = f"<div>{links('Skola', 'Vård', tag='p')}</div>"
NEXT = f"<div><div>{TITLE}{PROSE}</div>{{}}</div>"


def test_a_box_of_links_beside_the_column_of_title_and_text_goes():
    gone = read(NEXT.format(f"<div>{BESIDE}</div><section><p>Vi finns</p></section>")).removals[1:]

    assert [r.text for r in gone] == ["Skola", "Vård"]
    assert {r.evidence for r in gone} == {"mostly links, beside the column of title and text"}


@pytest.mark.parametrize(
    ("body", "goes"),
    [
        pytest.param(NEXT.format(BESIDE), True, id="links"),
        pytest.param(NEXT.format("<div><p>Skol</p><p><a>Vård</a></p></div>"), True, id="half"),
        pytest.param(NEXT.format("<div><p>Skola</p><p><a>Vård</a></p></div>"), False, id="less"),
        pytest.param(NEXT.format(BESIDE.replace("Vård", "Blankett")), False, id="a-thing"),
        pytest.param(
            NEXT.format(f"<div>{links(SENTENCE, 'Vård', tag='p')}</div>"), False, id="a-sentence"
        ),
        pytest.param(
            NEXT.format(f"<div>{links(SENTENCE[:-1], 'Vård', tag='p')}</div>"),
            True,
            id="no-sentence",
        ),
        pytest.param(f"<div>{TITLE}{PROSE}{BESIDE}</div>", False, id="in-the-column"),
        pytest.param(
            f"<div><div>{TITLE}</div><div>{PROSE}</div>{BESIDE}</div>", False, id="a-wider-column"
        ),
        pytest.param(
            f"<div><div>{TITLE}{PROSE}</div><div><p>{letters(90)}</p></div>{BESIDE}</div>",
            True,
            id="a-column-with-four-fifths",
        ),
        pytest.param(
            f"<div><div>{TITLE}{PROSE}</div><div><p>{letters(95)}</p></div>{BESIDE}</div>",
            False,
            id="a-column-with-less",
        ),
    ],
)
def test_what_stands_beside_the_column(body: str, goes: bool):
    assert ("density:links" in removed(body).values()) == goes


def test_text_outside_every_box_of_the_page_is_beside_the_column():
    """A body that ends itself leaves text to no element but the page."""
    page = f"<html><body/><div>{TITLE}{PROSE}</div><a href=/x>Alla brev</a>"

    assert [r.text for r in read_page(page.encode()).removals] == ["Bron stängs", "Alla brev"]


@pytest.mark.parametrize(("count", "goes"), [(300, True), (299, False)])
def test_links_are_what_a_page_with_little_prose_is_about(count: int, goes: bool):
    body = f"<main>{TITLE}<p>{letters(count)}</p>{OPEN_LINKS}</main>"

    assert bool(removed(body)) == goes


def test_prose_is_not_linked_and_not_short():
    """Sixty letters, less than half of them in links."""
    linked = "".join(f"<p><a>{text}</a></p>" for text in PARAGRAPHS)
    short = f"<p>{letters(59)}</p>" * 9

    for text in (linked, short):
        assert "density:links" not in removed(f"<main>{TITLE}{text}{OPEN_LINKS}</main>").values()
    assert removed(f"<main>{TITLE}{f'<p>{letters(60)}</p>' * 5}{OPEN_LINKS}</main>")


# ---- control


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        ("<button>Boka tid</button>", "control:button"),
        (f"<button>{'Boka en tid nu' * 5}</button>", "control:button"),
        ("<input type=submit value='Boka 2'>", "control:button"),
        ("<img alt='En bro av sten'>", "alt:image"),
        ("<button><img alt='En pil'></button>", "alt:image"),
    ],
)
def test_pictures_and_buttons_are_no_text(element: str, rule: str):
    assert [*removed(article(element)).values()] == [rule]


@pytest.mark.parametrize(
    "element",
    [
        "<button aria-expanded=false>Trafik</button>",
        "<button aria-controls=a>Trafik</button>",
        "<button data-toggle=collapse>Trafik</button>",
        "<button data-bs-toggle=collapse>Trafik</button>",
        "<button data-target=a>Trafik</button>",
        "<h3><button>Trafik</button></h3>",
        "<dl><dt><span><button>Trafik</button></span></dt></dl>",
        "<button><h3>Trafik</h3></button>",
        "<details><summary><button>Trafik</button></summary></details>",
        "<div role=heading><button>Trafik</button></div>",
        "<button role=heading>Trafik</button>",
        "<button>§ 52</button>",
        "<a href=/x><button>Trafik</button></a>",
        f"<button>{'Boka en tid ' * 7}</button>",
        "<label>Trafik</label>",
    ],
)
def test_some_buttons_are_headings_or_text(element: str):
    """One that opens a part of the text, one with a number, one that is a link, a long one."""
    assert removed(article(f"{element}<p>Bussarna går.</p>")) == {}


# ---- heading


@pytest.mark.parametrize(
    ("below", "gone"),
    [
        ("<h2>Vår ruta</h2><div class=share-links>X</div>", ["Vår ruta", "X"]),
        (
            "<div><h2>Alla</h2><h3>Vår ruta</h3><ul class=tags><a>X</a></ul></div>",
            ["Alla", "Vår ruta", "X"],
        ),
        ("<dl><dt>Vår ruta</dt><dd class=related-links>X</dd></dl>", ["Vår ruta", "X"]),
        ("<h2>Vår ruta</h2><div class=newsletter>X</div><h2>Tider</h2>", ["Vår ruta", "X"]),
        ("<h2>Vår ruta</h2><div id=comments><a>X</a></div>", ["Vår ruta", "X"]),
        ("<h2>Vår ruta</h2><div class=cookie>X</div>", ["Vår ruta", "X"]),
        ("<h2>Vår ruta</h2><form id=x-feedback>X</form>", ["Vår ruta", "X"]),
        ("<h2>Vår ruta</h2><nav>X</nav>", ["X"]),
        ("<h2>Vår ruta</h2><div class=toolbar>X</div>", ["X"]),
        ("<h2>Vår ruta</h2><img alt=X>", ["X"]),
        ("<h2>Vår ruta</h2><p>Text</p><div class=share-links>X</div>", ["X"]),
        ("<section><h2>Vår ruta</h2></section><div class=share-links>X</div>", ["X"]),
        ("<p>Vår ruta</p><div class=share-links>X</div>", ["X"]),
    ],
)
def test_a_heading_goes_with_all_that_stood_below_it(below: str, gone: list[str]):
    """If that had to go for what it says, not for where it stands, and is below nothing else."""
    found = read(article(below)).removals[1:]

    assert [r.text for r in found] == gone
    assert {r.rule for r in found} == {found[-1].rule}
    assert [r.evidence for r in found if r.judge == "heading"] == [
        f"heads '{text}'" for text in gone[1:]
    ]


def test_a_heading_above_what_a_page_object_keeps_stays():
    files = "<h2>Handlingar</h2><aside><a href=/a.pdf>Karta</a></aside>"

    assert removed(article(files)) == {}


def test_a_heading_stays_with_the_text_below_it():
    """A date right below it has become a field; that is no reason."""
    below = f"<h2>Så påverkas du</h2><p>Publicerad 2 maj 2024</p><p>{SENTENCE}</p>"

    assert "Så påverkas du" not in removed(article(below))


def test_a_heading_stays_with_the_text_below_a_row_of_buttons():
    below = f"<h2>Så påverkas du</h2><div class=share-links>Dela</div><p>{SENTENCE}</p>"

    assert "Så påverkas du" not in removed(article(below))


# ---- a second look


@pytest.mark.parametrize("around", ["main", "div"])
@pytest.mark.parametrize(
    "element", ["form", "aside", "nav", "div class=right", "div class=kontakt"]
)
def test_a_page_of_which_nothing_was_left_is_looked_at_again(around: str, element: str):
    """Then elements of the content stay that only tell where something stands."""
    body = f"<{around}><{element}><p>Kungörelse om <a>val</a></p><p>Anslag</p>"
    reading = read(body, title="")

    assert reading.text == "Kungörelse om val\n\nAnslag"


@pytest.mark.parametrize(
    "body",
    [
        "<main><div class=cookie><p>Kungörelse</p></div></main>",
        "<aside><p>Kungörelse</p></aside><main><p>Anslag</p></main>",
    ],
)
def test_a_second_look_leaves_no_more_than_that(body: str):
    """Not what says that it is no document, nor what stands outside the content."""
    assert "Kungörelse" not in read(body, title="").text


@pytest.mark.parametrize(("left", "is_kept"), [(59, True), (60, False)])
def test_a_second_look_is_for_pages_of_little_text(left: int, is_kept: bool):
    body = f"<main><p>{letters(left)}</p><nav><p>Kungörelse</p></nav></main>"

    assert ("Kungörelse" in read(body, title="").text) == is_kept


# ---- rules that are undone

UNDONE = {
    "content:main": (f"{article()}<p>Intill</p>", "Intill"),
    "sitevision:tools": (article("<div class=lp-page-tools>Bra att ha</div>"), "Bra att ha"),
    "navigation:sidebar": (article("<div class=right><a>Bra att ha</a></div>"), "Bra att ha"),
    "stale:notice": (article("<p>Detta innehåll är äldre än 60 dagar.</p>"), "60 dagar"),
    "appeal:notice": (article(f"<h2>Så överklagar du</h2>{APPEAL}"), "Rätten avgör."),
    "field:contact": (article("<div><h3>Vik</h3><p>0322-61 60 00</p></div>"), "0322-61 60 00"),
    "outside:content": (f"{article()}<p>Intill</p>", "Intill"),
    "place:before-title": (article(above="<p>Trafik</p>"), "Trafik"),
    "template:recurring": (article(f"<section><p>{BANNER}</p></section>"), BANNER),
    "density:links": (article(TEASERS), "Badet öppnar igen i juni"),
    "feedback:widget": (article("<p>Var det bra så?</p><p>Ja Nej</p>"), "Ja Nej"),
    "control:button": (article("<button>Boka tid</button>"), "Boka tid"),
    "alt:image": (article("<img alt='En bro av sten'>"), "En bro av sten"),
    "field:title": (article(), "Bron stängs"),
    "field:published": (f"<main>{TITLE}<time>3 maj 2024</time>{PROSE}</main>", "3 maj 2024"),
    "field:modified": (article("<p>Ändrad: <time>3 maj 2024</time></p>"), "3 maj 2024"),
    "field:byline": (article("<p>Ändrad <time>3 maj 2024</time> av Anna Ek</p>"), "av Anna Ek"),
}


@pytest.mark.parametrize(("name", "body", "text"), [(n, *page) for n, page in UNDONE.items()])
def test_an_undone_rule_removes_nothing(name: str, body: str, text: str):
    """Of each kind: content, root, guess, phrase, section, and each way of a judge."""
    template = Template((BANNER,))
    before = read(body, template=template)
    after = read(body, template=template, rules=shipped_rules().without([name]))

    assert text not in before.text
    assert text in after.text
    assert name not in {removal.rule for removal in after.removals}


def test_every_rule_of_a_judge_can_be_undone():
    """The type is that of a text without elements, see its own tests."""
    assert {*JUDGE_RULES} <= {*UNDONE, "field:type"}


def test_an_undone_element_is_still_a_block_of_its_own():
    """And what stands around it is asked."""
    rules = shipped_rules().without(["assistive:text"])
    inside = "<p>Läs <span class=vh>hela</span> listan</p>"
    blocks = read(article(inside), rules=rules).cleaned.verdicts[-3:]

    assert [v.block.text for v in blocks] == ["Läs", "hela", "listan"]
    assert {*removed(article(f"<nav>{inside}</nav>"), rules=rules).values()} == {"navigation:nav"}
    assert {*removed(article(f"<aside>{inside}</aside>"), rules=rules).values()} == {
        "landmark:aside"
    }


def test_an_undone_element_is_read_like_any_other():
    body = article("<div class=toolbar><p>Hyr en <b>bor</b>r.</p><p>Eller två.</p></div>")

    assert (
        "Hyr en borr.\n\nEller två."
        in read(body, rules=shipped_rules().without(["tool:page"])).text
    )


def test_unknown_names_are_refused_by_name():
    said = r"found 'navigation:nva' \(nearest: navigation:nav\b.*\), 'zzz' \(none is like it\)$"
    with pytest.raises(BadRules, match=said):
        shipped_rules().without(["stale:notice", "zzz", "navigation:nva"])


def test_rules_with_less_have_a_digest_of_their_own():
    """Law 3: the same names, in any order and number of steps taken, the same rules."""
    rules = shipped_rules()
    less = rules.without(["stale:notice", "tool:page"])

    assert rules.without([]) is rules
    assert len({rules.digest, less.digest, rules.without(["tool:page"]).digest}) == 3
    assert rules.without(["tool:page", "stale:notice"]) == less
    assert rules.without(["tool:page"]).without(["stale:notice"]).undone == less.undone
    assert RULES.without(["t:any"]).phrases == RULES.phrases[:3]


def test_a_product_s_own_rules_come_first():
    own = load_rules(b"[[phrases]]\nname='t:own'\npattern='rad'", "own.toml")
    both = RULES.after(own.without(["t:own"])), RULES.after(own)
    undone = RULES.without(["t:any"]).after(own.without(["t:own"])).undone

    assert [rules.phrase("rad", 0, 1) for rules in both] == ["t:any", "t:own"]
    assert undone == {"t:any", "t:own"}
    assert len({rules.digest for rules in (*both, own, RULES)}) == 4


@pytest.mark.parametrize(
    "stated",
    [
        "[[contents]]\nname='a:b'\nselector='p['",
        "[[sections]]\nname='a:b'\nholds='links'\nheading='('",
        "[[sections]]\nname='a:b'\nholds='things'",
        "[[guesses]]\nname='a:b'\nword=['x']",
        "[[roots]]\nname='a:b'\nselector='p'\nsealed='yes'",
    ],
)
def test_rules_that_do_not_hold_are_refused(stated: str):
    with pytest.raises(BadRules, match=r"t\.toml"):
        load_rules(stated.encode(), "t.toml")


def test_rules_are_named_by_their_bytes():
    """Law 3: the digest is part of an extractor's identity."""

    def digest(pattern: str) -> Rules:
        return load_rules(f"[[phrases]]\nname='a:b'\npattern='{pattern}'".encode(), "t.toml").digest

    assert digest("x") == digest("x")
    assert digest("x") != digest("y")


# ---- what has no names: rows that share, feet of sites

OWNER = "<p>Viks kommun</p><p>Storgatan 1, 123 45 Vik</p><p>Org.nr: 212000-1234</p>"
ABOUT = "<p>Om webbplatsen</p><p>Behandling av personuppgifter</p><p>Växel 0322-61 60 00</p>"


@pytest.mark.parametrize(
    "href",
    [
        "https://www.facebook.com/sharer/sharer.php?u=x",
        "https://twitter.com/intent/tweet?url=x",
        "https://x.com/intent/post?url=x",
        "https://www.linkedin.com/sharing/share-offsite/?url=x",
        "mailto:?subject=Bron",
    ],
)
def test_links_that_post_the_page_go(href: str):
    """By their address, whatever they say."""
    row = f"<p>Berätta: <a href='{href}'>för alla andra</a></p>"
    named = row.replace(href, "https://www.facebook.com/vik")

    assert removed(article(row)) == {"Berätta: för alla andra": "share:row"}
    assert removed(article(named)) == {}
    assert removed(article(row), rules=shipped_rules().without(["share:row"])) == {}


def test_a_sentence_with_such_a_link_stays():
    href = "https://www.facebook.com/sharer/sharer.php?u=x"

    assert removed(article(f"<p>Bron är stängd hela veckan. <a href='{href}'>Dela</a></p>")) == {}


@pytest.mark.parametrize("box", ["<div>{}</div>", "{}"])
def test_the_foot_of_a_site_goes_without_an_element_for_it(box: str):
    hours = "<h2>Tider</h2><p>Måndag 9–12</p>"
    gone = removed(f"{TITLE}{PROSE}{hours}{box.format(OWNER + ABOUT)}")

    assert [*gone] == [
        *("Viks kommun", "Storgatan 1, 123 45 Vik", "Org.nr: 212000-1234", "Om webbplatsen"),
        *("Behandling av personuppgifter", "Växel 0322-61 60 00"),
    ]
    assert {*gone.values()} == {"navigation:footer"}


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("Bron stängs", "<p>Viks kommun</p><p>Storgatan 1, 123 45 Vik</p><p>Om webbplatsen</p>"),
        ("Om webbplatsen", "<p>Tillgänglighetsredogörelse</p><p>Behandling av personuppgifter</p>"),
        ("Bron stängs", f"<p>Om webbplatsen</p><p>Behandling av personuppgifter</p>{PROSE}"),
    ],
)
def test_what_the_text_goes_on_after_or_is_about_is_no_foot(title: str, below: str):
    body = f"{TITLE.replace('Bron stängs', title)}{PROSE}{below}"

    assert removed(body, title=title) == {}
