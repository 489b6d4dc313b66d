"""What recurs on a site's pages goes only if it is the site's; what its authors repeat stays."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from archive.cleaning import KEEP, Cleaned, clean, visible_text
from archive.cleaning.html import parse_html
from archive.cleaning.rules import shipped_rules
from archive.cleaning.template import MIN_PAGES, RECURRING, Template, learn, lines_of
from archive.text import words

BANNER = "Grundvattnet är lågt i hela kommunen, och därför råder bevattningsförbud. Läs mer"
NOTICE = f"<div><h2>Bevattningsförbud</h2><p>{BANNER}</p></div>"
FOOT = "Frågor om trafiken besvaras av kundcenter på telefon, alla vardagar."


def read(body: str, template: Template | None = None, **options: object) -> Cleaned:
    """Return what is said in the content `body` of a page."""
    tree = parse_html(f"<!doctype html><body><main>{body}</main></body>".encode())
    return clean(tree, content=tree.xpath("//main"), template=template, **options)


def article(number: int, before: str = "", behind: str = "") -> str:
    """Return an article of its own words, in an element of its own."""
    own = f"<p>Ärende {number} handlar om sak {number}.</p><p>Nämnden tar upp det {number} maj.</p>"
    return f"{before}<div>{own}</div>{behind}"


def learnt(bodies: Iterable[str]) -> list[str]:
    """Return the lines that pages with these contents teach."""
    template = learn(lines_of(read(body)) for body in bodies)
    assert template is not None
    return [*template.lines]


def test_a_notice_of_the_site_is_learnt_and_goes_with_its_heading() -> None:
    """With rule, judge and the template's name; the article's own words stay."""
    bodies = [article(n, NOTICE, f"<section><p>{FOOT}</p></section>") for n in range(12)]
    template = learn(lines_of(read(body)) for body in bodies)
    assert template is not None
    found = read(bodies[3], template)

    assert template.lines == ("Bevattningsförbud", FOOT, BANNER)
    assert found.text == "Ärende 3 handlar om sak 3.\n\nNämnden tar upp det 3 maj."
    assert [(r.rule, r.judge, r.text) for r in found.removals] == [
        (RECURRING, "template", "Bevattningsförbud"),
        (RECURRING, "template", BANNER),
        (RECURRING, "template", FOOT),
    ]
    assert all(template.digest in removal.evidence for removal in found.removals)


def test_what_goes_stands_in_the_ledger() -> None:
    """Law 2."""
    body = article(1, NOTICE)
    found = read(body, Template(("Bevattningsförbud", BANNER)))
    removed = " ".join(removal.text for removal in found.removals)

    tree = parse_html(f"<!doctype html><body><main>{body}</main></body>".encode())
    assert words(found.text) + words(removed) == words(visible_text(tree))


AGENDAS = {
    "a list": "<ol><li>Mötets öppnande.</li>{0}<li>Information</li></ol>",
    "a list of sentences": (
        "<ul><li>Ordföranden hälsar alla välkomna till dagens möte.</li>{0}"
        "<li>Ordföranden tackar alla närvarande och avslutar mötet.</li></ul>"
    ),
    "a table": (
        "<table><tr><td>Ordföranden hälsar alla välkomna till mötet.</td></tr>{0}"
        "<tr><td>Ordföranden tackar alla och avslutar mötet.</td></tr></table>"
    ),
    "paragraphs": "<p>Mötets öppnande</p><p>Val av justerare</p>{0}<p>Information</p>",
    "paragraphs of sentences": (
        "<p>Ordföranden hälsar alla välkomna till dagens möte.</p>{0}"
        "<p>Ordföranden tackar alla närvarande och avslutar mötet.</p>"
    ),
    "numbered paragraphs": (
        "<div><p>1. Ordföranden hälsar alla välkomna till mötet.</p></div>{0}"
        "<div><p>§ 99 Ordföranden tackar alla och avslutar mötet.</p></div>"
    ),
    "headings": "<h2>Mötets öppnande</h2><h2>Val av justerare</h2>{0}<h2>Övriga frågor</h2>",
    "boxes": "<div><p>Mötets öppnande</p></div>{0}<div><p>Övriga frågor</p></div>",
    "boxes of long titles": (
        "<div><p>Information från kommundirektören om läget i kommunen</p></div>{0}"
        "<div><p>Redovisning av beslut fattade på delegation av nämnden</p></div>"
    ),
    "a notice": (
        "<dl><dt>Anslagsdatum:</dt><dd>2024-05-{0}</dd>"
        "<dt>Protokollet förvaras hos kommunens kansli i stadshuset.</dt></dl>"
    ),
    "labels": "<div><p>Anslagsdatum:</p></div>{0}<div><p>Underskrift av sekreteraren</p></div>",
}
"""Agendas and notices whose first and last lines are the same every time."""


@pytest.mark.parametrize("agenda", AGENDAS.values(), ids=AGENDAS)
def test_an_agenda_loses_nothing(agenda: str) -> None:
    """Neither are its lines learnt, nor do they go where a template has come to know them."""
    bodies = [agenda.format(f"<p>Ärende {n} om sak {n}</p>") for n in range(20)]
    pages = [read(body) for body in bodies]
    said = [{block.text for block in page.kept} for page in pages]
    recurring = Template(tuple(sorted(set.intersection(*said))))

    assert recurring.lines
    assert learnt(bodies) == []
    assert [read(body, recurring).text for body in bodies] == [page.text for page in pages]


AUTHORED = {
    "closings": "{0}<p>Vi beklagar de störningar som arbetet kan medföra för dig.</p>",
    "openings": "<p>Kommunstyrelsen har i dag sammanträtt och fattat beslut.</p>{0}",
    "loose text": "<div>Kommunstyrelsen har i dag sammanträtt och fattat beslut.{0}</div>",
    "quotations": "<blockquote><p>Det är ett viktigt beslut för hela kommunen.</p></blockquote>{0}",
    "captions": "<figure><figcaption>Stadshuset en solig dag i maj.</figcaption></figure>{0}",
}


@pytest.mark.parametrize("body", AUTHORED.values(), ids=AUTHORED)
def test_what_an_author_repeats_stays(body: str) -> None:
    """A sentence among the author's other sentences is the author's, however often it comes."""
    assert learnt(body.format(f"<p>Sak {n}.</p><p>Mer om {n}.</p>") for n in range(20)) == []


def test_an_article_about_the_notice_keeps_its_words() -> None:
    """The notice above it goes, the same sentence among its own does not."""
    template = Template(("Bevattningsförbud", BANNER))
    about = f"<div><p>{BANNER}</p><p>Det säger miljöchefen.</p></div>"

    assert read(f"{NOTICE}{about}", template).text == f"{BANNER}\n\nDet säger miljöchefen."
    assert read(about, template).removals == ()


def test_a_page_that_says_nothing_else_is_not_emptied() -> None:
    assert read(NOTICE, Template(("Bevattningsförbud", BANNER))).removals == ()


def test_what_stands_within_the_text_stays() -> None:
    body = f"<div><p>Först.</p></div>{NOTICE}<div><p>Sist.</p></div>"

    assert read(body, Template(("Bevattningsförbud", BANNER))).removals == ()


def test_a_title_goes_only_with_a_sentence_beside_it() -> None:
    """One that says "Bakgrund" in an element of its own recurs by its nature."""
    bodies = [article(n, f"{NOTICE}<div><h2>Bakgrund</h2></div>") for n in range(12)]

    assert learnt(bodies) == ["Bevattningsförbud", BANNER]


def test_what_a_page_object_keeps_stays() -> None:
    tree = parse_html(f"<body><main>{article(1, NOTICE)}</main></body>".encode())
    notice = tree.xpath("//main/div[h2]")[0]
    found = clean(
        tree,
        content=tree.xpath("//main"),
        claims={notice: KEEP},
        template=Template(("Bevattningsförbud", BANNER)),
    )

    assert found.removals == ()
    assert not any(line.may_recur for line in lines_of(found)[:2])


def test_a_source_can_undo_it() -> None:
    rules = shipped_rules().without([RECURRING])
    found = read(article(1, NOTICE), Template(("Bevattningsförbud", BANNER)), rules=rules)

    assert found.removals == ()


def test_what_leans_on_the_authors_words_is_the_authors() -> None:
    """The first sentence stands beside the second, and that among the author's own."""
    body = f"<div><p>{FOOT}</p><div>{BANNER}.<p>{{0}}</p></div></div>"

    assert learnt(body.format(f"Sak {n}.") for n in range(12)) == []
    assert read(body.format("Sak."), Template((FOOT, f"{BANNER}."))).removals == ()


