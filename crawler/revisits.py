"""When an address is looked at again: rules as data, in `revisits.toml`."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec

SLACK = timedelta(hours=6)
"""A nightly crawl may come a little earlier than the night before."""
SPREAD = 0.2
"""Share of a long wait by which addresses differ, so that they do not fall due in one night."""
SPREAD_FROM_DAYS = 14
GONE_EVERY_DAYS = 7
TO_COME_DAYS = 366
"""A meeting later than that is a slip of the pen."""


class RevisitRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often documents of some kinds are looked at while they are young."""

    kinds: tuple[str, ...]
    until_days: int
    """Age of the meeting or of the publication; what is still to come is younger than nothing."""
    every_days: int


@cache
def rules() -> tuple[RevisitRule, ...]:
    """Return the rules, the first that fits first."""
    text = (files("crawler") / "revisits.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["rules"], tuple[RevisitRule, ...])


def due_at(now: str, url: str, kind: str, dated: str, most_days: int) -> str:
    """Return when to look at a document again, as UTC ISO 8601 text.

    `dated`: ISO 8601 date of what it tells of; `most_days`: the longest wait.
    """
    age_days = (_day(now) - _day(dated)).days
    fitting = (r for r in rules() if kind in r.kinds and -TO_COME_DAYS <= age_days <= r.until_days)
    rule = next(fitting, None)
    return later(now, url, min(rule.every_days, most_days) if rule else most_days)


def horizon(now: str, most_days: int) -> str:
    """Return the time that nothing of a source is put off beyond, but by a clock that was wrong."""
    wait = timedelta(days=max(most_days, GONE_EVERY_DAYS) + 1)
    return (datetime.fromisoformat(now) + wait).strftime("%Y-%m-%dT%H:%M:%SZ")


def later(now: str, url: str, days: int) -> str:
    """Return the time `days` after `now`, a little earlier by a share that the address decides."""
    wait = timedelta(days=days)
    if days >= SPREAD_FROM_DAYS:
        wait -= wait * SPREAD * _share(url)
    moment = datetime.fromisoformat(now) + max(wait - SLACK, timedelta())
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def _share(url: str) -> float:
    """Return a number from 0 to 1 that is always the same for an address."""
    return int.from_bytes(sha256(url.encode()).digest()[:4]) / 2**32
