"""Days when kommuner publish little: they do not count when something new is awaited."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import msgspec


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which days are quiet, every year."""

    ranges: list[tuple[str, str]]
    """First and last day, as "07-01" and "07-31"."""
    easter: tuple[int, int]
    """First and last day, counted from Easter Sunday."""

    def __contains__(self, day: date) -> bool:
        month_day = day.isoformat()[5:]
        first, last = self.easter
        is_easter = first <= (day - easter_sunday(day.year)).days <= last
        return is_easter or any(start <= month_day <= end for start, end in self.ranges)

    def counted(self, after: date, until: date) -> int:
        """Return how many days after `after`, up to `until`, are not quiet."""
        days = (after + timedelta(n) for n in range(1, (until - after).days + 1))
        return sum(1 for day in days if day not in self)


@cache
def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, ch. 8)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap, of_leap = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon_shift + 15) % 30
    quarter, of_quarter = divmod(of_century, 4)
    weekday = (32 + 2 * of_leap + 2 * quarter - epact - of_quarter) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
