"""Odd answers, as no well-behaved server sends them, and what becomes of each."""

from __future__ import annotations

import gzip
import shutil
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

from archive.warc import read_record
from tests.conftest import Street
from tests.rawserver import FILE, MEETING, SITE, Reply, ok, page, raw_site

MEETING_PAGE: bytes = SITE[MEETING]  # type: ignore[assignment]
PDF: bytes = SITE[FILE]  # type: ignore[assignment]


def outcome(town: Street, path: str) -> str:
    rows = town.rows("SELECT outcome FROM captures WHERE url LIKE ? ORDER BY id DESC", f"%{path}")
    return str(rows[0]["outcome"])


def text(town: Street) -> str:
    return str(town.rows("SELECT text FROM documents_current WHERE kind = 'meeting'")[0]["text"])


def test_a_plain_site_is_archived_whole(tmp_path: Path) -> None:
    """The others change one thing each."""
    with raw_site(tmp_path) as (town, asked):
        done = town.crawl()

        assert (done.returncode, done.stderr) == (0, "")
        assert text(town) == "§ 1 Budget\n\nText om budgeten."
        assert sorted(asked.paths) == sorted(SITE)
        assert town.run("verify").returncode == 0


def test_headers_that_are_not_utf8_are_kept_as_bytes(tmp_path: Path) -> None:
    """Latin-1 in a file name, and in the reason phrase."""
    name = 'Content-Disposition: inline; filename="Kåge.pdf"'
    odd = ok(b"%PDF-1.4\n", "Content-Type: application/pdf", name, status="200 Okej då")
    with raw_site(tmp_path, {FILE: odd}) as (town, _):
        done = town.crawl()
        [row] = town.rows("SELECT * FROM captures WHERE url LIKE ?", f"%{FILE}")

        assert done.returncode == 0, done.stderr
        raw = gzip.decompress((town.data / row["warc_file"]).read_bytes())
        assert 'filename="Kåge.pdf"'.encode("latin-1") in raw
        assert "HTTP/1.1 200 Okej då".encode("latin-1") in raw


def test_an_unasked_304_is_an_error_and_asked_for_twice_at_most(tmp_path: Path) -> None:
    with raw_site(tmp_path, {FILE: b"HTTP/1.1 304 Not Modified\r\n\r\n"}) as (town, asked):
        done = town.crawl()

        assert done.returncode == 1
        assert asked.paths.count(FILE) == 2
        assert outcome(town, FILE) == "error"


def test_a_304_does_not_change_what_the_bytes_are(tmp_path: Path) -> None:
    """Some servers send a content type of their own with a 304."""

    def once(headers: dict[str, str]) -> bytes:
        if "if-none-match" in headers:
            return b"HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\n\r\n"
        return PDF.replace(b"\r\n", b'\r\nETag: "a"\r\n', 1)

    with raw_site(tmp_path, {FILE: once}) as (town, _):
        town.crawl()
        town.crawl()
        rows = town.rows("SELECT content_type, outcome FROM captures WHERE url LIKE ?", f"%{FILE}")

        assert [tuple(row) for row in rows] == [
            ("application/pdf", "ok"),
            ("application/pdf", "not_modified"),
        ]


def test_bytes_that_were_lost_are_kept_again(tmp_path: Path) -> None:
    """A revisit of a record that is gone would be worth nothing."""
    with raw_site(tmp_path) as (town, _):
        town.crawl()
        shutil.rmtree(town.data / "warc")
        town.crawl()
        [row] = town.rows("SELECT * FROM captures WHERE url LIKE ? AND crawl_id = 2", f"%{FILE}")

        assert (row["outcome"], row["refers_to_id"]) == ("ok", None)
        assert read_record(town.data / row["warc_file"], row["warc_offset"]).rec_type == "response"
        town.crawl()
        [row] = town.rows("SELECT * FROM captures WHERE url LIKE ? AND crawl_id = 3", f"%{FILE}")
        assert row["outcome"] == "duplicate"


def test_validators_belong_to_the_address_that_sent_them(tmp_path: Path) -> None:
    """Equal bytes elsewhere do not lend theirs."""
    other = f"{MEETING}/agenda/andrapdf"
    both = MEETING_PAGE.replace(b"</li>", f'<a href="{other}">Andra.pdf</a></li>'.encode())
    body = both.partition(b"\r\n\r\n")[2]
    files: dict[str, Reply] = {
        MEETING: ok(body),
        FILE: PDF.replace(b"\r\n", b'\r\nETag: "a"\r\n', 1),
        other: PDF,
    }
    with raw_site(tmp_path, files) as (town, asked):
        town.crawl()
        town.crawl()
        asks = dict(zip(asked.paths, asked.headers, strict=True))

        assert asks[FILE]["if-none-match"] == '"a"'
        assert "if-none-match" not in asks[other]


def test_text_after_the_end_of_the_page_is_text(tmp_path: Path) -> None:
    """Browsers show it; the parser would drop it."""
    late = MEETING_PAGE.partition(b"\r\n\r\n")[2] + "<p>En oklädd efterskrift.</p>".encode()
    with raw_site(tmp_path, {MEETING: ok(late)}) as (town, _):
        town.crawl()
        removed = town.rows("SELECT text FROM removals WHERE text LIKE '%oklädd%'")

        assert "oklädd" in text(town) or removed


