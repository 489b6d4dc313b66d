"""The one spider: walks the listings, then asks for what is due in the frontier.

Links to documents go to the frontier first (`archive.store.frontier`); what is due there is asked
for in waves, when nothing else is under way. So a crawl that dies has lost nothing, and a crawl of
a large site is no larger in memory than that of a small one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from archive.errors import ArchiveError, BadPayload, TooLarge
from archive.recording import outcome_of_status
from archive.records import Document
from archive.store import ABSENT, OUTAGE_SAMPLE, OUTAGE_SHARE, Due, Pointer
from archive.times import utc_now
from crawler.guest import WithheldAddress, plain_reason
from crawler.job import Job
from crawler.page import Fetched, Link, Page, PageFault, SoftNotFound, UnknownLayout
from crawler.products import PRODUCTS
from crawler.products.common import reader_name
from crawler.rereading import reader_named
from crawler.revisits import horizon, later

WAVE = 200
"""Addresses taken from the frontier at a time."""
MOST_BARREN = 36
"""Pages of a listing in a row that show nothing new: an endless calendar (law 13)."""
RANKS_PER_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request was made for."""

    url: str
    """As the frontier knows it; redirects may lead elsewhere."""
    reader: type[Page]
    rank: int = 0
    dated: str = ""
    is_listing: bool = False
    is_expected: bool = True
    """Whether it is a fault if there is nothing."""
    barren: int = 0
    """Pages of this listing, up to this one, that showed nothing new."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document, the capture it was read from, and the address that was asked for."""

    document: Document
    capture_id: int
    address: str
    dated: str = ""
    """Date of the document that pointed to it."""

    def __repr__(self) -> str:
        return f"Found({self.document.key!r})"  # a log line is no place for a document's text


