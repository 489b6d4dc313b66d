"""Which pages and files the two SiteVision towns have, before any of them is printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.towns.newsfiles import pdf
from tests.towns.newsprose import (
    Block,
    Newsdesk,
    Person,
    Story,
    hexadecimal,
    load,
    number_from,
    pick,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NODE = 24
DAY_IN_MS = 86_400_000
STALE_AFTER = timedelta(days=365)
CHAPTERS = 10
PAGE_STORIES = 7000
"""Number of the first story that tells what a page which is not news has to say."""
LONG_STORIES = 9000
STAMPS = {
    "older": ("time", "text", "none"),
    "newer": ("time", "time", "empty", "time", "none"),
}
FORMS = ("own", "chrome", "none")
ALTS = ("Barn som leker på en skolgård", "Hus vid vatten", "Händer kring en kaffekopp")
NOBODY = Person("", "")
SIDE_TRAITS = frozenset({"related", "subscription", "linked"})


@dataclass(frozen=True, slots=True)
class Link:
    """A title that leads somewhere."""

    title: str
    path: str
    children: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with its alternative text, which often is the caption as well."""

    alt: str
    caption: str
    node: str
    stamp: int

    def address(self, size: str = "") -> str:
        """Return where the image is, in the given size."""
        return f"/images/18.{self.node}/{self.stamp}/{size}bild.png"


@dataclass(frozen=True, slots=True)
class Download:
    """A PDF; the node is its identity, the stamp says when it was last replaced."""

    title: str
    node: str
    stamp: int
    text: tuple[str, ...]

    @property
    def plain_path(self) -> str:
        """The address before percent-encoding."""
        return f"/download/18.{self.node}/{self.stamp}/{self.title}.pdf"

    @property
    def path(self) -> str:
        """The address as links print it."""
        return quote(self.plain_path)

    @property
    def stale_path(self) -> str:
        """An address from before the file was replaced."""
        return quote(f"/download/18.{self.node}/{self.stamp - 200 * DAY_IN_MS}/{self.title}.pdf")

    @property
    def size(self) -> str:
        """The size as links print it."""
        return f"{len(self.content()) / 1024:.1f} kB"

    def content(self) -> bytes:
        """Return the file."""
        return pdf(self.title, self.text)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a site."""

    path: str
    title: str
    node: str
    kind: str
    modified: datetime
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    trail: tuple[Link, ...] = ()
    children: tuple[Link, ...] = ()
    published: datetime | None = None
    piece: str = "story"
    stamp: str = "none"
    form: str = "none"
    traits: frozenset[str] = frozenset()
    files: tuple[Download, ...] = ()
    files_as: str = "markup"
    picture: Picture | None = None
    contact: Person = NOBODY
    chapters: tuple[Story, ...] = ()
    stale: bool = False

    @property
    def portlet(self) -> str:
        """The id of the portlet that the page's own links and forms speak to."""
        return f"12.{self.node[2:]}"

    @property
    def side(self) -> bool:
        """Whether an editor has put anything beside the text."""
        return bool(self.traits & SIDE_TRAITS)


