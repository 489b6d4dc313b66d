"""What cron and systemd are told: at a minute of its own, with all the program needs to know."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from crawler.scheduling import BACKUP_AT, PUBLISH_AT, start_time
from tests.conftest import ROOT, Street

PROGRAM = Path(sys.executable).with_name("kommunarkiv")
ODD = "o s%p"
"""A folder's name that means something to cron, to systemd and to a shell."""

analyze = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze (package systemd) is not here"
)


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Street:
    """Kommuner in a folder with an odd name; nothing is crawled."""
    monkeypatch.setenv("KOMMUNARKIV_CONTACT", "drift@example.se")
    monkeypatch.delenv("KOMMUNARKIV_HEARTBEAT", raising=False)
    shutil.copytree(ROOT / "crawler" / "kommuner", tmp_path / ODD / "kommuner")
    return Street(tmp_path / ODD, "alingsas", [])


def test_starts_are_spread_over_the_night_and_stay_where_they_are() -> None:
    """00:30 to 05:30, local time; another number of kommuner moves nobody."""
    minutes = Counter(hour * 60 + minute for hour, minute in map(start_time, map(str, range(2900))))

    assert start_time("alingsas") == (0, 58)
    assert start_time("upplands-vasby") == (2, 16)
    assert (min(minutes), max(minutes)) == (30, 5 * 60 + 29)
    assert max(minutes.values()) < 30, "ten each, had they been dealt out"


def test_a_crontab(street: Street) -> None:
    done = street.run("schedule", "lidkoping", "alingsas")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == [
        'SHELL="/bin/sh"',
        'LC_ALL="C.UTF-8"',
        'MAILTO="drift@example.se"',
        f'KOMMUNARKIV="{PROGRAM}"',
        f'KOMMUNARKIV_DATA="{street.data}"',
        'KOMMUNARKIV_CONTACT="drift@example.se"',
        f'KOMMUNARKIV_KOMMUNER="{street.folder}/kommuner"',
        '58 0 * * * "$KOMMUNARKIV" crawl alingsas >/dev/null',
        '44 2 * * * "$KOMMUNARKIV" crawl lidkoping >/dev/null',
        '10 6 * * * "$KOMMUNARKIV" publish >/dev/null',
    ]
    assert done.stdout.endswith("\n"), "or cron ignores the last line"


def test_a_crontab_with_backups(street: Street) -> None:
    done = street.run("schedule", "alingsas", "--backup", f"/mnt/{ODD}", "--keep", "3")

    assert f'BACKUPS="/mnt/{ODD}"\n' in done.stdout
    assert done.stdout.endswith(
        '10 6 * * * "$KOMMUNARKIV" publish >/dev/null\n'
        '40 6 * * * "$KOMMUNARKIV" backup "$BACKUPS" --keep 3 >/dev/null\n'
    )


def test_the_nights_work_fits_between_crawls_and_morning(street: Street) -> None:
    """The lines are those the program takes: crawl, then publish what came, then copy it."""
    latest = max(start_time(str(number)) for number in range(500))

    assert latest < PUBLISH_AT < BACKUP_AT < (7, 0)
    for words in (["publish"], ["backup", str(street.folder / "copies"), "--keep", "3"]):
        done = street.run(*words)
        assert (done.returncode, "found none" in done.stderr) == (2, True), "there is no archive"


def test_all_that_are_scheduled(street: Street) -> None:
    done = street.run("schedule", "--all", "--cron")

    assert re.findall(r"crawl (\S+)", done.stdout) == ["alingsas", "lidkoping", "hudiksvall"]


def test_a_crontab_of_the_system_names_the_user(street: Street) -> None:
    done = street.run("schedule", "alingsas", "--user", "arkivet", "--mailto", "root")

    assert 'MAILTO="root"' in done.stdout
    assert '58 0 * * * arkivet "$KOMMUNARKIV" crawl alingsas >/dev/null' in done.stdout


