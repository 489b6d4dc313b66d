"""The municipality behind the portal: its organs and their meetings, year by year.

Everything follows from data/meetingplus.toml and the number of meetings wanted.
"""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from typing import Any

DATA = tomllib.loads((Path(__file__).parent / "data" / "meetingplus.toml").read_text("utf-8"))
TODAY: date = DATA["today"]
YEARS = range(2017, 2028)
ORDERED_LISTS_SINCE = 2024
MONTHS = (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12)
MOST_PER_YEAR = 2 * len(MONTHS)
COMFORTABLE_PER_YEAR = 18
AGENDA_DAYS_AHEAD = timedelta(days=14)
MOST_ITEMS = 17


@dataclass(frozen=True, slots=True)
class Organ:
    """A nämnd, styrelse, utskott or fullmäktige."""

    name: str
    slug: str
    short: str
    id: int
    weekday: int
    start: str
    end: str
    place: str
    habit: str
    """How the slugs of its meetings are made."""
    numbered: bool
    """Whether its ärenden carry numbers."""
    secretary: str


@dataclass(frozen=True, slots=True)
class File:
    """A PDF on the portal."""

    name: str
    kind: str
    """"agenda" or "protocol", also a segment of its path."""
    slug: str
    home: str
    """Path of the meeting below whose slug it lies."""
    role: str
    """"kallelse", "bilaga", or the key of the minutes' name in the data."""
    item: int = 0
    """Position of the ärende it belongs to; 0 for none."""

    @property
    def path(self) -> str:
        """Its one address."""
        return f"{self.home}/{self.kind}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a description."""

    kind: str
    """"heading", "paragraph" or "points"."""
    text: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One ärende of a meeting."""

    position: int
    number: str
    """As shown: "§ 52", "3", or a no-break space."""
    title: str
    paragraf: int = 0
    diarienummer: str = ""
    blocks: tuple[Block, ...] = ()
    decisions: tuple[str, ...] = ()
    hand: str = "plain"
    """Which program the description was pasted from."""
    told: str = ""
    """Template that holds the description word for word."""
    files: tuple[File, ...] = ()

    @property
    def rich(self) -> bool:
        """Whether there is anything below the title."""
        return bool(self.blocks or self.told or self.files)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting; what was said there stands in its Content."""

    organ: Organ
    date: date
    slug: str
    title: str
    start: str
    end: str
    place: str
    id: int = 0
    first_paragraf: int = 1
    size: int = 0
    """Number of its ärenden."""
    told: str = ""
    cancelled: bool = False
    agenda: bool | None = None
    """Whether a combined kallelse is published; None leaves it to chance."""
    minutes: tuple[str, ...] | None = None
    """Roles of its published minutes; None leaves it to chance."""
    minutes_at: str = ""
    """Slug of the meeting below which its minutes lie, if not its own."""

    @property
    def path(self) -> str:
        """Its one address."""
        return f"/committees/{self.organ.slug}/{self.slug}"

    @property
    def planned(self) -> bool:
        """Whether it lies so far ahead that nothing is published yet."""
        return self.date > TODAY + AGENDA_DAYS_AHEAD

    @property
    def held(self) -> bool:
        """Whether it took place long enough ago to have minutes."""
        return not self.cancelled and self.date < TODAY - AGENDA_DAYS_AHEAD

    @property
    def ordered(self) -> bool:
        """Whether its ärenden stand in an ordered list."""
        return self.date.year >= ORDERED_LISTS_SINCE


@dataclass(frozen=True, slots=True)
class Content:
    """What is published of a meeting."""

    items: tuple[Item, ...] = ()
    agenda: File | None = None
    minutes: tuple[File, ...] = ()
    info: str = ""

    def files(self) -> Iterator[File]:
        """Yield every file the meeting's page links."""
        if self.agenda:
            yield self.agenda
        for item in self.items:
            yield from item.files
        yield from self.minutes


def dice(*seed: object) -> random.Random:
    """Return a generator that rolls the same for the same seed, on any day and machine."""
    return random.Random("|".join(map(str, seed)))


def slugify(name: str) -> str:
    """Make an address of a file name as the product does: the dot goes, § becomes ss."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("§", "ss"))
    return re.sub(r"[^a-z0-9-]", "", plain.replace(" ", "-"))


def organs(count: int) -> list[Organ]:
    """Return the portal's organs, with local ones after them if more are wanted."""
    known = [Organ(**row) for row in DATA["organ"]]
    if count > len(known) + len(DATA["local"]["parts"]):
        raise ValueError("The portal cannot grow that big: ask for fewer pages.")
    return known + [
        _local_organ(number, part, known[-1])
        for number, part in enumerate(DATA["local"]["parts"][: max(0, count - len(known))])
    ]


