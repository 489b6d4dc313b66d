"""MeetingPlus beyond its saved pages: addresses, and one meeting in every markup imaginable."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from archive.records import AgendaItem, Document
from archive.text import words
from crawler.page import Blocked, Fetched, PageFault, Site, SoftNotFound, UnknownLayout, WrongType
from crawler.products import PRODUCTS, meetingplus
from crawler.products.meetingplus import canonical, file_kind, key_of, reader_of
from tests.pages import PAGES, REASON, RESPONSES, responses

HOST = "https://sammantradesportal.alingsas.se"
SITE = Site("1489", "meetingplus", f"{HOST}/committees", "Alingsås kommun")
MEETING = f"{HOST}/committees/socialnamnden/mote-2020-10-27"

READERS = [
    meetingplus.OrganList,
    meetingplus.OrganPage,
    meetingplus.MeetingPage,
    meetingplus.FilePage,
]


def frame(main: str, title: str = "Möte 2020-10-27") -> bytes:
    """Return a page with the portal's frame around `main`."""
    return (
        f"<!doctype html><html lang='sv'><head><title>{title} | MeetingPlus [sv]</title></head>"
        f"<body class='page'><a href='#main' id='skipNavigation'>Hoppa över navigering</a>"
        f"<main id='main'>{main}</main></body></html>"
    ).encode()


def meeting_page(main: str, url: str = MEETING, title: str = "Möte 2020-10-27") -> Document:
    """Return what a meeting page says; its check must pass."""
    page = meetingplus.MeetingPage(SITE, Fetched(url, frame(main, title), "text/html"))
    page.check()
    return next(page.records())


HEAD = "<h1>Möte 2020-10-27</h1><p>Socialnämnden</p><p>14:00 - 17:00 Rådhuset</p>"
FILE = f"{MEETING}/agenda/yttrandepdf-60508"

