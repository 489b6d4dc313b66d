"""The reading room: every page answers, search knows Swedish, archived text stays text."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from click.testing import CliRunner

from archive.browse import HERE, datasette_command, wording
from archive.browse.command import browse
from archive.browse.pages import _TEXTS, COMPARED, EXCERPT, excerpt
from archive.browse.search import fts_query
from archive.publish import public_path, publish
from archive.schema import _MEMORY
from archive.store import REPLACED, Hidden, Store
from tests.sample_archive import HOSTILE, MEETING, NOTICE, NOW, RELEASE, build_sample_archive

pytest.importorskip("datasette", reason="the extra `browse` is not installed")
pytest.importorskip("snowballstemmer", reason="the extra `browse` is not installed")

from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import parse_metadata

METADATA = parse_metadata((HERE / "metadata.yaml").read_text())
ABOUT = METADATA["databases"]["public"]
PARAMS = {"sok": "?q=nämnd&kommun=1489&slag=meeting", "arenden": "?ord=SKOLSKJUTS"}
DENIED = {name for name, about in ABOUT["tables"].items() if about.get("allow") is False}
OUTSIDE_URL = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*((?:https?:)?//[^"'\s>]+)""")


class Room:
    """The reading room over one archive, asked in process."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._datasette = Datasette(
            [str(path)],
            metadata=METADATA,
            template_dir=str(HERE / "templates"),
            plugins_dir=str(HERE / "plugins"),
            static_mounts=[("static", str(HERE / "static"))],
        )

    def get(self, path: str) -> Any:
        return asyncio.run(self._datasette.client.get(path, follow_redirects=True))

    def page(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.text[-800:]}"
        return response.text

    def search(self, typed: str) -> set[str]:
        """Return the titles that the search box of the document list finds."""
        found = self.get(f"/public/documents.json?_shape=array&_search={quote_plus(typed)}")
        assert found.status_code == 200, found.text
        return {row["title"] for row in found.json()}

    def names(self) -> list[str]:
        rows = self.db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return [name for (name,) in rows]

    def id_of(self, key: str) -> int:
        return self.db.execute("SELECT id FROM documents WHERE key = ?", (key,)).fetchone()[0]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("browse")
    build_sample_archive(data_dir)
    room = Room(publish(data_dir).path)
    yield room
    room.db.close()
    for plugin in pm.get_plugins():
        if str(getattr(plugin, "__file__", "")).startswith(str(HERE)):
            pm.unregister(plugin)


def every_path(room: Room) -> list[str]:
    paths = ["/", "/public", "/public?sql=select+1", "/static/reading.css"]
    paths += [f"/public/{name}" for name in room.names() if name not in DENIED]
    paths += ["/public/sok?q=budget", "/public/documents?_search=budget"]
    paths += [f"/public/{name}{PARAMS.get(name, '')}" for name in ABOUT["queries"]]
    for name, key in (("kommuner", "kommunkod"), *((n, "id") for n in with_id(room))):
        rows = room.db.execute(f"SELECT {key} FROM {name}").fetchall()
        paths += [f"/public/{name}/{value}" for (value,) in rows]
    return paths


def with_id(room: Room) -> list[str]:
    hidden = {name for name, about in ABOUT["tables"].items() if about.get("hidden")}
    tables = room.db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '% id INTEGER PRIMARY%'"
    )
    return [name for (name,) in tables if name not in hidden]


def test_every_page_answers(room):
    """Start page, database, tables, views, rows, canned queries: all there, none an error."""
    for path in every_path(room):
        room.page(path)


def test_the_machinery_of_search_is_not_served(room):
    """Shadow tables hold words of texts without the rules that guard the texts (law 12)."""
    shadows = {name for name in room.names() if name.startswith("documents_fts")}

    assert shadows <= DENIED
    assert {room.get(f"/public/{name}").status_code for name in DENIED} == {403}


def test_no_page_points_outside_but_to_sources(room):
    """Nothing is loaded from, or linked to, a host that is not an archived source."""
    for path in every_path(room):
        for url in OUTSIDE_URL.findall(room.page(path)):
            assert ".example.se/" in url or url.startswith("http://localhost/"), (
                f"{path} points to {url}"
            )


def test_hostile_text_is_shown_as_text(room):
    """Markup in archived words is escaped on every page, and no link runs a script."""
    seen = 0
    for path in every_path(room):
        page = room.page(path)
        assert HOSTILE not in page, path
        assert 'href="javascript:' not in page.lower(), path
        seen += HOSTILE in unescape(page)

    assert seen > 10


def test_every_table_and_column_is_described(room):
    """Whoever adds a table or a column says what it means, in the same change."""
    for name in room.names():
        about = ABOUT["tables"].get(name)
        assert about, f"{name} is not described"
        assert about.get("label_column") or name == "documents_current", name
        if name.startswith(("_", "documents_fts")):
            assert about["hidden"]
            continue
        columns = {column for _, column, *_ in room.db.execute(f"PRAGMA table_info({name})")}
        assert set(about["columns"]) == columns, name
        assert about["title"]
        assert about["description"]
        assert all(about["columns"].values()), name


def test_nothing_is_described_that_is_not_there(room):
    assert set(ABOUT["tables"]) <= set(room.names())


def test_facets_and_sorts_are_indexed(room):
    """A facet or a sort over long rows without an index takes seconds in a large archive."""
    for name, about in ABOUT["tables"].items():
        if name == "documents_current":  # a view over documents and its indexes
            continue
        indexed = {"id", "kommunkod"} if name == "kommuner" else {"id"}
        for (index,) in room.db.execute(f"SELECT name FROM pragma_index_list('{name}')"):
            first = room.db.execute(f"SELECT name FROM pragma_index_info('{index}')").fetchone()
            indexed.add(first[0])
        wanted = {*about.get("facets", ()), about.get("sort_desc", "id")}
        if name not in ("alerts", "bodies", "kommuner"):  # always short
            assert wanted <= indexed, name


@pytest.mark.parametrize("name", ABOUT["queries"])
def test_canned_query_is_introduced(name):
    query = ABOUT["queries"][name]
    assert query["title"]
    assert query["description"]
    assert query["hide_sql"]
    assert set(re.findall(r":([a-z]+)\b", query["sql"])) == set(query.get("params", ()))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("socialnämnder", "Socialnämnden hämtar igen sitt underskott"),
        ("SKOLA", "Socialnämnden hämtar igen sitt underskott"),
        ("kostnad", "Socialnämnden hämtar igen sitt underskott"),
        ("omställningspaket", "Ny värd på turistbyrån " + HOSTILE),
        ('"budget i balans"', "Ny värd på turistbyrån " + HOSTILE),
        ("skolskjuts", "Möte 2020-10-27"),
        ("2020-10-27", "Möte 2020-10-27"),
        ("§ 52", "Möte 2020-10-27"),
        ("KS/2021:14", "Möte 2020-10-27"),
    ],
)
def test_search_finds(room, typed, title):
    """What a Swede types is found, inflected or not."""
    assert title in room.search(typed)


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("vård", "Ny värd på turistbyrån " + HOSTILE),
        ("värd", RELEASE.title),
        ("are", RELEASE.title),
        ('"nämnd"', RELEASE.title),
        ("5", MEETING.title),
        ('"balans i budget"', "Ny värd på turistbyrån " + HOSTILE),
    ],
)
def test_search_does_not_find(room, typed, title):
    """Other words with other letters, other phrases and beginnings of numbers are no hits."""
    assert title not in room.search(typed)


@pytest.mark.parametrize(
    "typed",
    ["*", '"', '""', "'", "AND", "NOT OR", "a:b", "(", "-", "§", "^x", "{}", "\x00", "NEAR(a b)",
     "hälso- och sjukvård", '"öppen', 'a"b"c', "x " * 2000, "\u00ad", "☃", "%", "\\"],
)  # fmt: skip
def test_no_input_is_a_syntax_error(room, typed):
    """The search box and the ranked search take anything."""
    room.search(typed)
    room.page(f"/public/sok?q={quote_plus(typed)}")


def test_ranked_search_shows_where_the_word_stands(room):
    page = room.page("/public/sok?q=vård")

    assert "<mark>vården</mark>" in page
    assert RELEASE.title in page


def test_agenda_items_are_found_by_part_of_a_word_in_any_case(room):
    page = room.page("/public/arenden?ord=ÖVERLÄGG")

    assert "Information och överläggningar" in page
    assert "Skolskjutsreglemente" not in page


def test_document_page_shows_its_chain_of_evidence(room):
    page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")
    held = room.db.execute(
        "SELECT payload_sha256, warc_file, text_sha256, capture_url FROM documents_current "
        "WHERE key = ?",
        (RELEASE.key,),
    ).fetchone()

    assert all(value in page for value in held)
    assert "18 maj 2020 kl. 07.00" in page
    assert "22 november 2026 kl. 04.00, svensk tid" in page
    assert "2 av 2: källan ändrade texten" in page
    assert "Version 1" in page
    assert "Karin Exempel" in page
    assert "Nämnden vänder minus till plus." in page
    assert 'rel="noreferrer noopener"' in page


def test_document_page_shows_what_was_removed_by_rule(room):
    page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")

    for removal in RELEASE.removals:
        assert f"<code>{removal.rule}</code>" in page
        assert removal.text in unescape(page)
    assert "Kakrutor" in page


def test_document_page_shows_who_removed_a_block_and_why(room):
    """The judge in Swedish, the evidence as it stands; a row from before there were any, bare."""
    page = unescape(room.page(f"/public/documents/{room.id_of(RELEASE.key)}"))

    assert f"elementet sidan märkt ut: div.share {HOSTILE}" in page
    assert "känd på den här sortens sida<" in page
    assert '<code>cookie:line</code><div class="text">' in page


def test_document_page_shows_what_changed_between_versions(room):
    """Word by word, what was moved marked, title and contacts too; archived words as text."""
    page = room.page(f"/public/documents/{room.id_of(NOTICE.key)}")

    assert "Från version 1 till 2" in page
    assert "Bygget kostar <del>fyra</del> <ins>sex</ins> miljoner" in page
    assert "under <del>hösten</del> <ins>våren</ins> och" in page
    assert "Flyttat hit, var stycke 3" in page
    assert "Matsalen byggs om <ins>i vår</ins>" in page
    assert "<del>Eva Exempel, Rektor</del> <ins>Åsa Exempel, Rektor</ins>" in page
    assert "<ins>Sidan granskades i november.</ins>" in page
    assert "2 oförändrade stycken" in page


def test_document_page_shows_what_happened(room):
    notice = room.page(f"/public/documents/{room.id_of(NOTICE.key)}")
    meeting = room.page(f"/public/documents/{room.id_of(MEETING.key)}")

    assert "Flyttad till en ny adress" in notice
    assert 'Borta hos källan <span class="quiet">404</span>' in notice
    assert "Dag ändrades: <del>26 oktober 2020</del> <ins>27 oktober 2020</ins>" in meeting
    assert "Bilaga tillagd: <ins>Karta &lt;script&gt;" in meeting


def test_why_something_is_gone_is_said_in_swedish():
    """As `archive.store.frontier` puts reasons together; another word as it stands."""
    said = wording.absence("not_found, unlisted")

    assert said == "sidan finns inte, inte längre i källans lista"
    assert wording.absence(REPLACED) == "ett annat dokument ligger på adressen"
    assert wording.absence("410, listed") == "410, fortfarande i källans lista"


def test_texts_too_long_to_compare_on_a_page_say_so(room, monkeypatch):
    """A page that compared without bound would hold up every reader."""
    monkeypatch.setattr("archive.browse.pages._TEXTS", _TEXTS.replace(str(COMPARED), "250"))
    page = room.page(f"/public/documents/{room.id_of(NOTICE.key)}")

    assert page.count("för långa att jämföra här") == 2
    assert f"kommunarkiv diff {NOTICE.key} 1 2" in page


def test_every_kind_of_event_has_a_name():
    kinds = re.search(r"CHECK \(kind IN \('changed', (.*?)\)\)", _MEMORY, re.DOTALL)

    assert kinds
    assert set(re.findall("'(.*?)'", kinds[1])) == set(wording.EVENTS)


def test_meeting_document_shows_agenda_and_which_files_are_held(room):
    page = room.page(f"/public/documents/{room.id_of(MEETING.key)}")

    assert "§ 53" in page
    assert "kl. 14:00–17:00" in page
    assert "KS/2021:14" in page
    assert f'href="/public/documents/{room.id_of("meetingplus:file:4")}"' in page
    assert page.count("saknas i arkivet") == 1


def test_meeting_row_leads_to_its_document(room):
    assert f'href="/public/documents/{room.id_of(MEETING.key)}"' in room.page("/public/meetings/1")


def test_version_row_leads_to_its_document(room):
    page = room.page("/public/versions/1")

    assert f'href="/public/documents/{room.id_of(RELEASE.key)}"' in page
    assert "Kostnaderna ökar." in page


def test_file_leads_to_the_document_it_belongs_to(room):
    page = room.page(f"/public/documents/{room.id_of('meetingplus:file:4')}")

    assert f'href="/public/documents/{room.id_of(MEETING.key)}"' in page
    assert "inte läst ännu" in page


@pytest.mark.parametrize("path", ["/public/documents/999999", "/public/nowhere", "/nowhere"])
def test_what_is_not_there_is_a_page_too(room, path):
    response = room.get(path)

    assert response.status_code == 404
    assert "Sidan finns inte" in response.text


def test_a_takedown_counts_while_the_room_is_open(tmp_path):
    """Datasette keeps its connections; a file that takes the old one's place is opened anew."""
    build_sample_archive(tmp_path)
    room = Room(publish(tmp_path).path)
    page = f"/public/documents/{room.id_of(RELEASE.key)}"
    room.page(page)

    with Store(tmp_path / "archive.db") as store:
        store.withhold(Hidden(room.id_of(RELEASE.key), "privacy"), NOW)
    publish(tmp_path)

    assert room.get(page).status_code == 404
    assert not room.search("underskott")
    room.db.close()


