"""Two kommuner on SiteVision: an older site, hudiksvall, and a newer one, lidkoping.

The markup follows saved pages of such sites: frames and portlets that belong to the
template are marked as such, what an editor wrote stands in div.pagecontent, and every
portlet begins with an empty element that carries its name.

hudiksvall lists its news as markup, with an archive page for each year, answers with an
ETag and `Cache-Control: no-cache`, and has a calendar of months without end. lidkoping lists
them only in the state of a web app, pages that state by ?page=N and says page 1 again past
the end. Half of its pages send Last-Modified; the other half send no validator and a new
CSP nonce with every response, as the real site was seen to do.

Each page also answers with `.printable`, `;jsessionid=…`, `?sv.target=…` and `?open.12_…=true`.
A file keeps its node; any other stamp or name answers 301 to the current address. What a town
is asked does not tell HEAD from GET, so that HEAD is refused for files, as the real product
does, is not imitated.

Guessed: the markup of lidkoping's feedback form (its texts and their order are known),
the class names of its app, that the app's state echoes the page number asked for, and
hudiksvall's frame.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache, cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tests.towns.newsfiles import png
from tests.towns.newsprose import hexadecimal, load, number_from
from tests.towns.sitevision_pages import Download, Editor, Page, Site
from tests.towns.town import Answer, Ask, Town

DEFAULT_PAGES = 110
LATEST = 3
NEWEST_IN_LIST = 20
ITEMS_OF_APP = 10
ITEMS_OF_FEED = 10
PAGES_OF_SITEMAP = 1000
TEMPLATES = Path(__file__).parent / "templates" / "sitevision"
NONCE = "nonce-of-this-response"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"
GZIP = "application/x-gzip"
FIRST_YEAR, LAST_YEAR = 1900, 9000


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a calendar that never ends."""

    year: int
    month: int

    @classmethod
    def from_query(cls, query: Mapping[str, str], today: datetime) -> Month:
        """Return the month asked for, or else this one."""
        asked = re.match(r"(\d{4})(0[1-9]|1[0-2])", query.get("start", ""))
        if not asked or not FIRST_YEAR <= int(asked[1]) <= LAST_YEAR:
            return cls(today.year, today.month)
        return cls(int(asked[1]), int(asked[2]))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after.first - timedelta(days=1)

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @property
    def after(self) -> Month:
        """The month after."""
        return Month(self.year + (self.month == 12), self.month % 12 + 1)

    @property
    def title(self) -> str:
        """Its name and year."""
        return f"{_months()[self.month - 1]} {self.year}"

    @property
    def query(self) -> str:
        """The query that leads to it."""
        start, end = self.first.strftime("%Y%m%d"), self.last.strftime("%Y%m%d")
        return f"start={start}-00000000-AM&end={end}-235959999-PM"


@dataclass(frozen=True, slots=True)
class View:
    """One way to see one page."""

    page: Page
    origin: str
    printable: bool = False
    opened: bool = False
    number: int = 1
    month: Month | None = None


