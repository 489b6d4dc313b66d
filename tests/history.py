"""What an archive must say of a year, worked out from the script alone.

The words are those of the design: a version is born when words change; a thing is gone after three
crawls on different days at which its address was asked and it was not there, and back when it is
there again; it has moved when the product's own number is found at another address; a breakage of
the site opens one alert, which closes when the site is mended.

When a page is asked is the crawl's choice, within bounds: so each row says on which day the site
changed (the earliest day an honest crawl can know) and the day by which it has to be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.towns.year import (
    MeetingState,
    Paper,
    PortalState,
    PostState,
    RoomState,
    YearTown,
    paper_words,
)

GONE_AFTER = 3
"""Crawls on different days at which a thing was asked for and not there (law 6)."""
FRESH = timedelta(days=7)
"""So long a post is looked at in every crawl."""
SETTLED = timedelta(days=60)
"""So long after its day a meeting is looked at in every crawl."""
AT_LEAST_EVERY = timedelta(days=90)
BEFORE_KALLELSE = timedelta(days=7)
"""How late a kallelse may be found: nothing on the listing tells that it has come."""
AFTER_A_MISS = timedelta(days=7)
"""How late the third miss, and a return from being gone, may be found."""
NONE = timedelta(0)
RETURNS = ("gone", "back")


@dataclass(frozen=True, slots=True)
class Fact:
    """What the site says of one thing on one day."""

    path: str
    is_there: bool
    is_listed: bool
    said: tuple[str, ...]
    """Its words, however they are laid out."""
    fields: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str, str], ...] = ()
    """Label, address and words of each file."""
    slack: timedelta = NONE
    """How late a change that begins today may be known."""
    found_late: timedelta = NONE
    """How late the thing itself may be found: with the page that links it."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One thing an archive must know: a version, an event, or an alert."""

    since: date
    by: date
    what: str
    """"version", an event's kind, "alert opened" or "alert closed"."""
    thing: str
    """Address of the document in the end, or name of the town."""
    field: str = ""
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        change = f" {self.field} {self.old!r} → {self.new!r}" if self.field else ""
        return f"{self.since}–{self.by} {self.what} {self.thing}{change}"


def expected_rows(town: YearTown, days: list[date]) -> list[Row]:
    """Return all that crawls on these days must find at one town, in order of time."""
    open_days = [day for day in days if is_readable(town.states[day])]
    histories = _histories(town, open_days)
    rows = [row for history in histories.values() for row in _rows_of_thing(history, days[0])]
    return sorted([*rows, *_alerts(town, days)])


def is_readable(state: Any) -> bool:
    """Say whether the site shows itself on that day: up, in a layout that can be read, whole."""
    return not state.down and state.layout != "other" and not getattr(state, "lost", False)


def _histories(town: YearTown, days: list[date]) -> dict[str, list[tuple[date, Fact]]]:
    histories: dict[str, list[tuple[date, Fact]]] = {}
    for day in days:
        facts = facts_of(town.states[day])
        for name, fact in facts.items():
            histories.setdefault(name, []).append((day, fact))
        for name in histories.keys() - facts.keys():
            last = histories[name][-1][1]
            lost = Fact(last.path, False, False, last.said, last.fields)
            histories[name].append((day, lost))
    return histories


def facts_of(state: RoomState | PortalState) -> dict[str, Fact]:
    """Return what a readable site says, by the name of the thing."""
    if isinstance(state, RoomState):
        pages = {f"post {n}": _post_fact(post, state) for n, post in state.posts.items()}
        files = _room_files(state)
    else:
        pages = {f"meeting {m.planned.path}": _meeting_fact(m, state) for m in state.announced}
        files = _portal_files(state)
    return pages | dict(files)


def _post_fact(post: PostState, state: RoomState) -> Fact:
    picture = [("Pressbild", post.picture_path, "")] * _offers_picture(post, state)
    papers = zip(post.papers, post.attachments, strict=True)
    return Fact(
        path=post.path,
        is_there=post.answer == "page",
        is_listed=post.listed,
        said=(post.title, post.word),
        papers=(*((f.title, f.path, Paper.read(text).words) for text, f in papers), *picture),
        slack=_post_slack(post, state.day),
    )


def _post_slack(post: PostState, day: date) -> timedelta:
    return NONE if day - post.published < FRESH else AT_LEAST_EVERY


def _offers_picture(post: PostState, state: RoomState) -> bool:
    """Say whether the picture is among the files: in the first layout, where there are others."""
    return bool(post.papers) and state.layout == "first"


def _room_files(state: RoomState) -> Iterator[tuple[str, Fact]]:
    for post in state.posts.values():
        slack = _post_slack(post, state.day)
        picture = _file_fact(post.picture_path, ("a picture",), slack)
        yield f"file {picture.path}", replace(picture, is_listed=_offers_picture(post, state))
        for text, file in zip(post.papers, post.attachments, strict=True):
            words = (Paper.read(text).words,)
            yield f"file {file.path}", _file_fact(file.path, words, slack)


def _meeting_fact(meeting: MeetingState, state: PortalState) -> Fact:
    content = meeting.content(state.day)
    shown = meeting.shown
    return Fact(
        path=meeting.planned.path,
        is_there=meeting.answer == "page",
        is_listed=meeting.listed,
        said=(shown.title, *(item.title for item in content.items)),
        fields=(
            ("date", str(shown.date)),
            ("place", shown.place),
            ("start_time", shown.start),
            ("status", status_of(meeting, state.day)),
        ),
        papers=tuple((f.name, f.path, paper_words(meeting, f)) for f in content.files()),
        slack=_meeting_slack(meeting, state.day),
    )


