"""Search knows Swedish: what is typed is found in its forms, ranked, shown where it stands."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from errno import ENOSPC
from html import unescape
from pathlib import Path
from urllib.parse import quote_plus, urlencode

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.publish import public_path, publish
from archive.reading import connected_read_only
from archive.search.excerpts import LENGTH, excerpt
from archive.search.functions import RANKED, add_search_functions
from archive.search.query import MAX_COMPOUNDS, MAX_TERMS, parse
from archive.search.stemming import SMALL_WORDS, inflects
from archive.search.words import Words, add_words, fill_words
from archive.store import Hidden, Store
from crawler.cli import main
from tests.reading_room import Room, opened
from tests.sample_archive import (
    HOSTILE,
    MEETING,
    NEWS,
    NOW,
    OBEYED,
    RELEASE,
    _crawl,
    _source,
    build_sample_archive,
)

TEXTS = {
    "skolskjuts": "Skolskjutsreglementet antogs.",
    "nämnden": "Reglementet för nämnden, nämndens och nämnderna.",
    "skolan": "Skolan har fem skolor. Förskolorna också. En gymnasieskola byggs.",
    "underskott": "Ett underskott. Budgetunderskottet består.",
    "ärende": "Ett ärende bordlades. Detaljplaneärendet avgjordes.",
    "vård": "Hälso- och sjukvården byggs ut.",
    "barn": "Barn- och utbildningsnämnden sammanträdde; bygg- och miljönämnden ej.",
    "organ": "Organisationen saknar tak. Internt arbete på planen.",
    "program": "Biblioteksprogrammet löper mellan tallar.",
    "åre": "Resan till Åre, en arena och en vara.",
    "mål": "Under § 52 i KS/2021:14 den 2020-10-27 beslutades om e-tjänster.",
    "anslag": "Anslaget sitter uppe. Slaget är förlorat.",
}
"""By title: what the documents of the small index say."""


def indexed(texts: dict[str, str]) -> sqlite3.Connection:
    """Return a served file in miniature, in memory."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(
        """
        CREATE TABLE documents_text (id INTEGER PRIMARY KEY, title TEXT, text TEXT);
        CREATE VIRTUAL TABLE documents_fts USING fts5 (
            title, text, content='documents_text', content_rowid='id',
            tokenize='unicode61 remove_diacritics 0'
        );
        """
    )
    db.executemany("INSERT INTO documents_text (title, text) VALUES (?, ?)", texts.items())
    db.execute("INSERT INTO documents_fts (documents_fts) VALUES ('rebuild')")
    return db


@pytest.fixture(scope="module")
def small() -> Iterator[sqlite3.Connection]:
    with closing(indexed(TEXTS)) as db:
        fill_words(db)
        add_search_functions(db)
        yield db


