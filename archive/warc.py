"""Exchanges out to WARC 1.1 files (ISO 28500:2017), and back.

Each capture is a response (or revisit) record and the request record beside it; a request that
got no answer is a request record and a metadata record that says why. Bodies are kept as they
came over the wire, content-encoding and all; transfer-encoding is undone, so its header goes.
Every record is a gzip member of its own, written whole and synced before a row may cite it.
"""

from __future__ import annotations

import os
import zlib
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Literal

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import BaseWARCWriter

from archive.errors import BadPayload, BadWarc, TooLarge
from archive.store import Held

MAX_UNPACKED_BYTES = 100_000_000
"""A body that unpacks to more than this is not read."""

ERASED = "unspecified"
"""WARC-Truncated of a response whose bytes are erased."""

_GZIP_LEVEL = 6
_GZIP_MAGIC = b"\x1f\x8b"
_NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_DROPPED_HEADERS = frozenset(("transfer-encoding",))

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, bytes as latin-1."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, or the reason why there is none."""

    url: str
    fetched_at: str
    """UTC ISO 8601."""
    request_headers: Headers
    method: str = "GET"
    status: int | None = None
    """None when no answer came."""
    protocol: str = "HTTP/1.1"
    reason: str = ""
    """Reason phrase of the status line, as sent."""
    headers: Headers = ()
    body: bytes = b""
    """As received: content-encoding kept, transfer-encoding undone."""
    ip_address: str = ""
    truncated: Literal["", "disconnect", "length", "time"] = ""
    """Why the body is shorter than the site meant it (WARC-Truncated)."""
    error: str = ""
    """Why no answer came, one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies."""

    offset: int
    record_id: str


