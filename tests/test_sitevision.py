"""SiteVision: which addresses are one, which page is whose, and real pages where there are some."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.cleaning.html import parse_html
from archive.records import Document
from archive.text import words
from crawler.page import (
    Blocked,
    EmptyListing,
    Fetched,
    PageFault,
    Site,
    SoftNotFound,
    UnknownLayout,
)
from crawler.products._appregistry import states
from crawler.products.sitevision import MAX_PAGE, Article, File, NewsList, file_label
from tests.pages import (
    FIXTURES,
    REAL_PAGES,
    needs_real_pages,
    real_items,
    squeezed,
    visible_characters,
)

HOST = "https://www.exempelkommun.se"
SITE = Site("2184", "sitevision", f"{HOST}/nyheter", "Exempels kommun")
UTF8 = "text/html;charset=UTF-8"

HEAD = "<html lang=sv><head><title>{title}</title>{head}</head><body><main>"
SCRIPT = "<script>sv.PageContext = {{ pageId: '{id}', siteId: '2.77aa' }};</script>"


def html_page(body: str, *, title: str = "Nyheten", head: str = "", page_id: str = "5.1a2b") -> str:
    return HEAD.format(title=title, head=head) + SCRIPT.format(id=page_id) + body


def own(text: str) -> str:
    return f"<div class='pagecontent sv-layout'>{text}</div>"


def article(body: str, url: str = f"{HOST}/nyheter/nyheten", **head: str) -> Article:
    return Article(SITE, Fetched(url, html_page(body, **head).encode(), UTF8))


def listing(body: str, url: str = f"{HOST}/nyheter") -> NewsList:
    return NewsList(SITE, Fetched(url, html_page(own(body)).encode(), UTF8))


def record(page: Article) -> Document:
    page.check()
    return next(page.records())


def fields(page: Article) -> dict[str, str]:
    return {field.name: field.value for field in record(page).fields}


def app(state: object, portlet: str = "12.9a") -> str:
    call = f"AppRegistry.registerInitialState('{portlet}',{json.dumps(state)});"
    return f"<div id='svid{portlet.replace('.', '_')}'><script>{call}</script></div>"


def fixture(name: str) -> Article:
    folder = FIXTURES / "sitevision.Article" / name
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    body = (folder / "page.html").read_bytes()
    return Article(Site(product="sitevision", **meta["site"]), Fetched(meta["url"], body, UTF8))


# ---- addresses


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("/nyheter/x.html.printable", "/nyheter/x.html"),
        ("/nyheter/x.printable", "/nyheter/x"),
        ("/nyheter/x.html;jsessionid=0A1B?a=1", "/nyheter/x.html?a=1"),
        ("/nyheter/x?sv.target=12.1&sv.12.1.route=%2Fy&open.12_4=true&state=rss", "/nyheter/x"),
        ("/nyheter?start=20240301-00000000-AM&end=20240331-00000000-PM", "/nyheter"),
        ("/nyheter?page=2&sv.target=12.1#h-1", "/nyheter?page=2"),
        ("/lista?start=10", "/lista?start=10"),
        ("", "/"),
    ],
)
def test_one_address_for_what_is_one_page(url: str, canonical: str):
    """Sessions, print views, folded portlets and months show what is elsewhere already."""
    found = NewsList.canonical(SITE, HOST.upper().replace("HTTPS", "https") + url)

    assert HOST + canonical == found
    assert found == NewsList.canonical(SITE, found)


@pytest.mark.parametrize(
    ("head", "url", "key"),
    [
        ({}, "/nyheter/x", "2184/sitevision/5.1a2b"),
        ({"page_id": ""}, "/nyheter/x.5.7a7371ca1740ef.html", "2184/sitevision/5.7a7371ca1740ef"),
        ({"page_id": ""}, "/nyheter/x.6627.html", "2184/sitevision/nyheter/x.6627.html"),
        ({"page_id": "4.99ff"}, "/nyheter/x.5.7a7371ca1740ef.html", "2184/sitevision/4.99ff"),
    ],
)
def test_identity_is_the_id_the_page_states(head: dict, url: str, key: str):
    page = article(own("<h1>Nyheten</h1><p>Text</p>"), HOST + url, **head)

    assert key == record(page).key


def test_ids_of_other_pages_are_not_this_pages():
    """A web app may list the ids of others, a text may quote a script."""
    others = app({"pageId": "4.ffff", "items": [{"pageId": "5.eeee"}]})
    quote = "<p>sv.PageContext = { pageId: '4.dddd' }</p>"

    assert record(article(own(f"{quote}{others}<p>Text</p>"))).key.endswith("/5.1a2b")


def test_an_address_on_another_host_is_not_this_pages():
    elsewhere = "<link rel=canonical href='https://annan.exempel.se/nyhet'>"

    assert f"{HOST}/nyheter/nyheten" == record(article(own("<p>Text</p>"), head=elsewhere)).url


def test_a_file_is_its_node_whatever_its_time_stamp():
    """A replaced file keeps the node and gets a new stamp."""
    urls = [f"{HOST}/download/18.AA11/1700/a.pdf", f"{HOST}/download/18.aa11/1800/a%20(1).pdf"]
    keys = {File(SITE, Fetched(url, b"%PDF-1.4")).key() for url in urls}

    assert {"2184/sitevision/download/18.aa11"} == keys


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Rapport Pdf, 701.1 kB.", "Rapport"),
        ("Rapport (pdf, 1,6 MB)", "Rapport"),
        ("Budget 2024", "Budget 2024"),
        ("Protokoll 5 mars § 1–12.pdf", "Protokoll 5 mars § 1–12"),
        (".pdf", ".pdf"),
        ("Karta i skala 1 B", "Karta i skala 1 B"),
    ],
)
def test_a_files_label_is_without_type_and_size(text: str, label: str):
    assert label == file_label(text)


# ---- the headline


@pytest.mark.parametrize(
    ("body", "head", "title"),
    [
        ("<h1>Populära sökningar</h1>" + own("<h1>Bron</h1><p>Text</p>"), {}, "Bron"),
        (own("<h1>Aktuellt</h1><h1>Nyheten</h1><p>Text</p>"), {}, "Nyheten"),
        ("<h1>Sök</h1><h1>Nyheten</h1>" + own("<p>Text</p>"), {}, "Nyheten"),
        ("<h1>Välkommen</h1>" + own("<p>Text</p>"), {"title": "Bron - Exempels kommun"}, "Bron"),
        ("<h1></h1>" + own("<p>Text</p>"), {"title": "Bron | exempel.se"}, "Bron"),
        ("<h1>Bron</h1>" + own("<p>Text</p>"), {"title": ""}, "Bron"),
        (own("<p>Text</p>"), {"title": ""}, "Nyheten"),
        (own("<p>Text</p>"), {"title": "Bron - en saga - Exempels"}, "Bron - en saga"),
        (own("<p>Text</p>"), {"title": "Bron - en saga"}, "Bron - en saga"),
        ("<h1>Bro</h1>" + own("<p>Text</p>"), {"title": "Brottsplats Ä"}, "Brottsplats Ä"),
    ],
)
def test_the_title_is_the_pages_own_headline(body: str, head: dict, title: str):
    """The first h1 of a page may be that of its search box."""
    assert title == record(article(body, **head)).title


def test_the_text_may_stand_in_the_template_below_the_pages_own_headline():
    long = "Nämnden har beslutat om en ny plan som gäller hela kommunen. " * 3
    portlet = f"<div class='sv-text-portlet-content'><p>{long}</p></div>"

    assert record(article(own("<h1>Nyheten</h1>") + portlet)).text == long.strip()


def portlet(text: str) -> str:
    return "<div class=sv-text-portlet><div class=sv-text-portlet-content>" + text + "</div></div>"


SHORT = "<p>Vattnet stängs av.</p>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (portlet("<h1>Nyheten</h1>" + SHORT), "Vattnet stängs av."),
        (portlet("<h1>Nyheten</h1>") + portlet(SHORT), "Vattnet stängs av."),
        (own("<h1>Nyheten</h1>") + portlet(SHORT), "Vattnet stängs av."),
        (
            f"<div>{portlet('<h1>Nyheten</h1>')}</div><div>{portlet(SHORT) * 6}</div>",
            "\n\n".join(["Vattnet stängs av."] * 6),
        ),
        (
            f"<div>{portlet('Ruta') + portlet('<h1>Nyheten</h1>' + SHORT)}</div><nav>"
            + portlet(SHORT * 9)
            + "</nav>",
            "Vattnet stängs av.",
        ),
    ],
)
def test_a_short_text_of_the_template_is_read_beside_its_headline(body: str, text: str):
    """Apart from the headline, portlets are judged by what they say together."""
    assert text == record(article(body)).text


def test_an_older_page_without_text_is_refused():
    page = article(f"<div>{portlet('<h1>Nyheten</h1>')}</div><div>{portlet('Ruta')}</div>")
    with pytest.raises(UnknownLayout):
        page.check()


def test_only_the_lines_of_a_contact_are_the_contact():
    """Opening hours in its box are text."""
    page = article(
        own(
            "<h1>Nyheten</h1><p>Text.</p><div class=contact data-cid=a>"
            "<p class=contact-title>Gatuenheten</p><p class=contact-role>Växel</p>"
            "<p>Telefon: <a href='tel:0123456000'>Ring oss</a></p><p>E-post: gata@exempel.se</p>"
            "<p>Öppet 08.00–16.00</p><p>Midsommarafton stängt.</p></div>"
        )
    )
    document = record(page)
    removed = [r.text for r in document.removals if r.rule == "field:contacts"]

    assert document.text == "Text.\n\nÖppet 08.00–16.00\n\nMidsommarafton stängt."
    assert document.contacts[0].name == "Gatuenheten"
    assert " ".join(removed) == "Gatuenheten Växel Telefon: Ring oss E-post: gata@exempel.se"


# ---- what is no error page

MANY = "<p>Nämnden har beslutat om en ny plan för hela kommunen.</p>" * 15
LISTED = "<ul><li class=sv-channel-item><a href='/nyheter/bron'>Bron</a></li></ul>"
PASSWORD = "<header><form><input type=password></form></header>"


@pytest.mark.parametrize(
    "title",
    [
        "404 nya bostäder",
        "404,5 miljoner till skolan",
        "404 felanmälningar om vatten",
        "Sidan finns inte längre på Facebook",
        "Felsida i broschyren rättad",
        "Access denied – utställning på museet",
        "Logga in på e-tjänsten",
    ],
)
def test_news_about_errors_and_walls_are_news(title: str):
    body = PASSWORD + own(f"<h1>{title}</h1>{MANY}")

    assert title == record(article(body, title=title)).title
    listing(f"<h1>{title}</h1>{LISTED}").check()


@pytest.mark.parametrize(
    ("title", "text", "fault"),
    [
        ("404", "", SoftNotFound),
        ("404 - sidan hittades inte", "", SoftNotFound),
        ("Error 404 | Kommunen", "", SoftNotFound),
        ("Sidan finns inte längre", "", SoftNotFound),
        ("Oj! Sidan du söker kunde inte hittas.", "", SoftNotFound),
        ("Felsida - Exempels kommun", "", SoftNotFound),
        ("Access Denied", "Nej.", Blocked),
        ("Attention Required! | Cloudflare", "Nej.", Blocked),
        ("Fel", "Your support ID is: 17", Blocked),
        ("Logga in - Exempels kommun", PASSWORD, Blocked),
    ],
)
def test_errors_and_walls_are_known_by_their_own_words(title: str, text: str, fault: type):
    with pytest.raises(fault):
        article(own(f"<h1>{title}</h1>{text}"), title=title).check()


def test_advice_about_a_support_id_is_no_firewall():
    advice = "<p>Uppge aldrig ditt Support ID för någon som ringer upp.</p>"

    assert "Support ID" in record(article(own("<h1>Bedragare</h1>" + advice))).text


# ---- dates

TEXT = own("<h1>Nyheten</h1>{}<p>Text om något helt annat som tar plats.</p>")


@pytest.mark.parametrize(
    ("stated", "published_at"),
    [
        (
            "<p>Publicerad: <time datetime='2024-03-05T10:00:00+01:00'>x</time></p>",
            "2024-03-05T09:00:00Z",
        ),
        (
            "<p>Publicerad: <time datetime='2024-03-05'>5 mars 2024 kl 10.00</time></p>",
            "2024-03-05T09:00:00Z",
        ),
        (
            "<p>Publicerad: <time datetime='2024-03-05'>6 mars 2024 kl 10.00</time></p>",
            "2024-03-05",
        ),
        ("<p><time>Publicerad <span>5 mars 2024</span></time></p>", "2024-03-05"),
        ("<time datetime='2024-03-05'>5 mars</time>", "2024-03-05"),
        ("<p>Publicerad den 5 mars 2024, senast ändrad den 6 mars 2024</p>", "2024-03-05"),
        ("<p>Publicerad:</p><p>5 mars 2024</p>", "2024-03-05"),
        ("<p>Publicerad:</p>", ""),
        ("<p>Publicerad 5 mars 2024: bron är öppen</p>", ""),
        ("<p>Uppdaterad: <time datetime='2024-03-05'>5 mars</time></p>", ""),
        ("<p>Datum: <time datetime='2024-03-05'>5 mars</time></p>", ""),
        ("<p>Mötet hålls <time datetime='2024-03-05'>5 mars</time> i stadshuset.</p>", ""),
        (
            "<p>Publicerad statistik från 5 mars 2024 visar att trafiken i kommunen har ökat.</p>",
            "",
        ),
        ("<nav>Publicerad: <time datetime='2024-03-05'>5 mars</time></nav>", ""),
        ("<ul><li class=sv-channel-item>Publicerad 5 mars 2024</li></ul>", ""),
    ],
)
def test_the_date_of_publication_is_stated_as_such(stated: str, published_at: str):
    assert published_at == record(article(TEXT.format(stated))).published_at


@pytest.mark.parametrize(
    ("name", "published_at", "modified_at"),
    [
        ("article:published_time", "2024-07-01T15:14:58Z", ""),
        ("rek:pubdate", "2024-07-01T13:14:58Z", ""),
        ("DC.modified", "", "2024-07-01T15:14:58Z"),
        ("si:lastpublish", "", "2024-07-01T15:14:58Z"),
        ("dcterms.format", "", ""),
    ],
)
def test_dates_in_the_head(name: str, published_at: str, modified_at: str):
    """DC.modified is never a date of publication; rek.ai calls Swedish wall time UTC."""
    page = article(TEXT.format(""), head=f"<meta name='{name}' content='2024-07-01T15:14:58.000Z'>")

    assert published_at == record(page).published_at
    assert modified_at == fields(page).get("modified_at", "")


def test_the_date_in_a_slug_is_kept_apart():
    page = article(TEXT.format(""), f"{HOST}/nyheter/2024-03-05-nyheten")

    assert record(page).published_at == ""
    assert fields(page)["slug_date"] == "2024-03-05"


@pytest.mark.parametrize(
    ("stated", "byline"),
    [
        ("<p>Sidansvarig: Kansliet |</p>", "Kansliet"),
        ("<li><span>Sidansvarig:</span> <a href=#>Kansliet</a></li>", "Kansliet"),
        ("<p>Uppdaterad: <time datetime='2024-03-05'>5 mars</time> av Kansliet</p>", "Kansliet"),
        ("<p>Sidansvarig:</p>", ""),
        ("<p>Publicerad av Kansliet</p>", "Kansliet"),
        ("<p>Publicerad av: kansliet</p>", "kansliet"),
        ("<p>Publicerad av länsstyrelsen</p>", ""),
        ("<p>Rapporten publicerad av Boverket</p>", ""),
        ("<p>Beslut togs <time datetime='2024-03-05'>5 mars</time> av länsstyrelsen</p>", ""),
        ("<p>Byggherren är ansvarig för allt.</p>", ""),
    ],
)
def test_the_byline(stated: str, byline: str):
    assert byline == fields(article(TEXT.format(stated))).get("byline", "")


def test_the_label_goes_with_its_date():
    page = article(TEXT.format("<p>Uppdaterad: <time datetime='2024-03-05'>5 mars</time></p>"))
    removed = {r.text: r.rule for r in record(page).removals}

    assert {"Uppdaterad:", "5 mars"} == {t for t, r in removed.items() if r == "field:modified_at"}


def test_the_text_repeats_no_field():
    """Law 2: what moved into a field is a removal with a rule that names it."""
    page = fixture("dates-in-words-and-head")
    rules = {removal.rule for removal in record(page).removals}

    assert {"field:title", "field:published_at", "field:contacts", "field:byline"} <= rules
    assert "Gatuenheten" not in page.text
    assert "Kontakt" not in page.text


# ---- listings

ROW = "<ul class=sv-channel><li class=sv-channel-item><a href='/nyheter/{0}'>{0}</a></li></ul>"
ITEM = {"title": "Bron", "uri": "/nyheter/bron"}


def next_page(state: dict, url: str = f"{HOST}/nyheter") -> list[str]:
    page = listing(
        app({"items": [ITEM, {"title": "Parken", "uri": "/nyheter/parken"}], **state}), url
    )
    return [link.url for link in page.links() if link.is_listing]


@pytest.mark.parametrize(
    ("state", "url", "goes_on"),
    [
        ({"total": 5, "config": {"num": 2}}, "/nyheter", True),
        ({"total": 5, "config": {"num": 2}}, "/nyheter?page=3", False),
        ({"pagination": {"totalPages": 3}}, "/nyheter?page=2", True),
        ({"pagination": {"totalPages": 3}}, "/nyheter?page=3", False),
        ({"hasMore": True}, "/nyheter", True),
        ({"hasMore": False, "config": {"num": 2}}, "/nyheter", False),
        ({"config": {"num": "2"}}, "/nyheter", True),
        ({"config": {"num": 10}}, "/nyheter", False),
        ({"params": {"page": 1}, "total": 99}, "/nyheter?page=7", False),
        ({"total": 10**8}, f"/nyheter?page={MAX_PAGE}", False),
        ({}, "/nyheter", False),
    ],
)
def test_a_list_goes_on_as_far_as_its_own_numbers_say(state: dict, url: str, goes_on: bool):
    """Past its end a list shows page 1 again: without a sign the archive would never be done."""
    after = int(url.partition("=")[2] or 1) + 1

    assert ([f"{HOST}/nyheter?page={after}"] if goes_on else []) == next_page(state, HOST + url)


def test_an_empty_page_after_the_first_is_the_end_and_no_fault():
    listing("<p>Inga nyheter.</p>", f"{HOST}/nyheter?page=4").check()
    with pytest.raises(EmptyListing):
        listing("<p>Inga nyheter.</p>").check()


def test_menus_files_and_pictures_are_no_rows():
    state = {
        "menu": [{"name": "Start", "url": "/start"}],
        "files": [{"title": "Fil", "url": "/download/18.aa/1/fil.pdf"}],
        "images": [{"title": "Bild", "url": "/images/18.bb/1/bild.jpg"}],
        "links": [
            {"title": "Annan", "url": "https://annan.exempel.se/"},
            {"title": "", "url": "/x"},
        ],
        "rows": [{"title": "Bron", "url": "/nyheter/bron"}],
    }

    assert [f"{HOST}/nyheter/bron"] == listing(app(state)).rows()


@pytest.mark.parametrize(
    ("name", "is_year"),
    [
        ("2018", True),
        ("Nyheter 2018", True),
        ("Nyhetsarkiv 2018", True),
        ("Nyheter-2018", True),
        ("Vision 2030", False),
        ("Budget 2024 beslutad", False),
        ("Maj", False),
    ],
)
def test_years_of_the_list_are_followed(name: str, is_year: bool):
    links = listing(ROW.format("bron") + f"<a href='/nyheter/arkiv'>{name}</a>").links()

    assert ([f"{HOST}/nyheter/arkiv"] if is_year else []) == [x.url for x in links if x.is_listing]


def test_a_row_that_is_a_file_is_read_as_one():
    row = (
        "<ul><li class=sv-channel-item><a href='/download/18.aa/1/fil.pdf'>Protokoll</a></li></ul>"
    )

    assert [File] == [link.reader for link in listing(row).links()]


def test_a_row_that_begins_with_a_picture_leads_to_its_news():
    row = "<a href='/images/18.aa/1/bild.jpg'>Bild</a><a href='/nyheter/bron'>Bron</a>"

    assert [f"{HOST}/nyheter/bron"] == listing(
        f"<ul><li class=sv-channel-item>{row}</li></ul>"
    ).rows()


@pytest.mark.parametrize("reader", [NewsList, Article, File])
def test_an_address_that_is_none_is_left_alone(reader: type[NewsList | Article | File]):
    """Law 13: an unclosed bracket is no reason to stop."""
    assert reader.canonical(SITE, "http://[::1") == "http://[::1"


def test_the_latest_news_of_the_template_are_no_list():
    """Most sites have such a box on every page."""
    page = html_page(ROW.format("senaste") + own(ROW.format("egen")))
    elsewhere = html_page(ROW.format("senaste") + own("<p>Text</p>"))
    of = [
        NewsList(SITE, Fetched(url, body.encode(), UTF8)).rows()
        for url, body in (
            (f"{HOST}/nyheter", page),
            (f"{HOST}/om", elsewhere),
            (f"{HOST}/nyheter;jsessionid=1?page=2", elsewhere),
        )
    ]

    assert [[f"{HOST}/nyheter/egen"], [], [f"{HOST}/nyheter/senaste"]] == of


@given(st.text(alphabet="{}[]\"'\\u0,:1 abAppRegistry.()", max_size=200))
def test_any_script_can_be_read(text: str):
    """Hostile input is normal input: a call that is no JSON is left out."""
    body = f"<p>x</p><script>AppRegistry.registerInitialState('1',{text});</script>".encode()

    assert isinstance(states(parse_html(body)), list)


def test_json_nested_too_deep_is_left_out():
    deep = "[" * 100_000

    assert listing(f"<script>AppRegistry.registerInitialState('1',{deep});</script>").states == []


# ---- the seeds


@pytest.mark.parametrize(
    "name",
    ["seed-001-picture-first", "seed-004-form-in-the-column", "seed-004-form-of-the-template"],
)
def test_a_seed_is_kept_without_its_boilerplate(name: str):
    """What stands around the text goes, in a form element or not, and no paragraph with it."""
    page = fixture(name)
    paragraphs = page.tree.xpath("//*[@id='Brodtext']/..//p | //*[@id='Ingress']/..//p")
    document = record(page)

    assert document.published_at == ""
    assert sum((words("".join(p.itertext())) for p in paragraphs), words("")) <= words(
        document.text
    )
    assert "feedback" not in document.text
    assert not {"svar!", "GDPR.", "Publicerad:", "uteolats"} & set(words(document.text))


# ---- real pages


def read(cls: type[NewsList | Article], url: str, body: bytes, content_type: str) -> str:
    """Return what a class makes of a page: `read`, or the name of the fault."""
    page = cls(replace(SITE, start_url=url), Fetched(url, body, content_type))
    try:
        page.check()
    except PageFault as fault:
        return type(fault).__name__
    list(page.links())
    for document in page.records():
        seen = squeezed("".join(text for _, text in sorted(blocks(page))))
        assert document.title
        assert visible_characters(body, "utf-8") == seen
    return "read"


def blocks(page: Article) -> Iterator[tuple[int, str]]:
    yield from ((block.position, block.text) for block in page.prose.kept)
    yield from ((removal.position, removal.text) for removal in page.prose.removals)


REFUSED = {fault.__name__ for fault in (UnknownLayout, Blocked, SoftNotFound)}


@needs_real_pages
@pytest.mark.parametrize("item", real_items(), ids=lambda item: item["id"])
@pytest.mark.parametrize("cls", [NewsList, Article])
def test_real_pages_are_read_or_refused(cls: type[NewsList | Article], item: dict):
    """Never another exception than a page's fault, and never another product's page read."""
    url = item["url"] or f"{HOST}/x"
    outcome = read(cls, url, (REAL_PAGES / item["file"]).read_bytes(), UTF8)

    allowed = {"read", "EmptyListing"} if item["cms"].startswith("SiteVision") else set()
    assert outcome in REFUSED | allowed


@needs_real_pages
@pytest.mark.parametrize(
    "item", [i for i in real_items("SiteVision") if "gold" in i], ids=lambda item: item["id"]
)
def test_real_articles_keep_what_they_say(item: dict):
    body = (REAL_PAGES / item["file"]).read_bytes()
    document = record(Article(SITE, Fetched(item["url"], body, UTF8)))
    text, gold = squeezed(document.text), item["gold"]
    day = document.published_local[:10] or document.published_at

    assert gold["title"] == document.title
    assert (gold["published"] or "") == day
    assert [piece for piece in gold["keep"] if squeezed(piece) not in text] == []
    assert [piece for piece in gold["strip"] if squeezed(piece) in text] == []


@needs_real_pages
def test_the_printed_twin_is_the_same_document():
    """Two addresses, one page: the same key, the same address, the same words."""
    twins = [i for i in real_items("SiteVision") if "skrappost" in i["id"]]
    found = [
        record(Article(SITE, Fetched(i["url"], (REAL_PAGES / i["file"]).read_bytes(), UTF8)))
        for i in twins
    ]

    assert len(found) == 2
    assert len({(d.key, d.url, d.title, d.text) for d in found}) == 1


@needs_real_pages
@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(REAL_PAGES.glob("*.warc.gz")), ids=lambda path: path.stem)
def test_recorded_pages_are_read_or_refused(path: Path):
    """One day of whole sites: no exception but a page's fault."""
    outcomes = {read(cls, *page) for page in recorded(path) for cls in (NewsList, Article)}

    assert outcomes <= REFUSED | {"read", "EmptyListing"}


def recorded(path: Path) -> Iterator[tuple[str, bytes, str]]:
    seen: set[bytes] = set()
    with path.open("rb") as stream:
        for entry in ArchiveIterator(stream):
            if entry.rec_type != "response":
                continue
            content_type = entry.http_headers.get_header("Content-Type") or ""
            body = entry.content_stream().read()
            if "html" in content_type and body not in seen:
                seen.add(body)
                yield entry.rec_headers.get_header("WARC-Target-URI"), body, content_type
