"""The newsroom of one kommun on Notified.

Known, from texts and addresses of such rooms: the addresses /<org>/posts/pressreleases/<slug>
and /<org>/posts/news/<number>/<slug>, slugs cut at 45 characters, and the order of the
words of a release: minute and kind without a space between them, headline, body, "Om <org>"
without a space after the body, the paragraph about the publisher, "Kontaktpersoner" and
name, title and name again for each of them. Read as plain text content, with image
alternatives in their places, the release in news_seeds.json is the text that was seen.

Guessed, because no markup of this product has been seen: every element and class, the
metadata, where attachments and images live, that the room is paged by a plain link
?page=N and empty past its end, that the second of two posts with one slug gets "-2" after
the cut, the ETag, and everything around the release (share row, tags, subscription,
"Fler nyheter", the line about cookies that some pages print).

Every page carries a request id in a script, which the ETag does not cover.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.towns.newsfiles import pdf, png
from tests.towns.newsprose import Block, Newsdesk, Person, Story, hexadecimal, load, number_from
from tests.towns.town import Answer, Ask, Town

PORT = 8472
DEFAULT_PAGES = 64
PAGE_LENGTH = 12
SLUG_LENGTH = 45
MORE = 3
CHAPTERS = 12
STOCKHOLM = ZoneInfo("Europe/Stockholm")
TEMPLATES = Path(__file__).parent / "templates" / "notified"
LABELS = {"pressreleases": "Pressmeddelande", "news": "Nyhet"}
REQUEST_ID = "request-id-of-this-response"
LETTERS = str.maketrans("åäöéü", "aaoeu")
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that hangs on a post."""

    path: str
    title: str
    text: str

    def content(self) -> bytes:
        """Return the file."""
        return pdf(self.title, (self.text,))


@dataclass(frozen=True, slots=True)
class Post:
    """One press release or piece of news."""

    kind: str
    path: str
    title: str
    lead: str
    published: datetime
    template: str
    image: int
    photographer: str
    blocks: tuple[Block, ...] = ()
    chapters: tuple[Story, ...] = ()
    contacts: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    language: str = "sv"
    about: bool = True

    @property
    def label(self) -> str:
        """The kind as the page prints it."""
        return LABELS[self.kind]

    @property
    def has_figure(self) -> bool:
        """Whether a picture with a caption stands in the body."""
        return self.template == "story" and self.image % 30 == 0


@dataclass(slots=True)
class Room:
    """Builds the posts of the room, newest first."""

    pages: int
    desk: Newsdesk = field(default_factory=lambda: Newsdesk("alingsas"))
    data: dict[str, Any] = field(default_factory=lambda: load("newsroom.toml"))
    _taken: set[str] = field(default_factory=set)

    def posts(self) -> list[Post]:
        """Return every post of the room."""
        posts = [*self._pieces(), *self._stories()]
        return sorted(posts, key=lambda post: (post.published, post.path), reverse=True)

    def _pieces(self) -> Iterator[Post]:
        for number, piece in enumerate(self.data["pieces"], 1):
            title = piece["title"]
            yield Post(
                kind="pressreleases",
                path=self._address("pressreleases", title, number),
                title=title,
                published=piece["published"].replace(tzinfo=STOCKHOLM),
                template=piece["template"],
                image=10 * number + 1,
                photographer=self.desk.person(title),
                contacts=tuple(Person(**one) for one in piece.get("contacts", ())),
                tags=tuple(piece.get("tags", ())),
                attachments=self._attachments(number, piece.get("attachments", ())),
                language=piece.get("language", "sv"),
                about=piece.get("about", True),
                **_own_text(piece, self.desk),
            )

    def _stories(self) -> Iterator[Post]:
        wanted = max(self.pages - len(self.data["pieces"]), 1)
        newest, oldest = self.data["newest"], self.data["oldest"]
        for index in range(wanted):
            age = (newest - oldest) * index / wanted
            yield self._story(index, _to_minute(newest - age, index))

    def _story(self, index: int, published: datetime) -> Post:
        story = self.desk.story(index)
        number = 100 + index
        kind = "news" if index % 4 == 3 else "pressreleases"
        title = f"Protokollsutdrag {story.title}"
        return Post(
            kind=kind,
            path=self._address(kind, story.title, number),
            title=story.title,
            lead=story.lead,
            published=published,
            template="story",
            image=10 * number,
            photographer=story.contact.name,
            blocks=story.blocks,
            contacts=(story.contact,) if index % 5 else (),
            tags=(story.topic.capitalize(), "Alingsås") if index % 2 else (),
            attachments=self._attachments(number, [title] if index % 6 == 0 else ()),
        )

    def _address(self, kind: str, title: str, number: int) -> str:
        slug = slug_of(title)
        if kind == "news":
            return f"/{self.data['slug']}/posts/news/{number}/{slug}"
        path = f"/{self.data['slug']}/posts/pressreleases/{slug}"
        numbered = (f"{path}-{again}" for again in count(2))
        while path in self._taken:
            path = next(numbered)
        self._taken.add(path)
        return path

    def _attachments(self, number: int, titles: Any) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(
                f"/{self.data['slug']}/documents/{10 * number + at}/{slug_of(title)}.pdf",
                title,
                self.desk.story(number + at).lead,
            )
            for at, title in enumerate(titles)
        )


