"""Notified newsrooms (newsroom.notified.com, or a customer's own host): press releases and news.

Known are the addresses and the order of the texts on a release: time and type label, heading, body,
"Om <publisher>" with a paragraph, "Kontaktpersoner" with name, role and the name again. The markup
was never seen: time and label, or the body's end and "Om …", may stand in one line without a space
between. Slugs are cut at 45 characters, so no title is ever taken from one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit, urlunsplit

from archive.cleaning import Cleaned, clean
from archive.cleaning.element import Element
from archive.cleaning.head import meta, page_title
from archive.cleaning.rules import Rules
from archive.cleaning.stated import PUBLISHED_META
from archive.dates import Moment, read_moment
from archive.records import AttachmentLink, Contact, Document, Field, Kind
from crawler.page import EmptyListing, HtmlPage, Link, Site, UnknownLayout
from crawler.products import common
from crawler.products._flow import wrap_loose_text
from crawler.products._release import ReleaseReading

POST = re.compile(
    r"^(?P<room>(?:/(?!posts/)[^/]+)?)/(?:posts/)?(?P<type>pressreleases|news)/(?P<slug>[^/].*)$"
)
"""Path of a release; without "posts" only where a number stands first: /<org>/news/<number>/…"""
POST_LIST = re.compile(r"^(?P<room>(?:/[^/]+)?)/posts(?:/(?:pressreleases|news))?$")
NUMBERED = re.compile(r"^(?P<number>\d+)(?:/|$)")
FILE_PATH = re.compile(
    r"\.(pdf|docx?|xlsx?|pptx?|od[tsp]|zip|rtf|csv|txt|jpe?g|png)$", re.IGNORECASE
)
MAX_PAGES = 500
"""A room's list is followed this far: a pager may invent pages without end."""

FOREIGN = re.compile(
    r"/wp-content/|/wp-includes/|/sitevision/|/bundles/web-app-styles|/globalassets/|mynewsdesk"
    r"|WordPress|EPiServer",
    re.IGNORECASE,
)
"""Marks of other products in scripts, styles and generator: a moved newsroom, not a release."""
PRODUCT_HOST = "notified.com"


class Post(NamedTuple):
    """What a release's address says."""

    room: str
    """Path of its room, "/alingsas-kommun"; empty on a host of the customer's own."""
    kind: Kind
    id: str
    """The product's number where the address has one, else the path below the room."""


def post_at(url: str) -> Post | None:
    """Return what the address of a release says, None for any other address."""
    path = urlsplit(url).path.rstrip("/")
    match = POST.match(path)
    number = NUMBERED.match(match["slug"]) if match else None
    below = path.removeprefix(match["room"]).lstrip("/") if match else ""
    if not match or not (number or below.startswith("posts/")):
        return None
    kind: Kind = "press_release" if match["type"] == "pressreleases" else "news"
    return Post(match["room"], kind, f"{match['type']}/{number['number']}" if number else below)


def canonical(url: str) -> str:
    """Return an address without query, fragment and closing slash; a list keeps its page.

    What is no address is returned as it is.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    page = _page_number(url)
    query = f"page={page}" if page > 1 and not post_at(url) else ""
    return urlunsplit(
        (parts.scheme, parts.netloc.lower(), parts.path.rstrip("/") or "/", query, "")
    )


class NotifiedPage(HtmlPage):
    """What rooms and releases share."""

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003
        """See `canonical`."""
        return canonical(url)

    def check(self) -> None:
        """Raise a `PageFault` for files, walls, error pages and pages of known other products."""
        common.refuse_file(self.fetched)
        common.refuse_walls(self.tree, self.fetched.url)
        common.refuse_error_page(self.tree, self.fetched.url)
        sources = self.tree.xpath(
            "//script/@src | //link/@href | //meta[@name='generator']/@content"
        )
        if foreign := next(filter(FOREIGN.search, sources), ""):
            raise UnknownLayout(f"expected a Notified page, found {foreign!r}: {self.fetched.url}")

    @cached_property
    def url(self) -> str:
        """The page's canonical address."""
        return canonical(self.fetched.url)

    def hrefs(self) -> Iterator[tuple[Element, str]]:
        """Yield each link of the page with its absolute address."""
        for element in self.tree.iter("a", "link"):
            if url := common.absolute(self.fetched.url, element.get("href")):
                yield element, url

    def is_here(self, url: str) -> bool:
        """Tell whether an address is on this page's host."""
        return urlsplit(url).netloc == urlsplit(self.url).netloc


