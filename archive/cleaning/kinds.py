"""What kind of page an answer is: a document, or what stands in place of one (law 8).

Error pages, firewalls, logins and shells are told by what they are called, what they say, and how
little else they say. A status is one sign among others: servers and archives give 200 to all of
them. In doubt a page is a document: a document taken for an error page is lost, an error page that
is kept is only untidy.

`wall_of` and `error_of` need a tree alone and read no more of it than they must: page objects ask
them before they read anything. The words they look for are data: `kinds.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from lxml import etree

from archive.cleaning.blocks import Block
from archive.cleaning.element import Element
from archive.cleaning.head import page_title
from archive.cleaning.html import decode, parse_html
from archive.cleaning.page import PageReading, read_page
from archive.cleaning.said import all_words, beginning, is_frame, own_words
from archive.cleaning.signs import Name, Path, Signs, shipped_signs
from archive.dates import read_moment
from archive.errors import BadPayload

Kind = Literal["document", "listing", "start", "error", "blocked", "shell", "redirect", "other"]

WALL_STATUS = frozenset((401, 403, 407, 429))

LONGEST_NAME = 300
"""Letters of a title or heading that are read."""
MOST_NAME_WORDS = 60
READ_HEADINGS = 50
MOST_HEADINGS = 3
"""The page's own heading is among its first: sites and dialogs have some, too."""

WALL_WORDS = 120
"""A firewall says no more, menus and all."""
LOGIN_WORDS = 60
"""… nor does a login form in its own words."""
MOVED_WORDS = 40
SCRIPT_WORDS = 25
"""… nor a page that a script has yet to write."""
MOVING_WORDS = 5
LONGEST_MOVE = 600
"""Letters of a script that does nothing but lead elsewhere."""

AGREED_WORDS = 250
"""Own words of an error page whose title and heading agree; more are an article."""
FEW_WORDS = 120
"""… of one where either says so, or something else does."""
FEWER_WORDS = 40
"""… of one whose heading speaks of something else, or of a wall in the frame of a site."""
NO_WORDS = 15
"""… of one called "Fel" or "404", and that is all."""

HOLLOW_LETTERS = 80
HOLLOW_BLOCKS = 8
"""Labels that cleaning leaves of a frame around nothing."""
SENTENCE_WORDS = 6

LONGEST_LINE = 120
MOST_LINKS = 2_000
"""Links of a page that are looked at."""
MIN_LINKS = 4
"""Fewer links are no list …"""
MIN_TEASERS = 3
"""… unless each heading is one."""
LINKED = 0.9
LISTED_BLOCKS = 0.6
LISTED_LETTERS = 0.5
"""A list is made of links: so many of its blocks, or of its letters."""
PARAGRAPH = 200
MOST_PARAGRAPHS = 5
"""More blocks of so many letters are an article, however many links stand between them."""

TEASERS = frozenset(("h2", "h3", "h4"))


class PageKind(NamedTuple):
    """What kind of page an answer is, and how that was told."""

    kind: Kind
    evidence: str
    """What was seen, in words."""


def kind_of_answer(
    body: bytes, *, url: str = "", status: int | None = None, content_type: str = ""
) -> PageKind:
    """Return the kind of an answer, whatever it is.

    `url`, `status` and `content_type` as they were answered, as far as they are known. A page
    that cannot be read is `other`.
    """
    if status is not None and 300 <= status < 400 and status != 304:
        return PageKind("redirect", f"status {status}")
    if not is_markup(body, content_type):
        return _kind_of_no_page(body, status)
    charset = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", content_type, re.IGNORECASE)
    try:
        tree = parse_html(body, charset[1] if charset else "")
    except BadPayload as error:
        return PageKind("other", str(error))
    page = _Page(tree, url, status)
    if found := _kind_without_content(page):
        return found
    return _kind_of_content(page, read_page(body, url=url, content_type=content_type))


