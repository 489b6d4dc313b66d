"""How a version of a document is cited, and the address that leads to it for good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from archive.browse.marking import shown
from archive.browse.wording import swedish_day, swedish_today, word

_LONGEST = 300
_IN_BIBTEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "{}%&$#_"},
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A version of a document, as others refer to it."""

    address: str
    text: str
    bibtex: str


def permanent_path(key: str, version: int | None = None) -> str:
    """Return the path that leads to a document (or one of its versions) as long as it is shown."""
    is_plain = not {"", ".", ".."} & {*key.split("/")}  # browsers resolve such steps
    path = f"/dokument/{quote(key, safe='/:' if is_plain else ':')}"
    return path if version is None else f"{path}?version={version}"


def cite(document: Mapping[str, Any], version: Mapping[str, Any], address: str) -> Citation:
    """Return the citation of a version that stands at `address`."""
    title = " ".join(shown(version["title"], _LONGEST).split()) or "Utan rubrik"
    published = str(document["published_at"] or "")
    said_on = f", {swedish_day(published)}" if published else ""
    read_on = swedish_day(version["fetched_at"])
    held = f"Kommunarkiv, version {version['number']}"
    entries = {
        "author": f"{{{_escaped(document['kommun'])}}}",
        "title": f"{{{_escaped(title)}}}",
        "date": published[:10],
        "url": address,
        "urldate": swedish_today(version["fetched_at"]),
        "note": f"{held}, SHA-256 {version['text_sha256']}",
    }
    said = [f"  {name} = {{{value}}}," for name, value in entries.items() if value]
    return Citation(
        address=address,
        text=f"{document['kommun']}: ”{title}”, {word(document['kind']).lower()}{said_on}. "
        f"{held}, hämtad {read_on}. {address} (SHA-256 {version['text_sha256']})",
        bibtex="\n".join((f"@online{{kommunarkiv:{version['text_sha256'][:12]},", *said, "}")),
    )


def _escaped(text: str) -> str:
    return re.sub(r"[\\~^{}%&$#_]", lambda found: _IN_BIBTEX[found[0]], text)
