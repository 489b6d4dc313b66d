"""A storm over any town: a share of all requests goes wrong, each in one of the ways of real nets.

What befalls a request follows from the seed, its address, and how often that has been asked
before: not from the order in which a visitor asks, so the same seed is the same storm.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from tests.towns.council import dice
from tests.towns.faults import HTML, bomb_body, error_page
from tests.towns.server import SlowAnswer, TornAnswer
from tests.towns.town import Answer, Ask, Town

SHARE = 0.2
SLOW_S = 6.0
ROBOTS_FAILURES = 2
"""So often robots.txt answers 503 before it answers."""
LISTING = re.compile(rb'class="(accessible-table|committees-list|post-list|sv-archive-portlet)')
MONTH = "manad"
LAP = "varv"
VALIDATORS = ("etag", "last-modified")

Trouble = Callable[[Answer, Ask], Answer]
"""Makes of a good answer a bad one."""

TROUBLES: dict[str, Trouble] = {}


def trouble(name: str) -> Callable[[Trouble], Trouble]:
    """Register a way to go wrong."""

    def register(make: Trouble) -> Trouble:
        TROUBLES[name] = make
        return make

    return register


@dataclass
class StormyTown:
    """A town in a storm, which can be ended while it is served."""

    healthy: Town
    seed: int
    share: float = SHARE
    only: tuple[str, ...] = ()
    """Names of the troubles that befall; all by default."""
    is_calm: bool = False
    befallen: list[tuple[str, str]] = field(default_factory=list)
    """Trouble and address of each request that went wrong."""
    _asks: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The name of the healthy town."""
        return self.healthy.name

    @property
    def port(self) -> int:
        """The port of the healthy town."""
        return self.healthy.port

    def paths(self) -> list[str]:
        """List what the healthy town has."""
        return self.healthy.paths()

    def answer(self, ask: Ask) -> Answer:
        """Return what comes through the storm."""
        good = self.healthy.answer(ask)
        if self.is_calm:
            return good
        if LAP in ask.query:
            return loop(good, ask)
        address = f"{ask.path}?{urlencode(sorted(ask.query.items()))}"
        self._asks[address] += 1
        if ask.path == "/robots.txt":
            return good if self._asks[address] > ROBOTS_FAILURES else unavailable(good, ask)
        rolls = dice("storm", self.seed, address, self._asks[address])
        if rolls.random() >= self.share:
            return endless_calendar(good, ask)
        name = rolls.choice(self.only or sorted(TROUBLES))
        self.befallen.append((name, address))
        return TROUBLES[name](without_validators(good), ask)


def without_validators(answer: Answer) -> Answer:
    """Return the answer as a proxy that breaks it sends it on: it vouches for nothing."""
    kept = tuple(pair for pair in answer.headers if pair[0].lower() not in VALIDATORS)
    return replace(answer, headers=kept)


def endless_calendar(answer: Answer, ask: Ask) -> Answer:
    """Add links to the months before and after to a listing, whichever month it shows."""
    if answer.status != 200 or not LISTING.search(answer.body):
        return answer
    asked = ask.query.get(MONTH, "")
    month = int(asked) if asked.isdigit() and len(asked) < 7 else 24312
    links = "".join(
        f'<a href="{quote(ask.path)}?{MONTH}={to}">Visa en annan månad</a>'
        for to in (month - 1, month + 1)
    )
    body = answer.body.replace(b"</main>", f"<p>{links}</p></main>".encode(), 1)
    return without_validators(replace(answer, body=body))


@trouble("500")
def failed(good: Answer, ask: Ask) -> Answer:
    """The product falls over an exception."""
    return error_page(500)


@trouble("503")
def unavailable(good: Answer, ask: Ask) -> Answer:
    """The site is being restarted, and does not say for how long."""
    return error_page(503)


@trouble("503, Retry-After")
def unavailable_for_a_second(good: Answer, ask: Ask) -> Answer:
    """The site is being restarted."""
    return replace(error_page(503), headers=(*HTML, ("Retry-After", "1")))


@trouble("429, Retry-After")
def busy(good: Answer, ask: Ask) -> Answer:
    """The site asks for patience."""
    return Answer(b"Too Many Requests", 429, (*HTML, ("Retry-After", "1")))


@trouble("slow")
def slow(good: Answer, ask: Ask) -> Answer:
    """The answer comes, but late."""
    return SlowAnswer(good.body, good.status, good.headers, good.compress, SLOW_S)


@trouble("reset")
def reset(good: Answer, ask: Ask) -> Answer:
    """The connection is reset in the middle of the body."""
    return replace(length_too_long(good, ask), is_reset=True)


@trouble("length too long")
def length_too_long(good: Answer, ask: Ask) -> TornAnswer:
    """Content-Length promises twice what comes."""
    kept = len(good.body) // 2
    return TornAnswer(good.body[:kept], good.status, good.headers, False, kept)


@trouble("length too short")
def length_too_short(good: Answer, ask: Ask) -> Answer:
    """Content-Length announces half of what comes, packed, so that it shows."""
    packed = _packed(good)
    return TornAnswer(packed.body, packed.status, packed.headers, False, -(len(packed.body) // 2))


@trouble("redirect loop")
def loop(good: Answer, ask: Ask) -> Answer:
    """The page sends the visitor to itself, for ever."""
    here = quote(ask.path)
    query = {**ask.query, LAP: f"{len(ask.query.get(LAP, ''))}."}
    return Answer(b"", 302, (*HTML, ("Location", f"{here}?{urlencode(query)}")))


@trouble("wrong charset")
def wrong_charset(good: Answer, ask: Ask) -> Answer:
    """The header names another encoding than the body has."""
    is_html = any(value.startswith("text/html") for _, value in good.headers)
    wrong = ("Content-Type", "text/html; charset=iso-8859-1")
    others = tuple(pair for pair in good.headers if pair[0].lower() != "content-type")
    return replace(good, headers=(wrong, *others)) if is_html else good


@trouble("gzip bomb")
def bomb(good: Answer, ask: Ask) -> Answer:
    """Small on the wire, large when unpacked."""
    return Answer(bomb_body(), 200, (*HTML, ("Content-Encoding", "gzip")), compress=False)


@trouble("gzip cut short")
def cut(good: Answer, ask: Ask) -> Answer:
    """The gzip stream ends too early, and Content-Length agrees."""
    packed = _packed(good)
    return replace(packed, body=packed.body[: len(packed.body) // 2])


@trouble("empty")
def empty(good: Answer, ask: Ask) -> Answer:
    """Status 200, and not one byte."""
    return replace(good, status=200, body=b"")


@trouble("error page with 200")
def error_with_200(good: Answer, ask: Ask) -> Answer:
    """The product falls over an exception and calls that success."""
    return error_page(200)


def _packed(good: Answer) -> Answer:
    headers = (*good.headers, ("Content-Encoding", "gzip"))
    return Answer(gzip.compress(good.body, mtime=0), good.status, headers, compress=False)
