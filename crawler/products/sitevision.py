"""SiteVision, the CMS of about half of the kommuner: listings of news, articles, files.

What an editor placed on a page stands in `div.pagecontent`; the rest belongs to the template.
Facts: vendor classes `sv-…`, page ids "4.<hex>" and "5.<hex>", files at /download/18.<node>/<ms>/.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from archive.cleaning import Cleaned, clean
from archive.cleaning.blocks import Block, split_blocks
from archive.cleaning.element import Element
from archive.cleaning.head import meta, metadata, page_title
from archive.cleaning.rules import Rules
from archive.cleaning.stated import (
    MODIFIED_META,
    PUBLISHED_META,
    Stated,
    bylines,
    dates,
    in_head,
)
from archive.records import AttachmentLink, Contact, Document, Field
from crawler.page import EmptyListing, HtmlPage, Link, Site, UnknownLayout
from crawler.products._appregistry import State, states
from crawler.products._flow import Claims, Flow, wrap_loose_text
from crawler.products.common import (
    FilePage,
    absolute,
    around,
    extractor_of,
    product_rules,
    readable,
    refuse_error_page,
    refuse_walls,
    text_of,
)

FINGERPRINTS = (
    b"sv.PageContext",
    b"/sitevision/system-resource/",
    b"AppRegistry.registerInitialState",
    b"sitevision-responsive-grids.css",
    b"SiteVisionLTM",
    b'class="sv-text-portlet',
    b'id="svid',
)
"""One of them is in every page of the product, the surest first."""

MIN_FALLBACK_CHARS = 100
"""Text portlets of the template that stand apart from the headline hold an article only if they
are this long together."""

MAX_PAGE = 2000
"""No list is followed further, whatever it states."""

MAIN = "//main | //*[@role='main']"
CHROME = ("navigation", "cookie", "skip", "related", "crisis", "sitevision")
"""Families of root rules below which nothing is said about the page itself."""

LISTING_RULE = "sitevision:listing"

DROPPED_PARAMETERS = re.compile(r"sv\..*|open\..*|state|svAjaxReqParam", re.IGNORECASE)
MONTH_PARAMETERS = ("start", "end")
_MONTH = re.compile(r"\d{8}-")
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_PRINTABLE = re.compile(r"\.printable$", re.IGNORECASE)

_PAGE_ID = re.compile(r"sv\.PageContext\s*=\s*\{[^{}]*?\bpageId\s*:\s*['\"]([45]\.[0-9a-f]+)['\"]")
_ID_IN_URL = re.compile(r"[./]([45]\.[0-9a-f]{6,})(?:\.html)?$")
_FILE = re.compile(r"/download/(18\.[0-9a-f]+)(?:/|$)", re.IGNORECASE)
_FILE_SUFFIX = re.compile(
    r"[\s,(]*\b(?:pdf|docx?|xlsx?|pptx?|word|excel|powerpoint|zip|jpe?g|png|rtf|od[tsp]|mp[34])"
    r"[\s,]+\d+(?:[.,]\d+)?\s?(?:bytes?|b|kb|mb|gb)\b[\s.)]*$"
    r"|(?<=\S)\.(?:pdf|docx?|xlsx?|pptx?|zip|jpe?g|png|rtf|od[tsp]|mp[34])$",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(
    r"(?:[a-zåäö]*(?:nyheter|arkiv|meddelanden|aktuellt|år(?:et)?)[ -]+){0,3}(?:19|20)\d\d",
    re.IGNORECASE,
)
_NEXT_NAME = re.compile(r"nästa( sida)?|next( page)?|äldre( nyheter)?|[>»›→]", re.IGNORECASE)
_SLUG_DATE = re.compile(r"/((?:19|20)\d\d-\d\d-\d\d)-[^/]+$")
_WITH_SITE = re.compile(r"(?P<title>.+)\s[-–|]\s+(?P<site>[^|]+?)", re.DOTALL)
_SITE_NAME = re.compile(r"[^-–|]*\bkommun\w*|[\w.-]+\.se", re.IGNORECASE)

NEAR_BLOCKS = 3
"""A date without a label is the page's only this close to the headline."""
LONGEST_BESIDE = 60

