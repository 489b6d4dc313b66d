"""An archive of as many documents as wanted, made up: python -m tests.bench.large_archive DIR N.

Thirty kommuner with a portal of meetings, a newsroom and a site each, crawled every day, as a rule
for three years. Rows are written in bulk, past the store, in the order a crawl would have written
them; what they say and how they hang together is as the store would have it. There are no WARC
files.

`night` lets one more night pass, through the store.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from archive.health import Health
from archive.records import (
    AgendaItem,
    AttachmentLink,
    Body,
    BodyKind,
    Contact,
    Document,
    Field,
    Kind,
    Meeting,
    Removal,
)
from archive.store import Capture, Hidden, Message, Store
from archive.text import normalise, sha256
from tests.bench import swedish

KOMMUNER = 30
LAST_DAY = date(2026, 11, 22)
"""Of crawling."""
DAYS = 1_096
"""How many days were crawled: three years."""
OLDEST = date(2018, 1, 1)
"""What the first crawl finds goes back so far."""
OLD_SHARE = 0.55
"""Of the documents, found by the first crawl."""
SECOND_VERSIONS = 0.05
EVENTS = 0.03
WITHHELD = 5
"""Documents of a large archive that are taken down."""
MEDIAN_LETTERS, MEAN_LETTERS = 1_500, 3_500
MOST_LETTERS = 60_000
FRAME = 36
"""Blocks that a site sets around each of its pages."""
BATCH = 2_000

_PRODUCTS = (("moten", "meetingplus", "meetings"), ("pressrum", "notified", "news"))
_SITE = ("nyheter", "sitevision", "news")
_UNITS = {"meeting": 20, "press_release": 14, "news": 34, "notice": 12}
"""Of a hundred things that are published; files come with them."""
_SOURCE_OF = {"meeting": 0, "press_release": 1, "news": 2, "notice": 2}
_FILES_MOST = {"meeting": 9, "press_release": 2, "news": 2, "notice": 1}
_BODIES: tuple[tuple[str, BodyKind], ...] = (
    ("Kommunfullmäktige", "fullmaktige"),
    ("Kommunstyrelsen", "styrelse"),
    ("Kommunstyrelsens arbetsutskott", "utskott"),
    ("Barn- och ungdomsnämnden", "namnd"),
    ("Socialnämnden", "namnd"),
    ("Socialnämndens arbetsutskott", "utskott"),
    ("Samhällsbyggnadsnämnden", "namnd"),
    ("Kultur- och fritidsnämnden", "namnd"),
    ("Miljöskyddsnämnden", "namnd"),
    ("Valnämnden", "namnd"),
    ("Överförmyndarnämnden", "namnd"),
    ("Kommunala pensionärsrådet", "ovrigt"),
)
_RULES = (
    "navigation:nav navigation:footer navigation:header navigation:breadcrumbs outside:content "
    "sitevision:menu sitevision:listing sitevision:tools cookie:line share:row feedback:question"
).split()
_ALERTS = ("failing", "outage", "zero", "empty_listing", "silence", "shrunk")
_LAN = ("Dalarnas län", "Hallands län", "Kalmar län", "Skåne län", "Örebro län")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that is crawled, and what its pages have in common."""

    id: int
    kommunkod: str
    slug: str
    product: str
    address: str
    frame: tuple[Removal, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page that a crawl read, with its files."""

    source: Source
    day: date
    documents: tuple[Document, ...]
    """The page, then its files."""


class Maker:
    """Makes up kommuner, their sources, and what they publish."""

    def __init__(self, seed: int, days: int = DAYS) -> None:
        self.random = Random(seed)
        self.days = [LAST_DAY - timedelta(n) for n in reversed(range(days))]
        self.kommuner = [_kommun(n) for n in range(KOMMUNER)]
        self.sources = [
            self._source(3 * n + m + 1, kommun, *kinds)
            for n, kommun in enumerate(self.kommuner)
            for m, kinds in enumerate((*_PRODUCTS, _SITE))
        ]
        self._weights = [1 / (n + 3) for n in range(KOMMUNER)]

    def found(self, day: date, number: int, files_most: int) -> Found:
        """Return the next thing that is published on or before `day`; no number comes twice."""
        random = self.random
        kind: Kind = random.choices([*_UNITS], [*_UNITS.values()])[0]
        kommun = random.choices(range(KOMMUNER), self._weights)[0]
        source = self.sources[3 * kommun + _SOURCE_OF[kind]]
        files = min(files_most, random.randint(0, _FILES_MOST[kind]))
        published = day
        if day == self.days[0]:
            published = OLDEST + (day - OLDEST) * math.sqrt(random.random())
        if kind == "meeting":
            documents = self._meeting(source, number, published, files)
        else:
            documents = self._page(source, number, kind, published, files)
        return Found(source, day, tuple(documents))

    def changed(self, document: Document) -> Document:
        """Return a page with a paragraph more and another title."""
        text = f"{document.text}\n\n{swedish.prose(self.random, 300)}"
        return replace(document, title=f"{document.title} – uppdaterad", text=text)

    def _source(self, source_id: int, kommun: tuple[str, ...], *kinds: str) -> Source:
        kommunkod, handle, *_ = kommun
        slug, product, _ = kinds
        frame = tuple(
            Removal(
                position,
                self.random.choice(_RULES),
                " ".join(swedish.words(self.random, self.random.randint(1, 5))),
                "root",
                f"div#svid{self.random.randrange(10**9)}.{product}-portlet",
            )
            for position in range(FRAME)
        )
        address = f"https://{slug}.{handle}.example.se"
        return Source(source_id, kommunkod, slug, product, address, frame)

    def _letters(self) -> int:
        sigma = math.sqrt(2 * math.log(MEAN_LETTERS / MEDIAN_LETTERS))
        return min(MOST_LETTERS, int(self.random.lognormvariate(math.log(MEDIAN_LETTERS), sigma)))

    def _page(
        self, source: Source, number: int, kind: Kind, published: date, files: int
    ) -> Iterator[Document]:
        random = self.random
        key = f"{source.kommunkod}/{source.product}/{kind}/{number}"
        links, documents = self._files(source, key, published, files, ())
        person = " ".join(random.choices(swedish.names(300), k=2))
        fields = (
            Field("lead", swedish.prose(random, 180).split("\n")[0], "p.lead"),
            Field("modified_at", published.isoformat(), "meta[name=modified]"),
        )
        moved = [Removal(FRAME + n, f"field:{f.name}", f.value) for n, f in enumerate(fields)]
        yield Document(
            key=key,
            kind=kind,
            url=f"{source.address}/{published.year}/{kind}-{number}",
            title=swedish.heading(random),
            text=self._text(),
            extractor=f"{source.product}.Release/2+rules:badce304",
            removals=(*source.frame, *moved),
            published_at=f"{published}T07:{number % 60:02}:00Z",
            published_local=f"{published}T08:{number % 60:02}:00+01:00",
            contacts=(Contact(person, "enhetschef", "0499-61 00 00"),) if kind != "news" else (),
            fields=fields,
            attachments=links,
        )
        yield from documents

    def _meeting(
        self, source: Source, number: int, published: date, files: int
    ) -> Iterator[Document]:
        random = self.random
        name, kind = random.choice(_BODIES)
        handle = name.lower().replace(" ", "-")
        day = published + timedelta(random.choice((-20, -9, 5, 7)))
        key = f"{source.kommunkod}/{source.product}/{handle}/mote-{day}-{number}"
        agenda = tuple(self._agenda())
        links, documents = self._files(source, key, published, files, agenda)
        yield Document(
            key=key,
            kind="meeting",
            url=f"{source.address}/committees/{handle}/mote-{day}-{number}",
            title=f"Möte {day}",
            text="\n".join(
                "\n".join((f"§ {item.paragraf}", item.title, item.text)) for item in agenda
            ),
            extractor="meetingplus.MeetingPage/2+rules:835fae92",
            removals=(*source.frame, Removal(FRAME, "field:body", name)),
            attachments=links,
            meeting=Meeting(
                body=Body(name, handle, kind),
                date=day.isoformat(),
                start_time=f"{random.randrange(8, 18):02}:{random.choice(('00', '15', '30'))}",
                end_time="",
                place=f"{random.choice(swedish.names(40))} kommunhus",
                status="minutes_published" if day < published else "agenda_published",
                agenda=agenda,
            ),
        )
        yield from documents

    def _agenda(self) -> Iterator[AgendaItem]:
        random = self.random
        first = random.randrange(1, 200)
        for position in range(1, max(3, min(60, self._letters() // 160))):
            text = " ".join(swedish.prose(random, random.choice((60, 120, 600))).split())
            number = f"KS/{random.randrange(2018, 2027)}:{random.randrange(1, 900)}"
            said = random.random() < 0.6
            yield AgendaItem(
                position,
                str(first + position),
                swedish.heading(random),
                text,
                number if said else "",
            )

    def _files(
        self,
        source: Source,
        key: str,
        published: date,
        count: int,
        agenda: tuple[AgendaItem, ...],
    ) -> tuple[tuple[AttachmentLink, ...], list[Document]]:
        """Return links to the files of a page, and the files; one in thirty is not held."""
        links, documents = [], []
        for position in range(1, count + 1):
            kind: Kind = "attachment"
            if agenda and position <= 2:
                kind = ("agenda", "minutes")[position - 1]
            label = f"{kind.capitalize()} {swedish.heading(self.random)}.pdf"
            item = self.random.choice(agenda).position if kind == "attachment" and agenda else None
            url = f"{source.address}/download/{sha256(f'{key}{position}')[:24]}"
            link = AttachmentLink(f"{key}/{position}", url, label, position, item)
            links.append(link)
            if count == 1 or self.random.random() < 0.97:
                documents.append(self._file(source, link, kind, published))
        return tuple(links), documents

    def _file(self, source: Source, link: AttachmentLink, kind: Kind, day: date) -> Document:
        return Document(
            key=link.key,
            kind=kind,
            url=link.url,
            title=link.label,
            text=self._text(),
            extractor=f"{source.product}.FilePage/1",
            removals=(Removal(0, "pdf:header", f"Sida 1 av {len(link.label)}", "page object"),),
            published_at=day.isoformat(),
        )

    def _text(self) -> str:
        text = swedish.prose(self.random, self._letters())
        if self.random.random() < 0.005:
            text += f"\n\nÄrendet rör {_identity_number(self.random)}."
        return normalise(text)


def build(data_dir: Path, documents: int, *, seed: int = 0, days: int = DAYS) -> None:
    """Write `data_dir`/archive.db with so many documents; raises `FileExistsError` if it is there.

    `days`: how many were crawled. The same numbers give the same archive.
    """
    path = data_dir / "archive.db"
    if path.exists():
        raise FileExistsError(path)
    Store(path).close()  # today's schema
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        db.execute("BEGIN")
        triggers = _without_triggers(db)
        Writer(db, Maker(seed, days)).write(documents)
        db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('rebuild')")
        for sql in triggers:
            db.execute(sql)
        db.execute("COMMIT")
        if wrong := db.execute("PRAGMA foreign_key_check").fetchone():
            raise AssertionError(f"a row of {wrong[0]} refers to a row that is not there")
        db.execute("ANALYZE")
    with Store(path) as store:
        _withhold(store, documents)


def night(data_dir: Path, changes: int = 500, *, seed: int = 0) -> None:
    """Let one more night pass in which so many documents are new or change.

    Six in ten are new, three have another version, one has another address; every source is
    crawled, gets its row of health, and some alert opens or closes.
    """
    maker = Maker(seed)
    random = maker.random
    with Store(data_dir / "archive.db") as store:
        newest, first = store.db.execute(
            "SELECT (SELECT max(started_at) FROM crawls), (SELECT max(id) + 1 FROM documents)"
        ).fetchone()
        day = date.fromisoformat(newest[:10]) + timedelta(1)
        new = changes * 6 // 10
        found = _in_all(maker, [day] * new, first, new)
        fresh = [(one.source, document) for one in found for document in one.documents]
        old = [(maker.sources[row["source_id"] - 1], row) for row in _pages(store, changes - new)]
        crawls = {
            source.id: store.begin_crawl(source.id, f"{day}T02:00:00Z", "0.1.0")
            for source in maker.sources
        }
        for n, (source, row) in enumerate(old):
            document = replace(_held(row), removals=source.frame)
            if n < changes * 3 // 10:
                document = maker.changed(document)
            else:
                document = replace(document, url=f"{document.url}-ny")
            fresh.append((source, document))
        for source, document in fresh:
            at = f"{day}T02:10:{random.randrange(60):02}Z"
            capture = _capture(source, document.url, at, sha256(document.text))
            store.save(
                document,
                source_id=source.id,
                capture_id=store.add_capture(crawls[source.id], capture),
                crawl_id=crawls[source.id],
                observed_at=at,
            )
        for source in maker.sources:
            store.end_crawl(crawls[source.id], f"{day}T02:30:00Z", "ok", "", is_complete=True)
            store.put_health(_health(random, source, day, 1_000, 3))
        for source in random.sample(maker.sources, 3):
            message = Message("the listing is shorter", "listningen är kortare")
            store.raise_alerts(source.id, {"shrunk": message}, ("silence",), f"{day}T02:31:00Z")


class Writer:
    """Writes rows in bulk; ids are given as the store would give them."""

    def __init__(self, db: sqlite3.Connection, maker: Maker) -> None:
        self._db, self._maker = db, maker
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._last: Counter[str] = Counter()
        self._bodies: dict[tuple[int, str], int] = {}
        self._columns: dict[str, str] = {}

    def write(self, documents: int) -> None:
        """Write all rows of an archive of so many documents."""
        maker = self._maker
        days = sorted(_days(maker, documents))
        self._write_places()
        new: Counter[tuple[int, date]] = Counter()
        for one in _in_all(maker, days, 1, documents):
            self._write_found(one)
            new[one.source.id, one.day] += len(one.documents)
            if len(self._rows["documents"]) >= BATCH:
                self._flush()
        self._write_days(new)
        self._flush()

    def _add(self, table: str, **values: Any) -> int:
        self._columns.setdefault(table, ", ".join(values))
        self._rows[table].append(tuple(values.values()))
        self._last[table] += 1
        return self._last[table]

    def _flush(self) -> None:
        for table, rows in self._rows.items():
            columns = self._columns[table]
            marks = ", ".join("?" * (columns.count(",") + 1))
            self._db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
            rows.clear()

    def _write_places(self) -> None:
        for kommunkod, slug, name, lan in self._maker.kommuner:
            self._add("kommuner", kommunkod=kommunkod, slug=slug, name=name, lan=lan)
        kinds = {slug: kind for slug, _, kind in (*_PRODUCTS, _SITE)}
        for source in self._maker.sources:
            self._add(
                "sources",
                kommunkod=source.kommunkod,
                slug=source.slug,
                product=source.product,
                kind=kinds[source.slug],
                start_url=f"{source.address}/",
                publisher=f"{source.kommunkod} kommun",
            )

    def _write_found(self, found: Found) -> None:
        page, *files = found.documents
        held = {file.key: self._write_document(found, file) for file in files}
        page_id = self._write_document(found, page)
        items = self._write_meeting(found.source, page_id, page.meeting) if page.meeting else {}
        for link in page.attachments:
            self._add(
                "attachments",
                document_id=held.get(link.key),
                parent_document_id=page_id,
                position=link.position,
                label=link.label,
                key=link.key,
                url=link.url,
                agenda_item_id=items.get(link.agenda_position or 0),
            )

    def _write_document(self, found: Found, document: Document) -> int:
        random, source = self._maker.random, found.source
        seen_at = f"{found.day}T02:{random.randrange(60):02}:00Z"
        document_id = self._last["documents"] + 1
        last, days_left = found.day, (LAST_DAY - found.day).days
        version_id = self._write_version(found, document_id, document, 1, found.day, seen_at)
        if days_left and random.random() < SECOND_VERSIONS:
            document = self._maker.changed(document)
            last = found.day + timedelta(random.randint(1, days_left))
            at = f"{last}T02:30:00Z"
            version_id = self._write_version(found, document_id, document, 2, last, at)
        status = "gone" if random.random() < 0.01 else "live"
        self._add(
            "documents",
            key=document.key,
            source_id=source.id,
            kommunkod=source.kommunkod,
            kind=document.kind,
            url=document.url,
            title=document.title,
            published_at=document.published_at or None,
            published_local=document.published_local or None,
            status=status,
            first_seen_at=seen_at,
            last_seen_at=f"{max(last, LAST_DAY - timedelta(30))}T02:59:00Z",
            current_version_id=version_id,
        )
        self._write_events(document_id, document, status, last)
        self._write_frontier(found, document_id, document, seen_at)
        return document_id

    def _write_version(
        self, found: Found, document_id: int, document: Document, number: int, day: date, at: str
    ) -> int:
        text_hash = sha256(document.text)
        capture_id = self._write_capture(
            self._crawl_id(found.source, day), _capture(found.source, document.url, at, text_hash)
        )
        version_id = self._add(
            "versions",
            document_id=document_id,
            number=number,
            capture_id=capture_id,
            title=document.title,
            text=document.text,
            text_is_read=1,
            text_sha256=text_hash,
            cause="first" if number == 1 else "source",
            extractor=document.extractor,
            observed_at=at,
        )
        for r in document.removals:
            self._add(
                "removals",
                version_id=version_id,
                position=r.position,
                rule=r.rule,
                text=r.text,
                judge=r.judge,
                evidence=r.evidence,
            )
        for f in document.fields:
            self._add(
                "fields", version_id=version_id, name=f.name, value=f.value, found_at=f.found_at
            )
        for position, c in enumerate(document.contacts, 1):
            self._add(
                "contacts",
                version_id=version_id,
                position=position,
                name=c.name,
                role=c.role,
                phone=c.phone,
                email=c.email,
            )
        return version_id

    def _write_capture(self, crawl_id: int, capture: Capture) -> int:
        values = {name: getattr(capture, name) for name in Capture.__slots__}
        return self._add("captures", crawl_id=crawl_id, **values)

    def _write_meeting(self, source: Source, page_id: int, meeting: Meeting) -> dict[int, int]:
        """Return the id of each agenda item by its position."""
        place = (source.id, meeting.body.handle)
        if place not in self._bodies:
            self._bodies[place] = self._add(
                "bodies",
                kommunkod=source.kommunkod,
                source_id=source.id,
                handle=meeting.body.handle,
                name=meeting.body.name,
                kind=meeting.body.kind,
            )
        meeting_id = self._add(
            "meetings",
            document_id=page_id,
            body_id=self._bodies[place],
            date=meeting.date,
            start_time=meeting.start_time or None,
            end_time=meeting.end_time or None,
            place=meeting.place,
            status=meeting.status,
        )
        return {
            item.position: self._add(
                "agenda_items",
                meeting_id=meeting_id,
                position=item.position,
                paragraf=item.paragraf,
                title=item.title,
                text=item.text,
                diarienummer=item.diarienummer,
            )
            for item in meeting.agenda
        }

    def _write_events(self, document_id: int, document: Document, status: str, day: date) -> None:
        told = [("gone", "", "", "404")] if status == "gone" else []
        if self._maker.random.random() < EVENTS:
            told.append(("moved", "url", f"{document.url}-gammal", document.url))
        if document.meeting and self._maker.random.random() < 4 * EVENTS:
            told.append(("changed", "start_time", "09:00", document.meeting.start_time))
        for kind, field, old, new in told:
            self._add(
                "events",
                document_id=document_id,
                crawl_id=1,
                observed_at=f"{day}T02:40:00Z",
                kind=kind,
                field=field,
                old_value=old,
                new_value=new,
            )

    def _write_frontier(
        self, found: Found, document_id: int, document: Document, seen_at: str
    ) -> None:
        source, crawl_id = found.source, self._crawl_id(found.source, found.day)
        frontier_id = self._add(
            "frontier",
            source_id=source.id,
            url=document.url,
            reader=document.extractor.partition("/")[0],
            parent_url=f"{source.address}/",
            rank=document_id,
            document_id=document_id,
            found_at=seen_at,
            asked_at=seen_at,
            asked_in=crawl_id,
            read_in=crawl_id,
            outcome="ok",
            due_at=f"{LAST_DAY + timedelta(document_id % 60)}T00:00:00Z",
        )
        self._add(
            "listed",
            frontier_id=frontier_id,
            from_crawl_id=crawl_id,
            to_crawl_id=self._crawl_id(source, LAST_DAY),
        )

    def _crawl_id(self, source: Source, day: date) -> int:
        return (day - self._maker.days[0]).days * len(self._maker.sources) + source.id

    def _write_days(self, new: Counter[tuple[int, date]]) -> None:
        """Write the crawls and the health of every source and day, and some alerts."""
        random, held = self._maker.random, Counter[int]()
        for day in self._maker.days:
            for source in self._maker.sources:
                came = new[source.id, day]
                held[source.id] += came
                health = _health(random, source, day, held[source.id], came)
                self._write_crawl(source, health)
                self._add("health", **{name: getattr(health, name) for name in Health.__slots__})
        for source in self._maker.sources:
            for rule in random.sample(_ALERTS, 3):
                self._write_alert(source, rule)

    def _write_crawl(self, source: Source, health: Health) -> None:
        at = f"{health.date}T02:00:00Z"
        crawl_id = self._add(
            "crawls",
            source_id=source.id,
            started_at=at,
            finished_at=f"{health.date}T02:59:00Z",
            verdict=health.verdict,
            reason="" if health.verdict == "ok" else "listningen svarade inte",
            requests=health.requests,
            new_documents=health.new,
            new_versions=health.new,
            seen_documents=health.held,
            warc_file=_warc_file(source, health.date),
            code_version="0.1.0",
            is_complete=health.is_complete,
            listed=health.listed,
        )
        listing = _capture(source, f"{source.address}/", at, sha256(source.address))
        self._write_capture(crawl_id, replace(listing, outcome="duplicate"))

    def _write_alert(self, source: Source, rule: str) -> None:
        opened = self._maker.random.choice(self._maker.days)
        is_open = self._maker.random.random() < 0.05
        self._add(
            "alerts",
            source_id=source.id,
            rule=rule,
            opened_at=f"{opened}T03:00:00Z",
            closed_at=None if is_open else f"{min(opened + timedelta(9), LAST_DAY)}T04:00:00Z",
            message=f"{source.slug}: expected 20 pages, found 3",
            message_sv=f"{source.slug}: 3 sidor i stället för 20",
        )


def _kommun(n: int) -> tuple[str, str, str, str]:
    """Return the code, handle, name and län of a kommun."""
    name = swedish.names(KOMMUNER)[n]
    handle = name.lower().translate(str.maketrans("åäö", "aao"))
    return f"{9_001 + n}", handle, name, _LAN[n % len(_LAN)]


def _days(maker: Maker, documents: int) -> Iterator[date]:
    """Yield for each document the day it is found; more than half of them on the first."""
    for _ in range(documents):
        is_old = maker.random.random() < OLD_SHARE
        yield maker.days[0] if is_old else maker.random.choice(maker.days)


def _in_all(maker: Maker, days: list[date], first: int, documents: int) -> Iterator[Found]:
    """Yield what is found on these days, one for each document, until there are so many."""
    at = 0
    while at < documents:
        found = maker.found(days[at], first + at, documents - at - 1)
        yield found
        at += len(found.documents)


def _capture(source: Source, url: str, at: str, payload_sha256: str) -> Capture:
    return Capture(
        url=url,
        fetched_at=at,
        outcome="ok",
        warc_file=_warc_file(source, at[:10]),
        warc_offset=int(payload_sha256[:6], 16),
        warc_record_id=f"<urn:uuid:{payload_sha256[:32]}>",
        http_status=200,
        content_type="text/html; charset=utf-8",
        payload_sha256=payload_sha256,
        payload_bytes=20_000,
        received_bytes=20_000,
        etag=f'"{payload_sha256[:12]}"',
    )


def _warc_file(source: Source, day: str) -> str:
    return f"warc/{source.kommunkod}/{source.slug}-{day.replace('-', '')}T020000Z.warc.gz"


def _health(random: Random, source: Source, day: date, held: int, new: int) -> Health:
    is_well = random.random() > 0.01
    return Health(
        source_id=source.id,
        date=day.isoformat(),
        verdict="ok" if is_well else "failed",
        is_complete=is_well,
        listed=held + 2,
        held=held,
        explained=1,
        unread=1,
        new=new,
        requests=20 + new,
        received_bytes=20_000 * (20 + new),
        median_letters=random.randrange(1_200, 1_800),
        shared_lines=round(random.uniform(0, 0.1), 3),
        without_title=0.0,
        without_date=0.0,
        without_text=0.05,
    )


def _identity_number(random: Random) -> str:
    """Return a made-up number that could be a person's: its last digit checks the others."""
    day = date(1930, 1, 1) + timedelta(random.randrange(28_000))
    digits = f"{day:%y%m%d}{random.randrange(1, 999):03}"
    doubled = "".join(str(int(digit) * (2 - n % 2)) for n, digit in enumerate(digits))
    return f"{digits[:6]}-{digits[6:]}{-sum(map(int, doubled)) % 10}"


def _without_triggers(db: sqlite3.Connection) -> list[str]:
    """Drop all triggers; return the statements that make them again."""
    found = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in found:
        db.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]


