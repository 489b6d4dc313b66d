"""What is due, what is missing and since when: law 6, on the store alone."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from archive.records import Document
from archive.store import Hidden, Pointer, Store, Visit
from crawler.job import Job
from crawler.spiders.kommun import KommunSpider

FAR = "2030-01-01T00:00:00Z"
SOON_GONE_DUE = "2026-06-01T00:00:00Z"


class Source:
    """A source that is crawled once a day by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
        self.id = store.put_source(
            "1489", "nyheter", product="sitevision", kind="news", start_url="https://x.se/"
        )
        self.day = 0
        self.crawl_id = 0
        self.now = ""

    def begin(self, listed: Iterable[str], *, same_day: bool = False) -> None:
        self.day += not same_day
        self.now = f"2026-03-{self.day:02}T03:00:00Z"
        self.crawl_id = self.store.begin_crawl(self.id, self.now, "test")
        self.point(listed, "https://x.se/")

    def point(self, urls: Iterable[str], parent: str) -> None:
        pointers = [Pointer(u, "sitevision.Article", parent, n) for n, u in enumerate(urls)]
        self.store.point_to(self.id, self.crawl_id, pointers, self.now)

    def take(self, limit: int = 100, *, walked: bool = True) -> list[str]:
        self.store.hurry_unlisted(self.id, self.crawl_id, self.now, are_listings_walked=walked)
        due = self.store.take_due(self.id, self.crawl_id, now=self.now, horizon=FAR, limit=limit)
        return [each.url for each in due]

    def expected(self) -> dict[str, bool]:
        due = self.store.take_due(self.id, self.crawl_id, now=self.now, horizon=FAR, limit=99)
        return {each.url: each.is_expected for each in due}

    def found(self, url: str, key: str = "", due_at: str = "2026-05-01T00:00:00Z") -> None:
        document = Document(
            key=key or url,
            kind="news",
            url=url,
            title=url,
            text="Torget byggs om.",
            extractor="sitevision.Article/1",
        )
        self.store.save(
            document,
            source_id=self.id,
            capture_id=self.capture(),
            crawl_id=self.crawl_id,
            observed_at=self.now,
            visit=Visit(url, due_at),
        )

    def capture(self) -> int:
        return self.store._insert(
            "captures",
            crawl_id=self.crawl_id,
            url="u",
            fetched_at=self.now,
            outcome="ok",
            warc_file="w",
            warc_offset=0,
            warc_record_id="<r>",
        )

    def missed(self, url: str, outcome: str = "not_found") -> None:
        self.store.asked(
            self.id, self.crawl_id, url, outcome=outcome, now=self.now, due_at=self.now
        )

    def end(self):
        absence = self.store.settle_absence(self.id, self.crawl_id, self.now, SOON_GONE_DUE)
        self.store.end_crawl(self.crawl_id, self.now, "ok", "", is_complete=True)
        return absence

    def row(self, url: str):
        return self.store._one("SELECT * FROM frontier WHERE url = ?", url)

    def events(self) -> list[tuple[str, str]]:
        rows = self.store._db.execute("SELECT kind, new_value FROM events ORDER BY id")
        return [(row["kind"], row["new_value"]) for row in rows]

    def status(self, key: str) -> str:
        return self.store._one("SELECT status FROM documents WHERE key = ?", key)["status"]

    def intervals(self, url: str) -> list[tuple[int, int]]:
        rows = self.store._db.execute(
            "SELECT from_crawl_id, to_crawl_id FROM listed WHERE frontier_id = ? ORDER BY 1",
            (self.row(url)["id"],),
        )
        return [(row["from_crawl_id"], row["to_crawl_id"]) for row in rows]


@pytest.fixture
def source(store: Store) -> Source:
    return Source(store)


def day(source: Source, listed: Iterable[str], missing: Iterable[str] = ()) -> list[str]:
    """Crawl once: what is due answers, but for what is missing."""
    source.begin(listed)
    asked = source.take()
    for url in asked:
        source.missed(url) if url in missing else source.found(url)
    source.end()
    return asked


