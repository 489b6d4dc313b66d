"""Bytes to a tree, the same way every time, in time that grows with their number."""

from __future__ import annotations

import codecs
import re

from bs4.dammit import EncodingDetector
from lxml import etree, html

from archive.cleaning.shallow import shallow
from archive.errors import BadPayload, TooLarge

MAX_HTML_BYTES = 32_000_000
"""A page larger than this is kept as bytes but not read."""

MAX_ATTRIBUTES = 1_000
"""Elements of large pages are read with this many attributes; no reader sees any of them."""

# libxml2 takes a time that grows with the square of an element's attributes: below this size of a
# page at most a second.
_MANY_BYTES = 200_000

# Browsers read these labels as windows-1252 (WHATWG Encoding Standard, section 4.2).
_READ_AS_CP1252 = {"ascii", "iso8859-1", "cp1252"}

# Python's codecs of other trades, and one that browsers refuse. Some take a time that grows with
# the square of the length.
_NOT_FOR_PAGES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}

# A tree cannot take these back once they are read out of it. Form feed is white space in HTML.
_CONTROLS = bytes(sorted({*range(32)} - set(b"\t\n\f\r")))
_FORM_FEED = bytes.maketrans(b"\f", b" ")
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_CONTROL_CODES = {*_CONTROLS, 0x0C, 0xFFFE, 0xFFFF}
_REFERENCE = re.compile(
    rb"&#(?:x0*(?P<hex>[0-9a-f]{1,4})|0*(?P<number>\d{1,5}))(?!\w);?", re.IGNORECASE
)

# libxml2 drops what follows these; a browser shows it.
_PAGE_END = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)

# One class for all elements: half the price of lxml's own choice by tag.
_ELEMENTS = etree.ElementDefaultClassLookup(element=html.HtmlElement)


def decode(body: bytes, charset: str = "") -> str:
    """Return the text of an HTML body; never raise.

    Order: BOM, `charset` (from the HTTP header), meta declaration, UTF-8, cp1252. Never by
    guessing from letter statistics: that turned å into ĺ on Swedish pages.
    """
    body, bom = EncodingDetector.strip_byte_order_mark(body)
    declared = EncodingDetector.find_declared_encoding(body, is_html=True)
    for label in (bom, charset, declared, "utf-8"):
        codec = _codec(label)
        if codec == "utf-8":
            return _utf8_or_cp1252(body)
        if codec:
            return body.decode(codec, errors="replace")
    return _utf8_or_cp1252(body)


def parse_html(body: bytes, charset: str = "") -> html.HtmlElement:
    """Return the root element of an HTML page, without comments.

    Elements that lie too deep within each other for the parser stand less deep in the tree; their
    words are all there. Raises `BadPayload` when the body holds nothing to parse, `TooLarge` above
    `MAX_HTML_BYTES`.
    """
    if len(body) > MAX_HTML_BYTES:
        raise TooLarge(f"expected at most {MAX_HTML_BYTES} bytes of HTML, found {len(body)}")
    data = _without_controls(decode(body, charset).encode("utf-8", "replace"))
    data = _PAGE_END.sub(b"", data)
    root = None if len(data) > _MANY_BYTES and _has_bomb(data) else _parse(data)
    if root is None:
        root = _parse(shallow(data.decode(), MAX_ATTRIBUTES).encode())
    if root is None:
        raise TooLarge("expected HTML that can be parsed to its end, found deeper nesting")
    return root


def _parse(data: bytes) -> html.HtmlElement | None:
    """Return the tree, None when libxml2 gave up: it drops the rest of a page without a word."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadPayload(f"expected HTML, found nothing to parse: {error}") from error
    gave_up = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return None if gave_up else root


def _has_bomb(data: bytes) -> bool:
    """Tell whether an element has more attributes than libxml2 can put into a tree in time."""
    counter = _AttributeCounter()
    try:
        etree.fromstring(data, etree.HTMLParser(target=counter, encoding="utf-8", huge_tree=True))
    except etree.LxmlError:
        return True
    return counter.most > MAX_ATTRIBUTES


class _AttributeCounter:
    """A parser's target that keeps no tree."""

    def __init__(self) -> None:
        self.most = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> None:
        """Nothing was built."""


def _without_controls(data: bytes) -> bytes:
    """Return UTF-8 without characters that a tree cannot take back, nor references to them."""
    data = data.translate(_FORM_FEED, _CONTROLS)
    for character in _NONCHARACTERS:
        data = data.replace(character, b"")
    return _REFERENCE.sub(_space_for_control, data) if b"&#" in data else data


def _space_for_control(reference: re.Match[bytes]) -> bytes:
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["number"])
    return b" " if code in _CONTROL_CODES else reference[0]


def _codec(label: str | None) -> str:
    """Return the name of a codec that makes text of bytes, empty if `label` names none."""
    try:
        name = codecs.lookup(label or "").name
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    if name in _NOT_FOR_PAGES:
        return ""
    return "cp1252" if name in _READ_AS_CP1252 else name


def _utf8_or_cp1252(body: bytes) -> str:
    """UTF-8 with a few broken bytes is still UTF-8; a page of single bytes labelled so is not."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - broken
    return text if good > broken else body.decode("cp1252", errors="replace")
