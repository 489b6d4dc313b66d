"""A page as blocks: where a word ends, what a sealed element says, where each block stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.cleaning.blocks import (
    BOUNDARY,
    MARKED,
    SEALED,
    Block,
    caption,
    plain_text,
    split,
    split_blocks,
)
from archive.cleaning.element import Element
from archive.cleaning.html import parse_html
from tests.pages import squeezed


def tree(body: str) -> Element:
    return parse_html(f"<html><head><title>Flik</title></head><body>{body}</body></html>".encode())


def blocks(body: str, **marks: int) -> list[Block]:
    """Return the blocks of a body; `marks` says by id what an element is to the splitter."""
    return split(tree(body), lambda element: marks.get(element.get("id", ""), 0))


def texts(body: str, **marks: int) -> list[str]:
    return [block.text for block in blocks(body, **marks)]


def tags_around(block: Block) -> list[str]:
    """Return the tags of the marked elements around a block, the innermost first."""
    return [place.element.tag for place in block.place.outwards()] if block.place else []


# ---- boundaries


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("<p>Ett</p><p>två</p>", ["Ett", "två"], id="blocks"),
        pytest.param("<div>Ett<p>två</p>tre</div>", ["Ett", "två", "tre"], id="text-around-one"),
        pytest.param("<p>Ett <x-y>två</x-y> tre</p>", ["Ett", "två", "tre"], id="unknown-element"),
        pytest.param("<p>Ett<time>två</time>tre</p>", ["Ett", "två", "tre"], id="on-a-line"),
        pytest.param("<p>an<b>märk</b>ning</p>", ["anmärkning"], id="inline"),
        pytest.param("<p>an<script>x</script>märk</p>", ["anmärk"], id="a-script-is-no-boundary"),
        pytest.param("<p> </p><p>\n\u00a0<b> </b></p><p>\u200b</p>", [], id="nothing-to-see"),
        pytest.param("<p>Ett <b>två </b> </p> <p> tre</p>", ["Ett två", "tre"], id="white-space"),
        pytest.param("<p>Ett<img alt=''>två</p>", ["Ett", "två"], id="picture-without-words"),
    ],
)
def test_where_a_block_ends(body: str, said: list[str]):
    assert texts(body) == said


@pytest.mark.parametrize(
    "tag",
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s "
    "samp small span strike strong sub sup tt u var wbr".split(),
)
def test_inline_elements_may_stand_within_a_word(tag: str):
    assert [b.text for b in split_blocks(etree.XML(f"<p>an<{tag}>märk</{tag}>ning</p>"))] == [
        "anmärkning"
    ]


@pytest.mark.parametrize(
    "tag",
    "area audio button canvas img input label map meter object output picture progress svg "
    "textarea time video".split(),
)
def test_some_elements_stand_on_a_line_but_in_no_word(tag: str):
    before, after = split_blocks(etree.XML(f"<p>an<{tag}/>märk</p>"))

    assert (before.text, after.text) == ("an", "märk")
    assert before.paragraph == after.paragraph


def test_a_comment_ends_nothing_and_says_nothing():
    """Trees of other parsers have them; so have sealed elements of such trees."""
    page = etree.HTML("<div><p>an<!-- Om -->märk<?php x?>ning<img></p><!-- s -->sist</div>")
    sealed = split(page, lambda element: SEALED if element.tag == "div" else 0)

    assert [b.text for b in split_blocks(page)] == ["anmärkning", "sist"]
    assert "".join(sealed[0].text.split("\n")) == "anmärkningsist"


@pytest.mark.parametrize(
    "tag", ["script", "style", "template", "iframe", "noembed", "noframes", "head"]
)
def test_some_elements_show_no_text(tag: str):
    """Not even those that a rule finds."""
    page = etree.XML(f"<div>före <{tag}>dolt <b>djupt</b></{tag}>efter</div>")

    assert [b.text for b in split_blocks(page)] == ["före efter"]
    assert [b.text for b in split(page, lambda e: (e.tag == tag) * SEALED)] == ["före efter"]
    assert [b.text for b in split(page, lambda e: (e is page) * SEALED)] == ["före\nefter"]


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ('<img alt="Bron">', ("Bron", "alt")),
        ('<area alt="Hamnen">', ("Hamnen", "alt")),
        ('<input type=IMAGE alt="Karta" value="x">', ("Karta", "alt")),
        ('<input type=Submit value="Sänd" alt="x">', ("Sänd", "value")),
        ('<input type=button value="Rensa">', ("Rensa", "value")),
        ('<input type=reset value="Ångra">', ("Ångra", "value")),
        ("<img>", ("", "alt")),
        ("<input type=submit>", ("", "value")),
        ('<input type=text value="skrivet">', ("", "")),
        ('<input value="skrivet" alt="x">', ("", "")),
        ('<video alt="x" value="y"></video>', ("", "")),
        ('<button type=submit value="x"></button>', ("", "")),
        ('<button type=image alt="x"></button>', ("", "")),
    ],
)
def test_captions_are_words_too(element: str, said: tuple[str, str]):
    page = tree(f"<p>före {element} efter</p>")
    [part] = page.xpath("//p/*")
    found = [(b.text, b.source) for b in split_blocks(page) if b.source != "text"]

    assert caption(part) == said
    assert found == [said] * bool(said[0])


def test_a_caption_is_one_line_of_its_own():
    picture = '<p>En<br>text <a href=x><img alt="En\nbro"></a> mer</p>'
    _, block, after = blocks(picture)

    assert (block.text, block.element.tag, block.linked) == ("En bro", "img", 6)
    assert (block.lines, after.linked) == ((1, 1), 0)


def test_elements_can_be_boundaries_by_choice():
    page = tree("<p>kommun.se<span>extern länk</span> och mer</p>")

    assert [b.text for b in split_blocks(page)] == ["kommun.seextern länk och mer"]
    assert [(b.text, b.element.tag) for b in split_blocks(page, page.xpath("//span"))] == [
        ("kommun.se", "p"),
        ("extern länk", "span"),
        ("och mer", "p"),
    ]


def test_what_follows_the_root_is_not_below_it():
    page = tree("<p>före</p><div>i <b>den</b></div>efter")
    [row, part] = page.xpath("//div | //b")

    assert [b.text for b in split_blocks(row)] == ["i den"]
    assert [(b.text, b.element, b.place) for b in split_blocks(part)] == [("den", part, None)]


def test_a_block_knows_the_nearest_element_that_ends_it():
    body = "<div>ett<p>två <b>tre</b><time>fyra</time><i>fem</i></p>sex<ul><li><a>sju</a></ul>åtta"
    found = [(b.text, b.element.tag) for b in blocks(f"noll{body}")]

    assert found == [
        ("noll", "body"),
        ("ett", "div"),
        ("två tre", "p"),
        ("fyra", "time"),
        ("fem", "p"),
        ("sex", "div"),
        ("sju", "li"),
        ("åtta", "div"),
    ]


def test_an_inline_element_that_was_made_a_boundary_holds_what_it_ends():
    found = blocks("<p>noll<span id=m>ett<b>två<time>tre</time>fyra</b></span>fem", m=BOUNDARY)

    assert [(b.text, b.element.tag) for b in found] == [
        ("noll", "p"),
        ("etttvå", "span"),
        ("tre", "time"),
        ("fyra", "span"),
        ("fem", "p"),
    ]


def test_positions_count_from_the_first():
    assert [b.position for b in blocks("<p>a<p><img alt=b><p> <p>c")] == [0, 1, 2]


def test_depth_is_no_limit():
    root = inner = etree.Element("div")
    for _ in range(20_000):
        inner = etree.SubElement(inner, "div")
    inner.text = "djupt"

    assert [b.text for b in split_blocks(root)] == ["djupt"]


# ---- words at the edge of inline elements


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("<b>Ordförande</b><span>Anna Ek</span>", ["Ordförande", "Anna Ek"], id="name"),
        pytest.param("<b>Plats</b>Stadshuset", ["Plats", "Stadshuset"], id="after-the-element"),
        pytest.param("stad<b>Ärende</b>", ["stad", "Ärende"], id="before-the-element"),
        pytest.param("<b><i>Anna</i></b><em><b>Bo</b></em>", ["Anna", "Bo"], id="nested"),
        pytest.param("Sal 3<b>Kaffe</b>", ["Sal 3", "Kaffe"], id="digit"),
        pytest.param("Slut.<i>Ny</i>", ["Slut.", "Ny"], id="full-stop"),
        pytest.param("Slut!<i>Ny</i>", ["Slut!", "Ny"], id="exclamation-mark"),
        pytest.param("Slut?<i>Ny</i>", ["Slut?", "Ny"], id="question-mark"),
        pytest.param("<b>Tid:</b>Klockan 9", ["Tid:", "Klockan 9"], id="colon"),
        pytest.param("ett;<i>Ny</i>", ["ett;", "Ny"], id="semicolon"),
        pytest.param("(S)<i>Ny</i>", ["(S)", "Ny"], id="bracket"),
        pytest.param("<b>Press</b>meddelande", ["Pressmeddelande"], id="small-letter"),
        pytest.param("Slut.<i>och</i>", ["Slut.och"], id="small-letter-after-full-stop"),
        pytest.param("ja<b>, Nej</b>", ["ja, Nej"], id="sign"),
        pytest.param("ja,<b>Nej</b>", ["ja,Nej"], id="after-comma"),
        pytest.param("<b>V</b>id bron", ["Vid bron"], id="drop-cap"),
        pytest.param("<b>V</b>ID BRON", ["VID BRON"], id="drop-cap-of-capitals"),
        pytest.param("<b>McDonald</b>s iPhone", ["McDonalds iPhone"], id="capital-within-a-word"),
        pytest.param("<b>Mc</b> Donald", ["Mc Donald"], id="white-space-between"),
        pytest.param("<b>Mc </b>Donald", ["Mc Donald"], id="white-space-before-the-edge"),
        pytest.param("Mc<b> Donald</b>", ["Mc Donald"], id="white-space-behind-the-edge"),
        pytest.param("m<sup>2</sup>BTA", ["m2BTA"], id="raised"),
        pytest.param("x<sub>Max</sub>", ["xMax"], id="lowered"),
        pytest.param("Mc<wbr>Donald", ["McDonald"], id="break-opportunity"),
        pytest.param("fri<bdi>Anna</bdi>Bo", ["friAnnaBo"], id="direction"),
        pytest.param("<b>a</b>b<script></script>C", ["abC"], id="an-edge-counts-once"),
        pytest.param("Mc<script></script>Donald", ["McDonald"], id="a-script-has-no-edge"),
    ],
)
def test_the_edge_of_an_inline_element_parts_words(body: str, said: list[str]):
    """Set on lines of their own by a stylesheet: "Ordförande" and "Anna" are two words."""
    assert texts(f"<p>{body}</p>") == said


def test_a_mark_changes_no_edge():
    body = "<p>namn<b id=m>Anna</b>Bo, m<sup id=n>2</sup>BTA"

    assert texts(body, m=MARKED, n=MARKED) == texts(body) == ["namn", "Anna", "Bo, m2BTA"]


def test_words_parted_at_an_edge_are_one_paragraph():
    name, other = blocks("<p><b>Ordförande</b><span>Anna</span></p>")

    assert name.paragraph == other.paragraph
    assert (name.element.tag, other.element.tag) == ("p", "p")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<a>ett</a><a>två</a>", ["ett", "två"]),
        ("<span><a>ett</a></span><span><a>två</a></span>", ["ett", "två"]),
        ("<a>ett</a> <a>två</a>", ["ett två"]),
        ("<a>ett</a>, <a>två</a>", ["ett, två"]),
        ("<a>ort</a>nam<a>net</a>", ["ortnamnet"]),
        ("<a></a><a>ett</a>", ["ett"]),
    ],
)
def test_two_links_side_by_side_are_two_blocks(body: str, said: list[str]):
    assert texts(f"<p>{body}</p>") == said


# ---- lines


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Ett<br>två", ["Ett\ntvå"]),
        ("Ett<br><br>två", ["Ett", "två"]),
        ("Ett<br> \u00a0<br>två", ["Ett", "två"]),
        ("<b>Ett<br></b><br>två", ["Ett", "två"]),
        ("Ett<br><br><br><br>två", ["Ett", "två"]),
        ("<br>Ett<br>", ["Ett"]),
        ("Ett<br>två<br>tre", ["Ett\ntvå\ntre"]),
        ("Ett<br>Två", ["Ett\nTvå"]),
        ("<b>Ett</b><br><b>Två</b>", ["Ett\nTvå"]),
    ],
)
def test_a_br_is_a_line_end_and_two_end_a_block(body: str, said: list[str]):
    assert texts(f"<p>{body}</p>") == said


def test_blocks_know_their_lines_and_paragraphs():
    """A button stands within a line; a br begins one; two, or an element, begin a paragraph."""
    body = "<p>a <button>b</button> c<br>d<br><a>e</a><a>f</a><br><br>g</p><p>h</p>"
    found = [(b.text, b.lines) for b in blocks(body)]
    paragraphs = [b.paragraph for b in blocks(body)]

    assert found == [
        ("a", (0, 0)),
        ("b", (0, 0)),
        ("c\nd\ne", (0, 2)),
        ("f", (2, 2)),
        ("g", (4, 4)),
        ("h", (4, 4)),
    ]
    assert len(set(paragraphs[:4])) == 1
    assert sorted(set(paragraphs[3:])) == paragraphs[3:]


@pytest.mark.parametrize("tag", ["div", "li", "x-card"])
@pytest.mark.parametrize("mark", [0, MARKED, BOUNDARY, SEALED])
def test_an_element_begins_a_paragraph_and_ends_it(tag: str, mark: int):
    before, inside, after = blocks(f"före<{tag} id=m>i</{tag}>efter", m=mark)

    assert before.paragraph < inside.paragraph < after.paragraph


@pytest.mark.parametrize("tag", ["button", "time", "span"])
@pytest.mark.parametrize("mark", [BOUNDARY, SEALED])
def test_an_element_on_a_line_does_not(tag: str, mark: int):
    assert len({b.paragraph for b in blocks(f"<p>före<{tag} id=m>i</{tag}>efter", m=mark)}) == 1


def test_a_line_end_in_the_source_is_white_space():
    body = '<div id=s>Ett\r\ntvå <b>tre\nfyra&#13;fem&#10;sex</b></div><img alt="a&#13;b\nc">'

    assert texts(body) == ["Ett två tre fyra fem sex", "a b c"]
    assert texts(body, s=SEALED) == ["Ett två\ntre fyra fem sex", "a b c"]


# ---- links and controls


@pytest.mark.parametrize(
    ("body", "linked"),
    [
        ("Läs <a>mer</a> här", [3]),
        ("<a>Läs <b>allt</b></a>", [8]),
        ("<a>Läs\n <i> mer</i></a>", [9]),
        ("<a><h3>Ny bro</h3>Om bron</a> efter", [6, 7]),
        ("<a>ett</a><a>två tre</a>", [3, 7]),
        ("<a>a<br><br>bc</a> och", [1, 2]),
        ("<a><img alt='bild'> x</a><img alt='bild'>", [4, 2, 0]),
        ("<a><button>Sök</button></a>efter", [3, 0]),
        ("<a id=m>vår</a> väg", [3, 0]),
        ("<p id=m>vår</p> väg <a>hem</a>", [0, 3]),
    ],
)
def test_letters_in_links_are_counted(body: str, linked: list[int]):
    """Before white space is folded."""
    assert [b.linked for b in blocks(f"<div>{body}</div>", m=BOUNDARY)] == linked


def test_a_sealed_link_is_left_like_any_other():
    """A skip link stands first on most sites: what follows it is no link, links are."""
    after, link = blocks("<a id=m>Hoppa till innehåll</a><p>Texten.<p><a>En länk</a>", m=SEALED)[1:]

    assert (after.linked, link.linked) == (0, 7)


def test_a_control_is_the_outermost_around_a_text():
    body = (
        "<fieldset><legend>Betyg</legend><label>Bra <button>Ja</button> tack</label>efter"
        "<div><button><b>Sänd</b> <span id=m>svaret</span></button>sist</div></fieldset>"
    )
    controls = [(b.text, b.control.tag if b.control is not None else "") for b in blocks(body)]

    assert controls == [
        ("Betyg", "legend"),
        ("Bra", "label"),
        ("Ja", "label"),
        ("tack", "label"),
        ("efter", ""),
        ("Sänd svaret", "button"),
        ("sist", ""),
    ]


@pytest.mark.parametrize("mark", [MARKED, BOUNDARY])
def test_a_marked_control_is_one_as_long_as_it_lasts(mark: int):
    before, inside, within, after = blocks(
        "<div id=m>före<button id=n>Sänd<div id=o>nu</div></button>efter</div>",
        m=mark,
        n=mark,
        o=mark,
    )

    assert (inside.control is not None, within.control is not None) == (True, True)
    assert (before.control, after.control) == (None, None)


# ---- sealed elements


SEALED_BOX = """
<div id=s><p>Vi använder <b>kakor</b>.</p>Läs<script>nej</script>
  mer <img alt="Vår&#10;kaka"><input type=submit value="Godkänn"><input type=text value=nej>
  <template><p>nej</p></template>om<br>det</div>
