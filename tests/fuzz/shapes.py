"""Hostile pages of any size, by what they have much of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count, takewhile

Shape = Callable[[int], bytes]
"""Makes a page of about so many bytes."""

DEPTH = 235
"""Levels that the parser takes as they are."""
PROSE = "<p>Nämnden har beslutat om budgeten för nästa år, och beslutet gäller från januari.</p>"
DASHES = "-" * 60


def _repeated(part: str, before: str = "", after: str = "") -> Shape:
    """Return a shape of one part said again and again."""
    return lambda size: (before + part * (size // len(part.encode())) + after).encode()


def _numbered(part: str, before: str = "", after: str = "") -> Shape:
    """Return a shape of a part in which each time another number stands for #.

    On pages of other sizes stand other numbers: what was remembered of those is of no use.
    """

    def page(size: int) -> bytes:
        left = [size]

        def fits(said: str) -> bool:
            left[0] -= len(said)
            return left[0] > 0

        parts = takewhile(fits, (part.replace("#", f"{n:x}") for n in count(size)))
        return (before + "".join(parts) + after).encode()

    return page


def _nested(tags: str, inner: str = "SIST") -> Shape:
    """Return a shape of elements within each other."""
    return _repeated("".join(f"<{tag}>" for tag in tags.split()), after=inner)


def _deep(part: str, opening: str = "<div>") -> Shape:
    """Return a shape of a part said again and again within as many levels as a tree may have."""
    return _repeated(part, before=opening * DEPTH)


def _long_line(part: str) -> Shape:
    return _repeated(part, before="<p>Början ", after=" slut</p><p>Efter.</p>")


def _json_ld(value: Callable[[int], object]) -> Shape:
    def page(size: int) -> bytes:
        said = json.dumps(value(size))[:size]
        return f'<script type="application/ld+json">{said}</script>{PROSE}'.encode()

    return page


def _half_characters(size: int) -> bytes:
    return b"<p>" + b"\xc3\xe2\x82a\xf0\x9f\x98" * (size // 7)


def _with_title(part: str) -> Shape:
    return _repeated(part, before=f"<title>Bron öppnar</title><h1>Bron öppnar</h1>{PROSE * 4}")


SHAPES: Mapping[str, Shape] = {
    # Ordinary, to compare with
    "paragraphs": _repeated(PROSE),
    # Levels
    "nested div": _nested("div"),
    "nested div, closed": lambda n: b"<div>x" * (n // 12) + b"</div>" * (n // 12),
    "nested link and span": _nested("a span"),
    "nested template": _nested("template"),
    "nested li": _nested("ul li"),
    "unclosed p": _repeated("<p>x y"),
    "unclosed li": _repeated("<li>x y"),
    "unclosed table": _repeated("<table><tr><td>x y"),
    "stray end tags": _repeated("</i></p></td>x", before="<span>" * 5_000),
    "wrong end tags": _repeated("<b><div></b>x"),
    "source and wbr": _repeated("<source><wbr>x"),
    "select and option": _repeated("<select><option>x"),
    # The most levels that a tree may have, and much in the innermost
    "deep p": _deep("<p>x y"),
    "deep button": _deep("<button>Visa</button>"),
    "deep button in span": _deep("<button>Visa</button>", "<span>"),
    "deep picture": _deep("<img alt=bild>", "<span>"),
    "deep marked": _deep("<p>x y", '<div class="menu">'),
    "deep marked siblings": _deep('<p class="menu">x y</p>', '<div class="menu">'),
    "deep article siblings": _deep("<article>x y</article>", "<article>"),
    "deep aside siblings": _deep("<aside><a href=x>x y</a></aside>", "<aside>"),
    "deep feedback": _deep("<p class=feedback>x y</p>", "<div class=feedback>"),
    "deep header siblings": _deep("<header>x y</header>", "<article>"),
    "deep li": _deep("<li>x y</li>", "<ul><li>"),
    "deep h2": _deep("<h2>Kontakt</h2>"),
    "deep headings with number": _deep("<div><h2>Anna</h2><p>0322-61 60 00</p></div>"),
    # Names and attributes
    "attributes": _numbered(" a#=x", before="<p", after=">x"),
    "attributes of many": _repeated("<p" + "".join(f" a{n}=x" for n in range(400)) + ">x"),
    "attribute without end": _repeated("x ", before='<p title="'),
    "distinct tags": _numbered("<t#>"),
    "distinct classes": _numbered('<b class="c#">x</b> '),
    "distinct ids": _numbered('<p id="i#">x</p>'),
    "classes of one": _numbered("c# ", before='<p class="', after='">x</p>'),
    "long classes": _repeated(f'<b class="{"menu-x " * 300}">x</b>'),
    # Texts that judges look at
    "links": _repeated('<a href="/a">Alla nyheter</a>', before=PROSE * 8),
    "linked items": _repeated('<li><a href="/a">Alla nyheter</a></li>', before=PROSE * 8),
    "contact": _repeated("<p>Kontakt</p>", before=PROSE * 4),
    "contact h2": _repeated("<h2>Kontakt</h2>", before=PROSE * 4),
    "contact without end": _repeated("<h2>Kontakt</h2><p>Anna Ek</p>", before=PROSE * 4),
    "contact with number": _repeated("<h2>Kontakt</h2><p>0322-61 60 00</p>", before=PROSE * 4),
    "related links": _repeated("<h2>Relaterade länkar</h2>", before=PROSE * 4),
    "related to prose": _repeated(f"<h3>Läs mer</h3>{PROSE}"),
    "about": _repeated("<h2>Om Alingsås kommun</h2>", before=PROSE * 4),
    "about in a release": _with_title("<p>Pressmeddelande</p><h2>Om Alingsås</h2>"),
    "appeal": _repeated(f"<h2>Hur man överklagar</h2>{PROSE}", before=PROSE * 4),
    "questions": _repeated(
        "<p>Fick du hjälp?</p><button>Ja</button><button>Nej</button>", before=PROSE * 4
    ),
    "questions of nothing": _repeated("<p>Fick du hjälp av det här?</p>", before=PROSE * 4),
    "cookie boxes": _repeated("<div><h2>Vi använder kakor</h2><p>Ja</p></div>", before=PROSE * 4),
    "teasers": _repeated("<h2><a href=x>Ny bro</a></h2><p>2024-05-17</p>", before=PROSE * 4),
    "headings": _with_title("<h2>Rubrik</h2>"),
    "h1 of the title": _with_title("<h1>Bron öppnar</h1>"),
    "dates": _with_title("<time datetime=2024-05-17>17 maj 2024</time>"),
    "labelled dates": _with_title("<p>Publicerad:</p><p>2024-05-17</p>"),
    "bylines": _with_title("<p>Sidansvarig: <span>Anna Ek</span></p>"),
    "br": _repeated("<br>x"),
    "empty br": _repeated("<br>"),
    "comments": _repeated("x<!-- y -->"),
    "inputs": _repeated('<input type=submit value="Skicka">'),
    "sealed": _repeated("<p>x <b>y</b><br>", before="<nav>", after="</nav>" + PROSE),
    "small navs": _repeated("<nav><a href=x>x</a></nav>", before=PROSE * 4),
    "second look": _repeated("<article><p class=menu>x</p></article>"),
    "title beside prose": _deep("<p><a href=x>x y</a></p>", "<h1>Bron öppnar</h1><div>"),
    "forms": _repeated("<form><p>x</p></form>", before=PROSE * 4),
    # Lines
    "one line": _long_line("ord "),
    "one word": _long_line("ord"),
    "published": _long_line("Publicerad "),
    "spaces": _long_line(" "),
    "no-break spaces": _long_line("\u00a0"),
    "soft hyphens": _long_line("\u00ad"),
    "combining letters": _long_line("\u0301\u0323"),
    "dots": _long_line("."),
    "slashes": _long_line("/"),
    "questions in a line": _long_line("Fick du hjälp? "),
    "lines": _repeated("rad<br>", before="<p>"),
    "boilerplate lines": _repeated(f"<p>{f'Publicerad 7{DASHES}' * 2}§</p>", before=PROSE),
    "datetime of spaces": lambda n: f"<time datetime='2024-05-17{' ' * n}x'>i dag</time>".encode(),
    "title of spaces": lambda n: f"<title>{'a' + ' ' * n}</title><h1>a</h1><p>x".encode(),
    # Bytes
    "NUL": _repeated("a\x00"),
    "half characters": _half_characters,
    "control references": _repeated("&#8;x"),
    "references": _repeated("&amp;&aring;"),
    "zeros in a reference": lambda n: f"<p>&#x{'0' * n}g".encode(),
    "less-than": _repeated("< "),
    "open tags": _repeated("<a "),
    "open comments": _repeated("<!--", before="<div>" * 500),
    "bogus comments": _repeated("<!x", before="<div>" * 500),
    "open meta": _repeated("<meta "),
    "page ends": _repeated("</body   x"),
    "page starts": _repeated("<html ="),
    "page starts in quotes": _repeated("<html a='"),
    "scripts": _repeated("<script>a<b</script>x"),
    "carriage returns": _repeated("a\r"),
    # Heads
    "meta": _numbered('<meta name="n#" content="x">', before="<head>"),
    "titles": _repeated("<title>x</title>", before="<head>"),
    "JSON-LD list": _json_ld(lambda n: [1] * (n // 3)),
    "JSON-LD object": _json_ld(lambda n: {f"k{i}": [{}] for i in range(n // 14)}),
    "JSON-LD levels": lambda n: f"<script type=application/ld+json>{'[' * n}</script>x".encode(),
    "JSON-LD scripts": _repeated('<script type="application/ld+json">[{"a": 1}]</script>'),
}
