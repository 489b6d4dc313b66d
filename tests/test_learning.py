"""Templates: learnt at the end of a crawl, used by the next, named in who read the page."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from archive.cleaning.template import Template
from archive.reading import open_read_only
from archive.records import Removal
from archive.store import READINGS, Reading, Store, StoredTemplate
from archive.times import utc_now
from crawler.learning import is_due
from crawler.locks import kommun_lock
from crawler.rereading import reread_as_stored
from tests.conftest import Street, open_street
from tests.towns.faults import BANNER

pytestmark = pytest.mark.slow  # crawls a town a dozen times; run by `make test-slow`

SOURCES = ["pressrum", "nyheter-hudiksvall"]
NOTICE = (
    "Bevattningsförbud",
    "Grundvattnet är lågt i hela kommunen, och därför råder bevattningsförbud. Läs mer",
)
"""What a reader sees of the banner."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Two towns in a crisis, crawled once; they go on being served."""
    folder = tmp_path_factory.mktemp("crisis")
    for street in open_street(folder, SOURCES, ["crisis-banner"], pages=62):
        done = street.crawl()
        assert done.returncode == 0, done.stderr
        yield street


@pytest.fixture(scope="module")
def twice(served: Street, tmp_path_factory: pytest.TempPathFactory) -> Street:
    """The same, crawled a second time; not to be changed."""
    street = copied(served, tmp_path_factory.mktemp("twice"))
    done = street.crawl()
    assert done.returncode == 0, done.stderr
    return street


@pytest.fixture
def archive(twice: Street, tmp_path: Path) -> Street:
    """A copy of it to change, or to crawl again: then only the first of the towns."""
    street = copied(twice, tmp_path)
    path = street.folder / "kommuner" / "staden.toml"
    path.write_text(path.read_text("utf-8").rpartition("[[sources]]")[0], "utf-8")
    return street


def copied(street: Street, folder: Path) -> Street:
    shutil.copytree(street.folder, folder / "copy")
    return Street(folder / "copy", street.slug, street.visits)


def causes(street: Street) -> dict[str, int]:
    rows = street.rows("SELECT cause, count(*) AS n FROM versions GROUP BY cause")
    return {row["cause"]: row["n"] for row in rows}


def change(street: Street, statement: str) -> None:
    with sqlite3.connect(street.data / "archive.db") as db:
        db.execute(statement)
    db.close()


def learn_instead(street: Street, template: Template) -> None:
    """Let the sources have another template, learnt just now."""
    with Store(street.data / "archive.db") as store:
        for row in street.rows("SELECT id FROM sources"):
            store.put_template(row["id"], template, 20, utc_now())


def test_the_first_crawl_learns_what_recurs_and_nothing_else(served: Street) -> None:
    learnt = served.rows("SELECT * FROM templates")

    assert len(learnt) == len(SOURCES)
    for row in learnt:
        assert (row["version"], tuple(json.loads(row["lines"]))) == (1, NOTICE)
        assert row["pages"] > 10
        assert row["digest"] == Template(NOTICE).digest
    assert all(words in BANNER for line in NOTICE for words in line.split(". "))
    assert served.rows("SELECT * FROM removals WHERE rule = 'template:recurring'") == []


def test_the_second_crawl_takes_the_banner_and_leaves_the_articles_words(twice: Street) -> None:
    """Law 3: same bytes, so the cause is the extractor, and it is named."""
    rows = twice.rows(
        "SELECT before.text AS before, after.text AS after, after.cause, after.extractor, "
        "before.extractor AS earlier, after.id FROM documents "
        "JOIN versions AS after ON after.id = current_version_id JOIN versions AS before "
        "ON before.document_id = documents.id AND before.number = 1 "
        "WHERE kind IN ('news', 'press_release')"
    )
    ledger = twice.rows(
        "SELECT version_id, text, judge, evidence FROM removals "
        "WHERE rule = 'template:recurring' ORDER BY version_id, position"
    )
    digest = Template(NOTICE).digest

    assert len(rows) > 30
    for row in rows:
        assert row["before"].startswith(NOTICE[0])
        assert row["after"] == row["before"].partition(NOTICE[1])[2].lstrip("\n")
        assert row["cause"] == "extractor"
        assert row["extractor"] == f"{row['earlier']}+template:{digest}"
    assert [(r["version_id"], r["text"]) for r in ledger] == [
        (version, line) for version in sorted(row["id"] for row in rows) for line in NOTICE
    ]
    assert {row["judge"] for row in ledger} == {"template"}
    assert all(digest in row["evidence"] for row in ledger)
    assert causes(twice).keys() == {"first", "extractor"}


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_both_readings_can_be_repeated_in_any_process(
    twice: Street, seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with and those without a template: `verify` compares texts and ledgers."""
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    done = twice.run("verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert "0 read by an older extractor" in done.stdout


def test_pages_are_read_alike_in_any_order_by_one_process_or_four(twice: Street) -> None:
    """A page knows its bytes and its template, and no other page."""
    versions = twice.rows(
        f"{READINGS.partition(' FROM ')[0]}, documents.source_id FROM documents "
        "JOIN versions ON versions.document_id = documents.id "
        "JOIN captures ON captures.id = versions.capture_id "
        "JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id) "
        "WHERE text_is_read ORDER BY versions.id DESC LIMIT 80"
    )
    jobs = [(twice.data, tuple(row)) for row in versions]
    shuffled = random.Random(4).sample(jobs, len(jobs))
    with ProcessPoolExecutor(4, get_context("spawn")) as four:
        apart = dict(zip(map(str, shuffled), four.map(said, shuffled, chunksize=8), strict=True))

    assert len(jobs) == 80
    assert [apart[str(job)] for job in jobs] == [said(job) for job in jobs]


def said(job: tuple[Path, tuple[Any, ...]]) -> tuple[str, tuple[Removal, ...]]:
    """Return text and ledger of one version, read again; runs in any process."""
    data, (*columns, source_id) = job
    with closing(open_read_only(data)) as db:
        source = db.execute("SELECT * FROM sources WHERE id = ?", (source_id,)).fetchone()
        document = reread_as_stored(db, Reading(*columns), source, data)
    assert document is not None
    return document.text, document.removals


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_learning_again_gives_the_same_in_any_process(
    archive: Street, seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are read without the template that was learnt of them."""
    before = archive.rows("SELECT source_id, version, digest, lines FROM templates")
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    done = archive.run("learn", archive.slug)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"\n  {NOTICE[1]}\n") == 1
    assert archive.rows("SELECT source_id, version, digest, lines FROM templates") == before