def _own_text(piece: dict[str, Any], desk: Newsdesk) -> dict[str, Any]:
    """Return the lead of a piece, and what its body is made of where that is data."""
    if piece["template"] == "seed":
        paragraphs = load("news_seeds.json")["newsroom"]["paragraphs"]
        blocks = tuple(Block("paragraph", text) for text in paragraphs)
        return {"blocks": blocks, "lead": paragraphs[0]}
    if piece["template"] == "long":
        chapters = tuple(desk.story(500 + number) for number in range(CHAPTERS))
        return {"chapters": chapters, "lead": piece["lead"]}
    return {"lead": piece["lead"]}


def _to_minute(moment: datetime, index: int) -> datetime:
    clock = timedelta(minutes=number_from("clock", index) % 600)
    return datetime(moment.year, moment.month, moment.day, 7, tzinfo=STOCKHOLM) + clock


def slug_of(title: str) -> str:
    """Return what an address says of a title."""
    plain = title.lower().translate(LETTERS)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-")


FIXED_PAGES = {"/contacts": "Kontakter", "/cookies": "Om cookies"}
LISTS = {
    "": ("Nyhetsrum", ("pressreleases", "news")),
    "/posts/pressreleases": ("Pressmeddelanden", ("pressreleases",)),
    "/posts/news": ("Nyheter", ("news",)),
}


