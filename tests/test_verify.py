"""`verify` notices what no other tool does; each defect is planted in a good archive."""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Street, open_street


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """A small archive of two crawls, without fault."""
    for street in open_street(tmp_path_factory.mktemp("sound"), ["pressrum"], pages=30):
        assert street.crawl().returncode == 0
        assert street.crawl().returncode == 0
    return street


@pytest.fixture
def archive(sound: Street, tmp_path: Path) -> Street:
    """A copy to spoil."""
    shutil.copytree(sound.folder, tmp_path / "copy")
    return Street(tmp_path / "copy", sound.slug, [])


def change(archive: Street, *statements: str) -> None:
    with sqlite3.connect(archive.data / "archive.db") as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def warc_files(archive: Street) -> list[Path]:
    return sorted((archive.data / "warc").rglob("*.gz"))


def rewrite(archive: Street, edit: Callable[[bytes], bytes], *, is_revisit: bool = False) -> None:
    """Apply `edit` to a response of the first WARC file, or to a revisit of the second."""
    path = warc_files(archive)[int(is_revisit)]
    row = archive.rows(
        "SELECT warc_offset FROM captures WHERE warc_file LIKE ? "
        "AND (refers_to_id IS NOT NULL) = ? AND http_status < 400 ORDER BY id LIMIT 1 OFFSET 3",
        f"%{path.name}",
        is_revisit,
    )[0]
    data, start = path.read_bytes(), row["warc_offset"]
    end = data.index(b"\x1f\x8b\x08", start + 10)
    member = gzip.compress(edit(gzip.decompress(data[start:end])), mtime=0)
    path.write_bytes(data[:start] + member + data[end:])


def test_a_sound_archive_has_no_problem(archive: Street) -> None:
    done = archive.run("verify")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE versions SET text = text || ' extra' WHERE id = 5", "too many"),
        ("UPDATE versions SET text = substr(text, 9) WHERE id = 5", "words lost"),
        ("DELETE FROM removals WHERE version_id = 1 AND position = 0", "words lost"),
        ("UPDATE removals SET rule = 'x:y' WHERE version_id = 1", "removals differ"),
        ("UPDATE removals SET judge = 'root' WHERE version_id = 1", "removals differ"),
        ("UPDATE removals SET evidence = 'x' WHERE version_id = 1", "removals differ"),
        ("UPDATE versions SET title = 'X' WHERE id = 7", "text differs"),
        ("UPDATE captures SET payload_sha256 = 'ab' WHERE id = 4", "payload"),
        ("UPDATE captures SET warc_offset = warc_offset + 1 WHERE id = 4", "found none"),
        ("UPDATE captures SET url = url || 'x' WHERE id = 4", "expected"),
        ("UPDATE captures SET refers_to_id = 2 WHERE outcome = 'not_modified'", "refers to"),
        ("UPDATE documents SET current_version_id = NULL WHERE id = 3", "without a version"),
        ("UPDATE versions SET text_sha256 = 'x' WHERE id = 1", "text_sha256"),
        ("UPDATE captures SET http_status = 203 WHERE id = 4", "HTTP 203"),
        ("UPDATE captures SET payload_bytes = 1 WHERE id = 4", "expected payload"),
        ("UPDATE documents SET title = 'X' WHERE id = 3", "another title"),
        ("UPDATE documents SET current_version_id = 5 WHERE id = 3", "another document's"),
        ("UPDATE captures SET outcome = 'soft_404'", "was a fault"),
        ("INSERT INTO contacts VALUES (99999, 1, 'x', '', '', '')", "not there"),
    ],
)
def test_a_row_that_lies_is_noticed(archive: Street, statement: str, words: str) -> None:
    change(archive, statement)
    done = archive.run("verify")

    assert done.returncode == 1
    assert words in done.stderr


def test_the_oldest_ledgers_name_no_judge(archive: Street) -> None:
    """They were written before there were columns for it; the rest of them must be right."""
    change(archive, "UPDATE removals SET judge = '', evidence = ''")

    assert archive.run("verify").returncode == 0


def test_a_changed_payload_is_noticed(archive: Street) -> None:
    """One letter, with the record's own digests left as they were."""
    rewrite(archive, lambda record: record[:-10] + b"X" + record[-9:])
    done = archive.run("verify")

    assert done.returncode == 1
    assert "digest failed" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"WARC-Date: 2", b"WARC-Date: x2", "expected a WARC-Date"),
        (b"WARC-Date:", b"WARC-Datum:", "expected a WARC-Date"),
        (b"WARC-Target-URI: ", b"WARC-Target-URI: <", "angle brackets"),
        (b"WARC-Type: response", b"WARC-Type: svar", "expected one of warcinfo"),
        (b"Content-Length: ", b"Content-Length: 9", "cannot be read past|torn|bytes|digest"),
    ],
)
def test_a_header_that_breaks_the_standard_is_noticed(
    archive: Street, old: bytes, new: bytes, words: str
) -> None:
    """Of most of these, facts say, no single validator sees them all."""
    rewrite(archive, lambda record: record.replace(old, new, 1))
    done = archive.run("verify")

    assert done.returncode == 1
    assert re.search(words, done.stderr)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"WARC-Profile:", b"X-Profile:", "expected a WARC-Profile"),
        (b"WARC-Refers-To: <urn:uuid:", b"WARC-Refers-To: <urn:uuid:0", "refers to"),
    ],
)
def test_a_revisit_that_leads_nowhere_is_noticed(
    archive: Street, old: bytes, new: bytes, words: str
) -> None:
    rewrite(archive, lambda record: record.replace(old, new, 1), is_revisit=True)
    done = archive.run("verify")

    assert done.returncode == 1
    assert words in done.stderr


def test_a_lost_request_record_is_noticed(archive: Street) -> None:
    """The last record of a file, which no row cites by itself."""
    path = warc_files(archive)[0]
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\x1f\x8b\x08")])
    done = archive.run("verify")

    assert done.returncode == 1
    assert "expected a request record" in done.stderr


def test_a_torn_file_is_noticed(archive: Street) -> None:
    path = warc_files(archive)[0]
    path.write_bytes(path.read_bytes()[:-7])
    done = archive.run("verify")

    assert done.returncode == 1
    assert "torn after byte" in done.stderr


def test_a_file_cut_between_two_records_is_noticed(archive: Street) -> None:
    """No WARC tool can see this: only rows know what should be there."""
    path = warc_files(archive)[0]
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\x1f\x8b\x08", 0, data.rindex(b"\x1f\x8b\x08"))])
    done = archive.run("verify")

    assert done.returncode == 1
    assert "expected a record, found none" in done.stderr


def test_a_missing_file_is_noticed(archive: Street) -> None:
    warc_files(archive)[1].unlink()
    done = archive.run("verify")

    assert done.returncode == 1
    assert "expected a WARC file, found none" in done.stderr


def test_a_record_id_used_twice_is_noticed(archive: Street) -> None:
    path = warc_files(archive)[0]
    data = path.read_bytes()
    last = data.rindex(b"\x1f\x8b\x08")
    path.write_bytes(data + data[last:])
    done = archive.run("verify")

    assert done.returncode == 1
    assert "used 2 times" in done.stderr


def test_without_an_archive_it_says_so(tmp_path: Path) -> None:
    done = Street(tmp_path, "x", []).run("verify")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "crawl something first" in done.stderr
