"""A second crawl of a site that did not change: conditional, small, and without a new version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Street, serve_street
from tests.towns.notified import NotifiedTown

FIRST, LATER = "2026-01-07T03:00:00Z", "2026-04-10T03:00:00Z"
"""Far enough apart for every page to be due: each at least once in ninety days."""
NUMBERS = (
    "SELECT count(*) AS requests, total(is_conditional) AS conditional, "
    "total(received_bytes) AS received FROM captures WHERE crawl_id = ?"
)


def test_a_second_crawl_of_a_small_town(tmp_path: Path) -> None:
    assert_unchanged(tmp_path, 60)


@pytest.mark.slow
def test_a_second_crawl_of_two_thousand_pages(tmp_path: Path) -> None:
    assert_unchanged(tmp_path, 2000)


def assert_unchanged(folder: Path, pages: int) -> None:
    """Every page of this town has an ETag, so nothing needs to be sent again."""
    for street in serve_street(folder, [NotifiedTown(pages)]):
        crawl_at(street, FIRST)
        versions = street.rows("SELECT * FROM versions")
        crawl_at(street, LATER)
        first, later = (street.rows(NUMBERS, crawl_id)[0] for crawl_id in (1, 2))

        assert len(versions) >= pages
        assert street.rows("SELECT * FROM versions") == versions
        assert street.rows("SELECT * FROM events") == []
        assert later["requests"] >= pages
        assert later["conditional"] >= 0.9 * later["requests"]
        assert 0 < later["received"] <= first["received"] / 10


def crawl_at(street: Street, moment: str) -> None:
    command = [sys.executable, "-m", "tests.clocked", moment, "crawl", street.slug]
    done = subprocess.run(
        command, env=street.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
