"""Ways to damage a page. Each takes a source of chance, the page, and another page."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.vocabulary import TAGS, TEXTS, names, phrases, roles

Mutation = Callable[[Random, bytes, bytes], bytes]

_TAG = re.compile(rb"<[^<>]*>")
_ENTITIES = (
    b"&amp;",
    b"&",
    b"&#",
    b"&#x",
    b"&#0;",
    b"&#13;",
    b"&#x1F600;",
    b"&#xD83D;&#xDE00;",
    b"&#150;",
    b"&nbsp",
    b"&notit;",
    b"&aring",
    b"&CounterClockwiseContourIntegral;",
    b"&lt;p&gt;",
    b"&zwnj;&shy;",
)
_BAD_BYTES = (
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\xbd",
    b"\xe2\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbf\xbe",
    b"\xef\xbb\xbf",
    b"\x0b\x0c\x1c\x85",
    b"\r",
    b"\x1b$B",
    "å".encode("cp1252"),
    "å".encode("utf-16"),
)
_LABELS = "utf-8 utf-16 utf-16be utf-32 cp1252 ascii latin1 shift_jis iso-2022-jp hz x å".split()


def flip_bytes(random: Random, page: bytes, _other: bytes) -> bytes:
    """Change some bytes to any others."""
    data = bytearray(page)
    for _ in range(random.choice((1, 2, 8, 64)) if data else 0):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def drop_tags(random: Random, page: bytes, _other: bytes) -> bytes:
    """Leave out some tags, or all of a kind."""
    share = random.choice((0.02, 0.2, 0.9))
    kind = random.choice((b"<", b"</", b"<div", b"</div", b"<a", b"</a", b"<p", b"<!--", b"<scr"))
    return _TAG.sub(
        lambda m: b"" if m[0].startswith(kind) and random.random() < share else m[0], page
    )


def repeat_tags(random: Random, page: bytes, _other: bytes) -> bytes:
    """Say some tags several times."""
    share = random.choice((0.005, 0.1))
    times = random.choice((2, 3, 30))
    return _TAG.sub(lambda m: m[0] * (times if random.random() < share else 1), page)


def swap_tags(random: Random, page: bytes, _other: bytes) -> bytes:
    """Call some elements otherwise."""
    share = random.choice((0.01, 0.1, 0.5))

    def renamed(match: re.Match[bytes]) -> bytes:
        if random.random() > share:
            return match[0]
        return re.sub(rb"\w+", random.choice(TAGS).encode(), match[0], count=1)

    return _TAG.sub(renamed, page)


def splice(random: Random, page: bytes, other: bytes) -> bytes:
    """Go on, in the midst of a page, with another."""
    begin, end = random.randint(0, len(page)), random.randint(0, len(other))
    return page[:begin] + other[end:]


def graft(random: Random, page: bytes, other: bytes) -> bytes:
    """Put a part of another page into a page."""
    at = random.randint(0, len(page))
    begin = random.randint(0, len(other))
    return page[:at] + other[begin : begin + random.randint(0, 4_000)] + page[at:]


def truncate(random: Random, page: bytes, _other: bytes) -> bytes:
    """Break the page off, at either end."""
    at = random.randint(0, len(page))
    return page[at:] if random.random() < 0.3 else page[:at]


def shuffle_parts(random: Random, page: bytes, _other: bytes) -> bytes:
    """Change the order of parts."""
    cuts = sorted(random.randint(0, len(page)) for _ in range(random.choice((2, 5))))
    parts = [page[a:b] for a, b in zip((0, *cuts), (*cuts, len(page)), strict=True)]
    random.shuffle(parts)
    return b"".join(parts)


def add_attributes(random: Random, page: bytes, _other: bytes) -> bytes:
    """Give some elements names that rules know, or broken attributes."""
    share = random.choice((0.02, 0.3))

    def marked(match: re.Match[bytes]) -> bytes:
        if random.random() > share:
            return match[0]
        return match[0][:-1] + b" " + _attribute(random).encode() + match[0][-1:]

    return re.sub(rb"<\w[^<>]*>", marked, page)


def _attribute(random: Random) -> str:
    return random.choice(
        (
            f'class="{random.choice(names())}"',
            f"id={random.choice(names())}",
            f"role={random.choice(roles())}",
            "class='",
            'alt="',
            "=",
            'title="</p>"',
            "a" * random.choice((10, 3_000)),
            " ".join(f"a{n}" for n in range(random.choice((5, 300)))),
            "\x00",
            "/",
        )
    )


def add_entities(random: Random, page: bytes, _other: bytes) -> bytes:
    """Put references in, whole and torn."""
    return _strew(random, page, _ENTITIES)


def damage_encoding(random: Random, page: bytes, _other: bytes) -> bytes:
    """Put bytes in that are no characters, or say that the page is in another encoding."""
    match random.random():
        case chance if chance < 0.5:
            return _strew(random, page, _BAD_BYTES)
        case chance if chance < 0.7:
            label = random.choice(_LABELS)
            return f'<meta charset="{label}">'.encode() + page
        case _:
            text = page.decode("utf-8", "replace")
            codec = random.choice(("cp1252", "utf-16", "utf-16-be", "utf-32", "shift_jis"))
            return text.encode(codec, "replace")


def add_texts(random: Random, page: bytes, _other: bytes) -> bytes:
    """Put lines of boilerplate and odd texts in."""
    said = [text.encode() for text in (*random.sample(phrases(), 8), *random.sample(TEXTS, 4))]
    return _strew(random, page, said)


def nest(random: Random, page: bytes, _other: bytes) -> bytes:
    """Put a page, or a part of it, deep into elements."""
    at = random.randint(0, len(page))
    depth = random.choice((3, 30, 240, 600, 2_200))
    tags = [random.choice(TAGS) for _ in range(random.choice((1, 1, 3)))]
    opened = "".join(f"<{tags[n % len(tags)]}>" for n in range(depth))
    closed = f"</{tags[0]}>" * (depth if random.random() < 0.5 else 0)
    return page[:at] + opened.encode() + page[at:] + closed.encode()


def stretch(random: Random, page: bytes, _other: bytes) -> bytes:
    """Repeat a part until it is a giant line."""
    at = random.randint(0, len(page))
    part = random.choice((b" ", b"&nbsp;", b"x", b"<br>", b"<", b"\n", b"- ", page[at : at + 9]))
    return page[:at] + part * random.choice((50, 500, 3_000)) + page[at:]


def _strew(random: Random, page: bytes, pieces: tuple[bytes, ...] | list[bytes]) -> bytes:
    """Put some pieces anywhere into a page."""
    for _ in range(random.choice((1, 3, 20))):
        at = random.randint(0, len(page))
        page = page[:at] + random.choice(pieces) + page[at:]
    return page


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes,
    drop_tags,
    repeat_tags,
    swap_tags,
    splice,
    graft,
    truncate,
    shuffle_parts,
    add_attributes,
    add_entities,
    damage_encoding,
    add_texts,
    nest,
    stretch,
)
