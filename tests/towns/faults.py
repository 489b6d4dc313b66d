"""Faults: ways in which real sites go wrong, put into any town by name.

Every fault is a function from a town to what the faulty town says instead. It chooses
its victims from the town's own paths, so it works for towns it does not know.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.towns.server import TornAnswer
from tests.towns.town import Answer, Ask, Town

Reply = Callable[[Ask], Answer]
"""What a faulty town says."""
Infect = Callable[..., "Town | None"]
"""Make a town faulty; None where the fault makes no sense."""

TEMPLATES = Path(__file__).parent / "templates" / "faults"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
BOMB_SIZE = 200_000_000
REFUSED_AFTER = 20
BUSY_ASKS = 2
CONTENT = re.compile(rb'<div (id="\w+" )?class="(pagecontent sv-layout|post-content)">')
"""Start of the content of a page of news, in towns that have such."""
BANNER = (
    "<p>Bevattningsförbud</p>"
    "<p>Grundvattnet är lågt i hela kommunen, och därför råder bevattningsförbud. "
    '<a href="/">Läs mer</a></p>'
)
CHARSETS = re.compile(rb"<meta[^>]*charset[^>]*>", re.IGNORECASE)


class NoVictimError(Exception):
    """A fault was asked for that makes no sense in any of the towns."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A named way to go wrong."""

    name: str
    sentence: str
    infect: Infect


@dataclass(frozen=True, slots=True)
class FaultyTown:
    """A town that replies differently from the healthy one it was made from."""

    healthy: Town
    reply: Reply

    @property
    def name(self) -> str:
        """The name of the healthy town."""
        return self.healthy.name

    @property
    def port(self) -> int:
        """The port of the healthy town."""
        return self.healthy.port

    def answer(self, ask: Ask) -> Answer:
        """Return what the fault makes of the request."""
        return self.reply(ask)

    def paths(self) -> list[str]:
        """List what the healthy town has."""
        return self.healthy.paths()

    def canonical(self, path: str) -> str:
        """Return the one address of a page, as the healthy town sees it."""
        return _canonical(self.healthy, path)


FAULTS: dict[str, Fault] = {}


def fault(name: str, sentence: str) -> Callable[[Infect], Infect]:
    """Register a function that makes a town faulty."""

    def register(infect: Infect) -> Infect:
        FAULTS[name] = Fault(name, sentence, infect)
        return infect

    return register


def apply(names: Iterable[str], towns: list[Town]) -> list[Town]:
    """Put the named faults into all towns in which they make sense.

    Raise NoVictimError for a fault that makes sense in none of them.
    """
    wanted = set(names)
    for name in (known for known in FAULTS if known in wanted):
        infected = [FAULTS[name].infect(town) for town in towns]
        if not any(infected):
            raise NoVictimError(
                f"The fault {name} makes no sense in {', '.join(t.name for t in towns)}."
            )
        towns = [ill or town for ill, town in zip(infected, towns, strict=True)]
    return towns


