"""A small archive with one of everything, for tests of what reads archives.

Two kommuner; a press release with two versions, a news item that is gone, a meeting with an
agenda, one file held and one missing; removals, contacts, fields, an open alert; hostile text,
and words whose letters or invisible characters have broken searches before.
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
from archive.store import Store
from archive.text import normalise
from archive.warc import Exchange

NOW = "2026-11-22T03:00:00Z"
HOSTILE = "<script>alert('x')</script>"

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
        store.put_template(site, Template((f"Eldningsförbud råder. {HOSTILE}",)), 12, NOW)
        message = f"nyheter: listningen är tom {HOSTILE}"
        store.raise_alerts(site, {"empty_listing": message}, NOW, is_complete=False)
    return path


def _source(store: Store, kommunkod: str, slug: str, product: str, kind: str) -> int:
    start_url = f"https://{slug}.example.se/"
    return store.put_source(
        kommunkod, slug, product=product, kind=kind, start_url=start_url, publisher=""
    )


def _crawl(
    store: Store, data_dir: Path, source_id: int, name: str, documents: list[Document]
) -> None:
    crawl_id = store.begin_crawl(source_id, NOW, "0")
    recorder = Recorder(store, crawl_id, data_dir, f"warc/{name}.warc.gz", "tests")
    for document in documents:
        capture_id, _ = recorder.record(answer(document))
        store.save(
            document,
            source_id=source_id,
            capture_id=capture_id,
            crawl_id=crawl_id,
            observed_at=NOW,
        )
    recorder.close()
    store.end_crawl(crawl_id, NOW, "ok", "")


def answer(document: Document) -> Exchange:
    """Return the exchange that a document is read from."""
    return Exchange(
        url=f"https://www.example.se/{document.key}",
        fetched_at=NOW,
        request_headers=(("Host", "www.example.se"),),
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"')),
        body=f"{document.title}\n{document.text}".encode(),
    )
