"""How a crawl goes about a site: what it asks for, in which order, and where it stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.store import Store
from crawler.spiders.kommun import MOST_BARREN
from tests.conftest import Street
from tests.rawserver import FILE, MEETING, SITE, Reply, ok, page, raw_site
from tests.test_sitevision import ROW, html_page, own

ORGAN = "/committees/socialnamnden"
LOGIN = ok(page("Logga in", '<form><input type="password"></form>'))


def outcomes(town: Street, path: str) -> list[str]:
    """What came of asking for an address, as the frontier knows it."""
    rows = town.rows("SELECT outcome FROM frontier WHERE url LIKE ?", f"%{path}")
    return [row["outcome"] for row in rows]


def organ(*days: str) -> bytes:
    """A body's page that lists meetings of these days."""
    rows = (f'<li><a href="{ORGAN}/mote-{day}" aria-label="{day}">{day}</a></li>' for day in days)
    return ok(page("Socialnämnden", f"<ul>{''.join(rows)}</ul>"))


def meeting(day: str) -> bytes:
    agenda = f"<ul><li><span>§ 1</span> <button>Budget {day}</button></li></ul>"
    return ok(page(f"Möte {day}", f'<p><a href="{ORGAN}">Socialnämnden</a></p>{agenda}'))


def test_a_document_that_is_redirected_to_its_listing_is_not_there(tmp_path: Path) -> None:
    with raw_site(tmp_path, {MEETING: ok("", f"Location: {ORGAN}", status="302 Found")}) as (
        town,
        _,
    ):
        town.crawl()

        assert outcomes(town, MEETING) == ["soft_404"]


def test_a_wall_at_the_address_of_a_listing_is_a_wall(tmp_path: Path) -> None:
    """It was a listing a moment ago: the document is behind the wall, not gone."""
    answers = [SITE[ORGAN], LOGIN]
    moved: dict[str, Reply] = {
        MEETING: ok("", f"Location: {ORGAN}", status="302 Found"),
        ORGAN: lambda _: answers.pop(0),  # type: ignore[dict-item, return-value]
    }
    with raw_site(tmp_path, moved) as (town, _):
        town.crawl()

        assert outcomes(town, MEETING) == ["blocked"]


def test_a_crawl_stops_at_its_cap_and_the_next_goes_on(tmp_path: Path) -> None:
    """The newest first, and some from the end that would wait longest."""
    days = [f"2020-{month:02}-15" for month in range(12, 0, -1)]
    site = {f"{ORGAN}/mote-{day}": meeting(day) for day in days}
    with raw_site(tmp_path, {ORGAN: organ(*days), **site}, max_documents=4, revisit_days=90) as (
        town,
        asked,
    ):
        first = town.crawl()
        held = {path[-10:-3] for path in asked.paths if "mote-" in path}
        assert held == {"2020-12", "2020-11", "2020-10", "2020-01"}
        assert first.returncode == 0, first.stderr
        assert town.rows("SELECT waiting FROM crawls")[0]["waiting"] == 8

        town.crawl()
        town.crawl()
        assert town.rows("SELECT count(*) AS n FROM documents")[0]["n"] == 12
        assert len([path for path in asked.paths if "mote-" in path]) == 12


def test_a_listing_that_goes_on_for_ever_without_anything_new_ends(tmp_path: Path) -> None:
    """An endless calendar: each year leads to the next, and none lists what was not listed."""
    years = {
        f"/nyheter/{year}": ok(
            html_page(own(ROW.format("torget") + f'<a href="/nyheter/{year + 1}">{year + 1}</a>'))
        )
        for year in range(2000, 2100)
    }
    site = {**years, "/nyheter/torget": ok(html_page(own("<h1>Torget</h1><p>Byggs om.</p>")))}
    news = {"slug": "nyheter", "product": "sitevision", "kind": "news", "start": "/nyheter/2000"}
    with raw_site(tmp_path, site, **news) as (town, asked):
        town.crawl()
        walked = [path for path in asked.paths if path in years]

        assert MOST_BARREN <= len(walked) <= MOST_BARREN + 1


def test_a_forbidden_listing_leaves_the_crawl_incomplete(tmp_path: Path) -> None:
    """What it lists cannot be missed by a crawl that did not look."""
    robots = ok(f"User-agent: *\nDisallow: {ORGAN}$\n", "Content-Type: text/plain")
    with raw_site(tmp_path, {"/robots.txt": robots}) as (town, _):
        town.crawl()

        assert town.rows("SELECT is_complete FROM crawls")[0]["is_complete"] == 0


def test_what_was_erased_is_not_asked_for_again(tmp_path: Path) -> None:
    with raw_site(tmp_path) as (town, asked):
        town.crawl()
        key = town.rows("SELECT key FROM documents WHERE kind = 'attachment'")[0]["key"]
        done = town.run("withhold", key, "--reason", "privacy", "--erase")
        assert done.returncode == 0, done.stderr
        town.crawl()

        assert asked.paths.count(FILE) == 1
        assert asked.paths.count(MEETING) == 2
        assert outcomes(town, FILE) == ["withheld"]


def test_an_erasure_that_cannot_be_finished_keeps_no_crawl_from_its_work(tmp_path: Path) -> None:
    """Nor does one whose database has no room to be written anew."""
    with raw_site(tmp_path) as (town, _):
        town.crawl()
        key, warc = town.rows(
            "SELECT key, warc_file FROM documents JOIN versions ON document_id = documents.id "
            "JOIN captures ON captures.id = capture_id WHERE kind = 'attachment'"
        )[0]
        (town.data / f"{warc}.erasing").mkdir()
        assert town.run("withhold", key, "--reason", "privacy", "--erase").returncode == 1
        town.crawl()
        assert [row["verdict"] for row in town.rows("SELECT verdict FROM crawls")] == ["ok"] * 2
        assert any(
            "an erasure is not finished" in log.read_text() for log in town.data.glob("logs/*")
        )

        (town.data / f"{warc}.erasing").rmdir()
        town.crawl()
        assert town.rows("SELECT erased_at FROM withholdings")[0]["erased_at"]


@pytest.mark.parametrize("reader", ["meetingplus.Vanished", "nosuch.Page"])
def test_an_address_whose_reader_is_no_more_is_set_aside(tmp_path: Path, reader: str) -> None:
    with raw_site(tmp_path) as (town, asked):
        town.crawl()
        with Store(town.data / "archive.db") as store:
            sql = "UPDATE frontier SET reader = ?, url = url || '?borta', due_at = '2000-01-01'"
            store._db.execute(f"{sql} WHERE url LIKE ?", (reader, f"%{FILE}"))
        done = town.crawl()

        assert done.returncode == 0, done.stderr
        assert outcomes(town, "?borta") == ["unaskable"]
        assert not any(path.endswith("?borta") for path in asked.paths)
