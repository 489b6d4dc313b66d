"""Texts that an older scraper left of pages: the same ledger, without a second set of rules."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cleaning.flattened import is_known, read_text
from archive.cleaning.ledger import KEEP
from archive.cleaning.lines import paragraphs, parted
from archive.cleaning.page import PageReading
from archive.cleaning.rules import shipped_rules
from archive.cleaning.sniffing import read_bytes
from archive.errors import BadPayload, TooLarge
from archive.text import normalise, words
from tests.pages import squeezed

known = partial(is_known, rules=shipped_rules())
SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
EXPECTED = SEEDS / "expected.json"

PROSE = (
    "Granstads kommun bygger om torget under hösten, och arbetet börjar i september. "
    "Trafiken leds om över Ågatan så länge, säger projektledaren."
)
MORE = (
    "Den nya beläggningen är gatsten från trakten, lagd så att regnvattnet rinner till träden. "
    "Hela torget blir tillgängligt för den som går med rullator."
)

RELEASE = f"""2021-09-03 08:30Pressmeddelande

Torget i Granstad byggs om

{PROSE}

{MORE}Om Granstads kommun

Granstad är en liten kommun vid en stor sjö. Här finns ett torg.

Kontaktpersoner

Siri Ek
Projektledare Gatukontoret
Siri Ek
"""

MEETING = f"""Hoppa över navigering

Möte 2021-09-14

Byggnadsnämnden
13:00 - 16:00 Stadshuset

Det finns ingen information att visa

 •\u0020

  Förvaltningschefen informerar:

  A/ Mini Maria

 • § 12

  {PROSE}

 •

 • § 13

