"""`kommunarkiv show` and `diff`: what the archive knows of a document, and what changed in it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.changes import Run, paragraphs
from archive.history.held import events_between, facts_changed, removed_only_in
from archive.history.telling import Ink
from archive.reading import open_read_only
from archive.terminal import print_long, readable
from crawler.cli import main
from tests.sample_archive import (
    DAYS,
    FILE,
    HOSTILE,
    MEETING,
    NOTICE,
    NOTICES,
    NOW,
    RELEASE,
    REREAD,
    build_sample_archive,
)

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("history")
    build_sample_archive(data)
    return data


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KOMMUNARKIV_DATA", str(data))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments])

    return run


# ---- diff


def test_two_versions_are_compared_word_by_word(run) -> None:
    result = run("diff", NOTICE.key, "1", "2")

    assert result.exit_code == 0
    assert result.stdout.startswith(
        f"{NOTICE.key}  {NOTICE.url}\n"
        f"--- version 1, {DAYS[0]}, first reading\n"
        f"+++ version 2, {DAYS[1]}, the source changed\n"
        "title: Matsalen byggs om {+i vår+}\n"
    )
    assert "(moved, was paragraph 3) Bygget kostar [-fyra-] {+sex+} miljoner" in result.stdout
    assert "under [-hösten-] {+våren+} och eleverna" in result.stdout
    assert "contact: [-Eva Exempel, Rektor-] {+Åsa Exempel, Rektor+}" in result.stdout


def test_the_order_of_the_numbers_does_not_matter(run) -> None:
    assert run("diff", NOTICE.key, "2", "1").stdout == run("diff", NOTICE.key, "1", "2").stdout


def test_typed_changes_come_first_and_only_those_in_between(run) -> None:
    said = run("diff", NOTICE.key, "1", "2").stdout

    assert said.index(f"{DAYS[1]} moved: [-https://www.example.se/gammal-]") < said.index(
        "\nText\n"
    )
    assert "gone" not in said


def test_what_newer_code_removes_is_shown(run) -> None:
    """A block removed by both, by whatever rule, is no difference."""
    said = run("diff", NOTICE.key).stdout

    assert "+++ version 3" in said
    assert "read by new code" in said
    assert "no longer removed, cookie:line: Kakor" in said
    assert "newly removed, tags:list: Skola" in said
    assert "Dela sidan" not in said
    assert "Sidan granskades i november." in said
    assert "ledger" not in run("diff", NOTICE.key, "1", "2").stdout


def test_unaltered_paragraphs_are_counted(run) -> None:
    assert "… 2 paragraphs unchanged" in run("diff", NOTICE.key).stdout


def test_changes_as_json(run) -> None:
    said = json.loads(run("diff", NOTICE.key, "1", "2", "--json").stdout)
    standing = sorted((c for c in said["text"] if c["new"]), key=lambda change: change["new"])
    new = " ".join(r["text"] for c in standing for r in c["runs"] if r["kind"] != "removed")

    assert (said["old"]["number"], said["new"]["number"]) == (1, 2)
    assert new.split() == [word for p in paragraphs(NOTICES[1].text) for word in p.words]
    assert said["events"][0]["kind"] == "moved"
    assert said["ledger"] is None
    assert json.loads(run("diff", NOTICE.key, "--json").stdout)["ledger"]["newly_removed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sitevision:page:66"], "found 'sitevision:page:66'; nearest: sitevision:page:6,"),
        (["https://www.example.se/matsal"], f"nearest: {NOTICE.url}"),
        (["☃"], "none is like it"),
        ([MEETING.key], "one version only"),
        ([NOTICE.key, "1", "9"], "expected one of the versions 1, 2, 3, found 9"),
        ([NOTICE.key, "1"], "say two different versions"),
        ([NOTICE.key, "2", "2"], "say two different versions"),
        ([NOTICE.key, "1", "2", "3"], "say two different versions"),
        (["\x1b[31m"], "found '\\x1b[31m'"),
    ],
)
def test_wrong_use_of_diff_is_one_sentence(run, arguments: list[str], said: str) -> None:
    result = run("diff", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["show", "diff"])
def test_without_an_archive_it_is_one_sentence(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [command, "x", "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "found none; crawl something first" in result.stderr


def test_two_documents_under_one_address_are_named(tmp_path: Path) -> None:
    build_sample_archive(tmp_path)
    from archive.store import Store

    with Store(tmp_path / "archive.db") as store:
        store._db.execute("UPDATE documents SET url = 'https://same.example.se/'")
    result = CliRunner().invoke(main, ["show", "https://same.example.se/", "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert NOTICE.key in result.stderr
    assert RELEASE.key in result.stderr


# ---- show


@pytest.mark.parametrize(
    "asked",
    [
        NOTICE.key,
        NOTICE.url,
        "https://www.example.se/gammal",
        f"https://www.example.se/{NOTICE.key}",
    ],
)
def test_a_document_is_found_by_key_and_by_any_of_its_addresses(run, asked: str) -> None:
    assert run("show", asked).stdout.startswith("Matsalen byggs om i vår\nnotice · Hudiksvall")


def test_the_chain_of_evidence_is_whole(run, data: Path) -> None:
    said = run("show", RELEASE.key).stdout
    db = open_read_only(data)
    held = db.execute(
        "SELECT payload_sha256, warc_file, 'from byte ' || warc_offset, text_sha256, capture_url, "
        "extractor, captured_at, url FROM documents_current WHERE key = ?",
        (RELEASE.key,),
    ).fetchone()
    db.close()

    assert [value for value in held if value not in said] == []
    assert RELEASE.text in said
    assert "HTTP 200" in said
    assert "2. 2026-11-22T03:00:00Z, the source changed ← shown here" in said
    assert "share:row: 1 block, 2 words" in said
    assert "Karin Exempel, Förvaltningschef" in said


def test_what_is_gone_says_since_when_and_why(run) -> None:
    assert f"status       gone since {NOW}: 404\n" in run("show", NOTICE.key).stdout


def test_all_that_was_removed_is_shown_on_request(run) -> None:
    said = run("show", RELEASE.key, "--removed").stdout

    assert f"share:row (root: div.share {HOSTILE})\n    Dela {HOSTILE}" in said
    assert "Vi använder kakor" in said


def test_a_meeting_shows_its_facts_agenda_files_and_events(run) -> None:
    said = run("show", MEETING.key).stdout

    assert "date         2020-10-27 14:00–17:00" in said
    assert "§ 53 Skolskjutsreglemente (KS/2021:14)" in said
    assert "1. Tjänsteskrivelse (meetingplus:file:4, " in said
    assert "(meetingplus:file:5, not held)" in said
    assert f"{DAYS[0]} date: [-2020-10-26-] {{+2020-10-27+}}" in said
    assert f"belongs to   {MEETING.title} ({MEETING.key})" in run("show", FILE.key).stdout


def test_an_older_version_is_shown_on_request(run) -> None:
    said = run("show", NOTICE.key, "--version", "1").stdout

    assert NOTICE.text.split("\n", maxsplit=1)[0] in said
    assert "1. 2026-11-19T03:00:00Z, first reading ← shown here" in said
    assert "Eva Exempel" in said
    assert run("show", NOTICE.key, "--version", "9").exit_code == 2


def test_a_document_as_json(run) -> None:
    said = json.loads(run("show", NOTICE.key, "--json").stdout)

    assert said["version"]["text"] == REREAD.text
    assert [v["number"] for v in said["versions"]] == [3, 2, 1]
    assert [e["kind"] for e in said["events"]] == ["moved", "gone"]
    assert [r["rule"] for r in said["removed"]] == ["share:list", "tags:list"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_raw_writes_the_bytes_that_the_digest_is_of(run, number: str) -> None:
    arguments = ("show", NOTICE.key, "--version", number)
    said = json.loads(run(*arguments, "--json").stdout)

    raw = run(*arguments, "--raw").stdout_bytes
    assert sha256(raw).hexdigest() == said["capture"]["payload_sha256"]


def test_raw_bytes_do_not_reach_a_terminal(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.history.command.on_terminal", lambda: True)
    result = run("show", NOTICE.key, "--raw")

    assert result.exit_code == 2
    assert result.stdout_bytes == b""


def test_a_missing_record_is_one_sentence(tmp_path: Path) -> None:
    build_sample_archive(tmp_path)
    (tmp_path / "warc" / "pressrum-2.warc.gz").unlink()
    result = CliRunner().invoke(main, ["show", RELEASE.key, "--raw", "--data", str(tmp_path)])

    assert result.exit_code == 1
    assert "expected a WARC file" in result.stderr


def test_two_ways_to_show_are_wrong_use(run) -> None:
    assert run("show", NOTICE.key, "--raw", "--json").exit_code == 2


# ---- hostile text


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", NOTICE.key),
        ("diff", NOTICE.key, "1", "2"),
        ("show", NOTICE.key, "--removed"),
        ("show", MEETING.key),
        ("show", NOTICE.key, "--json"),
        ("diff", NOTICE.key, "--json"),
    ],
)
def test_nothing_archived_is_obeyed_by_a_terminal(run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.exit_code == 0
    assert OBEYED.findall(result.stdout) == []


def test_in_colour_only_our_own_orders_reach_a_terminal() -> None:
    said = Ink(colour=True).runs([Run("removed", "ut\x1b[2J\u202e"), Run("added", "in\x9b\r")])
    assert Ink(colour=True).runs([Run("kept", "kvar\x1b[2J")]) == "kvar\ufffd[2J"

    assert re.sub("\x1b\\[[0-9;]+m", "", said) == "ut\ufffd[2J\ufffd in\ufffd\ufffd"
    assert "\x1b[31m" in said
    assert "\x1b[9m" in said
    assert "\x1b[32m" in said


def test_readable_keeps_what_is_only_text() -> None:
    assert readable("Åre\t§ 5\n”ja” 日本 👩") == "Åre\t§ 5\n”ja” 日本 👩"


@pytest.mark.parametrize(("lines", "is_paged"), [(5, False), (500, True)])
def test_a_terminal_pages_what_does_not_fit(monkeypatch, lines: int, is_paged: bool) -> None:
    paged: list[str] = []
    monkeypatch.setattr("archive.terminal.on_terminal", lambda: True)
    monkeypatch.setattr("click.echo_via_pager", lambda text, color: paged.append(text))
    print_long("x\n" * lines)

    assert bool(paged) is is_paged


def test_a_pipe_is_never_paged(monkeypatch) -> None:
    monkeypatch.setattr("click.echo_via_pager", lambda *_, **__: pytest.fail("paged"))
    print_long("x\n" * 500)


# ---- the parts


def test_events_between_versions_are_after_the_older_and_with_the_newer() -> None:
    events = [{"observed_at": day} for day in DAYS]
    found = events_between(events, {"observed_at": DAYS[0]}, {"observed_at": DAYS[1]})

    assert [event["observed_at"] for event in found] == [DAYS[1]]


def test_facts_are_compared_as_multisets() -> None:
    old = [("contact", "A"), ("contact", "B"), ("lead", "x")]
    new = [("contact", "B"), ("contact", "C"), ("lead", "x")]

    assert facts_changed(old, new) == [{"field": "contact", "old": ["A"], "new": ["C"]}]


def test_a_block_removed_twice_and_then_once_is_a_difference() -> None:
    block = {"rule": "share:row", "text": "Dela"}

    assert removed_only_in([block, block], [block]) == [block]
