"""A reading room over a rich archive, and readers who note all that is wrong in their browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser.kinds import ERRORS
from tests.serving import Served, reading_room

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_TELLS_OF_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy", event.violatedDirective, event.blockedURI));
"""


@dataclass(frozen=True, slots=True)
class Room:
    """The reading room that is read."""

    served: Served
    paths: Mapping[str, str]
    """By kind of page."""


@dataclass
class Reader:
    """Somebody with a browser, and what went wrong in it."""

    room: Room
    page: Page
    troubles: list[str] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    """Since the page was opened."""

    def open(self, kind: str) -> None:
        """Open a page of a kind."""
        self.requests.clear()
        answer = self.page.goto(self.room.served.address + self.room.paths[kind])
        assert answer
        assert answer.status == ERRORS.get(kind, 200)

    def watch(self) -> None:
        """Begin to note what goes wrong, and what is asked for."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.context.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        # That an answer is 404 is told here too; those are asked for on purpose.
        if message.type in ("error", "warning") and "status of 40" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def bytes_received(self) -> int:
        """Return how many bytes the page is, with all it has loaded."""
        return sum(request.sizes()["responseBodySize"] for request in self.requests)

    def _asked(self, request: Any) -> None:
        self.requests.append(request)
        if urlsplit(request.url).netloc != urlsplit(self.room.served.address).netloc:
            self.troubles.append(f"asked another host: {request.url}")


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Serve a rich archive."""
    pytest.importorskip("datasette", reason="the extra `browse` is not installed")
    from tests.browser import kinds, rich_archive

    data_dir = tmp_path_factory.mktemp("room")
    public = rich_archive.build(data_dir)
    with reading_room(data_dir) as served:
        yield Room(served, kinds.paths(public))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run Chromium."""
    pytest.importorskip("playwright", reason="the extra `browser` is not installed")
    from tests.browser.chromium import VARIABLE, chromium_path, launched

    if not (path := chromium_path()):
        pytest.skip(f"no chromium on the path, and {VARIABLE} is not set")
    with launched(path) as browser:
        yield browser


@pytest.fixture
def reader(browser: Browser, room: Room) -> Iterator[Callable[..., Reader]]:
    """Make a reader, with what `Browser.new_context` takes; afterwards nothing may be wrong."""
    readers = []
    with ExitStack() as open_contexts:

        def made(width: int = 1280, height: int = 900, **settings: Any) -> Reader:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="sv-SE", **settings
            )
            open_contexts.callback(context.close)
            context.add_init_script(_TELLS_OF_VIOLATIONS)
            context.set_default_timeout(10_000)
            reader = Reader(room, context.new_page())
            reader.watch()
            readers.append(reader)
            return reader

        yield made
        for one in readers:
            assert one.troubles == []
            assert one.page.context.cookies() == []
