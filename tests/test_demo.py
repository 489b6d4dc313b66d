"""The whole job on the demo towns: what is found, what is kept, what a second crawl costs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, NavigableString

from archive.cleaning import visible_text
from archive.cleaning.html import parse_html
from archive.text import sha256, words
from archive.warc import payload, read_record, unpack
from tests.conftest import Street

SEEDS = tomllib.loads((Path(__file__).parent / "seeds.toml").read_text("utf-8"))["documents"]
FIRST_CRAWLS, SECOND_CRAWLS = (1, 4), (5, 8)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(params=SEEDS, ids=lambda seed: seed["title"])
def seed(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


@pytest.fixture
def version(demo: Street, seed: dict[str, Any]) -> dict[str, Any]:
    """Return the current version of the seed's document, with its removals as one text."""
    [row] = demo.rows(
        "SELECT documents_current.* FROM documents_current JOIN documents USING (id) "
        "JOIN sources ON sources.id = documents.source_id "
        "LEFT JOIN meetings ON document_id = documents.id "
        "LEFT JOIN bodies ON bodies.id = body_id WHERE documents_current.title = ? "
        "AND sources.slug = ? AND coalesce(bodies.name, '') = ?",
        seed["title"],
        seed["source"],
        seed.get("body", ""),
    )
    removals = demo.rows(
        "SELECT rule, text FROM removals WHERE version_id = ? ORDER BY position", row["version_id"]
    )
    return {**dict(row), "removals": removals}


def test_a_seed_keeps_its_text_and_loses_its_boilerplate(
    seed: dict[str, Any], version: dict[str, Any]
) -> None:
    """What is stripped stands in the ledger, each removal with its rule."""
    removed = squeezed("".join(row["text"] for row in version["removals"]))

    assert [piece for piece in seed["keep"] if piece not in version["text"]] == []
    assert [piece for piece in seed["strip"] if squeezed(piece) in squeezed(version["text"])] == []
    assert [piece for piece in seed["strip"] if squeezed(piece) not in removed] == []
    assert all(":" in row["rule"] for row in version["removals"])


def test_a_seed_has_its_typed_fields(
    demo: Street, seed: dict[str, Any], version: dict[str, Any]
) -> None:
    contacts = demo.rows(
        "SELECT name, role FROM contacts WHERE version_id = ?", version["version_id"]
    )
    about = demo.rows(
        "SELECT value FROM fields WHERE name = 'about_publisher' AND version_id = ?",
        version["version_id"],
    )

    assert version["kind"] == seed["kind"]
    if "published_at" in seed:
        assert (version["published_at"] or "") == seed["published_at"]
        assert (version["published_local"] or "") == seed["published_local"]
    assert [list(row) for row in contacts] == seed.get("contacts", [])
    assert [row["value"][: len(seed["about_publisher"])] for row in about] == (
        [seed["about_publisher"]] if "about_publisher" in seed else []
    )


@pytest.mark.parametrize(
    "meeting", [s for s in SEEDS if s["kind"] == "meeting"], ids=lambda s: s["title"]
)
def test_a_seed_meeting_has_body_times_place_and_agenda(
    demo: Street, meeting: dict[str, Any]
) -> None:
    [row] = demo.rows(
        "SELECT meetings.* FROM meetings JOIN bodies ON bodies.id = body_id "
        "WHERE bodies.name = ? AND date = ?",
        meeting["body"],
        meeting["date"],
    )
    agenda = demo.rows(
        "SELECT position, paragraf, title FROM agenda_items WHERE meeting_id = ? ORDER BY position",
        row["id"],
    )

    assert [row["start_time"], row["end_time"]] == meeting["times"]
    assert row["place"] == meeting["place"]
    assert [item["position"] for item in agenda] == [*range(1, meeting["agenda_items"] + 1)]
    assert all(item["title"] for item in agenda)
    if "first_item" in meeting:
        assert [agenda[0]["paragraf"], agenda[0]["title"]] == meeting["first_item"]


