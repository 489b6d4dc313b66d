"""A meeting portal of the product MeetingPlus: organs, meetings, kallelser and protokoll.

Unlike other pages, those of this product differ on every response: an inline script
carries a fresh token. So they have no ETag. Of the PDF files only minutes from 2023 on
have a Last-Modified; all others have no validator at all.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from itertools import groupby, islice
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tests.towns.agenda import content
from tests.towns.council import (
    DATA,
    TODAY,
    YEARS,
    Content,
    File,
    Meeting,
    Organ,
    calendar,
    dice,
)
from tests.towns.papers import pdf_of
from tests.towns.town import Answer, Ask

DEFAULT_PAGES = 160
ALIAS = "/welcome-sv/namnder-styrelser"
VALIDATED_SINCE = 2023
BOARD_SIZE = 12
BOARD_PAGE = 10
BOARD_WEEKS = timedelta(weeks=3)
PDF_CACHE = 256
SIDE_MENU_CACHE = 128
TOKEN_BYTES = 68

IIS = (("Server", "Microsoft-IIS/10.0"), ("X-Powered-By", "ASP.NET"))
MVC = (
    ("Cache-Control", "private"),
    ("X-AspNetMvc-Version", "5.2"),
    ("X-AspNet-Version", "4.0.30319"),
    *IIS,
)
PAGE = (("Content-Type", "text/html; charset=utf-8"), *MVC)
ROBOTS = """User-agent: *
Disallow: /AuthorizationServer
Disallow: /search
"""
MENU = (("overview", "/overview", "Översikt"), ("committees", "/committees", "Nämnder & Styrelser"))
BUNDLES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
BUNDLES_CHANGED = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
COOKIE_POLICY = (
    "Portalen använder en kaka för att minnas att du har läst detta, och en för att skydda "
    "formulär mot missbruk. Ingen av dem säger vem du är."
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notice on the digital bulletin board that minutes have been adjusted."""

    meeting: Meeting

    @property
    def id(self) -> str:
        """The product's own id."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.meeting.path))

    @property
    def path(self) -> str:
        """Its address."""
        return f"/digital-bulletin-board/announcements/{self.id}"

    @property
    def title(self) -> str:
        """What it is about."""
        return f"Protokoll från möte i {self.meeting.organ.name} - {self.meeting.date}"

    @property
    def start(self) -> date:
        """The day it was posted."""
        return self.meeting.date + timedelta(days=9)

    @property
    def end(self) -> date:
        """The day it is taken down."""
        return self.start + BOARD_WEEKS


class MeetingPlusTown:
    """The portal.

    `meetings` is how many meetings it has; what else there is follows from that. Addresses
    are those of the product, aliases included.
    """

    name = "portal"
    port = 8471

    def __init__(
        self, meetings: int = 0, years: Sequence[int] = YEARS, empty_organ: str = ""
    ) -> None:
        self._shape = (meetings or _meetings_for(DEFAULT_PAGES), years)
        self._open(calendar(*self._shape), empty_organ)

    def _open(self, meetings: dict[Organ, list[Meeting]], empty_organ: str) -> None:
        self._calendar = meetings
        self._organs = {organ.slug: organ for organ in self._calendar}
        self._meetings = {m.path: m for found in self._calendar.values() for m in found}
        self._lodgings = {
            f"/committees/{m.organ.slug}/{m.minutes_at}": m for m in self._all() if m.minutes_at
        }
        self._empty_organ = empty_organ
        self._board = {row.id: row for row in self._announcements()}
        self._pdf = lru_cache(PDF_CACHE)(self._bytes)
        self._side_menu = lru_cache(SIDE_MENU_CACHE)(self._render_side_menu)

    @classmethod
    def of_size(cls, pages: int) -> MeetingPlusTown:
        """Return a portal of about `pages` HTML pages in all; its files come on top."""
        return cls(_meetings_for(pages))

    @property
    def today(self) -> date:
        """The day the portal shows."""
        return TODAY

    def content(self, meeting: Meeting) -> Content:
        """Return what is published of a meeting."""
        return content(meeting)

    def _bytes(self, meeting: Meeting, file: File) -> bytes:
        return pdf_of(meeting, file)

    def emptied(self) -> MeetingPlusTown:
        """Return the same portal where the page of one organ lists no meetings."""
        return MeetingPlusTown(*self._shape, empty_organ="socialnamnden")

    def canonical(self, path: str) -> str:
        """Return the one address of what lies at `path`: no alias, no case, no last slash."""
        plain = path.lower().rstrip("/") or "/"
        if plain == "/overview":
            return "/"
        return "/committees" + plain.removeprefix(ALIAS) if plain.startswith(ALIAS) else plain

    def paths(self) -> list[str]:
        """List every page and file once, by its canonical address.

        Not listed, though linked and answered: what robots.txt forbids, /cookie-policy, the
        pages of the bulletin board's pager, scripts and styles, and the bundles below /api
        that hold the same files again.
        """
        return [*self.pages(), *(file.path for file in self.files())]

    def pages(self) -> list[str]:
        """List the HTML pages."""
        organs = (f"/committees/{slug}" for slug in self._organs)
        members = (f"/committees/{slug}/representatives" for slug in self._organs)
        notices = (row.path for row in self._board.values())
        start = ("/", "/committees", "/digital-bulletin-board")
        return [*start, *organs, *members, *self._meetings, *notices]

    def files(self) -> Iterator[File]:
        """Yield every PDF file."""
        for meeting in self._all():
            yield from self.content(meeting).files()

    def answer(self, ask: Ask) -> Answer:
        """Return the page or file; for any other path the redirect to "Sidan saknas"."""
        path = self.canonical(ask.path)
        for pattern, handler in ROUTES:
            if match := pattern.fullmatch(path):
                return handler(self, ask, **match.groupdict()) or self.missing(ask)
        return self.missing(ask)

    def missing(self, ask: Ask) -> Answer:
        """Redirect to the error page as ASP.NET does, naming the path in the query."""
        target = f"/404?aspxerrorpath={net_quote(ask.path)}"
        body = (
            "<html><head><title>Object moved</title></head><body>\r\n"
            f'<h2>Object moved to <a href="{target}">here</a>.</h2>\r\n</body></html>\r\n'
        )
        return Answer(body.encode(), 302, (*PAGE, ("Location", target)))

    def robots(self, ask: Ask) -> Answer:
        """Say who may go where."""
        return Answer(ROBOTS.encode(), headers=(("Content-Type", "text/plain"), *IIS))

    def overview(self, ask: Ask) -> Answer:
        """Show what comes and what was; its links go to alias addresses."""
        held = sorted((m for m in self._all() if m.held), key=lambda m: m.date, reverse=True)
        ahead = sorted((m for m in self._all() if m.date >= self.today), key=lambda m: m.date)
        lists = {"upcoming": ahead[:10], "recent": held[:5]}
        return self._page(ask, "overview.html", "Översikt", **lists)

    def committees(self, ask: Ask) -> Answer:
        """List the organs."""
        return self._page(
            ask, "committees.html", "Nämnder & Styrelser", organs=self._organs.values()
        )

    def organ(self, ask: Ask, slug: str) -> Answer | None:
        """Show an organ with all its meetings, the newest first."""
        if slug not in self._organs:
            return None
        organ = self._organs[slug]
        listed = [] if slug == self._empty_organ else self._calendar[organ]
        recent = _by_year(m for m in reversed(listed) if m.date < self.today)
        upcoming = [m for m in listed if m.date >= self.today]
        return self._page(
            ask, "organ.html", organ.name, organ=organ, recent=recent, upcoming=upcoming
        )

    def representatives(self, ask: Ask, slug: str) -> Answer | None:
        """Show the members of an organ."""
        if slug not in self._organs:
            return None
        organ = self._organs[slug]
        return self._page(
            ask, "representatives.html", organ.name, organ=organ, people=list(_members(organ))
        )

    def meeting(self, ask: Ask, path: str) -> Answer | None:
        """Show a meeting, with the whole history of its organ beside it."""
        meeting = self._meetings.get(path)
        if meeting is None:
            return None
        whole = self.content(meeting)
        return self._page(
            ask,
            "meeting.html",
            meeting.title,
            description=meeting.place,
            meeting=meeting,
            content=whole,
            agenda_files=_of_kind(whole, "agenda"),
            side_menu=self._side_menu(meeting.organ),
        )

    def file(self, ask: Ask, home: str, path: str) -> Answer | None:
        """Send a PDF of the meeting at `home`, or of one whose minutes lodge there."""
        for meeting in (self._meetings.get(home), self._lodgings.get(home)):
            for file in self.content(meeting).files() if meeting else ():
                if file.path == path:
                    return self._send(ask, meeting, file)
        return None

    def download(self, ask: Ask, number: str, kind: str) -> Answer | None:
        """Send all files of one kind: a PDF if there is one, a zip if more, 500 if none."""
        meeting = next((m for m in self._all() if m.id == int(number)), None)
        if meeting is None:
            return None
        files = _of_kind(self.content(meeting), kind)
        if len(files) == 1:
            return self._send(ask, meeting, files[0])
        if not files:
            return Answer(b'{"Message":"An error has occurred."}', 500, _json_headers())
        body = _zip((file.slug, self._pdf(meeting, file)) for file in files)
        headers = (("Content-Type", "application/zip"), *_disposition("attachment", f"{kind}.zip"))
        return Answer(body, headers=(*headers, *MVC), compress=False)

    def meetings_json(self, ask: Ask, number: str) -> Answer | None:
        """List an organ's meetings as the product's own scripts ask for them."""
        organ = next((o for o in self._organs.values() if o.id == int(number)), None)
        rows = [
            {"Id": m.id, "DateLabel": f"{m.date} {m.start}"} for m in self._calendar.get(organ, ())
        ]
        return _json(rows) if organ else None

    def board_json(self, ask: Ask) -> Answer:
        """List the announcements as the board's own script asks for them."""
        return _json({"Items": [_announcement_json(row) for row in self._board.values()]})

    def board(self, ask: Ask) -> Answer:
        """Show one page of the bulletin board."""
        rows = list(self._board.values())
        pages = range(1, len(rows) // BOARD_PAGE + 2)
        first = (_number(ask, "pageIndex") - 1) * BOARD_PAGE
        shown = rows[max(0, first) :][:BOARD_PAGE]
        return self._page(
            ask,
            "board.html",
            "Digital anslagstavla",
            announcements=shown,
            pages=pages,
            page_size=BOARD_PAGE,
        )

    def announcement(self, ask: Ask, guid: str) -> Answer | None:
        """Show one announcement."""
        row = self._board.get(guid)
        return row and self._page(ask, "announcement.html", row.title, row=row)

    def search(self, ask: Ask) -> Answer:
        """Show hits, and a next page for ever: the trap that robots.txt warns of."""
        text = ask.query.get("text", "")
        hits = [m for m in self._all() if text.lower() in m.organ.name.lower()][:10]
        page = _number(ask, "pindex")
        return self._page(ask, "search.html", "Sök", hits=hits, text=text, page=page)

    def cookie_policy(self, ask: Ask) -> Answer:
        """Explain the cookies."""
        return self._page(ask, "message.html", "Kakor", text=COOKIE_POLICY)

    def login(self, ask: Ask) -> Answer:
        """Ask for a password."""
        return self._page(ask, "message.html", "Logga in", text="Användarnamn och lösenord krävs.")

    def sorry(self, ask: Ask) -> Answer:
        """Say with status 200 that there is no such page."""
        text = "Sidan du efterfrågade kunde inte hittas."
        return self._page(ask, "message.html", "Sidan saknas", description=text, text=text)

    def bundle(self, ask: Ask, ending: str) -> Answer:
        """Send a script or a stylesheet; the only pages' parts that may be cached."""
        headers = (
            ("Content-Type", BUNDLES[ending]),
            ("Cache-Control", "public"),
            ("Last-Modified", format_datetime(BUNDLES_CHANGED, usegmt=True)),
        )
        return Answer(b"/* minified */\n", headers=(*headers, *IIS))

    def _all(self) -> Iterable[Meeting]:
        return self._meetings.values()

    def _announcements(self) -> Iterator[Announcement]:
        held = (meeting for meeting in self._all() if meeting.held)
        newest = sorted(held, key=lambda m: (m.date, m.path), reverse=True)
        published = (meeting for meeting in newest if self.content(meeting).minutes)
        yield from map(Announcement, islice(published, BOARD_SIZE))

    def _page(self, ask: Ask, template: str, title: str, **values: object) -> Answer:
        values = {"description": title, **values}
        body = TEMPLATES.get_template(template).render(
            title=title,
            token=secrets.token_urlsafe(TOKEN_BYTES),
            language=ask.headers.get("accept-language", "sv")[:2],
            origin=ask.origin,
            current=_current_url(ask),
            menu=MENU,
            **values,
        )
        return Answer(body.encode(), headers=PAGE)

    def _render_side_menu(self, organ: Organ) -> Markup:
        years = _by_year(reversed(self._calendar[organ]))
        return Markup(TEMPLATES.get_template("side_menu.html").render(organ=organ, years=years))

    def _validators(self, meeting: Meeting, file: File) -> Iterator[tuple[str, str]]:
        if file.kind == "protocol" and meeting.date.year >= VALIDATED_SINCE:
            yield "Last-Modified", format_datetime(self._signed(meeting), usegmt=True)

    def _signed(self, meeting: Meeting) -> datetime:
        """Return when its minutes were put there."""
        return datetime.combine(meeting.date + timedelta(days=9), time(13, 5), UTC)

    def _send(self, ask: Ask, meeting: Meeting, file: File) -> Answer:
        download = ask.query.get("downloadMode") == "download"
        headers = (
            ("Content-Type", "application/pdf"),
            *_disposition("attachment" if download else "inline", file.name),
            *self._validators(meeting, file),
            *MVC,
        )
        return Answer(self._pdf(meeting, file), headers=headers, compress=False)


def towns(pages: int | None = None) -> list[MeetingPlusTown]:
    """Return the towns of this product, of about `pages` HTML pages each."""
    return [MeetingPlusTown.of_size(pages or DEFAULT_PAGES)]


def net_quote(text: str) -> str:
    """Percent-encode as .NET does, in lower case."""
    return re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(text, safe="-_.!*()"))


