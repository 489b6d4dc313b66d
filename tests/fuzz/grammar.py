"""Pages made up from a vocabulary: well formed at times, with hostile ways at others."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.fuzz.vocabulary import TAGS, TEXTS, TYPES, VALUES, VOIDS, names, phrases, roles

HEADS = (
    "",
    "<title>Bygglov - Ekvalla kommun</title>",
    '<meta property="og:title" content="Bygglov"><meta name=pubdate content="2024-05-17">',
    '<script type="application/ld+json">{"headline": "Bygglov", "datePublished": "2024"}</script>',
    '<script type="application/ld+json">[{"headline": "\\ud83d", "@graph": [[{}]]}, 1]</script>',
    "<meta charset=iso-8859-1>",
    '<base href="x"><noscript>Slå på skript</noscript>',
)
MOMENTS = (*VALUES, "2024-05-17", "2024-05-17T10:24+02:00", "2024-02-31 25:61")
HIDDEN = ("hidden", "aria-hidden=true", "style='display:none'", "aria-expanded=false", "open")


def made_page(random: Random, most: int = 120) -> bytes:
    """Return a page of up to `most` elements."""
    body = "".join(_content(random, [random.randint(1, most)], 0))
    lang = random.choice(("", " lang=sv", " lang='SV-SE' class=main"))
    head = "".join(random.sample(HEADS, random.randint(0, 3)))
    page = f"<!DOCTYPE html><html{lang}><head>{head}</head><body>{body}</body></html>"
    codec = random.choice(("utf-8", "utf-8", "utf-8", "cp1252", "utf-16"))
    return (page if random.random() < 0.8 else body).encode(codec, "replace")


def _content(random: Random, left: list[int], depth: int) -> Iterator[str]:
    """Yield what stands within an element; `left` counts the elements that may still be made."""
    yield _text(random)
    for _ in range(random.choice((0, 1, 1, 2, 3, 6, 12))):
        if left[0] <= 0 or depth > 60:
            return
        left[0] -= 1
        yield from _element(random, left, depth)
        yield _text(random)


def _element(random: Random, left: list[int], depth: int) -> Iterator[str]:
    tag = random.choice(TAGS)
    said = tag.upper() if random.random() < 0.05 else tag
    end = random.choice((">", ">", ">", ">", " />", "  >"))
    yield f"<{said}{''.join(_attributes(random, tag))}{end}"
    if tag in VOIDS:
        return
    yield from _content(random, left, depth + 1)
    match random.random():
        case chance if chance < 0.8:
            yield f"</{said}>"
        case chance if chance < 0.85:
            yield f"</{random.choice(TAGS)}>"


def _attributes(random: Random, tag: str) -> Iterator[str]:
    for share, attribute in (
        (0.3, lambda: f' class="{" ".join(random.choices(names(), k=random.randint(1, 3)))}"'),
        (0.1, lambda: f" id={random.choice(names())}"),
        (0.1, lambda: f" role={random.choice(roles())}"),
        (0.05, lambda: f" {random.choice(HIDDEN)}"),
        (1, lambda: _attributes_of(tag, random)),
    ):
        if random.random() < share:
            yield attribute()


def _attributes_of(tag: str, random: Random) -> str:
    """Return the attributes that make an element of a kind what it is."""
    value = random.choice(VALUES)
    kinds = {
        "input": f' type={random.choice(TYPES)} value="{value}" alt="{random.choice(VALUES)}"',
        "img": f' alt="{value}"',
        "a": f' href="{value}"',
        "time": f' datetime="{random.choice(MOMENTS)}"',
    }
    return kinds.get({"button": "input", "area": "img"}.get(tag, tag), "")


def _text(random: Random) -> str:
    match random.random():
        case chance if chance < 0.3:
            return ""
        case chance if chance < 0.8:
            return random.choice(TEXTS)
        case chance if chance < 0.97:
            return random.choice(phrases())
    return random.choice(TEXTS) * random.randint(1, 60)
