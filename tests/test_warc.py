"""Bytes out to WARC files and back."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from archive.errors import BadPayload, BadWarc
from archive.store import Held
from archive.text import sha256
from archive.warc import (
    MAX_UNPACKED_BYTES,
    Exchange,
    Place,
    WarcFile,
    exchange_end,
    members,
    payload,
    read_record,
    repair,
    unpack,
)

AT = "2026-01-01T00:00:00Z"
PACKED = gzip.compress("Räksmörgås".encode(), mtime=0)
ANSWER = Exchange(
    url="https://example.se/a?b=c",
    fetched_at=AT,
    request_headers=(("Host", "example.se"), ("User-Agent", "x")),
    status=200,
    reason="Okej då",
    headers=(
        ("content-type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("X-Ort", "Alings\xe5s"),
    ),
    body=PACKED,
    ip_address="192.0.2.1",
)
FAILURE = replace(ANSWER, status=None, headers=(), body=b"", error="no such host")


def write(path: Path, *exchanges: tuple[Exchange, Held | None]) -> list[Place]:
    warc = WarcFile(path, "test")
    places = [warc.write(exchange, held) for exchange, held in exchanges]
    warc.close()
    return places


def held(place: Place) -> Held:
    return Held(
        1,
        ANSWER.url,
        AT,
        "text/html",
        sha256(PACKED),
        9,
        "w",
        place.offset,
        place.record_id,
        "",
        "",
    )


def test_an_answer_comes_back_as_the_wire_carried_it(tmp_path: Path) -> None:
    """Content-encoding, spelling and order of headers stay; only transfer-encoding is undone."""
    path = tmp_path / "a.warc.gz"
    [place] = write(path, (ANSWER, None))
    record = read_record(path, place.offset)

    assert payload(record) == PACKED
    assert record.http_headers.get_statuscode() == "200"
    assert record.rec_headers.get_header("WARC-Target-URI") == ANSWER.url
    assert record.rec_headers.get_header("WARC-Date") == AT
    assert record.rec_headers.get_header("WARC-IP-Address") == "192.0.2.1"
    raw = gzip.decompress(path.read_bytes())
    assert b"content-type: text/html\r\nContent-Encoding: gzip\r\nX-Ort: Alings\xe5s\r\n" in raw
    assert b"chunked" not in raw
    assert b"GET /a?b=c HTTP/1.1\r\nHost: example.se\r\n" in raw


def test_standard_tools_accept_every_kind_of_record(tmp_path: Path) -> None:
    """Response, revisit of identical bytes, revisit by 304, failure."""
    path = tmp_path / "a.warc.gz"
    first = tmp_path / "b.warc.gz"
    [place] = write(first, (ANSWER, None))
    not_modified = Exchange(ANSWER.url, AT, (), status=304, reason="Not Modified")
    failure = Exchange(ANSWER.url, AT, (), error="no such host")
    write(path, (ANSWER, held(place)), (not_modified, held(place)), (failure, None))

    checked = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", "-v", path, first],
        capture_output=True,
        text=True,
        check=False,
    )
    raw = gzip.decompress(path.read_bytes()).decode("latin-1")

    assert checked.returncode == 0, checked.stdout
    assert "revisit/identical-payload-digest" in raw
    assert "revisit/server-not-modified" in raw
    assert raw.count(f"WARC-Refers-To: {place.record_id}") == 2
    assert "fetchError: no such host" in raw


def test_a_file_torn_at_any_byte_is_cut_back_to_what_a_row_cites(tmp_path: Path) -> None:
    """Law 9: kill -9 may stop the writer at any byte, before or after the row."""
    whole = tmp_path / "a.warc.gz"
    _, cited, _ = write(whole, (ANSWER, None), (FAILURE, None), (ANSWER, None))
    data, end = whole.read_bytes(), exchange_end(whole, cited.offset)
    torn = tmp_path / "torn.warc.gz"

    for length in range(end, len(data)):
        for tail in (b"", b"\0" * 9, gzip.compress(b"garbage")):
            torn.write_bytes(data[:length] + tail)
            assert repair(torn, cited.offset) == length + len(tail) - end
            assert torn.read_bytes() == data[:end]
    for length in (0, cited.offset, end - 1):
        torn.write_bytes(data[:length])
        with pytest.raises(BadWarc, match="expected a whole exchange"):
            repair(torn, cited.offset)
        assert torn.read_bytes() == data[:length]


def test_what_no_row_cites_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, (ANSWER, None))
    assert repair(path, None) > 0
    assert not path.exists()
    assert repair(path, None) == 0


def test_a_rotten_record_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    *_, last = write(path, (ANSWER, None), (ANSWER, None))
    data = path.read_bytes()
    path.write_bytes(b"rotten" + data[6:])

    assert repair(path, last.offset) == 0
    assert path.stat().st_size == len(data)


def test_an_exchange_that_finds_no_room_leaves_nothing(tmp_path: Path) -> None:
    """Wherever the disk runs full: an answer without its request is no exchange."""
    path = tmp_path / "a.warc.gz"
    warc = WarcFile(path, "test")
    warc.write(ANSWER)
    whole = path.read_bytes()
    _, (begin, end), _ = members(path)
    warc._out = _SmallDisk(warc._out, room=end - begin + 50)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space"):
        warc.write(ANSWER)
    warc.close()

    assert path.read_bytes() == whole


class _SmallDisk:
    """A file that takes so many bytes more, a few at a time."""

    def __init__(self, out: IO[bytes], room: int) -> None:
        self._out = out
        self._room = room

    def write(self, data: bytes) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        written = self._out.write(bytes(data[: min(self._room, 100)]))
        self._room -= written
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)


@pytest.mark.parametrize("offset", [1, 10_000])
def test_a_wrong_offset_says_so(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, (ANSWER, None))

    with pytest.raises(BadWarc, match=f"byte {offset}"):
        read_record(path, offset)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadWarc, match="found none"):
        read_record(tmp_path / "none.warc.gz", 0)


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    """Evidence is not overwritten, whatever a name clash does."""
    path = tmp_path / "a.warc.gz"
    write(path, (ANSWER, None))

    with pytest.raises(FileExistsError):
        WarcFile(path, "test")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"hej", ""),
        (b"hej", "identity"),
        (gzip.compress(b"hej", mtime=0), "gzip"),
        (zlib.compress(b"hej"), "deflate"),
        (zlib.compress(b"hej", wbits=-15), "deflate"),
    ],
)
def test_bodies_are_unpacked(body: bytes, encoding: str) -> None:
    """Many servers send deflate without the zlib header."""
    assert unpack(body, encoding) == b"hej"


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (b"hej", "gzip", "damaged"),
        (b"hej", "deflate", "damaged"),
        (b"hej", "br", "'br'"),
        (gzip.compress(bytes(MAX_UNPACKED_BYTES + 1), mtime=0), "gzip", "at most"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        unpack(body, encoding)
