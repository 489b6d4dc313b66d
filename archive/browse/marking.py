"""Archived text as markup that holds nothing but text."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_HIT = re.compile("⟦(.*?)⟧", re.DOTALL)


def highlight(snippet: str | None) -> Markup:
    """Return escaped text in which what stands between ⟦ and ⟧ is marked as a hit."""
    return Markup(_HIT.sub(r"<mark>\1</mark>", str(escape(snippet or ""))))  # noqa: S704 - escaped


def web_address(url: str | None) -> str:
    """Return `url` if it is a link a reader may follow (http or https), else nothing."""
    return url if url and url.lower().startswith(("http://", "https://")) else ""
