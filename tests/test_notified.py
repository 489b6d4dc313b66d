"""Notified beyond its saved pages: addresses, and one release in every markup we could think of."""

from __future__ import annotations

import pytest

from archive.records import Contact, Document
from crawler.page import Fetched, PageFault, Site, SoftNotFound, UnknownLayout
from crawler.products import PRODUCTS, notified
from crawler.products._release import read_contacts
from crawler.products.notified import MAX_PAGES, canonical, post_at
from tests.pages import PAGES, REASON, RESPONSES, responses

ROOM = "https://newsroom.notified.com/alingsas-kommun"
URL = f"{ROOM}/posts/pressreleases/fortsatt-omstallning"
SITE = Site("1489", "notified", ROOM, "Alingsås kommun")


def frame(main: str, head: str = "") -> bytes:
    """Return a page of the newsroom around `main`."""
    return (
        f"<!doctype html><html lang='sv'><head><title>Omställning</title>{head}</head><body>"
        f"<header><a href='{ROOM}'>Nyhetsrum</a></header>{main}"
        f"<footer>Notified</footer></body></html>"
    ).encode()


def release(main: str, head: str = "", url: str = URL) -> Document:
    """Return what a release says; its check must pass."""
    page = notified.Release(SITE, Fetched(url, frame(main, head), "text/html"))
    page.check()
    return next(page.records())


DATES = {
    "time element": "<time datetime='2020-05-18T07:00:00+02:00'>18 maj</time><i>Nyhet</i>",
    "glued spans": "<div><span>2020-05-18 07:00</span><span>Pressmeddelande</span></div>",
    "loose text": "2020-05-18 07:00<b>Pressmeddelande</b>",
    "two blocks": "<p>Pressmeddelande</p><p>2020-05-18 07:00</p>",
}
BODY = (
    "<p>Underskottet minskar.</p><h2>Om projektet</h2><p>Det går bra.</p>"
    "<h2>Kontakt</h2><p>Ring växeln.</p><p>- Det är bra, avslutar Karin Alvermalm.</p>"
)
KEPT = (
    "Underskottet minskar. Om projektet Det går bra. Kontakt Ring växeln. "
    "- Det är bra, avslutar Karin Alvermalm."
)
ABOUTS = {
    "heading": f"<div>{BODY}</div><h2>Om Alingsås kommun</h2><p>Alingsås är staden.</p>",
    "paragraph": f"{BODY}<p>Om Alingsås kommun</p><p>Alingsås är staden.</p>",
    "glued": f"{BODY[:-4]}<b>Om Alingsås kommun</b></p><p>Alingsås är staden.</p>",
    "all in one line": f"{BODY[:-4]}<b>Om Alingsås kommun</b><span>Alingsås är staden.</span></p>",
    "section": f"{BODY}<section><h3>OM ALINGSÅS KOMMUN</h3>Alingsås är staden.</section>",
}
CONTACTS = {
    "doubled behind": "<h2>Kontaktpersoner</h2><p>Eva Ek</p><p>Chef</p><img alt='Eva Ek'>",
    "doubled before": "<h3>Kontaktpersoner</h3><div><img alt='Eva Ek'><h4>Eva Ek</h4>Chef</div>",
    "lines": "<b>Kontaktpersoner</b><div>Eva Ek<br>Chef<br>Eva Ek</div>",
    "aside": "</article><aside><h2>Kontaktpersoner</h2><p>Eva Ek</p><p>Chef</p></aside><article>",
}
ENDS = {
    "nothing": "",
    "share row": "<p>Dela</p><a href='https://www.facebook.com/sharer/sharer.php?u=1'>Facebook</a>",
    "tags": f"<h3>Taggar</h3><ul><li><a href='{ROOM}?tag=a'>Ekonomi</a></li></ul>",
    "more releases": f"<h3>Fler nyheter</h3><a href='{ROOM}/posts/news/b'>Badhus</a> 2020-05-01",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("contacts", CONTACTS.values(), ids=CONTACTS)
@pytest.mark.parametrize("about", ABOUTS.values(), ids=ABOUTS)
@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_a_release_is_the_same_in_any_markup(
    date: str, about: str, contacts: str, end: str
) -> None:
    """Fields are told by order and words; everything the publisher wrote for it stays."""
    document = release(f"<article>{date}<h1>Omställning</h1>{about}{contacts}{end}</article>")

    assert " ".join(document.text.split()) == KEPT
    assert document.title == "Omställning"
    assert document.published_at == "2020-05-18T05:00:00Z"
    assert document.published_local == "2020-05-18T07:00:00+02:00"
    assert (Contact("Eva Ek", "Chef"),) == document.contacts
    assert [(field.name, field.value) for field in document.fields] == [
        ("about_publisher", "Alingsås är staden.")
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "<p>Läs mer <b>om Alingsås kommun</b> här.</p>",
        "<p>Mycket sägs <b>Om Alingsås kommun</b> och annat.</p>",
        "<h2>Om Alingsås kommun</h2><p>En.</p><h2>Tidplan</h2><p>Klart 2023.</p>",
        "<h2>Om projektet</h2><p>Projektet är stort.</p>",
        "<h2>Om Alingsås</h2><p>Staden är inte kommunen.</p>",
    ],
)
def test_only_the_standing_block_at_the_end_is_about_the_publisher(sentence: str) -> None:
    """A heading or a sentence of the body stays in the body."""
    document = release(f"<p>2020-05-18 07:00</p><h1>Omställning</h1><p>Inled.</p>{sentence}")

    assert document.fields == ()
    assert "lingsås" in document.text or "Projektet är stort." in document.text