def found(db: sqlite3.Connection, typed: str, function: str = "escape_fts") -> set[str]:
    sql = f"SELECT title FROM documents_fts WHERE documents_fts MATCH {function}(?)"
    return {title for (title,) in db.execute(sql, (typed,))}


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("reglementet", {"skolskjuts", "nämnden"}),  # the last part of a compound, in any form
        ("reglementen", {"skolskjuts", "nämnden"}),
        ("Skolskjuts", {"skolskjuts"}),  # the first part
        ("skolan", {"skolan", "skolskjuts"}),  # a definite form that Snowball leaves alone
        ("skolans", {"skolan", "skolskjuts"}),
        ("förskola", {"skolan"}),
        ("underskottet", {"underskott"}),
        ("underskottets", {"underskott"}),
        ("underskotten", {"underskott"}),
        ("ärendena", {"ärende"}),
        ("ärendet", {"ärende"}),
        ("program", {"program"}),  # doubles its last letter
        ("programmets", {"program"}),
        ("underskott", {"underskott"}),
        ("nämnd", {"nämnden", "barn"}),
        ("hälso- och sjukvård", {"vård"}),
        ("hälso- och sjukvården", {"vård"}),
        ("sjukvård", {"vård"}),
        ("vård", {"vård"}),
        ("värd", set()),
        ("barn- och utbildningsnämnden", {"barn"}),
        ("barn och utbildningsnämnd", {"barn"}),
        ("barn- och miljönämnden", set()),
        ("are", {"åre"}),  # arena, neither Åre nor vara
        ("Åre", {"åre"}),
        ("en", {"åre", "skolan"}),
        ("organ", {"organ"}),
        ("internet", set()),  # no form of "intern"
        ("slag", {"anslag"}),
        ("lag", set()),  # no last part of "slag" and "anslag"
        ("KS/2021:14", {"mål"}),
        ("§ 52", {"mål"}),
        ("5", set()),
        ("2020-10-27", {"mål"}),
        ("e-tjänst", {"mål"}),
        ('"skolskjuts"', {"skolskjuts"}),
        ('"reglementet"', {"nämnden"}),
        ('"saknar tak"', {"organ"}),
        ('"tak saknar"', set()),
        ("tak i och organisationen", {"organ"}),  # small words need not be there
        ("skolan -förskolan", {"skolskjuts"}),
        ('skolskjuts -"antogs"', set()),
        ("-skolan", set()),
        ("skolan - nämnden", set()),
        ("skolan AND OR NOT nämnden", set()),
    ],
)
def test_what_is_typed_finds(small: sqlite3.Connection, typed: str, titles: set[str]) -> None:
    assert found(small, typed) == titles


def test_a_query_whose_time_was_up_is_not_remembered() -> None:
    with closing(indexed(TEXTS)) as db:
        fill_words(db)
        for steps in range(1, 200, 3):
            add_search_functions(db)
            left = iter(range(steps))
            db.set_progress_handler(lambda left=left: next(left, None) is None, 1)
            with suppress(sqlite3.OperationalError):
                db.execute("SELECT escape_fts(?)", ("reglementet",)).fetchone()
            db.set_progress_handler(None, 0)

            assert found(db, "reglementet") == {"skolskjuts", "nämnden"}


def test_small_words_alone_are_searched_for(small: sqlite3.Connection) -> None:
    assert found(small, "och") == {"nämnden", "vård", "barn", "åre"} & found(small, '"och"')


def test_whole_words_are_told_from_parts(small: sqlite3.Connection) -> None:
    """What ranks first is every form of the word itself."""
    assert found(small, "reglemente", "words_fts") == {"nämnden"}
    assert found(small, "skolor", "words_fts") == {"skolan"}
    assert found(small, "tal", "words_fts") == set()  # no letter is doubled: not "tallar"
    assert found(small, "skolan", "title_fts") == {"skolan"}
    assert found(small, "skolan -gymnasieskolan", "title_fts") == set()


WILD = [
    *'* " "" \' ( - -- -" § ^x {} + % \\ ☃ ﬁ İ ß-ß skol* ^skola title:b a"b"c \x00 \u00ad'.split(
        " "
    ),
    *("AND", "NOT OR", "a NOT b", "NEAR(a b)", "title : skola", '"öppen', "a\x00b", "e\u0301"),
    *("- och ", "a- och", "bygg-, miljö- och", "x " * 2_000, "-x " * 2_000, '"' * 5_000),
    *("a" * 1_000_000, "a- " * 300_000),
]


SIGNS = (*"\"'()*^:{}-§/,&\x00\nåk", " och ", " NOT ", " -skola ", "İ")
TYPED = st.text(max_size=200) | st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)


def answer(db: sqlite3.Connection, typed: str) -> None:
    for function in ("escape_fts", "words_fts", "title_fts"):
        found(db, typed, function)
    db.execute("SELECT excerpt(?1, ?1), did_you_mean(?1)", (typed,)).fetchone()


@given(TYPED)
@settings(max_examples=200, deadline=None)
def test_no_input_is_a_syntax_error(small: sqlite3.Connection, typed: str) -> None:
    """Whatever is typed is searched for, shown and answered."""
    answer(small, typed)


