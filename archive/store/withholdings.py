"""Rows about what is withheld and erased: hidden at once, erased as ordered, released again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.cleaning.template import Template
from archive.errors import ArchiveError
from archive.passages import TELLING_LETTERS, Fingerprint, Known, letters_of, masked
from archive.store.base import Base, transaction
from archive.text import sha256

Scope = Literal["document", "version", "passage"]

_OF_VERSION = {
    "versions": ("id", ("title", "text")),
    "removals": ("version_id", ("text", "evidence")),
    "fields": ("version_id", ("value",)),
    "contacts": ("version_id", ("name", "role", "phone", "email")),
}
"""Tables with words of a version: the column that names it, and those that hold the words."""

_OF_DOCUMENT = {
    "documents": ("id = :id", ("title",)),
    "meetings": ("document_id = :id", ("place",)),
    "agenda_items": (
        "meeting_id IN (SELECT id FROM meetings WHERE document_id = :id)",
        ("title", "text", "diarienummer"),
    ),
    "events": (
        (
            "kind LIKE 'attachment%' AND ((SELECT key FROM documents WHERE id = :id) "
            "IN (old_value, new_value) OR (document_id, field) IN (SELECT parent_document_id, "
            "label FROM attachments WHERE attachments.document_id = :id))"
        ),
        ("field",),
    ),
    "attachments": ("parent_document_id = :id OR document_id = :id", ("label",)),
}
"""Tables with words of a document as it is now: which rows are its own, and the columns.

The events are those of documents that point to it; they are known by the labels, which go last.
"""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is to be withheld: a whole document, one of its versions, or a passage of it."""

    document_id: int
    reason: str
    """One of `archive.withholding.REASONS`."""
    scope: Scope = "document"
    version_number: int | None = None
    passage: str = ""
    """Normalised; empty in a row whose words are erased."""


