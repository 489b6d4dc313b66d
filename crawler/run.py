"""One kommun from start to verdict: lock, sources one after the other, a row for each."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging

from archive.alerts import judge_health
from archive.erasing import finish
from archive.errors import ArchiveError, BadWarc
from archive.recording import Recorder
from archive.store import Store
from archive.times import utc_now
from archive.warc import repair
from crawler import settings as shipped_settings
from crawler.config import Kommun, Source
from crawler.job import Job, Stop, Tally
from crawler.learning import learn_if_due, newest_template
from crawler.locks import kommun_lock
from crawler.revisits import GONE_EVERY_DAYS, horizon, later
from crawler.spiders.kommun import KommunSpider
from crawler.verdict import Judgement, judge


class Display(Protocol):
    """What shows progress while a crawl runs."""

    def begin(self, job: Job) -> None:
        """Show that a source's crawl starts."""
        ...

    def update(self, tally: Tally) -> None:
        """Show what changed."""
        ...

    def end(self, job: Job, judgement: Judgement) -> None:
        """Show the verdict on a source's crawl."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One source's crawl, done."""

    source: Source
    tally: Tally
    judgement: Judgement


def crawl_kommun(
    kommun: Kommun, data_dir: Path, display: Display, begun: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Crawl all sources of `kommun`, one after the other; return how each ended.

    `begun` is called once, when the kommun is ours and the log is open.
    Raises `Busy` when another process does so already.
    """
    with kommun_lock(data_dir, kommun.slug), Store(data_dir / "archive.db") as store:
        log_file = data_dir / "logs" / f"{kommun.slug}-{_stamp()}.log"
        kommun_crawl = _KommunCrawl(kommun, data_dir, store, display, log_file)
        try:
            finish(store, data_dir, [kommun.slug], utc_now())
        except (ArchiveError, OSError, sqlite3.Error) as error:  # `verify` says so until it is
            logging.getLogger(__name__).warning("an erasure is not finished: %s", error)
        begun()
        return asyncio.run(kommun_crawl.run())


class ErrorLines(logging.Handler):
    """Collects the first line of each log record of level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's first line."""
        self.lines.append((record.getMessage().splitlines() or [""])[0][:200])


def log_to(path: Path) -> ErrorLines:
    """Send all logging to a file of this run; return a collector of its errors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.raiseExceptions = False  # where the log has no room, cron's mail says why, once
    configure_logging(_settings(path))
    errors = ErrorLines()
    logging.getLogger().addHandler(errors)
    return errors


def code_version() -> str:
    """Return the package's version, with the commit when it runs from a git checkout."""
    found = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    commit = found.stdout.strip()
    return version("kommunarkiv") + (f"+g{commit}" if found.returncode == 0 and commit else "")


class _KommunCrawl:
    """The crawls of one kommun's sources in one event loop."""

    def __init__(
        self, kommun: Kommun, data_dir: Path, store: Store, display: Display, log_file: Path
    ) -> None:
        self._kommun = kommun
        self._data_dir = data_dir
        self._store = store
        self._display = display
        self._log_file = log_file
        self._errors = log_to(log_file)
        self._version = code_version()
        self._job: Job | None = None
        self._interrupted = ""

    async def run(self) -> list[Outcome]:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupt, number)
        self._store.put_kommun(
            self._kommun.kommunkod, self._kommun.slug, self._kommun.name, self._kommun.lan
        )
        return [
            await self._crawl(source) for source in self._kommun.sources if not self._interrupted
        ]

    def _interrupt(self, number: int) -> None:
        self._interrupted = f"interrupted by {signal.Signals(number).name}"
        if self._job:
            self._job.stop(Stop("failed", self._interrupted))

    async def _crawl(self, source: Source) -> Outcome:
        job = self._job = self._begin(source)
        self._display.begin(job)
        del self._errors.lines[:]
        crawler = Crawler(KommunSpider, _settings(self._log_file, source))
        try:
            await AsyncCrawlerRunner(crawler.settings).crawl(crawler, job=job)
        except Exception:
            logging.getLogger(__name__).exception("the crawl of %s ended by itself", job.name)
        finally:
            job.recorder.close()
        judgement = self._end(job, _finish_reason(crawler))
        self._learn(job, judgement)
        self._display.end(job, judgement)
        return Outcome(source, job.tally, judgement)

    def _learn(self, job: Job, judgement: Judgement) -> None:
        """Learn what recurs on the pages of a source where that is due; the verdict stands."""
        if judgement.verdict not in ("ok", "degraded") or self._interrupted:
            return
        try:
            learn_if_due(job, utc_now())
        except Exception:
            logging.getLogger(__name__).exception("no template of %s was learnt", job.name)

    def _begin(self, source: Source) -> Job:
        source_id = self._store.put_source(
            self._kommun.kommunkod,
            source.slug,
            product=source.product,
            kind=source.kind,
            start_url=source.start_url,
            publisher=self._kommun.site(source).publisher,
            namespace=source.namespace,
            undo_rules=json.dumps(source.undo_rules),
        )
        self._close_broken(source_id)
        started_at = utc_now()
        crawl_id = self._store.begin_crawl(source_id, started_at, self._version)
        stamp = started_at.translate(str.maketrans("", "", "-:"))
        name = f"warc/{self._kommun.slug}/{source.slug}-{stamp}-{crawl_id:06d}.warc.gz"
        recorder = Recorder(
            self._store, crawl_id, self._data_dir, name, f"kommunarkiv/{self._version}"
        )
        return Job(
            kommun=self._kommun,
            source=source,
            source_id=source_id,
            crawl_id=crawl_id,
            store=self._store,
            recorder=recorder,
            data_dir=self._data_dir,
            template=newest_template(self._store, source_id),
            watch=self._display.update,
        )

    def _close_broken(self, source_id: int) -> None:
        """Give crawls whose process died a verdict, and cut their WARC files to what is cited."""
        for crawl_id, warc_file, last_cited in self._store.open_crawls(source_id):
            reason = "the process died"
            try:
                cut = repair(self._data_dir / warc_file, last_cited) if warc_file else 0
                reason += f"; {cut} bytes without a row cut off its WARC file" * bool(cut)
            except BadWarc as error:
                reason += f"; {error}"
            self._store.end_crawl(crawl_id, utc_now(), "failed", reason)

    def _end(self, job: Job, finish_reason: str) -> Judgement:
        declared_empty = "*" in job.source.may_be_empty
        self._settle(job, finish_reason)
        job.tally.held = self._store.live_documents(job.source_id)
        judgement = judge(job.tally, finish_reason, self._errors.lines, may_be_empty=declared_empty)
        now = utc_now()
        faults = {rule: said for rule, said in job.tally.faults.items() if rule != "outage"}
        if judgement.verdict == "blocked":
            faults.setdefault("blocked", judgement.reason)
        is_done = finish_reason == "finished" and job.are_listings_walked
        self._store.end_crawl(
            job.crawl_id,
            now,
            judgement.verdict,
            judgement.reason,
            forbidden=job.tally.forbidden,
            is_complete=is_done,
            waiting=self._store.waiting(
                job.source_id, job.crawl_id, now, horizon(now, job.source.revisit_days)
            ),
        )
        judge_health(
            self._store,
            job.source_id,
            job.crawl_id,
            date.fromisoformat(now[:10]),
            faults,
            is_complete=is_done,
            may_be_empty=declared_empty,
        )
        return judgement

    def _settle(self, job: Job, finish_reason: str) -> None:
        """Count what a complete crawl missed."""
        if finish_reason != "finished" or not job.are_listings_walked:
            return
        now = utc_now()
        gone_due_at = later(now, job.source.start_url, GONE_EVERY_DAYS)
        absence = self._store.settle_absence(job.source_id, job.crawl_id, now, gone_due_at)
        if absence.is_outage:
            found = f"{absence.missing} of {absence.asked} documents asked for"
            job.fault("outage", job.source.start_url, f"not there: {found}")


def _settings(log_file: Path, source: Source | None = None) -> Settings:
    settings = Settings({"LOG_FILE": str(log_file)})
    settings.setmodule(shipped_settings, priority="project")
    if source is None:
        return settings
    contact = os.environ.get("KOMMUNARKIV_CONTACT", "the operator named no contact")
    settings.update(
        {
            "USER_AGENT": f"{settings['USER_AGENT']} (+{contact})",
            "DOWNLOAD_DELAY": source.delay_s,
            "CONCURRENT_REQUESTS": source.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency,
            "DOWNLOAD_TIMEOUT": source.timeout_s,
            "DOWNLOAD_VERIFY_CERTIFICATES": source.verify_certificates,
            "CLOSESPIDER_TIMEOUT": source.max_duration_min * 60,
            "ARCHIVE_ALLOW_LOOPBACK": source.allow_loopback,
        },
        priority="spider",
    )
    return settings


def _finish_reason(crawler: Crawler) -> str:
    try:
        return str(crawler.stats.get_value("finish_reason", "it never started"))
    except RuntimeError:  # Scrapy has no stats for a crawl that failed before it opened
        return "it never started"


def _stamp() -> str:
    return utc_now().translate(str.maketrans("", "", "-:"))