def test_browse_publishes_what_has_changed(tmp_path, monkeypatch):
    build_sample_archive(tmp_path)
    monkeypatch.setattr("os.execv", lambda path, command: None)
    words = ["--data", str(tmp_path), "--port", "0"]
    assert CliRunner().invoke(browse, words).exit_code == 0
    first = public_path(tmp_path).stat().st_ino
    assert CliRunner().invoke(browse, words).exit_code == 0
    assert public_path(tmp_path).stat().st_ino == first

    with Store(tmp_path / "archive.db") as store:
        store.withhold(Hidden(1, "privacy"), NOW)
    assert CliRunner().invoke(browse, words).exit_code == 0
    assert public_path(tmp_path).stat().st_ino != first


def test_broken_sql_is_explained(room):
    response = room.get("/public?sql=select+nothing+from+nowhere")

    assert response.status_code == 400
    assert "Frågan gick inte att köra" in response.text


def test_long_query_keeps_to_the_limit():
    assert fts_query("ord " * 500, str).count('"ord"*') == 32


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("2026-11-22T03:00:00Z", "22 november 2026 kl. 04.00"),
        ("2020-05-18T07:00:00+02:00", "18 maj 2020 kl. 07.00"),
        ("2020-05-18", "18 maj 2020"),
        ("i våras", "i våras"),
        (None, ""),
    ],
)
def test_times_are_swedish_wall_time(stated, shown):
    assert wording.swedish_time(stated) == shown


