"""What opens an alert, what closes it, and what must not: replays on made-up histories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.alerts import Case, Rules, judge, load_rules, shipped_rules
from archive.errors import BadRules
from archive.health import Health, shared_lines
from archive.quiet import easter_sunday
from crawler.verdict import FAULT_NAMES
from tests.conftest import ROOT

START = date(2026, 3, 2)
CALM = Health(
    source_id=1,
    date="",
    verdict="ok",
    is_complete=True,
    listed=311,
    held=311,
    requests=40,
    median_letters=1500,
    shared_lines=0.06,
    without_title=0.0,
    without_date=0.0,
    without_text=0.0,
)
DAYS = 40


class Replay:
    """A source crawled night after night, and the alerts it has had."""

    def __init__(self, start: date = START, published: Iterable[date] = ()) -> None:
        self.day = start
        self.past: list[Health] = []
        self.published = set(published)
        self.opened: dict[str, date] = {}
        self.raised: list[str] = []
        self.messages: dict[str, str] = {}

    def night(
        self,
        health: Health = CALM,
        faults: Mapping[str, str] = {},
        standing: Iterable[str] = (),
        *,
        publishes: bool = True,
        may_be_empty: bool = False,
    ) -> None:
        """Judge one more day."""
        today = replace(health, date=self.day.isoformat())
        if publishes:
            self.published.add(self.day)
        case = Case(
            health=today,
            is_complete=today.is_complete,
            may_be_empty=may_be_empty,
            past=self.past[-90:],
            published=sorted(day for day in self.published if day <= self.day),
            faults=faults,
            standing=frozenset(standing),
            opened=dict(self.opened),
        )
        findings = judge(case, shipped_rules())
        assert not findings.fired.keys() & findings.mended
        assert findings.mended <= self.opened.keys()
        for rule, message in findings.fired.items():
            if rule not in self.opened:
                self.raised.append(rule)
            self.opened.setdefault(rule, self.day)
            self.messages[rule] = message.english
        for rule in findings.mended:
            del self.opened[rule]
        self.past.append(today)
        self.day += timedelta(1)

    def nights(self, count: int, *args, **kwargs) -> Replay:
        for _ in range(count):
            self.night(*args, **kwargs)
        return self


@pytest.fixture
def calm() -> Replay:
    """Forty good nights."""
    return Replay().nights(DAYS)


FAILED = replace(CALM, verdict="failed", is_complete=False)
BREAKAGES = {
    "zero links": ("zero", replace(CALM, listed=0, held=0), {}),
    "paging broke": ("drop", replace(CALM, listed=8, held=8), {}),
    "every address is new": ("drop", replace(CALM, held=8, waiting=303), {}),
    "pages give no document": ("coverage", replace(CALM, held=270), {}),
    "menu in the texts": ("boilerplate", replace(CALM, shared_lines=0.45), {}),
    "texts emptied": ("emptied", replace(CALM, median_letters=0, without_text=1.0), {}),
    "error pages taken for texts": (
        "emptied",
        replace(CALM, median_letters=60, shared_lines=1.0, without_date=1.0, changed=200),
        {},
    ),
    "dates gone": ("null_fields", replace(CALM, without_date=1.0), {}),
    "soft 404": (
        "soft_404",
        replace(CALM, verdict="degraded", held=20, faulty=291, unread=291, soft_404=40),
        {"soft_404": "http://x/1: an error page"},
    ),
    "template change": (
        "unknown_layout",
        replace(CALM, verdict="degraded", faulty=150, shared_lines=0.5, without_title=0.6),
        {"unknown_layout": "http://x/1: no h1"},
    ),
    "listing of unknown layout": (
        "unknown_layout",
        replace(FAILED, requests=2),
        {"unknown_layout": "http://x/: no list"},
    ),
    "site down behind its listing": (
        "outage",
        replace(CALM, verdict="degraded", failed=300, requests=305, missing=300, faulty=300),
        {"error": "http://x/1: HTTP 500", "truncated": "http://x/2: less came"},
    ),
    "blocked": (
        "blocked",
        replace(FAILED, verdict="blocked", failed=1, requests=2),
        {"blocked": "HTTP 403"},
    ),
    "unreachable": ("failing", FAILED, {}),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_breakage_raises_one_alert_and_its_mending_closes_it(calm: Replay, name: str) -> None:
    """For ten days, and when nothing comes out because of it: one cause, one alert."""
    rule, broken, faults = BREAKAGES[name]
    publishes = rule in ("boilerplate", "emptied", "null_fields")
    calm.nights(10, broken, faults, faults, publishes=publishes)

    assert calm.raised == [rule]
    assert [*calm.opened] == [rule]

    calm.nights(3)
    assert calm.raised == [rule]
    assert calm.opened == {}


def test_eight_of_three_hundred_and_eleven_is_told_also_without_a_history() -> None:
    replay = Replay().nights(20, replace(CALM, held=8))

    assert replay.raised == ["coverage"]
    assert "8 of 311" in replay.messages["coverage"]


def test_a_backlog_that_shrinks_is_not_lacking_one_that_stands_still_is() -> None:
    replay = Replay()
    for held in range(8, 300, 15):
        replay.night(replace(CALM, held=held, waiting=311 - held))
    assert replay.raised == []

    replay.nights(30, replace(CALM, held=200, waiting=111))
    assert replay.raised == ["coverage"]


def test_what_is_missing_for_a_known_reason_is_not_lacking() -> None:
    assert Replay().nights(20, replace(CALM, held=11, explained=300)).raised == []


def test_a_breakage_that_gets_worse_keeps_the_alert_it_has(calm: Replay) -> None:
    """Fewer rows, then none, then no crawl that comes through: one story, one alert."""
    calm.nights(2, replace(CALM, listed=8, held=8))
    calm.nights(2, replace(CALM, listed=0, held=0))
    calm.nights(4, FAILED)

    assert calm.raised == ["drop"]
    assert "found 0" in calm.messages["drop"]


def test_a_source_that_was_declared_empty_may_be_empty(calm: Replay) -> None:
    """Law 7: zero needs proof, and that is it."""
    empty = replace(CALM, listed=0, held=0)
    assert calm.nights(3, empty, may_be_empty=True).raised == []
    assert calm.nights(1, empty).raised == ["zero"]


def test_a_crawl_that_fails_closes_nothing_and_opens_nothing(calm: Replay) -> None:
    """It could not judge."""
    calm.nights(2, BREAKAGES["zero links"][1])
    calm.nights(2, replace(FAILED, listed=0, held=0))
    assert calm.raised == ["zero"]
    assert [*calm.opened] == ["zero"]


def test_a_fault_that_was_not_asked_for_again_has_not_mended(calm: Replay) -> None:
    """A revisit policy skips what is not due."""
    calm.night(CALM, {"wrong_type": "http://x/1.pdf"})
    calm.night(CALM, {}, {"wrong_type"})
    assert [*calm.opened] == ["wrong_type"]

    calm.night(CALM)
    assert calm.opened == {}


def test_one_lasting_fault_hides_no_other_breakage(calm: Replay) -> None:
    lasting = {"wrong_type": "http://x/1.pdf"}
    calm.nights(5, replace(CALM, faulty=1), lasting, lasting)
    calm.nights(2, replace(CALM, faulty=1, shared_lines=0.5), lasting, lasting)
    calm.nights(2, replace(CALM, faulty=1, listed=12, held=12), lasting, lasting)

    assert calm.raised == ["wrong_type", "boilerplate", "drop"]


def test_a_new_level_is_believed_after_a_month(calm: Replay) -> None:
    """A portal that lists one year only: on a January morning its list is short, for good."""
    short = replace(CALM, listed=20, held=20)
    calm.nights(25, short)
    assert [*calm.opened] == ["drop"]
    calm.nights(10, short)
    assert (calm.opened, calm.raised) == ({}, ["drop"])


# Publishing


def every(days: int, start: date, end: date) -> list[date]:
    return [start + timedelta(n) for n in range(0, (end - start).days + 1, days)]


@pytest.mark.parametrize(("interval", "limit"), [(1, 5), (2, 7), (7, 18), (20, 50)])
def test_silence_is_measured_by_the_sources_own_rhythm(interval: int, limit: int) -> None:
    """The dates are those of a spring whose Easter begins the day after the last alert is due."""
    published = every(interval, date(2025, 8, 10), date(2026, 2, 6))
    replay = Replay(date(2026, 1, 20), published)
    while not replay.raised:
        replay.night(publishes=False)
    silence = replay.day - timedelta(1) - published[-1]

    assert replay.raised == ["stale"]
    assert silence == timedelta(limit + 1)
    replay.nights(5)
    assert (replay.opened, replay.raised) == ({}, ["stale"])


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2025, 12, 20), date(2026, 1, 7)),
        (date(2026, 3, 28), date(2026, 4, 7)),
    ],
    ids=["July", "Christmas", "Easter"],
)
def test_a_quiet_time_is_quiet(first: date, last: date) -> None:
    begun = first - timedelta(60)
    replay = Replay(begun)
    while replay.day <= last + timedelta(20):
        is_weekday = replay.day.weekday() < 5
        replay.night(publishes=is_weekday and not first <= replay.day <= last)

    assert replay.raised == []


def test_nothing_is_called_stale_before_two_weeks_of_history() -> None:
    days = every(1, date(2026, 1, 1), date(2026, 2, 1))
    assert Replay(date(2026, 3, 2), days).nights(14, publishes=False).raised == []
    assert Replay(date(2026, 3, 2), days).nights(15, publishes=False).raised == ["stale"]


def test_easter_sunday_is_that_of_the_almanac() -> None:
    """Dateutil comes with sqlite-utils."""
    from dateutil.easter import easter

    assert all(easter_sunday(year) == easter(year) for year in range(1900, 2201))


# Texts

MENU = "Start\nBarn och utbildning\nBygga, bo och miljö\nKultur och fritid\nSe och göra\nSök"


def texts(count: int, seed: int = 1) -> list[str]:
    """Texts of eight lines of their own, and a standing line below some."""
    dice = Random(seed)
    return [
        "\n".join(f"{dice.random()} {line}" for line in range(8)) + "\nTaggar" * (n % 3 == 0)
        for n in range(count)
    ]


def test_a_menu_in_twenty_texts_raises_the_share_of_common_lines(calm: Replay) -> None:
    clean = texts(200)
    usual = shared_lines(clean)
    injected = shared_lines([f"{MENU}\n{text}" for text in clean[:20]] + clean[20:])
    replay = Replay().nights(DAYS, replace(CALM, shared_lines=usual))
    replay.nights(5, replace(CALM, shared_lines=injected))

    assert usual < 0.1
    assert injected > 0.4
    assert replay.raised == ["boilerplate"]


def test_a_short_legitimate_notice_raises_nothing() -> None:
    """Even if half of its few lines stand in many others."""
    clean = texts(200)
    notice = "Vattnet är avstängt på Storgatan.\nTaggar"
    replay = Replay().nights(DAYS, replace(CALM, shared_lines=shared_lines(clean)))
    replay.nights(5, replace(CALM, shared_lines=shared_lines([notice, *clean])))

    assert replay.raised == []


def test_while_a_backlog_is_fetched_texts_are_not_compared(calm: Replay) -> None:
    """The newest in the archive are old ones of the site."""
    calm.nights(
        5, replace(CALM, listed=372, held=315, waiting=57, median_letters=400, shared_lines=0.6)
    )
    assert calm.raised == []


# Health


@st.composite
def healthy(draw: st.DrawFn) -> tuple[list[Health], list[date], date]:
    """Nights of a source that is well: it grows, chatters, and has its own level of everything."""
    dice = Random(draw(st.integers(0, 2**32)))
    start = date(2026, 1, 1) + timedelta(draw(st.integers(0, 364)))
    interval = draw(st.sampled_from([1, 1, 2, 4, 7, 14, 30]))
    listed, explained = draw(st.integers(0, 4000)), draw(st.integers(0, 40))
    letters, shared = draw(st.integers(300, 20_000)), draw(st.floats(0, 0.8))
    undated = draw(st.sampled_from([0.0, 0.1, 1.0]))
    published = [start - timedelta(400)]
    while published[-1] < start + timedelta(70):
        published.append(published[-1] + timedelta(dice.randint(1, 2 * interval - 1 or 1)))
    nights = []
    for _ in range(70):
        listed = max(1, listed + dice.randint(-1, 2)) if listed else 0
        lacking = min(listed, explained)
        nights.append(
            replace(
                CALM,
                listed=listed,
                held=listed - lacking,
                explained=lacking,
                requests=dice.randint(3, 300),
                median_letters=round(letters * dice.uniform(0.7, 1.3)),
                shared_lines=round(min(1, shared * dice.uniform(0.9, 1.1)), 3),
                without_date=min(1, undated + dice.choice([0, 0, 0.05, 0.1])),
            )
        )
    return nights, published, start


@settings(deadline=None, max_examples=20)
@given(healthy())
def test_a_healthy_source_raises_nothing(source: tuple[list[Health], list[date], date]) -> None:
    nights, published, start = source
    replay = Replay(start, published)
    for health in nights:
        replay.night(health, publishes=False)

    assert replay.raised == []


# Rules as data


def test_every_rule_says_what_it_found_in_both_languages() -> None:
    for rule in shipped_rules().rules:
        names = [set(re.findall(r"\{(\w+)", said)) for said in (rule.en, rule.sv)]
        assert names[1] <= names[0], rule.name


@pytest.mark.parametrize("rule", [rule.name for rule in shipped_rules().rules])
def test_every_rule_is_explained(rule: str) -> None:
    about = (ROOT / "docs" / "halsa.md").read_text("utf-8")
    assert f"| `{rule}` |" in about


def test_a_file_without_one_of_the_rules_is_refused() -> None:
    with pytest.raises(BadRules, match=r"x\.toml: expected the rules failing, outage"):
        load_rules(
            b"rules = []\nforget_days = 1\nfault_share = 1\n[quiet]\nranges = []\neaster = [0, 0]",
            "x.toml",
        )
    with pytest.raises(BadRules, match=r"x\.toml: .*forget_days"):
        load_rules(b"rules = []", "x.toml")
    assert isinstance(shipped_rules(), Rules)


def test_every_fault_and_rule_has_swedish_words() -> None:
    """What readers meet is never a bare code; `outage` is a rule, and no fault of its own."""
    rules = shipped_rules()

    assert set(rules.faults) == set(FAULT_NAMES) - {"outage"}
    assert all(rules.meaning(name) for name in {*FAULT_NAMES, *(rule.name for rule in rules.rules)})
    assert rules.meaning("unheard of") == ""


def test_a_fault_is_said_in_swedish_with_its_first_case() -> None:
    case = Case(
        replace(CALM, date="2026-03-02"),
        True,
        faults={"soft_404": "https://a.example.se/1", "odd": "?"},
    )

    fired = judge(case, shipped_rules()).fired

    assert fired["soft_404"].english == "https://a.example.se/1"
    assert fired["soft_404"].swedish.endswith("riktig sida, först: https://a.example.se/1")
    assert fired["odd"].swedish == ""
