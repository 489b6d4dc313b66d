"""Bytes first: an exchange goes to the WARC file, then its row may cite it (law 1)."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from pathlib import Path

from archive.errors import BadWarc
from archive.store import Capture, Held, Store
from archive.text import sha256
from archive.warc import Exchange, Place, WarcFile, payload, read_record

OUTCOMES = {
    "ok": "an answer with new bytes",
    "duplicate": "an answer whose bytes the archive holds already",
    "not_modified": "304 to a conditional request",
    "redirect": "a redirect, followed or not",
    "not_found": "404 or 410",
    "blocked": "401, 403, 429, a firewall, a login or a challenge page",
    "soft_404": "an error page with a success status",
    "wrong_type": "other content than the address promised",
    "unknown_layout": "a page its reader does not know",
    "empty_listing": "a listing without rows",
    "too_large": "more bytes than the limit",
    "truncated": "fewer bytes than the site announced",
    "damaged": "bytes that cannot be unpacked",
    "unread": "a page whose reader failed",
    "error": "no answer, or an answer that is an error",
}
"""Every value of `captures.outcome`."""

_CONDITIONS = ("if-none-match", "if-modified-since")

_BY_STATUS: dict[int, str] = {
    HTTPStatus.PARTIAL_CONTENT: "truncated",
    HTTPStatus.NOT_MODIFIED: "not_modified",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "not_found",
    HTTPStatus.UNAUTHORIZED: "blocked",
    HTTPStatus.FORBIDDEN: "blocked",
    HTTPStatus.TOO_MANY_REQUESTS: "blocked",
}


class Recorder:
    """Records the exchanges of one crawl. The WARC file comes into being with the first one."""

    def __init__(self, store: Store, crawl_id: int, data_dir: Path, warc_name: str, software: str):
        """`warc_name` is the file's path below `data_dir`; it must not exist yet."""
        self._store = store
        self._crawl_id = crawl_id
        self._data_dir = data_dir
        self._warc_name = warc_name
        self._software = software
        self._warc: WarcFile | None = None

    def record(self, exchange: Exchange, outcome: str = "") -> tuple[int, str]:
        """Write `exchange`, then its row; return (capture id, outcome).

        `outcome` overrules what the status says, for failures the status does not show.
        """
        payload_sha256 = sha256(exchange.body) if exchange.body else None
        held = self._holder(exchange, payload_sha256)
        outcome = outcome or outcome_of(exchange, is_held=held is not None)
        warc = self._file()
        place = warc.write(exchange, held)
        capture = self._row(exchange, outcome, place, held, payload_sha256)
        try:
            return self._store.add_capture(self._crawl_id, capture), outcome
        except sqlite3.Error:  # bytes without a row would stay when all that is known is erased
            warc.take_back(place)
            raise

    def close(self) -> None:
        """Close the WARC file, if there is one."""
        if self._warc:
            self._warc.close()

    def _file(self) -> WarcFile:
        if self._warc is None:
            self._store.name_warc(self._crawl_id, self._warc_name)
            self._warc = WarcFile(self._data_dir / self._warc_name, self._software)
        return self._warc

    def _holder(self, exchange: Exchange, payload_sha256: str | None) -> Held | None:
        held = None
        if exchange.status == HTTPStatus.NOT_MODIFIED:
            held = self._store.held_page(exchange.url)
        elif exchange.status == HTTPStatus.OK and payload_sha256 and not exchange.truncated:
            held = self._store.held_payload(payload_sha256)
        return held if held and self._is_there(held) else None

    def _is_there(self, held: Held) -> bool:
        """Say whether the bytes can still be read; a revisit of lost ones is worth nothing."""
        try:
            record = read_record(self._data_dir / held.warc_file, held.warc_offset)
            return sha256(payload(record)) == held.payload_sha256
        except BadWarc:
            return False

    def _row(
        self,
        exchange: Exchange,
        outcome: str,
        place: Place,
        held: Held | None,
        payload_sha256: str | None,
    ) -> Capture:
        is_304 = exchange.status == HTTPStatus.NOT_MODIFIED
        told = held if is_304 else None
        return Capture(
            url=exchange.url,
            method=exchange.method,
            fetched_at=exchange.fetched_at,
            http_status=exchange.status,
            outcome=outcome,
            detail=exchange.error,
            content_type=told.content_type if told else header(exchange, "content-type"),
            payload_sha256=held.payload_sha256 if held else payload_sha256,
            is_conditional=any(n.lower() in _CONDITIONS for n, _ in exchange.request_headers),
            received_bytes=len(exchange.body),
            payload_bytes=held.payload_bytes if held else len(exchange.body),
            etag=header(exchange, "etag") or (told.etag if told else ""),
            last_modified=header(exchange, "last-modified") or (told.last_modified if told else ""),
            warc_file=self._warc_name,
            warc_offset=place.offset,
            warc_record_id=place.record_id,
            refers_to_id=held.capture_id if held else None,
        )


def outcome_of(exchange: Exchange, *, is_held: bool) -> str:
    """Return what the exchange itself says, before anyone reads the body."""
    if exchange.truncated:
        return "too_large" if exchange.truncated == "length" else "truncated"
    outcome = "error" if exchange.status is None else outcome_of_status(exchange.status)
    return "duplicate" if outcome == "ok" and is_held else outcome


def outcome_of_status(status: int) -> str:
    """Return what an HTTP status says by itself."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 400:
        return "error"
    return "redirect" if status >= 300 else "ok"


def header(exchange: Exchange, name: str) -> str:
    """Return the first response header called `name` (lower case), empty if there is none."""
    return next((value for key, value in exchange.headers if key.lower() == name), "")
