"""Law 9: killed or out of disk at any instant, nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import Street, open_street, wait_for

TOWNS = (("pressrum", 30), ("moten", 80), ("nyheter-hudiksvall", 60))
"""Sources with the pages of their town, small enough to die in a hundred times."""
KILLS_PER_ARCHIVE = 5
PATIENCE_S = 120
MOUNT_BYTES = 64_000_000

Death = Callable[[Street, "Moment"], None]
"""Lets a crawl begin, and end before its time."""


@dataclass(frozen=True)
class Moment:
    """An instant of a crawl, told by what the site has answered: a loaded machine is slow."""

    requests: int
    then_s: float

    def wait(self, town: Street, process: subprocess.Popen[bytes]) -> None:
        """Return at that instant, or when the crawl has ended before it."""
        seen = len(town.visits)
        wait_for(
            lambda: len(town.visits) >= seen + self.requests or process.poll() is not None,
            PATIENCE_S,
        )
        time.sleep(self.then_s)


def moments(seed: int, count: int, requests: int) -> list[Moment]:
    """Return random instants of a crawl that makes about so many requests."""
    rolls = random.Random(seed)
    return [Moment(rolls.randint(0, requests), rolls.uniform(0, 0.1)) for _ in range(count)]


def kill(town: Street, moment: Moment) -> None:
    with subprocess.Popen(
        town.command("crawl", town.slug),
        env=town.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        moment.wait(town, process)
        process.kill()


def forbid_growth(town: Street, moment: Moment) -> None:
    """Let no file of the archive grow beyond the largest, as a full disk would."""
    with subprocess.Popen(
        town.command("crawl", town.slug),
        env=town.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        moment.wait(town, process)
        sizes = [path.stat().st_size for path in town.data.rglob("*") if path.is_file()]
        largest = max(sizes, default=0)
        if process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, largest))
        process.wait(PATIENCE_S)


@dataclass(frozen=True)
class Acknowledged:
    """What a database said it holds, after a death."""

    captures: frozenset[tuple]
    versions: frozenset[tuple]

    @classmethod
    def of(cls, town: Street) -> Acknowledged:
        if not (town.data / "archive.db").exists():
            return cls(frozenset(), frozenset())
        try:
            captures = town.rows(
                "SELECT id, url, payload_sha256, warc_file, warc_offset FROM captures"
            )
            versions = town.rows("SELECT id, document_id, number, text_sha256 FROM versions")
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return cls(frozenset(), frozenset())  # it died before the schema was there
        return cls(frozenset(map(tuple, captures)), frozenset(map(tuple, versions)))


def die_and_finish(town: Street, deaths: Sequence[tuple[Death, Moment]]) -> None:
    """Die each death, then let one crawl end; what was held after a death is held in the end."""
    held = []
    for death, moment in deaths:
        death(town, moment)
        held.append(Acknowledged.of(town))
    done = town.crawl()
    assert done.returncode == 0, done.stderr
    now = Acknowledged.of(town)
    for then in held:
        assert then.captures <= now.captures
        assert then.versions <= now.versions


def state_of(town: Street) -> str:
    """Everything the archive says, without numbers and times that differ between runs."""
    said = {
        "documents": town.rows(
            "SELECT key, kind, documents.title, versions.text, cause, number, published_at "
            "FROM documents JOIN versions ON document_id = documents.id ORDER BY key, number"
        ),
        "attachments": town.rows(
            "SELECT parent.key AS parent, position, label, child.key FROM attachments "
            "JOIN documents AS parent ON parent.id = parent_document_id "
            "LEFT JOIN documents AS child ON child.id = document_id ORDER BY 1, 2"
        ),
        "agenda": town.rows(
            "SELECT key, position, paragraf, agenda_items.title, agenda_items.text "
            "FROM agenda_items JOIN meetings ON meetings.id = meeting_id "
            "JOIN documents ON documents.id = document_id ORDER BY 1, 2"
        ),
        "removals": town.rows(
            "SELECT key, position, rule, removals.text FROM removals JOIN versions "
            "ON versions.id = version_id JOIN documents ON documents.id = document_id "
            "ORDER BY 1, 2"
        ),
    }
    return json.dumps({name: [tuple(row) for row in rows] for name, rows in said.items()})


def assert_whole(town: Street, undisturbed: str) -> None:
    """Check database, WARC files and all that they say of each other."""
    db = sqlite3.connect(town.data / "archive.db")
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()
    assert town.rows("SELECT id FROM crawls WHERE finished_at IS NULL") == []
    assert state_of(town) == undisturbed
    verified = town.run("verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    for warc in sorted((town.data / "warc").rglob("*.warc.gz")):
        check = [sys.executable, "-m", "warcio.cli", "check", str(warc)]
        checked = subprocess.run(check, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, f"{warc.name}: {checked.stdout}"


@dataclass(frozen=True)
class Calm:
    """What a crawl comes to that nobody ends."""

    state: str
    requests: int
    bytes: int
    """Of all files of the archive."""


CalmOf = Callable[[str, int], Calm]


@pytest.fixture(scope="module")
def calm_of(tmp_path_factory: pytest.TempPathFactory) -> CalmOf:
    """Crawl a source undisturbed, each once."""
    return cache(lambda source, pages: in_calm(tmp_path_factory.mktemp("calm"), source, pages))


def in_calm(folder: Path, source: str, pages: int) -> Calm:
    for town in open_street(folder, (source,), pages=pages):
        done = town.crawl()
        assert done.returncode == 0, done.stderr
        files = [path for path in town.data.rglob("*") if path.is_file()]
        return Calm(state_of(town), len(town.visits), sum(path.stat().st_size for path in files))
    raise AssertionError


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of its own at `folder`; skip the test where that is not allowed."""
    folder.mkdir()
    size = f"size={MOUNT_BYTES}"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    if os.geteuid() != 0:
        pytest.skip("a disk that runs full has to be mounted, which needs root")
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk that runs full cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, leave_bytes: int) -> Path:
    """Fill a disk but for some bytes; return the file that does."""
    ballast = folder / "ballast"
    disk = os.statvfs(folder)
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - leave_bytes)
    return ballast