def test_a_body_of_several_gzip_members_is_read_whole(tmp_path: Path) -> None:
    body = MEETING_PAGE.partition(b"\r\n\r\n")[2]
    packed = gzip.compress(body[:300], mtime=0) + gzip.compress(body[300:], mtime=0)
    with raw_site(tmp_path, {MEETING: ok(packed, "Content-Encoding: gzip")}) as (town, _):
        assert town.crawl().returncode == 0
        assert "Text om budgeten." in text(town)


def test_partial_content_is_no_document(tmp_path: Path) -> None:
    part = ok(b"%PDF-1.4\n", "Content-Type: application/pdf", status="206 Partial Content")
    with raw_site(tmp_path, {FILE: part}) as (town, _):
        assert town.crawl().returncode == 1
        assert outcome(town, FILE) == "truncated"
        assert town.rows("SELECT id FROM documents WHERE kind != 'meeting'") == []


def test_an_unknown_content_encoding_is_damaged(tmp_path: Path) -> None:
    with raw_site(tmp_path, {MEETING: ok(b"x", "Content-Encoding: br")}) as (town, _):
        assert town.crawl().returncode == 1
        assert outcome(town, MEETING) == "damaged"


def test_a_secret_in_an_address_reaches_no_message(tmp_path: Path) -> None:
    """The query of an address may carry a token; messages are mailed and shown."""
    login = "Location: http://login.example.se/in?client_secret=HEMLIG&token=abc"
    with raw_site(tmp_path, {FILE: ok(b"", login, status="302 Found")}) as (town, _):
        done = town.crawl()
        said = [done.stderr, *(row["message"] for row in town.rows("SELECT message FROM alerts"))]
        said += [row["reason"] for row in town.rows("SELECT reason FROM crawls")]

        assert done.returncode == 1
        assert not [words for words in said if "HEMLIG" in words]


def test_a_list_of_any_depth_is_walked(tmp_path: Path) -> None:
    """Scrapy's depth limit would end it in silence."""
    organs = {
        f"/committees/namnd-{n}": ok(
            page(
                f"Nämnd {n}",
                f'<a href="/committees/namnd-{n}/mote-2020-01-01">2020-01-01</a>'
                f'<a href="/committees/namnd-{n + 1}">Nämnd {n + 1}</a>',
            )
        )
        for n in range(60)
    }
    start = ok(page("Nämnder", '<a href="/committees/namnd-0">Nämnd 0</a>'))
    with raw_site(tmp_path, {"/committees": start, **organs}, concurrency=4) as (town, asked):
        town.crawl()

        assert "/committees/namnd-59" in asked.paths


def test_max_requests_counts_every_request(tmp_path: Path) -> None:
    with raw_site(tmp_path, max_requests=3) as (town, asked):
        done = town.crawl()

        assert done.returncode == 1
        assert len(asked.paths) == 3
        assert "stopped at 3 requests" in done.stderr


def test_fetched_at_is_when_the_request_left(tmp_path: Path) -> None:
    """Not when it was put in line."""
    robots = ok("User-agent: *\nCrawl-delay: 2\n", "Content-Type: text/plain")
    with raw_site(tmp_path, {"/robots.txt": robots}, concurrency=4) as (town, asked):
        town.crawl()
        rows = town.rows("SELECT fetched_at FROM captures ORDER BY id")
        said = [datetime.fromisoformat(row["fetched_at"]).timestamp() for row in rows]

        assert all(abs(a - b) < 1.5 for a, b in zip(said, asked.times, strict=True))


def test_sigterm_ends_a_long_wait(tmp_path: Path) -> None:
    """Retry-After may be ten minutes; an operator is not to wait for it."""
    busy = ok("", "Retry-After: 300", status="503 Service Unavailable")
    with raw_site(tmp_path, {MEETING: busy}) as (town, asked):
        process = subprocess.Popen(
            town.command("crawl", "x"), env=town.environment, stderr=subprocess.PIPE, text=True
        )
        while MEETING not in asked.paths:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)

        assert "interrupted by SIGTERM" in said


def test_a_longer_wait_than_we_grant_is_a_block(tmp_path: Path) -> None:
    busy = ok("", "Retry-After: 100000", status="429 Too Many Requests")
    with raw_site(tmp_path, {MEETING: busy}) as (town, asked):
        done = town.crawl()

        assert (done.returncode, asked.paths.count(MEETING)) == (1, 1)
        assert town.rows("SELECT verdict FROM crawls")[0]["verdict"] == "blocked"


def test_429_without_a_time_is_not_asked_again(tmp_path: Path) -> None:
    with raw_site(tmp_path, {MEETING: ok("", status="429 Too Many Requests")}) as (town, asked):
        town.crawl()

        assert asked.paths.count(MEETING) == 1


def test_a_forbidden_robots_txt_forbids_nothing(tmp_path: Path) -> None:
    """RFC 9309, section 2.3.1.3: 4xx means there is none."""
    with raw_site(tmp_path, {"/robots.txt": ok("", status="403 Forbidden")}) as (town, _):
        assert town.crawl().returncode == 0


def test_a_full_disk_ends_the_crawl_with_a_reason(tmp_path: Path) -> None:
    """And is not blamed on the site; the next crawl goes on."""
    with raw_site(tmp_path) as (town, asked):
        (town.data).mkdir()
        (town.data / "warc").write_text("a file where the folder should be")
        done = town.crawl()

        assert done.returncode == 1
        assert "the archive cannot be written" in done.stderr
        assert len(asked.paths) <= 1
        (town.data / "warc").unlink()
        assert town.crawl().returncode == 0
        assert town.run("verify").returncode == 0
