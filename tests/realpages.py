"""Real pages that lie beside the repository on some machines: other people's work, never in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawler.page import Fetched

FOLDER = Path(__file__).parents[2] / "shared" / "realpages"
PAGES = sorted((FOLDER / "pages").glob("*.*"))
RESPONSES = sorted(FOLDER.glob("*.warc.gz"))
REASON = "no real pages beside the repository"


def responses(path: Path, url: str) -> Iterator[Fetched]:
    """Yield the recorded answers of a WARC file, each as if it had been given for `url`."""
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream):
            if record.rec_type == "response":
                content_type = record.http_headers.get_header("Content-Type") or ""
                yield Fetched(url, record.content_stream().read(), content_type)
