"""Pages as lines of JSON, each answered at once: for programs that clean many pages in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from archive.cleaning.html import MAX_HTML_BYTES
from archive.cleaning.page import PageReading
from archive.cleaning.rules import Rules
from archive.cleaning.sniffing import read_string
from archive.errors import ArchiveError

MAX_LINE_BYTES = 6 * MAX_HTML_BYTES
"""JSON may write a letter as six bytes."""


class BadLine(Exception):
    """A line that is not what was asked for; `id` is the page's where the line has one."""

    def __init__(self, message: str, page_id: Any = None) -> None:
        super().__init__(message)
        self.id = page_id


def answer_lines(asked: BinaryIO, answers: BinaryIO, rules: Rules) -> int:
    """Answer each line `{"id", "url", "html"}` with one line, flushed; return how many failed.

    `html` may hold a page or a text. A failed line is answered `{"id", "error"}`, and the next one
    is read.
    """
    failed = 0
    for line in _lines(asked):
        answer = _answer(line, rules)
        failed += "error" in answer
        answers.write(json.dumps(answer, allow_nan=False).encode() + b"\n")
        answers.flush()
    return failed


def _lines(asked: BinaryIO) -> Iterator[bytes]:
    """Yield the lines as they come, of those too long the beginning."""
    while line := asked.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = asked.readline(MAX_LINE_BYTES + 1)
            if not line:
                return


def _answer(line: bytes, rules: Rules) -> dict[str, Any]:
    page_id = None
    try:
        page_id, url, html = _asked(line)
        return {"id": page_id, **_said(read_string(html, url=url, rules=rules))}
    except BadLine as error:
        return {"id": error.id, "error": str(error)}
    except ArchiveError as error:
        return {"id": page_id, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - one page must not cost the others
        return {"id": page_id, "error": f"cannot read this page: {type(error).__name__}: {error}"}


def _said(reading: PageReading) -> dict[str, Any]:
    return {
        "title": reading.title,
        "published_at": reading.published_at or None,
        "text": reading.text,
        "removed": [{"rule": r.rule, "text": r.text} for r in reading.removals],
    }


def _asked(line: bytes) -> tuple[Any, str, str]:
    """Return id, address and page of a line. Raises `BadLine`."""
    if len(line) > MAX_LINE_BYTES:
        raise BadLine(f"expected a line of at most {MAX_LINE_BYTES} bytes, found a longer one")
    if not line.strip():
        raise BadLine("expected a line of JSON, found a blank line")
    try:
        asked = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        begun = repr(line[:40].decode("utf-8", "replace").strip())
        raise BadLine(f"expected a line of JSON, found {begun}: {error}") from error
    if not isinstance(asked, dict):
        raise BadLine(f"expected an object with id, url and html, found {type(asked).__name__}")
    page_id, url, html = asked.get("id"), asked.get("url"), asked.get("html")
    if not isinstance(html, str):
        raise BadLine(f"expected a string in html, found {type(html).__name__}", page_id)
    if not isinstance(url, str | None):
        raise BadLine(f"expected a string in url, found {type(url).__name__}", page_id)
    return page_id, url or "", html


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