@cache
def _environment(*layouts: Path) -> Environment:
    """Return the templates; those of a later layout stand before those of the first."""
    return Environment(
        loader=FileSystemLoader([*layouts, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
    )


class NotifiedTown:
    """The room /alingsas-kommun."""

    name = "newsroom"
    port = PORT
    layouts: tuple[Path, ...] = ()
    """Folders of templates that replace some of the first layout."""
    notice = ""
    """A message to all, above every page."""
    menu: tuple[str, ...] = ()
    """Further words in the menu."""
    stamp = ""
    """When the page was made, as its foot says it."""

    def __init__(self, pages: int = DEFAULT_PAGES) -> None:
        self._pages = pages
        self._rendered = lru_cache(maxsize=256)(self._render)

    @cached_property
    def posts(self) -> list[Post]:
        """Every post, newest first."""
        return Room(self._pages).posts()

    @cached_property
    def _by_path(self) -> dict[str, Post]:
        return {post.path: post for post in self.posts}

    @cached_property
    def _files(self) -> dict[str, Attachment]:
        return {file.path: file for post in self.posts for file in post.attachments}

    @property
    def _room(self) -> dict[str, Any]:
        return load("newsroom.toml")

    def paths(self) -> list[str]:
        """List the pages and PDFs; a listing counts once, under its first page."""
        root = f"/{self._room['slug']}"
        fixed = [f"{root}{tail}" for tail in (*LISTS, *FIXED_PAGES)]
        return ["/", *fixed, *self._by_path, *self._files]

    def answer(self, ask: Ask) -> Answer:
        """Return what the newsroom says to `ask`."""
        if ask.path == "/robots.txt":
            rules = f"User-agent: *\nDisallow: /api/\nDisallow: /{self._room['slug']}/subscribe\n"
            return Answer(rules.encode(), headers=(("Content-Type", TEXT),))
        return self._file(ask.path) or self._page(ask)

    def _file(self, path: str) -> Answer | None:
        if path in self._files:
            return _static(self._files[path].content(), "application/pdf")
        if image := re.fullmatch(rf"/{self._room['slug']}/images/(\d+)/[\w-]+\.png", path):
            return _static(png(int(image[1])), "image/png")
        if path == "/assets/newsroom.css":
            return _static(b".nr-body{font-family:sans-serif}\n", "text/css")
        if path == "/assets/newsroom.js":
            return _static(b"document.documentElement.classList.add('js');\n", "text/javascript")
        return None

    def _page(self, ask: Ask) -> Answer:
        page = _page_number(ask.query.get("page", "1"))
        html = self._rendered(ask.path, page, ask.origin)
        status = 404 if html is None else 200
        if html is None:
            html = self._fill("missing.html", ask.path, ask.origin, "Sidan finns inte")
        etag = f'W/"{hexadecimal(24, html)}"'
        headers = (("Content-Type", HTML), ("ETag", etag)) if status == 200 else ()
        body = html.replace(REQUEST_ID, str(uuid4())).encode()
        return Answer(body, status, headers or (("Content-Type", HTML),))

    def _render(self, path: str, page: int, origin: str) -> str | None:
        if path in self._by_path:
            return self._post(self._by_path[path], origin)
        if path == "/":
            return self._fill("landing.html", path, origin, "Newsrooms")
        root = f"/{self._room['slug']}"
        tail = path.removeprefix(root)
        if not path.startswith(root):
            return None
        if tail in LISTS:
            return self._list(path, tail, page, origin)
        if tail in FIXED_PAGES:
            title, people = FIXED_PAGES[tail], self._contacts()
            return self._fill(f"{tail[1:]}.html", path, origin, title, people=people)
        return None

    def _contacts(self) -> list[Person]:
        people = (person for post in self.posts for person in post.contacts)
        return list(dict.fromkeys(people))[:6]

    def _list(self, path: str, tail: str, page: int, origin: str) -> str:
        title, kinds = LISTS[tail]
        posts = [post for post in self.posts if post.kind in kinds]
        end = page * PAGE_LENGTH
        return self._fill(
            "list.html",
            path,
            origin,
            title,
            posts=posts[end - PAGE_LENGTH : end],
            next_page=page + 1 if end < len(posts) else None,
        )

    def _post(self, post: Post, origin: str) -> str:
        return self._fill(
            "release.html",
            post.path,
            origin,
            post.title,
            post=post,
            more=self._more(post),
            about=load("news_seeds.json")["newsroom"]["about"],
            language=post.language,
        )

    def _more(self, post: Post) -> list[Post]:
        """Return the posts of the box below, which on one page holds the page itself."""
        if post.template == "quoted_about":
            return [post, *self.posts[: MORE - 1]]
        at = self.posts.index(post)
        return self.posts[at + 1 : at + 1 + MORE] or self.posts[:MORE]

    def _fill(self, template: str, path: str, origin: str, title: str, **values: Any) -> str:
        shared = {
            "room": self._room,
            "path": path,
            "origin": origin,
            "title": title,
            "language": "sv",
            "request_id": REQUEST_ID,
            "notice": self.notice,
            "menu": self.menu,
            "stamp": self.stamp,
            "cookie_line": number_from("cookie", path) % 3 == 0,
        }
        return _environment(*self.layouts).get_template(template).render({**shared, **values})


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else 1


def _static(body: bytes, kind: str) -> Answer:
    etag = f'"{hexadecimal(24, body)}"'
    compress = kind.startswith("text/")
    return Answer(body, headers=(("Content-Type", kind), ("ETag", etag)), compress=compress)


def towns(pages: int | None = None) -> list[Town]:
    """Return the newsroom, with about `pages` pages."""
    return [NotifiedTown(pages or DEFAULT_PAGES)]
