"""`kommunarkiv clean`: a page in, its text and every verdict out."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from rich.console import Console

from archive.browse.wording import JUDGES
from archive.cleaning import explaining, showing
from archive.cleaning.answering import MAX_LINE_BYTES, answer_lines
from archive.cleaning.command import clean
from archive.cleaning.explaining import explained, summary, tally, unlike_document
from archive.cleaning.kinds import Kind
from archive.cleaning.rules import shipped_rules
from archive.cleaning.showing import POLICY, STYLE, shown
from archive.cleaning.sniffing import is_page, read_bytes, read_string
from crawler.cli import main
from tests.pages import html_files, squeezed

ROOT = Path(__file__).parent.parent

PROSE = (
    "Granstads kommun bygger om torget under hösten, och arbetet börjar i september. "
    "Trafiken leds om över Ågatan så länge, säger projektledaren."
)
PAGE = f"""<!doctype html>
<html lang="sv"><head><meta charset="utf-8"><title>Torget byggs om - Granstads kommun</title></head>
<body><a class="skip-link" href="#m">Hoppa till innehåll</a>
<nav id="meny"><a href="/a">Bygga</a> <a href="/b">Bo</a></nav>
<main><h1>Torget byggs om</h1>
<p>Publicerad: <time datetime="2021-09-03T08:30:00+02:00">3 september 2021</time></p>
<p>{PROSE}</p><p>{PROSE}</p>
<div class="page-feedback" aria-hidden="true"><p>Hjälpte informationen dig?</p><button>Ja</button>
</div></main></body></html>
"""
TEXT = f"Hoppa till innehåll\n\nTorget byggs om\n\n{PROSE}\n\n{PROSE}\n"
HOSTILE = (
    "<main><h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1><p>&lt;img src=x onerror=alert(2)&gt; "
    f"\" ' &amp;amp; \x9b31m \u202ebakåt {PROSE}</p></main>"
    '<nav id="&quot;&gt;&lt;b&gt;" class="&#39; onfocus=alert(3)">&lt;/li&gt;&lt;iframe&gt;</nav>'
)


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, ["clean", *arguments], input=given)


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "sida.html"
    path.write_text(PAGE, "utf-8")
    return str(path)


# ---- what the documentation says


@pytest.mark.parametrize("judge", JUDGES)
def test_every_judge_is_explained(judge: str) -> None:
    assert f"| `{judge}` |" in (ROOT / "docs" / "rensning.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_every_option_is_explained(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    options = [o.opts[0] for o in clean.params if o.opts[0].startswith("--")]

    assert "`.venv/bin/kommunarkiv clean FIL" in text
    assert [option for option in options if f"| `{option}" not in text] == []


# ---- text


def test_a_page_is_printed_title_first_and_counted(page: str) -> None:
    result = run(page)

    assert result.exit_code == 0
    assert result.stdout == f"Torget byggs om\n\n{PROSE}\n\n{PROSE}\n"
    assert re.fullmatch(r"kept 42 of \d+ words; removed \d+: (\d+ [a-z]+(, )?)+\n", result.stderr)


def test_a_text_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "sida.html"
    path.write_text(TEXT, "utf-8")
    result = run(str(path))

    assert result.stdout == f"Torget byggs om\n\n{PROSE}\n\n{PROSE}\n"
    assert result.stderr == "kept 42 of 48 words; removed 6: 3 skip, 3 field\n"


def test_standard_input_is_a_file_too() -> None:
    assert run("-", given=PAGE).stdout == run("-", given=TEXT).stdout


def test_a_page_of_nothing_but_text_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dikt.txt"
    path.write_text("Nu faller snön", "utf-8")

    assert run(str(path)).stdout == "Nu faller snön\n"
    assert run(str(path)).stderr == "kept 3 of 3 words; removed nothing\n"


@pytest.mark.parametrize(
    ("content", "is_html"),
    [
        ("<!DOCTYPE html><p>x", True),
        ("\ufeff \n<html>", True),
        ("<!-- x --><p>", True),
        ("<p>x", True),
        ("Warning: x\n<br />\n<div>y</div>", True),
        ("<b>x</b>", True),
        ("om a <b och c> d", False),
        ("<x>", False),
        ("Nämnden", False),
    ],
)
def test_a_page_is_told_from_text(content: str, is_html: bool) -> None:
    assert is_page(content) is is_html


def test_the_address_may_tell_the_date() -> None:
    body = f"<h1>Torget byggs om</h1><p>{PROSE}</p>"
    url = "https://www.granstad.example/nyheter/2021-09-03-torget"

    assert "2021-09-03" in run("--explain", "--url", url, "-", given=body).stdout
    assert "2021-09-03" not in run("--explain", "-", given=body).stdout


# ---- wrong use


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say which file: kommunarkiv clean FILE (- is standard input)"),
        (["saknas.html"], "cannot read saknas.html: No such file or directory"),
        (["."], "cannot read .: Is a directory"),
        (["--explain", "--html", "-"], "say one of them"),
        (["--jsonl", "x.html"], "no FILE, no --url"),
        (["--jsonl", "--url", "https://a.example"], "no FILE, no --url"),
        (["--undo", "navigation:nva", "-"], "found 'navigation:nva' (nearest: navigation:nav"),
        (["--undo", "zzz", "-"], "found 'zzz' (none is like it)"),
        (["--url", "http://[x", "-"], "--url: expected http(s)://host/…, found 'http://[x'"),
        (["--url", "vik.se/nytt", "-"], "--url: expected http(s)://host/…, found 'vik.se/nytt'"),
        (["--url", "https://vik.se:port", "-"], "--url: expected http(s)://host/…"),
        (["-"], "-: expected an HTML page or a text, found nothing to read"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_of_another_kind_is_refused() -> None:
    result = run("-", given=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    assert result.exit_code == 2
    assert "found a PDF file; give the page it came from" in result.stderr


def test_a_file_past_the_limit_is_refused(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.cleaning.command.MAX_HTML_BYTES", 100)
    monkeypatch.setattr("archive.cleaning.sniffing.MAX_HTML_BYTES", 100)
    result = run(page)

    assert result.exit_code == 2
    assert "expected at most 100 bytes, found more" in result.stderr


@pytest.mark.parametrize("form", [[], ["--explain"], ["--html"], ["--jsonl"]])
@pytest.mark.parametrize(
    ("closing", "said", "code"),
    [
        (">/dev/full", "cannot write the answer: No space left on device", 1),
        (">&-", "standard output is closed: there is nowhere to answer", 2),
        ("<&-", "standard input is closed: give a FILE, or open it", 2),
    ],
)
def test_what_cannot_be_read_or_written_is_one_line(
    form: list[str], closing: str, said: str, code: int
) -> None:
    command = [sys.executable, "-m", "crawler", "clean", *(form or ["-"]), *(["-"] * len(form))]
    command = command[:-1] if "--jsonl" in form else command
    given = json.dumps({"id": 1, "html": PAGE}) if "--jsonl" in form else PAGE
    result = subprocess.run(
        ["sh", "-c", f'"$@" {closing}', "sh", *command],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (code, f"kommunarkiv: {said}\n")


# ---- what is no document

MISSING = "<title>404 - Sidan hittades inte</title><h1>Sidan hittades inte</h1><p>Tyvärr!</p>"


@pytest.mark.parametrize(
    ("given", "url", "said"),
    [
        (MISSING, "", "looks like an error page, not a document: called "),
        (PAGE, "https://vik.se/", "looks like a start page, not a document: the address of "),
        ("<h1>Nytt</h1>" + "<p><a href=/a>Badet öppnar</a></p>" * 9, "", "looks like a list of "),
    ],
)
def test_a_page_that_looks_like_no_document_says_so(given: str, url: str, said: str) -> None:
    """And is cleaned all the same."""
    address = ["--url", url] if url else []
    kind = said.partition(",")[0]
    printed, told = run(*address, "-", given=given), run(*address, "--explain", "-", given=given)

    assert printed.exit_code == 0
    assert printed.stderr.splitlines()[1].startswith(said)
    assert told.stdout.startswith(f"   ! {kind}")
    assert html.fromstring(run(*address, "--html", "-", given=given).stdout).xpath(
        "count(//p[@class='notice'])"
    )


@pytest.mark.parametrize("given", [PAGE, TEXT])
def test_of_a_document_nothing_is_said(given: str) -> None:
    assert unlike_document(read_string(given)) is None
    assert "class='notice'" not in shown(read_string(given))


def test_every_kind_has_a_name_in_both_tongues() -> None:
    assert {*get_args(Kind)} - {"document"} == {*explaining.KINDS} == {*showing.KINDS}


# ---- undo


def test_an_undone_rule_removes_nothing(page: str) -> None:
    result = run("--undo", "skip:link", "--undo", "navigation:nav", "--explain", page)

    assert "removed by skip:link" not in result.stdout
    assert "removed by navigation:nav\n" not in result.stdout
    assert "removed by skip:link" in run("--explain", page).stdout


@pytest.mark.parametrize("given", [re.sub("<p>Publ.*\n", "", PAGE), TEXT], ids=["page", "text"])
def test_a_field_can_be_undone(given: str) -> None:
    result = run("--undo", "field:title", "--explain", "-", given=given)

    assert "removed by field:title" not in result.stdout
    assert "+ kept\n       Torget byggs om\n" in result.stdout


# ---- explain


def test_every_block_is_explained_in_order(page: str) -> None:
    said = run("--explain", page).stdout

    assert "   0 − removed by skip:link\n       Hoppa till innehåll\n" in said
    assert "       └ root: a.skip-link; in a.skip-link\n" in said
    assert "in nav#meny; landmark nav\n" in said
    assert "   = published_at: 2021-09-03T08:30:00+02:00 (time)\n" in said
    assert "landmark main; hidden by div[aria-hidden]\n" in said
    assert f"+ kept\n       {PROSE}\n       └ in main > p; landmark main\n" in said
    assert [int(n) for n in re.findall(r"^ *(\d+) [+−]", said, re.MULTILINE)] == [*range(8)]


def test_what_is_piped_has_no_colours_and_no_folded_lines(page: str) -> None:
    said = run("--explain", page).stdout

    assert "\x1b" not in said
    assert PROSE in said


@pytest.mark.parametrize("width", [30, 60, 200])
def test_a_terminal_of_any_width_shows_all_words(width: int) -> None:
    reading = read_bytes(PAGE.encode())
    lines = [line for line in at_terminal(PAGE, width).split("\n") if line]
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]

    assert max(map(len, plain)) <= width
    assert lines != plain
    for verdict in reading.cleaned.verdicts:
        assert squeezed(verdict.block.text) in squeezed(" ".join(plain))


def test_archived_text_gives_a_terminal_no_orders() -> None:
    said = at_terminal(HOSTILE, 80)

    assert "\x9b" not in said
    assert "\u202e" not in said
    assert "\ufffd31m \ufffdbakåt" in re.sub(r"\s+", " ", said)


def at_terminal(given: str, width: int) -> str:
    """Return what is explained to a terminal with colours."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=width, color_system="standard")
    explained(read_string(given), console)
    return written.getvalue()


