"""Floors: what the cleaner must not fall below, and the pages that this was found on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.bench.cleaning.gold import OWN_GOLD
from tests.bench.cleaning.scoring import Count, Score

FLOORS = OWN_GOLD.parent / "floors.json"


class SpeedFloors(msgspec.Struct, frozen=True):
    """Pages per second of ours ÷ those of trafilatura's default. Changed by hand alone."""

    median_page: float
    whole_set: float


class SetFloors(msgspec.Struct, frozen=True):
    """The least that must be right on a set of pages."""

    digest: str
    """SHA-256 of the pages and their gold."""
    least: dict[str, int]
    """By measure."""


class Floors(msgspec.Struct, frozen=True):
    """All floors."""

    speed: SpeedFloors
    sets: dict[str, SetFloors]


def read_floors(path: Path) -> Floors:
    """Return the floors kept in a file."""
    return msgspec.json.decode(path.read_bytes(), type=Floors)


def write_floors(floors: Floors, path: Path) -> None:
    """Keep floors in a file."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(floors), indent=2) + b"\n")


def shortfalls(floors: Floors, name: str, digest: str, found: Score) -> Iterator[str]:
    """Yield where a set falls below its floors, a line each."""
    kept = floors.sets.get(name)
    if kept is None:
        yield f"{name}: no floors are kept for this set; --raise-floors keeps what was found"
        return
    if kept.digest != digest:
        yield (
            f"{name}: expected the pages and gold of digest {kept.digest[:12]}, found "
            f"{digest[:12]}; --raise-floors takes the new ones if no figure falls"
        )
    for measure, least in kept.least.items():
        right, of = found.get(measure, Count(0, 0))
        if right < least:
            yield f"{name}: {measure}: expected at least {least}, found {right} of {of}"


def slowness(floors: Floors, median_page: float, whole_set: float) -> Iterator[str]:
    """Yield where we are not fast enough beside trafilatura, a line each."""
    places = (
        ("at the median page", floors.speed.median_page, median_page),
        ("over the whole set", floors.speed.whole_set, whole_set),
    )
    for place, least, found in places:
        if found < least:
            yield f"speed {place}: expected at least {least:.1f} × trafilatura, found {found:.2f}"


def raised(floors: Floors, name: str, digest: str, found: Score) -> Floors:
    """Return the floors with a set's better figures; unchanged where any of them is worse."""
    kept = floors.sets.get(name)
    if kept and any(found.get(m, Count(0, 0)).right < least for m, least in kept.least.items()):
        return floors
    return lowered(floors, name, digest, found)


def lowered(floors: Floors, name: str, digest: str, found: Score) -> Floors:
    """Return the floors with a set's figures as they were found, better or worse."""
    least = {measure: count.right for measure, count in found.items()}
    sets = floors.sets | {name: SetFloors(digest, least)}
    return msgspec.structs.replace(floors, sets=sets)
