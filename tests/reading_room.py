"""The reading room over one archive, asked in process."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from archive.browse import HERE, SETTINGS

pytest.importorskip("datasette", reason="the extra `browse` is not installed")
pytest.importorskip("icalendar", reason="the extra `browse` is not installed")

from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import parse_metadata

METADATA = parse_metadata((HERE / "metadata.yaml").read_text())
ABOUT = METADATA["databases"]["public"]
PARAMS = {
    "sok": "?q=nämnd&kommun=1489&slag=meeting&organ=social&ar=2020&sida=1&antal=5",
    "arenden": "?ord=SKOLSKJUTS",
}
DENIED = {name for name, about in ABOUT["tables"].items() if about.get("allow") is False}
OUTSIDE_URL = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*((?:https?:)?//[^"'\s>]+)""")


class Room:
    """The reading room over one archive, asked in process."""

    def __init__(self, path: Path, **settings: str) -> None:
        self.path = path
        self.db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._datasette = Datasette(
            [str(path)],
            metadata=METADATA,
            template_dir=str(HERE / "templates"),
            plugins_dir=str(HERE / "plugins"),
            static_mounts=[("static", str(HERE / "static"))],
            settings={name: _setting(value) for name, value in {**SETTINGS, **settings}.items()},
        )

    def get(self, path: str) -> Any:
        return asyncio.run(self._datasette.client.get(path, follow_redirects=True))

    def page(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.text[-800:]}"
        return response.text

    def answer(self, path: str, **headers: str) -> Any:
        """Return the answer as it stands, redirects too."""
        return asyncio.run(self._datasette.client.get(path, headers=headers))

    def sent(self, method: str, path: str) -> Any:
        """Return the answer to another method than GET."""
        return asyncio.run(self._datasette.client.request(method, path))

    def seen(self, path: str) -> str:
        """Return a page without what only a screen reader says."""
        return re.sub('<span class="unseen">.*?</span>', "", self.page(path))

    def search(self, typed: str) -> set[str]:
        """Return the titles that the search box of the document list finds."""
        found = self.get(f"/public/documents.json?_shape=array&_search={quote_plus(typed)}")
        assert found.status_code == 200, found.text
        return {row["title"] for row in found.json()}

    def names(self) -> list[str]:
        rows = self.db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return [name for (name,) in rows]

    def id_of(self, key: str) -> int:
        return self.db.execute("SELECT id FROM documents WHERE key = ?", (key,)).fetchone()[0]


def _setting(value: str) -> Any:
    if value in ("on", "off"):
        return value == "on"
    return int(value) if value.isdecimal() else value


@contextmanager
def opened(path: Path, **settings: str) -> Iterator[Room]:
    """Open the room over a served file; leave Datasette's plugins as they were."""
    before = pm.get_plugins()
    room = Room(path, **settings)
    yield room
    room.db.close()
    for plugin in pm.get_plugins() - before:
        pm.unregister(plugin)


def every_path(room: Room) -> list[str]:
    paths = ["/", "/public", "/public?sql=select+1", "/static/reading.css"]
    paths += [f"/public/{name}" for name in room.names() if name not in DENIED]
    paths += ["/public/sok?q=budget", "/public/documents?_search=budget"]
    paths += [f"/public/{name}{PARAMS.get(name, '')}" for name in ABOUT["queries"]]
    for name, key in (("kommuner", "kommunkod"), *((n, "id") for n in with_id(room))):
        rows = room.db.execute(f"SELECT {key} FROM {name}").fetchall()
        paths += [f"/public/{name}/{value}" for (value,) in rows]
    return paths


def with_id(room: Room) -> list[str]:
    hidden = {name for name, about in ABOUT["tables"].items() if about.get("hidden")}
    tables = room.db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '% id INTEGER PRIMARY%'"
    )
    return [name for (name,) in tables if name not in hidden]