"""


def test_a_sealed_element_is_one_block_of_lines():
    """Its texts in order, pictures and buttons too; what no reader sees is left out."""
    _, box, after = blocks(f"<p>Före<br>den</p>{SEALED_BOX}efter", s=SEALED)

    assert box.text.split("\n") == [
        *("Vi använder", "kakor", ".", "Läs", "mer", "Vår kaka", "Godkänn", "om", "det")
    ]
    assert (box.element.tag, box.source, box.control) == ("div", "text", None)
    assert (box.lines, box.linked) == ((1, 1), 0)
    assert tags_around(box) == ["div"]
    assert (after.text, tags_around(after)) == ("efter", [])


def test_a_sealed_element_without_captions_says_the_same():
    assert texts("<div id=s><p>Vi\nhar <b>kakor</b></p> <p> \n</p>nu</div>efter", s=SEALED) == [
        "Vi har\nkakor\nnu",
        "efter",
    ]


def test_nobody_looks_into_a_sealed_element():
    seen: list[str] = []

    def look(element: Element) -> int:
        seen.append(element.tag)
        return SEALED if element.tag == "nav" else 0

    split(tree("<nav><ul><li>Hem</ul></nav><p>Text"), look)

    assert "p" in seen
    assert not {"ul", "li"} & {*seen}


def test_a_sealed_element_that_says_nothing_is_no_block():
    assert texts("<p>ett</p><div id=s> <script>x</script><img alt=' '></div><p>två", s=SEALED) == [
        "ett",
        "två",
    ]


def test_a_sealed_element_begins_a_block_in_the_middle_of_a_line():
    box, after = blocks("<p>Se <span id=s>extern länk</span> och mer", s=SEALED)[1:]

    assert (box.text, box.element.tag) == ("extern länk", "span")
    assert (after.text, after.element.tag) == ("och mer", "p")


MARKUP = st.recursive(
    st.sampled_from(
        [
            *("ett ", " två\n", "Tre", "<br>", "<img alt='fyra'>", "<script>nej</script>"),
            *("<input type=submit value=fem>", "<input value=nej>", "<textarea>sex</textarea>"),
        ]
    ),
    lambda inside: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from("p div span a b sub button label time ul li template".split()),
        st.lists(inside, max_size=4).map("".join),
    ),
    max_leaves=12,
)


@given(MARKUP, st.data())
def test_marks_change_where_blocks_end_but_no_character(body: str, data: st.DataObject):
    """Law 2, whatever is marked, a boundary or sealed."""
    page = tree(f"<div>{body}</div>efter")
    marks = {
        element: data.draw(st.sampled_from([0, MARKED, BOUNDARY, SEALED]))
        for element in page.iter(etree.Element)
        if element.tag not in ("html", "body")
    }
    marked = split(page, lambda element: marks.get(element, 0))

    assert squeezed(" ".join(b.text for b in marked)) == squeezed(
        " ".join(b.text for b in split_blocks(page))
    )
    assert [b.position for b in marked] == [*range(len(marked))]


# ---- places


def test_marked_elements_are_a_chain_from_the_inside():
    body = (
        "<main id=m><div><section id=n><a>ett</a><p>två</section>tre<b id=b>fyra</b></div></main>"
        "<button>fem</button>"
    )
    found = [(b.text, tags_around(b)) for b in blocks(body, m=MARKED, n=BOUNDARY, b=BOUNDARY)]

    assert found == [
        ("ett", ["section", "main"]),
        ("två", ["section", "main"]),
        ("tre", ["main"]),
        ("fyra", ["b", "main"]),
        ("fem", []),
    ]


def test_a_mark_alone_is_no_boundary():
    assert texts("<p>an<b id=m>märk</b>ning", m=MARKED) == ["anmärkning"]
    assert texts("<p><a>an</a><b id=m>märk</b>ning", m=MARKED) == ["anmärkning"]
    assert texts("<p>an<b id=m>märk</b>ning", m=BOUNDARY) == ["an", "märk", "ning"]


def test_a_block_that_ends_at_a_marked_edge_stands_outside_it():
    found = blocks("<p>namn<b id=m>Anna</b>Bo", m=MARKED)

    assert [tags_around(b) for b in found] == [[], ["b"], []]


# ---- plain text


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("<p>En\n  rad</p>", "En rad"),
        ("<div><p>Ett</p><p>två<br>tre</p></div>", "Ett\n\ntvå\ntre"),
        ("<img alt='En bro'>", "En bro"),
        ("<input type=submit value=Sänd>", "Sänd"),
        ("<script>nej</script>", ""),
        ("<p></p>", ""),
    ],
)
def test_plain_text_is_what_a_reader_sees_of_an_element(element: str, said: str):
    [part] = tree(f"<section>{element}</section>").xpath("//section/*")

    assert plain_text(part) == said