def test_every_address_of_the_towns_that_holds_a_document_was_archived(demo: Street) -> None:
    """No page is missed, none is doubled under a second address."""
    kinds = Counter(row["kind"] for row in demo.rows("SELECT kind FROM documents"))
    keys = demo.rows("SELECT key FROM documents")

    assert kinds["meeting"] >= 120
    assert kinds["minutes"] >= 100
    assert kinds["press_release"] + kinds["news"] >= 230
    assert len(keys) == len({row["key"] for row in keys})


def test_words_kept_and_words_removed_are_the_words_a_reader_could_see(demo: Street) -> None:
    """Law 2, for every version, over the bytes of its WARC record."""
    rows = demo.rows(
        "SELECT versions.id, text, holder.warc_file, holder.warc_offset "
        "FROM versions JOIN captures ON captures.id = capture_id JOIN captures AS holder "
        "ON holder.id = coalesce(captures.refers_to_id, captures.id) WHERE text_is_read"
    )
    wrong = []
    for row in rows:
        record = read_record(demo.data / row["warc_file"], row["warc_offset"])
        encoding = record.http_headers.get_header("Content-Encoding") or ""
        visible = words(visible_text(parse_html(unpack(payload(record), encoding))))
        removed = demo.rows("SELECT text FROM removals WHERE version_id = ?", row["id"])
        kept = words(row["text"]) + sum((words(r["text"]) for r in removed), Counter())
        if kept != visible:
            wrong.append((row["id"], visible - kept, kept - visible))

    assert len(rows) > 300
    assert wrong == []


def test_an_independent_reader_sees_the_same_letters(demo: Street) -> None:
    """Law 2 by another parser (html.parser) and another walk, so that no blind spot is shared."""
    rows = demo.rows(
        "SELECT versions.id, text, holder.warc_file, holder.warc_offset "
        "FROM versions JOIN captures ON captures.id = capture_id JOIN captures AS holder "
        "ON holder.id = coalesce(captures.refers_to_id, captures.id) WHERE text_is_read"
    )
    wrong = []
    for row in rows:
        record = read_record(demo.data / row["warc_file"], row["warc_offset"])
        seen = letters_seen(record.content_stream().read())
        removed = demo.rows("SELECT text FROM removals WHERE version_id = ?", row["id"])
        said = letters(row["text"]) + sum((letters(r["text"]) for r in removed), Counter())
        if said != seen:
            wrong.append((row["id"], seen - said, said - seen))

    assert wrong == []


def letters(text: str) -> Counter[str]:
    for unseen in "\xad\u200b\u200c\u200d\u2060\ufeff":
        text = text.replace(unseen, "")
    text = unicodedata.normalize("NFC", text)
    return Counter(character for character in text if not character.isspace())


def letters_seen(body: bytes) -> Counter[str]:
    soup = BeautifulSoup(body, "html.parser", from_encoding="utf-8")
    for unseen in soup(["head", "script", "style", "template", "iframe"]):
        unseen.decompose()
    shown = [str(text) for text in soup.find_all(string=True) if type(text) is NavigableString]
    shown += [image.get("alt", "") for image in soup("img")]
    buttons = soup("input", type=["button", "submit", "reset"])
    return letters(" ".join(shown + [button.get("value", "") for button in buttons]))


def test_every_payload_has_its_hash_and_every_file_passes_warcio(demo: Street) -> None:
    """Law 1: each row's bytes are where it says."""
    for row in demo.rows("SELECT * FROM captures WHERE refers_to_id IS NULL AND http_status"):
        body = payload(read_record(demo.data / row["warc_file"], row["warc_offset"]))
        assert len(body) == row["payload_bytes"]
        assert sha256(body) == (row["payload_sha256"] or sha256(b""))
    files = sorted((demo.data / "warc").rglob("*.warc.gz"))
    checked = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", *files], check=False
    )

    assert len(files) == 8
    assert checked.returncode == 0


