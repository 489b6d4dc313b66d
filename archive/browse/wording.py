"""Swedish words and dates for what the archive stores as codes and UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from archive.store import REPLACED

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)

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
    # meetings.status
    "announced": "Utlyst",
    "agenda_published": "Kallelse publicerad",
    "minutes_published": "Protokoll publicerat",
    "cancelled": "Inställt",
}
"""Codes that the pages show as words."""

FACETS = {
    "body_id": "Organ",
    "kind": "Slag",
    "kommunkod": "Kommun",
    "outcome": "Utfall",
    "rule": "Regel",
    "source_id": "Källa",
}
"""Columns that lists are narrowed by."""

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

RULE_FAMILIES = {
    "alt": "Alternativtexter till bilder",
    "appeal": "Hur man överklagar",
    "assistive": "Ord för skärmläsare",
    "byline": "Avsändarrader",
    "chrome": "Webbplatsens ram",
    "comments": "Kommentarer",
    "content": "Innehåll",
    "control": "Knappar",
    "cookie": "Kakrutor",
    "crisis": "Krisbanderoller",
    "date": "Datumrader",
    "density": "Länksamlingar",
    "feedback": "Återkopplingsformulär",
    "field": "Flyttat till egna fält",
    "form": "Formulär",
    "landmark": "Sidans yttre delar",
    "link": "Vad länkar säger om sig själva",
    "navigation": "Navigering",
    "noscript": "Meddelanden om JavaScript",
    "outside": "Utanför dokumentet på sidan",
    "place": "Före rubriken",
    "placeholder": "Platshållare",
    "related": "Länkar till andra sidor",
    "share": "Delningsknappar",
    "skip": "Hopplänkar",
    "stale": "Notiser om gammal sida",
    "subscribe": "Prenumeration",
    "tags": "Ämnesord",
    "template": "Webbplatsens mall",
    "tool": "Sidverktyg",
    "meetingplus": "Mötesportalens ram",
    "notified": "Pressrummets ram",
    "sitevision": "Webbplatsens moduler",
}
"""What the part of a rule's name before the colon stands for."""


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
    return RULE_FAMILIES.get(name, name)


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
