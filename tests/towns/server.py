"""Serves towns on loopback ports, with the manners of a real web server."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal

from aiohttp import web

from tests.towns.town import Answer, Ask, Town

HOST = "127.0.0.1"
SERVED_METHODS = ("GET", "HEAD")
VALIDATORS = ("etag", "last-modified", "cache-control", "vary", "server")
COMPRESSION = 5


class PortInUseError(Exception):
    """The port a town wants is taken."""

    exit_code = 2

    def __init__(self, town: Town) -> None:
        super().__init__(
            f"Port {town.port} on {HOST}, where {town.name} lives, is in use: "
            "stop what listens there and try again."
        )


@dataclass(frozen=True, slots=True)
class TornAnswer(Answer):
    """An answer whose connection breaks before the promised end of the body."""

    missing: int = 1000
    """How many bytes more than the body Content-Length promises; fewer if negative."""
    is_reset: bool = False
    """Whether the connection ends with a reset."""


@dataclass(frozen=True, slots=True)
class SlowAnswer(Answer):
    """An answer that comes late."""

    delay_s: float = 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was answered, for tests to assert on."""

    town: str
    method: str
    url: str
    """Path and query as sent, still percent-encoded."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header names in lower case."""
    at: float = 0.0
    """Seconds on the monotonic clock when the request had been read."""


@contextmanager
def serving(
    towns: Iterable[Town],
    ports: Literal["own", "free"] = "own",
    visits: list[Visit] | None = None,
) -> Iterator[dict[str, str]]:
    """Serve `towns` in a background thread; yield the address of each by its name.

    With `ports="free"` the operating system picks the ports. Each answered request is
    appended to `visits`. Raise PortInUseError when a town's own port is taken.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="towns", daemon=True)
    thread.start()
    street = _Street(list(towns), ports, visits)
    try:
        yield asyncio.run_coroutine_threadsafe(street.open(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(street.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(slots=True)
class _Street:
    """The towns being served, and what has to be shut afterwards."""

    towns: list[Town]
    ports: str
    visits: list[Visit] | None
    runners: list[web.ServerRunner] = field(default_factory=list)

    async def open(self) -> dict[str, str]:
        return {town.name: await self._open_one(town) for town in self.towns}

    async def _open_one(self, town: Town) -> str:
        runner = web.ServerRunner(web.Server(_Doorkeeper(town, self.visits)), shutdown_timeout=1)
        await runner.setup()
        self.runners.append(runner)
        try:
            await web.TCPSite(runner, HOST, town.port if self.ports == "own" else 0).start()
        except OSError as error:
            raise PortInUseError(town) from error
        return f"http://{HOST}:{runner.addresses[0][1]}"

    async def close(self) -> None:
        for runner in self.runners:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class _Doorkeeper:
    """Answers the requests for one town."""

    town: Town
    visits: list[Visit] | None

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        at = time.monotonic()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._answer(request, headers)
        self._note(request, headers, answer, at)
        if isinstance(answer, SlowAnswer):
            await asyncio.sleep(answer.delay_s)
        if isinstance(answer, TornAnswer):
            return await _send_torn(request, answer)
        return _respond(answer, headers)

    def _answer(self, request: web.BaseRequest, headers: Mapping[str, str]) -> Answer:
        if request.method not in SERVED_METHODS:
            return Answer(status=405, headers=(("Allow", ", ".join(SERVED_METHODS)),))
        origin = f"http://{request.host}"
        answer = self.town.answer(Ask(request.path, dict(request.query), headers, origin))
        return _not_modified(answer) if _is_known(answer, headers) else answer

    def _note(
        self, request: web.BaseRequest, headers: Mapping[str, str], answer: Answer, at: float
    ) -> None:
        if self.visits is not None:
            url = request.raw_path
            self.visits.append(
                Visit(self.town.name, request.method, url, answer.status, headers, at)
            )


def _header(answer: Answer, wanted: str) -> str | None:
    """Return one header of the answer; `wanted` is in lower case."""
    return next((value for name, value in answer.headers if name.lower() == wanted), None)


def _is_known(answer: Answer, headers: Mapping[str, str]) -> bool:
    """Whether the visitor already holds this answer (RFC 9110, 13.1)."""
    if answer.status != 200:
        return False
    if "if-none-match" in headers:
        return _etag_matches(_header(answer, "etag"), headers["if-none-match"])
    since, modified = headers.get("if-modified-since"), _header(answer, "last-modified")
    return bool(since and modified) and _date_reached(modified, since)


def _etag_matches(etag: str | None, condition: str) -> bool:
    if etag is None:
        return False
    known = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def _date_reached(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def _not_modified(answer: Answer) -> Answer:
    kept = tuple(pair for pair in answer.headers if pair[0].lower() in VALIDATORS)
    return Answer(b"", 304, kept, compress=False)


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    offers = (offer.partition(";") for offer in headers.get("accept-encoding", "").split(","))
    return any(
        coding.strip().lower() in ("gzip", "*") and rest.replace(" ", "") not in ("q=0", "q=0.0")
        for coding, _, rest in offers
    )


def _respond(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    response = web.Response(status=answer.status)
    response.headers.pop("Content-Type", None)
    response.headers.extend(answer.headers)
    response.headers.setdefault("Server", "town")
    response.body = _packed(answer, headers, response)
    if "Content-Type" not in response.headers and not answer.body:
        response.headers["Content-Type"] = "text/html"
    return response


def _packed(answer: Answer, headers: Mapping[str, str], response: web.Response) -> bytes:
    if not (answer.compress and answer.body):
        return answer.body
    response.headers.add("Vary", "Accept-Encoding")
    if not _accepts_gzip(headers):
        return answer.body
    response.headers["Content-Encoding"] = "gzip"
    return gzip.compress(answer.body, COMPRESSION, mtime=0)


async def _send_torn(request: web.BaseRequest, answer: TornAnswer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    announced = len(answer.body) + answer.missing
    response.content_length = announced
    await response.prepare(request)
    await response.write(answer.body[:announced])
    if request.transport is not None:
        request.transport.write(answer.body[announced:])
        request.transport.abort() if answer.is_reset else request.transport.close()
    return response