def test_what_is_new_is_due_and_what_was_read_waits_for_its_day(source: Source) -> None:
    assert day(source, ["a", "b"]) == ["a", "b"]
    assert day(source, ["new", "a", "b"]) == ["new"]
    source.now = "2026-05-02T03:00:00Z"
    assert source.store.waiting(source.id, 99, source.now, FAR) == 3


def test_a_crawl_that_dies_leaves_what_it_took_to_the_next(source: Source) -> None:
    source.begin(["a", "b", "c"])
    assert source.take(2) == ["a", "b"]
    source.found("a")

    source.begin(["a", "b", "c"])
    assert source.take() == ["b", "c"]


def test_nothing_is_taken_twice_in_a_crawl_even_if_it_comes_to_nothing(source: Source) -> None:
    source.begin(["a", "b"])

    assert (source.take(), source.take()) == (["a", "b"], [])


def test_a_cap_takes_the_newest_and_some_of_what_waits_longest(source: Source) -> None:
    source.begin([f"p{n}" for n in range(40)])

    assert source.take(8) == ["p0", "p1", "p2", "p3", "p4", "p5", "p39", "p38"]
    assert source.take(4) == ["p6", "p7", "p8", "p37"]


def test_what_leaves_its_listing_is_looked_at_once(source: Source) -> None:
    day(source, ["a", "b"])

    assert day(source, ["a"]) == ["b"]
    assert day(source, ["a"]) == []
    assert source.status("b") == "live"


def test_nothing_is_unlisted_by_listings_that_were_not_read_whole(source: Source) -> None:
    day(source, ["a", "b"])
    source.begin(["a"])

    assert source.take(walked=False) == []


def test_it_is_gone_after_three_misses_on_different_days(source: Source) -> None:
    day(source, ["a", "b"])
    day(source, ["a"], missing=["b"])
    source.begin(["a"], same_day=True)
    source.take()
    source.missed("b")
    source.end()
    assert (source.row("b")["misses"], source.status("b")) == (1, "live")
    day(source, ["a"], missing=["b"])
    assert source.status("b") == "live"
    day(source, ["a"], missing=["b"])

    assert (source.status("b"), source.events()) == ("gone", [("gone", "not_found, unlisted")])
    assert source.row("b")["due_at"] == SOON_GONE_DUE
    assert source.row("b")["missing_since"] == "2026-03-02T03:00:00Z"


def test_one_good_answer_ends_a_streak(source: Source) -> None:
    day(source, ["a", "b"])
    day(source, ["a"], missing=["b"])
    day(source, ["a"], missing=["b"])
    assert day(source, ["a"]) == ["b"]

    assert (source.row("b")["misses"], source.row("b")["reason"]) == (0, "")


def test_a_fault_is_no_miss(source: Source) -> None:
    day(source, ["a"])
    for _ in range(4):
        source.begin([])
        source.take()
        source.missed("a", "error")
        source.end()

    assert (source.row("a")["misses"], source.status("a")) == (0, "live")


def test_back_again_is_the_same_document(source: Source) -> None:
    day(source, ["a", "b"])
    for _ in range(3):
        day(source, ["a"], missing=["b"])
    before = source.store._one("SELECT id FROM documents WHERE key = 'b'")["id"]
    source.begin(["a", "b"])
    source.found("b")
    source.end()

    assert source.events()[-1] == ("back", "")
    assert source.status("b") == "live"
    assert source.store._one("SELECT id FROM documents WHERE key = 'b'")["id"] == before
    assert source.row("b")["misses"] == 0


def test_a_document_with_an_address_that_answers_is_not_gone(source: Source) -> None:
    """It moved: the same key at another address."""
    day(source, ["old"])
    source.begin(["new"])
    for _ in range(4):
        source.take()
        source.found("new", key="old")
        source.missed("old")
        source.end()
        source.begin(["new"])

    assert source.status("old") == "live"
    assert source.row("old")["misses"] == 4


