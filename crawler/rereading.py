"""Reading the archive again: the same page objects, over bytes from WARC files."""

from __future__ import annotations

import json
import re
import sqlite3
from importlib import import_module
from pathlib import Path

from archive.errors import ArchiveError, BadWarc, Erased
from archive.reading import named_template
from archive.records import Document
from archive.store import Reading
from archive.warc import is_tombstone, payload, read_record, unpack
from crawler.page import Fetched, Page, PageFault, Site

_TEMPLATE = re.compile(r"\+template:(\w+)$")


def reread_as_stored(
    db: sqlite3.Connection, reading: Reading, source: sqlite3.Row, data_dir: Path
) -> Document | None:
    """Return what today's code makes of a version's bytes, with the template it was read with.

    `source` is its row, which says what the site's pages are told. Raises `ArchiveError` when the
    bytes or the template are not there.
    """
    names = ("kommunkod", "product", "start_url", "publisher", "namespace")
    named = _TEMPLATE.search(reading.extractor)
    site = Site(
        **{name: source[name] for name in names},
        undo_rules=tuple(json.loads(source["undo_rules"])),
        template=named_template(db, source["id"], named[1]) if named else None,
    )
    return reread(reading, site, data_dir)


def reread(reading: Reading, site: Site, data_dir: Path) -> Document | None:
    """Return what today's code makes of the bytes a version was read from.

    None when today's code refuses the page or finds no document with that key in it, or when the
    bytes were erased. Raises `BadWarc` when they are not there.
    """
    try:
        page = page_of(reading, site, data_dir)
        page.check()
        return next((d for d in page.records() if d.key == reading.key), None)
    except (PageFault, Erased):
        return None


def page_of(reading: Reading, site: Site, data_dir: Path) -> Page:
    """Return the page object over the archived bytes. Raises `ArchiveError` without them."""
    record = read_record(data_dir / reading.warc_file, reading.warc_offset)
    if is_tombstone(record):
        raise Erased(f"expected bytes at byte {reading.warc_offset} of {reading.warc_file}: erased")
    if record.http_headers is None:
        raise BadWarc(f"expected a response at byte {reading.warc_offset} of {reading.warc_file}")
    encoding = record.http_headers.get_header("Content-Encoding") or ""
    body = unpack(payload(record), encoding)
    return reader_named(reading.extractor)(site, Fetched(reading.url, body, reading.content_type))


def reader_named(extractor: str) -> type[Page]:
    """Return the class that an extractor's identity names ("meetingplus.MeetingPage/1+…").

    Raises `ArchiveError` when there is no such class today.
    """
    module, _, name = extractor.partition("/")[0].partition(".")
    try:
        reader: type[Page] = getattr(import_module(f"crawler.products.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise ArchiveError(f"expected a page class called {extractor!r}: {error}") from error
    return reader
