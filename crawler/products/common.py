"""What pages of every product share: walls in place of content, error pages, files, addresses.

A product's page class calls `refuse_walls` and `refuse_error_page` first in its `check`, then looks
for its own fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from archive.cleaning.blocks import plain_text
from archive.cleaning.element import Element
from archive.cleaning.html import parse_html
from archive.cleaning.kinds import error_of, wall_of
from archive.cleaning.rules import Rules, load_rules, shipped_rules
from archive.cleaning.template import Template
from archive.errors import BadPayload
from archive.records import BodyKind, Document, Kind
from archive.text import normalise
from crawler.page import (
    Blocked,
    Fetched,
    Page,
    SoftNotFound,
    WrongType,
    charset_of,
)

_ANY = ("", "application/octet-stream", "binary/octet-stream", "application/x-download")
FILE_TYPES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", r"application/(zip|x-zip|vnd\.|x-zip-compressed|epub)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"application/(msword|vnd\.|x-ole|x-msg)"),
    (b"{\\rtf", r"(application|text)/(rtf|msword)"),
    (b"\x89PNG\r\n", r"image/"),
    (b"\xff\xd8\xff", r"image/"),
    (b"GIF8", r"image/"),
    (b"II*\x00", r"image/"),
    (b"MM\x00*", r"image/"),
    (b"RIFF", r"(image|audio|video)/"),
    (b"ID3", r"audio/"),
)
"""Magic bytes at the start of a file, and the content types that go with them."""

PDF_MAGIC = b"%PDF-"
PDF_MAGIC_WITHIN = 1024

BODY_KINDS: tuple[tuple[str, BodyKind], ...] = (
    (r"utskott", "utskott"),
    (r"beredning|kommitté|delegation|råd(et)?\b", "ovrigt"),
    (r"fullmäktige", "fullmaktige"),
    (r"nämnd", "namnd"),
    (r"styrelse", "styrelse"),
)
"""First word found in a body's name decides its kind."""

_WORD_DASH = re.compile(r"(?<!\d)[-_]+|[-_]+(?!\d)")
_FILE_ENDING = re.compile(
    r"[-.]?(pdf|docx?|xlsx?|pptx?|od[tsp]|zip|rtf|csv|txt|jpe?g|png)(-\d+)?$", re.IGNORECASE
)


class FilePage(Page):
    """A file, kept as bytes. Products say its `key`, and its `kind` where the address tells."""

    def check(self) -> None:
        """Raise `SoftNotFound`, `Blocked` or `WrongType` unless the bytes are a file."""
        if not is_file(self.fetched):
            refuse_html_as_file(self.fetched)

    def records(self) -> Iterator[Document]:
        """Yield the one document that the file is."""
        yield Document(
            key=self.key(),
            kind=self.kind(),
            url=self.canonical(self.site, self.fetched.url),
            title=self.title(),
            text="",
            text_is_read=False,
            extractor=extractor_of(self),
        )

    def key(self) -> str:
        """Return the key of the file's document."""
        raise NotImplementedError

    def kind(self) -> Kind:
        """Return what sort of document the file is."""
        return "attachment"

    def title(self) -> str:
        """Return the last part of the address, made readable."""
        return readable(urlsplit(self.fetched.url).path)


def is_file(fetched: Fetched) -> bool:
    """Tell whether the bytes are a PDF, or another file whose magic fits its content type."""
    body, content_type = fetched.body, fetched.content_type.partition(";")[0].strip().lower()
    if PDF_MAGIC in body[:PDF_MAGIC_WITHIN]:
        return True
    if content_type in ("text/plain", "text/csv"):
        return bool(body.strip()) and b"\x00" not in body and not _is_markup(body)
    return any(
        body.startswith(magic) and (content_type in _ANY or re.match(types, content_type))
        for magic, types in FILE_TYPES
    )


def refuse_html_as_file(fetched: Fetched) -> None:
    """Raise what a page in place of a file is: `Blocked`, `SoftNotFound`, else `WrongType`."""
    if _is_markup(fetched.body) or "html" in fetched.content_type.lower():
        tree = _tree_or_none(fetched)
        if tree is not None:
            refuse_walls(tree, fetched.url)
            refuse_error_page(tree, fetched.url)
    raise WrongType(
        f"expected a file, found {fetched.content_type or 'no content type'} beginning with "
        f"{fetched.body[:16]!r}: {fetched.url}"
    )


