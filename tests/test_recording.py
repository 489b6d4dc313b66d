"""Law 1: no row without its record, and no bytes twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.recording import OUTCOMES, Recorder, outcome_of
from archive.store import Store
from archive.warc import Exchange, WarcFile, payload, read_record

AT = "2026-01-01T00:00:00Z"


def answer(
    status: int = 200, body: bytes = b"hej", url: str = "https://example.se/a", **more
) -> Exchange:
    return Exchange(url, AT, (("Host", "example.se"),), status=status, body=body, **more)


@pytest.fixture
def crawl_id(store: Store) -> int:
    store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
    source_id = store.put_source(
        "1489", "moten", product="meetingplus", kind="meetings", start_url="https://example.se/"
    )
    return store.begin_crawl(source_id, AT, "test")


@pytest.fixture
def recorder(store: Store, crawl_id: int, tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(store, crawl_id, tmp_path, "warc/a.warc.gz", "test")
    yield recorder
    recorder.close()


def captures(store: Store) -> list[dict]:
    return [dict(row) for row in store._db.execute("SELECT * FROM captures ORDER BY id")]


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        (answer(200), "ok"),
        (answer(204), "ok"),
        (answer(301), "redirect"),
        (answer(304), "not_modified"),
        (answer(403), "blocked"),
        (answer(404), "not_found"),
        (answer(410), "not_found"),
        (answer(429), "blocked"),
        (answer(500), "error"),
        (answer(None), "error"),
        (answer(200, truncated="disconnect"), "truncated"),
        (answer(200, truncated="length"), "too_large"),
    ],
)
def test_what_an_exchange_says_by_itself(exchange: Exchange, outcome: str) -> None:
    assert outcome_of(exchange, is_held=False) == outcome
    assert outcome in OUTCOMES


def test_the_record_is_on_disk_before_the_row(
    recorder: Recorder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails there is no row; when the row is there, so are the bytes."""

    def full_disk(self: WarcFile, *_: object) -> None:
        raise OSError(28, "No space left on device")

    recorder.record(answer())
    with monkeypatch.context() as broken:
        broken.setattr(WarcFile, "sync", full_disk)
        with pytest.raises(OSError, match="No space"):
            recorder.record(answer(body=b"more"))
    assert len(captures(store)) == 1


def test_a_row_leads_to_its_bytes(recorder: Recorder, store: Store, tmp_path: Path) -> None:
    recorder.record(answer(body=b"one"))
    recorder.record(answer(body=b"two", url="https://example.se/b"))

    rows = captures(store)
    bodies = [payload(read_record(tmp_path / row["warc_file"], row["warc_offset"])) for row in rows]
    assert bodies == [b"one", b"two"]


def test_bytes_held_already_become_a_revisit(recorder: Recorder, store: Store) -> None:
    """At whatever address they come again."""
    first, _ = recorder.record(answer())
    _, outcome = recorder.record(answer(url="https://example.se/other"))

    row = captures(store)[1]
    assert outcome == "duplicate"
    assert row["refers_to_id"] == first
    assert (row["payload_bytes"], row["payload_sha256"]) == (
        3,
        captures(store)[0]["payload_sha256"],
    )


def test_a_304_refers_to_the_bytes_and_keeps_the_validators(
    recorder: Recorder, store: Store
) -> None:
    """So that the next request can be conditional, too."""
    first, _ = recorder.record(answer(headers=(("ETag", '"a"'), ("Content-Type", "text/html"))))
    recorder.record(answer(304, b""))
    _, outcome = recorder.record(answer(304, b""))

    row = captures(store)[2]
    assert outcome == "not_modified"
    assert (row["refers_to_id"], row["etag"], row["content_type"]) == (first, '"a"', "text/html")


def test_an_unasked_304_has_nothing_to_refer_to(recorder: Recorder, store: Store) -> None:
    """Some servers answer so; it must not point anywhere."""
    recorder.record(answer(304, b""))

    assert captures(store)[0]["refers_to_id"] is None


def test_an_error_page_is_kept_but_refers_to_nothing(recorder: Recorder, store: Store) -> None:
    recorder.record(answer(500, b"trasigt"))
    recorder.record(answer(500, b"trasigt"))

    assert [row["refers_to_id"] for row in captures(store)] == [None, None]
    assert [row["payload_bytes"] for row in captures(store)] == [7, 7]
