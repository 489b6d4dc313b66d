"""What some bytes are, told by what stands in them: an HTML page, a text, or neither."""

from __future__ import annotations

import re

from archive.cleaning.flattened import read_text
from archive.cleaning.html import MAX_HTML_BYTES, decode
from archive.cleaning.page import PageReading, read_page
from archive.cleaning.rules import Rules
from archive.errors import BadPayload, TooLarge

HEADER = 1_445
"""Letters at the start that no byte of a picture or an archive may stand among."""

# The tags by which a browser knows a page (MIME Sniffing Standard, section 7.1), at its start.
_BEGINS_PAGE = re.compile(
    r"\s*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p"
    r"|main|article|section|header|nav|ul|span|meta|link)(\s|>|/>)|\s*<!--|\s*<\?xml",
    re.IGNORECASE,
)
# A saved part of a page may begin with its words.
_ENDS_ELEMENT = re.compile(
    r"</(html|head|body|main|article|section|div|p|h[1-6]|ul|ol|li|table|td|span|a)\s*>",
    re.IGNORECASE,
)
# Binary data bytes of the same standard.
_BINARY = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_SIGNATURES = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP file (perhaps a Word or Excel document)",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
}


def read_bytes(body: bytes, *, url: str = "", rules: Rules | None = None) -> PageReading:
    """Read an HTML page, or a text that an older scraper left of one.

    `url` helps with dates only. Raises `BadPayload` for anything else and for nothing, `TooLarge`.
    """
    if len(body) > MAX_HTML_BYTES:
        raise TooLarge(f"expected at most {MAX_HTML_BYTES} bytes, found more")
    text = decode(body, "utf-8")
    if is_page(text):
        return read_page(body, url=url, rules=rules)
    _require_text(body, text)
    return read_text(text, rules=rules)


def read_string(text: str, *, url: str = "", rules: Rules | None = None) -> PageReading:
    """Read what was decoded already, as `read_bytes` does; no charset it declares is believed.

    Half a surrogate pair is no letter, and read as a question mark.
    """
    if is_page(text):
        body = text.encode("utf-8", "replace")
        return read_page(body, url=url, content_type="text/html; charset=utf-8", rules=rules)
    _require_text(b"", text)
    return read_text(text, rules=rules)


def is_page(text: str) -> bool:
    """Tell a page from text."""
    return bool(_BEGINS_PAGE.match(text.lstrip("\ufeff")) or _ENDS_ELEMENT.search(text))


def _require_text(body: bytes, text: str) -> None:
    """Raise `BadPayload` for what is no text: nothing at all, or bytes of another trade."""
    expected = "expected an HTML page or a text"
    for signature, what in _SIGNATURES.items():
        if body.startswith(signature):
            raise BadPayload(f"{expected}, found {what}; give the page it came from")
    if not text.strip():
        raise BadPayload(f"{expected}, found nothing to read")
    if found := _BINARY.search(text, 0, HEADER):
        what = f"the byte 0x{ord(found[0]):02x} at {found.start()}"
        raise BadPayload(f"{expected}, found {what}; if it is UTF-16, save it as UTF-8")
