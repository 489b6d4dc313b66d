"""MeetingPlus ("Meetings+", Formpipe), the meeting portal of Alingsås, Stockholm, Malmö and others.

Each kommun runs it on a host of its own (sammantradesportal.alingsas.se, moten.ange.se …), so pages
are known by their fingerprints. Addresses, ids, texts and their order are from saved pages and
from what others' scrapers relied on; the inner markup of organ and meeting pages was never seen,
so rows, titles and labels are found by what they say and by what any markup of them must hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from archive.cleaning import Cleaned, clean
from archive.cleaning.element import Element
from archive.cleaning.head import meta, page_title
from archive.cleaning.rules import Rules
from archive.records import AgendaItem, AttachmentLink, Body, Document, Kind, Meeting, MeetingStatus
from crawler.page import EmptyListing, HtmlPage, Link, Page, Site, UnknownLayout
from crawler.products import common
from crawler.products._flow import Flow, wrap_loose_text
from crawler.products._meeting import MeetingReading, date_in, in_frame

TITLE_SUFFIX = re.compile(r"\s*\|?\s*MeetingPlus \[\w\w\]\s*$")
SCRIPT_MARK = "document.meetingsPlusUser"
WEAK_MARKS = (
    "//*[@id='ribbonBlock']",
    "//script[contains(@src, '/bundles/FullTextSearchControl.js')]",
    "//script[contains(@src, '/bundles/cookieRibbon.js')]",
    "//script[contains(@src, '/bundles/accessibleCheckboxControl.js')]",
    "//link[contains(@href, '/bundles/web-app-styles.css')]",
)
"""Marks that prove the product only two together."""

ALIAS = re.compile(r"^/welcome-[a-z]{2}/namnder-styrelser(?=/|$)", re.IGNORECASE)
NOT_ORGANS = frozenset(("search", "representatives", "404"))
NOT_MEETINGS = frozenset(("representatives", "search", "agenda", "protocol"))
FILE_SEGMENTS = ("agenda", "protocol")

CANCELLED = re.compile(r"\binställt\b|\binstallt\b", re.IGNORECASE)

NOT_MINUTES = re.compile(r"\b(bilaga|bilagor|reservation(er)?|omrostning(ar)?|votering(ar)?)\b")
IS_AGENDA = re.compile(r"\b(kallelse|foredragningslista|dagordning)\w*")

UNEXPLAINED_MAX_WORDS = 60
"""More words than this beside known ones, and no agenda: not a layout this module knows."""


def canonical(url: str) -> str:
    """Return the one address of a page or file: no alias path, download mode or fragment."""
    parts = urlsplit(url)
    path = ALIAS.sub("/committees", parts.path).rstrip("/") or "/"
    query = [(n, v) for n, v in parse_qsl(parts.query, True) if n.lower() != "downloadmode"]
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, urlencode(query), ""))


def reader_of(url: str) -> type[Page] | None:
    """Return the class that reads the page at a canonical address; None: not for us."""
    first, *rest = urlsplit(url).path.strip("/").split("/")
    if first != "committees":
        return None
    if len(rest) >= 4 and any(part in FILE_SEGMENTS for part in rest[2:-1]):
        return FilePage
    if len(rest) == 2 and rest[1] not in NOT_MEETINGS:
        return MeetingPage
    if len(rest) == 1 and rest[0] not in NOT_ORGANS:
        return OrganPage
    return None if rest else OrganList


def key_of(site: Site, url: str) -> str:
    """Return a document's key: kommunkod, product and the canonical path below /committees/."""
    path = urlsplit(canonical(url)).path.removeprefix("/committees").strip("/")
    return f"{site.key_prefix}/{path}"