def test_contacts_written_into_the_body_stay_there() -> None:
    """A heading that more text follows belongs to the body."""
    body = "<h2>Kontaktpersoner</h2><p>Varje kvarter har en.</p><h2>Tidplan</h2><p>Klart 2023.</p>"
    document = release(f"<p>2020-05-18 07:00</p><h1>Omställning</h1><p>Inled.</p>{body}")

    assert document.contacts == ()
    assert "Kontaktpersoner" in document.text


TOP = "<p>2020-05-18 07:00</p><p>Pressmeddelande</p><h1>Omställning</h1>"
OTHER = f"<a href='{ROOM}/posts/news/a'>Badhuset öppnar</a>"
CARD = "<h2>Kontaktpersoner</h2><p>Eva Ek</p><p>Chef</p><img alt='Eva Ek'>"


def said(main: str) -> str:
    """Return the text of a release on one line."""
    return " ".join(release(f"<main>{TOP}<p>Inled.</p>{main}</main>").text.split())


@pytest.mark.parametrize(
    "related",
    [
        f"<h2>Läs mer</h2><p>{OTHER}</p>",
        f"<p>Läs också:</p><ul><li>{OTHER}<p>Nu kan alla bada.</p></li></ul>",
        f"<h2>Fler nyheter</h2><div><p>2020-05-01</p><p>Nyhet</p>{OTHER}</div>",
        f"<h2>Fler nyheter</h2>{OTHER}<a href='{ROOM}/posts'>Visa alla</a>",
    ],
)
def test_what_is_written_below_related_releases_stays(related: str) -> None:
    """The row of links ends where a heading or a paragraph without one begins."""
    body = "<h2>Bakgrund</h2><p>Lång bakgrund.</p>"

    assert said(related + body) == "Inled. Bakgrund Lång bakgrund."
    assert said(f"{related}<p>Kostnad 40 mnkr</p>") == "Inled. Kostnad 40 mnkr"


def test_a_sentence_with_a_link_is_no_row_of_related_releases() -> None:
    """Only few words stand beside the link of a row."""
    sentence = f"<p>Förra veckan berättade kommunen att {OTHER} för alla som vill simma.</p>"

    assert "berättade" in said(f"<h2>Läs mer</h2>{sentence}")


