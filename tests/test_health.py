"""The row of a day: what is counted, what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from archive.alerts import judge_health
from archive.health import Health, history, measure, publishing_days, standing_faults
from archive.records import Document
from archive.store import Capture, Store

DAY = date(2026, 3, 2)
PAGE = Document(key="", kind="news", url="https://x.se/", title="Rubrik", text="", extractor="x/1")


class Nights:
    """A source of which every crawl, link and page is written by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
        self.source_id = store.put_source(
            "1489", "nyheter", product="notified", kind="news", start_url="https://x.se/"
        )
        self.crawl_id = 0

    def begin(self, at: str) -> None:
        self.crawl_id = self.store.begin_crawl(self.source_id, at, "0")

    def end(self, at: str, verdict: str = "ok", *, complete: bool = True) -> None:
        self.store.end_crawl(self.crawl_id, at, verdict, "")
        self.store.db.execute(
            "UPDATE crawls SET is_complete = ? WHERE id = ?", (complete, self.crawl_id)
        )

    def capture(self, outcome: str = "ok", received_bytes: int = 100) -> int:
        capture = Capture("https://x.se/", "2026-03-02T03:00:00Z", outcome, "w", 0, "<r>")
        capture_id = self.store.add_capture(self.crawl_id, capture)
        self.store.db.execute(
            "UPDATE captures SET received_bytes = ? WHERE id = ?", (received_bytes, capture_id)
        )
        return capture_id

    def page(self, key: str, text: str = "Text.", **values: str) -> int:
        page = replace(PAGE, key=key, text=text, **values)
        return self.store.save(
            page,
            source_id=self.source_id,
            capture_id=self.capture(),
            crawl_id=self.crawl_id,
            observed_at="2026-03-02T03:00:00Z",
        ).document_id

    def link(self, number: int, **values: object) -> None:
        """Put an address into the frontier, listed by the present crawl."""
        row = {
            "source_id": self.source_id,
            "url": f"https://x.se/{number}",
            "reader": "x",
            "parent_url": "https://x.se/",
            "rank": number,
            "found_at": "2026-03-02T03:00:00Z",
            "due_at": "2026-03-02T03:00:00Z",
            **values,
        }
        frontier_id = self.store._insert("frontier", **row)
        crawl = {"from_crawl_id": self.crawl_id, "to_crawl_id": self.crawl_id}
        self.store._insert("listed", frontier_id=frontier_id, **crawl)

    def measured(self) -> Health:
        return measure(self.store.db, self.source_id, self.crawl_id, DAY)

    def rows(self, sql: str) -> list[tuple]:
        return [tuple(row) for row in self.store.db.execute(sql)]


@pytest.fixture
def nights(store: Store) -> Nights:
    return Nights(store)


ASKED = {"asked_at": "2026-03-02T03:00:00Z"}


def test_what_happened_is_summed_over_the_day_what_is_is_the_last(nights: Nights) -> None:
    for at, verdict, outcome in (
        ("2026-03-01T23:00:00Z", "ok", "ok"),
        ("2026-03-02T03:00:00Z", "degraded", "soft_404"),
        ("2026-03-02T15:00:00Z", "ok", "error"),
    ):
        nights.begin(at)
        nights.page(at)
        nights.capture(outcome)
        nights.end(at, verdict)
    health = nights.measured()

    assert (health.date, health.verdict, health.is_complete) == ("2026-03-02", "ok", True)
    assert (health.requests, health.received_bytes, health.new) == (4, 400, 2)
    assert (health.soft_404, health.failed, health.changed) == (1, 1, 0)


def test_what_is_listed_and_not_held_is_told_apart(nights: Nights) -> None:
    """Known as missing, not asked yet, at fault; and what nobody can say why."""
    nights.begin("2026-03-02T03:00:00Z")
    nights.link(1, document_id=nights.page("a"), outcome="ok", **ASKED)
    nights.link(2, document_id=nights.page("b"), outcome="error", **ASKED)
    nights.link(3, reason="withdrawn", missing_since="2026-02-01", outcome="not_found", **ASKED)
    nights.link(4)
    nights.link(5, outcome="wrong_type", **ASKED)
    nights.link(6, outcome="ok", **ASKED)
    nights.end("2026-03-02T04:00:00Z")
    health = nights.measured()

    assert (health.listed, health.held) == (6, 2)
    assert (health.explained, health.waiting, health.unread) == (1, 1, 1)
    assert (health.faulty, health.missing) == (2, 1)
    faults = standing_faults(nights.store.db, nights.source_id)
    assert faults == {"error", "wrong_type"}


def test_what_an_incomplete_crawl_lists_does_not_count(nights: Nights) -> None:
    nights.begin("2026-03-01T03:00:00Z")
    nights.link(1)
    nights.end("2026-03-01T04:00:00Z")
    nights.begin("2026-03-02T03:00:00Z")
    nights.end("2026-03-02T04:00:00Z", "failed", complete=False)

    assert (nights.measured().listed, nights.measured().is_complete) == (1, False)


def test_the_twenty_newest_pages_are_looked_at(nights: Nights) -> None:
    """Not files, nor what was said before; fewer than twenty pages say nothing."""
    nights.begin("2026-03-02T03:00:00Z")
    for number in range(19):
        nights.page(f"page-{number}", f"Rad {number}\nTaggar", published_at="2026-03-01")
    nights.page("file", "x" * 9000, kind="attachment")
    assert nights.measured().median_letters is None

    nights.page("empty", "", title="")
    health = nights.measured()
    assert health.median_letters == len("Rad 9\nTaggar")
    assert health.shared_lines == 0.5
    assert (health.without_title, health.without_date, health.without_text) == (0.05, 0.05, 0.05)

    for number in range(20):
        nights.page(f"page-{number}", f"Rad {number} är nu en annan", published_at="2026-03-01")
    assert nights.measured().shared_lines == 0.0


def test_what_was_there_at_the_first_walk_was_not_published_then(nights: Nights) -> None:
    nights.begin("2026-03-02T03:00:00Z")
    nights.page("a", published_at="2026-02-20T05:00:00Z")
    nights.page("b", published_at="2027-01-01")
    nights.page("c", published_at="2020-01-01")
    nights.link(1)
    nights.end("2026-03-02T04:00:00Z")
    nights.begin("2026-03-05T03:00:00Z")
    nights.link(2, found_at="2026-03-05T03:00:01Z")
    nights.end("2026-03-05T04:00:00Z")

    days = publishing_days(nights.store.db, nights.source_id, date(2026, 3, 5))
    assert days == [date(2026, 2, 20), date(2026, 3, 5)]


def test_judging_twice_on_a_day_keeps_one_row_and_one_alert(nights: Nights) -> None:
    """And the row of the day is no part of its own history."""
    for day in ("2026-03-01", "2026-03-02"):
        for hour in ("03", "15"):
            nights.begin(f"{day}T{hour}:00:00Z")
            if day == "2026-03-01":
                nights.link(int(hour))
            nights.end(f"{day}T{hour}:30:00Z")
            judge_health(
                nights.store,
                nights.source_id,
                nights.crawl_id,
                date.fromisoformat(day),
                {},
                is_complete=True,
            )

    assert nights.rows("SELECT date, listed FROM health") == [("2026-03-01", 1), ("2026-03-02", 0)]
    assert nights.rows("SELECT rule, closed_at FROM alerts") == [("zero", None)]
    assert nights.rows("SELECT message_sv FROM alerts")[0][0].startswith("listan är tom")
    past = history(nights.store.db, nights.source_id, DAY, 9)
    assert [day.date for day in past] == ["2026-03-01"]