def _local_organ(number: int, part: str, model: Organ) -> Organ:
    name = DATA["local"]["name"].format(part=part)
    return replace(
        model,
        name=name,
        slug=slugify(name),
        short=f"LN{number + 1}",
        id=1000 + number,
        weekday=number % 5,
        place=f"{part} bygdegård",
        numbered=True,
    )


def calendar(wanted: int, years: Sequence[int] = YEARS) -> dict[Organ, list[Meeting]]:
    """Return about `wanted` meetings by organ, the oldest first.

    The odd meetings of the data are always among them.
    """
    seats = organs(max(len(DATA["organ"]), ceil(wanted / (len(years) * COMFORTABLE_PER_YEAR))))
    odd = [row for row in DATA["special"] if row["date"].year in years]
    shares = _shares(seats, years, max(0, wanted - len(odd)))
    return {organ: _organ_calendar(organ, years, shares, odd) for organ in seats}


def _shares(seats: list[Organ], years: Sequence[int], wanted: int) -> dict[tuple[str, int], int]:
    """Deal the meetings out over organs and years, as evenly as they go."""
    keys = [(organ.slug, year) for organ in seats for year in years]
    if wanted > MOST_PER_YEAR * len(keys):
        raise ValueError("The portal cannot grow that big: ask for fewer pages.")
    recent = (TODAY.year - 1, TODAY.year)
    keys.sort(key=lambda key: (key[1] not in recent, dice("share", *key).random()))
    each, rest = divmod(wanted, len(keys))
    return {key: each + (place < rest) for place, key in enumerate(keys)}


def _organ_calendar(
    organ: Organ,
    years: Sequence[int],
    shares: Mapping[tuple[str, int], int],
    odd: list[dict[str, Any]],
) -> list[Meeting]:
    own = [row for row in odd if row["organ"] == organ.slug]
    found = [_odd_meeting(organ, row) for row in own]
    taken = {meeting.date for meeting in found}
    for year in years:
        days = list(_days(organ, year, shares[organ.slug, year], taken))
        found += [_meeting(organ, day) for day in days]
    found.sort(key=lambda meeting: (meeting.date, meeting.start))
    return list(_numbered(found))


def _days(organ: Organ, year: int, count: int, taken: set[date]) -> Iterator[date]:
    """Yield `count` days of a year on the organ's weekday, none in July."""
    offset = dice("days", organ.slug, year).randrange(len(MONTHS))
    for turn in range(count):
        round_, place = divmod(turn, len(MONTHS))
        month = MONTHS[(place * len(MONTHS) // min(count, len(MONTHS)) + offset) % len(MONTHS)]
        earliest = 8 + offset if count <= len(MONTHS) else 1 + 14 * round_
        day = _on_weekday(date(year, month, earliest), organ.weekday)
        while day in taken:
            day += timedelta(days=7)
        taken.add(day)
        yield day


def _on_weekday(earliest: date, weekday: int) -> date:
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def _meeting(organ: Organ, day: date) -> Meeting:
    return Meeting(organ, day, "", f"Möte {day}", organ.start, organ.end, organ.place)


def _odd_meeting(organ: Organ, row: dict[str, Any]) -> Meeting:
    changes = {key: value for key, value in row.items() if key not in ("organ", "date")}
    if "minutes" in changes:
        changes["minutes"] = tuple(changes["minutes"])
    elif "told" in changes:
        changes["minutes"] = ("full",)
    return replace(_meeting(organ, row["date"]), **changes)


def _numbered(meetings: list[Meeting]) -> Iterator[Meeting]:
    """Give each meeting its id, its slug, and its share of the year's paragrafer."""
    paragraf = {meeting.date.year: 1 for meeting in meetings}
    sizes = _sizes(meetings)
    for number, (meeting, size) in enumerate(zip(meetings, sizes, strict=True), start=1):
        organ, year = meeting.organ, meeting.date.year
        paragraf[year] = max(paragraf[year], meeting.first_paragraf)
        slug = organ.habit.format(slug=organ.slug, date=meeting.date, number=number)
        yield replace(
            meeting,
            id=organ.id * 1000 + number,
            slug=meeting.slug or slug,
            size=size,
            first_paragraf=paragraf[year],
        )
        paragraf[year] += size


def _sizes(meetings: list[Meeting]) -> list[int]:
    """Count the ärenden of each meeting, so that told paragrafer get their real numbers."""
    sizes = [_size(meeting) for meeting in meetings]
    for index, meeting in enumerate(meetings):
        if meeting.told and meeting.first_paragraf > 1:
            before = [i for i in range(index) if meetings[i].date.year == meeting.date.year]
            for turn, earlier in enumerate(before):
                share, rest = divmod(meeting.first_paragraf - 1, len(before))
                sizes[earlier] = min(share + (turn < rest), MOST_ITEMS)
    return sizes


def _size(meeting: Meeting) -> int:
    if meeting.told:
        return len(DATA["told"][meeting.told])
    if meeting.cancelled or meeting.planned:
        return 0
    return dice("size", meeting.path, meeting.date).randrange(3, 8)
