"""A year of daily crawls against what the script says must be known of it, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.history import GONE_AFTER, Row, breakage, differences, expected_rows, vanished
from tests.towns.year import days_of_the_year, year_towns
from tests.yearly import YearStreet

DAYS = days_of_the_year()
FORTNIGHT = [day for day in DAYS if date(2026, 5, 3) <= day <= date(2026, 5, 20)]
"""The days of the script on which most happens."""
SOURCES = {"portal": "moten", "newsroom": "pressrum"}


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YearStreet]:
    """Both towns, crawled daily for two weeks and a half."""
    yield from lived(tmp_path_factory.mktemp("fortnight"), FORTNIGHT)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YearStreet]:
    """Both towns, crawled on each day of the year."""
    yield from lived(tmp_path_factory.mktemp("year"), DAYS)


def lived(folder: Path, days: list[date]) -> Iterator[YearStreet]:
    street = YearStreet(folder, year_towns())
    try:
        street.live(days)
    finally:
        street.close()
    yield street


def found_rows(street: YearStreet, town: str) -> list[Row]:
    """Return all versions, events and alerts of one town, as rows of its history."""
    source = SOURCES[town]
    rows = [
        *street.rows(
            "SELECT observed_at AS at, 'version' AS what, url, '' AS field, '' AS old, '' AS new "
            "FROM versions JOIN documents ON documents.id = document_id "
            "JOIN sources ON sources.id = source_id WHERE slug = ?",
            source,
        ),
        *street.rows(
            "SELECT observed_at AS at, events.kind AS what, url, field, old_value AS old, "
            "new_value AS new FROM events JOIN documents ON documents.id = document_id "
            "JOIN sources ON sources.id = source_id WHERE slug = ?",
            source,
        ),
    ]
    return sorted([*map(as_row, rows), *found_alerts(street, town)])


def as_row(row) -> Row:
    """Keep of an event what its definition fixes: values of `changed` and `moved` alone."""
    day = date.fromisoformat(row["at"][:10])
    thing = path_of(row["url"])
    if row["what"] == "changed":
        return Row(day, day, "changed", thing, row["field"], row["old"], row["new"])
    if row["what"] == "moved":
        return Row(day, day, "moved", thing, "url", path_of(row["old"]), path_of(row["new"]))
    return Row(day, day, row["what"], thing)


def found_alerts(street: YearStreet, town: str) -> Iterator[Row]:
    sql = (
        "SELECT opened_at, closed_at FROM alerts JOIN sources ON sources.id = source_id "
        "WHERE slug = ?"
    )
    for row in street.rows(sql, SOURCES[town]):
        for what, at in (("alert opened", row["opened_at"]), ("alert closed", row["closed_at"])):
            if at:
                yield Row(date.fromisoformat(at[:10]), date.max, what, town)


def path_of(url: str) -> str:
    return unquote(urlsplit(url).path)


def assert_history(street: YearStreet, days: list[date]) -> None:
    """Compare row by row, both ways: nothing is missing, nothing is too much."""
    towns = year_towns()
    wrong = {
        name: differences(expected_rows(town, days), found_rows(street, name))
        for name, town in towns.items()
    }
    assert not any(wrong.values()), "\n".join(line for lines in wrong.values() for line in lines)


def assert_end(street: YearStreet, days: list[date]) -> None:
    """Compare what is gone in the end, and no document is held twice."""
    expected = set().union(*(vanished(town, days) for town in year_towns().values()))
    rows = street.rows("SELECT url, status FROM documents")
    assert {path_of(row["url"]) for row in rows if row["status"] == "gone"} == expected
    assert len({path_of(row["url"]) for row in rows}) == len(rows)


def assert_verdicts(street: YearStreet, days: list[date]) -> None:
    """A crawl is ok exactly on the days on which its site is not broken.

    It may be again once a thing that is listed and not there is known to be gone.
    """
    for name, town in year_towns().items():
        rows = street.rows(
            "SELECT started_at, verdict, reason FROM crawls "
            "JOIN sources ON sources.id = source_id WHERE slug = ?",
            SOURCES[name],
        )
        verdicts = {date.fromisoformat(row["started_at"][:10]): row["verdict"] for row in rows}
        assert list(verdicts) == days
        not_ok = {day: verdict for day, verdict in verdicts.items() if verdict != "ok"}
        broken = {day for day in days if breakage(town.states[day])}
        known = {
            day
            for day in broken
            if breakage(town.states[day]) == "contradiction"
            and {day - timedelta(n) for n in range(GONE_AFTER + 1)} <= broken
        }
        assert broken - known <= not_ok.keys() <= broken, not_ok


@pytest.mark.slow
def test_a_fortnight_has_its_history(fortnight: YearStreet) -> None:
    """Law 4 to 7: every event on its day, no other version, no other gone, one alert."""
    assert_history(fortnight, FORTNIGHT)


@pytest.mark.slow
def test_after_a_fortnight_what_is_gone_is_gone(fortnight: YearStreet) -> None:
    assert_end(fortnight, FORTNIGHT)


@pytest.mark.slow
def test_verdicts_of_a_fortnight_tell_the_broken_days(fortnight: YearStreet) -> None:
    assert_verdicts(fortnight, FORTNIGHT)


@pytest.mark.slow
def test_the_archive_of_a_fortnight_can_be_verified(fortnight: YearStreet) -> None:
    done = fortnight.run("verify")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_year_has_its_history(year: YearStreet) -> None:
    assert_history(year, DAYS)


@pytest.mark.slow
def test_after_a_year_what_is_gone_is_gone(year: YearStreet) -> None:
    assert_end(year, DAYS)


@pytest.mark.slow
def test_verdicts_of_a_year_tell_the_broken_days(year: YearStreet) -> None:
    assert_verdicts(year, DAYS)


@pytest.mark.slow
def test_a_meeting_is_cancelled_only_by_a_word(year: YearStreet) -> None:
    """Absence is not cancellation."""
    rows = year.rows(
        "SELECT url, meetings.status FROM meetings JOIN documents ON document_id = documents.id"
    )
    cancelled = [path_of(row["url"]) for row in rows if row["status"] == "cancelled"]
    assert len(cancelled) == 1
    assert re.fullmatch(r"/committees/miljoskyddsnamnden/.*", cancelled[0])


@pytest.mark.slow
def test_no_version_of_a_year_is_the_extractors(year: YearStreet) -> None:
    """The code did not change, so nothing can have changed but the source."""
    assert year.rows("SELECT id FROM versions WHERE cause = 'extractor'") == []


@pytest.mark.slow
def test_pages_that_are_not_due_are_left_alone(year: YearStreet) -> None:
    """A late autumn day asks for a small part of what is held."""
    held = year.rows("SELECT count(*) AS n FROM documents WHERE status = 'live'")[0]["n"]
    asked = year.rows(
        "SELECT sum(requests) AS n FROM crawls WHERE started_at LIKE '2026-12-2%' "
        "GROUP BY substr(started_at, 1, 10) ORDER BY n"
    )
    assert asked[len(asked) // 2]["n"] < held / 2


@pytest.mark.slow
def test_the_archive_of_a_year_can_be_verified(year: YearStreet) -> None:
    done = year.run("verify")
    assert (done.returncode, done.stderr) == (0, "")
