"""A plain visitor for tests: asks, follows links, understands nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urljoin, urlsplit

from parsel import Selector


@dataclass
class Reply:
    """One response as it came over the wire."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get_content_type()


@dataclass
class Visitor:
    """Asks one town, over one connection as long as it holds."""

    address: str
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection(urlsplit(self.address).netloc, timeout=10)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, headers=named)
        response = self.connection.getresponse()
        return Reply(response.status, response.headers, response.read())

    def follow(self, path: str) -> Reply:
        reply = self.get(path)
        return self.follow(reply.headers["Location"]) if reply.status == 302 else reply


@dataclass
class Walk:
    """A crawl that follows every link it may, and notes what it finds."""

    visitor: Visitor
    found: dict[str, Reply] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    schemes: set[str] = field(default_factory=set)

    def run(self) -> Walk:
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            if path not in self.found:
                self.found[path] = self.visitor.get(path)
                waiting += self._links(path)
        return self

    def _links(self, path: str) -> Iterator[str]:
        reply = self.found[path]
        if reply.kind != "text/html" or path == "/cookie-policy":
            return
        for href in Selector(reply.body.decode()).css("a::attr(href)").getall():
            target = urlsplit(urljoin(self.visitor.address + path, href))
            self.schemes.add(target.scheme)
            walkable = f"{target.path}{'?' if target.query else ''}{target.query}"
            if target.path.startswith(("/AuthorizationServer", "/search")):
                self.barred.add(walkable)
            elif f"{target.scheme}://{target.netloc}" == self.visitor.address:
                yield walkable