class Room(NotifiedPage):
    """The list of a publisher's releases, newest first, in pages."""

    version = 2

    def check(self) -> None:
        """Raise `UnknownLayout` for another product, `EmptyListing` for a start without rows."""
        super().check()
        if self._posts:
            return
        if not self._is_product():
            raise UnknownLayout(f"expected a Notified newsroom, found another page: {self.url}")
        is_start = self.url == canonical(self.site.start_url)
        if is_start and urlsplit(self.url).path not in self.site.may_be_empty:
            raise EmptyListing(f"expected links to releases, found none: {self.url}")

    def links(self) -> Iterator[Link]:
        """Yield the releases on this page, newest first, then the pages it links to."""
        newest_first = sorted(self._posts, key=self._posts.__getitem__, reverse=True)
        yield from (Link(url, Release) for url in newest_first)
        lists = (canonical(url) for _, url in self.hrefs() if self._is_list(url))
        for url in dict.fromkeys(lists):
            if url != self.url:
                yield Link(url, Room, is_listing=True)

    @property
    def room(self) -> str:
        """Path of the room, empty on a host of its own."""
        path = urlsplit(self.url).path.rstrip("/")
        match = POST_LIST.match(path)
        return match["room"] if match else path

    @cached_property
    def _posts(self) -> dict[str, str]:
        """Address of each release, with the date its card states; else that of its neighbour."""
        links = {
            element: canonical(url)
            for element, url in self.hrefs()
            if (post := post_at(url)) and post.room == self.room and self.is_here(url)
        }
        dates: dict[str, str] = {}
        date = ""
        for element, url in links.items():
            date = _card_date(element, links) or dates.get(url) or date
            dates[url] = max(date, dates.get(url, ""))
        return dates

    def _is_list(self, url: str) -> bool:
        path = urlsplit(url).path.rstrip("/")
        match = POST_LIST.match(path)
        in_room = path == self.room or bool(match and match["room"] == self.room)
        return self.is_here(url) and in_room and 0 < _page_number(url) <= MAX_PAGES

    def _is_product(self) -> bool:
        """Tell the product by its host or that of its assets, else by a link to a list of posts."""
        sources = self.tree.xpath("//script/@src | //link/@href | //img/@src")
        hosts = (_host(url) for url in (self.url, *sources))
        paths = (urlsplit(url).path.rstrip("/") for _, url in self.hrefs() if self.is_here(url))
        is_hosted = any(f".{host}".endswith(f".{PRODUCT_HOST}") for host in hosts)
        return is_hosted or any(map(POST_LIST.match, paths))


