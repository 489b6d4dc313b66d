"""Swedish words and dates for what the archive stores as codes and UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from archive.passages import MASK
from archive.publish.identity_numbers import SIGN
from archive.store import REPLACED

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)

NIGHT_ENDS = 6
"""The hour when the night is over and the day begins."""

WORDS = {
    # documents.kind
    "press_release": "Pressmeddelande",
    "news": "Nyhet",
    "meeting": "Sammanträde",
    "agenda": "Kallelse",
    "minutes": "Protokoll",
    "attachment": "Bilaga",
    "notice": "Anslag",
    # documents.status
    "live": "Finns kvar hos källan",
    "gone": "Borta hos källan",
    "withheld": "Undanhållen",
    # versions.cause
    "first": "första läsningen",
    "source": "källan ändrade texten",
    "extractor": "samma sida, läst med nyare program",
    # crawls.verdict
    "ok": "gick bra",
    "degraded": "gick delvis",
    "failed": "misslyckades",
    "blocked": "avvisades av webbplatsen",
    # meetings.status
    "announced": "Utlyst",
    "agenda_published": "Kallelse publicerad",
    "minutes_published": "Protokoll publicerat",
    "cancelled": "Inställt",
}
"""Codes that the pages show as words."""

SOURCES = {"meetings": "sammanträden", "news": "nyheter", "notices": "anslag"}
"""sources.kind: what a source gives."""

FACETS = {
    "body_id": "Organ",
    "kind": "Slag",
    "kommunkod": "Kommun",
    "outcome": "Utfall",
    "rule": "Regel",
    "source_id": "Källa",
}
"""Columns that lists are narrowed by."""

LOOKUPS = {
    "exact": "är",
    "not": "är inte",
    "contains": "innehåller",
    "endswith": "slutar med",
    "startswith": "börjar med",
    "gt": "större än",
    "gte": "minst",
    "lt": "mindre än",
    "lte": "högst",
    "like": "liknar (LIKE)",
    "notlike": "liknar inte (LIKE)",
    "glob": "liknar (GLOB)",
    "in": "är ett av, med komma",
    "notin": "är inget av, med komma",
    "arraycontains": "listan innehåller",
    "arraynotcontains": "listan innehåller inte",
    "date": "är dagen",
    "isnull": "saknas",
    "notnull": "finns",
    "isblank": "är tomt",
    "notblank": "är inte tomt",
}
"""Datasette's conditions on a column."""

FIELDS = {"byline": "Av", "modified_at": "Ändrat enligt sidan"}
"""Fields that stand among a document's facts."""

STATED = {
    "title": "Rubrik",
    "published_at": "Publicerad",
    "modified_at": "Ändrad",
    "lead": "Ingress",
    "byline": "Ansvarig",
    "language": "Språk",
    "captions": "Bildtexter",
    "contact": "Kontakt",
    "contacts": "Kontakter",
    "about_publisher": "Om utgivaren",
    "body": "Organ",
    "date": "Dag",
    "start_time": "Börjar",
    "end_time": "Slutar",
    "place": "Plats",
    "status": "Läge",
    "url": "Adress",
}
"""What a page states, by the names of fields and columns."""

EVENTS = {
    "moved": "Flyttad till en ny adress",
    "gone": "Borta hos källan",
    "back": "Tillbaka hos källan",
    "attachment_added": "Bilaga tillagd",
    "attachment_replaced": "Bilaga utbytt",
    "attachment_removed": "Bilaga borttagen",
}
"""events.kind, but for `changed`: that is known by its field."""

ABSENCES = {
    "not_found": "sidan finns inte",
    "redirect": "adressen leder någon annanstans",
    "soft_404": "en felsida som säger sig vara bra",
    "listed": "fortfarande i källans lista",
    "unlisted": "inte längre i källans lista",
    REPLACED: "ett annat dokument ligger på adressen",
}
"""What the reason of an absence consists of."""


class Family(NamedTuple):
    """A family of cleaning rules: what it takes out, and why."""

    name: str
    purpose: str