Vi använder cookies på denna webbplats för att förbättra din användarupplevelse.
"""


def rules_of(reading: PageReading) -> dict[str, str]:
    return {removal.text: removal.rule for removal in reading.removals}


def ledger(reading: PageReading) -> str:
    """Return all characters of the ledger in order, without white space."""
    return squeezed(" ".join(v.block.text for v in reading.cleaned.verdicts))


# ---- the pages the project began with


def seeds() -> list[dict]:
    return json.loads(EXPECTED.read_text("utf-8"))["documents"] if EXPECTED.is_file() else []


@pytest.mark.skipif(not EXPECTED.is_file(), reason="needs the seeds beside the repository")
@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed["file"])
def test_the_seeds_say_what_they_should(seed: dict) -> None:
    reading = read_text((SEEDS / seed["file"]).read_text("utf-8"))
    text = reading.text.replace("\u00a0", " ")
    removed = squeezed(" ".join(removal.text for removal in reading.removals))

    assert reading.title == seed["fields"]["title"]
    assert reading.published_at == (seed["fields"].get("published_at") or "")
    assert [keep for keep in seed["keep"] if keep not in text] == []
    assert [strip for strip in seed["strip"] if squeezed(strip) in squeezed(text)] == []
    assert [strip for strip in seed["strip"] if squeezed(strip) not in removed] == []


# ---- a release


def test_a_release_is_read_into_its_fields() -> None:
    reading = read_text(RELEASE)
    fields = {field.name: (field.value, field.found_at) for field in reading.fields}

    assert reading.title == "Torget i Granstad byggs om"
    assert reading.published_at == "2021-09-03T08:30:00+02:00"
    assert reading.text == f"{PROSE}\n\n{MORE}"
    assert fields["title"] == ("Torget i Granstad byggs om", "line 3")
    assert fields["contacts"] == ("Siri Ek\nProjektledare Gatukontoret\nSiri Ek", "line 13")
    assert fields["about_publisher"][0].startswith("Granstad är en liten kommun")


def test_each_thing_that_left_a_release_has_its_rule() -> None:
    rules = rules_of(read_text(RELEASE))

    assert rules["2021-09-03 08:30"] == "field:published"
    assert rules["Pressmeddelande"] == "field:type"
    assert rules["Torget i Granstad byggs om"] == "field:title"
    assert rules["Om Granstads kommun"] == "field:about"
    assert rules["Kontaktpersoner"] == rules["Projektledare Gatukontoret"] == "field:contact"


def test_contacts_may_stand_before_the_publisher() -> None:
    """What the publisher says of itself is no text of the document that contacts would stand in."""
    about = f"Om Granstads kommun\n\n{MORE}\n\nPublicerad: 2021-09-03"
    reading = read_text(
        f"Pressmeddelande\n\nTorget byggs om\n\n{PROSE}\n\nPresskontakt\n\nSiri Ek\n\n{about}"
    )

    assert reading.text == PROSE
    assert {f.name: f.value for f in reading.fields}["about_publisher"] == MORE
    assert rules_of(reading)["Siri Ek"] == "field:contact"


def test_an_undone_rule_removes_nothing() -> None:
    rules = shipped_rules().without(["field:contact", "field:about"])
    text = read_text(RELEASE, rules=rules).text

    assert "Kontaktpersoner\n\nSiri Ek" in text
    assert "Granstad är en liten kommun" in text


def test_what_a_page_says_of_its_publisher_goes_from_releases_only() -> None:
    text = f"Torget byggs om\n\n{PROSE}\n\nOm Granstads kommun\n\nGranstad är en kommun.\n"

    assert "Om Granstads kommun\n\nGranstad är en kommun." in read_text(text).text


@pytest.mark.parametrize(
    "tail",
    [
        "Kontakt\n\nVi svarar så fort vi kan.",
        f"Kontakt\n\nSiri Ek\n\n{MORE}",
        "Kontakt\n\nLedningen\n\nSiri Ek\nbestämde sig sent.\n\n" + MORE,
    ],
)
def test_a_heading_of_contacts_over_other_things_stays(tail: str) -> None:
    assert "Kontakt" in read_text(f"Torget byggs om\n\n{PROSE}\n\n{tail}").text


# ---- a meeting


def test_a_meeting_keeps_its_agenda() -> None:
    reading = read_text(MEETING)

    assert reading.title == "Möte 2021-09-14"
    assert reading.text == (
        "Byggnadsnämnden\n13:00 - 16:00 Stadshuset\n\n• Förvaltningschefen informerar:\n\n"
        f"A/ Mini Maria\n\n• § 12\n\n{PROSE}\n\n• § 13"
    )


def test_a_bullet_of_nothing_goes_and_one_with_words_stays() -> None:
    reading = read_text(MEETING)
    rules = [(removal.text, removal.rule, removal.evidence) for removal in reading.removals]

    assert ("•", "placeholder:empty", "a bullet of nothing") in rules
    assert reading.text.count("•") == 3


def test_a_bullet_goes_with_what_it_opened() -> None:
    reading = read_text(f"Torget byggs om\n\n{PROSE}\n\n• Hjälpte informationen dig?\n• Ja")
    removed = [(r.text, r.rule) for r in reading.removals if r.rule.startswith("feedback")]

    assert removed[:2] == [
        ("•", removed[1][1]),
        ("Hjälpte informationen dig?", removed[1][1]),
    ]


# ---- title, dateline, picture


@pytest.mark.parametrize(
    ("head", "title", "published"),
    [
        ("", "Torget byggs om", ""),
        ("Hoppa till innehåll\n\n", "Torget byggs om", ""),
        ("Nyhet\n\n", "Torget byggs om", ""),
        ("2021-09-03\n\n", "Torget byggs om", "2021-09-03"),
        ("3 september 2021 Pressmeddelande\n\n", "Torget byggs om", "2021-09-03"),
        ("Publicerad: 3 september 2021\n\n", "Torget byggs om", "2021-09-03"),
        ("torget en solig dag\n\n", "Torget byggs om", ""),
        ("Hoppa till innehåll\n2021-09-03\n", "Torget byggs om", "2021-09-03"),
    ],
)
def test_the_title_is_the_first_line_that_looks_like_one(
    head: str, title: str, published: str
) -> None:
    reading = read_text(f"{head}Torget byggs om\n\n{PROSE}\n\n{MORE}")

    assert (reading.title, reading.published_at) == (title, published)
    assert reading.text == f"{PROSE}\n\n{MORE}"


@pytest.mark.parametrize("after", ["Publicerad 3 september 2021", "2021-09-03 Nyhet"])
def test_the_dateline_may_follow_the_title(after: str) -> None:
    reading = read_text(f"Torget byggs om\n\n{after}\n\n{PROSE}\n\n{MORE}")

    assert reading.published_at == "2021-09-03"
    assert reading.text == f"{PROSE}\n\n{MORE}"


def test_dates_at_the_end_are_the_page_s_too() -> None:
    tail = "Publicerad: 2021-09-03\n\nSenast uppdaterad: 2021-09-05"
    reading = read_text(f"Torget byggs om\n\n{PROSE}\n\n{MORE}\n\n{tail}")

    assert (reading.published_at, reading.modified_at) == ("2021-09-03", "2021-09-05")
    assert reading.text == f"{PROSE}\n\n{MORE}"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("ny bro över ån\n\n", "ny bro över ån"),
        ("hem\n\nny bro över ån\n\n2024-05-02\n\n", "ny bro över ån"),
        ("ny bro\n\növer ån\n\n", ""),
        ("ny bro över ån.\n\n", ""),
    ],
)
def test_a_title_in_lower_case_stands_alone_above_the_text(head: str, title: str) -> None:
    """Of several such lines nothing tells which is the title: all of them stay."""
    line = (
        "Bron över ån stängs på måndag och öppnar igen i höst, säger tekniska kontoret. Så är det."
    )
    reading = read_text(f"{head}{line}\n\n{line}")

    assert reading.title == title
    assert "alt:image" not in {r.rule for r in reading.removals}


def test_the_words_for_a_picture_stand_before_the_title() -> None:
    reading = read_text(f"samtal på uteolats\n\nTorget byggs om\n\n{PROSE}\n\n{MORE}")

    assert rules_of(reading)["samtal på uteolats"] == "alt:image"


@pytest.mark.parametrize(
    "head",
    [
        "fortsättning följer på nästa sida av tidningen.",
        "§ 12",
        "• En punkt",
        "1. Första ärendet",
        "Kära alla,",
        "Bygga och bo\n\n" + "\n\n".join(f"Meny {number}" for number in range(20)),
    ],
)
def test_other_lines_are_no_titles(head: str) -> None:
    reading = read_text(f"{head}\n\n{PROSE}\n\n{MORE}")

    assert reading.title == ""
    assert normalise(head) in reading.text


def test_a_text_without_blank_lines_has_a_title_above_its_prose() -> None:
    reading = read_text(f"Lyssna\nTorget byggs om\n{PROSE}\n{MORE}\nDela\n")

    assert reading.title == "Torget byggs om"
    assert reading.text == f"{PROSE}\n{MORE}"


def test_a_page_about_appeals_keeps_its_sections() -> None:
    """The title tells what the judges of sections leave alone."""
    section = f"Så här överklagar du\n\n{MORE}"

    assert section in read_text(f"Överklaga ett beslut\n\n{PROSE}\n\n{section}").text
    assert section not in read_text(f"Torget byggs om\n\n{PROSE}\n\n{section}").text


# ---- glue

GLUED = {
    "2020-05-18 07:00Pressmeddelande": ["2020-05-18 07:00", "Pressmeddelande"],
    "18 maj 2020Nyhet": ["18 maj 2020", "Nyhet"],
    "Vad är klart?Vad är klart?": ["Vad är klart?", "Vad är klart?"],
    "Så slutar det.Om Granstads kommun": ["Så slutar det.", "Om Granstads kommun"],
    "Så slutar det.Kontaktpersoner": ["Så slutar det.", "Kontaktpersoner"],
    "LyssnaDelaSkriv ut": ["Lyssna", "Dela", "Skriv ut"],
    "Hoppa till innehållTorget byggs om": ["Hoppa till innehåll", "Torget byggs om"],
    "Till toppenDela sidan på Facebook": ["Till toppen", "Dela sidan på Facebook"],
}
WHOLE = [
    "eTjänst",
    "McDonald",
    "MinLyssna",
    "Vi öppnar eTjänsten för McDonald.",
    "Karin Alvermalm.Sedan gick hon",
    "kommun.se",
    "iPhoneDela",
    "B12Vitamin",
    "Hur?",
    "aB" * 2_000,
]


@pytest.mark.parametrize(("line", "pieces"), GLUED.items())
def test_known_glue_is_parted(line: str, pieces: list[str]) -> None:
    assert parted(line, known) == pieces


@pytest.mark.parametrize("line", WHOLE)
def test_ordinary_words_are_never_parted(line: str) -> None:
    assert parted(line, known) == [line]


def test_glue_that_nobody_removes_is_parted_and_stays() -> None:
    text = f"Torget byggs om\n\n{PROSE}Kontakta Siri Ek\n\n{MORE}"

    assert f"{PROSE}\n\nKontakta Siri Ek\n\n{MORE}" in read_text(text).text


# ---- nobody's pages

POEM = """Nu faller snön
över tak och torg