CONTACT_CLASSES = ("contact", "sv-contact2-portlet", "contact-card-wrapper")
CONTACT_HEADING = re.compile(r"kontakt(a oss|er|uppgifter|person(er)?)?:?", re.IGNORECASE)
CONTACT_LINE = re.compile(
    r"((kontakt|tel(efon)?(nummer)?|mobil(telefon)?|tfn|e-?post(adress)?|e-?mail|mejl)\.?:?\s*)?"
    r"((\+|\(?0)[\d\s()/–-]{6,}|[^@\s]+@[^@\s]+\.\w+)?",
    re.IGNORECASE,
)
"""A number or an address, or the label of one."""
CONTACT_NAMES = ("contact-title", "contact__title", "contact-card-name", "contact-name")
CONTACT_ROLES = ("contact-role", "contact__role", "contact-card-title")


class SitevisionPage(HtmlPage):
    """What listings and articles have in common."""

    version = 2

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003 - the rule needs no site
        """Return the address without fragment, session, print view, portlet and month state.

        What is no address is returned as it is.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        path = _PRINTABLE.sub("", _SESSION.sub("", parts.path)) or "/"
        query = urlencode(
            [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if _is_kept(*pair)]
        )
        return urlunsplit((parts.scheme, parts.netloc.lower(), path, query, ""))

    def check(self) -> None:
        """Raise a `PageFault` unless this is a page of SiteVision with content of its own."""
        refuse_walls(self.tree, self.fetched.url)
        if not any(mark in self.fetched.body for mark in FINGERPRINTS):
            raise UnknownLayout(f"expected a SiteVision page, found none: {self.fetched.url}")
        own = [text_of(heading) for heading in self._own_headings()]
        refuse_error_page(self.tree, self.fetched.url, own)

    @cached_property
    def areas(self) -> list[Element]:
        """What an editor placed on this page, in page order: each outermost .pagecontent."""
        found = _with_class(self.tree, "pagecontent")
        return [area for area in found if not _is_inside(area.getparent(), found)]

    @cached_property
    def states(self) -> list[State]:
        """The JSON given to the web apps of the page."""
        return states(self.tree)

    @property
    def rules(self) -> Rules:
        """The general rules and those of SiteVision, less those that the source undoes."""
        return product_rules("sitevision", self.site.undo_rules)

    @cached_property
    def roots(self) -> dict[Element, str]:
        """What the rules find in the page, each element with the rule that finds it."""
        return self.rules.roots_in(self.tree)

    @cached_property
    def chrome(self) -> dict[Element, str]:
        """What frames the text by the root rules of `CHROME`, and the rule of each."""
        used = ((e, rule) for e, rule in self.roots.items() if rule not in self.rules.undone)
        return {e: rule for e, rule in used if rule.partition(":")[0] in CHROME}

    def states_in(self, areas: list[Element]) -> list[State]:
        """Return the states of the web apps whose module or script stands in `areas`."""
        return [
            state
            for state in self.states
            if _is_inside(state.script, areas) or _is_inside(self._module(state), areas)
        ]

    def absolute(self, href: str | None) -> str:
        """Return the address behind a link of this page, empty for any other scheme."""
        return absolute(self.fetched.url, href)

    def _module(self, state: State) -> Element | None:
        name = "svid" + state.portlet.replace(".", "_", 1)
        return next(iter(self.tree.xpath("//*[@id = $name]", name=name)), None)

    def _own_headings(self) -> list[Element]:
        return [h1 for area in self.areas for h1 in area.iter("h1") if text_of(h1)]


class NewsList(SitevisionPage):
    """A listing of news, and its further pages and years."""

    def check(self) -> None:
        """Raise a `PageFault` unless there are rows, or the listing may be empty."""
        super().check()
        is_allowed = {"*", self._path} & set(self.site.may_be_empty)
        if not self.rows() and not is_allowed and self.page == 1:
            raise EmptyListing(f"expected rows of news, found none: {self.fetched.url}")

    def links(self) -> Iterator[Link]:
        """Yield the articles listed, then the list's next page and other years."""
        seen = {self.canonical(self.site, self.fetched.url)}
        for url, is_listing in (
            *((url, False) for url in self.rows()),
            *((url, True) for url in self.next_pages()),
            *((url, True) for url in self.years()),
        ):
            if url not in seen:
                seen.add(url)
                reader = NewsList if is_listing else File if _FILE.search(url) else Article
                yield Link(url, reader, is_listing=is_listing)

    @property
    def page(self) -> int:
        """Number of this page of the list, from 1."""
        return _page_number(self.fetched.url)

    def rows(self) -> list[str]:
        """Return the addresses of what is listed, each once, markup before web apps."""
        return [*dict.fromkeys((*self._rows_in_markup, *self._rows_in_states))]

    def next_pages(self) -> list[str]:
        """Return the address of the list's next page, if the list says that there is one."""
        here = self.canonical(self.site, self.fetched.url)
        after = self.page + 1
        has_next = any(state.has_page_after(self.page) for state in self._list_states)
        named = [link for link in self._links if link.get("rel") == "next" or _names_next(link)]
        urls = [_with_page(here, after)] if has_next else []
        urls += [self._follow(link.get("href")) for link in (*named, *self._links)]
        return [url for url in urls if _page_number(url) == after <= MAX_PAGE][:1]

    def years(self) -> list[str]:
        """Return the addresses of the list's archives by year."""
        return [
            url
            for link in self._links
            if _YEAR_NAME.fullmatch(text_of(link)) and (url := self._follow(link.get("href")))
        ]

    @property
    def _path(self) -> str:
        return urlsplit(self.canonical(self.site, self.fetched.url)).path

    @cached_property
    def _list_areas(self) -> list[Element]:
        """The page's own areas; those of the template only if this is the listing configured.

        Most sites have a list of the latest news in the template of every page.
        """
        start = urlsplit(self.canonical(self.site, self.site.start_url)).path
        is_own = any(_items(area) for area in self.areas) or self._has_rows(self.areas)
        if is_own or self._path != start:
            return self.areas
        return self.tree.xpath(MAIN) or [self.tree]

    @cached_property
    def _list_states(self) -> list[State]:
        return self.states_in(self._list_areas)

    @cached_property
    def _rows_in_markup(self) -> list[str]:
        frame = {element for element, rule in self.chrome.items() if rule != LISTING_RULE}
        items = [i for area in self._list_areas for i in _items(area) if not _is_inside(i, frame)]
        urls = (map(self._follow, _hrefs(item)) for item in items)
        return [url for row in urls if (url := next(filter(None, row), ""))]

    @cached_property
    def _rows_in_states(self) -> list[str]:
        entries = [entry for state in self._list_states for entry in state.rows()]
        return [url for entry in entries if (url := self._follow(entry.url))]

    @cached_property
    def _links(self) -> list[Element]:
        """Links of the list's areas that stand in no row."""
        return [
            link
            for area in self._list_areas
            for link in area.iter("a")
            if not any(_has_class(e, "sv-channel-item") for e in link.iterancestors())
        ]

    def _has_rows(self, areas: list[Element]) -> bool:
        return any(self._follow(e.url) for state in self.states_in(areas) for e in state.rows())

    def _follow(self, href: str | None) -> str:
        """Return the canonical address of a page or file of this site; else empty."""
        url = self.absolute(href)
        hosts = {
            urlsplit(address).netloc.lower() for address in (self.fetched.url, self.site.start_url)
        }
        if not url or urlsplit(url).netloc not in hosts or "/images/18." in url:
            return ""
        return self.canonical(self.site, url)


