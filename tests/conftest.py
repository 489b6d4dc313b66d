"""Fixtures shared by all tests: stores, towns being crawled, the demo archive."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.store import Store
from tests.towns.__main__ import chosen_towns
from tests.towns.server import Visit, serving

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
    head, *blocks = DEMO_CONFIG.read_text("utf-8").split("[[sources]]\n")
    chosen = [b for b in blocks if not sources or _slug(b) in sources]
    names = [_town_of(_slug(block)) for block in chosen]
    visits: list[Visit] = []
    with serving(chosen_towns(names, faults, pages), ports="free", visits=visits) as addresses:
        placed = [
            _placed(block, addresses[name], settings)
            for block, name in zip(chosen, names, strict=True)
        ]
        kommuner = folder / "kommuner"
        kommuner.mkdir(exist_ok=True)
        text = head.replace('slug = "demo"', 'slug = "staden"') + "[[sources]]\n"
        (kommuner / "staden.toml").write_text(text + "[[sources]]\n".join(placed), "utf-8")
        yield Street(folder, "staden", visits)


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


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """All towns, crawled twice; the archive is not to be changed."""
    for street in open_street(tmp_path_factory.mktemp("demo")):
        first, second = street.crawl(), street.crawl()
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        yield street
