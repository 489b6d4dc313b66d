"""Fixtures shared by all tests: stores, towns being crawled, the demo archive."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.store import Store
from tests.towns.__main__ import chosen_towns
from tests.towns.server import Visit, serving
from tests.towns.town import Town

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
DEMO_CONFIG = ROOT / "crawler" / "kommuner" / "demo.toml"
TOWN_OF = {"moten": "portal", "pressrum": "newsroom"}
"""Sources of the demo kommun whose town is called otherwise than the end of their slug."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh archive database in an empty data folder."""
    with Store(tmp_path / "archive.db") as store:
        yield store


@dataclass
class Street:
    """Towns being served, and a folder that an archive of them grows in."""

    folder: Path
    slug: str
    visits: list[Visit]

    @property
    def data(self) -> Path:
        """The data folder of the archive."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to work on this archive with these towns."""
        return {
            **os.environ,
            "KOMMUNARKIV_DATA": str(self.data),
            "KOMMUNARKIV_KOMMUNER": str(self.folder / "kommuner"),
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `kommunarkiv WORDS…` to its end."""
        return subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False
        )

    def command(self, *words: str) -> list[str]:
        """Return the command line of `kommunarkiv WORDS…`."""
        return [sys.executable, "-m", "crawler", *words]

    def crawl(self) -> subprocess.CompletedProcess[str]:
        """Crawl all towns once."""
        return self.run("crawl", self.slug)

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return rows of the archive."""
        db = sqlite3.connect(self.data / "archive.db")
        db.row_factory = sqlite3.Row
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()


def open_street(
    folder: Path,
    sources: Sequence[str] = (),
    faults: Sequence[str] = (),
    pages: int | None = None,
    **settings: object,
) -> Iterator[Street]:
    """Serve the towns of the named demo sources (all by default) while the caller works.

    `settings` are keys of every source in the kommun's file, as in `delay_s=0.1`. Every crawl
    looks at everything again unless they say otherwise.
    """
    settings = {"revisit_days": 0, **settings}
    slugs = [_slug(block) for block in _blocks()[1:]]
    names = [_town_of(slug) for slug in slugs if not sources or slug in sources]
    yield from serve_street(folder, chosen_towns(names, faults, pages), **settings)


def serve_street(folder: Path, towns: Sequence[Town], **settings: object) -> Iterator[Street]:
    """Serve towns that are called as those of the demo are, while the caller works."""
    visits: list[Visit] = []
    with serving(towns, ports="free", visits=visits) as addresses:
        write_kommun(folder, addresses, **settings)
        yield Street(folder, "staden", visits)


def write_kommun(folder: Path, addresses: Mapping[str, str], **settings: object) -> None:
    """Write the file of the kommun "staden", whose sources are the demo's at these addresses."""
    head, *blocks = _blocks()
    placed = [
        _placed(block, addresses[name], settings)
        for block in blocks
        if (name := _town_of(_slug(block))) in addresses
    ]
    kommuner = folder / "kommuner"
    kommuner.mkdir(exist_ok=True)
    text = "[[sources]]\n".join([head.replace('slug = "demo"', 'slug = "staden"'), *placed])
    (kommuner / "staden.toml").write_text(text, "utf-8")


def _blocks() -> list[str]:
    return DEMO_CONFIG.read_text("utf-8").split("[[sources]]\n")


def _slug(block: str) -> str:
    found = re.search(r'^slug = "(.*)"', block, re.MULTILINE)
    assert found
    return found[1]


def _town_of(slug: str) -> str:
    return TOWN_OF.get(slug, slug.rpartition("-")[2])


def _placed(block: str, address: str, settings: dict[str, object]) -> str:
    block = re.sub(r"http://127\.0\.0\.1:\d+", address, block)
    for key, value in settings.items():
        block = re.sub(rf"^{key} = .*\n", "", block, flags=re.MULTILINE)
        block = f"{key} = {str(value).lower() if isinstance(value, bool) else value}\n{block}"
    return block


def wait_for(condition: Callable[[], object], limit_s: float = 20) -> None:
    """Return when the condition holds; fail when it has not after `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """All towns, crawled twice; the archive is not to be changed."""
    for street in open_street(tmp_path_factory.mktemp("demo")):
        first, second = street.crawl(), street.crawl()
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        yield street