class Release(NotifiedPage):
    """One press release or news item."""

    version = 2

    def check(self) -> None:
        """Raise `UnknownLayout` unless address, title, time and body are those of a release."""
        super().check()
        found = {
            "address of a release": self.post,
            "title": self.title,
            "time of publication": self.published,
            "body": self.prose.text,
        }
        if missing := [name for name, value in found.items() if not value]:
            raise UnknownLayout(f"expected a release, found no {', no '.join(missing)}: {self.url}")

    def links(self) -> Iterator[Link]:
        """Yield the files of the release."""
        yield from (Link(file.url, FilePage) for file in self.attachments)

    def records(self) -> Iterator[Document]:
        """Yield the release."""
        yield Document(
            key=self.key,
            kind=self.post.kind if self.post else "news",
            url=self.url,
            title=self.title,
            text=self.prose.text,
            extractor=common.extractor_of(self, self._rules, self.site.template),
            removals=self.prose.removals,
            published_at=self.published.utc if self.published else "",
            published_local=self.published.local if self.published else "",
            contacts=self.contacts,
            fields=self.fields,
            attachments=self.attachments,
        )

    @cached_property
    def tree(self) -> Element:
        """The parsed page, each text in an element of its own."""
        return wrap_loose_text(super().tree)

    @property
    def post(self) -> Post | None:
        """What the address says."""
        return post_at(self.url)

    @property
    def key(self) -> str:
        """Key by the product's number, or by the path below the room."""
        return f"{self.site.key_prefix}/{self.post.id if self.post else ''}"

    @property
    def title(self) -> str:
        """The heading, else the title the page states for sharing."""
        return self._reading.title or meta(self.tree, "og:title")

    @property
    def published(self) -> Moment | None:
        """The first stated moment with a clock time, else the first date."""
        stated = [*self._reading.times, meta(self.tree, *PUBLISHED_META)]
        stated += self._reading.datelines
        moments = [moment for text in stated if (moment := read_moment(text))]
        return next((moment for moment in moments if moment.local), next(iter(moments), None))

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The contact persons below the body."""
        return self._reading.contacts

    @property
    def fields(self) -> tuple[Field, ...]:
        """The publisher's standing text about itself, where there is one."""
        about = self._reading.about
        found_at = f"below the heading {self._reading.about_heading!r}"
        return (Field("about_publisher", about, found_at),) if about else ()

    @cached_property
    def attachments(self) -> tuple[AttachmentLink, ...]:
        """The files in page order, each once."""
        links: dict[str, Element] = {}
        for element, url in self._files:
            links.setdefault(url, element)
        return tuple(
            AttachmentLink(
                key=FilePage.key_at(self.site, url),
                url=url,
                label=common.text_of(element) or common.readable(urlsplit(url).path),
                position=n,
            )
            for n, (url, element) in enumerate(links.items(), 1)
        )

    @cached_property
    def _files(self) -> list[tuple[Element, str]]:
        return [
            (element, FilePage.canonical(self.site, url))
            for element, url in self.hrefs()
            if element.tag == "a" and FILE_PATH.search(urlsplit(url).path)
        ]

    @cached_property
    def _reading(self) -> ReleaseReading:
        room = self.post.room if self.post else ""
        here = [(e, url) for e, url in self.hrefs() if e.tag == "a" and self.is_here(url)]
        in_room = [(e, url) for e, url in here if urlsplit(url).path.startswith(room or "/")]
        files = {element for element, _ in self._files}
        return ReleaseReading(
            flow_root=self.tree,
            titles=(meta(self.tree, "og:title"), page_title(self.tree)),
            publishers=(self.site.publisher, meta(self.tree, "og:site_name")),
            room_slug=room.strip("/"),
            files=files,
            posts={e for e, url in here if post_at(url) and canonical(url) != self.url},
            lists={e for e, url in in_room if not post_at(url)} - files,
        )

    @property
    def _rules(self) -> Rules:
        return common.product_rules("notified", self.site.undo_rules)

    @cached_property
    def prose(self) -> Cleaned:
        """The release's blocks, judged."""
        return clean(
            self.tree,
            content=[self._reading.root],
            claims=self._reading.claims(),
            rules=self._rules,
            template=self.site.template,
        )


class FilePage(common.FilePage):
    """A file that a release offers."""

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003
        """Return the address without fragment."""
        return url.partition("#")[0]

    @classmethod
    def key_at(cls, site: Site, url: str) -> str:
        """Return the key of the file at `url`: its path, after its host when that is another."""
        parts = urlsplit(url)
        is_here = parts.netloc.lower() == urlsplit(site.start_url).netloc.lower()
        host = "" if is_here else f"/{parts.netloc.lower()}"
        return f"{site.key_prefix}{host}{parts.path}"

    def key(self) -> str:
        """Return `key_at` for the page's own address."""
        return self.key_at(self.site, self.fetched.url)


def _page_number(url: str) -> int:
    """Return what a list's address says: 1 without a page, 0 for any other query."""
    query = parse_qs(urlsplit(url).query)
    page = query.get("page", ["1"])[0]
    is_plain = not set(query) - {"page"} and page.isascii() and page.isdigit() and len(page) < 6
    return int(page) if is_plain else 0


def _card_date(link: Element, posts: dict[Element, str]) -> str:
    """Return the date in the link, or in the widest element around it with no other release."""
    for element in common.around(link, None):
        if any(posts.get(other, posts[link]) != posts[link] for other in element.iter("a")):
            return ""
        times = [time.get("datetime") or "" for time in element.iter("time")]
        for text in (*times, common.text_of(element)):
            if moment := read_moment(text):
                return moment.utc
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


START = Room
