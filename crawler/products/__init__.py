"""The products whose pages can be read, by the name that configuration uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from crawler.page import Page


class _Products(Mapping[str, type[Page]]):
    """Maps a product to the class that reads a source's start URL, its module's `START`.

    A module is imported when it is asked for.
    """

    _names = ("meetingplus", "notified", "sitevision")

    def __getitem__(self, name: str) -> type[Page]:
        if name not in self._names:
            raise KeyError(name)
        start: type[Page] = import_module(f"{__name__}.{name}").START
        return start

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


PRODUCTS: Mapping[str, type[Page]] = _Products()