def file_kind(url: str) -> Kind:
    """Return what a file is by its address: minutes, agenda, or an attachment of either."""
    *folders, name = urlsplit(url).path.lower().split("/")
    words = name.replace("-", " ")
    if "protocol" in folders:
        return "attachment" if NOT_MINUTES.search(words) else "minutes"
    is_agenda = IS_AGENDA.search(words) and not NOT_MINUTES.search(words)
    return "agenda" if is_agenda else "attachment"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of the page that leads to a page or file of the product."""

    element: Element
    url: str
    """Canonical."""
    reader: type[Page]


class MeetingPlusPage(HtmlPage):
    """What all pages of the product share."""

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003
        """See `canonical`."""
        return canonical(url)

    def check(self) -> None:
        """Raise a `PageFault` unless the page is one of MeetingPlus with content."""
        common.refuse_file(self.fetched)
        common.refuse_walls(self.tree, self.fetched.url)
        common.refuse_error_page(self.tree, self.fetched.url)
        if not self._is_product():
            raise UnknownLayout(f"expected a MeetingPlus page, found another: {self.fetched.url}")
        if reader_of(self.url) is not type(self):
            raise UnknownLayout(f"expected the address of a {type(self).__name__}: {self.url}")

    @cached_property
    def url(self) -> str:
        """The page's canonical address."""
        return canonical(self.fetched.url)

    @cached_property
    def main(self) -> Element:
        """The element that holds the content."""
        for path in ("//*[@id='main']", "//main", "//*[@role='main']", "//body"):
            if found := self.tree.xpath(path):
                return found[0]
        return self.tree

    def anchors(self, *regions: Element) -> Iterator[Anchor]:
        """Yield the links below `regions` that lead to this portal's pages and files."""
        for region in regions:
            for element in region.iter("a"):
                url = common.absolute(self.fetched.url, element.get("href"))
                reader = reader_of(canonical(url)) if self._is_here(url) else None
                if reader:
                    yield Anchor(element, canonical(url), reader)

    def _is_here(self, url: str) -> bool:
        hosts = [urlsplit(u).netloc.lower() for u in (self.fetched.url, self.site.start_url)]
        return bool(url) and urlsplit(url).netloc in hosts

    def _is_product(self) -> bool:
        has_title = bool(TITLE_SUFFIX.search(page_title(self.tree)))
        has_script = any(SCRIPT_MARK in (script.text or "") for script in self.tree.iter("script"))
        weak = sum(bool(self.tree.xpath(mark)) for mark in WEAK_MARKS)
        return has_title or has_script or weak >= 2

    def _expect_rows(self, rows: list[Link], what: str) -> None:
        may_be_empty = urlsplit(self.url).path in self.site.may_be_empty
        if not rows and not may_be_empty:
            raise EmptyListing(f"expected {what}, found none: {self.url}")


class OrganList(MeetingPlusPage):
    """/committees: the nämnder and styrelser of a kommun."""

    def check(self) -> None:
        """Raise `EmptyListing` too, when no organ is listed."""
        super().check()
        self._expect_rows(list(self.links()), "links to organs")

    def links(self) -> Iterator[Link]:
        """Yield each organ once, in page order."""
        organs = (a.url for a in self.anchors(self.main) if a.reader is OrganPage)
        yield from (Link(url, OrganPage, is_listing=True) for url in dict.fromkeys(organs))


class OrganPage(MeetingPlusPage):
    """/committees/<slug>: the coming and past meetings of one body."""

    def check(self) -> None:
        """Raise `EmptyListing` too, when no meeting is listed."""
        super().check()
        self._expect_rows(list(self._meetings()), "links to meetings")

    def links(self) -> Iterator[Link]:
        """Yield the organ's meetings, newest first, then other organs that the page lists."""
        yield from self._meetings()
        others = (a.url for a in self.anchors(*self._regions) if a.reader is OrganPage)
        for url in dict.fromkeys(others):
            if url != self.url:
                yield Link(url, OrganPage, is_listing=True)

    @property
    def _regions(self) -> list[Element]:
        past = self.tree.xpath("//*[@id='committeesRecentContent']")
        return [self.main, *(e for e in past if self.main not in e.iterancestors())]

    def _meetings(self) -> list[Link]:
        """Links in order of their dates; one without stands after its neighbour above."""
        dates: dict[str, str] = {}
        date = ""
        for anchor in self.anchors(*self._regions):
            if anchor.reader is MeetingPage and anchor.url.startswith(f"{self.url}/"):
                date = _date_of_row(anchor) or dates.get(anchor.url) or date
                dates[anchor.url] = max(date, dates.get(anchor.url, ""))
        newest_first = sorted(dates, key=lambda url: dates[url], reverse=True)
        return [Link(url, MeetingPage) for url in newest_first]


def _date_of_row(anchor: Anchor) -> str:
    element = anchor.element
    texts = (element.get("aria-label") or "", common.text_of(element), anchor.url)
    return next((date for text in texts if (date := date_in(text))), "")


