"""A crontab that `schedule` wrote, run by a real cron daemon: rows, exit status, mail.

The daemon runs in mount and process namespaces of its own: it sees a spool, a /run and a sendmail
that lie in the test's folder, the machine keeps its own, and all ends with the test.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

import pytest

from tests.conftest import ROOT, Street, open_street

CRON = shutil.which("cron", path="/usr/sbin:/sbin")
SPOOL = Path("/var/spool/cron/crontabs")
MOST_S = 240
"""Cron looks at its tables once a minute."""

NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")

SENDMAIL = """#!/bin/sh
cat > '{folder}/mail.part' && mv '{folder}/mail.part' '{folder}/mail'
"""

SHELL = """#!/bin/sh
# What a crontab's SHELL may be: runs the line as it stands, and notes how it ended.
/bin/sh "$@"
code=$?
echo $code > '{folder}/code'
exit $code
"""

DAEMON = """
set -e
mount -t overlay overlay -o 'lowerdir={folder}/sbin:/usr/sbin' /usr/sbin
mount -t tmpfs tmpfs /run
mount --bind '{folder}/spool' {spool}
mount --bind '{folder}/nothing' /etc/cron.d
mount --bind /dev/null /etc/crontab
exec {cron} -f
"""


def lacking() -> str:
    """Return why cron cannot be run here, "" if it can."""
    if CRON is None or not SPOOL.is_dir():
        return "no cron daemon here (Debian's package cron)"
    if os.geteuid() != 0:
        return "only root can start a cron daemon"
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "no namespaces of its own can be had here"


pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacking()), reason=lacking())]


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@contextmanager
def cron(folder: Path, table: str) -> Iterator[None]:
    """Run a cron daemon whose only crontab is `table`."""
    (folder / "nothing").mkdir()
    script(folder / "sbin" / "sendmail", SENDMAIL.format(folder=folder))
    script(folder / "shell", SHELL.format(folder=folder))
    spool = folder / "spool"
    spool.mkdir()
    (spool / "root").write_text(table)
    (spool / "root").chmod(0o600)
    daemon = DAEMON.format(folder=folder, spool=SPOOL, cron=CRON)
    with subprocess.Popen([*NAMESPACES, "/bin/sh", "-c", daemon]) as running:
        try:
            yield
        finally:
            running.send_signal(signal.SIGKILL)


def every_minute(street: Street, folder: Path) -> str:
    """Return what `schedule` writes, but for every minute, and with the test's shell."""
    done = street.run("schedule", street.slug)
    assert done.returncode == 0, done.stderr
    table = re.sub(r"^.* publish .*\n", "", done.stdout, flags=re.MULTILINE)
    table = re.sub(r"^\d+ \d+ ", "* * ", table, flags=re.MULTILINE)
    table = table.replace('SHELL="/bin/sh"', f'SHELL="{folder}/shell"')
    return f'PYTHONPATH="{ROOT}"\n{table}'


def wait_for(path: Path) -> str:
    patience = time.monotonic() + MOST_S
    while not path.exists() or not path.read_text():
        assert time.monotonic() < patience, f"{path.name} never came"
        time.sleep(0.2)
    return path.read_text()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all but the archive lies; nothing that the caller's environment says goes along."""
    monkeypatch.setenv("KOMMUNARKIV_CONTACT", "drift@example.se")
    monkeypatch.delenv("KOMMUNARKIV_HEARTBEAT", raising=False)
    (tmp_path / "cron").mkdir()
    return tmp_path / "cron"


def test_cron_crawls_a_town_and_is_silent(folder: Path, tmp_path: Path) -> None:
    """In a folder whose name means something to cron and to a shell."""
    odd = tmp_path / "o s%p"
    odd.mkdir()
    for street in open_street(odd, ["pressrum"]):
        with cron(folder, every_minute(street, folder)):
            assert wait_for(folder / "code") == "0\n"
            [crawl] = street.rows("SELECT verdict, code_version FROM crawls LIMIT 1")
            documents = street.rows("SELECT count(*) AS n FROM documents")[0]["n"]

        assert crawl["verdict"] == "ok"
        assert documents > 50
        assert not (folder / "mail").exists()
        assert len(street.visits) > 50


def test_cron_mails_what_went_wrong_in_one_line(folder: Path, tmp_path: Path) -> None:
    for street in open_street(tmp_path, ["pressrum"], ["robots-503"]):
        with cron(folder, every_minute(street, folder)):
            mail: Message = email.message_from_string(wait_for(folder / "mail"))
            assert wait_for(folder / "code") == "69\n"

        assert mail["To"] == "drift@example.se"
        assert mail["Subject"].endswith('"$KOMMUNARKIV" crawl staden >/dev/null')
        [line] = str(mail.get_payload()).splitlines()
        assert re.fullmatch(r"staden failed: pressrum: .* robots\.txt of .* answered 503", line)
        assert street.rows("SELECT verdict FROM crawls LIMIT 1")[0]["verdict"] == "failed"