def test_what_is_learnt_is_what_will_go() -> None:
    """A line that only goes behind another goes from too few pages when that one stays."""
    first, then = f"<div><p>{FOOT}</p></div>", f"<div><p>{BANNER}.</p></div>"
    bodies = [article(n, first + then) for n in range(5)]
    bodies += [article(n, then) for n in range(5, 10)]
    bodies += [f"<div><p>{FOOT}</p><p>Sak {n}.</p></div>" for n in range(10, 13)]
    bodies += [article(n) for n in range(13, 20)]

    assert learnt(bodies) == []


@pytest.mark.parametrize(("times", "is_learnt"), [(3, True), (2, False)])
def test_it_takes_three_pages_in_ten(times: int, is_learnt: bool) -> None:
    bodies = [article(n, NOTICE if n < times else "") for n in range(10)]

    assert bool(learnt(bodies)) == is_learnt


def test_few_pages_teach_nothing() -> None:
    """One page under many addresses is one."""
    bodies = [article(n, NOTICE) for n in range(MIN_PAGES - 1)]

    assert learn(lines_of(read(body)) for body in bodies * 5) is None


def test_the_order_of_pages_does_not_matter() -> None:
    """Nor that of what recurs on them: the same pages, the same bytes in the archive."""
    bodies = [
        article(n, NOTICE * (n % 3 > 0), f"<section><p>{FOOT}</p></section>" * (n % 2))
        for n in range(30)
    ]
    stored = set()
    for seed in range(5):
        random.Random(seed).shuffle(bodies)
        template = learn(lines_of(read(body)) for body in bodies)
        assert template is not None
        stored.add(template.to_json())

    assert len(stored) == 1
    assert Template.from_json(stored.pop()).lines == ("Bevattningsförbud", FOOT, BANNER)


def test_a_template_is_what_was_stored() -> None:
    template = Template(("a", "å"))

    assert Template.from_json(template.to_json()) == template
    assert Template(("a",)).digest != template.digest
    forgetful = template.without(["å"])
    assert forgetful.digest == template.digest
    assert Template.from_json(forgetful.to_json(), template.digest) == forgetful
    assert ("å" in forgetful, "a" in forgetful, "Å" in forgetful) == (True, True, False)
    assert "å" not in forgetful.to_json()
    for damaged in ("", "{}", '"a"', "[1]", "null"):
        with pytest.raises(ValueError, match=r"Expecting|expected"):
            Template.from_json(damaged)
