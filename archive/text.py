"""What counts as the same text, and what counts as a word."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter

# Soft hyphen, zero-width space/non-joiner/joiner, word joiner, BOM: no reader sees them, and
# each would split or hide a word in the full-text index.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\x00"))
_LINE_SPACE = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    """Return `text` as it is stored, hashed and indexed.

    NFC, invisible characters dropped, every other white space within a line (no-break space
    too) one plain space, lines trimmed, at most one blank line in a row.
    """
    if not text.isascii() or "\x00" in text:
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _LINE_ENDS.sub("\n", _LINE_SPACE.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def words(text: str) -> Counter[str]:
    """Return the multiset of words in `text`: what stands between white space, normalised."""
    return Counter(normalise(text).split())


def sha256(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of text as UTF-8, in lower-case hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()