@dataclass(frozen=True)
class Site:
    """What the pages of one site have in common; one entry of sitevision.toml."""

    name: str
    port: int
    kommun: str
    place: str
    host: str
    style: str
    suffix: str
    news: str
    today: datetime
    oldest: datetime
    phone: str
    mail: str
    address: str
    local_rules: list[str]
    sections: list[dict[str, Any]]
    pieces: list[dict[str, Any]]

    @property
    def skeleton(self) -> str:
        """The template of the frame around every page."""
        return f"{self.style}.html"

    @cached_property
    def root(self) -> str:
        """The node of the site itself."""
        return hexadecimal(NODE, self.name, "site")

    @cached_property
    def build(self) -> str:
        """The name of the product's own files."""
        return hexadecimal(64, self.name, "build")

    @property
    def news_path(self) -> str:
        """The address of the list of news."""
        return f"{self.news}{self.suffix}"

    @cached_property
    def feed(self) -> str:
        """The address of the RSS feed."""
        return f"/{node_of('4', self.name, self.news_path)}/12.{self.root}.portlet"

    @property
    def search_path(self) -> str:
        """Where the search box leads."""
        return "/Sok.html" if self.style == "older" else "/sok"

    @property
    def calendar_path(self) -> str:
        """The address of the calendar of events."""
        section = self.menu[3].path.removesuffix(self.suffix)
        return f"{section}/{'Evenemang' if self.style == 'older' else 'evenemang'}{self.suffix}"

    @cached_property
    def menu(self) -> tuple[Link, ...]:
        """The sections of the site and the pages in them."""
        return tuple(self._section(entry) for entry in self.sections)

    def _section(self, entry: dict[str, Any]) -> Link:
        base = f"/{entry['slug']}"
        children = (
            Link(title, f"{base}/{self.slug(title)}{self.suffix}") for title in entry["children"]
        )
        return Link(entry["title"], f"{base}{self.suffix}", tuple(children))

    @property
    def menu_state(self) -> list[dict[str, Any]]:
        """The menu as its app carries it."""
        return [{"name": entry.title, "url": entry.path} for entry in self.menu]

    @property
    def event_state(self) -> list[dict[str, Any]]:
        """What the box of coming events carries."""
        address = self.calendar_path
        return [
            {"title": "Konsert i parken", "uri": f"{address}#h-1", "date": {"iso": "2021-06-05"}},
            {"title": "Loppmarknad", "uri": f"{address}#h-2", "date": {"iso": "2021-06-12"}},
        ]

    @property
    def consent(self) -> dict[str, Any]:
        """What the cookie banner carries; only a browser ever shows it."""
        settings = {
            "displayType": "modal",
            "title": "Vi använder kakor",
            "message": "Kakor hjälper oss att förbättra webbplatsen. Du väljer vilka du godkänner.",
            "cookiePolicyUri": self.menu[4].children[2].path,
        }
        buttons = {"acceptAll": "Samtyck till alla kakor", "deny": "Endast nödvändiga kakor"}
        return {"settings": settings, "customButtonTexts": buttons, "route": "/"}

    @property
    def related(self) -> tuple[Link, ...]:
        """What the box of related pages holds."""
        return self.menu[1].children

    @property
    def facts(self) -> str:
        """The shared block about the kommun that editors put beside news."""
        return (
            f"{self.place} är centralort i {self.kommun}. Kommunhuset ligger på {self.address} "
            "och har öppet vardagar."
        )

    @property
    def moved_from(self) -> str:
        """The old address of the page that has moved."""
        return next(piece["moved_from"] for piece in self.pieces if "moved_from" in piece)

    def slug(self, title: str) -> str:
        """Return a title as the last part of an address."""
        plain = unicodedata.normalize("NFD", title).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^A-Za-z0-9 -]", "", plain).strip().replace(" ", "-")
        return slug if self.style == "older" else slug.lower()