def test_excerpt_ends_at_a_word():
    cut = excerpt("ord " * 100)

    assert len(cut) <= EXCERPT + 2
    assert cut.endswith("ord …")


def test_excerpt_is_not_turned_round():
    assert excerpt("ord \u202e\nord") == "ord \ufffd ord"


def test_every_rule_family_has_a_name():
    """A reader never meets the bare name of a cleaning rule's family."""
    root = HERE.parent.parent
    files = [*root.glob("archive/cleaning/*.toml"), *root.glob("crawler/products/*.toml")]
    names = {n for f in files for n in re.findall(r'^name = "(.+?):', f.read_text(), re.MULTILINE)}

    assert names <= set(wording.RULE_FAMILIES)


def test_command_serves_the_file_mutable(tmp_path):
    command = datasette_command(tmp_path, "127.0.0.1", 8001)

    assert command[:4] == [sys.executable, "-m", "datasette", "serve"]
    assert str(tmp_path / "public.db") in command
    assert not {"-i", "--immutable"} & set(command)


def test_browse_without_an_archive_is_one_sentence(tmp_path):
    result = CliRunner().invoke(browse, ["--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "found none; crawl something first" in result.stderr


def test_browse_without_datasette_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("archive.browse.command.find_spec", lambda name: None)

    result = CliRunner().invoke(browse, ["--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "kommunarkiv[browse]" in result.stderr


def test_browse_on_a_taken_port_is_one_sentence(tmp_path):
    Store(tmp_path / "archive.db").close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(browse, ["--data", str(tmp_path), "--port", port])

    assert result.exit_code == 2
    assert f"port {port}" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_room_opens(tmp_path):
    """As a process of its own: what serves it looks at the shape of our hooks."""
    build_sample_archive(tmp_path)
    publish(tmp_path)
    command = datasette_command(tmp_path, "127.0.0.1", 0)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stderr:
            said += line
            if "running on" in line or "failed" in line:
                process.terminate()

    assert "running on" in said, said


def test_browse_becomes_datasette(tmp_path, monkeypatch):
    Store(tmp_path / "archive.db").close()
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, command: started.append(command))

    result = CliRunner().invoke(browse, ["--data", str(tmp_path), "--port", "0", "--open"])

    assert result.exit_code == 0
    assert started == [[*datasette_command(tmp_path, "127.0.0.1", 0), "--open"]]
