"""Rows about addresses: who pointed to them when, when they are due, how often they were missed.

The frontier lives here and not in a queue on disk: a crawl that dies leaves what it did not ask
for due, and the next one asks (law 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.store.base import Base, transaction

ABSENT = ("not_found", "soft_404")
"""Outcomes that say the thing is not there; other faults say nothing about that."""
MISSES_TO_BE_GONE = 3
"""Law 6: on as many different days."""
REPLACED = "replaced by another document at its address"
"""Why a document is gone that no address leads to any more."""
DAYS_TO_HAVE_SHRUNK = 3
"""On as many different days listings hold far less than before, and it is no fault any more."""
SIZE_TOLERANCE = 0.1
"""By so much they may have grown since the first of these days."""
OUTAGE_SAMPLE = 10
OUTAGE_SHARE = 0.8
"""Where so much of what was asked for is missing, it is the site that is ill."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link that a page shows: where it leads, and who will read it there."""

    url: str
    """Canonical."""
    reader: str
    """Module and class below `crawler.products`, "sitevision.Article"."""
    parent_url: str
    rank: int
    """Place in the order of the listings; what they show first is the newest."""
    dated: str = ""
    """ISO 8601 date of the document that points to it; empty where a listing does."""


@dataclass(frozen=True, slots=True)
class Due:
    """An address whose time has come."""

    url: str
    reader: str
    rank: int
    dated: str
    is_expected: bool
    """Listed in this crawl, and not known to be missing."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What a crawl found missing, counted when it was over."""

    asked: int = 0
    missing: int = 0
    is_outage: bool = False
    """Nearly all was missing: nothing was counted as a miss."""