def test_settings_that_are_there_go_along(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOMMUNARKIV_HEARTBEAT", "https://hc.example/x%20y/{slug}")
    monkeypatch.setenv("KOMMUNARKIV_LOG_DAYS", "90")
    done = street.run("schedule", "alingsas")

    assert 'KOMMUNARKIV_HEARTBEAT="https://hc.example/x%20y/{slug}"' in done.stdout
    assert 'KOMMUNARKIV_LOG_DAYS="90"' in done.stdout


@pytest.mark.parametrize(
    ("contact", "words", "message"),
    [
        ("", ["alingsas"], "expected KOMMUNARKIV_CONTACT"),
        ("https://a.se/", ["alingsas"], "say --mailto"),
        ("a@b.se\nMAILTO=x", ["alingsas"], "expected one line"),
        ("""'a' "b"@c.se""", ["alingsas", "--mailto", "root"], "at most one kind of quote"),
        ("a@b.se", ["alingsas", "--user", "a b"], "expected the name of a user"),
        ("a@b.se", ["alingsas", "--user", "root\n* * * * *"], "expected the name of a user"),
        ("a@b.se", ["alingsas", "--systemd", "x", "--cron"], "not both"),
        ("a@b.se", ["ingenstans"], "unknown kommun"),
        ("a@b.se", [], "say which kommun, or --all"),
        ("a@b.se\nUser=root", ["alingsas", "--systemd", "x"], "expected one line"),
    ],
)
def test_what_cannot_be_said_is_refused(
    street: Street,
    monkeypatch: pytest.MonkeyPatch,
    contact: str,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.setenv("KOMMUNARKIV_CONTACT", contact)
    done = street.run("schedule", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kommunarkiv: ")
    assert message in done.stderr
    assert not Path("x").exists()


@pytest.fixture
def units(street: Street, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Units of two kommuner, with all that needs escaping."""
    monkeypatch.setenv("KOMMUNARKIV_CONTACT", 'dr "if\\t" $HOME %h@example.se')
    folder = street.folder / "units"
    copies = ("--backup", str(street.folder / "co p%ies"))
    done = street.run("schedule", "alingsas", "lidkoping", "--systemd", str(folder), *copies)
    assert (done.returncode, done.stderr) == (0, "")
    assert "systemctl enable --now kommunarkiv@alingsas.timer" in done.stdout
    return folder


def verified(*files: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_units_say_when_how_and_where(units: Path, street: Street) -> None:
    service = (units / "kommunarkiv@.service").read_text()
    timer = (units / "kommunarkiv@alingsas.timer").read_text()

    assert len(list(units.iterdir())) == 7
    assert "OnCalendar=*-*-* 00:58:00\n" in timer
    assert "Persistent=true\n" in timer
    assert "SuccessExitStatus=75\n" in service
    assert f'ExecStart=":{PROGRAM}" crawl %i\n' in service
    folder = str(street.data).replace("%", "%%")
    assert f'Environment="KOMMUNARKIV_DATA={folder}"\n' in service
    copies = f"{street.folder}/co p%ies".replace("%", "%%")
    assert f'ReadWritePaths="{folder}"\n' in service
    backup = (units / "kommunarkiv-backup.service").read_text()
    assert f'ExecStart=":{PROGRAM}" backup "{copies}" --keep 7\n' in backup
    assert f'ReadWritePaths="{folder}" "{copies}"\n' in backup
    publish = (units / "kommunarkiv-publish.service").read_text()
    assert f'ExecStart=":{PROGRAM}" publish\n' in publish
    assert "OnCalendar=*-*-* 06:10:00\n" in (units / "kommunarkiv-publish.timer").read_text()
    assert r'Environment="KOMMUNARKIV_CONTACT=dr \"if\\t\" $HOME %%h@example.se"' in service


def test_systemd_waits_longer_than_the_longest_crawl(street: Street) -> None:
    """Two sources of twelve hours, one after the other."""
    street.run("schedule", "alingsas", "lidkoping", "--systemd", str(street.folder / "units"))
    service = (street.folder / "units" / "kommunarkiv@.service").read_text()
    found = re.search(r"TimeoutStartSec=(\d+)s\n", service)

    assert found
    assert int(found[1]) > 2 * 12 * 3600


@analyze
def test_systemd_accepts_the_units(units: Path) -> None:
    done = verified(*units.iterdir())

    assert done.returncode == 0, done.stderr
    assert "kommunarkiv" not in done.stdout + done.stderr, "of other units it may say what it will"


@analyze
def test_systemd_would_notice_what_it_does_not_accept(units: Path) -> None:
    """So that the test above can fail."""
    service = units / "kommunarkiv@.service"
    service.write_text(service.read_text().replace("Type=oneshot", "Type=oneshoot"))
    done = verified(service)

    assert "oneshoot" in done.stderr


@analyze
def test_systemd_understands_the_time(units: Path) -> None:
    timer = (units / "kommunarkiv@lidkoping.timer").read_text()
    found = re.search(r"OnCalendar=(.*)", timer)
    assert found
    command = ["systemd-analyze", "calendar", found[1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert re.search(r"Next elapse: .* 02:44:00 ", done.stdout)