class Article(SitevisionPage):
    """A news article, or another page with text of its own."""

    def check(self) -> None:
        """Raise a `PageFault` unless the page has text of its own."""
        super().check()
        if not self.text:
            raise UnknownLayout(f"expected an article, found no text of it: {self.fetched.url}")
        if len(self._listed) > len(self.text):
            raise UnknownLayout(f"expected an article, found a listing: {self.fetched.url}")

    def links(self) -> Iterator[Link]:
        """Yield the article's files."""
        for attachment in self.attachments:
            yield Link(attachment.url, File)

    def records(self) -> Iterator[Document]:
        """Yield the one document that the page is."""
        yield Document(
            key=self.key,
            kind="news",
            url=self.url,
            title=self.title,
            text=self.text,
            extractor=extractor_of(self, self.rules, self.site.template),
            removals=self.prose.removals,
            published_at=self.published.moment.utc if self.published else "",
            published_local=self.published.moment.local if self.published else "",
            contacts=tuple(self.contacts.values()),
            fields=tuple(self.fields()),
            attachments=tuple(self.attachments),
        )

    @property
    def key(self) -> str:
        """The CMS's id of the page; its path where the page states none."""
        name = self.page_id or urlsplit(self.url).path.strip("/")
        return f"{self.site.key_prefix}/{name}"

    @cached_property
    def page_id(self) -> str:
        """The CMS's id, "4.<hex>" or "5.<hex>": as the page's own script or its address states it.

        A text or a web app's JSON may name other pages' ids: only the assignment counts.
        """
        scripts = "\n".join(script.text or "" for script in self.tree.iter("script"))
        match = _PAGE_ID.search(scripts) or _ID_IN_URL.search(urlsplit(self.url).path)
        return match[1] if match else ""

    @cached_property
    def url(self) -> str:
        """The address the page gives as its own, if it is on the same host."""
        hrefs = self.tree.xpath("//link[@rel='canonical']/@href")
        stated = self.absolute(hrefs[0]) if hrefs else ""
        is_same_host = urlsplit(stated).netloc == urlsplit(self.fetched.url).netloc.lower()
        return self.canonical(self.site, stated if is_same_host else self.fetched.url)

    @property
    def title(self) -> str:
        """The headline; else what the head says; else the address, made readable."""
        if self.heading is not None:
            return text_of(self.heading)
        return next(iter(self._titles_in_head), readable(urlsplit(self.url).path))

    @cached_property
    def heading(self) -> Element | None:
        """The h1 that is the title: one of the page's own, or one that the head agrees with."""
        own = self._own_headings()
        every = [h1 for h1 in self.tree.iter("h1") if text_of(h1)]
        named = [h1 for h1 in every if self._is_named_in_head(text_of(h1))]
        own_named = [h1 for h1 in own if h1 in named]
        rest = [] if self._titles_in_head else every
        return next(iter((*own_named, *own, *named, *rest)), None)

    @property
    def text(self) -> str:
        """The body, cleaned."""
        return self.prose.text

    @cached_property
    def published(self) -> Stated | None:
        """The date of publication: stated in a time element, in the head, or in words."""
        return self._first("published", PUBLISHED_META)

    @cached_property
    def modified(self) -> Stated | None:
        """The date of the last change, never taken for one of publication."""
        return self._first("modified", MODIFIED_META)

    @cached_property
    def dates(self) -> list[Stated]:
        """The dates that the page states about itself, in page order."""
        found = [*dates(self._blocks_about_page)]
        return [
            replace(date, kind="published") if self._is_beside_heading(date) else date
            for date in found
        ]

    @cached_property
    def bylines(self) -> list[tuple[str, tuple[Block, ...]]]:
        """Who answers for the page, as it says, and the blocks that say so."""
        return [*bylines(self._blocks_about_page)]

    def fields(self) -> Iterator[Field]:
        """Yield what has no column: language, modified_at, published_raw, slug_date, byline."""
        if language := self.tree.get("lang") or meta(self.tree, "dcterms.language"):
            yield Field("language", language, "html[lang]")
        if self.published:
            yield Field("published_raw", self.published.raw, self.published.found_at)
        if self.modified:
            yield Field("modified_at", self.modified.moment.utc, self.modified.found_at)
        if slug := _SLUG_DATE.search(urlsplit(self.url).path):
            yield Field("slug_date", slug[1], "url")
        if self.bylines:
            yield Field("byline", self.bylines[0][0], "text")

    @cached_property
    def attachments(self) -> list[AttachmentLink]:
        """The files that the page's own areas list or link to, each once, in page order."""
        found: dict[str, tuple[str, str]] = {}
        for href, label in self._files:
            if match := _FILE.search(href):
                found.setdefault(match[1].lower(), (href, label))
        return [
            AttachmentLink(file_key(self.site, node), url, label, position)
            for position, (node, (url, label)) in enumerate(found.items(), 1)
        ]

    @cached_property
    def prose(self) -> Cleaned:
        """The page's blocks, judged."""
        return clean(
            self.tree,
            content=self.content,
            claims=self.claims,
            rules=self.rules,
            roots=self.roots,
            template=self.site.template,
        )

    @cached_property
    def content(self) -> list[Element]:
        """The page's own areas; where they hold no text, the text portlets of main."""
        own = sum(len(text_of(area)) for area in self.areas)
        if own > sum(len(text_of(h1)) for h1 in self._own_headings()):
            return self.areas
        return self._portlets_of_main or [self.tree.makeelement("div")]

    @property
    def _portlets_of_main(self) -> list[Element]:
        """The headline's text portlet, those behind it, and others that say enough together."""
        portlets = [
            portlet
            for main in self.tree.xpath(MAIN)
            for portlet in _with_class(main, "sv-text-portlet-content")
            if not _is_inside(portlet, self.chrome)
        ]
        first = [] if self.heading is None else [_portlet_around(self.heading)]
        row = {*first, *(sibling for portlet in first for sibling in portlet.itersiblings())}
        beside = [portlet for portlet in portlets if _portlet_around(portlet) in row]
        others = [p for p in portlets if p not in beside]
        is_enough = sum(len(text_of(portlet)) for portlet in others) >= MIN_FALLBACK_CHARS
        return [portlet for portlet in portlets if is_enough or portlet in beside]

    @cached_property
    def claims(self) -> Claims:
        """What moves into fields."""
        claims = Claims(self.flow)
        if self.heading is not None:
            claims[self.heading] = "field:title"
        claims.update(dict.fromkeys(self._contact_lines, "field:contacts"))
        claims.update(dict.fromkeys(self._file_rows, "field:attachments"))
        for date in self.dates:
            if date.kind and date.block:
                for block in filter(None, (date.block, date.label)):
                    claims.claim(block, f"field:{date.kind}_at")
        for _, blocks in self.bylines:
            for block in blocks:
                claims.claim(block, "field:byline")
        for block in self._contact_headings:
            claims.claim(block, "field:contacts")
        return claims

    @cached_property
    def contacts(self) -> dict[Element, Contact]:
        """The contact boxes among the page's own areas, and whom each names."""
        boxes = [
            box
            for area in self.areas
            for name in CONTACT_CLASSES
            for box in _with_class(area, name)
            if name != "contact" or box.get("data-cid")
        ]
        outer = [box for box in boxes if not _is_inside(box.getparent(), boxes)]
        return {box: contact for box in outer if (contact := _contact(box)).name}

    @property
    def _contact_lines(self) -> Iterator[Element]:
        """Yield the elements that hold name, role, telephone number or e-mail of a contact.

        Opening hours and whatever else stands in the box are text.
        """
        for block in self.flow.blocks:
            chain = around(block.element, None)
            for contact in [self.contacts[e] for e in chain if e in self.contacts]:
                pieces = self.flow.pieces(block)
                yield from (piece for piece in pieces if _is_contact_line(piece, contact))

    @cached_property
    def flow(self) -> Flow:
        """The page as blocks, every text in an element that can be claimed."""
        return Flow(wrap_loose_text(self.tree))

    @cached_property
    def _titles_in_head(self) -> list[str]:
        """The titles that the head states, without the name of the site."""
        titles = (meta(self.tree, "og:title"), page_title(self.tree))
        return [self._without_site(" ".join(title.split())) for title in titles if title]

    def _without_site(self, title: str) -> str:
        short = self.site.publisher.removesuffix(" kommun")
        match = _WITH_SITE.fullmatch(title)
        names = (self.site.publisher, short)
        is_site = match and (match["site"] in names or _SITE_NAME.fullmatch(match["site"]))
        return match["title"] if match and is_site else title

    def _is_named_in_head(self, heading: str) -> bool:
        name = heading.casefold()
        return any(
            name in title.casefold() and 2 * len(name) >= len(title)
            for title in self._titles_in_head
        )

    def _first(self, kind: str, names: tuple[str, ...]) -> Stated | None:
        stated = [date for date in self.dates if date.kind == kind]
        in_time = [date for date in stated if date.found_at == "time"]
        return next(iter((*in_time, *in_head(metadata(self.tree), kind, names), *stated)), None)

    @cached_property
    def _blocks_about_page(self) -> list[Block]:
        """The blocks outside menus, lists, boxes and the page's frame."""
        return [b for b in self.flow.blocks if not _is_inside(b.element, self.chrome)]

    def _is_beside_heading(self, date: Stated) -> bool:
        """Tell whether a date without label stands by itself, close to the headline."""
        if date.kind or date.block is None:
            return False
        blocks = self._blocks_about_page
        heading = next((n for n, b in enumerate(blocks) if b.position == self._heading_at), None)
        if heading is None:
            return False
        place = blocks.index(date.block)
        between = blocks[min(place, heading) + 1 : max(place, heading)]
        return (
            len(between) < NEAR_BLOCKS
            and all(len(block.text) <= LONGEST_BESIDE for block in between)
            and not blocks[place - 1].text.endswith(":")
            and all(_is_one_word(b) for b in blocks if _shares_line(b, date.block))
        )

    @cached_property
    def _heading_at(self) -> int | None:
        """The position of the headline's first block."""
        heading = [self.heading] if self.heading is not None else []
        found = (b.position for b in self.flow.blocks if _is_inside(b.element, heading))
        return next(found, None)

    @property
    def _contact_headings(self) -> Iterator[Block]:
        """Yield the headings that stand right before a contact box and say no more than that."""
        for heading, block in pairwise(self.flow.blocks):
            is_first = _is_inside(block.element, self.contacts)
            if is_first and CONTACT_HEADING.fullmatch(heading.text):
                yield heading

    @cached_property
    def _listed(self) -> str:
        return "".join(text_of(item) for area in self.areas for item in _items(area))

    @cached_property
    def _file_rows(self) -> list[Element]:
        """The rows of the file lists among the page's own areas."""
        portlets = [p for area in self.areas for p in _with_class(area, "sv-file-portlet")]
        return [row for p in portlets for row in p.iter("li") if row.xpath(".//a[@href]")]

    @property
    def _files(self) -> Iterator[tuple[str, str]]:
        """Yield address and label of what may be a file, in page order."""
        by_script: dict[Element, list[State]] = {}
        for state in self.states_in(self.areas):
            by_script.setdefault(state.script, []).append(state)
        for element in self.tree.iter("a", "script"):
            if element in by_script:
                yield from (
                    (self.absolute(entry.url), file_label(entry.name))
                    for state in by_script[element]
                    for entry in state.files()
                )
            elif element.tag == "a" and _is_inside(element, self.content):
                yield self.absolute(element.get("href")), file_label(_label_of(element))


