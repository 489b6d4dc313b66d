"""Believable kommun news, written from phrases in data/ and always the same for a number."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, TypeVar

DATA = Path(__file__).parent / "data"
PARAGRAPHS = (3, 4, 5)
FEW = ("två", "tre", "fyra", "fem", "sex", "sju")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of running text."""

    kind: Literal["paragraph", "subhead", "bullets"]
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a newspaper may call."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Story:
    """One piece of news without any markup."""

    topic: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    contact: Person


@cache
def load(name: str) -> Any:
    """Return one data file of the towns, parsed."""
    text = (DATA / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else tomllib.loads(text)


def number_from(*keys: object) -> int:
    """Return a large number that depends on the keys and on nothing else."""
    return int.from_bytes(blake2b("|".join(map(str, keys)).encode(), digest_size=8).digest())


def hexadecimal(length: int, *keys: object) -> str:
    """Return `length` hexadecimal digits that depend on the keys and on nothing else."""
    return blake2b("|".join(map(str, keys)).encode(), digest_size=32).hexdigest()[:length]


def pick(options: Sequence[T], *keys: object) -> T:
    """Return the option that belongs to the keys."""
    return options[number_from(*keys) % len(options)]


def shuffled(options: Sequence[T], *keys: object) -> list[T]:
    """Return the options in the order that belongs to the keys."""
    return sorted(options, key=lambda option: number_from(option, *keys))


@dataclass(frozen=True, slots=True)
class Newsdesk:
    """Writes the news of one town."""

    town: str

    def story(self, number: int) -> Story:
        """Return the story with this number; titles repeat only after a thousand or so."""
        topics = load("news_prose.toml")["topics"]
        topic = topics[number % len(topics)]
        slots = self._slots(number, topic)
        angle = number // len(topics) % len(topic["headlines"])
        return Story(
            topic=topic["key"],
            title=_sentence(topic["headlines"][angle], slots),
            lead=_sentence(topic["leads"][angle], slots),
            blocks=self._blocks(number, topic, slots),
            contact=Person(slots["boss"], slots["role"]),
        )

    def _blocks(
        self, number: int, topic: dict[str, Any], slots: dict[str, str]
    ) -> tuple[Block, ...]:
        length = pick(PARAGRAPHS, self.town, number, "length")
        texts = shuffled(topic["paragraphs"], self.town, number)[:length]
        quotes = shuffled(topic["quotes"], self.town, number)[:2]
        blocks = [Block("paragraph", _sentence(text, slots)) for text in texts]
        blocks.insert(1, Block("paragraph", _sentence(quotes[0], slots)))
        blocks.append(Block("paragraph", _sentence(quotes[1], slots)))
        if number % 2:
            subhead = pick(topic["subheads"], self.town, number)
            blocks.insert(3, Block("subhead", _sentence(subhead, slots)))
        if number % 3 == 1:
            blocks.insert(-1, Block("bullets", items=tuple(topic["bullets"])))
        return tuple(blocks)

    def _slots(self, number: int, topic: dict[str, Any]) -> dict[str, str]:
        board = topic["board"]
        return {
            "board": board,
            "board_cap": board[0].upper() + board[1:],
            "department": topic["department"],
            "role": topic["role"],
            **self._where(number),
            **self._who(number),
            **self._when(number),
            **self._how_much(number),
        }

    def _where(self, number: int) -> dict[str, str]:
        people = load("news_people.toml")
        places = people["places"][self.town]
        at = number + 7 * (number // 56)
        return {
            "place": places[at % len(places)],
            "place2": places[(at + 5) % len(places)],
            "street": pick(people["streets"][self.town], number, "street"),
        }

    def _who(self, number: int) -> dict[str, str]:
        return {role: self.person(number, role) for role in ("boss", "politician", "person")}

    def person(self, *keys: object) -> str:
        """Return the name that belongs to the keys."""
        people = load("news_people.toml")
        first = pick(people["first_names"], self.town, *keys, "first")
        return f"{first} {pick(people['last_names'], self.town, *keys, 'last')}"

    def _when(self, number: int) -> dict[str, str]:
        prose = load("news_prose.toml")
        return {
            "month": pick(prose["months"], self.town, number),
            "weekday": pick(prose["weekdays"], self.town, number),
            "day": str(1 + number_from(self.town, number, "day") % 28),
        }

    def _how_much(self, number: int) -> dict[str, str]:
        seed = number_from(self.town, number, "numbers")
        return {
            "count": str(24 + seed % 73),
            "amount": f"{3 + seed % 41},{1 + seed % 9}",
            "small": f"{1 + seed % 4},{1 + seed // 7 % 9}",
            "length": f"{1 + seed % 3},{1 + seed // 11 % 9}",
            "percent": str(11 + seed % 78),
            "grade": f"3,{1 + seed % 8}",
            "few": pick(FEW, seed),
        }


def _sentence(template: str, slots: dict[str, str]) -> str:
    text = template.format_map(slots)
    return text[0].upper() + text[1:]
