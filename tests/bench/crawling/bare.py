"""A bare Scrapy spider that keeps nothing.

python -m tests.bench.crawling.bare {links,known} TASK FETCHED

TASK is a JSON file `{"starts": […], "pages": […]}`; the addresses fetched go to FETCHED.
Scrapy's own defaults throughout, but for robots.txt, the delay, the log and the concurrency.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor

from tests.bench.crawling.street import CONCURRENCY

SETTINGS = {
    "ROBOTSTXT_OBEY": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": CONCURRENCY,
    "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
    "LOG_LEVEL": "ERROR",
}


class KnownSpider(scrapy.Spider):
    """Fetches pages whose addresses are known beforehand, and drops them."""

    name = "known"

    def __init__(self, starts: list[str], pages: list[str], fetched: list[str]) -> None:
        super().__init__()
        self.starts, self.pages, self.fetched = starts, pages, fetched

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> KnownSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.note, signal=signals.response_downloaded)
        return spider

    def note(self, request: Request) -> None:
        """Remember what was fetched, redirects too."""
        self.fetched.append(request.url)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for all of them."""
        for url in self.pages:
            yield Request(url)

    def parse(self, response: Response) -> None:
        """Drop the page."""


class LinkSpider(KnownSpider):
    """Finds the same pages by following links, as a plain crawler would."""

    name = "links"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = frozenset(self.pages)
        self.extractor = LinkExtractor(deny_extensions=())  # files are pages too

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the start pages."""
        for url in self.starts:
            yield Request(url)

    def parse(self, response: Response) -> Iterator[Request]:
        """Follow the links to wanted pages; which of them were seen is Scrapy's to know."""
        if isinstance(response, HtmlResponse):
            for link in self.extractor.extract_links(response):
                if url := self._wanted_form(link.url):
                    yield Request(url)

    def _wanted_form(self, url: str) -> str | None:
        """Return the address as it is wanted: without the query, where only that is."""
        return next((form for form in (url, url.partition("?")[0]) if form in self.wanted), None)


def main(kind: str, task: Path, fetched_file: Path) -> None:
    """Crawl, then write down what was fetched."""
    spider = {"links": LinkSpider, "known": KnownSpider}[kind]
    fetched: list[str] = []
    process = CrawlerProcess(SETTINGS)
    process.crawl(spider, **json.loads(task.read_text("utf-8")), fetched=fetched)
    process.start()
    fetched_file.write_text(json.dumps(fetched), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
