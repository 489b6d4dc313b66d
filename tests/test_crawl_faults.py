"""What goes wrong out there: each fault bounded, recorded, alerted, and in the verdict."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Street, open_street, wait_for


@contextmanager
def street(
    folder: Path, *faults: str, sources: tuple[str, ...] = ("moten",), **settings: object
) -> Iterator[Street]:
    """A small portal, unless other sources or all (`sources=()`) are asked for."""
    pages = 80 if sources == ("moten",) else None
    yield from open_street(folder, sources, faults, pages, **settings)


def crawl_row(town: Street) -> dict[str, object]:
    return dict(town.rows("SELECT * FROM crawls ORDER BY id DESC LIMIT 1")[0])


def open_alerts(town: Street) -> dict[str, str]:
    rows = town.rows("SELECT rule, message FROM alerts WHERE closed_at IS NULL")
    return {row["rule"]: row["message"] for row in rows}


def outcomes(town: Street) -> dict[str, int]:
    rows = town.rows("SELECT outcome, count(*) AS n FROM captures GROUP BY outcome")
    return {row["outcome"]: row["n"] for row in rows}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("empty-organ", "empty_listing"),
        ("other-product", "unknown_layout"),
        ("soft-404", "soft_404"),
        ("html-for-pdf", "wrong_type"),
        ("html-as-pdf", "wrong_type"),
        ("login", "blocked"),
        ("server-error", "error"),
        ("torn", "truncated"),
        ("redirect-loop", "error"),
        ("offsite-redirect", "error"),
        ("bomb", "too_large"),
    ],
)
def test_a_fault_has_its_outcome_its_alert_and_a_verdict_that_is_not_ok(
    tmp_path: Path, fault: str, outcome: str
) -> None:
    """And it ends nothing: the rest of the town is archived."""
    with street(tmp_path, fault) as town:
        done = town.crawl()
        alerts = open_alerts(town)
        meetings = town.rows("SELECT count(*) AS n FROM documents WHERE kind = 'meeting'")[0]["n"]

        assert done.returncode == 1, done.stderr
        assert crawl_row(town)["verdict"] == "degraded"
        assert outcome in alerts
        assert "http://" in alerts[outcome]
        assert outcomes(town)[outcome] >= 1
        assert meetings > 10
        assert done.stderr.count("\n") == 1


def test_a_fault_is_no_document(tmp_path: Path) -> None:
    """Law 8: what answers 200 and is not the thing is kept as a capture only."""
    with street(tmp_path, "soft-404", "html-for-pdf", "other-product", "torn", "bomb") as town:
        town.crawl()
        faulty = town.rows(
            "SELECT count(*) AS n FROM versions JOIN captures ON captures.id = capture_id "
            "WHERE outcome NOT IN ('ok', 'duplicate', 'not_modified')"
        )

        assert faulty[0]["n"] == 0
        assert town.run("verify").returncode == 0
        assert (
            town.rows("SELECT count(*) AS n FROM attachments WHERE document_id IS NULL")[0]["n"]
            >= 1
        )


def test_an_alert_closes_when_a_crawl_is_clean_again(tmp_path: Path) -> None:
    """Opened once, closed when mended."""
    data = tmp_path / "data"
    with street(tmp_path, "soft-404") as town:
        assert [town.crawl().returncode, town.crawl().returncode] == [1, 1]
        assert len(town.rows("SELECT * FROM alerts")) == 1
    with street(tmp_path) as town:
        assert town.crawl().returncode == 0
        assert open_alerts(town) == {}
        assert town.rows("SELECT closed_at FROM alerts")[0]["closed_at"]
    assert data.exists()


@pytest.mark.parametrize(
    ("fault", "verdict", "code", "words"),
    [
        ("firewall", "blocked", 1, "firewall"),
        ("forbidden", "blocked", 1, "403"),
        ("robots-503", "failed", 69, "robots.txt"),
    ],
)
def test_we_leave_when_told_to(
    tmp_path: Path, fault: str, verdict: str, code: int, words: str
) -> None:
    """Law 11: a wall, 403 and a robots.txt that fails all mean: stay out."""
    with street(tmp_path, fault, concurrency=1) as town:
        done = town.crawl()
        after = [visit.url for visit in town.visits if visit.status == 403][1:]

        assert (done.returncode, crawl_row(town)["verdict"]) == (code, verdict)
        assert words in done.stderr
        assert set(open_alerts(town)) == ({"blocked"} if verdict == "blocked" else set())
        assert after == []
        if fault == "robots-503":
            assert {visit.url for visit in town.visits} == {"/robots.txt"}


def test_retry_after_is_waited_for(tmp_path: Path) -> None:
    """Facts: Scrapy asks again within 60 ms, three times."""
    with street(tmp_path, "busy", concurrency=1) as town:
        done = town.crawl()
        busy = [visit for visit in town.visits if visit.status == 429]

        assert done.returncode == 0, done.stderr
        assert len(busy) == 4
        for visit in busy:
            later = min(v.at for v in town.visits if v.at > visit.at)
            assert later - visit.at >= 0.9


def test_swedish_letters_survive_an_undeclared_charset(tmp_path: Path) -> None:
    """Facts: statistics turned every å of a cp1252 page into ĺ."""
    with street(tmp_path, "cp1252") as town:
        done = town.crawl()
        texts = "".join(row["text"] for row in town.rows("SELECT text FROM versions"))

        assert done.returncode == 0, done.stderr
        assert "ĺ" not in texts
        assert "\ufffd" not in texts


def test_a_site_that_cannot_be_reached_is_one_line_and_exit_69(tmp_path: Path) -> None:
    """The host and the reason, a failed row, and nothing else changed."""
    with street(tmp_path) as town:
        assert town.crawl().returncode == 0
        before = {t: town.rows(f"SELECT * FROM {t}") for t in ("documents", "versions", "alerts")}
    done = town.crawl()

    assert done.returncode == 69
    assert done.stderr.count("\n") == 1
    assert "127.0.0.1" in done.stderr
    assert "could not be reached" in done.stderr
    assert crawl_row(town)["verdict"] == "failed"
    assert {t: town.rows(f"SELECT * FROM {t}") for t in before} == before


def test_a_host_that_resolves_to_a_private_address_is_refused(tmp_path: Path) -> None:
    """Law 11: never a private network, unless the source is a town and says so."""
    with street(tmp_path, allow_loopback=False) as town:
        done = town.crawl()

        assert done.returncode != 0
        assert town.visits == []
        assert "not a public address" in done.stderr or "not public" in done.stderr


def test_a_name_of_this_machine_is_refused_when_connecting(tmp_path: Path) -> None:
    """The check is where the connection is made, so no answer of DNS slips past it."""
    with street(tmp_path, allow_loopback=False) as town:
        path = tmp_path / "kommuner" / "staden.toml"
        path.write_text(path.read_text("utf-8").replace("127.0.0.1", "localhost"), "utf-8")
        done = town.crawl()

        assert done.returncode == 69
        assert town.visits == []
        assert "not public" in done.stderr


def test_crawl_delay_is_honoured(tmp_path: Path) -> None:
    """Facts: Scrapy ignores it; nine requests left within 0.15 s under a 2 s Crawl-delay."""
    with _listener(b"User-agent: *\nCrawl-delay: 1\n") as (port, asked):
        _kommun_at(tmp_path, port)
        _run(tmp_path)

    first, *others = asked[1:]
    assert others
    # Together: where the listener is held up once, one gap is longer and the next one shorter.
    assert others[-1] - first >= 0.9 * len(others)


def test_a_forbidden_start_is_a_block(tmp_path: Path) -> None:
    with _listener(b"User-agent: *\nDisallow: /\n") as (port, asked):
        _kommun_at(tmp_path, port)
        done = _run(tmp_path)

    assert (done.returncode, len(asked)) == (1, 1)
    assert "robots.txt forbids" in done.stderr


def test_a_second_crawl_of_the_same_kommun_exits_75(tmp_path: Path) -> None:
    """Hand-run and cron-run exclude each other."""
    with street(tmp_path, delay_s=0.2, concurrency=1) as town:
        first = subprocess.Popen(town.command("crawl", town.slug), env=town.environment)
        wait_for(lambda: len(town.visits) > 3)
        second = town.crawl()
        first.send_signal(signal.SIGTERM)
        first.wait(20)

        assert second.returncode == 75
        assert second.stderr.count("\n") == 1


def test_sigterm_ends_with_a_verdict(tmp_path: Path) -> None:
    """Scrapy's own exit code would be 0."""
    with street(tmp_path, delay_s=0.2, concurrency=1) as town:
        process = subprocess.Popen(
            town.command("crawl", town.slug),
            env=town.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: len(town.visits) > 3)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)

        assert process.returncode == 1
        assert "interrupted by SIGTERM" in said
        assert crawl_row(town)["verdict"] == "failed"
        assert town.run("verify").returncode == 0


