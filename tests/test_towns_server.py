"""The server has the manners of a real one, and the command line those of a good tool."""

from __future__ import annotations

import gzip
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.towns.faults import FAULTS
from tests.towns.meetingplus import MeetingPlusTown
from tests.towns.server import HOST, PortInUseError, Visit, serving
from tests.towns.town import Answer, Ask
from tests.towns.visitor import Visitor

ROOT = Path(__file__).parent.parent
RUN = ("run", "--ports", "free", "--town", "portal")


@dataclass(frozen=True)
class Hamlet:
    """The smallest town: one page with validators."""

    name: str = "hamlet"
    port: int = 0

    def answer(self, ask: Ask) -> Answer:
        headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("ETag", 'W/"7"'),
            ("Last-Modified", "Wed, 01 Jan 2020 10:00:00 GMT"),
        )
        return Answer(f"{ask.path} {ask.origin} {dict(ask.query)} ".encode() * 9, headers=headers)

    def paths(self) -> list[str]:
        return ["/"]


class TestServer:
    @pytest.fixture
    def visits(self) -> list[Visit]:
        return []

    @pytest.fixture
    def hamlet(self, visits) -> Iterator[Visitor]:
        opened = serving([Hamlet()], ports="free", visits=visits)
        with opened as addresses, Visitor(addresses["hamlet"]) as guest:
            yield guest

    def test_town_sees_the_decoded_request(self, hamlet):
        body = hamlet.get("/m%C3%B6te?a=%C3%A5").body.decode()
        assert body.startswith(f"/möte {hamlet.address} {{'a': 'å'}}")

    def test_gzip_is_deterministic(self, hamlet):
        first = hamlet.get("/", accept_encoding="gzip, br")
        assert first.headers["Content-Encoding"] == "gzip"
        assert first.body == hamlet.get("/", accept_encoding="gzip").body
        assert gzip.decompress(first.body) == hamlet.get("/").body

    @pytest.mark.parametrize("offer", ["", "br", "gzip;q=0", "identity"])
    def test_no_gzip_for_who_does_not_want_it(self, hamlet, offer):
        assert "Content-Encoding" not in hamlet.get("/", accept_encoding=offer).headers

    def test_content_length_is_right_and_the_connection_stays(self, hamlet):
        lengths = [int(hamlet.get("/").headers["Content-Length"]) for _ in range(3)]
        assert lengths == [len(hamlet.get("/").body)] * 3

    @pytest.mark.parametrize(
        ("condition", "status"),
        [
            ({"if_none_match": 'W/"7"'}, 304),
            ({"if_none_match": '"6", "7"'}, 304),
            ({"if_none_match": '"6"'}, 200),
            ({"if_none_match": '"6"', "if_modified_since": "Wed, 01 Jan 2020 10:00:00 GMT"}, 200),
            ({"if_modified_since": "Wed, 01 Jan 2020 10:00:00 GMT"}, 304),
            ({"if_modified_since": "Tue, 31 Dec 2019 10:00:00 GMT"}, 200),
            ({"if_modified_since": "nonsense"}, 200),
        ],
    )
    def test_conditional_requests(self, hamlet, condition, status):
        reply = hamlet.get("/", **condition)
        assert reply.status == status
        assert bool(reply.body) == (status == 200)
        assert reply.headers["ETag"] == 'W/"7"'

    def test_head_has_the_headers_and_no_body(self, hamlet):
        reply = hamlet.get("/", method="HEAD")
        assert reply.body == b""
        assert reply.headers["Content-Length"] == str(len(hamlet.get("/").body))

    def test_other_methods_are_refused(self, hamlet):
        assert hamlet.get("/", method="DELETE").status == 405

    def test_visits_are_noted(self, hamlet, visits):
        hamlet.get("/a%20b?c=1", user_agent="Kommunarkiv")
        (visit,) = visits
        assert (visit.town, visit.method, visit.url, visit.status) == (
            "hamlet",
            "GET",
            "/a%20b?c=1",
            200,
        )
        assert visit.headers["user-agent"] == "Kommunarkiv"
        assert visit.at > 0

    def test_port_in_use_is_said_in_one_sentence(self):
        with socket.socket() as taken:
            taken.bind((HOST, 0))
            taken.listen()
            hamlet = Hamlet(port=taken.getsockname()[1])
            with pytest.raises(PortInUseError, match=f"Port {hamlet.port} "), serving([hamlet]):
                pass

    def test_ports_are_free_again_afterwards(self):
        with serving([Hamlet()], ports="free") as addresses:
            port = urlsplit(addresses["hamlet"]).port
        with serving([Hamlet(port=port)]) as again:
            assert again == addresses


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.towns", *arguments]


class TestCommandLine:
    def test_list_names_towns_and_faults(self):
        said = subprocess.run(command("list"), cwd=ROOT, capture_output=True, text=True, check=True)
        assert "portal" in said.stdout
        assert all(name in said.stdout for name in FAULTS)

    def test_port_in_use_ends_with_2(self):
        with ExitStack() as stack:
            with suppress(PortInUseError):  # a demo may run: that is as good
                stack.enter_context(serving([MeetingPlusTown()]))
            said = self._run("serve", "--town", "portal")
        assert said.returncode == 2
        assert said.stderr.count("\n") == 1
        assert "8471" in said.stderr

    def test_unknown_town_ends_with_2(self):
        said = self._run("run", "--town", "atlantis", "--", "true")
        assert said.returncode == 2
        assert "atlantis" in said.stderr

    def test_run_passes_output_input_and_exit_code_through(self):
        said = self._run(*RUN, "--", "sh", "-c", "cat; echo oj >&2; exit 7", input="hej\n")
        assert (said.returncode, said.stdout, said.stderr) == (7, "hej\n", "oj\n")

    def test_run_serves_meanwhile(self):
        ask = "import os, urllib.request as u; print(u.urlopen(os.environ['TOWN_PORTAL']).status)"
        said = self._run(*RUN, "--pages", "60", "--", sys.executable, "-c", ask)
        assert (said.returncode, said.stdout) == (0, "200\n")

    def test_run_says_when_there_is_no_such_command(self):
        assert self._run(*RUN, "--", "./no-such-thing").returncode == 127

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_run_forwards_signals(self, number):
        trap = f"trap 'echo caught; exit 3' {number.name[3:]}"
        script = f"{trap}; echo ready; while :; do sleep 0.05; done"
        with subprocess.Popen(
            command(*RUN, "--", "sh", "-c", script),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert process.stdout.readline() == "caught\n"
            assert process.wait(10) == 3

    def test_interrupt_at_a_terminal_reaches_the_command_once(self):
        script = "trap 'echo caught' INT; test -t 0 && test -t 1 && echo tty; sleep 1; exit 4"
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(ROOT)
            os.execvp(sys.executable, command(*RUN, "--", "sh", "-c", script))
        said = self._read_until(terminal, "tty")
        os.write(terminal, b"\x03")
        said += self._read_until(terminal, None)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4
        assert said.count("caught") == 1

    def test_serve_ends_well_when_told_to(self):
        with subprocess.Popen(
            command("serve", "--ports", "free", "--town", "portal"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert "http://127.0.0.1:" in process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0

    def _run(self, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            **options,
        )

    def _read_until(self, terminal: int, word: str | None) -> str:
        """Read what the terminal shows until a word comes, or until its end."""
        said = ""
        while (word is None or word not in said) and select.select([terminal], [], [], 10)[0]:
            try:
                said += os.read(terminal, 1000).decode()
            except OSError:  # Linux says so when the last program has left the terminal
                break
        return said