class WarcFile:
    """A WARC file that grows; one crawl writes one."""

    def __init__(self, path: Path, software: str) -> None:
        """Create `path` (it must not exist) with a warcinfo record naming `software`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._out = open(path, "xb", buffering=0)  # noqa: SIM115 - open for the whole crawl
        sync_folder(path.parent)
        self._builder = _Builder(gzip=False, warc_version="1.1")
        info = {"software": software, "format": "WARC File Format 1.1", "conformsTo": _STANDARD}
        self._append(self._builder.create_warcinfo_record(path.name, info))
        self.sync()

    def close(self) -> None:
        """Sync and close the file."""
        if not self._out.closed:
            self.sync()
            self._out.close()

    def sync(self) -> None:
        """Return when everything written so far is on disk."""
        os.fsync(self._out.fileno())

    def write(self, exchange: Exchange, held: Held | None = None) -> Place:
        """Append an exchange and sync. With `held`, the body lies there already: a revisit."""
        if exchange.status is None:
            place = self._write_failure(exchange)
        else:
            place = self._write_answer(exchange, held)
        self.sync()
        return place

    def take_back(self, place: Place) -> None:
        """Cut off the exchange that was written last, and sync."""
        self._out.truncate(place.offset)
        self._out.seek(place.offset)
        self.sync()

    def _write_answer(self, exchange: Exchange, held: Held | None) -> Place:
        answer = self._revisit(exchange, held) if held else self._response(exchange)
        return self._append(answer, self._request(exchange, _id_of(answer)))

    def _write_failure(self, exchange: Exchange) -> Place:
        request = self._request(exchange, "")
        said = BytesIO(f"fetchError: {exchange.error}\r\n".encode())
        note = self._builder.create_warc_record(
            exchange.url,
            "metadata",
            payload=said,
            length=len(said.getvalue()),
            warc_content_type="application/warc-fields",
            warc_headers_dict={
                "WARC-Date": exchange.fetched_at,
                "WARC-Concurrent-To": _id_of(request),
            },
        )
        return self._append(request, note)

    def _response(self, exchange: Exchange) -> ArcWarcRecord:
        return self._builder.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(exchange.body),
            length=len(exchange.body),
            http_headers=_http_headers(exchange),
            warc_headers_dict=_warc_headers(exchange),
        )

    def _revisit(self, exchange: Exchange, held: Held) -> ArcWarcRecord:
        record = self._builder.create_revisit_record(
            exchange.url,
            _digest(held.payload_sha256),
            held.url,
            held.fetched_at,
            http_headers=_http_headers(exchange),
            warc_headers_dict={
                **_warc_headers(exchange),
                "WARC-Refers-To": held.warc_record_id,
            },
        )
        if exchange.status == HTTPStatus.NOT_MODIFIED:
            record.rec_headers.replace_header("WARC-Profile", _NOT_MODIFIED_PROFILE)
        return record

    def _request(self, exchange: Exchange, concurrent_to: str) -> ArcWarcRecord:
        target = exchange.url.split("://", 1)[-1]
        path = "/" + target.partition("/")[2]
        line = _RawHeaders(
            f"{exchange.method} {path} HTTP/1.1",
            list(exchange.request_headers),
            is_http_request=True,
        )
        headers = {"WARC-Date": exchange.fetched_at}
        if concurrent_to:
            headers["WARC-Concurrent-To"] = concurrent_to
        return self._builder.create_warc_record(
            exchange.url, "request", http_headers=line, warc_headers_dict=headers
        )

    def _append(self, *records: ArcWarcRecord) -> Place:
        """Write all of the records or none; return the place of the first."""
        offset = self._out.tell()
        rest = memoryview(b"".join(_member(self._builder.to_bytes(record)) for record in records))
        try:
            while rest:
                rest = rest[self._out.write(rest) :]
        except OSError:  # a full disk must not leave half an exchange in the middle of the file
            self._out.truncate(offset)
            self._out.seek(offset)
            raise
        return Place(offset, _id_of(records[0]))


def _id_of(record: ArcWarcRecord) -> str:
    return str(record.rec_headers.get_header("WARC-Record-ID"))


def read_record(path: Path, offset: int) -> ArcWarcRecord:
    """Return the record that starts at byte `offset` of the file `path`.

    Raises `BadWarc` if there is none, or it is torn.
    """
    try:
        with open(path, "rb") as stream:
            stream.seek(offset)
            magic = stream.read(len(_GZIP_MAGIC))
            stream.seek(offset)
            record = next(iter(ArchiveIterator(stream))) if magic == _GZIP_MAGIC else None
            if record is not None:
                record.raw_stream = BytesIO(record.raw_stream.read())
    except FileNotFoundError as error:
        raise BadWarc(f"expected a WARC file at {path}, found none") from error
    except Exception as error:  # warcio and zlib raise many kinds for a damaged file
        raise BadWarc(f"expected a WARC record at byte {offset} of {path}: {error}") from error
    if record is None:
        raise BadWarc(f"expected a gzip member at byte {offset} of {path}, found none")
    return record


def payload(record: ArcWarcRecord) -> bytes:
    """Return the body of a response record as it came over the wire."""
    record.raw_stream.seek(0)
    return bytes(record.raw_stream.read())


def tombstone(record: ArcWarcRecord, reason: str, erased_at: str) -> bytes:
    """Return what takes the place of a response whose bytes are erased: two gzip members.

    First a response with the id, address and date of the old one and its status line, but without
    header and body: WARC-Truncated says that something is missing, and "unspecified" is the
    standard's word for reasons other than length, time and disconnect (ISO 28500:2017, 5.13). A
    record of another type would not do: requests, revisits and rows refer to a response by its
    id. Then a metadata record, the type for what is said about another record (6.6): when it was
    erased, why, and the digest of the bytes that were there.
    """
    headers, builder = record.rec_headers, _Builder(gzip=False, warc_version="1.1")
    record_id, url = (headers.get_header(f"WARC-{name}") for name in ("Record-ID", "Target-URI"))
    http = record.http_headers
    empty = builder.create_warc_record(
        url,
        "response",
        payload=BytesIO(),
        length=0,
        http_headers=_RawHeaders(http.statusline, [], protocol=http.protocol),
        warc_headers_dict={
            "WARC-Record-ID": record_id,
            "WARC-Date": headers.get_header("WARC-Date"),
            "WARC-Truncated": ERASED,
        },
    )
    digest = headers.get_header("WARC-Payload-Digest")
    said = f"erased: {erased_at}\r\nreason: {reason}\r\nerasedPayloadDigest: {digest}\r\n"
    note = builder.create_warc_record(
        url,
        "metadata",
        payload=BytesIO(said.encode()),
        length=len(said.encode()),
        warc_content_type="application/warc-fields",
        warc_headers_dict={"WARC-Date": erased_at, "WARC-Refers-To": record_id},
    )
    return b"".join(_member(builder.to_bytes(one)) for one in (empty, note))


def is_tombstone(record: ArcWarcRecord) -> bool:
    """Tell whether the bytes of a record are erased."""
    return record.rec_headers.get_header("WARC-Truncated") == ERASED


def unpack(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Encoding ("", identity, gzip or deflate).

    Raises `BadPayload` for another encoding or damaged data, `TooLarge` for more than
    `MAX_UNPACKED_BYTES`.
    """
    window = {"gzip": 31, "x-gzip": 31, "deflate": 15}.get(encoding.strip().lower())
    if window is None:
        if encoding.strip().lower() in ("", "identity"):
            return body
        raise BadPayload(f"expected gzip or deflate, found content-encoding {encoding!r}")
    try:
        return _inflate(body, window)
    except zlib.error:
        if window != 15:
            raise BadPayload("expected a gzip body, found damaged data") from None
    try:
        return _inflate(body, -15)  # many servers send deflate without the zlib header
    except zlib.error as error:
        raise BadPayload("expected a deflate body, found damaged data") from error


