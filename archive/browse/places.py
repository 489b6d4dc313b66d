"""What the pages of a kommun, a body, a source and the alerts show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from archive.browse import charts
from archive.browse.asking import Row, Select
from archive.browse.wording import SOURCES, counted, figures, swedish_time, word
from archive.status import FRESH

BODY_KINDS = {
    "fullmaktige": "Fullmäktige",
    "styrelse": "Styrelse",
    "namnd": "Nämnder",
    "utskott": "Utskott",
    "ovrigt": "Övriga organ",
}
"""bodies.kind as headings, in the order they are shown in."""

MEETINGS = 150
"""Meetings on a page of a body: so many whole years, or so many of one year."""
PICTURED = 2000
"""Meetings in the picture of a body."""
SPANS = {"90": "de senaste 90 dagarna", "365": "det senaste året", "": "hela tiden"}
"""Days that the charts of a source may be limited to."""

_STATE = """
SELECT sources.*, kommuner.name AS kommun,
       (SELECT count(*) FROM documents WHERE source_id = sources.id) AS documents,
       latest.verdict, latest.reason, latest.started_at, latest.finished_at, latest.forbidden,
       (SELECT finished_at FROM crawls WHERE source_id = sources.id
        AND verdict IN ('ok', 'degraded') ORDER BY started_at DESC LIMIT 1) AS last_good_at,
       health.listed, health.held, health.explained, health.waiting, health.unread,
       (SELECT count(*) FROM attachments JOIN documents AS parent ON parent.id = parent_document_id
        WHERE parent.source_id = sources.id AND document_id IS NULL) AS missing_files
FROM sources
JOIN kommuner ON kommuner.kommunkod = sources.kommunkod
LEFT JOIN crawls AS latest
    ON latest.id = (SELECT id FROM crawls WHERE source_id = sources.id
                    ORDER BY started_at DESC, id DESC LIMIT 1)
LEFT JOIN health ON health.source_id = sources.id
    AND health.date = (SELECT max(date) FROM health WHERE source_id = sources.id)
WHERE {where} ORDER BY sources.id
"""

_BODIES = """
SELECT bodies.id, bodies.name, bodies.kind, count(meetings.id) AS meetings,
       min(meetings.date) AS first, max(iif(meetings.date < :today, meetings.date, NULL)) AS latest,
       min(iif(meetings.date >= :today AND meetings.status <> 'cancelled', meetings.date, NULL))
           AS coming
FROM bodies LEFT JOIN meetings ON meetings.body_id = bodies.id
WHERE bodies.kommunkod = :id GROUP BY bodies.id ORDER BY bodies.name LIMIT 150
"""

_COMING = """
SELECT meetings.document_id AS id, meetings.date, meetings.start_time, meetings.status,
       bodies.name AS body
FROM meetings JOIN bodies ON bodies.id = meetings.body_id
WHERE bodies.kommunkod = :id AND meetings.date >= :today
ORDER BY meetings.date, meetings.start_time LIMIT 12
"""

_LATEST = """
SELECT id FROM documents
WHERE kommunkod = :id AND +kind IN ('press_release', 'news', 'notice')
ORDER BY published_at DESC, id DESC LIMIT 6
"""

_HAS_UNREAD = """
SELECT EXISTS (SELECT 1 FROM documents JOIN versions ON versions.id = current_version_id
    WHERE kommunkod = :id AND documents.kind IN ('attachment', 'minutes', 'agenda')
    AND text_is_read = 0)
"""

_ALERTS = """
SELECT alerts.id, alerts.rule, alerts.opened_at, alerts.closed_at, sources.id AS source_id,
       sources.slug AS source, substr(iif(message_sv = '', message, message_sv), 1, 300) AS said
FROM alerts JOIN sources ON sources.id = source_id
WHERE {where} ORDER BY closed_at IS NOT NULL, opened_at DESC, alerts.id DESC LIMIT {limit}
"""

_BODY = """
SELECT bodies.*, kommuner.name AS kommun FROM bodies
JOIN kommuner ON kommuner.kommunkod = bodies.kommunkod WHERE bodies.id = :id
"""

_DAYS = """
SELECT date, status FROM meetings WHERE body_id = :id ORDER BY date DESC, id DESC LIMIT {limit}
"""

_MEETINGS = """
SELECT meetings.document_id AS id, meetings.date, meetings.start_time, meetings.status,
       documents.status AS document_status,
       (SELECT count(*) FROM agenda_items WHERE meeting_id = meetings.id) AS items,
       (SELECT count(*) FROM attachments
        WHERE parent_document_id = meetings.document_id) AS files