RULE_FAMILIES: Mapping[str, Family] = {
    "alt": Family("Alternativtexter till bilder", "Beskriver bilder, som inte visas här."),
    "appeal": Family(
        "Hur man överklagar", "Samma upplysning står på alla anslag och hör inte till just detta."
    ),
    "assistive": Family(
        "Ord för skärmläsare", "Läses bara upp, för den som ska hitta på webbplatsen."
    ),
    "byline": Family("Avsändarrader", "Säger vem som skrivit eller ansvarar för sidan."),
    "chrome": Family("Webbplatsens ram", "Sidhuvud och sidfot, lika på alla sidor."),
    "comments": Family("Kommentarer", "Skrivna av läsare, inte av kommunen."),
    "content": Family("Innehåll", "Hör till något annat än dokumentet."),
    "control": Family("Knappar", "Går att trycka på, men säger ingenting."),
    "cookie": Family("Kakrutor", "Frågar om kakor, och handlar om webbplatsen."),
    "crisis": Family(
        "Krisbanderoller", "Ligger över hela webbplatsen en tid, vad sidan än handlar om."
    ),
    "date": Family("Datumrader", "När sidan publicerades eller ändrades; datumet står överst här."),
    "density": Family("Länksamlingar", "Nästan bara länkar till andra sidor."),
    "feedback": Family("Återkopplingsformulär", "Frågar läsaren vad hon tycker om sidan."),
    "field": Family(
        "Flyttat till egna fält", "Finns kvar på den här sidan, som rubrik, datum eller kontakt."
    ),
    "form": Family("Formulär", "Till för att fylla i, inte för att läsa."),
    "landmark": Family("Sidans yttre delar", "Märkta av webbplatsen som något runt innehållet."),
    "link": Family(
        "Vad länkar säger om sig själva", "Till exempel att de öppnas i ett nytt fönster."
    ),
    "navigation": Family("Navigering", "Menyer och brödsmulor, för att komma till andra sidor."),
    "noscript": Family("Meddelanden om JavaScript", "Visas bara för den som har stängt av det."),
    "outside": Family("Utanför dokumentet på sidan", "Står utanför den del som är dokumentet."),
    "place": Family("Före rubriken", "Står ovanför dokumentets rubrik."),
    "placeholder": Family("Platshållare", "Väntar på att fyllas med något."),
    "related": Family("Länkar till andra sidor", "Tipsar om annat att läsa."),
    "share": Family("Delningsknappar", "Skickar sidan till sociala medier eller en vän."),
    "skip": Family("Hopplänkar", "Leder förbi menyn till innehållet."),
    "stale": Family("Notiser om gammal sida", "Webbplatsens egen varning för gamla sidor."),
    "subscribe": Family("Prenumeration", "Erbjuder att få nyheter skickade till sig."),
    "tags": Family("Ämnesord", "Länkar till andra sidor om samma ämne."),
    "template": Family(
        "Webbplatsens mall", "Står på många av webbplatsens sidor, ord för ord detsamma."
    ),
    "tool": Family("Sidverktyg", "Till exempel skriv ut, lyssna eller ändra textstorlek."),
    "meetingplus": Family("Mötesportalens ram", "Portalens egna ord runt mötet."),
    "notified": Family("Pressrummets ram", "Pressrummets egna ord runt pressmeddelandet."),
    "sitevision": Family("Webbplatsens moduler", "Rutor som webbplatsen lägger runt en text."),
}
"""What the part of a rule's name before the colon stands for."""

MASKS: Mapping[str, str] = {
    SIGN: "Ett personnummer har utelämnats; sådana visas aldrig.",
    MASK: "Några ord har utelämnats, efter begäran eller av hänsyn till en person.",
}
"""What stands in the text where something is left out, and what that means."""

JUDGES = {
    "page object": "känd på den här sortens sida",
    "field": "blev ett fält",
    "root": "elementet sidan märkt ut",
    "place": "platsen på sidan",
    "section": "rubriken ovanför",
    "phrase": "ordalydelsen",
    "template": "återkommer på webbplatsens sidor",
    "density": "länkarnas täthet",
    "control": "bild eller knapp",
    "heading": "rubrik till något borttaget",
    "lines": "radernas ordning",
}
"""What the judges of cleaning go by, by their names."""


def word(code: str | None) -> str:
    """Return the Swedish word for a code; a code without one as it stands."""
    return WORDS.get(code or "", code or "")