def status_of(meeting: MeetingState, day: date) -> str:
    """Return how far a meeting is; cancelled only where it says so."""
    if meeting.cancelled:
        return "cancelled"
    if day < meeting.kallelse:
        return "announced"
    return "minutes_published" if day >= meeting.minutes else "agenda_published"


def _meeting_slack(meeting: MeetingState, day: date) -> timedelta:
    if day < meeting.kallelse:
        return BEFORE_KALLELSE
    if day > meeting.date + SETTLED:
        return AT_LEAST_EVERY
    return max(NONE, meeting.kallelse + BEFORE_KALLELSE - day)


def _portal_files(state: PortalState) -> Iterator[tuple[str, Fact]]:
    for meeting in state.announced:
        slack = _meeting_slack(meeting, state.day)
        for file in meeting.content(state.day).files():
            words = (paper_words(meeting, file),)
            fact = _file_fact(file.path, words, slack)
            yield f"file {file.path}", replace(fact, is_listed=meeting.answer == "page")


def _file_fact(path: str, words: tuple[str, ...], slack: timedelta) -> Fact:
    return Fact(path, True, True, words, slack=slack, found_late=slack)


def _rows_of_thing(history: list[tuple[date, Fact]], first_day: date) -> Iterator[Row]:
    """Yield what happened to one thing, from the days on which its site could be read.

    A thing that was never both listed and there is none of ours.
    """
    path = history[-1][1].path
    known: Fact | None = None
    misses, is_gone, by = 0, False, date.min
    for day, fact in history:
        if known is None:
            if fact.is_there and fact.is_listed:
                known = fact
                yield Row(day, day + fact.found_late * (day > first_day), "version", path)
            continue
        if not fact.is_there:
            misses += 1
            if misses == GONE_AFTER:
                is_gone = True
                yield Row(day, day + AFTER_A_MISS, "gone", path)
            continue
        if is_gone:
            yield Row(day, day + AFTER_A_MISS, "back", path)
        misses, is_gone = 0, False
        by = max(by, day + fact.slack)
        yield from _changes(path, known, fact, day, by)
        known = fact


def _changes(path: str, before: Fact, now: Fact, day: date, by: date) -> Iterator[Row]:
    if before.said != now.said:
        yield Row(day, by, "version", path)
    if before.path != now.path:
        yield Row(day, day, "moved", path, "url", before.path, now.path)
    for (name, old), (_, new) in zip(before.fields, now.fields, strict=True):
        if old != new:
            yield Row(day, by, "changed", path, name, old, new)
    yield from (Row(day, by, what, path) for what in _paper_events(before, now))


def _paper_events(before: Fact, now: Fact) -> Iterator[str]:
    """Yield an event for each file that came or went.

    It is replaced by one of the same label at a new address, or of other words at the same.
    """
    old = {label for label, *_ in {*before.papers} - {*now.papers}}
    new = {label for label, *_ in {*now.papers} - {*before.papers}}
    yield from ("attachment_replaced" for _ in old & new)
    yield from ("attachment_added" for _ in new - old)
    yield from ("attachment_removed" for _ in old - new)


def _alerts(town: YearTown, days: list[date]) -> Iterator[Row]:
    """Yield opening and closing of the alert on each breakage.

    A site that is not reached on its first bad day may be given a second before anyone is woken.
    What is listed and not there is no news any more once it is known to be gone.
    """
    broken_since: date | None = None
    may_close = date.max
    for day in days:
        what = breakage(town.states[day])
        is_broken = bool(what)
        if is_broken and broken_since is None:
            may_close = day + timedelta(GONE_AFTER) if what == "contradiction" else date.max
        if is_broken and broken_since is None:
            broken_since = day
            is_down = bool(town.states[day].down)
            yield Row(day, day + timedelta(days=is_down), "alert opened", town.name)
        elif not is_broken and broken_since is not None:
            yield Row(min(day, may_close), day, "alert closed", town.name)
            broken_since = None


def breakage(state: RoomState | PortalState) -> str:
    """Say what is broken at a site on a day, empty for a site that is as it should be.

    What a site takes from its listing is no breakage; what it lists and does not have is one.
    """
    if not is_readable(state):
        return state.down or ("layout" if state.layout == "other" else "lost")
    if state.empty:
        return "empty"
    is_contradiction = any(f.is_listed and not f.is_there for f in facts_of(state).values())
    return "contradiction" if is_contradiction else ""


def differences(expected: Iterable[Row], found: Iterable[Row]) -> list[str]:
    """Return what is missing and what is too much; a found row's `since` is its day.

    Each expected row takes the first found row of the same kind, thing and values in its bounds.
    """
    spare = sorted(found)
    missing = []
    for row in sorted(expected):
        match = next((f for f in spare if _fits(row, f)), None)
        if match:
            spare.remove(match)
        else:
            missing.append(f"missing: {row}")
    return missing + [f"too much: {row}" for row in spare]


def _fits(expected: Row, found: Row) -> bool:
    same = ("what", "thing", "field", "old", "new")
    is_same = all(getattr(expected, name) == getattr(found, name) for name in same)
    return is_same and expected.since <= found.since <= expected.by


def vanished(town: YearTown, days: list[date]) -> set[str]:
    """Return the addresses of things that are gone in the end."""
    last = {row.thing: row.what for row in expected_rows(town, days) if row.what in RETURNS}
    return {thing for thing, what in last.items() if what == "gone"}
