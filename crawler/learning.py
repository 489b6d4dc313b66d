"""Templates learnt from the archive: what a site sets around its documents.

Only sources of news are learnt from. Meetings and notices are forms: what recurs on them are the
form's own words, and those are content.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from archive.cleaning.template import MIN_PAGES, Line, Template, learn, lines_of
from archive.store import Reading, Store, StoredTemplate
from crawler.config import Kommun, Source
from crawler.job import Job
from crawler.page import Site
from crawler.rereading import page_of

PAGES = 200
"""The newest documents of a source, which are read again to learn from."""
KINDS = ("news", "press_release")
"""Kinds of documents that are written text."""
MAX_AGE = timedelta(days=30)
"""After so long a crawl looks whether something else recurs."""


def newest_template(store: Store, source_id: int) -> Template | None:
    """Return the template that a crawl reads pages with; None where nothing recurs."""
    stored = store.newest_template(source_id)
    return stored.template if stored and stored.template else None


def learn_if_due(job: Job, now: str) -> None:
    """Learn the template of a crawl's source if there is none yet, or it was learnt long ago."""
    if is_due(job.store.newest_template(job.source_id), now):
        learn_template(job.store, job.data_dir, job.kommun, job.source, now)


def is_due(newest: StoredTemplate | None, now: str) -> bool:
    """Tell whether `now` is the time to look again."""
    if newest is None:
        return True
    age = datetime.fromisoformat(now) - datetime.fromisoformat(newest.checked_at)
    return age > MAX_AGE


def learn_template(
    store: Store, data_dir: Path, kommun: Kommun, source: Source, now: str
) -> StoredTemplate | None:
    """Learn what recurs on the archived pages of a source, and keep it as a version if it is new.

    That nothing recurs is a template without lines, so that nobody looks again before long. None
    for fewer than `MIN_PAGES` pages, and for sources of forms.
    """
    source_id = store.source_id(kommun.kommunkod, source.slug)
    if source.kind != "news" or source_id is None:
        return None
    readings = store.newest_readings(source_id, KINDS, PAGES)
    if len(readings) < MIN_PAGES:
        return None
    pages = [*_pages(readings, kommun.site(source), data_dir)]
    template = learn(pages)
    return None if template is None else store.put_template(source_id, template, len(pages), now)


def _pages(readings: list[Reading], site: Site, data_dir: Path) -> Iterator[list[Line]]:
    """Yield the kept blocks of each page, as `site` without a template reads it."""
    for reading in readings:
        try:
            page = page_of(reading, site, data_dir)
            page.check()
            prose = page.prose
        except Exception:  # noqa: BLE001 - a page that cannot be read teaches nothing; see `verify`
            logging.getLogger(__name__).warning("not learnt from: %s", reading.url)
            continue
        if prose is not None:
            yield lines_of(prose)