ROWS = {
    "list, button": (
        "<ul>{}</ul>",
        "<li><p>§ {n}</p><button>{title}</button><div aria-hidden='true'>{text}{files}</div></li>",
    ),
    "list, dead link": (
        "<ol>{}</ol>",
        "<li><i>§ {n}</i> <a href='javascript:void(0)'>{title}</a><p>{text}</p>{files}</li>",
    ),
    "list, heading with number": (
        "<ul>{}</ul>",
        "<li><h3>§ {n} {title}</h3>{text}{files}</li>",
    ),
    "list, glued spans": (
        "<ol>{}</ol>",
        "<li><div><span>§ {n}</span><a href='#x'><span>{title}</span></a></div>{text}{files}</li>",
    ),
    "roles": (
        "<div role='list'>{}</div>",
        "<div role='listitem'><b>§ {n}</b><div>{title}</div>{text}{files}</div>",
    ),
    "cards": (
        "<div>{}</div>",
        "<div><p><a href='#c{n}' aria-expanded='false'>§ {n} {title}</a></p>{text}{files}</div>",
    ),
    "details": (
        "<section>{}</section>",
        "<details><summary>§ {n} {title}</summary>{text}{files}</details>",
    ),
    "table": (
        "<table>{}</table>",
        "<tr><td>§ {n}</td><td><a role='button'>{title}</a>{text}{files}</td></tr>",
    ),
    "flat headings": ("{}", "<h3>§ {n} {title}</h3>{text}{files}"),
    "flat panels": (
        "<div>{}</div>",
        "<button aria-controls='p{n}'>§ {n} {title}</button><div id='p{n}'>{text}{files}</div>",
    ),
    "definitions": ("<dl>{}</dl>", "<dt>§ {n} {title}</dt><dd>{text}{files}</dd>"),
}
FILES = {
    "list": f"<p>Bilagor</p><ul><li><a href='{FILE}'>Yttrande.pdf</a></li></ul>",
    "buttons": f"<b>Bilagor</b><div><a href='{FILE}'>Yttrande.pdf</a> (12 kB) "
    f"<a href='{FILE}?downloadMode=download'>Ladda ner</a></div>",
    "label in the item": f"Bilagor <div><a href='{FILE}?downloadMode=open'>Yttrande.pdf</a></div>",
}
MENU = "".join(
    f"<li><a href='/committees/socialnamnden/mote-{year}-10-27'>{year}-10-27</a> Inställt</li>"
    for year in range(2010, 2027)
)
PLACES = {
    "alone": "{}",
    "menu before": "<div><h2>Möten</h2><ul>" + MENU + "</ul></div><div>{}</div>",
    "menu after": "<div>{}</div><aside><ul>" + MENU + "</ul></aside>",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_an_agenda_is_the_same_in_any_markup(rows: tuple[str, str], files: str, place: str) -> None:
    """Number, title, description and files are told by what they say, not by classes."""
    listing, row = rows
    description = "<p>Nämnden yttrar sig.</p><ul><li>1. Först</li><li>2. Sedan</li></ul>"
    agenda = listing.format(
        row.format(n=52, title="Information", text="", files="")
        + row.format(n=53, title="Samverkansavtal", text=description, files=files)
        + row.format(n=54, title="Övriga frågor", text="", files="")
    )
    document = meeting_page(place.format(HEAD + agenda))
    meeting = document.meeting
    assert meeting is not None

    assert [
        AgendaItem(1, "52", "Information"),
        AgendaItem(2, "53", "Samverkansavtal", "Nämnden yttrar sig. 1. Först 2. Sedan"),
        AgendaItem(3, "54", "Övriga frågor"),
    ] == [replace(item, text=" ".join(item.text.split())) for item in meeting.agenda]
    assert [(f.label, f.agenda_position) for f in document.attachments] == [("Yttrande.pdf", 2)]
    assert (
        meeting.body.name,
        meeting.date,
        meeting.start_time,
        meeting.end_time,
        meeting.place,
    ) == ("Socialnämnden", "2020-10-27", "14:00", "17:00", "Rådhuset")
    assert not {"Bilagor", "Yttrande.pdf", "Rådhuset", "Inställt"} & set(words(document.text))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/welcome-sv/namnder-styrelser/kf/mote-2020-01-01/", "/committees/kf/mote-2020-01-01"),
        (
            "/committees/kf/m/agenda/apdf-60508?downloadMode=open",
            "/committees/kf/m/agenda/apdf-60508",
        ),
        ("/committees/kf#committeesRecentContent", "/committees/kf"),
        ("/welcome-sv/namnder-styrelser", "/committees"),
        ("/welcome-sv/namnder-styrelser-arkiv", "/welcome-sv/namnder-styrelser-arkiv"),
    ],
)
def test_aliases_have_one_address(url: str, expected: str) -> None:
    """Facts 1.8.1: one page under several addresses is one."""
    assert HOST + expected == canonical(HOST + url)
    assert HOST + expected == canonical(canonical(HOST + url))


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("/committees", meetingplus.OrganList),
        ("/committees/kf", meetingplus.OrganPage),
        ("/committees/kf/mote-2020-01-01", meetingplus.MeetingPage),
        ("/committees/kf/kommunfullmaktige-2291", meetingplus.MeetingPage),
        ("/committees/kf/mote-2020-01-01/agenda/apdf", meetingplus.FilePage),
        ("/committees/kf/mote-2020-01-01/protocol/bpdf-1", meetingplus.FilePage),
        ("/committees/kf/representatives", None),
        ("/AuthorizationServer/Account/login", None),
        ("/search", None),
        ("/cookie-policy", None),
        ("/404", None),
        ("/api/v2.0/meetings/1/download/Agenda", None),
        ("/overview", None),
    ],
)
def test_only_organs_meetings_and_files_are_read(path: str, reader: type | None) -> None:
    """Everything else on the portal is a trap or a repetition."""
    assert reader_of(HOST + path) is reader


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("protocol/protokoll-sn-2020-10-27pdf", "minutes"),
        ("protocol/ss-12-omedelbar-justeringpdf", "minutes"),
        ("protocol/signerad-protokollpdf-2", "minutes"),
        ("protocol/reservation-ss-45pdf", "attachment"),
        ("protocol/bilaga-1-protokollpdf", "attachment"),
        ("protocol/omrostning-ss-7pdf", "attachment"),
        ("agenda/tjansteskrivelsepdf", "attachment"),
        ("agenda/kallelse-sn-2020-10-27pdf", "agenda"),
        ("agenda/kallelsepdf", "agenda"),
        ("agenda/bilaga-2-kallelse-arsmotepdf", "attachment"),
    ],
)
def test_kind_of_a_file(path: str, kind: str) -> None:
    """Minutes lie under /protocol/, unless they say that they are attached to them."""
    assert kind == file_kind(f"{MEETING}/{path}")


