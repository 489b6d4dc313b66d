"""`kommunarkiv status`: what an operator sees, and what a script may rely on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.store import Message, Store
from archive.times import utc_now
from crawler.commands.status import status
from crawler.locks import kommun_lock
from tests.conftest import ROOT
from tests.test_alerts import CALM

KOMMUN = """kommunkod = "{code}"
slug = "{slug}"
name = "X"
lan = "X"
scheduled = {scheduled}
[[sources]]
slug = "nyheter"
product = "notified"
kind = "news"
start_url = "https://example.se/"
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An archive with one source, crawled today; two more kommuner have a file."""
    kommuner = tmp_path / "kommuner"
    kommuner.mkdir()
    for code, slug, scheduled in (("0001", "a", 1), ("0002", "b", 1), ("0003", "c", 0)):
        text = KOMMUN.format(code=code, slug=slug, scheduled="true" if scheduled else "false")
        (kommuner / f"{slug}.toml").write_text(text, "utf-8")
    monkeypatch.setenv("KOMMUNARKIV_KOMMUNER", str(kommuner))
    monkeypatch.setenv("KOMMUNARKIV_DATA", str(tmp_path))
    with Store(tmp_path / "archive.db") as store:
        store.put_kommun("0001", "a", "A", "A")
        store.put_source("0001", "nyheter", product="notified", kind="news", start_url="u")
        crawl(store, complete=True)
        held = replace(CALM, date="2026-11-22", held=300, explained=9, waiting=2)
        store.put_health(held)
    return tmp_path


def crawl(store: Store, *, ends: bool = True, complete: bool = False) -> None:
    crawl_id = store.begin_crawl(1, utc_now(), "0")
    if ends:
        store.end_crawl(crawl_id, utc_now(), "ok", "")
    store.db.execute("UPDATE crawls SET is_complete = ? WHERE id = ?", (complete, crawl_id))


def shown(*words: str) -> Result:
    return CliRunner().invoke(status, words, catch_exceptions=False)


def test_what_is_held_and_what_is_not_covered(town: Path) -> None:
    """A kommun that no schedule crawls is not missed."""
    result = shown()

    assert result.exit_code == 0
    assert "300 of 311 (9 explained)" in result.output
    assert "b/nyheter: never crawled" in result.output
    assert "c/nyheter" not in result.output
    assert "a/nyheter: 2 of 311 listed pages wait their turn" in result.output
    assert "Broken" not in result.output
    assert result.output.endswith("1 of 1 sources fresh, 0 alert(s) open\n")
    assert "\x1b" not in result.output


def test_an_open_alert_is_told_and_ends_with_1(town: Path) -> None:
    """With what a site may have written for a terminal taken out."""
    with Store(town / "archive.db") as store:
        store.raise_alerts(1, {"zero": Message("no \x1b[31mrows")}, (), "2026-11-03T03:00:00Z")
    result = shown()

    assert result.exit_code == 1
    assert "a/nyheter: zero since 2026-11-03: no  [31mrows" in result.output


def test_a_killed_crawl_is_not_shown_as_running(town: Path) -> None:
    """It runs only while the kommun's lock is held, whatever its row says."""
    with Store(town / "archive.db") as store:
        crawl(store, ends=False)
    assert "a/nyheter: died" in shown().output

    with kommun_lock(town, "a"):
        assert state() == "running"
    assert state() == "died"


def state() -> str:
    return json.loads(shown("--json").output)["sources"][0]["state"]


def test_a_source_that_did_not_come_through_lately_is_not_fresh(town: Path) -> None:
    with Store(town / "archive.db") as store:
        store.db.execute("UPDATE crawls SET finished_at = '2026-01-01T00:00:00Z', is_complete = 0")
    result = shown()

    assert "0 of 1 sources fresh" in result.output
    assert "a/nyheter: no crawl has walked all its listings yet" in result.output


def test_json_says_all_of_it(town: Path) -> None:
    told = json.loads(shown("--json").output)

    assert told["not_covered"][0] == "b/nyheter: never crawled"
    assert {"name", "state", "listed", "held", "explained", "waiting", "is_fresh", "alerts"} <= (
        told["sources"][0].keys()
    )


def test_many_sources_that_are_well_are_only_counted(town: Path) -> None:
    """One screen, for a country too."""
    with Store(town / "archive.db") as store:
        for number in range(30):
            slug = f"kalla-{number}"
            store.put_source("0001", slug, product="notified", kind="news", start_url="u")
            source_id = number + 2
            store.end_crawl(store.begin_crawl(source_id, utc_now(), "0"), utc_now(), "ok", "")
        store.raise_alerts(9, {"zero": Message("x")}, (), utc_now())

    lines = shown().output.splitlines()
    table = lines[: lines.index("")]
    assert [line.split()[0] for line in table[1:]] == ["a/kalla-7"]
    assert len([line for line in shown("--all").output.splitlines() if " ok " in line]) == 31


def test_a_kommun_file_that_does_not_hold_breaks_no_status(town: Path) -> None:
    (town / "kommuner" / "d.toml").write_text("x", "utf-8")
    assert "d.toml: " in shown().output


@pytest.mark.parametrize(("code", "makes"), [(0, 0), (1, 0), (2, 2)])
def test_make_takes_an_open_alert_for_no_failure_of_its_own(code: int, makes: int) -> None:
    """What is broken has been said on the screen; another code means that nothing was."""
    words = ["make", "-s", "-o", ".venv/ready", "status", f"RUN=sh -c 'exit {code}'"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, bool(done.stderr)) == (makes, bool(makes))
