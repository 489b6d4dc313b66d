"""Bytes to a tree, the same way every time, in time that grows with their number."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from bs4.dammit import EncodingDetector
from lxml import etree

from archive.cleaning.element import Element
from archive.cleaning.shallow import MAX_DEPTH, shallow
from archive.errors import BadPayload, TooLarge

MAX_HTML_BYTES = 32_000_000
"""A page larger than this is kept as bytes but not read."""

MAX_ATTRIBUTES = 1_000
"""Elements of large pages are read with this many attributes; no reader sees any of them."""

# libxml2 takes a time that grows with the square of an element's attributes: below this size of a
# page at most some seconds.
_MANY_BYTES = 300_000
_PIECE = 32_768

# Of so many bytes the detector searches a twentieth, in a time that may grow with the square.
_DECLARED_WITHIN = 200_000
_LONGEST_LABEL = 40

# Browsers read these labels as windows-1252 (WHATWG Encoding Standard, section 4.2).
_READ_AS_CP1252 = {"ascii", "iso8859-1", "cp1252"}

# Python's codecs of other trades, and one that browsers refuse. Some take a time that grows with
# the square of the length.
_NOT_FOR_PAGES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}

# A tree cannot take these back once they are read out of it. Form feed is white space in HTML.
_CONTROLS = bytes(sorted({*range(32)} - set(b"\t\n\f\r")))
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
# No reader sees it, and `normalise` drops it; but "<\x00b" and "scr\x00ipt" stay what they were.
_JOINER = "\u2060".encode()
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F])"
    rb"|0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d));?"
)

# libxml2 drops what follows these; a browser shows it. With a joiner they are no tags, and still
# say the same where a page shows them as they are written.
_PAGE_END = re.compile(rb"</(?=(?:[bB][oO][dD][yY]|[hH][tT][mM][lL])[\s/>])")
_ENDED_START = re.compile(
    rb"(<(?:[hH][tT][mM][lL]|[hH][eE][aA][dD]|[bB][oO][dD][yY])(?=[\s/])"
    rb"(?:[^<>/=]++|/(?!>)|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|[<=]){0,40}+/)>"
)
_SINGLE_BYTES = ("ascii", "iso8859", "cp125")
"""How Python's names of charsets of single bytes begin."""
_HEAD = frozenset(
    "base basefont bgsound link meta noframes noscript script style template title object".split()
)
"""Elements that stand in a head (HTML Standard, section 13.2.6.4.4)."""


def decode(body: bytes, charset: str = "") -> str:
    """Return the text of an HTML body; never raise.

    Order: BOM, `charset` (from the HTTP header), meta declaration, UTF-8, cp1252. Never by
    guessing from letter statistics: that turned å into ĺ on Swedish pages. But a label that names
    a charset of single bytes is wrong where the bytes are UTF-8: Swedish text never is by chance.
    """
    body, codec = _body_and_codec(body, charset)
    return _decoded(body, codec)


def _body_and_codec(body: bytes, charset: str) -> tuple[bytes, str]:
    """Return the body without BOM, and the codec that it is said to be in."""
    body, bom = EncodingDetector.strip_byte_order_mark(body)
    codec = _codec(bom) or _codec(charset) or _codec(_declared(body)) or "utf-8"
    return body, "utf-8" if codec.startswith(_SINGLE_BYTES) and _is_utf8(body) else codec


def _is_utf8(body: bytes) -> bool:
    """Tell whether there are letters beyond ASCII, and all are whole UTF-8 sequences."""
    with suppress(UnicodeDecodeError):
        return not body.isascii() and bool(body.decode("utf-8"))
    return False


def _declared(body: bytes) -> str | None:
    return EncodingDetector.find_declared_encoding(body[:_DECLARED_WITHIN], is_html=True)


def _as_utf8(body: bytes, charset: str) -> bytes:
    """Return the text of an HTML body as UTF-8; most pages are, and need no new bytes."""
    body, codec = _body_and_codec(body, charset)
    if codec == "utf-8":
        with suppress(UnicodeDecodeError):
            body.decode("utf-8")
            return body
    return _decoded(body, codec).encode("utf-8", "replace")