def refuse_file(fetched: Fetched) -> None:
    """Raise `WrongType` when the bytes are a file in place of a page."""
    if is_file(fetched):
        raise WrongType(f"expected a page, found a file {fetched.content_type!r}: {fetched.url}")


def refuse_walls(tree: Element, url: str) -> None:
    """Raise `Blocked` when a page is a firewall's, a challenge or a login form."""
    if wall := wall_of(tree, url):
        raise Blocked(f"expected content, found {wall.evidence}: {url}")


def refuse_error_page(tree: Element, url: str, own: Sequence[str] = ()) -> None:
    """Raise `SoftNotFound` when a page says that it is missing; `own`: its headings, if known."""
    if error := error_of(tree, url, headings=own):
        raise SoftNotFound(f"expected content, found an error page, {error.evidence}: {url}")


def headings(tree: Element) -> list[str]:
    """Return the texts of all h1 elements, normalised, empty ones left out."""
    return [text for h1 in tree.iter("h1") if (text := text_of(h1))]


def text_of(element: Element) -> str:
    """Return what a reader sees of `element`, on one line."""
    return " ".join(plain_text(element).split())


def absolute(base: str, href: str | None) -> str:
    """Return an http(s) address without fragment; empty for any other link or a mere fragment."""
    href = (href or "").strip()
    if not href or href.startswith("#"):
        return ""
    try:
        parts = urlsplit(urljoin(base, href))
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))


def readable(path: str) -> str:
    """Return the last part of a path as words: "protokoll-sn-2020-10-27pdf-60508" -> "Protokoll …".

    The ending and its numeric tail go, dashes become spaces except between digits.
    """
    name = unquote(path.rstrip("/").rpartition("/")[2])
    words = normalise(_WORD_DASH.sub(" ", _FILE_ENDING.sub("", name) or name))
    return words[:1].upper() + words[1:]


def slugify(text: str) -> str:
    """Return `text` as the product writes it in addresses: å and ä to a, ö to o, spaces to "-"."""
    table = str.maketrans("åäöéü", "aaoeu", "–—,.:;!?&/()'\"”")
    words = text.lower().replace("§", "ss").replace("-", " ").translate(table).split()
    return "-".join(words)


def around(element: Element, limit: Element | None) -> Iterator[Element]:
    """Yield `element` and its ancestors below `limit`."""
    while element is not None and element is not limit:
        yield element
        element = element.getparent()


def body_kind(name: str) -> BodyKind:
    """Return the kind of a body by its name: "Socialnämndens arbetsutskott" is an utskott."""
    return next((kind for word, kind in BODY_KINDS if re.search(word, name.lower())), "ovrigt")


def reader_name(reader: type[Page]) -> str:
    """Return the name by which the archive knows a page class: "sitevision.Article"."""
    return f"{reader.__module__.rpartition('.')[2]}.{reader.__name__}"


def extractor_of(page: Page, rules: Rules | None = None, template: Template | None = None) -> str:
    """Return who reads a page: "sitevision.Article/2+rules:0a1b2c3d+template:4e5f6a7b"."""
    name = f"{reader_name(type(page))}/{page.version}"
    by_rules = f"+rules:{rules.digest}" if rules else ""
    by_template = f"+template:{template.digest}" if template else ""
    return f"{name}{by_rules}{by_template}"


@cache
def own_rules(product: str, undone: tuple[str, ...] = ()) -> Rules:
    """Return the rules of `<product>.toml` beside this module, less those that a source undoes.

    Raises `BadRules`.
    """
    name = f"{product}.toml"
    rules = load_rules((files("crawler.products") / name).read_bytes(), name)
    return rules.without(rules.names.intersection(undone))


@cache
def product_rules(product: str, undone: tuple[str, ...] = ()) -> Rules:
    """Return a product's own rules followed by the shipped ones, less those that a source undoes.

    Raises `BadRules`, for an unknown name among `undone` too.
    """
    return shipped_rules().after(own_rules(product)).without(undone)


def _tree_or_none(fetched: Fetched) -> Element | None:
    try:
        return parse_html(fetched.body, charset_of(fetched.content_type))
    except BadPayload:
        return None


def _is_markup(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
