"""Pages of a kommun, a body, a meeting, a source and the alerts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from archive.alerts import shipped_rules
from archive.health import COLUMNS
from archive.publish import publish
from tests.sample_archive import HOSTILE, MEETING, RELEASE, build_sample_archive

pytest.importorskip("datasette", reason="the extra `browse` is not installed")
pytest.importorskip("icalendar", reason="the extra `browse` is not installed")

from datasette.plugins import pm

from archive.browse import HERE, charts, places
from tests.reading_room import Room

NOW = "2026-11-22T12:00:00+00:00"
PAGE = 100_000
PAGES = (
    *("/public/kommuner/1489", "/public/kommuner/2184", "/public/bodies/1", "/public/bodies/2"),
    *("/public/bodies/3", "/public/sources/1", "/public/sources/2", "/public/sources/3"),
    *("/public/sources/1?dagar=90", "/public/bodies/2?till=1999", "/public/larm"),
)
LONG = date(2016, 11, 22)
LAST = date(2026, 11, 22)
GAP = ("2019-03", "2019-04")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("places")
    build_sample_archive(data_dir)
    path = publish(data_dir).path
    _fill(path)
    room = Room(path)
    yield room
    room.db.close()
    for plugin in pm.get_plugins():
        if str(getattr(plugin, "__file__", "")).startswith(str(HERE)):
            pm.unregister(plugin)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_now", lambda: NOW)


def _fill(path: Path) -> None:
    """Ten years of health, a body of a thousand meetings, one with a thousand in a year, alerts."""
    with sqlite3.connect(path) as db:
        days = [LONG + timedelta(n) for n in range((LAST - LONG).days + 1)]
        kept = [day.isoformat() for day in days if not day.isoformat().startswith(GAP)]
        marks = ", ".join("?" * len(COLUMNS))
        db.executemany(
            f"INSERT INTO health ({', '.join(COLUMNS)}) VALUES ({marks})",
            [[health(1, day)[name] for name in COLUMNS] for day in kept],
        )
        for body_id, step in ((2, 9), (3, 0)):
            db.execute(
                "INSERT INTO bodies (id, kommunkod, source_id, handle, name, kind) "
                "VALUES (?1, '1489', 2, ?1, ?2, 'namnd')",
                (body_id, f"Nämnd {HOSTILE} \u202e" + "å" * 500),
            )
            for number in range(1000):
                day = date(2001, 12, 24) + timedelta(number * step)
                status = "cancelled" if number % 100 == 99 else "minutes_published"
                document_id = db.execute(
                    "INSERT INTO documents (key, source_id, kommunkod, kind, url, title, "
                    "first_seen_at, last_seen_at) VALUES (?, 2, '1489', 'meeting', '', 'Möte', "
                    "?2, ?2) RETURNING id",
                    (f"{body_id}-{number}", "2026-11-20T00:00:00Z"),
                ).fetchone()[0]
                db.execute(
                    "INSERT INTO meetings (document_id, body_id, date, status) VALUES (?, ?, ?, ?)",
                    (document_id, body_id, day.isoformat(), status),
                )
        db.executemany(
            "INSERT INTO alerts (source_id, rule, opened_at, closed_at, message, message_sv) "
            "VALUES (1, ?, ?, ?, ?, ?)",
            [
                ("stale", "2026-11-01T03:00:00Z", None, "nothing new", "inget nytt sedan i fjol"),
                ("soft_404", "2019-02-01T03:00:00Z", "2019-06-01T03:00:00Z", "old words", ""),
                *(
                    (
                        f"stale{n}" if n % 2 else "soft_404",
                        "2018-01-01T03:00:00Z",
                        "2018-02-01T03:00:00Z",
                        "x" * 5000,
                        "",
                    )
                    for n in range(200)
                ),
            ],
        )
    db.close()


def health(source_id: int, day: str, **values: object) -> dict[str, Any]:
    said = dict.fromkeys(COLUMNS, 0) | {"source_id": source_id, "date": day, "verdict": "ok"}
    said |= {"is_complete": 1, "listed": 1200, "held": 1190, "explained": 4, "waiting": 3}
    return said | {"unread": 1, "median_letters": 1500, "shared_lines": 0.06} | values


@pytest.mark.parametrize("path", PAGES)
def test_page_is_light_and_strict(room, path):
    """Within 100 kB, whatever the archive holds; nothing a strict policy would refuse."""
    page = room.page(path)

    assert len(page.encode()) < PAGE
    assert not re.search(r"<[^>]*\s(style|on\w+)=|<script|<style", page)
    assert "\u202e" not in page
    assert HOSTILE not in page
    assert len(re.findall("<h1", page)) == 1
    assert all('role="img" aria-label="' in svg or 'aria-hidden="true"' in svg
               for svg in re.findall("<svg[^>]*>", page))  # fmt: skip


def test_kommun_page_says_what_there_is_and_what_not(room):
    page = unescape(room.page("/public/kommuner/1489"))

    assert "Västra Götalands län" in page
    assert "1 190 av 1 200 listade sidor finns i arkivet." in page
    for said in ("4 sidor saknas av känd orsak", "3 sidor väntar", "1 sida gav ett fel",
                 "2 sidor saknas utan att vi vet varför"):  # fmt: skip
        assert said in page
    assert "ingen källa för kommunens anslag" in page
    assert "allas text är inte läst" in page
    assert '<input type="hidden" name="kommun" value="1489">' in page
    assert re.search(r"Socialnämnden</a>\s*<span class=\"quiet\">1 sammanträde sedan 27", page)
    assert "Inget nytt sedan i fjol" in page
    assert "Old words" not in page
    assert RELEASE.title in page
    assert 'href="http://localhost/public/kommuner/1489.atom"' in page
    assert 'href="webcal://localhost/public/kommuner/1489.ics"' in page


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"started_at": None, "last_good_at": None}, "Har inte hämtats ännu."),
        ({}, "Senast hämtad 22 november 2026 kl. 04.00."),
        ({"last_good_at": "2026-11-01T03:00:00Z"}, "Sedan dess har den inte hämtats."),
        ({"verdict": "blocked"}, "Den senaste hämtningen avvisades av webbplatsen."),
        ({"finished_at": None}, "En hämtning pågår, eller avbröts."),
        ({"last_good_at": None, "verdict": "failed"}, "Ingen hämtning har lyckats."),
    ],
)
def test_freshness_is_said_in_words(source, said):
    known = {"started_at": "2026-11-22T03:00:00Z", "finished_at": "2026-11-22T03:00:00Z"}
    known |= {"last_good_at": "2026-11-22T03:00:00Z", "verdict": "ok"}

    assert said in places.SourceState(known | source, NOW).freshness


def test_source_that_lists_nothing_or_was_not_measured_says_so():
    nothing = dict.fromkeys(("listed", "held", "explained", "waiting", "unread", "forbidden"))
    nothing["missing_files"] = 0

    assert "inte mätt" in places.SourceState(nothing, NOW).coverage
    assert places.SourceState(nothing, NOW).lacking == []
    assert "listar ingenting" in places.SourceState(nothing | {"listed": 0}, NOW).coverage


def test_body_page_has_whole_years_the_newest_first(room):
    page = room.page("/public/bodies/2")
    years = re.findall(r"<summary>(\d{4})", page)

    assert years == sorted(years, reverse=True)
    assert years[0] == "2026"
    assert 'href="/public/bodies/2?till=2001"' in page
    assert re.findall(r"<summary>(\d{4})", room.page("/public/bodies/2?till=2003")) == [
        *("2003", "2002", "2001")
    ]
    assert "Inga sammanträden så tidigt." in room.page("/public/bodies/2?till=1999")
    assert "Alla sammanträden som lista" in room.page("/public/bodies/3")


def test_body_page_leads_to_each_meeting_with_its_files(room):
    page = room.page("/public/bodies/1")

    assert f'href="/public/documents/{room.id_of(MEETING.key)}">27 oktober 2020</a>' in page
    assert "Kallelse publicerad" in page
    assert "kl. 14.00, 2 ärenden, 2 filer" in page


def test_picture_has_a_mark_for_each_meeting_and_another_shape_for_the_cancelled():
    days = [("2027-01-02", "announced"), ("2026-12-31", "cancelled"), ("2026-01-01", "x"),
            ("2025-06-01", "x"), ("våren", "x")]  # fmt: skip
    meetings = [{"date": day, "status": status} for day, status in days]

    picture = charts.year_picture(meetings, "2026-11-22")

    assert [year for _, year in picture.rows] == ["2027", "2026", "2025"]
    assert (picture.held.count("M"), picture.coming.count("M"), picture.cancelled.count("M")) == (
        *(2, 1, 1),
    )
    assert picture.cancelled.endswith("m-3-3l6 6m0-6l-6 6")
    assert picture.summary == "2025–2027: 2 hållna sammanträden, 1 kommande, 1 inställt."
    assert charts.year_picture([], "2026-11-22").summary == "Inga sammanträden."


def test_meeting_and_agenda_item_lead_to_the_document(room):
    """One page for one thing; the table's own formats stay."""
    document = f"/public/documents/{room.id_of(MEETING.key)}"

    def target(path: str) -> str:
        response = room.get(path)
        assert response.status_code == 200
        return f"{response.url.path}#{response.url.fragment}"

    assert target("/public/meetings/1") == f"{document}#"
    assert target("/public/agenda_items/2") == f"{document}#punkt-2"
    assert 'id="punkt-2"' in room.page(document)
    assert 'href="/public/bodies/1"' in room.page(document)
    assert room.get("/public/meetings/1.json?_shape=array").json()[0]["date"] == "2020-10-27"
    for missing in ("meetings/9999", "agenda_items/9999", f"meetings/{'9' * 40}"):
        assert room.get(f"/public/{missing}").status_code == 404