def _meetings_for(pages: int) -> int:
    """Count the meetings that make a portal of so many pages."""
    return max(1, pages - 3 - 2 * len(DATA["organ"]) - BOARD_SIZE)


def _number(ask: Ask, name: str) -> int:
    """Read a small number from the query; 1 if there is none."""
    found = re.fullmatch(r"\d{1,6}", ask.query.get(name, ""))
    return int(found[0]) if found else 1


def _current_url(ask: Ask) -> str:
    query = "&".join(f"{key}={net_quote(value)}" for key, value in ask.query.items())
    return f"{ask.origin}{quote(ask.path)}{'?' if query else ''}{query}"


def _by_year(meetings: Iterable[Meeting]) -> list[tuple[int, list[Meeting]]]:
    return [(year, list(group)) for year, group in groupby(meetings, lambda m: m.date.year)]


def _of_kind(whole: Content, kind: str) -> list[File]:
    return [file for file in whole.files() if file.kind == kind]


def _members(organ: Organ) -> Iterator[tuple[str, str, str]]:
    rolls = dice("members", organ.slug)
    roles = ("Ordförande", "Vice ordförande", *["Ledamot"] * 5, *["Ersättare"] * 4)
    for name, role in zip(rolls.sample(DATA["words"]["namn"], len(roles)), roles, strict=True):
        yield name, rolls.choice(DATA["words"]["parti"]), role