def kind_of(
    tree: Element, reading: PageReading, *, url: str = "", status: int | None = None
) -> PageKind:
    """Return the kind of a page that has been read."""
    page = _Page(tree, url, status)
    return _kind_without_content(page) or _kind_of_content(page, reading)


def wall_of(tree: Element, url: str = "", status: int | None = None) -> PageKind | None:
    """Return `blocked` for the page of a firewall, a challenge or a login, None for any other."""
    evidence = _wall(_Page(tree, url, status))
    return PageKind("blocked", evidence) if evidence else None


def error_of(
    tree: Element,
    url: str = "",
    status: int | None = None,
    headings: Iterable[str] = (),
) -> PageKind | None:
    """Return `error` for a page that says that something is missing or broken, else None.

    `headings`: the page's own, where the caller knows them from those of the site.
    """
    evidence = _error(_Page(tree, url, status, tuple(headings)))
    return PageKind("error", evidence) if evidence else None


def is_markup(body: bytes, content_type: str = "") -> bool:
    """Tell whether bytes are an HTML page, whatever they are called."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.search(rb"<(!doctype\s+html|html|head|body|title|frameset)\b", start):
        return True
    return start.startswith(b"<") and "html" in content_type.lower()


# ---- what a page is called, and where it lies

Says = Literal["missing", "trouble", "partly", "own", "nothing"]
"""What a name says: that the page is missing, or that something went wrong; that beside other
things; something of its own; nothing but the site's name."""

_RANKS: tuple[Says, ...] = ("missing", "trouble", "partly", "own", "nothing")
_PARTS = re.compile(r"\s+[-–—|•·»:/]\s+|\s*[|()]\s*|[:,]\s+|[.!?…]+(?:\s+|$)")
_MARKS = re.compile(r"^[^\w§]+|[^\w§\])]+$")
_LETTER = re.compile(r"[^\W\d_]")
_FOLDED = str.maketrans("åäöéüæø", "aaoeuao")


