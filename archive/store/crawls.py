"""Rows about kommuner, their sources, crawls, and what recurs on a source's pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from archive.cleaning.template import Template
from archive.store.base import Base, transaction

Verdict = Literal["ok", "degraded", "failed", "blocked"]


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """What recurs on the pages of a source, as learnt at one time."""

    version: int
    """From 1 within the source."""
    template: Template
    checked_at: str
    """When learning last came to the same."""


class Crawls(Base):
    """Kommuner, sources, crawls, templates."""

    @transaction
    def put_kommun(self, kommunkod: str, slug: str, name: str, lan: str) -> None:
        """Insert or update a kommun."""
        values = {"slug": slug, "name": name, "lan": lan}
        self._upsert("kommuner", {"kommunkod": kommunkod}, values)

    @transaction
    def put_source(self, kommunkod: str, slug: str, **values: str) -> int:
        """Insert or update a source; return its id.

        `values`: product, kind, start_url, publisher, namespace, and undo_rules as JSON.
        """
        self._upsert("sources", {"kommunkod": kommunkod, "slug": slug}, values)
        return int(
            self._one("SELECT id FROM sources WHERE kommunkod = ? AND slug = ?", kommunkod, slug)[
                "id"
            ]
        )

    def source_id(self, kommunkod: str, slug: str) -> int | None:
        """Return the id of a source, None if it was never crawled."""
        row = self._db.execute(
            "SELECT id FROM sources WHERE kommunkod = ? AND slug = ?", (kommunkod, slug)
        ).fetchone()
        return row["id"] if row else None

    @transaction
    def begin_crawl(self, source_id: int, started_at: str, code_version: str) -> int:
        """Insert the row of a crawl that starts now; return its id."""
        return self._insert(
            "crawls", source_id=source_id, started_at=started_at, code_version=code_version
        )

    @transaction
    def name_warc(self, crawl_id: int, warc_file: str) -> None:
        """Say which WARC file a crawl writes, before the file exists."""
        self._db.execute("UPDATE crawls SET warc_file = ? WHERE id = ?", (warc_file, crawl_id))

    @transaction
    def end_crawl(
        self,
        crawl_id: int,
        finished_at: str,
        verdict: Verdict,
        reason: str,
        *,
        forbidden: int = 0,
        is_complete: bool = False,
        waiting: int = 0,
    ) -> None:
        """Close a crawl with its verdict; `requests` and `listed` are counted from its rows.

        `forbidden`: how many addresses it was pointed to that robots.txt forbids; `is_complete`:
        whether all listings were walked without a fault; `waiting`: due addresses it left.
        """
        self._db.execute(
            "UPDATE crawls SET finished_at = ?, verdict = ?, reason = ?, forbidden = ?, "
            "is_complete = ?, waiting = ?, "
            "requests = (SELECT count(*) FROM captures WHERE crawl_id = crawls.id), "
            "listed = (SELECT count(*) FROM listed WHERE to_crawl_id = crawls.id) WHERE id = ?",
            (finished_at, verdict, reason, forbidden, is_complete, waiting, crawl_id),
        )

    def open_crawls(self, source_id: int) -> list[tuple[int, str, int | None]]:
        """Return (id, WARC file, byte of its last capture) of crawls that never got a verdict.

        Under the kommun's lock these are crawls of this source whose process died.
        """
        rows = self._db.execute(
            "SELECT id, warc_file, (SELECT max(warc_offset) FROM captures "
            "WHERE crawl_id = crawls.id) AS last_cited "
            "FROM crawls WHERE source_id = ? AND finished_at IS NULL",
            (source_id,),
        )
        return [(row["id"], row["warc_file"], row["last_cited"]) for row in rows]

    # Templates

    def newest_template(self, source_id: int) -> StoredTemplate | None:
        """Return what was last learnt of a source's pages; it may be that nothing recurs."""
        row = self._db.execute(
            "SELECT version, checked_at, lines, digest FROM templates WHERE source_id = ? "
            "ORDER BY version DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        if row is None:
            return None
        template = Template.from_json(row["lines"], row["digest"])
        return StoredTemplate(row["version"], template, row["checked_at"])

    @transaction
    def put_template(
        self, source_id: int, template: Template, pages: int, now: str
    ) -> StoredTemplate:
        """Keep what was learnt of `pages` pages: a new version if it differs from the newest.

        Lines whose words were erased from an older one stay erased.
        """
        newest = self.newest_template(source_id)
        if newest and newest.template.digest == template.digest:
            self._db.execute(
                "UPDATE templates SET checked_at = ?, pages = ? "
                "WHERE source_id = ? AND version = ?",
                (now, pages, source_id, newest.version),
            )
            return replace(newest, checked_at=now)
        version = newest.version + 1 if newest else 1
        older = self._db.execute("SELECT lines FROM templates WHERE source_id = ?", (source_id,))
        erased = {one for row in older for one in Template.from_json(row["lines"]).erased}
        template = template.without(
            [line for line in template.lines if any(one.is_of(line) for one in erased)]
        )
        self._insert(
            "templates",
            source_id=source_id,
            version=version,
            digest=template.digest,
            learnt_at=now,
            checked_at=now,
            pages=pages,
            lines=template.to_json(),
        )
        return StoredTemplate(version, template, now)