def _disposition(mode: str, name: str) -> Iterator[tuple[str, str]]:
    yield "Content-Disposition", f"{mode}; filename*=UTF-8''{quote(name)}"


def _zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for slug, body in files:
            bundle.writestr(zipfile.ZipInfo(f"{slug}.pdf"), body)
    return out.getvalue()


def _json_headers() -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-cache"),
        *IIS,
    )


def _json(value: object) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode(), headers=_json_headers())


def _announcement_json(row: Announcement) -> dict[str, str]:
    return {
        "Id": row.id,
        "Type": "Protokoll",
        "StartDate": f"{row.start}T00:00:00",
        "EndDate": f"{row.end}T00:00:00",
        "Title": row.title,
        "CommitteeName": row.meeting.organ.name,
        "CommitteeLink": f"committees/{row.meeting.organ.slug}",
    }


def _entities(text: str) -> Markup:
    """Write what is not ASCII as numeric entities, as the product does in its head."""
    return Markup(escape(text).encode("ascii", "xmlcharrefreplace").decode())


def _soft_hyphens(text: str) -> str:
    """Put a soft hyphen into every very long word."""
    return re.sub(r"\w{16,}", lambda word: f"{word[0][:9]}\u00ad{word[0][9:]}", text)


def _address(file: File, mode: str, alias: bool = False) -> str:
    path = ALIAS + file.path.removeprefix("/committees") if alias else file.path
    return f"{path}?downloadMode={mode}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates" / "meetingplus"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        address=_address,
        crlf=lambda text: text.replace("\n", "\r\n"),
        entities=_entities,
        first_or_none=lambda files: next(iter(files), None),
        nbsp=lambda text: Markup("&nbsp;") if text == "\u00a0" else text,
        net_quote=net_quote,
        soft_hyphens=_soft_hyphens,
    )
    return environment


