"""Several kommuner at a time: none harms another, however it ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.processes import Ended, Processes, Run
from tests.conftest import Street, open_street

FOREVER = 3600.0
OK = Run("lugn", (sys.executable, "-c", "print('lugn ok: 1 documents')"), FOREVER)


def run(*runs: Run, jobs: int = 4) -> dict[str, Ended]:
    """Run to the end; return how each ended, in the order in which they did."""
    ended: list[Ended] = []
    answer = asyncio.run(Processes(jobs, stop_s=0.5).run(runs, ended.append))
    assert sorted(answer, key=str) == sorted(ended, key=str)
    return {one.slug: one for one in ended}


def shell(slug: str, script: str, limit_s: float = FOREVER) -> Run:
    return Run(slug, ("/bin/sh", "-c", script), limit_s)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (shell("trasig", "kill -9 $$"), "trasig failed: killed by SIGKILL"),
        (shell("trasig", "kill -SEGV $$"), "trasig failed: killed by SIGSEGV"),
        (shell("trasig", "exit 3"), "trasig failed: its process ended with exit code 3"),
        (shell("trasig", "echo why >&2; exit 1"), "why"),
        (Run("trasig", ("/nowhere/at/all",), FOREVER), "trasig not started: "),
        (shell("trasig", "exec sleep 3600", 0.5), "still running after 0.5 s"),
    ],
)
def test_one_that_breaks_harms_no_other(broken: Run, words: str) -> None:
    ended = run(broken, OK, jobs=1)

    assert (ended["lugn"].code, ended["lugn"].said) == (0, "lugn ok: 1 documents")
    assert ended["trasig"].code == 1
    assert words in ended["trasig"].complaint


def test_one_that_hangs_and_does_not_listen_is_killed() -> None:
    deaf = Run("dov", ("env", "--ignore-signal=TERM", "sleep", "3600"), 1)
    ended = run(deaf, OK, jobs=1)

    assert ended["dov"].complaint.splitlines() == [
        "dov stopped: still running after 1 s",
        "dov failed: killed by SIGKILL",
    ]
    assert ended["lugn"].code == 0


def test_what_it_started_is_killed_with_it(tmp_path: Path) -> None:
    """A helper that lives on would hold the output open, and all the others up."""
    ended = run(shell("mor", f"sleep 3600 & echo $! > {tmp_path}/child", 1), OK, jobs=1)

    assert ended["lugn"].code == 0
    child = int((tmp_path / "child").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_no_more_run_at_a_time_than_asked_for(tmp_path: Path) -> None:
    """Each waits for a second one, so that two do run at a time; a third never does."""
    log = tmp_path / "log"
    script = (
        f"echo + >> {log}; while [ $(grep -c + {log}) -lt 2 ]; do sleep 0.01; done; echo - >> {log}"
    )
    ended = run(*(shell(f"k{n}", script) for n in range(6)), jobs=2)
    at_once = [0]
    for mark in log.read_text().split():
        at_once.append(at_once[-1] + (1 if mark == "+" else -1))

    assert len(ended) == 6
    assert max(at_once) == 2


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Street]:
    """A newsroom, and a second kommun that is crawled from the same one."""
    for street in open_street(tmp_path, ["pressrum"], pages=30):
        text = (tmp_path / "kommuner" / "staden.toml").read_text("utf-8")
        text = text.replace('"staden"', '"byn"').replace('"0000"', '"0001"')
        text = text.replace("scheduled = false", "scheduled = true")
        (tmp_path / "kommuner" / "byn.toml").write_text(text, "utf-8")
        yield street


def verdicts(street: Street) -> dict[str, str]:
    rows = street.rows(
        "SELECT kommuner.slug, verdict FROM crawls JOIN sources ON sources.id = source_id "
        "JOIN kommuner USING (kommunkod)"
    )
    return {row["slug"]: row["verdict"] for row in rows}


def test_all_well_says_nothing_but_at_a_terminal(two: Street) -> None:
    quiet = two.run("crawl", "staden", "byn")
    master, terminal = os.openpty()
    subprocess.run(
        two.command("crawl", "staden", "byn"), env=two.environment, stdout=terminal, check=True
    )
    os.close(terminal)
    with open(master, "rb", buffering=0) as shown:
        lines = shown.read(10_000).decode().splitlines()

    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert verdicts(two) == {"staden": "ok", "byn": "ok"}
    assert sorted(line.split(":")[0] for line in lines) == [
        "2 of 2 kommuner ok",
        "byn ok",
        "staden ok",
    ]


def test_a_kommun_file_that_does_not_hold_stops_no_other_kommun(two: Street) -> None:
    (two.folder / "kommuner" / "annan.toml").write_text("slug = 1", "utf-8")
    done = two.run("crawl", "--all")

    assert done.returncode == 2
    assert re.fullmatch(r"kommunarkiv: annan\.toml: .*\n", done.stderr)
    assert verdicts(two) == {"byn": "ok"}


def test_one_that_another_process_is_at_is_said_so(two: Street) -> None:
    locks = two.data / "locks"
    locks.mkdir(parents=True)
    with open(locks / "byn.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = two.run("crawl", "staden", "byn")

    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr == "kommunarkiv: another crawl of byn, or an erasure, is running\n"
    assert verdicts(two) == {"staden": "ok"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_goes_on_to_those_that_run(two: Street, number: signal.Signals) -> None:
    """Each ends with a verdict, and none is started any more."""
    command = two.command("crawl", "staden", "byn", "--jobs", "1")
    with subprocess.Popen(command, env=two.environment, stderr=subprocess.PIPE, text=True) as all_:
        while len(two.visits) < 5:
            assert all_.poll() is None
        all_.send_signal(number)
        said = all_.communicate()[1]

    assert all_.returncode == 1
    assert said.splitlines() == [
        f"staden failed: pressrum: interrupted by {number.name}",
        "interrupted: 1 kommuner were not started",
    ]
    assert verdicts(two) == {"staden": "failed"}