FROM meetings JOIN documents ON documents.id = meetings.document_id
WHERE body_id = :id AND meetings.date BETWEEN :first AND :last
ORDER BY meetings.date DESC, meetings.id DESC LIMIT {limit}
"""

_CRAWLS = """
SELECT id, started_at, finished_at, verdict, substr(reason, 1, 300) AS reason, requests,
       new_documents, new_versions
FROM crawls WHERE source_id = :id ORDER BY id DESC LIMIT 15
"""

_HEALTH = "SELECT * FROM health WHERE source_id = :id AND date >= :since ORDER BY date"


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, and how it is in plain words."""

    source: Row
    now: str

    @property
    def is_fresh(self) -> bool:
        """Whether a crawl came through lately."""
        good = self.source["last_good_at"]
        return bool(good) and _when(self.now) - _when(good) <= FRESH

    @property
    def freshness(self) -> str:
        """When it was last crawled, and how that went."""
        source = self.source
        if not source["started_at"]:
            return "Har inte hämtats ännu."
        good = source["last_good_at"]
        said = f"Senast hämtad {swedish_time(good)}." if good else "Ingen hämtning har lyckats."
        if source["finished_at"] is None:
            return f"{said} En hämtning pågår, eller avbröts."
        if source["verdict"] == "ok":
            return said if self.is_fresh else f"{said} Sedan dess har den inte hämtats."
        return f"{said} Den senaste hämtningen {word(source['verdict'])}."

    @property
    def coverage(self) -> str:
        """How much of what it lists is held."""
        source = self.source
        if source["listed"] is None:
            return "Hur mycket av källan som finns här är inte mätt ännu."
        if not source["listed"]:
            return "Källan listar ingenting."
        listed = counted(source["listed"], "listad sida", "listade sidor")
        return f"{figures(source['held'])} av {listed} finns i arkivet."

    @property
    def lacking(self) -> list[str]:
        """What of it is not held, and why."""
        source = self.source
        known = [source[name] or 0 for name in ("explained", "waiting", "unread")]
        other = (source["listed"] or 0) - (source["held"] or 0) - sum(known)
        counts = (*known, other, source["missing_files"], source["forbidden"] or 0)
        return [
            counted(count, *words)
            for count, words in zip(counts, _LACKING, strict=True)
            if count > 0
        ]


