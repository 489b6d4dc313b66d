"""Bytes to a tree: what a page says of its encoding, and what is so in spite of it."""

from __future__ import annotations

import codecs
import unicodedata
from encodings.aliases import aliases
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cleaning.element import Element
from archive.cleaning.html import MAX_HTML_BYTES, decode, parse_html
from archive.cleaning.shallow import MAX_DEPTH
from archive.errors import BadPayload
from archive.text import normalise

SWEDISH = "Åsa såg ägg på Öland – ”räksmörgås”"


def page(charset: str = "", text: str = SWEDISH) -> str:
    declared = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{declared}<title>x</title></head><body><p>{text}</p></body></html>"


def text_of(tree: Element) -> str:
    return "".join(tree.itertext())


@pytest.mark.parametrize(
    ("body", "header"),
    [
        pytest.param(page().encode(), "", id="utf-8-undeclared"),
        pytest.param(page().encode("cp1252"), "", id="cp1252-undeclared"),
        pytest.param(page("iso-8859-1").encode("cp1252"), "", id="cp1252-declared-as-latin-1"),
        pytest.param(page("utf-8").encode("cp1252"), "utf-8", id="cp1252-labelled-utf-8"),
        pytest.param(page("iso-8859-1").encode(), "utf-8", id="header-wins-over-meta"),
        pytest.param(page("utf-8").encode(), "iso-8859-1", id="utf-8-labelled-latin-1"),
        pytest.param(page("windows-1252").encode(), "", id="utf-8-declared-as-cp1252"),
        pytest.param(b"\xef\xbb\xbf" + page().encode(), "iso-8859-1", id="bom-wins-over-header"),
        pytest.param(page().encode("utf-16"), "", id="utf-16-with-bom"),
        pytest.param(page("no-such-charset").encode(), "nor-this", id="unknown-labels"),
    ],
)
def test_encoding_is_stated_before_it_is_guessed(body: bytes, header: str):
    """BOM, header, meta, UTF-8, cp1252: in that order, and a label that cannot be is no label."""
    assert f"<p>{SWEDISH}</p>" in decode(body, header)


def test_utf8_with_a_torn_character_stays_utf8():
    """One broken byte does not turn a whole page into mojibake."""
    torn = page().encode().replace("Öland".encode(), b"\xc3land")

    assert "Åsa såg ägg" in decode(torn, "utf-8")
    assert "”räksmörgås”" in decode(torn, "")


def test_decomposed_letters_are_composed_when_stored():
    """A page in NFD says the same words as one in NFC."""
    nfd = unicodedata.normalize("NFD", SWEDISH)
    tree = parse_html(page(text=nfd).encode())

    assert normalise(text_of(tree)) == normalise("x" + SWEDISH)


@pytest.mark.parametrize("body", [b"", b"   \r\n", b"\x00\x00", b"<!-- nothing -->"])
def test_nothing_to_parse_is_said_so(body: bytes):
    with pytest.raises(BadPayload, match="expected HTML"):
        parse_html(body)


def test_a_page_larger_than_the_limit_is_not_read():
    with pytest.raises(BadPayload, match="at most"):
        parse_html(b" " * (MAX_HTML_BYTES + 1))


def test_null_bytes_do_not_end_the_page():
    tree = parse_html(b"<p>f\x00\xc3\xb6re</p><p>efter</p>")

    assert [normalise(p.text) for p in tree.iter("p")] == ["före", "efter"]


@pytest.mark.parametrize("text", ["<\x12b>", "<scr\x00ipt>", "&\x01lt;", "<\ufffeb>"])
def test_characters_that_no_reader_sees_make_no_markup(text: str):
    """Taken away before it is parsed, they would make tags and references of what stands apart."""
    page = parse_html(f"<p>före {text}efter</p>".encode())

    assert "efter" in normalise(page.find(".//p").xpath("string()")).replace(" ", "")
    assert not [*page.iter("b", "script")]


@pytest.mark.parametrize(
    "start",
    [
        "<html/>",
        '<html lang="sv" />',
        "<body/>",
        "<HTML />",
        "<html </>",
        '<html s="<"/>',
        '<html """/>',
        f'<html class="{"x" * 999}" />',
        pytest.param(f"<!--{'x' * 9_999}--><html/>", id="late"),
        "<meta><html/>",
        "<head/>",
    ],
)
def test_a_start_tag_that_ends_itself_does_not_end_the_page(start: str):
    assert text_of(parse_html(f"{start}<p>efter</p>".encode())) == "efter"


@pytest.mark.parametrize("end", ["</body>", "</HTML\n>", '</html ">', "</body/>", "</body <>"])
def test_an_end_tag_of_the_page_does_not_end_it(end: str) -> None:
    assert text_of(parse_html(f"<p>fö{end}re</p>{end}<p>efter".encode())) == "föreefter"


