"""The reading room: every page answers, search knows Swedish, archived text stays text."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import unescape

import pytest
from click.testing import CliRunner

from archive.browse import HERE, datasette_command, wording
from archive.browse.command import browse
from archive.browse.pages import EXCERPT, excerpt
from archive.publish import public_path, publish
from archive.search.functions import RANKED
from archive.store import Hidden, Store
from tests.reading_room import ABOUT, DENIED, OUTSIDE_URL, Room, every_path, opened
from tests.sample_archive import HOSTILE, NOW, RELEASE, build_sample_archive


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("browse")
    build_sample_archive(data_dir)
    with opened(publish(data_dir).path) as room:
        yield room


def test_every_page_answers(room):
    """Start page, database, tables, views, rows, canned queries: all there, none an error."""
    for path in every_path(room):
        room.page(path)


def test_the_machinery_of_search_is_not_served(room):
    """Shadow tables hold words of texts without the rules that guard the texts (law 12)."""
    shadows = {name for name in room.names() if name.startswith(("documents_fts", "words"))}

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
        if name.startswith(("_", "documents_fts", "words")):
            assert about["hidden"]
            continue
        columns = {column for _, column, *_ in room.db.execute(f"PRAGMA table_info({name})")}
        assert set(about["columns"]) == columns, name
        assert about["title"]
        assert about["description"]
        assert all(about["columns"].values()), name


def test_no_text_is_read_to_count_what_each_rule_removed(room):
    """In a large archive it would take longer than a query may."""
    sql = ABOUT["queries"]["borttaget"]["sql"]
    plan = [row[3] for row in room.db.execute(f"EXPLAIN QUERY PLAN {sql}")]

    assert "SCAN removals USING COVERING INDEX removals_rule" in plan


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
        facets = {column for facet in about.get("facets", ()) for column in facet.values()}
        wanted = {*facets, about.get("sort_desc", "id")}
        if name not in ("alerts", "bodies", "kommuner"):  # always short
            assert wanted <= indexed, name


@pytest.mark.parametrize("name", ABOUT["queries"])
def test_canned_query_is_introduced(name):
    query = ABOUT["queries"][name]
    assert query["title"]
    assert query["description"]
    assert query["hide_sql"]
    sql = RANKED if name == "sok" else query["sql"]
    assert set(re.findall(r":([a-z]+)\b", sql)) == set(query.get("params", ()))


def test_agenda_items_are_found_by_part_of_a_word_in_any_case(room):
    page = room.page("/public/arenden?ord=ÖVERLÄGG")

    assert "Information och överläggningar" in page
    assert "Skolskjutsreglemente" not in page


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


def test_browse_leaves_the_archive_alone_when_told_to(tmp_path, monkeypatch):
    """So that who serves it on the web needs to read one file."""
    monkeypatch.setattr("os.execv", lambda path, command: None)
    words = ["--data", str(tmp_path), "--port", "0", "--published"]
    without = CliRunner().invoke(browse, words)
    build_sample_archive(tmp_path)
    publish(tmp_path)
    (tmp_path / "archive.db").unlink()

    assert (without.exit_code, "nothing is published" in without.stderr) == (2, True)
    assert CliRunner().invoke(browse, words).exit_code == 0
