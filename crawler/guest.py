"""Law 11: a guest. Only hosts the source names, robots.txt, patience, and leaving when told to."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response

from archive.cleaning.html import parse_html
from archive.errors import BadPayload
from crawler.job import Stop, job_of
from crawler.page import Blocked
from crawler.products.common import refuse_walls
from crawler.wire import is_allowed_address

MAX_RETRY_AFTER_S = 600
"""A site that asks for a longer pause is left for the night."""
MAX_CRAWL_DELAY_S = 60
"""A longer Crawl-delay is honoured as this many seconds."""
MAX_ROBOTS_BYTES = 500 * 1024
"""RFC 9309, section 2.5: at least this much of a robots.txt is parsed."""

_LEAVE_AT = {403: "forbids us to read", 429: "asks us to come back later than we can wait"}


class WithheldAddress(IgnoreRequest):
    """An address whose bytes were erased on purpose: asking would bring them back."""


class GuestMiddleware:
    """Lets out only requests the source allows, waits when asked to, leaves when told to."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuestMiddleware:
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise `IgnoreRequest` for a request that must not leave."""
        job = job_of(self._crawler)
        url = urlsplit(request.url)
        if job.tally.stop:
            raise IgnoreRequest(f"the crawl has ended: {job.tally.stop.reason}")
        if url.netloc.lower() not in job.source.allowed_hosts:
            raise IgnoreRequest(f"{url.netloc} is not a host of this source")
        if not is_allowed_address(url.hostname or "", allow_loopback=job.source.allow_loopback):
            raise IgnoreRequest(f"{url.hostname} is not a public address")
        if job.store.is_withheld_address(job.source_id, request.url):
            raise WithheldAddress(f"what {request.url} leads to was erased")
        request.meta["verbatim_url"] = True  # what is recorded is what was asked

    def process_response(self, request: Request, response: Response) -> Response:
        """Leave when the site refuses (after the retries that Retry-After allowed).

        A robots.txt that is forbidden is none (RFC 9309, section 2.3.1.3).
        """
        is_robots = request.meta.get("dont_obey_robotstxt") and response.status == 403
        if response.status in _LEAVE_AT and not is_robots:
            reason = f"{urlsplit(request.url).netloc} {_LEAVE_AT[response.status]}"
            job_of(self._crawler).stop(Stop("blocked", f"{reason} ({response.status})"))
        return response


class RobotsMiddleware(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: 4xx allows all, 5xx and no answer forbid all; Crawl-delay counts."""

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        """Raise `IgnoreRequest` for what robots.txt forbids, or when the host is to be left."""
        await super().process_request(request)
        if stop := job_of(self.crawler).tally.stop:
            raise IgnoreRequest(f"the crawl has ended: {stop.reason}")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            raise IgnoreRequest(f"robots.txt of {netloc} answered {response.status}")
        body = response.body[:MAX_ROBOTS_BYTES] if response.status < 300 else b""
        if wall := _wall(body, response.url):
            job_of(self.crawler).stop(Stop("blocked", wall))
        await super()._parse_robots(response.replace(body=body), netloc, request)
        self._slow_down(netloc, request)

    def process_request_2(self, rp: Any, request: Request) -> None:
        """Raise `IgnoreRequest` for what robots.txt forbids; a forbidden start is a block."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            job = job_of(self.crawler)
            if request.url == job.source.start_url:
                job.stop(Stop("blocked", f"robots.txt forbids {request.url}"))
            raise

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        reason = str(exc) if isinstance(exc, IgnoreRequest) else plain_reason(exc)
        stop = Stop("failed", f"{netloc} could not be reached: {reason}", is_unreachable=True)
        job_of(self.crawler).stop(stop)
        super()._robots_error(IgnoreRequest(reason), netloc)

    def _slow_down(self, netloc: str, request: Request) -> None:
        parser: Any = self._parsers[netloc]
        asked = parser.crawl_delay(self._robotstxt_useragent)
        downloader = self.crawler.engine.downloader
        if asked:
            own_delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
            delay = max(own_delay, min(asked, MAX_CRAWL_DELAY_S))
            key = downloader.get_slot_key(request)
            paced = {"concurrency": 1, "delay": delay, "jitter": 0}
            downloader.per_slot_settings[key] = paced
            downloader.slots.pop(key, None)  # made anew, at the new pace, by the next request


class PatienceMiddleware(RetryMiddleware):
    """Retries after a growing pause; Retry-After pauses the whole host."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._resume_at: dict[str, float] = {}

    async def process_request(self, request: Request) -> None:
        """Wait until the host has had the pause it asked for, or the crawl is to end."""
        host, tally = urlsplit(request.url).netloc, job_of(self.crawler).tally
        while (wait_s := self._resume_at.get(host, 0) - time.monotonic()) > 0 and not tally.stop:  # noqa: ASYNC110
            await asyncio.sleep(min(wait_s, 0.5))  # the pause may have grown meanwhile

    def process_response(  # type: ignore[override]  # without the deprecated spider argument
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return a retry of `request`, or the response when it is good or hopeless."""
        asked_s = retry_after_s(response) if response.status in (429, 503) else None
        if asked_s is not None and asked_s > MAX_RETRY_AFTER_S:
            return response
        if asked_s is None and response.status == 429:
            return response
        if response.status in self.retry_http_codes or "dataloss" in response.flags:
            retry = self._retry(request, f"{response.status} {' '.join(response.flags)}".strip())
            return self._paused(retry, asked_s) or response
        return response

    def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | None:
        """Return a retry of a request that got no answer."""
        if isinstance(exception, self.exceptions_to_retry):
            return self._paused(self._retry(request, exception), None)
        return None

    def _paused(self, retry: Request | None, asked_s: float | None) -> Request | None:
        if retry is None:
            return None
        delay_s = job_of(self.crawler).source.delay_s
        wait_s = asked_s if asked_s is not None else delay_s * 2 ** retry.meta["retry_times"]
        host = urlsplit(retry.url).netloc
        self._resume_at[host] = time.monotonic() + wait_s
        return retry


def retry_after_s(response: Response) -> float | None:
    """Return the pause a Retry-After header asks for, None without one that can be read."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _wall(body: bytes, url: str) -> str:
    """Return what stands in place of a robots.txt, empty if nothing does."""
    if not body.lstrip().startswith(b"<"):
        return ""
    try:
        refuse_walls(parse_html(body), url)
    except Blocked as wall:
        return str(wall)
    except BadPayload:
        pass
    return ""


def plain_reason(error: BaseException) -> str:
    """Return one line that says why a request got no answer: the root cause, in its own words."""
    while error.__cause__ is not None and not isinstance(error, DownloadTimeoutError):
        error = error.__cause__
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())[:300]