@pytest.mark.parametrize("tag", ["</body>", "<html/>"])
def test_a_tag_of_the_page_shows_where_it_is_written_as_text(tag: str) -> None:
    page = parse_html(f"<img alt='{tag}'><textarea>{tag}</textarea>".encode())

    assert normalise(text_of(page)) == normalise(page.find(".//img").get("alt")) == tag


def test_only_the_first_mark_of_an_encoding_is_one() -> None:
    torn = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"<p>r\xef"

    assert text_of(parse_html(torn)) == "".join(decode(torn).split("<p>"))


def test_a_head_within_another_element_ends_none() -> None:
    page = parse_html("<main><del><head />före</del> efter".encode())

    assert [element.text for element in page.iter("del")] == ["före"]


LABELS = st.text(max_size=12) | st.sampled_from([*sorted(set(aliases.values())), "hex", "idna"])


@given(st.binary(max_size=400), LABELS)
def test_any_bytes_can_be_decoded(body: bytes, label: str):
    """Hostile input is normal input: decoding never raises, whatever the label."""
    assert isinstance(decode(body, label), str)


@pytest.mark.parametrize("depth", [300, 1_500, 50_000])
def test_deep_nesting_is_never_cut(depth: int) -> None:
    """libxml2 drops the rest of a page in silence when it gives up."""
    page = "".join(f"<div><p>{n}." for n in range(depth)) + "SIST"

    text = text_of(parse_html(page.encode()))
    assert text.split(".") == [*(str(n) for n in range(depth)), "SIST"]


def test_what_is_hidden_stays_hidden_however_deep() -> None:
    page = parse_html(b"<div>" * 3_000 + b"<script>if (a<b) x</script><p>efter</p>")

    assert [*page.iter("script")]
    assert "".join(page.xpath("//text()[not(parent::script)]")) == "efter"


@pytest.mark.parametrize(
    "inner",
    [
        "<section><xmp></xmp></section>{}",
        "<label><template></label>{}",
        "<label><template><div></label>{}",
        "<main /><template></main>{}",
        "<template><tbody></section>{}",
        "<template></p>{}",
    ],
)
def test_beyond_the_deepest_level_the_same_is_hidden(inner: str) -> None:
    """Levels that are not written down end, and end others, as if they were."""
    page = f"<section><p><ul>{{}}<p>före</p>{inner.format('efter')}</section>"

    def shown(depth: int) -> str:
        tree = parse_html(page.format("<b>" * depth).encode())
        return "".join(tree.xpath("//text()[not(ancestor::template)]"))

    assert shown(MAX_DEPTH * 2) == shown(MAX_DEPTH - 1) == shown(1)


def test_what_a_head_left_open_shows_stays_in_order() -> None:
    page = parse_html("<head><title>x </title><main>ett <body></head>två <p>tre".encode())

    assert text_of(page).split() == ["x", "ett", "två", "tre"]


@pytest.mark.parametrize("part", ["<b><div></b>", "<source>", "<wbr>x", "<span></i>", "<p><!--"])
def test_no_page_is_too_deep(part: str) -> None:
    """However the levels come about: wrong end tags, elements that libxml2 takes for containers."""
    page = parse_html(("<p>före" + part * 60_000 + "--><p>efter").encode())

    assert page.xpath("count(//*[count(ancestor::*) > 300])") == 0
    assert normalise(text_of(page)).startswith("före")


def test_a_declaration_is_looked_for_in_linear_time() -> None:
    began = process_time()
    assert decode(b"<p>" + b"<meta " * 1_000_000).startswith("<p>")
    assert process_time() - began < 5


def test_many_attributes_are_read_in_linear_time() -> None:
    """libxml2 takes minutes for them; no reader sees one."""
    attributes = " ".join(f'a{n}="x>"' for n in range(200_000))

    began = process_time()
    page = parse_html(f"<p {attributes}>före &amp; <b>efter</b><script>a<b</script></p>".encode())
    assert text_of(page) == "före & eftera<b"
    assert process_time() - began < 20


def test_a_text_of_many_megabytes_is_read_whole() -> None:
    page = parse_html(b"<p>" + b"ord " * 3_000_000 + b"SIST</p>")

    assert text_of(page).endswith("SIST")


@pytest.mark.parametrize("reference", ["&#11;", "&#x8;", "&#12;", "&#28;", "&#xFFFF;", "&#x1f"])
def test_references_to_control_characters_are_white_space(reference: str) -> None:
    """Pasted from slides; a tree cannot take them back."""
    page = parse_html(f"<p>en{reference}två <b>tre</b></p>".encode())

    assert text_of(page).split() == ["en", "två", "tre"]


def test_other_references_stay() -> None:
    assert text_of(parse_html(b"<p>&#65;&#229;&#x41;&#128512;&amp;</p>")) == "Aå" + "A😀&"