class Frontier(Base):
    """The addresses of a source. "In this crawl" is told by the crawl's id: clocks jump."""

    @transaction
    def point_to(
        self, source_id: int, crawl_id: int, pointers: Sequence[Pointer], now: str
    ) -> None:
        """Keep that a page shows these links in this crawl; a new one is due at once."""
        self._db.executemany(
            "INSERT INTO frontier "
            "(source_id, url, reader, parent_url, rank, dated, found_at, due_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, url) DO UPDATE SET "
            "reader = excluded.reader, parent_url = excluded.parent_url, rank = excluded.rank, "
            "dated = excluded.dated",
            [
                (source_id, p.url, p.reader, p.parent_url, p.rank, p.dated, now, now)
                for p in pointers
            ],
        )
        for pointer in pointers:
            self._list(source_id, pointer, crawl_id, now)

    def _list(self, source_id: int, pointer: Pointer, crawl_id: int, now: str) -> None:
        """Extend the time through which an address was listed; what is listed again is due."""
        frontier_id = self._one(
            "SELECT id FROM frontier WHERE source_id = ? AND url = ?", source_id, pointer.url
        )["id"]
        extended = self._db.execute(
            "UPDATE listed SET to_crawl_id = max(to_crawl_id, ?1) "
            "WHERE frontier_id = ?2 AND to_crawl_id >= ?3 AND from_crawl_id = "
            "(SELECT max(from_crawl_id) FROM listed WHERE frontier_id = ?2)",
            (crawl_id, frontier_id, self._looked_before(source_id, pointer.parent_url, crawl_id)),
        )
        if not extended.rowcount:
            self._insert(
                "listed", frontier_id=frontier_id, from_crawl_id=crawl_id, to_crawl_id=crawl_id
            )
            self._db.execute(
                "UPDATE frontier SET due_at = min(due_at, ?) WHERE id = ?", (now, frontier_id)
            )

    def _looked_before(self, source_id: int, parent_url: str, crawl_id: int) -> int:
        """Return the crawl that looked at a page before; listings are walked by every crawl."""
        row = self._db.execute(
            "SELECT coalesce((SELECT read_in FROM frontier WHERE source_id = ?1 AND url = ?2), "
            "(SELECT max(id) FROM crawls WHERE source_id = ?1 AND is_complete AND id < ?3), 0)",
            (source_id, parent_url, crawl_id),
        ).fetchone()
        return int(row[0])

    @transaction
    def hurry_unlisted(
        self, source_id: int, crawl_id: int, now: str, *, are_listings_walked: bool
    ) -> None:
        """Make due what was listed when it was last asked for, and is not any more.

        Judged are the links of documents, by what these said last, and those of listings once
        all of them were walked without a fault.
        """
        self._db.execute(
            "UPDATE frontier SET due_at = ?1 WHERE source_id = ?2 AND due_at > ?1 "
            f"AND NOT {_IS_LISTED} AND (?4 OR parent_url IN "
            "(SELECT url FROM frontier AS parent WHERE parent.source_id = ?2)) AND asked_in <= "
            "(SELECT max(to_crawl_id) FROM listed WHERE frontier_id = frontier.id)",
            (now, source_id, crawl_id, are_listings_walked),
        )

    def listing_sizes(self, source_id: int, crawl_id: int) -> tuple[int, int]:
        """Return how many links the listings held in the last complete crawl, and hold now."""
        row = self._one(
            "SELECT coalesce(sum(to_crawl_id >= (SELECT max(id) FROM crawls "
            "WHERE source_id = ?1 AND is_complete AND id < ?2) AND from_crawl_id < ?2), 0) "
            "AS before, coalesce(sum(to_crawl_id = ?2), 0) AS now "
            "FROM frontier JOIN listed ON listed.frontier_id = frontier.id WHERE source_id = ?1 "
            "AND parent_url NOT IN (SELECT url FROM frontier AS parent WHERE source_id = ?1)",
            source_id,
            crawl_id,
        )
        return row["before"], row["now"]

    @transaction
    def has_shrunk_for_good(
        self, source_id: int, crawl_id: int, size: int, *, may_be_empty: bool
    ) -> bool:
        """Note that the listings hold as few links as `size`; tell whether that is the new order.

        It is when, since the last complete crawl, they held no more on three different days. That
        they hold nothing is never accepted, unless the source `may_be_empty`.
        """
        self._db.execute("UPDATE crawls SET shrunk_to = ? WHERE id = ?", (size, crawl_id))
        days = self._one(
            "SELECT count(DISTINCT substr(started_at, 1, 10)) AS n FROM crawls "
            "WHERE source_id = ?1 AND shrunk_to <= ?2 AND id > (SELECT max(id) FROM crawls "
            "WHERE source_id = ?1 AND is_complete AND id < ?3)",
            source_id,
            size * (1 + SIZE_TOLERANCE),
            crawl_id,
        )["n"]
        return days >= DAYS_TO_HAVE_SHRUNK and bool(size or may_be_empty)

    @transaction
    def take_due(
        self, source_id: int, crawl_id: int, *, now: str, horizon: str, limit: int
    ) -> list[Due]:
        """Return what is due and was not taken yet in this crawl, and note that it is taken.

        Taken, not asked for: if this crawl dies, the next one takes it again.

        The newest first, but a quarter of a long queue is what has waited longest to be seen at
        all: so a cap per crawl starves neither. What is due after `horizon` was put off by a
        clock that was wrong, and is due as well.
        """
        values = (now, source_id, crawl_id, horizon)
        newest = self._due(f"{_IS_AFTER_PARENT} ORDER BY rank, found_at DESC, id", values, limit)
        oldest = []
        if len(newest) == limit:
            order = "asked_in, rank DESC, found_at, id"
            oldest = self._due(f"{_IS_AFTER_PARENT} ORDER BY {order}", values, limit // 4)
        newest = newest or self._due("1 ORDER BY rank, id", values, limit)  # parents in a ring
        taken = [*dict.fromkeys([*newest[: limit - len(oldest)], *oldest, *newest])][:limit]
        self._db.executemany(
            "UPDATE frontier SET taken_in = ? WHERE source_id = ? AND url = ?",
            [(crawl_id, source_id, due.url) for due in taken],
        )
        return taken

    def _due(self, chosen: str, values: tuple[object, ...], limit: int) -> list[Due]:
        rows = self._db.execute(
            f"SELECT url, reader, rank, dated, misses < ?5 AND {_IS_SHOWN} AS is_expected "
            f"FROM frontier WHERE {_IS_DUE} AND {chosen} LIMIT ?6",
            (*values, MISSES_TO_BE_GONE, limit),
        )
        return [Due(**{**dict(row), "is_expected": bool(row["is_expected"])}) for row in rows]

    def waiting(self, source_id: int, crawl_id: int, now: str, horizon: str) -> int:
        """Return how many addresses are due and were not taken in this crawl."""
        sql = f"SELECT count(*) AS n FROM frontier WHERE {_IS_DUE}"
        return int(self._one(sql, now, source_id, crawl_id, horizon)["n"])

    @transaction
    def asked(
        self, source_id: int, crawl_id: int, url: str, *, outcome: str, now: str, due_at: str
    ) -> None:
        """Keep what came of asking for an address, and when it is to be asked for again."""
        self._db.execute(
            "UPDATE frontier SET asked_at = ?1, asked_in = ?2, outcome = ?3, due_at = ?4, "
            "read_in = iif(?3 = 'ok', ?2, read_in) WHERE source_id = ?5 AND url = ?6",
            (now, crawl_id, outcome, due_at, source_id, url),
        )

    @transaction
    def settle_absence(self, source_id: int, crawl_id: int, now: str, gone_due_at: str) -> Absence:
        """Count the misses of a complete crawl; what was missed on enough days is gone.

        Days are those of `now`, UTC. What is gone is asked for again at `gone_due_at`.
        """
        absence = self._absence(source_id, crawl_id)
        if absence.is_outage:
            self._call_witnesses(source_id, absence.missing, now)
        else:
            self._found(source_id, crawl_id)
            self._missed(source_id, crawl_id, now, gone_due_at)
            self._lose(source_id, crawl_id, now)
            self._lose_replaced(source_id, crawl_id, now)
        return absence

    def _absence(self, source_id: int, crawl_id: int) -> Absence:
        """Return how much of what is listed and was thought to be there is not.

        What left its listing is vouched for by the listing; but nearly all at once is too much,
        unless the listings have shrunk for good.
        """
        row = self._db.execute(
            f"SELECT count(*) FILTER (WHERE {_IS_LISTED}) AS asked, "
            f"count(*) FILTER (WHERE {_IS_LISTED} AND {_IS_LOST}) AS missing, "
            f"count(*) FILTER (WHERE {_IS_LOST} AND NOT {_IS_VOUCHED_FOR}) AS lost "
            "FROM frontier WHERE source_id = ?2 "
            "AND asked_in = ?3 AND document_id IS NOT NULL AND misses < ?1",
            (MISSES_TO_BE_GONE, source_id, crawl_id),
        ).fetchone()
        replaced = self._one(f"SELECT count(*) AS n FROM {_REPLACED}", source_id, crawl_id)["n"]
        live = self._one(
            "SELECT count(*) AS n FROM documents WHERE source_id = ? AND status = 'live'", source_id
        )["n"]
        lost = row["lost"] + replaced
        if lost >= max(OUTAGE_SAMPLE, live * OUTAGE_SHARE):
            return Absence(live, lost, is_outage=True)
        is_outage = row["missing"] >= max(OUTAGE_SAMPLE, row["asked"] * OUTAGE_SHARE)
        return Absence(row["asked"], row["missing"], is_outage=is_outage)

    def _call_witnesses(self, source_id: int, missing: int, now: str) -> None:
        """Make as many good addresses due as bad ones were met: the next crawl will know better."""
        self._db.execute(
            "UPDATE frontier SET due_at = ?1 WHERE id IN (SELECT id FROM frontier "
            "WHERE source_id = ?2 AND document_id IS NOT NULL AND outcome = 'ok' AND misses = 0 "
            "ORDER BY rank, id LIMIT ?3)",
            (now, source_id, missing),
        )

    def _found(self, source_id: int, crawl_id: int) -> None:
        self._db.execute(
            "UPDATE frontier SET misses = 0, missed_on = NULL, missing_since = NULL, reason = '' "
            "WHERE source_id = ? AND asked_in = ? AND misses > 0 AND outcome = 'ok'",
            (source_id, crawl_id),
        )

    def _missed(self, source_id: int, crawl_id: int, now: str, gone_due_at: str) -> None:
        self._db.execute(
            "UPDATE frontier SET misses = misses + 1, missed_on = ?4, "
            "missing_since = coalesce(missing_since, ?1), "
            "reason = CASE WHEN misses = 0 THEN '' ELSE outcome || "  # one miss proves nothing
            f"CASE WHEN {_IS_LISTED} THEN ', listed' ELSE ', unlisted' END END "
            f"WHERE source_id = ?2 AND asked_in = ?3 AND {_IS_ABSENT} AND missed_on IS NOT ?4",
            (now, source_id, crawl_id, now[:10]),
        )
        # All addresses of a document are looked at before it is called gone, and the page that
        # points to it too: only that says whether it should be there.
        self._db.execute(
            "UPDATE frontier SET due_at = CASE WHEN misses < ?1 THEN ?2 ELSE ?3 END "
            "WHERE source_id = ?4 AND document_id IN (SELECT document_id FROM frontier AS missed "
            "WHERE missed.source_id = ?4 AND missed.asked_in = ?5 AND missed.misses > 0) "
            "OR source_id = ?4 AND asked_in = ?5 AND misses > 0 "
            "OR source_id = ?4 AND misses = 0 AND url IN (SELECT parent_url FROM frontier AS child "
            "WHERE child.source_id = ?4 AND child.asked_in = ?5 AND child.misses BETWEEN 1 AND 2)",
            (MISSES_TO_BE_GONE, now, gone_due_at, source_id, crawl_id),
        )

    def _lose(self, source_id: int, crawl_id: int, now: str) -> None:
        """Say of documents that are missed at all their addresses that they are gone."""
        gone = self._db.execute(
            "SELECT documents.id, max(reason) AS reason FROM documents "
            "JOIN frontier ON frontier.document_id = documents.id "
            "WHERE status = 'live' AND documents.id IN (SELECT document_id FROM frontier "
            "WHERE source_id = ? AND misses > 0) "
            "AND documents.id NOT IN (SELECT document_id FROM replaced) "
            "GROUP BY documents.id HAVING min(misses) >= ?",
            (source_id, MISSES_TO_BE_GONE),
        ).fetchall()
        for row in gone:
            self._end(row["id"], row["reason"], crawl_id, now)

    def _lose_replaced(self, source_id: int, crawl_id: int, now: str) -> None:
        """Count the misses of documents at whose last address another one lies."""
        self._db.execute(
            "UPDATE replaced SET misses = misses + 1, missed_on = ?3 WHERE missed_on IS NOT ?3 "
            f"AND document_id IN (SELECT documents.id FROM {_REPLACED})",
            (source_id, crawl_id, now[:10]),
        )
        gone = self._db.execute(
            "SELECT replaced.document_id FROM replaced JOIN frontier ON frontier.id = frontier_id "
            "WHERE source_id = ? AND replaced.misses >= ?",
            (source_id, MISSES_TO_BE_GONE),
        ).fetchall()
        for row in gone:
            self._end(row["document_id"], REPLACED, crawl_id, now)
            self._db.execute("DELETE FROM replaced WHERE document_id = ?", (row["document_id"],))
        self._db.execute(  # so that three good answers say that another one lies there
            "UPDATE frontier SET due_at = ? WHERE source_id = ? "
            "AND id IN (SELECT frontier_id FROM replaced JOIN documents "
            "ON documents.id = replaced.document_id WHERE status != 'gone')",
            (now, source_id),
        )

    def _end(self, document_id: int, reason: str, crawl_id: int, now: str) -> None:
        self._db.execute("UPDATE documents SET status = 'gone' WHERE id = ?", (document_id,))
        self._insert(
            "events",
            document_id=document_id,
            crawl_id=crawl_id,
            observed_at=now,
            kind="gone",
            new_value=reason,
        )


_IS_DUE = "source_id = ?2 AND (due_at <= ?1 OR due_at > ?4) AND taken_in IS NOT ?3"
_IS_AFTER_PARENT = """NOT EXISTS (
    SELECT 1 FROM frontier AS parent
    WHERE parent.source_id = ?2 AND parent.url = frontier.parent_url
    AND parent.due_at <= ?1 AND parent.taken_in IS NOT ?3
)"""
"""A document's files come after it: it may say that they are no more."""
_IS_ABSENT = f"outcome IN {ABSENT}"
_REPLACED = f"""replaced JOIN documents ON documents.id = replaced.document_id
    JOIN frontier ON frontier.id = frontier_id
    WHERE frontier.source_id = ?1 AND asked_in = ?2 AND status = 'live'
    AND ({_IS_ABSENT} OR outcome = 'ok' AND frontier.document_id IS NOT documents.id)"""
"""Documents that this crawl did not see, though it looked where they were last."""
_IS_SHOWN = """coalesce(
    (SELECT max(to_crawl_id) FROM listed WHERE frontier_id = frontier.id) = ?3, 0
)"""
"""By a page that this crawl has read."""
_IS_LISTED = """coalesce((SELECT max(to_crawl_id) FROM listed WHERE frontier_id = frontier.id)
    >= coalesce((SELECT read_in FROM frontier AS parent
                 WHERE parent.source_id = ?2 AND parent.url = frontier.parent_url), ?3), 0)"""
"""By the document that points to it when that was last read; by the listings of this crawl."""
_IS_VOUCHED_FOR = """coalesce(
    (SELECT max(to_crawl_id) FROM listed WHERE frontier_id = frontier.id)
    < (SELECT max(id) FROM crawls WHERE source_id = ?2 AND shrunk_to IS NOT NULL
       AND (is_complete OR id = ?3)), 0)"""
"""It left listings that have shrunk for good since: a crawl that accepts that is complete."""
_IS_LOST = f"""({_IS_ABSENT} AND NOT EXISTS (
    SELECT 1 FROM frontier AS elsewhere
    WHERE elsewhere.document_id = frontier.document_id AND elsewhere.outcome = 'ok'
    AND elsewhere.asked_in = ?3))"""
"""Not there, and not seen at another address either."""