def article_of(town: Town) -> str:
    """Choose one article or meeting page: the middle one of the largest family of pages."""
    families: dict[str, list[str]] = defaultdict(list)
    for path in town.paths():
        families[path.rpartition("/")[0]].append(path)
    by_size = sorted(families.values(), key=len, reverse=True)
    middles = (family[len(family) // 2] for family in by_size)
    return next(path for path in middles if _content_type(town, path) == "text/html")


def file_of(town: Town) -> str | None:
    """Choose one PDF file, the last one of the town; None if it has none."""
    paths = reversed(town.paths())
    return next((path for path in paths if _content_type(town, path) == "application/pdf"), None)


def _content_type(town: Town, path: str) -> str:
    headers = {name.lower(): value for name, value in town.answer(Ask(path)).headers}
    return headers.get("content-type", "").partition(";")[0]


def _canonical(town: Town, path: str) -> str:
    """One page may have several addresses; a town that has such says which is which."""
    return getattr(town, "canonical", lambda path: path.rstrip("/") or "/")(path)


def _instead(town: Town, victims: Iterable[str | None], say: Reply) -> FaultyTown | None:
    """Reply with `say` to requests for the victims, healthily to all others."""
    ill = {_canonical(town, victim) for victim in victims if victim}
    if not ill:
        return None
    return FaultyTown(
        town, lambda ask: (say if _canonical(town, ask.path) in ill else town.answer)(ask)
    )


def _page(name: str, status: int = 200) -> Answer:
    return Answer((TEMPLATES / name).read_bytes(), status, HTML)


@fault("empty-organ", "One organ's page lists no meetings any more.")
def empty_organ(town: Town) -> Town | None:
    """Ask the town itself, which knows how to empty a listing; most cannot."""
    emptied = getattr(town, "emptied", None)
    return emptied and emptied()


@fault("other-product", "One meeting page or article is a page of quite another product.")
def other_product(town: Town) -> Town | None:
    """Move the page to a WordPress site."""
    return _instead(town, [article_of(town)], lambda ask: other_product_page())


def error_page(status: int) -> Answer:
    """Return the page that a product shows when it has fallen over an exception."""
    return _page("server_error.html", status)


def other_product_page() -> Answer:
    """Return a page of a WordPress site."""
    return _page("other_product.html")


@fault("soft-404", "One file, or page where there are no files, is missing and answers 200.")
def soft_404(town: Town) -> Town | None:
    """Let the product say that the file is gone as it does, with a redirect if it has one."""
    missing = getattr(town, "missing", None) or (
        lambda ask: town.answer(replace(ask, path="/finns-inte/alls"))
    )

    def say(ask: Ask) -> Answer:
        answer = missing(ask)
        return answer if 300 <= answer.status < 400 else replace(answer, status=200)

    return _instead(town, [file_of(town) or article_of(town)], say)


@fault("html-for-pdf", "One file is an ordinary page, with text/html and status 200.")
def html_for_pdf(town: Town) -> Town | None:
    """Lead the file's address to some ordinary page of the site."""
    page = article_of(town)
    return _instead(town, [file_of(town)], lambda ask: town.answer(replace(ask, path=page)))


@fault("html-as-pdf", "One file is an ordinary page that calls itself application/pdf.")
def html_as_pdf(town: Town) -> Town | None:
    """As html-for-pdf, with a content type that lies."""
    page = article_of(town)

    def say(ask: Ask) -> Answer:
        answer = town.answer(replace(ask, path=page))
        return replace(answer, headers=_with_type(answer, "application/pdf"))

    return _instead(town, [file_of(town)], say)


@fault("firewall", "Every address, robots.txt too, answers 200 with a short refusal.")
def firewall(town: Town) -> Town:
    """Put a web application firewall in front of the whole site."""
    page = (TEMPLATES / "firewall.html").read_text()

    def say(ask: Ask) -> Answer:
        support_id = str(int(sha256(ask.path.encode()).hexdigest(), 16))[:19]
        return Answer(page.replace("SUPPORT_ID", support_id).encode(), 200, HTML)

    return FaultyTown(town, say)


@fault("forbidden", f"From request {REFUSED_AFTER + 1} on, everything answers 403.")
def forbidden(town: Town, after: int = REFUSED_AFTER) -> Town:
    """Have enough of the visitor after `after` requests."""
    asked = count()

    def say(ask: Ask) -> Answer:
        return town.answer(ask) if next(asked) < after else _page("forbidden.html", 403)

    return FaultyTown(town, say)


@fault("busy", "One page and one file answer 429, Retry-After: 1, to the first two who ask.")
def busy(town: Town) -> Town | None:
    """Ask for patience."""
    asks: Counter[str] = Counter()
    wait = Answer(b"Too Many Requests", 429, (*HTML, ("Retry-After", "1")))

    def say(ask: Ask) -> Answer:
        address = _canonical(town, ask.path)
        asks[address] += 1
        return wait if asks[address] <= BUSY_ASKS else town.answer(ask)

    return _instead(town, [article_of(town), file_of(town)], say)


@fault("robots-503", "robots.txt answers 503, which means: stay out.")
def robots_503(town: Town) -> Town | None:
    """RFC 9309, 2.3.1.4: an unreachable robots.txt forbids everything."""
    return _instead(town, ["/robots.txt"], lambda ask: _page("server_error.html", 503))


@fault("server-error", "One meeting page or article answers 500.")
def server_error(town: Town) -> Town | None:
    """Let the product fall over an exception."""
    return _instead(town, [article_of(town)], lambda ask: _page("server_error.html", 500))


@fault("torn", "The connection breaks in the middle of one page and of one file.")
def torn(town: Town) -> Town | None:
    """Content-Length promises twice what is sent."""

    def say(ask: Ask) -> Answer:
        answer = town.answer(ask)
        kept = len(answer.body) // 2
        return TornAnswer(answer.body[:kept], answer.status, answer.headers, False, kept)

    return _instead(town, [article_of(town), file_of(town)], say)


@fault("redirect-loop", "One meeting page or article redirects to itself and back, for ever.")
def redirect_loop(town: Town) -> Town | None:
    """With a query and without, each sends the visitor to the other."""

    def say(ask: Ask) -> Answer:
        here = quote(ask.path)
        return _redirect(here if ask.query else f"{here}?retur=1")

    return _instead(town, [article_of(town)], say)


@fault("offsite-redirect", "One meeting page or article redirects to another host.")
def offsite_redirect(town: Town) -> Town | None:
    """Send visitors to this machine under another name, so that a test can see who goes."""

    def say(ask: Ask) -> Answer:
        port = urlsplit(ask.origin).port or 80
        return _redirect(f"http://localhost:{port}{quote(ask.path)}")

    return _instead(town, [article_of(town)], say)


@fault("bomb", "One meeting page or article is gzip that unpacks to 200 MB.")
def bomb(town: Town) -> Town | None:
    """Small on the wire and in memory here, large there."""
    headers = (*HTML, ("Content-Encoding", "gzip"))
    return _instead(
        town, [article_of(town)], lambda ask: Answer(bomb_body(), 200, headers, compress=False)
    )


@fault("cp1252", "One meeting page or article is in windows-1252 and does not say so.")
def cp1252(town: Town) -> Town | None:
    """No charset in the header, none in the markup."""

    def say(ask: Ask) -> Answer:
        answer = town.answer(ask)
        text = CHARSETS.sub(b"", answer.body).decode("utf-8")
        body = text.encode("cp1252", "xmlcharrefreplace")
        return replace(answer, body=body, headers=_with_type(answer, "text/html"))

    return _instead(town, [article_of(town)], say)


@fault("login", "One meeting page or article is a login page, with status 200.")
def login(town: Town) -> Town | None:
    """Somebody closed the page to the public."""
    return _instead(town, [article_of(town)], lambda ask: _page("login.html"))


@fault("crisis-banner", "Every page of news has a notice of the whole site in its content.")
def crisis_banner(town: Town) -> Town | None:
    """Put a heading and a sentence without classes before the text, as a site does in a crisis."""
    if not CONTENT.search(town.answer(Ask(article_of(town))).body):
        return None

    def say(ask: Ask) -> Answer:
        answer = town.answer(ask)
        body = CONTENT.sub(lambda start: start[0] + BANNER.encode(), answer.body, count=1)
        headers = ((n, v[:-1] + '-kris"' if n == "ETag" else v) for n, v in answer.headers)
        return answer if body == answer.body else replace(answer, body=body, headers=(*headers,))

    return FaultyTown(town, say)


def _redirect(target: str) -> Answer:
    return Answer(b"", 302, (*HTML, ("Location", target)))


def _with_type(answer: Answer, content_type: str) -> tuple[tuple[str, str], ...]:
    others = (pair for pair in answer.headers if pair[0].lower() != "content-type")
    return (("Content-Type", content_type), *others)


@lru_cache(maxsize=1)
def bomb_body() -> bytes:
    """Return gzip that unpacks to 200 MB, packed piece by piece: they never exist at once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(piece) for piece in _bomb_pieces()) + packer.flush()


def _bomb_pieces(piece: int = 1_000_000) -> Iterator[bytes]:
    yield b"<!doctype html><html lang=sv><title>Protokoll</title><body>"
    for _ in range(BOMB_SIZE // piece):
        yield b" " * piece
