"""Documents to the archive, each in one transaction."""

from __future__ import annotations

import sqlite3

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.errors import ArchiveError
from archive.store import Visit
from archive.times import utc_now
from crawler.job import Stop, job_of
from crawler.rereading import reread
from crawler.revisits import due_at
from crawler.spiders.kommun import Found


class StorePipeline:
    """Saves what the spider found."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_item(self, item: Found) -> Found:
        """Save a document; return it unchanged."""
        job = job_of(self._crawler)
        try:
            self._read_again_first(item)
            saved = job.store.save(
                item.document,
                source_id=job.source_id,
                capture_id=item.capture_id,
                crawl_id=job.crawl_id,
                observed_at=(now := utc_now()),
                visit=Visit(item.address, self._due_at(item, now)),
            )
        except (OSError, sqlite3.OperationalError) as error:
            job.stop(Stop("failed", f"the archive cannot be written: {error}"))
            raise DropItem(item.document.key) from error
        job.tally.documents += 1
        job.tally.new_documents += saved.is_new_document
        job.tally.new_versions += saved.is_new_version
        job.watch(job.tally)
        return item

    def _due_at(self, item: Found, now: str) -> str:
        job, document = job_of(self._crawler), item.document
        told = document.meeting.date if document.meeting else document.published_at
        dated = told or item.dated or job.store.first_seen_at(document.key) or now
        return due_at(now, item.address, document.kind, dated, job.source.revisit_days)

    def _read_again_first(self, item: Found) -> None:
        """Let today's extractor read the old bytes before it reads new ones.

        So what the extractor changed and what the source changed become two versions (law 3), and
        events are the source's. A page that says what it said is left alone, whoever read it then.
        """
        job = job_of(self._crawler)
        before = job.store.reading(item.document.key)
        if before is None or before.extractor == item.document.extractor:
            return
        if not job.store.would_change(item.document, item.capture_id):
            return
        looks = (job.store.latest_look(before, item.capture_id), before)
        try:
            read = ((look, reread(look, job.site, job.data_dir)) for look in looks)
            look, old = next(((look, old) for look, old in read if old), (before, None))
        except ArchiveError as error:
            job.fault("unreadable_warc", before.url, str(error))
            return
        if old is not None:
            job.store.save(
                old,
                source_id=job.source_id,
                capture_id=look.capture_id,
                crawl_id=None,
                observed_at=utc_now(),
                cause="extractor",
            )