def test_two_meetings_on_one_day_are_two() -> None:
    """Law 5: the slug tells meetings apart, not the date."""
    assert key_of(SITE, MEETING) != key_of(SITE, f"{MEETING}-2")


@pytest.mark.parametrize(
    ("stated", "title", "number"),
    [
        ("<p>Dnr 2020.123 SN</p>", "Avtal", "2020.123 SN"),
        ("<p>Diarienummer: KS/2021:14</p>", "Avtal", "KS/2021:14"),
        ("<p>2020.123 SN</p>", "Avtal", "2020.123 SN"),
        ("", "Avtal (KS/2021:14)", "KS/2021:14"),
        ("", "Avtal, dnr 2021/14", "2021/14"),
        ("<p>Enligt KS 2019/12 och prop. 2020/21 gäller mötet 2020-10-27.</p>", "Avtal", ""),
        ("", "Budget 2021-2023", ""),
    ],
)
def test_diarienummer_only_where_stated(stated: str, title: str, number: str) -> None:
    """A number in running text may be another case's."""
    row = f"<li><span>1</span><button>{title}</button><div>{stated}<p>Mer.</p></div></li>"
    meeting = meeting_page(f"{HEAD}<ol>{row}</ol>").meeting
    assert meeting is not None

    assert number == meeting.agenda[0].diarienummer
    assert title == meeting.agenda[0].title


@pytest.mark.parametrize(
    ("heading", "slug", "item", "status"),
    [
        ("Möte 2020-10-27", "mote-2020-10-27", "Inställt evenemang", "agenda_published"),
        ("INSTÄLLT Möte 2020-10-27", "mote-2020-10-27", "", "cancelled"),
        ("Möte 2020-10-27", "installt-socialnamnden-2020-10-27", "", "cancelled"),
        ("Möte 2020-10-27", "mote-2020-10-27-installt", "Val", "cancelled"),
        ("Möte 2020-10-27", "mote-2020-10-27", "", "announced"),
    ],
)
def test_cancelled_where_title_or_address_say_so(
    heading: str, slug: str, item: str, status: str
) -> None:
    """A meeting without items may be a meeting to come."""
    rows = f"<ol><li><span>1.</span> <b>{item}</b></li></ol>" if item else ""
    main = f"<h1>{heading}</h1><p>Socialnämnden</p>{rows}"
    meeting = meeting_page(main, f"{HOST}/committees/socialnamnden/{slug}", heading).meeting
    assert meeting is not None

    assert status == meeting.status


def test_a_plain_number_is_no_paragraf() -> None:
    """Numbers of a kallelse are its order; only § is a paragraf."""
    meeting = meeting_page(f"{HEAD}<ol><li>1. Val</li><li>§ 7 Rapport</li></ol>").meeting
    assert meeting is not None

    assert [(i.paragraf, i.title) for i in meeting.agenda] == [("", "Val"), ("7", "Rapport")]


def agenda_of(main: str) -> list[tuple[str, str]]:
    """Return paragraf and title of the agenda items below the usual heading."""
    meeting = meeting_page(HEAD + main).meeting
    assert meeting is not None
    return [(item.paragraf, item.title) for item in meeting.agenda]