@pytest.mark.parametrize("typed", WILD)
def test_no_wild_input_is_a_syntax_error(small: sqlite3.Connection, typed: str) -> None:
    answer(small, typed)


def test_long_queries_keep_to_the_limits() -> None:
    compounds = {f"{a}{b}{c}nämnd": "" for a in "bfgk" for b in "aeio" for c in "dlnrst"}
    with closing(indexed({"x": " ".join(compounds)})) as db:
        fill_words(db)
        words = Words(db)

        assert parse("ord " * 500).anywhere(words).count('"ord"*') == MAX_TERMS
        assert parse("nämnd").anywhere(words).count(" OR ") == MAX_COMPOUNDS
        assert parse("nämnd nämnd").anywhere(words).count(" OR ") == MAX_COMPOUNDS


def test_words_of_new_documents_are_added(small: sqlite3.Connection) -> None:
    """As a file that was built at once has them; what is said again counts again."""
    first, *later = TEXTS.items()
    with closing(indexed(dict([first]))) as db:
        fill_words(db)
        db.executemany("INSERT INTO documents_text (title, text) VALUES (?, ?)", later)
        add_words(db, range(2, len(TEXTS) + 1))

        sql = "SELECT * FROM words ORDER BY word"
        assert db.execute(sql).fetchall() == small.execute(sql).fetchall()
        add_words(db, [2])
        (count,) = db.execute("SELECT documents FROM words WHERE word = 'nämndens'").fetchone()
        assert count == 2


def test_words_are_of_letters_and_not_endless() -> None:
    with closing(indexed({"Ett": "tusen 2021 a1 " + "å" * 60})) as db:
        fill_words(db)

        assert {*db.execute("SELECT word FROM words")} == {("ett",), ("tusen",)}


def test_words_are_looked_up_no_longer_than_the_query_may_take() -> None:
    """The search itself is then interrupted, as any query that takes too long."""
    with closing(indexed(TEXTS)) as db:
        fill_words(db)
        db.set_progress_handler(lambda: 1, 1)

        assert Words(db).forms("reglemente") == ["reglemente"]
        assert Words(db).ending_in("reglemente", 9) == []


def test_small_words_do_not_inflect() -> None:
    assert not any(map(inflects, SMALL_WORDS))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("skolskjutsreglemtet", "skolskjutsreglementet"),
        ("BIBLOTEKSPROGRAMMET i Åre", "biblioteksprogrammet i Åre"),
        ("reglementet", None),
        ("xyzzyqqq", None),
        ("hus", None),
        ("", None),
        ("☃", None),
    ],
)
def test_near_words_are_suggested(small: sqlite3.Connection, typed: str, meant: str | None) -> None:
    assert small.execute("SELECT did_you_mean(?)", (typed,)).fetchone()[0] == meant


# ---- excerpts

FILLER = "Ordet är fritt. " * 60


@pytest.mark.parametrize(
    ("typed", "said", "shown"),
    [
        ("reglementet", "Skolskjutsreglementet gäller.", "⟦Skolskjutsreglementet⟧ gäller."),
        ("skolan", "Skolskjuts till skolorna.", "⟦Skolskjuts⟧ till ⟦skolorna⟧."),
        ("hälso- och sjukvård", "Om hälso- och sjukvården.", "Om ⟦hälso- och sjukvården⟧."),
        ('"vård"', "Vården och vård.", "Vården och ⟦vård⟧."),
        ("KS/2021:14", "Ärende KS/2021:14.", "Ärende ⟦KS/2021:14⟧."),
        ("are", "Vara i arenan.", "Vara i ⟦arenan⟧."),
        ("slag", "Ett ⟦anslag⟧ och slaget.", "Ett [anslag] och ⟦slaget⟧."),
    ],
)
def test_excerpts_mark_what_was_found(
    small: sqlite3.Connection, typed: str, said: str, shown: str
) -> None:
    assert excerpt(said, parse(typed), Words(small)) == shown


