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

YEARS = range(1900, 2201)
"""Any other year is a default value of some system, or no year."""

ENGLISH_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]

_NUMBERS = {"sept": 9} | {
    name: number
    for months in (MONTHS, ENGLISH_MONTHS)
    for number, month in enumerate(months, 1)
    for name in (month, month[:3])
}
"""Months by their Swedish and English names, in full and cut to three letters."""

_NAME = rf"(?P<name>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\b[.,]?"
_DAY = r"(?<!\d)(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_CLOCK = (
    r"(?:[T,]?\s*(?:kl(?:ockan|\.)?\s*)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?!\d))?"
)
_ZONE = r"(?:\.\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_SWEDISH_TIME = r"(?:\s*CES?T\b)?"
_FORMS = [
    re.compile(f"{form}{_CLOCK}{_SWEDISH_TIME}", re.IGNORECASE)
    for form in (
        rf"{_DAY}\s+{_NAME}\s+{_YEAR}",
        rf"\b{_NAME}\s+{_DAY},?\s+{_YEAR}",
        rf"(?<!\.){_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}",
        rf"(?<![\d/])(?P<month>\d{{1,2}})/(?P<day>1[3-9]|2\d|3[01])/{_YEAR}",
    )
]
_ISO = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}}){_CLOCK}{_ZONE}{_SWEDISH_TIME}",
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

    Knows "2020-05-18 07:00", ISO 8601 with or without zone, "29 maj 2024 kl. 10.24", "den 6 juli
    2021", "Sep 24, 2019 17:44 CEST", "1.4.2026 09:29:57", and "11/26/2014" if no other order of day
    and month can be meant. A time without zone is Swedish wall time; of the two 02:30 of an autumn
    night the first is meant.
    """
    match = _first_date(text)
    if not match:
        return None
    parts = match.groupdict()
    try:
        day = date(_year(parts["year"]), _month(parts), int(parts["day"]))
        if parts["hour"] is None:
            return Moment(day.isoformat(), "")
        clock = (int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0))
        return _moment(datetime.combine(day, time(*clock)), parts.get("zone"))
    except ValueError:
        return None


def is_moment(text: str) -> bool:
    """Tell whether `text` is a date that exists, with or without a clock time, and nothing else."""
    bare = text.removeprefix("den ").strip()
    match = _first_date(bare)
    return match is not None and match[0].strip() == bare and read_moment(bare) is not None


def _first_date(text: str) -> re.Match[str] | None:
    found = [match for form in (_ISO, *_FORMS) if (match := form.search(text))]
    return min(found, key=re.Match.start, default=None)


def _moment(wall: datetime, zone: str | None) -> Moment:
    if zone:
        aware = datetime.fromisoformat(wall.isoformat() + zone.upper().replace("Z", "+00:00"))
    else:
        aware = wall.replace(tzinfo=STOCKHOLM)
    utc = aware.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return Moment(utc, aware.astimezone(STOCKHOLM).isoformat())


def _year(text: str) -> int:
    year = int(text)
    if year not in YEARS:
        raise ValueError(text)
    return year


def _month(parts: dict[str, str]) -> int:
    return _NUMBERS[parts["name"].lower()] if "name" in parts else int(parts["month"])
