"""What pages of every product share: walls in place of content, error pages, files, addresses.

A product's page class calls `refuse_walls` and `refuse_error_page` first in its `check`, then looks
for its own fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement

from archive.cleaning.blocks import UNSEEN, plain_text
from archive.cleaning.head import page_title
from archive.cleaning.html import parse_html
from archive.cleaning.rules import Rules, load_rules, shipped_rules
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

FIREWALL_TITLE = re.compile(
    r"(request rejected|förfrågan avvisades|access denied|just a moment|attention required"
    r"|pardon our interruption|ddos-guard)[\s.!…]*(\||[-–].*\b(firewall|cloudflare)|$)",
    re.IGNORECASE,
)
"""Titles of firewall and challenge pages."""

FIREWALL_TEXTS = (
    "your support id is",
    "ditt support-id är",
    "the requested url was rejected",
    "förfrågan avvisades",
    "ditt anrop har blivit nekat",
    "request unsuccessful. incapsula",
    "verify you are human",
    "checking your browser",
    "enable javascript and cookies to continue",
)
"""Phrases of firewall pages."""

FIREWALL_MAX_WORDS = 120
"""Titles, phrases and password fields prove something only on a page that says little else."""

LOGIN_PATHS = ("/authorizationserver/", "/account/login", "/adfs/ls", "/saml2/")
LOGIN_TITLE = re.compile(r"logga in|inloggning|log ?in\b|sign in", re.IGNORECASE)

ERROR_PATH = re.compile(r"/(404|error404|pagenotfound)(\.\w+)?/?$", re.IGNORECASE)
ERROR_TITLE = re.compile(
    r"(error |fel )?404(?=\s*($|[-–—|:.(,](?!\d)|error\b|fel(sida)?\b|not\b|sidan\b))"
    r"|((förlåt|oj|hoppsan)[,!]? )?(felsida|page not found|vi kan inte hitta sidan( du vill nå)?"
    r"|sidan saknas|(den )?sidan (som )?(du (begärde|sökte|söker|letar efter) )?"
    r"(kunde inte hittas|kan inte hittas|hittades inte|finns inte( längre)?|går inte att hitta))"
    r"(?=\s*([^\w\s]|$))",
    re.IGNORECASE,
)
"""Start of the title or first heading of an error page."""

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


def refuse_walls(tree: HtmlElement, url: str) -> None:
    """Raise `Blocked` when a page is a firewall's, a challenge or a login form."""
    if wall := _firewall(tree) or _login(tree, url):
        raise Blocked(f"expected content, found {wall}: {url}")


def refuse_error_page(tree: HtmlElement, url: str) -> None:
    """Raise `SoftNotFound` when address, title or first heading says that the page is missing."""
    parts = urlsplit(url)
    names = [page_title(tree), *headings(tree)[:1]]
    is_error = ERROR_PATH.search(parts.path) or "aspxerrorpath=" in parts.query.lower()
    if is_error or any(ERROR_TITLE.match(name) for name in names):
        raise SoftNotFound(f"expected content, found an error page {names[0]!r}: {url}")


def headings(tree: HtmlElement) -> list[str]:
    """Return the texts of all h1 elements, normalised, empty ones left out."""
    return [text for h1 in tree.iter("h1") if (text := text_of(h1))]


def text_of(element: HtmlElement) -> str:
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


def around(element: HtmlElement, limit: HtmlElement | None) -> Iterator[HtmlElement]:
    """Yield `element` and its ancestors below `limit`."""
    while element is not None and element is not limit:
        yield element
        element = element.getparent()


def body_kind(name: str) -> BodyKind:
    """Return the kind of a body by its name: "Socialnämndens arbetsutskott" is an utskott."""
    return next((kind for word, kind in BODY_KINDS if re.search(word, name.lower())), "ovrigt")


def extractor_of(page: Page, rules: Rules | None = None) -> str:
    """Return who reads a page: "meetingplus.MeetingPage/1+rules:0a1b2c3d"."""
    reader = type(page)
    name = f"{reader.__module__.rpartition('.')[2]}.{reader.__name__}/{reader.version}"
    return f"{name}+rules:{rules.digest}" if rules else name


@cache
def own_rules(product: str) -> Rules:
    """Return the rules of `<product>.toml` beside this module. Raises `BadRules`."""
    name = f"{product}.toml"
    return load_rules((files("crawler.products") / name).read_bytes(), name)


@cache
def product_rules(product: str) -> Rules:
    """Return a product's own rules followed by the shipped ones. Raises `BadRules`."""
    return shipped_rules().after(own_rules(product))


def _tree_or_none(fetched: Fetched) -> HtmlElement | None:
    try:
        return parse_html(fetched.body, charset_of(fetched.content_type))
    except BadPayload:
        return None


def _is_markup(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _firewall(tree: HtmlElement) -> str:
    said = _little_said(tree)
    title = page_title(tree)
    if said is not None and FIREWALL_TITLE.match(title):
        return f"a firewall page {title!r}"
    phrase = next((text for text in FIREWALL_TEXTS if text in (said or "")), "")
    return f"a firewall page that says {phrase!r}" if phrase else ""


def _login(tree: HtmlElement, url: str) -> str:
    if any(part in urlsplit(url).path.lower() for part in LOGIN_PATHS):
        return "a login page"
    has_password = bool(tree.xpath("//input[translate(@type, 'PASWORD', 'pasword')='password']"))
    names = [page_title(tree), *headings(tree)[:1]]
    is_login = has_password and any(map(LOGIN_TITLE.match, names))
    return "a login form" if is_login and _little_said(tree) is not None else ""


def _little_said(tree: HtmlElement) -> str | None:
    """Return the words of a page in lower case, None if there are many; reads no further."""
    every = (word for text in _texts(tree) for word in text.split())
    words = [*islice(every, FIREWALL_MAX_WORDS + 1)]
    return " ".join(words).lower() if len(words) <= FIREWALL_MAX_WORDS else None


def _texts(tree: HtmlElement) -> Iterator[str]:
    """Yield the texts that a reader sees, one by one."""
    walker = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event != "start":
            yield element.tail or ""
        elif element.tag in UNSEEN:
            walker.skip_subtree()
        else:
            yield element.text or ""
