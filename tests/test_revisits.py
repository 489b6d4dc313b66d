"""When a document is looked at again."""

from __future__ import annotations

from datetime import datetime

import pytest

from crawler.revisits import due_at, horizon, later

NOW = "2026-11-22T03:00:00Z"


def days(kind: str, dated: str, most_days: int = 90, url: str = "https://x.se/a") -> float:
    due = datetime.fromisoformat(due_at(NOW, url, kind, dated, most_days))
    return (due - datetime.fromisoformat(NOW)).total_seconds() / 86_400


@pytest.mark.parametrize(
    ("kind", "dated"),
    [
        ("meeting", "2027-03-01"),
        ("meeting", "2026-11-22"),
        ("minutes", "2026-09-25"),
        ("attachment", "2026-11-01"),
        ("news", "2026-11-16T10:00:00Z"),
        ("press_release", "2026-11-22"),
    ],
)
def test_what_may_still_change_is_looked_at_by_every_crawl(kind: str, dated: str) -> None:
    assert days(kind, dated) == 0


@pytest.mark.parametrize(
    ("kind", "dated", "least", "most"),
    [
        ("meeting", "2026-09-20", 20, 30),
        ("meeting", "2019-01-01", 70, 90),
        ("news", "2026-11-01", 2, 3),
        ("news", "2026-03-01", 10, 14),
        ("news", "1999-01-01", 70, 90),
    ],
)
def test_the_older_the_rarer(kind: str, dated: str, least: float, most: float) -> None:
    assert least <= days(kind, dated) <= most


def test_a_source_may_ask_for_all_of_it_more_often() -> None:
    assert days("news", "1999-01-01", most_days=7) < 7
    assert days("meeting", "1999-01-01", most_days=0) == 0


def test_a_nightly_crawl_that_comes_early_is_not_a_night_late() -> None:
    assert later(NOW, "u", 1) == "2026-11-22T21:00:00Z"


def test_old_documents_do_not_fall_due_in_one_night() -> None:
    due = {round(days("news", "1999-01-01", url=f"https://x.se/{n}")) for n in range(200)}

    assert len(due) > 10


def test_what_a_wrong_clock_put_off_is_told_from_what_waits() -> None:
    far = (datetime.fromisoformat(horizon(NOW, 90)) - datetime.fromisoformat(NOW)).days

    assert far == 91
    assert days("news", "1999-01-01", most_days=90) < far


def test_a_meeting_of_the_next_century_is_a_slip_of_the_pen() -> None:
    assert days("meeting", "2126-03-01") > 70
