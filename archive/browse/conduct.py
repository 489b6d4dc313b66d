"""How the room behaves on the web: what every answer says of itself, and CSV that opens harmlessly.

Values are data, `well_behaved` puts them on every answer, errors and files too.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]
"""An ASGI application."""

POLICY: Mapping[str, str] = {
    "default-src": "'none'",  # no script, no frame, nothing from another host
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""What a page may load and do; see https://www.w3.org/TR/CSP3/."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""On every answer."""

NOT_INDEXED: Mapping[str, str] = {"x-robots-tag": "noindex, nofollow"}
"""On every answer too, unless the archive's keeper lets search engines in."""

METHODS = ("GET", "HEAD")
"""What a reader may do."""

MOST_AGE_S = 60
"""An answer may be kept so long, whatever the address asks for."""

_UNWANTED = frozenset((b"set-cookie",))
_MAX_AGE = re.compile(rb"max-age=(\d+)")

# A cell as `csv` writes it, in quotes or not.
_CELL = re.compile(r'"[^"]*+(?:""[^"]*+)*+"|[^",\r\n][^,\r\n]*+')
# Where a spreadsheet may begin a cell: a Swedish one parts by semicolons, and takes no notice of
# quotes that do not follow one.
_BEGINS = re.compile(r"(^|[;\t\r\n])(?= *[=+\-@＝＋－＠])|^(?=[\t\r\n])")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)


def well_behaved(app: App, *, is_indexed: bool, address: str = "", folder: str = "/") -> App:
    """Return an application that answers as `app` does, with `HEADERS`, no cookies, safe CSV.

    It only reads, and makes whole addresses of `address`, where that is given, whatever host the
    reader names. `folder` is where it lies on a web server; `app` is asked without it, as it would
    else put it before addresses that have it already, and leave it out where it leads on.
    """
    place = urlsplit(address)
    folder = folder.rstrip("/")
    added = {**HEADERS, **({} if is_indexed else NOT_INDEXED)}
    ours = [(name.encode(), value.encode()) for name, value in added.items()]
    dropped = {name for name, _ in ours} | _UNWANTED

    @wraps(app)
    async def behaved(scope: Message, receive: Any, send: Any) -> None:
        # Spelt out: what can be called without arguments is a factory to uvicorn.
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        table = SafeCsv() if scope["path"].endswith(".csv") else None

        async def sent(message: Message) -> None:
            nonlocal table
            if message["type"] == "http.response.start":
                theirs = [(k, v) for k, v in message.get("headers", ()) if k.lower() not in dropped]
                if table and not _is_csv(message["status"], theirs):
                    table = None
                theirs = [_in_folder(folder, _not_kept_long(header)) for header in theirs]
                message = {**message, "headers": [*theirs, *ours]}
            elif table:
                is_last = not message.get("more_body")
                message = {**message, "body": table.fed(message.get("body", b""), is_last)}
            await send(message)

        # Without the reader's cookies nothing can answer one reader otherwise than another.
        headers = [(k, v) for k, v in scope["headers"] if k.lower() != b"cookie"]
        if place.netloc:
            headers = [(k, v) for k, v in headers if k.lower() != b"host"]
            headers.append((b"host", place.netloc.encode()))
            scope = {**scope, "scheme": place.scheme}
        answer = app if scope["method"] in METHODS else _refused
        await answer({**_below(folder, scope), "headers": headers}, receive, sent)

    return behaved


class SafeCsv:
    """Makes CSV harmless while it passes, holding one row at most."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")
        self._held: list[str] = []
        self._is_quoted = False

    def fed(self, body: bytes, is_last: bool) -> bytes:
        """Return what may pass on, after more bytes have come."""
        text = self._decoder.decode(body, final=is_last)
        self._held.append(text)
        self._is_quoted ^= text.count('"') % 2 == 1
        if not is_last and (self._is_quoted or not text.endswith("\n")):
            return b""
        whole, self._held = "".join(self._held), []
        return _CELL.sub(_safe_cell, whole).encode()


def harmless(cell: str) -> str:
    """Return what a cell says, with an apostrophe wherever a formula could begin.

    A number is one, whatever its sign.
    """
    return cell if _NUMBER.fullmatch(cell) else _BEGINS.sub(r"\1'", cell)


async def _refused(_scope: Message, _receive: Any, send: Any) -> None:
    headers = [(b"allow", ", ".join(METHODS).encode()), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": b"Only reading is possible here.\n"})


def _below(folder: str, scope: Message) -> Message:
    """Return what is asked for without the folder."""
    if not folder or not f"{scope['path']}/".startswith(f"{folder}/"):
        return scope
    path = scope["path"].removeprefix(folder) or "/"
    raw = scope.get("raw_path", path.encode()).removeprefix(folder.encode()) or b"/"
    return {**scope, "path": path, "raw_path": raw}


def _in_folder(folder: str, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return a header that leads on within the folder."""
    name, value = header
    inside = f"{folder}/".encode()
    if name.lower() != b"location" or value[:1] != b"/" or value.startswith(inside):
        return header
    return name, inside + value[1:]


def _not_kept_long(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return a header by which an answer is kept no longer than a takedown may wait."""
    name, value = header
    if name.lower() != b"cache-control":
        return header
    return name, _MAX_AGE.sub(lambda found: b"max-age=%d" % min(int(found[1]), MOST_AGE_S), value)


def _safe_cell(found: re.Match[str]) -> str:
    cell = found[0]
    return f'"{harmless(cell[1:-1])}"' if cell.startswith('"') else harmless(cell)


def _is_csv(status: int, headers: list[tuple[bytes, bytes]]) -> bool:
    kind = {k.lower(): v for k, v in headers}.get(b"content-type", b"")
    return status == 200 and kind.startswith((b"text/csv", b"text/plain"))
