"""A crawl in a storm: what it lacks it names, and the next calm one completes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.conftest import Street, serve_street
from tests.towns.meetingplus import MeetingPlusTown
from tests.towns.notified import NotifiedTown
from tests.towns.sitevision import towns as sitevision_towns
from tests.towns.storm import LAP, StormyTown
from tests.towns.town import Town

SEEDS = range(20)
GOOD = ("ok", "duplicate", "not_modified", "redirect")
"""Outcomes of captures that are no fault."""
SETTINGS = {"timeout_s": 4, "max_requests": 2000}
"""A slow answer is too slow; a calendar without end would run into the limit."""


def small_newsroom() -> Town:
    return NotifiedTown(20)


def small_portal() -> Town:
    return MeetingPlusTown.of_size(80)


def small_site() -> Town:
    return sitevision_towns(60)[0]


@pytest.mark.slow
def test_a_storm_over_a_small_town(tmp_path: Path) -> None:
    """Law 7 to 10, in seconds."""
    assert_weathered(tmp_path, small_newsroom(), 2, in_calm(tmp_path, small_newsroom()))


@pytest.mark.slow
@pytest.mark.parametrize("town", [small_newsroom, small_portal, small_site])
def test_twenty_storms(tmp_path: Path, town: Any) -> None:
    undisturbed = in_calm(tmp_path, town())
    for seed in SEEDS:
        assert_weathered(tmp_path, town(), seed, undisturbed)


@dataclass(frozen=True)
class Undisturbed:
    """What a crawl finds that nothing befalls."""

    held: dict[str, tuple]
    """What is held of each document, by address."""
    parents: dict[str, str]
    """By address: that which led there."""


def in_calm(folder: Path, town: Town) -> Undisturbed:
    calm = folder / "calm"
    calm.mkdir()
    for street in serve_street(calm, [town], **SETTINGS):
        done = street.crawl()
        assert done.returncode == 0, done.stderr
        return Undisturbed(held(street), parents(street))
    raise AssertionError


def assert_weathered(folder: Path, town: Town, seed: int, undisturbed: Undisturbed) -> None:
    stormy = StormyTown(town, seed)
    rough = folder / f"storm-{seed}"
    rough.mkdir()
    for street in serve_street(rough, [stormy], **SETTINGS):
        street.crawl()
        missing = undisturbed.held.keys() - held(street).keys()
        unnamed = [path for path in missing if not is_named(street, path, undisturbed.parents)]

        assert held(street).keys() <= undisturbed.held.keys(), f"seed {seed}: no such documents"
        assert unnamed == [], f"seed {seed}: {stormy.befallen}"
        if missing:
            assert verdict(street) != "ok", f"seed {seed}: {sorted(missing)} are missing"

        stormy.is_calm = True
        done = street.crawl()
        assert done.returncode == 0, f"seed {seed}: {done.stderr}"
        assert held(street) == undisturbed.held, f"seed {seed}: {stormy.befallen}"
        verified = street.run("verify")
        assert (verified.returncode, verified.stderr) == (0, ""), f"seed {seed}"


def held(street: Street) -> dict[str, tuple]:
    """Return what is held of each document now, by its address without host."""
    rows = street.rows(
        "SELECT documents.url, kind, documents.status, versions.title, text, published_at, "
        "CASE text_is_read WHEN 0 THEN payload_sha256 END AS bytes, "
        "(SELECT group_concat(label || (attachments.document_id IS NULL), '|') FROM attachments "
        " WHERE parent_document_id = documents.id) AS files, "
        "(SELECT group_concat(agenda_items.title, '|') FROM agenda_items JOIN meetings "
        " ON meetings.id = meeting_id WHERE meetings.document_id = documents.id) AS items "
        "FROM documents JOIN versions ON versions.id = current_version_id "
        "JOIN captures ON captures.id = capture_id"
    )
    return {address_of(row["url"]): tuple(row)[1:] for row in rows}


def verdict(street: Street) -> str:
    return street.rows("SELECT verdict FROM crawls ORDER BY id DESC LIMIT 1")[0]["verdict"]


def parents(street: Street) -> dict[str, str]:
    """Return which address led to each: a page, the first listing to the others, a redirect."""
    rows = street.rows(
        "SELECT parent_url AS url, start_url AS parent FROM frontier "
        "JOIN sources ON sources.id = source_id WHERE parent_url <> start_url "
        "UNION ALL SELECT url, parent_url FROM frontier "
        "UNION ALL SELECT documents.url, frontier.url FROM frontier "
        "JOIN documents ON documents.id = document_id WHERE documents.url <> frontier.url"
    )
    return {address_of(row["url"]): address_of(row["parent"]) for row in rows}


def is_named(street: Street, address: str, parents: dict[str, str]) -> bool:
    """Say whether the archive names what is missing at an address, or on the way to it.

    That is a capture with a fault, or a row of the frontier with a reason; what was never heard
    of is named by the page that would have led there.
    """
    marks = ", ".join("?" * len(GOOD))
    faults = street.rows(f"SELECT url FROM captures WHERE outcome NOT IN ({marks})", *GOOD)
    frontier = {address_of(r["url"]): r["reason"] for r in street.rows("SELECT * FROM frontier")}
    faulty = {address_of(row["url"]) for row in faults}
    while address not in faulty and not frontier.get(address):
        if address in frontier or address not in parents:
            return False
        address = parents[address]
    return True


def address_of(url: str) -> str:
    """Return path and query, without the laps of a redirect loop."""
    parts = urlsplit(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != LAP])
    return parts.path + (f"?{query}" if query else "")
