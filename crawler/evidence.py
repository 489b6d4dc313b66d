"""Law 1: every answer goes to the WARC file before anyone reads it, and 304 costs no bytes."""

from __future__ import annotations

import sqlite3
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archive.errors import BadWarc
from archive.times import utc_now
from archive.warc import Exchange, Headers, payload, read_record, unpack
from crawler.guest import plain_reason
from crawler.job import Job, Stop, job_of
from crawler.wire import StatusLine


class RecorderMiddleware:
    """Records each exchange as it passes; stands nearest to the network.

    Leaves the capture's id in `request.meta["capture_id"]`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecorderMiddleware:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Record an answer."""
        line: StatusLine = request.meta["status_line"]
        self._record(
            request,
            Exchange(
                url=request.url,
                method=request.method,
                fetched_at=request.meta["asked_at"],
                request_headers=_request_headers(request),
                status=response.status,
                protocol=line.protocol,
                reason=line.reason,
                headers=line.headers,
                body=response.body,
                ip_address=str(response.ip_address or ""),
                truncated="disconnect" if "dataloss" in response.flags else "",
            ),
        )
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Record that no answer came; a request that was never sent is none."""
        if isinstance(exception, IgnoreRequest):
            return
        is_too_large = isinstance(exception, DownloadCancelledError)
        self._record(
            request,
            Exchange(
                url=request.url,
                method=request.method,
                fetched_at=request.meta.get("asked_at") or utc_now(),
                request_headers=_request_headers(request),
                error=plain_reason(exception),
            ),
            "too_large" if is_too_large else "error",
        )

    def _record(self, request: Request, exchange: Exchange, outcome: str = "") -> None:
        job = job_of(self._crawler)
        try:
            capture_id, outcome = job.recorder.record(exchange, outcome)
        except (OSError, sqlite3.Error) as error:
            job.stop(Stop("failed", f"the archive cannot be written: {error}"))
            raise IgnoreRequest("the archive cannot be written") from error
        request.meta["capture_id"] = capture_id
        job.captured(outcome)


class RevisitMiddleware:
    """Asks with the validators the archive holds; gives the reader the held bytes on a 304.

    So an unchanged listing is still walked, and a page is read again by today's code.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RevisitMiddleware:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Add If-None-Match and If-Modified-Since."""
        held = job_of(self._crawler).store.held_page(request.url)
        if held is None or request.meta.get("in_full"):
            return
        if held.etag:
            request.headers["If-None-Match"] = held.etag
        if held.last_modified:
            request.headers["If-Modified-Since"] = held.last_modified

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Return the held answer in place of a 304; ask in full if it cannot be read."""
        if response.status != 304 or request.meta.get("in_full"):
            return response
        job = job_of(self._crawler)
        try:
            return self._held_response(job, request)
        except BadWarc as error:
            job.fault("unreadable_warc", request.url, str(error))
            return _in_full(request)

    def _held_response(self, job: Job, request: Request) -> Response:
        held = job.store.held_page(request.url)
        if held is None:
            raise BadWarc(f"expected a held answer to {request.url}, found none")
        record = read_record(job.data_dir / held.warc_file, held.warc_offset)
        headers: Any = dict(record.http_headers.headers)
        body = payload(record)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return kind(url=request.url, status=200, headers=headers, body=body, flags=["held"])


class UnpackMiddleware:
    """Undoes Content-Encoding with the function that a re-reading uses (law 3)."""

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002
        """Return the unpacked response. Raises `BadPayload` when that cannot be done."""
        encoding = (response.headers.get("Content-Encoding") or b"").decode("latin-1")
        return response.replace(body=unpack(response.body, encoding)) if encoding else response


def _in_full(request: Request) -> Request:
    again = request.replace(dont_filter=True)
    again.meta["in_full"] = True
    for name in ("If-None-Match", "If-Modified-Since"):
        again.headers.pop(name, None)
    return again


def _request_headers(request: Request) -> Headers:
    host = request.url.split("://", 1)[-1].split("/", 1)[0]
    sent = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in request.headers.items()
        for value in values
    ]
    # What aiohttp adds of its own: a GET leaves with the length of its empty body.
    return (("Host", host), *sent, ("Content-Length", str(len(request.body))))
