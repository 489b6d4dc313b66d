"""What a reader comes for, done as a reader does it: by roles and names, with and without scripts.

At the width of a desk and of a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

pytest.importorskip("playwright", reason="the extra `browser` is not installed")

from lxml import etree
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Reader
from tests.sample_archive import RELEASE

pytestmark = pytest.mark.browser

ATOM = "{http://www.w3.org/2005/Atom}"
REMOVED = "Borttaget ur sidan"
CHANGED = "Så har dokumentet ändrats"
EVIDENCE = "Så vet vi det här"
DISCLOSURE = "summary"
"""A `summary` has no role of its own."""


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, reader: Callable[..., Reader], width: int) -> Page:
    """A reader's page, open at the front."""
    one = reader(width, java_script_enabled=request.param)
    one.open("front")
    return one.page


def find(page: Page, typed: str, title: str) -> None:
    """Find a document by a word, from the front page, and open it."""
    page.get_by_role("searchbox", name="Sök i arkivet").fill(typed)
    page.get_by_role("searchbox", name="Sök i arkivet").press("Enter")
    page.get_by_role("main").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_a_document_is_found_by_a_swedish_word(page: Page) -> None:
    """In another form than it is written in."""
    find(page, "skolorna", RELEASE.title)

    text = section(page, "Text")
    expect(text.get_by_text("Fler miljoner till skolorna i Åre.")).to_be_visible()
    expect(page.get_by_role("link", name="Originalet hos kommunen")).to_be_visible()


def test_its_evidence_can_be_read(page: Page) -> None:
    find(page, "underskott", RELEASE.title)

    evidence = page.get_by_role("complementary", name=EVIDENCE)
    expect(evidence.get_by_text(re.compile("^[0-9a-f]{64}$")).first).to_be_visible()
    expect(evidence.get_by_text(RELEASE.extractor)).to_be_visible()
    expect(evidence.get_by_text(re.compile(r"warc/.*\.warc\.gz")).first).to_be_visible()
    expect(evidence.get_by_role("link", name="https://www.example.se/")).to_be_visible()


def test_what_was_removed_can_be_unfolded(page: Page) -> None:
    find(page, "underskott", RELEASE.title)

    removed, block = section(page, REMOVED), RELEASE.removals[0]
    expect(removed.get_by_text(block.text)).to_be_hidden()
    for group in removed.locator(DISCLOSURE).all():
        group.click()
    for block in RELEASE.removals:
        expect(removed.get_by_text(block.text, exact=True)).to_be_visible()
        expect(removed.get_by_text(block.rule, exact=True)).to_be_visible()


def test_two_versions_can_be_compared(page: Page) -> None:
    find(page, "underskott", RELEASE.title)

    changes = section(page, CHANGED)
    expect(changes.locator(DISCLOSURE).first).to_contain_text("version 1 till 2")
    expect(changes.get_by_role("deletion").filter(has_text="ökar").last).to_be_visible()
    expect(changes.get_by_role("insertion").filter(has_text="minskar").last).to_be_visible()


def test_a_kommun_leads_to_a_file_of_an_agenda_item(page: Page) -> None:
    """By its nämnd and one of its meetings."""
    page.get_by_role("main").get_by_role("link", name="Alingsås").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alingsås")
    page.get_by_role("main").get_by_role("link", name="Socialnämnden", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Socialnämnden")

    meetings = section(page, "Sammanträden")
    year = meetings.locator("details").filter(has_text=re.compile("^2020"))
    if year.get_attribute("open") is None:
        year.locator(DISCLOSURE).click()
    year.get_by_role("listitem").filter(has_text="27 oktober").get_by_role("link").click()

    item = section(page, "Ärenden").get_by_role("listitem").filter(has_text="Skolskjutsreglemente")
    item.first.get_by_role("link", name="Tjänsteskrivelse").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tjänsteskrivelse")
    expect(page.get_by_role("link", name=re.compile("Socialnämnden"))).to_be_visible()


def test_a_feed_can_be_subscribed_to(page: Page) -> None:
    """As Atom and as a calendar, from the pages of a kommun and of a nämnd."""
    page.get_by_role("main").get_by_role("link", name="Alingsås").first.click()
    is_feed(page)
    page.get_by_role("main").get_by_role("link", name="Socialnämnden", exact=True).first.click()
    is_feed(page)


def is_feed(page: Page) -> None:
    """Check that the links to feeds on a page lead to feeds, and so do those in its head."""
    atom = page.get_by_role("link", name=re.compile("Atom")).get_attribute("href")
    calendar = page.get_by_role("link", name="hämta dem som fil").get_attribute("href")
    subscribed = page.get_by_role("link", name=re.compile("kalender")).get_attribute("href")
    heads = page.locator("link[rel=alternate]")
    alternate = [(head.get_attribute("type"), head.get_attribute("href")) for head in heads.all()]

    assert atom
    assert calendar
    assert subscribed == "webcal:" + calendar.partition(":")[2]
    assert {("application/atom+xml", atom), ("text/calendar", calendar)} <= {*alternate}
    is_atom(httpx.get(atom))
    is_calendar(httpx.get(calendar))


def is_atom(answer: httpx.Response) -> None:
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = etree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id")
    assert feed.findall(f"{ATOM}entry/{ATOM}title")


def is_calendar(answer: httpx.Response) -> None:
    from icalendar import Calendar

    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.text).walk("VEVENT")
    assert events
    assert all(event.decoded("dtstart") and event["uid"] for event in events)