def other_day(source: Source, there: dict[str, str], listed: Iterable[str] = ("a",)) -> None:
    """Crawl once: what is due answers, with the document whose key is told."""
    source.begin(listed)
    for url in source.take():
        source.found(url, key=there.get(url, url))
    source.end()


def test_a_document_whose_address_another_took_over_is_gone_after_three_days(
    source: Source,
) -> None:
    day(source, ["a"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    for _ in range(2):
        other_day(source, {"a": "new"})
        assert source.status("a") == "live"
    source.begin(["a"], same_day=True)
    source.found("a", key="new")
    source.end()
    assert source.status("a") == "live"
    other_day(source, {"a": "new"})

    assert (source.status("a"), source.status("new")) == ("gone", "live")
    assert source.events() == [("gone", "replaced by another document at its address")]
    other_day(source, {"b": "a"}, ["a", "b"])
    assert (source.status("a"), source.events()[-2:]) == ("live", [("moved", "b"), ("back", "")])


def test_a_withheld_document_whose_address_another_took_over_is_not_there_when_shown_again(
    source: Source,
) -> None:
    day(source, ["a"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    source.store.withhold(Hidden(1, "privacy"), "2026-01-01T00:00:00Z")
    other_day(source, {"a": "new"})
    source.store.release(1, None, "", "2026-01-02T00:00:00Z")
    for _ in range(3):
        other_day(source, {"a": "new"})

    assert source.status("a") == "gone"


def test_a_clock_that_was_years_ahead_keeps_nothing_that_was_replaced(source: Source) -> None:
    day(source, ["a"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    source.store._db.execute("UPDATE documents SET last_seen_at = '2035-01-01T00:00:00Z'")
    for _ in range(3):
        other_day(source, {"a": "new"})

    assert source.status("a") == "gone"


def test_two_documents_that_take_turns_at_one_address_are_both_there(source: Source) -> None:
    day(source, ["a"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    for n in range(8):
        other_day(source, {"a": ("new", "a")[n % 2]})

    assert (source.status("a"), source.status("new"), source.events()) == ("live", "live", [])


def test_a_document_that_is_seen_elsewhere_is_not_replaced(source: Source) -> None:
    day(source, ["a"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    other_day(source, {"a": "new"})
    for _ in range(4):
        other_day(source, {"a": "new", "b": "a"}, ["a", "b"])

    assert (source.status("a"), source.status("new")) == ("live", "live")
    assert source.store._db.execute("SELECT * FROM replaced").fetchall() == []


def test_one_page_in_place_of_nearly_all_is_an_outage(source: Source) -> None:
    pages = [f"p{n}" for n in range(12)]
    day(source, pages)
    for _ in range(4):
        source.store._db.execute("UPDATE frontier SET due_at = ''")
        other_day(source, dict.fromkeys(pages, "closed"), pages)
    assert source.status("p3") == "live"

    source.store._db.execute("UPDATE frontier SET due_at = ''")
    other_day(source, {}, pages)
    assert source.store._one("SELECT count(*) AS n FROM replaced")["n"] == 1
    assert {source.status(page) for page in pages} == {"live"}


def test_when_nearly_everything_is_missing_it_is_an_outage(source: Source) -> None:
    pages = [f"p{n}" for n in range(12)]
    day(source, pages)
    source.begin([])
    for url in source.take():
        source.missed(url)
    absence = source.end()

    assert (absence.asked, absence.missing, absence.is_outage) == (12, 12, True)
    assert source.row("p0")["misses"] == 0


def test_a_link_of_a_document_is_judged_when_its_document_is_read(source: Source) -> None:
    day(source, ["meeting"])
    source.begin(["meeting"])
    source.point(["file"], "meeting")
    source.found("meeting")
    source.found("file")
    source.end()
    # Not looked at today: its files stay as they were.
    assert day(source, ["meeting"]) == []
    # Looked at, and the file is not there any more.
    source.begin(["meeting"])
    source.found("meeting")

    assert source.take() == ["file"]


def test_what_is_listed_is_expected_until_it_is_known_to_be_missing(source: Source) -> None:
    day(source, ["a", "b"])
    for _ in range(3):
        source.begin(["a", "b"])
        source.store._db.execute("UPDATE frontier SET due_at = '' WHERE url = 'b'")
        assert source.expected() == {"b": True}
        source.missed("b")
        source.end()
    source.begin(["a", "b"])
    source.store._db.execute("UPDATE frontier SET due_at = ''")

    assert source.expected() == {"a": True, "b": False}


def test_what_left_its_listing_is_not_expected(source: Source) -> None:
    day(source, ["a", "b"])
    source.begin(["a"])
    source.store.hurry_unlisted(source.id, source.crawl_id, source.now, are_listings_walked=True)

    assert source.expected() == {"b": False}


def test_through_which_crawls_it_was_listed(source: Source) -> None:
    """A crawl that did not see the listings breaks no interval."""
    day(source, ["a"])
    day(source, ["a"])
    source.begin([])
    source.store.end_crawl(source.crawl_id, source.now, "failed", "no listing")
    day(source, ["a"])
    day(source, [])
    day(source, ["a"])

    assert source.intervals("a") == [(1, 4), (6, 6)]


def test_how_much_the_listings_held_and_hold(source: Source) -> None:
    day(source, ["a", "b", "c"])
    source.begin(["c", "d"])

    assert source.store.listing_sizes(source.id, source.crawl_id) == (3, 2)


def shrunk(
    source: Source, listed: list[str], missing: Iterable[str] = (), **how: bool
) -> tuple[str, bool]:
    """Crawl once, as the spider does, with far less listed; return the fault and the outage."""
    source.begin(listed, same_day=how.get("same_day", False))
    kommun = SimpleNamespace(start_url="u", may_be_empty=("*",) if how.get("may_be_empty") else ())
    job = Job(
        kommun=None,
        source=kommun,
        source_id=source.id,
        crawl_id=source.crawl_id,
        store=source.store,
        recorder=None,
        data_dir=None,
    )
    job.tally.listing_faults = int(how.get("is_ill", False))
    KommunSpider(job)._check_listings()
    is_outage = False
    if job.are_listings_walked:
        for url in source.take():
            source.missed(url) if url in missing else source.found(url)
        is_outage = source.end().is_outage
    else:
        source.store.end_crawl(source.crawl_id, source.now, "degraded", "")
    return next(iter(job.tally.faults), ""), is_outage


OLD = [f"p{n}" for n in range(60)]
FAULT = ("listing_shrunk", False)


def test_listings_that_have_shrunk_on_three_days_are_no_fault_any_more(source: Source) -> None:
    day(source, OLD)
    assert shrunk(source, OLD[:11]) == FAULT
    assert shrunk(source, OLD[:11], same_day=True) == FAULT
    assert shrunk(source, OLD[:10], is_ill=True)[0] == "listing_shrunk"  # proves nothing
    assert shrunk(source, OLD[:10]) == FAULT
    assert shrunk(source, [*OLD[:10], "new"]) == ("", False)
    assert source.row("p50")["asked_in"] == source.crawl_id, "what left is looked at"
    assert shrunk(source, [*OLD[:10], "new"]) == ("", False)


def test_listings_that_go_on_shrinking_stay_a_fault(source: Source) -> None:
    day(source, OLD)
    for size in (11, 9, 6, 3, 0, 0, 0, 0):
        assert shrunk(source, OLD[:size]) == FAULT


def test_only_a_source_that_may_be_empty_is_so_in_the_end(source: Source) -> None:
    day(source, OLD)
    told = [shrunk(source, [], may_be_empty=True) for _ in range(3)]

    assert told == [FAULT, FAULT, ("", False)]


def test_what_left_listings_that_shrank_for_good_may_be_gone(source: Source) -> None:
    """It is nearly all of the source, but its listings have vouched for that on three days."""
    day(source, OLD)
    told = [shrunk(source, OLD[:10], missing=OLD[10:]) for _ in range(5)]

    assert told == [FAULT, FAULT, *[("", False)] * 3]
    assert (source.status("p50"), source.status("p5")) == ("gone", "live")


def test_a_clock_that_was_years_ahead_puts_nothing_off(source: Source) -> None:
    source.begin(["a"])
    source.take()
    source.found("a", due_at="2093-01-01T00:00:00Z")
    source.end()

    assert day(source, ["a"]) == ["a"]


def test_ten_missing_among_many_are_no_outage(source: Source) -> None:
    pages = [f"p{n}" for n in range(100)]
    day(source, pages)
    source.begin(pages)
    source.store._db.execute("UPDATE frontier SET due_at = ''")
    for url in source.take():
        source.missed(url) if url < "p2" else source.found(url)
    absence = source.end()

    assert (absence.asked, absence.missing, absence.is_outage) == (100, 12, False)


def test_a_batch_that_left_its_listing_is_no_outage(source: Source) -> None:
    pages = [f"p{n}" for n in range(100)]
    day(source, pages)
    for _ in range(3):
        day(source, pages[12:], missing=pages[:12])

    assert source.status("p3") == "gone"


def test_listed_and_all_missing_calls_witnesses(source: Source) -> None:
    """A dozen dead links are counted once others are seen to answer."""
    pages = [f"p{n}" for n in range(100)]
    day(source, pages)
    dead = pages[:12]
    source.store._db.executemany(
        "UPDATE frontier SET due_at = '' WHERE url = ?", [(url,) for url in dead]
    )
    source.begin(pages)
    for url in source.take():
        source.missed(url)
    assert source.end().is_outage
    source.begin(pages)
    for url in source.take():
        source.missed(url) if url in dead else source.found(url)

    assert not source.end().is_outage
    assert source.row("p3")["misses"] == 1


def test_a_good_answer_counts_in_a_crawl_that_was_not_complete_too(source: Source) -> None:
    day(source, ["a", "b"])
    for _ in range(2):
        day(source, ["a"], missing=["b"])
    source.begin(["a"])
    source.found("b")
    source.store.end_crawl(source.crawl_id, source.now, "degraded", "a listing failed")
    source.begin(["a"])
    source.take()
    source.missed("b")
    source.end()

    assert (source.row("b")["misses"], source.status("b")) == (1, "live")


def test_a_fault_between_two_misses_ends_no_streak(source: Source) -> None:
    day(source, ["a", "b"])
    for outcome in ("not_found", "error", "not_found", "forbidden", "not_found"):
        source.begin(["a"])
        source.take()
        source.missed("b", outcome)
        source.end()

    assert source.status("b") == "gone"


def test_what_waits_longest_is_not_starved(source: Source) -> None:
    pages = [f"p{n:02}" for n in range(20)]
    asked: list[str] = []
    for _ in range(20):
        source.begin(pages)
        source.store._db.execute("UPDATE frontier SET due_at = ''")
        for url in source.take(4):
            asked.append(url)
            source.found(url, due_at="")
        source.end()

    assert {*asked} == {*pages}


def test_one_document_at_two_addresses_does_not_move_to_and_fro(source: Source) -> None:
    for _ in range(3):
        source.begin(["a", "b"])
        source.found("a", key="k")
        source.found("b", key="k")
        source.end()

    assert source.events() == []


def test_a_document_of_two_sources_is_gone_when_both_miss_it(source: Source) -> None:
    day(source, ["a", "b"])
    other = source.store.put_source(
        "1489", "annan", product="sitevision", kind="news", start_url="https://y.se/"
    )
    source.store._db.execute(
        "INSERT INTO frontier (source_id, url, reader, parent_url, rank, found_at, due_at, "
        "document_id, outcome) SELECT ?, 'y', reader, '', 0, '', '', document_id, 'ok' "
        "FROM frontier WHERE url = 'b'",
        (other,),
    )
    for _ in range(4):
        day(source, ["a"], missing=["b"])

    assert source.status("b") == "live"