def _withhold(store: Store, documents: int) -> None:
    """Take down some documents and a passage."""
    step = documents // (WITHHELD + 1)
    for n in range(1, WITHHELD + 1):
        store.withhold(Hidden(n * step, "privacy"), f"{LAST_DAY}T12:00:00Z")


def _pages(store: Store, count: int) -> list[sqlite3.Row]:
    """Return pages without files and contacts, with what they say."""
    rows: list[sqlite3.Row] = store.db.execute(
        "SELECT documents.*, versions.text, extractor FROM documents "
        "JOIN versions ON versions.id = current_version_id "
        "WHERE status = 'live' AND documents.kind = 'news' "
        "AND documents.id NOT IN (SELECT parent_document_id FROM attachments) "
        "ORDER BY documents.id * 7919 % 100003 LIMIT ?",  # from all over the archive
        (count,),
    ).fetchall()
    return rows


def _held(row: sqlite3.Row) -> Document:
    return Document(
        key=row["key"],
        kind=row["kind"],
        url=row["url"],
        title=row["title"],
        text=row["text"],
        extractor=row["extractor"],
        published_at=row["published_at"] or "",
        published_local=row["published_local"] or "",
    )


def main(arguments: list[str]) -> int:
    """Build an archive: DIR N."""
    folder, documents = arguments
    build(Path(folder), int(documents))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
