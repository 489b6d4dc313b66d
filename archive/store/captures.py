"""Rows about requests and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from archive.store.base import Base, transaction


@dataclass(frozen=True, slots=True)
class Capture:
    """One request and what came of it, as a row; see `archive.warc` for the bytes."""

    url: str
    fetched_at: str
    outcome: str
    warc_file: str
    """Path below the data folder."""
    warc_offset: int
    warc_record_id: str
    method: str = "GET"
    http_status: int | None = None
    detail: str = ""
    """Why, when the outcome is not a success; one line."""
    content_type: str = ""
    payload_sha256: str | None = None
    """Of the body as received, content-encoding kept; also when the record is a revisit."""
    payload_bytes: int = 0
    received_bytes: int = 0
    """Of the body that came over the wire; none with a 304."""
    is_conditional: bool = False
    """Whether it was asked for with validators."""
    etag: str = ""
    last_modified: str = ""
    refers_to_id: int | None = None
    """The capture whose record holds the payload, when this one is a revisit."""


@dataclass(frozen=True, slots=True)
class Held:
    """A capture whose WARC record holds a payload in full."""

    capture_id: int
    url: str
    fetched_at: str
    content_type: str
    payload_sha256: str
    payload_bytes: int
    warc_file: str
    warc_offset: int
    warc_record_id: str
    etag: str
    last_modified: str


class Captures(Base):
    """Captures: written when their bytes are on disk, looked up for what is held."""

    @transaction
    def add_capture(self, crawl_id: int, capture: Capture) -> int:
        """Insert a capture; its WARC record must be complete on disk. Return its id."""
        return self._insert(
            "captures",
            crawl_id=crawl_id,
            **{name: getattr(capture, name) for name in Capture.__slots__},
        )

    @transaction
    def judge_capture(self, capture_id: int, outcome: str, detail: str) -> None:
        """Record what reading the bytes showed, where it differs from what the status promised."""
        self._db.execute(
            "UPDATE captures SET outcome = ?, detail = ? WHERE id = ?",
            (outcome, detail, capture_id),
        )

    def held_payload(self, payload_sha256: str) -> Held | None:
        """Return the latest capture that holds exactly these bytes."""
        return self._held(
            "payload_sha256 = ? AND refers_to_id IS NULL ORDER BY id DESC LIMIT 1", payload_sha256
        )

    def held_page(self, url: str) -> Held | None:
        """Return where the payload of the latest good answer to `url` lies, with its validators.

        None when the latest answer that had bytes was a fault: then it must be fetched in full.
        """
        latest = self._db.execute(
            "SELECT id, coalesce(refers_to_id, id) AS holder, outcome, etag, last_modified "
            "FROM captures WHERE url = ? AND payload_sha256 IS NOT NULL ORDER BY id DESC LIMIT 1",
            (url,),
        ).fetchone()
        if latest is None or latest["outcome"] not in ("ok", "duplicate", "not_modified"):
            return None
        return self._held(
            "id = ?", latest["holder"], etag=latest["etag"], last_modified=latest["last_modified"]
        )

    def _held(self, where: str, value: str | int, **validators: str) -> Held | None:
        row = self._db.execute(
            "SELECT id AS capture_id, url, fetched_at, content_type, payload_sha256, "
            "payload_bytes, warc_file, warc_offset, warc_record_id, etag, last_modified "
            f"FROM captures WHERE {where}",
            (value,),
        ).fetchone()
        return Held(**{**dict(row), **validators}) if row else None
