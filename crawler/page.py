"""A page is a value: built from what was fetched, it never fetches.

The same class reads a page during a crawl, in a test, and from a WARC file years later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from archive.cleaning.element import Element
from archive.cleaning.html import parse_html
from archive.cleaning.ledger import Cleaned
from archive.cleaning.template import Template
from archive.errors import BadPayload
from archive.records import Document


class PageFault(Exception):
    """A page that is not what its address promised.

    PageFault
    ├── UnknownLayout   another product, or a layout this class does not know
    ├── SoftNotFound    an error page with a success status
    ├── Blocked         a firewall, login or challenge page
    ├── WrongType       other content than the address promised, as HTML in place of a PDF
    └── EmptyListing    a listing without rows (law 7: zero needs proof)
    """

    outcome: ClassVar[str]
    """What `captures.outcome` says of such a page, and the name of its alert."""


class UnknownLayout(PageFault):
    """Another product, or a layout this class does not know."""

    outcome = "unknown_layout"


class SoftNotFound(PageFault):
    """An error page with a success status."""

    outcome = "soft_404"


class Blocked(PageFault):
    """A firewall, login or challenge page in place of the content."""

    outcome = "blocked"


class WrongType(PageFault):
    """Other content than the address promised."""

    outcome = "wrong_type"


class EmptyListing(PageFault):
    """A listing without rows, on a source that was not declared empty."""

    outcome = "empty_listing"


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration says of the place a page came from."""

    kommunkod: str
    product: str
    start_url: str
    publisher: str = ""
    """Name of the kommun, "Alingsås kommun"."""
    namespace: str = ""
    """Sets the keys of this site's documents apart from those of the kommun's other sites on the
    same product; the product's name by default."""
    may_be_empty: tuple[str, ...] = ()
    """Paths of listings that are allowed to have no rows."""
    undo_rules: tuple[str, ...] = ()
    """Names of cleaning rules that remove nothing here."""
    template: Template | None = None
    """What the site sets around its documents, where that has been learnt."""

    @property
    def key_prefix(self) -> str:
        """What the keys of all documents of this site begin with: "1489/meetingplus"."""
        return f"{self.kommunkod}/{self.namespace or self.product}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a site, as a page object needs it."""

    url: str
    """The response's URL, after all redirects."""
    body: bytes
    """Content-encoding undone."""
    content_type: str = ""
    """The Content-Type header as sent, empty if absent."""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Link:
    """A page to fetch next, and the class that will read it."""

    url: str
    """Absolute, without fragment."""
    reader: type[Page]
    is_listing: bool = False
    """Listings are fetched before the documents they list."""


class Page:
    """One fetched page. Same bytes in, same answers out: no network, no clock, no state."""

    version: ClassVar[int] = 1
    """Raised when the class begins to read the same bytes differently."""

    def __init__(self, site: Site, fetched: Fetched) -> None:
        self.site = site
        self.fetched = fetched

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003 - for subclasses
        """Return the one address under which a page with `url` is fetched and known."""
        return url

    def check(self) -> None:
        """Raise a `PageFault` unless the page is what this class reads. Called first."""

    def links(self) -> Iterator[Link]:
        """Yield what to fetch next, each address once."""
        yield from ()

    def records(self) -> Iterator[Document]:
        """Yield what the page states."""
        yield from ()

    @property
    def prose(self) -> Cleaned | None:
        """The judged blocks of a page that is written text; None for lists, forms and files.

        Only such a page shows what the site sets around its documents.
        """
        return None


class HtmlPage(Page):
    """A page whose bytes are HTML."""

    @cached_property
    def tree(self) -> Element:
        """The parsed page. Raises `UnknownLayout` when there is nothing to parse."""
        try:
            return parse_html(self.fetched.body, charset_of(self.fetched.content_type))
        except BadPayload as error:
            raise UnknownLayout(str(error)) from error


def charset_of(content_type: str) -> str:
    """Return the charset parameter of a Content-Type header, empty if there is none."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""