class File(FilePage):
    """A file at /download/18.<node>/<ms>/<name>; the node stays when the file is replaced."""

    @classmethod
    def canonical(cls, site: Site, url: str) -> str:  # noqa: ARG003 - the rule needs no site
        """Return the address without fragment and query; what is no address as it is."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, "", ""))

    def key(self) -> str:
        """Return the node's key; that of the path for a file elsewhere."""
        match = _FILE.search(self.fetched.url)
        return file_key(
            self.site, match[1].lower() if match else urlsplit(self.fetched.url).path.strip("/")
        )


START = NewsList


def file_key(site: Site, node: str) -> str:
    """Return the key of the file with id `node` ("18.<hex>")."""
    return f"{site.key_prefix}/download/{node}"


def file_label(text: str) -> str:
    """Return a file's name without type and size: "Rapport Pdf, 701 kB." -> "Rapport"."""
    return _FILE_SUFFIX.sub("", " ".join(text.split()))


def _label_of(link: Element) -> str:
    hidden = _with_class(link, "env-assistive-text")
    texts = [b.text for b in split_blocks(link, hidden) if not _is_inside(b.element, hidden)]
    return " ".join(texts) or unquote(urlsplit(link.get("href") or "").path.rpartition("/")[2])


def _portlet_around(element: Element) -> Element:
    """Return the widest portlet or own area around `element`, itself without one."""
    classes = ("pagecontent", "sv-text-portlet", "sv-text-portlet-content")
    chain = [e for e in around(element, None) if any(_has_class(e, name) for name in classes)]
    return chain[-1] if chain else element


