"""What a town is: a pure function from a request to an answer.

A town knows nothing of the crawler that visits it. Everything in it is derived from
its own constants, so the same town says the same things every day, except where the
real product changes a token on every response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a town sees it."""

    path: str
    """Percent-decoded path, starting with "/"."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header names in lower case."""
    origin: str = "http://127.0.0.1"
    """Scheme, host and port the visitor used, for pages that print absolute addresses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, before the server has compressed it or turned it into a 304."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    """ETag and Last-Modified belong here where the product sends them; the server then
    answers 304 to a matching conditional request."""
    compress: bool = True
    """Whether the server may gzip the body for a visitor who accepts it."""


class Town(Protocol):
    """One local site."""

    name: str
    """Short ASCII name, used on the command line and in messages."""
    port: int
    """The loopback port the shipped demo configuration names."""

    def answer(self, ask: Ask) -> Answer:
        """Return what the site says to `ask`; never raise."""
        ...

    def paths(self) -> list[str]:
        """List every distinct page and file of the site that a visitor can walk to, each once."""
        ...
