"""Bytes to a tree, the same way every time."""

from __future__ import annotations

import codecs
import re

from bs4.dammit import EncodingDetector
from lxml import etree, html

from archive.errors import BadPayload, TooLarge

MAX_HTML_BYTES = 20_000_000
"""A page larger than this is kept as bytes but not read."""

# Browsers read these labels as windows-1252 (WHATWG Encoding Standard, section 4.2).
_READ_AS_CP1252 = {"ascii", "iso8859-1", "cp1252"}

# Python's codecs of other trades, and one that browsers refuse. Some take a time that grows with
# the square of the length.
_NOT_FOR_PAGES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}


# A tree cannot take these back once they are read out of it. Form feed is white space in HTML.
_CONTROLS = dict.fromkeys({*range(32), 0xFFFE, 0xFFFF} - set(b"\t\n\f\r")) | {0x0C: " "}
_REFERENCE = re.compile(
    r"&#(?:x0*(?P<hex>[0-9a-f]{1,4})|0*(?P<number>\d{1,5}))(?!\w);?", re.IGNORECASE
)


# libxml2 drops what follows these; a browser shows it.
_PAGE_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)


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
    """Return the root element of an HTML page.

    Raises `BadPayload` when the body holds nothing to parse, `TooLarge` above `MAX_HTML_BYTES` or
    when elements lie so deep within each other that the parser gives up before the end.
    """
    if len(body) > MAX_HTML_BYTES:
        raise TooLarge(f"expected at most {MAX_HTML_BYTES} bytes of HTML, found {len(body)}")
    text = _REFERENCE.sub(_without_controls, decode(body, charset).translate(_CONTROLS))
    text = _PAGE_END.sub("", text)
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadPayload(f"expected HTML, found nothing to parse: {error}") from error
    # libxml2 drops the rest of a page without a word when it gives up.
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise TooLarge("expected HTML that can be parsed to its end, found deeper nesting")
    return root


def _without_controls(reference: re.Match[str]) -> str:
    """Return a space for a reference to a character that `_CONTROLS` drops, else the reference."""
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["number"])
    return " " if code in _CONTROLS else reference[0]


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