def repair(path: Path, last_cited: int | None) -> int:
    """Cut a file whose writer died back to the last exchange that a row cites; return the bytes.

    `last_cited` is the byte at which that starts; a file that no row cites is removed. What nobody
    knows of could not be erased. Raises `BadWarc`, and cuts nothing, where cited bytes are torn.
    """
    if not path.exists():
        return 0
    size = path.stat().st_size
    if last_cited is None:
        path.unlink()
        return size
    end = exchange_end(path, last_cited)
    with open(path, "r+b") as out:
        out.truncate(end)
        os.fsync(out.fileno())
    return size - end


def exchange_end(path: Path, offset: int) -> int:
    """Return the byte behind the exchange whose first record starts at `offset`.

    Its last record refers to its first; a tombstone may stand between. Raises `BadWarc` where
    they are not there in whole.
    """
    found = 0
    try:
        for start, end in members(path, offset):
            found += 1
            if read_record(path, start).rec_headers.get_header("WARC-Concurrent-To"):
                return end
    except FileNotFoundError:
        raise BadWarc(f"expected a WARC file at {path}, found none") from None
    raise BadWarc(f"expected a whole exchange at byte {offset} of {path}, found {found} records")


def members(path: Path, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each whole gzip member of a file, stopping at the first torn one.

    `start` is the byte at which the first of them starts.
    """
    with open(path, "rb") as stream:
        stream.seek(start)
        pending = b""
        while True:
            inflater, used = zlib.decompressobj(31), 0
            while not inflater.eof:
                chunk = pending or stream.read(1 << 16)
                pending = b""
                if not chunk:
                    return
                try:
                    inflater.decompress(chunk)
                except zlib.error:
                    return
                used += len(chunk)
            pending = inflater.unused_data
            end = start + used - len(pending)
            yield start, end
            start = end


_STANDARD = "http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1-1_latestdraft.pdf"


class _Builder(BaseWARCWriter):
    """warcio's record builder, with SHA-256 digests and a record at a time as bytes."""

    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")

    def to_bytes(self, record: ArcWarcRecord) -> bytes:
        out = BytesIO()
        self._write_warc_record(out, record)
        return out.getvalue()


def sync_folder(path: Path) -> None:
    """Return when the names of the files in a folder are on disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _member(data: bytes) -> bytes:
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


def _inflate(body: bytes, window: int) -> bytes:
    """Unpack a body; gzip may come in several members (RFC 1952, section 2.2)."""
    unpacked, rest = b"", body
    while rest and (not unpacked or rest.startswith(_GZIP_MAGIC)):
        inflater = zlib.decompressobj(window)
        unpacked += inflater.decompress(rest, MAX_UNPACKED_BYTES + 1 - len(unpacked))
        if len(unpacked) > MAX_UNPACKED_BYTES:
            raise TooLarge(f"expected at most {MAX_UNPACKED_BYTES} bytes unpacked, found more")
        if not inflater.eof:
            raise zlib.error("cut short")
        rest = inflater.unused_data
    return unpacked


def _digest(hex_sha256: str) -> str:
    return "sha256:" + b32encode(bytes.fromhex(hex_sha256)).decode()


def _warc_headers(exchange: Exchange) -> dict[str, str]:
    headers = {"WARC-Date": exchange.fetched_at}
    if exchange.ip_address:
        headers["WARC-IP-Address"] = exchange.ip_address
    if exchange.truncated:
        headers["WARC-Truncated"] = exchange.truncated
    return headers


class _RawHeaders(StatusAndHeaders):
    """HTTP headers whose bytes go out as they came in; warcio would percent-encode some."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(header_filter, "latin-1")


def _http_headers(exchange: Exchange) -> StatusAndHeaders:
    kept = [(n, v) for n, v in exchange.headers if n.lower() not in _DROPPED_HEADERS]
    status_line = f"{exchange.status} {exchange.reason}".rstrip()
    return _RawHeaders(status_line, kept, protocol=exchange.protocol)
