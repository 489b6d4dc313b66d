"""Logs go after a time, and never one that a run writes to."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.logs import prune_logs
from tests.conftest import open_street

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def log(folder: Path, name: str, days: float) -> None:
    """Make a log that was last written `days` ago."""
    written = (NOW - timedelta(days=days)).timestamp()
    (folder / name).touch()
    os.utime(folder / name, (written, written))


def test_old_ones_go_and_the_newest_of_each_kommun_stays(tmp_path: Path) -> None:
    """A run that has been silent for long still writes to the newest."""
    log(tmp_path, "alingsas-20260901T030000Z.log", 80)
    log(tmp_path, "alingsas-20261001T030000Z.log", 31)
    log(tmp_path, "alingsas-20261101T030000Z.log", 21)
    log(tmp_path, "upplands-vasby-20260801T030000Z.log", 110)
    log(tmp_path, "upplands-vasby-20260802T030000Z.log", 109)
    log(tmp_path, "upplands-20260701T030000Z.log", 140)
    log(tmp_path, "notes.log", 500)

    gone = prune_logs(tmp_path, 30, NOW)

    assert [path.name for path in gone] == [
        "alingsas-20260901T030000Z.log",
        "alingsas-20261001T030000Z.log",
        "upplands-vasby-20260801T030000Z.log",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "alingsas-20261101T030000Z.log",
        "notes.log",
        "upplands-20260701T030000Z.log",
        "upplands-vasby-20260802T030000Z.log",
    ]


def test_a_log_that_is_still_written_to_stays_however_long_ago_it_was_begun(tmp_path: Path) -> None:
    log(tmp_path, "alingsas-20260901T030000Z.log", 1)
    log(tmp_path, "alingsas-20261101T030000Z.log", 0)

    assert prune_logs(tmp_path, 30, NOW) == []


def test_a_crawl_prunes_after_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True)
    log(logs, "staden-20250101T030000Z.log", 690)
    log(logs, "staden-20261121T030000Z.log", 10)
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        assert street.crawl().returncode == 0
        assert min(logs.iterdir()).name == "staden-20261121T030000Z.log"
        monkeypatch.setenv("KOMMUNARKIV_LOG_DAYS", "0")
        assert street.crawl().returncode == 0
        assert len(list(logs.iterdir())) == 1
        monkeypatch.setenv("KOMMUNARKIV_LOG_DAYS", "en vecka")
        done = street.crawl()

    assert done.returncode == 2
    assert done.stderr == (
        "kommunarkiv: KOMMUNARKIV_LOG_DAYS: expected a number of days, found 'en vecka'\n"
    )