class KommunSpider(scrapy.Spider):
    """Walks one source of one kommun."""

    name = "kommun"

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self._walked: set[str] = set()
        self._listed: defaultdict[str, set[str]] = defaultdict(set)
        self._shown: set[str] = set()
        self._asked = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> KommunSpider:
        """Scrapy's way to make one."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield the request for the source's start page."""
        reader = PRODUCTS[self.job.source.product]
        start = Link(self.job.source.start_url, reader, is_listing=True)
        for request in self._walk([start], Errand("", reader, rank=-RANKS_PER_PAGE)):
            yield request

    def idle(self) -> None:
        """Ask for the next wave; without one the crawl is over. Called when nothing is waiting."""
        tally = self.job.tally
        if tally.stop or not tally.listings or self.crawler.engine is None:
            return  # a source without a listing that can be read is left alone
        if not self._asked:
            self._check_listings()
        wave = self._wave()
        for request in wave:
            self.crawler.engine.crawl(request)
        if wave:
            raise DontCloseSpider

    def _check_listings(self) -> None:
        """See whether the listings hold what they held; where nearly all is off, they are ill.

        But not for ever: see `Frontier.has_shrunk_for_good`.
        """
        job = self.job
        before, now = job.store.listing_sizes(job.source_id, job.crawl_id)
        if before < OUTAGE_SAMPLE or now > before * (1 - OUTAGE_SHARE):
            return
        if job.are_listings_walked and job.store.has_shrunk_for_good(
            job.source_id, job.crawl_id, now, may_be_empty="*" in job.source.may_be_empty
        ):
            return
        found = f"expected about {before} links, as before, found {now}"
        job.fault("listing_shrunk", job.source.start_url, found)
        job.tally.listing_faults += 1

    def read(self, response: Response, errand: Errand) -> Iterator[Request | Found]:
        """Read one page; a fault is recorded and ends this branch."""
        self.job.tally.waiting -= 1
        capture_id: int = response.meta["capture_id"]
        if "dataloss" in response.flags or response.status == HTTPStatus.PARTIAL_CONTENT:
            self._judge(errand, capture_id, "truncated", "less came than was announced")
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        page = errand.reader(
            self.job.site, Fetched(response.url, response.body, content_type, response.status)
        )
        try:
            page.check()
            documents, links = list(page.records()), list(page.links())
        except PageFault as fault:
            self._judge(errand, capture_id, self._outcome(fault, errand, response.url), str(fault))
            return
        except Exception as error:
            self._judge(errand, capture_id, "unread", plain_reason(error))
            raise
        self.job.tally.listings += errand.is_listing
        dated = next(map(_date_of, documents), "")
        new = self._point(links, errand, dated)
        yield from (Found(d, capture_id, errand.url, errand.dated) for d in documents)
        if not documents and not errand.is_listing:
            self._asked_for(errand, "ok")
        barren = errand.barren + 1 if errand.is_listing and not new else 0
        yield from self._walk(
            self._without_loops(response.url, links), replace(errand, barren=barren)
        )

    def failed(self, failure: Any) -> None:
        """Count a request that came to nothing; its capture has been recorded already."""
        self.job.tally.waiting -= 1
        request, error = failure.request, failure.value
        if self.job.tally.stop:
            return
        errand: Errand = request.cb_kwargs["errand"]
        outcome, detail = _failure(error)
        if outcome in ("forbidden", "withheld"):
            self.job.tally.listing_faults += errand.is_listing
            self.job.tally.forbidden += outcome == "forbidden"
            self._asked_for(errand, outcome)
        else:
            self._judge(errand, request.meta.get("capture_id"), outcome, detail)

    def _judge(self, errand: Errand, capture_id: int | None, outcome: str, detail: str) -> None:
        """Record a fault; that nothing is where nothing is expected is none."""
        is_fault = errand.is_expected or outcome not in ABSENT
        self.job.judge(capture_id, outcome, errand.url, detail, is_fault=is_fault)
        if errand.is_listing:
            self.job.tally.listing_faults += 1
        else:
            self._asked_for(errand, outcome)

    def _asked_for(self, errand: Errand, outcome: str) -> None:
        """Keep in the frontier what came of an errand that brought no document."""
        job, now = self.job, utc_now()
        is_settled = outcome in ("ok", "forbidden", "withheld", "unaskable")
        due_at = later(now, errand.url, job.source.revisit_days) if is_settled else now
        job.store.asked(
            job.source_id, job.crawl_id, errand.url, outcome=outcome, now=now, due_at=due_at
        )

    def _walk(self, links: list[Link], errand: Errand) -> Iterator[Request]:
        """Yield requests for the listings among `links`."""
        if errand.barren >= MOST_BARREN:
            return
        rank = (errand.rank // RANKS_PER_PAGE + 1) * RANKS_PER_PAGE
        for link in links:
            url = self._address(link) if link.is_listing else ""
            if url and url not in self._walked:
                self._walked.add(url)
                next_errand = Errand(url, link.reader, rank, is_listing=True, barren=errand.barren)
                yield self._request(next_errand, priority=1)

    def _point(self, links: list[Link], errand: Errand, dated: str) -> int:
        """Put the documents among `links` into the frontier; return how many a listing added."""
        found = {self._address(link): link for link in links if not link.is_listing}
        for address in ("", *(found.keys() & self._walked)):  # listings are no documents
            found.pop(address, None)
        pointers = [
            Pointer(address, reader_name(link.reader), errand.url, _rank(errand, place), dated)
            for place, (address, link) in enumerate(found.items())
        ]
        if pointers:
            self.job.store.point_to(self.job.source_id, self.job.crawl_id, pointers, utc_now())
        if not errand.is_listing:
            return 0
        new = found.keys() - self._shown
        self._shown |= new
        return len(new)

    def _address(self, link: Link) -> str:
        """Return the address of a link that this source may ask for, else nothing."""
        try:
            url = Request(link.reader.canonical(self.job.site, link.url)).url
        except ValueError as error:  # an address that cannot be written down, let alone asked
            self.job.fault("bad_address", ascii(link.url), plain_reason(error))
            return ""
        return url if self._is_allowed(url) else ""

    def _outcome(self, fault: PageFault, errand: Errand, url: str) -> str:
        """Return what a fault says; a document that was redirected to a listing is not there.

        A wall at the address of a listing stays a wall.
        """
        is_sent_back = url != errand.url and url in self._walked and not errand.is_listing
        is_absent = is_sent_back and isinstance(fault, UnknownLayout)
        return SoftNotFound.outcome if is_absent else fault.outcome

    def _is_allowed(self, url: str) -> bool:
        return urlsplit(url).netloc.lower() in self.job.source.allowed_hosts

    def _wave(self) -> list[Request]:
        """Return requests for what is due, as many as a wave has and the cap of a crawl allows."""
        job, now = self.job, utc_now()
        job.store.hurry_unlisted(
            job.source_id, job.crawl_id, now, are_listings_walked=job.are_listings_walked
        )
        requests: list[Request] = []
        while not requests and (
            wave := job.store.take_due(
                job.source_id,
                job.crawl_id,
                now=now,
                horizon=horizon(now, job.source.revisit_days),
                limit=min(WAVE, job.source.max_documents - self._asked),
            )
        ):
            requests = [*filter(None, map(self._errand, wave))]
        return requests

    def _errand(self, due: Due) -> Request | None:
        """Return the request for a due address; None for one that cannot be asked for any more.

        Its class is no more, or the source has moved to another host.
        """
        try:
            reader = reader_named(due.reader) if self._is_allowed(due.url) else None
        except ArchiveError:
            reader = None
        if reader is None:
            self._asked_for(Errand(due.url, Page), "unaskable")
            return None
        self._asked += 1
        errand = Errand(due.url, reader, due.rank, due.dated, is_expected=due.is_expected)
        return self._request(errand, priority=-self._asked)

    def _request(self, errand: Errand, *, priority: int) -> Request:
        self.job.tally.waiting += 1
        return Request(
            errand.url,
            callback=self.read,
            errback=self.failed,
            cb_kwargs={"errand": errand},
            priority=priority,
        )

    def _without_loops(self, url: str, links: list[Link]) -> list[Link]:
        """Drop further pages of a listing when this page listed nothing its earlier pages had not.

        Some products answer page 1 again past the end, for ever.
        """
        rows = {link.url for link in links if not link.is_listing}
        listed = self._listed[urlsplit(url).path]
        is_repeat = bool(rows) and rows <= listed
        listed |= rows
        if not is_repeat:
            return links
        path = urlsplit(url).path
        return [link for link in links if not link.is_listing or urlsplit(link.url).path != path]


def _rank(errand: Errand, place: int) -> int:
    """Return a link's place among all: that of its row, page by page, or of its document."""
    return errand.rank + min(place, RANKS_PER_PAGE - 1) if errand.is_listing else errand.rank


def _date_of(document: Document) -> str:
    return document.meeting.date if document.meeting else document.published_at[:10]


def _failure(error: BaseException) -> tuple[str, str]:
    """Return (outcome, detail) of a request that reached no reader."""
    if isinstance(error, HttpError):
        status = error.response.status
        told = outcome_of_status(status)
        return (told if told in ("not_found", "blocked") else "error"), f"HTTP {status}"
    outcome = next((name for kind, name in _OUTCOMES.items() if isinstance(error, kind)), "error")
    if isinstance(error, WithheldAddress):
        return "withheld", ""
    is_forbidden = isinstance(error, IgnoreRequest) and "robots.txt" in str(error)
    return ("forbidden" if is_forbidden else outcome), plain_reason(error)


_OUTCOMES: dict[type[BaseException], str] = {
    TooLarge: "too_large",
    DownloadCancelledError: "too_large",
    BadPayload: "damaged",
}
