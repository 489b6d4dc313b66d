"""What a list is narrowed by."""

from __future__ import annotations

from typing import Any

from datasette.facets import ColumnFacet


class Narrowing(ColumnFacet):
    """Counts the rows of a list by a column that the metadata names.

    On its first page alone: on another one Datasette would count what is left of the list, and
    keep the place in it for the list that is chosen.
    """

    type = "narrowing"

    def get_configs(self) -> list[dict[str, Any]]:
        """Return what is to be counted."""
        configs: list[dict[str, Any]] = super().get_configs()
        return [] if self.request.args.get("_next") else configs

    async def suggest(self) -> list[dict[str, Any]]:
        """Suggest nothing: the metadata knows."""
        return []
