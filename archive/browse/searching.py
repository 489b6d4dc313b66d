"""What the search page offers to choose from, and what it suggests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.browse.asking import Row, Select

_KOMMUNER = "SELECT kommunkod, slug, name FROM kommuner ORDER BY name"

_BODIES = """
SELECT DISTINCT bodies.name FROM bodies JOIN kommuner ON kommuner.kommunkod = bodies.kommunkod
WHERE :kommun IN (kommuner.kommunkod, kommuner.slug) ORDER BY bodies.name LIMIT 200
"""

_SUGGESTION = "SELECT did_you_mean(:q) AS q"


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What may be chosen beside the words."""

    kommuner: Sequence[Row]
    bodies: Sequence[Row]
    """Of the kommun that is chosen."""


async def search_form(select: Select, chosen: Mapping[str, str]) -> SearchForm:
    """Return what may be chosen where this is chosen already."""
    kommun = {"kommun": chosen.get("kommun", "")}
    return SearchForm(await select(_KOMMUNER, {}), await select(_BODIES, kommun))


async def suggestion(select: Select, typed: str) -> str | None:
    """Return what somebody may have meant who found nothing."""
    found: str | None = (await select(_SUGGESTION, {"q": typed}))[0]["q"]
    return found
