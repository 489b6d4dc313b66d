"""Dates as Swedish pages write them, to UTC with the wall time kept beside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")

MONTHS = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
]

_CLOCK = r"(?:[T,]?\s*(?:kl\.?\s*)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
_ISO = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}}){_CLOCK}"
    r"(?:\.\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_SWEDISH = re.compile(
    rf"(?P<day>\d{{1,2}})\s+(?P<name>[a-zåäö]{{3,9}})[.,]?\s+(?P<year>\d{{4}}){_CLOCK}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stated time. Both are bare dates ("2020-05-18", "") when the page states no clock time."""

    utc: str
    """"2020-05-18T05:00:00Z"."""
    local: str
    """"2020-05-18T07:00:00+02:00", or empty."""


def read_moment(text: str) -> Moment | None:
    """Return the first date in `text`, None if there is none that exists.

    Knows "2020-05-18 07:00", ISO 8601 with or without zone, "29 maj 2024 kl. 10.24" and
    "den 6 juli 2021". A time without zone is Swedish wall time; of the two 02:30 of an autumn night
    the first is meant.
    """
    match = _ISO.search(text) or _SWEDISH.search(text)
    if not match:
        return None
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), _month(parts), int(parts["day"]))
        if parts["hour"] is None:
            return Moment(day.isoformat(), "")
        clock = (int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0))
        return _moment(datetime.combine(day, time(*clock)), parts.get("zone"))
    except ValueError:
        return None


def _moment(wall: datetime, zone: str | None) -> Moment:
    if zone:
        aware = datetime.fromisoformat(wall.isoformat() + zone.upper().replace("Z", "+00:00"))
    else:
        aware = wall.replace(tzinfo=STOCKHOLM)
    utc = aware.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return Moment(utc, aware.astimezone(STOCKHOLM).isoformat())


def _month(parts: dict[str, str | None]) -> int:
    if number := parts.get("month"):
        return int(number)
    name = (parts["name"] or "").lower()
    found = [n for n, month in enumerate(MONTHS, 1) if month == name or month[:3] == name]
    if not found:
        raise ValueError(name)
    return found[0]