def family(rule: str) -> str:
    """Return what kind of thing a cleaning rule takes out."""
    name = rule.partition(":")[0]
    return RULE_FAMILIES[name].name if name in RULE_FAMILIES else name


def purpose(rule: str) -> str:
    """Return why a cleaning rule takes out what it does; nothing for one without words."""
    name = rule.partition(":")[0]
    return RULE_FAMILIES[name].purpose if name in RULE_FAMILIES else ""


def masks_in(text: str) -> list[tuple[str, str]]:
    """Return the signs of what is left out that stand in a text, with what they mean."""
    return [(sign, meaning) for sign, meaning in MASKS.items() if sign in text]


def judge(name: str) -> str:
    """Return what a judge of cleaning goes by; one without words by its name."""
    return JUDGES.get(name, name)


def stated(field: str) -> str:
    """Return the Swedish name of what a page states; one without words by its name."""
    return STATED.get(field, field)


def event(kind: str, field: str) -> str:
    """Return what happened to a document, by kind and field of an event."""
    return EVENTS.get(kind) or f"{stated(field)} ändrades"


def absence(reason: str) -> str:
    """Return why a document is said to be gone; parts without words as they stand."""
    return ", ".join(ABSENCES.get(part, part) for part in reason.split(", "))


def stated_value(field: str, value: str) -> str:
    """Return a value as readers know it: a date or an instant in Swedish, a code as a word."""
    if field == "date" or field.endswith("_at"):
        return swedish_time(value)
    return word(value) if field == "status" else value


def clock(start: str | None, end: str | None = None) -> str:
    """Return "14.00" or "14.00–17.00" for hours as they are stored; nothing without a start."""
    return "–".join(filter(None, (start, end))).replace(":", ".") if start else ""


def swedish_day(stated: str | None) -> str:
    """Return "27 oktober 2020" for a date or an instant; what cannot be read as it stands."""
    instant = _instant(stated)
    return _day(instant) if instant else stated or ""


def swedish_time(stated: str | None) -> str:
    """Return "27 oktober 2020 kl. 14.00", Swedish wall time; a bare date without a time."""
    instant = _instant(stated)
    if not isinstance(instant, datetime):
        return swedish_day(stated)
    return f"{_day(instant)} kl. {instant:%H.%M}"


def counted(count: int, one: str, many: str) -> str:
    """Return "1 fil" or "1 200 filer"."""
    return f"{figures(count)} {one if count == 1 else many}"


def figures(count: int) -> str:
    """Return a number with its thousands apart: "1 200"."""
    return f"{count:,}".replace(",", " ")


def size(count: int) -> str:
    """Return "72 byte", "2,6 kB" or "1,3 MB"."""
    if count < 1_000:
        return f"{count} byte"
    number, unit = (count / 1_000, "kB") if count < 1_000_000 else (count / 1_000_000, "MB")
    return f"{number:.1f} {unit}".replace(".", ",")


def lately(stated: str | None, now: str) -> str:
    """Return when something was, as one says it `now`: "i natt kl. 03.12", "den 3 november"."""
    instant, present = _instant(stated), _instant(now)
    if not isinstance(instant, datetime) or not isinstance(present, datetime):
        return swedish_day(stated)
    days = (present.date() - instant.date()) / timedelta(days=1)
    at = f"kl. {instant:%H.%M}"
    if days == 0:
        return f"i natt {at}" if instant.hour < NIGHT_ENDS else f"i dag {at}"
    if days == 1:
        return f"i går {at}"
    day = f"den {instant.day} {_MONTHS[instant.month - 1]}"
    return day if instant.year == present.year else f"{day} {instant.year}"


def swedish_today(now: str) -> str:
    """Return the date in Sweden at an instant: "2026-11-22"."""
    return datetime.fromisoformat(now).astimezone(_STOCKHOLM).date().isoformat()


def _instant(stated: str | None) -> date | datetime | None:
    try:
        if len(stated or "") == len("2020-10-27"):
            return date.fromisoformat(stated or "")
        instant = datetime.fromisoformat(stated or "")
        return instant.astimezone(_STOCKHOLM) if instant.tzinfo else instant
    except (ValueError, OverflowError):
        return None


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
