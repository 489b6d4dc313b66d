"""Small real files for the news towns: PDFs and PNGs that are the same bytes every time."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from io import BytesIO
from textwrap import wrap

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

MARGIN = 72
LINE_HEIGHT = 16
COLUMNS = 82


@lru_cache(maxsize=256)
def pdf(title: str, paragraphs: tuple[str, ...]) -> bytes:
    """Return a one-page PDF of the paragraphs."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    text = canvas.beginText(MARGIN, A4[1] - MARGIN)
    text.setFont("Helvetica-Bold", 14)
    text.textLine(title)
    text.setFont("Helvetica", 11)
    text.setLeading(LINE_HEIGHT)
    for paragraph in paragraphs:
        text.textLines("\n".join(["", *wrap(paragraph, COLUMNS)]))
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@lru_cache(maxsize=256)
def png(shade: int, width: int = 16, height: int = 9) -> bytes:
    """Return a PNG of one grey."""
    row = b"\0" + bytes([shade % 256]) * width
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(row * height, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
