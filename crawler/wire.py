"""The outermost edge: one HTTP exchange, as it really was.

Scrapy's aiohttp handler, with what an archive and a guest need: status line and header fields in
their own order and bytes, the moment a request leaves, no connection to an address that is not
public, and no request behind our back.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers as ScrapyHeaders

from archive.times import utc_now
from archive.warc import Headers
from crawler.job import job_of


@dataclass(frozen=True, slots=True)
class StatusLine:
    """What Scrapy's Response does not keep of an answer."""

    protocol: str
    reason: str
    headers: Headers


class PrivateAddressError(OSError):
    """A host name that leads to a private network, or to this machine (law 11)."""


class ArchiveDownloadHandler(AiohttpDownloadHandler):
    """Notes in `request.meta` when a request left (`asked_at`) and the answer's `status_line`."""

    experimental = False  # pinned by the lock file and covered by our own tests

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        session: Any = self._session
        # aiohttp would send a request again by itself when a kept connection turns out closed;
        # each request is to be seen, recorded and paced by us.
        session._retry_connection = False
        # The base class builds the connector and offers no place for a resolver.
        session.connector._resolver = PublicResolver(
            allow_loopback=crawler.settings.getbool("ARCHIVE_ALLOW_LOOPBACK")
        )

    @asynccontextmanager
    async def _make_request(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109 - the base class's
    ) -> AsyncIterator[Any]:
        if stop := job_of(self.crawler).tally.stop:
            raise IgnoreRequest(f"the crawl has ended: {stop.reason}")
        request.meta["asked_at"] = utc_now()
        async with super()._make_request(request, timeout) as response:
            version = response.version
            request.meta["status_line"] = StatusLine(
                protocol=f"HTTP/{version.major}.{version.minor}" if version else "HTTP/1.1",
                reason=_wire_text(response.reason or ""),
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in response.raw_headers
                ),
            )
            yield response

    @staticmethod
    def _extract_headers(response: Any) -> ScrapyHeaders:
        """Bytes as they came: decoded ones cannot be encoded again when they were not UTF-8."""
        return ScrapyHeaders(list(response.raw_headers))


class PublicResolver(AbstractResolver):
    """Resolves a host name as the system does, and refuses addresses that are not public."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self._resolver = ThreadedResolver()
        self._allow_loopback = allow_loopback

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Return the addresses of `host`. Raises `PrivateAddressError` if one is not allowed."""
        found = await self._resolver.resolve(host, port, family)
        for address in found:
            if not is_allowed_address(address["host"], allow_loopback=self._allow_loopback):
                raise PrivateAddressError(f"{host} leads to {address['host']}, which is not public")
        return found

    async def close(self) -> None:
        """Close the system resolver."""
        await self._resolver.close()


_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
"""IPv6 addresses that stand for IPv4 ones (RFC 6052, RFC 3056): where they lead cannot be told."""


def is_allowed_address(host: str, *, allow_loopback: bool) -> bool:
    """Say whether the IP address `host` may be connected to; names of hosts always may."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    if any(address in network for network in _TRANSLATED if address.version == network.version):
        return False
    return address.is_global or (allow_loopback and address.is_loopback)


def _wire_text(text: str) -> str:
    """Return bytes that aiohttp decoded as UTF-8 (odd ones as surrogates) as latin-1."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