@pytest.mark.parametrize(
    ("behind", "kept"),
    [
        ("<ul><li>Fakta</li><li>Byggstart 2021</li></ul>", "Fakta Byggstart 2021"),
        ("<h2>Tidplan</h2><p>Klart 2023.</p>", "Tidplan Klart 2023."),
        ("<p>Anmälan senast 1 juni</p>", "Anmälan senast 1 juni"),
        ("<p>Öppet 08.00-16.00</p>", "Öppet 08.00-16.00"),
        (f"<p><a href='{ROOM}'>Till nyhetsrummet</a></p>", ""),
    ],
)
def test_what_is_written_below_the_contacts_stays(behind: str, kept: str) -> None:
    """A deadline is no role; a link to the room is the room's."""
    assert said(CARD + behind) == f"Inled. {kept}".strip()


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (f"<p><a href='{ROOM}/om-oss'>Så styrs kommunen</a></p>", "Så styrs kommunen"),
        (f"<p>Taggar</p><p><a href='{ROOM}/ekonomi'>Ekonomi</a></p>", ""),
        (f"<p><a href='{ROOM}?tag=ekonomi'>Ekonomi</a></p>", ""),
    ],
)
def test_a_link_into_the_room_is_a_tag_only_where_something_says_so(row: str, kept: str) -> None:
    """A label or the address says that a link is a tag."""
    assert said(row) == f"Inled. {kept}".strip()


@pytest.mark.parametrize("line", ["2020-06-01", "1 juni 2020", "News", "Nyhet"])
def test_a_first_line_of_the_body_is_no_dateline(line: str) -> None:
    """Time and label stand above the title already."""
    document = release(f"{TOP}<p>{line}</p><p>Inled.</p>")

    assert document.text.startswith(line)
    assert document.published_at == "2020-05-18T05:00:00Z"


@pytest.mark.parametrize(
    "dateline",
    [
        "<p>2020-05-18 07:00</p>",
        "<p>18 maj 2020 kl. 07.00</p>",
        "<p>Publicerad: den 18 maj 2020 klockan 07.00</p>",
        "<p>Pressmeddelande • May 18, 2020 07:00 CEST</p>",
        "<p>Pressmeddelande</p><p>2020-05-18 07:00</p>",
        "<p><time datetime='2020-05-18T05:00:00Z'>18 maj</time></p>",
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_a_dateline_is_read_in_any_words(dateline: str, *, is_above: bool) -> None:
    """Above the title or right below it."""
    title = "<h1>Omställning</h1>"
    head = dateline + title if is_above else title + dateline
    document = release(f"{head}<p>Mötet hålls <time datetime='2020-06-01'>1 juni</time> här.</p>")

    assert document.published_at == "2020-05-18T05:00:00Z"
    assert " ".join(document.text.split()) == "Mötet hålls 1 juni här."


def test_a_time_in_the_first_sentence_is_none_of_publication() -> None:
    """It shares its line with other words."""
    sentence = "<p><time datetime='2020-06-01T10:00'>1 juni</time> öppnar badet.</p>"
    meta = "<meta name='pubdate' content='2020-05-18'>"
    document = release(f"<h1>Omställning</h1>{sentence}", meta)

    assert document.published_at == "2020-05-18"
    assert document.text == "1 juni öppnar badet."


def test_a_title_in_a_lower_heading_is_not_said_twice() -> None:
    """The title for sharing names the heading."""
    shared = "<meta property='og:title' content='Hela titeln'>"
    document = release(
        "<h1>Nyhetsrum</h1><p>2020-05-18</p><h2>Hela titeln</h2><p>Text.</p>", shared
    )

    assert document.title == "Hela titeln"
    assert document.text == "Text."


def test_an_address_that_is_none_is_left_alone() -> None:
    """Law 13: an unclosed bracket is no reason to stop."""
    assert canonical("http://[::1") == "http://[::1"


@pytest.mark.parametrize(
    ("card", "people"),
    [
        (["Eva Ek", "Chef", "Eva Ek"], [Contact("Eva Ek", "Chef")]),
        (["Eva Ek", "Eva Ek", "Chef"], [Contact("Eva Ek", "Chef")]),
        (["Eva Ek"], [Contact("Eva Ek")]),
        (
            ["Eva Ek", "Chef", "Bo Berg", "Lots"],
            [Contact("Eva Ek", "Chef"), Contact("Bo Berg", "Lots")],
        ),
        (
            ["Eva Ek", "Chef", "Eva Ek", "Bo Berg", "Lots", "Bo Berg"],
            [Contact("Eva Ek", "Chef"), Contact("Bo Berg", "Lots")],
        ),
        (
            ["Eva Ek", "Chef", "Tel: 0322-61 60 00", "eva.ek@alingsas.se"],
            [Contact("Eva Ek", "Chef", "0322-61 60 00", "eva.ek@alingsas.se")],
        ),
    ],
)
def test_a_name_said_twice_is_one_person(card: list[str], people: list[Contact]) -> None:
    """The picture's text doubles the name, before or behind the role."""
    assert people == read_contacts([card])


@pytest.mark.parametrize(
    ("path", "post"),
    [
        ("/a/posts/pressreleases/x-y", ("/a", "press_release", "posts/pressreleases/x-y")),
        ("/a/posts/news/x", ("/a", "news", "posts/news/x")),
        ("/a/news/4711/x", ("/a", "news", "news/4711")),
        ("/a/posts/news/4711/x/", ("/a", "news", "news/4711")),
        ("/posts/pressreleases/x", ("", "press_release", "posts/pressreleases/x")),
        ("/a/posts/pressreleases", None),
        ("/a/news/x", None),
        ("/a", None),
    ],
)
def test_addresses_of_releases(path: str, post: tuple[str, str, str] | None) -> None:
    """Room, kind and id stand in the path; a number is the id where there is one."""
    assert post == post_at(f"https://press.example.se{path}")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{URL}/?utm_source=x#top", URL),
        (f"{ROOM}?page=1", ROOM),
        (f"{ROOM}/?page=2", f"{ROOM}?page=2"),
        (f"{ROOM}?page=02", f"{ROOM}?page=2"),
    ],
)
def test_one_address(url: str, expected: str) -> None:
    """Tracking and fragments are no identity; the page of a list is."""
    assert expected == canonical(url)


