"""A sign of life at start, success and failure: nothing but the state, and never in the way."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.heartbeat import Heartbeat
from tests.conftest import open_street


@dataclass
class Switch:
    """A dead-man's switch on this machine."""

    url: str
    status: int = 200
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and body of each request."""
    headers: set[str] = field(default_factory=set)
    answers: threading.Event = field(default_factory=threading.Event)
    """Set: it answers at once. Cleared: it waits."""


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            switch.asked.append((self.command, self.path, self.rfile.read(length).decode()))
            switch.headers |= {f"{name}: {value}" for name, value in self.headers.items()}
            switch.answers.wait()
            self.send_response(switch.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        switch = Switch(f"http://127.0.0.1:{server.server_port}")
        switch.answers.set()
        monkeypatch.setenv("KOMMUNARKIV_HEARTBEAT", f"{switch.url}/hemlig/{{slug}}?create=1")
        yield switch
        switch.answers.set()
        server.shutdown()
        thread.join()


def log_of(data: Path) -> str:
    return "".join(path.read_text("utf-8") for path in (data / "logs").iterdir())


def test_a_run_that_goes_well(switch: Switch, tmp_path: Path) -> None:
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        done = street.crawl()
        assert done.returncode == 0, done.stderr

    assert switch.asked == [
        ("POST", "/hemlig/staden/start?create=1", ""),
        ("POST", "/hemlig/staden?create=1", ""),
    ]
    assert {header for header in switch.headers if not header.startswith("Host: ")} == {
        "Accept-Encoding: identity",
        "Connection: close",
        "Content-Length: 0",
        "Content-Type: application/x-www-form-urlencoded",
        "User-Agent: kommunarkiv",
    }


def test_a_run_that_fails(switch: Switch, tmp_path: Path) -> None:
    """The exit code is all that is told: no address, no reason."""
    for street in open_street(tmp_path, ["pressrum"], ["robots-503"]):
        assert street.crawl().returncode == 69

    assert switch.asked[1:] == [("POST", "/hemlig/staden/fail?create=1", "69")]


def test_a_run_whose_archive_cannot_be_opened_fails(switch: Switch, tmp_path: Path) -> None:
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        street.data.mkdir()
        (street.data / "archive.db").write_text("not a database, but a text that is long" * 9)
        assert street.crawl().returncode == 1

    assert switch.asked == [("POST", "/hemlig/staden/fail?create=1", "1")]


def test_a_run_that_another_process_is_at_is_silent(switch: Switch, tmp_path: Path) -> None:
    """The other one has a heartbeat of its own."""
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        (street.data / "locks").mkdir(parents=True)
        with open(street.data / "locks" / "staden.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert street.crawl().returncode == 75

    assert switch.asked == []


def test_a_switch_that_fails_is_a_line_in_the_log_and_nothing_else(
    switch: Switch, tmp_path: Path
) -> None:
    switch.status = 500
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        done = street.crawl()

        assert (done.returncode, done.stderr) == (0, "")
        assert log_of(street.data).count("no heartbeat: 500") == 2
        assert "hemlig" not in log_of(street.data)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/hemlig", "Connection refused"),
        ("file:///etc/hemlig", "ValueError"),
        ("http://[hemlig", "ValueError"),
        ("http://127.0.0.1:9/hem lig", "InvalidURL"),
    ],
)
def test_an_address_that_cannot_be_asked_harms_nothing(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KOMMUNARKIV_HEARTBEAT", url)
    Heartbeat("staden").end(0)

    assert words in caplog.text
    assert "hemlig" not in caplog.text


def test_a_switch_that_never_answers_is_not_waited_for(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    switch.answers.clear()
    Heartbeat("staden", patience_s=0.2).begin()

    assert "no heartbeat: " in caplog.text


def test_without_an_address_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("KOMMUNARKIV_HEARTBEAT", raising=False)
    Heartbeat("staden").begin()

    assert caplog.text == ""