class SiteVisionTown:
    """One site."""

    def __init__(self, site: Site, pages: int = DEFAULT_PAGES) -> None:
        self.site = site
        self.name: str = site.name
        self.port: int = site.port
        self._editor = Editor(site, pages)
        self._rendered = lru_cache(maxsize=256)(self._render)

    @cached_property
    def articles(self) -> list[Page]:
        """The news, newest first."""
        return self._editor.articles()

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page by its one address."""
        return {page.path: page for page in [*self._editor.fixed(), *self.articles]}

    @cached_property
    def downloads(self) -> dict[str, Download]:
        """Every file by its node."""
        return {file.node: file for page in self.articles for file in page.files}

    @cached_property
    def moved(self) -> dict[str, str]:
        """New addresses by old ones."""
        page = next(page for page in self.articles if page.piece == "moved")
        return {self.site.moved_from: page.path}

    def paths(self) -> list[str]:
        """List the pages and files, not percent-encoded; an address of a variant counts not."""
        return [*self.pages, *(file.plain_path for file in self.downloads.values())]

    def canonical(self, path: str) -> str:
        """Return the one address of the page or file that also answers at `path`."""
        path = _plain(path).removesuffix(".printable")
        file = self.downloads.get(_node_in(path))
        return file.plain_path if file else self.moved.get(path, path)

    def answer(self, ask: Ask) -> Answer:
        """Return what the site says to `ask`."""
        path = _plain(ask.path)
        if path in self.moved:
            return _redirect(f"{ask.origin}{quote(self.moved[path])}")
        return self._service(path, ask.origin) or self._file(path) or self._page(path, ask)

    def _service(self, path: str, origin: str) -> Answer | None:
        if path == "/robots.txt":
            return _plain_answer(self._fill("robots.txt", origin), TEXT)
        if path == "/sitemapindex.xml":
            sitemaps = -(-len(self.pages) // PAGES_OF_SITEMAP)
            return _plain_answer(self._fill("sitemapindex.xml", origin, count=sitemaps), XML)
        if part := re.fullmatch(r"/sitemap([1-9]\d{0,3})\.xml\.gz", path):
            return self._sitemap(int(part[1]), origin)
        if path == self.site.feed:
            items = self.articles[:ITEMS_OF_FEED]
            return _plain_answer(self._fill("rss.xml", origin, items=items), XML)
        return None

    def _sitemap(self, number: int, origin: str) -> Answer | None:
        end = number * PAGES_OF_SITEMAP
        pages = list(self.pages.values())[end - PAGES_OF_SITEMAP : end]
        if not pages:
            return None
        text = self._fill("sitemap.xml", origin, pages=pages)
        headers = (("Content-Type", GZIP),)
        return Answer(gzip.compress(text.encode(), mtime=0), headers=headers, compress=False)

    def _file(self, path: str) -> Answer | None:
        if path.startswith("/download/"):
            return self._download(path)
        if path.endswith(".png") and path.startswith(("/images/18.", "/sitevision/util/images/")):
            return _static(png(number_from(path)), "image/png")
        if path.startswith(("/sitevision/system-resource/", "/webapp-resource/")):
            return _static(b"window.sv=window.sv||{};\n", "text/javascript")
        if path == f"/2.{self.site.root}/css/main.css":
            return _static(b".env-assistive-text{position:absolute;left:-9999px}\n", "text/css")
        return None

    def _download(self, path: str) -> Answer | None:
        file = self.downloads.get(_node_in(path))
        if file is None:
            return None
        if path != file.plain_path:
            return _redirect(file.path)
        changed = datetime.fromtimestamp(file.stamp // 1000, tz=UTC)
        headers = (("Content-Type", "application/pdf"), ("Last-Modified", _http_date(changed)))
        return Answer(file.content(), headers=headers, compress=False)

    def _page(self, path: str, ask: Ask) -> Answer:
        plain = path.removesuffix(".printable")
        page = self.pages.get(plain)
        if page is None:
            return self._missing(ask.origin)
        view = View(
            page,
            ask.origin,
            printable=plain != path,
            opened=any(name.startswith("open.") for name in ask.query),
        )
        return self._shown(self._narrowed(view, ask.query))

    def _narrowed(self, view: View, query: Mapping[str, str]) -> View:
        """Return the part of a listing or calendar that the query asks for."""
        if view.page.kind == "list_app":
            return replace(view, number=_page_number(query.get("page", "1")))
        if view.page.kind == "calendar" or (view.page.kind == "list_markup" and "start" in query):
            return replace(view, month=Month.from_query(query, self.site.today))
        return view

    def _shown(self, view: View) -> Answer:
        html = self._rendered(view)
        headers = [("Content-Type", HTML)]
        if self.site.style == "older":
            headers.append(("ETag", f'"{hexadecimal(32, html)}"'))
            headers.append(("Cache-Control", "no-cache"))
        elif self.dated(view.page):
            headers.append(("Last-Modified", _http_date(view.page.modified)))
        else:
            return _with_nonce(html, 200)
        return Answer(html.encode(), headers=tuple(headers))

    def dated(self, page: Page) -> bool:
        """Whether the page tells when it changed; the others carry nonces instead."""
        return self.site.style == "newer" and number_from(page.node) % 2 == 0

    def _missing(self, origin: str) -> Answer:
        title = "Sidan kunde inte hittas"
        page = replace(self.pages["/"], path="/404", title=title, kind="missing")
        html = self._fill("missing.html", origin, page=page, known=False, **self._frame(page))
        return _with_nonce(html, 404) if self.site.style == "newer" else Answer(html.encode(), 404)

    def _render(self, view: View) -> str:
        template = "printable.html" if view.printable else f"{view.page.kind}.html"
        return self._fill(
            template,
            view.origin,
            page=view.page,
            known=True,
            opened=view.opened,
            **self._frame(view.page),
            **self._listing(view),
        )

    def _frame(self, page: Page) -> dict[str, Any]:
        has_nonce = self.site.style == "newer" and not self.dated(page)
        return {
            "latest": self.articles[:LATEST],
            "nonce": Markup(f' nonce="{NONCE}"') if has_nonce else "",
            "svid": _numbering(page.node),
            "label": _labelling(),
        }

    def _listing(self, view: View) -> dict[str, Any]:
        month = view.month or Month(self.site.today.year, self.site.today.month)
        if view.page.kind == "list_app":
            return {"list_state": self._state(view)}
        if view.page.kind == "list_markup":
            return {"items": self._items(view), "years": self._editor.years, "month": month}
        return {"month": month}

    def _items(self, view: View) -> list[Page]:
        if view.month:
            span = (view.month.first, view.month.last)
            return [page for page in self.articles if span[0] <= page.published.date() <= span[1]]
        if view.page.path == self.site.news_path:
            return self.articles[:NEWEST_IN_LIST]
        return [
            page for page in self.articles if view.page.title.endswith(str(page.published.year))
        ]

    def _state(self, view: View) -> dict[str, Any]:
        start = (view.number - 1) * ITEMS_OF_APP
        items = self.articles[start : start + ITEMS_OF_APP] or self.articles[:ITEMS_OF_APP]
        return {
            "config": {"num": ITEMS_OF_APP, "showImage": False},
            "params": {"page": str(view.number)},
            "items": [_item(page) for page in items],
            "route": "/",
        }

    def _fill(self, template: str, origin: str, **values: Any) -> str:
        return _environment().get_template(template).render(site=self.site, origin=origin, **values)


def _item(page: Page) -> dict[str, Any]:
    return {
        "title": page.title,
        "desc": page.lead,
        "uri": page.path,
        "nodeId": page.node,
        "date": {
            "iso": page.published.isoformat(),
            "millis": int(page.published.timestamp() * 1000),
        },
        "keywords": [],
        "pinned": False,
        "image": {"uri": page.picture.address()} if page.picture else None,
    }


def _numbering(node: str) -> Callable[[int], str]:
    """Return a function that gives every portlet and layout of one page its own id."""
    numbers = count()
    return lambda kind: f"svid{kind}_{hexadecimal(22, node, next(numbers))}"


def _labelling() -> Callable[[str], str]:
    """Return a function that turns the names of portlets into ids: Text, Text-0, Text-1."""
    seen: Counter[str] = Counter()

    def label(name: str) -> str:
        plain = _anchor(name)
        seen[plain] += 1
        return plain if seen[plain] == 1 else f"{plain}-{seen[plain] - 2}"

    return label


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html", "xml")),
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "anchor": _anchor,
        "decomposed": lambda markup: Markup(unicodedata.normalize("NFD", markup)),
        "file_state": _file_state,
        "http_date": _http_date,
        "long_date": _long_date,
        "printable": lambda path: f"{path}.printable",
        "state": _state_text,
    }
    return environment


def _anchor(name: str) -> str:
    plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]", "", plain)


def _file_state(files: Iterable[Download], origin: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"18.{file.node}",
            "name": f"{file.title}.pdf",
            "uri": file.path,
            "url": f"{origin}{file.path}",
            "fileSize": len(file.content()),
            "lastModifiedDateTime": datetime.fromtimestamp(file.stamp // 1000, tz=UTC).isoformat(),
            "lastModifiedBy": f"user-{hexadecimal(12, file.node, 'user')}",
        }
        for file in files
    ]


def _state_text(state: dict[str, Any]) -> Markup:
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _months() -> list[str]:
    return load("news_prose.toml")["months"]


def _long_date(moment: datetime) -> str:
    return f"{moment.day} {_months()[moment.month - 1]} {moment.year}"


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _plain(path: str) -> str:
    """Return the path without a session id."""
    return re.sub(r";jsessionid=[^/]*", "", path)


def _node_in(path: str) -> str:
    found = re.match(r"/download/18\.([0-9a-f]+)/\d+/", path)
    return found[1] if found else ""


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text[:6]) > 0 else 1


def _redirect(address: str) -> Answer:
    return Answer(status=301, headers=(("Location", address), ("Content-Type", HTML)))


def _with_nonce(html: str, status: int) -> Answer:
    nonce = str(uuid4())
    policy = f"script-src 'self' 'nonce-{nonce}'"
    headers = (("Content-Type", HTML), ("Content-Security-Policy", policy))
    return Answer(html.replace(NONCE, nonce).encode(), status, headers)


def _plain_answer(text: str, kind: str) -> Answer:
    return Answer(text.encode(), headers=(("Content-Type", kind),))


def _static(body: bytes, kind: str) -> Answer:
    headers = (("Content-Type", kind), ("ETag", f'"{hexadecimal(24, body)}"'))
    return Answer(body, headers=headers, compress=kind.startswith("text/"))


def towns(pages: int | None = None) -> list[Town]:
    """Return both sites, each with about `pages` pages."""
    sites = load("sitevision.toml")["sites"]
    return [SiteVisionTown(Site(**site), pages or DEFAULT_PAGES) for site in sites]