class MeetingPage(MeetingPlusPage):
    """/committees/<slug>/<meeting>: one meeting, its agenda and files."""

    version = 2

    def check(self) -> None:
        """Raise `UnknownLayout` too, for a page without date or body, or text in no known place."""
        super().check()
        if not self.date or not self.body_name:
            missing = "date" if not self.date else "name of the body"
            raise UnknownLayout(f"expected a meeting, found no {missing}: {self.url}")
        words = 0 if self._reading.rows else self._reading.unexplained_words
        if words > UNEXPLAINED_MAX_WORDS:
            raise UnknownLayout(f"expected an agenda, found {words} words of no kind: {self.url}")

    def links(self) -> Iterator[Link]:
        """Yield the files of the meeting, each once; the menu's other meetings are not followed."""
        yield from (Link(file.url, FilePage) for file in self.attachments)

    def records(self) -> Iterator[Document]:
        """Yield the meeting."""
        yield Document(
            key=key_of(self.site, self.url),
            kind="meeting",
            url=self.url,
            title=self.title,
            text=self._cleaned.text,
            extractor=common.extractor_of(self, self._rules),
            removals=self._cleaned.removals,
            attachments=self.attachments,
            meeting=self.meeting,
        )

    @cached_property
    def tree(self) -> Element:
        """The parsed page, each text in an element of its own."""
        return wrap_loose_text(super().tree)

    @property
    def title(self) -> str:
        """The heading, "Möte 2020-10-27"; the title element's words where there is none."""
        return self._reading.title or self._page_title

    @property
    def meeting(self) -> Meeting:
        """The meeting with its agenda."""
        return Meeting(
            body=Body(self.body_name, self.organ, common.body_kind(self.body_name)),
            date=self.date,
            start_time=self._reading.start_time,
            end_time=self._reading.end_time,
            place=self._reading.place,
            status=self.status,
            agenda=self.agenda,
        )

    @property
    def organ(self) -> str:
        """The body's slug."""
        return urlsplit(self.url).path.split("/")[2]

    @property
    def date(self) -> str:
        """ISO date from the heading, else from the title element, else from the address."""
        names = (self.title, self._page_title, self.url)
        return next((date for name in names if (date := date_in(name))), "")

    @property
    def body_name(self) -> str:
        """Name of the body, empty if the page does not state it."""
        return self._reading.body_name

    @property
    def status(self) -> MeetingStatus:
        """How far the meeting is; cancelled where title, address or a line of its own say so."""
        slug = self.url.rpartition("/")[2].replace("-", " ")
        names = (self.title, self._page_title, slug)
        if self._reading.is_cancelled or any(map(CANCELLED.search, names)):
            return "cancelled"
        apart = (file.url for file in self.attachments if file.agenda_position is None)
        if "minutes" in map(file_kind, apart):
            return "minutes_published"
        return "agenda_published" if self._reading.rows or self.attachments else "announced"

    @property
    def agenda(self) -> tuple[AgendaItem, ...]:
        """The ärenden in page order."""
        return tuple(row.item(n) for n, row in enumerate(self._reading.rows, 1))

    @cached_property
    def attachments(self) -> tuple[AttachmentLink, ...]:
        """The files in page order, each once, under the most telling of its link texts."""
        anchors: dict[str, list[Element]] = {}
        for anchor in self._anchors:
            if anchor.reader is FilePage:
                anchors.setdefault(anchor.url, []).append(anchor.element)
        return tuple(
            AttachmentLink(
                key=key_of(self.site, url),
                url=url,
                label=self._reading.label(elements) or common.readable(urlsplit(url).path),
                position=n,
                agenda_position=self._reading.row_number(elements),
            )
            for n, (url, elements) in enumerate(anchors.items(), 1)
        )

    @property
    def _page_title(self) -> str:
        return TITLE_SUFFIX.sub("", page_title(self.tree))

    @cached_property
    def _anchors(self) -> list[Anchor]:
        return [a for a in self.anchors(self.tree) if not in_frame(a.element)]

    @cached_property
    def _reading(self) -> MeetingReading:
        organ_url = self.url.rpartition("/")[0]
        own_organ = {a.element for a in self._anchors if a.url == organ_url}
        return MeetingReading(
            main=self.main,
            flow=Flow(self.tree),
            page_title=self._page_title,
            described=self._described,
            organ=self.organ,
            files={a.element for a in self._anchors if a.reader is FilePage},
            pages={a.element for a in self._anchors if a.reader is not FilePage} - own_organ,
            rules=common.own_rules("meetingplus", self.site.undo_rules),
        )

    @property
    def _described(self) -> str:
        described = meta(self.tree, "description")
        is_title = self._page_title in described or date_in(described)
        return "" if is_title else described

    @property
    def _rules(self) -> Rules:
        return common.product_rules("meetingplus", self.site.undo_rules)

    @cached_property
    def _cleaned(self) -> Cleaned:
        return clean(
            self.tree,
            content=[self.main],
            claims=self._reading.claims(),
            rules=self._rules,
        )


class FilePage(common.FilePage):
    """A file of a meeting: kallelse, protokoll or bilaga."""

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003
        """See `canonical`."""
        return canonical(url)

    def key(self) -> str:
        """Key by the file's canonical path."""
        return key_of(self.site, self.fetched.url)

    def kind(self) -> Kind:
        """Minutes, agenda or attachment, by the address."""
        return file_kind(canonical(self.fetched.url))


START = OrganList