Lyssna
den faller ännu

Tillbaka
till toppen"""
NOBODYS = {
    "poem": POEM,
    "list": "Att köpa\n\nmjölk\nbröd\nHämta mer ved\nDela\nSkriv ut",
    "bullets": "•\n• mjölk\n•",
    "agenda": "2021-09-14\n\nKontakt\nSiri Ek\n\nDela",
    "one line": "Nämnden",
    "table": "1\t2\t3\n4\t5\t6",
    "less than": "om a < b och b > c så är a < c",
}


@pytest.mark.parametrize("text", NOBODYS.values(), ids=NOBODYS)
def test_a_text_of_nobody_s_page_is_given_back(text: str) -> None:
    reading = read_text(text)

    assert reading.removals == ()
    assert reading.title == ""
    assert words(reading.text) == words(text)


@pytest.mark.parametrize(
    "body",
    [
        POEM.encode(),
        POEM.replace("\n", "\r\n").encode(),
        POEM.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + POEM.encode(),
        POEM.encode("latin-1"),
        POEM.encode("utf-16"),
    ],
    ids=["utf-8", "crlf", "cr", "bom", "latin-1", "utf-16"],
)
def test_a_text_in_any_coat_is_given_back(body: bytes) -> None:
    assert read_bytes(body).text == POEM


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "nothing to read"),
        (b" \n\n ", "nothing to read"),
        (b"%PDF-1.7\n1 0 obj", "a PDF file"),
        (b"PK\x03\x04\x14\x00", "a ZIP file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\x00\x01\x02\x03", "the byte 0x00 at 0"),
        ("Torget".encode("utf-16-le"), "save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_in_words(body: bytes, found: str) -> None:
    with pytest.raises(BadPayload, match=found):
        read_bytes(body)


def test_an_empty_text_has_nothing_in_it() -> None:
    reading = read_text("")

    assert (reading.title, reading.text, reading.removals) == ("", "", ())


def test_a_text_past_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.cleaning.flattened.MAX_HTML_BYTES", 10)
    with pytest.raises(TooLarge, match="expected at most 10 letters of text, found 11"):
        read_text("a" * 11)


def test_characters_that_no_tree_takes_cost_nothing_else() -> None:
    assert read_text("Nämnd\x07en\x0bmöttes\x1ci\ufffe dag\ud800").text == "Nämnden möttes i dag?"


HOSTILE = {
    "one line": "Nämnden beslutade att avslå. ",
    "lines": "aBcDeFgHiJ\n",
    "contacts": f"{PROSE}\n\nKontakt\nSiri Ek\n\n",
    "abouts": f"pressmeddelande\n\n{PROSE}\n\nOm Granstad\n\nx\n\n",
    "questions": f"{PROSE}\nHjälpte informationen dig?\nJa\nNej\n",
    "bullets": "•\n",
    "glue": "LyssnaDela.",
}


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length(part: str) -> None:
    """Eight times the text takes nowhere near sixty-four times as long; tried again if it does."""
    short = part * (12_000 // len(part))
    read_text(short)
    taken = ((_seconds(short), _seconds(short * 8)) for _ in range(3))

    assert any(b < 30 * max(a, 0.01) for a, b in taken)


def test_a_line_of_five_megabytes_is_read() -> None:
    line = "Nämnden beslutade att avslå. " * 180_000
    started = time.perf_counter()

    assert read_text(line).text == line.strip()
    assert time.perf_counter() - started < 30


def _seconds(text: str) -> float:
    started = time.process_time()
    read_text(text)
    return time.process_time() - started


# ---- nothing vanishes

SAYINGS = st.sampled_from(
    [
        *GLUED,
        *WHOLE[:-1],
        *RELEASE.split("\n"),
        *MEETING.split("\n"),
        "Publicerad:",
        "2021-09-03",
        "Hjälpte informationen dig?",
        "Ja",
        "• Nej",
        "Kontakt",
        "Relaterad information",
        "å\u00ad\u200bö\u00a0ä",
        "\x0b\x1c",
    ]
)
LINES = st.lists(st.one_of(SAYINGS, st.text(max_size=12)), max_size=30)
ENDS = st.sampled_from(["\n", "\n\n", "\r\n", "\n \n"])
TEXTS = st.builds(lambda lines, end: end.join(lines), LINES, ENDS)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_vanishes_from_any_text(text: str) -> None:
    """Law 2: each character stands in one block, in order; words are those of the pieces."""
    reading = read_text(text)
    pieces = [p for par in paragraphs(text, known) for line in par for p in line.pieces]
    removed = sum((words(removal.text) for removal in reading.removals), words(""))

    assert ledger(reading) == squeezed(_readable(text))
    assert words(reading.text) + removed == words("\n".join(pieces))


@settings(deadline=None)
@given(TEXTS)
def test_a_text_without_glue_keeps_its_words(text: str) -> None:
    unglued = [p for par in paragraphs(text, known) for line in par for p in line.pieces]
    again = "\n\n".join(unglued)
    reading = read_text(again)
    said = sum((words(v.block.text) for v in reading.cleaned.verdicts), words(""))

    assert said == words(again)


@settings(deadline=None)
@given(TEXTS)
def test_the_same_text_is_read_the_same(text: str) -> None:
    assert read_text(text).cleaned.text == read_text(text).cleaned.text
    assert [v[1:] for v in read_text(text).cleaned.verdicts] == [
        v[1:] for v in read_text(text).cleaned.verdicts
    ]


def test_every_verdict_names_a_judge() -> None:
    for text in (RELEASE, MEETING):
        for verdict in read_text(text).cleaned.verdicts:
            assert verdict.rule == KEEP or verdict.judge


def _readable(text: str) -> str:
    """Return what a tree takes of a text."""
    unfit = dict.fromkeys((*range(0x09), *range(0x0E, 0x1C), 0xFFFE, 0xFFFF))
    return text.translate(unfit).encode("utf-8", "replace").decode()
