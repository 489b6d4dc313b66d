"""The towns of the year say on each day what the script says, and the script can be judged."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from tests.history import Row, breakage, differences, expected_rows, vanished
from tests.towns.server import serving
from tests.towns.town import Answer, Ask
from tests.towns.visitor import Visitor
from tests.towns.year import ROOM, SCRIPT, YearTown, days_of_the_year, year_towns

DAYS = days_of_the_year()
KS = "/committees/kommunstyrelsen"
MN = "/committees/miljoskyddsnamnden"


@pytest.fixture(scope="module")
def towns() -> dict[str, YearTown]:
    return year_towns()


@pytest.fixture(scope="module")
def room(towns) -> YearTown:
    return towns["newsroom"]


@pytest.fixture(scope="module")
def portal(towns) -> YearTown:
    return towns["portal"]


def on(town: YearTown, day: str, path: str) -> Answer:
    town.day = date.fromisoformat(day)
    return town.answer(Ask(path))


def address(town: YearTown, day: str, number: int) -> str:
    return town.states[date.fromisoformat(day)].posts[number].path


def listed(town: YearTown, day: str, path: str) -> set[str]:
    """Follow a list through its pages; return what it links in its main part."""
    found: set[str] = set()
    for page in range(1, 9):
        town.day = date.fromisoformat(day)
        answer = town.answer(Ask(path, {"page": str(page)}))
        found |= set(Selector(answer.body.decode()).css("main a::attr(href)").getall())
    return found


def words(answer: Answer, css: str = "main ::text") -> str:
    return " ".join(" ".join(Selector(answer.body.decode()).css(css).getall()).split())


class TestRoom:
    def test_post_appears_on_its_day(self, room):
        path = address(room, "2026-01-08", 101)
        assert on(room, "2026-01-07", path).status == 404
        assert path not in listed(room, "2026-01-07", ROOM)
        assert on(room, "2026-01-08", path).status == 200
        assert path in listed(room, "2026-01-08", ROOM)

    def test_one_word_changes_and_changes_back(self, room):
        path = address(room, "2026-11-30", 127)
        first, second, third = (
            words(on(room, f"2026-{day}", path), "article p ::text")
            for day in ("11-30", "12-02", "12-04")
        )
        assert set(second.split()) - set(first.split()) == {"fel"}
        assert first == third

    @pytest.mark.parametrize(
        ("day", "number", "status", "is_listed"),
        [
            ("2026-01-22", 102, 404, False),
            ("2026-03-07", 106, 200, False),
            ("2026-03-18", 107, 404, True),
            ("2026-03-23", 107, 200, True),
            ("2026-03-29", 108, 200, False),
            ("2026-04-11", 109, 404, False),
            ("2026-04-13", 109, 200, True),
            ("2026-08-12", 117, 200, True),
        ],
    )
    def test_ways_to_vanish_and_return(self, room, day, number, status, is_listed):
        path = address(room, day, number)
        assert on(room, day, path).status == status
        assert (path in listed(room, day, ROOM)) == is_listed

    @pytest.mark.parametrize(("day", "number"), [("2026-03-29", 108), ("2026-08-12", 117)])
    def test_soft_404_is_the_error_page_with_status_200(self, room, day, number):
        answer = on(room, day, address(room, day, number))
        assert (answer.status, words(answer, "h1::text")) == (200, "Sidan finns inte")

    @pytest.mark.parametrize(
        ("day", "number", "old"), [("2026-02-14", 104, 301), ("2026-02-27", 105, 404)]
    )
    def test_a_post_moves_and_keeps_its_number(self, room, day, number, old):
        state = room.states[date.fromisoformat(day)].posts[number]
        before, after = state.first_path, state.path
        assert before != after
        assert before.rpartition("/")[0] == after.rpartition("/")[0]
        answer = on(room, day, before)
        assert answer.status == old
        if old == 301:
            assert urlsplit(dict(answer.headers)["Location"]).path == after
        assert words(on(room, day, after), "article p ::text")

    def test_files_come_are_replaced_and_go(self, room):
        first, second = (f"{ROOM}/documents/{n}/karta-over-omradet.pdf" for n in (9001, 9002))
        statuses = [
            (on(room, f"2026-02-0{day}", first).status, on(room, f"2026-02-0{day}", second).status)
            for day in (3, 4, 6, 8)
        ]
        assert statuses == [(404, 404), (200, 404), (404, 200), (404, 404)]

    def test_a_file_gets_new_bytes_at_its_address(self, room):
        path = f"{ROOM}/documents/9003/tidplan.pdf"
        assert on(room, "2026-05-14", path).body != on(room, "2026-05-15", path).body

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("2026-01-25", "2026-01-26"),
            ("2026-02-28", "2026-03-02"),
            ("2026-04-13", "2026-04-14"),
            ("2026-04-28", "2026-04-29"),
        ],
    )
    def test_what_stands_around_a_text_changes_without_it(self, room, before, after):
        path = address(room, before, 101)
        pages = [on(room, day, path) for day in (before, after)]
        assert dict(pages[0].headers)["ETag"] != dict(pages[1].headers)["ETag"]
        texts = [
            set(Selector(p.body.decode()).css("article p::text, h1::text").getall()) for p in pages
        ]
        stamps = {text for text in texts[0] ^ texts[1] if text.strip()}
        assert not stamps

    def test_down_emptied_lost_and_another_product(self, room):
        path = address(room, "2026-05-13", 112)
        assert on(room, "2026-05-16", ROOM).status == 503
        assert on(room, "2026-05-17", "/robots.txt").status == 503
        assert b"wp-content" in on(room, "2026-06-06", path).body
        assert path not in listed(room, "2026-06-15", ROOM)
        assert on(room, "2026-06-15", path).status == 200
        assert path not in listed(room, "2026-10-05", ROOM)
        assert on(room, "2026-10-05", path).status == 404
        assert on(room, "2026-10-10", path).status == 200


class TestPortal:
    def test_kallelse_and_minutes_come_on_their_days(self, portal):
        path = f"{KS}/mote-2026-02-09"
        shown = [words(on(portal, f"2026-02-{day}", path)) for day in ("01", "02", "18", "19")]
        assert ["Ingen agenda har publicerats" in text for text in shown] == [True, *[False] * 3]
        assert ["Inget protokoll har publicerats" in text for text in shown] == [*[True] * 3, False]

    @pytest.mark.parametrize(
        ("path", "day", "text"),
        [
            (f"{KS}/mote-2026-02-09", "2026-02-04", "Folkets hus, stora salen"),
            (f"{KS}/mote-2026-03-09", "2026-02-10", "Möte 2026-03-11"),
            (f"{KS}/mote-2026-05-11", "2026-05-12", "Tilläggsyttrande"),
            (f"{KS}/mote-2026-11-09", "2026-11-12", "reviderad"),
        ],
    )
    def test_a_meeting_changes_on_its_day(self, portal, path, day, text):
        before = date.fromisoformat(day) - timedelta(1)
        assert text not in words(on(portal, str(before), path))
        assert text in words(on(portal, day, path))

    def test_the_list_shows_what_the_page_shows(self, portal):
        assert "Möte 2026-03-11" in words(on(portal, "2026-03-05", KS))
        assert "Inställt möte 2026-04-09" in words(on(portal, "2026-04-10", MN))
        assert "13:00 - 17:30" in words(on(portal, "2026-03-07", MN))

    def test_a_meeting_vanishes_without_a_word(self, portal):
        path = "/committees/socialnamndens-arbetsutskott/mote-2026-05-13"
        assert on(portal, "2026-04-19", path).status == 200
        assert on(portal, "2026-04-20", path).status == 302
        assert path not in listed(portal, "2026-04-20", path.rpartition("/")[0])

    def test_an_extra_meeting_changes_the_menus_of_others(self, portal):
        other = f"{KS}/mote-2026-02-09"
        menus = [
            words(on(portal, day, other), ".side-menu ::text")
            for day in ("2026-08-23", "2026-08-24")
        ]
        assert "2026-09-22" not in menus[0]
        assert "2026-09-22" in menus[1]

    def test_an_emptied_list_and_another_product(self, portal):
        assert "Möte" not in words(on(portal, "2026-09-07", MN), ".tab-content ::text")
        assert "Möte" in words(on(portal, "2026-09-07", KS), ".tab-content ::text")
        assert b"wp-content" in on(portal, "2026-10-19", KS).body

    def test_a_new_layout_says_the_same(self, portal):
        path = f"{KS}/mote-2026-02-09"
        before, after = on(portal, "2026-09-13", path), on(portal, "2026-09-14", path)
        assert b'class="v2 mp2-' in after.body
        assert words(before) == words(after)

    def test_minutes_are_exchanged_below_their_address(self, portal):
        portal.day = date(2026, 5, 24)
        path = next(p for p in portal.paths() if "mote-2026-04-13/protocol/" in p)
        assert on(portal, "2026-05-24", path).body != on(portal, "2026-05-25", path).body


def test_every_day_is_served(towns):
    """All paths a town names answer 200 on any day that is not one of a breakage."""
    for town in towns.values():
        for day in DAYS[::13]:
            if breakage(town.states[day]):
                continue
            town.day = day
            statuses = {town.answer(Ask(path)).status for path in town.paths()}
            assert statuses <= {200}, (town.name, day)


def test_the_day_is_turned_while_the_town_is_open(room):
    room.port = 0
    room.day = date(2026, 1, 7)
    with serving([room], ports="free") as addresses, Visitor(addresses["newsroom"]) as guest:
        path = address(room, "2026-01-08", 101)
        assert guest.get(path).status == 404
        room.day = date(2026, 1, 8)
        assert guest.get(path).status == 200


class TestScript:
    def test_every_row_changes_something(self, towns):
        for name, town in towns.items():
            for row in SCRIPT[name]["happenings"]:
                before, now = town.states[row["day"] - timedelta(1)], town.states[row["day"]]
                facts = set(row) - {"day", "post", "meeting"}
                was, now = _thing(before, row), _thing(now, row)
                changed = [f for f in facts if getattr(was, f, None) != getattr(now, f)]
                assert changed or was is None, row

    def test_no_two_changes_of_one_thing_may_be_taken_for_one(self, towns):
        """A crawl that looks as late as it may must still see both."""
        for town in towns.values():
            rows = expected_rows(town, DAYS)
            for one, two in pairwise(sorted(rows, key=lambda r: (r.thing, r.what, r.field, r))):
                if (one.thing, one.what, one.field) == (two.thing, two.what, two.field):
                    is_one_crawl = one.since == two.since
                    assert is_one_crawl or one.by < two.since, (str(one), str(two))

    def test_july_and_christmas_are_quiet(self, towns):
        for town in towns.values():
            for row in expected_rows(town, DAYS):
                assert not date(2026, 7, 1) <= row.since <= date(2026, 7, 31), str(row)
                assert not date(2026, 12, 17) <= row.since, str(row)

    def test_the_history_is_that_of_the_words(self, room, portal):
        """By hand, for the rows that decide what a word means."""
        rows = {
            (str(r.since), r.what, r.thing.rpartition("/")[2][:12])
            for town in (room, portal)
            for r in expected_rows(town, DAYS)
        }
        gone = {row for row in rows if row[1] in ("gone", "back")}
        assert {day for day, what, _ in gone if what == "gone"} == {
            "2026-01-24",  # unlisted and 404
            "2026-02-08",  # a file that was replaced
            "2026-02-10",  # a file that was removed
            "2026-03-20",  # listed and 404
            "2026-03-31",  # unlisted and soft 404
            "2026-04-22",  # the meeting without a word
            "2026-05-08",  # unlisted and 404, to return
            "2026-05-16",  # a replaced file
            "2026-05-18",  # a removed file
            "2026-08-14",  # listed and soft 404
            "2026-10-11",  # a listed meeting
        }
        assert {day for day, what, _ in gone if what == "back"} == {
            "2026-03-23",
            "2026-05-20",
            "2026-08-16",
            "2026-10-13",
        }
        assert vanished(room, DAYS) >= {address(room, "2026-12-31", 102)}

    def test_alerts_are_one_for_each_breakage(self, room, portal):
        opened = [
            [
                (str(r.by if r.what == "alert closed" else r.since), r.what[6:])
                for r in expected_rows(town, DAYS)
                if r.what[:5] == "alert"
            ]
            for town in (room, portal)
        ]
        assert opened[0] == [
            ("2026-03-18", "opened"),
            ("2026-03-23", "closed"),
            ("2026-05-16", "opened"),
            ("2026-05-18", "closed"),
            ("2026-06-06", "opened"),
            ("2026-06-10", "closed"),
            ("2026-06-15", "opened"),
            ("2026-06-16", "closed"),
            ("2026-08-12", "opened"),
            ("2026-08-16", "closed"),
            ("2026-10-05", "opened"),
            ("2026-10-10", "closed"),
        ]
        assert [day for day, what in opened[1] if what == "opened"] == [
            "2026-06-04",
            "2026-09-07",
            "2026-10-09",
            "2026-10-19",
        ]


def test_differences_name_what_is_missing_and_what_is_too_much():
    day = date(2026, 1, 1)
    late = Row(day, day + timedelta(3), "version", "/a")
    assert differences([late], [Row(day + timedelta(2), day, "version", "/a")]) == []
    assert differences([late], [Row(day + timedelta(4), day, "version", "/a")]) == [
        "missing: 2026-01-01–2026-01-04 version /a",
        "too much: 2026-01-05–2026-01-01 version /a",
    ]


def _thing(state, row):
    if "post" in row:
        return state.posts.get(row["post"])
    return state.meetings[row["meeting"]] if "meeting" in row else state