TEMPLATES = _environment()

ROUTES: tuple[tuple[re.Pattern[str], Callable[..., Answer | None]], ...] = tuple(
    (re.compile(pattern), handler)
    for pattern, handler in (
        (r"/", MeetingPlusTown.overview),
        (r"/robots\.txt", MeetingPlusTown.robots),
        (r"/committees", MeetingPlusTown.committees),
        (r"/committees/(?P<slug>[^/]+)", MeetingPlusTown.organ),
        (r"/committees/(?P<slug>[^/]+)/representatives", MeetingPlusTown.representatives),
        (r"(?P<path>/committees/[^/]+/[^/]+)", MeetingPlusTown.meeting),
        (
            r"(?P<path>(?P<home>/committees/[^/]+/[^/]+)/(?:agenda|protocol)/[^/]+)",
            MeetingPlusTown.file,
        ),
        (
            r"/api/v2\.0/meetings/(?P<number>\d{1,9})/download/(?P<kind>agenda|protocol)",
            MeetingPlusTown.download,
        ),
        (r"/api/v2\.0/committees/(?P<number>\d{1,9})/meetings", MeetingPlusTown.meetings_json),
        (r"/api/dbb/v1\.0/announcements/published", MeetingPlusTown.board_json),
        (r"/digital-bulletin-board", MeetingPlusTown.board),
        (r"/digital-bulletin-board/announcements/(?P<guid>[^/]+)", MeetingPlusTown.announcement),
        (r"/search", MeetingPlusTown.search),
        (r"/cookie-policy", MeetingPlusTown.cookie_policy),
        (r"/authorizationserver/account/login", MeetingPlusTown.login),
        (r"/404", MeetingPlusTown.sorry),
        (r"/bundles/\w+[-\w]*\.(?P<ending>css|js)", MeetingPlusTown.bundle),
    )
)