_LACKING = (
    ("sida saknas av känd orsak, oftast för att den inte finns kvar hos kommunen",
     "sidor saknas av känd orsak, oftast för att de inte finns kvar hos kommunen"),
    ("sida väntar på att hämtas", "sidor väntar på att hämtas"),
    ("sida gav ett fel när den hämtades", "sidor gav ett fel när de hämtades"),
    ("sida saknas utan att vi vet varför", "sidor saknas utan att vi vet varför"),
    ("fil som sidorna pekar på har inte kunnat hämtas",
     "filer som sidorna pekar på har inte kunnat hämtas"),
    ("adress får inte hämtas enligt webbplatsens robots.txt",
     "adresser får inte hämtas enligt webbplatsens robots.txt"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KommunPage:
    """One kommun."""

    sources: Sequence[SourceState]
    bodies: Mapping[str, Sequence[Row]]
    """By the heading they stand under."""
    coming: Sequence[Row]
    latest: Sequence[Row]
    """Ids of documents."""
    alerts: Sequence[Row]
    """Open ones."""
    not_covered: Sequence[str]


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a body's meetings, the newest first."""

    number: str
    meetings: Sequence[Row]


@dataclass(frozen=True, slots=True)
class BodyPage:
    """One body and its meetings."""

    body: Row
    count: int
    years: Sequence[Year]
    """Those that have room on the page."""
    all_years: Sequence[str]
    is_cut: bool
    """Whether a year has more meetings than the page has room for."""
    picture: charts.YearPicture
    today: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source and its history."""

    state: SourceState
    crawls: Sequence[Row]
    alerts: Sequence[Row]
    history: charts.History
    spans: Mapping[str, str]
    span: str


async def kommun_page(select: Select, kommunkod: str) -> KommunPage:
    """Return what the page of a kommun shows."""
    now = _now()
    key = {"id": kommunkod}
    dated = {**key, "today": _day(now)}
    sources = await _states(select, "sources.kommunkod = :id", key, now)
    unread = (await select(_HAS_UNREAD, key))[0][0]
    return KommunPage(
        sources=sources,
        bodies=_by_kind(await select(_BODIES, dated)),
        coming=await select(_COMING, dated),
        latest=await select(_LATEST, key),
        alerts=await select(
            _ALERTS.format(where="sources.kommunkod = :id AND closed_at IS NULL", limit=20), key
        ),
        not_covered=[*_not_covered(sources, has_unread_files=bool(unread))],
    )


async def body_page(select: Select, body_id: str, until: str | None) -> BodyPage:
    """Return what the page of a body shows: the years up to `until`, as many as have room."""
    now = _now()
    key = {"id": body_id}
    days = await select(_DAYS.format(limit=PICTURED), key)
    by_year = {year: len([*rows]) for year, rows in groupby(days, key=lambda row: row["date"][:4])}
    chosen = [*_with_room(by_year, until or "9999")]
    span = {"first": chosen[-1] if chosen else "", "last": f"{chosen[0]}-~" if chosen else ""}
    meetings = await select(_MEETINGS.format(limit=MEETINGS), {**key, **span})
    return BodyPage(
        body=(await select(_BODY, key))[0],
        count=len(days),
        years=[
            Year(year, [*rows]) for year, rows in groupby(meetings, lambda row: row["date"][:4])
        ],
        all_years=[*by_year],
        is_cut=len(meetings) < sum(by_year[year] for year in chosen),
        picture=charts.year_picture(days, _day(now)),
        today=_day(now),
    )


async def source_page(select: Select, source_id: str, span: str | None) -> SourcePage:
    """Return what the page of a source shows; `span`: see `SPANS`."""
    now = _now()
    key = {"id": source_id}
    span = span if span in SPANS else ""
    since = (date.fromisoformat(_day(now)) - timedelta(int(span))).isoformat() if span else ""
    alerts = await select(_ALERTS.format(where="source_id = :id", limit=40), key)
    days = await select(_HEALTH, {**key, "since": since})
    return SourcePage(
        state=(await _states(select, "sources.id = :id", key, now))[0],
        crawls=await select(_CRAWLS, key),
        alerts=alerts,
        history=charts.history(days, alerts),
        spans=SPANS,
        span=span,
    )


async def kommun_names(select: Select) -> Sequence[Row]:
    """Return the kommuner to choose among, by name."""
    return await select("SELECT kommunkod, name FROM kommuner ORDER BY name", {})


async def _states(
    select: Select, where: str, params: dict[str, Any], now: str
) -> list[SourceState]:
    return [SourceState(row, now) for row in await select(_STATE.format(where=where), params)]


def _by_kind(bodies: Sequence[Row]) -> dict[str, list[Row]]:
    found = {title: [b for b in bodies if b["kind"] == kind] for kind, title in BODY_KINDS.items()}
    found["Övriga organ"] += [b for b in bodies if b["kind"] not in BODY_KINDS]
    return {title: rows for title, rows in found.items() if rows}


def _not_covered(sources: Sequence[SourceState], *, has_unread_files: bool) -> Iterator[str]:
    followed = {state.source["kind"] for state in sources}
    for kind, name in SOURCES.items():
        if kind not in followed:
            yield f"Arkivet har ingen källa för kommunens {name}."
    if has_unread_files:
        yield "Filer, till exempel protokoll, sparas, men allas text är inte läst och sökbar."
    yield "Det som tagits bort av kommunen innan arkivet började följa källorna finns inte här."


def _with_room(by_year: Mapping[str, int], until: str) -> Iterator[str]:
    """Yield the years up to `until` that have room on a page, one at least."""
    room = MEETINGS
    for year, count in by_year.items():
        if year <= until:
            if count > room and room < MEETINGS:
                return
            room -= count
            yield year


def _when(stated: str) -> datetime:
    return datetime.fromisoformat(stated)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _day(now: str) -> str:
    return charts.swedish_date(now).isoformat()
