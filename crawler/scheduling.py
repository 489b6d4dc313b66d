"""When each kommun is crawled, said in the words of cron and of systemd."""

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

SERVICE = "kommunarkiv@.service"


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
    }
    lines = ["# Written by `kommunarkiv schedule`; only what goes wrong is mailed."]
    lines += [f"{name}={_cron_value(name, value)}" for name, value in variables.items()]
    user = f"{installation.user} " if installation.user else ""
    for kommun in sorted(kommuner, key=lambda kommun: start_time(kommun.slug)):
        hour, minute = start_time(kommun.slug)
        lines.append(f'{minute} {hour} * * * {user}"$KOMMUNARKIV" crawl {kommun.slug} >/dev/null')
    return "\n".join(lines) + "\n"


def units(kommuner: Sequence[Kommun], installation: Installation) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of a service for all and a timer for each. Raises `ScheduleError`."""
    variables = {"LC_ALL": "C.UTF-8", **installation.environment}
    longest_min = max(kommun.max_duration_min for kommun in kommuner)
    yield (
        SERVICE,
        _template(SERVICE).substitute(
            user=installation.user,
            # A colon: no variable is looked for in the command.
            program=_systemd_word(f":{installation.program}"),
            environment="\n".join(
                f"Environment={_systemd_word(f'{name}={value}')}"
                for name, value in variables.items()
            ),
            timeout_s=int(longest_min * 60 + MARGIN_S),
            stop_s=int(STOP_S),
            data=_systemd_word(str(installation.data_dir)),
        ),
    )
    for kommun in kommuner:
        hour, minute = start_time(kommun.slug)
        time = f"{hour:02}:{minute:02}"
        timer = _template("kommunarkiv@.timer").substitute(slug=kommun.slug, time=time)
        yield f"kommunarkiv@{kommun.slug}.timer", timer


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