def run_full(town: Street, leave_bytes: int) -> None:
    """Crawl on a disk with so many bytes left, then make room again."""
    town.data.mkdir(exist_ok=True)
    ballast = fill(town.data, leave_bytes)
    done = town.crawl()
    ballast.unlink()
    assert done.returncode == 1, f"{leave_bytes} bytes left: {done.stderr}"
    assert "Traceback" not in done.stderr


def survive_full_disks(
    rough: Path, calm_of: CalmOf, where: tuple[str, int], seed: int, count: int
) -> None:
    calm, (source, pages) = calm_of(*where), where
    rolls = random.Random(seed)
    with small_disk(rough / "data"):
        for town in open_street(rough, (source,), pages=pages):
            for _ in range(count):
                run_full(town, rolls.randint(100_000, calm.bytes * 3 // 4))
            die_and_finish(town, [])
            assert_whole(town, calm.state)


def survive(
    rough: Path, calm_of: CalmOf, where: tuple[str, int], deaths: Sequence[Death], seed: int
) -> None:
    calm, (source, pages) = calm_of(*where), where
    instants = moments(seed, len(deaths), calm.requests * 3 // 4)
    for town in open_street(rough, (source,), pages=pages):
        die_and_finish(town, list(zip(deaths, instants, strict=True)))
        assert_whole(town, calm.state)


def test_kill_9_loses_and_doubles_nothing(tmp_path: Path, calm_of: CalmOf) -> None:
    """At three instants; `make test-kill` does a hundred, over three products."""
    survive(tmp_path, calm_of, TOWNS[0], [kill] * 3, seed=1)


@pytest.mark.slow
def test_files_that_may_not_grow_lose_and_double_nothing(tmp_path: Path, calm_of: CalmOf) -> None:
    survive(tmp_path, calm_of, TOWNS[0], [forbid_growth] * 2, seed=2)


@pytest.mark.slow
def test_a_full_disk_loses_and_doubles_nothing(tmp_path: Path, calm_of: CalmOf) -> None:
    survive_full_disks(tmp_path, calm_of, TOWNS[0], seed=3, count=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100 // KILLS_PER_ARCHIVE))
def test_a_hundred_kills_at_random_instants(tmp_path: Path, calm_of: CalmOf, seed: int) -> None:
    survive(tmp_path, calm_of, TOWNS[seed % len(TOWNS)], [kill] * KILLS_PER_ARCHIVE, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_kills_and_limits_in_turn(tmp_path: Path, calm_of: CalmOf, seed: int) -> None:
    survive(tmp_path, calm_of, TOWNS[seed % len(TOWNS)], [kill, forbid_growth] * 2, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_kills_by_full_disks(tmp_path: Path, calm_of: CalmOf, seed: int) -> None:
    survive_full_disks(tmp_path, calm_of, TOWNS[seed % len(TOWNS)], seed, count=3)
