"""The page of a document and of a version: text, evidence, versions, what was removed, citation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from archive.browse import wording
from archive.browse.citing import cite
from archive.passages import MASK
from archive.publish import publish
from archive.schema import _MEMORY
from archive.store import REPLACED, Hidden, Store
from tests.reading_room import Room, opened
from tests.sample_archive import HOSTILE, MEETING, NOTICE, NOW, RELEASE, build_sample_archive


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data_dir = tmp_path_factory.mktemp("documents")
    build_sample_archive(data_dir)
    with opened(publish(data_dir).path) as room:
        yield room


def test_document_page_shows_its_chain_of_evidence(room):
    page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")
    held = room.db.execute(
        "SELECT payload_sha256, warc_file, text_sha256, capture_url FROM documents_current "
        "WHERE key = ?",
        (RELEASE.key,),
    ).fetchone()

    assert all(value in page for value in held)
    assert "18 maj 2020 kl. 07.00" in page
    assert "22 november 2026 kl. 04.00</time>, svensk tid" in page
    assert "Version 2 av 2: källan ändrade texten" in page
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
    assert '<code>cookie:line</code><div class="text" dir="auto">' in page


def test_document_page_shows_what_changed_between_versions(room):
    """Word by word, what was moved marked, title and contacts too; archived words as text."""
    page = room.seen(f"/public/documents/{room.id_of(NOTICE.key)}")

    assert "Från version 1 till 2" in page
    assert "Bygget kostar <del>fyra</del> <ins>sex</ins> miljoner" in page
    assert "under <del>hösten</del> <ins>våren</ins> och" in page
    assert "Flyttat hit, var stycke 3" in page
    assert "Matsalen byggs om <ins>i vår</ins>" in page
    assert "<del>Eva Exempel, Rektor</del> <ins>Åsa Exempel, Rektor</ins>" in page
    assert "<ins>Sidan granskades i november.</ins>" in page
    assert "2 oförändrade stycken" in page


def test_document_page_shows_what_happened(room):
    notice = room.seen(f"/public/documents/{room.id_of(NOTICE.key)}")
    meeting = room.seen(f"/public/documents/{room.id_of(MEETING.key)}")

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
    monkeypatch.setattr("archive.browse.documents.COMPARED", 250)
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
    assert "kl. 14.00–17.00" in page
    assert "KS/2021:14" in page
    assert f'href="/public/documents/{room.id_of("meetingplus:file:4")}"' in page
    assert page.count("saknas i arkivet") == 1


def test_version_row_leads_to_its_document(room):
    page = room.page("/public/versions/1")

    assert f'href="/public/documents/{room.id_of(RELEASE.key)}"' in page
    assert "Kostnaderna ökar." in page


def test_file_leads_to_the_document_it_belongs_to(room):
    page = room.page(f"/public/documents/{room.id_of('meetingplus:file:4')}")

    assert f'href="/public/documents/{room.id_of(MEETING.key)}"' in page
    assert "inte läst ännu" in page


def test_permanent_addresses_lead_to_the_document_and_its_versions(room):
    row_id = room.id_of(RELEASE.key)
    first, second = room.db.execute(
        "SELECT min(id), max(id) FROM versions WHERE document_id = ?", (row_id,)
    ).fetchone()
    expected = {
        f"/dokument/{RELEASE.key}": f"/public/documents/{row_id}",
        f"/dokument/{RELEASE.key}?version=1": f"/public/versions/{first}",
        f"/dokument/{RELEASE.key}?version=2": f"/public/versions/{second}",
    }

    for path, target in expected.items():
        answer = room.answer(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == target


def test_an_address_of_nothing_tells_nothing(tmp_path):
    """What is withheld, what never was and a version that is not there are answered alike."""
    build_sample_archive(tmp_path)
    with Store(tmp_path / "archive.db") as store:
        store.withhold(Hidden(1, "privacy"), NOW)
    with opened(publish(tmp_path).path) as room:
        paths = [
            RELEASE.key,
            "nowhere/at all%",
            f"{NOTICE.key}?version=9",
            f"{NOTICE.key}?version=x",
        ]
        answers = [room.answer(f"/dokument/{path}") for path in paths]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "Sidan finns inte" in answers[0].text


def test_citation_names_the_version_and_its_hash(room):
    page = unescape(room.page(f"/public/documents/{room.id_of(RELEASE.key)}"))
    sha256 = room.db.execute("SELECT text_sha256 FROM versions WHERE id = 2").fetchone()[0]
    address = f"http://localhost/dokument/{RELEASE.key}?version=2"

    assert (
        f"Alingsås: ”{RELEASE.title}”, pressmeddelande, 18 maj 2020. Kommunarkiv, version 2, "
        f"hämtad 22 november 2026. {address} (SHA-256 {sha256})" in page
    )
    assert f"@online{{kommunarkiv:{sha256[:12]},\n  author = {{{{Alingsås}}}},\n" in page
    assert f"  url = {{{address}}},\n  urldate = {{2026-11-22}}" in page


def test_bibtex_is_not_broken_by_a_title():
    document = {"kommun": "Å", "kind": "news", "published_at": None, "key": "k"}
    version = {"title": r"50 % {av} \input_#1", "number": 1, "text_sha256": "0" * 64}

    cited = cite(document, {**version, "fetched_at": NOW}, "https://a.example.se/")

    assert r"{{50 \% \{av\} \textbackslash{}input\_\#1}}" in cited.bibtex


def test_version_page_reads_as_a_page(room):
    """Its own words, what it altered, its own evidence, and the way to the document and on."""
    ids = room.db.execute(
        "SELECT id FROM versions WHERE document_id = ? ORDER BY number", (room.id_of(NOTICE.key),)
    ).fetchall()
    first, second, third = (room.seen(f"/public/versions/{row_id}") for (row_id,) in ids)

    assert '<p dir="auto">Skolans matsal byggs om under hösten' in first
    assert "Ändrat sedan" not in first
    assert f'<a href="/public/versions/{ids[1][0]}">Nästa version</a>' in first
    assert "Bygget kostar <del>fyra</del> <ins>sex</ins> miljoner" in second
    assert "samma sida, läst med nyare program" in third
    assert "senaste versionen" in third
    assert f"/dokument/{NOTICE.key}?version=1" in first


def test_every_sentence_says_which_capture_it_was_read_from(room):
    page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")

    assert 'Hela texten är läst ur <a href="#bevis">en och samma hämtning, 22 november 2026' in page
    assert "kommunarkiv verify" in page
    assert "tail -c +" in page


def test_what_is_left_out_is_explained_where_it_stands(tmp_path):
    build_sample_archive(tmp_path)
    with Store(tmp_path / "archive.db") as store:
        store.withhold(Hidden(1, "privacy", "passage", passage="miljoner till skolorna"), NOW)
    with opened(publish(tmp_path).path) as room:
        page = room.page("/public/documents/1")

    assert f'Fler <span class="masked">{MASK}</span> i Åre.' in page
    assert wording.MASKS[MASK] in page


def test_removed_blocks_say_what_their_rules_are_for(room):
    page = room.page(f"/public/documents/{room.id_of(RELEASE.key)}")

    assert wording.RULE_FAMILIES["cookie"].purpose in page


@pytest.mark.parametrize(
    ("count", "said"), [(72, "72 byte"), (2_600, "2,6 kB"), (1_300_000, "1,3 MB")]
)
def test_sizes_are_swedish(count, said):
    assert wording.size(count) == said