CARD = "<div class='c'><button aria-expanded='false'>§ {n} {title}</button><p>{text}</p></div>"
FIRST = ("§ 1 Val", "§ 2 Avtal")
TWO_GROUPS = {
    "cards": (
        "<div><h2>{}</h2>",
        CARD.format(n=1, title="Val", text="Först.") + CARD.format(n=2, title="Avtal", text="Två."),
        CARD.format(n=3, title="Budget", text="Sist."),
        "</div>",
    ),
    "tables": (
        "<h2>{}</h2><table>",
        "<tr><td>§ 1</td><td>Val</td></tr><tr><td>§ 2</td><td>Avtal</td></tr>",
        "<tr><td>§ 3</td><td>Budget</td></tr><tr><td></td><td>Sist.</td></tr>",
        "</table>",
    ),
    "details": (
        "<section><h2>{}</h2>",
        "".join(f"<details><summary>{row}</summary>Text.</details>" for row in FIRST),
        "<details><summary>§ 3 Budget</summary>Sist.</details>",
        "</section>",
    ),
    "one row each": (
        "<section><h2>{}</h2>",
        "</section><section><h2>Mer</h2>".join(
            f"<details><summary>{row}</summary></details>" for row in FIRST
        ),
        "<details><summary>§ 3 Budget</summary>Sist.</details>",
        "</section>",
    ),
    "flat": (
        "<section><h2>{}</h2>",
        "<h3>§ 1 Val</h3><p>Först.</p><h3>§ 2 Avtal</h3><h4>1. Bakgrund</h4><p>Två.</p>",
        "<h3>§ 3 Budget</h3><p>Sist.</p>",
        "</section>",
    ),
}


@pytest.mark.parametrize("group", TWO_GROUPS.values(), ids=TWO_GROUPS)
def test_an_agenda_may_stand_in_groups(group: tuple[str, str, str, str]) -> None:
    """All groups are the agenda, and their headings and last words are text."""
    start, first, second, end = group
    main = start.format("Beslut") + first + end + start.format("Anmälan") + second + end

    assert agenda_of(main) == [("1", "Val"), ("2", "Avtal"), ("3", "Budget")]
    text = meeting_page(HEAD + main).text
    assert all(word in text for word in ("Beslut", "Anmälan", "§ 3 Budget", "Sist."))


LONG = "Ordföranden öppnar mötet. " * 40


@pytest.mark.parametrize(
    ("main", "kept"),
    [
        ("<p>Frågestund inleder mötet.</p><ul><li>§ 1 Val</li></ul>", "Frågestund inleder mötet."),
        (f"<ol><li>1. Val</li></ol><p>{LONG}</p>", LONG.strip()),
        ("<div><h3>§ 1 Val</h3></div><p>Mellan.</p><div><h3>§ 2 Avtal</h3></div>", "Mellan."),
        ("<div><h3>§ 1 Val</h3></div><div><h3>§ 2 Avtal</h3></div><p>Efter.</p>", "Efter."),
        ("<table><tr><td>§ 1</td><td>Val</td></tr><tr><td>Sist.</td></tr></table>", "Sist."),
    ],
)
def test_text_beside_the_agenda_is_text(main: str, kept: str) -> None:
    """What the kommun wrote stays, wherever it stands."""
    document = meeting_page(HEAD + main)

    assert kept in document.text
    assert "Rådhuset" not in document.text


def test_what_a_portal_prints_beside_the_agenda_is_no_text() -> None:
    """Placeholders, tabs, buttons, labels, menus and second statements of a field go by a rule."""
    main = (
        "<h1>Möte 2020-10-27</h1><p>Socialnämnden</p><p>14:00 - 17:00 Rådhuset</p>"
        "<ul><li>Kallelse</li><li>Protokoll</li></ul><p>Ingen agenda har publicerats</p>"
        "<button>Ladda ner allt</button><h2>Ärenden</h2><ol><li>§ 1 Val</li></ol>"
        f"<h2>Möte 2020-10-27</h2><p>Rådhuset</p><p>Socialnämnden</p><aside><ul>{MENU}</ul></aside>"
    )

    assert meeting_page(main).text == "§ 1 Val"


@pytest.mark.parametrize("name", ["Dagordning", "Föredragningslista", "Protokoll", "Nästa möte"])
@pytest.mark.parametrize(
    "row",
    [
        "<li><span>§ 2</span><button>{}</button></li>",
        "<li><div>§ 2</div><div>{}</div></li>",
        "<li>{}</li>",
        "<li><button>{}</button><p>Nämnden godkänner.</p></li>",
    ],
)
def test_an_item_may_be_named_like_a_control(row: str, name: str) -> None:
    """In a row of the agenda these words are a title."""
    main = f"<ol><li>§ 1 Val</li>{row.format(name)}</ol>"

    assert [title for _, title in agenda_of(main)] == ["Val", name]
    assert name in meeting_page(HEAD + main).text


