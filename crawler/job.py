"""One crawl of one source: what it works with, and what it has seen so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from scrapy.crawler import Crawler

from archive.cleaning.template import Template
from archive.recording import Recorder
from archive.store import Store, Verdict
from crawler.config import Kommun, Source
from crawler.page import Site


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a crawl ended before its frontier was empty."""

    verdict: Verdict
    reason: str
    is_unreachable: bool = False


@dataclass
class Tally:
    """What a crawl has seen."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Captures by the outcome they were recorded with, before anyone read them."""
    faults: dict[str, str] = field(default_factory=dict)
    """Rule to message: the first case of each kind of fault."""
    fault_counts: Counter[str] = field(default_factory=Counter)
    listings: int = 0
    """Pages of listings that were read."""
    listing_faults: int = 0
    """Listings that could not be read: what they hold is not known."""
    forbidden: int = 0
    """Addresses we were pointed to that robots.txt forbids; not asked for, not a fault."""
    documents: int = 0
    """Read in this crawl."""
    held: int = 0
    """Of the source and not gone, when the crawl was over."""
    new_documents: int = 0
    new_versions: int = 0
    waiting: int = 0
    """Requests made but not answered yet."""
    stop: Stop | None = None


@dataclass
class Job:
    """Everything a spider, its middlewares and its pipeline share during one crawl."""

    kommun: Kommun
    source: Source
    source_id: int
    crawl_id: int
    store: Store
    recorder: Recorder
    data_dir: Path
    template: Template | None = None
    """What the site sets around its documents, where that has been learnt."""
    tally: Tally = field(default_factory=Tally)
    watch: Callable[[Tally], None] = lambda _: None
    """Called after every change of the tally, for the progress display."""

    @property
    def site(self) -> Site:
        """What page objects are told of the source."""
        return self.kommun.site(self.source, self.template)

    @property
    def name(self) -> str:
        """`kommun/source`, as in messages."""
        return f"{self.kommun.slug}/{self.source.slug}"

    @property
    def are_listings_walked(self) -> bool:
        """Whether the listings were read without a fault; to be asked when none is waiting."""
        return not self.tally.listing_faults and self.tally.stop is None

    def captured(self, outcome: str) -> None:
        """Count a capture; at `max_requests` the crawl ends, whatever the requests were for."""
        self.tally.outcomes[outcome] += 1
        if self.tally.outcomes.total() >= self.source.max_requests:
            self.stop(Stop("degraded", f"stopped at {self.source.max_requests} requests"))
        self.watch(self.tally)

    def fault(self, rule: str, url: str, detail: str) -> None:
        """Count something that keeps the verdict from `ok`; the first of a kind is quoted."""
        self.tally.fault_counts[rule] += 1
        message = f"{url}: {detail}" if detail else url
        self.tally.faults.setdefault(rule, without_queries(message))

    def judge(
        self, capture_id: int | None, outcome: str, url: str, detail: str, *, is_fault: bool = True
    ) -> None:
        """Record what a captured answer turned out to be; an expected absence is no fault."""
        if capture_id is not None:
            self.store.judge_capture(capture_id, outcome, without_queries(detail))
        if is_fault:
            self.fault(outcome, url, detail)

    def stop(self, stop: Stop) -> None:
        """End the crawl: no request leaves from now on. The first reason stands."""
        reason = without_queries(stop.reason)
        self.tally.stop = self.tally.stop or replace(stop, reason=reason)


def job_of(crawler: Crawler) -> Job:
    """Return the job of the crawl that `crawler` runs."""
    job: Job = crawler.spider.job  # type: ignore[union-attr]
    return job


_QUERY = re.compile(r"(https?://)(?:[^/\s@]*@)?([^\s?]+)\?[^\s'\"]*")


def without_queries(message: str) -> str:
    """Return `message` with the queries of its URLs left out: they may carry tokens and secrets."""
    return _QUERY.sub(r"\1\2?…", message)
