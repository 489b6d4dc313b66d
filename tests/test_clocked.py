"""A crawl at another time leaves no trace of today."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

from tests.conftest import serve_street
from tests.towns.notified import NotifiedTown
from tests.towns.year import year_towns
from tests.yearly import YearStreet


def test_every_moment_in_the_archive_is_of_the_scripted_day(tmp_path: Path) -> None:
    for street in serve_street(tmp_path, [NotifiedTown(20)]):
        command = [sys.executable, "-m", "tests.clocked", "2026-03-02T03:00:00Z", "crawl", "staden"]
        done = subprocess.run(
            command, env=street.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        days = {
            moment[:10]
            for table in street.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
            for row in street.rows(f"SELECT * FROM {table['name']}")
            for moment in moments_of(dict(row))
        }
        assert days == {"2026-03-02"}
        assert list((street.data / "logs").glob("staden-20260302T03*.log"))


NOT_NOW = ("published_at", "applied_at", "due_at")
"""What the site says, what sqlite-utils notes of a migration, and what lies ahead."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")


def moments_of(row: dict[str, object]) -> list[str]:
    told = (value for name, value in row.items() if name.endswith("_at") and name not in NOT_NOW)
    return [value for value in told if isinstance(value, str) and MOMENT.match(value)]


def test_days_follow_each_other_in_one_process(tmp_path: Path) -> None:
    """A town that refuses for two days is open again on the third, on its port."""
    street = YearStreet(tmp_path, {"portal": year_towns()["portal"]})
    days = [date(2026, 6, day) for day in (3, 4, 6)]
    try:
        codes = street.live(days)
    finally:
        street.close()
    started = street.rows("SELECT started_at, verdict FROM crawls ORDER BY id")
    assert list(codes.values()) == [0, 69, 0]
    assert [row["started_at"][:10] for row in started] == [str(day) for day in days]
    assert [row["verdict"] for row in started] == ["ok", "failed", "ok"]