@dataclass(frozen=True)
class _Page:
    """A page as it is judged; each thing is looked up when it is first asked for."""

    tree: Element
    url: str
    status: int | None
    known_headings: tuple[str, ...] = ()

    @property
    def signs(self) -> Signs:
        return shipped_signs()

    @cached_property
    def address(self) -> SplitResult:
        try:
            return urlsplit(self.url)
        except ValueError:
            return urlsplit("")

    @cached_property
    def title(self) -> str:
        return page_title(self.tree)[:LONGEST_NAME]

    @cached_property
    def headings(self) -> list[str]:
        """The first headings: of the first level, and of the second if those say nothing.

        Many of the second level are what a page is about: questions and answers, say.
        """
        if self.known_headings:
            return [*self.known_headings]
        first = self._headings("h1") or self._headings("h1", is_framed=True)
        if any(self.says(text) in ("own", "missing") for text in first):
            return first
        second = self._headings("h2")
        return first if len(second) == MOST_HEADINGS else first + second

    @property
    def names(self) -> list[str]:
        """What the page is called: its title, then its headings."""
        return [self.title, *self.headings]

    @cached_property
    def words(self) -> list[str] | None:
        """All words that a reader sees, None if they are too many for a firewall."""
        return all_words(self.tree, WALL_WORDS)

    @cached_property
    def own(self) -> list[str] | None:
        """The words beside headings, links and frame, None if they are many."""
        return own_words(self.tree, FEW_WORDS)

    @property
    def has_script(self) -> bool:
        return next(self.tree.iter("script"), None) is not None

    @cached_property
    def headings_say(self) -> list[Says]:
        """What each heading says of the page, if anything."""
        return [says for text in self.headings if (says := self.says(text)) != "nothing"]

    @cached_property
    def title_says(self) -> Says:
        """What the title says of the page; what no heading takes up is the name of the site."""
        says = self.says(self.title)
        if says == "own":
            is_taken_up = not self.headings or {"own", "partly"} & {*self.headings_say}
            return "own" if is_taken_up else "nothing"
        if not self.headings:
            return says
        shown = " ".join(self.headings).casefold()
        parts = self._parts(self.title)
        return self._all_say(p for p in parts if self._says(p) != "own" or p.casefold() in shown)

    def says(self, name: str) -> Says:
        """Return what a title or heading says of the page, taken by itself."""
        return self._all_say(self._parts(name))

    def is_called(self, text: str, name: Name) -> bool:
        """Tell whether a title or heading is a `name` and nothing else."""
        parts = self._parts(text)
        return bool(parts) and all(self.signs.is_named(part, name) for part in parts)

    def called(self, name: Name) -> str:
        """Return the title or heading that is a `name`, empty if none is."""
        return next((text for text in self.names if self.is_called(text, name)), "")

    def is_at(self, path: Path) -> bool:
        """Tell whether the address is one of a `path`."""
        return bool(self.url and self.signs.paths[path].fullmatch(self.address.path))

    def _all_say(self, parts: Iterable[str]) -> Says:
        said = {*map(self._says, parts)}
        if "own" in said:
            return "partly" if len(said) > 1 else "own"
        return next((says for says in _RANKS if says in said), "nothing")

    def _says(self, part: str) -> Says:
        ranks: tuple[Literal["missing", "trouble"], ...] = ("missing", "trouble")
        return next((name for name in ranks if self.signs.is_named(part, name)), "own")

    def _parts(self, name: str) -> list[str]:
        """Return the parts of a name that are not the site's, nor sighs, nor mere figures."""
        parts = [_MARKS.sub("", part) for part in _PARTS.split(name)]
        return [part for part in parts if part and not self._is_beside(part)]

    def _is_beside(self, part: str) -> bool:
        if self.signs.is_named(part, "site") or self.signs.is_named(part, "aside"):
            return True
        folded = "".join(part.lower().translate(_FOLDED).split())
        if folded in self.address.netloc.split(".")[:-1]:
            return True
        return not _LETTER.search(part) and not self.signs.is_named(part, "trouble")

    def _headings(self, tag: str, *, is_framed: bool = False) -> list[str]:
        """Return the first headings that stand in the frame of the page, or in what it frames."""
        found = (
            text[:LONGEST_NAME]
            for heading in islice(self.tree.iter(tag), READ_HEADINGS)
            if any(map(is_frame, heading.iterancestors())) == is_framed
            and (text := beginning(heading, MOST_NAME_WORDS))
        )
        return [*islice(found, MOST_HEADINGS)]


# ---- the kinds, in the order they are asked for


def _kind_without_content(page: _Page) -> PageKind | None:
    """Return the kind of a page that is told without reading it."""
    return _first(
        ("blocked", _wall(page)),
        ("error", _error(page)),
        ("redirect", _redirect(page)),
    )


def _kind_of_content(page: _Page, reading: PageReading) -> PageKind:
    kept = [block for block in reading.cleaned.kept if block.source == "text"]
    return _first(
        ("listing", _empty_list(page, reading)),
        ("shell", _unwritten(page)),
        ("start", _start(page)),
        ("shell", _hollow(page, kept, reading.title)),
        ("listing", _search(page) or _links(kept, reading.title) or _menu(page, kept)),
        ("document", f"{len(reading.text.split())} words of text" if reading.text else ""),
    ) or PageKind("other", "no text of its own")


def _first(*signs: tuple[Kind, str]) -> PageKind | None:
    return next((PageKind(kind, evidence) for kind, evidence in signs if evidence), None)


def _kind_of_no_page(body: bytes, status: int | None) -> PageKind:
    """Return the kind of what is no HTML: a file, or a server's one line."""
    if not body:
        return PageKind("other", "nothing in it")
    line = " ".join(decode(body[:LONGEST_NAME]).split()) if len(body) < LONGEST_NAME else ""
    page = _Page(etree.Element("html"), "", status)
    begins = f"no page, begins with {body[:16]!r}"
    if status in WALL_STATUS or page.is_called(line, "firewall"):
        return PageKind("blocked", _with_status(page, begins))
    if _is_error(status) or page.says(line) in ("missing", "trouble"):
        return PageKind("error", _with_status(page, begins))
    return PageKind("other", begins)


