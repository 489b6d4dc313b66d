"""What is done every night, and when, said in the words of cron and of systemd."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from archive.text import sha256
from crawler.config import Kommun
from crawler.processes import MARGIN_S, STOP_S

FIRST_MIN = 30
"""The window of starts opens at 00:30, local time …"""
WINDOW_MIN = 5 * 60
"""… and closes five hours later: whoever works in the morning finds the sites at rest."""

PUBLISH_AT = (6, 10)
"""When crawls have had their time: readers see what the night brought."""
BACKUP_AT = (6, 40)
ONCE_MAX_S = 12 * 60 * 60
"""Longest publishing, or backup."""


class ScheduleError(Exception):
    """A value that cannot be said in a crontab or a unit file."""


_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a scheduler must know to call this program."""

    program: Path
    """The console script, absolute."""
    environment: Mapping[str, str]
    """Variables of the program that are set; paths are absolute."""
    data_dir: Path
    """Absolute."""
    mailto: str
    """Who gets the mails of cron."""
    user: str
    """As whom it runs; "" in a crontab of the user's own."""
    backups: Path | None = None
    """Where backups go, absolute; None for none."""
    keep: int = 7
    """Backups that stay."""

    def __post_init__(self) -> None:
        """Raise `ScheduleError` for what no system takes for the name of a user."""
        if self.user and not _USER.fullmatch(self.user):
            raise ScheduleError(f"expected the name of a user, found {self.user!r}")


def start_time(slug: str) -> tuple[int, int]:
    """Return (hour, minute), local time, at which a kommun is crawled: always the same."""
    return divmod(FIRST_MIN + int(sha256(slug), 16) % WINDOW_MIN, 60)


def crontab(kommuner: Sequence[Kommun], installation: Installation) -> str:
    """Return the lines of a crontab; with a user, those of a file in /etc/cron.d.

    All that may hold a `%`, a space or a quote stands in the variables, where cron takes it as it
    is, so that nothing in the commands needs escaping. Raises `ScheduleError`.
    """
    if "/" in installation.mailto:
        raise ScheduleError(
            f"expected an address for cron's mails, found {installation.mailto!r}; say --mailto"
        )
    variables = {
        "SHELL": "/bin/sh",
        "LC_ALL": "C.UTF-8",
        "MAILTO": installation.mailto,
        "KOMMUNARKIV": str(installation.program),
        **installation.environment,
        **({"BACKUPS": str(installation.backups)} if installation.backups else {}),
    }
    lines = ["# Written by `kommunarkiv schedule`; only what goes wrong is mailed."]
    lines += [f"{name}={_cron_value(name, value)}" for name, value in variables.items()]
    user = f"{installation.user} " if installation.user else ""
    nightly = sorted((start_time(kommun.slug), f"crawl {kommun.slug}") for kommun in kommuner)
    nightly.append((PUBLISH_AT, "publish"))
    if installation.backups:
        nightly.append((BACKUP_AT, f'backup "$BACKUPS" --keep {installation.keep}'))
    for (hour, minute), words in nightly:
        lines.append(f'{minute} {hour} * * * {user}"$KOMMUNARKIV" {words} >/dev/null')
    return "\n".join(lines) + "\n"


def units(kommuner: Sequence[Kommun], installation: Installation) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of each service and timer; all kommuner share a service.

    Raises `ScheduleError`.
    """
    longest_min = max(kommun.max_duration_min for kommun in kommuner)
    longest_s = int(longest_min * 60 + MARGIN_S)
    data = (installation.data_dir,)
    yield "kommunarkiv@.service", _service(installation, "%i", "crawl %i", data, longest_s)
    for kommun in kommuner:
        yield f"kommunarkiv@{kommun.slug}.timer", _timer(kommun.slug, start_time(kommun.slug))
    publish = _service(installation, "publish", "publish", data, ONCE_MAX_S)
    yield "kommunarkiv-publish.service", publish
    yield "kommunarkiv-publish.timer", _timer("publish", PUBLISH_AT)
    if installation.backups:
        words = f"backup {_systemd_word(str(installation.backups))} --keep {installation.keep}"
        both = (*data, installation.backups)
        backup = _service(installation, "backup", words, both, ONCE_MAX_S)
        yield "kommunarkiv-backup.service", backup
        yield "kommunarkiv-backup.timer", _timer("backup", BACKUP_AT)


def _service(
    installation: Installation,
    description: str,
    words: str,
    writes: Sequence[Path],
    longest_s: int,
) -> str:
    """Return a service that calls the program with `words` and may write to the folders `writes`.

    `words` are as systemd reads them.
    """
    variables = {"LC_ALL": "C.UTF-8", **installation.environment}
    return _template("service").substitute(
        user=installation.user,
        description=description,
        # A colon: no variable is looked for in the command.
        command=f"{_systemd_word(f':{installation.program}')} {words}",
        environment="\n".join(
            f"Environment={_systemd_word(f'{name}={value}')}" for name, value in variables.items()
        ),
        timeout_s=longest_s,
        stop_s=int(STOP_S),
        writes=" ".join(_systemd_word(str(folder)) for folder in writes),
    )


def _timer(name: str, at: tuple[int, int]) -> str:
    hour, minute = at
    return _template("timer").substitute(name=name, time=f"{hour:02}:{minute:02}")


def _template(name: str) -> Template:
    return Template((files("crawler") / "units" / name).read_text("utf-8"))


def _cron_value(name: str, value: str) -> str:
    """Return a value as crontab(5) reads it: between quotes, which cannot be escaped."""
    quote = "'" if '"' in value else '"'
    if quote in value or not value.isprintable():
        raise ScheduleError(
            f"{name}: expected one line with at most one kind of quote, found {value!r}"
        )
    return f"{quote}{value}{quote}"


def _systemd_word(word: str) -> str:
    """Return one word as systemd.syntax(7) reads it, with `%` doubled for systemd.unit(5)."""
    if not word.isprintable():
        raise ScheduleError(f"expected one line, found {word!r}")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
