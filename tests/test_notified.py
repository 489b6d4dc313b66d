"""Notified beyond its saved pages: addresses, and one release in every markup we could think of."""

from __future__ import annotations

import pytest

from archive.records import Contact, Document
from crawler.page import Fetched, PageFault, Site, SoftNotFound, UnknownLayout
from crawler.products import PRODUCTS, notified
from crawler.products._release import read_contacts
from crawler.products.notified import MAX_PAGES, canonical, post_at
from tests.realpages import PAGES, REASON, RESPONSES, responses

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