# ---- walls


def _wall(page: _Page) -> str:
    if page.is_at("login"):
        return f"the address of a login, {page.address.path}"
    return _firewall(page) or _login(page)


def _firewall(page: _Page) -> str:
    if page.words is None:
        return _framed_wall(page)
    beside = f"and {len(page.words)} words in all"
    if name := page.called("firewall"):
        return f"a firewall's name, {name!r}, {beside}"
    if page.status in WALL_STATUS:
        return f"status {page.status} {beside}"
    phrase = page.signs.texts["firewall"].search(" ".join(page.words))
    return f"a firewall's words, {phrase[0]!r}, {beside}" if phrase and _is_bare(page) else ""


def _framed_wall(page: _Page) -> str:
    """Return by what a page with menus and all refuses to say more."""
    name = page.called("firewall")
    is_named = name and not _other_names(page, "firewall")
    if not is_named and page.status not in WALL_STATUS:
        return ""
    words = own_words(page.tree, FEWER_WORDS)
    said = f"called {name or page.title!r}, and {len(words or ())} words beside"
    return _with_status(page, said) if words is not None else ""


def _other_names(page: _Page, name: Name) -> list[str]:
    """Return the title and headings that are neither the site's nor a `name`."""
    return [n for n in page.names if page.says(n) == "own" and not page.is_called(n, name)]


def _is_bare(page: _Page) -> bool:
    """Tell whether a page has no name of its own, or nothing but that: no links, hardly a text."""
    if not any(page.says(name) == "own" for name in page.names):
        return True
    has_links = page.tree.find(".//a[@href]") is not None
    return not has_links and len(page.words or ()) <= FEWER_WORDS


def _login(page: _Page) -> str:
    """Return by what a page is a login and nothing else: a page on how to log in has a name."""
    name = page.called("login")
    if not name or _other_names(page, "login") or not _asks_for_password(page.tree):
        return ""
    words = own_words(page.tree, LOGIN_WORDS)
    return f"a login form, {name!r}, and {len(words)} words" if words is not None else ""


def _asks_for_password(tree: Element) -> bool:
    return bool(tree.xpath("//input[translate(@type, 'PASWORD', 'pasword')='password']"))


# ---- errors


_MOST_WORDS: Mapping[Says, Mapping[Says, tuple[int, int]]] = {
    # by what the title says, and what the headings say
    "missing": {
        "missing": (AGREED_WORDS, AGREED_WORDS),
        "trouble": (AGREED_WORDS, AGREED_WORDS),
        "nothing": (AGREED_WORDS, AGREED_WORDS),
        "partly": (FEW_WORDS, FEW_WORDS),
        "own": (0, FEWER_WORDS),
    },
    "trouble": {
        "missing": (AGREED_WORDS, AGREED_WORDS),
        "trouble": (NO_WORDS, FEW_WORDS),
        "nothing": (NO_WORDS, FEW_WORDS),
        "own": (0, FEWER_WORDS),
    },
    "nothing": {
        "missing": (AGREED_WORDS, AGREED_WORDS),
        "trouble": (NO_WORDS, FEW_WORDS),
    },
    "partly": {
        "missing": (FEW_WORDS, FEW_WORDS),
        "trouble": (0, FEW_WORDS),
        "nothing": (0, FEW_WORDS),
    },
    "own": {
        "missing": (FEW_WORDS, FEW_WORDS),
    },
}
"""How many words of its own an error page so called may have: without proof from its text, and
with it. Any other page is none, unless its status or address says so."""