@dataclass(slots=True)
class Editor:
    """Writes all pages of a site."""

    site: Site
    pages: int
    _taken: set[str] = field(default_factory=set)

    def fixed(self) -> list[Page]:
        """Return the pages that are not news."""
        return [*self._lists(), *self._sections(), *self._utilities()]

    def articles(self) -> list[Page]:
        """Return the news, newest first."""
        written = [*self._pieces(), *self._stories()]
        return sorted(written, key=lambda page: (page.published, page.path), reverse=True)

    @property
    def years(self) -> list[Link]:
        """The yearly archives of the older site."""
        if self.site.style == "newer":
            return []
        years = range(self.site.today.year, self.site.oldest.year - 1, -1)
        return [
            Link(f"Nyheter {year}", f"{self.site.news}/Nyheter-{year}{self.site.suffix}")
            for year in years
        ]

    def _lists(self) -> Iterator[Page]:
        kind = "list_markup" if self.site.style == "older" else "list_app"
        lead = "Här hittar du kommunens nyheter, de senaste först."
        yield self._plain(self.site.news_path, "Nyheter", kind, lead=lead)
        trail = (Link("Nyheter", self.site.news_path),)
        for year in self.years:
            lead = f"Alla nyheter från {year.title[-4:]}."
            yield self._plain(year.path, year.title, kind, lead=lead, trail=trail)

    def _sections(self) -> Iterator[Page]:
        numbers = count(PAGE_STORIES)
        for section in self.site.menu:
            yield self._section(section, next(numbers), children=section.children)
            for child in section.children:
                yield self._section(child, next(numbers), trail=(section,))

    def _section(self, link: Link, number: int, **more: Any) -> Page:
        story = Newsdesk(self.site.name).story(number)
        lead = f"Här finns information om {link.title.lower()} i {self.site.kommun}."
        blocks = tuple(block for block in story.blocks if not block.text.startswith("-"))
        return self._plain(link.path, link.title, "section", lead=lead, blocks=blocks, **more)

    def _utilities(self) -> Iterator[Page]:
        yield self._plain("/", "Startsida", "start")
        yield self._plain(self.site.search_path, "Sökresultat", "search")
        trail = (self.site.menu[3],)
        yield self._plain(self.site.calendar_path, "Evenemang", "calendar", trail=trail)

    def _plain(self, path: str, title: str, kind: str, **more: Any) -> Page:
        node = node_of("4", self.site.name, path)
        age = timedelta(days=number_from(path, "age") % 300)
        modified = (self.site.today - age).replace(tzinfo=STOCKHOLM)
        return Page(path, title, node, kind, modified, **more)

    def _pieces(self) -> Iterator[Page]:
        seed = load("news_seeds.json")[self.site.name]
        for number, piece in enumerate(self.site.pieces):
            told = seed if piece["piece"] == "seed" else piece
            yield self._article(
                told["title"],
                piece["date"].replace(tzinfo=STOCKHOLM),
                lead=told["lead"],
                blocks=tuple(Block(**block) for block in told.get("blocks", ())),
                piece=piece["piece"],
                stamp=piece.get("stamp", "none"),
                form="own" if self.site.style == "newer" and number % 2 == 0 else "none",
                picture=self._seed_picture(told),
                files=self._downloads(piece.get("files", ()), piece["date"]),
                files_as=piece.get("files_as", "markup"),
                contact=Newsdesk(self.site.name).story(number).contact,
                chapters=self._chapters(piece["piece"]),
            )

    def _seed_picture(self, told: dict[str, Any]) -> Picture | None:
        alt = told.get("image_alt")
        return Picture(alt, "", hexadecimal(NODE, alt), 1528884720000) if alt else None

    def _chapters(self, piece: str) -> tuple[Story, ...]:
        if piece != "long":
            return ()
        desk = Newsdesk(self.site.name)
        return tuple(desk.story(LONG_STORIES + number) for number in range(CHAPTERS))

    def _stories(self) -> Iterator[Page]:
        wanted = max(self.pages - len(self.fixed()) - len(self.site.pieces), 1)
        span = self.site.today - self.site.oldest
        for index in range(wanted):
            day = self.site.today - span * index / wanted - timedelta(days=1)
            clock = timedelta(minutes=420 + number_from(self.site.name, index) % 600)
            published = datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM) + clock
            yield self._story(index, published)

    def _story(self, index: int, published: datetime) -> Page:
        story = Newsdesk(self.site.name).story(index)
        stamps = STAMPS[self.site.style]
        return self._article(
            story.title,
            published,
            lead=story.lead,
            blocks=story.blocks,
            stamp=stamps[index % len(stamps)],
            form=FORMS[index % len(FORMS)] if self.site.style == "newer" else "none",
            traits=frozenset(_traits(index, story)),
            picture=self._picture(index, story, published),
            files=self._story_files(index, published),
            files_as="state" if index % 7 == 3 else "markup",
            contact=story.contact,
        )

    def _picture(self, index: int, story: Story, published: datetime) -> Picture | None:
        if index % 3:
            return None
        person = f"{story.contact.name}, {story.contact.role}"
        alt = person if index % 2 else pick(ALTS, self.site.name, index)
        stamp = int(published.timestamp() * 1000)
        node = hexadecimal(NODE, self.site.name, index, "picture")
        return Picture(alt, alt if index % 4 else "", node, stamp)

    def _story_files(self, index: int, made: datetime) -> tuple[Download, ...]:
        if index % 7 not in (0, 3):
            return ()
        titles = (f"Protokollsutdrag § {20 + index} {made.year}", f"Översiktskarta {index + 1}a")
        return self._downloads(titles[: 1 + index % 2], made)

    def _downloads(self, titles: Iterable[str], made: datetime) -> tuple[Download, ...]:
        stamp = int(made.replace(tzinfo=STOCKHOLM).timestamp() * 1000)
        return tuple(
            Download(
                title, hexadecimal(NODE, self.site.name, title, made), stamp + at, _text(title)
            )
            for at, title in enumerate(titles)
        )

    def _article(self, title: str, published: datetime, **more: Any) -> Page:
        path = self._address(title, published.date())
        late = timedelta(days=number_from(path) % 3)
        return Page(
            path,
            title,
            node_of("5", self.site.name, path),
            "article",
            published + late,
            published=published,
            trail=self._trail(published.year),
            stale=published.replace(tzinfo=None) < self.site.today - STALE_AFTER,
            **more,
        )

    def _trail(self, year: int) -> tuple[Link, ...]:
        archive = (link for link in self.years if link.title.endswith(str(year)))
        return (Link("Nyheter", self.site.news_path), *archive)

    def _address(self, title: str, day: date) -> str:
        folder = f"Nyheter-{day.year}" if self.site.style == "older" else "nyhetsarkiv"
        base = f"{self.site.news}/{folder}/{day.isoformat()}-{self.site.slug(title)}"
        numbered = (f"{base}-{again}" for again in count(2))
        path = base
        while path in self._taken:
            path = next(numbered)
        self._taken.add(path)
        return f"{path}{self.site.suffix}"


def node_of(kind: str, *keys: object) -> str:
    """Return a page id as SiteVision writes it."""
    return f"{kind}.{hexadecimal(NODE, kind, *keys)}"


def _traits(index: int, story: Story) -> Iterator[str]:
    rhythms = {"related": (4, 0), "subscription": (5, 2), "linked": (6, 3), "box": (7, 5)}
    yield from (trait for trait, (length, beat) in rhythms.items() if index % length == beat)
    if index % 8 == 6:
        yield "debris"
    if index % 3 == 1 and any(block.kind == "subhead" for block in story.blocks):
        yield "toc"


def _text(title: str) -> tuple[str, ...]:
    story = Newsdesk("lidkoping").story(number_from(title) % 500)
    return (story.lead, *(block.text for block in story.blocks if block.text))