@pytest.mark.parametrize("path", html_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_words_counted_are_those_of_the_page(path: Path) -> None:
    reading = read_bytes(path.read_bytes())
    counted = tally(reading)
    removed = sum(len(removal.text.split()) for removal in reading.removals)

    assert counted.kept == len(reading.text.split())
    assert counted.total == counted.kept + removed
    assert summary(reading).startswith(f"kept {counted.kept} of {counted.total} words; removed ")


# ---- html


def tree_of(given: str, url: str = "") -> html.HtmlElement:
    return html.fromstring(shown(read_string(given), url=url))


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    said = run("--html", "-", given=PAGE).stdout
    tree = html.fromstring(said)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()

    assert (
        policy
        == POLICY
        == (f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'")
    )
    assert tree.xpath("string(//style)") == STYLE
    assert tree.xpath("//script | //link | //img | //iframe | //form | //@style | //@src") == []
    assert [h for h in tree.xpath("//@href") if not h.startswith("#")] == []
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@pytest.mark.parametrize("path", html_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_page_shows_every_word_in_order(path: Path) -> None:
    reading = read_bytes(path.read_bytes())
    tree = html.fromstring(shown(reading))
    said = " ".join("".join(p.itertext()) for p in tree.xpath("//*[@class='text']//p"))
    words = " ".join(v.block.text for v in reading.cleaned.verdicts)

    assert said.split() == re.sub("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", words).split()


def test_archived_text_stands_in_the_page_as_text_only() -> None:
    tree = tree_of(HOSTILE, url="javascript:alert(4)")
    handlers = [name for e in tree.iter() for name in e.attrib if name.startswith("on")]

    assert tree.xpath("//script | //img | //iframe | //b[. != '+' and . != '−' and . != '→']") == []
    assert handlers == []
    assert tree.xpath("//a[starts-with(@href, 'javascript')]") == []
    assert "<script>alert(1)</script>" in tree.xpath("string(//h1)")
    assert any("onfocus=alert(3)" in title for title in tree.xpath("//@title"))


def test_a_kept_bullet_stands_on_the_line_of_its_words() -> None:
    text = f"Hoppa till innehåll\n\nMöte 2021-09-14\n\n• § 12\nBeslut\n\n{PROSE}"
    paragraphs = [p.text_content() for p in tree_of(text).xpath("//li[@class='kept']//p")]

    assert paragraphs[1:-1] == ["• § 12\nBeslut", PROSE]


def test_signs_and_words_tell_what_colours_tell() -> None:
    tree = tree_of(PAGE)

    for kind, label in {
        "kept": "+ behållet",
        "removed": "− borttaget",
        "moved": "→ flyttat",
    }.items():
        labels = tree.xpath(f"//li[@class='{kind}']/*[contains(@class, 'label')]")
        assert labels
        assert all(e.text_content().startswith(label) for e in labels)


def test_the_reason_stands_in_a_title_and_on_focus() -> None:
    [item] = tree_of(PAGE).xpath("//li[.//code = 'skip:link']")
    reason = ("Avgjorde: elementet sidan märkt ut (root)", "a.skip-link", "Står i a.skip-link")

    assert item.get("tabindex") == "0"
    assert item.get("title") == "\n".join(("skip:link", *reason))
    assert [*item.find_class("details")[0].itertext()] == [*reason]


def test_the_legend_counts_each_rule_and_leads_to_it() -> None:
    tree = tree_of(PAGE)
    [row] = tree.xpath("//*[@class='legend']//dd[.//code = 'skip:link']")
    target = row.xpath(".//a/@href")[0].removeprefix("#")

    assert row.text_content() == "skip:link 3 ord, ett ställe"
    assert "skip:link" in tree.get_element_by_id(target).text_content()
    assert {h.removeprefix("#") for h in tree.xpath("//@href")} <= {*tree.xpath("//@id")}


def test_fields_say_where_they_were_found() -> None:
    fields = tree_of(PAGE).xpath("//*[@class='fields']//dt")

    assert [e.text_content() for e in fields][:2] == ["Rubrik ur h1", "Språk ur html[lang]"]
    assert "Rubrik rad 3" in [e.text_content() for e in tree_of(TEXT).xpath("//dt")]


def test_long_runs_are_folded() -> None:
    lines = "".join(f"<p>Hoppa till innehåll</p><p>{PROSE}</p>" for _ in range(3))
    run_of_links = "<p>Hoppa till innehåll</p>" * 20
    tree = tree_of(f"<main><h1>Torg</h1>{lines}{run_of_links}</main>")

    assert [e.text for e in tree.xpath("//summary")] == ["14 rader till"]


def test_a_rule_leads_to_its_next_place() -> None:
    lines = "".join(f"<p>Hoppa till innehåll</p><p>{PROSE}</p>" for _ in range(3))
    tree = tree_of(f"<main><h1>Torg</h1>{lines}</main>")
    places = [item.get("id") for item in tree.xpath("//li[.//code = 'skip:link']")]

    assert len(places) == 3
    assert tree.xpath("//li//a/@href") == [f"#{place}" for place in places[1:]]


def test_a_page_without_a_word_can_be_shown() -> None:
    assert "Ingenting togs bort" in shown(read_bytes(b"<html><body></body></html>"))


def test_an_address_is_a_link_if_a_browser_may_follow_it() -> None:
    assert tree_of(PAGE, "https://a.example/?a=1&b=2").xpath("//a[@rel]/@href") == [
        "https://a.example/?a=1&b=2"
    ]
    assert tree_of(PAGE, "file:///etc/passwd").xpath("//a[@rel]") == []


# ---- jsonl


def answers(*lines: bytes | dict) -> tuple[list[dict], int]:
    """Return the answers to lines, and how many failed."""
    asked = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    written = io.BytesIO()
    failed = answer_lines(io.BytesIO(asked), written, shipped_rules())
    return [json.loads(line) for line in written.getvalue().splitlines()], failed


def test_a_page_is_answered_in_full() -> None:
    [answer], failed = answers({"id": "a", "url": "https://a.example/", "html": PAGE})

    assert failed == 0
    assert [*answer] == ["id", "title", "published_at", "text", "removed"]
    assert answer["id"] == "a"
    assert answer["title"] == "Torget byggs om"
    assert answer["published_at"] == "2021-09-03T08:30:00+02:00"
    assert answer["text"] == f"{PROSE}\n\n{PROSE}"
    assert {"rule": "skip:link", "text": "Hoppa till innehåll"} in answer["removed"]


def test_a_text_is_answered_too_and_no_date_is_null() -> None:
    [answer], _ = answers({"id": 7, "url": None, "html": TEXT})

    assert (answer["title"], answer["published_at"]) == ("Torget byggs om", None)


@pytest.mark.parametrize(
    ("line", "page_id", "said"),
    [
        (b"{", None, "expected a line of JSON, found '{'"),
        (b"", None, "found a blank line"),
        (b"\xff\xfe\xfd", None, "expected a line of JSON"),
        (b"[1]", None, "expected an object with id, url and html, found list"),
        (b'{"id": NaN, "html": ""}', None, "NaN is no JSON"),
        (b'{"id": "a"}', "a", "expected a string in html, found NoneType"),
        (b'{"id": "a", "html": 1}', "a", "expected a string in html, found int"),
        (b'{"id": "a", "html": "<p>x", "url": 1}', "a", "expected a string in url, found int"),
        (b'{"id": "a", "html": ""}', "a", "found nothing to read"),
        (b'{"id": "a", "html": "%PDF-1.7 \\u0000"}', "a", "the byte 0x00 at 9"),
        (b"[" * 200_000, None, "expected a line of JSON"),
    ],
)
def test_a_broken_line_is_answered_and_the_next_one_read(
    line: bytes, page_id: str | None, said: str
) -> None:
    [broken, good], failed = answers(line, {"id": "b", "html": "<p>Hej</p>"})

    assert failed == 1
    assert [*broken] == ["id", "error"]
    assert broken["id"] == page_id
    assert said in broken["error"]
    assert (good["id"], good["text"]) == ("b", "Hej")


def test_an_error_nobody_foresaw_costs_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oj")

    monkeypatch.setattr("archive.cleaning.answering.read_string", fails)
    [answer], failed = answers({"id": 1, "html": PAGE})

    assert failed == 1
    assert answer == {"id": 1, "error": "cannot read this page: ZeroDivisionError: oj"}


def test_a_line_too_long_is_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.cleaning.answering.MAX_LINE_BYTES", 60)
    answered, failed = answers(b"x" * 60, b"y" * 500, {"id": "b", "html": "<p>Hej</p>"})

    assert failed == 2
    assert "found a longer one" in answered[1]["error"]
    assert answered[2]["text"] == "Hej"
    assert MAX_LINE_BYTES > 100_000_000


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ('<meta charset="iso-8859-1"><p>Åsa åt</p>', "Åsa åt"),
        ('<?xml version="1.0" encoding="utf-16"?><p>Åsa åt</p>', "Åsa åt"),
        ("\ufeff<p>Åsa åt</p>", "Åsa åt"),
        ("<p>Åsa \ud83d\ude00 åt</p>", "Åsa \U0001f600 åt"),
        ("<p>Åsa \ud83d åt</p>", "Åsa ? åt"),
        ("<p>\ufffe\x07Åsa\x00 åt</p>", "Åsa åt"),
    ],
)
def test_a_string_is_text_already_whatever_it_declares(said: str, text: str) -> None:
    [answer], failed = answers({"id": "\ud800", "html": said})

    assert (answer["text"], answer["id"], failed) == (text, "\ud800", 0)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_string_gets_one_answer(said: str) -> None:
    answered, _ = answers({"id": said, "url": said, "html": said})

    assert len(answered) == 1
    assert answered[0]["id"] == said


@contextmanager
def service() -> Iterator[subprocess.Popen[bytes]]:
    """Run the command as another program would."""
    command = [sys.executable, "-m", "crawler", "clean", "--jsonl"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        yield process


def test_each_line_is_answered_before_the_next_is_sent() -> None:
    with service() as process:
        assert process.stdin
        assert process.stdout
        for number, line in enumerate((PAGE, "", PAGE)):
            process.stdin.write(json.dumps({"id": number, "html": line}).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert answer["id"] == number
            assert ("error" in answer) is (not line)
        process.stdin.close()

        assert process.wait(60) == 1


def test_a_service_with_nothing_to_complain_of_ends_well() -> None:
    result = run("--jsonl", given=json.dumps({"id": 1, "html": PAGE}) + "\n")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Torget byggs om"
    assert run("--jsonl", given="").exit_code == 0


def test_rules_are_undone_for_every_line() -> None:
    line = json.dumps({"id": 1, "html": PAGE}) + "\n"
    result = run("--jsonl", "--undo", "skip:link", given=line)

    assert "skip:link" not in result.stdout