def test_source_page_shows_its_history(room):
    page = unescape(room.page("/public/sources/1"))

    assert page.count('<figure class="chart">') == len(charts.TOPICS)
    assert "1 200 listade hela tiden; 1 190 finns i arkivet hela tiden" in page
    assert "en punkt för varje månad" in page
    assert "Siffrorna som tabell" in page
    assert '<th scope="row">2026-11</th>' in page
    assert "2019-03" not in page
    assert "en punkt för varje dag" in unescape(room.page("/public/sources/1?dagar=90"))
    assert "en punkt för varje vecka" in unescape(room.page("/public/sources/1?dagar=365"))
    assert "en punkt för varje månad" in unescape(room.page("/public/sources/1?dagar=<b>"))
    assert "Inget är mätt ännu." in room.page("/public/sources/2")


def days_of(*stated: str, **values: object) -> list[dict[str, Any]]:
    return [health(1, day, **values) for day in stated]


def test_a_line_breaks_off_where_nothing_was_crawled():
    days = days_of("2026-11-01", "2026-11-02", "2026-11-05", "2026-11-06", "2026-11-09")
    listed = charts.history(days, []).charts[0].lines[0].path

    assert re.sub(r"[\d. ]", "", listed) == "MhLMhLMh"


def test_what_was_not_measured_is_neither_drawn_nor_said():
    days = days_of("2026-11-01", "2026-11-02", median_letters=None)
    chart = charts.history(days, []).charts[3]

    assert chart.lines[0].path == ""
    assert chart.top == ""
    assert chart.summary == "Inget är mätt ännu."


