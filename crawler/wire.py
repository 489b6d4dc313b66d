"""The outermost edge: one HTTP exchange, as it really was.

Scrapy's aiohttp handler, with three things an archive needs: the status line and header fields
in their own order and spelling, bodies cut short kept as such, and no connection to an address
that is not public.
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

from archive.warc import Headers


@dataclass(frozen=True, slots=True)
class StatusLine:
    """What Scrapy's Response does not keep of an answer."""

    reason: str
    headers: Headers


class PrivateAddressError(OSError):
    """A host name that leads to a private network, or to this machine (law 11)."""


class ArchiveDownloadHandler(AiohttpDownloadHandler):
    """Leaves a `StatusLine` in `request.meta["status_line"]` of every answered request."""

    experimental = False  # pinned by the lock file and covered by our own tests

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        connector: Any = self._session.connector
        # The base class builds the connector and offers no place for a resolver.
        connector._resolver = PublicResolver(
            allow_loopback=crawler.settings.getbool("ARCHIVE_ALLOW_LOOPBACK")
        )

    @asynccontextmanager
    async def _make_request(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109 - the base class's
    ) -> AsyncIterator[Any]:
        async with super()._make_request(request, timeout) as response:
            request.meta["status_line"] = StatusLine(
                reason=response.reason or "",
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in response.raw_headers
                ),
            )
            yield response


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


def is_allowed_address(host: str, *, allow_loopback: bool) -> bool:
    """Say whether the IP address `host` may be connected to; names of hosts always may."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return address.is_global or (allow_loopback and address.is_loopback)