def _decoded(body: bytes, codec: str) -> str:
    return _utf8_or_cp1252(body) if codec == "utf-8" else body.decode(codec, errors="replace")


def parse_html(body: bytes, charset: str = "") -> Element:
    """Return the root element of an HTML page, without comments.

    Elements that lie too deep within each other for the parser stand less deep in the tree; their
    words are all there. Raises `BadPayload` when the body holds nothing to parse, `TooLarge` above
    `MAX_HTML_BYTES`.
    """
    if len(body) > MAX_HTML_BYTES:
        raise TooLarge(f"expected at most {MAX_HTML_BYTES} bytes of HTML, found {len(body)}")
    data = _without_controls(_as_utf8(body, charset))
    data = _PAGE_END.sub(b"</" + _JOINER, data)
    data = _ENDED_START.sub(rb"\1" + _JOINER + b">", data)
    is_large = len(data) > _MANY_BYTES
    # Without huge trees libxml2 gives up at 256 levels: no judge is made for more.
    root = None if is_large and _has_bomb(data) else _parse(data, huge_tree=is_large)
    if root is None:
        root = _parse(shallow(data.decode(), MAX_ATTRIBUTES).encode(), huge_tree=True)
    if root is None:
        raise TooLarge("expected HTML that can be parsed to its end, found deeper nesting")
    _empty_head(root)
    return root


def _parse(data: bytes, *, huge_tree: bool) -> Element | None:
    """Return the tree, None when libxml2 gave up: it drops the rest of a page without a word."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=huge_tree
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadPayload(f"expected HTML, found nothing to parse: {error}") from error
    if root is None:
        raise BadPayload("expected HTML, found nothing to parse")
    last = parser.error_log.last_error
    return None if last is not None and last.type_name == "ERR_RESOURCE_LIMIT" else root


def _empty_head(root: Element) -> None:
    """Move what a browser shows from the head to the body.

    libxml2 leaves elements in an open head that are younger than itself: main, article, section.
    """
    head = next(root.iter("head"), None)
    if head is None:
        return
    first = next((child for child in head if child.tag not in _HEAD), None)
    if first is None:
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        head.addnext(body)
    shown = body.makeelement("div")
    shown.extend([first, *first.itersiblings()])
    shown.tail, head.tail, body.text = f"{head.tail or ''}{body.text or ''}", None, None
    body.insert(0, shown)


def _has_bomb(data: bytes) -> bool:
    """Tell whether a page has more levels, or an element more attributes, than a tree shall have.

    Read in pieces: for a stray end tag libxml2 looks through all elements that are open.
    """
    finder = _BombFinder()
    parser = etree.HTMLParser(target=finder, encoding="utf-8", huge_tree=True)
    with suppress(etree.LxmlError):
        for begin in range(0, len(data), _PIECE):
            parser.feed(data[begin : begin + _PIECE])
            if finder.has_found:
                return True
        parser.close()
    return finder.has_found


class _BombFinder:
    """A parser's target that keeps no tree."""

    def __init__(self) -> None:
        self.has_found = False
        self._depth = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            self.has_found = True

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        """Nothing was built."""


def _without_controls(data: bytes) -> bytes:
    """Return UTF-8 without characters that a tree cannot take back, nor references to them."""
    bare = data.translate(None, _CONTROLS)
    if len(bare) < len(data):
        data = _CONTROL.sub(_JOINER, data) if bare.strip() else b""
    if _NONCHARACTERS[0][:1] in data:
        for character in _NONCHARACTERS:
            data = data.replace(character, _JOINER)
    data = data.replace(b"\f", b" ")
    return _CONTROL_REFERENCE.sub(b" ", data) if b"&#" in data else data


def _codec(label: str | None) -> str:
    """Return the name of a codec that makes text of bytes, empty if `label` names none."""
    if not label:
        return ""
    try:
        # Python remembers every label that it was ever asked for.
        name = codecs.lookup(label[:_LONGEST_LABEL]).name
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
