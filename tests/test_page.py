"""Pages that nobody knows: their names, dates and other fields, and where they say so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from archive.cleaning.head import MAX_JSON_NODES, json_ld, meta, metadata, page_title
from archive.cleaning.html import parse_html
from archive.cleaning.page import PageReading, read_page
from archive.cleaning.rules import shipped_rules
from archive.cleaning.title import LONGEST_TITLE
from archive.errors import BadPayload

PARAGRAPHS = (
    "Badet öppnar på lördag och håller öppet varje dag till och med sista veckan i augusti.",
    "Vattnet provas en gång i veckan, och svaren anslås vid bryggan så snart de har kommit.",
    "Parkera vid skolan: vägen ner till bryggan är smal, och bussen måste kunna vända där.",
)
PROSE = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
LONG = "".join(f"<p>{text}</p>" for text in PARAGRAPHS * 3)
TITLE = "<h1>Badet öppnar</h1>"
NAMED = "<title>Badet öppnar - Viks kommun</title>"


def read(body: str, head: str = NAMED, **options: object) -> PageReading:
    page = f"<!doctype html><html lang=sv><head>{head}</head><body>{body}</body></html>"
    return read_page(page.encode(), **options)


def fields(reading: PageReading) -> dict[str, tuple[str, str]]:
    """Return what each field says, and where it was found."""
    return {field.name: (field.value, field.found_at) for field in reading.fields}


def field(name: str, body: str, head: str = NAMED, **options: object) -> tuple[str, str]:
    return fields(read(body, head, **options)).get(name, ("", ""))


def gone(reading: PageReading, family: str) -> list[str]:
    """Return the texts that rules of a family took."""
    return [r.text for r in reading.removals if r.rule.startswith(family)]


# ---- title


def og(title: str) -> str:
    return f'<meta property="og:title" content="{title}">'


def news(headline: str) -> str:
    return f'<script type="application/ld+json">{{"headline": "{headline}"}}</script>'


@pytest.mark.parametrize(
    ("head", "body", "title", "found_at"),
    [
        pytest.param("", f"<main>{TITLE}{PROSE}</main>", "Badet öppnar", "h1", id="first-heading"),
        pytest.param(
            "",
            f"<div class=search><h1>Hitta på sidan</h1><input></div>{TITLE}{PROSE}",
            *("Badet öppnar", "h1"),
            id="not-a-search-box",
        ),
        pytest.param(
            "", f"<h1>Sök</h1>{TITLE}{PROSE}", "Badet öppnar", "h1", id="not-a-word-for-searching"
        ),
        pytest.param(
            "<title>Viks kommun</title>",
            f"<header><h1>Viks kommun</h1></header><main>{PROSE}</main>",
            *("Viks kommun", "h1"),
            id="a-logo-if-the-head-names-it",
        ),
        pytest.param(
            "",
            f"<header><h1>Viks kommun</h1></header><main>{TITLE}{PROSE}</main>",
            *("Badet öppnar", "h1"),
            id="not-a-logo-in-a-header",
        ),
        pytest.param(
            NAMED,
            f"<div><h1>Viks kommun</h1></div><main>{TITLE}{PROSE}</main>",
            *("Badet öppnar", "h1"),
            id="the-heading-that-the-head-names",
        ),
        pytest.param(
            NAMED,
            f"<h1>Badet</h1><h1>Badet öppnar</h1><h1>Badet öppnar snart</h1>{PROSE}",
            *("Badet öppnar", "h1"),
            id="the-longest-that-the-head-names",
        ),
        pytest.param(
            "<title>Vik</title>",
            f"<h1>Nyheter</h1><h2>Badet öppnar</h2>{PROSE}",
            *("Nyheter", "h1"),
            id="a-first-heading-before-a-second",
        ),
        pytest.param(
            NAMED,
            f"<h1>Nyheter</h1><h2>Badet öppnar</h2>{PROSE}",
            *("Badet öppnar", "h2"),
            id="a-second-that-the-head-names-before-a-first",
        ),
        pytest.param(NAMED, f"<h2>Badet öppnar</h2>{PROSE}", "Badet öppnar", "h2", id="a-second"),
        pytest.param(NAMED, f"<h3>Badet öppnar</h3>{PROSE}", "Badet öppnar", "h3", id="a-third"),
        pytest.param("", f"<h2>Badet öppnar</h2>{PROSE}", "", "", id="no-second-by-itself"),
        pytest.param(
            "",
            f"<h1>Politiska möten</h1><h2>Badet öppnar</h2>{PROSE}",
            *("Badet öppnar", "h2"),
            id="below-the-name-of-a-portal",
        ),
        pytest.param(
            "",
            f"<nav><h1>Badet öppnar</h1></nav>{PROSE}",
            *("", ""),
            id="no-heading-of-the-frame",
        ),
        pytest.param(
            NAMED,
            f"<header>{TITLE}</header>{PROSE}",
            *("Badet öppnar", "h1"),
            id="a-heading-of-the-frame-that-the-head-names",
        ),
        pytest.param(
            og("Badet öppnar") + "<title>Nyheter</title>",
            f"<h1>Nyheter</h1>{TITLE}{PROSE}",
            *("Badet öppnar", "h1"),
            id="og-before-title",
        ),
        pytest.param(
            news("Badet öppnar") + "<title>Nyheter</title>",
            f"<h1>Nyheter</h1>{TITLE}{PROSE}",
            *("Badet öppnar", "h1"),
            id="json-ld-before-title",
        ),
        pytest.param(
            og("Nyheter") + news("Badet öppnar"),
            f"{TITLE}<h1>Nyheter</h1>{PROSE}",
            *("Nyheter", "h1"),
            id="og-before-json-ld",
        ),
        pytest.param(
            og("Badet öppnar för alla b…"),
            f"<h1>Nytt</h1><h1>Badet öppnar för alla barn i Vik</h1>{PROSE}",
            *("Badet öppnar för alla barn i Vik", "h1"),
            id="og-cut-short",
        ),
        pytest.param(
            og("Badet öppnar för alla"[:19]),
            f"<h1>Nytt</h1><h1>Badet öppnar för alla barn i Vik</h1>{PROSE}",
            *("Nytt", "h1"),
            id="og-cut-too-short",
        ),
        pytest.param(
            og("Badet öppnar för alla"[:20]),
            f"<h1>Nytt</h1><h1>Badet öppnar för alla barn i Vik</h1>{PROSE}",
            *("Badet öppnar för alla barn i Vik", "h1"),
            id="og-cut-at-twenty-letters",
        ),
        pytest.param(
            "<title>Badet, öppnar! – Vik</title>",
            f"<h1>Nytt</h1><h1>BADET ÖPPNAR</h1>{PROSE}",
            *("BADET ÖPPNAR", "h1"),
            id="signs-and-case-aside",
        ),
        pytest.param(
            "<title>Badetöppnar</title>",
            f"<h1>Nytt</h1><h1>Badet</h1>{PROSE}",
            *("Nytt", "h1"),
            id="whole-words",
        ),
        pytest.param(NAMED, PROSE, "Badet öppnar", "title", id="site-after"),
        pytest.param(
            "<title>Viks kommun | Badet öppnar</title>",
            *(PROSE, "Badet öppnar", "title"),
            id="site-before",
        ),
        pytest.param("<title>vik.se: Badet</title>", PROSE, "Badet", "title", id="address-before"),
        pytest.param(
            "<title>Bad-öppning</title>", PROSE, "Bad-öppning", "title", id="no-separator"
        ),
        pytest.param("<title>Viks kommun</title>", PROSE, "Viks kommun", "title", id="site-alone"),
        pytest.param(
            "<title>Startsida - Region Skog</title>", PROSE, "Startsida", "title", id="sites-alone"
        ),
        pytest.param("<title> | </title>", PROSE, "", "title", id="separators-alone"),
        pytest.param(
            og("Badet öppnar") + "<title>Nyheter</title>",
            *(PROSE, "Badet öppnar", "og:title"),
            id="og-alone",
        ),
        pytest.param(
            og("") + news("Badet öppnar") + NAMED,
            PROSE,
            "Badet öppnar",
            "headline",
            id="json-alone",
        ),
        pytest.param("", PROSE, "", "", id="none"),
        pytest.param(
            NAMED, f"<p>Badet öppnar</p>{PROSE}", "Badet öppnar", "title", id="a-line-is-no-heading"
        ),
        pytest.param(
            "",
            f"<h1>Politiska möten</h1><h3>Badet öppnar</h3>{PROSE}",
            *("", ""),
            id="a-third-below-the-name-of-a-portal",
        ),
        pytest.param(
            "",
            f"<header><h1>Viks kommun</h1></header><h2>Badet öppnar</h2>{PROSE}",
            *("", ""),
            id="below-no-portal",
        ),
        pytest.param(
            "",
            f"<p>Välkommen</p><h2>Badet öppnar</h2>{PROSE}",
            "",
            "",
            id="a-welcome-is-no-heading",
        ),
        pytest.param(
            "<title> | Badet öppnar</title>", PROSE, "Badet öppnar", "title", id="empty-part"
        ),
        pytest.param(
            "<title>Badet öppnar - tider - Viks kommun</title>",
            *(PROSE, "Badet öppnar - tider", "title"),
            id="parts-before-the-site",
        ),
        pytest.param(
            "<title>Viks kommun | Badet öppnar | tider</title>",
            *(PROSE, "Badet öppnar | tider", "title"),
            id="parts-after-the-site",
        ),
        pytest.param(
            "<title>Badet öppnar - tider</title>",
            *(PROSE, "Badet öppnar", "title"),
            id="parts-without-a-site",
        ),
    ],
)
def test_the_title(head: str, body: str, title: str, found_at: str):
    reading = read(body, head)

    assert reading.title == title
    assert fields(reading)["title"] == (title, found_at)


@pytest.mark.parametrize(
    "frame",
    [
        "<div class=cookie>",
        "<aside>",
        "<div class=feedback><input>",
        "<div class=related-content>",
        "<div class=skip-link>",
        "<div class=crisis-banner>",
        "<div class=sr-only>",
    ],
)
def test_no_title_stands_in_a_frame(frame: str):
    assert read(f"{frame}<h1>Viktigt</h1></div></aside>{TITLE}{PROSE}", "").title == "Badet öppnar"


def test_of_two_headings_alike_the_first_in_the_text_is_the_title():
    body = f"<header>{TITLE}</header><main>{TITLE}<p>Kom hit!</p>{TITLE}{PROSE}</main>"
    reading = read(body)

    assert [(r.position, r.rule) for r in reading.removals] == [
        (0, "navigation:header"),
        (1, "field:title"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("Politiska möten", "Politiske møter", "Politisk møtekalender", "Välkommen", "Velkommen"),
        *("Mötesportal", "Møtesportalen", "Sammanträdesportal", "Sök", "Search"),
    ],
)
def test_first_headings_that_name_a_portal(name: str):
    assert read(f"<h1>{name}</h1><h2>Badet öppnar</h2>{PROSE}", "").title == "Badet öppnar"


@pytest.mark.parametrize(
    "site",
    [
        *("Viks kommun", "Vik stad", "Region Vik", "Viks län", "Viks landsting", "vik.se"),
        *("vik.nu", "vik.com", "vik.example", "Startsidan", "Viks kommuns webbplats"),
    ],
)
def test_names_of_sites(site: str):
    assert read(PROSE, f"<title>{site} - Badet öppnar</title>").title == "Badet öppnar"


def test_a_title_leaves_the_text_once():
    reading = read(f"<main><p>Bad</p>{TITLE}{PROSE}<h2>Badet öppnar</h2><p>Kom hit!</p></main>")

    assert gone(reading, "field:title") == ["Badet öppnar"]
    assert "Badet öppnar\n\nKom hit!" in reading.text
    assert [r.evidence for r in reading.removals if r.rule == "field:title"] == ["h1"]


def test_a_title_is_one_line_and_not_endless():
    reading = read(f"<h1>Badet<br>öppnar</h1>{PROSE}", "")
    endless = read(f"<h1>{'Bad ' * 200}</h1>{PROSE}", "")
    stated = read(PROSE, f"<title>{'Bad ' * 200}</title>")

    assert reading.title == "Badet öppnar"
    assert len(endless.title) == len(stated.title) == LONGEST_TITLE
    assert gone(endless, "field:title") == [("Bad " * 200).strip()]


@pytest.mark.parametrize(
    "heading",
    ["<span>Kallelse</span><span>Nämnden</span>", "Kallelse <img alt=''> Nämnden"],
)
def test_a_title_is_all_of_its_heading(heading: str):
    assert read(f"<h1>{heading}</h1>{PROSE}", "").title == "Kallelse Nämnden"


def test_pictures_are_no_title():
    assert read(f"<h1><img alt='Viks vapen'></h1>{TITLE}{PROSE}", "").title == "Badet öppnar"


# ---- published: by how sure each place is


def meta_of(name: str, value: str) -> str:
    return f'<meta name="{name}" content="{value}">'


PUBLISHED = {
    "time": f"<main>{TITLE}<time datetime=2024-01-01>nyår</time>{LONG}</main>",
    "json-ld datePublished": (
        '<script type="application/ld+json">{"datePublished": "2024-02-02"}</script>'
    ),
    "meta[article:published_time]": meta_of("article:published_time", "2024-03-03"),
    "text": f"<main>{TITLE}<p>5 maj 2024</p>{LONG}</main>",
    "url": "https://vik.example/nyheter/2024-06-06-badet-oppnar.html",
}
"""Where a date stands, the surest first; its month is its number in this list."""


@pytest.mark.parametrize("first", range(len(PUBLISHED)))
def test_the_surest_date_is_when_it_was_published(first: str):
    """With all less sure ones beside it."""
    place = [*PUBLISHED][first]
    head = "".join(said for said in [*PUBLISHED.values()][first:] if said[1:5] in ("scri", "meta"))
    body = PUBLISHED[place if place == "time" else "text"]
    if place == "url":
        body = f"<main>{TITLE}{LONG}</main>"
    reading = read(body, head, url=PUBLISHED["url"])

    assert fields(reading)["published_at"][1] == place
    assert int(reading.published_at[5:7]) == int("12356"[first])


@pytest.mark.parametrize("below", ["<p>Publicerad 4 april 2024</p>", "<time>4 april 2024</time>"])
def test_a_label_far_away_is_surer_than_a_bare_date(below: str):
    """If it is the only one, and says what it is."""
    page = f"<main>{TITLE}<p>5 maj 2024</p>{LONG}{{}}</main>"
    is_labelled = "Publicerad" in below

    assert read(page.format(below)).published_at == ("2024-04-04" if is_labelled else "2024-05-05")
    assert read(page.format(below + below)).published_at[6:] == ("4-04" if is_labelled else "5-05")
    other = below.replace("april", "mars")
    assert read(page.format(below + other)).published_at == "2024-05-05"


@pytest.mark.parametrize("place", ["json-ld datePublished", "meta[article:published_time]"])
def test_what_the_head_says_is_surer_than_a_label_far_away(place: str):
    page = f"<main>{TITLE}{LONG}<p>Publicerad 4 april 2024</p></main>"

    assert field("published_at", page, PUBLISHED[place])[1] == place


@pytest.mark.parametrize(
    "name",
    [
        *("article:published_time", "og:article:published_time", "og:published", "published"),
        *("rek:pubdate", "datePublished", "pubdate", "DCTERMS.issued"),
    ],
)
def test_meta_elements_that_say_when_it_was_published(name: str):
    reading = read(f"<main>{TITLE}{PROSE}</main>", meta_of(name, "2024-03-03"))

    assert fields(reading)["published_at"] == ("2024-03-03", f"meta[{name.lower()}]")
    assert reading.modified_at == ""


@pytest.mark.parametrize(
    "name",
    [
        *("article:modified_time", "rek:moddate", "moddate", "si:lastpublish", "dcterms.modified"),
        "DC.modified",
    ],
)
def test_meta_elements_that_say_when_it_was_changed(name: str):
    """A day of change is never that of publication."""
    reading = read(f"<main>{TITLE}{PROSE}</main>", meta_of(name, "2024-03-03"))

    assert fields(reading)["modified_at"] == ("2024-03-03", f"meta[{name.lower()}]")
    assert reading.published_at == ""


@pytest.mark.parametrize(
    ("kind", "date"), [("website", ""), ("article", "2024-03-03"), ("", "2024-03-03")]
)
def test_the_pubdate_of_a_wordpress_page_is_when_it_was_made(kind: str, date: str):
    """Only posts are published; a page without a type may be one."""
    stated = f'<meta property="og:type" content="{kind}">' if kind else ""

    assert read(PROSE, f"{stated}{meta_of('pubdate', '2024-03-03')}").published_at == date


def test_a_script_that_writes_wall_time_with_a_z():
    head = meta_of("rek:pubdate", "2024-03-03T08:00:00.000Z")

    assert read(PROSE, head).published_at == "2024-03-03T08:00:00+01:00"


def test_unreadable_dates_are_passed_over():
    head = meta_of("article:published_time", "i går") + meta_of("published", "2024-03-03")

    assert field("published_at", PROSE, head) == ("2024-03-03", "meta[published]")


@pytest.mark.parametrize(
    ("url", "date"),
    [
        ("https://vik.example/2024/05/06/badet", "2024-05-06"),
        ("https://vik.example/nytt/2024-05-06-badet", "2024-05-06"),
        ("https://vik.example/nytt/20240506.html", "2024-05-06"),
        ("https://vik.example/1999-05-06", "1999-05-06"),
        ("https://vik.example/20240506badet", ""),
        ("https://vik.example/2024-13-06-badet", ""),
        ("https://vik.example/nr2024-05-06", ""),
        ("https://vik.example/badet?dag=/2024-05-06", ""),
        ("https://2024-05-06.example/badet", ""),
        ("", ""),
    ],
)
def test_a_date_in_the_path_of_an_address(url: str, date: str):
    """Where nothing else says one."""
    said = field("published_at", f"<main>{TITLE}{PROSE}</main>", url=url)

    assert said == ((date, "url") if date else ("", ""))


# ---- dates beside the title


@pytest.mark.parametrize(("before", "is_near"), [(2, True), (3, False)])
def test_a_time_before_the_title_is_the_page_s_if_it_is_near(before: int, is_near: bool):
    body = f"<main><time>4 april 2024</time>{'<p>Bad</p>' * before}{TITLE}{PROSE}</main>"

    assert bool(read(body).published_at) == is_near


@pytest.mark.parametrize(("between", "is_near"), [(5, True), (6, False)])
def test_a_time_after_the_title_is_the_page_s_if_it_is_near(between: int, is_near: bool):
    body = f"<main>{TITLE}{'<p>Kort.</p>' * between}<time>4 april 2024</time>{PROSE}</main>"

    assert bool(read(body).published_at) == is_near


@pytest.mark.parametrize(
    ("said", "is_date"),
    [
        ("4 april 2024", True),
        ("Nyhet | 4 april 2024 | Bad", True),
        ("Nyhet • 4 april 2024 kl. 10.30", True),
        ("Nyhet - 4 april 2024", True),
        ("Nyhet<br>4 april 2024", True),
        ("Badet öppnar 4 april 2024", False),
        ("4 april 2024 öppnar badet", False),
        ("4 april", False),
        ("4 april 2024 – 9 april 2024", False),
        (f"4 april 2024 | {'Bad ' * 20}", False),
    ],
)
def test_a_date_that_is_all_a_block_beside_the_title_says(said: str, is_date: bool):
    reading = read(f"<main>{TITLE}<p>{said}</p>{PROSE}</main>")

    assert reading.published_at[:10] == ("2024-04-04" if is_date else "")


@pytest.mark.parametrize(
    ("above", "below", "is_near"),
    [
        ("<p>4 april 2024</p><p>b</p><p>c</p>", "", True),
        ("<p>4 april 2024</p><p>b</p><p>c</p><p>d</p>", "", False),
        ("", "<p>a</p><p>4 april 2024</p>", True),
        ("", "<p>a</p><p>b</p><p>4 april 2024</p>", False),
    ],
)
def test_a_bare_date_must_stand_near(above: str, below: str, is_near: bool):
    assert bool(read(f"<main>{above}{TITLE}{below}{PROSE}</main>").published_at) == is_near


def test_without_a_heading_no_date_stands_near():
    assert read(f"<p>4 april 2024</p><time>5 april 2024</time>{PROSE}").published_at == ""


def test_the_day_of_a_sentence_is_not_the_page_s():
    """It stays in its sentence."""
    time = "<time datetime=2024-06-08>lördagen den 8 juni</time>"
    reading = read(f"<main>{TITLE}<p>Badet öppnar {time}, säger badmästaren.</p>{PROSE}</main>")

    assert reading.published_at == ""
    assert reading.text.startswith("Badet öppnar lördagen den 8 juni")


@pytest.mark.parametrize("day", ["<time>{} maj 2024</time>", "<p>{} maj 2024</p>"])
def test_the_days_of_a_list_are_not_the_page_s(day: str):
    rows = "".join(f"<li><a>Badet {n}</a>{day.format(n)}</li>" for n in range(1, 6))

    assert read(f"<main>{TITLE}<ul>{rows}</ul>{PROSE}</main>").published_at == ""


# ---- dates with labels


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("Publicerad: 29 augusti 2022", "2022-08-29", ""),
        ("Publicerat 29 augusti 2022", "2022-08-29", ""),
        ("Artikeln publicerades 16 mars 2021", "2021-03-16", ""),
        ("Publiceringsdatum: 2016-10-31 kl 15:41", "2016-10-31T15:41:00+01:00", ""),
        ("Sidan senast uppdaterad: den 6 juli 2021", "", "2021-07-06"),
        ("Nyheten uppdaterades 25 oktober 2024", "", "2024-10-25"),
        ("Innehållet granskad 2 maj 2024", "", "2024-05-02"),
        ("Reviderad den 2 maj 2024", "", "2024-05-02"),
        ("Senast ändrat 2 maj 2024 av Anna Ek", "", "2024-05-02"),
        (
            "Publicerad den 23 juni 2020, senast ändrad den 24 juni 2020 kl. 9.05",
            *("2020-06-23", "2020-06-24T09:05:00+02:00"),
        ),
        ("Uppdaterad 5 mars 2024: vattnet är bra", "", ""),
        ("Publicerad statistik från den 5 mars 2024 visar", "", ""),
        ("Badet publicerades 5 mars 2024", "", ""),
        ("Publicerad:", "", ""),
        (f"Publicerad 5 mars 2024{' ' * 9}{'x' * 80}", "", ""),
    ],
)
def test_labelled_words(line: str, published: str, modified: str):
    reading = read(f"<main>{TITLE}{LONG}<p>{line}</p></main>")

    assert (reading.published_at, reading.modified_at) == (published, modified)


@pytest.mark.parametrize(
    ("below", "published", "modified"),
    [
        ("<p>Publicerad:</p><p>4 april 2024</p>", "2024-04-04", ""),
        ("<p>Publicerad: <time>4 april 2024</time></p>", "2024-04-04", ""),
        ("<p>Uppdaterad <time>4 april 2024</time></p>", "", "2024-04-04"),
        ("<time datetime=2024-04-04>Uppdaterad i går</time>", "", "2024-04-04"),
        ("<p>Publicerad:</p><p>Badet</p><p>4 april 2024</p>", "", ""),
        ("<p>Publicerad: Uppdaterad:</p><p>4 april 2024</p>", "", "2024-04-04"),
        (
            "<p>Publicerad:</p><time>4 april 2024</time><p>Ändrad:</p><time>5 april 2024</time>",
            *("2024-04-04", "2024-04-05"),
        ),
        ("<p>Publicerad:</p><p>4 april 2024 klockan 10 då badet öppnar</p>", "", ""),
    ],
)
def test_a_label_may_stand_in_a_block_of_its_own(below: str, published: str, modified: str):
    reading = read(f"<main>{TITLE}{LONG}{below}</main>")

    assert (reading.published_at, reading.modified_at) == (published, modified)


def test_a_label_and_its_date_move_into_the_field():
    body = "<p>Publicerad:</p><time>4 april 2024</time><p>Senast ändrad 5 april 2024</p>"
    reading = read(f"<main>{TITLE}{body}{PROSE}</main>")
    moved = [(r.text, r.rule, r.judge, r.evidence) for r in reading.removals[1:]]

    assert moved == [
        ("Publicerad:", "field:published", "field", "time"),
        ("4 april 2024", "field:published", "field", "time"),
        ("Senast ändrad 5 april 2024", "field:modified", "field", "text"),
    ]
    assert fields(reading)["published_at"] == ("4 april 2024", "time")
    assert fields(reading)["modified_at"] == ("5 april 2024", "text")


def test_a_label_of_two_dates_is_no_label_of_one():
    """It stays a line of its own, for the rules to judge."""
    body = f"<main>{TITLE}<p>Publicerad: Ändrad:</p><time>4 april 2024</time>{PROSE}</main>"

    assert gone(read(body), "field:") == ["Badet öppnar", "4 april 2024"]


@pytest.mark.parametrize(
    ("lines", "published"),
    [
        ("Badet<br>Publicerad 4 april 2024", "2024-04-04"),
        ("Badet<br>Publicerad 4 april 2024 av Anna Ek<br>Bad", "2024-04-04"),
        (f"Badet{'<br>Bad' * 4}<br>Publicerad 4 april 2024", "2024-04-04"),
        (f"Badet{'<br>Bad' * 5}<br>Publicerad 4 april 2024", ""),
        (f"Badet<br>Publicerad 4 april 2024{' Bad' * 30}", ""),
        ("Badet<br>Den publicerades 4 april 2024", ""),
    ],
)
def test_a_line_of_a_block_that_says_other_things_as_well(lines: str, published: str):
    reading = read(f"<main>{TITLE}{LONG}<p>{lines}</p></main>")

    assert reading.published_at == published
    assert gone(reading, "field:published") == []


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("<time datetime=2024-04-04>4 april 2024 kl. 10.30</time>", "2024-04-04T10:30:00+02:00"),
        ("<time datetime=2024-04-04T08:30Z>4 april 2024 kl. 9</time>", "2024-04-04T10:30:00+02:00"),
        ("<time datetime=2024-04-04>5 april 2024 kl. 10.30</time>", "2024-04-04"),
        ("<time datetime=nyss>4 april 2024</time>", "2024-04-04"),
        ("<time datetime=2024-04-04>i torsdags</time>", "2024-04-04"),
        ("<time>i torsdags</time>", ""),
    ],
)
def test_a_time_says_it_by_attribute_or_more_exactly_in_words(time: str, moment: str):
    assert read(f"<main>{TITLE}{time}{PROSE}</main>").published_at == moment


@pytest.mark.parametrize("name", ["related-news", "submenu", "krismeddelande", "pager"])
@pytest.mark.parametrize("label", ["Publicerad", "Uppdaterad"])
def test_labels_of_other_pages_and_of_banners_are_not_this_page_s(name: str, label: str):
    reading = read(f"<main>{TITLE}{LONG}<div class={name}><p>{label} 4 april 2024</p><a>Mer</a>")

    assert (reading.published_at, reading.modified_at) == ("", "")


def test_labels_in_other_places_are():
    reading = read(f"<main>{TITLE}{LONG}<aside><p>Publicerad 4 april 2024</p></aside></main>")

    assert reading.published_at == "2024-04-04"


@pytest.mark.parametrize(
    ("below", "found_at"),
    [("<p>Uppdaterad 4 april 2024</p>", "text"), ("", "json-ld dateModified")],
)
def test_what_a_reader_sees_of_a_change_is_surest(below: str, found_at: str):
    head = (
        '<script type="application/ld+json">{"dateModified": "2024-04-05"}</script>'
        '<meta name="dcterms.modified" content="2024-04-06">'
    )

    assert field("modified_at", f"<main>{TITLE}{LONG}{below}</main>", head)[1] == found_at


# ---- byline


@pytest.mark.parametrize(
    ("below", "name", "blocks"),
    [
        ("<p>Sidansvarig: Anna Ek |</p>", "Anna Ek", 1),
        ("<p>Aktuelltartikel publicerad av: Anna Ek</p>", "Anna Ek", 1),
        ("<p>Publicerad av Anna Ek</p>", "Anna Ek", 1),
        ("<p>Ansvarig för sidan Anna  Ek,</p>", "Anna Ek", 1),
        ("<p>Uppdaterad i går | Sidansvarig: kansliet</p>", "kansliet", 1),
        ("<p>Sidansvarig: <button>Anna Ek</button></p>", "Anna Ek", 2),
        ("<p>Publicerad <time>4 april 2024</time> av Anna Ek</p>", "Anna Ek", 1),
        (
            "<p><time>Publicerad 4 april 2024</time> av Anna Ek, kansliet</p>",
            "Anna Ek, kansliet",
            1,
        ),
        ("<p>Publicerad av länsstyrelsen</p>", "", 0),
        ("<p>Sidansvarig:</p><p>Anna Ek</p>", "", 0),
        (f"<p>Sidansvarig: <button>{'Anna ' * 17}</button></p>", "", 0),
        ("<p>Sidansvarig: <button>Publicerad i går</button></p>", "", 0),
        ("<p>Mötet <time>4 april 2024</time> av Anna Ek</p>", "", 0),
        ("<p>Publicerad <time>4 april 2024</time> hos Anna Ek</p>", "", 0),
        ("<p>Publicerad <time>4 april 2024</time></p><p>av Anna Ek</p>", "", 0),
        (f"<p>Publicerad av: Anna Ek {'Bad ' * 25}</p>", "", 0),
        ("<p>Tidningen publicerad av Anna Ek</p>", "", 0),
    ],
)
def test_who_answers_for_a_page(below: str, name: str, blocks: int):
    reading = read(f"<main>{TITLE}{LONG}{below}</main>")

    assert fields(reading).get("byline", ("", "text")) == (name, "text")
    assert len(gone(reading, "field:byline")) == blocks


def test_the_first_byline_is_the_field_and_all_leave_the_text():
    body = f"<main>{TITLE}<p>Publicerad av Anna Ek</p>{LONG}<p>Sidansvarig: Bo Al</p></main>"
    reading = read(body)

    assert fields(reading)["byline"] == ("Anna Ek", "text")
    assert gone(reading, "field:byline") == ["Publicerad av Anna Ek", "Sidansvarig: Bo Al"]


# ---- other fields


@pytest.mark.parametrize("name", ["lead", "c-article__Lead", "ingress", "preamble", "intro"])
def test_the_lead_stays_in_the_text(name: str):
    reading = read(f"<main>{TITLE}<p class='{name} x'>Nu blir det sommar.</p>{PROSE}</main>")

    assert fields(reading)["lead"] == ("Nu blir det sommar.", f".{name} x")
    assert reading.text.startswith("Nu blir det sommar.")


@pytest.mark.parametrize(
    "body",
    [
        f"<main>{TITLE}{PROSE}{PROSE}<p class=lead>Sent.</p></main>",
        f"<main>{TITLE}<p class=introduktion>Kort.</p>{PROSE}</main>",
        f"<main>{TITLE}{PROSE}</main><p class=lead>Utanför.</p>",
    ],
)
def test_no_lead(body: str):
    """Below the first blocks, by another name, outside the content."""
    assert "lead" not in fields(read(body))


def test_captions_are_a_field_too():
    figure = "<figure><img alt=brygga><figcaption>{}</figcaption></figure>"
    body = f"<main>{TITLE}{figure.format('Bryggan.')}{PROSE}{figure.format('Badet.')}</main>"
    reading = read(f"{body}<figcaption>Utanför</figcaption>")

    assert fields(reading)["captions"] == ("Bryggan.\nBadet.", "figcaption")
    assert reading.text.startswith("Bryggan.")


def test_contacts_and_the_publisher_leave_the_text_for_fields():
    contact = "<h2>Kontakt</h2><p>Anna Ek</p><p>0322-61 60 00</p>"
    about = "<h2>Om Viks kommun</h2><p>Vik ligger vid en sjö.</p>"
    reading = read(f"<main>{TITLE}{PROSE}<p>Pressmeddelande</p>{contact}{about}</main>")

    assert fields(reading)["contacts"] == ("Kontakt\nAnna Ek\n0322-61 60 00", "text")
    assert fields(reading)["about_publisher"] == ("Om Viks kommun\nVik ligger vid en sjö.", "text")
    assert reading.text == "\n\n".join([*PARAGRAPHS, "Pressmeddelande"])


@pytest.mark.parametrize(("lang", "language"), [("sv", "sv"), ("sv-SE", "sv-se"), ("", None)])
def test_the_language_is_what_the_page_says(lang: str, language: str | None):
    page = f"<html lang='{lang}'><body>{TITLE}{PROSE}".encode()

    assert fields(read_page(page)).get("language") == (language and (language, "html[lang]"))


def test_a_page_of_nothing_but_text_has_no_fields_but_a_title():
    assert {*fields(read_page(PROSE.encode()))} == {"title"}


def test_every_field_says_where_it_was_found():
    body = (
        f"<main>{TITLE}<p class=lead>Nu.</p><p>Publicerad 4 april 2024 Uppdaterad 5 april 2024</p>"
        f"<figcaption>Bad</figcaption>{PROSE}<p>Sidansvarig: Bo Al</p><h2>Kontakt</h2><p>a@b.se</p>"
        "<p>Pressmeddelande</p><h2>Om Vik</h2><p>En sjö.</p></main>"
    )
    found = fields(read(body))

    assert {*found} == {
        *("title", "language", "published_at", "modified_at", "byline", "lead", "captions"),
        *("contacts", "about_publisher"),
    }
    assert all(value and found_at for value, found_at in found.values())


@pytest.mark.parametrize("name", ["title", "published", "modified", "byline"])
def test_a_field_that_is_undone_is_read_but_stays_in_the_text(name: str):
    body = (
        f"<main>{TITLE}<p>Publicerad 4 april 2024</p><p>Ändrad 5 april 2024</p>{LONG}"
        "<p>Sidansvarig: Bo Al</p></main>"
    )
    undone = replace(shipped_rules(), undone=frozenset((f"field:{name}",)))
    before, after = read(body), read(body, rules=undone)

    assert after.fields == before.fields
    assert gone(before, f"field:{name}")
    assert gone(after, f"field:{name}") == []


# ---- bytes


def test_the_charset_of_the_answer_is_heeded():
    page = f"{TITLE}{PROSE}".encode("cp1252")

    assert read_page(page, content_type="text/html; charset=windows-1252").title == "Badet öppnar"
    assert read_page(page, content_type='text/html;Charset="UTF-16"').title != "Badet öppnar"


def test_a_page_of_nothing_is_refused():
    with pytest.raises(BadPayload):
        read_page(b" ")


# ---- head


def test_the_title_of_a_page_is_not_that_of_a_picture():
    page = parse_html(
        b"<head><title>Badet\n &ouml;ppnar</title></head><body><svg><title>Pil</title></svg>"
    )

    assert page_title(page) == "Badet öppnar"
    assert page_title(parse_html(b"<p>Bad")) == ""


def test_meta_elements_by_name_or_property_in_any_case_the_first_wins():
    page = parse_html(
        b"<meta name=A content=' ett\n tv\xc3\xa5 '><meta property=a content=tre><meta name=B>"
        b"<meta name=c content=fyra property=d><meta content=fem>"
    )

    assert metadata(page) == {"a": "ett\ntvå", "b": "", "d": "fyra"}
    assert (meta(page, "b", "d"), meta(page, "b"), meta(page, "e")) == ("fyra", "", "")


def ld(*blocks: str, kind: str = "application/ld+json") -> dict[str, str]:
    scripts = "".join(f"<script type='{kind}'>{block}</script>" for block in blocks)
    return json_ld(parse_html(f"<head>{scripts}</head><p>x".encode()), "a", "b")


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        (['{"a": " ett ", "c": "x"}'], {"a": "ett"}),
        (['{"@graph": [{"b": "två"}, {"a": "tre", "b": "fyra"}]}'], {"a": "tre", "b": "två"}),
        (['{"x": {"a": "inre"}, "a": "yttre"}'], {"a": "yttre"}),
        (['{"a": 1, "b": null}', '{"a": "ett"}'], {"a": "ett"}),
        (['{"a": "ett"}', '{"a": "två"}'], {"a": "ett"}),
        (['{"a": "trasig"', '{"b": "hel"}'], {"b": "hel"}),
        (["", "[]", "null", '"a"'], {}),
        (["[" * 100_000, '{"a": "ett"}'], {"a": "ett"}),
    ],
)
def test_what_data_blocks_say(blocks: list[str], found: dict[str, str]):
    """The outer object first; what cannot be read is passed over."""
    assert ld(*blocks) == found


def test_data_blocks_of_another_type_are_not_read():
    assert ld('{"a": "x"}', kind="application/json") == {}
    assert ld('{"a": "x"}', kind=" Application/LD+JSON") == {"a": "x"}


def test_a_data_block_is_not_read_for_ever():
    """Law 13."""
    assert ld(json.dumps([{}] * (MAX_JSON_NODES - 2) + [{"a": "ett"}])) == {"a": "ett"}
    assert ld(json.dumps([{}] * (MAX_JSON_NODES - 1) + [{"a": "ett"}])) == {}


# ---- dates that are not the page's


def test_a_notice_board_is_what_the_text_tells_of():
    line = "Publicerad på anslagstavlan 2024-05-02"
    reading = read(f"<main>{TITLE}<p>{line}</p>{PROSE}</main>")

    assert line in reading.text
    assert reading.published_at == ""


@pytest.mark.parametrize("place", ["<dl><dt>Möte</dt><dd>{}</dd></dl>", "<table><td>{}</table>"])
@pytest.mark.parametrize("day", ["4 april 2024", "<time>4 april 2024</time>"])
def test_the_day_of_a_fact_stays_with_it(place: str, day: str):
    reading = read(f"<main>{TITLE}{place.format(day)}{PROSE}</main>")

    assert reading.published_at == ""
    assert "4 april 2024" in reading.text


@pytest.mark.parametrize("name", ["article:published_time", "article:modified_time"])
@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        ("1800-01-01", False),
        ("1970-01-01", False),
        ("1990-01-01", True),
        ("2089-12-31", True),
        ("2099-12-31", False),
    ],
)
def test_a_day_that_fills_an_empty_date_is_none(name: str, day: str, is_one: bool):
    """Without a clock (law 3)."""
    reading = read(f"<main>{TITLE}{PROSE}</main>", meta_of(name, day))

    assert [reading.published_at, reading.modified_at].count(day) == is_one


@pytest.mark.parametrize(
    ("day", "is_published"),
    [
        ("<time>4 april 2024</time>", True),
        ("<time>6 april 2024</time>", False),
        ("<p>6 april 2024</p>", False),
        ("<p>Publicerad 6 april 2024</p>", True),
        ("<p>Publicerad 6 april 2025</p>", True),
        ("<p>Publicerad 6 april 2026</p>", False),
    ],
)
def test_a_day_after_the_last_change_is_an_event_s(day: str, is_published: bool):
    """Unless it is called the day of publication: pages are written before they are shown."""
    changed = meta_of("article:modified_time", "2024-04-05")
    reading = read(f"<main>{TITLE}{day}{PROSE}</main>", NAMED + changed)

    assert bool(reading.published_at) == is_published
    assert reading.modified_at == "2024-04-05"


def test_a_lone_day_is_no_list():
    rows = "".join(f"<li><a>Badet {n}</a><time>{n} maj 2024</time></li>" for n in range(1, 6))
    page = f"<main>{TITLE}<p><time>9 maj 2024</time></p>{PROSE}<ul>{rows}</ul></main>"

    assert read(page).published_at == "2024-05-09"