def _error(page: _Page) -> str:
    if "aspxerrorpath=" in page.address.query.lower():
        return "the address of an error, with aspxerrorpath"
    words = own_words(page.tree, most) if (most := _most_words(page)) else None
    return f"{_seen(page)}, and {len(words)} words beside" if words is not None else ""


def _most_words(page: _Page) -> int:
    """Return how many words of its own a page may have and be an error's; 0 for any other page."""
    least = FEW_WORDS if page.is_at("error") or _is_error(page.status) else 0
    unproven, proven = _MOST_WORDS[page.title_says].get(_heading_says(page), (0, 0))
    return max(least, proven if proven > unproven and _has_proof(page) else unproven)


def _heading_says(page: _Page) -> Says:
    """Return what the headings say; an error's after the page's own is a template, not shown."""
    said = page.headings_say
    ranked = said if page.title_says == "own" else sorted(said, key=_RANKS.index)
    return next(iter(ranked), "nothing")


def _has_proof(page: _Page) -> bool:
    """Tell whether the text, too, says that something is missing or broken."""
    words = page.own or ()
    return page.signs.texts["missing"].search(" ".join(words)) is not None


def _is_error(status: int | None) -> bool:
    return status is not None and status >= 400 and status not in WALL_STATUS


def _seen(page: _Page) -> str:
    telling = (name for name in page.names if page.says(name) not in ("own", "nothing"))
    name = f"called {next(telling, page.title)!r}"
    return _with_status(page, f"{name} at {page.address.path}" if page.is_at("error") else name)


def _with_status(page: _Page, seen: str) -> str:
    return f"status {page.status}, {seen}" if (page.status or 0) >= 400 else seen


# ---- redirects


def _redirect(page: _Page) -> str:
    if page.words is None or len(page.words) > MOVED_WORDS:
        return ""
    if name := page.called("moved"):
        return f"called {name!r}"
    said = page.tree.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh')='refresh']/@content")
    if target := next(filter(None, map(_target, said)), ""):
        return f"a refresh to {target[:LONGEST_NAME]}"
    return _moving_script(page) if len(page.words) <= MOVING_WORDS else ""


def _target(refresh: str) -> str:
    match = re.match(r"\s*\d{1,2}\s*[;,]\s*url\s*=\s*[\"']?([^\s\"']+)", refresh, re.IGNORECASE)
    return match[1] if match else ""


def _moving_script(page: _Page) -> str:
    scripts = [script.text or "" for script in page.tree.iter("script")]
    if sum(map(len, scripts)) > LONGEST_MOVE:
        return ""
    is_moving = any(map(page.signs.scripts["moved"].search, scripts))
    return "a script that leads elsewhere" if is_moving else ""


# ---- shells


def _unwritten(page: _Page) -> str:
    """Return by what a page asks for a script to write it."""
    words = all_words(page.tree, SCRIPT_WORDS)
    if words is None or not page.has_script:
        return ""
    if page.signs.marks["app"](page.tree):
        return f"an element for a script to fill, and {len(words)} words in all"
    asked = page.signs.texts["script"].search(" ".join(words))
    return f"{asked[0]!r}, and {len(words)} words in all" if asked else ""


def _hollow(page: _Page, kept: Sequence[Block], title: str) -> str:
    """Return what is left of a page whose frame is there and whose text is not."""
    if not page.has_script or not _says_nothing(page, kept) or read_moment(title):
        return ""
    if not _search(page) and len(_content_links(page.tree)) >= MIN_LINKS:
        return ""
    return f"scripts, and {_letters(kept)} letters of labels for a text"


def _says_nothing(page: _Page, kept: Sequence[Block]) -> bool:
    said = [block for block in kept if not _is_waiting(page, block.text)]
    if _letters(said) > HOLLOW_LETTERS or len(said) > HOLLOW_BLOCKS:
        return False
    return not any(_is_said(block.text) for block in said)


