"""What counts as the same text, and what counts as a word."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter

# Soft hyphen, zero-width space/non-joiner/joiner, word joiner, BOM: no reader sees them, and
# each would split or hide a word in the full-text index.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\x00]")
# None of the others is invisible or changed by NFC: most texts hold nothing else.
_UNUSUAL = re.compile("[^\x01-\u00ac\u00ae-\u02ff\u2010-\u2027]")
_SHORT = 2_000
_PILE = re.compile(r"([^\w\s]{256})")
_BLANK_LINES = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    """Return `text` as it is stored, hashed and indexed.

    NFC, invisible characters dropped, every other white space within a line (no-break space
    too) one plain space, lines trimmed, at most one blank line in a row.
    """
    if _UNUSUAL.search(text):
        text = _composed(_INVISIBLE.sub("", text))
    if "\n" not in text and "\r" not in text:
        return " ".join(text.split())
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


def _composed(text: str) -> str:
    """Return `text` in NFC, in a time that grows with its length.

    Composing takes the square of the marks on one letter: a pile of them is composed in parts.
    """
    if len(text) <= _SHORT:
        return unicodedata.normalize("NFC", text)
    return "".join(unicodedata.normalize("NFC", part) for part in _PILE.split(text))


def words(text: str) -> Counter[str]:
    """Return the multiset of words in `text`: what stands between white space, normalised."""
    return Counter(normalise(text).split())


def sha256(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of text as UTF-8, in lower-case hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()