def test_excerpts_show_the_place_with_most_of_it(small: sqlite3.Connection) -> None:
    text = f"Skolan nämns. {FILLER} Skolan och nämnden i Åre. {FILLER}"
    shown = excerpt(text, parse("skola nämnd"), Words(small))

    assert shown.startswith("… ")
    assert "⟦Skolan⟧ och ⟦nämnden⟧ i Åre." in shown
    assert shown.endswith(" …")
    assert len(shown) < LENGTH + 60


@pytest.mark.parametrize("text", ["å" * 500_000, "skola" * 100_000, "", None, "skola " * 50_000])
def test_excerpts_are_bounded(small: sqlite3.Connection, text: str | None) -> None:
    assert len(excerpt(text, parse("skola -nämnd"), Words(small))) < 2 * LENGTH


# ---- the ranked search, in the room and at the terminal

PLACES = [
    replace(
        NEWS,
        key=f"sitevision:page:{100 + n}",
        url=f"https://www.example.se/{100 + n}",
        title=f"Parkeringen i kvarter {n}" if n % 2 else f"Nytt i kvarter {n}",
        text=f"Om {'parkeringar' if n < 24 else 'cykelparkeringen'} här. {HOSTILE} {OBEYED}",
        published_at=f"{2019 + n % 3}-05-01",
    )
    for n in range(30)
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("search")
    with Store(build_sample_archive(data_dir)) as store:
        site = _source(store, "2184", "mer", "sitevision", "news")
        _crawl(store, data_dir, site, "mer-1", PLACES)
    publish(data_dir)
    return data_dir


@pytest.fixture(scope="module")
def room(data: Path) -> Iterator[Room]:
    with opened(public_path(data)) as room:
        yield room


def hits(room: Room, **chosen: str) -> list[dict]:
    response = room.get(f"/public/sok.json?_shape=array&{urlencode(chosen)}")
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("page", ["documents", "documents_current"])
def test_the_stock_search_boxes_know_swedish(room: Room, page: str) -> None:
    for typed, title in (
        ("socialnämnder", RELEASE.title),
        ("skolskjuts", MEETING.title),
        ("reglementet", MEETING.title),
        ("omställningspaket", NEWS.title),
        ('"budget i balans"', NEWS.title),
    ):
        rows = room.get(f"/public/{page}.json?_shape=array&_search={quote_plus(typed)}").json()
        assert title in {row["title"] for row in rows}, typed


@pytest.mark.parametrize(
    "query", ["%00", "%ff%fe", "%ED%B0%80", "NEAR(a+b)", "-", "a" * 60_000, "%22" * 999, "title:b"]
)
def test_no_address_is_an_error(room: Room, query: str) -> None:
    """Not as bytes that are no text either."""
    room.page(f"/public/sok?q={query}&sida={query[:40]}&antal={query[:40]}&ar={query[:40]}")
    room.page(f"/public/documents?_search={query}")


def test_titles_come_first_then_words_then_parts(room: Room) -> None:
    found = [hit["titel"] for hit in hits(room, q="parkering", antal="100")]

    assert len(found) == len(PLACES)
    assert all(title.startswith("Parkeringen") for title in found[:15])
    assert set(found[-3:]) == {f"Nytt i kvarter {n}" for n in (24, 26, 28)}


def test_hits_come_in_pages_that_keep_what_was_chosen(room: Room) -> None:
    chosen = {"q": "parkering", "kommun": "2184", "slag": "news"}
    first, second = hits(room, **chosen), hits(room, **chosen, sida="2")
    page = room.page(f"/public/sok?{urlencode({**chosen, 'sida': '2'})}")

    assert [len(first), len(second)] == [20, 10]
    assert len({hit["document_id"] for hit in first + second}) == 30
    assert {hit["träffar"] for hit in first + second} == {30}
    assert "30 träffar, här 21–30" in page
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    assert "q=parkering&amp;kommun=2184&amp;organ=&amp;slag=news&amp;ar=&amp;sida=1" in page


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"kommun": "2184"}, 30),
        ({"kommun": "hudiksvall"}, 30),
        ({"kommun": "1489"}, 0),
        ({"slag": "news"}, 30),
        ({"slag": "minutes"}, 0),
        ({"ar": "2020"}, 10),
        ({"ar": "1920"}, 0),
        ({"organ": "nämnd"}, 0),
        ({"sida": "3"}, 0),
        ({"sida": "-1", "antal": "0"}, 1),
        ({"antal": "9" * 30}, 30),
    ],
)
def test_hits_are_narrowed(room: Room, chosen: dict[str, str], count: int) -> None:
    assert len(hits(room, **{"q": "parkering", "antal": "50", **chosen})) == count


