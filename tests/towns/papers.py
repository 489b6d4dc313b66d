"""Prints the portal's papers as small PDF files, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from tests.towns.agenda import Slots, content
from tests.towns.council import DATA, Content, File, Item, Meeting, dice

LEFT, TOP, BOTTOM = 25 * mm, A4[1] - 25 * mm, 22 * mm
WIDTH = A4[0] - 2 * LEFT
MOST_ARENDEN = 8
"""Minutes of very long meetings are printed as an extract, to stay within a few pages."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of line looks."""

    font: str
    size: int
    above: int
    """Space above the paragraph, in points."""


STYLES = {
    "title": Style("Helvetica-Bold", 16, 0),
    "paragraf": Style("Helvetica-Bold", 12, 14),
    "heading": Style("Helvetica-Bold", 10, 8),
    "text": Style("Times-Roman", 11, 3),
    "small": Style("Helvetica", 8, 2),
}

Line = tuple[str, str]
"""A style's name and a paragraph in it."""


def pdf_of(meeting: Meeting, file: File) -> bytes:
    """Print one file of a meeting."""
    lines = list(WRITERS[file.role](meeting, content(meeting), file))
    kind = lines[0][1]  # not the file's name, so that a copy has the same bytes
    return _print(f"{kind} {meeting.organ.short} {meeting.date}", lines)


def _print(title: str, lines: list[Line]) -> bytes:
    page, out = 1, BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(DATA["kommun"])
    height = _head(canvas, page)
    for style, text in _wrapped(lines):
        height -= style.size * 1.3 + (style.above if text else 0)
        if height < BOTTOM:
            page += 1
            canvas.showPage()
            height = _head(canvas, page)
        canvas.setFont(style.font, style.size)
        canvas.drawString(LEFT, height, text)
    canvas.save()
    return out.getvalue()


def _wrapped(lines: list[Line]) -> Iterator[tuple[Style, str]]:
    for name, text in lines:
        style = STYLES[name]
        first, *rest = simpleSplit(text, style.font, style.size, WIDTH) or [""]
        yield style, first
        follow = Style(style.font, style.size, 0)
        yield from ((follow, line) for line in rest)


def _head(canvas: Canvas, page: int) -> float:
    """Print what stands on top of every page; return the height to go on from."""
    canvas.setFont("Helvetica", 8)
    canvas.drawString(LEFT, TOP + 10 * mm, DATA["kommun"])
    canvas.drawRightString(LEFT + WIDTH, TOP + 10 * mm, f"Sida {page}")
    return TOP


def _minutes(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    yield from _cover("Sammanträdesprotokoll", meeting)
    yield from _present(meeting)
    for item in whole.items[:MOST_ARENDEN]:
        yield from _decision(item)
    yield "small", "Justerandes signatur          Utdragsbestyrkande"


def _immediate(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    yield from _cover("Protokoll, omedelbar justering", meeting)
    yield from _decision(whole.items[1])
    yield "text", "Paragrafen justeras omedelbart."


def _reservation(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    yield from _cover("Reservation", meeting)
    item = whole.items[1]
    who = ", ".join(_people(meeting, 2))
    yield "paragraf", f"§ {item.paragraf} {item.title}"
    yield "text", f"{who} reserverar sig mot beslutet till förmån för eget yrkande."


def _vote(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    yield from _cover("Omröstningslista", meeting)
    item = whole.items[1]
    yield "paragraf", f"§ {item.paragraf} {item.title}"
    rolls = dice("votes", meeting.path)
    for name in _people(meeting, 20):
        yield "text", f"{name}   {rolls.choice(('Ja', 'Ja', 'Nej', 'Avstår'))}"


def _notice(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    yield from _cover("Kallelse", meeting)
    for item in whole.items:
        yield "text", f"{item.position}. {item.title} {item.diarienummer}"
    yield "text", f"Sekreterare: {meeting.organ.secretary}"


def _attachment(meeting: Meeting, whole: Content, file: File) -> Iterator[Line]:
    """Write a paper on one ärende, from the same phrases and in other words."""
    item = whole.items[file.item - 1]
    rolls = dice("paper", file.path)
    slots = Slots(rolls, meeting.date)
    yield "title", file.name.removesuffix(".pdf")
    yield "small", f"{meeting.organ.name}   {item.diarienummer}   {meeting.date}"
    yield "small", f"Handläggare: {slots.fill('{namn}')}"
    yield "paragraf", item.title
    if "Tjänsteskrivelse" in file.name:
        yield from _description(item)
        return
    for section in ("yttrande", "ekonomi", "beslut"):
        yield "heading", rolls.choice(DATA["headings"][section])
        for phrase in rolls.sample(DATA["common"][section], 3):
            yield "text", slots.fill(phrase)


WRITERS = {
    "full": _minutes,
    "copy": _minutes,
    "omedelbar": _immediate,
    "reservation": _reservation,
    "votering": _vote,
    "kallelse": _notice,
    "bilaga": _attachment,
}


def _cover(kind: str, meeting: Meeting) -> Iterator[Line]:
    yield "title", kind
    yield "heading", meeting.organ.name
    yield "text", f"Sammanträdesdatum: {meeting.date}"
    yield "text", f"Plats och tid: {meeting.place}, kl. {meeting.start}-{meeting.end}"


def _present(meeting: Meeting) -> Iterator[Line]:
    chair, *members = _people(meeting, 9)
    yield "heading", "Beslutande"
    yield "text", f"{chair}, ordförande"
    yield "text", ", ".join(members)
    yield "heading", "Övriga närvarande"
    yield "text", f"{meeting.organ.secretary}, sekreterare"
    yield "text", f"Utses att justera: {members[0]}"


def _people(meeting: Meeting, count: int) -> list[str]:
    rolls = dice("people", meeting.organ.slug, meeting.date.year)
    names = rolls.sample(DATA["words"]["namn"], count)
    return [f"{name} ({rolls.choice(DATA['words']['parti'])})" for name in names]


def _decision(item: Item) -> Iterator[Line]:
    yield "paragraf", f"§ {item.paragraf} {item.title}"
    if item.diarienummer:
        yield "small", f"Dnr {item.diarienummer}"
    yield from _description(item)
    yield "heading", "Beslut"
    for text in item.decisions or ("Informationen antecknas.",):
        yield "text", text
    yield "small", "Expedieras: akten"


def _description(item: Item) -> Iterator[Line]:
    for block in item.blocks:
        if block.points:
            yield from (("text", f"- {point}") for point in block.points)
        else:
            yield "heading" if block.kind == "heading" else "text", block.text