class Withholdings(Base):
    """Withholdings, and the erasures they order."""

    @transaction
    def withhold(self, hidden: Hidden, now: str) -> int:
        """Hide it from everything served; return the row's id. Done twice it is one row."""
        return self._withhold(hidden, now)

    @transaction
    def release(self, document_id: int, version_number: int | None, passage: str, now: str) -> int:
        """Show again; return how many withholdings ended.

        Without version and passage all of the document end. What is erased stays erased.
        """
        self._db.create_function("is_passage", 5, _is_passage)
        ended = self._db.execute(
            "UPDATE withholdings SET released_at = ? WHERE document_id = ? "
            "AND released_at IS NULL AND (? IS NULL OR version_number = ?) "
            "AND (?5 = '' OR is_passage(?5, passage, salt, letters, digest))",
            (now, document_id, version_number, version_number, passage),
        ).rowcount
        self._db.execute(
            "UPDATE documents SET status = coalesce((SELECT CASE kind WHEN 'gone' THEN 'gone' END "
            "FROM events WHERE document_id = documents.id AND kind IN ('gone', 'back') "
            "ORDER BY id DESC LIMIT 1), 'live') WHERE id = ? AND status = 'withheld' "
            "AND NOT EXISTS (SELECT 1 FROM withholdings WHERE document_id = documents.id "
            "AND scope = 'document' AND released_at IS NULL)",
            (document_id,),
        )
        return ended

    def is_withheld_address(self, source_id: int, url: str) -> bool:
        """Tell whether asking for `url` would bring back what was erased.

        So it is while the bytes that the document's current version was read from are erased and
        the withholding stands. A document that is withheld but not erased is still followed.
        """
        row = self._db.execute(
            # CROSS: from the few withholdings to their documents, not the other way round.
            "SELECT 1 FROM withholdings CROSS JOIN documents "
            "ON documents.id = withholdings.document_id "
            "JOIN versions AS current ON current.id = current_version_id "
            "JOIN captures AS read ON read.id = current.capture_id "
            "JOIN erasures ON erasures.payload_sha256 = read.payload_sha256 "
            "WHERE erase_ordered_at IS NOT NULL AND released_at IS NULL "
            "AND documents.source_id = :source AND (documents.url = :url "
            "OR documents.id IN (SELECT versions.document_id "
            "FROM captures JOIN versions ON versions.capture_id = captures.id "
            "WHERE captures.url = :url UNION SELECT frontier.document_id FROM frontier "
            "WHERE frontier.source_id = :source AND frontier.url = :url)) "
            "LIMIT 1",
            {"source": source_id, "url": url},
        ).fetchone()
        return row is not None

    # Erasing

    @transaction
    def order_erasure(
        self, hidden: Collection[Hidden], capture_ids: Collection[int], now: str
    ) -> None:
        """Hide it, blank its words in every row, and note the captures whose bytes are to go.

        From here on the erasure is finished by whoever comes next, see `archive.erasing`.
        """
        self._db.execute("PRAGMA secure_delete = ON")
        ids = [self._withhold(one, now) for one in hidden]
        passages = [Known(one.passage) for one in hidden if one.scope == "passage"]
        for one, row_id in zip(hidden, ids, strict=True):
            self._erase_words(one, passages, now)
            self._forget_passage(row_id, one.passage, now)
        self._db.executemany(
            "INSERT INTO erasures (withholding_id, capture_id, payload_sha256) "
            "SELECT ?, id, payload_sha256 FROM captures WHERE id = ? "
            "ON CONFLICT (capture_id) DO NOTHING",
            [(ids[0], capture_id) for capture_id in sorted(capture_ids)],
        )
        self._forget_validators()
        self._db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('rebuild')")

    def unfinished_kommuner(self) -> list[str]:
        """Return the slugs of kommuner in whose WARC files there are bytes that are to go."""
        rows = self._db.execute(
            "SELECT DISTINCT kommuner.slug FROM erasures JOIN captures ON captures.id = capture_id "
            "JOIN crawls ON crawls.id = crawl_id JOIN sources ON sources.id = source_id "
            "JOIN kommuner USING (kommunkod) WHERE erasures.erased_at IS NULL"
        )
        return [row["slug"] for row in rows]

    def files_to_rewrite(self, slugs: Collection[str]) -> list[tuple[str, str, list[str]]]:
        """Return (WARC file, reason, ids of its records whose bytes are to go) of these kommuner.

        Files with several reasons come once for each.
        """
        marks = ", ".join("?" * len(slugs))
        rows = self._db.execute(
            "SELECT captures.warc_file, withholdings.reason, "
            "group_concat(warc_record_id, ' ') AS record_ids "
            "FROM erasures JOIN withholdings ON withholdings.id = withholding_id "
            "JOIN captures ON captures.id = capture_id JOIN crawls ON crawls.id = crawl_id "
            "JOIN sources ON sources.id = source_id JOIN kommuner USING (kommunkod) "
            f"WHERE erasures.erased_at IS NULL AND kommuner.slug IN ({marks}) "
            "GROUP BY captures.warc_file, withholdings.reason ORDER BY captures.warc_file",
            tuple(slugs),
        )
        return [(row["warc_file"], row["reason"], row["record_ids"].split()) for row in rows]

    @transaction
    def replace_warc(
        self,
        warc_file: str,
        offsets: Mapping[str, int],
        erased: Sequence[str],
        now: str,
        replace: Callable[[], None],
    ) -> None:
        """Note where the records of a rewritten file lie, and put it in its place.

        `offsets`: record id to byte; `erased`: ids of the records whose bytes are gone; `replace`
        renames the file and returns when that is on disk. If the process dies between the two,
        the same file is rewritten once more.
        """
        self._db.executemany(
            "UPDATE captures SET warc_offset = ? WHERE warc_file = ? AND warc_record_id = ?",
            [(offset, warc_file, record_id) for record_id, offset in offsets.items()],
        )
        self._db.executemany(
            "UPDATE erasures SET erased_at = ? WHERE capture_id IN "
            "(SELECT id FROM captures WHERE warc_file = ? AND warc_record_id = ?)",
            [(now, warc_file, record_id) for record_id in erased],
        )
        replace()

    def is_scrubbing_due(self) -> bool:
        """Tell whether all bytes of some erasure are gone but for what the database remembers."""
        return self._db.execute(f"SELECT 1 {_REWRITTEN} LIMIT 1").fetchone() is not None

    def scrub(self, now: str) -> None:
        """Write the database anew, so that no free page and no log holds what was blanked.

        Raises `ArchiveError` while another program reads on and keeps the log from ending.
        """
        with self._write_lock():
            self._db.execute("VACUUM")
            if self._one("PRAGMA wal_checkpoint(TRUNCATE)")[0]:
                raise ArchiveError(
                    "expected to empty archive.db-wal, found another program reading; end it and "
                    "run the command again: the erasure is not finished until then"
                )
        self._close_erasures(now)

    @transaction
    def _close_erasures(self, now: str) -> None:
        self._db.execute(
            f"UPDATE withholdings SET erased_at = ? WHERE id IN (SELECT id {_REWRITTEN})", (now,)
        )

    def _withhold(self, hidden: Hidden, now: str) -> int:
        if row := self._same(hidden):
            return int(row["id"])
        row_id = self._insert(
            "withholdings",
            document_id=hidden.document_id,
            scope=hidden.scope,
            version_number=hidden.version_number,
            passage=hidden.passage,
            reason=hidden.reason,
            withheld_at=now,
        )
        if hidden.scope == "document":
            self._db.execute(
                "UPDATE documents SET status = 'withheld' WHERE id = ?", (hidden.document_id,)
            )
        if hidden.scope != "passage":
            self._remember_texts(row_id, hidden)
        return row_id

    def _same(self, hidden: Hidden) -> sqlite3.Row | None:
        self._db.create_function("is_passage", 5, _is_passage)
        row: sqlite3.Row | None = self._db.execute(
            "SELECT id FROM withholdings WHERE document_id = ? AND scope = ? "
            "AND version_number IS ? AND released_at IS NULL "
            "AND is_passage(?, passage, salt, letters, digest)",
            (hidden.document_id, hidden.scope, hidden.version_number, hidden.passage),
        ).fetchone()
        return row

    def _remember_texts(self, withholding_id: int, hidden: Hidden) -> None:
        """Keep the hashes of the texts, so that they are known under another key, too."""
        self._db.execute(
            "INSERT OR IGNORE INTO withheld_texts SELECT ?, text_sha256 FROM versions "
            "WHERE document_id = ? AND (? IS NULL OR number = ?) AND length(text) >= ?",
            (
                withholding_id,
                hidden.document_id,
                hidden.version_number,
                hidden.version_number,
                TELLING_LETTERS,
            ),
        )

    def _erase_words(self, hidden: Hidden, passages: Sequence[Known], now: str) -> None:
        """Blank what is to be erased; `passages` go together, for they may overlap."""
        if hidden.scope == "passage":
            self._rewrite(hidden, lambda text: masked(text, passages))
            own = {"id": hidden.document_id}  # words that were withheld once hold them, too
            self._rewrite_columns("withholdings", ("passage",), "document_id = :id", own)
            self._erase_from_templates(hidden.document_id, passages)
            return
        self._rewrite(hidden, lambda _: "")
        if hidden.scope == "document":
            passages = self._db.execute(
                "SELECT id, passage FROM withholdings WHERE document_id = ? AND passage != ''",
                (hidden.document_id,),
            ).fetchall()
            for row in passages:
                self._forget_passage(row["id"], row["passage"], now)

    def _forget_passage(self, row_id: int, words: str, now: str) -> None:
        """Note that an erasure is ordered; of the words a fingerprint is kept, to hide them by."""
        letters = letters_of(words)
        kept = Fingerprint.of(letters) if letters else Fingerprint("", 0, "")
        self._db.execute(
            "UPDATE withholdings SET erase_ordered_at = ?, erased_at = NULL, passage = '', "
            "said_again_at = NULL, salt = ?, letters = ?, digest = ? WHERE id = ?",
            (now, kept.salt, kept.letters, kept.digest, row_id),
        )

    def _erase_from_templates(self, document_id: int, passages: Sequence[Known]) -> None:
        """Forget what lines of the source's templates say; they are still known when met."""
        rows = self._db.execute(
            "SELECT id, digest, lines FROM templates "
            "WHERE source_id = (SELECT source_id FROM documents WHERE id = ?)",
            (document_id,),
        ).fetchall()
        for row in rows:
            template = Template.from_json(row["lines"], row["digest"])
            doomed = [line for line in template.lines if masked(line, passages) != line]
            if doomed:
                lines = template.without(doomed).to_json()
                self._db.execute("UPDATE templates SET lines = ? WHERE id = ?", (lines, row["id"]))

    def _rewrite(self, hidden: Hidden, rewrite: Callable[[str], str]) -> None:
        """Put every text that holds words of `hidden` through `rewrite`."""
        self._db.create_function("rewritten", 1, lambda text: text and rewrite(text))
        self._db.create_function("sha256", 1, sha256)
        versions = (
            "SELECT id FROM versions WHERE document_id = :id "
            "AND (:number IS NULL OR number = :number)"
        )
        named = {"id": hidden.document_id, "number": hidden.version_number}
        for table, (version_id, columns) in _OF_VERSION.items():
            self._rewrite_columns(table, columns, f"{version_id} IN ({versions})", named)
        self._db.execute(
            f"UPDATE versions SET text_sha256 = sha256(text) WHERE id IN ({versions})", named
        )
        current = f"(SELECT current_version_id FROM documents WHERE id = :id) IN ({versions})"
        for table, (rows, columns) in _OF_DOCUMENT.items():
            self._rewrite_columns(table, columns, f"({rows}) AND {current}", named)
        self._rewrite_columns("events", ("old_value", "new_value"), "document_id = :id", named)
        labels = "document_id = :id AND kind LIKE 'attachment%'"
        self._rewrite_columns("events", ("field",), labels, named)

    def _rewrite_columns(
        self, table: str, columns: Iterable[str], where: str, named: Mapping[str, object]
    ) -> None:
        for column in columns:
            self._db.execute(
                f"UPDATE {table} SET {column} = rewritten({column}) "
                f"WHERE {column} IS NOT rewritten({column}) AND {where}",
                named,
            )

    def _forget_validators(self) -> None:
        """Let no request ask whether erased bytes have changed."""
        self._db.execute(
            "UPDATE captures SET etag = '', last_modified = '' WHERE payload_sha256 IN "
            "(SELECT payload_sha256 FROM erasures WHERE erased_at IS NULL)"
        )


def _is_passage(words: str, passage: str, salt: str, letters: int, digest: str) -> bool:
    """Tell whether a row's passage, erased or not, is `words`; a row without one has ""."""
    if digest:
        return Fingerprint(salt, letters, digest).is_of(letters_of(words))
    return words == passage


_REWRITTEN = (
    "FROM withholdings WHERE erase_ordered_at IS NOT NULL AND erased_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.erased_at IS NULL)"
)