def test_hits_of_a_body_are_its_meetings_and_their_files(room: Room) -> None:
    found = hits(room, q="möte OR tjänsteskrivelse", organ="SOCIAL", ar="2020")
    files = hits(room, q="tjänsteskrivelse", organ="social", ar="2020")

    assert found == []
    assert [hit["titel"] for hit in files] == ["Tjänsteskrivelse"]
    assert [hit["titel"] for hit in hits(room, q="mötet", organ="social")] == [MEETING.title]


def test_what_is_in_too_many_documents_is_said_to_be(room: Room) -> None:
    few = RANKED.replace("1000", "10")
    with closing(connected_read_only(Path(room.path))) as db:
        add_search_functions(db)
        asked = {"q": "parkering", "kommun": "", "organ": "", "slag": "", "ar": ""}
        rows = db.execute(few, {**asked, "antal": "", "sida": ""}).fetchall()

    assert len(rows) == 10
    assert {row["fler"] for row in rows} == {1}


def test_the_page_shows_where_the_word_stands(room: Room) -> None:
    page = room.page("/public/sok?q=vård")

    assert "<mark>vården</mark>" in page
    assert RELEASE.title in page
    assert "1 träff." in page


def test_nothing_found_says_what_was_searched_for_and_what_was_meant(room: Room) -> None:
    for path in ("/public/sok?kommun=2184&q=", "/public/documents?_search="):
        page = room.page(path + quote_plus(f"sokalnämnden {HOSTILE[:8]}"))
        assert f"Ingenting hittades för sokalnämnden {HOSTILE[:8]}" in unescape(page)
        assert HOSTILE[:8] not in page
        assert "Menade du" in page
        assert "socialnämnden" in page


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sokalna\u0308mnden", "socialnämnden"),
        ("ſokalnämnden Sokalnämnden", "ſokalnämnden socialnämnden"),
        ("İſokal", None),
    ],
)
def test_what_was_meant_is_told_whatever_the_letters_are(
    room: Room, typed: str, meant: str | None
) -> None:
    with closing(connected_read_only(Path(room.path))) as db:
        add_search_functions(db)

        assert db.execute("SELECT did_you_mean(?)", (typed,)).fetchone()[0] == meant


def test_a_search_that_takes_too_long_says_so_and_where_to_narrow_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasette.database import QueryInterrupted  # not there without the extra

    database = room._datasette.get_database("public")
    execute = database.execute

    def too_slow(sql: str, *args: object, **options: object) -> object:
        if "_fts" in sql:
            raise QueryInterrupted(sqlite3.OperationalError("interrupted"), sql, {})
        return execute(sql, *args, **options)

    monkeypatch.setattr(database, "execute", too_slow)
    for path in ("/public/sok?q=", "/public/documents?_search="):
        page = room.get(path + quote_plus(f"parkering {HOSTILE}")).text
        assert "Frågan tog för lång tid" in page
        assert HOSTILE not in page
        assert '<a href="/public/sok">Begränsa den</a>' in page


