"""The words of the served index, so that compounds are found by their last part.

The table `words` has every word of the index that consists of letters, forwards and backwards: what
ends in the same letters lies together backwards. It is filled when the file is published, from the
index, and so from nothing that is not served.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from archive.search.stemming import SWEDISH

MAX_WORD = 40
"""Letters of the longest word that is kept."""
MIN_TAIL = 4
"""Letters of the shortest stem that is looked for at the end of compounds: most words that end in
"tal" or "lag" are none."""
MIN_FRONT = 3
"""Letters that come before it, at least: "anslag" is no compound of "slag"."""
MAX_READ = 20_000
"""Words that are looked at for near ones."""
MAX_ERRORS = 2
"""Letters wrong, missing, too many or swapped in a word that is near another."""
SHORT = 5
"""Letters of a word in which only one may be wrong."""

_TABLE = """
CREATE TABLE words (
    word TEXT PRIMARY KEY,
    reversed TEXT NOT NULL,
    documents INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
_INDEX = "CREATE INDEX words_reversed ON words (reversed, documents)"

_FILL = """
INSERT INTO main.words (word, reversed, documents)
SELECT term, reversed(term), doc FROM temp.indexed_words
WHERE length(term) <= {max_word} AND is_word(term)
ON CONFLICT (word) DO UPDATE SET documents = documents + excluded.documents
"""

_ENDING_IN = """
SELECT word FROM json_each(:tails) AS tail
JOIN words ON reversed BETWEEN tail.value AND tail.value || char(1114111)
WHERE length(word) >= length(tail.value) + :front
GROUP BY word ORDER BY max(documents) DESC LIMIT :limit
"""

_NEAR = """
SELECT word, documents FROM (
    SELECT word, documents FROM words
    WHERE word BETWEEN :head AND :head || char(1114111) LIMIT :limit)
UNION
SELECT word, documents FROM (
    SELECT word, documents FROM words
    WHERE reversed BETWEEN :tail AND :tail || char(1114111) LIMIT :limit)
"""


def fill_words(db: sqlite3.Connection) -> None:
    """Create the table of words in `main`, from all that its index holds."""
    db.execute(_TABLE)
    _fill(db, "main", "documents_fts")
    db.execute(_INDEX)


def add_words(db: sqlite3.Connection, document_ids: Iterable[int]) -> None:
    """Add the words of documents that are new, or say something new, to the table in `main`.

    Words that they said before stay, and those they say again count twice: the numbers are for
    choosing the commonest words, no more.
    """
    (schema,) = db.execute(
        "SELECT sql FROM main.sqlite_master WHERE name = 'documents_fts'"
    ).fetchone()
    tokenize = schema[schema.index("tokenize=") :].removesuffix(")")
    db.execute(
        f"CREATE VIRTUAL TABLE temp.new_texts USING fts5 (title, text, content='', {tokenize})"
    )
    db.execute(
        "INSERT INTO temp.new_texts (rowid, title, text) SELECT id, title, text "
        "FROM main.documents_text WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([*document_ids]),),
    )
    _fill(db, "temp", "new_texts")
    db.execute("DROP TABLE temp.new_texts")


def _fill(db: sqlite3.Connection, schema: str, index: str) -> None:
    db.create_function("reversed", 1, _reversed, deterministic=True)
    db.create_function("is_word", 1, str.isalpha, deterministic=True)
    db.execute(f"CREATE VIRTUAL TABLE temp.indexed_words USING fts5vocab ({schema}, {index}, row)")
    db.execute(_FILL.format(max_word=MAX_WORD))
    db.execute("DROP TABLE temp.indexed_words")


def _reversed(word: str) -> str:
    return word[::-1]


class Words:
    """The words of a served file. Of one thread, as its connection is."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.is_interrupted = False
        """Whether the time was up before all was found."""
        self._snowball = snowballstemmer.stemmer("swedish")

    def stem(self, word: str) -> str:
        """Return what the forms of a word begin with."""
        stem: str = self._snowball.stemWord(word)
        if word.startswith(stem + stem[-1]):
            stem += stem[-1]  # Snowball makes "underskot" of underskott
        for shortened in SWEDISH.shortened(stem):
            others = SWEDISH.forms(shortened) - {stem, stem + "s"}
            if self.held(others) or self._ending_in(others, shortened, 1):
                return shortened
        return stem

    def forms(self, word: str) -> list[str]:
        """Return the word as it stands, and the forms of it that the index has."""
        return [word, *sorted({*self.held(SWEDISH.forms(self.stem(word)))} - {word})]

    def ending_in(self, word: str, limit: int) -> list[str]:
        """Return compounds whose last part is the word, in any form; the commonest."""
        stem = self.stem(word)
        return self._ending_in(SWEDISH.forms(stem), stem, limit)

    def _ending_in(self, forms: Iterable[str], stem: str, limit: int) -> list[str]:
        if len(stem) < MIN_TAIL:
            return []
        tails = json.dumps([*map(_reversed, forms)])
        found = self._rows(_ENDING_IN, {"tails": tails, "front": MIN_FRONT, "limit": limit})
        return [word for (word,) in found]

    def near(self, word: str) -> str | None:
        """Return the word that is most like this one and in the index; the commonest of them."""
        ends = {"head": word[:2], "tail": _reversed(word[-3:]), "limit": MAX_READ}
        documents: dict[str, int] = dict(self._rows(_NEAR, ends))
        errors = MAX_ERRORS if len(word) > SHORT else 1
        found = process.extract(
            word, [*documents], scorer=OSA.distance, score_cutoff=errors, limit=20
        )
        near = [(distance, -documents[other], other) for other, distance, _ in found]
        return min(near)[2] if near else None

    def held(self, words: Collection[str]) -> list[str]:
        """Return those of the words that the index has."""
        sql = "SELECT word FROM json_each(?) JOIN words ON word = value"
        return [word for (word,) in self._rows(sql, (json.dumps([*words]),))]

    def _rows(self, sql: str, values: Sequence[str] | Mapping[str, object]) -> list[Any]:
        """Return what is found; where the time for the whole query is up, nothing more."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if str(error) != "interrupted":
                raise
            self.is_interrupted = True
            return []