def _contact(box: Element) -> Contact:
    def first(*names: str) -> str:
        return next((text for n in names for e in _with_class(box, n) if (text := text_of(e))), "")

    def linked(scheme: str) -> str:
        hrefs = box.xpath(f".//a[starts-with(@href, '{scheme}:')]/@href")
        return unquote(hrefs[0].partition(":")[2]) if hrefs else ""

    phone = re.sub(r"[^\d+ -]", "", linked("tel"))
    return Contact(first(*CONTACT_NAMES), first(*CONTACT_ROLES), phone, linked("mailto"))


def _is_contact_line(piece: Element, contact: Contact) -> bool:
    line = text_of(piece)
    hrefs = (element.get("href") or "" for element in around(piece, None))
    is_linked = any(href.startswith(("tel:", "mailto:")) for href in hrefs)
    is_name = line in (contact.name, contact.role)
    return is_linked or is_name or bool(CONTACT_LINE.fullmatch(line))


def _shares_line(block: Block, other: Block) -> bool:
    return block.paragraph == other.paragraph and block is not other


def _is_one_word(block: Block) -> bool:
    """Tell whether a block is a label as "Nyhet" or "|", and no part of a sentence."""
    return " " not in block.text


def _items(area: Element) -> list[Element]:
    """Return the rows of news lists in `area`."""
    return [item for item in _with_class(area, "sv-channel-item") if item.tag == "li"]


def _hrefs(item: Element) -> list[str]:
    """Return the addresses of a row: those of its headline, else all."""
    return item.xpath(".//h2//a/@href | .//h3//a/@href") or item.xpath(".//a/@href")


def _names_next(link: Element) -> bool:
    names = (text_of(link), link.get("aria-label") or "")
    return any(_NEXT_NAME.fullmatch(name.strip()) for name in names)


def _page_number(url: str) -> int:
    stated = dict(parse_qsl(urlsplit(url).query)).get("page", "")
    return int(stated) if re.fullmatch(r"\d{1,6}", stated) else 1


def _with_page(url: str, page: int) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(page))])))


def _is_kept(name: str, value: str) -> bool:
    is_month = name in MONTH_PARAMETERS and _MONTH.match(value)
    return not (is_month or DROPPED_PARAMETERS.fullmatch(name))


def _has_class(element: Element, name: str) -> bool:
    return name in (element.get("class") or "").split()


def _with_class(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter("*") if _has_class(element, name)]


def _is_inside(element: Element | None, roots: Collection[Element]) -> bool:
    while element is not None and element not in roots:
        element = element.getparent()
    return element is not None