def test_a_card_may_be_named_like_a_control() -> None:
    """The first of some cards is one, though its title is that of a tab."""
    rows = ("Dagordning", "§ 1 Val", "§ 2 Avtal")
    main = "".join(f"<details><summary>{row}</summary></details>" for row in rows)

    assert agenda_of(main) == [("", "Dagordning"), ("1", "Val"), ("2", "Avtal")]


def test_words_of_a_description_are_no_labels() -> None:
    """Inside a row only what stands by a file link, or is a button, is not the kommun's words."""
    words_of_row = ["Tid", "Dokument", "Översikt", "Dela", "Bilaga", "12 b", "Visa"]
    text = "".join(f"<p>{word}</p>" for word in words_of_row)
    files = f"<p>Handling i målet.</p><p>Bilagor</p><a href='{FILE}'>Y.pdf</a><p>(12 kB)</p>"
    row = f"<li><h3>§ 1 Val</h3>{text}{files}<button>Visa mer</button></li>"
    meeting = meeting_page(f"{HEAD}<ol>{row}</ol>").meeting
    assert meeting is not None

    expected = [*words_of_row, "Handling i målet."]
    assert meeting.agenda[0].text.split("\n\n") == expected


def test_a_row_of_nothing_but_a_diarienummer() -> None:
    """A row needs a word to be kept; here the number is all it has."""
    main = "<ul><li>KS/2020:14</li><li>§ 1 Val</li><li><img alt='§ 2'></li></ul>"
    document = meeting_page(HEAD + main)

    assert agenda_of(main) == [("", "KS/2020:14"), ("1", "Val")]
    assert document.text == "KS/2020:14\n§ 1 Val"


@pytest.mark.parametrize(
    ("stated", "start", "end", "place"),
    [
        ("13:00-16:00 Rådhuset", "13:00", "16:00", "Rådhuset"),
        ("13.00-16.30, Rådhuset", "13:00", "16:30", "Rådhuset"),
        ("kl. 13:00–16:00", "13:00", "16:00", ""),
        ("18.30", "18:30", "", ""),
        ("kl. 18.30.", "18:30", "", ""),
        ("13:00-16:00 (lunch 12.00)", "13:00", "16:00", ""),
        ("13:00-16:00 (lunch 12.00), Rådhuset", "13:00", "16:00", "Rådhuset"),
        ("13:00 - ca 16.00 Rådhuset", "13:00", "16:00", "Rådhuset"),
        ("13:00 till 16.00 Rådhuset", "13:00", "16:00", "Rådhuset"),
        ("kl 13.00 Rådhuset, ca 16.00", "13:00", "", "Rådhuset"),
        ("13:00 Rådhuset, 2020-10-28", "13:00", "", "Rådhuset"),
        ("13:00 Rådhuset tisdag 27 oktober 2020", "13:00", "", "Rådhuset"),
        ("2020-10-27 13:00-16:00 Rådhuset, sal 2", "13:00", "16:00", "Rådhuset, sal 2"),
        ("18:00 Ordförande: Eva Ek", "18:00", "", ""),
        ("18:00</p><p>Ordförande: Eva Ek", "18:00", "", ""),
        ("18:00</p><p>Allmänheten är välkommen.", "18:00", "", ""),
        ("18:00<br>Rådhuset<br>Ordförande: Eva Ek", "18:00", "", "Rådhuset"),
        ("18:00</p><p>Rådhuset", "18:00", "", "Rådhuset"),
        ("Tid: 14:00-17:00, Plats: Rådhuset", "14:00", "17:00", "Rådhuset"),
        ("Frågestunden, som är öppen för alla, börjar kl. 18.00 i salen.", "", "", ""),
    ],
)
def test_times_and_place_as_stated(stated: str, start: str, end: str, place: str) -> None:
    """With or without spaces; other times, dates and persons are no place."""
    main = f"<h1>Möte 2020-10-27</h1><p>Socialnämnden</p><p>{stated}</p><ul><li>§ 1 Val</li></ul>"
    meeting = meeting_page(main).meeting
    assert meeting is not None

    assert (meeting.start_time, meeting.end_time, meeting.place) == (start, end, place)


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        ("18:00 Rådhuset", "Rådhuset"),
        ("18:00</p><p>Rådhuset", "Rådhuset"),
        ("18:00</p><p>Ordförande: Eva Ek", "Stadshuset"),
        ("18:00", "Stadshuset"),
    ],
)
def test_a_visible_place_wins_over_the_description(stated: str, place: str) -> None:
    """The meta description is the place only where the page shows none by the time."""
    head = b"<head><meta name='description' content='Stadshuset'>"
    main = f"<h1>Möte 2020-10-27</h1><p>Socialnämnden</p><p>{stated}</p>"
    body = frame(main).replace(b"<head>", head)
    page = meetingplus.MeetingPage(SITE, Fetched(MEETING, body, "text/html"))

    assert page.meeting.place == place