@pytest.mark.parametrize(
    ("last", "unit", "count"),
    [("2026-04-30", "dag", 2), ("2026-08-30", "vecka", 2), ("2036-01-30", "månad", 2),
     ("2096-01-30", "år", 2), ("2026-01-01", "dag", 1)],
)  # fmt: skip
def test_long_histories_are_put_together(last, unit, count):
    days = days_of(*dict.fromkeys(("2026-01-01", last)))
    history = charts.history(days, [])

    assert history.unit == unit
    assert len(history.periods) == count


def test_a_period_sums_what_happened_and_ends_as_it_was():
    days = [health(1, f"2026-01-{day:02}", new=1, listed=day) for day in range(5, 12)]
    days.append(health(1, "2026-10-01"))

    week = charts.history(days, []).periods[0]

    assert week.label == "v. 2 2026"
    assert week.figures[:4] == ["11", "1 190", "3", "7"]


def test_alerts_are_marked_where_they_were_open():
    days = days_of("2026-11-01", "2026-11-11")
    alerts = [
        {"opened_at": "2026-10-01T03:00:00Z", "closed_at": "2026-11-06T03:00:00Z"},
        {"opened_at": "2026-11-11T03:00:00Z", "closed_at": None},
        {"opened_at": "2026-01-01T03:00:00Z", "closed_at": "2026-02-01T03:00:00Z"},
    ]
    marks = charts.history(days, alerts).charts[0].alarms

    assert re.findall(r"M([\d.]+) 6h([\d.]+)", marks) == [("38.0", "179.0"), ("396.0", "2")]


def test_alerts_page_has_open_ones_first_and_says_what_they_mean(room):
    page = unescape(room.page("/public/larm"))
    is_open, closed = page.partition("Avhjälpta")[::2]

    assert "Inget nytt sedan i fjol" in is_open
    assert "sedan <time" in is_open
    assert shipped_rules().meaning("stale") in is_open
    assert "Old words" in closed
    assert shipped_rules().meaning("soft_404") in closed
    assert 'href="/public/sources/1"' in page
    assert 'href="/public/alerts"' in page
    other = unescape(room.page("/public/larm?kommun=2184"))
    assert "Inget nytt sedan i fjol" not in other
    assert "listningen är tom" in other
    assert "Inget larm är öppet." in room.page("/public/larm?kommun=9999")