@contextmanager
def _listener(robots: bytes) -> Iterator[tuple[int, list[float]]]:
    """A site that answers a robots.txt of our choice and pages that link to each other."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    asked: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(time.monotonic())
            body = robots if self.path == "/robots.txt" else PAGE
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


PAGE = """<!doctype html><html lang="sv"><head><title>Nämnder | MeetingPlus [sv]</title>
<script>document.meetingsPlusUser = "anonymous";</script></head><body><main id="main">
<h1>Nämnder</h1><ul><li><a href="/committees/socialnamnden">Socialnämnden</a></li>
<li><a href="/committees/kommunstyrelsen">Kommunstyrelsen</a></li></ul></main>
<div id="ribbonBlock">Vi använder cookies.</div></body></html>""".encode()


def _kommun_at(folder: Path, port: int) -> None:
    kommuner = folder / "kommuner"
    kommuner.mkdir()
    (kommuner / "x.toml").write_text(
        f'kommunkod = "0000"\nslug = "x"\nname = "X"\nlan = "X"\n[[sources]]\nslug = "moten"\n'
        f'product = "meetingplus"\nkind = "meetings"\ndelay_s = 0\nallow_loopback = true\n'
        f'start_url = "http://127.0.0.1:{port}/committees"\n',
        "utf-8",
    )


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    return Street(folder, "x", []).crawl()
