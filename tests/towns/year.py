"""Two towns that live a year by a script: data/year.toml, a table of days and happenings.

A day's state follows from the rows up to that day, the site from the state: so nothing a site
says has to be remembered, and what happened can be worked out without asking a crawler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar

from tests.towns import agenda, council
from tests.towns.council import Content, File, Meeting, Organ
from tests.towns.faults import other_product_page
from tests.towns.meetingplus import Announcement, MeetingPlusTown
from tests.towns.newsfiles import pdf
from tests.towns.newsprose import Newsdesk, load
from tests.towns.notified import STOCKHOLM, Attachment, NotifiedTown, Post, slug_of
from tests.towns.notified import TEMPLATES as ROOM_TEMPLATES
from tests.towns.town import Answer, Ask

SCRIPT = load("year.toml")
FIRST_DAY: date = SCRIPT["first_day"]
LAST_DAY: date = SCRIPT["last_day"]
ROOM = f"/{load('newsroom.toml')['slug']}"
DAYS_KEPT = 2
RESTYLED = (b'class="item-', b'class="meeting-', b'class="agenda-', b'class="tab-')
"""Class names of the portal's content, which its second layout makes anew."""
OUT_OF_ORDER = Answer(b"Service Unavailable", 503, (("Content-Type", "text/plain"),))

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that hangs on a page."""

    label: str
    number: int
    edition: int = 1
    """Counts the bytes that have lain at its address."""

    @classmethod
    def read(cls, text: str) -> Paper:
        """Read "label#number" or "label#number.edition"."""
        label, _, numbers = text.partition("#")
        return cls(label, *map(int, numbers.split(".")))

    @property
    def words(self) -> str:
        """What it says."""
        return f"{self.label}, nummer {self.number}, upplaga {self.edition}."


@dataclass(frozen=True, slots=True)
class PostState:
    """A post of the newsroom on one day."""

    number: int
    published: date
    kind: str = "news"
    slug: str = ""
    old_address: str = ""
    """"301" or "404" once it has moved: what the first address answers."""
    word: str = ""
    title_word: str = ""
    listed: bool = True
    answer: str = "page"
    """"page", "404", or "soft-404" for an error page with status 200."""
    papers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its heading."""
        return " ".join(filter(None, (_story(self.number).title, self.title_word)))

    @property
    def first_path(self) -> str:
        """Its address on the first day."""
        return self._path(slug_of(_story(self.number).title))

    @property
    def path(self) -> str:
        """Its address now."""
        return self._path(self.slug) if self.slug else self.first_path

    @property
    def picture_path(self) -> str:
        """Address of its picture."""
        return f"{ROOM}/images/{self.number}/pressbild.png"

    def _path(self, slug: str) -> str:
        number = f"{self.number}/" if self.kind == "news" else ""
        return f"{ROOM}/posts/{self.kind}/{number}{slug}"

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its files."""
        return tuple(
            Attachment(_paper_path(paper), paper.label, paper.words)
            for paper in map(Paper.read, self.papers)
        )


@dataclass(frozen=True, slots=True)
class MeetingState:
    """A meeting of the portal on one day."""

    planned: Meeting
    """As it was announced; its papers are thought up for that day."""
    announced: date
    kallelse: date
    minutes: date
    date: date
    place: str
    start: str
    title: str = ""
    cancelled: bool = False
    listed: bool = True
    answer: str = "page"
    papers: tuple[str, ...] = ()
    minutes_edition: int = 1
    item_word: str = ""

    @property
    def shown(self) -> Meeting:
        """The meeting as its page shows it."""
        return replace(
            self.planned,
            date=self.date,
            title=self.title or f"Möte {self.date}",
            place=self.place,
            start=self.start,
        )

    def content(self, day: date) -> Content:
        """Return what is published of it on a day."""
        if day < self.kallelse:
            return Content()
        whole = _complete(self.planned)
        first, *rest = whole.items
        added = tuple(self._file(Paper.read(text)) for text in self.papers)
        title = " ".join(filter(None, (first.title, self.item_word)))
        return replace(
            whole,
            items=(replace(first, title=title, files=(*first.files, *added)), *rest),
            minutes=whole.minutes if day >= self.minutes and not self.cancelled else (),
        )

    def _file(self, paper: Paper) -> File:
        slug = council.slugify(f"{paper.label} {paper.number}.pdf")
        return File(f"{paper.label}.pdf", "agenda", slug, self.planned.path, "bilaga", 1)


@dataclass(frozen=True)
class RoomState:
    """The newsroom on one day."""

    day: date
    posts: Mapping[int, PostState] = field(default_factory=dict)
    layout: str = "first"
    """"first", "second", or "other" for that of another product."""
    down: str = ""
    """"refused", "503", or nothing."""
    empty: bool = False
    """Whether the lists show no post."""
    lost: bool = False
    """Whether the lists show no post and every post answers 404, as after a move of servers."""
    notice: str = ""
    menu: tuple[str, ...] = ()
    stamp: bool = False


@dataclass(frozen=True)
class PortalState:
    """The portal on one day."""

    day: date
    meetings: Mapping[str, MeetingState] = field(default_factory=dict)
    layout: str = "first"
    down: str = ""
    empty: str = ""
    """Slug of an organ whose page lists nothing."""

    @cached_property
    def announced(self) -> list[MeetingState]:
        """The meetings that are known on that day."""
        return [m for m in self.meetings.values() if m.announced <= self.day]


def room_states() -> Iterator[RoomState]:
    """Yield the newsroom of every day of the year."""
    script = SCRIPT["newsroom"]
    old = script["old_posts"]
    days = (old["newest"] - timedelta(n * old["days_apart"]) for n in reversed(range(old["count"])))
    posts = {n: PostState(n, day) for n, day in enumerate(days, old["first"])}
    state = RoomState(FIRST_DAY, posts)
    for day in days_of_the_year():
        state = replace(state, day=day)
        for row in _rows_of(script, day):
            if "post" in row:
                before = state.posts.get(row["post"]) or PostState(row["post"], day)
                after = _changed(before, row)
                state = replace(state, posts={**state.posts, after.number: after})
            else:
                state = _changed(state, row)
        yield state


def portal_states() -> Iterator[PortalState]:
    """Yield the portal of every day of the year."""
    script = SCRIPT["portal"]
    state = PortalState(FIRST_DAY, dict(_planned(script)))
    for day in days_of_the_year():
        state = replace(state, day=day)
        for row in _rows_of(script, day):
            if "meeting" in row:
                after = _changed(state.meetings[row["meeting"]], row)
                state = replace(state, meetings={**state.meetings, row["meeting"]: after})
            else:
                state = _changed(state, row)
        yield state


def days_of_the_year() -> list[date]:
    """Return every day of the script."""
    return [FIRST_DAY + timedelta(n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]


def _rows_of(script: dict[str, Any], day: date) -> Iterator[dict[str, Any]]:
    return (row for row in script["happenings"] if row["day"] == day)


def _changed(state: S, row: Mapping[str, Any]) -> S:
    """Return the state after a row; raise TypeError for a fact that a thing does not have."""
    facts = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return replace(state, **{k: v for k, v in facts.items() if k not in NAMES})


NAMES = ("day", "post", "meeting")
"""What a row says of itself; all else are facts."""


def _planned(script: dict[str, Any]) -> Iterator[tuple[str, MeetingState]]:
    """Yield the meetings of the habit and the extra ones, by name."""
    organs = {o.slug: o for o in council.organs(0) if o.slug in script["organs"]}
    dates = {
        f"{slug}/{month}": (_habitual(organ, month, script["earliest_in_month"]), date.min)
        for slug, organ in organs.items()
        for month in script["months"]
    }
    extra = {row["meeting"]: (row["date"], row["announced"]) for row in script["extra"]}
    for number, (name, (day, announced)) in enumerate((dates | extra).items(), 1):
        organ = organs[name.partition("/")[0]]
        meeting = Meeting(
            organ=organ,
            date=day,
            slug=organ.habit.format(slug=organ.slug, date=day, number=number),
            title=f"Möte {day}",
            start=organ.start,
            end=organ.end,
            place=organ.place,
            id=organ.id * 1000 + number,
            size=4,
            first_paragraf=1 + 4 * number,
            agenda=True,
            minutes=("full",),
        )
        yield name, _as_announced(meeting, announced, script)


def _as_announced(meeting: Meeting, announced: date, script: dict[str, Any]) -> MeetingState:
    return MeetingState(
        planned=meeting,
        announced=announced,
        kallelse=meeting.date - timedelta(script["kallelse_days_before"]),
        minutes=meeting.date + timedelta(script["minutes_days_after"]),
        date=meeting.date,
        place=meeting.place,
        start=meeting.start,
    )


def _habitual(organ: Organ, month: str, earliest: int) -> date:
    day = date.fromisoformat(f"{month}-{earliest:02}")
    return day + timedelta((organ.weekday - day.weekday()) % 7)


@cache
def _story(number: int) -> Any:
    return Newsdesk("alingsas").story(number)


@cache
def _complete(meeting: Meeting) -> Content:
    return agenda.complete(meeting)


def _paper_path(paper: Paper) -> str:
    return f"{ROOM}/documents/{9000 + paper.number}/{slug_of(paper.label)}.pdf"


class DayRoom(NotifiedTown):
    """The newsroom of one day."""

    def __init__(self, state: RoomState) -> None:
        super().__init__()
        self._state = state
        self.notice = state.notice
        self.menu = state.menu
        self.stamp = str(state.day) if state.stamp else ""
        self.layouts = (ROOM_TEMPLATES.with_name("notified_second"),) * (state.layout != "first")

    @cached_property
    def posts(self) -> list[Post]:
        """The posts that the lists show, newest first."""
        is_bare = self._state.empty or self._state.lost
        listed = [s for s in self._state.posts.values() if s.listed and not is_bare]
        return sorted(map(_post, listed), key=lambda post: post.published, reverse=True)

    @cached_property
    def _by_path(self) -> dict[str, Post]:
        there = (s for s in self._state.posts.values() if s.answer == "page")
        return {post.path: post for post in map(_post, there) if not self._state.lost}

    @cached_property
    def _files(self) -> dict[str, Attachment]:
        posts = self._state.posts.values()
        return {file.path: file for post in posts for file in post.attachments}

    def _more(self, post: Post) -> list[Post]:
        return [other for other in self.posts if other.path != post.path][:3]

    def answer(self, ask: Ask) -> Answer:
        """Return what the newsroom says to `ask` on this day."""
        for state in self._state.posts.values():
            if state.old_address == "301" and ask.path == state.first_path:
                return Answer(b"", 301, (("Location", ask.origin + state.path),))
            if state.answer == "soft-404" and ask.path == state.path:
                return replace(super().answer(ask), status=200)
        return super().answer(ask)


def _post(state: PostState) -> Post:
    story = _story(state.number)
    first, *rest = story.blocks
    text = " ".join(filter(None, (first.text, state.word)))
    return Post(
        kind=state.kind,
        path=state.path,
        title=state.title,
        lead=story.lead,
        published=datetime.combine(state.published, time(0, 30), STOCKHOLM),
        template="story",
        image=state.number,
        photographer=story.contact.name,
        blocks=(replace(first, text=text), *rest),
        contacts=(story.contact,),
        attachments=state.attachments,
    )


class DayPortal(MeetingPlusTown):
    """The portal of one day."""

    def __init__(self, state: PortalState) -> None:
        self._state = state
        self._by_address = {m.planned.path: m for m in state.announced}
        listed = [m.shown for m in state.announced if m.listed]
        organs = dict.fromkeys(m.planned.organ for m in state.announced)
        self._open({o: [m for m in listed if m.organ == o] for o in organs}, state.empty)
        known = {m.planned.path: m.shown for m in state.announced}
        there = {path for path, m in self._by_address.items() if m.answer == "page"}
        self._meetings = {path: known[path] for path in known.keys() & there}
        self._lodgings = {path: known[path] for path in known.keys() - there}

    def _announcements(self) -> Iterator[Announcement]:
        """Yield none: this portal has no bulletin board."""
        yield from ()

    @property
    def today(self) -> date:
        """The day the portal shows."""
        return self._state.day

    def content(self, meeting: Meeting) -> Content:
        """Return what is published of a meeting on this day."""
        return self._by_address[meeting.path].content(self._state.day)

    def _bytes(self, meeting: Meeting, file: File) -> bytes:
        words = paper_words(self._by_address[meeting.path], file)
        return pdf(file.name, (words,))

    def _signed(self, meeting: Meeting) -> datetime:
        editions_before = self._by_address[meeting.path].minutes_edition - 1
        return super()._signed(meeting) + timedelta(days=30 * editions_before)

    def answer(self, ask: Ask) -> Answer:
        """Return what the portal says to `ask` on this day."""
        answer = super().answer(ask)
        if self._state.layout == "second" and answer.status == 200:
            body = answer.body
            for old in RESTYLED:
                body = body.replace(old, old.replace(b'class="', b'class="v2 mp2-'))
            answer = replace(answer, body=body)
        return answer


def paper_words(state: MeetingState, file: File) -> str:
    """Return what a file of the portal says."""
    edition = state.minutes_edition if file.kind == "protocol" else 1
    return f"{file.name} ({state.planned.path}), upplaga {edition}."


@dataclass
class YearTown:
    """A town whose day is set from outside, and which is then the town of that day."""

    name: str
    states: Mapping[date, RoomState | PortalState]
    build: Callable[[Any], NotifiedTown | MeetingPlusTown]
    day: date = FIRST_DAY
    port: int = 0

    def __post_init__(self) -> None:
        self._town_of = lru_cache(DAYS_KEPT)(lambda day: self.build(self.states[day]))

    @property
    def state(self) -> Any:
        """The state of the day that is."""
        return self.states[self.day]

    @property
    def is_refusing(self) -> bool:
        """Whether nothing listens on its port today."""
        return self.state.down == "refused"

    def answer(self, ask: Ask) -> Answer:
        """Return what the site says today."""
        if self.state.down:
            return OUT_OF_ORDER
        answer = self._town_of(self.day).answer(ask)
        is_page = dict(answer.headers).get("Content-Type", "").startswith("text/html")
        if self.state.layout == "other" and answer.status == 200 and is_page:
            return other_product_page()
        return answer

    def paths(self) -> list[str]:
        """List what there is today."""
        return self._town_of(self.day).paths()


def year_towns() -> dict[str, YearTown]:
    """Return the two towns by name, on their first day."""
    rooms = {state.day: state for state in room_states()}
    portals = {state.day: state for state in portal_states()}
    return {
        "portal": YearTown("portal", portals, DayPortal, port=MeetingPlusTown.port),
        "newsroom": YearTown("newsroom", rooms, DayRoom, port=NotifiedTown.port),
    }
