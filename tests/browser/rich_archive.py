"""An archive in which every page of the reading room has something to show.

The sample archive, hostile words and all, and beside it what it lacks: files that were read, a
nämnd with meetings through the years and some to come, years of health, alerts that closed,
something withheld.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from archive.health import Health
from archive.publish import publish
from archive.records import AgendaItem, AttachmentLink, Contact, Document, Removal
from archive.store import Hidden, Message, Store
from tests import sample_archive
from tests.sample_archive import FILE, HOSTILE, MEETING, NOW, RELEASE

SICK = range(40, 52)
"""Days before today on which the portal failed."""
YEARS = range(2016, 2028)

_LONG = "\n\n".join(
    (
        "Bakgrund",
        "Kommunens skolskjutsreglemente antogs av fullmäktige. Det gäller alla grundskolor.",
        "- Årskurs 1–3 har rätt till skjuts från två km.\n- Årskurs 4–9 från fyra kilometer.",
        "1. Ansökan lämnas senast den 15 maj.\n2. Beslut fattas av barn- och ungdomsnämnden.",
        *(f"Till § {n} hör en bilaga som beskriver hälso- och sjukvården." for n in range(1, 30)),
    )
)
MINUTES = replace(
    FILE,
    key="meetingplus:file:7",
    kind="minutes",
    url="https://moten.example.se/7",
    title="Protokoll SN 2020-10-27",
    text=_LONG,
    text_is_read=True,
)
AGENDA = replace(
    MINUTES,
    key="meetingplus:file:8",
    kind="agenda",
    url="https://moten.example.se/8",
    title="Kallelse SN 2020-10-27",
)
HELD = replace(
    MEETING,
    attachments=(
        *MEETING.attachments,
        AttachmentLink(MINUTES.key, MINUTES.url, MINUTES.title, 3),
        AttachmentLink(AGENDA.key, AGENDA.url, AGENDA.title, 4),
    ),
)
ARTICLE = replace(
    RELEASE,
    key="sitevision:page:9",
    kind="news",
    url="https://www.example.se/simhallen",
    title="Simhallen öppnar igen efter renoveringen",
    text=_LONG.replace("skolskjutsreglemente", "badregler"),
    removals=tuple(
        Removal(n, rule, f"Borttagna ord {n}", "root", "nav#meny")
        for n, rule in enumerate(("navigation:nav", "cookie:line", "share:row") * 12)
    ),
    published_at="2026-11-20T09:30:00Z",
    published_local="2026-11-20T10:30:00+01:00",
    contacts=(Contact("Åsa Exempel", "Badmästare", "0322-61 00 01", "asa@example.se"),),
)
SECRET = replace(
    ARTICLE,
    key="sitevision:page:10",
    url="https://www.example.se/10",
    title="Det undanhållna",
    text="Det här har undanhållits, och det står inte på någon sida.",
)


def build(data_dir: Path) -> Path:
    """Build and publish the archive below `data_dir`; return the path of what is served."""
    with Store(sample_archive.build_sample_archive(data_dir)) as store:
        sources = {row["slug"]: row["id"] for row in store.db.execute("SELECT * FROM sources")}
        portal, site = sources["moten"], sources["nyheter"]
        crawls = [(portal, [HELD, MINUTES, AGENDA, *_meetings()]), (site, [ARTICLE, SECRET])]
        for source_id, documents in crawls:
            sample_archive._crawl(store, data_dir, source_id, f"rich-{source_id}", documents)
        for source_id in sources.values():
            _put_history(store, source_id)
        _put_alerts(store, portal)
        secret = store.db.execute("SELECT id FROM documents WHERE key = ?", (SECRET.key,))
        store.withhold(Hidden(secret.fetchone()["id"], "privacy"), NOW)
    return publish(data_dir).path


def _meetings() -> list[Document]:
    """Return meetings of several years, one of them cancelled, the last ones still to come."""
    days = [date(year, month, 12) for year in YEARS for month in (2, 5, 9, 12)]
    made = []
    for day in days:
        is_to_come = day.isoformat() > NOW
        meeting = replace(
            MEETING.meeting,
            date=day.isoformat(),
            status="announced" if is_to_come else "minutes_published",
            agenda=() if is_to_come else (AgendaItem(1, "1", "Mötets öppnande"),),
        )
        if day == date(2026, 9, 12):
            meeting = replace(meeting, status="cancelled")
        address = f"https://moten.example.se/socialnamnden/mote-{day}"
        made.append(
            replace(
                MEETING,
                key=f"meetingplus:meeting:{day}",
                url=address,
                title=f"Möte {day}",
                text="",
                attachments=(),
                meeting=meeting,
            )
        )
    return made


def _put_history(store: Store, source_id: int) -> None:
    today = date.fromisoformat(NOW[:10])
    for ago in range(800):
        is_sick = source_id == 2 and ago in SICK
        held = 900 - ago
        store.put_health(
            Health(
                source_id=source_id,
                date=(today - timedelta(ago)).isoformat(),
                verdict="failed" if is_sick else "ok",
                is_complete=not is_sick,
                listed=held + 3,
                held=held,
                explained=1,
                new=ago % 4,
                changed=ago % 7 == 0,
                failed=30 if is_sick else 0,
                requests=40 + ago % 9,
                received_bytes=900_000,
                median_letters=1_400 + ago % 50,
                shared_lines=0.04,
                without_title=0.0,
                without_date=0.1,
                without_text=0.0,
            )
        )


def _put_alerts(store: Store, source_id: int) -> None:
    since = date.fromisoformat(NOW[:10]) - timedelta(max(SICK))
    until = date.fromisoformat(NOW[:10]) - timedelta(min(SICK))
    failing = Message("every crawl has failed", f"varje hämtning har misslyckats sedan {since}")
    store.raise_alerts(source_id, {"failing": failing}, (), f"{since}T04:00:00Z")
    store.raise_alerts(source_id, {}, ("failing",), f"{until}T04:00:00Z")
    silent = Message(f"no news since {until} {HOSTILE}", f"inget nytt sedan {until} {HOSTILE}")
    store.raise_alerts(source_id, {"silence": silent}, (), NOW)