def test_a_third_crawl_changes_nothing_and_learns_nothing(archive: Street) -> None:
    before = archive.rows("SELECT * FROM templates"), causes(archive)
    done = archive.crawl()

    assert done.returncode == 0, done.stderr
    assert (archive.rows("SELECT * FROM templates"), causes(archive)) == before


def test_a_template_that_changes_no_text_makes_no_version(archive: Street) -> None:
    """Law 4: who reads is not what is said."""
    before = causes(archive)
    learn_instead(archive, Template((*NOTICE, "Något helt annat än det som står på sidorna.")))
    assert archive.crawl().returncode == 0

    assert causes(archive) == before
    assert archive.run("verify").returncode == 0


def test_an_old_template_is_looked_at_again(archive: Street) -> None:
    """After thirty days; what is learnt then is the same, and no new version of it."""
    change(archive, "UPDATE templates SET checked_at = '2020-01-01T00:00:00Z'")
    assert archive.crawl().returncode == 0
    learnt = archive.rows("SELECT version, learnt_at, checked_at FROM templates ORDER BY source_id")

    assert [row["version"] for row in learnt] == [1] * len(SOURCES)
    assert learnt[0]["checked_at"] > learnt[0]["learnt_at"]


@pytest.mark.parametrize("template", [Template(NOTICE), Template(())], ids=["before", "after"])
def test_the_end_of_a_crisis_changes_no_text(archive: Street, template: Template) -> None:
    """The banner is gone from the pages; it was gone from the texts before.

    It does not come back with the old bytes for a moment, when nothing recurs any more.
    """
    before = causes(archive)
    learn_instead(archive, template)
    data = archive.data
    for calm in open_street(archive.folder, SOURCES[:1], pages=62):
        assert calm.data == data
        assert calm.crawl().returncode == 0

    assert causes(archive) == before


def test_the_end_of_a_crisis_and_a_first_template_are_not_the_source_s_doing(
    served: Street, tmp_path: Path
) -> None:
    """Old bytes are read with the template before new ones are compared."""
    archive = copied(served, tmp_path)
    for calm in open_street(archive.folder, SOURCES[:1], pages=62):
        assert calm.crawl().returncode == 0
    texts = archive.rows("SELECT text FROM documents_current WHERE kind = 'press_release'")

    assert causes(archive).keys() == {"first", "extractor"}
    assert not any(NOTICE[1] in row["text"] for row in texts)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM templates", "expected template {digest} of source"),
        ("UPDATE templates SET lines = '[]'", "expected template {digest}, found"),
        ("UPDATE templates SET lines = 'x'", "expected template {digest}: "),
    ],
)
def test_a_template_that_is_not_there_is_said_so(
    archive: Street, statement: str, words: str
) -> None:
    change(archive, statement)
    done = archive.run("verify")

    assert done.returncode == 1
    assert words.format(digest=Template(NOTICE).digest) in done.stderr
    assert "Traceback" not in done.stderr


def test_learn_says_what_it_cannot_do(archive: Street, tmp_path: Path) -> None:
    """An unknown kommun, one being crawled, an archive that is not there: a line each."""
    unknown = archive.run("learn", "x")
    with kommun_lock(archive.data, archive.slug):
        locked = archive.run("learn", archive.slug)
    shutil.rmtree(archive.data)
    missing = archive.run("learn", archive.slug)

    assert [done.returncode for done in (unknown, locked, missing)] == [2, 75, 2]
    assert all(done.stderr.count("\n") == 1 for done in (unknown, locked, missing))
    assert not (archive.data / "archive.db").exists()


@pytest.mark.parametrize(
    ("checked_at", "now", "due"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", "2026-01-31T00:00:01Z", True),
    ],
)
def test_it_is_time_after_thirty_days(checked_at: str, now: str, due: bool) -> None:
    assert is_due(StoredTemplate(1, Template(()), checked_at), now) is due
    assert is_due(None, now)