def test_words_of_another_kind_stay_beside_time_and_place() -> None:
    """Each piece of a block goes by its own rule, and what is no field stays."""
    head = "<p><b>Socialnämnden</b><i>18:00</i><br>Rådhuset<br>Ordförande: Eva Ek</p>"
    document = meeting_page(f"<h1>Möte 2020-10-27</h1>{head}<ul><li>§ 1 Val</li></ul>")

    assert document.text == "Ordförande: Eva Ek\n\n§ 1 Val"
    assert [(r.rule, r.text) for r in document.removals[2:]] == [
        ("field:body", "Socialnämnden"),
        ("field:time", "18:00"),
        ("field:place", "Rådhuset"),
    ]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("<span>§ 52</span><a href='#x'>Information</a>", "§ 52 Information"),
        ("<span>§ 2</span><b>Sekretess</b>", "§ 2 Sekretess"),
        ("<b>3.</b><span>Budget</span>", "3. Budget"),
        ("<b>3</b><span>Budget</span>", "3 Budget"),
    ],
)
def test_number_and_title_are_two_words(row: str, text: str) -> None:
    """A number that stands glued to its title in the markup is parted in the text."""
    assert meeting_page(f"{HEAD}<ul><li>{row}</li></ul>").text == text


@pytest.mark.parametrize(
    ("row", "paragraf", "title"),
    [
        ("§§ 12-14 Valärenden", "12-14", "Valärenden"),
        ("§§ 12 – 14 Valärenden", "12-14", "Valärenden"),
        ("§ 15 a Budget", "15 a", "Budget"),
        ("§15, omedelbar justering", "15", "omedelbar justering"),
        ("§ 16 – Avslut", "16", "Avslut"),
        ("§ 7 i stadgan", "7", "i stadgan"),
        ("Punkt 3 Rapport", "", "Rapport"),
        ("Punkt 3. Rapport", "", "Rapport"),
        ("<button>1 Val</button>", "", "Val"),
    ],
)
def test_forms_of_a_number(row: str, paragraf: str, title: str) -> None:
    """Several paragrafer, letters and commas; other numbers are the agenda's own."""
    assert agenda_of(f"<ul><li>{row}</li></ul>") == [(paragraf, title)]


def test_an_agenda_in_two_tabs_is_one() -> None:
    """Kallelse and minutes list the same ärenden: items once, and no word lost."""
    tab = "<div role='tabpanel'><ul><li>§ 1 Val{}</li><li>§ 2 Avtal{}</li></ul></div>"
    file = f"<p>Bilagor</p><a href='{FILE}'>Y.pdf</a>"
    document = meeting_page(HEAD + tab.format("", "") + tab.format("<p>Bifalls.</p>", file))
    assert document.meeting is not None

    assert [item.title for item in document.meeting.agenda] == ["Val", "Avtal"]
    assert [file.agenda_position for file in document.attachments] == [2]
    assert document.text == "§ 1 Val\n§ 2 Avtal\n\n§ 1 Val\n\nBifalls."
    assert ("meetingplus:repeated-agenda", "§ 2 Avtal") in [
        (removal.rule, removal.text) for removal in document.removals
    ]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("<p>INSTÄLLT</p>", "cancelled"),
        ("<strong>Inställt!</strong>", "cancelled"),
        ("<p>INSTÄLLT<br>Socialnämnden<br>18:00 Rådhuset</p>", "cancelled"),
        ("<p>Studiebesöket är inställt.</p>", "announced"),
        (f"<ul>{MENU}</ul>", "announced"),
    ],
)
def test_a_line_of_its_own_cancels(line: str, status: str) -> None:
    """The lone word by the heading is an explicit sign; in prose and menus it is not."""
    document = meeting_page(f"<h1>Möte 2020-10-27</h1>{line}<p>Socialnämnden</p>")
    assert document.meeting is not None

    assert document.meeting.status == status
    assert document.meeting.body.name == "Socialnämnden"