def test_a_pager_without_end_is_followed_only_so_far() -> None:
    """Law 13: a list that invents pages stops somewhere."""
    card = f"<a href='{URL}'>Omställning</a>"
    url = f"{ROOM}?page={MAX_PAGES}"
    pager = f"<a rel='next' href='?page={MAX_PAGES + 1}'>Nästa</a>"
    room = notified.Room(SITE, Fetched(url, frame(card + pager), "text/html"))
    room.check()

    assert [link.url for link in room.links()] == [URL, ROOM]


def test_a_title_is_never_made_from_the_slug() -> None:
    """Slugs are cut at 45 characters; without a heading the title for sharing stands in."""
    shared = "<meta property='og:title' content='Hela titeln'>"
    main = "<div>2020-05-18 07:00</div><p>Underskottet minskar.</p>"

    assert release(main, shared).title == "Hela titeln"
    with pytest.raises(UnknownLayout):
        release(main)


def test_the_registry_starts_with_the_room() -> None:
    """Configuration names a product; its start URL is read by START."""
    assert PRODUCTS["notified"] is notified.Room


@pytest.mark.skipif(not PAGES, reason=REASON)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
@pytest.mark.parametrize("reader", [notified.Room, notified.Release, notified.FilePage])
def test_real_pages_are_refused(reader, path) -> None:
    """No saved page is of this product; all are refused by name of a fault."""
    is_pdf = path.suffix == ".pdf"
    content_type = "application/pdf" if is_pdf else "text/html"
    page = reader(SITE, Fetched("https://www.example.se/sida", path.read_bytes(), content_type))
    if is_pdf and reader is notified.FilePage:
        page.check()
        return
    with pytest.raises(PageFault) as fault:
        page.check()
    if "alingsas-meetingsplus-404" in path.name:
        assert fault.type is SoftNotFound


@pytest.mark.skipif(not RESPONSES, reason=REASON)
@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.name)
def test_real_responses_are_refused(path) -> None:
    """A page of another product in place of a release is refused, never by another exception."""
    for fetched in responses(path, URL):
        with pytest.raises(PageFault):
            notified.Release(SITE, fetched).check()