def test_the_query_can_be_seen_and_changed(room: Room) -> None:
    page = room.page("/public/sok?q=vård&kommun=1489")
    link = re.search(r'href="([^"]+)">Se och ändra', page)

    assert link
    assert RELEASE.title in room.page(unescape(link[1]))


def test_an_empty_search_is_a_page_with_examples(room: Room) -> None:
    assert "skola -förskola" in room.page("/public/sok")


def test_the_search_page_offers_the_bodies_of_a_kommun(room: Room) -> None:
    assert "<option>Socialnämnden</option>" in room.page("/public/sok?kommun=alingsas")
    assert "<option>Socialnämnden</option>" not in room.page("/public/sok?kommun=hudiksvall")


def run(data: Path, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["search", "--data", str(data), *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_the_best_hits(data: Path) -> None:
    code, said, _ = run(data, "omställningspaket", "värdar")

    assert code == 0
    assert said.splitlines()[:2] == [NEWS.title, "  Hudiksvall, news, 2021-03-01"]
    assert "Omställningspaketet är klart." in said
    assert f"  {NEWS.key}\n" in said
    assert "1 of 1 documents" in said
    assert "kommunarkiv show KEY" in said


def test_the_command_shows_archived_text_and_obeys_none_of_it(data: Path) -> None:
    _, said, _ = run(data, "parkering", "--kommun", "hudiksvall", "--limit", "3")

    assert "3 of 30 documents" in said
    assert not {*OBEYED[0], OBEYED[-1]} & {*said}


def test_the_command_colours_hits_at_a_terminal_alone(data: Path, monkeypatch) -> None:
    plain = run(data, "vården")[1]
    monkeypatch.setattr("archive.search.command.in_colour", lambda: True)
    done = CliRunner().invoke(main, ["search", "--data", str(data), "vården"], color=True)

    assert "\x1b" not in plain
    assert "⟦" not in plain
    assert "\x1b[33m\x1b[1mvården\x1b[0m" in done.stdout


def test_the_command_prints_json(data: Path) -> None:
    _, said, _ = run(data, "reglementet", "--body", "socialnämnd", "--year", "2020", "--json")
    (hit,) = json.loads(said)

    assert said.isascii()
    assert hit["key"] == MEETING.key
    assert hit["body"] == "Socialnämnden"
    assert "Skolskjutsreglemente KS/2021:14" in hit["excerpt"]


def test_a_full_disk_is_said_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_text: str) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("archive.search.command.print_long", full)
    code, _, complaint = run(data, "vården")

    assert code == 1
    assert complaint == "kommunarkiv: cannot write: [Errno 28] No space left on device\n"


def test_nothing_found_is_no_error(data: Path) -> None:
    code, said, complaint = run(data, "sokalnämnden", "\udcff\x1b")

    assert code == 0
    assert said == ""
    assert "nothing was found for: sokalnämnden" in complaint
    assert "did you mean: socialnämnden" in complaint
    assert "\x1b" not in complaint
    assert json.loads(run(data, "sokalnämnden", "--json")[1]) == []


def test_the_command_needs_a_word_and_an_archive(data: Path, tmp_path: Path) -> None:
    assert run(data, "☃")[0] == 2
    assert run(data, "x", "--kind", "letter")[0] == 2
    code, _, complaint = run(tmp_path, "skola")

    assert code == 2
    assert "crawl something first" in complaint


def test_what_is_withheld_is_not_found_nor_suggested(tmp_path: Path) -> None:
    """The command publishes first, and words of what is hidden are not in the new file."""
    path = build_sample_archive(tmp_path)
    assert run(tmp_path, "underskott")[1]
    with Store(path) as store:
        store.withhold(Hidden(1, "privacy"), NOW)

    assert run(tmp_path, "underskott") == (0, "", "nothing was found for: underskott\n")
    with closing(connected_read_only(public_path(tmp_path))) as db:
        assert not db.execute("SELECT 1 FROM words WHERE word = 'underskott'").fetchone()
