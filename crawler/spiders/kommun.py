"""The one spider: follows the links that page objects yield, passes on what they state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from archive.errors import BadPayload, TooLarge
from archive.recording import outcome_of_status
from archive.records import Document
from crawler.guest import plain_reason
from crawler.job import Job
from crawler.page import Fetched, Link, Page, PageFault
from crawler.products import PRODUCTS

_LISTING_PRIORITY = 10
"""Listings first: what they list is known before the documents are fetched, newest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document, and the capture it was read from."""

    document: Document
    capture_id: int

    def __repr__(self) -> str:
        return f"Found({self.document.key!r})"  # a log line is no place for a document's text


class KommunSpider(scrapy.Spider):
    """Walks one source of one kommun."""

    name = "kommun"

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self._seen: set[str] = set()
        self._listed: defaultdict[str, set[str]] = defaultdict(set)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the request for the source's start page."""
        reader = PRODUCTS[self.job.source.product]
        for request in self._follow([Link(self.job.source.start_url, reader, is_listing=True)]):
            yield request

    def read(self, response: Response, reader: type[Page]) -> Iterator[Request | Found]:
        """Read one page; a fault is recorded and ends this branch."""
        self.job.tally.waiting -= 1
        capture_id: int = response.meta["capture_id"]
        if "dataloss" in response.flags or response.status == HTTPStatus.PARTIAL_CONTENT:
            self.job.judge(capture_id, "truncated", response.url, "less came than was announced")
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        page = reader(
            self.job.site, Fetched(response.url, response.body, content_type, response.status)
        )
        try:
            page.check()
            documents, links = list(page.records()), list(page.links())
        except PageFault as fault:
            self.job.judge(capture_id, fault.outcome, response.url, str(fault))
            return
        except Exception as error:
            self.job.judge(capture_id, "unread", response.url, plain_reason(error))
            raise
        yield from (Found(document, capture_id) for document in documents)
        yield from self._follow(self._without_loops(response.url, links))

    def failed(self, failure: Any) -> None:
        """Count a request that came to nothing; its capture has been recorded already."""
        self.job.tally.waiting -= 1
        request, error = failure.request, failure.value
        if self.job.tally.stop:
            return
        outcome, detail = _failure(error)
        if outcome == "forbidden":
            self.job.tally.forbidden += 1
        else:
            self.job.judge(request.meta.get("capture_id"), outcome, request.url, detail)

    def _follow(self, links: list[Link]) -> Iterator[Request]:
        for link in links:
            try:
                request = self._request(link)
            except ValueError as error:  # an address that cannot be written down, let alone asked
                self.job.fault("bad_address", ascii(link.url), plain_reason(error))
                continue
            host = urlsplit(request.url).netloc.lower()
            if request.url not in self._seen and host in self.job.source.allowed_hosts:
                self._seen.add(request.url)
                self.job.tally.waiting += 1
                yield request

    def _request(self, link: Link) -> Request:
        return Request(
            link.reader.canonical(self.job.site, link.url),
            callback=self.read,
            errback=self.failed,
            cb_kwargs={"reader": link.reader},
            priority=_LISTING_PRIORITY if link.is_listing else 0,
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


def _failure(error: BaseException) -> tuple[str, str]:
    """Return (outcome, detail) of a request that reached no reader."""
    if isinstance(error, HttpError):
        status = error.response.status
        told = outcome_of_status(status)
        return (told if told in ("not_found", "blocked") else "error"), f"HTTP {status}"
    outcome = next((name for kind, name in _OUTCOMES.items() if isinstance(error, kind)), "error")
    is_forbidden = isinstance(error, IgnoreRequest) and "robots.txt" in str(error)
    return ("forbidden" if is_forbidden else outcome), plain_reason(error)


_OUTCOMES: dict[type[BaseException], str] = {
    TooLarge: "too_large",
    DownloadCancelledError: "too_large",
    BadPayload: "damaged",
}
