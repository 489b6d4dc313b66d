"""What is published of a meeting: its ärenden, their descriptions, and the files.

It is thought up when somebody asks for it, and is the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from tests.towns.council import DATA, Block, Content, File, Item, Meeting, dice, slugify

CONTENT_CACHE = 4096


@lru_cache(maxsize=CONTENT_CACHE)
def content(meeting: Meeting) -> Content:
    """Think up what is published of the meeting on the day the portal stands still."""
    if meeting.cancelled or meeting.planned:
        return Content()
    whole = complete(meeting)
    return whole if meeting.held else replace(whole, minutes=())


def complete(meeting: Meeting) -> Content:
    """Think up what will be published of the meeting in the end, its minutes included."""
    rolls = dice("content", meeting.path)
    secretary = meeting.organ.secretary
    info = rolls.choice(DATA["common"]["info"]).format(sekreterare=secretary)
    return _with_clean_slugs(
        Content(
            items=tuple(_told_items(meeting) if meeting.told else _items(meeting)),
            agenda=_agenda_file(meeting, rolls),
            minutes=tuple(_minutes_files(meeting, rolls)),
            info="" if meeting.told or rolls.random() < 0.7 else info,
        )
    )


def _told_items(meeting: Meeting) -> Iterator[Item]:
    for position, row in enumerate(DATA["told"][meeting.told], start=1):
        yield Item(
            position=position,
            number=row.get("number", "\u00a0"),
            title=row["title"],
            paragraf=meeting.first_paragraf + position - 1,
            diarienummer=row.get("diarienummer", ""),
            told=row.get("text", ""),
        )


def _items(meeting: Meeting) -> Iterator[Item]:
    rolls = dice("items", meeting.path)
    plain = _plain_titles(meeting.size, rolls)
    kinds = [
        kind
        for kind in DATA["arende"]
        if meeting.organ.short in (kind["in"] or [meeting.organ.short])
    ]
    special = [kind for kind in kinds if kind["in"]] or kinds
    for position in range(1, meeting.size + 1):
        item = Item(
            position,
            _number(meeting, position),
            plain.get(position, ""),
            meeting.first_paragraf + position - 1,
        )
        kind = rolls.choice(special if rolls.random() < 0.6 else kinds)
        yield item if item.title else _arende(meeting, item, kind)


def _plain_titles(size: int, rolls: random.Random) -> dict[int, str]:
    """Choose the formal items that open and close a meeting, by position."""
    opening = sorted(rolls.sample(range(4), rolls.randrange(1, 3)))
    titles = {place: DATA["plain"]["first"][which] for place, which in enumerate(opening, start=1)}
    titles[size] = rolls.choice(DATA["plain"]["later"])
    return titles


def _number(meeting: Meeting, position: int) -> str:
    if not meeting.organ.numbered:
        return "\u00a0"
    if meeting.ordered:
        return str(position)
    return f"§ {meeting.first_paragraf + position - 1}"


class Slots(dict[str, str]):
    """Fills the {slots} of a phrase; what names a thing stays the same within one ärende."""

    STICKY = frozenset(
        ("fastighet", "gata", "skola", "forening", "namn", "parti", "myndighet", "kvartal")
    )

    def __init__(self, rolls: random.Random, day: date) -> None:
        last = date(day.year, day.month, 1) - timedelta(days=1)
        super().__init__(
            ar=str(day.year),
            fjol=str(day.year - 1),
            nasta=str(day.year + 1),
            efter=str(day.year + 3),
            period=DATA["words"]["manad"][last.month - 1],
            periodar=str(last.year),
        )
        self.rolls = rolls

    def __missing__(self, key: str) -> str:
        value = self._roll(key)
        if key in self.STICKY:
            self[key] = value
        return value

    def _roll(self, key: str) -> str:
        if key in DATA["words"]:
            return self.rolls.choice(DATA["words"][key])
        low, high = NUMBERS[key]
        text = f"{self.rolls.randrange(low, high):,}".replace(",", " ")
        return f"{text},{self.rolls.randrange(10)}" if key == "procent" else text

    def fill(self, phrase: str) -> str:
        """Return the phrase with every slot filled."""
        return phrase.format_map(self)


NUMBERS = {
    "belopp": (120, 9800),
    "litet": (8, 900),
    "stort": (1200, 96000),
    "antal": (14, 160),
    "fler": (161, 320),
    "procent": (1, 92),
    "dag": (2, 28),
    "nr": (12, 340),
    "kvartal": (1, 5),
}


def _arende(meeting: Meeting, item: Item, kind: Mapping[str, Any]) -> Item:
    rolls = dice("arende", meeting.path, item.position)
    slots = Slots(rolls, meeting.date)
    year, number = meeting.date.year - (rolls.random() < 0.2), rolls.randrange(10, 900)
    return replace(
        item,
        title=slots.fill(rolls.choice(kind["title"])),
        diarienummer=f"{year}.{number:03} {meeting.organ.short}",
        blocks=tuple(_blocks(kind, rolls, slots)),
        decisions=tuple(slots.fill(text) for text in _some(rolls, kind["beslut"], 1, 2)),
        hand=rolls.choice(("plain", "word", "ckeditor", "typed")),
        files=tuple(_attachments(meeting, item, kind, rolls, slots)),
    )


def _some(rolls: random.Random, phrases: Sequence[str], least: int, most: int) -> list[str]:
    """Pick a few phrases and keep their order."""
    count = min(len(phrases), rolls.randint(least, most))
    picked = sorted(rolls.sample(range(len(phrases)), count))
    return [phrases[index] for index in picked]


SECTIONS = (("yttrande", 0.7), ("ekonomi", 0.5), ("beslut", 0.4))
"""Parts a handläggare may write after the description, and how often one does."""


def _blocks(kind: Mapping[str, Any], rolls: random.Random, slots: Slots) -> Iterator[Block]:
    """Write a description: what it is about, what the förvaltning thinks, what it costs."""
    common, headings = DATA["common"], DATA["headings"]
    opening, *rest = _some(rolls, kind["beskrivning"], 2, 4)
    yield Block("paragraph", slots.fill(opening))
    yield Block("heading", rolls.choice(headings["beskrivning"]))
    yield from (Block("paragraph", slots.fill(text)) for text in rest)
    if "punkter" in kind and rolls.random() < 0.6:
        yield Block("points", points=tuple(_some(rolls, kind["punkter"], 2, 4)))
    for section, chance in SECTIONS:
        if rolls.random() < chance:
            phrases = [*kind.get(section, ()), *_some(rolls, common[section], 1, 2)]
            yield Block("heading", rolls.choice(headings[section]))
            yield from (Block("paragraph", slots.fill(t)) for t in _some(rolls, phrases, 1, 3))
    if rolls.random() < 0.6:
        yield Block("paragraph", slots.fill(rolls.choice(common["beredning"])))


def _attachments(
    meeting: Meeting, item: Item, kind: Mapping[str, Any], rolls: random.Random, slots: Slots
) -> Iterator[File]:
    """Choose the bilagor of an ärende; utskott publish none."""
    if not meeting.organ.numbered:
        return
    names = _some(
        rolls,
        ["Tjänsteskrivelse", *kind["bilagor"]],
        *rolls.choice(((0, 0), (0, 0), (1, 1), (1, 3))),
    )
    for place, name in enumerate(names, start=1):
        label = (
            f"Bilaga {place} {slots.fill(name)}.pdf"
            if rolls.random() < 0.4
            else f"{slots.fill(name)}.pdf"
        )
        yield File(label, "agenda", slugify(label), meeting.path, "bilaga", item.position)


def _agenda_file(meeting: Meeting, rolls: random.Random) -> File | None:
    chance = rolls.random() < 0.45
    if meeting.agenda is False or (meeting.agenda is None and not chance):
        return None
    name = f"Kallelse {meeting.organ.short} {meeting.date}.pdf"
    return File(name, "agenda", slugify(name), meeting.path, "kallelse")


def _minutes_files(meeting: Meeting, rolls: random.Random) -> Iterator[File]:
    usual = rolls.choices([("full",), ("full", "omedelbar"), ()], weights=(86, 6, 8))[0]
    roles = usual if meeting.minutes is None else meeting.minutes
    home = f"/committees/{meeting.organ.slug}/{meeting.minutes_at or meeting.slug}"
    for role in roles:
        name = rolls.choice(DATA["minutes"][role]).format(
            short=meeting.organ.short,
            date=meeting.date,
            clock=f"{rolls.randrange(8, 18):02}{rolls.randrange(60):02}{rolls.randrange(60):02}",
            paragraf=meeting.first_paragraf + 1,
        )
        tail = f"-{rolls.randrange(10_000, 99_999)}" if rolls.random() < 0.28 else ""
        yield File(name, "protocol", slugify(name) + tail, home, role)


def _with_clean_slugs(whole: Content) -> Content:
    """Give the second file of one slug a numeric tail, as the product does."""
    taken: set[str] = set()

    def distinct(file: File) -> File:
        tail = f"-{dice('tail', file.path, len(taken)).randrange(10_000, 99_999)}"
        slug = file.slug + tail if file.slug in taken else file.slug
        taken.add(slug)
        return replace(file, slug=slug)

    return replace(
        whole,
        agenda=whole.agenda and distinct(whole.agenda),
        items=tuple(replace(i, files=tuple(map(distinct, i.files))) for i in whole.items),
        minutes=tuple(map(distinct, whole.minutes)),
    )