def test_a_long_agenda_is_read_in_linear_time() -> None:
    """4,000 rows took 85 seconds when each row looked at all blocks."""
    row = "<li><span>§ {n}</span><button>Val {n}</button><p>Text.</p></li>"
    rows = "".join(row.format(n=n) for n in range(4000))
    began = process_time()
    found = agenda_of(f"<ol>{rows}</ol>")

    assert len(found) == 4000
    assert process_time() - began < 15


def test_a_file_in_a_sentence_stays_in_the_text() -> None:
    """A link within a description is its words; the file is attached all the same."""
    text = f"<p>Se <a href='{FILE}'>yttrandet</a> från mars.</p>"
    document = meeting_page(f"{HEAD}<ol><li><h3>§ 1 Val</h3>{text}</li></ol>")

    assert "Se yttrandet från mars." in document.text
    assert [file.url for file in document.attachments] == [FILE]


def test_the_extractor_names_class_version_and_rules() -> None:
    """A re-reading can be repeated only if it is known who read."""
    reader, _, rules = meeting_page(HEAD).extractor.partition("+rules:")

    assert f"meetingplus.MeetingPage/{meetingplus.MeetingPage.version}" == reader
    assert len(rules) == 8


def test_a_meeting_is_not_read_from_a_file_or_an_organ() -> None:
    """Bytes and address must be those of the class."""
    pdf = Fetched(MEETING, b"%PDF-1.7\n", "application/pdf")
    organ = Fetched(f"{HOST}/committees/socialnamnden", frame(HEAD), "text/html")

    with pytest.raises(WrongType):
        meetingplus.MeetingPage(SITE, pdf).check()
    with pytest.raises(UnknownLayout):
        meetingplus.MeetingPage(SITE, organ).check()


def test_login_by_address() -> None:
    """A redirect to the login server is no content."""
    url = f"{HOST}/AuthorizationServer/Account/login?client_id=x"

    with pytest.raises(Blocked):
        meetingplus.MeetingPage(SITE, Fetched(url, frame("<h1>Välkommen</h1>"))).check()


def test_the_registry_starts_with_the_organs() -> None:
    """Configuration names a product; its start URL is read by START."""
    assert PRODUCTS["meetingplus"] is meetingplus.OrganList


@pytest.mark.skipif(not PAGES, reason=REASON)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
@pytest.mark.parametrize("reader", READERS)
def test_real_pages_are_refused(reader: type[meetingplus.MeetingPlusPage], path) -> None:
    """No saved page is a MeetingPlus page with content; its two error pages are known as such."""
    body = path.read_bytes()
    is_pdf = path.suffix == ".pdf"
    content_type = "application/pdf" if is_pdf else "text/html"
    page = reader(SITE, Fetched(MEETING, body, content_type))
    if is_pdf and reader is meetingplus.FilePage:
        page.check()
        return
    with pytest.raises(PageFault) as fault:
        page.check()
    if "alingsas-meetingsplus-404" in path.name:
        assert fault.type is SoftNotFound


@pytest.mark.skipif(not RESPONSES, reason=REASON)
@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.name)
def test_real_responses_are_refused(path) -> None:
    """Other products are refused by name of a fault, never by another exception."""
    for fetched in responses(path, MEETING):
        with pytest.raises(PageFault):
            meetingplus.MeetingPage(SITE, fetched).check()