def _is_waiting(page: _Page, text: str) -> bool:
    """Tell whether a line stands there until a script has written another."""
    return len(text) <= LONGEST_LINE and bool(page.signs.texts["script"].search(text))


def _is_said(text: str) -> bool:
    """Tell a sentence, a figure or the name of a file from a label."""
    has_figure = any(letter.isdigit() for letter in text)
    return has_figure or text[-1] in ".!?" or len(text.split()) >= SENTENCE_WORDS


def _letters(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks)


# ---- start pages and lists


def _start(page: _Page) -> str:
    title, heading = _is_start(page, page.title), _is_start(page, next(iter(page.headings), ""))
    # "/?p=17" is an article and "/?s=avgift" may be: there, the names must say it, too.
    if page.is_at("start") and ((title and heading) or not page.address.query):
        return f"the address of a start page, {page.address.path or '/'}"
    name = page.called("start")
    return f"called {name!r}" if name and title and heading and not page.url else ""


def _is_start(page: _Page, name: str) -> bool:
    """Tell whether a title or heading names the site, or the start of it."""
    return page.says(name) == "nothing" or any(
        page.is_called(name, group) for group in ("start", "welcome")
    )


def _empty_list(page: _Page, reading: PageReading) -> str:
    """Return the line by which a list says that it has no rows."""
    if reading.text:
        return ""
    lines = (removal.text for removal in reading.removals if len(removal.text) <= LONGEST_LINE)
    empty = page.signs.texts["empty"]
    return next((f"it says {line!r}" for line in lines if empty.search(line)), "")


def _search(page: _Page) -> str:
    if page.is_at("search"):
        return f"the address of a search, {page.address.path}"
    name = next(filter(None, page.names), "")
    return f"called {name!r}" if page.is_called(name, "search") else ""


def _links(kept: Sequence[Block], title: str) -> str:
    """Return how much of a page is links; what bears a day's date is a document all the same."""
    links = [block for block in kept if _is_link(block)]
    if read_moment(title) or not (len(links) >= MIN_LINKS or _are_teasers(kept)):
        return ""
    letters, linked = _letters(kept), sum(min(b.linked, len(b.text)) for b in kept)
    is_list = len(links) >= len(kept) * LISTED_BLOCKS or _are_teasers(kept)
    is_article = sum(map(_is_paragraph, kept)) > MOST_PARAGRAPHS
    if linked >= letters * LISTED_LETTERS or (is_list and not is_article):
        return (
            f"{len(links)} of {len(kept)} blocks are links, with {linked / letters:.0%} of the text"
        )
    return ""


def _is_link(block: Block) -> bool:
    return block.linked >= len(block.text) * LINKED


def _is_paragraph(block: Block) -> bool:
    return len(block.text) >= PARAGRAPH and block.linked * 2 < len(block.text)


def _are_teasers(kept: Sequence[Block]) -> bool:
    """Tell whether every heading of a page leads to another."""
    headings = [block for block in kept if block.element.tag in TEASERS]
    return len(headings) >= MIN_TEASERS and all(map(_is_link, headings))


def _menu(page: _Page, kept: Sequence[Block]) -> str:
    """Return how many links stand in a page that says nothing else; cleaning takes menus out."""
    links = _content_links(page.tree) if _says_nothing(page, kept) else ()
    return f"{len(links)} links for a text" if len(links) >= MIN_LINKS else ""


def _content_links(tree: Element) -> set[str]:
    """Return where the links lead that stand in the content of a page."""
    links = islice(tree.iter("a"), MOST_LINKS)
    return {link.get("href") or "" for link in links if _is_content(link)}


def _is_content(element: Element) -> bool:
    """Tell whether an element stands in main, in a menu there too, or in no frame."""
    is_in_menu = False
    for around in element.iterancestors():
        if around.tag == "main" or around.get("role") == "main":
            return True
        if around.tag == "nav":
            is_in_menu = True
        elif is_frame(around):
            return False
    return not is_in_menu