def test_a_second_crawl_finds_nothing_new_and_mostly_revisits(demo: Street) -> None:
    """Words decide, not tokens; 304 and identical bytes cost no new record."""
    crawls = demo.rows("SELECT * FROM crawls WHERE id BETWEEN ? AND ?", *SECOND_CRAWLS)
    outcomes = Counter(
        row["outcome"]
        for row in demo.rows(
            "SELECT outcome FROM captures WHERE crawl_id BETWEEN ? AND ?", *SECOND_CRAWLS
        )
    )

    assert [(c["verdict"], c["new_documents"], c["new_versions"]) for c in crawls] == [
        ("ok", 0, 0)
    ] * 4
    assert outcomes["not_modified"] > 200
    assert outcomes["not_modified"] + outcomes["duplicate"] > outcomes.total() / 2
    assert demo.rows("SELECT count(*) AS n FROM versions WHERE number > 1")[0]["n"] == 0


def test_nothing_of_the_towns_is_taken_for_a_template(demo: Street) -> None:
    """What recurs in their texts, agendas and boxes of facts, is their authors'."""
    learnt = demo.rows(
        "SELECT slug, version, lines FROM templates JOIN sources ON sources.id = source_id "
        "ORDER BY slug"
    )

    assert [tuple(row) for row in learnt] == [
        ("nyheter-hudiksvall", 1, "[]"),
        ("nyheter-lidkoping", 1, "[]"),
        ("pressrum", 1, "[]"),
    ]


def test_the_two_crawls_saw_the_same_documents(demo: Street) -> None:
    """A 304 keeps a document seen, and the links of an unchanged listing are still followed."""
    seen = [
        demo.rows("SELECT sum(seen_documents) AS n FROM crawls WHERE id BETWEEN ? AND ?", *crawls)[
            0
        ]["n"]
        for crawls in (FIRST_CRAWLS, SECOND_CRAWLS)
    ]

    assert seen[0] == seen[1] > 700


def test_files_are_tied_to_their_agenda_item(demo: Street) -> None:
    """And all that are listed are held, but for those robots.txt forbids."""
    [counts] = demo.rows(
        "SELECT count(*) AS listed, sum(document_id IS NOT NULL) AS held, "
        "sum(agenda_item_id IS NOT NULL) AS tied FROM attachments"
    )
    [forbidden] = demo.rows(
        "SELECT sum(forbidden) AS n FROM crawls WHERE id BETWEEN ? AND ?", *FIRST_CRAWLS
    )

    assert counts["listed"] - counts["held"] == forbidden["n"] == 2
    assert counts["tied"] >= 150


def test_the_archive_verifies(demo: Street) -> None:
    found = demo.run("verify")

    assert found.stderr == ""
    assert found.returncode == 0
    assert found.stdout.startswith("0 problems; checked 8 WARC files")


def test_status_is_one_screen(demo: Street) -> None:
    done = demo.run("status")

    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:5]] == [
        ["staden/moten", "ok"],
        ["staden/nyheter-hudiksvall", "ok"],
        ["staden/nyheter-lidkoping", "ok"],
        ["staden/pressrum", "ok"],
    ]
    assert done.stdout.splitlines()[-1] == "4 of 4 sources fresh, 0 alert(s) open"


def test_no_request_left_the_town(demo: Street) -> None:
    """Traps were there to be walked into: login, search, calendars, other hosts."""
    asked = [visit.url for visit in demo.visits]

    assert not [u for u in asked if "AuthorizationServer" in u or u.startswith("/search")]
    assert not [u for u in asked if "start=" in u or "jsessionid" in u or ".printable" in u]
    assert len(asked) > 1500
    assert all(visit.headers["user-agent"].startswith("kommunarkiv/") for visit in demo.visits)
    assert all(visit.headers["accept-language"].startswith("sv") for visit in demo.visits)
